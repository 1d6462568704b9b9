//! A small search for an event that decides given conditions as wanted.

use super::composed::Composed;
use super::offers::telling_test;
use super::problem::Problem;
use crate::ir::{ExprId, ExprKind};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Choices that one search may try.
const MAX_STEPS: usize = 400;
/// Values of a field that are kept while more is asked of it; when none is left, all are looked at again.
const KEPT: usize = 4;
/// Choices that may stand open at once.
const MAX_DEPTH: usize = 200;
/// Combinations of values that are tried where a test looks at several fields.
const MAX_COMBINATIONS: usize = 300;
/// The same over all attempts of one search.
const MAX_OF_SEARCH: usize = 2_000;

/// A condition and what it shall say.
pub(super) type Goal = (ExprId, bool);

/// What is still possible.
#[derive(Clone, Default)]
struct State {
    /// The values that each constrained field can have, by their places in its domain, the preferred one first.
    left: BTreeMap<usize, Vec<usize>>,
    /// The tests of one field that were wanted, by field.
    wanted: BTreeMap<usize, Vec<Goal>>,
    /// Tests of several fields.
    joint: Vec<Goal>,
    /// Junctions of which one member has to be decided, with that value.
    open: Vec<(Vec<ExprId>, bool)>,
}

pub(super) struct Solver<'p, 'a> {
    problem: &'p mut Problem<'a>,
    steps: usize,
    combinations: usize,
}

/// An event for which every goal is reached, by the evaluator's own word.
pub(super) fn solve(problem: &mut Problem<'_>, goals: &[Goal]) -> Option<Json> {
    let mut solver = Solver { problem, steps: MAX_STEPS, combinations: MAX_OF_SEARCH };
    let mut state = State::default();
    if !solver.take_all(goals.to_vec(), &mut state) {
        return None;
    }
    solver.choose(state, goals, 0)
}

impl Solver<'_, '_> {
    /// Decides one open junction after the other; the first event that reaches the goals.
    fn choose(&mut self, mut state: State, goals: &[Goal], depth: usize) -> Option<Json> {
        if self.steps == 0 || depth > MAX_DEPTH {
            return None;
        }
        self.steps -= 1;
        // The junction with the fewest members first.
        let next = (0..state.open.len()).min_by_key(|index| state.open[*index].0.len());
        let Some(next) = next else { return self.finish(&state, goals) };
        let (members, value) = state.open.swap_remove(next);
        for member in members {
            let mut tried = state.clone();
            if self.take_all(vec![(member, value)], &mut tried)
                && let Some(found) = self.choose(tried, goals, depth + 1)
            {
                return Some(found);
            }
            if self.steps == 0 {
                return None;
            }
        }
        None
    }

    /// Takes goals into the state; false when they cannot be reached together.
    fn take_all(&mut self, mut goals: Vec<Goal>, state: &mut State) -> bool {
        while let Some((id, value)) = goals.pop() {
            match self.problem.pool.kind(id) {
                ExprKind::True if !value => return false,
                ExprKind::False if value => return false,
                ExprKind::True | ExprKind::False => {}
                ExprKind::Not(inner) => goals.push((*inner, !value)),
                ExprKind::And(members) | ExprKind::Or(members) => {
                    if matches!(self.problem.pool.kind(id), ExprKind::And(_)) == value {
                        goals.extend(members.iter().rev().map(|member| (*member, value)));
                    } else {
                        state.open.push((members.clone(), value));
                    }
                }
                _ if !self.restrict(id, value, state) => return false,
                _ => {}
            }
        }
        true
    }

    /// Takes a test into the state.
    fn restrict(&mut self, leaf: ExprId, value: bool, state: &mut State) -> bool {
        let Some(fields) = self.problem.leaves.get(&leaf) else { return false };
        let &[field] = fields.as_slice() else {
            let possible = !fields.is_empty();
            state.joint.push((leaf, value));
            return possible;
        };
        let wanted = state.wanted.entry(field).or_default();
        if wanted.contains(&(leaf, !value)) {
            return false;
        }
        if !wanted.contains(&(leaf, value)) {
            wanted.push((leaf, value));
        }
        let mut left = state.left.remove(&field).unwrap_or_default();
        left.retain(|place| self.problem.truth(leaf, field, *place) == Some(value));
        if left.is_empty() {
            left = self.first_fitting(field, wanted);
        }
        if left.is_empty() {
            left = self.combined(field, wanted);
        }
        let possible = !left.is_empty();
        state.left.insert(field, left);
        possible
    }

