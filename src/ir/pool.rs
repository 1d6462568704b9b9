//! The store of a rule's expressions.

use super::FieldPath;
use super::equal::{shape, shape_of_some, shape_of_term};
use super::expr::{ExprId, ExprKind, Op, Outcome, Subject};
use crate::source::Location;
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use smallvec::SmallVec;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A rule's expressions, each there once. Nodes 0 and 1 are true and false.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Shared by the copies of a pool until one of them changes: a rule is copied whole for a pass that mostly has nothing to change.
    nodes: Arc<IndexMap<Node, Option<Location>, RandomState>>,
    budget: usize,
    exceeded: bool,
    /// The last fields of which values were tested: mostly the next test is of one of them.
    tested: Vec<Values>,
}

/// The values of a field as a collection, with its [`shape_of_term`].
#[derive(Debug, Clone)]
struct Values {
    field: FieldPath,
    items: Subject,
    shape: u64,
}

impl Values {
    fn of(field: FieldPath) -> Self {
        let items = Subject::Elements(Arc::new(Subject::Field(field.clone())));
        let shape = shape_of_term(&items);
        Self { field, items, shape }
    }
}

/// An expression with its [`shape`].
#[derive(Debug, Clone)]
struct Node {
    kind: ExprKind,
    shape: u64,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.kind == other.kind
    }
}

impl Eq for Node {}

impl Hash for Node {
    /// The order of members counts here: a rule of all orders of some members must not have one hash for all its nodes.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape.hash(state);
        match &self.kind {
            ExprKind::And(members) | ExprKind::Or(members) => members.hash(state),
            ExprKind::Not(inner) | ExprKind::ForSome(_, inner) | ExprKind::ForAll(_, inner) => inner.hash(state),
            ExprKind::Count { body, .. } => body.hash(state),
            ExprKind::FirstSome { holds, raises, .. } => (holds, raises).hash(state),
            ExprKind::Lineage(lineage) => lineage.conditions().hash(state),
            ExprKind::True | ExprKind::False | ExprKind::Test(..) | ExprKind::OpaqueTest { .. } => {}
        }
    }
}

/// Members that are compared one by one are compared sooner than a set of them is made.
const FEW: usize = 16;

fn remove_repeated(members: &mut SmallVec<[ExprId; FEW]>) {
    // Most members were made one after the other.
    if members.is_sorted_by(|left, right| left < right) {
        return;
    }
    if members.len() <= FEW {
        let mut kept = 0;
        for at in 0..members.len() {
            let member = members[at];
            if !members[..kept].contains(&member) {
                members[kept] = member;
                kept += 1;
            }
        }
        members.truncate(kept);
    } else {
        let mut seen = HashSet::with_capacity_and_hasher(members.len(), RandomState::default());
        members.retain(|member| seen.insert(*member));
    }
}

/// A test can be of several fields, one after the other.
const TESTED: usize = 4;

/// Most rules have more expressions than a map of no stated size starts with.
const SMALL: usize = 16;

/// Enough for the largest rules seen (a few thousand) with room to spare.
pub const DEFAULT_BUDGET: usize = 200_000;

impl Default for Pool {
    fn default() -> Self {
        Self::with_budget(DEFAULT_BUDGET)
    }
}

impl Pool {
    /// A pool that refuses to grow beyond `budget` nodes.
    pub fn with_budget(budget: usize) -> Self {
        Self::with_room(SMALL, budget)
    }

    fn with_room(room: usize, budget: usize) -> Self {
        let mut nodes = IndexMap::with_capacity_and_hasher(room, RandomState::default());
        for kind in [ExprKind::True, ExprKind::False] {
            let shape = shape(&kind, |_| 0);
            nodes.insert(Node { kind, shape }, None);
        }
        Self { nodes: Arc::new(nodes), budget, exceeded: false, tested: Vec::new() }
    }

    /// An empty pool for what becomes of the expressions of another one, with room for as many.
    pub fn beside(other: &Self) -> Self {
        Self::with_room(other.len().max(SMALL), DEFAULT_BUDGET)
    }

    /// Makes room for that many expressions more.
    pub fn reserve(&mut self, more: usize) {
        Arc::make_mut(&mut self.nodes).reserve(more.min(self.budget));
    }

    /// The nodes in order, children before parents: what a native program holds.
    pub fn nodes(&self) -> impl Iterator<Item = &ExprKind> {
        self.nodes.keys().map(|node| &node.kind)
    }

