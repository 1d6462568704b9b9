//! Pipes: what is done with a query's results, one pipe after the other.

use super::event::Event;
use super::program::Selector;
use super::stream::Alert;
use super::value::{Number, fold_json};
use crate::ir::{Case, ExprId, Pipe, PipeKeys};
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};

/// Where Endgame's events name their host.
const HOST: &str = "hostname";

/// A result on its way, with what counting pipes say about it.
#[derive(Clone)]
struct Row {
    alert: Alert,
    columns: Map<String, Json>,
}

/// The alerts that come out. `several` says that a result is several events and not one.
pub(super) fn run(pipes: &[Pipe], mut alerts: Vec<Alert>, several: bool, selector: &mut Selector<'_>) -> Vec<Alert> {
    alerts.sort_by_key(Alert::order);
    let mut rows: Vec<Row> = alerts.into_iter().map(|alert| Row { alert, columns: Map::new() }).collect();
    for pipe in pipes {
        rows = Pipes { several, selector: &mut *selector }.through(pipe, rows);
    }
    rows.into_iter()
        .map(|row| Alert { group: row.alert.group.into_iter().chain(row.columns).collect(), ..row.alert })
        .collect()
}

/// Whether the alerts come out in an order of their own, and not in that of time.
pub(super) fn reorders(pipes: &[Pipe]) -> bool {
    pipes.iter().any(|pipe| matches!(pipe, Pipe::Sort(_) | Pipe::Count(_)))
}

struct Pipes<'p, 's> {
    several: bool,
    selector: &'p mut Selector<'s>,
}

impl Pipes<'_, '_> {
    fn through(&mut self, pipe: &Pipe, mut rows: Vec<Row>) -> Vec<Row> {
        match pipe {
            Pipe::Head(count) => rows.truncate(usize::try_from(*count).unwrap_or(usize::MAX)),
            Pipe::Tail(count) => {
                let count = usize::try_from(*count).unwrap_or(usize::MAX);
                rows.drain(..rows.len().saturating_sub(count));
            }
            Pipe::Filter(condition) => rows.retain(|row| self.holds(*condition, row)),
            Pipe::Unique(keys) => {
                let mut seen = HashSet::new();
                rows.retain(|row| seen.insert(self.key(keys, row)));
            }
            Pipe::Sort(keys) => {
                let mut keyed: Vec<(Vec<Json>, Row)> =
                    rows.into_iter().map(|row| (self.key(keys, &row), row)).collect();
                keyed.sort_by(|(left, _), (right, _)| order(left, right));
                return keyed.into_iter().map(|(_, row)| row).collect();
            }
            Pipe::Count(keys) => return self.count(keys, rows),
            Pipe::UniqueCount(keys) => return self.unique_count(keys, rows),
        }
        rows
    }

    /// What the terms see of a result.
    fn document(&self, row: &Row) -> Json {
        let first = row.alert.events.first().map(|record| record.event.clone());
        let mut document = match first {
            Some(Json::Object(map)) => map,
            _ => Map::new(),
        };
        if self.several {
            let events = row.alert.events.iter().map(|record| record.event.clone()).collect();
            document.insert("events".to_owned(), events);
        }
        document.extend(row.columns.clone());
        Json::Object(document)
    }

    fn holds(&mut self, condition: ExprId, row: &Row) -> bool {
        let document = self.document(row);
        self.selector.holds_in(condition, &document)
    }

    fn key(&mut self, keys: &PipeKeys, row: &Row) -> Vec<Json> {
        let document = self.document(row);
        let event = Event::new(&document, self.selector.model());
        // A missing value is null.
        let values = keys.terms.iter().map(|term| self.selector.value(term, &event).unwrap_or_default());
        values.map(|value| fold_json(value, keys.case)).collect()
    }

