//! Conditions that negate each other, as far as their form shows it.

use crate::ir::{ExprId, ExprKind, Pool};

/// How deep junctions are compared member by member.
const MAX_DEPTH: usize = 2;
/// Longer junctions are not compared.
const MAX_MEMBERS: usize = 64;

/// Conditions, sorted by what can be the negation of another one.
pub(super) struct Opposites<'p> {
    pool: &'p Pool,
    all: &'p [ExprId],
    /// What the negations among them negate.
    negated: Vec<ExprId>,
    /// The members of the conjunctions and of the disjunctions among them.
    conjunctions: Vec<&'p [ExprId]>,
    disjunctions: Vec<&'p [ExprId]>,
}

impl<'p> Opposites<'p> {
    pub(super) fn of(pool: &'p Pool, all: &'p [ExprId]) -> Self {
        let mut found = Self { pool, all, negated: Vec::new(), conjunctions: Vec::new(), disjunctions: Vec::new() };
        for id in all {
            match pool.kind(*id) {
                ExprKind::Not(inner) => found.negated.push(*inner),
                ExprKind::And(members) => found.conjunctions.push(members),
                ExprKind::Or(members) => found.disjunctions.push(members),
                _ => {}
            }
        }
        found
    }

    /// Whether one of the conditions negates this one.
    pub(super) fn has(&self, id: ExprId) -> bool {
        match self.pool.kind(id) {
            ExprKind::True => self.all.contains(&ExprId::FALSE),
            ExprKind::False => self.all.contains(&ExprId::TRUE),
            ExprKind::Not(inner) => self.all.contains(inner),
            ExprKind::And(members) => self.negated.contains(&id) || self.has_junction(members, &self.disjunctions),
            ExprKind::Or(members) => self.negated.contains(&id) || self.has_junction(members, &self.conjunctions),
            _ => self.negated.contains(&id),
        }
    }

    /// Whether two of the conditions negate each other.
    pub(super) fn any(&self) -> bool {
        self.negated.iter().any(|inner| self.all.contains(inner))
            || self.conjunctions.iter().any(|members| self.has_junction(members, &self.disjunctions))
    }

    fn has_junction(&self, members: &[ExprId], junctions: &[&[ExprId]]) -> bool {
        junctions.iter().any(|other| member_by_member(self.pool, members, other, MAX_DEPTH))
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
