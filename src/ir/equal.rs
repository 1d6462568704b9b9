//! Structural equality of rules: equal means equal on every event; unequal means only that this comparison does not see it.

use super::{Bound, ExprId, ExprKind, Logic, MemberSource, Pool, Rewriter, Rule, Subject, ThresholdSource};
use foldhash::fast::{FixedState, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::LazyLock;

/// A rule's logic and exclusions in a form in which the order of `and` and `or` members and the places of writing do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalForm {
    logic: Logic,
    exclusions: Vec<ExprId>,
}

/// The same in every run: the order of members goes by it.
const HASH: FixedState = FixedState::with_seed(0);

/// Another one in every run, so that no rule can be written whose expressions have one shape.
static SHAPES: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Structural hashes of expressions by their ids; 0 for one that has none yet.
#[derive(Default)]
struct Hashes(Vec<u64>);

impl Hashes {
    fn of(&self, id: ExprId) -> u64 {
        self.0.get(id.index()).copied().unwrap_or_default()
    }

    fn set(&mut self, id: ExprId, hash: u64) {
        if self.0.len() <= id.index() {
            self.0.resize(id.index() + 1, 0);
        }
        self.0[id.index()] = hash;
    }
}

/// Whether two rules have the same normal form.
pub fn equal(left: &Rule, right: &Rule) -> bool {
    let mut pool = Pool::default();
    let left_form = normal_form(left, &mut pool);
    left.event_model == right.event_model && left_form == normal_form(right, &mut pool) && !pool.is_exceeded()
}

/// The normal form of a rule, its expressions rebuilt in `into`. Forms are comparable when they share the pool.
pub fn normal_form(rule: &Rule, into: &mut Pool) -> NormalForm {
    let mut hashes = Hashes::default();
    let mut rebuild = Rewriter::new(&rule.pool, |pool: &mut Pool, kind, _| {
        let id = pool.rebuild(in_order(kind, &hashes), None);
        let hash = structural_hash(&HASH, pool.kind(id), |id| hashes.of(*id));
        hashes.set(id, hash);
        id
    });
    let logic = without_origins(rule.logic.map_roots(|id| rebuild.rewrite(id, into)));
    let mut exclusions: Vec<ExprId> =
        rule.exclusions.iter().map(|exclusion| rebuild.rewrite(exclusion.condition, into)).collect();
    exclusions.sort_unstable();
    exclusions.dedup();
    NormalForm { logic, exclusions }
}

/// A number that rules over single events of one log source with the same normal form share in a run, and others practically never;
/// `None` for other logic.
pub fn fingerprint(rule: &Rule) -> Option<u64> {
    let Logic::Event(root) = rule.logic else { return None };
    let mut hasher = SHAPES.build_hasher();
    let source = &rule.data_source;
    for part in [&source.product, &source.category, &source.service] {
        part.as_ref().map(|part| part.value.as_str()).hash(&mut hasher);
    }
    rule.pool.shape(root).hash(&mut hasher);
    Some(hasher.finish())
}

/// A hash of an expression's structure, in which neither the pool nor the order of `and` and `or` members counts. `child` gives the
/// shapes of the expressions in it.
pub(super) fn shape(kind: &ExprKind, child: impl Fn(&ExprId) -> u64) -> u64 {
    let (is_and, members) = match kind {
        ExprKind::And(members) => (true, members),
        ExprKind::Or(members) => (false, members),
        ExprKind::ForSome(items, body) => return shape_of_some(shape_of_term(items), child(body)),
        _ => return structural_hash(&*SHAPES, kind, child),
    };
    let sum = members.iter().fold(0_u64, |sum, member| sum.wrapping_add(SHAPES.hash_one(child(member))));
    SHAPES.hash_one((is_and, members.len(), sum))
}

/// As [`shape`], of a term.
pub(super) fn shape_of_term(term: &Subject) -> u64 {
    SHAPES.hash_one(term)
}

/// As [`shape`], of a condition on some item of a collection, by the shapes of both.
pub(super) fn shape_of_some(items: u64, body: u64) -> u64 {
    SHAPES.hash_one((3u8, items, body))
}

