//! `<` and its kin: numbers with numbers, texts with texts; others raise.

use super::Lifter;
use super::raise::Error;
use super::uses::token;
use super::value::{Atom, Truth, number};
use crate::ir::{Cmp, Coercion, Domain, ExprId, Op, Operand, Subject, TypeSet, UseKind, Value};
use crate::source::Location;
use std::sync::Arc;

const NUMBER: TypeSet = TypeSet::BOOL.or(TypeSet::INT).or(TypeSet::FLOAT);

impl Lifter<'_> {
    pub(super) fn ordering(&mut self, op: Cmp, left: &Atom, right: &Atom) -> Option<Truth> {
        if let Some(truth) = self.time_ordering(op, left, right) {
            return Some(truth);
        }
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
