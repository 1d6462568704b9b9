//! Pipelines: queries as a chain of stages over rows. Each row that is left at the end is an alert; its columns are the group.

mod aggregate;
mod dissect;
mod grok;
mod grok_patterns;
mod row;
mod sort;

use super::esql;
use super::event::Event;
use super::expr::Hole;
use super::program::Selector;
use super::stream::{Alert, NoteKind, Record, combinations, distinct};
use crate::ir::{Columns, Computed, ExprId, FieldPath, Pipeline, Stage, Subject};
use row::Row;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows beyond this number are not made (`Expand` multiplies them).
const MAX_ROWS: usize = 5_000_000;

pub(super) fn run(pipeline: &Pipeline, records: &[Arc<Record>], selector: &mut Selector<'_>) -> Vec<Alert> {
    if let Some(reason) = refused(pipeline) {
        selector.note(NoteKind::NotRun, reason, 0);
        return Vec::new();
    }
    let events = records.iter().filter(|record| selector.holds(ExprId::TRUE, record)).cloned().collect::<Vec<_>>();
    let rows = events.into_iter().map(Row::event).collect();
    match chain(&pipeline.stages, rows, selector) {
        Ok(rows) => rows.into_iter().map(|row| row.alert(selector.rule())).collect(),
        Err(hole) => {
            selector.note(NoteKind::NotRun, format!("{}: {}", hole.reason, hole.text), 0);
            Vec::new()
        }
    }
}

/// Why a pipeline is not run: it needs what is not in the rule, a part of it is kept as text, or a pattern has no translation.
pub(super) fn refused(pipeline: &Pipeline) -> Option<String> {
    let stage = pipeline.all_stages().into_iter().find_map(|stage| match stage {
        Stage::Grok { patterns, .. } => grok::Grok::compile(patterns).err(),
        Stage::Opaque(opaque) => Some(opaque.reason.clone()),
        Stage::Enrich { policy, .. } => Some(format!("the enrich policy `{policy}` is not in the rule")),
        Stage::Lookup { index, .. } => Some(format!("the lookup index `{index}` is not in the rule")),
        Stage::ChangePoint { .. } => Some("the statistics of change points are Elasticsearch's own".to_owned()),
        Stage::Completion { column, .. } => Some(format!("`{column}` is what a language model answers")),
        _ => None,
    });
    stage.or_else(|| {
        crate::ir::with_inner(pipeline.terms()).into_iter().find_map(|term| match term {
            Subject::Opaque { text, reason } => Some(format!("{reason}: {text}")),
            other => esql::refused(other),
        })
    })
}

fn chain(stages: &[Stage], rows: Vec<Row>, selector: &mut Selector<'_>) -> Result<Vec<Row>, Hole> {
    stages.iter().try_fold(rows, |rows, stage| apply(stage, rows, selector))
}

fn apply(stage: &Stage, rows: Vec<Row>, selector: &mut Selector<'_>) -> Result<Vec<Row>, Hole> {
    Ok(match stage {
        Stage::Row(columns) => vec![compute(columns, Row::made(Map::new(), Vec::new()), selector)?],
        Stage::Filter(filter) => rows.into_iter().filter(|row| selector.holds_in(*filter, row.json())).collect(),
        Stage::Compute(columns) => {
            rows.into_iter().map(|row| compute(columns, row, selector)).collect::<Result<_, _>>()?
        }
        Stage::Aggregate(stage) => aggregate::run(stage, rows, selector)?,
        Stage::Keep(columns) => rows.into_iter().map(|row| keep(columns, &row, selector)).collect(),
        Stage::Drop(columns) => rows.into_iter().map(|row| drop(columns, row, selector)).collect(),
        Stage::Rename(names) => rows.into_iter().map(|row| rename(names, row, selector)).collect(),
        Stage::Sort(keys) => sort::sorted(keys, rows, selector),
        Stage::Limit { count, by } => limit(*count, by, rows, selector),
        Stage::Expand(field) => expand(field, rows, selector),
        Stage::Grok { input, patterns } => {
            let grok = grok::Grok::compile(patterns).map_err(|reason| Hole::new(reason, "grok"))?;
            texts(input, rows, selector, |texts| grok.columns(texts))?
        }
        Stage::Dissect { input, pattern, separator } => {
            texts(input, rows, selector, |texts| dissect::columns(pattern, separator, texts))?
        }
        Stage::Fork(branches) => {
            let mut found = Vec::new();
            for (at, branch) in branches.iter().enumerate() {
                let name = Json::from(format!("fork{}", at + 1));
                let made = chain(branch, rows.clone(), selector)?;
                found.extend(made.into_iter().map(|row| row.with("_fork", name.clone())));
            }
            found
        }
        // Refused before anything is run.
        Stage::Enrich { .. }
        | Stage::Lookup { .. }
        | Stage::ChangePoint { .. }
        | Stage::Completion { .. }
        | Stage::Opaque(_) => rows,
    })
}

