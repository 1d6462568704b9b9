//! Conditions over search identifiers (Sigma Rules Specification 2.1.0, "Condition").

use super::detection::Lowered;
use super::reader::{Reader, nearest, span_of};
use super::rule::opaque;
use super::typed::Added;
use crate::ir::{ExprId, FieldUse, Opaque, Pool};
use crate::lang::sigma::condition::{self as lang, Expr, Node as Part, Pipe, Quantifier, Target};
use crate::source::{Diagnostic, Location, Span};
use crate::syntax::{Node, Scalar};
use std::collections::HashSet;

/// What a condition is read against.
pub(super) struct Scope<'s, 'r, 't> {
    pub(super) selections: &'s [Lowered],
    pub(super) added: &'s [Added],
    pub(super) pool: &'s mut Pool,
    pub(super) reader: &'r mut Reader<'t>,
    /// The tests that conditions make, with their negations.
    pub(super) uses: Vec<FieldUse>,
}

/// One condition, none when nothing is left of it; what cannot be understood of it is reported and given back as text.
pub(super) fn read(written: &Node, scope: &mut Scope<'_, '_, '_>) -> Result<Option<ExprId>, Opaque> {
    let Some(scalar) = written.as_scalar() else {
        let message = format!("`condition` takes a string, this is {}", written.describe());
        scope.reader.wrong_type(span_of(written), message);
        return Err(opaque("syntax", "", "the condition is not a string", written.span));
    };
    let parsed = lang::parse(&scalar.text);
    for problem in parsed.problems.iter().cloned() {
        let span = scalar.map.to_source(problem.span);
        scope.reader.problem(problem, span);
    }
    let Some(condition) = parsed.condition else {
        let why = parsed.problems.first().map_or("", |problem| problem.message.as_str());
        return Err(opaque("syntax", &scalar.text, &format!("the condition cannot be read: {why}"), written.span));
    };
    let mut resolver = Resolver { scope, scalar, failed: false, used: HashSet::new() };
    let expr = resolver.expr(&condition.expr, false);
    let expr = resolver.with_added(expr, written.span);
    if let Some(Pipe::Near { expr, .. }) = &condition.pipe {
        resolver.expr(expr, false);
    }
    let failed = resolver.failed;
    if let Some(pipe) = &condition.pipe {
        return Err(opaque("aggregation", &scalar.text, replacement(pipe), written.span));
    }
    if failed {
        return Err(opaque("syntax", &scalar.text, "the condition names what the rule does not have", written.span));
    }
    Ok(expr)
}

/// What took the place of a pipe.
fn replacement(pipe: &Pipe) -> &'static str {
    match pipe {
        Pipe::Near { .. } => "`| near` is no longer part of Sigma; a `temporal` correlation says the same",
        Pipe::Aggregation(aggregation) => match (aggregation.function.value, &aggregation.field) {
            (lang::Function::Count, None) => {
                "`| count()` is no longer part of Sigma; an `event_count` correlation says the same"
            }
            (lang::Function::Count, Some(_)) => {
                "`| count(field)` is no longer part of Sigma; a `value_count` correlation says the same"
            }
            (lang::Function::Sum, _) => {
                "`| sum(field)` is no longer part of Sigma; a `value_sum` correlation says the same"
            }
            (lang::Function::Avg, _) => {
                "`| avg(field)` is no longer part of Sigma; a `value_avg` correlation says the same"
            }
            (lang::Function::Min | lang::Function::Max, _) => {
                "`| min` and `| max` are no longer part of Sigma, and no correlation says the same"
            }
        },
    }
}

struct Resolver<'a, 's, 'r, 't> {
    scope: &'a mut Scope<'s, 'r, 't>,
    scalar: &'a Scalar,
    failed: bool,
    /// Selections whose tests are noted already, by polarity.
    used: HashSet<(usize, bool)>,
}

impl Resolver<'_, '_, '_, '_> {
    /// The condition of a part. A search identifier that a pipeline emptied is left out, and what consists of such ones only.
    fn expr(&mut self, expr: &Expr, negated: bool) -> Option<ExprId> {
        let origin = Some(Location::main(self.scalar.map.to_source(expr.span)));
        match &expr.node {
            Part::Or(parts) => {
                let parts = parts.iter().filter_map(|part| self.expr(part, negated)).collect();
                self.linked(parts, false, origin)
            }
            Part::And(parts) => {
                let parts = parts.iter().filter_map(|part| self.expr(part, negated)).collect();
                self.linked(parts, true, origin)
            }
            Part::Not(part) => {
                let part = self.expr(part, !negated)?;
                Some(self.scope.pool.not(part, origin))
            }
            Part::Identifier(name) => self.identifier(name, expr.span, negated),
            Part::Of { quantifier, target } => {
                let parts = self.of(&target.value, target.span, negated);
                self.linked(parts, quantifier.value == Quantifier::All, origin)
            }
        }
    }

    fn linked(&mut self, parts: Vec<ExprId>, all: bool, origin: Option<Location>) -> Option<ExprId> {
        let pool = &mut *self.scope.pool;
        (!parts.is_empty()).then(|| if all { pool.and(parts, origin) } else { pool.or(parts, origin) })
    }

    /// The condition behind those that a pipeline added.
    fn with_added(&mut self, expr: Option<ExprId>, span: Span) -> Option<ExprId> {
        let origin = Some(Location::main(span));
        let mut expr = expr;
        for added in self.scope.added {
            let found = self.scope.selections.iter().position(|selection| selection.name == added.name);
            let own = found.and_then(|index| self.selection(index, added.negated));
            let own = own.map(|own| if added.negated { self.scope.pool.not(own, origin) } else { own });
            expr = self.linked(own.into_iter().chain(expr).collect(), true, origin);
        }
        expr
    }

    fn identifier(&mut self, name: &str, span: Span, negated: bool) -> Option<ExprId> {
        if let Some(index) = self.scope.selections.iter().position(|selection| selection.name == name) {
            return self.selection(index, negated);
        }
        self.unknown(name, span, format!("the rule has no search identifier `{name}`"));
        None
    }

    fn of(&mut self, target: &Target, span: Span, negated: bool) -> Vec<ExprId> {
        let selections = self.scope.selections;
        let chosen: Vec<usize> =
            (0..selections.len()).filter(|index| target.selects(&selections[*index].name)).collect();
        if chosen.is_empty() {
            match target {
                Target::Pattern(pattern) => {
                    self.unknown(pattern, span, format!("no search identifier matches `{pattern}`"));
                }
                Target::Them => self.unknown("them", span, "the rule has no search identifiers".to_owned()),
            }
        }
        chosen.into_iter().filter_map(|index| self.selection(index, negated)).collect()
    }

    fn selection(&mut self, index: usize, negated: bool) -> Option<ExprId> {
        let selection = &self.scope.selections[index];
        if self.used.insert((index, negated)) {
            let uses = selection.uses.iter().cloned();
            self.scope.uses.extend(uses.map(|used| FieldUse { negated: used.negated != negated, ..used }));
        }
        selection.expr
    }

    fn unknown(&mut self, name: &str, span: Span, message: String) {
        self.failed = true;
        let mut diagnostic = Diagnostic::syntax(Location::main(self.scalar.map.to_source(span)), message);
        let names = self.scope.selections.iter().map(|selection| selection.name.as_str());
        diagnostic.help = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        self.scope.reader.report(diagnostic);
    }
}
