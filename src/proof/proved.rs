//! Claims that hold for every event, not only for the witnesses: both conditions as functions of the same tests.
//!
//! This is sound and not complete: tests that are written in two ways beyond what [`plain_op`], [`relation`] and [`View`] bring together
//! count as different ones, and the claim then stays with what the witnesses say.

use super::compare::{Claim, Comparison};
use super::diagram::{Diagram, Node};
use super::implied::{Relation, Told, relation, told};
use super::plain::plain;
use super::vendor::{Granted, View};
use crate::backend::World;
use crate::eval::Route;
use crate::ir::{
    ExprId, ExprKind, JoinKey, Logic, Op, Pool, Rewriter, Rule, Stage, Subject, ThresholdSource, children, equal,
};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// More tests of one value than this are not held against each other.
const MAX_RELATED: usize = 1_000;
/// Ways through a diagram that are looked at one by one.
const MAX_WAYS: usize = 8;

/// What the claim rests on when it holds for every event of the log source; `None` when that is not known.
pub(super) fn proved(comparison: &Comparison<'_>, claim: Claim) -> Option<Granted> {
    let (source, target) = (comparison.source.rule, comparison.target.rule);
    if comparison.path.is_same() && source.event_model == target.event_model && Route::of(source) == Route::of(target) {
        if decided(source, target, claim).unwrap_or(false) || claim == Claim::Equal && same_form(comparison) {
            return Some(Granted::default());
        }
        if let Some(granted) = same_stream(comparison).filter(|_| claim == Claim::Equal) {
            return Some(granted);
        }
    }
    over_vendor(comparison, claim)
}

/// Both conditions over what both sides see.
fn decided(source: &Rule, target: &Rule, claim: Claim) -> Option<bool> {
    let mut pool = Pool::default();
    let left = condition(source, &mut pool)?;
    let right = condition(target, &mut pool)?;
    follows(&pool, left, right, claim, ExprId::TRUE)
}

/// Rules that are the same but for the order of their parts and for where these stand: whatever a part means that is not understood, it
/// means the same on both sides. Where a part is the name of another rule, both sides have to have the same rules.
fn same_form(comparison: &Comparison<'_>) -> bool {
    let (source, target) = (comparison.source, comparison.target);
    let stands_alone = |logic: &Logic| match logic.source() {
        Logic::Threshold(threshold) => matches!(threshold.source, ThresholdSource::Filter(_)),
        Logic::Event(_)
        | Logic::Sequence(_)
        | Logic::Sample(_)
        | Logic::NewTerms(_)
        | Logic::Indicator(_)
        | Logic::Pipeline(_)
        | Logic::Opaque(_) => true,
        _ => false,
    };
    let (left, right) = (source.siblings(), target.siblings());
    let same_rules = left.len() == right.len() && left.iter().zip(right).all(|(one, other)| std::ptr::eq(*one, *other));
    (stands_alone(&source.rule.logic) || same_rules && !left.is_empty()) && equal(source.rule, target.rule)
}

/// What it rests on that rules over several events put them together in the same way, by the same conditions; `None` when they may not.
fn same_stream(comparison: &Comparison<'_>) -> Option<Granted> {
    let (source, target) = (comparison.source.rule, comparison.target.rule);
    // As it is written out: where its parts stand in a file is no part of it.
    let shape = |rule: &Rule| serde_json::to_value(rule.logic.map_filters(|_| ExprId::TRUE)).ok();
    let known = |rule: &Rule| puts_together_by_fields(&rule.logic) && rule.exclusions.is_empty() && is_known(rule);
    if !known(source) || !known(target) || shape(source).is_none() || shape(source) != shape(target) {
        return None;
    }
    let (left, right) = (source.logic.roots(), target.logic.roots());
    let of_documents = filters_of_documents(&source.logic);
    let mut granted = Granted::default();
    let mut same = |(at, (left, right)): (usize, (&ExprId, &ExprId))| {
        let mut pool = Pool::default();
        let first = Rewriter::new(&source.pool, plain).rewrite(*left, &mut pool);
        let second = Rewriter::new(&target.pool, plain).rewrite(*right, &mut pool);
        follows(&pool, first, second, Claim::Equal, ExprId::TRUE) == Some(true)
            || at < of_documents && same_of_documents(comparison, [*left, *right], &mut granted) == Some(true)
    };
    (left.len() == right.len() && left.iter().zip(&right).enumerate().all(&mut same)).then_some(granted)
}

