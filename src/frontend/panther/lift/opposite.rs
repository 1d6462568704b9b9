//! Conditions that negate each other, as far as their form shows it.

use super::marks::Marks;
use crate::ir::{ExprId, ExprKind, Pool};

/// How deep junctions are compared member by member.
const MAX_DEPTH: usize = 2;
/// Longer junctions are not compared.
const MAX_MEMBERS: usize = 64;

/// The conditions of a pool, and what is known of their forms.
#[derive(Clone, Copy)]
pub(super) struct Opposites<'p> {
    pub(super) pool: &'p Pool,
    pub(super) marks: &'p Marks,
}

impl Opposites<'_> {
    /// Whether one of the conditions negates this one.
    pub(super) fn has(self, conditions: &[ExprId], id: ExprId) -> bool {
        let form = self.marks.of(id).form;
        let mut alike = conditions.iter().filter(|other| self.marks.of(**other).form == form);
        alike.any(|other| complementary(self.pool, *other, id, MAX_DEPTH))
    }

    /// Whether two of the conditions negate each other.
    pub(super) fn any(self, conditions: &[ExprId]) -> bool {
        conditions.iter().enumerate().any(|(index, id)| self.has(&conditions[..index], *id))
    }
}

/// Whether each member of a conjunction negates its counterpart in a disjunction.
fn member_by_member(pool: &Pool, left: &[ExprId], right: &[ExprId], depth: usize) -> bool {
    depth > 0
        && left.len() == right.len()
        && left.len() <= MAX_MEMBERS
        && left.iter().zip(right).all(|(left, right)| complementary(pool, *left, *right, depth - 1))
}

fn complementary(pool: &Pool, left: ExprId, right: ExprId, depth: usize) -> bool {
    match (pool.kind(left), pool.kind(right)) {
        (ExprKind::Not(inner), _) if *inner == right => true,
        (_, ExprKind::Not(inner)) if *inner == left => true,
        (ExprKind::And(left), ExprKind::Or(right)) | (ExprKind::Or(left), ExprKind::And(right)) => {
            member_by_member(pool, left, right, depth)
        }
        _ => false,
    }
}
