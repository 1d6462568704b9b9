//! Transformations of detection items as a whole: dropped, refused, or replaced by several.

use super::params::Params;
use super::run::{Outcome, Run, mark};
use super::step::Step;
use super::strings::{self, number_test, plain};
use super::{Failure, pattern};
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::frontend::sigma::typed::{Field, Item, Part, Test, Value};
use crate::ir::{self, UseKind};
use crate::source::Spanned;
use regex::{Captures, Regex};

#[derive(Debug)]
pub(super) enum Replacement {
    Drop,
    Failure(String),
    Hashes(Hashes),
    Extract { regex: Regex, prefix: Option<String>, keep_unmatched: bool },
}

/// `hashes_fields`: `Hashes: SHA1=..` as a field for each algorithm.
#[derive(Debug)]
pub(super) struct Hashes {
    algorithms: Vec<String>,
    prefix: String,
    /// Whether the prefix alone is the field.
    drop_algorithm: bool,
    fields: Vec<String>,
}

impl Replacement {
    pub(super) fn failure(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_text("message", reader).map(Self::Failure)
    }

    pub(super) fn hashes(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let default = || vec!["Hashes".to_owned(), "Hash".to_owned()];
        let prefix = params.text("field_prefix", reader).unwrap_or_default();
        let drop_algorithm = params.flag("drop_algo_prefix", false, reader);
        let fields = params.texts("field_to_parse", reader).unwrap_or_else(default);
        let algorithms = params.need_texts("valid_hash_algos", reader)?;
        Some(Self::Hashes(Hashes { algorithms, prefix, drop_algorithm, fields }))
    }

    pub(super) fn extract(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let prefix = params.text("field_prefix", reader).filter(|prefix| !prefix.is_empty());
        let keep_unmatched = params.flag("preserve_unmatched", false, reader);
        let node = params.need("regex", reader)?;
        let regex = params.need_regex("regex", reader)?;
        if regex.capture_names().flatten().next().is_none() {
            reader.syntax(span_of(node), "the regular expression has no named group, `(?P<name>..)`");
            return None;
        }
        Some(Self::Extract { regex, prefix, keep_unmatched })
    }

    pub(super) fn apply(&self, step: &Step, item: &mut Item, run: &mut Run<'_>) -> Result<Outcome, Failure> {
        if !step.fits_item(item, run) {
            return Ok(Outcome::Kept);
        }
        let parts = match self {
            Self::Drop => return Ok(Outcome::Dropped),
            Self::Failure(message) => return Err(Failure::new(message.clone()).at(item.at)),
            Self::Hashes(hashes) => hashes.parts(item)?,
            Self::Extract { regex, prefix, keep_unmatched } => {
                extracted(item, regex, prefix.as_deref(), *keep_unmatched)
            }
        };
        let Some(mut parts) = parts else { return Ok(Outcome::Kept) };
        for part in &mut parts {
            named(part, step, run);
        }
        let linked = match parts.len() {
            1 => parts.remove(0),
            _ if item.all => Part::All(parts, item.at),
            _ => Part::Any(parts, item.at),
        };
        Ok(Outcome::Replaced(if item.negated { Part::Not(Box::new(linked)) } else { linked }))
    }
}

/// Marks new items, and notes the names of their fields.
fn named(part: &mut Part, step: &Step, run: &mut Run<'_>) {
    match part {
        Part::All(parts, _) | Part::Any(parts, _) => parts.iter_mut().for_each(|part| named(part, step, run)),
        Part::Item(item) => {
            run.named.extend(item.field.iter().map(|field| field.value.name().to_owned()));
            mark(item, step.id.as_ref());
        }
        Part::Not(_) | Part::Never | Part::Hole(..) => {}
    }
}

/// The strings among the item's values; none when one is no string.
fn strings(item: &Item) -> Option<Vec<(&Value, String)>> {
    let text = |value: &'_ Value| match &value.test {
        Test::Text(text) => Some(plain(&text.pieces.list())),
        _ => None,
    };
    item.values.iter().map(|value| Some((value, text(value)?))).collect()
}

/// A new item with some values, in the place of the old one.
fn item_of(old: &Item, field: Option<&str>, values: Vec<Value>) -> Item {
    let at = old.field.as_ref().map_or(old.at, |field| field.span);
    Item {
        field: field.map(|field| Spanned::new(Field::new(field.to_owned()), at)),
        values,
        all: false,
        negated: false,
        kind: UseKind::Equal,
        ..old.clone()
    }
}

fn value(old: &Value, test: Test, written: ir::Value) -> Value {
    Value { test, at: old.at, written: (written, old.written.1) }
}

