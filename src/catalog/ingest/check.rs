//! The rows of a map against pairs of real events.

use super::draft::{ABOUT_INGEST, leaves};
use super::{Pair, at, is_left_out, made, object_path, without_empty};
use crate::catalog::logsource;
use crate::catalog::maps::{FieldMap, MapRow, plain};
use crate::catalog::versions::is_current;
use serde_json::Value;
use std::collections::BTreeSet;

/// How one row of a map stands against real pairs.
#[derive(Debug, Clone)]
pub struct RowReport<'a> {
    /// The row.
    pub row: &'a MapRow,
    /// Pairs that show what the row says.
    pub confirmed: usize,
    /// Pairs of versions before the row's `since`, which were not held against it.
    pub skipped: usize,
    /// Pairs that contradict it.
    pub differences: Vec<Difference>,
}

/// A pair that contradicts a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The pair's place, from 0.
    pub pair: usize,
    /// The field of the document.
    pub field: String,
    /// What the row says is there.
    pub expected: Option<Value>,
    /// What is there.
    pub found: Option<Value>,
}

/// Whether a document is of the map's log sources, as far as these are kinds of events by their code.
pub fn is_of(map: &FieldMap, indexed: &Value) -> bool {
    let rows = map.sigma.iter().flat_map(|named| logsource::for_sigma(&named.product, &named.category, &named.service));
    let codes: Vec<Option<&str>> =
        rows.map(|row| row.implied().find(|(field, _)| *field == "event.code").map(|(_, code)| code)).collect();
    let Some(codes) = codes.into_iter().collect::<Option<Vec<&str>>>().filter(|codes| !codes.is_empty()) else {
        return true;
    };
    indexed.pointer("/event/code").and_then(Value::as_str).is_none_or(|code| codes.contains(&code))
}

/// Every row of the dataset's map against real pairs; `None` when the dataset has no map.
pub fn check(dataset: &str, pairs: &[Pair]) -> Option<Vec<RowReport<'static>>> {
    Some(check_with(FieldMap::for_dataset(dataset)?, pairs))
}

/// As [`check`], by a map that may be the user's own.
pub fn check_with<'a>(map: &'a FieldMap, pairs: &[Pair]) -> Vec<RowReport<'a>> {
    let report = |row| {
        let mut report = RowReport { row, confirmed: 0, skipped: 0, differences: Vec::new() };
        for (index, pair) in pairs.iter().enumerate() {
            check_pair(map, &mut report, index, pair);
        }
        report
    };
    map.rows().map(report).collect()
}

fn check_pair(map: &FieldMap, report: &mut RowReport, index: usize, pair: &Pair) {
    let row = report.row;
    let raw = if map.drops_empty { without_empty(&pair.raw, 0).unwrap_or_default() } else { pair.raw.clone() };
    // Without a raw value a pair says nothing about a row, unless the row says what becomes of a missing one.
    let silent = || at(&raw, object_path(&row.raw)).is_none() && made(map, row, &raw).is_none();
    if row.unmodelled || row.raw == "*" || silent() {
        return;
    }
    // An unknown version is taken as the newest.
    let versions = pair.package_version.as_deref().zip(row.since.as_deref());
    if versions.is_some_and(|(version, since)| !is_current(version, since)) {
        report.skipped += 1;
        return;
    }
    let found = differences(map, row, &raw, index, &pair.indexed);
    let says_nothing = found.is_none();
    let found = found.unwrap_or_default();
    report.confirmed += usize::from(found.is_empty() && !says_nothing);
    report.differences.extend(found);
}

/// `None` when the row predicts nothing for this event.
fn differences(map: &FieldMap, row: &MapRow, raw: &Value, pair: usize, indexed: &Value) -> Option<Vec<Difference>> {
    if row.dropped {
        return kept_all_the_same(map, row, raw, pair, indexed);
    }
    if is_left_out(row, raw) {
        let field = object_path(row.elastic.as_deref()?).to_owned();
        let found = at(indexed, &field).map(|found| Difference { pair, field, expected: None, found: Some(found) });
        return Some(found.into_iter().collect());
    }
    // A value that the change refuses (no address, no date) predicts nothing.
    let (elastic, expected) = made(map, row, raw)?;
    let fields = std::iter::once(elastic).chain(row.copies.iter().map(String::as_str));
    let difference = |field: &str| {
        let found = at(indexed, field);
        let holds = |field: &str| at(indexed, field).is_some_and(|found| agrees(&expected, &found));
        // Other ways of the log source into Elastic have the value elsewhere.
        let same = holds(field) || field == elastic && row.also.iter().any(|other| holds(other));
        (!same).then(|| Difference { pair, field: field.to_owned(), expected: Some(expected.clone()), found })
    };
    Some(fields.filter_map(difference).collect())
}