/// How many of a pipeline's conditions, the first ones, speak of documents as they are: no stage before has made a column.
fn filters_of_documents(logic: &Logic) -> usize {
    match logic {
        Logic::Pipeline(pipeline) => {
            pipeline.stages.iter().take_while(|stage| matches!(stage, Stage::Filter(_))).count()
        }
        _ => 0,
    }
}

/// Whether both sides' conditions on the same documents are the same, as far as the tests can be taken apart.
fn same_of_documents(comparison: &Comparison<'_>, [left, right]: [ExprId; 2], granted: &mut Granted) -> Option<bool> {
    let view = View {
        ground: comparison.begins,
        way: comparison.path.vendor,
        behind: false,
        sensor: None,
        shared: true,
        assumes: comparison.assumes,
    };
    let mut pool = Pool::default();
    let mut reduced = |rule: &Rule, root: ExprId| {
        view.reduced(&rule.pool, rule.event_model, &[root], &mut pool, granted)?.first().copied()
    };
    let left = reduced(comparison.source.rule, left)?;
    let right = reduced(comparison.target.rule, right)?;
    follows(&pool, left, right, Claim::Equal, ExprId::TRUE)
}

fn puts_together_by_fields(logic: &Logic) -> bool {
    let by_fields = |keys: &[JoinKey]| keys.iter().all(|key| matches!(key.term, Subject::Field(_)));
    match logic {
        Logic::Sequence(sequence) => {
            by_fields(&sequence.by) && sequence.steps.iter().chain(&sequence.until).all(|step| by_fields(&step.by))
        }
        Logic::Sample(sample) => {
            by_fields(&sample.by) && sample.steps.iter().chain(&sample.until).all(|step| by_fields(&step.by))
        }
        Logic::Threshold(threshold) => matches!(threshold.source, ThresholdSource::Filter(_)),
        Logic::NewTerms(_) => true,
        // Each stage is the same, whatever it makes of the rows: the conditions in it are compared one by one.
        Logic::Pipeline(pipeline) => pipeline.opaque_stages().is_empty(),
        _ => false,
    }
}

/// Both conditions over the vendor's fields.
fn over_vendor(comparison: &Comparison<'_>, claim: Claim) -> Option<Granted> {
    let (source, target, path) = (comparison.source, comparison.target, comparison.path);
    let alike = source.rule.event_model == target.rule.event_model && Route::of(source.rule) == Route::of(target.rule);
    let shared = path.is_same() && alike;
    let ground = comparison.begins;
    if ground.world() != World::Raw && !shared {
        return None;
    }
    let mut pool = Pool::default();
    let mut granted = Granted::default();
    let view = |behind, way: Option<_>, sensor| View {
        ground,
        way: way.or(path.vendor),
        behind,
        sensor,
        shared,
        assumes: comparison.assumes,
    };
    let of_source = view(path.source.is_some(), path.source.or(path.target), None);
    let of_target = view(path.target.is_some(), path.target.or(path.source), None);
    let left = match path.source {
        // The source fires when it does on what any of the sensors makes.
        Some(way) if way.map().depends_on_sensor() => {
            let mut any = Vec::new();
            for sensor in 0..way.sensors() {
                let view = view(true, Some(way), Some(sensor));
                let (is_of_source, fires) =
                    (view.of_log_source(&mut pool), reduced(source.rule, &view, &mut pool, &mut granted)?);
                any.push(pool.and([is_of_source, fires], None));
            }
            pool.or(any, None)
        }
        _ => reduced(source.rule, &of_source, &mut pool, &mut granted)?,
    };
    let right = reduced(target.rule, &of_target, &mut pool, &mut granted)?;
    // What tells the events from others, where they begin and on either side.
    let within = View { way: path.vendor, behind: false, ..of_source };
    let views = [of_source, of_target].into_iter().filter(|view| view.behind).chain([within]);
    let domain = views.map(|view| view.of_log_source(&mut pool)).collect::<Vec<_>>();
    let domain = pool.and(domain, None);
    follows(&pool, left, right, claim, domain)?.then_some(granted)
}

