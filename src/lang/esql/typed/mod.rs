//! The typed check of a pipeline: columns and their types flow from the fields of the index through every command, so that what
//! Elasticsearch's analyser and verifier refuse is found without a cluster.
//!
//! The fields come from the caller ([`Fields`]). A type that is not known for certain is a set of types ([`Types`]), and only what no
//! member of the set allows is a finding.

mod arguments;
mod call;
mod choice;
mod columns;
mod commands;
mod constants;
mod expr;
mod full_text;
mod operators;
mod order;
mod parts;
mod ranking;
mod reshape;
mod settings;
mod stats;
mod subqueries;

use super::ast::{Command, Expr, Name, Query};
use super::types::Types;
use crate::source::{Problem, Span};
use columns::{Columns, Past};
pub use commands::is_metadata;
use std::collections::BTreeSet;

/// The fields of the indices that a query reads.
pub trait Fields {
    /// The types that a field may have; `None` when the tables do not have it.
    fn types(&self, name: &str) -> Option<Types>;
    /// What it means that a field is in no table.
    fn absence(&self) -> Absence;
    /// Known names that `name` may have been meant for, best first.
    fn near(&self, name: &str) -> Vec<String>;
}

/// What it means that a field is in no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Nothing: an index has no table, so every name may be a field.
    Nothing,
    /// A doubt: the tables are old.
    Hint,
    /// The field is not there.
    Evidence,
}

/// A mistake in a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub kind: FindingKind,
    pub problem: Problem,
    /// Another place of the query, and what it has to do with the mistake.
    pub related: Option<(Span, String)>,
    /// How sure it is that Elasticsearch refuses the query.
    pub certainty: Certainty,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The query itself shows it.
    Sure,
    /// By the tables at hand, which speak of one version of each package and of Elasticsearch.
    Tables,
    /// By old field tables.
    OldTables,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// A column that is not there: unknown, or removed by an earlier command.
    UnknownColumn,
    /// An operand, an argument, a condition or a constant of the wrong type.
    Type,
    /// A function that does not exist, or with the wrong arguments.
    Function,
    /// A command, an aggregation, a grouping or a full-text search where it cannot stand, or its absence where one must stand.
    Placement,
    /// A pattern of `grok`, `dissect`, `like` or `rlike` that is none.
    Pattern,
    /// The parts of a command: metadata, limits, branches.
    Command,
    /// A column that stands twice in a list, which does no harm.
    Repetition,
    /// A comparison with null, which never holds.
    NullComparison,
}

/// A column of the result that the query makes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    /// Where the query names it.
    pub at: Span,
}

/// What [`check`] found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// In the order of the text.
    pub findings: Vec<Finding>,
    /// The columns of the result that are no fields of the index, by name.
    pub made: Vec<Made>,
    /// The parameters (`?name`) among the values, which whoever runs the query has to give.
    pub params: Vec<Span>,
}

/// Checks a query against the fields of its indices. `text` is what the query was parsed from.
#[must_use]
pub fn check(query: &Query, text: &str, fields: &dyn Fields) -> Checked {
    let mut checker = Checker::new(text, fields);
    query.settings.iter().for_each(|setting| checker.setting(setting));
    for command in &query.commands {
        checker.command(command);
    }
    let commands = std::mem::take(&mut checker.before);
    checker.carried_orders(&commands);
    let mut findings = checker.findings;
    findings.sort_by_key(|finding| (finding.problem.span.start, finding.problem.span.end));
    Checked { findings, made: checker.columns.made(fields), params: checker.params }
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Where,
    Eval,
    /// An aggregation of `stats`.
    Measure,
    /// `stats .. where`.
    MeasureFilter,
    /// `stats .. by`.
    Group,
    /// `sort`, `grok`, `completion` and the like.
    Other,
}

struct Checker<'q> {
    text: &'q str,
    fields: &'q dyn Fields,
    columns: Columns,
    /// The columns before each command that took some away, and the command.
    past: Vec<Past>,
    findings: Vec<Finding>,
    params: Vec<Span>,
    /// How many unknown columns were told.
    unknown: usize,
    place: Place,
    /// The name of the aggregation around the expression.
    aggregate: Option<&'q str>,
    /// Whether a grouping stands around the expression.
    grouping: bool,
    /// How many calls and operators on values stand around the expression.
    value_depth: usize,
    /// How many calls of `score` stand around the expression.
    scored: usize,
    /// The aggregations of the `stats` that is read.
    measure_names: BTreeSet<String>,
    /// The columns and expressions that `stats` groups by.
    group_names: BTreeSet<String>,
    groups: Vec<&'q Expr>,
    /// The groups that are categories of texts.
    categories: BTreeSet<String>,
    /// The commands before this one.
    before: Vec<&'q Command>,
    time_series: bool,
    /// Whether a field that no index has is null and no mistake (`set unmapped_fields`).
    unmapped: bool,
}

impl<'q> Checker<'q> {
    fn new(text: &'q str, fields: &'q dyn Fields) -> Self {
        Self {
            text,
            fields,
            columns: Columns::none(),
            past: Vec::new(),
            findings: Vec::new(),
            params: Vec::new(),
            unknown: 0,
            place: Place::Other,
            aggregate: None,
            grouping: false,
            value_depth: 0,
            scored: 0,
            measure_names: BTreeSet::new(),
            group_names: BTreeSet::new(),
            groups: Vec::new(),
            categories: BTreeSet::new(),
            before: Vec::new(),
            time_series: false,
            unmapped: false,
        }
    }

    fn report(&mut self, kind: FindingKind, problem: Problem) {
        self.findings.push(Finding { kind, problem, related: None, certainty: Certainty::Sure });
    }

    fn find(&mut self, kind: FindingKind, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.report(kind, Problem::new(span, message).help(help));
    }

    /// What stands at a place, on one line and not too long for a message.
    fn written(&self, span: Span) -> String {
        let text = self.text.get(span.range()).unwrap_or_default();
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() > 60 {
            words = words.chars().take(57).collect::<String>() + "...";
        }
        words
    }

    /// The name that a column gets from the expression that makes it: its own text.
    fn column_name(&self, name: Option<&Name>, expr: &Expr) -> String {
        match (name, super::expr::column(expr)) {
            (Some(name), _) | (None, Some(name)) => name.text(),
            (None, None) => self.text.get(expr.span().range()).unwrap_or_default().to_owned(),
        }
    }

    /// The keyword of a command as it is written.
    fn keyword(&self, command: &Command) -> String {
        self.text.get(command.name_at.0.range()).unwrap_or_default().to_lowercase()
    }
}
