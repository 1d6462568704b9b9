//! Sequences and samples.
//!
//! One partial sequence per key and stage: a newer candidate replaces an older one. Memory is bounded: partial sequences
//! older than the span are swept out, and beyond [`MAX_KEYS`] keys no new one is begun, with a note.

use super::event::Event;
use super::program::Selector;
use super::stream::{Alert, NoteKind, Record, combinations, distinct, nanoseconds, timestamp};
use super::value::fold_json;
use crate::ir::{ExprId, JoinKey, Sample, Sequence, Step};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Keys with open partial sequences.
const MAX_KEYS: usize = 1_000_000;
/// Expired state is swept out every so many events.
const SWEEP_EVERY: usize = 1024;

type Key = Vec<Json>;

/// Runs a sequence over the ordered records. `end` is the time up to which nothing else happened.
pub(super) fn run(sequence: &Sequence, records: &[Arc<Record>], selector: &mut Selector<'_>, end: i128) -> Vec<Alert> {
    match Machine::new(sequence, group_names(&sequence.by, &sequence.steps, selector)) {
        Ok(mut machine) => {
            for (index, record) in records.iter().enumerate() {
                machine.event(record, selector);
                if index % SWEEP_EVERY == 0 {
                    machine.sweep(record.at);
                }
            }
            machine.sweep(end);
            machine.alerts.iter_mut().for_each(|alert| alert.rule = selector.rule());
            machine.alerts
        }
        Err(reason) => {
            selector.note(NoteKind::NotRun, reason, 0);
            Vec::new()
        }
    }
}

#[derive(Clone)]
struct Partial {
    events: Vec<Arc<Record>>,
    /// When the last event of a leading missing step happened before the first event.
    forbidden_before: Option<i128>,
}

impl Partial {
    fn first(&self) -> i128 {
        self.events.first().map_or(i128::MIN, |record| record.at)
    }
}

/// A sequence that waits until its trailing missing step can no longer happen.
struct Pending {
    partial: Partial,
    /// The last moment, inclusive, at which the event would still spoil it.
    deadline: i128,
}

#[derive(Default)]
struct KeyState {
    /// By stage: the partial sequence whose last event is of that stage.
    slots: BTreeMap<usize, Partial>,
    forbidden_before: Option<i128>,
    pending: Vec<Pending>,
}

/// What a missing step forbids, as positions between the positive stages.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Leading,
    /// After the positive stage.
    After(usize),
    Trailing,
}

struct Machine<'a> {
    sequence: &'a Sequence,
    /// What the values of the keys are called.
    names: Vec<String>,
    /// The steps that have events, runs written out.
    stages: Vec<&'a Step>,
    missing: Vec<(&'a Step, Place)>,
    span: Option<i128>,
    keys: HashMap<Key, KeyState>,
    alerts: Vec<Alert>,
}

impl<'a> Machine<'a> {
    fn new(sequence: &'a Sequence, names: Vec<String>) -> Result<Self, String> {
        const MAX_STAGES: usize = 1_000;
        let mut stages = Vec::new();
        let mut found = Vec::new();
        for step in &sequence.steps {
            if step.missing {
                found.push((step, stages.len()));
            } else {
                stages.extend(std::iter::repeat_n(step, (step.runs.max(1) as usize).min(MAX_STAGES + 1)));
            }
        }
        if stages.is_empty() {
            return Err("a sequence needs a step that is not missing".to_owned());
        }
        if stages.len() > MAX_STAGES {
            return Err(format!("a sequence of more than {MAX_STAGES} events"));
        }
        if !found.is_empty() && sequence.max_span.is_none() {
            return Err("a sequence with a missing step needs a time span".to_owned());
        }
        let place = |before: usize| match before {
            0 => Place::Leading,
            all if all == stages.len() => Place::Trailing,
            before => Place::After(before - 1),
        };
        let missing = found.into_iter().map(|(step, before)| (step, place(before))).collect();
        let span = sequence.max_span.map(nanoseconds);
        Ok(Self { sequence, names, stages, missing, span, keys: HashMap::new(), alerts: Vec::new() })
    }

    fn has(&self, place: Place) -> bool {
        self.missing.iter().any(|(_, found)| *found == place)
    }

