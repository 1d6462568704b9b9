//! Conditions over search identifiers (Sigma Rules Specification 2.1.0, "Condition").

use super::aggregation::{self, Near};
use super::correlation::timespan;
use super::detection::{Lowered, Noted};
use super::reader::{Reader, span_of};
use super::rule::opaque;
use super::typed::Added;
use crate::ir::{ExprId, FieldUse, Logic, Opaque, Pool, RuleCondition};
use crate::lang::sigma::condition::{self as lang, Expr, Node as Part, Pipe, Quantifier, Target};
use crate::source::{Diagnostic, Location, Span, nearest};
use crate::syntax::{Node, Scalar};
use smallvec::SmallVec;

/// Most conditions have few parts.
type Parts = SmallVec<[ExprId; 8]>;

/// What a condition is read against.
pub(super) struct Scope<'s, 'r, 't> {
    pub(super) selections: Vec<Lowered<'s>>,
    pub(super) added: &'s [Added],
    pub(super) pool: &'s mut Pool,
    pub(super) reader: &'r mut Reader<'t>,
    /// The span of time of an old pipe.
    pub(super) timeframe: Option<&'s Node>,
    /// The tests that conditions make, with their negations.
    pub(super) uses: Vec<FieldUse>,
}

/// One condition, none when nothing is left of it; what cannot be understood of it is reported and given back as text.
pub(super) fn read(written: &Node, scope: &mut Scope<'_, '_, '_>) -> Result<Option<Logic>, Opaque> {
    let Some(scalar) = written.as_scalar() else {
        let message = format!("`condition` takes a string, this is {}", written.describe());
        scope.reader.wrong_type(span_of(written), message);
        return Err(opaque("syntax", "", "the condition is not a string", written.span));
    };
    let parsed = lang::known(&scalar.text);
    for problem in parsed.problems.iter().cloned() {
        let span = scalar.map.to_source(problem.span);
        scope.reader.problem(problem, span);
    }
    let Some(condition) = &parsed.condition else {
        let why = parsed.problems.first().map_or("", |problem| problem.message.as_str());
        return Err(opaque("syntax", &scalar.text, &format!("the condition cannot be read: {why}"), written.span));
    };
    let used = vec![[false; 2]; scope.selections.len()];
    let mut resolver = Resolver { scope, scalar, failed: false, used };
    let expr = resolver.expr(&condition.expr, false);
    let expr = resolver.with_added(expr, written.span);
    let logic = match (expr, &condition.pipe) {
        (Some(expr), Some(pipe)) => resolver.piped(expr, pipe).map(Some),
        (expr, _) => Some(expr.map(Logic::Event)),
    };
    if resolver.failed {
        return Err(opaque("syntax", &scalar.text, "the condition names what the rule does not have", written.span));
    }
    logic.ok_or_else(|| {
        let reason = "the condition's pipe needs a `timeframe`, a number and one of `s`, `m`, `h` and `d`";
        opaque("aggregation", &scalar.text, reason, written.span)
    })
}

struct Resolver<'a, 's, 'r, 't> {
    scope: &'a mut Scope<'s, 'r, 't>,
    scalar: &'a Scalar,
    failed: bool,
    /// Which selections' tests are noted already: as they are, and negated.
    used: Vec<[bool; 2]>,
}

impl Resolver<'_, '_, '_, '_> {
    /// The old pipe behind a condition; `None` without the time that it needs.
    fn piped(&mut self, expr: ExprId, pipe: &Pipe) -> Option<Logic> {
        let timeframe = self.scope.timeframe;
        match pipe {
            Pipe::Aggregation(found) => aggregation::threshold(expr, found, timeframe, self.scope.reader),
            Pipe::Near { expr: near, .. } => {
                let mut members = Near::new(expr);
                let condition = self.near(near, false, &mut members);
                let window = timespan("timeframe", timeframe?, self.scope.reader)?;
                Some(members.finish(condition, window))
            }
        }
    }

