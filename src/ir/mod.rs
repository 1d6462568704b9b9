//! The one representation of a rule: front-end -> **IR** -> passes -> back-end, and what the evaluator runs.
//!
//! Meaning is executable: two rules are equal when no event tells them apart, and `eval` decides what each type here means. The
//! documentation of a type is the rule that the evaluator follows.

mod as_pattern;
mod correlation;
mod date;
mod display;
mod duration;
mod equal;
mod esql;
mod expr;
mod extract;
mod field;
mod function;
mod logic;
mod meta;
mod pattern;
mod piped;
mod pipeline;
mod pool;
mod resolve;
mod roots;
mod types;
mod value;
mod visit;
mod words;

pub use correlation::{Group, Member, MemberSource, RuleCondition, RuleRef, Temporal, Transition};
pub use date::DateConstant;
pub use display::{display_expr, display_term};
pub use equal::{NormalForm, equal, fingerprint, normal_form};
pub use esql::EsqlFunction;
pub use expr::{Cmp, Coercion, Domain, ExprId, ExprKind, Lineage, Op, Operand, Outcome, Place, Relation, Subject};
pub use extract::{CaptureType, DissectKey, DissectPattern, GrokPattern, GrokPiece};
pub use field::{EventModel, FieldPath};
pub use function::{Between, DatePart, Function};
pub use logic::{
    Aliases, Bound, Indicator, IndicatorEntry, JoinKey, Logic, Measure, NewTerms, Opaque, Sample, Sequence, Step,
    Threshold, ThresholdSource, Window,
};
pub use meta::{AttackRef, DataSource, Dedup, Meta, OutputField, Schedule, Severity, Status};
pub use pattern::{
    Anchoring, Case, Pattern, Piece, Regex, RegexDialect, Shape, Template, TemplatePiece, has_case,
    has_case_beyond_ascii,
};
pub use piped::{Pipe, PipeKeys, Piped};
pub use pipeline::{Aggregate, AggregateStage, Aggregation, Columns, Computed, Pipeline, SortKey, SortOrder, Stage};
pub use pool::{DEFAULT_BUDGET, Pool};
pub use resolve::resolved;
pub use types::TypeSet;
pub use value::Value;
pub use visit::{
    Changes, Rewriter, children, fields_of, for_each_child, has_conditions, holes, map_conditions, map_terms,
    reachable, subjects, with_inner,
};
pub use words::{Analyzer, WordTest};

use crate::source::Location;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The format that a rule was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    Sigma,
    Elastic,
    Panther,
    /// A bare query without a rule around it.
    Query,
}

impl Dialect {
    /// The name in the report contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigma => "sigma",
            Self::Elastic => "elastic",
            Self::Panther => "panther",
            Self::Query => "query",
        }
    }
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub dialect: Dialect,
    /// Panther's AnalysisType; else `rule`, `correlation`, `filter` or `hunt`.
    pub kind: &'static str,
    pub meta: Meta,
    pub data_source: DataSource,
    pub event_model: EventModel,
    pub pool: Pool,
    pub logic: Logic,
    /// The query language that the logic was read from, where a rule can choose: `esql`, `kuery`.
    pub language: Option<&'static str>,
    /// Conditions that take events out again, by name (Kibana exceptions, Sigma filters, Panther inline filters). An event fires
    /// when the logic does and no exclusion holds.
    pub exclusions: Vec<Exclusion>,
    pub tests: Vec<RuleTest>,
    /// Keys that no shared term exists for: `rule.timeline_id` and its text in the source.
    pub extras: Vec<NativeExtra>,
    /// Where the source names fields and values, token by token: for lints whose caret stands under one word.
    pub uses: Vec<FieldUse>,
    /// Names of fields that the user's pipelines gave: they are the target's, and no field map changes them.
    pub named_fields: BTreeSet<FieldPath>,
    /// What the front-end took for granted (an unknown field lowered as keyword, the engine version).
    pub assumptions: Vec<String>,
    /// The rule in its file.
    pub origin: Location,
    /// The file as it is, when it holds this rule alone: its own format gets it back unchanged. Whoever changes the rule otherwise
    /// than by what stands beside it takes it away.
    pub file: Option<Arc<str>>,
    /// Of a Panther rule over events, the text of the module that its condition was read from and that the functions among the extras
    /// (`python.title`, ..) stand in.
    pub module: Option<Arc<str>>,
}

