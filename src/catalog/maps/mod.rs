//! Field maps: where a vendor's raw field goes in Elastic, and what becomes of its values.
//!
//! The raw name is also the name in Panther and, for the cloud sources, in Sigma. A map is a TOML file under
//! `schemas/maps/`, one row per fact; each row states the evidence it rests on.

mod case;
mod choice;
mod declared;
mod embedded;
mod fields;
mod index;
mod log_types;
mod lookup;
mod path;
mod read;
mod row;
mod transform;
mod value_table;

pub use case::Case;
pub use declared::{ReadAlready, declare};
pub(super) use embedded::EMBEDDED;
pub(super) use log_types::LOG_TYPES;
pub use lookup::Mapping;
pub(super) use path::{first_key, is_below, plain};
pub use row::{Constant, Evidence, MapRow, SigmaSource};
pub use transform::Transform;
pub use value_table::ValueTable;

use super::fields::Cardinality;
use super::values::Domain;
use index::Index;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The map of one dataset.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "detc field map")]
#[serde(deny_unknown_fields)]
pub struct FieldMap {
    /// The Elastic dataset (`data_stream.dataset`); the first one of a log source that reaches Elastic on several ways.
    pub dataset: String,
    /// What to call the map; the dataset when not given. Maps of one dataset need names of their own.
    pub name: Option<String>,
    /// The name of a map whose rows for other raw fields, constants and enriched fields count here too.
    pub extends: Option<String>,
    /// The Elastic integration package; `""` for data that none collects.
    #[serde(default)]
    pub package: String,
    /// The day of the facts.
    #[serde(default)]
    pub date: String,
    /// Where the facts come from.
    #[serde(default)]
    pub source: String,
    /// Elastic's index patterns. Only a map of the user's says them, and what follows up to `implied`: the table of log sources has
    /// those of the embedded ones.
    #[serde(default)]
    pub indices: Vec<String>,
    /// The category word of an EQL query (`process where ..`); `""` for `any`.
    #[serde(default)]
    pub event_category: String,
    /// What an Elastic query has to ask for besides the index, so that it speaks of this log source alone: fields with their values
    /// (`*`: any).
    #[serde(default)]
    pub implied: BTreeMap<String, String>,
    /// Panther log types with the same raw names.
    #[serde(default)]
    pub panther: Vec<String>,
    /// Sigma log sources with the same raw names.
    #[serde(default)]
    pub sigma: Vec<SigmaSource>,
    /// The ingest drops null, `""`, `[]` and `{}`, recursively.
    #[serde(default)]
    pub drops_empty: bool,
    /// Fields with one value in the whole dataset.
    #[serde(default)]
    pub constants: Vec<Constant>,
    /// Fields that the ingest makes from other knowledge (GeoIP, user-agent parsing); `*` for any subfield.
    #[serde(default)]
    pub enriched: Vec<String>,
    /// The field of another world that says which of `events` an event is.
    #[serde(default)]
    event_id: Option<String>,
    /// The data that an event has, by its id, where that is known.
    #[serde(default)]
    events: BTreeMap<String, Vec<String>>,
    rows: Vec<MapRow>,
    #[serde(skip)]
    index: Index,
    #[serde(default)]
    values: BTreeMap<String, ValueTable>,
    /// Values made from several raw fields, by name: the first case that an event fits.
    #[serde(default)]
    cases: BTreeMap<String, Vec<Case>>,
}

