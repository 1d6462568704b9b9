//! Events for a condition of one event: each test decided both ways with the rest held so that it matters, and then what lies around
//! the events that fire.

use super::super::ground::change_at;
use super::About;
use super::composed::Composed;
use super::offers::{close, telling_test, tests_of};
use super::problem::Problem;
use super::solve::{Goal, solve};
use super::text::swap_case;
use super::values::{FILLER, passing};
use crate::ir::{ExprId, ExprKind, Subject};
use foldhash::fast::RandomState;
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

/// An event with what the condition says about it.
#[derive(Debug, Clone)]
pub(in super::super) struct Single {
    pub(in super::super) event: Json,
    pub(in super::super) fires: bool,
    pub(in super::super) about: About,
}

/// Events of a condition and how far they go.
#[derive(Debug, Default)]
pub(in super::super) struct Singles {
    pub(in super::super) events: Vec<Single>,
    /// Tests of the condition, and those of them that no event was found for in which they alone decide.
    pub(in super::super) tests: usize,
    pub(in super::super) not_flipped: usize,
}

/// Events that decide each test both ways.
pub(super) fn flips(problem: Problem<'_>, limit: usize) -> Vec<Single> {
    let mut gathered = Gathered::new(problem, limit);
    gathered.flip();
    gathered.found.events
}

/// The events of [`flips`], and around them: each field missing, null, empty, of another type, in another case, as a list, and each
/// test's own edges.
pub(super) fn witnesses(problem: Problem<'_>, limit: usize) -> Singles {
    let mut gathered = Gathered::new(problem, limit);
    gathered.flip();
    gathered.sweep();
    gathered.found
}

/// A test with an event that fires because of it, and one that does not because of it.
struct Base {
    leaf: ExprId,
    fires: Json,
    misses: Option<Json>,
}

struct Gathered<'a> {
    problem: Problem<'a>,
    found: Singles,
    seen: HashSet<Json, RandomState>,
    limit: usize,
    bases: Vec<Base>,
    /// The events that were found last.
    recent: Vec<Json>,
}

/// So many of the events that were found last are tried again, each with so many values of a field.
const RECENT: usize = 2;
const TRIED: usize = 2;

