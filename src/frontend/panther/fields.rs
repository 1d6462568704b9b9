//! Typed reads of an item's keys; what has another type or no place in the schema is reported.

use super::keys::Kind;
use crate::source::{Diagnostic, Level, Location, Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// The keys of one item.
pub(super) struct Fields<'a> {
    pub(super) root: &'a Node,
    pub(super) kind: Kind,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(root: &'a Node, kind: Kind, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self { root, kind, diagnostics }
    }

    /// Panther refuses items with keys that its schema does not know.
    pub(super) fn report_unknown_keys(&mut self) {
        for entry in self.root.as_map().unwrap_or_default() {
            let key = entry.key.text.as_str();
            if self.kind.allowed().any(|known| known == key) {
                continue;
            }
            let message = format!("a {} has no key `{key}`", self.kind.name());
            let mut diagnostic =
                Diagnostic::new("unknown-key", Level::Warning, Location::main(entry.key.span), message);
            if let Some(near) = nearest(key, self.kind.allowed()) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            }
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn report(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new("schema", Level::Error, Location::main(span), message));
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn wrong_type(&mut self, key: &str, wanted: &str, node: &Node) {
        self.report(node.span, format!("`{key}` is {wanted}, not {}", node.describe()));
    }

    pub(super) fn string(&mut self, key: &str) -> Option<Spanned<String>> {
        let node = self.root.get(key)?;
        let Some(scalar) = node.as_scalar() else {
            self.wrong_type(key, "a string", node);
            return None;
        };
        Some(Spanned::new(scalar.text.clone(), scalar.map.whole()))
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.string(key).map(|text| text.value)
    }

    pub(super) fn bool(&mut self, key: &str) -> Option<bool> {
        let node = self.root.get(key)?;
        if node.as_bool().is_none() {
            self.wrong_type(key, "a boolean", node);
        }
        node.as_bool()
    }

    /// A whole number of at least 0.
    pub(super) fn number(&mut self, key: &str) -> Option<u32> {
        let node = self.root.get(key)?;
        let number = node.as_int().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.wrong_type(key, "a whole number", node);
        }
        number
    }

    pub(super) fn strings(&mut self, key: &str) -> Vec<Spanned<String>> {
        let Some(node) = self.root.get(key) else { return Vec::new() };
        let NodeKind::Seq(items) = &node.kind else {
            self.wrong_type(key, "a list of strings", node);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match item.as_scalar() {
                Some(scalar) => found.push(Spanned::new(scalar.text.clone(), scalar.map.whole())),
                None => self.report(item.span, format!("an item of `{key}` is a string, not {}", item.describe())),
            }
        }
        found
    }
}

/// The known key that is most like a wrong one.
fn nearest(key: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .map(|candidate| (strsim::jaro_winkler(&candidate.to_lowercase(), &key.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}