    /// What has to come close: each search identifier is an event of its own. None where a pipeline left nothing.
    fn near(&mut self, expr: &Expr, negated: bool, members: &mut Near) -> Option<RuleCondition> {
        let mut all = |parts: &[Expr]| parts.iter().filter_map(|part| self.near(part, negated, members)).collect();
        let (parts, any): (Vec<RuleCondition>, bool) = match &expr.node {
            Part::Or(parts) => (all(parts), true),
            Part::And(parts) => (all(parts), false),
            Part::Not(part) => {
                let part = self.near(part, !negated, members)?;
                return Some(RuleCondition::Not(Box::new(part)));
            }
            Part::Identifier(name) => {
                let filter = self.identifier(name, expr.span, negated);
                let filter = self.with_added(filter, self.scalar.map.to_source(expr.span))?;
                return Some(members.member(filter));
            }
            Part::Of { quantifier, target } => {
                let parts = self.of(&target.value, target.span, negated);
                let span = self.scalar.map.to_source(expr.span);
                let parts = parts.into_iter().filter_map(|filter| self.with_added(Some(filter), span));
                let parts = parts.collect::<Vec<_>>().into_iter().map(|filter| members.member(filter)).collect();
                (parts, quantifier.value != Quantifier::All)
            }
        };
        match parts.len() {
            0 => None,
            _ if any => Some(RuleCondition::Or(parts)),
            _ => Some(RuleCondition::And(parts)),
        }
    }

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

    fn linked(&mut self, parts: Parts, all: bool, origin: Option<Location>) -> Option<ExprId> {
        let pool = &mut *self.scope.pool;
        (!parts.is_empty()).then(|| if all { pool.and(parts, origin) } else { pool.or(parts, origin) })
    }

    /// The condition behind those that a pipeline added.
    fn with_added(&mut self, expr: Option<ExprId>, span: Span) -> Option<ExprId> {
        let origin = Some(Location::main(span));
        let mut expr = expr;
        for added in self.scope.added {
            let found = self.position(&added.name);
            let own = found.and_then(|index| self.selection(index, added.negated));
            let own = own.map(|own| if added.negated { self.scope.pool.not(own, origin) } else { own });
            expr = self.linked(own.into_iter().chain(expr).collect(), true, origin);
        }
        expr
    }

    fn identifier(&mut self, name: &str, span: Span, negated: bool) -> Option<ExprId> {
        if let Some(index) = self.position(name) {
            return self.selection(index, negated);
        }
        self.unknown(name, span, format!("the rule has no search identifier `{name}`"));
        None
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.scope.selections.iter().position(|selection| selection.name == name)
    }

    fn of(&mut self, target: &Target, span: Span, negated: bool) -> Parts {
        let selections = self.scope.selections.iter().enumerate();
        let chosen = selections.filter(|(_, selection)| target.selects(selection.name)).map(|(index, _)| index);
        let chosen: SmallVec<[usize; 8]> = chosen.collect();
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
        let (selection, used) = (self.scope.selections.get_mut(index)?, self.used.get_mut(index)?);
        if !std::mem::replace(&mut used[usize::from(negated)], true) {
            note(selection, negated, &mut self.scope.uses);
        }
        selection.expr
    }

    fn unknown(&mut self, name: &str, span: Span, message: String) {
        self.failed = true;
        let mut diagnostic = Diagnostic::syntax(Location::main(self.scalar.map.to_source(span)), message);
        let names = self.scope.selections.iter().map(|selection| selection.name);
        diagnostic.help = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        self.scope.reader.report(diagnostic);
    }
}

/// Puts the tests of a search identifier among those of the rule: the first time the tests themselves, then copies of them.
fn note(selection: &mut Lowered<'_>, negated: bool, uses: &mut Vec<FieldUse>) {
    let first = uses.len();
    let turned = if let Some(noted) = &selection.noted {
        uses.extend_from_within(noted.place.clone());
        noted.negated != negated
    } else {
        uses.append(&mut selection.uses);
        selection.noted = Some(Noted { place: first..uses.len(), negated });
        negated
    };
    if turned {
        uses.iter_mut().skip(first).for_each(|used| used.negated = !used.negated);
    }
}