/// A dropped field must be there neither under its own name nor in the integration's way of writing it.
fn kept_all_the_same(
    map: &FieldMap,
    row: &MapRow,
    raw: &Value,
    pair: usize,
    indexed: &Value,
) -> Option<Vec<Difference>> {
    let dropped = match row.raw.strip_suffix(".*") {
        Some(parent) => keys(&at(raw, parent)?).into_iter().map(|key| format!("{parent}.{key}")).collect(),
        None => vec![row.raw.clone()],
    };
    let dropped: Vec<_> = dropped.into_iter().filter(|path| !has_own_row(map, row, path)).collect();
    let names = dropped.iter().map(|path| format!("{}.{path}", map.package));
    let names: BTreeSet<String> = names.flat_map(|own| [snake_case(&own), own]).collect();
    let difference =
        |field: String| at(indexed, &field).map(|found| Difference { pair, field, expected: None, found: Some(found) });
    let elsewhere = stands_elsewhere(map, row, raw, pair, indexed);
    (!dropped.is_empty()).then(|| names.into_iter().filter_map(difference).chain(elsewhere).collect())
}

/// Shorter texts stand in many fields.
const TELLING: usize = 4;

/// The value of a dropped field in a field of the document that no row explains: it is not dropped, but renamed. Short texts and other
/// values tell only where a list of that name has them.
fn stands_elsewhere(map: &FieldMap, row: &MapRow, raw: &Value, pair: usize, indexed: &Value) -> Vec<Difference> {
    let Some(value) = at(raw, &row.raw) else { return Vec::new() };
    let telling = |value: &Value| value.as_str().is_some_and(|text| text.len() >= TELLING);
    let is_telling = match &value {
        Value::Array(items) => !items.is_empty() && items.iter().all(telling),
        single => telling(single),
    };
    let in_list = name_in_list(&row.raw);
    let may_be = |path: &str| is_telling || in_list.as_ref().is_some_and(|name| path.ends_with(name));
    let mut paths = BTreeSet::new();
    leaves(indexed, String::new(), &mut paths, 0);
    let paths = paths.into_iter().filter(|path| may_be(path) && !is_explained(map, &path.replace("[]", "")));
    let found = paths.filter(|path| at(indexed, path).is_some_and(|found| found == value));
    found.map(|field| Difference { pair, field, expected: None, found: Some(value.clone()) }).collect()
}

/// The end of a field's name in the integration's way of writing it, from the last list on: `.authorization_info[].granted`.
fn name_in_list(raw: &str) -> Option<String> {
    let (above, below) = raw.rsplit_once("[].")?;
    let list = above.rsplit('.').next()?;
    Some(snake_case(&format!(".{list}[].{below}")))
}

/// Whether the ingest adds the field, or a row says what is in it; another spelling of a field says nothing of its own.
fn is_explained(map: &FieldMap, path: &str) -> bool {
    let of_path: Vec<&MapRow> =
        map.rows().filter(|row| row.elastic.as_deref().is_some_and(|field| plain(field) == path)).collect();
    let is_other_spelling = !of_path.is_empty() && of_path.iter().all(|row| row.alias);
    ABOUT_INGEST.iter().any(|head| path.starts_with(head)) || !is_other_spelling && map.elastic_field(path).is_some()
}

/// The keys of an object, or of all objects of an array.
fn keys(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_object).flat_map(|map| map.keys().cloned()).collect(),
        _ => BTreeSet::new(),
    }
}

fn has_own_row(map: &FieldMap, row: &MapRow, path: &str) -> bool {
    map.rows().any(|other| other.raw == path && !std::ptr::eq(other, row))
}

pub(super) fn snake_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Whether the document holds what the row says: numbers by value, times by instant, objects and arrays at least.
pub(super) fn agrees(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(key, value)| found.get(key).is_some_and(|found| agrees(value, found)))
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.iter().all(|value| value.is_null() || found.iter().any(|found| agrees(value, found)))
        }
        (single, Value::Array(found)) => found.iter().any(|found| agrees(single, found)),
        (Value::Number(expected), Value::Number(found)) => expected.as_f64() == found.as_f64(),
        (Value::String(expected), Value::String(found)) => {
            expected == found || same_pairs(expected, found) || same_instant(expected, found)
        }
        _ => expected == found,
    }
}

/// Texts of Java maps have no order of their own.
fn same_pairs(a: &str, b: &str) -> bool {
    let parts = |text: &str| -> Option<BTreeSet<String>> {
        let inner = text.strip_prefix('{')?.strip_suffix('}')?;
        Some(inner.split([',', '{', '}']).map(|part| part.trim().to_owned()).collect())
    };
    parts(a).is_some_and(|a| Some(a) == parts(b))
}

fn same_instant(a: &str, b: &str) -> bool {
    let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
    instant(a).is_some_and(|a| Some(a) == instant(b))
}
