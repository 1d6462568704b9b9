//! Binary decision diagrams: conditions as functions of their tests, in a form in which equal functions are the same node
//! (R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", 1986).

use crate::ir::{ExprId, ExprKind, Pool, children};
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// Larger diagrams are given up.
const MAX_NODES: usize = 100_000;

/// A node, false, or true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node(u32);

impl Node {
    pub(super) const FALSE: Self = Self(0);
    pub(super) const TRUE: Self = Self(1);
}

/// Which test decides, and where it leads when it fails and when it holds. Tests are asked in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decision {
    test: u32,
    fails: Node,
    holds: Node,
}

impl Hash for Decision {
    fn hash<H: Hasher>(&self, state: &mut H) {
        write_three(self.test, self.fails, self.holds, state);
    }
}

/// A condition and what holds where it does and where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice([Node; 3]);

impl Hash for Choice {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self([condition, then, otherwise]) = *self;
        write_three(condition.0, then, otherwise, state);
    }
}

/// Three numbers at once: hashing them is a good part of making a diagram.
fn write_three<H: Hasher>(first: u32, second: Node, third: Node, state: &mut H) {
    state.write_u128(u128::from(first) << 64 | u128::from(second.0) << 32 | u128::from(third.0));
}

/// Conditions of one pool as diagrams over the same tests.
#[derive(Default)]
pub(super) struct Diagram {
    decisions: Vec<Decision>,
    unique: HashMap<Decision, Node, RandomState>,
    /// By their numbers.
    tests: IndexSet<ExprId, RandomState>,
    chosen: HashMap<Choice, Node, RandomState>,
}

