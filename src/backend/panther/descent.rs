//! The way down into a condition that is written out: how deep, how long, and where it stands in the source.

use crate::ir::{ExprId, Pool};
use crate::source::Location;

/// A writer's way into conditions. Shared conditions are written out each time they are used, so the text has a limit.
pub(super) struct Descent {
    max_depth: usize,
    max_nodes: usize,
    nodes: usize,
    depth: usize,
    /// Where the condition that is being written stands in the source.
    pub(super) origin: Option<Location>,
}

/// Where a condition stands that another one is in.
#[derive(Clone, Copy)]
pub(super) struct Outer(Option<Location>);

impl Descent {
    pub(super) fn new(max_depth: usize, max_nodes: usize) -> Self {
        Self { max_depth, max_nodes, nodes: 0, depth: 0, origin: None }
    }

    /// Into a condition; `None` where there is no room left. What is entered has to be left.
    pub(super) fn enter(&mut self, pool: &Pool, id: ExprId) -> Option<Outer> {
        self.nodes += 1;
        if self.depth == self.max_depth || self.nodes > self.max_nodes {
            return None;
        }
        self.depth += 1;
        let outer = self.origin;
        self.origin = pool.origin(id).or(outer);
        Some(Outer(outer))
    }

    pub(super) fn leave(&mut self, outer: Outer) {
        self.origin = outer.0;
        self.depth -= 1;
    }
}
