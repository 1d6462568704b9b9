//! Queries as chains of stages over rows (ES|QL, SQL).

use super::visit::{conditions_in, map_conditions};
use super::{DissectPattern, Domain, ExprId, FieldPath, GrokPattern, Opaque, Pattern, Subject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A query as a chain of stages, each over the rows of the one before. The first rows are the events, each with its fields for
/// columns. Every row that is left at the end is an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pipeline {
    pub stages: Vec<Stage>,
}

/// A stage. A column of the name `a.b` stands for the field `a.b`, and one that is computed replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// One row of these columns instead of the events.
    Row(Vec<Computed>),
    Filter(ExprId),
    /// New columns, one after the other: a later one sees the earlier.
    Compute(Vec<Computed>),
    Aggregate(AggregateStage),
    Keep(Vec<Columns>),
    Drop(Vec<Columns>),
    /// New name, then old, one after the other.
    Rename(Vec<(Arc<str>, FieldPath)>),
    Sort(Vec<SortKey>),
    /// The first rows, of all or of each group.
    Limit {
        count: u64,
        by: Vec<FieldPath>,
    },
    /// One row per value of a column; a row without a value stays.
    Expand(FieldPath),
    /// Columns from the first of the patterns that the text fits (Elasticsearch's grok); null where none does.
    Grok {
        input: Subject,
        patterns: Vec<GrokPattern>,
    },
    /// Columns from a text cut at the pattern's delimiters (Elasticsearch's dissect); null where it does not fit.
    Dissect {
        input: Subject,
        pattern: DissectPattern,
        /// Between the texts of one column.
        separator: Arc<str>,
    },
    /// Columns from an enrich policy: new name and the policy's field. The policy is not in the rule.
    Enrich {
        policy: Arc<str>,
        on: FieldPath,
        columns: Vec<(Arc<str>, Arc<str>)>,
    },
    /// The columns of a lookup index whose values are equal. The index is not in the rule.
    Lookup {
        index: Arc<str>,
        on: Vec<FieldPath>,
    },
    /// The rows of all branches over the same rows, with their number in the column `_fork`.
    Fork(Vec<Vec<Stage>>),
    /// Where a series changes, with the kind of change and its p-value. The statistics are Elasticsearch's own.
    ChangePoint {
        value: FieldPath,
        on: FieldPath,
        /// Series of their own, one per group.
        by: Vec<FieldPath>,
        kind: Arc<str>,
        p_value: Arc<str>,
    },
    /// A text that a language model makes of the prompt. The model is not in the rule.
    Completion {
        column: Arc<str>,
        prompt: Subject,
        model: Arc<str>,
    },
    Opaque(Opaque),
}

/// A column and the term that computes it.
pub type Computed = (Arc<str>, Subject);

/// One column, or those whose names fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    Name(FieldPath),
    Like(Pattern),
}

/// Rows grouped. A row without a group-by value is in the group of null, one with several values in the group of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AggregateStage {
    pub aggregations: Vec<Aggregation>,
    /// None: all rows are one group, which is there even without rows.
    pub by: Vec<FieldPath>,
    /// The rows stay, with the group's results as columns.
    pub inline: bool,
}

/// A column that is computed from the rows of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Aggregation {
    pub column: Arc<str>,
    pub function: Aggregate,
    /// Count without one counts the rows.
    pub args: Vec<Subject>,
    /// How the values compare that decide: of the first argument for least, greatest and top, of the second for first and last.
    pub domain: Domain,
    /// Only the rows for which it holds count.
    pub filter: Option<ExprId>,
}

