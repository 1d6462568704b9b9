//! Typed reads of an item's keys. What has another type is no value: `schema` has reported it.

use super::keys::Kind;
use crate::source::{Diagnostic, Level, Location, Span, Spanned};
use crate::syntax::Node;

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

    pub(super) fn report(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new("schema", Level::Error, Location::main(span), message));
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn string(&self, key: &str) -> Option<Spanned<String>> {
        let scalar = self.root.get(key)?.as_scalar()?;
        Some(Spanned::new(scalar.text.to_string(), scalar.map.whole()))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.string(key).map(|text| text.value)
    }

    pub(super) fn bool(&self, key: &str) -> Option<bool> {
        self.root.get(key)?.as_bool()
    }

    /// A whole number of at least 0.
    pub(super) fn number(&self, key: &str) -> Option<u32> {
        self.root.get(key)?.as_int().and_then(|number| u32::try_from(number).ok())
    }

    pub(super) fn strings(&self, key: &str) -> Vec<Spanned<String>> {
        let items = self.root.get(key).and_then(Node::as_seq).unwrap_or_default();
        let scalars = items.iter().filter_map(Node::as_scalar);
        scalars.map(|scalar| Spanned::new(scalar.text.to_string(), scalar.map.whole())).collect()
    }
}
