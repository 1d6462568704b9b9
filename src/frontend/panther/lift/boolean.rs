//! `and`, `or` and `not`: parts reached in Python's order, and the operand that decides.

use super::Lifter;
use super::module::Env;
use super::value::{Alt, Atom, Sym, Truth};
use crate::ir::{ExprId, Value};
use crate::lang::python::ast::{BoolOp, Expr, ExprBoolOp, UnaryOp};

/// The operands so far of `and` or `or`, by the cases of the first one.
struct ByCase {
    first: Sym,
    operands: Vec<Vec<Atom>>,
}

impl ByCase {
    fn of(first: &Sym) -> Self {
        let operands = first.alts.iter().map(|alt| vec![alt.atom.clone()]).collect();
        Self { first: first.clone(), operands }
    }

    /// Whether an operand has the same cases, as names have that a branch or loop leaves.
    fn has_cases_of(&self, operand: &Sym) -> bool {
        let whens = |value: &Sym| value.alts.iter().map(|alt| alt.when).collect::<Vec<ExprId>>();
        self.first.alts.len() > 1 && whens(&self.first) == whens(operand)
    }

    fn add(&mut self, operand: &[Alt]) {
        for (operands, alt) in self.operands.iter_mut().zip(operand) {
            operands.push(alt.atom.clone());
        }
    }
}

impl Lifter<'_> {
    /// The truth value of an expression, parts reached in Python's order.
    pub(super) fn condition(&mut self, expr: &Expr, env: &mut Env) -> Truth {
        match expr {
            Expr::BoolOp(op) => {
                let mut parts = op.values.iter();
                let Some(first) = parts.next() else { return Truth::TRUE };
                let mut truth = self.condition(first, env);
                for part in parts {
                    truth = match op.op {
                        BoolOp::And => self.truth_and(truth, |lifter| lifter.condition(part, env)),
                        BoolOp::Or => self.truth_or(truth, |lifter| lifter.condition(part, env)),
                    };
                }
                truth
            }
            Expr::UnaryOp(op) if op.op == UnaryOp::Not => self.condition(&op.operand, env).negate(),
            other => {
                let value = self.expr(other, env);
                self.truth_of(&value)
            }
        }
    }

    /// `and` and `or` give the operand that decides.
    pub(super) fn bool_op(&mut self, op: &ExprBoolOp, env: &mut Env) -> Sym {
        let mut parts = op.values.iter();
        let Some(first) = parts.next() else { return Sym::none() };
        let mut value = self.expr(first, env);
        let mut by_case = Some(ByCase::of(&value));
        for part in parts {
            let reached = if self.is_watching() {
                let truth = self.truth_of(&value);
                if op.op == BoolOp::And { truth.holds } else { truth.fails }
            } else {
                ExprId::TRUE
            };
            let right = self.under(reached, |lifter| lifter.expr(part, env));
            if let (Some(left), Some(right)) = (self.as_bool(&value), self.as_bool(&right)) {
                let truth = match op.op {
                    BoolOp::And => self.truth_and(left, |_| right),
                    BoolOp::Or => self.truth_or(left, |_| right),
                };
                (value, by_case) = (Sym::bool(truth), None);
                continue;
            }
            by_case = by_case.filter(|known| known.has_cases_of(&right));
            value = if let Some(known) = &mut by_case {
                known.add(&right.alts);
                self.decided_by_case(op.op, known)
            } else {
                self.decided(op.op, &value, &right)
            };
        }
        value
    }

    fn decided(&mut self, op: BoolOp, left: &Sym, right: &Sym) -> Sym {
        self.map(left, |lifter, atom| {
            let left = Sym::atom(atom.clone());
            let truth = lifter.truth_of(&left);
            match op {
                BoolOp::And => lifter.choose(truth, right.clone(), left),
                BoolOp::Or => lifter.choose(truth, left, right.clone()),
            }
        })
    }

    /// The cases exclude each other, so each meets itself only, not every case of the other operands.
    fn decided_by_case(&mut self, op: BoolOp, known: &ByCase) -> Sym {
        let mut cases = known.operands.iter();
        self.map(&known.first, |lifter, _| {
            let mut operands = cases.next().into_iter().flatten().rev().map(|atom| Sym::atom(atom.clone()));
            let last = operands.next().unwrap_or_else(Sym::raises);
            operands.fold(last, |rest, operand| lifter.decided(op, &operand, &rest))
        })
    }

    /// The condition that a value is, if it is a boolean in every case.
    pub(super) fn as_bool(&mut self, value: &Sym) -> Option<Truth> {
        let boolean = |atom: &Atom| matches!(atom, Atom::Const(Value::Bool(_), _));
        value.alts.iter().all(|alt| boolean(&alt.atom)).then(|| self.truth_of(value))
    }
}
