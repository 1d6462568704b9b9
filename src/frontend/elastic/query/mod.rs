//! Query texts to conditions. One file per language, so that another language is an addition.

mod clauses;
mod datasets;
mod eql;
mod eql_check;
mod esql;
mod esql_check;
mod filters;
mod kuery;
mod kuery_value;
mod lucene;
mod query_string;

pub(in crate::frontend) use clauses::problems as filter_problems;
pub(in crate::frontend) use filters::lower as lower_filters;
pub(super) use filters::wildcard;

use self::eql::Rules;
use self::kuery_value::Mapping;
use crate::catalog::fields::{Ages, FieldType, Schema, is_script};
use crate::ir::{Analyzer, Case, Cmp, ExprId, ExprKind, FieldPath, FieldUse, Logic, Opaque, Pool, UseKind, Value};
use crate::lang;
use crate::source::{Diagnostic, Level, Location, Problem, Span, TextMap};
use std::collections::BTreeSet;

/// A query and its way back to the file.
#[derive(Clone, Copy)]
pub(in crate::frontend) struct QueryText<'a> {
    pub(in crate::frontend) text: &'a str,
    pub(in crate::frontend) map: &'a TextMap,
}

impl QueryText<'_> {
    pub(in crate::frontend) fn at(&self, span: Span) -> Location {
        Location::main(self.map.to_source(span))
    }

    pub(in crate::frontend) fn whole(&self) -> Location {
        Location::main(self.map.whole())
    }

    /// The query kept as text.
    pub(in crate::frontend) fn opaque(&self, language: &str, code: &'static str, reason: impl Into<String>) -> Logic {
        Logic::Opaque(Opaque {
            language: language.to_owned(),
            text: self.text.to_owned(),
            reason: reason.into(),
            code: code.into(),
            origin: Some(self.whole()),
        })
    }

    fn diagnostics(&self, problems: Vec<Problem>, level: Level) -> Vec<Diagnostic> {
        let place = |problem: Problem| {
            let at = self.at(problem.span);
            Diagnostic { level, ..problem.into_diagnostic(at) }
        };
        problems.into_iter().map(place).collect()
    }
}

/// What is made of what a query finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frontend) enum Purpose {
    /// Alerts.
    Rule,
    /// A hunt of Elastic's own repository, which has conventions.
    ElasticHunt,
    Search,
}

/// What the queries of a rule give.
#[derive(Default)]
pub(in crate::frontend) struct Parts {
    pub(in crate::frontend) pool: Pool,
    pub(in crate::frontend) uses: Vec<FieldUse>,
    pub(in crate::frontend) assumptions: BTreeSet<String>,
    /// The language of the query, once it is read.
    pub(in crate::frontend) language: Option<&'static str>,
    /// Fields written `?f` in EQL: they may be absent from the mapping.
    pub(in crate::frontend) optional: BTreeSet<String>,
    /// The datasets that parts of the queries are limited to.
    pub(in crate::frontend) scopes: Vec<Vec<String>>,
}

impl Parts {
    /// The place of these datasets among the scopes.
    fn scope(&mut self, datasets: Vec<String>) -> usize {
        if let Some(known) = self.scopes.iter().position(|scope| *scope == datasets) {
            return known;
        }
        self.scopes.push(datasets);
        self.scopes.len() - 1
    }
}

/// The state of lowering one query.
pub(in crate::frontend) struct Lowering<'a> {
    pub(in crate::frontend) parts: &'a mut Parts,
    pub(in crate::frontend) schema: &'a Schema,
    pub(in crate::frontend) query: QueryText<'a>,
    /// The field that an EQL category is a value of.
    pub(in crate::frontend) category_field: &'a str,
    /// Whether the place stands under an odd number of negations.
    negated: bool,
    /// The datasets that the events at the place are of, in [`Parts::scopes`].
    scope: Option<usize>,
}

impl<'a> Lowering<'a> {
    pub(in crate::frontend) fn new(
        parts: &'a mut Parts,
        schema: &'a Schema,
        query: QueryText<'a>,
        category_field: &'a str,
    ) -> Self {
        Self { parts, schema, query, category_field, negated: false, scope: None }
    }

    fn at(&self, span: Span) -> Location {
        self.query.at(span)
    }

