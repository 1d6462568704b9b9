//! Pipes, which choose among the results of a logic.

use super::visit::{conditions_in, map_conditions};
use super::{Case, ExprId, Logic, Subject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The results of a query that go through pipes, one after the other (EQL `| head 5`). Pipes see the results of all events at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Piped {
    pub source: Box<Logic>,
    pub pipes: Vec<Pipe>,
}

/// What is done with results. Elasticsearch has the first two.
///
/// The terms of the others see a result as its first event, which then has the fields `count`, `percent`, `hosts` and `total_hosts` of
/// [`Self::UniqueCount`], `key` also of [`Self::Count`], and for a sequence or a sample all of its events as `events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pipe {
    /// The first results.
    Head(u64),
    /// The last results.
    Tail(u64),
    /// Those for which the condition holds.
    Filter(ExprId),
    /// The first one of each key.
    Unique(PipeKeys),
    /// By their keys, a missing one first.
    Sort(PipeKeys),
    /// A result without events for each key, the rarest first; one for all results when there is no key.
    Count(PipeKeys),
    /// The first one of each key, with how many there were.
    UniqueCount(PipeKeys),
}

/// What results are told apart by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PipeKeys {
    pub terms: Vec<Subject>,
    /// How texts compare.
    pub case: Case,
}

impl Pipe {
    /// The name in EQL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Head(_) => "head",
            Self::Tail(_) => "tail",
            Self::Filter(_) => "filter",
            Self::Unique(_) => "unique",
            Self::Sort(_) => "sort",
            Self::Count(_) => "count",
            Self::UniqueCount(_) => "unique_count",
        }
    }

    fn terms(&self) -> &[Subject] {
        match self {
            Self::Unique(keys) | Self::Sort(keys) | Self::Count(keys) | Self::UniqueCount(keys) => &keys.terms,
            Self::Head(_) | Self::Tail(_) | Self::Filter(_) => &[],
        }
    }

    pub(super) fn roots(&self) -> Vec<ExprId> {
        let mut found = Vec::new();
        if let Self::Filter(condition) = self {
            found.push(*condition);
        }
        self.terms().iter().for_each(|term| conditions_in(term, &mut |id| found.push(id)));
        found
    }

    pub(super) fn map_roots(&mut self, map: &mut impl FnMut(ExprId) -> ExprId) {
        match self {
            Self::Filter(condition) => *condition = map(*condition),
            Self::Unique(keys) | Self::Sort(keys) | Self::Count(keys) | Self::UniqueCount(keys) => {
                keys.terms.iter_mut().for_each(|term| *term = map_conditions(term, map));
            }
            Self::Head(_) | Self::Tail(_) => {}
        }
    }
}
