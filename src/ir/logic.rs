//! What a rule looks for beyond one event.

use super::{
    Case, Cmp, ExprId, FieldPath, Group, Pipe, Piped, Pipeline, Pool, RuleRef, Stage, Subject, Temporal, Value,
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
    /// An event that ends the partial sequences of its key, once it has taken its own place in them: where it is a step too, it can
    /// complete a sequence and cannot be continued (`SequenceMatcher` of Elasticsearch).
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
}
