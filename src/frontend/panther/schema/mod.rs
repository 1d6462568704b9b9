//! The schema of every AnalysisType (panther_analysis_tool 1.11.1: `schemas.py` and `analysis_config_schema.json`; reference:
//! panther.md section 2): which keys an item has, of which types, and which of them go together. Panther refuses an item with a key
//! that it does not know.

mod tables;

use super::keys::Kind;
use crate::source::{Diagnostic, Level, Location, Span, nearest_or_longer};
use crate::syntax::{Node, NodeKind};

/// What a value is.
enum Shape {
    Any,
    Text,
    /// A name: Panther's console cannot show `<`, `>`, `&`, `"` and `%`.
    Id,
    Bool,
    Int,
    /// Free keys.
    Object,
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    Map(&'static Table),
    /// Free keys, each with a list.
    Lists,
}

/// The keys of a map.
struct Table {
    keys: &'static [Key],
    /// Of each group exactly one key is there.
    one_of: &'static [&'static [&'static str]],
}

struct Key {
    name: &'static str,
    required: bool,
    shape: Shape,
}

const fn need(name: &'static str, shape: Shape) -> Key {
    Key { name, required: true, shape }
}

const fn may(name: &'static str, shape: Shape) -> Key {
    Key { name, required: false, shape }
}

const fn map(keys: &'static [Key]) -> Table {
    Table { keys, one_of: &[] }
}

fn table_of(root: &Node, kind: Kind) -> &'static Table {
    use tables::{
        CORRELATION, DATA_MODEL, DERIVED, GLOBAL, LOOKUP, PACK, POLICY, PROMPT, RULE, SAVED_QUERY, SCHEDULED_QUERY,
    };
    match kind {
        Kind::Rule if root.get("BaseDetection").is_some() => &DERIVED,
        Kind::Rule | Kind::ScheduledRule => &RULE,
        Kind::Policy => &POLICY,
        Kind::CorrelationRule => &CORRELATION,
        Kind::DataModel => &DATA_MODEL,
        Kind::Global => &GLOBAL,
        Kind::LookupTable => &LOOKUP,
        Kind::Pack => &PACK,
        Kind::ScheduledQuery => &SCHEDULED_QUERY,
        Kind::SavedQuery => &SAVED_QUERY,
        Kind::ScheduledPrompt => &PROMPT,
    }
}

/// Reports whatever in an item is not as its schema has it.
pub(super) fn check(root: &Node, kind: Kind, diagnostics: &mut Vec<Diagnostic>) {
    let mut check = Check { diagnostics, outer: &["AnalysisType", "BaseVersion", kind.id_key()] };
    check.map(root, table_of(root, kind), &format!("a {}", kind.name()));
    check.id(root, kind);
    if let Some(schedule) = root.get("Schedule") {
        check.schedule(schedule);
    }
    if kind == Kind::CorrelationRule {
        let entries = root.get("Detection").and_then(Node::as_seq).unwrap_or_default();
        entries.iter().filter_map(|entry| entry.get("Schedule")).for_each(|schedule| check.schedule(schedule));
    }
}

struct Check<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
    /// Keys that every item of the kind has besides its table; taken by the outermost map.
    outer: &'d [&'static str],
}

