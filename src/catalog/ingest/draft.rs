//! A map's first draft, from pairs of raw and indexed events.
//!
//! A raw field goes where its value is found in every pair that has it. What one pair shows can be chance, so a draft is there to be
//! read: it says of each row how many pairs show it, and what nothing explains stands in comments.

use super::check::{agrees, snake_case};
use super::{Pair, at, without_empty};
use crate::catalog::fields::ECS;
use crate::catalog::maps::Transform;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Changes of values that are tried, the one that changes least first.
const CHANGES: [&str; 7] = ["ip", "date", "integer", "boolean", "lowercase", "text", "unix_seconds"];

/// Fields of a document that tell of how it came in, and not of the event.
pub(super) const ABOUT_INGEST: [&str; 8] =
    ["agent.", "ecs.", "elastic_agent.", "input.", "log.", "host.", "event.original", "event.ingested"];

/// More fields are not compared with each other: the draft would take time by the product of both sides.
const MAX_FIELDS: usize = 2_000;

/// The text of a map file for a dataset.
pub fn draft(dataset: &str, pairs: &[Pair]) -> String {
    let sides = Sides {
        raw: Side::new(pairs.iter().map(|pair| &pair.raw)),
        indexed: Side::new(pairs.iter().map(|pair| &pair.indexed)),
    };
    let mut explained = BTreeSet::new();
    let mut rows = String::new();
    let mut tables = String::new();
    for (path, values) in &sides.raw.fields {
        match sides.goes_to(path, values) {
            Some(way) => {
                explained.extend(way.targets.iter().copied());
                let _ = writeln!(rows, "  {},", way.row(path, values));
                tables.push_str(&way.table(path));
            }
            None => {
                let _ = writeln!(rows, "  {{ raw = {}, dropped = true }}, # its value is in no document", text(path));
            }
        }
    }
    let (constants, rest) = sides.unexplained(&explained, pairs.len());
    format!("{}\nconstants = [\n{constants}]\n\nrows = [\n{rows}]\n{tables}{rest}", head(dataset, pairs.len()))
}

/// The log source, named after the dataset.
fn head(dataset: &str, pairs: usize) -> String {
    let (product, service) = dataset.split_once('.').unwrap_or((dataset, "log"));
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect::<String>())
    };
    let words: Vec<String> = dataset.split('.').map(capital).collect();
    format!(
        "# Drafted from {pairs} pairs of events. Read every row; `detc map check --map FILE --pairs FILE` tells what disagrees.\n\
         dataset = {}\nindices = [{}]\npanther = [{}]\nsigma = [{{ product = {}, service = {} }}]\n",
        text(dataset),
        text(&format!("logs-{dataset}-*")),
        text(&format!("Custom.{}", words.join("."))),
        text(product),
        text(service),
    )
}

/// A string of TOML.
fn text(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

/// The fields of one side, each with its value by the number of the pair.
struct Side {
    fields: BTreeMap<String, BTreeMap<usize, Value>>,
}

impl Side {
    fn new<'v>(events: impl Iterator<Item = &'v Value>) -> Self {
        let mut fields: BTreeMap<String, BTreeMap<usize, Value>> = BTreeMap::new();
        for (pair, event) in events.enumerate() {
            let mut paths = BTreeSet::new();
            leaves(event, String::new(), &mut paths, 0);
            for path in paths {
                // What is empty is like everything.
                if let Some(value) = at(event, &path).and_then(|value| without_empty(&value, 0))
                    && (fields.len() < MAX_FIELDS || fields.contains_key(&path))
                {
                    fields.entry(path).or_default().insert(pair, value);
                }
            }
        }
        Self { fields }
    }
}

/// Nesting that is followed; what is deeper is one value.
const MAX_DEPTH: usize = 32;

/// The paths of what is no object, with `[]` after a list of objects.
pub(super) fn leaves(value: &Value, path: String, out: &mut BTreeSet<String>, depth: usize) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) if depth < MAX_DEPTH => {
            map.iter().for_each(|(key, item)| leaves(item, below(key), out, depth + 1));
        }
        Value::Array(items) if depth < MAX_DEPTH && items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| leaves(item, format!("{path}[]"), out, depth + 1));
        }
        _ if !path.is_empty() => {
            out.insert(path);
        }
        _ => {}
    }
}

