//! A condition of one event taken apart: its tests, the fields they look at, and the values that those fields are tried with.

use super::super::ground::Ground;
use super::offers::offers;
use super::solve::Goal;
use super::text::{Examples, fill};
use crate::eval::{Conditions, Evaluation, Event, Verdict};
use crate::ir::{EventModel, ExprId, ExprKind, FieldPath, Pool, Subject, children, fields_of, subjects};
use foldhash::fast::RandomState;
use serde_json::{Map, Value as Json};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// Tests that are looked at one by one. The largest published rules have a few hundred.
const MAX_LEAVES: usize = 600;
/// Values that one field is tried with.
const MAX_VALUES: usize = 1_500;

/// How often tests may be asked about values for each event that is wanted. A rule with thousands of them is looked at only so far.
const MAX_WORK: usize = 3_000;
/// Looks at tests of one value that are as long as one look at an event.
const WORK_OF_EVENT: usize = 20;

/// A condition with the means to ask about it.
pub(super) struct Problem<'a> {
    pub(super) pool: &'a Pool,
    pub(super) root: ExprId,
    conditions: Conditions,
    pub(super) model: EventModel,
    pub(super) ground: &'a Ground<'a>,
    pub(super) fields: Vec<FieldPath>,
    pub(super) domains: Vec<Domain>,
    /// The fields of each test, by their place in `fields`.
    pub(super) leaves: BTreeMap<ExprId, Vec<usize>>,
    pub(super) examples: Rc<Examples>,
    /// How often tests may still be asked.
    work: Cell<usize>,
}

/// What a test says of a value; `None` when it does not know.
type Said = Option<bool>;

/// The values that a field is tried with. The first is none: the field is missing.
#[derive(Default)]
pub(super) struct Domain {
    pub(super) values: Vec<Option<Json>>,
    /// The place of each value.
    known: HashMap<Json, usize, RandomState>,
    /// What each test says of the values, by their places; none of those that it was not asked about.
    truth: HashMap<ExprId, Vec<Option<Said>>, RandomState>,
    /// The events in which only this field has a value, by its place; `None` where events cannot have it.
    alone: HashMap<usize, Option<Json>, RandomState>,
    /// The places of the values that each test offered: the ones that likely pass it.
    offered: HashMap<ExprId, Vec<usize>, RandomState>,
}

impl Domain {
    fn new() -> Self {
        Self { values: vec![None], ..Self::default() }
    }

    /// The place of a value, new or not; `None` when there are too many.
    pub(super) fn add(&mut self, value: Json) -> Option<usize> {
        if let Some(place) = self.known.get(&value) {
            return Some(*place);
        }
        let place = self.values.len();
        if place >= MAX_VALUES {
            return None;
        }
        self.known.insert(value.clone(), place);
        self.values.push(Some(value));
        Some(place)
    }
}

impl<'a> Problem<'a> {
    pub(super) fn new(pool: &'a Pool, root: ExprId, model: EventModel, ground: &'a Ground<'a>) -> Self {
        Self::at_depth(pool, root, (model, ground), 0, Rc::default())
    }

    /// A condition that stood inside one of `outer`'s, in so many quantifiers.
    pub(super) fn within(outer: &Problem<'a>, pool: &'a Pool, root: ExprId, depth: u8) -> Self {
        Self::at_depth(pool, root, (outer.model, outer.ground), depth, outer.examples.clone())
    }

    fn at_depth(
        pool: &'a Pool,
        root: ExprId,
        (model, ground): (EventModel, &'a Ground<'a>),
        depth: u8,
        examples: Rc<Examples>,
    ) -> Self {
        let conditions = Conditions::new(pool, &[root], model);
        let mut problem = Self {
            pool,
            root,
            conditions,
            model,
            ground,
            fields: Vec::new(),
            domains: Vec::new(),
            leaves: BTreeMap::new(),
            examples,
            work: Cell::new(0),
        };
        for leaf in leaves(pool, root).into_iter().take(MAX_LEAVES) {
            let fields = problem.fields_of(leaf);
            problem.leaves.insert(leaf, fields);
        }
        problem.entangle();
        problem.fill_domains(depth);
        problem
    }

    /// Grants the work of so many events.
    pub(super) fn grant(&self, events: usize) {
        self.work.set(events.saturating_mul(MAX_WORK));
    }

    /// Whether there is work left for this, and takes it.
    fn spend(&self, work: usize) -> bool {
        let left = self.work.get();
        self.work.set(left.saturating_sub(work));
        left > work
    }

    fn fields_of(&mut self, leaf: ExprId) -> Vec<usize> {
        let mut paths: Vec<FieldPath> = fields_of(self.pool, &[leaf]).into_iter().map(|(field, _)| field).collect();
        for subject in subjects(self.pool.kind(leaf)) {
            if let Subject::AnyField(pattern) = subject {
                let named: Vec<FieldPath> =
                    fields_of(self.pool, &[self.root]).into_iter().map(|(field, _)| field).collect();
                paths.push(FieldPath::dotted(&fill(pattern, self.ground.text_field(&named))));
            }
        }
        paths.into_iter().map(|path| self.field(path)).collect()
    }

    fn field(&mut self, path: FieldPath) -> usize {
        if let Some(known) = self.fields.iter().position(|field| *field == path) {
            return known;
        }
        self.fields.push(path);
        self.domains.push(Domain::new());
        self.fields.len() - 1
    }