impl Check<'_> {
    fn error(&mut self, span: Span, message: String) {
        self.diagnostics.push(Diagnostic::new("schema", Level::Error, Location::main(span), message));
    }

    fn id(&mut self, root: &Node, kind: Kind) {
        let key = kind.id_key();
        match root.get(key) {
            None => self.error(root.span, format!("a {} needs the key `{key}`", kind.name())),
            Some(node) => self.shape(node, &Shape::Id, key),
        }
    }

    /// `name` is what the map is, with its article.
    fn map(&mut self, node: &Node, table: &Table, name: &str) {
        let NodeKind::Map(entries) = &node.kind else {
            self.error(node.span, format!("{name} is a map, not {}", node.describe()));
            return;
        };
        let outer = std::mem::take(&mut self.outer);
        for entry in entries {
            let key = entry.key.text.as_str();
            match table.keys.iter().find(|known| known.name == key) {
                Some(known) => self.shape(&entry.value, &known.shape, key),
                None if outer.contains(&key) => {}
                None => self.unknown_key(name, entry.key.span, key, table, outer),
            }
        }
        for missing in table.keys.iter().filter(|known| known.required && node.get(known.name).is_none()) {
            self.error(node.span, format!("{name} needs the key `{}`", missing.name));
        }
        for group in table.one_of {
            let there: Vec<_> = entries.iter().filter(|entry| group.contains(&entry.key.text.as_str())).collect();
            let names = group.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            match there.as_slice() {
                [_] => {}
                [] => self.error(node.span, format!("{name} needs one of {names}")),
                [_, second, ..] => self.error(second.key.span, format!("{name} has only one of {names}")),
            }
        }
    }

    fn unknown_key(&mut self, name: &str, span: Span, key: &str, table: &Table, outer: &[&'static str]) {
        let known = table.keys.iter().map(|known| known.name).chain(outer.iter().copied());
        let diagnostic =
            Diagnostic::new("unknown-key", Level::Warning, Location::main(span), format!("{name} has no key `{key}`"));
        self.diagnostics.push(match nearest_or_longer(key, known) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
    }

    fn shape(&mut self, node: &Node, shape: &Shape, key: &str) {
        let wrong = |wanted: &str| format!("`{key}` is {wanted}, not {}", node.describe());
        match shape {
            Shape::Text if node.as_scalar().is_none() => self.error(node.span, wrong("a string")),
            Shape::Id => match node.as_str() {
                None => self.error(node.span, wrong("a string")),
                Some(text) if text.is_empty() || text.contains(['<', '>', '&', '"', '%']) => {
                    self.error(node.span, format!("`{key}` is a name without < > & \" %"));
                }
                Some(_) => {}
            },
            Shape::Bool if node.as_bool().is_none() => self.error(node.span, wrong("a boolean")),
            Shape::Int if node.as_int().is_none_or(|number| u32::try_from(number).is_err()) => {
                self.error(node.span, wrong("a whole number"));
            }
            Shape::Object if node.as_map().is_none() => self.error(node.span, wrong("a map")),
            Shape::Any | Shape::Text | Shape::Bool | Shape::Int | Shape::Object => {}
            Shape::OneOf(allowed) => self.one_of(node, allowed, key),
            Shape::List(item) => match node.as_seq() {
                None => self.error(node.span, wrong("a list")),
                Some(items) => items.iter().for_each(|node| self.item(node, item, key)),
            },
            Shape::Map(table) => self.map(node, table, &format!("`{key}`")),
            Shape::Lists => match node.as_map() {
                None => self.error(node.span, wrong("a map")),
                Some(entries) => {
                    for entry in entries.iter().filter(|entry| entry.value.as_seq().is_none()) {
                        let message = format!("`{}` is a list, not {}", entry.key.text, entry.value.describe());
                        self.error(entry.value.span, message);
                    }
                }
            },
        }
    }

    fn item(&mut self, node: &Node, shape: &Shape, key: &str) {
        match shape {
            Shape::Map(table) => self.map(node, table, &format!("an item of `{key}`")),
            Shape::Text if node.as_scalar().is_none() => {
                self.error(node.span, format!("an item of `{key}` is a string, not {}", node.describe()));
            }
            other => self.shape(node, other, key),
        }
    }

    fn one_of(&mut self, node: &Node, allowed: &[&'static str], key: &str) {
        let text = node.as_str().unwrap_or_default();
        if allowed.contains(&text) {
            return;
        }
        let message = format!("`{text}` is no `{key}`");
        let diagnostic = Diagnostic::new("schema", Level::Error, Location::main(node.span), message);
        self.diagnostics.push(match nearest_or_longer(text, allowed.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("one of {}", allowed.join(", "))),
        });
    }

    /// A rate is at least two minutes and not shorter than the time-out.
    fn schedule(&mut self, schedule: &Node) {
        let Some(rate) = schedule.get("RateMinutes") else { return };
        let Some(minutes) = rate.as_int() else { return };
        let timeout = schedule.get("TimeoutMinutes").and_then(Node::as_int).unwrap_or_default();
        if minutes < 2 {
            self.error(rate.span, "`RateMinutes` is at least 2".to_owned());
        } else if minutes < timeout {
            self.error(rate.span, "`RateMinutes` is at least `TimeoutMinutes`".to_owned());
        }
    }
}
