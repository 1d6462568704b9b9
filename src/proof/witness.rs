//! The witnesses of a proof: what is made from either rule, in the world of the events that both see.

use super::diagram::reachable;
use super::sides::{Path, Side};
use super::synth::{self, Singles};
use crate::ir::{ExprId, Logic, Pool, Rule};
use crate::pass::{Direction, map_fields, simplify};
use serde_json::Value as Json;

/// Witnesses made from one rule, at most.
const MAX_OF_RULE: usize = 600;
/// Events times tests that a rule is looked at with: of a list of thousands of values fewer events are made than of a short rule.
const MAX_LOOKS: usize = 60_000;
/// Witnesses made from one rule, where a few are enough.
const FEW: usize = 12;

/// How many witnesses are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Around each test of both rules.
    Full,
    /// Some that fire the rule that sees the events first and some that do not: the claim is shown otherwise.
    Few,
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
    pub(super) fn of(source: &Side<'_>, target: &Side<'_>, path: Path<'_>, extent: Extent) -> Self {
        let mut found = Self::default();
        // The side that sees the events before any ingest, and the other one's rule in its terms.
        let (near, far) = match path {
            Path::Same | Path::TargetBehind(_) => (source, target),
            Path::SourceBehind(_) => (target, source),
        };
        found.tests_of(source, path);
        if extent == Extent::Few {
            found.made_from(near.rule, near.siblings(), near, FEW);
            return found;
        }
        (found.tests, found.not_flipped) = found.made_from(near.rule, near.siblings(), near, MAX_OF_RULE);
        match path {
            Path::Same => {
                found.made_from(far.rule, far.siblings(), near, MAX_OF_RULE);
            }
            Path::TargetBehind(way) | Path::SourceBehind(way) => {
                let mut mapped =
                    simplify(map_fields(far.rule.clone(), Direction::ToRaw, way.map(), &far.ground.implied()).rule);
                mapped.event_model = near.model();
                found.made_from(&mapped, &[], near, MAX_OF_RULE);
            }
        }
        found
    }

    /// Those of one rule alone.
    pub(super) fn made_by(side: &Side<'_>) -> Self {
        let mut found = Self::default();
        (found.tests, found.not_flipped) = found.made_from(side.rule, side.siblings(), side, MAX_OF_RULE);
        found
    }

    /// The rule's own tests, where its events are the ones that both sides see first.
    fn tests_of(&mut self, source: &Side<'_>, path: Path<'_>) {
        if matches!(path, Path::SourceBehind(_)) {
            return;
        }
        for test in source.rule.tests.iter().filter(|test| test.instead.is_none() && !test.events.is_empty()) {
            self.all.push(Witness { events: test.events.clone(), about: format!("the rule's test `{}`", test.name) });
        }
    }

    /// Events made from a rule in the terms of a side. How many tests it has, and how many of them no event decides alone.
    fn made_from(&mut self, rule: &Rule, siblings: &[&Rule], side: &Side<'_>, limit: usize) -> (usize, usize) {
        if !matches!(rule.logic, Logic::Event(_)) {
            let mut rules: Vec<&Rule> = siblings.to_vec();
            rules.push(rule);
            let streams = synth::streams(&rules, &side.ground, limit);
            self.all.extend(streams.into_iter().map(|stream| Witness { events: stream.events, about: stream.about }));
            return (0, 0);
        }
        let mut pool = rule.pool.clone();
        let root = with_exclusions(rule, &mut pool);
        let limit = limit.min(MAX_LOOKS / reachable(&pool, &[root]).len().max(1)).max(FEW);
        let made = synth::witnesses(&pool, root, side.model(), &side.ground, limit);
        let counts = (made.tests, made.not_flipped);
        self.add(made, &pool);
        counts
    }

    fn add(&mut self, made: Singles, pool: &Pool) {
        self.all.extend(
            made.events
                .into_iter()
                .map(|single| Witness { about: single.about.words(pool), events: vec![single.event] }),
        );
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
