//! What a condition takes for granted where it stands: values that are there, and fields with one value.

use super::{Writer, column};
use crate::ir::{Cmp, ExprId, ExprKind as Kind, FieldPath, Op, Operand, Subject};
use crate::lang::esql::print_expression;

/// What is known where an expression stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Guards {
    /// Values that are there, as they are written.
    pub(super) present: Vec<String>,
    /// Fields that have no more than one value.
    pub(super) single: Vec<FieldPath>,
}

impl Writer<'_> {
    /// A member that says that a value is there, and whether it says that it is the only one.
    pub(super) fn guard(&mut self, id: ExprId) -> Option<(String, Option<FieldPath>)> {
        let field = |items: &Subject| match items {
            Subject::Elements(inner) => match &**inner {
                Subject::Field(field) => Some(field.clone()),
                _ => None,
            },
            _ => None,
        };
        match self.pool.kind(id).clone() {
            Kind::ForSome(items, ExprId::TRUE) => Some((print_expression(&column(&field(&items)?)), None)),
            Kind::Count { items, body: ExprId::TRUE, op: Cmp::Equal, number: 1 } => {
                let field = field(&items)?;
                Some((print_expression(&column(&field)), Some(field)))
            }
            Kind::Test(subject, Op::Present) => {
                Some((print_expression(&self.term(&subject, self.pool.origin(id))), None))
            }
            _ => None,
        }
    }

    /// The values without which a condition is not true: of a disjunction those that every member needs.
    pub(super) fn covered(&mut self, id: ExprId) -> Vec<String> {
        let origin = self.pool.origin(id);
        match self.pool.kind(id).clone() {
            Kind::Not(inner) if self.looks_at_others(inner) => Vec::new(),
            Kind::Not(inner) => self.covered(inner),
            Kind::Or(members) => {
                let mut all = members.into_iter().map(|member| self.covered(member));
                let first = all.next().unwrap_or_default();
                all.fold(first, |known, next| known.into_iter().filter(|value| next.contains(value)).collect())
            }
            Kind::ForSome(items, body) if body != ExprId::TRUE => match self.bind(&items, origin) {
                Some(bound) => {
                    self.bound.pop();
                    vec![print_expression(&bound)]
                }
                None => Vec::new(),
            },
            Kind::Test(subject, op) if !matches!(op, Op::Present | Op::IsMissing | Op::IsNull) => {
                vec![print_expression(&self.term(&subject, origin))]
            }
            _ => Vec::new(),
        }
    }

    /// Whether a test compares with another value: without that its complement holds, whatever the value itself.
    fn looks_at_others(&self, id: ExprId) -> bool {
        match self.pool.kind(id) {
            Kind::ForSome(_, body) => match self.pool.kind(*body) {
                Kind::Test(_, op) => other_value(op),
                // Items of one field are held against those of another.
                Kind::ForSome(..) => true,
                _ => false,
            },
            Kind::Test(_, op) => other_value(op),
            _ => false,
        }
    }
}

fn other_value(op: &Op) -> bool {
    matches!(
        op,
        Op::Equal { to: Operand::Subject(_), .. }
            | Op::Compare { to: Operand::Subject(_), .. }
            | Op::HasText { text: Operand::Subject(_), .. }
    )
}
