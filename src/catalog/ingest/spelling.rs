//! Two spellings of one fact in the vendor's events, each made from the other.

use super::{at, place};
use crate::catalog::maps::{FieldMap, MapRow, Transform, ValueTable};
use serde_json::Value;
use std::collections::HashMap;

/// Two spellings of one fact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    pub(super) alias: &'static str,
    /// The vendor's.
    pub(super) own: &'static str,
    /// From the values of each to those of the fact, where they differ from it.
    alias_table: Option<&'static ValueTable>,
    own_table: Option<&'static ValueTable>,
    /// What the alias says besides: its row, and the vendor's field that has it.
    others: Option<(&'static FieldMap, &'static MapRow, &'static str)>,
}

impl Spelling {
    pub(super) fn of(map: &'static FieldMap, alias: &'static MapRow) -> Option<Self> {
        let rows = || map.rows().filter(|row| !row.alias && row.elastic == alias.elastic);
        let table = |row| match map.transform(row) {
            Some(Transform::Values(table)) => Some(table),
            _ => None,
        };
        let others = alias.others_in.as_deref();
        let others =
            others.and_then(|field| map.rows().find(|row| !row.alias && row.elastic.as_deref() == Some(field)));
        let others = others.map(|row| (map, alias, row.raw.as_str()));
        if let Some(row) = rows().find(|row| row.transform == alias.transform) {
            return Some(Self { alias: &alias.raw, own: &row.raw, alias_table: None, own_table: None, others });
        }
        let known = rows().find(|row| row.transform.is_none()).or_else(|| rows().find(|row| table(row).is_some()));
        let (own, own_table) = match known {
            Some(row) => (row.raw.as_str(), table(row)),
            // A field that keeps its name has no row of its own.
            None if map.keeps_names() => (alias.elastic.as_deref()?, None),
            None => return None,
        };
        let alias_table = table(alias);
        let is_plain = alias.transform.is_none() && own_table.is_none();
        (is_plain || alias_table.is_some()).then_some(Self { alias: &alias.raw, own, alias_table, own_table, others })
    }

    /// Whether the one is the other, whatever it says.
    pub(super) fn is_renamed(self) -> bool {
        self.alias_table.is_none() && self.others.is_none()
    }

    /// Writes the spelling that an event lacks.
    pub(super) fn complete(self, event: &mut Value) {
        match (at(event, self.alias), at(event, self.own)) {
            (Some(value), _) if self.is_other(&value) => {
                if let Some((.., path)) = self.others.filter(|(.., path)| at(event, path).is_none()) {
                    place(event, path, value);
                }
            }
            (Some(value), None) => place(event, self.own, self.to_own(value).unwrap_or_default()),
            (None, own) => match &mut self.facts(event, own)[..] {
                [] => {}
                [one] => place(event, self.alias, one.take()),
                many => place(event, self.alias, many.to_vec().into()),
            },
            _ => {}
        }
    }

    /// What the alias says of an event.
    fn facts(self, event: &Value, own: Option<Value>) -> Vec<Value> {
        let own = own.map(|value| self.to_alias(value).unwrap_or_default());
        own.into_iter().chain(self.others.and_then(|(.., path)| at(event, path))).collect()
    }

    fn is_other(self, value: &Value) -> bool {
        let is_in = |text: &str| self.others.is_some_and(|(map, row, _)| map.other_field(row, text).is_some());
        value.as_str().is_some_and(is_in)
    }

    /// Whether an event says the same in both spellings, where it has both.
    pub(super) fn agrees(self, event: &Value) -> bool {
        let (Some(alias), own) = (at(event, self.alias), at(event, self.own)) else { return true };
        if self.others.is_some() {
            // Letters have no case in a table's values.
            let folded = |value: &Value| value.as_str().map(str::to_lowercase);
            let same = self.facts(event, own);
            return values(&alias).into_iter().map(folded).eq(same.iter().map(folded));
        }
        own.is_none_or(|own| self.agree(alias, own))
    }

    /// Whether both say the same. A path through lists has the values in as many lists, and a name without them has the values alone.
    fn agree(self, alias: Value, own: Value) -> bool {
        if self.own.contains("[]") {
            return values(&alias) == values(&own);
        }
        self.of_alias(alias) == self.of_own(own)
    }

    /// What the vendor writes where the alias has this value; `None` where that may be one of many.
    fn to_own(self, alias: Value) -> Option<Value> {
        let fact = self.of_alias(alias)?;
        match self.own_table {
            None => Some(fact),
            Some(table) => table.preimage(fact.as_str()?)?.first().copied().map(Value::from),
        }
    }

    fn to_alias(self, own: Value) -> Option<Value> {
        if self.own.contains("[]") {
            return Some(values(&own).into_iter().cloned().collect());
        }
        let fact = self.of_own(own)?;
        let known = || self.alias_table?.preimage(fact.as_str()?)?.first().copied().map(Value::from);
        match known() {
            Some(alias) => Some(alias),
            // A value that the table does not speak of is written in one way.
            None if self.own_table.is_none() => Some(fact),
            None => None,
        }
    }

    fn of_alias(self, value: Value) -> Option<Value> {
        let known = || self.alias_table?.image(value.as_str()?);
        match known() {
            Some(fact) => Some(fact),
            None if self.own_table.is_none() => Some(value),
            None => None,
        }
    }

    fn of_own(self, value: Value) -> Option<Value> {
        match self.own_table {
            Some(table) => table.image(value.as_str()?),
            None => Some(value),
        }
    }
}

/// The values in lists and in lists of lists.
fn values(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The spellings of each key on the way to a raw field, by the path in lower case, those of the first row first.
pub(super) fn key_spellings(map: &'static FieldMap) -> HashMap<String, Vec<String>> {
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    for row in map.rows() {
        let mut path = String::new();
        for segment in row.raw_keys() {
            path.push_str(&segment.to_ascii_lowercase());
            let spellings = keys.entry(path.clone()).or_default();
            if !spellings.contains(&segment) {
                spellings.push(segment);
            }
            path.push('.');
        }
    }
    keys
}
