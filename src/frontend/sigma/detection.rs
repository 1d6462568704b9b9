//! The `detection` of a rule and the `filter` of a filter: search identifiers and the condition over them.

use super::condition::{self, Scope};
use super::reader::{Reader, span_of};
use super::rule::opaque;
use super::selection::Lowering;
use crate::ir::{ExprId, FieldUse, Logic, Rule};
use crate::source::{Location, Span};
use crate::syntax::{Entry, Node, NodeKind};

/// A search identifier in the IR.
pub(super) struct Selection {
    pub(super) name: String,
    pub(super) expr: ExprId,
    pub(super) uses: Vec<FieldUse>,
}

/// Reads the map under `detection` or `filter`.
pub(super) fn read(entry: &Entry, rule: &mut Rule, reader: &mut Reader<'_>) -> Logic {
    let section = entry.key.text.as_str();
    let Some(entries) = entry.value.as_map() else {
        reader
            .wrong_type(span_of(&entry.value), format!("`{section}` takes a map, this is {}", entry.value.describe()));
        return Logic::Opaque(opaque("syntax", "", "the detection is not a map", entry.value.span));
    };
    let mut selections = Vec::new();
    for inner in entries {
        match inner.key.text.as_str() {
            "condition" => {}
            "timeframe" => rule.extras.push(reader.extra(format!("{section}.timeframe"), inner)),
            "rules" if section == "filter" => rule.extras.push(reader.extra("filter.rules", inner)),
            name => {
                let mut lowering = Lowering { pool: &mut rule.pool, reader, uses: Vec::new() };
                let expr = lowering.selection(inner);
                selections.push(Selection { name: name.to_owned(), expr, uses: lowering.uses });
            }
        }
    }
    let Some(written) = entry.value.entry("condition") else {
        reader.syntax(entry.key.span, format!("`{section}` has no condition"));
        return Logic::Opaque(opaque("syntax", "", "the detection has no condition", entry.key.span));
    };
    conditions(&written.value, &selections, rule, reader)
}

/// One condition, or a list of which one has to hold.
fn conditions(written: &Node, selections: &[Selection], rule: &mut Rule, reader: &mut Reader<'_>) -> Logic {
    let list: Vec<&Node> = match &written.kind {
        NodeKind::Seq(items) => items.iter().collect(),
        _ => vec![written],
    };
    if list.is_empty() {
        reader.syntax(written.span, "the list of conditions is empty");
    }
    let mut scope = Scope { selections, pool: &mut rule.pool, reader, uses: Vec::new() };
    let mut exprs = Vec::new();
    let mut failed = None;
    for node in list {
        match condition::read(node, &mut scope) {
            Ok(expr) => exprs.push(expr),
            Err(why) => failed = failed.or(Some(why)),
        }
    }
    rule.uses = scope.uses;
    match failed {
        Some(why) => Logic::Opaque(why),
        None if exprs.is_empty() => Logic::Opaque(opaque("syntax", "", "the detection has no condition", written.span)),
        None => Logic::Event(rule.pool.or(exprs, Some(location(written.span)))),
    }
}

fn location(span: Span) -> Location {
    Location::main(span)
}
