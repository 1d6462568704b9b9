//! Which tests of one field no single text can pass together.

use crate::ir::{Case, ExprId, ExprKind, FieldPath, Op, Operand, Pool, Shape, Subject, Value};

/// Alternatives of which one has to hold of a field, each with its place in the pool.
#[derive(Debug)]
pub(super) struct Alternatives<'a> {
    pub(super) field: &'a FieldPath,
    tests: Vec<&'a Op>,
}

/// A test of any value of a field, or a list of such tests of one field.
pub(super) fn alternatives(pool: &Pool, id: ExprId) -> Option<Alternatives<'_>> {
    let one = |id: ExprId| match pool.kind(id) {
        ExprKind::ForSome(Subject::Elements(inner), body) => match (&**inner, pool.kind(*body)) {
            (Subject::Field(field), ExprKind::Test(Subject::Element(0), op)) => Some((field, op)),
            _ => None,
        },
        _ => None,
    };
    let members = match pool.kind(id) {
        ExprKind::Or(members) => members.as_slice(),
        _ => std::slice::from_ref(&id),
    };
    let tests: Option<Vec<_>> = members.iter().map(|member| one(*member)).collect();
    let tests = tests?;
    let (field, _) = *tests.first()?;
    let same = tests.iter().all(|(other, _)| *other == field);
    same.then(|| Alternatives { field, tests: tests.into_iter().map(|(_, op)| op).collect() })
}

impl Alternatives<'_> {
    /// Whether no single text passes a test of both. Unknown is no.
    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        self.field == other.field && self.tests.iter().all(|left| other.tests.iter().all(|right| disjoint(left, right)))
    }
}

fn disjoint(left: &Op, right: &Op) -> bool {
    let (Some((left, left_case)), Some((right, right_case))) = (shape(left), shape(right)) else { return false };
    // What differs without regard to case differs with it too, and the other way round only under the same mode.
    let fold = |text: &str| text.to_lowercase();
    if left_case.is_sensitive() || right_case.is_sensitive() {
        return false;
    }
    match (left, right) {
        (Shape::Exact(left), Shape::Exact(right)) => fold(left) != fold(right),
        (Shape::Exact(text), Shape::Prefix(part)) | (Shape::Prefix(part), Shape::Exact(text)) => {
            !fold(text).starts_with(&fold(part))
        }
        (Shape::Exact(text), Shape::Suffix(part)) | (Shape::Suffix(part), Shape::Exact(text)) => {
            !fold(text).ends_with(&fold(part))
        }
        (Shape::Exact(text), Shape::Contains(part)) | (Shape::Contains(part), Shape::Exact(text)) => {
            !fold(text).contains(&fold(part))
        }
        (Shape::Prefix(left), Shape::Prefix(right)) => {
            let (left, right) = (fold(left), fold(right));
            !left.starts_with(&right) && !right.starts_with(&left)
        }
        (Shape::Suffix(left), Shape::Suffix(right)) => {
            let (left, right) = (fold(left), fold(right));
            !left.ends_with(&right) && !right.ends_with(&left)
        }
        _ => false,
    }
}

/// The text that a test asks for, and where it has to stand.
fn shape(op: &Op) -> Option<(Shape<'_>, Case)> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, .. } => Some((Shape::Exact(text), *case)),
        Op::Matches { pattern, case, .. } => Some((pattern.shape(), *case)),
        _ => None,
    }
}

/// The branches of a condition, each as what has to hold together.
pub(super) fn branches(pool: &Pool, root: ExprId) -> Vec<Vec<ExprId>> {
    let conjunction = |id: ExprId| match pool.kind(id) {
        ExprKind::And(members) => members.clone(),
        _ => vec![id],
    };
    match pool.kind(root) {
        ExprKind::Or(members) => members.iter().map(|member| conjunction(*member)).collect(),
        _ => vec![conjunction(root)],
    }
}
