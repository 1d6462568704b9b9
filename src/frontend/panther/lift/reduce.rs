//! Conjunctions without members that follow from others.

use super::Lifter;
use super::implied::{Implied, is_guard};
use crate::ir::{ExprId, ExprKind};
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};

/// What is known of which conditions follow from which.
#[derive(Default)]
pub(super) struct Followers {
    guards: HashMap<ExprId, bool, RandomState>,
    implied: Implied,
    /// Conjunctions of which no member follows from another.
    pub(super) reduced: HashSet<ExprId, RandomState>,
}

impl Lifter<'_> {
    /// Whether it is known that no member of a conjunction follows from another.
    pub(super) fn is_reduced(&self, id: ExprId) -> bool {
        !matches!(self.pool.kind(id), ExprKind::And(_)) || self.known.followers.reduced.contains(&id)
    }

    /// Leaves out what follows from others; `apart` from others beyond the border only. One at a time: of two that say the same, one
    /// stays.
    pub(super) fn remove_followers(&mut self, all: &mut Vec<ExprId>, mut border: usize, apart: bool) {
        let mut index = 0;
        while index < all.len() {
            let (first, second) = all.split_at(border);
            let beyond = if index < border { second } else { first };
            let others = if apart { beyond } else { all.as_slice() };
            if self.follows(all[index], others) {
                all.remove(index);
                border -= usize::from(index < border);
            } else {
                index += 1;
            }
        }
    }

    /// Whether a condition is true wherever one of the others among `members` is.
    fn follows(&mut self, id: ExprId, members: &[ExprId]) -> bool {
        let (pool, known) = (&self.pool, &mut self.known.followers);
        if !*known.guards.entry(id).or_insert_with(|| is_guard(pool, id)) {
            return false;
        }
        members.iter().any(|by| *by != id && known.implied.implies(pool, *by, id))
    }
}
