//! The ingest as a function: from a raw event to the document that the integration indexes, driven by the field maps.
//!
//! It makes what the map's rows state, of the newest version they know. What the integration makes from other knowledge
//! (GeoIP, user-agent parsing; [`FieldMap::enriched`]) is not made, nor are rows marked `unmodelled`.

mod way;

pub use way::{Origin, Way};

use super::maps::{FieldMap, MapRow};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The indexed document of a raw event; `None` when the dataset has no map.
pub fn forward(dataset: &str, raw: &Value) -> Option<Value> {
    Some(forward_with(FieldMap::for_dataset(dataset)?, raw))
}

/// As [`forward`], by a map that may be the user's own.
pub fn forward_with(map: &FieldMap, raw: &Value) -> Value {
    let raw = if map.drops_empty { without_empty(raw, 0).unwrap_or_default() } else { raw.clone() };
    let mut out = Value::Object(Map::new());
    for constant in &map.constants {
        // One of several values depends on the sensor; the event does not say which.
        if let Some(value) = &constant.value {
            place(&mut out, &constant.field, Value::String(value.clone()));
        }
    }
    for row in map.rows().filter(|row| !row.unmodelled) {
        let Some((elastic, value)) = made(map, row, &raw) else { continue };
        for copy in &row.copies {
            place(&mut out, copy, value.clone());
        }
        place(&mut out, elastic, value);
    }
    if map.drops_empty { without_empty(&out, 0).unwrap_or_default() } else { out }
}

/// The field a row fills, without a last `.*`, and its value.
fn made<'a>(map: &'a FieldMap, row: &'a MapRow, raw: &Value) -> Option<(&'a str, Value)> {
    let elastic = row.elastic.as_deref()?;
    if row.raw == "*" {
        return Some((object_path(elastic), rest_of_event(map, row, raw)?));
    }
    let value = at(raw, object_path(&row.raw));
    let value = match map.transform(row) {
        Some(transform) => transform.apply(value.as_ref(), raw)?,
        None => value?,
    };
    Some((object_path(elastic), value))
}

/// What a row for every other field takes: the top-level fields that have no row, each changed as the row says.
fn rest_of_event(map: &FieldMap, row: &MapRow, raw: &Value) -> Option<Value> {
    let named = |key: &str| map.rows().any(|row| object_path(&row.raw) == key);
    let transform = map.transform(row);
    let changed = |value: &Value| match &transform {
        Some(transform) => transform.apply(Some(value), raw),
        None => Some(value.clone()),
    };
    let fields = raw.as_object()?.iter().filter(|(key, _)| !named(key));
    Some(fields.filter_map(|(key, value)| Some((key.clone(), changed(value)?))).collect())
}

fn object_path(path: &str) -> &str {
    path.strip_suffix(".*").unwrap_or(path)
}

/// Nesting that the model follows; deeper structures are taken as they are (hostile input).
const MAX_DEPTH: usize = 128;

/// The value without null, `""`, `[]` and `{}`, at every depth; `None` when nothing is left.
fn without_empty(value: &Value, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return Some(value.clone());
    }
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => {
            let kept: Vec<Value> = items.iter().filter_map(|item| without_empty(item, depth + 1)).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(key, item)| Some((key.clone(), without_empty(item, depth + 1)?)));
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other.clone()),
    }
}

/// The value at a path. A segment `name[]` gives an array with one entry per element (null where it has none).
fn at(value: &Value, path: &str) -> Option<Value> {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(head, tail)| (head, Some(tail)));
    let name = segment.strip_suffix("[]");
    let found = value.as_object()?.get(name.unwrap_or(segment))?;
    let Some(rest) = rest else { return Some(found.clone()) };
    if name.is_none() {
        return at(found, rest);
    }
    let entries: Vec<Value> = found.as_array()?.iter().map(|item| at(item, rest).unwrap_or_default()).collect();
    entries.iter().any(|entry| !entry.is_null()).then_some(Value::Array(entries))
}

/// Puts a value at a path, entering arrays element by element. Fields under `related.` gather; an object is merged.
fn place(out: &mut Value, path: &str, value: Value) {
    if value.is_null() {
        return;
    }
    let (segment, rest) = path.split_once('.').map_or((path, None), |(head, tail)| (head, Some(tail)));
    let Some(map) = out.as_object_mut() else { return };
    match (rest, segment.strip_suffix("[]")) {
        (Some(rest), Some(name)) => {
            place_each(map.entry(name).or_insert_with(|| Value::Array(Vec::new())), rest, value);
        }
        (Some(rest), None) if segment == "related" => {
            gather(map.entry(segment).or_insert_with(|| Value::Object(Map::new())), rest, value);
        }
        (Some(rest), None) => place(map.entry(segment).or_insert_with(|| Value::Object(Map::new())), rest, value),
        (None, _) => merge(map, segment, value),
    }
}

fn place_each(array: &mut Value, rest: &str, value: Value) {
    let (Some(items), Value::Array(values)) = (array.as_array_mut(), value) else { return };
    for (index, value) in values.into_iter().enumerate() {
        if items.len() <= index {
            items.push(Value::Object(Map::new()));
        }
        place(&mut items[index], rest, value);
    }
}

fn merge(map: &mut Map<String, Value>, key: &str, value: Value) {
    match (map.get_mut(key), value) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            for (key, value) in new {
                // A row of its own says more than the row of the whole object.
                old.entry(key).or_insert(value);
            }
        }
        (_, value) => {
            map.insert(key.to_owned(), value);
        }
    }
}

fn gather(related: &mut Value, key: &str, value: Value) {
    let Some(map) = related.as_object_mut() else { return };
    let Some(items) = map.entry(key).or_insert_with(|| Value::Array(Vec::new())).as_array_mut() else { return };
    let values = if let Value::Array(values) = value { values } else { vec![value] };
    for value in values {
        if !items.contains(&value) {
            items.push(value);
        }
    }
}

/// A raw event with the document that was really indexed.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The version of the integration that made it; `None` when unknown, taken as the newest.
    pub package_version: Option<String>,
    /// The vendor's event.
    pub raw: Value,
    /// The document.
    pub indexed: Value,
}

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
    if is_before(pair.package_version.as_deref(), row.since.as_deref()) {
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
    // A value that the change refuses (no address, no date) predicts nothing.
    let (elastic, expected) = made(map, row, raw)?;
    let fields = std::iter::once(elastic).chain(row.copies.iter().map(String::as_str));
    let difference = |field: &str| {
        let found = at(indexed, field);
        let same = found.as_ref().is_some_and(|found| agrees(&expected, found));
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
    (!dropped.is_empty()).then(|| names.into_iter().filter_map(difference).collect())
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

fn snake_case(path: &str) -> String {
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
fn agrees(expected: &Value, found: &Value) -> bool {
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

/// Whether a version is older than `since`; an unknown one is not.
fn is_before(version: Option<&str>, since: Option<&str>) -> bool {
    let numbers = |text: &str| -> Vec<u64> { text.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    match (version, since) {
        (Some(version), Some(since)) => numbers(version) < numbers(since),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
