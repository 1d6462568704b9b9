//! Typed values out of the tree, with every complaint and everything that has no shared term.

use super::keys::{Key, Kind, nearest};
use crate::ir::NativeExtra;
use crate::source::{Diagnostic, Level, Location, Span, Spanned, Unit};
use crate::syntax::{Node, NodeKind};

/// Collects what reading a rule leaves behind.
pub(super) struct Reader<'a> {
    unit: &'a Unit,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) extras: Vec<NativeExtra>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(unit: &'a Unit) -> Self {
        Self { unit, diagnostics: Vec::new(), extras: Vec::new() }
    }

    /// Holds the keys of a table against the known ones: unknown keys and wrong types are reported, and what has no
    /// shared term is kept under `path`.
    pub(super) fn check(&mut self, path: &str, table: &Node, keys: &'static [Key]) {
        for entry in table.as_map().unwrap_or_default() {
            let dotted = join(path, &entry.key.text);
            let Some(key) = keys.iter().find(|key| key.name == entry.key.text) else {
                self.unknown(keys, &entry.key.text, entry.key.span);
                self.keep(&dotted, &entry.value);
                continue;
            };
            let fits = fits(key.kind, &entry.value);
            if !fits {
                self.wrong_type(&dotted, &entry.value, describe(key.kind));
            }
            if !key.shared || !fits {
                self.keep(&dotted, &entry.value);
            }
        }
    }

    fn unknown(&mut self, keys: &'static [Key], name: &str, span: Span) {
        let message = format!("`{name}` is not a key of this table");
        let mut diagnostic = Diagnostic::new("unknown-key", Level::Warning, Location::main(span), message);
        diagnostic.help = nearest(keys, name).map(|known| format!("did you mean `{known}`?"));
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn wrong_type(&mut self, key: &str, node: &Node, expected: &str) {
        let message = format!("`{key}` takes {expected}, not {}", node.describe());
        self.diagnostics.push(Diagnostic::new("wrong-type", Level::Error, Location::main(node.span), message));
    }

    /// A value of the right type that the key does not take.
    pub(super) fn wrong_value(&mut self, key: &str, span: Span, expected: &str) {
        let message = format!("`{key}` takes {expected}");
        self.diagnostics.push(Diagnostic::new("wrong-type", Level::Error, Location::main(span), message));
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Keeps a value word for word: each leaf under its own path.
    pub(super) fn keep(&mut self, path: &str, node: &Node) {
        match &node.kind {
            NodeKind::Map(entries) => {
                for entry in entries {
                    self.keep(&join(path, &entry.key.text), &entry.value);
                }
            }
            NodeKind::Seq(items) if items.iter().any(|item| item.as_map().is_some()) => {
                for (index, item) in items.iter().enumerate() {
                    self.keep(&format!("{path}[{index}]"), item);
                }
            }
            _ => {
                let origin = Location::main(node.span);
                let text = self.unit.slice(origin).to_owned();
                self.extras.push(NativeExtra { key: path.to_owned(), text, origin });
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn fits(kind: Kind, node: &Node) -> bool {
    let all = |test: fn(&Node) -> bool| node.as_seq().is_some_and(|items| items.iter().all(test));
    match kind {
        Kind::Text => node.as_str().is_some(),
        Kind::Texts => all(|item| item.as_str().is_some()),
        Kind::TextOrTexts => node.as_str().is_some() || all(|item| item.as_str().is_some()),
        Kind::Integer => node.as_int().is_some(),
        Kind::Boolean => node.as_bool().is_some(),
        Kind::Table => node.as_map().is_some(),
        Kind::Tables => all(|item| item.as_map().is_some()),
        Kind::Any => true,
    }
}

fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a string",
        Kind::Texts => "a list of strings",
        Kind::TextOrTexts => "a string or a list of strings",
        Kind::Integer => "an integer",
        Kind::Boolean => "a boolean",
        Kind::Table => "a table",
        Kind::Tables => "a list of tables",
        Kind::Any => "a value",
    }
}

/// The text under a key with its place.
pub(super) fn text(table: &Node, key: &str) -> Option<Spanned<String>> {
    table.get(key).and_then(spanned)
}

/// The plain text under a key.
pub(super) fn plain(table: &Node, key: &str) -> Option<String> {
    table.get(key).and_then(Node::as_str).map(str::to_owned)
}

/// A text, or the texts of a list; what is of another type is left out (it was reported).
pub(super) fn texts(table: &Node, key: &str) -> Vec<Spanned<String>> {
    let Some(node) = table.get(key) else { return Vec::new() };
    match node.as_seq() {
        Some(items) => items.iter().filter_map(spanned).collect(),
        None => spanned(node).into_iter().collect(),
    }
}

/// As [`texts`], without the places.
pub(super) fn plain_texts(table: &Node, key: &str) -> Vec<String> {
    texts(table, key).into_iter().map(|text| text.value).collect()
}

/// The tables of a list of tables.
pub(super) fn tables<'n>(table: &'n Node, key: &str) -> &'n [Node] {
    table.get(key).and_then(Node::as_seq).unwrap_or_default()
}

fn spanned(node: &Node) -> Option<Spanned<String>> {
    node.as_str().map(|text| Spanned::new(text.to_owned(), node.span))
}
