//! Pipelines: queries as a chain of stages over rows. Each row that is left at the end is an alert; its columns are the group.

use super::event::Event;
use super::program::{Selector, last_time};
use super::stream::{Alert, NoteKind, Record, groups};
use super::threshold::{Item, measure};
use super::value::compare;
use crate::ir::{Coercion, Domain, EventModel, FieldPath, Measure, Pipeline, SortOrder, Stage, Subject};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;
use std::sync::Arc;

/// Rows beyond this number are not made (`Expand` multiplies them).
const MAX_ROWS: usize = 5_000_000;

#[derive(Clone)]
struct Row {
    record: Arc<Record>,
    /// The events it was made from.
    sources: Vec<Arc<Record>>,
    /// Whether a stage has made columns of it; an event as it is has none to show.
    shaped: bool,
}

pub(super) fn run(pipeline: &Pipeline, records: &[Arc<Record>], selector: &mut Selector<'_>) -> Vec<Alert> {
    let opaque = pipeline.stages.iter().find_map(|stage| match stage {
        Stage::Opaque(opaque) => Some(opaque.reason.clone()),
        _ => None,
    });
    if let Some(reason) = opaque {
        selector.note(NoteKind::NotRun, reason, 0);
        return Vec::new();
    }
    let mut rows: Vec<Row> = records
        .iter()
        .map(|record| Row { record: record.clone(), sources: vec![record.clone()], shaped: false })
        .collect();
    for stage in &pipeline.stages {
        rows = apply(stage, rows, selector);
    }
    rows.into_iter().map(|row| alert(row, selector.rule())).collect()
}

fn alert(row: Row, rule: usize) -> Alert {
    let group = match &row.record.event {
        Json::Object(map) if row.shaped => map.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        _ => Vec::new(),
    };
    Alert { rule, time: last_time(&row.sources), events: row.sources, group }
}

fn apply(stage: &Stage, rows: Vec<Row>, selector: &mut Selector<'_>) -> Vec<Row> {
    match stage {
        Stage::Filter(filter) => rows.into_iter().filter(|row| selector.holds(*filter, &row.record)).collect(),
        Stage::Compute(columns) => rows.into_iter().map(|row| compute(columns, row, selector)).collect(),
        Stage::Aggregate { measures, by } => aggregate(measures, by, &rows, selector),
        Stage::Keep(fields) => rows.into_iter().map(|row| keep(fields, &row, selector)).collect(),
        Stage::Drop(fields) => {
            map_columns(rows, |columns| fields.iter().for_each(|field| remove(columns, &field.name())))
        }
        Stage::Rename(names) => {
            let model = selector.model();
            map_columns(rows, |columns| {
                for (new, old) in names {
                    let value =
                        Event::new(&Json::Object(columns.clone()), model).value(old).map(std::borrow::Cow::into_owned);
                    remove(columns, &old.name());
                    columns.insert(new.to_string(), value.unwrap_or(Json::Null));
                }
            })
        }
        Stage::Sort(keys) => sorted(keys, rows, selector),
        Stage::Limit(count) => rows.into_iter().take(usize::try_from(*count).unwrap_or(usize::MAX)).collect(),
        Stage::Expand(field) => expand(field, rows, selector),
        Stage::Opaque(_) => rows,
    }
}

fn with_columns(row: &Row, columns: Map<String, Json>) -> Row {
    let record = Record { event: Json::Object(columns), ..(*row.record).clone() };
    Row { record: Arc::new(record), sources: row.sources.clone(), shaped: true }
}

fn columns(row: &Row) -> Map<String, Json> {
    row.record.event.as_object().cloned().unwrap_or_default()
}

fn map_columns(rows: Vec<Row>, change: impl Fn(&mut Map<String, Json>)) -> Vec<Row> {
    rows.into_iter()
        .map(|row| {
            let mut columns = columns(&row);
            change(&mut columns);
            with_columns(&row, columns)
        })
        .collect()
}

/// Takes a column out, whether it stands under its dotted name or nested.
fn remove(columns: &mut Map<String, Json>, name: &str) {
    columns.shift_remove(name);
    let mut at = columns;
    let mut rest = name;
    while let Some((key, inner)) = rest.split_once('.') {
        let Some(Json::Object(next)) = at.get_mut(key) else { return };
        (at, rest) = (next, inner);
    }
    at.shift_remove(rest);
}