    /// The type of a field. What no table knows counts as a keyword, which the rule then says.
    fn field_type(&mut self, name: &str) -> FieldType {
        match self.schema.lookup(name).map(|info| info.ty) {
            None | Some(FieldType::Unknown | FieldType::Alias) => {
                self.parts.assumptions.insert(format!("`{name}` is a keyword: no table at hand has its type"));
                FieldType::Unknown
            }
            Some(ty) => ty,
        }
    }

    /// How a field is indexed.
    fn mapping(&mut self, name: &str) -> Mapping {
        let analyzer = if is_script(name) { Analyzer::Script } else { Analyzer::Standard };
        Mapping { ty: self.field_type(name), analyzer }
    }

    pub(super) fn used(&mut self, field: &FieldPath, at: Span, kind: UseKind, values: Vec<(Value, Span)>) {
        self.used_in(Case::Sensitive, field, at, kind, values);
    }

    /// As [`Lowering::used`], where letter case does not count.
    pub(super) fn used_in(
        &mut self,
        case: Case,
        field: &FieldPath,
        at: Span,
        kind: UseKind,
        values: Vec<(Value, Span)>,
    ) {
        let values = values.into_iter().map(|(value, span)| (value, self.at(span))).collect();
        let (field, at) = (field.clone(), self.at(at));
        let used = FieldUse { field, at, kind, values, negated: self.negated, case, scope: self.scope };
        self.parts.uses.push(used);
    }

    /// Limits what is lowered from here on to these datasets, if the query says so of it. The caller puts the scope back.
    fn enter(&mut self, datasets: Option<BTreeSet<String>>) {
        if let Some(datasets) = datasets {
            let datasets = self.inside(datasets);
            self.scope = Some(self.parts.scope(datasets));
        }
    }

    /// What the datasets and those around have in common; a part that contradicts what is around it counts for itself.
    fn inside(&self, datasets: BTreeSet<String>) -> Vec<String> {
        let around = self.scope.and_then(|scope| self.parts.scopes.get(scope));
        let common = |around: &Vec<String>| -> Vec<String> {
            around.iter().filter(|pattern| datasets.contains(*pattern)).cloned().collect()
        };
        let common = around.map(common).unwrap_or_default();
        if common.is_empty() { datasets.into_iter().collect() } else { common }
    }

    /// Lowers a part that stands under one more negation.
    fn under_not<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        self.negated = !self.negated;
        let lowered = lower(self);
        self.negated = !self.negated;
        lowered
    }

    /// A hole in the condition.
    pub(super) fn hole(&mut self, span: Span, reason: &str) -> ExprId {
        let text = self.query.text.get(span.range()).unwrap_or_default();
        let kind = ExprKind::OpaqueTest { text: text.into(), reason: reason.into() };
        let at = self.at(span);
        self.parts.pool.add(kind, Some(at))
    }
}

/// A parsed query, or `None` with the reasons among the diagnostics.
pub(in crate::frontend) enum Parsed {
    Eql(lang::eql::Query, Rules),
    Esql(lang::esql::Query),
    Kuery(lang::kuery::Query),
    Lucene(lang::lucene::Query),
}

/// The query languages that are lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frontend) enum QueryKind {
    Eql,
    /// Endgame's EQL, and how it compares texts.
    Endgame(Case),
    Esql,
    Kuery,
    Lucene,
}

impl QueryKind {
    /// The name in a rule's `language`.
    pub(in crate::frontend) fn name(self) -> &'static str {
        match self {
            Self::Eql => "eql",
            Self::Endgame(_) => "eql-endgame",
            Self::Esql => "esql",
            Self::Kuery => "kuery",
            Self::Lucene => "lucene",
        }
    }
}

/// Reads a query; every complaint stands at its token.
pub(in crate::frontend) fn parse(kind: QueryKind, query: QueryText<'_>) -> (Option<Parsed>, Vec<Diagnostic>) {
    match kind {
        QueryKind::Eql => parse_eql(query, Rules::Elasticsearch),
        QueryKind::Endgame(case) => parse_eql(query, Rules::Endgame(case)),
        QueryKind::Esql => {
            let parsed = lang::esql::parse(query.text);
            let readable = parsed.problems.is_empty();
            let mut diagnostics = query.diagnostics(parsed.problems, Level::Error);
            diagnostics.extend(query.diagnostics(parsed.warnings, Level::Warning));
            (parsed.query.filter(|_| readable).map(Parsed::Esql), diagnostics)
        }
        QueryKind::Lucene => {
            let parsed = lang::lucene::parse(query.text);
            let mut diagnostics = query.diagnostics(parsed.problems, Level::Error);
            diagnostics.extend(query.diagnostics(parsed.warnings, Level::Warning));
            (parsed.query.map(Parsed::Lucene), diagnostics)
        }
        QueryKind::Kuery => {
            let parsed = lang::kuery::parse(query.text);
            let mut diagnostics = query.diagnostics(parsed.problems, Level::Error);
            diagnostics.extend(query.diagnostics(parsed.warnings, Level::Warning));
            (parsed.query.map(Parsed::Kuery), diagnostics)
        }
    }
}

