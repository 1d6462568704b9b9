//! The two rules of a proof, each with the events as it sees them.

use super::ground::Ground;
use crate::backend::World;
use crate::catalog::ingest::Way;
use crate::eval::{EndOfStream, Program, Verdict as Says};
use crate::fidelity::Assumption;
use crate::ir::{EventModel, FieldPath, Rule, fields_of};
use crate::pass::{Direction, map_fields, simplify};
use serde_json::Value as Json;

/// A rule at work.
pub(super) struct Side<'a> {
    pub(super) rule: &'a Rule,
    /// All rules of the program, this one the last.
    rules: Vec<&'a Rule>,
    program: Program,
    fields: Vec<FieldPath>,
    pub(super) ground: Ground<'a>,
}

/// The fields that a rule's conditions name.
pub(super) fn fields_named(rule: &Rule) -> Vec<FieldPath> {
    let mut roots = rule.logic.roots();
    roots.extend(rule.exclusions.iter().map(|exclusion| exclusion.condition));
    fields_of(&rule.pool, &roots).into_iter().map(|(field, _)| field).collect()
}

/// What a side says about a witness.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Whether it fires.
    Fires(bool),
    /// It cannot tell, for this reason.
    Open(String),
}

impl<'a> Side<'a> {
    /// The last of the rules at work; it may refer to the others.
    pub(super) fn new(rules: Vec<&'a Rule>, ground: Ground<'a>) -> Option<Self> {
        let rule = *rules.last()?;
        Some(Self { rule, program: Program::compile_all(&rules), rules, fields: fields_named(rule), ground })
    }

    /// The fields that the rule names.
    pub(super) fn fields(&self) -> impl Iterator<Item = &FieldPath> {
        self.fields.iter()
    }

    pub(super) fn model(&self) -> EventModel {
        self.rule.event_model
    }

    /// The rule in the vendor's names, and how it reads the vendor's events.
    pub(super) fn in_vendor_names(&self, way: &Way, model: EventModel) -> Rule {
        let implied = if self.ground.world() == World::Elastic { self.ground.implied() } else { Vec::new() };
        let mut mapped = simplify(map_fields(self.rule.clone(), Direction::ToRaw, way.map(), &implied).rule);
        mapped.event_model = model;
        mapped
    }

    /// The vendor's fields that the rule's are made from.
    pub(super) fn vendor_fields(&self, way: &Way) -> Vec<FieldPath> {
        let mapped = self.in_vendor_names(way, EventModel::Sigma);
        fields_of(&mapped.pool, &mapped.logic.roots()).into_iter().map(|(field, _)| field).collect()
    }

    /// The rules that this one may refer to.
    pub(super) fn siblings(&self) -> &[&'a Rule] {
        self.rules.split_last().map_or(&[], |(_, others)| others)
    }

    fn number(&self) -> usize {
        self.rules.len() - 1
    }

    pub(super) fn says(&self, events: &[Json]) -> Answer {
        if let [event] = events
            && let Some(verdict) = self.program.verdict(self.number(), event)
        {
            return match verdict {
                Says::True => Answer::Fires(true),
                Says::False => Answer::Fires(false),
                Says::NotKnown(hole) => Answer::Open(hole.reason.to_string()),
            };
        }
        let run = self.program.run(events.iter().cloned().enumerate(), EndOfStream::Complete);
        if let Some(note) = run.notes.first() {
            return Answer::Open(note.message.clone());
        }
        Answer::Fires(run.alerts.iter().any(|alert| alert.rule == self.number()))
    }

    /// Makes of documents what this side's rule sees of them.
    pub(super) fn index(&self, events: &mut [Json]) {
        events.iter_mut().for_each(|event| self.ground.index(&self.fields, event));
    }

    /// Whether it fires on one of several ways in which the same events may look.
    pub(super) fn says_of_any(&self, ways: Vec<Vec<Json>>) -> Answer {
        let mut open = None;
        for mut events in ways {
            self.index(&mut events);
            match self.says(&events) {
                Answer::Fires(true) => return Answer::Fires(true),
                Answer::Fires(false) => {}
                answer @ Answer::Open(_) => open = open.or(Some(answer)),
            }
        }
        open.unwrap_or(Answer::Fires(false))
    }

    /// Whether events have no empty text where an assumption says so: once they are indexed, that is no longer seen.
    pub(super) fn keeps_texts(&self, events: &[Json], assumptions: &[Assumption]) -> bool {
        let model = self.model();
        events.iter().all(|event| self.ground.keeps_texts(assumptions, event, model))
    }

    /// Whether events of this side's world can look like this.
    pub(super) fn admits(&self, events: &[Json], assumptions: &[Assumption]) -> bool {
        let model = self.model();
        events.iter().all(|event| {
            self.ground.admits_event(&self.fields, event, model) && self.ground.keeps(assumptions, event, model)
        })
    }
}
