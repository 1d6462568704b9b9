//! The witnesses of a proof: what is made from either rule, in the world of the events that both see.

use super::compare::Comparison;
use super::diagram::reachable;
use super::ground::Ground;
use super::sides::Side;
use super::synth::{self, Single, Singles};
use crate::catalog::ingest::Way;
use crate::ir::{EventModel, ExprId, Logic, Pool, Rule};
use foldhash::fast::RandomState;
use serde_json::Value as Json;
use std::collections::HashSet;

/// Witnesses made from one rule, at most.
const MAX_OF_RULE: usize = 600;
/// Events times tests that a rule is looked at with: of a list of thousands of values fewer events are made than of a short rule.
const MAX_LOOKS: usize = 60_000;
/// Witnesses made from one rule, where a few are enough.
const FEW: usize = 12;
/// The same where one that fires and one that does not are enough.
const PAIR: usize = 2;
/// The same where the claim is shown otherwise.
const OF_SHOWN: usize = 6;

/// How many witnesses are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Around each test of both rules.
    Full,
    /// Some that fire the rule that sees the events first and some that do not: the claim is shown otherwise.
    Few,
    /// What decides the first tests: likely one that fires and one that does not.
    Pair,
}

/// Events for both sides.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    pub(super) events: Vec<Json>,
    pub(super) about: String,
}

/// What was made, and how far it goes.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    pub(super) all: Vec<Witness>,
    /// Tests of the rules, and those for which no event was found in which they alone decide.
    pub(super) tests: usize,
    pub(super) not_flipped: usize,
}

impl Witnesses {
    pub(super) fn of(comparison: &Comparison<'_>, extent: Extent) -> Self {
        let (source, target, path) = (comparison.source, comparison.target, comparison.path);
        let mut found = Self::default();
        if path.source.is_none() {
            found.tests_of(source);
        }
        // The side that sees the events before any ingest comes first, the other one's rule in its terms.
        let mut sides = [(source, path.source), (target, path.target)];
        sides.sort_by_key(|(_, way)| way.is_some());
        let model = comparison.model();
        for (number, (side, way)) in sides.into_iter().enumerate() {
            let mapped = way.map(|way| side.in_vendor_names(way, model));
            let (rule, siblings) = mapped.as_ref().map_or((side.rule, side.siblings()), |rule| (rule, &[]));
            if extent == Extent::Few {
                found.made_from(rule, siblings, (model, comparison.begins), OF_SHOWN);
                return found;
            }
            let counts = found.made_from(rule, siblings, (model, comparison.begins), MAX_OF_RULE);
            if number == 0 {
                (found.tests, found.not_flipped) = counts;
            }
        }
        [path.vendor, path.source, path.target].into_iter().flatten().for_each(|way| found.tell(way));
        found
    }

    /// A few of the events with each of the values that tell the log source's events from others.
    fn tell(&mut self, way: &Way) {
        let few: Vec<Witness> = self.all.iter().take(FEW).cloned().collect();
        for witness in few {
            let each: Vec<Vec<Json>> = witness.events.iter().map(|event| way.with_each_told(event)).collect();
            let values = each.first().map_or(0, Vec::len);
            let with = |number: usize| each.iter().filter_map(|all| all.get(number).cloned()).collect();
            self.all.extend((0..values).map(|number| Witness { events: with(number), about: witness.about.clone() }));
        }
    }

    /// Those of one rule alone.
    pub(super) fn made_by(side: &Side<'_>, extent: Extent) -> Self {
        let limit = match extent {
            Extent::Full => MAX_OF_RULE,
            Extent::Few => FEW,
            Extent::Pair => PAIR,
        };
        let mut found = Self::default();
        (found.tests, found.not_flipped) =
            found.made_from(side.rule, side.siblings(), (side.model(), &side.ground), limit);
        found
    }

    /// The rule's own tests, where its events are the ones that both sides see first.
    fn tests_of(&mut self, source: &Side<'_>) {
        for test in source.rule.tests.iter().filter(|test| test.instead.is_none() && !test.events.is_empty()) {
            self.all.push(Witness { events: test.events.clone(), about: format!("the rule's test `{}`", test.name) });
        }
    }

    /// Events of a world made from a rule in its names. How many tests it has, and how many of them no event decides alone.
    fn made_from(
        &mut self,
        rule: &Rule,
        siblings: &[&Rule],
        (model, ground): (EventModel, &Ground<'_>),
        limit: usize,
    ) -> (usize, usize) {
        if !matches!(rule.logic, Logic::Event(_)) {
            let mut rules: Vec<&Rule> = siblings.to_vec();
            rules.push(rule);
            let streams = synth::streams(&rules, ground, limit);
            self.all.extend(streams.into_iter().map(|stream| Witness { events: stream.events, about: stream.about }));
            return (0, 0);
        }
        let mut pool = rule.pool.clone();
        let root = with_exclusions(rule, &mut pool);
        let limit = limit.min(MAX_LOOKS / reachable(&pool, &[root]).len().max(1)).max(FEW.min(limit));
        let made = synth::witnesses(&pool, root, model, ground, limit);
        let counts = (made.tests, made.not_flipped);
        self.add(made, &pool);
        counts
    }

    /// Events that the other rule's tests led to as well are asked about once.
    fn add(&mut self, made: Singles, pool: &Pool) {
        let known: HashSet<&[Json], RandomState> = self.all.iter().map(|witness| witness.events.as_slice()).collect();
        let is_new = |single: &Single| !known.contains(std::slice::from_ref(&single.event));
        let new: Vec<Single> = made.events.into_iter().filter(is_new).collect();
        let witness = |single: Single| Witness { about: single.about.words(pool), events: vec![single.event] };
        self.all.extend(new.into_iter().map(witness));
    }
}

/// The condition under which an event fires.
fn with_exclusions(rule: &Rule, pool: &mut Pool) -> ExprId {
    let Logic::Event(filter) = rule.logic else { return ExprId::FALSE };
    let mut members = vec![filter];
    for exclusion in &rule.exclusions {
        members.push(pool.not(exclusion.condition, None));
    }
    pool.and(members, pool.origin(filter))
}