/// Sorts the members of a junction by a hash that does not depend on the pool they stand in.
fn in_order(kind: ExprKind, hashes: &Hashes) -> ExprKind {
    let sort = |mut members: Vec<ExprId>| {
        members.sort_by_key(|id| hashes.of(*id));
        members
    };
    match kind {
        ExprKind::And(members) => ExprKind::And(sort(members)),
        ExprKind::Or(members) => ExprKind::Or(sort(members)),
        other => other,
    }
}

fn structural_hash(state: &impl BuildHasher, kind: &ExprKind, child: impl Fn(&ExprId) -> u64) -> u64 {
    let mut hasher = state.build_hasher();
    match kind {
        ExprKind::And(members) => (0u8, members.iter().map(child).collect::<Vec<_>>()).hash(&mut hasher),
        ExprKind::Or(members) => (1u8, members.iter().map(child).collect::<Vec<_>>()).hash(&mut hasher),
        ExprKind::Not(inner) => (2u8, child(inner)).hash(&mut hasher),
        ExprKind::ForSome(items, body) => (3u8, items, child(body)).hash(&mut hasher),
        ExprKind::ForAll(items, body) => (4u8, items, child(body)).hash(&mut hasher),
        ExprKind::FirstSome { items, holds, raises } => (5u8, items, child(holds), child(raises)).hash(&mut hasher),
        ExprKind::Count { items, body, op, number } => (6u8, items, child(body), op, number).hash(&mut hasher),
        ExprKind::Lineage(lineage) => {
            let conditions = lineage.conditions();
            let plain = lineage.map_conditions(|_| ExprId::TRUE);
            (8u8, plain, conditions.iter().map(child).collect::<Vec<_>>()).hash(&mut hasher);
        }
        leaf => (7u8, leaf).hash(&mut hasher),
    }
    hasher.finish()
}

/// Places of writing do not count, nor does the order of bounds.
fn without_origins(mut logic: Logic) -> Logic {
    match &mut logic {
        Logic::Sequence(sequence) => {
            sequence.by.iter_mut().for_each(|key| key.origin = None);
            for step in sequence.steps.iter_mut().chain(&mut sequence.until) {
                step.origin = None;
                step.by.iter_mut().for_each(|key| key.origin = None);
            }
        }
        Logic::Sample(sample) => {
            sample.by.iter_mut().for_each(|key| key.origin = None);
            for step in sample.steps.iter_mut().chain(&mut sample.until) {
                step.origin = None;
                step.by.iter_mut().for_each(|key| key.origin = None);
            }
        }
        Logic::Threshold(threshold) => {
            if let ThresholdSource::Rules(rules) = &mut threshold.source {
                rules.iter_mut().for_each(|rule| rule.origin = None);
            }
            threshold.bounds.sort_by_key(|bound: &Bound| format!("{bound:?}"));
        }
        Logic::Temporal(temporal) => {
            for member in &mut temporal.members {
                if let MemberSource::Rule(rule) = member {
                    rule.origin = None;
                }
            }
        }
        Logic::Piped(piped) => *piped.source = without_origins((*piped.source).clone()),
        Logic::Opaque(opaque) => opaque.origin = None,
        _ => {}
    }
    logic
}

#[cfg(test)]
mod tests {
    use crate::ir::{ExprId, FieldPath, Pool};

    fn junction(pool: &mut Pool, names: &[&str], is_and: bool) -> ExprId {
        let members: Vec<_> = names.iter().map(|name| pool.exists(FieldPath::dotted(name), None)).collect();
        if is_and { pool.and(members, None) } else { pool.or(members, None) }
    }

    #[test]
    fn neither_the_pool_nor_the_order_of_members_counts_for_a_shape() {
        let shape = |names: &[&str], is_and: bool| {
            let mut pool = Pool::default();
            let inner = junction(&mut pool, names, is_and);
            let outer = pool.not(inner, None);
            pool.shape(outer)
        };
        let known = shape(&["a", "b", "c"], true);
        assert_eq!(known, shape(&["c", "a", "b"], true));
        for (names, is_and) in [(&["a", "b", "c"][..], false), (&["a", "b"], true), (&["a", "b", "d"], true)] {
            assert_ne!(known, shape(names, is_and), "{names:?}");
        }
    }

    #[test]
    fn members_in_another_order_are_another_node() {
        let mut pool = Pool::default();
        let (one, other) = (junction(&mut pool, &["a", "b"], true), junction(&mut pool, &["b", "a"], true));
        assert_ne!(one, other);
        assert_eq!(pool.shape(one), pool.shape(other));
    }
}
