//! Typed values out of the tree, with every complaint and everything that has no shared term.

use super::keys::{Form, Key, Kind};
use crate::catalog::features;
use crate::ir::NativeExtra;
use crate::source::{Diagnostic, Level, Location, Span, Spanned, Unit, nearest_or_longer};
use crate::syntax::{Entry, Node, NodeKind};

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

    /// Holds a table and all below it against the known keys: unknown keys and wrong values are reported, and what has no
    /// shared term is kept under `path`.
    pub(super) fn check(&mut self, path: &str, table: &Node, keys: &'static [Key]) {
        self.table(path, table, keys, true);
    }

    fn table(&mut self, path: &str, table: &Node, keys: &'static [Key], keep: bool) {
        for entry in table.as_map().unwrap_or_default() {
            let known = keys.iter().find(|key| key.name == entry.key.text);
            let dotted = || join(path, &entry.key.text);
            let Some(key) = known else {
                self.unknown(keys, &entry.key.text, entry.key.span);
                if keep {
                    self.keep(&dotted(), &entry.value);
                }
                continue;
            };
            let misfit = misfit(key.kind, &entry.value);
            if let Some(at) = misfit {
                self.wrong(&dotted(), at, key.kind);
            }
            let keep_whole = keep && (!key.shared || misfit.is_some());
            if keep_whole {
                self.keep(&dotted(), &entry.value);
            }
            match key.kind {
                Kind::Table(inner) => self.table(&dotted(), &entry.value, inner, keep && !keep_whole),
                Kind::ListsOfTables(inner) => {
                    let lists = entry.value.as_seq().unwrap_or_default().iter();
                    for (index, item) in lists.flat_map(|list| list.as_seq().unwrap_or_default()).enumerate() {
                        self.table(&format!("{}[{index}]", dotted()), item, inner, false);
                    }
                }
                Kind::Tables(inner) => {
                    for (index, item) in entry.value.as_seq().unwrap_or_default().iter().enumerate() {
                        self.table(&format!("{}[{index}]", dotted()), item, inner, keep && !keep_whole);
                    }
                }
                _ => {}
            }
        }
        self.missing(path, table, keys);
    }

    /// Keys that a table cannot be without.
    fn missing(&mut self, path: &str, table: &Node, keys: &'static [Key]) {
        let Some(first) = table.as_map().and_then(<[Entry]>::first) else { return };
        let missing = keys.iter().filter(|key| key.needed && table.get(key.name).is_none());
        let names: Vec<String> = missing.map(|key| format!("`{}`", key.name)).collect();
        if !names.is_empty() {
            let message = format!("`{path}` has no {}", names.join(", "));
            let at = Location::main(first.key.span);
            self.diagnostics.push(Diagnostic::new("required-key", Level::Error, at, message));
        }
    }

    /// Keys of `[rule]` that rules of its type do not have.
    pub(super) fn of_type(&mut self, rule: &Node) {
        let Some(kind) = rule.get("type").and_then(Node::as_str) else { return };
        if features::languages_of(kind).is_empty() && kind != "machine_learning" {
            return;
        }
        for entry in rule.as_map().unwrap_or_default() {
            let kinds = features::kinds_of(&entry.key.text).filter(|kinds| !kinds.contains(&kind));
            if let Some(kinds) = kinds {
                let message = format!("a rule of type {kind} has no `{}`", entry.key.text);
                let at = Location::main(entry.key.span);
                let told = Diagnostic::new("unknown-key", Level::Warning, at, message);
                self.diagnostics.push(told.help(format!("it is a key of {} rules", kinds.join(", "))));
            }
        }
    }

    fn wrong(&mut self, key: &str, node: &Node, kind: Kind) {
        let expected = kind.describe();
        // A value that is a string as it should be is wrong in what it says.
        match (kind, node.as_str(), node.as_int()) {
            (Kind::OneOf(_) | Kind::AnyOf(_) | Kind::Form(_), Some(_), _) | (Kind::Integer(..), _, Some(_)) => {
                self.wrong_value(key, node.span, &expected);
                // Kibana takes any text for an id; that it is a UUID is the repository's rule.
                if let (Kind::Form(Form::Uuid), Some(told)) = (kind, self.diagnostics.last_mut()) {
                    told.level = Level::Warning;
                }
            }
            _ => self.wrong_type(key, node, &expected),
        }
    }

    fn unknown(&mut self, keys: &'static [Key], name: &str, span: Span) {
        let message = format!("`{name}` is not a key of this table");
        let mut diagnostic = Diagnostic::new("unknown-key", Level::Warning, Location::main(span), message);
        diagnostic.help =
            nearest_or_longer(name, keys.iter().map(|key| key.name)).map(|known| format!("did you mean `{known}`?"));
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

/// The first node in a value that the key does not take.
fn misfit(kind: Kind, node: &Node) -> Option<&Node> {
    let wrong_unless = |holds: bool| (!holds).then_some(node);
    let each = |test: &dyn Fn(&Node) -> bool| match node.as_seq() {
        Some(items) => items.iter().find(|item| !test(item)).map(|_| node),
        None => Some(node),
    };
    match kind {
        Kind::Text => wrong_unless(node.as_str().is_some()),
        Kind::OneOf(names) => wrong_unless(node.as_str().is_some_and(|text| names.contains(&text))),
        Kind::Form(form) => wrong_unless(node.as_str().is_some_and(|text| form.holds(text))),
        Kind::SomeTexts if node.as_seq().is_some_and(<[Node]>::is_empty) => Some(node),
        Kind::Texts | Kind::SomeTexts => each(&|item| item.as_str().is_some()),
        Kind::AnyOf(names) => match node.as_seq() {
            Some(items) => items.iter().find(|item| !item.as_str().is_some_and(|text| names.contains(&text))),
            None => Some(node),
        },
        Kind::TextOrTexts if node.as_str().is_some() => None,
        Kind::TextOrTexts => each(&|item| item.as_str().is_some()),
        Kind::Integer(least, most) => {
            wrong_unless(node.as_int().is_some_and(|number| (least..=most).contains(&number)))
        }
        Kind::Boolean => wrong_unless(node.as_bool().is_some()),
        Kind::Table(_) | Kind::OpenTable => wrong_unless(node.as_map().is_some()),
        Kind::ListsOfTables(_) => {
            each(&|list| list.as_seq().is_some_and(|items| items.iter().all(|item| item.as_map().is_some())))
        }
        Kind::Tables(_) | Kind::OpenTables => each(&|item| item.as_map().is_some()),
        Kind::Any => None,
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
