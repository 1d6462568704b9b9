//! Streams of events for rules that look at several: in order and out of it, at the edges of their windows, with one group and two,
//! with an event too few and one too many.

mod count;

use super::parts::{Part, Stamp};
use crate::ir::{
    FieldPath, Group, JoinKey, Logic, Member, MemberSource, NewTerms, Rule, Sample, Sequence, Step, Subject, Temporal,
};
use crate::proof::ground::Ground;
use serde_json::Value as Json;
use std::time::Duration;

/// Events in one stream at most; a rule that counts further is not tried.
const MAX_EVENTS: u64 = 120;
/// Streams of one rule.
const MAX_STREAMS: usize = 500;

/// A stream, and what it is there for.
#[derive(Debug, Clone)]
pub(in crate::proof) struct Stream {
    pub(in crate::proof) events: Vec<Json>,
    pub(in crate::proof) about: String,
}

/// Streams around the last of the rules, which may refer to the others, at most `limit`; none for logic over single events.
pub(in crate::proof) fn streams(rules: &[&Rule], ground: &Ground<'_>, limit: usize) -> Vec<Stream> {
    let Some(rule) = rules.last() else { return Vec::new() };
    let mut maker = Maker { rules, ground, limit: limit.min(MAX_STREAMS), found: Vec::new() };
    maker.of_logic(rule, &rule.logic);
    maker.found
}

struct Maker<'a> {
    rules: &'a [&'a Rule],
    ground: &'a Ground<'a>,
    limit: usize,
    found: Vec<Stream>,
}

/// A slot of a stream: which part's event stands there, how far after the start, and in which group.
#[derive(Clone)]
struct Slot {
    part: usize,
    at: Duration,
    group: usize,
}

fn slot(part: usize, at: Duration) -> Slot {
    Slot { part, at, group: 0 }
}

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

