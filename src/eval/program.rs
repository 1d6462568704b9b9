//! Rules compiled together, and their run over a stream of events.

use super::event::Event;
use super::expr::{Conditions, Hole, Verdict};
use super::routing::Route;
use super::stream::{Alert, EndOfStream, Note, NoteKind, Notes, Record, Run, ordered};
use super::windows::EventShape;
use super::{correlation, lineage, pipeline, pipes, sequence, terms, threshold};
use crate::ir::{Dialect, EventModel, ExprId, Logic, Rule, RuleRef, Subject, display_term};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// Rules ready to run. A rule's place in the list it was compiled from is its number in alerts and notes.
#[derive(Debug)]
pub struct Program {
    rules: Vec<Compiled>,
    /// In an order in which a rule comes after those it refers to.
    order: Vec<usize>,
    /// Rules that refer to themselves, directly or through others.
    circular: Vec<usize>,
    /// Rules whose alerts only serve the correlations that refer to them.
    silent: Vec<bool>,
    /// How the events are stored; found out by looking if it is not said.
    shape: Option<EventShape>,
}

/// A rule with its conditions prepared.
#[derive(Debug)]
pub(super) struct Compiled {
    names: Vec<String>,
    model: EventModel,
    route: Route,
    logic: Logic,
    exclusions: Vec<ExprId>,
    conditions: Conditions,
    budget_exceeded: bool,
    /// Whether the rules that it refers to do not alert by themselves.
    silences: bool,
}

impl Program {
    /// A program of one rule.
    pub fn compile(rule: &Rule) -> Self {
        Self::compile_all(&[rule])
    }

    /// A program of several rules; those that refer to others find them among these, by id or name.
    pub fn compile_all(rules: &[&Rule]) -> Self {
        let rules: Vec<Compiled> = rules.iter().map(|rule| compiled(rule)).collect();
        let (order, circular) = dependency_order(&rules);
        let silent = silent(&rules);
        Self { rules, order, circular, silent, shape: None }
    }

    /// The program for events of one shape.
    #[must_use]
    pub fn with_shape(self, shape: Option<EventShape>) -> Self {
        Self { shape, ..self }
    }

    /// Runs the rules over events, each with its line number. The order of the input matters only between events of one time.
    pub fn run(&self, events: impl IntoIterator<Item = (usize, Json)>, end: EndOfStream) -> Run {
        let records = ordered(events);
        let last = records.last().map_or(i128::MIN, |record| record.at);
        let end = match end {
            EndOfStream::Complete => i128::MAX,
            EndOfStream::Open => last,
            EndOfStream::At(time) => time.as_nanosecond().max(last),
        };
        let mut notes = Notes::default();
        let mut alerts: Vec<Vec<Alert>> = vec![Vec::new(); self.rules.len()];
        for rule in &self.circular {
            notes.add(*rule, NoteKind::NotRun, "the rule refers to itself".to_owned(), 0);
        }
        for rule in &self.order {
            alerts[*rule] = self.run_rule(*rule, &records, &alerts, end, &mut notes);
        }
        let spoken = alerts.into_iter().zip(&self.silent).filter(|(_, silent)| !**silent);
        let (reordered, mut alerts): (Vec<Alert>, Vec<Alert>) = spoken
            .flat_map(|(alerts, _)| alerts)
            .partition(|alert| pipes::reorders(self.rules[alert.rule].logic.pipes()));
        alerts.sort_by_key(|alert| (alert.order(), alert.rule));
        alerts.extend(reordered);
        Run { alerts, notes: notes.finish() }
    }

    /// Whether one rule's logic, taken as a single-event rule, fires on an event; `None` for stateful logic.
    pub fn verdict(&self, rule: usize, event: &Json) -> Option<Verdict> {
        let compiled = self.rules.get(rule)?;
        let Logic::Event(filter) = compiled.logic else { return None };
        Some(
            compiled
                .verdicts(&[filter], Event::new(event, compiled.model).shaped(self.shape), [])
                .pop()
                .unwrap_or(Verdict::False),
        )
    }

    /// What is known before any event about rules that cannot be run as they are.
    pub fn problems(&self) -> Vec<Note> {
        let mut notes = Notes::default();
        for (rule, compiled) in self.rules.iter().enumerate() {
            for (_, reason) in compiled.conditions.refused() {
                notes.add(rule, NoteKind::NotKnown, reason, 0);
            }
            if let Logic::Pipeline(stages) = &compiled.logic
                && let Some(reason) = pipeline::refused(stages)
            {
                notes.add(rule, NoteKind::NotRun, reason, 0);
            }
        }
        notes.finish()
    }

    fn run_rule(
        &self,
        rule: usize,
        records: &[Arc<Record>],
        alerts: &[Vec<Alert>],
        end: i128,
        notes: &mut Notes,
    ) -> Vec<Alert> {
        let compiled = &self.rules[rule];
        let related = lineage::run(&compiled.conditions, records, compiled.model);
        let mut selector =
            Selector { number: rule, compiled, notes, program: self, alerts, records, related: &related };
        if related.limited {
            selector.note(NoteKind::Limit, "too many processes are related at once".to_owned(), 0);
        }
        if compiled.budget_exceeded {
            selector.note(NoteKind::NotRun, "the rule's condition is too large".to_owned(), 0);
            return Vec::new();
        }
        run_logic(&compiled.logic, records, &mut selector, end)
    }
}