impl Diagram {
    /// The diagram of a condition; `None` when it grows too large.
    pub(super) fn of(&mut self, pool: &Pool, root: ExprId) -> Option<Node> {
        let mut done: HashMap<ExprId, Node, RandomState> = HashMap::default();
        for id in reachable(pool, &[root]) {
            let node = match pool.kind(id) {
                ExprKind::True => Node::TRUE,
                ExprKind::False => Node::FALSE,
                ExprKind::Not(inner) => self.choose(*done.get(inner)?, Node::FALSE, Node::TRUE)?,
                ExprKind::And(members) => self
                    .members(members, &done)?
                    .into_iter()
                    .try_fold(Node::TRUE, |all, member| self.choose(member, all, Node::FALSE))?,
                ExprKind::Or(members) => self
                    .members(members, &done)?
                    .into_iter()
                    .try_fold(Node::FALSE, |any, member| self.choose(member, Node::TRUE, any))?,
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

    /// What holds where one of the conditions does.
    pub(super) fn any(&mut self, pool: &Pool, conditions: &[ExprId]) -> Option<Node> {
        let mut nodes = conditions.iter().map(|id| self.of(pool, *id)).collect::<Option<Vec<_>>>()?;
        self.last_first(&mut nodes);
        nodes.into_iter().try_fold(Node::FALSE, |any, node| self.choose(node, Node::TRUE, any))
    }

    /// The tests that a diagram asks, in their order.
    pub(super) fn tests_of(&self, root: Node) -> Vec<ExprId> {
        let mut asked = BTreeSet::new();
        let mut seen: HashSet<Node, RandomState> = HashSet::default();
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if let Some(decision) = self.decision(node).filter(|_| seen.insert(node)) {
                asked.insert(decision.test);
                stack.extend([decision.fails, decision.holds]);
            }
        }
        asked.into_iter().filter_map(|test| self.tests.get_index(usize::try_from(test).ok()?).copied()).collect()
    }

    /// The ways through a diagram to true: each test on it with what it says.
    pub(super) fn ways(&self, root: Node) -> impl Iterator<Item = Vec<(ExprId, bool)>> + use<'_> {
        let mut open = vec![(root, Vec::new())];
        std::iter::from_fn(move || {
            while let Some((node, way)) = open.pop() {
                if node == Node::TRUE {
                    return Some(way);
                }
                let Some(decision) = self.decision(node) else { continue };
                let Some(test) = usize::try_from(decision.test).ok().and_then(|at| self.tests.get_index(at)) else {
                    continue;
                };
                for (next, holds) in [(decision.holds, true), (decision.fails, false)] {
                    let way = way.iter().copied().chain([(*test, holds)]).collect();
                    open.push((next, way));
                }
            }
            None
        })
    }

    fn test(&mut self, id: ExprId) -> Option<Node> {
        let test = u32::try_from(self.tests.insert_full(id).0).ok()?;
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

    /// The diagrams of a junction's members in the order in which they are put together.
    fn members(&self, members: &[ExprId], done: &HashMap<ExprId, Node, RandomState>) -> Option<Vec<Node>> {
        let mut nodes = members.iter().rev().map(|member| done.get(member).copied()).collect::<Option<Vec<_>>>()?;
        self.last_first(&mut nodes);
        Some(nodes)
    }

    /// Those that ask the last tests first: a list of thousands of tests is then put together from its end, a step for each.
    fn last_first(&self, nodes: &mut [Node]) {
        nodes.sort_by_key(|node| std::cmp::Reverse(self.decision(*node).map(|decision| decision.test)));
    }

    /// `then` where the condition holds, else `otherwise`. The walk keeps a stack of its own: it goes as deep as there are tests.
    fn choose(&mut self, condition: Node, then: Node, otherwise: Node) -> Option<Node> {
        let mut open = vec![Step::Choose([condition, then, otherwise])];
        let mut made: Vec<Node> = Vec::new();
        while let Some(step) = open.pop() {
            match step {
                Step::Choose(choice) => {
                    if let Some(node) = self.chosen_already(choice) {
                        made.push(node);
                        continue;
                    }
                    let test = self.first_test(choice)?;
                    let [fails, holds] = [false, true].map(|holds| self.under(choice, test, holds));
                    open.extend([Step::Join(choice, test), Step::Choose(holds), Step::Choose(fails)]);
                }
                Step::Join(choice, test) => {
                    let (holds, fails) = (made.pop()?, made.pop()?);
                    let node = self.node(Decision { test, fails, holds })?;
                    self.chosen.insert(Choice(choice), node);
                    made.push(node);
                }
            }
        }
        made.pop()
    }

    fn chosen_already(&self, choice: [Node; 3]) -> Option<Node> {
        match choice {
            [Node::TRUE, then, _] => Some(then),
            [Node::FALSE, _, otherwise] => Some(otherwise),
            [_, then, otherwise] if then == otherwise => Some(then),
            [condition, Node::TRUE, Node::FALSE] => Some(condition),
            choice => self.chosen.get(&Choice(choice)).copied(),
        }
    }

    /// The first test that one of the diagrams asks.
    fn first_test(&self, choice: [Node; 3]) -> Option<u32> {
        choice.into_iter().filter_map(|node| self.decision(node)).map(|decision| decision.test).min()
    }

    /// The diagrams where a test, which none of them asks later than first, fails or holds.
    fn under(&self, choice: [Node; 3], test: u32, holds: bool) -> [Node; 3] {
        choice.map(|node| match self.decision(node) {
            Some(decision) if decision.test == test && holds => decision.holds,
            Some(decision) if decision.test == test => decision.fails,
            _ => node,
        })
    }
}

/// What is left to do for a choice between two diagrams.
enum Step {
    Choose([Node; 3]),
    /// Both ways of a test are made.
    Join([Node; 3], u32),
}

/// The nodes below conditions up to their tests, children first.
pub(super) fn reachable(pool: &Pool, roots: &[ExprId]) -> BTreeSet<ExprId> {
    let mut seen = BTreeSet::new();
    let mut stack = roots.to_vec();
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

    /// A list of tests is linear in this form, whatever their order.
    #[test]
    fn many_tests_are_no_trouble() {
        let mut pool = Pool::default();
        let tests: Vec<ExprId> =
            (0..5_000).map(|n| pool.any_of(FieldPath::dotted(&format!("f{n}")), Op::Present, None)).collect();
        let any = pool.or(tests.clone(), None);
        let turned = pool.or(tests.into_iter().rev(), None);
        let mut diagram = Diagram::default();
        assert_eq!(diagram.of(&pool, any), diagram.of(&pool, turned));
        assert!(diagram.of(&pool, any).is_some());
    }
}
