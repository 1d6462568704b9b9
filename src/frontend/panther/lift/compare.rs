//! Comparisons of two values without cases, as Python does them: other types are unequal, ordering them raises.

use super::Lifter;
use super::iterate::KEEPS_STATE;
use super::raise::Error;
use super::uses::token;
use super::value::{Atom, SeqKind, Sym, Truth, equal, static_type};
use crate::ir::{
    Case, Cmp, Coercion, ExprId, ExprKind, FieldPath, Function, Op, Operand, Subject, TypeSet, UseKind, Value,
};
use crate::lang::python::ast::{CmpOp, Expr};
use crate::source::Location;
use ruff_text_size::{Ranged, TextRange};
use std::sync::Arc;

const CONTAINER: TypeSet = TypeSet::ARRAY.or(TypeSet::OBJECT);

/// The whole comparison, for holes.
struct Whole(TextRange);

impl Ranged for Whole {
    fn range(&self) -> TextRange {
        self.0
    }
}

impl Lifter<'_> {
    pub(super) fn compare_atoms(
        &mut self,
        (op, negated): (CmpOp, bool),
        left: &Atom,
        right: &Atom,
        exprs: (&Expr, &Expr),
        module: usize,
    ) -> Sym {
        let whole = Whole(exprs.0.range().cover(exprs.1.range()));
        if let (Atom::Opaque(hole), _) | (_, Atom::Opaque(hole)) = (left, right) {
            return self.hole(module, &whole, hole.reason.clone());
        }
        if [left, right].iter().any(|side| matches!(side, Atom::Before | Atom::Grown(_) | Atom::GrownBy(_))) {
            return self.hole(module, &whole, KEEPS_STATE);
        }
        let truth = match op {
            CmpOp::Eq => self.equality(left, right),
            CmpOp::Is => self.identity(left, right),
            CmpOp::In => self.membership(left, right),
            // The negated operators are turned before.
            CmpOp::NotEq | CmpOp::IsNot | CmpOp::NotIn => None,
            CmpOp::Lt => self.ordering(Cmp::Less, left, right),
            CmpOp::LtE => self.ordering(Cmp::LessOrEqual, left, right),
            CmpOp::Gt => self.ordering(Cmp::Greater, left, right),
            CmpOp::GtE => self.ordering(Cmp::GreaterOrEqual, left, right),
        };
        match truth {
            Some(truth) => Sym::bool(if negated { truth.negate() } else { truth }),
            None => self.hole(module, &whole, "a comparison of these values"),
        }
    }

    pub(super) fn equality(&mut self, left: &Atom, right: &Atom) -> Option<Truth> {
        if Self::is_set(left) && Self::is_set(right) && [left, right].iter().any(|side| matches!(side, Atom::Term(..)))
        {
            return self.equal_sets(left, right);
        }
        match (left, right) {
            (Atom::Term(a, at), Atom::Term(b, other)) => Some(self.equal_terms(a, b, at.or(*other))),
            (Atom::Term(subject, at), other) | (other, Atom::Term(subject, at)) => self.equal_term(subject, *at, other),
            (Atom::Const(a, _), Atom::Const(b, _)) => Some(Truth::known(equal(a, b))),
            (Atom::Seq(SeqKind::Set, a), Atom::Seq(SeqKind::Set, b)) => {
                let constants =
                    |items: &[Sym]| items.iter().map(|item| item.as_const().cloned()).collect::<Option<Vec<_>>>();
                let (a, b) = (constants(a)?, constants(b)?);
                let within = |a: &[Value], b: &[Value]| a.iter().all(|item| b.iter().any(|other| equal(item, other)));
                Some(Truth::known(within(&a, &b) && within(&b, &a)))
            }
            (Atom::Seq(a, _), Atom::Seq(b, _)) if a != b => Some(Truth::FALSE),
            (Atom::Seq(_, a), Atom::Seq(_, b)) => {
                if a.len() != b.len() {
                    return Some(Truth::FALSE);
                }
                let mut truth = Truth::TRUE;
                for (a, b) in a.iter().zip(b.iter()) {
                    let same = self.equal_values(a, b)?;
                    truth = self.truth_and(truth, |_| same);
                }
                Some(truth)
            }
            (Atom::Dict(_), Atom::Dict(_)) => Some(Truth::known(equal(&left.to_value()?, &right.to_value()?))),
            (Atom::Const(..), Atom::Time(..) | Atom::Span(..)) | (Atom::Time(..) | Atom::Span(..), Atom::Const(..)) => {
                Some(Truth::FALSE)
            }
            (Atom::Const(..), Atom::Event | Atom::Match(..) | Atom::Seq(..) | Atom::Dict(_))
            | (Atom::Event | Atom::Match(..) | Atom::Seq(..) | Atom::Dict(_), Atom::Const(..)) => Some(Truth::FALSE),
            _ => None,
        }
    }

    /// Sets of which one is a term: as many items, and each of one in the other.
    fn equal_sets(&mut self, left: &Atom, right: &Atom) -> Option<Truth> {
        let list = |atom: &Atom| match atom {
            Atom::Seq(_, items) => {
                let list = Self::array_of(&Atom::Seq(SeqKind::List, items.clone()))?;
                Some(Subject::Call(Function::Distinct, [list].into()))
            }
            Atom::Term(subject, _) => Some(subject.clone()),
            _ => None,
        };
        let (left, right) = (list(left)?, list(right)?);
        let length = |set: &Subject| Subject::Call(Function::Length, [set.clone()].into());
        let to = Operand::Subject(Arc::new(length(&right)));
        let op = Op::Equal { to, case: Case::Sensitive, coercion: Coercion::Python };
        let as_many = self.pool.test(length(&left), op, None);
        let inside = self.pool.test(Subject::Element(0), contained_in(&right), None);
        let all = self.pool.add(ExprKind::ForAll(Subject::Items(Arc::new(left)), inside), None);
        let same = self.pool.and([as_many, all], None);
        Some(self.truth(ExprId::TRUE, same))
    }

    /// Equality of two values by cases that do not raise.
    fn equal_values(&mut self, left: &Sym, right: &Sym) -> Option<Truth> {
        let mut holds = ExprId::FALSE;
        for a in &left.alts {
            for b in &right.alts {
                let same = self.equality(&a.atom, &b.atom)?;
                let case = self.all([a.when, b.when, same.holds]);
                holds = self.either(holds, case);
            }
        }
        Some(self.truth(ExprId::TRUE, holds))
    }

    fn equal_term(&mut self, subject: &Subject, at: Option<Location>, other: &Atom) -> Option<Truth> {
        if let Atom::Const(Value::Null, _) = other {
            return Some(self.is_none(subject, at));
        }
        if matches!(other, Atom::Seq(SeqKind::Set, _) | Atom::Event | Atom::Match(..)) {
            return Some(Truth::FALSE);
        }
        let value = other.to_value()?;
        let test = self.equal_to(subject, value, at);
        self.note_use(test, subject, at, UseKind::Equal, token(other));
        Some(self.truth(ExprId::TRUE, test))
    }

    fn equal_terms(&mut self, left: &Subject, right: &Subject, at: Option<Location>) -> Truth {
        let to = Operand::Subject(Arc::new(right.clone()));
        let op = Op::Equal { to, case: Case::Sensitive, coercion: Coercion::Python };
        let same = self.pool.test(left.clone(), op, at);
        self.note_use(same, left, at, UseKind::Other, Vec::new());
        let (left_there, right_there) = (self.present(left, at), self.present(right, at));
        let (no_left, no_right) = (self.negation(left_there), self.negation(right_there));
        let none = self.both(no_left, no_right);
        let holds = self.either(same, none);
        self.truth(ExprId::TRUE, holds)
    }

    fn is_none(&mut self, subject: &Subject, at: Option<Location>) -> Truth {
        let present = self.present(subject, at);
        self.note_use(present, subject, at, UseKind::Exists, Vec::new());
        self.truth(ExprId::TRUE, present).negate()
    }

    fn identity(&mut self, left: &Atom, right: &Atom) -> Option<Truth> {
        match (left, right) {
            (Atom::Term(subject, at), Atom::Const(Value::Null, _)) => Some(self.is_none(subject, *at)),
            (Atom::Term(subject, at), Atom::Const(value @ Value::Bool(_), _)) => {
                let to = Operand::Value(value.clone());
                let op = Op::Equal { to, case: Case::Sensitive, coercion: Coercion::None };
                let test = self.pool.test(subject.clone(), op, *at);
                self.note_use(test, subject, *at, UseKind::Equal, token(right));
                Some(self.truth(ExprId::TRUE, test))
            }
            (Atom::Const(a, _), Atom::Const(b @ (Value::Null | Value::Bool(_)), _)) => Some(Truth::known(a == b)),
            (Atom::Term(..), _) => None,
            (_, Atom::Const(Value::Null | Value::Bool(_), _)) => Some(Truth::FALSE),
            _ => None,
        }
    }

    /// `left in right`.
    pub(super) fn membership(&mut self, left: &Atom, right: &Atom) -> Option<Truth> {
        match (left, right) {
            (_, Atom::Const(Value::Str(text), _)) => self.in_text(left, text, right),
            (_, Atom::Const(..)) => Some(self.truth_raises(Error::Type)),
            (Atom::Const(value, _), Atom::Dict(entries)) => {
                Some(Truth::known(entries.iter().any(|(key, _)| equal(key, value))))
            }
            (_, Atom::Dict(entries)) => {
                let keys: Vec<Sym> = entries.iter().map(|(key, _)| Sym::constant(key.clone(), None)).collect();
                self.membership(left, &Atom::Seq(SeqKind::Set, keys.into()))
            }
            (_, Atom::Seq(kind, items)) => self.in_items(left, *kind, items),
            (Atom::Address(subject, at), Atom::Network(network)) => Some(self.in_network(subject, *at, network)),
            (Atom::Const(Value::Str(key), at), Atom::Event) => {
                let subject = Subject::Field(FieldPath::keys(&[key]));
                let missing = self.pool.test(subject.clone(), Op::IsMissing, *at);
                self.note_use(missing, &subject, *at, UseKind::Exists, Vec::new());
                Some(self.truth(ExprId::TRUE, missing).negate())
            }
            (_, Atom::Term(subject, at)) if self.has_other_keys(subject) => self.in_plain(left, subject, *at),
            (_, Atom::Term(subject, at)) => self.in_term(left, subject, *at),
            _ => None,
        }
    }

    fn in_text(&mut self, left: &Atom, text: &Arc<str>, right: &Atom) -> Option<Truth> {
        match left {
            Atom::Const(Value::Str(part), _) => Some(Truth::known(text.contains(&**part))),
            Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) => Some(self.truth_raises(Error::Type)),
            Atom::Term(subject, at) => {
                let guard = self.need(subject, TypeSet::STRING, *at, Error::Type);
                let container = Operand::Value(Value::Str(text.clone()));
                let op = Op::ContainedIn { container, case: Case::Sensitive };
                let test = self.pool.test(subject.clone(), op, *at);
                self.note_use(test, subject, *at, UseKind::Pattern, token(right));
                Some(self.truth(guard, test))
            }
            _ => None,
        }
    }

    fn in_items(&mut self, left: &Atom, kind: SeqKind, items: &[Sym]) -> Option<Truth> {
        let mut truth = Truth::FALSE;
        for item in items {
            let mut any = Truth { ok: item.ok, holds: ExprId::FALSE, fails: ExprId::FALSE };
            for alt in &item.alts {
                let same = self.equality(left, &alt.atom)?;
                let (holds, fails) = (self.both(alt.when, same.holds), self.both(alt.when, same.fails));
                any.holds = self.either(any.holds, holds);
                any.fails = self.either(any.fails, fails);
            }
            truth = self.truth_or(truth, |_| any);
        }
        let origin = match left {
            Atom::Term(_, at) => *at,
            _ => None,
        };
        if truth.ok == ExprId::TRUE && truth.holds != ExprId::FALSE {
            truth.fails = self.pool.not(truth.holds, origin);
        }
        if let (SeqKind::Set, Atom::Seq(..)) = (kind, left) {
            return is_hashable(left).then_some(truth);
        }
        let (SeqKind::Set, Atom::Term(subject, at)) = (kind, left) else { return Some(truth) };
        if static_type(subject) == Some(TypeSet::STRING) {
            return Some(truth);
        }
        // A list or dictionary cannot be looked up in a set.
        let container = self.is_type(subject, CONTAINER, *at);
        let hashable = self.negation(container);
        self.note_raise(hashable, Error::Type);
        Some(Truth {
            ok: self.both(hashable, truth.ok),
            holds: self.both(hashable, truth.holds),
            fails: self.both(hashable, truth.fails),
        })
    }

    fn in_term(&mut self, left: &Atom, container: &Subject, at: Option<Location>) -> Option<Truth> {
        match left {
            Atom::Const(Value::Str(_), _) => {
                let guard = self.need(container, TypeSet::STRING.or(CONTAINER), at, Error::Type);
                let value = left.to_value()?;
                let op = contained_in(container);
                let test = self.pool.test(Subject::Constant(value), op, at);
                self.note_use(test, container, at, UseKind::Pattern, token(left));
                Some(self.truth(guard, test))
            }
            Atom::Const(value, _) => {
                // A text holds only texts; a key that is no text is not looked up in an event's dictionary.
                let guard = self.need(container, TypeSet::ARRAY, at, Error::Type);
                let element = self.equal_or_none(&Subject::Element(0), value, at);
                let items = Subject::Items(Arc::new(container.clone()));
                let test = self.pool.add(ExprKind::ForSome(items, element), at);
                self.note_use(test, container, at, UseKind::Equal, token(left));
                Some(self.truth(guard, test))
            }
            Atom::Term(subject, other) => {
                let list = self.is_type(container, CONTAINER, at);
                let text = self.is_type(container, TypeSet::STRING, at);
                let part = self.is_type(subject, TypeSet::STRING, *other);
                let both_text = self.both(text, part);
                let guard = self.either(list, both_text);
                self.note_raise(guard, Error::Type);
                let test = self.pool.test(subject.clone(), contained_in(container), at);
                self.note_use(test, subject, *other, UseKind::Other, Vec::new());
                let test = self.or_none_in(test, subject, container, at);
                Some(self.truth(guard, test))
            }
            _ => None,
        }
    }

    /// `x in y` of a plain value (parsed JSON, a list of the rule's own): keys compare with case.
    fn in_plain(&mut self, left: &Atom, container: &Subject, at: Option<Location>) -> Option<Truth> {
        let object = self.is_type(container, TypeSet::OBJECT, at);
        if object == ExprId::FALSE {
            return self.in_term(left, container, at);
        }
        let not_object = self.negation(object);
        let others = self.under(not_object, |lifter| lifter.in_term(left, container, at))?;
        let key = match left {
            Atom::Const(value @ Value::Str(_), _) => Subject::Constant(value.clone()),
            Atom::Term(subject, _) => subject.clone(),
            _ => return None,
        };
        let found = Subject::Call(Function::Key, [container.clone(), key].into());
        let missing = self.pool.test(found, Op::IsMissing, at);
        let keyed = self.truth(ExprId::TRUE, missing).negate();
        let (holds, fails) = (self.both(object, keyed.holds), self.both(object, keyed.fails));
        let (other_holds, other_fails) = (self.both(not_object, others.holds), self.both(not_object, others.fails));
        Some(Truth {
            ok: self.implication(not_object, others.ok),
            holds: self.either(holds, other_holds),
            fails: self.either(fails, other_fails),
        })
    }

    /// `None in [None]` holds, but a test of a missing subject never does.
    fn or_none_in(&mut self, test: ExprId, subject: &Subject, container: &Subject, at: Option<Location>) -> ExprId {
        let there = self.present(subject, at);
        if there == ExprId::TRUE {
            return test;
        }
        let none = self.negation(there);
        let null = self.pool.test(Subject::Element(0), Op::IsNull, at);
        let items = Subject::Items(Arc::new(container.clone()));
        let null = self.pool.add(ExprKind::ForSome(items, null), at);
        let found = self.both(none, null);
        self.either(test, found)
    }

    fn equal_or_none(&mut self, subject: &Subject, value: &Value, at: Option<Location>) -> ExprId {
        match value {
            Value::Null => self.pool.test(subject.clone(), Op::IsNull, at),
            value => self.equal_to(subject, value.clone(), at),
        }
    }
}

/// Whether a value is surely hashable: a tuple of texts, numbers and the like.
fn is_hashable(atom: &Atom) -> bool {
    match atom {
        Atom::Const(..) => true,
        Atom::Term(subject, _) => static_type(subject).is_some_and(|types| !CONTAINER.has(types)),
        Atom::Seq(SeqKind::Tuple, items) => items.iter().all(|item| item.alts.iter().all(|alt| is_hashable(&alt.atom))),
        _ => false,
    }
}

fn contained_in(container: &Subject) -> Op {
    Op::ContainedIn { container: Operand::Subject(Arc::new(container.clone())), case: Case::Sensitive }
}
