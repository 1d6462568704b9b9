//! Binary decision diagrams: conditions as functions of their tests, in a form in which equal functions are the same node
//! (R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", 1986).

use crate::ir::{ExprId, ExprKind, Pool, children};
use std::collections::{BTreeSet, HashMap};

/// Larger diagrams are given up.
const MAX_NODES: usize = 100_000;
/// More tests than this are not looked at: the recursion is as deep as there are tests.
const MAX_TESTS: usize = 500;

/// A node, false, or true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node(u32);

impl Node {
    pub(super) const FALSE: Self = Self(0);
    const TRUE: Self = Self(1);
}

/// Which test decides, and where it leads when it fails and when it holds. Tests are asked in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Decision {
    test: u32,
    fails: Node,
    holds: Node,
}

/// Conditions of one pool as diagrams over the same tests.
#[derive(Default)]
pub(super) struct Diagram {
    decisions: Vec<Decision>,
    unique: HashMap<Decision, Node>,
    tests: HashMap<ExprId, u32>,
    chosen: HashMap<(Node, Node, Node), Node>,
}

impl Diagram {
    /// The diagram of a condition; `None` when it grows too large.
    pub(super) fn of(&mut self, pool: &Pool, root: ExprId) -> Option<Node> {
        let mut done: HashMap<ExprId, Node> = HashMap::new();
        for id in reachable(pool, root) {
            let node = match pool.kind(id) {
                ExprKind::True => Node::TRUE,
                ExprKind::False => Node::FALSE,
                ExprKind::Not(inner) => self.choose(*done.get(inner)?, Node::FALSE, Node::TRUE)?,
                ExprKind::And(members) => members
                    .iter()
                    .try_fold(Node::TRUE, |all, member| self.choose(*done.get(member)?, all, Node::FALSE))?,
                ExprKind::Or(members) => members
                    .iter()
                    .try_fold(Node::FALSE, |any, member| self.choose(*done.get(member)?, Node::TRUE, any))?,
                _ => self.test(id)?,
            };
            done.insert(id, node);
        }
        done.get(&root).copied()
    }

    /// What holds in the first and not in the second.
    pub(super) fn without(&mut self, first: Node, second: Node) -> Option<Node> {
        self.choose(second, Node::FALSE, first)
    }

    /// What holds in both.
    pub(super) fn both(&mut self, first: Node, second: Node) -> Option<Node> {
        self.choose(first, second, Node::FALSE)
    }

    /// What holds in either.
    pub(super) fn either(&mut self, first: Node, second: Node) -> Option<Node> {
        self.choose(first, Node::TRUE, second)
    }

    /// The tests of the conditions so far, in their order.
    pub(super) fn tests(&self) -> Vec<ExprId> {
        let mut tests: Vec<(u32, ExprId)> = self.tests.iter().map(|(id, place)| (*place, *id)).collect();
        tests.sort_unstable_by_key(|(place, _)| *place);
        tests.into_iter().map(|(_, id)| id).collect()
    }

    fn test(&mut self, id: ExprId) -> Option<Node> {
        let next = u32::try_from(self.tests.len()).ok()?;
        let test = *self.tests.entry(id).or_insert(next);
        if self.tests.len() > MAX_TESTS {
            return None;
        }
        self.node(Decision { test, fails: Node::FALSE, holds: Node::TRUE })
    }

    fn node(&mut self, decision: Decision) -> Option<Node> {
        if decision.fails == decision.holds {
            return Some(decision.fails);
        }
        if let Some(known) = self.unique.get(&decision) {
            return Some(*known);
        }
        if self.decisions.len() >= MAX_NODES {
            return None;
        }
        let node = Node(u32::try_from(self.decisions.len()).ok()? + 2);
        self.decisions.push(decision);
        self.unique.insert(decision, node);
        Some(node)
    }

    fn decision(&self, node: Node) -> Option<Decision> {
        self.decisions.get(usize::try_from(node.0.checked_sub(2)?).ok()?).copied()
    }

    /// `then` where the condition holds, else `otherwise`.
    fn choose(&mut self, condition: Node, then: Node, otherwise: Node) -> Option<Node> {
        match condition {
            Node::TRUE => return Some(then),
            Node::FALSE => return Some(otherwise),
            _ if then == otherwise => return Some(then),
            _ => {}
        }
        let key = (condition, then, otherwise);
        if let Some(known) = self.chosen.get(&key) {
            return Some(*known);
        }
        let all = [condition, then, otherwise];
        let test = all.into_iter().filter_map(|node| self.decision(node)).map(|decision| decision.test).min()?;
        let under = |diagram: &Self, holds: bool| {
            all.map(|node| match diagram.decision(node) {
                Some(decision) if decision.test == test => {
                    if holds {
                        decision.holds
                    } else {
                        decision.fails
                    }
                }
                _ => node,
            })
        };
        let [condition, then, otherwise] = under(self, false);
        let fails = self.choose(condition, then, otherwise)?;
        let [condition, then, otherwise] = under(self, true);
        let holds = self.choose(condition, then, otherwise)?;
        let node = self.node(Decision { test, fails, holds })?;
        self.chosen.insert(key, node);
        Some(node)
    }
}

/// The nodes below a condition up to its tests, children first.
pub(super) fn reachable(pool: &Pool, root: ExprId) -> BTreeSet<ExprId> {
    let mut seen = BTreeSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if seen.insert(id)
            && let ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) = pool.kind(id)
        {
            stack.extend(children(pool.kind(id)));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{FieldPath, Op};

    /// Distribution, De Morgan, absorption: the same function is the same node.
    #[test]
    fn equal_functions_are_the_same_node() {
        let mut pool = Pool::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| pool.any_of(FieldPath::dotted(name), Op::Present, None));
        let b_or_c = pool.or([b, c], None);
        let left = pool.and([a, b_or_c], None);
        let (ab, ac) = (pool.and([a, b], None), pool.and([a, c], None));
        let right = pool.or([ab, ac], None);
        let [not_a, not_b] = [a, b].map(|id| pool.not(id, None));
        let neither = pool.and([not_a, not_b], None);
        let a_or_b = pool.or([a, b], None);
        let no_or = pool.not(a_or_b, None);
        let absorbed = pool.or([a, ab], None);
        let mut diagram = Diagram::default();
        let mut of = |id| diagram.of(&pool, id).unwrap();
        assert_eq!(of(left), of(right));
        assert_eq!(of(neither), of(no_or));
        assert_eq!(of(absorbed), of(a));
        assert_ne!(of(left), of(a));
        let (ab, a) = (of(ab), of(a));
        assert_eq!(diagram.without(ab, a), Some(Node::FALSE));
        assert_ne!(diagram.without(a, ab), Some(Node::FALSE));
    }

    /// The parity of many tests is linear in this form, a hundred thousand combinations of values or not.
    #[test]
    fn many_tests_are_no_trouble() {
        let mut pool = Pool::default();
        let tests: Vec<ExprId> =
            (0..300).map(|n| pool.any_of(FieldPath::dotted(&format!("f{n}")), Op::Present, None)).collect();
        let any = pool.or(tests.clone(), None);
        let turned = pool.or(tests.into_iter().rev(), None);
        let mut diagram = Diagram::default();
        assert_eq!(diagram.of(&pool, any), diagram.of(&pool, turned));
        assert!(diagram.of(&pool, any).is_some());
    }
}