fn run_logic(logic: &Logic, records: &[Arc<Record>], selector: &mut Selector<'_>, end: i128) -> Vec<Alert> {
    match logic {
        Logic::Event(filter) => selector.single_events(*filter, records),
        Logic::Sequence(sequence) => sequence::run(sequence, records, selector, end),
        Logic::Sample(sample) => sequence::run_sample(sample, records, selector),
        Logic::Threshold(threshold) => threshold::run(threshold, selector, end),
        Logic::NewTerms(terms) => terms::new_terms(terms, records, selector),
        Logic::Indicator(indicator) => terms::indicators(indicator, records, selector),
        Logic::Temporal(temporal) => correlation::temporal(temporal, selector, end),
        Logic::Group(group) => correlation::group(group, selector),
        Logic::Pipeline(stages) => pipeline::run(stages, records, selector),
        Logic::Piped(piped) => {
            let alerts = run_logic(&piped.source, records, selector, end);
            let several = !matches!(piped.source.source(), Logic::Event(_));
            pipes::run(&piped.pipes, alerts, several, selector)
        }
        Logic::Opaque(opaque) => {
            selector.note(NoteKind::NotRun, opaque.reason.clone(), 0);
            Vec::new()
        }
    }
}

fn compiled(rule: &Rule) -> Compiled {
    let mut roots = rule.logic.roots();
    roots.extend(rule.exclusions.iter().map(|exclusion| exclusion.condition));
    Compiled {
        names: names(rule).map(str::to_owned).collect(),
        model: rule.event_model,
        route: Route::of(rule),
        logic: rule.logic.clone(),
        exclusions: rule.exclusions.iter().map(|exclusion| exclusion.condition).collect(),
        conditions: Conditions::new(&rule.pool, &roots, rule.event_model),
        budget_exceeded: rule.pool.is_exceeded(),
        silences: rule.dialect == Dialect::Sigma && rule.meta.generate != Some(true),
    }
}

/// What other rules refer to a rule by.
fn names(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.meta.id.as_ref().map(|id| id.value.as_str()).into_iter().chain(rule.meta.name.as_deref())
}

/// Those of `others` that a rule refers to, directly or through others.
pub fn referred<'a>(rule: &Rule, others: &[&'a Rule]) -> Vec<&'a Rule> {
    let mut wanted: Vec<&RuleRef> = rule.logic.references();
    let mut found: Vec<&'a Rule> = Vec::new();
    while let Some(reference) = wanted.pop() {
        let other = others.iter().find(|other| names(other).any(|name| name == reference.reference));
        if let Some(other) = other.filter(|other| !found.iter().any(|known| std::ptr::eq(*known, **other))) {
            found.push(other);
            wanted.extend(other.logic.references());
        }
    }
    found
}

fn find(rules: &[Compiled], reference: &RuleRef) -> Option<usize> {
    rules.iter().position(|rule| rule.names.contains(&reference.reference))
}

/// The rules that a Sigma correlation without `generate` refers to (Sigma Correlation Rules Specification 2.1.0, "Generate").
fn silent(rules: &[Compiled]) -> Vec<bool> {
    let mut silent = vec![false; rules.len()];
    for rule in rules.iter().filter(|rule| rule.silences) {
        for named in rule.logic.references().into_iter().filter_map(|reference| find(rules, reference)) {
            silent[named] = true;
        }
    }
    silent
}

/// Rules after those they refer to, and the rules that are left because they wait for each other.
fn dependency_order(rules: &[Compiled]) -> (Vec<usize>, Vec<usize>) {
    let needs: Vec<Vec<usize>> = rules
        .iter()
        .map(|rule| rule.logic.references().into_iter().filter_map(|reference| find(rules, reference)).collect())
        .collect();
    let mut order: Vec<usize> = Vec::new();
    let mut done = vec![false; rules.len()];
    loop {
        let ready: Vec<usize> =
            (0..rules.len()).filter(|rule| !done[*rule] && needs[*rule].iter().all(|need| done[*need])).collect();
        if ready.is_empty() {
            return (order, (0..rules.len()).filter(|rule| !done[*rule]).collect());
        }
        ready.iter().for_each(|rule| done[*rule] = true);
        order.extend(ready);
    }
}

impl Compiled {
    /// What each filter says about an event, exclusions counted.
    fn verdicts(
        &self,
        filters: &[ExprId],
        event: Event<'_>,
        known: impl IntoIterator<Item = (ExprId, bool)>,
    ) -> Vec<Verdict> {
        if self.route.excludes(&event) {
            return vec![Verdict::False; filters.len()];
        }
        let mut evaluation = self.conditions.on(event);
        known.into_iter().for_each(|(condition, holds)| evaluation.know(condition, holds));
        let mut found: Vec<Verdict> = filters.iter().map(|filter| evaluation.verdict(*filter)).collect();
        if found.iter().all(|verdict| *verdict == Verdict::False) {
            return found;
        }
        for exclusion in &self.exclusions {
            let excluded = evaluation.verdict(*exclusion);
            for verdict in &mut found {
                match (&excluded, &*verdict) {
                    (Verdict::True, _) => *verdict = Verdict::False,
                    (Verdict::NotKnown(_), Verdict::True) => *verdict = excluded.clone(),
                    _ => {}
                }
            }
        }
        found
    }
}

