//! What a rule looks for beyond one event.

use super::{
    Case, Cmp, ExprId, FieldPath, Group, MemberSource, Pipe, Piped, Pipeline, Pool, RuleRef, Stage, Subject, Temporal,
    Value,
};
use crate::source::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// The logic of a rule. Expressions are nodes of the rule's pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Logic {
    /// Every event that satisfies the filter is an alert.
    Event(ExprId),
    Sequence(Sequence),
    Sample(Sample),
    Threshold(Threshold),
    NewTerms(NewTerms),
    Indicator(Indicator),
    Temporal(Temporal),
    Group(Group),
    Pipeline(Pipeline),
    Piped(Piped),
    /// Logic that is kept as text, with the reason why it is not understood.
    Opaque(Opaque),
}

/// Ordered steps of events with the same join key (EQL `sequence`; Sigma `temporal_ordered` when its rules are events).
///
/// A newer candidate at a stage replaces an older one at the same stage. `max_span` is inclusive. An event without a
/// required key takes no part (EQL: null keys drop the event, unless the key is optional: then null joins null). Multi-valued keys
/// join on any shared value. An event takes part in every step that it satisfies, but never follows itself.
///
/// An event of a missing step ends the partial sequence that stands before it. A sequence with a leading and a trailing missing
/// step is spoilt only when both happen within one span (Elasticsearch's `test_missing_events.toml`); one that has only one of
/// the two is spoilt by it alone. A trailing one fires when nothing can spoil it any more, and that is the alert's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sequence {
    pub by: Vec<JoinKey>,
    /// From the first to the last event; a missing step needs it.
    #[serde(with = "super::duration::optional")]
    #[schemars(with = "Option<u64>")]
    pub max_span: Option<Duration>,
    pub steps: Vec<Step>,
    /// An event that ends the partial sequences of its key.
    pub until: Option<Step>,
}

/// A value that the events of a sequence share: a field, or (in Endgame's EQL) what is computed from fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JoinKey {
    pub term: Subject,
    pub optional: bool,
    /// How texts compare.
    pub case: Case,
    #[serde(skip)]
    pub origin: Option<Location>,
}

impl JoinKey {
    /// The field, when it is not computed.
    pub fn field(&self) -> Option<&FieldPath> {
        match &self.term {
            Subject::Field(field) => Some(field),
            _ => None,
        }
    }
}

/// One stage of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    pub filter: ExprId,
    /// Keys of this step, after the sequence's own.
    pub by: Vec<JoinKey>,
    /// How many events in a row (`with runs`); at least 1.
    pub runs: u32,
    /// The partial sequence that the event continues stays open for others (Endgame's `fork`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fork: bool,
    /// The event must not occur: between its neighbours, before the first within the span, or after the last until the
    /// span has passed.
    pub missing: bool,
    #[serde(skip)]
    pub origin: Option<Location>,
}

/// Unordered events with the same key, any distance apart (EQL `sample`, Endgame's `join`). The events of an alert stand in the order
/// of the steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    pub by: Vec<JoinKey>,
    pub steps: Vec<Step>,
    /// An event after which its key begins anew (Endgame).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Step>,
}

/// How time is cut for counting. Both ends of a stretch count, save for `Tumbling` and `Run`, whose end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Any stretch of this length (Sigma `timespan`). The event that fulfils the bounds alerts, and the stretch's events are then used
    /// up; bounds that more events can break (`<`, `==`, averages) are looked at when the stretch is over that began with the first
    /// event after the one before.
    Sliding(
        #[serde(with = "super::duration")]
        #[schemars(with = "u64")]
        Duration,
    ),
    /// Stretches laid end to end from the epoch plus `offset`.
    Tumbling {
        #[serde(with = "super::duration")]
        #[schemars(with = "u64")]
        length: Duration,
        #[serde(with = "super::duration")]
        #[schemars(with = "u64")]
        offset: Duration,
    },
    /// Stretches that begin with the first event of a group (Panther's dedup period); one alert for each.
    FromFirst(
        #[serde(with = "super::duration")]
        #[schemars(with = "u64")]
        Duration,
    ),
    /// What one run of a scheduled rule sees: `look_back` before each run, every `interval` from the epoch. A run alerts on a group
    /// when it sees an event that came after the group's last alert.
    Run {
        #[serde(with = "super::duration")]
        #[schemars(with = "u64")]
        look_back: Duration,
        #[serde(with = "super::duration")]
        #[schemars(with = "u64")]
        interval: Duration,
    },
    /// All events at hand: no time is stated.
    Unbounded,
}