    /// A test of an object looks at the fields below it as well.
    fn entangle(&mut self) {
        let below = |above: &FieldPath| {
            let is_below = |field: &FieldPath| field != above && field.strip_prefix(above).is_some();
            self.fields.iter().enumerate().filter(|(_, field)| is_below(field)).map(|(index, _)| index).collect()
        };
        let all: Vec<Vec<usize>> = self.fields.iter().map(below).collect();
        for fields in self.leaves.values_mut() {
            let more: Vec<usize> = fields.iter().flat_map(|field| all[*field].iter().copied()).collect();
            for field in more {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
    }

    fn fill_domains(&mut self, depth: u8) {
        let plain = [Json::from(super::values::FILLER), Json::from("")];
        let leaves: Vec<(ExprId, Vec<usize>)> =
            self.leaves.iter().map(|(leaf, fields)| (*leaf, fields.clone())).collect();
        for (leaf, fields) in leaves {
            let offered = offers(self, leaf, depth);
            for field in fields {
                for value in &offered {
                    if let Some(place) = self.offer(field, value.clone()) {
                        self.domains[field].offered.entry(leaf).or_default().push(place);
                    }
                }
            }
        }
        for field in 0..self.fields.len() {
            for value in &plain {
                self.offer(field, value.clone());
            }
            self.offer(field, 0.into());
        }
    }

    /// Takes a value into a field's domain, as events can have it ([`Ground::fitting`]). The place of the first.
    pub(super) fn offer(&mut self, field: usize, value: Json) -> Option<usize> {
        let fitting = self.ground.fitting(&self.fields[field], value);
        let places: Vec<usize> = fitting.into_iter().filter_map(|value| self.domains[field].add(value)).collect();
        places.first().copied()
    }

    /// What a test says about an event in which only this field has a value; nothing when too much was asked already.
    pub(super) fn truth(&mut self, leaf: ExprId, field: usize, value: usize) -> Option<bool> {
        if !self.spend(1) {
            return None;
        }
        let known = self.domains[field].truth.get(&leaf).and_then(|said| said.get(value)).copied().flatten();
        if let Some(known) = known {
            return known;
        }
        if !self.domains[field].alone.contains_key(&value) {
            let event = self.event(&BTreeMap::from([(field, value)]));
            self.domains[field].alone.insert(value, event);
        }
        let alone = self.domains[field].alone.get(&value).and_then(Option::as_ref);
        let truth = alone.and_then(|event| self.says(leaf, event));
        let said = self.domains[field].truth.entry(leaf).or_default();
        if said.len() <= value {
            said.resize(value + 1, None);
        }
        said[value] = Some(truth);
        truth
    }

    /// The places of a field's values in the order in which they are tried for tests that have to hold: first those that the tests
    /// offered, then all.
    pub(super) fn places<'s>(&'s self, field: usize, holding: &[ExprId]) -> impl Iterator<Item = usize> + use<'s> {
        let domain = &self.domains[field];
        let offered: Vec<usize> =
            holding.iter().filter_map(|leaf| domain.offered.get(leaf)).flatten().copied().collect();
        offered.into_iter().chain(0..domain.values.len())
    }

    /// What a condition says about an event; `None` when it does not know.
    pub(super) fn says(&self, condition: ExprId, event: &Json) -> Option<bool> {
        said(&mut self.conditions.on(Event::new(event, self.model)), condition)
    }

    /// How many conditions say of an event what they shall; none when too much was asked already.
    pub(super) fn reached<'g>(&self, goals: impl IntoIterator<Item = &'g Goal>, event: &Json) -> usize {
        let goals: Vec<&Goal> = goals.into_iter().collect();
        if !self.spend(goals.len().saturating_mul(WORK_OF_EVENT)) {
            return 0;
        }
        let mut evaluation = self.conditions.on(Event::new(event, self.model));
        goals.into_iter().filter(|(id, value)| said(&mut evaluation, *id) == Some(*value)).count()
    }

    /// Whether all conditions say of an event what they shall.
    pub(super) fn reaches(&self, goals: &[Goal], event: &Json) -> bool {
        let mut evaluation = self.conditions.on(Event::new(event, self.model));
        // The last one is the test that is looked at, and those before it stand next to it.
        goals.iter().rev().all(|(id, value)| said(&mut evaluation, *id) == Some(*value))
    }

    /// The event with another value in a field, or with none.
    pub(super) fn changed(&self, event: &Json, field: usize, value: Option<&Json>) -> Option<Json> {
        let mut event = event.clone();
        super::remove(&mut event, self.fields[field].segments());
        if let Some(value) = value {
            self.ground.place(&mut event, &self.fields[field], value, self.model)?;
        }
        Some(event)
    }

    /// The event in which the fields have these values, by their places in the domains. The longest paths come first, so that an
    /// object can be added to what stands below it.
    pub(super) fn event(&self, chosen: &BTreeMap<usize, usize>) -> Option<Json> {
        let mut event = Json::Object(Map::new());
        let mut order: Vec<(&usize, &usize)> = chosen.iter().collect();
        order.sort_by_key(|(field, _)| std::cmp::Reverse(self.fields[**field].segments().len()));
        for (field, value) in order {
            if let Some(value) = self.domains[*field].values.get(*value)?.as_ref() {
                self.ground.place(&mut event, &self.fields[*field], value, self.model)?;
            }
        }
        Some(event)
    }
}

fn said(evaluation: &mut Evaluation<'_>, condition: ExprId) -> Option<bool> {
    match evaluation.verdict(condition) {
        Verdict::True => Some(true),
        Verdict::False => Some(false),
        Verdict::NotKnown(_) => None,
    }
}

/// The tests and quantifiers of a condition, in the order of writing.
fn leaves(pool: &Pool, root: ExprId) -> Vec<ExprId> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        match pool.kind(id) {
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => {
                stack.extend(children(pool.kind(id)).into_iter().rev());
            }
            ExprKind::True | ExprKind::False => {}
            _ => found.push(id),
        }
    }
    found
}
