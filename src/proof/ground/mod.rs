//! The world that events live in: which values its fields can have, and how an event is put together.

mod assumed;
mod fits;
mod paths;

pub(super) use paths::change_at;

use crate::backend::{SourceWorld, World};
use crate::catalog::fields::{Cardinality, FieldType, Schema};
use crate::catalog::maps::{FieldMap, MapRow, Transform, ValueTable};
use crate::eval::Event;
use crate::ir::{DataSource, EventModel, FieldPath};
use fits::{fits_index, fits_raw};
use foldhash::fast::RandomState;
use paths::{insert, is_list};
use serde_json::{Map, Value as Json, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What is known of the fields of one world.
pub(super) struct Ground<'a> {
    world: World,
    source: &'a SourceWorld,
    schema: Rc<Schema>,
    /// Paths at which the vendor's events have lists, from the field map: `target` for `target[].id`.
    lists: Vec<Vec<&'a str>>,
    /// The keys of the vendor's fields that have dots in them, by the fields' names.
    dotted: Vec<(String, Vec<String>)>,
    /// Rows of raw fields that only some of the log source's events have.
    partial: Vec<(FieldPath, &'static MapRow)>,
    /// Raw fields that every event of the log source has, with one of these values: each sensor has its own.
    by_sensor: Vec<(FieldPath, Vec<&'static str>)>,
    /// Whether events go through the ingest: then they are written as the vendor writes them, and any other text is none.
    travels: bool,
    /// The documents' fields that a side asks for: what is not known of how the ingest makes others does not matter.
    asked: Vec<String>,
    facts: RefCell<HashMap<FieldPath, Facts, RandomState>>,
}

/// What is known of one field.
#[derive(Debug, Clone)]
struct Facts {
    ty: FieldType,
    cardinality: Cardinality,
    /// The changes that the ingest makes to the values of a raw field: they know how the vendor writes them.
    notations: Rc<[Transform<'static>]>,
}

/// Scalars of one type, beside null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) kind: ScalarKind,
    /// They come in lists.
    pub(super) many: bool,
}

/// Types that tests are looked at by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScalarKind {
    Text,
    /// The text of an address: it is never empty.
    Ip,
    Integer,
    Boolean,
    Other,
    /// Nothing is known of them: a value of any type.
    Any,
    /// What is left of any type: any number, a list with items, an object with keys.
    Number,
    List,
    Object,
}

impl<'a> Ground<'a> {
    pub(super) fn new(world: World, source: &'a SourceWorld, data: &DataSource, travels: bool) -> Self {
        let rows = source.map.into_iter().flat_map(FieldMap::rows);
        let mut lists: Vec<Vec<&str>> = Vec::new();
        for row in rows.filter(|_| world == World::Raw) {
            let segments: Vec<&str> = row.raw.split('.').collect();
            for (index, _) in segments.iter().enumerate().filter(|(_, segment)| segment.ends_with("[]")) {
                let path = segments[..=index].iter().map(|segment| segment.trim_end_matches("[]")).collect();
                if !lists.contains(&path) {
                    lists.push(path);
                }
            }
        }
        let is_partial = |row: &&MapRow| !row.only.is_empty() || !row.never.is_empty();
        let rows = source.map.into_iter().flat_map(FieldMap::rows).filter(|_| travels && world == World::Raw);
        let partial = rows.filter(is_partial).map(|row| (FieldPath::keys(&row.raw_keys()), row)).collect();
        let rows = source.map.into_iter().flat_map(FieldMap::rows).filter(|_| world == World::Raw);
        let dotted =
            rows.filter(|row| row.raw.contains('\\')).map(|row| (row.raw_plain().into_owned(), row.raw_keys()));
        Self {
            world,
            source,
            dotted: dotted.collect(),
            schema: source.own_schema(world, data),
            lists,
            partial,
            by_sensor: source.map.filter(|_| travels && world == World::Raw).map(by_sensor).unwrap_or_default(),
            travels,
            asked: Vec::new(),
            facts: RefCell::default(),
        }
    }

    /// The same world where a side asks for these fields of the documents.
    #[must_use]
    pub(super) fn asked_for(self, fields: &[FieldPath]) -> Self {
        Self { asked: fields.iter().map(FieldPath::name).collect(), ..self }
    }

    /// The dataset of the log source's documents.
    pub(super) fn dataset(&self) -> Option<&'static str> {
        self.source.dataset()
    }

    /// What every document of the log source has in Elastic's fields.
    pub(super) fn implied(&self) -> Vec<(&'static str, &'static str)> {
        self.source.implied()
    }

    /// Where an event keeps its time.
    pub(super) fn time_field(&self) -> FieldPath {
        let of_map = || {
            let row = self.source.map?.rows().find(|row| row.elastic.as_deref() == Some("@timestamp"))?;
            Some(FieldPath::keys(&row.raw_keys()))
        };
        match self.world {
            World::Raw => of_map().unwrap_or_else(|| FieldPath::dotted("@timestamp")),
            World::Elastic => FieldPath::dotted("@timestamp"),
        }
    }

    /// A field for a text that may stand anywhere: one that the index keeps as it is and that the rule does not name.
    pub(super) fn text_field(&self, named: &[FieldPath]) -> &'static str {
        let is_kept = |row: &&MapRow| {
            let plain = row.transform.is_none() && row.elastic.is_some() && row.raw_type() == FieldType::Keyword;
            plain
                && !(row.alias
                    || row.ambiguous
                    || row.derived
                    || row.unmodelled
                    || row.many
                    || row.raw.contains(['*', '[']))
        };
        let map = self.source.map.filter(|_| self.travels && self.world == World::Raw);
        let mut rows = map.into_iter().flat_map(FieldMap::rows).filter(is_kept);
        let is_free = |row: &&MapRow| named.iter().all(|field| field.name() != row.raw);
        rows.find(is_free).map_or("message", |row| row.raw.as_str())
    }

    fn facts(&self, field: &FieldPath) -> Facts {
        if let Some(known) = self.facts.borrow().get(field) {
            return known.clone();
        }
        let found = self.source.facts(self.world, &self.schema, field);
        let name = field.name();
        let map = self.source.map.filter(|_| self.world == World::Raw);
        let is_asked = |field: &str| self.asked.iter().any(|asked| asked == field);
        let notations = map.filter(|_| self.travels).map(|map| map.changes(&name, is_asked)).unwrap_or_default().into();
        let mut facts = Facts { ty: found.ty, cardinality: found.cardinality, notations };
        if let Some(row) = map.and_then(|map| map.raw_row(&name)) {
            // What the map takes for an address or a date is text in the vendor's event, but not any text.
            facts.ty = match (row.raw_type(), row.elastic_type()) {
                (FieldType::Keyword, FieldType::Ip) => FieldType::Ip,
                (FieldType::Keyword, FieldType::Date) => FieldType::Date,
                (ty, _) => ty,
            };
        } else if map.is_some_and(FieldMap::rest_is_text) && !name.contains('.') {
            (facts.ty, facts.cardinality) = (FieldType::Keyword, Cardinality::Single);
        }
        self.facts.borrow_mut().insert(field.clone(), facts.clone());
        facts
    }

    /// What events have in a field, where it is scalars of one type. `is_one`: several are ruled out.
    pub(super) fn scalar(&self, field: &FieldPath, is_one: bool) -> Option<Scalar> {
        let facts = self.facts(field);
        let many = match (self.world, facts.cardinality) {
            (_, Cardinality::Single) => false,
            (World::Raw, Cardinality::Many) => true,
            (World::Elastic, _) if is_one => false,
            _ => return None,
        };
        // An index takes numbers and truth values as texts too, and searches analysed text by its words.
        if self.world == World::Elastic && !(facts.ty.is_exact_string() || facts.ty == FieldType::Ip) {
            return None;
        }
        let kind = match facts.ty {
            FieldType::Keyword
            | FieldType::ConstantKeyword
            | FieldType::Wildcard
            | FieldType::Text
            | FieldType::MatchOnlyText => ScalarKind::Text,
            FieldType::Ip => ScalarKind::Ip,
            FieldType::Integer => ScalarKind::Integer,
            FieldType::Boolean => ScalarKind::Boolean,
            FieldType::Float | FieldType::Date => ScalarKind::Other,
            _ => return None,
        };
        Some(Scalar { kind, many })
    }

    /// The table of a raw field's texts that the vendor writes in no other letter case.
    pub(super) fn spellings(&self, field: &FieldPath) -> Option<&'static ValueTable> {
        self.facts(field).notations.iter().find_map(|change| match change {
            Transform::Values(table) if !table.any_case => Some(*table),
            _ => None,
        })
    }

    /// Whether the vendor's events have a registry value's data in the field.
    pub(super) fn is_registry_data(&self, field: &FieldPath) -> bool {
        let is_made = |change: &Transform<'_>| matches!(change, Transform::RegistryData | Transform::RegistryType);
        self.facts(field).notations.iter().any(is_made)
    }

    /// Whether the index has the field as texts that are compared as they are.
    pub(super) fn is_exact_text(&self, field: &FieldPath) -> bool {
        self.world == World::Elastic && self.facts(field).ty.is_exact_string()
    }

    pub(super) fn world(&self) -> World {
        self.world
    }

    /// Whether an event of this world can have the value in the field. Null is possible everywhere.
    pub(super) fn admits(&self, field: &FieldPath, value: &Json) -> bool {
        let facts = self.facts(field);
        let several = facts.cardinality == Cardinality::Many;
        match value {
            Json::Null => true,
            Json::Array(items) => {
                let allowed = match (facts.cardinality, self.world) {
                    (Cardinality::Single, World::Raw) => false,
                    // An indexed `[x]` is `x`.
                    (Cardinality::Single, World::Elastic) => items.len() <= 1,
                    _ => true,
                };
                allowed && items.iter().all(|item| item.is_null() || self.fits(&facts, item))
            }
            _ if several && self.world == World::Raw => false,
            _ => self.fits(&facts, value),
        }
    }

    fn fits(&self, facts: &Facts, value: &Json) -> bool {
        let ty = facts.ty;
        let objects = matches!(ty, FieldType::Object | FieldType::Nested | FieldType::Flattened | FieldType::Unknown);
        match value {
            Json::Object(_) => objects && facts.notations.iter().all(|change| change.is_notation(value)),
            Json::Array(_) | Json::Null => ty == FieldType::Unknown,
            _ if self.world == World::Raw => {
                fits_raw(ty, value) && facts.notations.iter().all(|change| change.is_notation(value))
            }
            _ => fits_index(ty, value),
        }
    }

    /// The values that an event of this world can have in the field in the place of one: itself, else those that it may be a part of,
    /// else the list of it.
    pub(super) fn fitting(&self, field: &FieldPath, value: Json) -> Vec<Json> {
        if self.admits(field, &value) {
            return vec![value];
        }
        let part = value.as_str().unwrap_or_default();
        // Sigma writes truth values and numbers as texts.
        if let Some(typed) =
            serde_json::from_str(part).ok().filter(|typed: &Json| typed.is_boolean() || typed.is_number())
            && self.admits(field, &typed)
        {
            return vec![typed];
        }
        // And numbers where the vendor writes texts.
        let text = json!(value.to_string());
        if (value.is_number() || value.is_boolean()) && self.admits(field, &text) {
            return vec![text];
        }
        let mut found = Vec::new();
        for change in self.facts(field).notations.iter() {
            for whole in change.completed(part).into_iter().map(Json::from) {
                let list = json!([whole]);
                let fits = [whole, list].into_iter().find(|value| self.admits(field, value));
                found.extend(fits.filter(|value| !found.contains(value)));
            }
        }
        let list = json!([value]);
        if found.is_empty() && self.admits(field, &list) { vec![list] } else { found }
    }

    /// Puts a value at a field. Where the map has a list, the value goes into its first item, the items of a list into
    /// one item each. `None` when something else stands in the way.
    #[must_use]
    pub(super) fn place(&self, event: &mut Json, field: &FieldPath, value: &Json, model: EventModel) -> Option<()> {
        if model == EventModel::Columns {
            return insert(event, &field.name(), value.clone());
        }
        let segments: Vec<&str> = match self.dotted_keys(field) {
            Some(keys) => keys.iter().map(String::as_str).collect(),
            None => field.segments().iter().map(AsRef::as_ref).collect(),
        };
        self.place_at(event, &segments, 0, value)
    }

    fn dotted_keys(&self, field: &FieldPath) -> Option<&[String]> {
        let name = (!self.dotted.is_empty()).then(|| field.name())?;
        self.dotted.iter().find(|(known, _)| *known == name).map(|(_, keys)| keys.as_slice())
    }

    fn place_at(&self, at: &mut Json, segments: &[&str], depth: usize, value: &Json) -> Option<()> {
        let key = segments.get(depth)?;
        if depth + 1 == segments.len() {
            return insert(at, key, value.clone());
        }
        let is_list = self.lists.iter().any(|list| list.len() == depth + 1 && list[..] == segments[..=depth]);
        let map = at.as_object_mut()?;
        if !is_list {
            let below = map.entry(*key).or_insert_with(|| Json::Object(Map::new()));
            return self.place_at(below, segments, depth + 1, value);
        }
        let items = map.entry(*key).or_insert_with(|| Json::Array(Vec::new())).as_array_mut()?;
        let values = match value {
            Json::Array(values) if !values.is_empty() => values.as_slice(),
            other => std::slice::from_ref(other),
        };
        for (index, value) in values.iter().enumerate() {
            if items.len() <= index {
                items.push(Json::Object(Map::new()));
            }
            self.place_at(items.get_mut(index)?, segments, depth + 1, value)?;
        }
        Some(())
    }

    /// Whether an event keeps to what is known of these fields.
    pub(super) fn admits_event(&self, fields: &[FieldPath], document: &Json, model: EventModel) -> bool {
        let event = Event::new(document, model);
        if !self.partial.iter().all(|(field, row)| event.lookup(field).is_empty() || occurs(row, &event)) {
            return false;
        }
        let is_of_sensor = |(field, values): &(FieldPath, Vec<&str>)| {
            !fields.contains(field)
                || event.value(field).is_some_and(|value| {
                    values
                        .iter()
                        .any(|known| value.as_str().map_or_else(|| value.to_string() == **known, |text| text == *known))
                })
        };
        if !self.by_sensor.iter().all(is_of_sensor) || !self.lists.iter().all(|list| is_list(document, list)) {
            return false;
        }
        fields.iter().all(|field| match event.value(field) {
            None => true,
            Some(value) => {
                // A path through a list of objects gives the array of what the items have.
                let through_list = self.lists.iter().any(|list| is_above(list, field));
                match (&*value, through_list) {
                    (Json::Array(items), true) => items.iter().all(|item| self.fits(&self.facts(field), item)),
                    (value, true) => value.is_null() || self.fits(&self.facts(field), value),
                    (value, false) => self.admits(field, value),
                }
            }
        })
    }

    /// A document as queries see it: a number or a truth value in a keyword field is indexed as its text.
    pub(super) fn index(&self, fields: &[FieldPath], document: &mut Json) {
        for field in fields.iter().filter(|_| self.world == World::Elastic) {
            if self.facts(field).ty.is_exact_string() {
                change_at(document, field.segments(), &mut |value| {
                    if value.is_number() || value.is_boolean() {
                        *value = Json::String(value.to_string());
                    }
                });
            }
        }
    }
}

