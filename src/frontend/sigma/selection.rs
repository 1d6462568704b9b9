//! Search identifiers: maps are conjunctions, lists of maps disjunctions, lists of plain values keyword searches.

use super::reader::{Reader, origin, span_of};
use crate::ir::{ExprId, ExprKind, FieldUse, Pool};
use crate::lang::sigma::modifiers::FieldSpec;
use crate::source::{Location, Span};
use crate::syntax::{Entry, Node, NodeKind};

/// The lowering of one search identifier.
pub(super) struct Lowering<'l, 't> {
    pub(super) pool: &'l mut Pool,
    pub(super) reader: &'l mut Reader<'t>,
    /// The fields that are tested, in the order of writing.
    pub(super) uses: Vec<FieldUse>,
}

impl Lowering<'_, '_> {
    /// The condition of a search identifier.
    pub(super) fn selection(&mut self, entry: &Entry) -> ExprId {
        let at = Some(Location::main(origin(entry)));
        match &entry.value.kind {
            NodeKind::Seq(items) if !items.is_empty() => {
                let members: Vec<ExprId> = items.iter().map(|item| self.member(item)).collect();
                self.pool.or(members, at)
            }
            NodeKind::Seq(_) => {
                self.reader.wrong_type(span_of(&entry.value), "an empty list selects nothing");
                ExprId::FALSE
            }
            _ => self.member(&entry.value),
        }
    }

    fn member(&mut self, node: &Node) -> ExprId {
        match &node.kind {
            NodeKind::Map(entries) if !entries.is_empty() => {
                let members: Vec<ExprId> = entries.iter().map(|entry| self.item(entry)).collect();
                self.pool.and(members, Some(Location::main(span_of(node))))
            }
            NodeKind::Map(_) => {
                self.reader.wrong_type(span_of(node), "an empty map selects nothing");
                ExprId::FALSE
            }
            NodeKind::Seq(_) => {
                let message = "a list in a list has no meaning in a search identifier";
                self.reader.wrong_type(span_of(node), message);
                self.hole(span_of(node), message)
            }
            _ => self.keyword(node),
        }
    }

    /// A value that is looked for in the whole event ("Keywords search").
    fn keyword(&mut self, node: &Node) -> ExprId {
        let spec = FieldSpec { field: None, modifiers: Vec::new(), problems: Vec::new() };
        self.tests(&spec, std::slice::from_ref(node), None, span_of(node))
    }

    /// A part that is kept as text.
    pub(super) fn hole(&mut self, span: Span, reason: &str) -> ExprId {
        let kind = ExprKind::OpaqueTest { text: self.reader.slice(span).into(), reason: reason.into() };
        self.pool.add(kind, Some(Location::main(span)))
    }
}
