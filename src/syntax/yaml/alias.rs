//! Anchors, aliases and merge keys, with a limit on what they may grow to.

use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use std::collections::{HashMap, HashSet};

/// How many nodes anchors and aliases of one document may copy together. Long strings count as several.
pub(super) const MAX_EXPANDED: usize = 100_000;

/// The anchored nodes of one document.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    nodes: HashMap<usize, Node>,
    spent: usize,
}

/// Why an alias has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AliasError {
    /// The anchor's own value is not complete yet.
    Recursive,
    TooLarge,
    TooDeep,
}

impl Anchors {
    /// Keeps a complete node under the parser's anchor number; 0 is no anchor.
    pub(super) fn keep(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 && self.spend(node).is_some() {
            self.nodes.insert(anchor, node.clone());
        }
    }

    /// A copy of the anchored node, marked as pulled in at `alias`. `room` is how deep it may nest.
    pub(super) fn copy(&mut self, anchor: usize, alias: Span, room: usize) -> Result<Node, AliasError> {
        let Some(node) = self.nodes.remove(&anchor) else {
            return Err(if self.exhausted() { AliasError::TooLarge } else { AliasError::Recursive });
        };
        let copy = if height(&node) > room {
            Err(AliasError::TooDeep)
        } else if self.spend(&node).is_none() {
            Err(AliasError::TooLarge)
        } else {
            let mut copy = node.clone();
            mark(&mut copy, alias);
            Ok(copy)
        };
        self.nodes.insert(anchor, node);
        copy
    }

    fn exhausted(&self) -> bool {
        self.spent >= MAX_EXPANDED
    }

    /// Takes a node's weight from the budget; `None`, and an empty budget, if it does not fit.
    fn spend(&mut self, node: &Node) -> Option<()> {
        let mut left = MAX_EXPANDED - self.spent;
        let fits = weigh(node, &mut left);
        self.spent = MAX_EXPANDED - left;
        fits
    }
}

fn weigh(node: &Node, left: &mut usize) -> Option<()> {
    let own = match &node.kind {
        NodeKind::Str(scalar) => 1 + scalar.text.len() / 64,
        _ => 1,
    };
    let Some(rest) = left.checked_sub(own) else {
        *left = 0;
        return None;
    };
    *left = rest;
    match &node.kind {
        NodeKind::Seq(items) => items.iter().try_for_each(|item| weigh(item, left)),
        NodeKind::Map(entries) => entries.iter().try_for_each(|entry| weigh(&entry.value, left)),
        _ => Some(()),
    }
}

fn height(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Seq(items) => 1 + items.iter().map(height).max().unwrap_or(0),
        NodeKind::Map(entries) => 1 + entries.iter().map(|entry| height(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}

/// Marks a node and all in it as pulled in at `alias`: whoever edits it changes the anchor's other users too.
fn mark(node: &mut Node, alias: Span) {
    node.via_alias = Some(alias);
    match &mut node.kind {
        NodeKind::Seq(items) => items.iter_mut().for_each(|item| mark(item, alias)),
        NodeKind::Map(entries) => entries.iter_mut().for_each(|entry| mark(&mut entry.value, alias)),
        _ => {}
    }
}

/// What one `<<` brings, and where among the map's own entries it stands.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) at: usize,
    pub(super) maps: Vec<Vec<Entry>>,
}

/// The maps that the value of a `<<` at `key` names: a map, or a list of maps. `None` if it is neither.
pub(super) fn merged_maps(value: Node, key: Span) -> Option<Vec<Vec<Entry>>> {
    let own = |node: Node| {
        let via = node.via_alias.unwrap_or(key);
        let NodeKind::Map(mut entries) = node.kind else { return None };
        for entry in &mut entries {
            entry.value.via_alias.get_or_insert(via);
        }
        Some(entries)
    };
    match value.kind {
        NodeKind::Seq(items) => items.into_iter().map(own).collect(),
        _ => own(value).map(|entries| vec![entries]),
    }
}

/// A map's entries with those merged in that it does not have itself. Of several merged maps the first wins
/// (YAML type `merge`, yaml.org/type/merge.html).
pub(super) fn merge(entries: Vec<Entry>, merges: Vec<Merge>) -> Vec<Entry> {
    if merges.is_empty() {
        return entries;
    }
    let mut seen: HashSet<String> = entries.iter().map(|entry| entry.key.text.clone()).collect();
    let mut result = Vec::with_capacity(entries.len());
    let mut own = entries.into_iter();
    let mut taken = 0;
    for merge in merges {
        result.extend(own.by_ref().take(merge.at - taken));
        taken = merge.at;
        let brought = merge.maps.into_iter().flatten();
        result.extend(brought.filter(|entry| seen.insert(entry.key.text.clone())));
    }
    result.extend(own);
    result
}
