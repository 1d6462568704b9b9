//! The ingest as a function: from a raw event to the document that the integration indexes, driven by the field maps.
//!
//! It makes what the map's rows state, of the newest version they know. What the integration makes from other knowledge
//! (GeoIP, user-agent parsing; [`FieldMap::enriched`]) is not made, nor are rows marked `unmodelled`.

mod check;
mod draft;
mod pairs;
mod spelling;
mod tells;
mod way;
mod windows;

pub use check::{Difference, RowReport, check, check_with, is_of};
pub use draft::draft;
pub use pairs::{Pair, read_pairs};
pub use tells::Tells;
pub use way::{FILLER, Origin, Way};

use super::maps::{FieldMap, MapRow, first_key};
use serde_json::{Map, Value};

/// The indexed document of a raw event; `None` when the dataset has no map.
pub fn forward(dataset: &str, raw: &Value) -> Option<Value> {
    Some(forward_with(FieldMap::for_dataset(dataset)?, raw))
}

/// As [`forward`], by a map that may be the user's own.
pub fn forward_with(map: &FieldMap, raw: &Value) -> Value {
    forward_onto(constants_of(map), map, raw)
}

/// What every document has.
fn constants_of(map: &FieldMap) -> Value {
    let mut out = Value::Object(Map::new());
    for constant in &map.constants {
        // One of several values depends on the sensor; the event does not say which.
        if let Some(value) = &constant.value {
            place(&mut out, &constant.field, Value::String(value.clone()));
        }
    }
    out
}

/// As [`forward_with`], given what every document has.
fn forward_onto(mut out: Value, map: &FieldMap, raw: &Value) -> Value {
    let kept = map.drops_empty.then(|| without_empty(raw, 0).unwrap_or_default());
    let raw = kept.as_ref().unwrap_or(raw);
    for row in map.rows_of(raw).filter(|row| !row.unmodelled) {
        let Some((elastic, value)) = made(map, row, raw) else { continue };
        for copy in &row.copies {
            place(&mut out, copy, value.clone());
        }
        match value {
            // All other fields stay where they are.
            Value::Object(rest) if elastic == "*" => {
                rest.into_iter().for_each(|(key, value)| place(&mut out, &key, value));
            }
            value => place(&mut out, elastic, value),
        }
    }
    if map.drops_empty { without_empty(&out, 0).unwrap_or_default() } else { out }
}

/// The field a row fills, without a last `.*`, and its value.
fn made<'a>(map: &'a FieldMap, row: &'a MapRow, raw: &Value) -> Option<(&'a str, Value)> {
    let elastic = row.elastic.as_deref()?;
    if is_left_out(row, raw) {
        return None;
    }
    if row.raw == "*" {
        return Some((object_path(elastic), rest_of_event(map, row, raw)?));
    }
    let value = at(raw, object_path(&row.raw));
    // Most fields are not there, and few changes make something of that.
    let transform = if value.is_some() { map.transform(row) } else { map.transform_of_nothing(row) };
    let value = match transform {
        Some(transform) => transform.apply(value.as_ref(), raw)?,
        None => value?,
    };
    Some((object_path(elastic), value))
}

/// Whether the event is one of those of which the row says that its field is not made.
fn is_left_out(row: &MapRow, raw: &Value) -> bool {
    row.unless.iter().any(|(field, values)| {
        at(raw, field).is_some_and(|found| found.as_str().is_some_and(|text| values.iter().any(|value| value == text)))
    })
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

/// The value at a path, also one whose name has the dots in it (Zeek's `id.orig_h`). A segment `name[]` gives an array with one entry
/// per element (null where it has none); so does `*`, for the objects with the keys 0, 1, ..
pub(super) fn at(value: &Value, path: &str) -> Option<Value> {
    let map = value.as_object()?;
    // Most paths of a map lead nowhere in most events.
    if !path.contains(['\\', '*']) && !map.keys().any(|key| path.starts_with(key.as_str())) {
        return None;
    }
    if let Some(whole) = get(map, path) {
        return Some(whole.clone());
    }
    let (segment, rest) = first_key(path);
    if let ("*", Some(rest)) = (&*segment, rest) {
        return each((0..).map_while(|number: usize| map.get(&number.to_string())), rest);
    }
    let name = segment.strip_suffix("[]");
    let found = get(map, name.unwrap_or(&segment))?;
    match (rest, name) {
        (None, _) => Some(found.clone()),
        (Some(rest), None) => at(found, rest),
        (Some(rest), Some(_)) => each(found.as_array()?.iter(), rest),
    }
}

fn each<'v>(items: impl Iterator<Item = &'v Value>, rest: &str) -> Option<Value> {
    let entries: Vec<Value> = items.map(|item| at(item, rest).unwrap_or_default()).collect();
    entries.iter().any(|entry| !entry.is_null()).then_some(Value::Array(entries))
}

/// So many keys are compared sooner than one is hashed.
pub const FEW_KEYS: usize = 12;

/// The value of a key.
pub fn get<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    if map.len() > FEW_KEYS {
        return map.get(key);
    }
    map.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// Puts a value at a path, entering arrays element by element, as objects with the keys 0, 1, .. where the path has `*`. Fields
/// under `related.` gather; an object is merged.
fn place(out: &mut Value, path: &str, value: Value) {
    if value.is_null() {
        return;
    }
    let (segment, rest) = first_key(path);
    let Some(map) = out.as_object_mut() else { return };
    match (rest, segment.strip_suffix("[]")) {
        (Some(rest), Some(name)) => {
            place_each(map.entry(name).or_insert_with(|| Value::Array(Vec::new())), rest, value);
        }
        (Some(rest), None) if segment == "*" => {
            for (number, value) in values_of(value).into_iter().enumerate() {
                place(map.entry(number.to_string()).or_insert_with(|| Value::Object(Map::new())), rest, value);
            }
        }
        (Some(rest), None) if segment == "related" => {
            gather(map.entry(segment).or_insert_with(|| Value::Object(Map::new())), rest, value);
        }
        (Some(rest), None) => place(map.entry(segment).or_insert_with(|| Value::Object(Map::new())), rest, value),
        (None, _) => merge(map, &segment, value),
    }
}

fn place_each(array: &mut Value, rest: &str, value: Value) {
    let Some(items) = array.as_array_mut() else { return };
    for (index, value) in values_of(value).into_iter().enumerate() {
        if items.len() <= index {
            items.push(Value::Object(Map::new()));
        }
        place(&mut items[index], rest, value);
    }
}

fn values_of(value: Value) -> Vec<Value> {
    if let Value::Array(values) = value { values } else { vec![value] }
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
    for value in values_of(value) {
        if !items.contains(&value) {
            items.push(value);
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrong_rows;
