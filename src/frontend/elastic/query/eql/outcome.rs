//! EQL conditions inside scripts, where null is the third outcome: `string(a == "b")` is null when `a` is.

use super::super::cmp;
use super::Rules;
use super::condition::{boolean, constants, equal, match_op, pattern_op, value};
use super::scripted::{case_of, network, pattern};
use super::terms::Terms;
use crate::ir::{Case, Cmp, Coercion, Domain, ExprId, Op, Operand, Outcome, Place, Pool, Subject, Value};
use crate::lang::eql::{CompareOp, Expr, ExprKind, Literal, Type, find_function};
use crate::source::{Location, Span};
use std::sync::Arc;

const NULL: Outcome = Outcome { holds: ExprId::FALSE, fails: ExprId::FALSE };

impl Terms<'_, '_> {
    pub(super) fn pool(&mut self) -> &mut Pool {
        &mut self.lowering.parts.pool
    }

    /// When the condition is true and when it is false.
    pub(super) fn outcome(&mut self, expr: &Expr) -> Outcome {
        let at = Some(self.lowering.at(expr.span()));
        match &expr.kind {
            ExprKind::Or(members) => {
                let members: Vec<Outcome> = members.iter().map(|member| self.outcome(member)).collect();
                self.pool().outcome_or(&members, at)
            }
            ExprKind::And(members) => {
                let members: Vec<Outcome> = members.iter().map(|member| self.outcome(member)).collect();
                self.pool().outcome_and(&members, at)
            }
            ExprKind::Not(inner) => Pool::outcome_not(self.outcome(inner)),
            ExprKind::Literal(Literal::Bool(value)) => two_valued(*value),
            ExprKind::Literal(Literal::Null) => NULL,
            _ => match self.rules {
                Rules::Elasticsearch => self.script_outcome(expr),
                Rules::Endgame(case) => self.endgame_outcome(expr, case),
            },
        }
    }

    /// What is particular to Elasticsearch's scripts of a condition.
    fn script_outcome(&mut self, expr: &Expr) -> Outcome {
        let at = Some(self.lowering.at(expr.span()));
        match &expr.kind {
            ExprKind::Compare { op, left, right, .. } => self.compare(*op, left, right, expr.span()),
            ExprKind::In { insensitive, subject, list, .. } => {
                let case = if *insensitive { Case::AsciiInsensitive } else { Case::Sensitive };
                let ops = list.iter().map(|item| match &item.kind {
                    ExprKind::Literal(literal) => Some(equal(value(literal), case)),
                    _ => None,
                });
                match ops.collect::<Option<Vec<Op>>>() {
                    Some(ops) => self.any_of(subject, ops, at),
                    None => self.hole(expr.span(), "a list with something else than constants"),
                }
            }
            ExprKind::Match { kind, subject, list, .. } => {
                let ops = list.iter().map(|text| match_op(*kind, &text.value)).collect();
                self.any_of(subject, ops, at)
            }
            ExprKind::Function { name, insensitive, args, .. } => self.test(name, *insensitive, args, expr.span()),
            ExprKind::Field(_) => self.any_of(expr, vec![equal(Value::Bool(true), Case::Sensitive)], at),
            _ => self.hole(expr.span(), "a value is not a condition"),
        }
    }

    pub(super) fn hole(&mut self, span: Span, reason: &str) -> Outcome {
        let hole = self.lowering.hole(span, reason);
        Outcome { holds: hole, fails: hole }
    }

    /// True when one of the tests passes, null when there is no value.
    fn any_of(&mut self, subject: &Expr, ops: Vec<Op>, at: Option<Location>) -> Outcome {
        let subject = self.term(subject);
        let tests: Vec<ExprId> = ops.into_iter().map(|op| self.pool().test(subject.clone(), op, at)).collect();
        let holds = self.pool().or(tests, at);
        self.known(holds, &[subject], at)
    }

    /// False, and not null, only when all terms have a value.
    pub(super) fn known(&mut self, holds: ExprId, terms: &[Subject], at: Option<Location>) -> Outcome {
        let mut members: Vec<ExprId> =
            terms.iter().map(|term| self.pool().test(term.clone(), Op::Present, at)).collect();
        members.push(self.pool().not(holds, at));
        Outcome { holds, fails: self.pool().and(members, at) }
    }

