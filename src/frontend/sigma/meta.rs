//! What a rule says about itself (Sigma Rules Specification 2.1.0, "Components").

use super::reader::{Reader, content_span, span_of};
use crate::catalog::attack::{self, AttackVersion};
use crate::ir::{AttackRef, Meta, OutputField, Rule, Severity, Status};
use crate::source::{Diagnostic, Level, Location, Span, Spanned};
use crate::syntax::{Entry, Node};

/// The keys of rules, correlations and filters, and the two that SigmaHQ's own tools use.
const KEYS: &[&str] = &[
    "title",
    "id",
    "name",
    "related",
    "taxonomy",
    "status",
    "description",
    "license",
    "references",
    "author",
    "date",
    "modified",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "action",
    "regression_tests_path",
    "simulation",
];
const LOGSOURCE_KEYS: &[&str] = &["category", "product", "service", "definition"];

/// Reads all keys but those that hold the rule's logic.
pub(super) fn read(root: &Node, rule: &mut Rule, reader: &mut Reader<'_>) {
    for entry in root.as_map().unwrap_or_default() {
        key(entry, rule, reader);
    }
}

fn key(entry: &Entry, rule: &mut Rule, reader: &mut Reader<'_>) {
    let (name, value) = (entry.key.text.as_str(), &entry.value);
    let text = |reader: &mut Reader<'_>| reader.string(name, value);
    let meta = &mut rule.meta;
    match name {
        "title" => meta.title = bounded(name, value, 256, reader).unwrap_or_default(),
        "id" => {
            meta.id = text(reader);
            check_id(meta.id.as_ref(), reader);
        }
        "name" => meta.name = bounded(name, value, 256, reader),
        "description" => meta.description = bounded(name, value, 65_535, reader),
        "license" => meta.license = text(reader).map(|text| text.value),
        "author" => {
            meta.authors = reader.string_ref(name, value).map(|text| authors(text.value)).unwrap_or_default();
        }
        "date" => meta.created = date(name, value, reader),
        "modified" => meta.updated = date(name, value, reader),
        "status" => meta.status = named(name, value, STATUSES, reader),
        "level" => meta.severity = named(name, value, LEVELS, reader),
        "references" => meta.references = list(name, value, reader),
        "falsepositives" => meta.false_positives = list(name, value, reader),
        "fields" => meta.output_fields = list(name, value, reader).into_iter().map(OutputField::named).collect(),
        "tags" => {
            meta.attack.reserve(value.as_seq().map_or(0, <[Node]>::len));
            reader.each_string(name, value, |written| tag(&written, meta));
        }
        "logsource" => logsource(value, rule, reader),
        "detection" | "correlation" | "filter" => {}
        "related" | "scope" | "taxonomy" => {
            kept(name, value, reader);
            rule.extras.push(reader.extra(name, entry));
        }
        _ => {
            if !KEYS.contains(&name) {
                reader.custom_key(&entry.key, KEYS);
            }
            rule.extras.push(reader.extra(name, entry));
        }
    }
}

/// A text of at most so many characters.
fn bounded(key: &str, value: &Node, max: usize, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.string_ref(key, value)?;
    if text.value.len() > max && text.value.chars().count() > max {
        reader.wrong_type(text.span, format!("`{key}` takes at most {max} characters"));
    }
    Some(text.value.to_owned())
}

fn check_id(id: Option<&Spanned<String>>, reader: &mut Reader<'_>) {
    let Some(id) = id.filter(|id| uuid::Uuid::parse_str(&id.value).is_err()) else { return };
    let message = format!("`{}` is not a UUID, for instance `{}`", id.value, "929a690e-bef0-4204-a928-ef5e620d6fcc");
    reader.report(Diagnostic::new("wrong-type", Level::Warning, Location::main(id.span), message));
}

const RELATIONS: [&str; 5] = ["derived", "obsolete", "merged", "renamed", "similar"];

/// The keys that are kept word for word: their types, all the same.
fn kept(key: &str, value: &Node, reader: &mut Reader<'_>) {
    match key {
        "taxonomy" => _ = reader.string(key, value),
        "scope" => _ = reader.strings(key, value),
        _ => match value.as_seq() {
            Some(items) => items.iter().for_each(|item| related(item, reader)),
            None => reader
                .wrong_type(span_of(value), format!("`related` takes a list of maps, this is {}", value.describe())),
        },
    }
}

/// Another rule by its id, and how it is related.
fn related(item: &Node, reader: &mut Reader<'_>) {
    let (Some(id), Some(kind)) = (item.get("id"), item.get("type")) else {
        reader.wrong_type(span_of(item), "a related rule takes an `id` and a `type`");
        return;
    };
    let id = reader.string("id", id);
    check_id(id.as_ref(), reader);
    let Some(text) = reader.string_ref("type", kind) else { return };
    if !RELATIONS.contains(&text.value) {
        let message = format!("`{}` is no relation", text.value);
        let diagnostic = Diagnostic::new("wrong-type", Level::Error, Location::main(text.span), message);
        reader.report(diagnostic.help(format!("it is one of {}", RELATIONS.join(", "))));
    }
}

