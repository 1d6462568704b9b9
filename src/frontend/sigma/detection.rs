//! The `detection` of a rule and the `filter` of a filter: search identifiers and the condition over them.

use super::condition::{self, Scope};
use super::lower::Lowering;
use super::reader::{Reader, span_of};
use super::rule::opaque;
use super::selection;
use super::typed::{Detection, Selection};
use crate::ir::{ExprId, FieldUse, Logic, Opaque, Rule};
use crate::source::Location;
use crate::syntax::{Entry, Node, NodeKind};

/// A search identifier in the IR.
pub(super) struct Lowered {
    pub(super) name: String,
    /// None when a pipeline dropped all that was in it.
    pub(super) expr: Option<ExprId>,
    pub(super) uses: Vec<FieldUse>,
}

/// Reads the map under `detection` or `filter`.
pub(super) fn read<'n>(entry: &'n Entry, rule: &mut Rule, reader: &mut Reader<'_>) -> Result<Detection<'n>, Opaque> {
    let section = entry.key.text.as_str();
    let Some(entries) = entry.value.as_map() else {
        reader
            .wrong_type(span_of(&entry.value), format!("`{section}` takes a map, this is {}", entry.value.describe()));
        return Err(opaque("syntax", "", "the detection is not a map", entry.value.span));
    };
    let mut selections = Vec::new();
    for inner in entries {
        match inner.key.text.as_str() {
            "condition" => {}
            "timeframe" => rule.extras.push(reader.extra(format!("{section}.timeframe"), inner)),
            "rules" if section == "filter" => rule.extras.push(reader.extra("filter.rules", inner)),
            name => {
                selections.push(Selection { name: name.to_owned(), part: selection::read(inner, reader) });
            }
        }
    }
    let Some(written) = entry.value.entry("condition") else {
        reader.syntax(entry.key.span, format!("`{section}` has no condition"));
        return Err(opaque("syntax", "", "the detection has no condition", entry.key.span));
    };
    Ok(Detection { selections, condition: &written.value, added: Vec::new() })
}

/// The logic: one condition, or a list of which one has to hold.
pub(super) fn lower(detection: &Detection<'_>, rule: &mut Rule, reader: &mut Reader<'_>) -> Logic {
    let written = detection.condition;
    let selections: Vec<Lowered> =
        detection.selections.iter().map(|selection| lowered(selection, rule, reader)).collect();
    let list: Vec<&Node> = match &written.kind {
        NodeKind::Seq(items) => items.iter().collect(),
        _ => vec![written],
    };
    if list.is_empty() {
        reader.syntax(written.span, "the list of conditions is empty");
    }
    let mut scope =
        Scope { selections: &selections, added: &detection.added, pool: &mut rule.pool, reader, uses: Vec::new() };
    let mut exprs = Vec::new();
    let mut failed = None;
    for node in &list {
        match condition::read(node, &mut scope) {
            Ok(expr) => exprs.extend(expr),
            Err(why) => failed = failed.or(Some(why)),
        }
    }
    rule.uses = scope.uses;
    match failed {
        Some(why) => Logic::Opaque(why),
        None if exprs.is_empty() && list.is_empty() => {
            Logic::Opaque(opaque("syntax", "", "the detection has no condition", written.span))
        }
        None if exprs.is_empty() => {
            Logic::Opaque(opaque("pipeline", "", "the pipeline drops every test of the condition", written.span))
        }
        None => Logic::Event(rule.pool.or(exprs, Some(Location::main(written.span)))),
    }
}

fn lowered(selection: &Selection, rule: &mut Rule, reader: &Reader<'_>) -> Lowered {
    let mut lowering = Lowering { pool: &mut rule.pool, text: reader.text(), uses: Vec::new() };
    let expr = lowering.part(&selection.part);
    Lowered { name: selection.name.clone(), expr, uses: lowering.uses }
}
