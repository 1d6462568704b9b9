//! The way of one log source's events into Elastic: what its map makes of them, and what every document of it has.

use super::spelling::{Spelling, key_spellings};
use super::tells::{Tells, has_all, holds_objects, objects_of, values_of};
use super::{MAX_DEPTH, at, constants_of, forward_onto, made, object_path, place, without_empty};
use crate::catalog::fields::FieldType;
use crate::catalog::logsource::LogSource;
use crate::catalog::maps::{Constant, FieldMap, MapRow, Transform, is_below, plain};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// A field map with the log source that it is used for.
#[derive(Debug, Clone)]
pub struct Way {
    map: &'static FieldMap,
    /// What a document of the log source has, beyond the map's own constants: in each field one of the values; `*` is any value.
    implied: Tells,
    /// Raw paths that are two spellings of one fact, the alias first.
    spellings: Vec<Spelling>,
    /// Raw paths of objects, and of lists of objects.
    objects: Vec<&'static str>,
    /// What every event of the log source has in raw fields.
    own: Vec<(&'static str, Value)>,
    /// What tells the events from others where they begin: in each raw field one of the values.
    tells: Tells,
    /// The rows marked `unmodelled` that say enough to go by.
    told: Vec<&'static MapRow>,
    /// What every document has by the map.
    constants: Value,
    /// The spellings of each key on the way to a raw field, by the path in lower case, the vendor's first.
    keys: HashMap<String, Vec<String>>,
}

impl Way {
    /// The way that a row of the log source table tells of; without a row, what the map alone says.
    pub fn new(map: &'static FieldMap, source: Option<&LogSource>) -> Self {
        let implied = source.into_iter().flat_map(LogSource::implied);
        Self::with(map, implied.map(|(field, value)| (field, vec![value])).collect())
    }

    /// The way into a Panther log type by the map to it, of events that have these values there: of several values of a field any.
    pub fn to_log_type(map: &'static FieldMap, told: Tells) -> Self {
        Self::with(map, told)
    }

    /// The way of events that have these values in the vendor's fields, besides: of several values of a field any.
    #[must_use]
    pub fn holding(self, tells: Tells) -> Self {
        Self { tells, ..self }
    }

    fn with(map: &'static FieldMap, implied: Tells) -> Self {
        let spelled = map.rows().filter(|row| row.alias && row.raw != "*");
        let spellings = spelled.filter_map(|row| Spelling::of(map, row)).collect();
        let first = implied.iter().filter_map(|(field, values)| Some((*field, *values.first()?)));
        let own = first
            .filter_map(|(field, value)| raw_value(map, field, if value == "*" { FILLER } else { value }))
            .collect();
        let told = map.rows().filter(|row| row.unmodelled && !row.alias && is_told(map, row)).collect();
        let (constants, keys, objects) = (constants_of(map), key_spellings(map), objects_of(map));
        Self { map, implied, spellings, objects, own, tells: Tells::default(), told, constants, keys }
    }

    /// The field map.
    pub fn map(&self) -> &'static FieldMap {
        self.map
    }