    /// A pool of nodes in this order.
    ///
    /// # Errors
    /// When the first two are not true and false, a node stands twice, or one names a node that does not come before it.
    pub fn from_nodes(nodes: Vec<ExprKind>) -> Result<Self, String> {
        if !matches!(nodes.as_slice(), [ExprKind::True, ExprKind::False, ..]) {
            return Err("the first two expressions have to be true and false".to_owned());
        }
        let mut pool = Self::with_budget(nodes.len());
        for (index, kind) in nodes.into_iter().enumerate() {
            if super::children(&kind).iter().any(|child| child.index() >= index) {
                return Err(format!("expression {index} names one that does not come before it"));
            }
            if pool.add(kind, None).index() != index {
                return Err(format!("expression {index} stands twice"));
            }
        }
        Ok(pool)
    }

    /// Whether a node was refused. The rule's logic is then not to be trusted: its front-end makes it opaque.
    pub fn is_exceeded(&self) -> bool {
        self.exceeded
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    /// The node of an id of this pool.
    pub fn kind(&self, id: ExprId) -> &ExprKind {
        self.nodes.get_index(id.index()).map_or(&ExprKind::False, |(node, _)| &node.kind)
    }

    /// What is the same for expressions of one form in all pools of a run; see [`super::fingerprint`].
    pub(super) fn shape(&self, id: ExprId) -> u64 {
        self.nodes.get_index(id.index()).map_or(0, |(node, _)| node.shape)
    }

    /// Where the expression was first written.
    pub fn origin(&self, id: ExprId) -> Option<Location> {
        self.nodes.get_index(id.index()).and_then(|(_, origin)| *origin)
    }

    /// The node, made if it is not there yet. The first origin stays.
    pub fn add(&mut self, kind: ExprKind, origin: Option<Location>) -> ExprId {
        let shape = shape(&kind, |child| self.shape(*child));
        self.insert(Node { kind, shape }, origin)
    }

    /// An expression of another pool without expressions in it. Its texts need not be gone through again.
    pub fn add_leaf(&mut self, from: &Self, id: ExprId, origin: Option<Location>) -> ExprId {
        match from.nodes.get_index(id.index()) {
            Some((node, _)) => self.insert(node.clone(), origin),
            None => ExprId::FALSE,
        }
    }

    /// The first origin stays.
    fn insert(&mut self, node: Node, origin: Option<Location>) -> ExprId {
        let nodes = Arc::make_mut(&mut self.nodes);
        let index = if nodes.len() < self.budget {
            let (index, known) = nodes.insert_full(node, origin);
            if let (Some(first @ Some(_)), Some((_, place))) = (known, nodes.get_index_mut(index)) {
                *place = first;
            }
            index
        } else {
            let Some((index, _, place)) = nodes.get_full_mut(&node) else {
                self.exceeded = true;
                return ExprId::FALSE;
            };
            *place = place.or(origin);
            index
        };
        ExprId(u32::try_from(index).unwrap_or(0))
    }

    pub fn test(&mut self, subject: Subject, op: Op, origin: Option<Location>) -> ExprId {
        self.add(ExprKind::Test(subject, op), origin)
    }

    /// The conjunction: flattened, without `true`, `false` if a member is.
    pub fn and(&mut self, members: impl IntoIterator<Item = ExprId>, origin: Option<Location>) -> ExprId {
        self.junction(members, origin, ExprId::TRUE, ExprId::FALSE)
    }

    /// The disjunction: flattened, without `false`, `true` if a member is.
    pub fn or(&mut self, members: impl IntoIterator<Item = ExprId>, origin: Option<Location>) -> ExprId {
        self.junction(members, origin, ExprId::FALSE, ExprId::TRUE)
    }

    fn junction(
        &mut self,
        members: impl IntoIterator<Item = ExprId>,
        origin: Option<Location>,
        unit: ExprId,
        zero: ExprId,
    ) -> ExprId {
        let conjunction = unit == ExprId::TRUE;
        // Most junctions have few members, and many are only one in the end.
        let mut flat: SmallVec<[ExprId; FEW]> = SmallVec::new();
        for member in members {
            match self.kind(member) {
                ExprKind::And(inner) if conjunction => flat.extend_from_slice(inner),
                ExprKind::Or(inner) if !conjunction => flat.extend_from_slice(inner),
                _ if member == unit => {}
                _ if member == zero => return zero,
                _ => flat.push(member),
            }
        }
        remove_repeated(&mut flat);
        match flat.as_slice() {
            [] => unit,
            [only] => *only,
            _ if conjunction => self.add(ExprKind::And(flat.into_vec()), origin),
            _ => self.add(ExprKind::Or(flat.into_vec()), origin),
        }
    }

    /// The complement; double negation disappears.
    pub fn not(&mut self, id: ExprId, origin: Option<Location>) -> ExprId {
        match self.kind(id) {
            ExprKind::Not(inner) => *inner,
            ExprKind::True => ExprId::FALSE,
            ExprKind::False => ExprId::TRUE,
            _ => self.add(ExprKind::Not(id), origin),
        }
    }

    /// The node through the constructors that keep junctions flat and negations single: what a rewrite hands back.
    pub fn rebuild(&mut self, kind: ExprKind, origin: Option<Location>) -> ExprId {
        match kind {
            ExprKind::And(members) => self.and(members, origin),
            ExprKind::Or(members) => self.or(members, origin),
            ExprKind::Not(inner) => self.not(inner, origin),
            ExprKind::ForSome(items, body) => self.for_some(items, body, origin),
            other => self.add(other, origin),
        }
    }

    /// At least one item of `items` satisfies `body`.
    pub fn for_some(&mut self, items: Subject, body: ExprId, origin: Option<Location>) -> ExprId {
        if body == ExprId::FALSE { body } else { self.add(ExprKind::ForSome(items, body), origin) }
    }

    /// Any value of the field passes the test: what `field: x` means in Sigma, KQL and EQL.
    pub fn any_of(&mut self, field: FieldPath, op: Op, origin: Option<Location>) -> ExprId {
        let body = self.test(Subject::Element(0), op, origin);
        self.any_value(field, body, origin)
    }

    /// The field has at least one value: `f: *` in KQL, `f != null` in EQL.
    pub fn exists(&mut self, field: FieldPath, origin: Option<Location>) -> ExprId {
        self.any_value(field, ExprId::TRUE, origin)
    }

    /// Any value of the field satisfies `body`.
    pub fn any_value(&mut self, field: FieldPath, body: ExprId, origin: Option<Location>) -> ExprId {
        if body == ExprId::FALSE {
            return body;
        }
        let of_body = self.shape(body);
        let values = self.values_of(field);
        let (kind, shape) = (ExprKind::ForSome(values.items.clone(), body), shape_of_some(values.shape, of_body));
        self.insert(Node { kind, shape }, origin)
    }

    fn values_of(&mut self, field: FieldPath) -> &Values {
        let known = self.tested.iter().position(|values| values.field == field);
        let at = known.unwrap_or_else(|| {
            if self.tested.len() == TESTED {
                self.tested.remove(0);
            }
            self.tested.push(Values::of(field));
            self.tested.len() - 1
        });
        &self.tested[at]
    }

    /// An [`Outcome`] of a two-valued dialect.
    pub fn two_valued(&mut self, holds: ExprId) -> Outcome {
        let origin = self.origin(holds);
        Outcome { holds, fails: self.not(holds, origin) }
    }

    pub fn outcome_not(outcome: Outcome) -> Outcome {
        Outcome { holds: outcome.fails, fails: outcome.holds }
    }

    /// Three-valued conjunction (Kleene): true when all are, false when one is.
    pub fn outcome_and(&mut self, members: &[Outcome], origin: Option<Location>) -> Outcome {
        let holds = self.and(members.iter().map(|member| member.holds), origin);
        let fails = self.or(members.iter().map(|member| member.fails), origin);
        Outcome { holds, fails }
    }

    /// Three-valued disjunction (Kleene).
    pub fn outcome_or(&mut self, members: &[Outcome], origin: Option<Location>) -> Outcome {
        let holds = self.or(members.iter().map(|member| member.holds), origin);
        let fails = self.and(members.iter().map(|member| member.fails), origin);
        Outcome { holds, fails }
    }

    /// Ids from `TRUE` on, children before parents: the order for passes that visit each node once.
    pub fn ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(ExprId)
    }

    /// The id of a place in that order, if there is a node.
    pub fn id_at(&self, index: usize) -> Option<ExprId> {
        u32::try_from(index).ok().filter(|_| index < self.nodes.len()).map(ExprId)
    }
}