    /// The first row of each key, with the key and the other rows' sums.
    fn grouped(&mut self, keys: &PipeKeys, rows: Vec<Row>) -> Vec<(Vec<Json>, Row, Sum)> {
        let mut groups: indexmap::IndexMap<Vec<Json>, (Row, Sum)> = indexmap::IndexMap::new();
        for row in rows {
            let key = self.key(keys, &row);
            let (_, sum) = groups.entry(key).or_insert_with(|| (row.clone(), Sum::default()));
            sum.add(&row);
        }
        groups.into_iter().map(|(key, (row, sum))| (key, row, sum)).collect()
    }

    fn unique_count(&mut self, keys: &PipeKeys, rows: Vec<Row>) -> Vec<Row> {
        let groups = self.grouped(keys, rows);
        let total: u64 = groups.iter().map(|(_, _, sum)| sum.count).sum();
        groups.into_iter().map(|(_, row, sum)| Row { columns: sum.columns(Some(total)), ..row }).collect()
    }

    fn count(&mut self, keys: &PipeKeys, rows: Vec<Row>) -> Vec<Row> {
        let whole = keys.terms.is_empty();
        let mut groups = self.grouped(keys, rows);
        let total: u64 = groups.iter().map(|(_, _, sum)| sum.count).sum();
        if whole && groups.is_empty() {
            return vec![summary(Json::from("totals"), Sum::default().columns(None))];
        }
        groups.sort_by(|(left, _, few), (right, _, many)| few.count.cmp(&many.count).then_with(|| order(left, right)));
        // The key is shown as the first result writes it.
        let written = PipeKeys { terms: keys.terms.clone(), case: Case::Sensitive };
        let mut shown = |row: &Row| {
            let mut key = self.key(&written, row);
            match key.len() {
                0 => Json::from("totals"),
                1 => key.swap_remove(0),
                _ => key.into(),
            }
        };
        groups.into_iter().map(|(_, row, sum)| summary(shown(&row), sum.columns((!whole).then_some(total)))).collect()
    }
}

/// A result that stands for many.
fn summary(key: Json, mut columns: Map<String, Json>) -> Row {
    columns.insert("key".to_owned(), key);
    Row { alert: Alert { rule: 0, time: None, events: Vec::new(), group: Vec::new() }, columns }
}

/// What is counted of the rows of one key.
#[derive(Default)]
struct Sum {
    count: u64,
    hosts: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, row: &Row) {
        self.count += row.columns.get("count").and_then(Json::as_u64).unwrap_or(1);
        let known = row.columns.get("hosts").and_then(Json::as_array).into_iter().flatten();
        let own = row.alert.events.first().and_then(|record| record.event.get(HOST));
        self.hosts.extend(known.chain(own).filter_map(Json::as_str).map(str::to_owned));
    }

    fn columns(self, total: Option<u64>) -> Map<String, Json> {
        let mut columns = Map::new();
        columns.insert("count".to_owned(), self.count.into());
        if let Some(total) = total {
            #[expect(clippy::cast_precision_loss, reason = "a share of results")]
            columns.insert("percent".to_owned(), (self.count as f64 / total.max(1) as f64).into());
        }
        if !self.hosts.is_empty() {
            columns.insert("total_hosts".to_owned(), self.hosts.len().into());
            columns.insert("hosts".to_owned(), self.hosts.into_iter().map(Json::from).collect());
        }
        columns
    }
}

/// Keys in order: what is missing first, then truth values, numbers and texts.
fn order(left: &[Json], right: &[Json]) -> Ordering {
    let rank = |value: &Json| match value {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::Array(_) | Json::Object(_) => 4,
    };
    let one = |(left, right): (&Json, &Json)| match (left, right) {
        (Json::String(left), Json::String(right)) => left.cmp(right),
        (Json::Bool(left), Json::Bool(right)) => left.cmp(right),
        _ => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => left.cmp(right).unwrap_or(Ordering::Equal),
            _ => rank(left).cmp(&rank(right)),
        },
    };
    left.iter().zip(right).map(one).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}