fn compute(new: &[Computed], row: Row, selector: &Selector<'_>) -> Result<Row, Hole> {
    new.iter().try_fold(row, |row, (name, term)| {
        let value = selector.term(term, row.json())?.unwrap_or(Json::Null);
        Ok(row.with(name, value))
    })
}

fn keep(columns: &[Columns], row: &Row, selector: &Selector<'_>) -> Row {
    let event = selector.document(row.json());
    let value = |name: &FieldPath| event.value(name).map_or(Json::Null, std::borrow::Cow::into_owned);
    let mut kept = Map::new();
    for column in columns {
        match column {
            Columns::Name(name) => {
                kept.insert(name.name(), value(name));
            }
            Columns::Like(pattern) => {
                let wanted = Event::name_pattern(pattern, event.model());
                for name in row.names().into_iter().filter(|name| wanted.matches(name)) {
                    let found = value(&FieldPath::dotted(&name));
                    kept.entry(name).or_insert(found);
                }
            }
        }
    }
    Row::made(kept, row.sources.clone())
}

fn drop(columns: &[Columns], row: Row, selector: &Selector<'_>) -> Row {
    columns.iter().fold(row, |row, column| match column {
        Columns::Name(name) => row.without(&name.name()),
        Columns::Like(pattern) => {
            let wanted = Event::name_pattern(pattern, selector.model());
            let names = row.names().into_iter().filter(|name| wanted.matches(name)).collect::<Vec<_>>();
            names.iter().fold(row, |row, name| row.without(name))
        }
    })
}

fn rename(names: &[(Arc<str>, FieldPath)], row: Row, selector: &Selector<'_>) -> Row {
    names.iter().fold(row, |row, (new, old)| {
        let value = selector.document(row.json()).value(old).map_or(Json::Null, std::borrow::Cow::into_owned);
        row.without(&old.name()).with(new, value)
    })
}

fn limit(count: u64, by: &[FieldPath], rows: Vec<Row>, selector: &Selector<'_>) -> Vec<Row> {
    let mut seen: HashMap<Vec<Json>, u64> = HashMap::new();
    let mut within = |row: &Row| {
        let event = selector.document(row.json());
        let key = by.iter().map(|field| event.value(field).map_or(Json::Null, std::borrow::Cow::into_owned)).collect();
        let passed = seen.entry(key).or_default();
        *passed += 1;
        *passed <= count
    };
    rows.into_iter().filter(|row| within(row)).collect()
}

fn expand(field: &FieldPath, rows: Vec<Row>, selector: &mut Selector<'_>) -> Vec<Row> {
    let mut found = Vec::new();
    for row in rows {
        let values: Vec<Json> = selector.document(row.json()).elements(field).into_iter().cloned().collect();
        if values.len() < 2 {
            found.push(row);
            continue;
        }
        if found.len() + values.len() > MAX_ROWS {
            selector.note(NoteKind::Limit, format!("more than {MAX_ROWS} rows"), 1);
            return found;
        }
        found.extend(values.into_iter().map(|value| row.clone().with(&field.name(), value)));
    }
    found
}

/// Columns made of the texts of a term, each value of several taken apart.
fn texts(
    input: &Subject,
    rows: Vec<Row>,
    selector: &Selector<'_>,
    columns: impl Fn(&[&str]) -> Vec<(String, Json)>,
) -> Result<Vec<Row>, Hole> {
    rows.into_iter()
        .map(|row| {
            let value = selector.term(input, row.json())?.unwrap_or(Json::Null);
            let list = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
            let texts: Vec<&str> = list.iter().filter_map(Json::as_str).collect();
            Ok(columns(&texts).into_iter().fold(row, |row, (name, value)| row.with(&name, value)))
        })
        .collect()
}

/// The groups of a row: one per combination of its values, null where it has none.
fn keys(event: &Event<'_>, by: &[FieldPath]) -> Option<Vec<Vec<Json>>> {
    let lists: Vec<Vec<Json>> = by
        .iter()
        .map(|field| {
            let values = distinct(event, field);
            if values.is_empty() { vec![Json::Null] } else { values }
        })
        .collect();
    combinations(&lists)
}
