//! Conditions in three values: what makes them true and what makes them false; on a null they are neither.

use super::Reader;
use super::relation::Relation;
use super::term::{Term, constant};
use super::window::arguments;
use crate::ir::{
    Anchoring, Case, Cmp, Coercion, Domain, ExprId, ExprKind, Op, Operand, Outcome, Pattern, Piece, Pool, Regex,
    RegexDialect, Subject, Value,
};
use crate::lang::sql::ast::{self, BinaryOperator, Expr, UnaryOperator};
use crate::source::Location;
use std::sync::Arc;

/// How deep conditions are gone into; the parser has a limit of its own.
const MAX_DEPTH: usize = 100;

impl Reader<'_> {
    pub(super) fn condition(&mut self, expr: &Expr, scope: &[&Relation]) -> Outcome {
        self.condition_at(expr, scope, 0)
    }

    fn condition_at(&mut self, expr: &Expr, scope: &[&Relation], depth: usize) -> Outcome {
        if depth > MAX_DEPTH {
            return self.hole(expr, "conditions nest too deep");
        }
        let at = Some(self.place(expr));
        match expr {
            Expr::Nested(inner) => self.condition_at(inner, scope, depth + 1),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                Pool::outcome_not(self.condition_at(expr, scope, depth + 1))
            }
            Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                let both = [self.condition_at(left, scope, depth + 1), self.condition_at(right, scope, depth + 1)];
                if *op == BinaryOperator::And {
                    self.pool.outcome_and(&both, at)
                } else {
                    self.pool.outcome_or(&both, at)
                }
            }
            _ => {
                let tested = self.tested(expr, scope);
                tested.unwrap_or_else(|| self.hole(expr, "a condition that is not understood"))
            }
        }
    }

    fn tested(&mut self, expr: &Expr, scope: &[&Relation]) -> Option<Outcome> {
        let at = Some(self.place(expr));
        match expr {
            Expr::IsNull(inner) => self.null(inner, scope, at).map(|null| self.pool.two_valued(null)),
            Expr::IsNotNull(inner) => {
                let null = self.null(inner, scope, at)?;
                Some(Pool::outcome_not(self.pool.two_valued(null)))
            }
            Expr::BinaryOp { left, op, right } => self.compared(left, comparison(op)?, right, scope, at),
            Expr::Between { expr, negated, low, high } => {
                let bounds = [
                    self.compared(expr, Cmp::GreaterOrEqual, low, scope, at)?,
                    self.compared(expr, Cmp::LessOrEqual, high, scope, at)?,
                ];
                let between = self.pool.outcome_and(&bounds, at);
                Some(if *negated { Pool::outcome_not(between) } else { between })
            }
            Expr::In { expr, target: ast::InTarget::List(values), negated, .. } => {
                let members = values
                    .iter()
                    .map(|value| self.compared(expr, Cmp::Equal, value, scope, at))
                    .collect::<Option<Vec<_>>>()?;
                let any = self.pool.outcome_or(&members, at);
                Some(if *negated { Pool::outcome_not(any) } else { any })
            }
            Expr::Like { negated, any, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, (*any, Case::Sensitive), *negated, scope, at)
            }
            Expr::ILike { negated, any, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, (*any, Case::Insensitive), *negated, scope, at)
            }
            Expr::RLike { negated, expr, pattern, .. } => {
                let found = self.whole_regex(expr, pattern, Case::Sensitive, scope, at)?;
                Some(if *negated { Pool::outcome_not(found) } else { found })
            }
            Expr::Function(function) => self.predicate(function, scope, at),
            Expr::Value(_) => match constant(expr)? {
                Value::Bool(true) => Some(self.pool.two_valued(ExprId::TRUE)),
                Value::Bool(false) => Some(self.pool.two_valued(ExprId::FALSE)),
                _ => None,
            },
            // A boolean column.
            _ => {
                let term = self.term(expr, scope)?;
                let is = |value| Op::Equal {
                    to: Operand::Value(Value::Bool(value)),
                    case: Case::Sensitive,
                    coercion: Coercion::None,
                };
                Some(Outcome {
                    holds: self.pool.test(term.subject.clone(), is(true), at),
                    fails: self.pool.test(term.subject, is(false), at),
                })
            }
        }
    }

    /// Missing or null; JSON's null inside a variant is a value, unless it is cast.
    fn null(&mut self, inner: &Expr, scope: &[&Relation], at: Option<Location>) -> Option<ExprId> {
        let term = self.term(inner, scope)?;
        if term.in_variant {
            return Some(self.pool.test(term.subject, Op::IsMissing, at));
        }
        let there = self.pool.test(term.subject, Op::Present, at);
        Some(self.pool.not(there, at))
    }

    fn compared(
        &mut self,
        left: &Expr,
        op: Cmp,
        right: &Expr,
        scope: &[&Relation],
        at: Option<Location>,
    ) -> Option<Outcome> {
        if constant(left).is_some() && constant(right).is_none() {
            return self.compared(right, mirrored(op), left, scope, at);
        }
        let term = self.term(left, scope)?;
        let (to, other) = if let Some(value) = constant(right) {
            (Operand::Value(value), None)
        } else {
            let other = self.term(right, scope)?.subject;
            (Operand::Subject(Arc::new(other.clone())), Some(other))
        };
        let ir = test_of(&term, op, to)?;
        let test = self.pool.test(term.subject.clone(), ir, at);
        let mut there = vec![self.pool.test(term.subject, Op::Present, at)];
        if let Some(other) = other {
            there.push(self.pool.test(other, Op::Present, at));
        }
        let not = self.pool.not(test, at);
        let fails = self.pool.and(there.into_iter().chain([not]), at);
        let outcome = Outcome { holds: test, fails };
        Some(if op == Cmp::NotEqual { Pool::outcome_not(outcome) } else { outcome })
    }

    /// A test of a text that is false, not unknown, when the text is there and does not pass.
    fn of_text(&mut self, term: Term, op: Op, at: Option<Location>) -> Outcome {
        let holds = self.pool.test(term.subject.clone(), op, at);
        let there = self.pool.test(term.subject, Op::Present, at);
        let not = self.pool.not(holds, at);
        Outcome { holds, fails: self.pool.and([there, not], at) }
    }

    fn like(
        &mut self,
        left: &Expr,
        pattern: &Expr,
        (any, case): (bool, Case),
        negated: bool,
        scope: &[&Relation],
        at: Option<Location>,
    ) -> Option<Outcome> {
        let term = self.term(left, scope)?;
        let case = if term.folded { Case::Insensitive } else { case };
        let patterns: Vec<&Expr> = match pattern {
            Expr::Tuple(items) if any => items.iter().collect(),
            Expr::Nested(inner) if any => vec![inner],
            other if !any => vec![other],
            _ => return None,
        };
        let mut members = Vec::new();
        for pattern in patterns {
            let Value::Str(text) = constant(pattern)? else { return None };
            let op = Op::Matches { pattern: like_pattern(&text)?, case, coercion: Coercion::Text };
            members.push(self.of_text(term.clone(), op, at));
        }
        let found = self.pool.outcome_or(&members, at);
        Some(if negated { Pool::outcome_not(found) } else { found })
    }

    /// Snowflake's `RLIKE` and `REGEXP_LIKE` match the whole text.
    fn whole_regex(
        &mut self,
        left: &Expr,
        pattern: &Expr,
        case: Case,
        scope: &[&Relation],
        at: Option<Location>,
    ) -> Option<Outcome> {
        let term = self.term(left, scope)?;
        let Value::Str(pattern) = constant(pattern)? else { return None };
        let regex = Regex {
            pattern,
            dialect: RegexDialect::Python,
            anchoring: Anchoring::Whole,
            case: if term.folded { Case::Insensitive } else { case },
            multi_line: false,
            dot_all: false,
        };
        Some(self.of_text(term, Op::Regex { regex, coercion: Coercion::Text }, at))
    }

    fn predicate(&mut self, function: &ast::Function, scope: &[&Relation], at: Option<Location>) -> Option<Outcome> {
        let arguments = arguments(function)?;
        let name = function.name.to_string().to_lowercase();
        match (name.as_str(), arguments.as_slice()) {
            ("startswith" | "endswith" | "contains", [text, part]) => {
                let term = self.term(text, scope)?;
                let Value::Str(part) = constant(part)? else { return None };
                let pattern = match name.as_str() {
                    "startswith" => Pattern::prefix(part.clone()),
                    "endswith" => Pattern::suffix(part.clone()),
                    _ => Pattern::contains(part.clone()),
                };
                let case = if term.folded { Case::Insensitive } else { Case::Sensitive };
                Some(self.of_text(term, Op::Matches { pattern, case, coercion: Coercion::Text }, at))
            }
            ("rlike" | "regexp_like", [text, pattern]) => self.whole_regex(text, pattern, Case::Sensitive, scope, at),
            ("rlike" | "regexp_like", [text, pattern, flags]) => {
                let case = match constant(flags)? {
                    Value::Str(flags) if &*flags == "i" => Case::Insensitive,
                    _ => return None,
                };
                self.whole_regex(text, pattern, case, scope, at)
            }
            ("array_contains", [value, list]) => {
                let value = constant(value)?;
                let list = self.term(list, scope)?.subject;
                let op = Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion: Coercion::None };
                let body = self.pool.test(Subject::Element(0), op, at);
                let holds = self.pool.for_some(Subject::Items(Arc::new(list.clone())), body, at);
                let there = self.pool.test(list, Op::Present, at);
                let not = self.pool.not(holds, at);
                Some(Outcome { holds, fails: self.pool.and([there, not], at) })
            }
            _ => None,
        }
    }

    /// A part that is kept as text.
    fn hole(&mut self, expr: &Expr, reason: &str) -> Outcome {
        let at = Some(self.place(expr));
        let kind = ExprKind::OpaqueTest { text: expr.to_string().into(), reason: reason.into() };
        let hole = self.pool.add(kind, at);
        Outcome { holds: hole, fails: self.pool.not(hole, at) }
    }
}

