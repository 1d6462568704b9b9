//! Numbers: `int`, `float`, arithmetic; and `json.loads`.

use super::Lifter;
use super::call::Site;
use super::mock::sym_of;
use super::raise::Error;
use super::value::{Atom, Sym};
use crate::ir::{ExprId, Function, Subject, TypeSet, Value};
use crate::lang::python::ast::Operator;
use crate::source::Location;

pub(super) const NUMBER: TypeSet = TypeSet::BOOL.or(TypeSet::INT).or(TypeSet::FLOAT);

impl Lifter<'_> {
    /// `int(x)` and `float(x)`.
    pub(super) fn number_of(&mut self, value: &Sym, function: Function, site: Site<'_>) -> Sym {
        self.map(value, |lifter, atom| match atom {
            Atom::Const(number @ (Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::Str(_)), at) => {
                let term = Subject::Call(function, [Subject::Constant(number.clone())].into());
                match (number, function) {
                    (Value::Int(_), Function::ToInt) => Sym::atom(atom.clone()),
                    _ => lifter.computed(term, *at, Error::Value),
                }
            }
            Atom::Term(subject, at) => {
                let guard = lifter.need(subject, NUMBER.or(TypeSet::STRING), *at, Error::Type);
                let term = Subject::Call(function, [subject.clone()].into());
                let value = lifter.computed(term, *at, Error::Value);
                lifter.after(guard, value)
            }
            Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) | Atom::Event => lifter.raises(Error::Type),
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "the number of this value"),
        })
    }

    /// `json.loads(x)`
    pub(super) fn parse_json(&mut self, value: &Sym, site: Site<'_>) -> Sym {
        self.map(value, |lifter, atom| match atom {
            Atom::Const(Value::Str(text), at) => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) if value.is_array() || value.is_object() => sym_of(&Value::from_json(&value)),
                Ok(value) => Sym::constant(Value::from_json(&value), *at),
                Err(_) => lifter.raises(Error::Json),
            },
            Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) | Atom::Event => lifter.raises(Error::Type),
            Atom::Term(subject, at) => {
                let guard = lifter.need(subject, TypeSet::STRING, *at, Error::Type);
                let parsed = Subject::Call(Function::ParseJson, [subject.clone()].into());
                let value = lifter.computed(parsed, *at, Error::Json);
                lifter.after(guard, value)
            }
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "json.loads of this value"),
        })
    }

    /// `-`, `*`, `/` of numbers; `None` for other operators and values.
    pub(super) fn arithmetic(&mut self, op: Operator, left: &Atom, right: &Atom) -> Option<Sym> {
        let function = match op {
            Operator::Add => Function::Add,
            Operator::Sub => Function::Subtract,
            Operator::Mult => Function::Multiply,
            Operator::Div => Function::Quotient,
            _ => return None,
        };
        let (left, at, first) = self.number_term(left)?;
        let (right, other, second) = self.number_term(right)?;
        let ok = self.both(first, second);
        self.note_raise(ok, Error::Type);
        let term = Subject::Call(function, [left, right].into());
        let value = match function {
            Function::Quotient => self.computed(term, at.or(other), Error::ZeroDivision),
            _ => Sym::atom(Atom::Term(term, at.or(other))),
        };
        Some(self.after(ok, value))
    }

    fn number_term(&mut self, atom: &Atom) -> Option<(Subject, Option<Location>, ExprId)> {
        match atom {
            Atom::Const(value, at) => {
                let number = super::value::number(value).is_some();
                let guard = if number { ExprId::TRUE } else { ExprId::FALSE };
                Some((Subject::Constant(value.clone()), *at, guard))
            }
            Atom::Term(subject, at) => {
                let guard = self.is_type(subject, NUMBER, *at);
                Some((subject.clone(), *at, guard))
            }
            _ => None,
        }
    }
}