    /// The fields of every document of the log source that have one of some values.
    pub fn implied(&self) -> impl Iterator<Item = (&'static str, &[&'static str])> {
        values_of(&self.implied).filter(|(_, values)| !values.contains(&"*"))
    }

    /// The fields of every document of the log source that have a value, whatever it is.
    pub fn filled(&self) -> impl Iterator<Item = &'static str> {
        values_of(&self.implied).filter(|(_, values)| values.contains(&"*")).map(|(field, _)| field)
    }

    /// The fields of every event of the log source that have one of some values where it begins.
    pub fn tells(&self) -> impl Iterator<Item = (&'static str, &[&'static str])> {
        values_of(&self.tells)
    }

    /// The event with every spelling of what it says: Sigma writes some fields otherwise than the vendor does. Keys in another letter
    /// case, as Panther's tables have them and its rules read them, become the vendor's; what all events of the log source have is there.
    #[must_use]
    pub fn spelled(&self, raw: &Value) -> Value {
        let mut out = raw.clone();
        self.spell_keys(&mut out, &mut String::new(), 0);
        self.spell_fields(&mut out);
        let tells = self.tells.iter().filter_map(|(path, values)| Some((*path, Value::from(*values.first()?))));
        let mut is_new = false;
        for (path, value) in self.own.iter().cloned().chain(tells) {
            if at(&out, path).is_none_or(|there| there.is_null()) {
                place(&mut out, path, value);
                is_new = true;
            }
        }
        if is_new {
            self.spell_fields(&mut out);
        }
        out
    }

    fn spell_fields(&self, out: &mut Value) {
        for spelling in &self.spellings {
            spelling.complete(out);
        }
    }

    /// The event with each of the values in a field of which every event of the log source has one.
    pub fn with_each_told(&self, raw: &Value) -> Vec<Value> {
        let behind = self.implied().filter(|(_, values)| values.len() > 1);
        let behind =
            behind.flat_map(|(field, values)| values.iter().filter_map(move |value| raw_value(self.map, field, value)));
        let here = self.tells().filter(|(_, values)| values.len() > 1);
        let here = here.flat_map(|(path, values)| values.iter().map(move |value| (path, Value::from(*value))));
        let with = |(path, value): (&str, Value)| {
            let mut out = raw.clone();
            place(&mut out, path, value);
            out
        };
        behind.chain(here).map(with).collect()
    }

    /// Whether an event is one of the log source, by what tells it from others where it begins, has objects where its fields are, and says
    /// the same in all spellings of a fact.
    pub fn is_consistent(&self, raw: &Value) -> bool {
        let is_object = |path: &&str| at(raw, path).is_none_or(|found| holds_objects(&found));
        self.objects.iter().all(is_object)
            && self.spellings.iter().all(|spelling| spelling.agrees(raw))
            && has_all(raw, &self.tells)
    }

    fn spell_keys(&self, value: &mut Value, path: &mut String, depth: usize) {
        let length = path.len();
        match value {
            Value::Array(items) if depth <= MAX_DEPTH => {
                items.iter_mut().for_each(|item| self.spell_keys(item, path, depth + 1));
            }
            Value::Object(map) if depth <= MAX_DEPTH => {
                for (key, mut item) in std::mem::take(map) {
                    path.push_str(&key.to_ascii_lowercase());
                    // What is there in the vendor's spelling comes first.
                    let spellings = self.keys.get(path.as_str()).filter(|known| !known.contains(&key));
                    let own = spellings.and_then(|known| known.first()).filter(|own| !map.contains_key(*own));
                    path.push('.');
                    self.spell_keys(&mut item, path, depth + 1);
                    path.truncate(length);
                    map.insert(own.map_or(key, Clone::clone), item);
                }
            }
            _ => {}
        }
    }

    /// The document of a raw event.
    pub fn forward(&self, raw: &Value) -> Value {
        let mut document = forward_onto(self.constants.clone(), self.map, raw);
        for row in &self.told {
            let Some((field, value)) = made(self.map, row, raw) else { continue };
            let Some(value) = (if self.map.drops_empty { without_empty(&value, 0) } else { Some(value) }) else {
                continue;
            };
            for target in std::iter::once(field).chain(row.copies.iter().map(String::as_str)) {
                if at(&document, target).is_none() {
                    place(&mut document, target, value.clone());
                }
            }
        }
        for (field, values) in self.implied() {
            if let Some(value) = values.first().filter(|_| at(&document, field).is_none()) {
                place(&mut document, field, Value::from(*value));
            }
        }
        // Where the vendor's event has no time, the document has that of its reading.
        if let Some(time) = at(raw, TIME).filter(|_| at(&document, TIME).is_none()) {
            place(&mut document, TIME, time);
        }
        document
    }

    /// The documents that the sensors of the log source make of a raw event, where they differ: each has other values in the fields that
    /// depend on the sensor, and every other one spells out what Sysmon abbreviates. The first is [`Self::forward`]'s, with the first sensor's
    /// values.
    pub fn by_sensors(&self, raw: &Value) -> Vec<Value> {
        let document = self.forward(raw);
        let mut found = Vec::new();
        for number in 0..self.sensors() {
            let document = self.of_sensor(document.clone(), raw, number);
            if !found.contains(&document) {
                found.push(document);
            }
        }
        found
    }

    /// The document that one of the sensors makes of a raw event.
    pub fn by_sensor(&self, raw: &Value, number: usize) -> Value {
        self.of_sensor(self.forward(raw), raw, number)
    }

    /// How many sensors are told apart.
    pub fn sensors(&self) -> usize {
        self.several().map(|constant| constant.values.len()).max().unwrap_or(1).max(2)
    }

    /// Whether a sensor spells out what Sysmon abbreviates.
    pub fn spells_out(number: usize) -> bool {
        number % 2 == 1
    }

    /// Whether each sensor has a value of its own in the documents' field, whatever the event.
    pub fn is_by_sensor(&self, field: &str) -> bool {
        self.several().any(|constant| constant.field == field)
            && !self.map.rows().any(|row| row.targets().any(|target| overlap(&target, field)))
    }

    /// The fields in which each sensor has a value of its own.
    fn several(&self) -> impl Iterator<Item = &'static Constant> {
        self.map.constants.iter().filter(|constant| constant.value.is_none())
    }

    fn of_sensor(&self, mut document: Value, raw: &Value, number: usize) -> Value {
        for constant in self.several() {
            let value = constant.values.get(number).or(constant.values.last());
            if let Some(value) = value.filter(|_| at(&document, &constant.field).is_none()) {
                place(&mut document, &constant.field, Value::from(value.as_str()));
            }
        }
        if Self::spells_out(number) {
            self.spell_out(&mut document, raw);
        }
        document
    }

    fn spell_out(&self, document: &mut Value, raw: &Value) {
        for row in self.map.rows_of(raw) {
            let Some(field) = row.elastic.as_deref() else { continue };
            let spelled = match self.map.transform(row) {
                Some(transform) => at(raw, &row.raw).and_then(|value| transform.spelled_out(&value)),
                None => None,
            };
            if let Some(value) = spelled {
                place(document, field, value);
            }
        }
    }

    /// Whether the document is one of the log source: it has the values that tell its events from others.
    pub fn is_of_source(&self, document: &Value) -> bool {
        has_all(document, &self.implied)
    }

    /// Whether the documents' field is made here, where the ingest makes it.
    pub fn models(&self, field: &str) -> bool {
        let mut rows = self.makers(field).peekable();
        rows.peek().is_none() || rows.any(|row| !row.unmodelled || is_told(self.map, row))
    }

    /// Whether only rows marked `unmodelled` tell of the documents' field: it is made as they say, and what the ingest does beyond that
    /// is not seen.
    pub fn is_hearsay(&self, field: &str) -> bool {
        let mut rows = self.makers(field).peekable();
        rows.peek().is_some() && rows.all(|row| row.unmodelled)
    }

    /// The rows that make a field of the documents.
    fn makers<'f>(&self, field: &'f str) -> impl Iterator<Item = &'static MapRow> + use<'f> {
        let makes = move |row: &&MapRow| {
            row.targets().any(|target| match target.strip_suffix(".*") {
                Some(above) => is_below(above, field),
                None => target == field || is_below(field, &target),
            })
        };
        self.map.rows().filter(|row| !row.alias).filter(makes)
    }

    /// What the documents' field is made from.
    pub fn origin(&self, field: &str) -> Origin<'static> {
        let touches = |row: &&MapRow| row.elastic.iter().chain(&row.copies).any(|target| overlap(target, field));
        let mut rows: Vec<&'static MapRow> = self.map.rows().filter(touches).collect();
        let fills = |row: &&MapRow| row.elastic.iter().chain(&row.copies).any(|target| plain(target) == field);
        let is_plain = |row: &&MapRow| {
            (!row.unmodelled || is_told(self.map, row))
                && row.unless.is_empty()
                && !row.raw.ends_with('*')
                && fills(row)
        };
        let gathers = field.starts_with("related.");
        // A raw field with a row of its own is none of the others.
        if rows.iter().any(|row| fills(row) && field.ends_with(&format!(".{}", row.raw))) {
            rows.retain(|row| row.raw != "*");
        }
        let mut first = rows.iter().filter(|row| !row.alias || row.raw == "*");
        match (first.next(), first.next()) {
            (None, _) if rows.is_empty() && !gathers && !self.varies(field) => Origin::Fixed,
            (Some(row), None) if !gathers && rows.iter().all(is_plain) => Origin::Row(row),
            (Some(row), None) if rows.len() == 1 && row.raw == "*" => self.rest(row, field),
            _ => Origin::Unclear,
        }
    }

    /// The raw field of the row for all others.
    fn rest(&self, row: &MapRow, field: &str) -> Origin<'static> {
        let raw = row.elastic.as_deref().and_then(|above| field.strip_prefix(object_path(above))?.strip_prefix('.'));
        let has_row = |raw: &&str| raw.contains('.') || self.map.raw_row(raw).is_some();
        match raw.filter(|raw| !has_row(raw) && !row.unmodelled) {
            Some(raw) => Origin::Rest(raw.to_owned()),
            None => Origin::Unclear,
        }
    }

    /// Whether documents differ in the field by what the vendor's event does not say: the sensor, or the integration's own knowledge.
    fn varies(&self, field: &str) -> bool {
        let values = self.implied.get(field);
        if values.is_some_and(|values| values.len() == 1 && !values.contains(&"*")) {
            return false;
        }
        let constants = &self.map.constants;
        values.is_some()
            || constants.iter().any(|constant| constant.field == field && constant.value.is_none())
            || self.map.enriched.iter().any(|name| overlap(name, field))
    }

    /// The vendor's own spelling of a raw path, that of its keys too.
    pub fn spelling<'n>(&self, raw: &'n str) -> Cow<'n, str> {
        let alias = self.spellings.iter().find(|spelling| spelling.alias == raw && spelling.is_renamed());
        if let Some(spelling) = alias {
            return Cow::Borrowed(spelling.own);
        }
        let in_other_case = |row: &&MapRow| row.raw != raw && row.raw_plain().eq_ignore_ascii_case(raw);
        match self.map.raw_row(raw).filter(in_other_case) {
            Some(row) => Cow::Owned(row.raw_plain().into_owned()),
            None => Cow::Borrowed(raw),
        }
    }
}