fn list(key: &str, value: &Node, reader: &mut Reader<'_>) -> Vec<String> {
    let mut texts = Vec::with_capacity(value.as_seq().map_or(1, <[Node]>::len));
    reader.each_string(key, value, |text| texts.push(text.value.to_owned()));
    texts
}

fn authors(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A date, with the slashes that older rules have turned into the specification's dashes.
fn date(key: &str, value: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.string_ref(key, value)?.value.replace('/', "-");
    if text.parse::<jiff::civil::Date>().is_err() {
        reader.wrong_type(span_of(value), format!("`{key}` takes a date as YYYY-MM-DD"));
    }
    Some(text)
}

const STATUSES: &[(&str, Status)] = &[
    ("stable", Status::Stable),
    ("test", Status::Test),
    ("experimental", Status::Experimental),
    ("deprecated", Status::Deprecated),
    ("unsupported", Status::Unsupported),
];
const LEVELS: &[(&str, Severity)] = &[
    ("informational", Severity::Informational),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// One of a list of names.
fn named<T: Copy>(key: &str, value: &Node, known: &[(&str, T)], reader: &mut Reader<'_>) -> Option<T> {
    let text = reader.string_ref(key, value)?.value;
    let found = known.iter().find(|(name, _)| *name == text).map(|(_, found)| *found);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let message = format!("`{text}` is not a {key}");
        let diagnostic = Diagnostic::new("wrong-type", Level::Error, Location::main(content_span(value)), message);
        reader.report(diagnostic.help(format!("it is one of {}", names.join(", "))));
    }
    found
}

/// `attack.` tags of tactics and techniques become references, each alone; all other tags stay tags.
fn tag(written: &Spanned<&str>, meta: &mut Meta) {
    match attack_reference(written) {
        Some(reference) => meta.attack.push(reference),
        None => meta.tags.push(Spanned::new(written.value.to_owned(), written.span)),
    }
}

const NAMESPACE: &str = "attack.";

fn attack_reference(tag: &Spanned<&str>) -> Option<AttackRef> {
    let name = tag.value.strip_prefix(NAMESPACE)?;
    // A tag is written without escapes in every style that matters; another one keeps the whole as its place.
    let span = if tag.span.len() == tag.value.len() {
        Span { start: tag.span.end - u32::try_from(name.len()).unwrap_or(0), end: tag.span.end }
    } else {
        tag.span
    };
    let at = |value: String| Some(Spanned::new(value, span));
    let mut found = AttackRef::default();
    let prefix = prefix_of_number(name).unwrap_or_default();
    if prefix.eq_ignore_ascii_case("ta") {
        found.tactic = at(name.to_ascii_uppercase());
    } else if prefix.eq_ignore_ascii_case("t") {
        found.technique = at(name.to_ascii_uppercase());
    } else if ["g", "s", "ds", "m", "c", "a"].iter().any(|known| prefix.eq_ignore_ascii_case(known)) {
        return None;
    } else {
        let known = AttackVersion::ALL.into_iter().rev().find_map(|v| attack::tactic_by_shortname(v, name));
        found.tactic = known.and_then(|tactic| at(tactic.id.to_owned()));
        found.tactic_name = at(known.map_or(name, |tactic| tactic.name).to_owned());
    }
    Some(found)
}

/// The letters before the number in a name that has nothing else: `t` of `t1556` and of `t1556.006`.
fn prefix_of_number(name: &str) -> Option<&str> {
    let letters = name.bytes().position(|byte| !byte.is_ascii_alphabetic())?;
    let (prefix, number) = name.split_at_checked(letters)?;
    let is_number = |number: &[u8]| number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    (number.starts_with(|c: char| c.is_ascii_digit()) && is_number(number.as_bytes())).then_some(prefix)
}

fn logsource(value: &Node, rule: &mut Rule, reader: &mut Reader<'_>) {
    let Some(entries) = value.as_map() else {
        reader.wrong_type(span_of(value), format!("`logsource` takes a map, this is {}", value.describe()));
        return;
    };
    for entry in entries {
        let name = entry.key.text.as_str();
        match name {
            "product" => rule.data_source.product = reader.string(name, &entry.value),
            "category" => rule.data_source.category = reader.string(name, &entry.value),
            "service" => rule.data_source.service = reader.string(name, &entry.value),
            _ => {
                if !LOGSOURCE_KEYS.contains(&name) {
                    reader.unknown_key(&entry.key, LOGSOURCE_KEYS, "a log source");
                }
                rule.extras.push(reader.extra(format!("logsource.{name}"), entry));
            }
        }
    }
}
