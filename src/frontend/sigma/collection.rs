//! The documents of a file as rules: `action: global`, `reset` and `repeat` merged away (Sigma Rules Specification 1, "Rule
//! Collections"; later versions no longer have them, published rules still do).

use super::reader::{Reader, span_of};
use crate::source::Span;
use crate::syntax::{Document, Entry, Node, NodeKind};
use std::borrow::Cow;

/// A rule with what global documents add to it.
pub(super) struct Part<'d> {
    pub(super) root: Cow<'d, Node>,
    pub(super) span: Span,
    /// The document that it stands in.
    pub(super) document: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Action {
    None,
    Global,
    Reset,
    Repeat,
}

/// The rules of a file, in order.
pub(super) fn collect<'d>(documents: &'d [Document], reader: &mut Reader<'_>) -> Vec<Part<'d>> {
    let mut parts: Vec<Part<'d>> = Vec::new();
    let mut global: Option<Node> = None;
    for (index, document) in documents.iter().enumerate() {
        let root = &document.root;
        if root.as_map().is_none() {
            if !root.is_null() {
                reader.syntax(root.span, format!("a Sigma rule is a map, this is {}", root.describe()));
            }
            continue;
        }
        let action = action(root, reader);
        let own = if action == Action::None { Cow::Borrowed(root) } else { Cow::Owned(without_action(root)) };
        let whole = match action {
            Action::None => over(global.as_ref(), own),
            Action::Repeat => over(parts.last().map(|part| part.root.as_ref()), own),
            Action::Reset => {
                global = None;
                continue;
            }
            Action::Global => {
                global = Some(over(global.as_ref(), own).into_owned());
                continue;
            }
        };
        parts.push(Part { root: whole, span: document.span, document: index });
    }
    parts
}

fn action(root: &Node, reader: &mut Reader<'_>) -> Action {
    let Some(value) = root.get("action") else { return Action::None };
    match value.as_str() {
        Some("global") => Action::Global,
        Some("reset") => Action::Reset,
        Some("repeat") => Action::Repeat,
        _ => {
            reader.syntax(span_of(value), "`action` is one of `global`, `reset` and `repeat`");
            Action::None
        }
    }
}

fn without_action(root: &Node) -> Node {
    let mut root = root.clone();
    if let NodeKind::Map(entries) = &mut root.kind {
        entries.retain(|entry| entry.key.text != "action");
    }
    root
}

fn over<'d>(base: Option<&Node>, own: Cow<'d, Node>) -> Cow<'d, Node> {
    match base {
        Some(base) => Cow::Owned(merge(base, own.into_owned())),
        None => own,
    }
}

/// Both maps, the second one's values before the first one's; maps in maps likewise.
fn merge(base: &Node, own: Node) -> Node {
    let (NodeKind::Map(base_entries), NodeKind::Map(own_entries)) = (&base.kind, &own.kind) else { return own };
    let mut entries: Vec<Entry> = base_entries.clone();
    for entry in own_entries {
        match entries.iter_mut().find(|known| known.key.text == entry.key.text) {
            Some(known) => {
                known.value = merge(&known.value, entry.value.clone());
                known.key = entry.key.clone();
            }
            None => entries.push(entry.clone()),
        }
    }
    Node { kind: NodeKind::Map(entries), ..own }
}