    /// One event takes part in every step whose filter it satisfies, later stages first, so that it never follows itself.
    fn event(&mut self, record: &Arc<Record>, selector: &mut Selector<'_>) {
        let steps = self.stages.iter().copied().chain(self.missing.iter().map(|(step, _)| *step));
        let filters: Vec<ExprId> = steps.chain(&self.sequence.until).map(|step| step.filter).collect();
        let matched = selector.select(&filters, record);
        if !matched.contains(&true) {
            return;
        }
        let (stages, rest) = matched.split_at(self.stages.len());
        let (missing, until) = rest.split_at(self.missing.len());
        let mut placed = Vec::new();
        let mut complete = Vec::new();
        for stage in (0..stages.len()).rev().filter(|stage| stages[*stage]) {
            for key in join_keys(&self.sequence.by, self.stages[stage], record, selector) {
                let Some(partial) = self.advance(stage, &key, record) else { continue };
                if stage + 1 == self.stages.len() { &mut complete } else { &mut placed }.push((key, stage, partial));
            }
        }
        for (index, _) in missing.iter().enumerate().filter(|(_, matched)| **matched) {
            let (step, place) = self.missing[index];
            for key in join_keys(&self.sequence.by, step, record, selector) {
                self.forbidden(key, place, record.at);
            }
        }
        for (key, stage, partial) in placed {
            if self.keys.len() >= MAX_KEYS && !self.keys.contains_key(&key) {
                let message = format!("more than {MAX_KEYS} join keys are open at once");
                selector.note(NoteKind::Limit, message, 1);
                continue;
            }
            self.keys.entry(key).or_default().slots.insert(stage, partial);
        }
        // After the event has taken its place: one that is a step and the end of the sequence as well can only complete it.
        if let (Some(step), [true]) = (&self.sequence.until, until) {
            for key in join_keys(&self.sequence.by, step, record, selector) {
                if let Some(state) = self.keys.get_mut(&key) {
                    state.slots.clear();
                }
            }
        }
        for (key, _, partial) in complete {
            self.complete(key, partial);
        }
    }

    /// The partial sequence that the event continues, with the event.
    fn advance(&mut self, stage: usize, key: &Key, record: &Arc<Record>) -> Option<Partial> {
        if stage == 0 {
            let forbidden_before = self.keys.get(key).and_then(|state| state.forbidden_before);
            return Some(Partial { events: vec![record.clone()], forbidden_before });
        }
        let slots = &mut self.keys.get_mut(key)?.slots;
        let before = stage - 1;
        let mut partial = if self.stages[stage].fork { slots.get(&before)?.clone() } else { slots.remove(&before)? };
        if self.span.is_some_and(|span| record.at - partial.first() > span) {
            return None;
        }
        partial.events.push(record.clone());
        Some(partial)
    }

    /// An event of a missing step happened.
    fn forbidden(&mut self, key: Key, place: Place, at: i128) {
        match place {
            Place::Leading => self.keys.entry(key).or_default().forbidden_before = Some(at),
            Place::After(stage) => {
                if let Some(state) = self.keys.get_mut(&key) {
                    state.slots.remove(&stage);
                }
            }
            Place::Trailing => {
                if let Some(state) = self.keys.get_mut(&key) {
                    state.pending.retain(|pending| pending.deadline < at);
                }
            }
        }
    }

    /// All stages have their event. With a leading and a trailing missing step together the sequence is spoilt when both of them
    /// happen within one span, as Elasticsearch decides it; else each spoils it alone.
    fn complete(&mut self, key: Key, partial: Partial) {
        let (leading, trailing) = (self.has(Place::Leading), self.has(Place::Trailing));
        let span = self.span.unwrap_or_default();
        let last = partial.events.last().map_or(i128::MIN, |record| record.at);
        let spoilt_until = partial.forbidden_before.map(|at| at + span).filter(|until| last <= *until);
        match (leading, trailing, spoilt_until) {
            (true, false, Some(_)) => {}
            (false, true, _) => {
                let deadline = partial.first() + span;
                self.keys.entry(key).or_default().pending.push(Pending { partial, deadline });
            }
            (true, true, Some(deadline)) => {
                self.keys.entry(key).or_default().pending.push(Pending { partial, deadline });
            }
            _ => self.alert(&key, partial, last),
        }
    }

    fn alert(&mut self, key: &Key, partial: Partial, at: i128) {
        let timed = partial.events.iter().any(|record| record.time.is_some());
        let group = self.names.iter().cloned().zip(key.iter().cloned()).collect();
        let time = timestamp(at).filter(|_| timed);
        self.alerts.push(Alert { rule: 0, time, events: partial.events, group });
    }

    /// Alerts for what has waited long enough by `now`, and forgets what is too old to matter.
    fn sweep(&mut self, now: i128) {
        let mut ready = Vec::new();
        let span = self.span;
        self.keys.retain(|key, state| {
            let (over, open): (Vec<_>, Vec<_>) =
                std::mem::take(&mut state.pending).into_iter().partition(|pending| pending.deadline < now);
            ready.extend(over.into_iter().map(|pending| (key.clone(), pending)));
            state.pending = open;
            if let Some(span) = span {
                state.slots.retain(|_, partial| now.saturating_sub(partial.first()) <= span);
                state.forbidden_before = state.forbidden_before.filter(|at| now.saturating_sub(*at) <= span);
            }
            !(state.pending.is_empty() && state.slots.is_empty() && state.forbidden_before.is_none())
        });
        ready.sort_by_key(|(_, pending)| {
            let line = pending.partial.events.last().map(|record| (record.at, record.index));
            (pending.deadline, line)
        });
        for (key, pending) in ready {
            self.alert(&key, pending.partial, pending.deadline);
        }
    }
}

