//! What tells the events of a log source from others.

use super::at;
use indexmap::IndexMap;
use serde_json::Value;

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
