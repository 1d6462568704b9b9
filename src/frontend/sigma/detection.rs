//! The `detection` of a rule and the `filter` of a filter: search identifiers and the condition over them.

use super::condition::{self, Scope};
use super::lower::Lowering;
use super::reader::{Reader, span_of};
use super::rule::opaque;
use super::selection;
use super::typed::{Detection, Selection};
use crate::ir::{ExprId, FieldUse, Logic, Opaque, Rule};
use crate::source::Location;
use crate::syntax::{Entry, Node};
use smallvec::SmallVec;
use std::ops::Range;

/// A search identifier in the IR.
pub(super) struct Lowered<'d> {
    pub(super) name: &'d str,
    /// None when a pipeline dropped all that was in it.
    pub(super) expr: Option<ExprId>,
    /// Its tests, until a condition notes them.
    pub(super) uses: Vec<FieldUse>,
    pub(super) noted: Option<Noted>,
}

/// Where the tests of a search identifier stand among those of the rule, and whether under a negation.
#[derive(Clone)]
pub(super) struct Noted {
    pub(super) place: Range<usize>,
    pub(super) negated: bool,
}

/// Most rules have one condition.
type Each<T> = SmallVec<[T; 1]>;

/// Reads the map under `detection` or `filter`.
pub(super) fn read<'n>(entry: &'n Entry, rule: &mut Rule, reader: &mut Reader<'_>) -> Result<Detection<'n>, Opaque> {
    let section = entry.key.text.as_str();
    let Some(entries) = entry.value.as_map() else {
        reader
            .wrong_type(span_of(&entry.value), format!("`{section}` takes a map, this is {}", entry.value.describe()));
        return Err(opaque("syntax", "", "the detection is not a map", entry.value.span));
    };
    let mut selections = Vec::with_capacity(entries.len());
    for inner in entries {
        match inner.key.text.as_str() {
            "condition" | "timeframe" => {}
            "rules" if section == "filter" => rule.extras.push(reader.extra("filter.rules", inner)),
            name => {
                selections.push(Selection { name: name.into(), part: selection::read(inner, reader) });
            }
        }
    }
    let Some(written) = entry.value.entry("condition") else {
        reader.syntax(entry.key.span, format!("`{section}` has no condition"));
        return Err(opaque("syntax", "", "the detection has no condition", entry.key.span));
    };
    let timeframe = entry.value.entry("timeframe");
    Ok(Detection { selections, condition: &written.value, timeframe, added: Vec::new() })
}

/// The logic: one condition, or a list of which one has to hold.
pub(super) fn lower(detection: &Detection<'_>, rule: &mut Rule, reader: &mut Reader<'_>) -> Logic {
    let written = detection.condition;
    // A value is a test and the quantifier around it.
    rule.pool.reserve(2 * detection.selections.iter().map(|selection| selection.part.values()).sum::<usize>());
    let selections: Vec<Lowered<'_>> =
        detection.selections.iter().map(|selection| lowered(selection, rule, reader)).collect();
    let list = written.as_seq().unwrap_or(std::slice::from_ref(written));
    if list.is_empty() {
        reader.syntax(written.span, "the list of conditions is empty");
    }
    let mut scope = Scope {
        uses: Vec::with_capacity(selections.iter().map(|selection| selection.uses.len()).sum()),
        selections,
        added: &detection.added,
        pool: &mut rule.pool,
        reader,
        timeframe: detection.timeframe.map(|entry| &entry.value),
    };
    let read: Each<Result<Option<Logic>, Opaque>> = list.iter().map(|node| condition::read(node, &mut scope)).collect();
    rule.uses = scope.uses;
    let logic = match read.into_iter().collect::<Result<Each<_>, Opaque>>() {
        Err(why) => Logic::Opaque(why),
        Ok(logics) => any_of(logics.into_iter().flatten().collect(), rule, written),
    };
    if let Some(timeframe) = detection.timeframe
        && !matches!(logic, Logic::Threshold(_) | Logic::Temporal(_))
    {
        rule.extras.push(reader.extra("detection.timeframe", timeframe));
    }
    logic
}

/// Conditions over single events join to one.
fn any_of(mut logics: Each<Logic>, rule: &mut Rule, written: &Node) -> Logic {
    if logics.len() == 1 {
        return logics.remove(0);
    }
    if logics.is_empty() && written.as_seq().is_some_and(<[Node]>::is_empty) {
        return Logic::Opaque(opaque("syntax", "", "the detection has no condition", written.span));
    }
    if logics.is_empty() {
        let reason = "the pipeline drops every test of the condition";
        return Logic::Opaque(opaque("pipeline-failure", "", reason, written.span));
    }
    let exprs: Option<Vec<ExprId>> = logics
        .iter()
        .map(|logic| match logic {
            Logic::Event(expr) => Some(*expr),
            _ => None,
        })
        .collect();
    match exprs {
        Some(exprs) => Logic::Event(rule.pool.or(exprs, Some(Location::main(written.span)))),
        None => Logic::Opaque(opaque("aggregation", "", "one of several conditions has a pipe", written.span)),
    }
}

fn lowered<'d>(selection: &'d Selection<'_>, rule: &mut Rule, reader: &Reader<'_>) -> Lowered<'d> {
    let mut lowering = Lowering { pool: &mut rule.pool, text: reader.text(), uses: Vec::new() };
    let expr = lowering.part(&selection.part);
    Lowered { name: &selection.name, expr, uses: lowering.uses, noted: None }
}
