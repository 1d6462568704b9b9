//! Tables while they grow, with what decides whether they may.

use crate::source::Span;
use crate::syntax::keys::KeyIndex;
use crate::syntax::{Entry, Key, Node, NodeKind};

/// How a table came to be. TOML 1.0, section Table: a table is defined once, by one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Named on the way to another table's header; its own header may still come.
    Implied,
    /// By `[header]`, or the file itself.
    Header,
    /// By `a.b = ..`: closed for headers.
    Dotted,
}

#[derive(Debug)]
pub(super) enum Item {
    Value(Node),
    Table(Table),
    /// `[[header]]`s.
    Tables(Vec<Table>),
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) key: Key,
    pub(super) item: Item,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) origin: Origin,
    pub(super) span: Span,
    slots: Vec<Slot>,
    index: KeyIndex,
}

impl Table {
    pub(super) fn new(origin: Origin, span: Span) -> Self {
        Self { origin, span, slots: Vec::new(), index: KeyIndex::default() }
    }

    pub(super) fn find(&mut self, key: &str) -> Option<usize> {
        let slots = &self.slots;
        self.index.find(key, slots.len(), |at| slots[at].key.text.as_str())
    }

    pub(super) fn slot(&mut self, at: usize) -> &mut Slot {
        &mut self.slots[at]
    }

    /// Appends a key that is not there yet, and gives its place.
    pub(super) fn add(&mut self, key: Key, item: Item) -> usize {
        self.slots.push(Slot { key, item });
        self.slots.len() - 1
    }

    pub(super) fn into_node(self) -> Node {
        let entries = self.slots.into_iter().map(|slot| Entry { key: slot.key, value: slot.item.into_node() });
        Node::new(NodeKind::Map(entries.collect()), self.span)
    }
}

impl Item {
    fn into_node(self) -> Node {
        match self {
            Self::Value(node) => node,
            Self::Table(table) => table.into_node(),
            Self::Tables(tables) => {
                let items: Vec<Node> = tables.into_iter().map(Table::into_node).collect();
                let span = items.iter().map(|item| item.span).reduce(Span::to).unwrap_or_default();
                Node::new(NodeKind::Seq(items), span)
            }
        }
    }
}