macro_rules! aggregates {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// What is computed from the values of a group; each value of several counts. Without a value the result is null, save that
        /// counts are 0.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Aggregate {
            $($(#[$doc])* $variant),*
        }

        impl Aggregate {
            /// As ES|QL names it, in lower case.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// The aggregation of a name in lower case.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

aggregates! {
    Count = "count",
    /// Exact here; Elasticsearch's is an estimate beyond 3,000 values.
    CountDistinct = "count_distinct",
    Sum = "sum",
    Average = "avg",
    Median = "median",
    /// Of the second argument, 0 to 100; linear between the two nearest ranks.
    Percentile = "percentile",
    /// Of the population.
    StandardDeviation = "std_dev",
    Variance = "variance",
    Min = "min",
    Max = "max",
    /// The different values, in the order in which they come up.
    Values = "values",
    /// The value of the row whose second argument is least.
    First = "first",
    Last = "last",
    /// So many of the least (`asc`) or greatest (`desc`) values, repetitions counted.
    Top = "top",
    /// By the weights of the second argument.
    WeightedAverage = "weighted_avg",
    Absent = "absent",
    Present = "present",
}

/// A sort key. A row with several values counts by the least of them, or by the greatest when it descends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SortKey {
    pub column: FieldPath,
    pub order: SortOrder,
    pub nulls_first: bool,
    pub domain: Domain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    Ascending,
    Descending,
}

impl Pipeline {
    /// All stages, those of branches after the fork that they stand in.
    pub fn all_stages(&self) -> Vec<&Stage> {
        let mut found = Vec::new();
        let mut open: Vec<&Stage> = self.stages.iter().rev().collect();
        while let Some(stage) = open.pop() {
            found.push(stage);
            if let Stage::Fork(branches) = stage {
                open.extend(branches.iter().flatten().rev());
            }
        }
        found
    }

    /// The conditions of all stages: filters, those of aggregations, and those inside terms.
    pub fn conditions(&self) -> Vec<ExprId> {
        let mut found = Vec::new();
        self.all_stages().into_iter().for_each(|stage| stage.conditions(&mut found));
        found
    }

    /// The terms of all stages.
    pub fn terms(&self) -> Vec<&Subject> {
        self.all_stages().into_iter().flat_map(Stage::terms).collect()
    }

    /// Replaces every condition.
    pub fn map_conditions(&mut self, map: &mut impl FnMut(ExprId) -> ExprId) {
        self.stages.iter_mut().for_each(|stage| stage.map_conditions(map));
    }

    /// The stages that are kept as text.
    pub fn opaque_stages(&self) -> Vec<&Opaque> {
        let stages = self.all_stages().into_iter();
        let opaque = stages.filter_map(|stage| match stage {
            Stage::Opaque(opaque) => Some(opaque),
            _ => None,
        });
        opaque.collect()
    }
}

impl Stage {
    /// The terms that the stage itself holds.
    pub fn terms(&self) -> Vec<&Subject> {
        match self {
            Self::Row(columns) | Self::Compute(columns) => columns.iter().map(|(_, term)| term).collect(),
            Self::Aggregate(stage) => stage.aggregations.iter().flat_map(|aggregation| &aggregation.args).collect(),
            Self::Grok { input, .. } | Self::Dissect { input, .. } => vec![input],
            Self::Completion { prompt, .. } => vec![prompt],
            _ => Vec::new(),
        }
    }

    /// In the order in which [`Self::map_conditions`] replaces them.
    fn conditions(&self, found: &mut Vec<ExprId>) {
        match self {
            Self::Filter(filter) => found.push(*filter),
            Self::Aggregate(stage) => {
                for aggregation in &stage.aggregations {
                    found.extend(aggregation.filter);
                    aggregation.args.iter().for_each(|term| conditions_in(term, &mut |id| found.push(id)));
                }
            }
            _ => self.terms().into_iter().for_each(|term| conditions_in(term, &mut |id| found.push(id))),
        }
    }

    fn map_conditions(&mut self, map: &mut impl FnMut(ExprId) -> ExprId) {
        match self {
            Self::Filter(filter) => *filter = map(*filter),
            Self::Row(columns) | Self::Compute(columns) => {
                columns.iter_mut().for_each(|(_, term)| *term = map_conditions(term, map));
            }
            Self::Aggregate(stage) => {
                for aggregation in &mut stage.aggregations {
                    aggregation.filter = aggregation.filter.map(&mut *map);
                    aggregation.args.iter_mut().for_each(|term| *term = map_conditions(term, map));
                }
            }
            Self::Grok { input, .. } | Self::Dissect { input, .. } => *input = map_conditions(input, map),
            Self::Completion { prompt, .. } => *prompt = map_conditions(prompt, map),
            Self::Fork(branches) => branches.iter_mut().flatten().for_each(|stage| stage.map_conditions(map)),
            _ => {}
        }
    }
}