impl<'a> Gathered<'a> {
    fn new(problem: Problem<'a>, limit: usize) -> Self {
        problem.grant(limit);
        Self {
            problem,
            found: Singles::default(),
            seen: HashSet::default(),
            limit,
            bases: Vec::new(),
            recent: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.found.events.len() >= self.limit
    }

    fn add(&mut self, event: Json, about: About) {
        if self.is_full() || !self.seen.insert(event.clone()) {
            return;
        }
        if let Some(fires) = self.problem.says(self.problem.root, &event) {
            self.found.events.push(Single { event, fires, about });
        }
    }

    fn flip(&mut self) {
        let mut paths = Paths::new(&self.problem);
        while let Some((leaf, wanted, sides)) = paths.next(&self.problem) {
            if self.is_full() {
                return;
            }
            self.found.tests += 1;
            let mut goals = sides;
            goals.push((leaf, wanted));
            let fires = self.decide(&goals);
            if let Some(last) = goals.last_mut() {
                *last = (leaf, !wanted);
            }
            let misses = self.decide(&goals);
            if fires.is_none() || misses.is_none() {
                self.found.not_flipped += 1;
            }
            let root = self.problem.root;
            let fires = fires.or_else(|| solve(&mut self.problem, &[(root, true), (leaf, wanted)]));
            if let Some(event) = fires {
                self.bases.push(Base { leaf, fires: event.clone(), misses: misses.clone() });
                self.add(event, About::Decides(leaf, wanted));
            }
            if let Some(event) = misses {
                self.add(event, About::Decides(leaf, !wanted));
            }
        }
        if self.found.tests == 0 {
            self.add(json!({}), About::Empty);
        }
    }

    /// An event that reaches the goals, of which the last one is the test's own. The tests of a list have most of their events in common:
    /// what the last ones led to is tried first, as it is and with another value in the test's field.
    fn decide(&mut self, goals: &[Goal]) -> Option<Json> {
        let found = self.decided_before(goals).or_else(|| solve(&mut self.problem, goals));
        if let Some(event) = &found
            && !self.recent.contains(event)
        {
            self.recent.truncate(RECENT - 1);
            self.recent.insert(0, event.clone());
        }
        found
    }

    fn decided_before(&self, goals: &[Goal]) -> Option<Json> {
        if let Some(event) = self.recent.iter().find(|event| self.problem.reaches(goals, event)) {
            return Some(event.clone());
        }
        let (leaf, value) = *goals.last()?;
        let &[field] = self.problem.leaves.get(&leaf)?.as_slice() else { return None };
        let holding = if value { vec![leaf] } else { Vec::new() };
        let domain = &self.problem.domains[field].values;
        let values: Vec<Option<&Json>> =
            self.problem.places(field, &holding).take(TRIED).map(|place| domain[place].as_ref()).collect();
        let changed = self.recent.iter().flat_map(|event| values.iter().map(move |value| (event, *value)));
        changed
            .filter_map(|(event, value)| self.problem.changed(event, field, value))
            .find(|event| self.problem.reaches(goals, event))
    }

    fn sweep(&mut self) {
        // Whatever there was room for: an event with nothing in it does not fire most rules.
        self.limit = self.limit.max(self.found.events.len() + 1);
        self.add(json!({}), About::Empty);
        let bases = std::mem::take(&mut self.bases);
        let mut swept = HashSet::new();
        for base in &bases {
            if self.is_full() {
                return;
            }
            let fields = self.problem.leaves.get(&base.leaf).cloned().unwrap_or_default();
            for field in fields {
                // A test that must not hold has its field in the event that does not fire.
                let of_miss = || self.at(base.misses.as_ref()?, field);
                let Some(value) = self.at(&base.fires, field).or_else(of_miss) else { continue };
                let is_new = swept.insert(field);
                for (other, how) in variants(&value) {
                    if is_new || how == OTHER_CASE {
                        self.change(&base.fires, field, other, how);
                    }
                }
            }
        }
        // The edges of each test; in long lists of tests those of a few.
        let stride = (bases.len() / 40).max(1);
        for base in bases.iter().step_by(stride) {
            if self.is_full() {
                return;
            }
            let fields = self.problem.leaves.get(&base.leaf).cloned().unwrap_or_default();
            let values = close(&self.problem, base.leaf);
            for field in fields {
                for (event, how) in self.with_other_members(base, field) {
                    self.add(event, About::Changed(self.problem.fields[field].clone(), how));
                }
                for value in self.beside_others(base, field, &values) {
                    self.change(&base.fires, field, Some(value), "beside what the test asks for");
                }
            }
        }
    }

    /// The event with a member of a list's items in another case, where a test inside the quantifier looks at it.
    fn with_other_members(&self, base: &Base, field: usize) -> Vec<(Json, &'static str)> {
        let mut found = Vec::new();
        for (subject, _) in tests_of(self.problem.pool, base.leaf) {
            let Subject::Member(item, path) = subject else { continue };
            if **item == Subject::Element(0) {
                let mut event = base.fires.clone();
                let way: Vec<Arc<str>> =
                    self.problem.fields[field].segments().iter().chain(path.segments()).cloned().collect();
                let mut is_text = false;
                change_at(&mut event, &way, &mut |value| {
                    if let Json::String(text) = value {
                        *text = swap_case(text);
                        is_text = true;
                    }
                });
                if is_text {
                    found.push((event, "an item in another case"));
                }
            }
        }
        found
    }

    /// The values for one test of a field, made such that the field's other tests that hold in the event go on holding.
    fn beside_others(&self, base: &Base, field: usize, values: &[Json]) -> Vec<Json> {
        let others: Vec<ExprId> = self
            .problem
            .leaves
            .iter()
            .filter(|(leaf, fields)| **leaf != base.leaf && fields.as_slice() == [field])
            .map(|(leaf, _)| *leaf)
            .filter(|leaf| self.problem.says(*leaf, &base.fires) == Some(true))
            .collect();
        if others.is_empty() {
            return values.to_vec();
        }
        let mut found = values.to_vec();
        for value in values {
            let mut composed = Composed::default();
            let mut items = vec![value.clone()];
            let alone = self.with(&json!({}), field, value.clone()).pop().unwrap_or_default();
            // What the value itself brings along need not come once more: it would hide what this one is there for.
            for leaf in others.iter().filter(|leaf| self.problem.says(**leaf, &alone) != Some(true)) {
                if let Some(op) = telling_test(self.problem.pool, *leaf) {
                    composed.add(op, &self.problem.examples);
                    items.extend(passing(op, &self.problem.examples).into_iter().next());
                }
            }
            if items.len() > 1 {
                found.extend(value.as_str().into_iter().flat_map(|text| composed.texts_around(text)).map(Json::from));
                found.push(Json::Array(items));
            }
        }
        found
    }

    /// The value of a field in an event that was put together from the domains.
    fn at(&self, event: &Json, field: usize) -> Option<Json> {
        let found = crate::eval::Event::new(event, self.problem.model).lookup(&self.problem.fields[field]);
        found.first().map(|value| (*value).clone())
    }

    /// The event with another value in a field, or without it.
    fn change(&mut self, base: &Json, field: usize, value: Option<Json>, how: &'static str) {
        let changed = match value {
            Some(value) => self.with(base, field, value),
            None => self.problem.changed(base, field, None).into_iter().collect(),
        };
        for event in changed {
            self.add(event, About::Changed(self.problem.fields[field].clone(), how));
        }
    }

    /// The event with the value in the field, as events can have it ([`super::super::ground::Ground::fitting`]).
    fn with(&self, base: &Json, field: usize, value: Json) -> Vec<Json> {
        let fitting = self.problem.ground.fitting(&self.problem.fields[field], value);
        fitting.iter().filter_map(|value| self.problem.changed(base, field, Some(value))).collect()
    }
}

/// The variant that each event that fires is tried in: a test can stand in several places.
const OTHER_CASE: &str = "in another case";

/// What a field can have in the place of a value.
fn variants(value: &Json) -> Vec<(Option<Json>, &'static str)> {
    let mut found = vec![
        (None, "missing"),
        (Some(Json::Null), "null"),
        (Some(json!("")), "empty"),
        (Some(json!([])), "an empty list"),
        (Some(json!(FILLER)), "another text"),
        (Some(json!(7)), "a number"),
        (Some(json!(true)), "a boolean"),
        (Some(json!({"k": FILLER})), "an object"),
    ];
    let one = value.as_array().and_then(|items| items.first()).unwrap_or(value);
    found.push((Some(json!([one])), "a list of one"));
    found.push((Some(json!([one, FILLER])), "a list of two, the first of which counts"));
    found.push((Some(json!([FILLER, one])), "a list of two, the second of which counts"));
    found.push((Some(json!([null, one])), "a list with a null"));
    if let Some(text) = one.as_str() {
        found.push((Some(json!(swap_case(text))), OTHER_CASE));
        found.push((Some(json!(format!("{text} "))), "with a blank after it"));
        if let Ok(number) = text.parse::<i64>() {
            found.push((Some(json!(number)), "as a number"));
        }
    } else if !one.is_null() {
        found.push((Some(json!(one.to_string())), "as a text"));
    }
    // Tests of several items hold together only as long as all of them are there.
    if let Some(items) = value.as_array().filter(|items| items.len() > 1) {
        let turned = items.iter().map(|item| item.as_str().map_or_else(|| item.clone(), |text| json!(swap_case(text))));
        found.push((Some(turned.collect()), OTHER_CASE));
    }
    found
}

/// Each test with the value that it has to have for the root to hold, and what its neighbours have to be so that it decides: the
/// others of an `and` true, the others of an `or` false. A test that stands in several places is taken at the first.
struct Paths {
    /// What is still to be looked at, with the value that it has to have, and the junction that it is a member of.
    open: Vec<(ExprId, bool, Option<Rc<Junction>>)>,
    seen: HashSet<ExprId, RandomState>,
}

/// An `and` or an `or` above a member of it.
struct Junction {
    id: ExprId,
    member: ExprId,
    above: Option<Rc<Self>>,
}

impl Paths {
    fn new(problem: &Problem<'_>) -> Self {
        Self { open: vec![(problem.root, true, None)], seen: HashSet::default() }
    }