/// What a field of the documents is made from.
#[derive(Debug)]
pub enum Origin<'a> {
    /// Nothing in the event: it is the same in every document of the log source, or never there.
    Fixed,
    /// The raw field of this row, and nothing else.
    Row(&'a MapRow),
    /// This raw field, which has no row of its own.
    Rest(String),
    /// Several raw fields, a part of an object, or what the model does not make.
    Unclear,
}

/// When a document happened.
const TIME: &str = "@timestamp";

/// What stands where any text would do.
pub const FILLER: &str = "zq";

/// Whether a row marked `unmodelled` says enough to go by: the value of one field becomes that of one field, as it is or by a table.
fn is_told(map: &FieldMap, row: &MapRow) -> bool {
    let is_one = |path: &str| !path.contains(['*', '[']);
    let by_table = map.transform(row).is_none_or(|change| matches!(change, Transform::Values(_)));
    let is_same = by_table && row.also.is_empty() && !row.many && !row.wider;
    is_same && is_one(&row.raw) && row.targets().all(|target| is_one(&target))
}

/// Whether two fields are the same or one is a part of the other.
fn overlap(target: &str, field: &str) -> bool {
    let target = plain(object_path(target));
    target == field || is_below(field, &target) || is_below(&target, field)
}

/// The raw field and its value of what a document has, where one can be told from the other.
fn raw_value(map: &'static FieldMap, field: &'static str, value: &'static str) -> Option<(&'static str, Value)> {
    let mut rows = map.rows().filter(|row| !row.alias && !row.unmodelled && row.elastic.as_deref() == Some(field));
    let row = match (rows.next(), rows.next()) {
        (Some(row), None) => row,
        // The field has the same name on both sides.
        (None, _) if map.keeps_names() => {
            return Some((field, Value::from(value)));
        }
        _ => return None,
    };
    let raw = match map.transform(row) {
        Some(Transform::Text) if row.raw_type() == FieldType::Integer => Value::from(value.parse::<i64>().ok()?),
        None | Some(Transform::Text) => Value::from(value),
        Some(_) => return None,
    };
    (!row.raw.contains('*')).then_some((row.raw.as_str(), raw))
}
