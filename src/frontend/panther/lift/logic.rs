//! Conditions as the lifter builds them: without what follows from their neighbours, so that the result reads like the code.

use super::Lifter;
use super::bind::Bound;
use super::cases::Cases;
use super::iterate::KEEPS_STATE;
use super::opposite::Opposites;
use super::reduce::Followers;
use super::value::{Alt, Atom, Sym, Truth, static_type, truthy};
use crate::ir::{Case, Cmp, Coercion, Domain, ExprId, ExprKind, Op, Operand, Subject, TypeSet, UseKind, Value};
use crate::source::Location;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Beyond this many members a junction is left as it is: looking at all pairs would take too long.
const MAX_PAIRS: usize = 64;
/// How deep a negation is pushed inwards.
const MAX_NEGATED_DEPTH: usize = 8;

/// What was found out about conditions. The pool only grows, so it stays true.
#[derive(Default)]
pub(super) struct Known {
    both: HashMap<(ExprId, ExprId), ExprId, RandomState>,
    either: HashMap<(ExprId, ExprId), ExprId, RandomState>,
    /// With how deep `not` was pushed inwards.
    negations: HashMap<(ExprId, usize), ExprId, RandomState>,
    pub(super) followers: Followers,
    pub(super) bound: Bound,
    /// What functions of helpers give for the event.
    pub(super) calls: HashMap<(usize, Arc<str>), Sym, RandomState>,
}