/// One rule at work: it tells which events count, and collects what cannot be told.
pub(super) struct Selector<'a> {
    number: usize,
    compiled: &'a Compiled,
    notes: &'a mut Notes,
    program: &'a Program,
    alerts: &'a [Vec<Alert>],
    records: &'a [Arc<Record>],
    related: &'a lineage::Related,
}

impl<'a> Selector<'a> {
    pub(super) fn rule(&self) -> usize {
        self.number
    }

    pub(super) fn shape(&self) -> Option<EventShape> {
        self.program.shape
    }

    pub(super) fn model(&self) -> EventModel {
        self.compiled.model
    }

    pub(super) fn records(&self) -> &'a [Arc<Record>] {
        self.records
    }

    pub(super) fn event<'e>(&self, record: &'e Record) -> Event<'e> {
        self.document(&record.event)
    }

    /// `now` is the time of the last event: a run has no other clock, so that the same events give the same alerts.
    pub(super) fn document<'e>(&self, json: &'e Json) -> Event<'e> {
        let clock = self.records.iter().rev().find_map(|record| record.time);
        Event::new(json, self.compiled.model).shaped(self.program.shape).seen_at(clock)
    }

    pub(super) fn note(&mut self, kind: NoteKind, message: String, events: usize) {
        self.notes.add(self.number, kind, message, events);
    }

    /// Which of the filters hold on the event and no exclusion does. Where that cannot be told, a note says why.
    pub(super) fn select(&mut self, filters: &[ExprId], record: &Record) -> Vec<bool> {
        let verdicts = self.compiled.verdicts(filters, self.event(record), self.related.of(record));
        verdicts.into_iter().map(|verdict| self.decided(verdict)).collect()
    }

    fn decided(&mut self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::True => true,
            Verdict::False => false,
            Verdict::NotKnown(hole) => {
                let text = if hole.text.is_empty() { String::new() } else { format!(": {}", hole.text) };
                self.note(NoteKind::NotKnown, format!("{}{text}", hole.reason), 1);
                false
            }
        }
    }

    /// The value of a term on a row.
    ///
    /// # Errors
    /// With the hole that the term depends on.
    pub(super) fn term(&self, subject: &Subject, row: &Json) -> Result<Option<Json>, Hole> {
        let conditions = &self.compiled.conditions;
        Ok(conditions.term(subject, self.document(row))?.map(Cow::into_owned))
    }

    /// Whether a condition holds on a document that is no event of the stream: source and exclusions do not speak of it.
    pub(super) fn holds_in(&mut self, condition: ExprId, document: &Json) -> bool {
        let verdict = self.compiled.conditions.verdict(condition, &self.document(document));
        self.decided(verdict)
    }

    /// A term's value over an event; `None`, with a note, also when it cannot be told.
    pub(super) fn value(&mut self, term: &Subject, event: &Event<'_>) -> Option<Json> {
        match self.compiled.conditions.term(term, *event) {
            Ok(value) => value.map(Cow::into_owned),
            Err(hole) => {
                self.decided(Verdict::NotKnown(hole));
                None
            }
        }
    }

    /// What a term is called in the results.
    pub(super) fn name_of(&self, term: &Subject) -> String {
        display_term(self.compiled.conditions.pool(), term)
    }

    pub(super) fn holds(&mut self, filter: ExprId, record: &Record) -> bool {
        self.select(&[filter], record) == [true]
    }

    fn single_events(&mut self, filter: ExprId, records: &[Arc<Record>]) -> Vec<Alert> {
        let rule = self.number;
        records
            .iter()
            .filter(|record| self.holds(filter, record))
            .map(|record| Alert { rule, time: record.time, events: vec![record.clone()], group: Vec::new() })
            .collect()
    }

    /// The alerts of another rule of the program, in the order of time, and the model its fields are read by. `None`, with a note,
    /// when the rule is not in the program.
    pub(super) fn alerts_of(&mut self, reference: &RuleRef) -> Option<(Vec<Alert>, EventModel)> {
        let Some(rule) = find(&self.program.rules, reference) else {
            self.note(NoteKind::NotRun, format!("the rule `{}` is not at hand", reference.reference), 0);
            return None;
        };
        let mut alerts = self.alerts[rule].clone();
        alerts.sort_by_key(Alert::at);
        Some((alerts, self.program.rules[rule].model))
    }
}

/// The alert time of a set of events: that of the last one that has a time.
pub(super) fn last_time(events: &[Arc<Record>]) -> Option<Timestamp> {
    events.iter().filter_map(|record| record.time).max()
}
