//! What tells the events of a log source from others.

use super::at;
use crate::catalog::maps::FieldMap;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields with the values of which every event of a log source has one in each.
pub type Tells = IndexMap<&'static str, Vec<&'static str>>;

pub(super) fn values_of(told: &Tells) -> impl Iterator<Item = (&'static str, &[&'static str])> {
    told.iter().map(|(field, values)| (*field, values.as_slice()))
}

/// Whether an event has one of the values in each of the fields.
pub(super) fn has_all(event: &Value, told: &Tells) -> bool {
    let is_value = |found: &Value, value: &str| {
        found == value || found.as_array().is_some_and(|items| items.iter().any(|item| item == value))
    };
    told.iter().all(|(field, values)| {
        at(event, field).is_some_and(|found| values.iter().any(|value| *value == "*" || is_value(&found, value)))
    })
}

/// The paths above the raw fields that have no row of their own.
pub(super) fn objects_of(map: &'static FieldMap) -> Vec<&'static str> {
    let paths = map.rows().filter(|row| !row.raw.contains('\\')).map(|row| row.raw.as_str());
    let above = paths.flat_map(|path| path.match_indices('.').map(move |(at, _)| path[..at].trim_end_matches("[]")));
    let objects: BTreeSet<&str> = above.filter(|path| !path.contains("[]") && map.raw_row(path).is_none()).collect();
    objects.into_iter().collect()
}

pub(super) fn holds_objects(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(holds_objects),
        other => other.is_object() || other.is_null(),
    }
}