struct Sides {
    raw: Side,
    indexed: Side,
}

/// Where a raw field goes.
struct Way<'a> {
    /// The field, and those with the same value.
    targets: Vec<&'a str>,
    /// A value there.
    value: &'a Value,
    change: Option<&'static str>,
    /// Values that become others, when no change of all values explains them.
    table: BTreeMap<&'a str, &'a str>,
    /// Pairs and different values that show it.
    shown: (usize, usize),
}

impl Sides {
    fn goes_to<'a>(&'a self, path: &str, values: &'a BTreeMap<usize, Value>) -> Option<Way<'a>> {
        let changes = std::iter::once(None).chain(CHANGES.map(Some));
        let distinct = values.values().map(Value::to_string).collect::<BTreeSet<_>>().len();
        let shown = (values.len(), distinct);
        for change in changes {
            let transform = change.and_then(Transform::built_in);
            let mut targets = self.where_all(path, |there| agree(values, there, transform.as_ref()));
            // One value is found in many places; a name has to speak for one of them.
            targets.retain(|(field, _)| distinct > 1 || is_like(path, field));
            if let Some((first, value)) = targets.first().copied() {
                targets.truncate(MAX_COPIES);
                let targets = targets.into_iter().map(|(field, _)| field).collect();
                let change = change.or_else(|| CHANGES.into_iter().find(|change| ecs_type(first) == Some(*change)));
                return Some(Way { targets, value, change, table: BTreeMap::new(), shown });
            }
        }
        // Values that never come twice are a function of everything.
        if distinct * 2 > values.len() {
            return None;
        }
        let tables = self.where_all(path, |there| table(values, there).is_some());
        let (field, value) = tables.first().copied()?;
        let table = table(values, self.indexed.fields.get(field)?)?;
        Some(Way { targets: vec![field], value, change: None, table, shown })
    }

    /// The fields of the documents that satisfy a test, the one with the most similar name first.
    fn where_all<'a>(
        &'a self,
        path: &str,
        holds: impl Fn(&'a BTreeMap<usize, Value>) -> bool,
    ) -> Vec<(&'a str, &'a Value)> {
        let about_ingest = |field: &str| ABOUT_INGEST.iter().any(|head| field.starts_with(head));
        let fields = self.indexed.fields.iter().filter(|(field, _)| !about_ingest(field));
        let found = fields.filter(|(_, there)| holds(there));
        let mut found: Vec<_> =
            found.filter_map(|(field, there)| Some((field.as_str(), there.values().next()?))).collect();
        found.sort_by_key(|(field, _)| (field.starts_with("related."), distance(path, field), field.len()));
        found
    }

    /// Constants as lines of TOML, and what else no row explains as comments.
    fn unexplained(&self, explained: &BTreeSet<&str>, pairs: usize) -> (String, String) {
        let (mut constants, mut rest) = (String::new(), String::new());
        for (field, values) in &self.indexed.fields {
            if explained.contains(field.as_str()) || ABOUT_INGEST.iter().any(|head| field.starts_with(head)) {
                continue;
            }
            let mut all = values.values();
            let first = all.next().and_then(Value::as_str);
            let same = values.len() == pairs && pairs > 1 && all.all(|value| value.as_str() == first);
            match first.filter(|_| same && (field.starts_with("event.") || field.starts_with("data_stream."))) {
                Some(value) => {
                    let _ = writeln!(constants, "  {{ field = {}, value = {} }},", text(field), text(value));
                }
                None => {
                    let _ = writeln!(rest, "# {field}");
                }
            }
        }
        let title = if rest.is_empty() { "" } else { "\n# Fields of the documents that nothing here explains:\n" };
        (constants, format!("{title}{rest}"))
    }
}

/// More fields with the same value are chance.
const MAX_COPIES: usize = 8;