/// What is counted or computed per group. Text that is a number counts as one; without any number there is no result, and no bound
/// holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Count,
    /// Different values of the fields together.
    Distinct(Vec<FieldPath>),
    Sum(FieldPath),
    Average(FieldPath),
    Median(FieldPath),
    /// With the percentile, 0 to 100; linear between the two nearest ranks.
    Percentile(FieldPath, u8),
    Min(FieldPath),
    Max(FieldPath),
}

impl Measure {
    /// The fields that it is computed from.
    pub fn fields_mut(&mut self) -> &mut [FieldPath] {
        match self {
            Self::Count => &mut [],
            Self::Distinct(fields) => fields,
            Self::Sum(field)
            | Self::Average(field)
            | Self::Median(field)
            | Self::Percentile(field, _)
            | Self::Min(field)
            | Self::Max(field) => std::slice::from_mut(field),
        }
    }
}

/// A comparison of a measure with a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bound {
    pub measure: Measure,
    pub op: Cmp,
    pub number: Value,
}

/// Where a threshold's events come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdSource {
    Filter(ExprId),
    /// The alerts of other rules.
    Rules(Vec<RuleRef>),
}

/// Groups of events whose measures pass all bounds (Elastic `threshold`, Sigma `event_count` and its kin, Panther `Threshold`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Threshold {
    pub source: ThresholdSource,
    /// No field: all events are one group. An event without one of the fields is in no group, one with several values in several.
    pub group_by: Vec<FieldPath>,
    /// For [`ThresholdSource::Rules`]: the names of `group_by` that stand for another field in each rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Aliases,
    pub bounds: Vec<Bound>,
    pub window: Window,
}

/// Group-by names that stand for another field in each rule (Sigma `aliases`): name, then rule as it is referred to, and field.
pub type Aliases = Vec<(String, Vec<(String, FieldPath)>)>;

/// Events with a combination of values that was not seen in the history before (Elastic `new_terms`). One alert when it comes up
/// first; an event without one of the fields has no combination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewTerms {
    pub filter: ExprId,
    pub fields: Vec<FieldPath>,
    #[serde(with = "super::duration")]
    #[schemars(with = "u64")]
    pub history: Duration,
}

/// Events whose values stand in a list of indicators (Elastic `threat_match`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Indicator {
    pub filter: ExprId,
    pub threat_filter: ExprId,
    /// Any group, all of its entries.
    pub mapping: Vec<Vec<IndicatorEntry>>,
}

/// An event's field equals (or with `negated` differs from) an indicator's field. Both must have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorEntry {
    pub field: FieldPath,
    pub indicator_field: FieldPath,
    pub negated: bool,
}

/// Source text that is kept as it is because its meaning is not represented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opaque {
    /// The language of the text: `esql`, `sql`, `python`, `machine_learning`, ...
    pub language: String,
    pub text: String,
    /// Why, in words for a person.
    pub reason: String,
    /// A short stable name for counting reasons (`esql`, `sql`, `python-call`).
    pub code: Cow<'static, str>,
    #[serde(skip)]
    pub origin: Option<Location>,
}