    /// The first values of a field that decide all its tests as wanted. Tests that have to hold say no to most values, so they are
    /// asked first.
    fn first_fitting(&mut self, field: usize, wanted: &[Goal]) -> Vec<usize> {
        let mut order = wanted.to_vec();
        order.sort_by_key(|(_, value)| !value);
        let holding: Vec<ExprId> = order.iter().filter(|(_, value)| *value).map(|(leaf, _)| *leaf).collect();
        let places: Vec<usize> = self.problem.places(field, &holding).collect();
        let mut found = Vec::new();
        for place in places {
            if found.contains(&place) {
                continue;
            }
            if order.iter().all(|(leaf, value)| self.problem.truth(*leaf, field, place) == Some(*value)) {
                found.push(place);
                if found.len() == KEPT {
                    break;
                }
            }
        }
        found
    }

    /// Values made for several tests of one field at once: a text with all the parts, a list of one value for each.
    fn combined(&mut self, field: usize, wanted: &[Goal]) -> Vec<usize> {
        let mut parts = Composed::default();
        let mut items: Vec<Json> = Vec::new();
        for (leaf, value) in wanted {
            if *value {
                if let Some(op) = telling_test(self.problem.pool, *leaf) {
                    parts.add(op, &self.problem.examples);
                }
                let domain = &self.problem.domains[field].values;
                let passing = (0..domain.len()).find(|place| self.problem.truth(*leaf, field, *place) == Some(true));
                items.extend(passing.and_then(|place| self.problem.domains[field].values[place].clone()));
            }
        }
        let mut tried: Vec<Json> = parts.texts().into_iter().map(Json::from).collect();
        tried.push(Json::Array(items));
        let mut found = Vec::new();
        for value in tried {
            let Some(place) = self.problem.offer(field, value) else { continue };
            if wanted.iter().all(|(leaf, value)| self.problem.truth(*leaf, field, place) == Some(*value)) {
                found.push(place);
            }
        }
        found
    }

    /// The event of the first values, or of others where tests of several fields ask for them.
    fn finish(&mut self, state: &State, goals: &[Goal]) -> Option<Json> {
        let mut chosen: BTreeMap<usize, usize> =
            state.left.iter().filter_map(|(field, left)| Some((*field, *left.first()?))).collect();
        let reached = |problem: &Problem<'_>, chosen: &BTreeMap<usize, usize>| {
            let event = problem.event(chosen)?;
            problem.reaches(goals, &event).then_some(event)
        };
        if let Some(event) = reached(self.problem, &chosen) {
            return Some(event);
        }
        // One field after the other gets the value that brings the most of the joint tests where they shall be.
        let mut fields: Vec<usize> = state
            .joint
            .iter()
            .flat_map(|(leaf, _)| self.problem.leaves.get(leaf).cloned().unwrap_or_default())
            .collect();
        fields.extend(state.left.keys());
        let mut budget = MAX_COMBINATIONS.min(self.combinations);
        for field in fields {
            let left = state
                .left
                .get(&field)
                .cloned()
                .unwrap_or_else(|| (0..self.problem.domains[field].values.len()).collect());
            let mut best = (self.score(&chosen, goals, state), chosen.get(&field).copied());
            for place in left {
                if budget == 0 {
                    return None;
                }
                budget -= 1;
                self.combinations -= 1;
                chosen.insert(field, place);
                let score = self.score(&chosen, goals, state);
                if score > best.0 {
                    best = (score, Some(place));
                }
            }
            match best.1 {
                Some(place) => chosen.insert(field, place),
                None => chosen.remove(&field),
            };
            if let Some(event) = reached(self.problem, &chosen) {
                return Some(event);
            }
        }
        None
    }

    fn score(&self, chosen: &BTreeMap<usize, usize>, goals: &[Goal], state: &State) -> usize {
        let Some(event) = self.problem.event(chosen) else { return 0 };
        let single = state.wanted.values().flatten();
        let all = state.joint.iter().chain(goals).chain(single);
        1 + self.problem.reached(all, &event)
    }
}