/// What the values of a key are called: those of the first step that has events.
fn group_names(shared: &[JoinKey], steps: &[Step], selector: &Selector<'_>) -> Vec<String> {
    let first = steps.iter().find(|step| !step.missing);
    shared.iter().chain(first.into_iter().flat_map(|step| &step.by)).map(|key| selector.name_of(&key.term)).collect()
}

/// The different values of a key, folded as it compares them.
fn key_values(key: &JoinKey, event: &Event<'_>, selector: &mut Selector<'_>) -> Vec<Json> {
    let values = match key.field() {
        Some(field) => distinct(event, field),
        None => selector.value(&key.term, event).filter(|value| !value.is_null()).into_iter().collect(),
    };
    let mut found: Vec<Json> = Vec::new();
    for value in values {
        let value = fold_json(value, key.case);
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// The keys under which an event takes part in a step: one per combination of its values, none when a required key is missing.
fn join_keys(shared: &[JoinKey], step: &Step, record: &Record, selector: &mut Selector<'_>) -> Vec<Key> {
    let event = selector.event(record);
    let lists: Vec<Vec<Json>> = shared
        .iter()
        .chain(&step.by)
        .map(|key| match key_values(key, &event, selector) {
            values if values.is_empty() && key.optional => vec![Json::Null],
            values => values,
        })
        .collect();
    combinations(&lists).unwrap_or_else(|| {
        selector.note(NoteKind::Limit, "too many combinations of join keys in one event".to_owned(), 1);
        Vec::new()
    })
}

/// Runs a sample: for each key one event per step, in any order; an event serves one step. After an alert the key begins anew.
pub(super) fn run_sample(sample: &Sample, records: &[Arc<Record>], selector: &mut Selector<'_>) -> Vec<Alert> {
    const MAX_STEPS: usize = 100;
    if sample.steps.len() > MAX_STEPS {
        selector.note(NoteKind::NotRun, format!("a sample of more than {MAX_STEPS} steps"), 0);
        return Vec::new();
    }
    let filters: Vec<ExprId> = sample.steps.iter().chain(&sample.until).map(|step| step.filter).collect();
    let names = group_names(&sample.by, &sample.steps, selector);
    let mut keys: HashMap<Key, Vec<Vec<Arc<Record>>>> = HashMap::new();
    let mut alerts = Vec::new();
    for record in records {
        let matched = selector.select(&filters, record);
        let mut touched: Vec<Key> = Vec::new();
        for (index, step) in sample.steps.iter().enumerate().filter(|(index, _)| matched[*index]) {
            for key in join_keys(&sample.by, step, record, selector) {
                let candidates = keys.entry(key.clone()).or_insert_with(|| vec![Vec::new(); sample.steps.len()]);
                // More candidates than steps cannot help to find one event of each.
                if candidates[index].len() < sample.steps.len() {
                    candidates[index].push(record.clone());
                }
                if !touched.contains(&key) {
                    touched.push(key);
                }
            }
        }
        for key in touched {
            let Some(events) = keys.get(&key).and_then(|candidates| one_of_each(candidates)) else { continue };
            keys.remove(&key);
            let group = names.iter().cloned().zip(key).collect();
            let time = events.iter().filter_map(|record| record.time).max();
            alerts.push(Alert { rule: selector.rule(), time, events, group });
        }
        if let (Some(until), Some(true)) = (&sample.until, matched.last()) {
            for key in join_keys(&sample.by, until, record, selector) {
                keys.remove(&key);
            }
        }
    }
    alerts
}

/// One different event for each step (augmenting paths: a step takes another's event when that one has a second choice).
fn one_of_each(candidates: &[Vec<Arc<Record>>]) -> Option<Vec<Arc<Record>>> {
    let mut taken: HashMap<usize, usize> = HashMap::new();
    for step in 0..candidates.len() {
        let mut tried = Vec::new();
        if !assign(step, candidates, &mut taken, &mut tried) {
            return None;
        }
    }
    let mut chosen: Vec<(usize, Arc<Record>)> = Vec::new();
    for (index, step) in taken {
        chosen.push((step, candidates[step].iter().find(|record| record.index == index)?.clone()));
    }
    chosen.sort_by_key(|(step, _)| *step);
    Some(chosen.into_iter().map(|(_, record)| record).collect())
}

/// `taken` maps an event to its step. The depth is at most the number of steps.
fn assign(
    step: usize,
    candidates: &[Vec<Arc<Record>>],
    taken: &mut HashMap<usize, usize>,
    tried: &mut Vec<usize>,
) -> bool {
    // Steps with the same condition keep the order of their events.
    if let Some(free) = candidates[step].iter().find(|record| !taken.contains_key(&record.index)) {
        taken.insert(free.index, step);
        return true;
    }
    for record in &candidates[step] {
        if tried.contains(&record.index) {
            continue;
        }
        tried.push(record.index);
        let owner = taken.get(&record.index).copied();
        if owner.is_none_or(|owner| assign(owner, candidates, taken, tried)) {
            taken.insert(record.index, step);
            return true;
        }
    }
    false
}