impl Rule {
    /// A rule of this logic about which nothing else is known.
    pub fn new(dialect: Dialect, event_model: EventModel, pool: Pool, logic: Logic) -> Self {
        Self {
            dialect,
            kind: "rule",
            meta: Meta::default(),
            data_source: DataSource::default(),
            event_model,
            pool,
            logic,
            language: None,
            exclusions: Vec::new(),
            tests: Vec::new(),
            extras: Vec::new(),
            uses: Vec::new(),
            named_fields: BTreeSet::new(),
            assumptions: Vec::new(),
            origin: Location::default(),
            file: None,
            module: None,
        }
    }

    /// A copy with other expressions: for a pass that makes them all anew, an empty pool. Until it has, `logic` and `exclusions` speak of
    /// those here. Where the source names its fields (`uses`) is left out: that is for lints and for what looks at the source's own names.
    #[must_use]
    pub fn with_pool(&self, pool: Pool) -> Self {
        Self {
            pool,
            dialect: self.dialect,
            kind: self.kind,
            meta: self.meta.clone(),
            data_source: self.data_source.clone(),
            event_model: self.event_model,
            logic: self.logic.clone(),
            language: self.language,
            exclusions: self.exclusions.clone(),
            tests: self.tests.clone(),
            extras: self.extras.clone(),
            uses: Vec::new(),
            named_fields: self.named_fields.clone(),
            assumptions: self.assumptions.clone(),
            origin: self.origin,
            file: self.file.clone(),
            module: self.module.clone(),
        }
    }
}

/// A place in the source that tests a field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldUse {
    pub field: FieldPath,
    /// The field's own token.
    pub at: Location,
    pub kind: UseKind,
    /// The constants it is tested against, each with its token.
    pub values: Vec<(Value, Location)>,
    /// Whether the test stands under an odd number of negations.
    pub negated: bool,
    /// Whether letter case counts in an equality.
    pub case: Case,
    /// The place in [`DataSource::scopes`] of the datasets that the events tested here are of, where the query says so.
    pub scope: Option<usize>,
}

/// What a place does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseKind {
    /// Equality with constants.
    Equal,
    /// A wildcard pattern, or a part of a text.
    Pattern,
    Regex,
    /// Greater, less, ranges.
    Compare,
    Cidr,
    /// Presence or absence.
    Exists,
    /// Grouping, join keys, output, functions.
    Other,
}

/// A named exclusion.
#[derive(Debug, Clone, PartialEq)]
pub struct Exclusion {
    pub name: String,
    pub condition: ExprId,
    pub origin: Location,
    /// The file that it stands in, when it is of the rule's own format.
    pub file: Option<Arc<str>>,
}

/// A test that a rule carries.
#[derive(Debug, Clone)]
pub struct RuleTest {
    pub name: String,
    pub expect: Expectation,
    pub events: Vec<serde_json::Value>,
    /// In the place of events: the alerts of the rules that a [`Group`] watches.
    pub outputs: Option<Vec<RuleOutput>>,
    /// What it puts in the place of names of the rule's program.
    pub mocks: Vec<Mock>,
    /// The rule's condition in this test, where that makes it another one.
    pub instead: Option<Arc<Substitute>>,
    /// Its events are those that the target reads, whatever the rule reads: they were made for it.
    pub raw: bool,
    /// Why it cannot be run here, if so (an unreadable event).
    pub skip: Option<String>,
    pub origin: Location,
}