impl Hashes {
    fn parts(&self, item: &Item) -> Result<Option<Vec<Part>>, Failure> {
        if !item.field.as_ref().is_some_and(|field| self.fields.iter().any(|own| own == field.value.name())) {
            return Ok(None);
        }
        let Some(values) = strings(item) else { return Ok(None) };
        let mut found: Vec<(String, Vec<Value>)> = Vec::new();
        let mut others = Vec::new();
        for (old, text) in values {
            let Some((field, hash)) = self.split(&text) else {
                others.push(old.clone());
                continue;
            };
            let new = value(old, Test::Text(strings::text(&hash)), ir::Value::str(hash.as_str()));
            match found.iter_mut().find(|(known, _)| *known == field) {
                Some((_, values)) => values.push(new),
                None => found.push((field, vec![new])),
            }
        }
        if found.is_empty() {
            let message = format!("`{}` has no hash of {}", item_name(item), self.algorithms.join(", "));
            return Err(Failure::new(message).at(item.at));
        }
        let group = |(field, values): (String, Vec<Value>)| {
            let field = (field != "keyword").then_some(field);
            let mut new = item_of(item, field.as_deref(), values);
            new.all = item.all && new.values.len() > 1;
            Part::Item(new)
        };
        let mut parts: Vec<Part> = found.into_iter().map(group).collect();
        if !others.is_empty() {
            // A value that is no such hash is still a value of the field.
            parts.push(Part::Item(Item { values: others, negated: false, ..item.clone() }));
        }
        Ok(Some(parts))
    }

    /// The field and the hash of `SHA1=..`, `SHA1|..` or a hash alone, whose length tells its algorithm.
    fn split(&self, text: &str) -> Option<(String, String)> {
        let separator = if text.contains('|') { '|' } else { '=' };
        let parts: Vec<&str> = text.split(separator).collect();
        let wild = ['*', '?'];
        let (algorithm, hash) = match parts.as_slice() {
            [algorithm, hash] => (algorithm.trim_start_matches('*').to_uppercase(), hash.trim_matches(wild)),
            parts => {
                let hash = parts.first()?.trim_matches(wild);
                (algorithm_of(hash)?.to_owned(), hash)
            }
        };
        if !self.algorithms.contains(&algorithm) {
            return None;
        }
        let field = if self.drop_algorithm { self.prefix.clone() } else { format!("{}{algorithm}", self.prefix) };
        (!field.is_empty()).then(|| (field, hash.to_owned()))
    }
}

fn item_name(item: &Item) -> &str {
    item.field.as_ref().map_or("", |field| field.value.name())
}

fn algorithm_of(hash: &str) -> Option<&'static str> {
    match hash.chars().count() {
        32 => Some("MD5"),
        40 => Some("SHA1"),
        64 => Some("SHA256"),
        128 => Some("SHA512"),
        _ => None,
    }
}

/// The groups of each value as fields of their own, all of which have to match.
fn extracted(item: &Item, regex: &Regex, prefix: Option<&str>, keep_unmatched: bool) -> Option<Vec<Part>> {
    let values = strings(item)?;
    let mut parts = Vec::new();
    for (old, text) in values {
        match pattern::match_start(regex, &text) {
            Some(found) => {
                let groups = groups(item, old, regex, &found, prefix);
                if !groups.is_empty() {
                    parts.push(Part::All(groups, item.at));
                }
            }
            None if keep_unmatched => {
                parts.push(Part::Item(Item { all: false, negated: false, values: vec![old.clone()], ..item.clone() }));
            }
            None => {}
        }
    }
    (!parts.is_empty()).then_some(parts)
}

fn groups(item: &Item, old: &Value, regex: &Regex, found: &Captures<'_>, prefix: Option<&str>) -> Vec<Part> {
    let part = |name: &str| {
        let text = found.name(name).map(|group| group.as_str()).filter(|text| !text.is_empty())?;
        let field = prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}.{name}"));
        let test = converted(text);
        let written = match &test {
            Test::Number { number, .. } => number.clone(),
            Test::Null => ir::Value::Null,
            _ => ir::Value::str(text),
        };
        Some(Part::Item(item_of(item, Some(&field), vec![value(old, test, written)])))
    };
    regex.capture_names().flatten().filter_map(part).collect()
}

/// A captured text: null, a number without leading zeros, or a string.
fn converted(text: &str) -> Test {
    if matches!(text.to_lowercase().as_str(), "null" | "none") {
        return Test::Null;
    }
    if text != "0" && text.starts_with('0') {
        return Test::Text(strings::text(text));
    }
    strings::number(text).map_or_else(|| Test::Text(strings::text(text)), number_test)
}