/// The raw fields of what each sensor writes in its own way.
fn by_sensor(map: &'static FieldMap) -> Vec<(FieldPath, Vec<&'static str>)> {
    let several = map.constants.iter().filter(|constant| constant.value.is_none());
    let raw = |field: &str| {
        let is_it = |row: &&MapRow| !row.alias && !row.unmodelled && row.elastic.as_deref() == Some(field);
        map.rows().find(is_it).map(|row| FieldPath::keys(&row.raw_keys()))
    };
    several.filter_map(|constant| Some((raw(&constant.field)?, constant.all().collect()))).collect()
}

/// Whether an event is one of those that have the row's raw field.
fn occurs(row: &MapRow, event: &Event<'_>) -> bool {
    let is_one_of = |(field, values): (&String, &Vec<String>)| {
        event.elements(&FieldPath::dotted(field)).into_iter().any(|found| match found {
            Json::String(text) => values.contains(text),
            other => values.contains(&other.to_string()),
        })
    };
    row.only.iter().all(is_one_of) && !row.never.iter().any(is_one_of)
}

fn is_above(list: &[&str], field: &FieldPath) -> bool {
    let segments = field.segments();
    list.len() < segments.len() && list.iter().zip(segments).all(|(above, own)| *above == own.as_ref())
}