fn parse_eql(query: QueryText<'_>, rules: Rules) -> (Option<Parsed>, Vec<Diagnostic>) {
    let parsed = lang::eql::parse_as(query.text, rules.dialect());
    let readable = parsed.problems.is_empty();
    let diagnostics = query.diagnostics(parsed.problems, Level::Error);
    (parsed.query.filter(|_| readable).map(|found| Parsed::Eql(found, rules)), diagnostics)
}

impl Parsed {
    /// The datasets that the query names as its data.
    pub(in crate::frontend) fn datasets(&self) -> Vec<String> {
        match self {
            Self::Eql(query, _) => datasets::of_eql(query),
            Self::Esql(query) => datasets::of_esql(query),
            Self::Kuery(query) => datasets::of_kuery(query),
            Self::Lucene(query) => datasets::of_lucene(query),
        }
    }

    /// Patterns of datasets, one of which every event has that the query is about. The other languages limit their parts on their own.
    pub(in crate::frontend) fn datasets_of_all(&self) -> Option<Vec<String>> {
        let Self::Esql(query) = self else { return None };
        datasets::limit_of_esql(query).map(|found| found.into_iter().collect())
    }

    /// The language of the query.
    pub(in crate::frontend) fn language(&self) -> &'static str {
        match self {
            Self::Eql(_, Rules::Elasticsearch) => "eql",
            Self::Eql(_, Rules::Endgame(_)) => "eql-endgame",
            Self::Esql(_) => "esql",
            Self::Kuery(_) => "kuery",
            Self::Lucene(_) => "lucene",
        }
    }

    /// The index patterns that the query itself names, with their places in it.
    pub(in crate::frontend) fn indices(&self) -> Vec<(String, Span)> {
        let Self::Esql(query) = self else { return Vec::new() };
        let names = |source: &lang::esql::Source| {
            let names: Vec<(String, Span)> =
                source.text.split(',').map(|name| (name.trim().to_owned(), source.at.0)).collect();
            names
        };
        query.indices().into_iter().flat_map(names).collect()
    }

    /// What does not fit the fields and their types, and what the query is for. KQL and query strings take any field.
    pub(in crate::frontend) fn check(
        &self,
        (schema, ages): (&Schema, &Ages),
        query: QueryText<'_>,
        purpose: Purpose,
    ) -> Vec<Diagnostic> {
        match self {
            Self::Eql(tree, Rules::Elasticsearch) => eql_check::check(tree, schema, query),
            Self::Esql(tree) => esql_check::check(tree, (schema, ages), query, purpose),
            Self::Eql(_, Rules::Endgame(_)) | Self::Kuery(_) | Self::Lucene(_) => Vec::new(),
        }
    }

    /// The logic of the query alone.
    pub(in crate::frontend) fn lower(&self, lowering: &mut Lowering<'_>) -> Logic {
        match self {
            Self::Eql(query, rules) => eql::lower(query, *rules, lowering),
            Self::Esql(query) => esql::lower(query, lowering),
            Self::Kuery(query) => Logic::Event(kuery::lower(query, lowering)),
            Self::Lucene(query) => Logic::Event(lucene::lower(query, lowering)),
        }
    }
}

/// The rule model's comparison, of EQL's and ES|QL's.
fn cmp(op: lang::eql::CompareOp) -> Cmp {
    use lang::eql::CompareOp;
    match op {
        CompareOp::Equal => Cmp::Equal,
        CompareOp::NotEqual => Cmp::NotEqual,
        CompareOp::Less => Cmp::Less,
        CompareOp::LessEqual => Cmp::LessOrEqual,
        CompareOp::Greater => Cmp::Greater,
        CompareOp::GreaterEqual => Cmp::GreaterOrEqual,
    }
}
