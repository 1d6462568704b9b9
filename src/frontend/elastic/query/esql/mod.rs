//! ES|QL queries to the IR's logic.
//!
//! Rows that only pass filters are events; a count per group with a bound is a threshold; the rest is a pipeline of typed stages. In an
//! event rule a column that is only shown in the alert decides nothing and is left out, which the rule says.

mod aggregate;
mod columns;
mod compare;
mod condition;
mod events;
mod function;
mod live;
mod rows;
mod search;
mod term;
mod threshold;

use super::Lowering;
use crate::ir::{Logic, Threshold, ThresholdSource, Window};
use crate::lang::esql::Query;

/// The logic of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> Logic {
    if let Some(filter) = events::filter(&query.commands, lowering) {
        return Logic::Event(filter);
    }
    if let Some((group_by, bounds, before)) = threshold::read(query, lowering)
        && let Some(filter) = events::filter(before, lowering)
    {
        let source = ThresholdSource::Filter(filter);
        return Logic::Threshold(Threshold {
            source,
            group_by,
            aliases: Vec::new(),
            bounds,
            window: Window::Unbounded,
        });
    }
    Logic::Pipeline(rows::pipeline(&query.commands, lowering))
}