fn reduced(rule: &Rule, view: &View<'_>, pool: &mut Pool, granted: &mut Granted) -> Option<ExprId> {
    let Logic::Event(filter) = rule.logic else { return None };
    if !is_known(rule) {
        return None;
    }
    let roots: Vec<ExprId> =
        std::iter::once(filter).chain(rule.exclusions.iter().map(|exclusion| exclusion.condition)).collect();
    let mut members = view.reduced(&rule.pool, rule.event_model, &roots, pool, granted)?;
    for excluded in members.iter_mut().skip(1) {
        *excluded = pool.not(*excluded, None);
    }
    Some(pool.and(members, None))
}

/// Whether the claim follows for two conditions of a pool wherever `domain` holds, from what they are of their tests and from what the
/// tests say about each other. `None` when it grows too large.
fn follows(pool: &Pool, left: ExprId, right: ExprId, claim: Claim, domain: ExprId) -> Option<bool> {
    if pool.is_exceeded() {
        return None;
    }
    let mut diagram = Diagram::default();
    let (left, right) = (diagram.of(pool, left)?, diagram.of(pool, right)?);
    if left == right {
        return Some(true);
    }
    let (lost, gained) = (diagram.without(left, right)?, diagram.without(right, left)?);
    let against = match claim {
        Claim::Equal => diagram.either(lost, gained)?,
        Claim::Wider => lost,
        Claim::Narrower => gained,
    };
    let domain = diagram.of(pool, domain)?;
    let against = diagram.both(against, domain)?;
    if !is_impossible(pool, &mut diagram, against)? {
        return Some(false);
    }
    // Of a rule that fires on nothing of the domain there is nothing to show.
    let fires = diagram.both(left, domain)?;
    Some(!is_impossible(pool, &mut diagram, fires)?)
}

