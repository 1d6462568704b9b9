//! Tables of a map from raw values to indexed ones.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A table from raw values to values in the index.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueTable {
    /// Letter case of the raw value does not matter.
    #[serde(default)]
    pub any_case: bool,
    /// Raw value to indexed value, or to several.
    pub map: Map<String, Value>,
    /// The value for raw values that are not in the table; without it the field stays away.
    pub other: Option<String>,
    /// The value when the raw field is missing.
    pub missing: Option<String>,
    /// Values that are not in the table stay as they are.
    #[serde(default)]
    pub keeps_others: bool,
    /// Raw values that no field holds in the index: a document has this field when, and only when, it is made from such an event.
    #[serde(default)]
    pub shown_by: BTreeMap<String, String>,
    /// What becomes of values that are not in the table is not known.
    #[serde(default)]
    pub partial: bool,
}

impl ValueTable {
    /// The indexed value of a raw one.
    pub fn image(&self, raw: &str) -> Option<Value> {
        let same = |key: &str| key == raw || self.any_case && key.eq_ignore_ascii_case(raw);
        let found = self.map.iter().find(|(key, _)| same(key)).map(|(_, value)| value.clone());
        let other = if self.keeps_others { Some(raw.to_owned()) } else { self.other.clone() };
        found.or_else(|| other.map(Value::String))
    }

    /// The field whose presence tells that the raw field has the value.
    pub fn showing(&self, raw: &str) -> Option<&str> {
        let same = |key: &str| key == raw || self.any_case && key.eq_ignore_ascii_case(raw);
        self.shown_by.iter().find(|(key, _)| same(key)).map(|(_, field)| field.as_str())
    }

    /// Whether the vendor can write the text: it writes the values of a table as they stand there, in no other letter case. Of values
    /// of which it is not known what becomes of them nothing is claimed.
    pub fn is_spelled(&self, raw: &str) -> bool {
        // Nor does it write an empty code.
        if raw.is_empty() && self.other.is_some() {
            return false;
        }
        if self.partial && !self.is_rewritten(raw) {
            return false;
        }
        self.any_case || self.map.contains_key(raw) || !self.map.keys().any(|key| key.eq_ignore_ascii_case(raw))
    }

    /// Whether the table has all values that become anything, each with what it becomes.
    pub fn is_whole(&self) -> bool {
        !self.keeps_others && !self.partial
    }

    /// What stands in the index for the values of the table, for others and for none.
    pub(super) fn images(&self) -> impl Iterator<Item = &str> {
        let texts = self.map.values().flat_map(|value| match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        });
        texts.filter_map(Value::as_str).chain(self.other.as_deref()).chain(self.missing.as_deref())
    }

    /// Whether the table gives the raw value another one.
    pub fn is_rewritten(&self, raw: &str) -> bool {
        self.map.keys().any(|key| key == raw || self.any_case && key.eq_ignore_ascii_case(raw))
    }

    /// The raw values that become `indexed`. `None` when the set is not finite: `indexed` is what other values, or a
    /// missing field, become.
    pub fn preimage(&self, indexed: &str) -> Option<Vec<&str>> {
        if self.other.as_deref() == Some(indexed) || self.missing.as_deref() == Some(indexed) {
            return None;
        }
        let holds = |value: &Value| match value {
            Value::Array(items) => items.iter().any(|item| item == indexed),
            other => other == indexed,
        };
        Some(self.map.iter().filter(|(_, value)| holds(value)).map(|(key, _)| key.as_str()).collect())
    }
}
