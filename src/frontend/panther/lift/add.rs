//! `+`, and operators on constants.

use super::Lifter;
use super::iterate::KEEPS_STATE;
use super::module::Env;
use super::number::NUMBER;
use super::raise::Error;
use super::value::{Alt, Atom, SeqKind, Sym, static_type};
use crate::ir::{ExprId, Function, Subject, TypeSet, Value};
use crate::lang::python::ast::{Expr, Operator};
use std::rc::Rc;

impl Lifter<'_> {
    pub(super) fn add(&mut self, left: &Sym, right: &Sym, expr: &Expr, env: &Env) -> Sym {
        self.map(left, |lifter, a| lifter.map(right, |lifter, b| lifter.add_atoms(a, b, expr, env.module)))
    }

    fn add_atoms(&mut self, left: &Atom, right: &Atom, expr: &Expr, module: usize) -> Sym {
        match (left, right) {
            (Atom::Const(Value::Str(a), at), Atom::Const(Value::Str(b), _)) => {
                let at = if b.is_empty() { *at } else { Some(self.location(module, expr)) };
                Sym::constant(Value::Str(format!("{a}{b}").into()), at)
            }
            (Atom::Const(Value::Int(a), _), Atom::Const(Value::Int(b), _)) => match a.checked_add(*b) {
                Some(sum) => Sym::constant(Value::Int(sum), Some(self.location(module, expr))),
                None => self.hole(module, expr, "a number beyond 64 bits"),
            },
            (Atom::Seq(a, x), Atom::Seq(b, y)) if a == b && *a != SeqKind::Set => {
                Sym::atom(Atom::Seq(*a, x.iter().chain(y.iter()).cloned().collect()))
            }
            (Atom::Seq(SeqKind::List, _), Atom::Term(subject, at))
            | (Atom::Term(subject, at), Atom::Seq(SeqKind::List, _))
                if static_type(subject) == Some(TypeSet::ARRAY) && self.is_plain(subject) =>
            {
                match (Self::array_of(left), Self::array_of(right)) {
                    (Some(a), Some(b)) => Sym::atom(Atom::Term(Subject::Call(Function::Chain, [a, b].into()), *at)),
                    _ => self.hole(module, expr, "an addition"),
                }
            }
            (Atom::Seq(SeqKind::List, _), Atom::Term(subject, at))
            | (Atom::Term(subject, at), Atom::Seq(SeqKind::List, _))
                if static_type(subject).is_none() && self.is_plain(subject) =>
            {
                let guard = self.need(subject, TypeSet::ARRAY, *at, Error::Type);
                match (Self::array_of(left), Self::array_of(right)) {
                    (Some(a), Some(b)) => {
                        Sym::when(guard, Atom::Term(Subject::Call(Function::Chain, [a, b].into()), *at))
                    }
                    _ => self.hole(module, expr, "an addition"),
                }
            }
            (Atom::Const(Value::Str(text), _), Atom::Term(subject, at)) => {
                if text.is_empty() && static_type(subject) == Some(TypeSet::STRING) {
                    return Sym::atom(right.clone());
                }
                let guard = self.need(subject, TypeSet::STRING, *at, Error::Type);
                let arguments = [Subject::Constant(Value::Str(text.clone())), subject.clone()];
                Sym::when(guard, Atom::Term(Subject::Call(Function::Concat, arguments.into()), *at))
            }
            (Atom::Term(subject, at), Atom::Const(Value::Str(text), _)) => {
                let guard = self.need(subject, TypeSet::STRING, *at, Error::Type);
                if text.is_empty() {
                    return Sym::when(guard, left.clone());
                }
                let arguments = [subject.clone(), Subject::Constant(Value::Str(text.clone()))];
                Sym::when(guard, Atom::Term(Subject::Call(Function::Concat, arguments.into()), *at))
            }
            (Atom::Opaque(hole), _) | (_, Atom::Opaque(hole)) => self.hole(module, expr, hole.reason.clone()),
            (Atom::Const(..), Atom::Const(..)) => self.raises(Error::Type),
            (Atom::Before, _) | (_, Atom::Before) => self.hole(module, expr, KEEPS_STATE),
            (Atom::Time(..) | Atom::Span(..), _) | (_, Atom::Time(..) | Atom::Span(..)) => {
                let sum = self.time_arithmetic(Operator::Add, left, right);
                sum.unwrap_or_else(|| self.hole(module, expr, "an addition"))
            }
            _ => self.add_values(left, right).unwrap_or_else(|| self.hole(module, expr, "an addition")),
        }
    }

    /// `+` of two values of the event: texts, or numbers.
    fn add_values(&mut self, left: &Atom, right: &Atom) -> Option<Sym> {
        let (Atom::Term(a, at), Atom::Term(b, _)) = (left, right) else {
            return self.arithmetic(Operator::Add, left, right);
        };
        let (a_text, b_text) = (self.is_type(a, TypeSet::STRING, *at), self.is_type(b, TypeSet::STRING, *at));
        let text = self.both(a_text, b_text);
        let (a_number, b_number) = (self.is_type(a, NUMBER, *at), self.is_type(b, NUMBER, *at));
        let number = self.both(a_number, b_number);
        let lists = if self.is_plain(a) && self.is_plain(b) {
            let (a_list, b_list) = (self.is_type(a, TypeSet::ARRAY, *at), self.is_type(b, TypeSet::ARRAY, *at));
            self.both(a_list, b_list)
        } else {
            ExprId::FALSE
        };
        let ok = self.any([text, number, lists]);
        self.note_raise(ok, Error::Type);
        let term = |function| Atom::Term(Subject::Call(function, [a.clone(), b.clone()].into()), *at);
        let cases = [(text, Function::Concat), (number, Function::Add), (lists, Function::Chain)];
        let alts = cases.into_iter().filter(|(when, _)| *when != ExprId::FALSE);
        Some(Sym { ok, alts: alts.map(|(when, function)| Alt { when, atom: term(function) }).collect() })
    }
}

/// Operators on constants.
pub(super) fn fold_binary(op: Operator, left: &Sym, right: &Sym) -> Option<Sym> {
    match (left.single()?, right.single()?) {
        (Atom::Seq(SeqKind::Set, a), Atom::Seq(SeqKind::Set, b)) => {
            let items: Vec<Sym> = match op {
                Operator::BitOr => a.iter().chain(b.iter().filter(|item| !has(a, item))).cloned().collect(),
                Operator::BitAnd => a.iter().filter(|item| has(b, item)).cloned().collect(),
                Operator::Sub => a.iter().filter(|item| !has(b, item)).cloned().collect(),
                _ => return None,
            };
            Some(Sym::atom(Atom::Seq(SeqKind::Set, items.into())))
        }
        (Atom::Dict(a), Atom::Dict(b)) if op == Operator::BitOr => {
            let kept = a.iter().filter(|(key, _)| !b.iter().any(|(other, _)| super::value::equal(key, other)));
            Some(Sym::atom(Atom::Dict(kept.chain(b.iter()).cloned().collect())))
        }
        (Atom::Const(Value::Int(a), _), Atom::Const(Value::Int(b), _)) => {
            let number = match op {
                Operator::Sub => a.checked_sub(*b)?,
                Operator::Mult => a.checked_mul(*b)?,
                Operator::BitOr => a | b,
                _ => return None,
            };
            Some(Sym::constant(Value::Int(number), None))
        }
        _ => None,
    }
}

fn has(items: &Rc<[Sym]>, item: &Sym) -> bool {
    items.iter().any(|known| known.as_const() == item.as_const() && item.as_const().is_some())
}