/// Whether what the tests of one value rule out together leaves nothing of a diagram.
fn is_impossible(pool: &Pool, diagram: &mut Diagram, node: Node) -> Option<bool> {
    let mut by_value: IndexMap<&Subject, Vec<(ExprId, Told<'_>)>> = IndexMap::new();
    for test in diagram.tests_of(node) {
        if let Some(told) = told(pool, pool.kind(test)) {
            by_value.entry(told.subject).or_default().push((test, told));
        }
    }
    if has_way(diagram, node, &by_value) {
        return Some(false);
    }
    Some(possible(pool, diagram, node, &by_value)? == Node::FALSE)
}

/// Whether one of the first ways through a diagram is ruled out by nothing: most of those that are possible show so at once.
fn has_way(diagram: &Diagram, node: Node, by_value: &IndexMap<&Subject, Vec<(ExprId, Told<'_>)>>) -> bool {
    diagram.ways(node).take(MAX_WAYS).any(|way| {
        let said: HashMap<ExprId, bool> = way.into_iter().collect();
        by_value.values().filter(|tests| tests.len() <= MAX_RELATED).all(|tests| {
            let told = tests.iter().filter_map(|(test, told)| Some((told, *said.get(test)?)));
            let told: Vec<(&Told<'_>, bool)> = told.collect();
            told.iter().all(|(first, holds)| {
                !holds
                    || told.iter().all(|(second, other)| match relation(first, second) {
                        _ if std::ptr::eq(*first, *second) => true,
                        Some(Relation::Implies) => *other,
                        Some(Relation::Excludes) => !other,
                        None => true,
                    })
            })
        })
    })
}

/// What is left of a diagram without what the tests of one value rule out together: first of those that follow from each other, of which
/// there are few, then of those that exclude each other, as the texts of a list all do.
fn possible(
    pool: &Pool,
    diagram: &mut Diagram,
    mut against: Node,
    by_value: &IndexMap<&Subject, Vec<(ExprId, Told<'_>)>>,
) -> Option<Node> {
    for (kind, one, others) in related(by_value) {
        let (one, others) = (diagram.of(pool, one)?, diagram.any(pool, &others)?);
        let impossible = match kind {
            Relation::Implies => diagram.without(others, one)?,
            Relation::Excludes => diagram.both(others, one)?,
        };
        against = diagram.without(against, impossible)?;
        if against == Node::FALSE {
            break;
        }
    }
    Some(against)
}

/// Each test with those that it follows from, then each with those before it that it excludes: the last tests first, since what a side
/// asks of a value beside the texts of a list comes after them.
fn related(by_value: &IndexMap<&Subject, Vec<(ExprId, Told<'_>)>>) -> Vec<(Relation, ExprId, Vec<ExprId>)> {
    let mut implied: IndexMap<ExprId, Vec<ExprId>> = IndexMap::new();
    let mut excluded: IndexMap<ExprId, Vec<ExprId>> = IndexMap::new();
    for tests in by_value.values().filter(|tests| tests.len() <= MAX_RELATED) {
        for (index, (later, told)) in tests.iter().enumerate() {
            for (earlier, other) in &tests[..index] {
                let both = [relation(told, other), relation(other, told)];
                for (found, from, to) in [(both[0], later, earlier), (both[1], earlier, later)] {
                    if found == Some(Relation::Implies) {
                        implied.entry(*to).or_default().push(*from);
                    }
                }
                if both.contains(&Some(Relation::Excludes)) {
                    excluded.entry(*later).or_default().push(*earlier);
                }
            }
        }
    }
    let implied = implied.into_iter().map(|(test, others)| (Relation::Implies, test, others));
    implied.chain(excluded.into_iter().rev().map(|(test, others)| (Relation::Excludes, test, others))).collect()
}

/// When an event fires the rule, its tests in their plain form. `None` for rules over several events, and where a part of the
/// condition is not known.
fn condition(rule: &Rule, into: &mut Pool) -> Option<ExprId> {
    let Logic::Event(filter) = rule.logic else { return None };
    if !is_known(rule) {
        return None;
    }
    let mut rewriter = Rewriter::new(&rule.pool, plain);
    let mut members = vec![rewriter.rewrite(filter, into)];
    for exclusion in &rule.exclusions {
        let excluded = rewriter.rewrite(exclusion.condition, into);
        members.push(into.not(excluded, None));
    }
    Some(into.and(members, None))
}

/// Whether all parts of the rule's conditions are known. What else of the rule was read, its titles and helpers, is none of them.
fn is_known(rule: &Rule) -> bool {
    if rule.opaque_parts() > 0 || rule.pool.is_exceeded() {
        return false;
    }
    let mut stack = rule.logic.roots();
    stack.extend(rule.exclusions.iter().map(|exclusion| exclusion.condition));
    let mut seen: HashSet<ExprId> = stack.iter().copied().collect();
    while let Some(id) = stack.pop() {
        let kind = rule.pool.kind(id);
        if is_hole(kind) {
            return false;
        }
        stack.extend(children(kind).into_iter().filter(|child| seen.insert(*child)));
    }
    true
}

fn is_hole(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Lineage(_) | ExprKind::OpaqueTest { .. } | ExprKind::Test(_, Op::Template { .. } | Op::Query { .. })
    )
}