impl Maker<'_> {
    fn of_logic(&mut self, rule: &Rule, logic: &Logic) {
        match logic {
            Logic::Sequence(sequence) => self.sequence(rule, sequence),
            Logic::Sample(sample) => self.sample(rule, sample),
            Logic::Threshold(threshold) => self.threshold(rule, threshold),
            Logic::NewTerms(terms) => self.new_terms(rule, terms),
            Logic::Temporal(temporal) => self.temporal(rule, temporal),
            Logic::Group(group) => self.group(rule, group),
            Logic::Piped(piped) => {
                self.of_logic(rule, &piped.source);
                self.repeated(rule, &piped.source);
            }
            Logic::Event(_) | Logic::Indicator(_) | Logic::Pipeline(_) | Logic::Opaque(_) => {}
        }
    }

    fn add(&mut self, about: impl Into<String>, events: Option<Vec<Json>>) {
        if let Some(events) = events.filter(|events| self.found.len() < self.limit && !events.is_empty()) {
            self.found.push(Stream { events, about: about.into() });
        }
    }

    /// The stream of the slots, each with its part's event, its group's keys and its time.
    /// `None` too when there are enough.
    fn stream(&self, parts: &[Part], slots: &[Slot]) -> Option<Vec<Json>> {
        if self.found.len() >= self.limit {
            return None;
        }
        slots
            .iter()
            .map(|slot| {
                let part = parts.get(slot.part)?;
                part.event(part.base(), self.ground, &Stamp { at: slot.at, group: slot.group })
            })
            .collect()
    }

    fn sequence(&mut self, rule: &Rule, sequence: &Sequence) {
        let mut all: Vec<&Step> = sequence.steps.iter().collect();
        all.extend(&sequence.until);
        let keys = |step: &Step| sequence.by.iter().chain(&step.by).filter_map(|key| field_of(key).cloned()).collect();
        let parts = self.parts(rule, all.iter().map(|step| (step.filter, keys(step))).collect());
        let Some(parts) = parts else { return };
        let present: Vec<usize> = (0..sequence.steps.len()).filter(|step| !sequence.steps[*step].missing).collect();
        let span = sequence.max_span;
        let gap = gap(span, present.len() + 1);
        let mut base = Vec::new();
        let mut at = Duration::ZERO;
        for step in &present {
            for _ in 0..sequence.steps[*step].runs.clamp(1, 20) {
                base.push(slot(*step, at));
                at += gap;
            }
        }
        self.variations(&parts, &base, span);
        for (index, _) in sequence.steps.iter().enumerate().filter(|(_, step)| step.missing) {
            self.inserted(&parts, &base, index, gap, "the event that must be missing");
            self.late(&parts, &base, index, span);
        }
        if sequence.until.is_some() {
            self.inserted(&parts, &base, all.len() - 1, gap, "the event that ends the sequence");
        }
    }

    /// The event of a part at every place of the stream.
    fn inserted(&mut self, parts: &[Part], base: &[Slot], part: usize, gap: Duration, what: &str) {
        for place in 0..=base.len() {
            let at = match place.checked_sub(1).and_then(|before| base.get(before)) {
                Some(before) => before.at + gap / 2,
                None => Duration::ZERO,
            };
            let later = if place == 0 { gap / 2 } else { Duration::ZERO };
            let mut slots: Vec<Slot> = base.iter().map(|old| Slot { at: old.at + later, ..old.clone() }).collect();
            slots.insert(place, slot(part, at));
            self.add(format!("{what} at place {}", place + 1), self.stream(parts, &slots));
        }
    }

    /// The event that must be missing, about the time until which it must, and what comes close to it.
    fn late(&mut self, parts: &[Part], base: &[Slot], part: usize, span: Option<Duration>) {
        let with = |at: Duration| base.iter().cloned().chain([slot(part, at)]).collect::<Vec<Slot>>();
        for (end, how) in span.into_iter().flat_map(edges) {
            let stream = self.stream(parts, &with(end));
            self.add(format!("the event that must be missing {how} the end of the span"), stream);
        }
        let soon = base.last().map_or(Duration::ZERO, |last| last.at) + MILLISECOND;
        self.other_events(parts, &with(soon), base.len(), MAX_STREAMS / (base.len() + 1));
    }

    /// What can happen to a stream whose events belong together.
    fn variations(&mut self, parts: &[Part], base: &[Slot], span: Option<Duration>) {
        self.add("all events in order", self.stream(parts, base));
        let mut turned = base.to_vec();
        for (slot, other) in turned.iter_mut().zip(base.iter().rev()) {
            slot.part = other.part;
        }
        self.add("all events in the reverse order", self.stream(parts, &turned));
        for index in 0..base.len() {
            let mut fewer = base.to_vec();
            fewer.remove(index);
            self.add(format!("without event {}", index + 1), self.stream(parts, &fewer));
            let mut apart = base.to_vec();
            apart[index].group = 1;
            self.add(format!("event {} of another group", index + 1), self.stream(parts, &apart));
            self.key_variants(parts, base, index);
        }
        let length = base.last().map_or(Duration::ZERO, |last| last.at) + SECOND;
        let again = base.iter().map(|old| Slot { at: old.at + length, ..old.clone() });
        self.add("all events twice", self.stream(parts, &base.iter().cloned().chain(again).collect::<Vec<_>>()));
        let mixed = base.iter().flat_map(|old| [old.clone(), Slot { group: 1, ..old.clone() }]);
        self.add("two groups at the same time", self.stream(parts, &mixed.collect::<Vec<_>>()));
        let together: Vec<Slot> = base.iter().map(|old| Slot { at: Duration::ZERO, ..old.clone() }).collect();
        self.add("all events at one time", self.stream(parts, &together));
        if let Some(span) = span {
            for (end, how) in edges(span) {
                let mut slots = base.to_vec();
                if let Some(last) = slots.last_mut() {
                    last.at = end;
                }
                self.add(format!("the last event {how} the end of the span"), self.stream(parts, &slots));
            }
        }
        for index in 0..base.len() {
            self.other_events(parts, base, index, MAX_STREAMS / base.len());
        }
    }

    /// Other events around its condition in the place of one of the stream.
    fn other_events(&mut self, parts: &[Part], base: &[Slot], index: usize, limit: usize) {
        let Some(part) = parts.get(base[index].part) else { return };
        for other in part.others().take(limit) {
            let Some(mut events) = self.stream(parts, base) else { return };
            let stamp = Stamp { at: base[index].at, group: 0 };
            let Some(event) = part.event(other, self.ground, &stamp) else { continue };
            events[index] = event;
            self.add(format!("another event {}, around its condition", index + 1), Some(events));
        }
    }

    fn key_variants(&mut self, parts: &[Part], base: &[Slot], index: usize) {
        let Some(part) = parts.get(base[index].part) else { return };
        let Some(events) = self.stream(parts, base) else { return };
        for key in part.keys() {
            for (event, how) in part.with_other_keys(&events[index], key, self.ground) {
                let mut events = events.clone();
                events[index] = event;
                self.add(format!("`{key}` of event {}: {how}", index + 1), Some(events));
            }
        }
    }

    fn sample(&mut self, rule: &Rule, sample: &Sample) {
        let keys = |step: &Step| sample.by.iter().chain(&step.by).filter_map(|key| field_of(key).cloned()).collect();
        let parts = self.parts(rule, sample.steps.iter().map(|step| (step.filter, keys(step))).collect());
        let Some(parts) = parts else { return };
        let base: Vec<Slot> = (0..sample.steps.len()).map(|step| slot(step, seconds(step))).collect();
        self.variations(&parts, &base, None);
    }

    fn new_terms(&mut self, rule: &Rule, terms: &NewTerms) {
        let Some(parts) = self.parts(rule, vec![(terms.filter, terms.fields.clone())]) else { return };
        let one = [slot(0, Duration::ZERO)];
        self.add("a value for the first time", self.stream(&parts, &one));
        self.other_events(&parts, &one, 0, MAX_STREAMS);
        self.key_variants(&parts, &one, 0);
        for (end, how) in edges(terms.history) {
            let slots = [slot(0, Duration::ZERO), slot(0, end)];
            self.add(format!("the same value {how} the end of the history"), self.stream(&parts, &slots));
        }
        let other = [slot(0, Duration::ZERO), Slot { group: 1, at: SECOND, part: 0 }];
        self.add("two values, one after the other", self.stream(&parts, &other));
    }

    fn temporal(&mut self, rule: &Rule, temporal: &Temporal) {
        let keys: Vec<FieldPath> = temporal.group_by.iter().map(|name| FieldPath::dotted(name)).collect();
        let Some(parts) = self.members(rule, &temporal.members, keys) else { return };
        let gap = gap(Some(temporal.window), temporal.members.len() + 1);
        let base: Vec<Slot> =
            (0..temporal.members.len()).map(|member| slot(member, gap * u32::try_from(member).unwrap_or(0))).collect();
        self.variations(&parts, &base, Some(temporal.window));
    }

    fn group(&mut self, rule: &Rule, group: &Group) {
        let sources: Vec<MemberSource> = group.members.iter().map(|member| member.source.clone()).collect();
        let keys = |member: usize| {
            let of_criteria =
                group.criteria.iter().flatten().filter(|(index, _)| *index == member).map(|(_, path)| path);
            let of_transitions = group
                .transitions
                .iter()
                .filter_map(|transition| transition.fields.as_ref().map(|fields| (transition, fields)));
            let of_transitions = of_transitions.flat_map(|(transition, (from, to))| {
                let from = (transition.from == member).then_some(from);
                let to = (transition.to == member).then_some(to);
                from.into_iter().chain(to)
            });
            of_criteria.chain(of_transitions).cloned().collect::<Vec<_>>()
        };
        let keys: Vec<Vec<FieldPath>> = (0..sources.len()).map(keys).collect();
        let Some(parts) = self.members_with(rule, &sources, &keys) else { return };
        let gap = gap(Some(group.look_back), 20);
        let mut base = Vec::new();
        let mut at = Duration::ZERO;
        for (index, member) in group.members.iter().enumerate().filter(|(_, member)| !member.absent) {
            for _ in 0..member.min_count.clamp(1, 30) {
                base.push(slot(index, at));
                at += gap;
            }
        }
        let within = group.transitions.iter().map(|transition| transition.within).min();
        self.variations(&parts, &base, within.or(Some(group.look_back)));
        let absent: Vec<(usize, &Member)> =
            group.members.iter().enumerate().filter(|(_, member)| member.absent).collect();
        for (index, _) in absent {
            self.inserted(&parts, &base, index, gap, "the hit that must be absent");
        }
    }

    /// More results than pipes let through.
    fn repeated(&mut self, rule: &Rule, logic: &Logic) {
        let Logic::Event(filter) = logic else { return };
        let Some(parts) = self.parts(rule, vec![(*filter, Vec::new())]) else { return };
        for count in [1, 2, 3, 6, 11] {
            let slots: Vec<Slot> = (0..count).map(|index| slot(0, seconds(index))).collect();
            self.add(format!("{count} events"), self.stream(&parts, &slots));
        }
        self.other_events(&parts, &[slot(0, Duration::ZERO)], 0, MAX_STREAMS);
    }

    fn parts(&self, rule: &Rule, filters: Vec<(crate::ir::ExprId, Vec<FieldPath>)>) -> Option<Vec<Part>> {
        filters.into_iter().map(|(filter, keys)| Part::new(rule, filter, keys, self.ground, self.limit)).collect()
    }

    fn members(&self, rule: &Rule, members: &[MemberSource], keys: Vec<FieldPath>) -> Option<Vec<Part>> {
        let keys = vec![keys; members.len()];
        self.members_with(rule, members, &keys)
    }

    /// A part for each member: the condition of the rule that it refers to.
    fn members_with(&self, rule: &Rule, members: &[MemberSource], keys: &[Vec<FieldPath>]) -> Option<Vec<Part>> {
        let part = |(member, keys): (&MemberSource, &Vec<FieldPath>)| match member {
            MemberSource::Filter(filter) => Part::new(rule, *filter, keys.clone(), self.ground, self.limit),
            MemberSource::Rule(reference) => {
                let other = self.rules.iter().find(|other| {
                    other.meta.id.as_ref().is_some_and(|id| id.value == reference.reference)
                        || other.meta.name.as_ref() == Some(&reference.reference)
                })?;
                let Logic::Event(filter) = other.logic else { return None };
                Part::new(other, filter, keys.clone(), self.ground, self.limit)
            }
        };
        members.iter().zip(keys).map(part).collect()
    }
}

fn field_of(key: &JoinKey) -> Option<&FieldPath> {
    match &key.term {
        Subject::Field(field) => Some(field),
        _ => None,
    }
}

fn seconds(count: usize) -> Duration {
    SECOND * u32::try_from(count).unwrap_or(u32::MAX)
}

/// The distance of events of which so many fit into the span.
fn gap(span: Option<Duration>, count: usize) -> Duration {
    let fitting = span.map(|span| span / u32::try_from(count + 1).unwrap_or(u32::MAX));
    fitting.map_or(SECOND, |fitting| fitting.min(SECOND)).max(MILLISECOND)
}

/// The end of a window and the steps beside it.
fn edges(span: Duration) -> Vec<(Duration, &'static str)> {
    let mut found = vec![(span, "at"), (span + MILLISECOND, "a millisecond after"), (span + SECOND, "a second after")];
    found.extend(span.checked_sub(MILLISECOND).map(|before| (before, "a millisecond before")));
    found.push((span * 2, "long after"));
    found
}