    fn next(&mut self, problem: &Problem<'_>) -> Option<(ExprId, bool, Vec<Goal>)> {
        while let Some((id, wanted, above)) = self.open.pop() {
            if !self.seen.insert(id) {
                continue;
            }
            match problem.pool.kind(id) {
                ExprKind::Not(inner) => self.open.push((*inner, !wanted, above)),
                ExprKind::And(members) | ExprKind::Or(members) => {
                    for member in members.iter().rev() {
                        let junction = Junction { id, member: *member, above: above.clone() };
                        self.open.push((*member, wanted, Some(Rc::new(junction))));
                    }
                }
                _ if problem.leaves.contains_key(&id) => return Some((id, wanted, sides(problem, above.as_deref()))),
                _ => {}
            }
        }
        None
    }
}

/// What the neighbours of a member and of all above it have to be, the outermost first.
fn sides(problem: &Problem<'_>, innermost: Option<&Junction>) -> Vec<Goal> {
    let mut junctions: Vec<&Junction> =
        std::iter::successors(innermost, |junction| junction.above.as_deref()).collect();
    junctions.reverse();
    let of = |junction: &Junction| {
        let (members, neutral) = match problem.pool.kind(junction.id) {
            ExprKind::And(members) => (members.as_slice(), true),
            ExprKind::Or(members) => (members.as_slice(), false),
            _ => (&[][..], true),
        };
        let member = junction.member;
        members.iter().filter(move |other| **other != member).map(move |other| (*other, neutral))
    };
    junctions.into_iter().flat_map(of).collect()
}
