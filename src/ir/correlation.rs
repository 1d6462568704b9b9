//! Logic over the alerts of other rules: Sigma's correlations, Panther's correlation rules.

use super::{Aliases, ExprId, FieldPath};
use crate::source::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A rule that another one builds on, by id or name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleRef {
    pub reference: String,
    #[serde(skip)]
    pub origin: Option<Location>,
}

/// A condition over which members fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleCondition {
    Fired(usize),
    Not(Box<RuleCondition>),
    And(Vec<RuleCondition>),
    Or(Vec<RuleCondition>),
}

/// Rules that fire, or events that pass a filter, for the same group within a window (Sigma `temporal` and `temporal_ordered`, its
/// old `near`). The alerts of a window that fired are used up. A condition with `not` is looked at when the window, which begins with
/// an alert of any of the members, is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Temporal {
    pub members: Vec<MemberSource>,
    pub ordered: bool,
    /// All members, if not said otherwise.
    pub condition: RuleCondition,
    pub group_by: Vec<String>,
    pub aliases: Aliases,
    #[serde(with = "super::duration")]
    #[schemars(with = "u64")]
    pub window: Duration,
}

/// A Panther correlation rule: a `Group` with its criteria, or a `Sequence` with its transitions. Every criterion and every transition
/// has to be fulfilled, each on its own; without any of them only the numbers of hits count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    pub members: Vec<Member>,
    /// Criteria, each with one field per member (by index); the members share a value in each.
    pub criteria: Vec<Vec<(usize, FieldPath)>>,
    /// What has to come after what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    #[serde(with = "super::duration")]
    #[schemars(with = "u64")]
    pub look_back: Duration,
    #[serde(with = "super::duration::optional")]
    #[schemars(with = "Option<u64>")]
    pub interval: Option<Duration>,
}

/// One member after another one: there are hits of `from`, its minimum of them, and not before them and at most `within` after the
/// first one the minimum of `to`; where `to` is absent, hits of `from` that none of `to` follows so; where `from` is absent, hits of
/// `to` that none of `from` precedes so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transition {
    pub from: usize,
    pub to: usize,
    /// The fields that have to share a value, of `from` and of `to`; none: any hits.
    pub fields: Option<(FieldPath, FieldPath)>,
    #[serde(with = "super::duration")]
    #[schemars(with = "u64")]
    pub within: Duration,
}

/// An element of a [`Group`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// Its name in the group.
    #[serde(default)]
    pub id: String,
    pub source: MemberSource,
    /// The member must not fire at all for the shared value.
    pub absent: bool,
    pub min_count: u32,
    /// More hits than this are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_count: Option<u32>,
    /// How far each run of the group looks back for it, where members differ in that. Then a run (every `interval` from the epoch)
    /// decides by what it sees: the member's hits not older than this, and none from after the run.
    #[serde(default, with = "super::duration::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub look_back: Option<Duration>,
}

/// What a member watches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberSource {
    Rule(RuleRef),
    Filter(ExprId),
}

impl MemberSource {
    pub fn rule(&self) -> Option<&RuleRef> {
        match self {
            Self::Rule(rule) => Some(rule),
            Self::Filter(_) => None,
        }
    }

    pub fn filter(&self) -> Option<ExprId> {
        match self {
            Self::Filter(filter) => Some(*filter),
            Self::Rule(_) => None,
        }
    }
}