/// Whether every raw value is there, after a change, in the same pair.
fn agree(values: &BTreeMap<usize, Value>, there: &BTreeMap<usize, Value>, change: Option<&Transform<'_>>) -> bool {
    let mut shown = false;
    let same = values.iter().all(|(pair, value)| {
        let made = match change {
            Some(change) => change.apply(Some(value), &Value::Null),
            None => Some(value.clone()),
        };
        shown |= made.is_some();
        match (made, there.get(pair)) {
            (Some(made), Some(found)) => agrees(&made, found),
            // No address, no number: the field stays away.
            (None, None) => true,
            _ => false,
        }
    });
    same && shown
}

/// The texts that become other texts, when every raw text becomes one and there are several on both sides.
fn table<'v>(
    values: &'v BTreeMap<usize, Value>,
    there: &'v BTreeMap<usize, Value>,
) -> Option<BTreeMap<&'v str, &'v str>> {
    let mut table = BTreeMap::new();
    for (pair, value) in values {
        let (raw, image) = (value.as_str()?, there.get(pair)?.as_str()?);
        if *table.entry(raw).or_insert(image) != image {
            return None;
        }
    }
    let images: BTreeSet<_> = table.values().collect();
    (table.len() > 1 && images.len() > 1).then_some(table)
}

/// Whether the names share a word, letter case and plural aside.
fn is_like(raw: &str, field: &str) -> bool {
    let words = |path: &str| -> BTreeSet<String> {
        let path = snake_case(path).replace("[]", "");
        path.split(['.', '_']).map(|word| word.trim_end_matches('s').to_owned()).filter(|word| word.len() > 1).collect()
    };
    !words(raw).is_disjoint(&words(field))
}

/// How far the names are apart, in their own words.
fn distance(raw: &str, field: &str) -> usize {
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).replace("[]", "");
    let near = strsim::osa_distance(&snake_case(&last(raw)), &last(field));
    // The last name counts most; of equal ones, the rest of the path.
    near * 100 + strsim::osa_distance(&snake_case(raw), field).min(99)
}

fn ecs_type(field: &str) -> Option<&'static str> {
    ECS.find(&field.replace("[]", "")).map(|row| row.col(1))
}

impl Way<'_> {
    fn row(&self, path: &str, values: &BTreeMap<usize, Value>) -> String {
        let first = self.targets.first().copied().unwrap_or_default();
        let mut keys = vec![format!("raw = {}", text(path)), format!("elastic = {}", text(first))];
        if self.targets.len() > 1 {
            let copies: Vec<String> = self.targets[1..].iter().map(|field| text(field)).collect();
            keys.push(format!("copies = [{}]", copies.join(", ")));
        }
        let raw_type = values.values().next().map_or("string", json_type);
        if raw_type != "string" {
            keys.push(format!("raw_type = {}", text(raw_type)));
        }
        let ty = ecs_type(first).unwrap_or_else(|| match json_type(self.value) {
            "integer" => "long",
            "string" => "keyword",
            other => other,
        });
        if ty != "keyword" {
            keys.push(format!("type = {}", text(ty)));
        }
        let table = (!self.table.is_empty()).then(|| table_name(path));
        if let Some(change) = self.change.map(str::to_owned).or(table) {
            keys.push(format!("transform = {}", text(&change)));
        }
        if values.values().any(Value::is_array) && !path.contains("[]") {
            keys.push("many = true".to_owned());
        }
        let (pairs, distinct) = self.shown;
        let evidence = if distinct > 1 && self.table.is_empty() { "fixture" } else { "inferred" };
        keys.push(format!("evidence = \"{evidence}\", note = \"Pairs: {pairs}, different values: {distinct}.\""));
        format!("{{ {} }}", keys.join(", "))
    }

    fn table(&self, path: &str) -> String {
        if self.table.is_empty() {
            return String::new();
        }
        let entries: Vec<String> =
            self.table.iter().map(|(raw, image)| format!("{} = {}", text(raw), text(image))).collect();
        format!("\n[values.{}]\npartial = true\nmap = {{ {} }}\n", table_name(path), entries.join(", "))
    }
}

/// The name of a field's table of values: a bare key of TOML.
fn table_name(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// The type that a map gives a raw value; of a list that of its items.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::Array(items) => items.first().map_or("string", json_type),
        Value::Object(_) => "object",
        _ => "string",
    }
}