impl FieldMap {
    fn named(&self, name: &str) -> Option<Transform<'_>> {
        self.own(name).or_else(|| Transform::built_in(name))
    }

    /// A change that the map itself says.
    fn own(&self, name: &str) -> Option<Transform<'_>> {
        let table = self.values.get(name).map(Transform::Values);
        table.or_else(|| self.cases.get(name).map(|cases| Transform::Cases(cases)))
    }

    /// The changes that are made to the values of a raw field, each for one of the fields made from it: of those that the model of the
    /// ingest does not make, the ones that `is_asked`. A field without a row is changed as the row for all others says.
    pub fn changes(&self, raw: &str, is_asked: impl Fn(&str) -> bool) -> Vec<Transform<'_>> {
        let mut rows = self.of_raw(raw).filter(|row| row.raw_plain() == raw).peekable();
        if rows.peek().is_none() {
            return self.of_raw("*").filter_map(|row| self.transform(row)).collect();
        }
        let is_shown = |row: &MapRow| match self.transform(row) {
            Some(Transform::Values(table)) => table.shown_by.values().any(|field| is_asked(field)),
            _ => false,
        };
        let counts = |row: &&MapRow| !row.unmodelled || row.targets().any(|target| is_asked(&target)) || is_shown(row);
        rows.filter(counts).filter_map(|row| self.transform(row)).collect()
    }

    /// What the map is called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.dataset)
    }

    /// The fields made from a raw one by a change of this kind.
    pub fn derived_by<'a>(
        &'a self,
        raw: &str,
        wanted: impl Fn(&Transform<'a>) -> bool,
    ) -> impl Iterator<Item = &'a MapRow> {
        self.of_raw(raw)
            .filter(|row| !row.dropped)
            .filter(move |row| self.transform(row).is_some_and(|transform| wanted(&transform)))
    }

    /// Every fact, in the order of the file, those of the extended map last.
    pub fn rows(&self) -> impl Iterator<Item = &MapRow> {
        self.rows.iter()
    }

    /// The rows of a raw path, letter case aside.
    fn of_raw(&self, raw: &str) -> impl Iterator<Item = &MapRow> {
        self.index.of_raw(raw).iter().map(|at| &self.rows[*at])
    }

    /// The raw path that differs from the name in letter case at most.
    pub fn raw_spelling(&self, name: &str) -> Option<Cow<'_, str>> {
        self.index.spelled(name).first().map(|at| self.rows[*at].raw_plain())
    }

    /// The rows that fill an Elastic field.
    fn of_target(&self, field: &str) -> impl Iterator<Item = &MapRow> {
        self.index.of_target(field).iter().map(|at| &self.rows[*at])
    }

    /// The rows that can make something of a raw event: all others look for what is not there.
    pub fn rows_of<'a>(&'a self, raw: &serde_json::Value) -> impl Iterator<Item = &'a MapRow> + use<'a> {
        let keys = raw.as_object().into_iter().flat_map(serde_json::Map::keys);
        self.index.of_event(keys).into_iter().map(|at| &self.rows[at])
    }

    /// Whether the raw path is a list: some row enters it with `[]`, whether or not it has a row of its own.
    pub fn is_list(&self, raw: &str) -> bool {
        self.index.is_list(raw)
    }

    /// The change that a row makes to the value; `None` when it makes none.
    pub fn transform<'a>(&'a self, row: &'a MapRow) -> Option<Transform<'a>> {
        self.named(row.transform.as_deref()?)
    }

    /// Where a row's field has a value that its table does not have, should it be in another field.
    pub fn other_field<'a>(&self, row: &'a MapRow, value: &str) -> Option<&'a str> {
        let table = self.values.get(row.others_than.as_deref().or(row.transform.as_deref())?)?;
        row.others_in.as_deref().filter(|_| !table.is_rewritten(value))
    }

    /// The change that a row makes where the raw field is not there: only the map's own ones make something of that.
    pub fn transform_of_nothing<'a>(&'a self, row: &'a MapRow) -> Option<Transform<'a>> {
        self.own(row.transform.as_deref()?).filter(|change| match change {
            Transform::Values(table) => table.missing.is_some(),
            _ => true,
        })
    }

    /// The first row of a raw path: the same spelling, else another letter case (Panther's SQL world is lower case).
    pub fn raw_row(&self, raw: &str) -> Option<&MapRow> {
        let primary = || self.of_raw(raw).filter(|row| !row.derived && row.raw != "*");
        let raw = plain(raw);
        primary().find(|row| row.raw_plain() == raw).or_else(|| primary().next())
    }

    /// The value, or the values by the sensor, that every document has in a field; none when that is not known.
    pub fn constants(&self, field: &str) -> Vec<&str> {
        self.constants.iter().filter(|constant| constant.field == field).flat_map(Constant::all).collect()
    }

    /// Whether the documents of one event differ by the sensor that made them.
    pub fn depends_on_sensor(&self) -> bool {
        let spells_out = |transform: Transform<'_>| {
            matches!(transform, Transform::RegistryPath | Transform::RegistryData | Transform::RegistryType)
        };
        self.constants.iter().any(|constant| constant.value.is_none())
            || self.rows.iter().any(|row| self.transform(row).is_some_and(spells_out))
    }

    /// The values that a table of the map leaves a field: an Elastic field has what the tables of all its rows give and nothing else, a raw
    /// one has other values too, which become nothing. None for fields that are filled otherwise as well.
    pub fn domain(&'static self, field: &str) -> Option<Domain> {
        let table = |row| match self.transform(row) {
            Some(Transform::Values(table)) if table.is_whole() => Some(table),
            _ => None,
        };
        let domain = |mut values: Vec<&'static str>, closed, any_case| {
            values.sort_unstable();
            values.dedup();
            Some(Domain { values, closed, by_ecs: false, any_case })
        };
        let rows: Vec<&MapRow> = self.of_target(field).filter(|row| !row.alias).collect();
        if !rows.is_empty() {
            let certain = |row: &&&MapRow| !row.ambiguous && row.also.is_empty();
            let tables: Option<Vec<&ValueTable>> = rows.iter().filter(certain).map(|row| table(row)).collect();
            let tables = tables.filter(|tables| tables.len() == rows.len())?;
            return domain(tables.iter().flat_map(|table| table.images()).collect(), true, false);
        }
        let table = self.raw_row(field).and_then(table).filter(|table| table.other.is_none())?;
        domain(table.map.keys().map(String::as_str).collect(), false, table.any_case)
    }

    /// What the raw side says about how many values an Elastic field holds.
    pub fn elastic_cardinality(&self, field: &str) -> Option<Cardinality> {
        let Some(row) = self.of_target(field).next() else {
            // What an object holds is not known, whatever documents of other sources have there.
            let objects = self.rows.iter().filter_map(|row| row.elastic.as_deref()?.strip_suffix(".*"));
            let is_in_object = objects.into_iter().any(|above| is_below(above, field));
            return is_in_object.then_some(Cardinality::Unknown);
        };
        // A field that gathers values is an array whatever one row puts into it.
        Some(if field.starts_with("related.") { Cardinality::Many } else { row.cardinality() })
    }
}

#[cfg(test)]
mod tests;