impl Logic {
    /// The name in the `inspect` contract.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(_) => "event",
            Self::Sequence(_) => "sequence",
            Self::Sample(_) => "sample",
            Self::Threshold(_) => "threshold",
            Self::NewTerms(_) => "new_terms",
            Self::Indicator(_) => "indicator",
            Self::Temporal(_) => "temporal",
            Self::Group(_) => "group",
            Self::Pipeline(_) => "pipeline",
            Self::Piped(piped) => piped.source.name(),
            Self::Opaque(_) => "opaque",
        }
    }

    /// What finds the results, before any pipes.
    pub fn source(&self) -> &Self {
        match self {
            Self::Piped(piped) => piped.source.source(),
            other => other,
        }
    }

    /// The pipes that the results go through.
    pub fn pipes(&self) -> &[Pipe] {
        match self {
            Self::Piped(piped) => &piped.pipes,
            _ => &[],
        }
    }

    /// The same logic over the events alone for which the condition holds.
    #[must_use]
    pub fn restricted(&self, condition: ExprId, pool: &mut Pool) -> Self {
        if let Self::Pipeline(pipeline) = self {
            let stages = std::iter::once(Stage::Filter(condition)).chain(pipeline.stages.iter().cloned()).collect();
            return Self::Pipeline(Pipeline { stages });
        }
        self.map_filters(|root| {
            let origin = pool.origin(root);
            pool.and([root, condition], origin)
        })
    }

    /// The expressions it starts from.
    pub fn roots(&self) -> Vec<ExprId> {
        match self {
            Self::Event(filter) => vec![*filter],
            Self::Sequence(sequence) => sequence.steps.iter().chain(&sequence.until).map(|step| step.filter).collect(),
            Self::Sample(sample) => sample.steps.iter().chain(&sample.until).map(|step| step.filter).collect(),
            Self::Threshold(threshold) => match threshold.source {
                ThresholdSource::Filter(filter) => vec![filter],
                ThresholdSource::Rules(_) => Vec::new(),
            },
            Self::NewTerms(terms) => vec![terms.filter],
            Self::Indicator(indicator) => vec![indicator.filter, indicator.threat_filter],
            Self::Group(group) => group.members.iter().filter_map(|member| member.source.filter()).collect(),
            Self::Temporal(temporal) => temporal.members.iter().filter_map(MemberSource::filter).collect(),
            Self::Pipeline(pipeline) => pipeline.conditions(),
            Self::Piped(piped) => {
                let mut roots = piped.source.roots();
                roots.extend(piped.pipes.iter().flat_map(Pipe::roots));
                roots
            }
            Self::Opaque(_) => Vec::new(),
        }
    }

    /// For each root whether events that satisfy it speak against a result: missing steps, `until`, absent members. In the order of
    /// [`Self::roots`].
    pub fn roots_against(&self) -> Vec<bool> {
        let of_steps = |steps: &[Step], until: Option<&Step>| -> Vec<bool> {
            steps.iter().map(|step| step.missing).chain(until.map(|_| true)).collect()
        };
        match self {
            Self::Sequence(sequence) => of_steps(&sequence.steps, sequence.until.as_ref()),
            Self::Sample(sample) => of_steps(&sample.steps, sample.until.as_ref()),
            Self::Group(group) => {
                let filters = group.members.iter().filter(|member| member.source.filter().is_some());
                filters.map(|member| member.absent).collect()
            }
            Self::Piped(piped) => {
                let mut against = piped.source.roots_against();
                against.resize(self.roots().len(), false);
                against
            }
            _ => vec![false; self.roots().len()],
        }
    }

    /// The rules that it builds on, in order.
    pub fn references(&self) -> Vec<&RuleRef> {
        match self {
            Self::Temporal(temporal) => temporal.members.iter().filter_map(MemberSource::rule).collect(),
            Self::Group(group) => group.members.iter().filter_map(|member| member.source.rule()).collect(),
            Self::Threshold(Threshold { source: ThresholdSource::Rules(rules), .. }) => rules.iter().collect(),
            Self::Piped(piped) => piped.source.references(),
            _ => Vec::new(),
        }
    }

    /// The same logic with each root expression replaced, in the order of [`Self::roots`].
    #[must_use]
    pub fn map_roots(&self, mut map: impl FnMut(ExprId) -> ExprId) -> Self {
        let mut logic = self.clone();
        logic.replace_roots(&mut map);
        logic
    }

    /// The same logic with each condition replaced that says which events take part. Pipes stay as they are.
    #[must_use]
    pub fn map_filters(&self, map: impl FnMut(ExprId) -> ExprId) -> Self {
        match self {
            Self::Piped(piped) => {
                let source = Box::new(piped.source.map_filters(map));
                Self::Piped(Piped { source, pipes: piped.pipes.clone() })
            }
            other => other.map_roots(map),
        }
    }

    fn replace_roots(&mut self, map: &mut impl FnMut(ExprId) -> ExprId) {
        match self {
            Self::Event(filter) => *filter = map(*filter),
            Self::Sequence(sequence) => {
                for step in sequence.steps.iter_mut().chain(&mut sequence.until) {
                    step.filter = map(step.filter);
                }
            }
            Self::Sample(sample) => {
                for step in sample.steps.iter_mut().chain(&mut sample.until) {
                    step.filter = map(step.filter);
                }
            }
            Self::Threshold(threshold) => {
                if let ThresholdSource::Filter(filter) = &mut threshold.source {
                    *filter = map(*filter);
                }
            }
            Self::NewTerms(terms) => terms.filter = map(terms.filter),
            Self::Indicator(indicator) => {
                indicator.filter = map(indicator.filter);
                indicator.threat_filter = map(indicator.threat_filter);
            }
            Self::Group(group) => {
                for member in &mut group.members {
                    if let MemberSource::Filter(filter) = &mut member.source {
                        *filter = map(*filter);
                    }
                }
            }
            Self::Temporal(temporal) => {
                for member in &mut temporal.members {
                    if let MemberSource::Filter(filter) = member {
                        *filter = map(*filter);
                    }
                }
            }
            Self::Pipeline(pipeline) => pipeline.map_conditions(map),
            Self::Piped(piped) => {
                piped.source.replace_roots(map);
                piped.pipes.iter_mut().for_each(|pipe| pipe.map_roots(map));
            }
            Self::Opaque(_) => {}
        }
    }
}