impl Lifter<'_> {
    /// Both, without members of one side that follow from a member of the other.
    pub(super) fn both(&mut self, left: ExprId, right: ExprId) -> ExprId {
        if left == ExprId::FALSE || right == ExprId::FALSE {
            return ExprId::FALSE;
        }
        if let Some(known) = self.known.both.get(&(left, right)) {
            return *known;
        }
        let mut all = self.members(left, true);
        let border = all.len();
        all.extend(self.members(right, true));
        self.charge(all.len());
        let is_looked_at = all.len() <= MAX_PAIRS;
        if is_looked_at {
            self.remove_followers(&mut all, border, (left, right));
        }
        let both = self.pool.and(all, None);
        if is_looked_at {
            self.known.followers.reduced.insert(both);
        }
        self.known.both.insert((left, right), both);
        both
    }

    pub(super) fn all(&mut self, members: impl IntoIterator<Item = ExprId>) -> ExprId {
        members.into_iter().fold(ExprId::TRUE, |all, id| self.both(all, id))
    }

    /// Either; `a or (not a and b)` is `a or b`.
    pub(super) fn either(&mut self, left: ExprId, right: ExprId) -> ExprId {
        if left == right || right == ExprId::FALSE {
            return left;
        }
        if left == ExprId::FALSE {
            return right;
        }
        if let Some(known) = self.known.either.get(&(left, right)) {
            return *known;
        }
        let either = self.new_either(left, right);
        self.known.either.insert((left, right), either);
        either
    }

    fn new_either(&mut self, left: ExprId, right: ExprId) -> ExprId {
        let right = self.without_negations_of(left, right);
        let left = self.without_negations_of(right, left);
        let members = [self.members(left, false), self.members(right, false)].concat();
        self.charge(members.len());
        self.known.followers.marks.update(&self.pool);
        if members.len() <= MAX_PAIRS && self.opposites().any(&members) {
            return ExprId::TRUE;
        }
        let kept = if members.len() <= MAX_PAIRS { self.without_absorbed(&members) } else { members };
        self.pool.or(kept, None)
    }

    /// `a or (a and b)` is `a`.
    fn without_absorbed(&self, members: &[ExprId]) -> Vec<ExprId> {
        let is_and = |id: &ExprId| matches!(self.pool.kind(*id), ExprKind::And(_));
        // No member of a conjunction is one.
        let absorbing: Vec<ExprId> = members.iter().copied().filter(|id| !is_and(id)).collect();
        let absorbed = |id: &ExprId| match self.pool.kind(*id) {
            ExprKind::And(inner) => inner.iter().any(|part| absorbing.contains(part)),
            _ => false,
        };
        members.iter().copied().filter(|id| !absorbed(id)).collect()
    }

    pub(super) fn any(&mut self, members: impl IntoIterator<Item = ExprId>) -> ExprId {
        members.into_iter().fold(ExprId::FALSE, |any, id| self.either(any, id))
    }

    /// `candidate` without conjuncts that negate `known` or one of its members: for use in `known or candidate`.
    fn without_negations_of(&mut self, known: ExprId, candidate: ExprId) -> ExprId {
        self.known.followers.marks.update(&self.pool);
        let ExprKind::And(parts) = self.pool.kind(candidate) else { return candidate };
        let mut alternatives = self.members(known, false);
        alternatives.push(known);
        if parts.len() * alternatives.len() > MAX_PAIRS * MAX_PAIRS {
            return candidate;
        }
        let opposites = self.opposites();
        let kept: Vec<ExprId> = parts.iter().copied().filter(|part| !opposites.has(&alternatives, *part)).collect();
        if kept.len() == parts.len() {
            return candidate;
        }
        let is_reduced = self.is_reduced(candidate);
        let kept = self.pool.and(kept, None);
        if is_reduced {
            self.known.followers.reduced.insert(kept);
        }
        kept
    }

    fn opposites(&self) -> Opposites<'_> {
        Opposites { pool: &self.pool, marks: &self.known.followers.marks }
    }

    /// The members of a conjunction or disjunction, or the expression itself.
    fn members(&self, id: ExprId, conjunction: bool) -> Vec<ExprId> {
        match self.pool.kind(id) {
            ExprKind::And(members) if conjunction => members.clone(),
            ExprKind::Or(members) if !conjunction => members.clone(),
            _ => vec![id],
        }
    }

    /// The negation, with `not` as far inside as a person would write it.
    pub(super) fn negation(&mut self, id: ExprId) -> ExprId {
        self.negation_to(id, MAX_NEGATED_DEPTH)
    }

    fn negation_to(&mut self, id: ExprId, depth: usize) -> ExprId {
        let is_or = match self.pool.kind(id) {
            // A list of values reads better as a negated whole: `not f in (..)`.
            ExprKind::Or(members) if depth > 0 && !self.is_value_list(members) => true,
            ExprKind::And(_) if depth > 0 => false,
            _ => return self.pool.not(id, self.pool.origin(id)),
        };
        if let Some(known) = self.known.negations.get(&(id, depth)) {
            return *known;
        }
        let origin = self.pool.origin(id);
        let members = self.members(id, !is_or);
        self.charge(members.len());
        let negated: Vec<ExprId> = members.into_iter().map(|member| self.negation_to(member, depth - 1)).collect();
        let negation = if is_or { self.pool.and(negated, origin) } else { self.pool.or(negated, origin) };
        self.known.negations.insert((id, depth), negation);
        negation
    }

    fn is_value_list(&self, members: &[ExprId]) -> bool {
        let subject = |id: &ExprId| match self.pool.kind(*id) {
            ExprKind::Test(subject, Op::Equal { .. } | Op::Matches { .. }) => Some(subject),
            _ => None,
        };
        let first = members.first().and_then(subject);
        first.is_some() && members.iter().all(|id| subject(id) == first)
    }

    /// `if first { then }`: where the first does not hold, nothing is asked.
    pub(super) fn implication(&mut self, first: ExprId, then: ExprId) -> ExprId {
        if then == ExprId::TRUE {
            return then;
        }
        let not = self.negation(first);
        self.either(not, then)
    }

    /// A two-valued test where evaluation succeeds.
    pub(super) fn truth(&mut self, ok: ExprId, test: ExprId) -> Truth {
        let holds = self.both(ok, test);
        let negation = self.negation(test);
        let fails = self.both(ok, negation);
        Truth { ok, holds, fails }
    }

    /// Python's `and`: the right side is evaluated only where the left holds.
    pub(super) fn truth_and(&mut self, left: Truth, right: impl FnOnce(&mut Self) -> Truth) -> Truth {
        if left.holds == ExprId::FALSE {
            return left;
        }
        let right = self.under(left.holds, right);
        let holds = self.both(left.holds, right.holds);
        let reached = self.implication(left.holds, right.ok);
        let ok = self.both(left.ok, reached);
        let second = if left.ok == ExprId::TRUE { right.fails } else { self.both(left.holds, right.fails) };
        Truth { ok, holds, fails: self.either(left.fails, second) }
    }

    pub(super) fn truth_or(&mut self, left: Truth, right: impl FnOnce(&mut Self) -> Truth) -> Truth {
        self.truth_and(left.negate(), |lifter| right(lifter).negate()).negate()
    }

    /// The truth value of a value.
    pub(super) fn truth_of(&mut self, value: &Sym) -> Truth {
        let mut holds = ExprId::FALSE;
        let mut fails = ExprId::FALSE;
        for alt in &value.alts {
            let truth = self.atom_truth(&alt.atom);
            let when_true = self.both(alt.when, truth.holds);
            let when_false = self.both(alt.when, truth.fails);
            holds = self.either(holds, when_true);
            fails = self.either(fails, when_false);
        }
        if value.ok == ExprId::TRUE && value.alts.len() > 1 && !value.alts.iter().all(|alt| alt.atom.is_scalar()) {
            fails = self.negation(holds);
        }
        Truth { ok: value.ok, holds, fails }
    }

    fn atom_truth(&mut self, atom: &Atom) -> Truth {
        match atom {
            Atom::Const(value, _) => Truth::known(truthy(value)),
            Atom::Seq(_, items) => Truth::known(!items.is_empty()),
            Atom::Dict(entries) => Truth::known(!entries.is_empty()),
            Atom::Term(subject, at) => {
                let holds = self.truthy_term(subject, *at);
                self.truth(ExprId::TRUE, holds)
            }
            Atom::Span(span, at) => {
                let zero = self.equal_to(span, Value::Int(0), *at);
                self.truth(ExprId::TRUE, zero).negate()
            }
            Atom::Opaque(hole) => {
                let test = self.opaque_test(&hole.text, &hole.reason, hole.at);
                self.truth(ExprId::TRUE, test)
            }
            Atom::Before | Atom::Grown(_) | Atom::GrownBy(_) => {
                let test =
                    self.opaque_test(&"".into(), &KEEPS_STATE.into(), Location::main(crate::source::Span::at(0)));
                self.truth(ExprId::TRUE, test)
            }
            // An empty event never reaches a rule.
            _ => Truth::TRUE,
        }
    }

    /// Neither None, False, 0 nor empty.
    fn truthy_term(&mut self, subject: &Subject, at: Option<Location>) -> ExprId {
        if static_type(subject) == Some(TypeSet::INT) {
            let zero = self.equal_to(subject, Value::Int(0), at);
            return self.negation(zero);
        }
        let empty = self.pool.test(subject.clone(), Op::IsEmpty, at);
        let not_empty = self.negation(empty);
        if static_type(subject).is_some() {
            return not_empty;
        }
        let present = self.pool.test(subject.clone(), Op::Present, at);
        self.note_use(present, subject, at, UseKind::Exists, Vec::new());
        let zero = self.equal_to(subject, Value::Int(0), at);
        let not_zero = self.negation(zero);
        self.pool.and([present, not_empty, not_zero], at)
    }

    pub(super) fn equal_to(&mut self, subject: &Subject, value: Value, at: Option<Location>) -> ExprId {
        let op = Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion: Coercion::Python };
        self.pool.test(subject.clone(), op, at)
    }

    pub(super) fn present(&mut self, subject: &Subject, at: Option<Location>) -> ExprId {
        match static_type(subject) {
            Some(_) => ExprId::TRUE,
            None => self.pool.test(subject.clone(), Op::Present, at),
        }
    }

    /// Whether the value has one of the types; decided here when the term says it.
    pub(super) fn is_type(&mut self, subject: &Subject, types: TypeSet, at: Option<Location>) -> ExprId {
        match static_type(subject) {
            Some(known) if types.has(known) => ExprId::TRUE,
            Some(_) => ExprId::FALSE,
            None => self.pool.test(subject.clone(), Op::TypeIs(types), at),
        }
    }

    /// A number compared with a constant number.
    pub(super) fn number_test(&mut self, subject: &Subject, op: Cmp, number: Value, at: Option<Location>) -> ExprId {
        let to = Operand::Value(number);
        let op = Op::Compare { op, domain: Domain::Number, coercion: Coercion::Python, to };
        self.pool.test(subject.clone(), op, at)
    }

    /// Applies a partial operation to every case of a value.
    pub(super) fn map(&mut self, value: &Sym, mut apply: impl FnMut(&mut Self, &Atom) -> Sym) -> Sym {
        let mut ok = value.ok;
        let mut cases = Cases::default();
        for alt in &value.alts {
            let result = self.under(alt.when, |lifter| apply(lifter, &alt.atom));
            let reached = self.implication(alt.when, result.ok);
            ok = if alt.when == ExprId::TRUE { result.ok } else { self.both(ok, reached) };
            for inner in result.alts {
                let when = self.both(alt.when, inner.when);
                self.add_alt(&mut cases, Alt { when, atom: inner.atom });
            }
        }
        Sym { ok, alts: cases.into_alts() }
    }

    /// The value of one of two branches.
    pub(super) fn choose(&mut self, truth: Truth, then: Sym, otherwise: Sym) -> Sym {
        if truth.holds == ExprId::FALSE && truth.ok == ExprId::TRUE {
            return otherwise;
        }
        if truth.fails == ExprId::FALSE && truth.ok == ExprId::TRUE {
            return then;
        }
        let first = self.implication(truth.holds, then.ok);
        let second = self.implication(truth.fails, otherwise.ok);
        let ok = self.all([truth.ok, first, second]);
        let mut cases = Cases::default();
        for (branch, value) in [(truth.holds, then), (truth.fails, otherwise)] {
            for alt in value.alts {
                let when = self.both(branch, alt.when);
                self.add_alt(&mut cases, Alt { when, atom: alt.atom });
            }
        }
        Sym { ok, alts: cases.into_alts() }
    }
}
