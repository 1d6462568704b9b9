//! One test and its complement.

use super::guards::Guards;
use super::{any, boolean, compare, is_null, plain, term};
use crate::lang::esql::{CompareOp, Expr, ExprKind, Literal, print_expression};

/// A test of one value, which one list can share with others of its family.
pub(super) struct Test {
    pub(super) family: Family,
    pub(super) subject: Expr,
    pub(super) values: Vec<Expr>,
    /// What it is null without.
    pub(super) nulls: Vec<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Equal,
    Like,
    Regex,
    Network,
    Compare(CompareOp),
    /// A call that is true or false.
    Call,
}

impl Family {
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Equal | Self::Like | Self::Regex | Self::Network)
    }
}

impl Test {
    pub(super) fn written(self) -> Expr {
        self.with(false)
    }

    pub(super) fn with(self, negated_test: bool) -> Expr {
        let Self { family, subject, mut values, .. } = self;
        let boxed = Box::new(subject);
        match family {
            Family::Equal | Family::Compare(_) if values.len() == 1 => {
                let op = match (family, negated_test) {
                    (Family::Compare(CompareOp::Equal) | Family::Equal, true) => CompareOp::NotEqual,
                    (Family::Compare(op), false) => op,
                    (Family::Compare(op), true) => return negated(compare(*boxed, op, values.remove(0))),
                    _ => CompareOp::Equal,
                };
                compare(*boxed, op, values.remove(0))
            }
            Family::Equal | Family::Compare(_) => {
                plain(ExprKind::In { negated: negated_test, subject: boxed, list: values })
            }
            Family::Like | Family::Regex => plain(ExprKind::Like {
                regex: family == Family::Regex,
                negated: negated_test,
                subject: boxed,
                listed: values.len() > 1,
                patterns: values,
            }),
            Family::Network => {
                let args = std::iter::once(*boxed).chain(values).collect();
                let call = plain(ExprKind::Call(term::call("CIDR_MATCH", args)));
                if negated_test { negated(call) } else { call }
            }
            Family::Call if negated_test => negated(*boxed),
            Family::Call => *boxed,
        }
    }
}

/// The complement of a test, with what makes it null.
pub(super) fn complement(test: Test, guards: &Guards) -> Expr {
    let open: Vec<Expr> =
        test.nulls.iter().filter(|value| !guards.present.contains(&print_expression(value))).cloned().collect();
    let mut parts: Vec<Expr> = Vec::new();
    for value in open.into_iter().filter(|value| !matches!(value.kind, ExprKind::Literal(_))) {
        parts.push(is_null(value, false));
    }
    parts.push(test.with(true));
    any(parts)
}

pub(super) fn negated(expr: Expr) -> Expr {
    match expr.kind {
        ExprKind::Not(inner) => *inner,
        ExprKind::IsNull { negated, subject } => plain(ExprKind::IsNull { negated: !negated, subject }),
        ExprKind::Literal(Literal::Bool(value)) => boolean(!value),
        _ => plain(ExprKind::Not(Box::new(expr))),
    }
}
