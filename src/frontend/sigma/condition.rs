//! Conditions over search identifiers (Sigma Rules Specification 2.1.0, "Condition").

use super::detection::Selection;
use super::reader::{Reader, nearest, span_of};
use super::rule::opaque;
use crate::ir::{ExprId, FieldUse, Opaque, Pool};
use crate::lang::sigma::condition::{self as lang, Expr, Node as Part, Pipe, Quantifier, Target};
use crate::source::{Diagnostic, Location, Span};
use crate::syntax::{Node, Scalar};
use std::collections::HashSet;

/// What a condition is read against.
pub(super) struct Scope<'s, 'r, 't> {
    pub(super) selections: &'s [Selection],
    pub(super) pool: &'s mut Pool,
    pub(super) reader: &'r mut Reader<'t>,
    /// The tests that conditions make, with their negations.
    pub(super) uses: Vec<FieldUse>,
}

/// One condition; what cannot be understood of it is reported and given back as text.
pub(super) fn read(written: &Node, scope: &mut Scope<'_, '_, '_>) -> Result<ExprId, Opaque> {
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
    fn expr(&mut self, expr: &Expr, negated: bool) -> ExprId {
        let origin = Some(Location::main(self.scalar.map.to_source(expr.span)));
        match &expr.node {
            Part::Or(parts) => {
                let parts: Vec<ExprId> = parts.iter().map(|part| self.expr(part, negated)).collect();
                self.scope.pool.or(parts, origin)
            }
            Part::And(parts) => {
                let parts: Vec<ExprId> = parts.iter().map(|part| self.expr(part, negated)).collect();
                self.scope.pool.and(parts, origin)
            }
            Part::Not(part) => {
                let part = self.expr(part, !negated);
                self.scope.pool.not(part, origin)
            }
            Part::Identifier(name) => self.identifier(name, expr.span, negated),
            Part::Of { quantifier, target } => {
                let parts = self.of(&target.value, target.span, negated);
                match quantifier.value {
                    Quantifier::All => self.scope.pool.and(parts, origin),
                    Quantifier::One | Quantifier::Any => self.scope.pool.or(parts, origin),
                }
            }
        }
    }

    fn identifier(&mut self, name: &str, span: Span, negated: bool) -> ExprId {
        if let Some(index) = self.scope.selections.iter().position(|selection| selection.name == name) {
            return self.selection(index, negated);
        }
        self.unknown(name, span, format!("the rule has no search identifier `{name}`"));
        ExprId::FALSE
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
        chosen.into_iter().map(|index| self.selection(index, negated)).collect()
    }

    fn selection(&mut self, index: usize, negated: bool) -> ExprId {
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
