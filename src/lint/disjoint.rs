//! Which tests of one field no single text can pass together.

use super::letters::lower;
use crate::ir::{Case, ExprId, ExprKind, FieldPath, Op, Operand, Pool, Shape, Subject, Value};

/// Tests of one field of which one has to hold: what a test of any of its values asks for, or a list of such tests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alternatives<'a> {
    pool: &'a Pool,
    field: &'a FieldPath,
    members: &'a [ExprId],
}

/// The alternatives of an expression, by the first of them: [`Alternatives::are_all`] looks at the others.
pub(super) fn alternatives<'a>(pool: &'a Pool, id: &'a ExprId) -> Option<Alternatives<'a>> {
    let members = match pool.kind(*id) {
        ExprKind::Or(members) => members.as_slice(),
        _ => std::slice::from_ref(id),
    };
    let (field, _) = any_of(pool, *members.first()?)?;
    Some(Alternatives { pool, field, members })
}

/// A test of any value of a field.
fn any_of(pool: &Pool, id: ExprId) -> Option<(&FieldPath, &Op)> {
    let ExprKind::ForSome(Subject::Elements(items), body) = pool.kind(id) else { return None };
    match (&**items, pool.kind(*body)) {
        (Subject::Field(field), ExprKind::Test(Subject::Element(0), op)) => Some((field, op)),
        _ => None,
    }
}

impl<'a> Alternatives<'a> {
    /// Whether all of them are tests of the one field.
    pub(super) fn are_all(&self) -> bool {
        self.members.iter().all(|id| any_of(self.pool, *id).is_some_and(|(field, _)| field == self.field))
    }

    fn tests(&self) -> impl Iterator<Item = &'a Op> + use<'a> {
        let pool = self.pool;
        self.members.iter().filter_map(|id| any_of(pool, *id)).map(|(_, op)| op)
    }

    /// Whether no single text passes a test of both. Unknown is no.
    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        self.field == other.field
            && self.tests().all(|left| other.tests().all(|right| disjoint(left, right)))
            && self.are_all()
            && other.are_all()
    }
}

fn disjoint(left: &Op, right: &Op) -> bool {
    let (Some((left, left_case)), Some((right, right_case))) = (shape(left), shape(right)) else { return false };
    // What differs without regard to case differs with it too, and the other way round only under the same mode.
    if left_case.is_sensitive() || right_case.is_sensitive() {
        return false;
    }
    match (left, right) {
        (Shape::Exact(left), Shape::Exact(right)) => lower(left) != lower(right),
        (Shape::Exact(text), Shape::Prefix(part)) | (Shape::Prefix(part), Shape::Exact(text)) => {
            !lower(text).starts_with(&*lower(part))
        }
        (Shape::Exact(text), Shape::Suffix(part)) | (Shape::Suffix(part), Shape::Exact(text)) => {
            !lower(text).ends_with(&*lower(part))
        }
        (Shape::Exact(text), Shape::Contains(part)) | (Shape::Contains(part), Shape::Exact(text)) => {
            !lower(text).contains(&*lower(part))
        }
        (Shape::Prefix(left), Shape::Prefix(right)) => {
            let (left, right) = (lower(left), lower(right));
            !left.starts_with(&*right) && !right.starts_with(&*left)
        }
        (Shape::Suffix(left), Shape::Suffix(right)) => {
            let (left, right) = (lower(left), lower(right));
            !left.ends_with(&*right) && !right.ends_with(&*left)
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
pub(super) fn branches<'a>(pool: &'a Pool, root: &'a ExprId) -> impl Iterator<Item = &'a [ExprId]> {
    let all = match pool.kind(*root) {
        ExprKind::Or(members) => members.as_slice(),
        _ => std::slice::from_ref(root),
    };
    all.iter().map(|id| match pool.kind(*id) {
        ExprKind::And(members) => members.as_slice(),
        _ => std::slice::from_ref(id),
    })
}
