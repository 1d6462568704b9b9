//! Comparisons of two values without cases, as Python does them: other types are unequal, ordering them raises.

use super::Lifter;
use super::raise::Error;
use super::uses::token;
use super::value::{Atom, SeqKind, Sym, Truth, equal, number, static_type};
use crate::ir::{
    Case, Cmp, Coercion, Domain, ExprId, ExprKind, FieldPath, Function, Op, Operand, Subject, TypeSet, UseKind, Value,
};
use crate::lang::python::ast::{CmpOp, Expr};
use crate::source::Location;
use ruff_text_size::{Ranged, TextRange};
use std::sync::Arc;

const NUMBER: TypeSet = TypeSet::BOOL.or(TypeSet::INT).or(TypeSet::FLOAT);
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
        if matches!(left, Atom::Before | Atom::Grown(_)) || matches!(right, Atom::Before | Atom::Grown(_)) {
            return self.hole(module, &whole, "a loop that keeps state");
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
        match (left, right) {
            (Atom::Term(a, at), Atom::Term(b, other)) => Some(self.equal_terms(a, b, at.or(*other))),
            (Atom::Term(subject, at), other) | (other, Atom::Term(subject, at)) => self.equal_term(subject, *at, other),
            (Atom::Const(a, _), Atom::Const(b, _)) => Some(Truth::known(equal(a, b))),
            (Atom::Seq(SeqKind::Set, _), Atom::Seq(..)) | (Atom::Seq(..), Atom::Seq(SeqKind::Set, _)) => None,
            (Atom::Seq(a, _), Atom::Seq(b, _)) if a != b => Some(Truth::FALSE),
            (Atom::Seq(_, a), Atom::Seq(_, b)) => {
                if a.len() != b.len() {
                    return Some(Truth::FALSE);
                }
                let mut truth = Truth::TRUE;
                for (a, b) in a.iter().zip(b.iter()) {
                    let same = self.equality(a.single()?, b.single()?)?;
                    truth = self.truth_and(truth, |_| same);
                }
                Some(truth)
            }
            (Atom::Dict(_), Atom::Dict(_)) => Some(Truth::known(equal(&left.to_value()?, &right.to_value()?))),
            (Atom::Const(..), Atom::Event | Atom::Match | Atom::Seq(..) | Atom::Dict(_))
            | (Atom::Event | Atom::Match | Atom::Seq(..) | Atom::Dict(_), Atom::Const(..)) => Some(Truth::FALSE),
            _ => None,
        }
    }

    fn equal_term(&mut self, subject: &Subject, at: Option<Location>, other: &Atom) -> Option<Truth> {
        if let Atom::Const(Value::Null, _) = other {
            return Some(self.is_none(subject, at));
        }
        if matches!(other, Atom::Seq(SeqKind::Set, _) | Atom::Event | Atom::Match) {
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
            (_, Atom::Term(subject, at)) if self.is_plain(subject) => self.in_plain(left, subject, *at),
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

    fn ordering(&mut self, op: Cmp, left: &Atom, right: &Atom) -> Option<Truth> {
        match (left, right) {
            (Atom::Const(a, _), Atom::Const(b, _)) => {
                let truth = constant_ordering(op, a, b);
                self.note_raise(truth.ok, Error::Type);
                Some(truth)
            }
            (Atom::Term(subject, at), Atom::Const(value, _)) => self.ordered_term(op, subject, *at, value, right),
            (Atom::Const(value, _), Atom::Term(subject, at)) => {
                self.ordered_term(mirrored(op), subject, *at, value, left)
            }
            (Atom::Term(a, at), Atom::Term(b, _)) => Some(self.ordered_terms(op, a, b, *at)),
            _ => None,
        }
    }

    fn ordered_term(
        &mut self,
        op: Cmp,
        subject: &Subject,
        at: Option<Location>,
        value: &Value,
        constant: &Atom,
    ) -> Option<Truth> {
        let (types, domain) = match value {
            Value::Str(_) => (TypeSet::STRING, Domain::String),
            value if number(value).is_some() => (NUMBER, Domain::Number),
            Value::Null => return Some(self.truth_raises(Error::Type)),
            _ => return None,
        };
        let guard = self.need(subject, types, at, Error::Type);
        let to = Operand::Value(value.clone());
        let test = self.pool.test(subject.clone(), Op::Compare { op, domain, coercion: Coercion::Python, to }, at);
        self.note_use(test, subject, at, UseKind::Compare, token(constant));
        Some(self.truth(guard, test))
    }

    fn ordered_terms(&mut self, op: Cmp, left: &Subject, right: &Subject, at: Option<Location>) -> Truth {
        let mut ok = ExprId::FALSE;
        let mut test = ExprId::FALSE;
        for (types, domain) in [(NUMBER, Domain::Number), (TypeSet::STRING, Domain::String)] {
            let (a, b) = (self.is_type(left, types, at), self.is_type(right, types, at));
            let both = self.both(a, b);
            let to = Operand::Subject(Arc::new(right.clone()));
            let compare = Op::Compare { op, domain, coercion: Coercion::Python, to };
            let compared = self.pool.test(left.clone(), compare, at);
            self.note_use(compared, left, at, UseKind::Compare, Vec::new());
            let holds = self.pool.and([both, compared], at);
            ok = self.either(ok, both);
            test = self.either(test, holds);
        }
        self.note_raise(ok, Error::Type);
        self.truth(ok, test)
    }
}

fn contained_in(container: &Subject) -> Op {
    Op::ContainedIn { container: Operand::Subject(Arc::new(container.clone())), case: Case::Sensitive }
}

fn mirrored(op: Cmp) -> Cmp {
    match op {
        Cmp::Less => Cmp::Greater,
        Cmp::LessOrEqual => Cmp::GreaterOrEqual,
        Cmp::Greater => Cmp::Less,
        Cmp::GreaterOrEqual => Cmp::LessOrEqual,
        same => same,
    }
}

fn constant_ordering(op: Cmp, left: &Value, right: &Value) -> Truth {
    let ordering = match (left, right) {
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => return Truth::RAISES,
        },
    };
    Truth::known(ordering.is_some_and(|ordering| op.holds(ordering)))
}