fn compute(new: &[(Arc<str>, Subject)], row: Row, selector: &mut Selector<'_>) -> Row {
    let mut row = row;
    for (name, subject) in new {
        let event = selector.event(&row.record);
        let value = match selector.conditions().term(subject, event) {
            Ok(value) => value.map_or(Json::Null, std::borrow::Cow::into_owned),
            Err(hole) => {
                selector.note(NoteKind::NotKnown, hole.reason.to_string(), 1);
                Json::Null
            }
        };
        let mut columns = columns(&row);
        columns.insert(name.to_string(), value);
        row = with_columns(&row, columns);
    }
    row
}

fn keep(fields: &[FieldPath], row: &Row, selector: &Selector<'_>) -> Row {
    let event = selector.event(&row.record);
    let kept = fields
        .iter()
        .map(|field| (field.name(), event.value(field).map_or(Json::Null, std::borrow::Cow::into_owned)))
        .collect();
    with_columns(row, kept)
}

/// One row per group. A row without a group-by value is in the group null, as SQL and ES|QL have it.
fn aggregate(
    measures: &[(Arc<str>, Measure)],
    by: &[FieldPath],
    rows: &[Row],
    selector: &mut Selector<'_>,
) -> Vec<Row> {
    let model = selector.model();
    let mut by_group: IndexMap<Vec<Json>, Vec<&Row>> = IndexMap::new();
    for row in rows {
        for key in group_keys(row, by, model) {
            by_group.entry(key).or_default().push(row);
        }
    }
    by_group
        .into_iter()
        .filter_map(|(key, rows)| {
            let items: Vec<Item> = rows
                .iter()
                .map(|row| Item { at: row.record.at, records: vec![row.record.clone()], model, shape: None })
                .collect();
            let measured = measures.iter().map(|(name, what)| {
                let value = measure(what, &items).and_then(super::value::Number::to_json);
                (name.to_string(), value.unwrap_or(Json::Null))
            });
            let columns = measured.chain(by.iter().map(FieldPath::name).zip(key)).collect();
            let mut row = with_columns(rows.last()?, columns);
            row.sources = rows.iter().flat_map(|row| row.sources.clone()).collect();
            row.sources.sort_by_key(|record| (record.at, record.index));
            row.sources.dedup_by_key(|record| record.index);
            Some(row)
        })
        .collect()
}

fn group_keys(row: &Row, by: &[FieldPath], model: EventModel) -> Vec<Vec<Json>> {
    let event = Event::new(&row.record.event, model);
    let present: Vec<FieldPath> = by.iter().filter(|field| !event.elements(field).is_empty()).cloned().collect();
    let mut found = groups(&event, &present).unwrap_or_default();
    for (index, field) in by.iter().enumerate() {
        if !present.contains(field) {
            found.iter_mut().for_each(|key| key.insert(index, Json::Null));
        }
    }
    found
}

/// Numbers before texts; rows without the value last.
fn sorted(keys: &[(FieldPath, SortOrder)], mut rows: Vec<Row>, selector: &Selector<'_>) -> Vec<Row> {
    rows.sort_by(|left, right| {
        let (left, right) = (selector.event(&left.record), selector.event(&right.record));
        keys.iter()
            .map(|(field, order)| match (left.value(field), right.value(field)) {
                (Some(a), Some(b)) => match order {
                    SortOrder::Ascending => cell_order(&a, &b),
                    SortOrder::Descending => cell_order(&b, &a),
                },
                (a, b) => b.is_some().cmp(&a.is_some()),
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    rows
}

fn cell_order(left: &Json, right: &Json) -> Ordering {
    compare(left, right, Domain::Number, Coercion::None)
        .or_else(|| compare(left, right, Domain::String, Coercion::None))
        .unwrap_or_else(|| right.is_number().cmp(&left.is_number()))
}

fn expand(field: &FieldPath, rows: Vec<Row>, selector: &mut Selector<'_>) -> Vec<Row> {
    let mut found = Vec::new();
    for row in rows {
        let event = selector.event(&row.record);
        let values: Vec<Json> = event.elements(field).into_iter().cloned().collect();
        if values.len() < 2 {
            found.push(row);
            continue;
        }
        if found.len() + values.len() > MAX_ROWS {
            selector.note(NoteKind::Limit, format!("more than {MAX_ROWS} rows"), 1);
            return found;
        }
        for value in values {
            let mut columns = columns(&row);
            remove(&mut columns, &field.name());
            columns.insert(field.name(), value);
            found.push(with_columns(&row, columns));
        }
    }
    found
}
