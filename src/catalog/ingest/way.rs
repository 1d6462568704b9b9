//! The way of one log source's events into Elastic: what its map makes of them, and what every document of it has.

use super::{at, forward_with, object_path, place};
use crate::catalog::logsource::LogSource;
use crate::catalog::maps::plain;
use crate::catalog::maps::{FieldMap, MapRow};
use serde_json::Value;

/// A field map with the log source that it is used for.
#[derive(Debug, Clone)]
pub struct Way {
    map: &'static FieldMap,
    /// What a document of the log source has, beyond the map's own constants; `*` is any value.
    implied: Vec<(&'static str, &'static str)>,
    /// Raw paths that are two spellings of one fact.
    spellings: Vec<(&'static str, &'static str)>,
}

impl Way {
    /// The way that a row of the log source table tells of; without a row, what the map alone says.
    pub fn new(map: &'static FieldMap, source: Option<&LogSource>) -> Self {
        let implied = source.into_iter().flat_map(LogSource::implied).collect();
        let spelled = map.rows().filter(|row| row.alias && row.raw != "*");
        let spellings = spelled.filter_map(|row| Some((row.raw.as_str(), first_spelling(map, row)?))).collect();
        Self { map, implied, spellings }
    }

    /// The field map.
    pub fn map(&self) -> &'static FieldMap {
        self.map
    }

    /// The event with every spelling of what it says: Sigma writes some fields otherwise than the vendor does.
    #[must_use]
    pub fn spelled(&self, raw: &Value) -> Value {
        let mut out = raw.clone();
        for (one, other) in &self.spellings {
            match (at(raw, one), at(raw, other)) {
                (Some(value), None) => place(&mut out, other, value),
                (None, Some(value)) => place(&mut out, one, value),
                _ => {}
            }
        }
        out
    }

    /// The document of a raw event.
    pub fn forward(&self, raw: &Value) -> Value {
        let mut document = forward_with(self.map, raw);
        for (field, value) in self.implied.iter().filter(|(_, value)| *value != "*") {
            if at(&document, field).is_none() {
                place(&mut document, field, Value::from(*value));
            }
        }
        document
    }

    /// Whether the document is one of the log source: it has the values that tell its events from others.
    pub fn is_of_source(&self, document: &Value) -> bool {
        let is_value = |found: &Value, value: &str| {
            found == value || found.as_array().is_some_and(|items| items.iter().any(|item| item == value))
        };
        self.implied
            .iter()
            .all(|(field, value)| at(document, field).is_some_and(|found| *value == "*" || is_value(&found, value)))
    }

    /// Whether the documents' field is made here, where the ingest makes it: not what rows marked `unmodelled` alone tell of.
    pub fn models(&self, field: &str) -> bool {
        let makes = |row: &&MapRow| {
            row.targets().any(|target| match target.strip_suffix(".*") {
                Some(above) => field.strip_prefix(above).is_some_and(|rest| rest.starts_with('.')),
                None => target == field,
            })
        };
        let mut rows = self.map.rows().filter(makes).peekable();
        rows.peek().is_none() || rows.any(|row| !row.unmodelled)
    }
}

impl Way {
    /// What the documents' field is made from.
    pub fn origin(&self, field: &str) -> Origin<'_> {
        let touches = |row: &&MapRow| row.elastic.iter().chain(&row.copies).any(|target| overlap(target, field));
        let rows: Vec<&MapRow> = self.map.rows().filter(touches).collect();
        let fills = |row: &&MapRow| row.elastic.iter().chain(&row.copies).any(|target| plain(target) == field);
        let is_plain = |row: &&MapRow| !row.unmodelled && !row.raw.ends_with('*') && fills(row);
        let gathers = field.starts_with("related.");
        let mut first = rows.iter().filter(|row| !row.alias || row.raw == "*");
        match (first.next(), first.next()) {
            (None, _) if rows.is_empty() && !gathers && !self.varies(field) => Origin::Fixed,
            (Some(row), None) if !gathers && rows.iter().all(is_plain) => Origin::Row(row),
            _ => Origin::Unclear,
        }
    }

    /// Whether documents differ in the field by what the vendor's event does not say: the sensor, or the integration's own knowledge.
    fn varies(&self, field: &str) -> bool {
        let (mut implied, constants) = (self.implied.iter(), &self.map.constants);
        implied.any(|(name, value)| *name == field && *value == "*")
            || constants.iter().any(|constant| constant.field == field && constant.value.is_none())
            || self.map.enriched.iter().any(|name| overlap(name, field))
    }

    /// The vendor's own spelling of a raw path.
    pub fn spelling<'n>(&self, raw: &'n str) -> &'n str {
        self.spellings.iter().find(|(alias, _)| *alias == raw).map_or(raw, |(_, first)| first)
    }
}

/// What a field of the documents is made from.
#[derive(Debug)]
pub enum Origin<'a> {
    /// Nothing in the event: it is the same in every document of the log source, or never there.
    Fixed,
    /// The raw field of this row, and nothing else.
    Row(&'a MapRow),
    /// Several raw fields, a part of an object, or what the model does not make.
    Unclear,
}

/// Whether two fields are the same or one is a part of the other.
fn overlap(target: &str, field: &str) -> bool {
    let target = plain(object_path(target));
    let is_below = |part: &str, whole: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'));
    target == field || is_below(&target, field) || is_below(field, &target)
}

/// The spelling that the vendor has for an alias.
fn first_spelling<'a>(map: &'a FieldMap, alias: &MapRow) -> Option<&'a str> {
    let same = |row: &&MapRow| !row.alias && row.elastic == alias.elastic && row.transform == alias.transform;
    map.rows().find(same).map(|row| row.raw.as_str())
}
