//! Search identifiers: maps are conjunctions, lists of maps disjunctions, lists of plain values keyword searches.

use super::item;
use super::key::Key;
use super::reader::{Reader, origin, span_of};
use super::typed::Part;
use crate::syntax::{Entry, Node, NodeKind};

/// What stands under a search identifier.
pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Part {
    match &entry.value.kind {
        NodeKind::Seq(items) if items.is_empty() => {
            reader.wrong_type(span_of(&entry.value), "an empty list selects nothing");
            Part::Never
        }
        NodeKind::Seq(items) => {
            let at = origin(entry);
            if items.iter().all(is_plain) {
                return keywords(items, at, reader);
            }
            Part::Any(items.iter().map(|item| member(item, reader)).collect(), at)
        }
        _ => member(&entry.value, reader),
    }
}

fn is_plain(node: &Node) -> bool {
    !matches!(node.kind, NodeKind::Map(_) | NodeKind::Seq(_))
}

fn member(node: &Node, reader: &mut Reader<'_>) -> Part {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            Part::All(entries.iter().map(|entry| item::read(entry, reader)).collect(), span_of(node))
        }
        NodeKind::Map(_) => {
            reader.wrong_type(span_of(node), "an empty map selects nothing");
            Part::Never
        }
        NodeKind::Seq(_) => {
            let message = "a list in a list has no meaning in a search identifier";
            reader.wrong_type(span_of(node), message);
            Part::Hole(span_of(node), message.to_owned())
        }
        _ => keywords(std::slice::from_ref(node), span_of(node), reader),
    }
}

/// Values that are looked for in the whole event ("Keywords search").
fn keywords(values: &[Node], at: crate::source::Span, reader: &mut Reader<'_>) -> Part {
    Part::Item(item::of_values(&Key::of_keywords(), values, None, at, reader))
}