    /// A comparison in which nothing is null, save that `== null` and `!= null` ask for that.
    pub(super) fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Outcome {
        match (&left.kind, &right.kind) {
            (ExprKind::Literal(left), ExprKind::Literal(right))
                if *left != Literal::Null && *right != Literal::Null =>
            {
                constants(op, left, right).map_or_else(|| self.hole(span, "constants of different types"), two_valued)
            }
            (_, ExprKind::Literal(Literal::Null)) => self.is_null(op, left, span),
            (ExprKind::Literal(_), _) => self.compare(op.flipped(), right, left, span),
            (_, ExprKind::Literal(Literal::Bool(value))) if super::condition::is_condition(left) => {
                let outcome = self.outcome(left);
                match op {
                    CompareOp::Equal if *value => outcome,
                    CompareOp::NotEqual if !*value => outcome,
                    CompareOp::Equal | CompareOp::NotEqual => Pool::outcome_not(outcome),
                    _ => self.hole(span, "truth values have no order"),
                }
            }
            _ => self.compare_terms(op, left, right, span),
        }
    }

    pub(super) fn is_null(&mut self, op: CompareOp, expr: &Expr, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let there = if let ExprKind::Literal(literal) = &expr.kind {
            boolean(*literal != Literal::Null)
        } else {
            let term = self.term(expr);
            self.pool().test(term, Op::Present, at)
        };
        let there = self.pool().two_valued(there);
        match op {
            CompareOp::NotEqual => there,
            CompareOp::Equal => Pool::outcome_not(there),
            _ => NULL,
        }
    }

    fn compare_terms(&mut self, op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let subject = self.term(left);
        let to = match &right.kind {
            ExprKind::Literal(literal) => Operand::Value(value(literal)),
            _ => Operand::Subject(Arc::new(self.term(right))),
        };
        let text = match &to {
            Operand::Value(Value::Int(_) | Value::Float(_)) => false,
            Operand::Value(_) => true,
            Operand::Subject(_) => is_text(left) || is_text(right),
        };
        let (domain, coercion) =
            if text { (Domain::String, Coercion::Text) } else { (Domain::Number, Coercion::Number) };
        let mut test = |op: Cmp| {
            let op = match op {
                Cmp::Equal => Op::Equal { to: to.clone(), case: Case::Sensitive, coercion },
                op => Op::Compare { op, domain, coercion, to: to.clone() },
            };
            self.lowering.parts.pool.test(subject.clone(), op, at)
        };
        Outcome { holds: test(cmp(op)), fails: test(cmp(op).negated()) }
    }

    /// A function that gives true or false.
    pub(super) fn test(&mut self, name: &str, insensitive: bool, args: &[Expr], span: Span) -> Outcome {
        let place = match name.to_ascii_lowercase().as_str() {
            "cidrmatch" => return self.cidr(args, span),
            "startswith" => Place::Start,
            "endswith" => Place::End,
            "stringcontains" => Place::Anywhere,
            _ => return self.hole(span, "this function gives no truth value"),
        };
        let [subject, text] = args else { return self.hole(span, "the function takes two arguments") };
        let at = Some(self.lowering.at(span));
        if let ExprKind::Literal(Literal::String { value, .. }) = &text.kind {
            return self.any_of(subject, vec![pattern_op(pattern(place, value), case_of(insensitive, value))], at);
        }
        let case = if insensitive { Case::Insensitive } else { Case::Sensitive };
        let (subject, text) = (self.term(subject), self.term(text));
        let op = Op::HasText { place, text: Operand::Subject(Arc::new(text.clone())), case };
        let holds = self.pool().test(subject.clone(), op, at);
        self.known(holds, &[subject, text], at)
    }

    fn cidr(&mut self, args: &[Expr], span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let Some((subject, blocks)) = args.split_first() else { return self.hole(span, "no address") };
        let ops = blocks.iter().map(|block| match &block.kind {
            ExprKind::Literal(Literal::String { value, .. }) => network(value).map(Op::InCidr),
            _ => None,
        });
        match ops.collect::<Option<Vec<Op>>>() {
            Some(ops) => self.any_of(subject, ops, at),
            None => self.hole(span, "a network that is not a constant"),
        }
    }
}

fn two_valued(holds: bool) -> Outcome {
    Outcome { holds: boolean(holds), fails: boolean(!holds) }
}

fn is_text(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Function { name, .. } => find_function(name).is_some_and(|function| function.result == Type::String),
        ExprKind::Literal(literal) => matches!(literal, Literal::String { .. }),
        _ => false,
    }
}