impl RuleTest {
    /// A test with its events, its place not known.
    pub fn new(name: impl Into<String>, expect: Expectation, events: Vec<serde_json::Value>) -> Self {
        Self {
            name: name.into(),
            expect,
            events,
            outputs: None,
            mocks: Vec::new(),
            instead: None,
            raw: false,
            skip: None,
            origin: Location::default(),
        }
    }
}

/// What a test puts in the place of a function or constant of a rule's module: the result of calling it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mock {
    pub name: String,
    pub value: serde_json::Value,
}

/// An alert that a test takes for granted.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleOutput {
    /// The [`Member::id`] that it counts for.
    pub member: String,
    /// The alert's event, with its time.
    pub event: serde_json::Value,
}

/// A condition with its own pool.
#[derive(Debug, Clone)]
pub struct Substitute {
    pub pool: Pool,
    pub condition: ExprId,
}

/// What a test expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// At least one alert, or none.
    Fires(bool),
    /// Exactly so many alerts.
    Count(u64),
    /// So many alerts or more (SigmaHQ's `match_count`: more is a warning there).
    AtLeast(u64),
}

/// A key of the source that the IR has no term for, kept word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeExtra {
    /// The dotted path of the key.
    pub key: String,
    pub text: String,
    pub origin: Location,
}

impl Rule {
    /// Whether it fires, or is referred to as what fires. Sigma filters and Panther's data models, globals, lookup tables, packs,
    /// queries and prompts are parts of rules or go with them.
    #[must_use]
    pub fn is_rule(&self) -> bool {
        !matches!(
            self.kind,
            "filter"
                | "datamodel"
                | "global"
                | "lookup_table"
                | "pack"
                | "scheduled_query"
                | "saved_query"
                | "scheduled_prompt"
        )
    }

    /// Whether the user's pipelines gave the name of every field that the conditions test. Not so for a rule that tests none.
    pub fn names_every_field(&self) -> bool {
        if self.named_fields.is_empty() {
            return false;
        }
        let mut roots = self.logic.roots();
        roots.extend(self.exclusions.iter().map(|exclusion| exclusion.condition));
        let fields = fields_of(&self.pool, &roots);
        !fields.is_empty() && fields.iter().all(|(field, _)| self.named_fields.contains(field))
    }

    /// The condition holes (`OpaqueTest`, opaque terms) of the rule's expressions, plus one for opaque logic and each opaque
    /// pipeline stage.
    pub fn opaque_parts(&self) -> usize {
        let stages = match self.logic.source() {
            Logic::Opaque(_) => 1,
            Logic::Pipeline(pipeline) => pipeline.opaque_stages().len(),
            _ => 0,
        };
        stages + self.holes().len()
    }

    /// The reason of the first opaque part.
    pub fn opaque_reason(&self) -> Option<String> {
        match self.logic.source() {
            Logic::Opaque(opaque) => return Some(opaque.reason.clone()),
            Logic::Pipeline(pipeline) => {
                if let Some(opaque) = pipeline.opaque_stages().first() {
                    return Some(opaque.reason.clone());
                }
            }
            _ => {}
        }
        self.holes().into_iter().next().map(|hole| hole.reason.to_string())
    }

    /// The holes of its conditions, exclusions counted, and of the terms of its stages.
    fn holes(&self) -> Vec<visit::Hole> {
        let mut roots = self.logic.roots();
        roots.extend(self.exclusions.iter().map(|exclusion| exclusion.condition));
        let mut found = holes(&self.pool, &roots);
        if let Logic::Pipeline(pipeline) = &self.logic {
            let terms = visit::with_inner(pipeline.terms());
            found.extend(terms.into_iter().filter_map(|term| match term {
                Subject::Opaque { text, reason } => {
                    Some(visit::Hole { text: text.clone(), reason: reason.clone(), origin: None })
                }
                _ => None,
            }));
        }
        found
    }
}
