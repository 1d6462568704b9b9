//! The rows of a field map, as the file states them.

use super::path::keys;
use super::{Transform, plain};
use crate::catalog::fields::{Cardinality, FieldType};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a row rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// A plausible reading; nothing states it outright.
    Inferred,
    /// The user's word, in a map of their own.
    #[default]
    Declared,
    /// The vendor's or the integration's own text states it.
    Source,
    /// A pair of a real raw event and its indexed document shows it, and none contradicts it.
    Fixture,
}

/// The other name of `elastic`, which the schema's library does not know of.
fn with_other_names(schema: &mut schemars::Schema) {
    if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut)
        && let Some(elastic) = properties.get("elastic").cloned()
    {
        properties.insert("panther".to_owned(), elastic);
    }
}

/// One fact of a map.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = with_other_names)]
#[allow(clippy::struct_excessive_bools)] // independent facts, as the file states them
pub struct MapRow {
    /// The raw path; `[]` marks arrays, a last segment `*` any subfield, `\.` is a dot inside a key.
    pub raw: String,
    /// The field in the other world: Elastic's, or that of a Panther log type in a map to one. Absent when the ingest drops the raw field.
    #[serde(alias = "panther")]
    pub elastic: Option<String>,
    /// Further fields with the same value. Those under `related.` gather values of several rows.
    #[serde(default)]
    pub copies: Vec<String>,
    /// Where other datasets of the same log source hold the value: a test of the raw field is a test of any of them.
    #[serde(default)]
    pub also: Vec<String>,
    /// JSON type of the raw value; `string` when not given.
    #[serde(default = "string_type")]
    pub raw_type: String,
    /// Elasticsearch type of the field; `keyword` when not given.
    #[serde(rename = "type", default = "keyword_type")]
    pub elastic_type: String,
    /// What is done to the value: a built-in change or a table of the same file.
    pub transform: Option<String>,
    /// Not where the raw field goes first: another field made from it.
    #[serde(default)]
    pub derived: bool,
    /// The pair cannot be used both ways: several sources, or the versions of the integration differ.
    #[serde(default)]
    pub ambiguous: bool,
    /// The Elastic field holds what other raw fields or other records of the same document say too: a test of the raw field becomes one
    /// that holds of more events. In an exclusion it is left out.
    #[serde(default)]
    pub wider: bool,
    /// Another spelling of a raw field that has a row: it is read, and never written.
    #[serde(default)]
    pub alias: bool,
    /// Of an alias: the field that holds its values that the table of the change does not have.
    pub others_in: Option<String>,
    /// That table, where the row itself changes no value.
    #[serde(skip)]
    pub(super) others_than: Option<String>,
    /// The ingest drops the raw field.
    #[serde(default)]
    pub dropped: bool,
    /// The field can hold several values.
    #[serde(default)]
    pub many: bool,
    /// The model of the ingest does not make this field.
    #[serde(default)]
    pub unmodelled: bool,
    /// The first version of the integration that does so, when older ones are known to differ.
    pub since: Option<String>,
    /// The raw field is there only in events in which each of these fields has one of the values.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    /// The raw field is never there in events in which one of these fields has one of the values.
    #[serde(default)]
    pub never: BTreeMap<String, Vec<String>>,
    /// The ingest does not make the Elastic field of events in which one of these raw fields has one of the values: a test of the raw field
    /// holds of more events than one of the Elastic field.
    #[serde(default)]
    pub unless: BTreeMap<String, Vec<String>>,
    /// What the row rests on.
    #[serde(default)]
    pub evidence: Evidence,
    /// What a person has to know about it.
    pub note: Option<String>,
}

fn string_type() -> String {
    "string".to_owned()
}

fn keyword_type() -> String {
    "keyword".to_owned()
}

impl MapRow {
    /// The raw path without array markers.
    pub fn raw_plain(&self) -> Cow<'_, str> {
        plain(&self.raw)
    }

    /// The keys of the raw path, without array markers: a key may hold dots.
    pub fn raw_keys(&self) -> Vec<String> {
        keys(&self.raw).map(|key| key.trim_end_matches("[]").to_owned()).collect()
    }

    /// The Elastic field, its copies, and the fields of other datasets, without array markers.
    pub fn targets(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.elastic.iter().chain(&self.copies).chain(&self.also).map(|field| plain(field))
    }

    /// Only where the raw field goes: the same value there, whatever an ingest does to it.
    pub(super) fn without_change(&self) -> Self {
        Self {
            copies: Vec::new(),
            also: Vec::new(),
            elastic_type: self.raw_type.clone(),
            transform: None,
            derived: false,
            ambiguous: false,
            wider: false,
            ..self.clone()
        }
    }

    /// The raw value's type.
    pub fn raw_type(&self) -> FieldType {
        FieldType::parse(&self.raw_type)
    }

    /// The Elastic field's type.
    pub fn elastic_type(&self) -> FieldType {
        FieldType::parse(&self.elastic_type)
    }

    /// One value or many, in one event of the vendor's: some changes make several values of one.
    pub fn raw_cardinality(&self) -> Cardinality {
        let change = self.transform.as_deref().and_then(Transform::built_in);
        let is_list = self.raw.contains("[]") || self.raw_type == "array";
        match change.filter(|change| !is_list && change.is_of_one_value()) {
            Some(_) => Cardinality::Single,
            None => self.cardinality(),
        }
    }

    /// One value or many, in one event of the other world.
    pub fn cardinality(&self) -> Cardinality {
        if self.many || self.raw.contains("[]") || self.raw_type == "array" {
            Cardinality::Many
        } else if self.raw == "*" || self.raw.ends_with(".*") || self.raw_type == "object" {
            Cardinality::Unknown
        } else {
            Cardinality::Single
        }
    }
}

/// A field that every document of the log source has with a known value: one, or one of several by the sensor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The field.
    pub field: String,
    /// Its value, where there is one only.
    pub value: Option<String>,
    /// The values that it has by the sensor.
    #[serde(default)]
    pub values: Vec<String>,
}

impl Constant {
    /// All values that the field can have.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.value.iter().chain(&self.values).map(String::as_str)
    }
}

/// A Sigma log source; `""` for a part that is not named.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SigmaSource {
    /// `product`
    #[serde(default)]
    pub product: String,
    /// `category`
    #[serde(default)]
    pub category: String,
    /// `service`
    #[serde(default)]
    pub service: String,
}
