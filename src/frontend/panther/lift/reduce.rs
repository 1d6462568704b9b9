//! Conjunctions without members that follow from others.

use super::Lifter;
use super::implied::{Implied, is_guard};
use super::marks::{Marks, Set};
use crate::ir::{ExprId, ExprKind, Pool};
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};

/// What is known of which conditions follow from which.
#[derive(Default)]
pub(super) struct Followers {
    guards: HashMap<ExprId, bool, RandomState>,
    implied: Implied,
    pub(super) marks: Marks,
    /// Conjunctions of which no member follows from another.
    pub(super) reduced: HashSet<ExprId, RandomState>,
}

impl Lifter<'_> {
    /// Whether it is known that no member of a conjunction follows from another.
    pub(super) fn is_reduced(&self, id: ExprId) -> bool {
        !matches!(self.pool.kind(id), ExprKind::And(_)) || self.known.followers.reduced.contains(&id)
    }

    /// Leaves out what follows from others: the members of the left condition, up to the border, and those of the right one. One at a
    /// time: of two that say the same, one stays.
    pub(super) fn remove_followers(
        &mut self,
        all: &mut Vec<ExprId>,
        mut border: usize,
        (left, right): (ExprId, ExprId),
    ) {
        let apart = self.is_reduced(left) && self.is_reduced(right);
        let known = &mut self.known.followers;
        known.marks.update(&self.pool);
        let [left, right] = [left, right].map(|side| known.marks.of(side).says);
        let mut index = 0;
        while index < all.len() {
            let (first, second) = all.split_at(border);
            let is_first = index < border;
            let (others, says) = match (apart, is_first) {
                (false, _) => (all.as_slice(), left | right),
                (true, true) => (second, right),
                (true, false) => (first, left),
            };
            if known.follows(&self.pool, all[index], others, says) {
                all.remove(index);
                border -= usize::from(is_first);
            } else {
                index += 1;
            }
        }
    }
}

impl Followers {
    /// Whether a condition is true wherever one of the others among `members` is, which have these marks.
    fn follows(&mut self, pool: &Pool, id: ExprId, members: &[ExprId], says: Set) -> bool {
        let (marks, implied) = (&self.marks, &mut self.implied);
        if marks.of(id).needs & says == 0 || !*self.guards.entry(id).or_insert_with(|| is_guard(pool, id)) {
            return false;
        }
        members.iter().any(|by| *by != id && marks.may_imply(*by, id) && implied.implies((pool, marks), *by, id))
    }
}
