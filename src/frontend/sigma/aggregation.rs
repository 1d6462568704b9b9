//! The old pipe of a condition as what took its place: `| count() by user > 5` is a threshold over events, `| near` a group of events
//! that come close in time (Sigma Rules Specification 1, "Aggregation expressions" and "Near aggregation expressions").

use super::correlation::timespan;
use super::reader::Reader;
use crate::ir::{
    Bound, Cmp, ExprId, FieldPath, Logic, Measure, MemberSource, RuleCondition, Temporal, Threshold, ThresholdSource,
    Value, Window,
};
use crate::lang::sigma::condition::{Aggregation, CompareOp, Function};
use crate::syntax::Node;
use std::time::Duration;

/// The events that pass `filter`, counted or computed per group. Without a `timeframe` all events at hand are one stretch.
pub(super) fn threshold(
    filter: ExprId,
    aggregation: &Aggregation,
    timeframe: Option<&Node>,
    reader: &mut Reader<'_>,
) -> Option<Logic> {
    let window = match timeframe {
        Some(node) => Window::Sliding(timespan("timeframe", node, reader)?),
        None => Window::Unbounded,
    };
    let bound =
        Bound { measure: measure(aggregation)?, op: compare(aggregation.op.value), number: number(aggregation) };
    Some(Logic::Threshold(Threshold {
        source: ThresholdSource::Filter(filter),
        group_by: aggregation.by.iter().map(|name| FieldPath::dotted(&name.value)).collect(),
        aliases: Vec::new(),
        bounds: vec![bound],
        window,
    }))
}

/// `count(field)` counts different values, `count()` events. The parser gives every other function its field.
fn measure(aggregation: &Aggregation) -> Option<Measure> {
    let field = aggregation.field.as_ref().map(|name| FieldPath::dotted(&name.value));
    Some(match (aggregation.function.value, field) {
        (Function::Count, None) => Measure::Count,
        (Function::Count, Some(field)) => Measure::Distinct(vec![field]),
        (Function::Sum, field) => Measure::Sum(field?),
        (Function::Avg, field) => Measure::Average(field?),
        (Function::Min, field) => Measure::Min(field?),
        (Function::Max, field) => Measure::Max(field?),
    })
}

fn compare(op: CompareOp) -> Cmp {
    match op {
        CompareOp::Less => Cmp::Less,
        CompareOp::LessOrEqual => Cmp::LessOrEqual,
        CompareOp::Greater => Cmp::Greater,
        CompareOp::GreaterOrEqual => Cmp::GreaterOrEqual,
        CompareOp::Equal => Cmp::Equal,
        CompareOp::NotEqual => Cmp::NotEqual,
    }
}

fn number(aggregation: &Aggregation) -> Value {
    let number = aggregation.value.value;
    number.to_string().parse().map_or_else(|_| Value::float(number), Value::Int)
}

/// The members of a `near` and what has to hold of them.
pub(super) struct Near {
    members: Vec<ExprId>,
}

impl Near {
    /// The events before the pipe.
    pub(super) fn new(main: ExprId) -> Self {
        Self { members: vec![main] }
    }

    /// That an event passes this filter.
    pub(super) fn member(&mut self, filter: ExprId) -> RuleCondition {
        let known = self.members.iter().position(|member| *member == filter);
        RuleCondition::Fired(known.unwrap_or_else(|| {
            self.members.push(filter);
            self.members.len() - 1
        }))
    }

    /// The whole, with the condition behind `near`.
    pub(super) fn finish(self, condition: Option<RuleCondition>, window: Duration) -> Logic {
        let mut all = vec![RuleCondition::Fired(0)];
        match condition {
            Some(RuleCondition::And(parts)) => all.extend(parts),
            other => all.extend(other),
        }
        Logic::Temporal(Temporal {
            members: self.members.into_iter().map(MemberSource::Filter).collect(),
            ordered: false,
            condition: RuleCondition::And(all),
            group_by: Vec::new(),
            aliases: Vec::new(),
            window,
        })
    }
}