fn comparison(op: &BinaryOperator) -> Option<Cmp> {
    Some(match op {
        BinaryOperator::Eq => Cmp::Equal,
        BinaryOperator::NotEq => Cmp::NotEqual,
        BinaryOperator::Lt => Cmp::Less,
        BinaryOperator::LtEq => Cmp::LessOrEqual,
        BinaryOperator::Gt => Cmp::Greater,
        BinaryOperator::GtEq => Cmp::GreaterOrEqual,
        _ => return None,
    })
}

/// The comparison with its sides changed.
pub(super) fn mirrored(op: Cmp) -> Cmp {
    match op {
        Cmp::Less => Cmp::Greater,
        Cmp::LessOrEqual => Cmp::GreaterOrEqual,
        Cmp::Greater => Cmp::Less,
        Cmp::GreaterOrEqual => Cmp::LessOrEqual,
        same => same,
    }
}

/// The test of a comparison; that of `<>` is the equality. A folded text is compared without case: `lower(x) = 'A'` is never true.
fn test_of(term: &Term, op: Cmp, to: Operand) -> Option<Op> {
    let case = if term.folded { Case::Insensitive } else { Case::Sensitive };
    let coercion = match &to {
        Operand::Value(Value::Int(_) | Value::Float(_)) => Coercion::Number,
        Operand::Value(Value::Bool(_)) => Coercion::None,
        _ => Coercion::Text,
    };
    match op {
        Cmp::Equal | Cmp::NotEqual => Some(Op::Equal { to, case, coercion }),
        _ => {
            let domain = match &to {
                Operand::Value(Value::Int(_) | Value::Float(_)) => Domain::Number,
                Operand::Value(Value::Str(_)) => Domain::String,
                _ => return None,
            };
            Some(Op::Compare { op, domain, coercion, to })
        }
    }
}

/// `%` and `_`; a backslash before them needs `ESCAPE` in Snowflake, so a text with one is left alone.
fn like_pattern(text: &str) -> Option<Pattern> {
    if text.contains('\\') {
        return None;
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    for c in text.chars() {
        let wild = match c {
            '%' => Piece::Any,
            '_' => Piece::One,
            c => {
                literal.push(c);
                continue;
            }
        };
        pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
        pieces.push(wild);
    }
    pieces.push(Piece::Literal(literal.into()));
    Some(Pattern::new(pieces))
}
