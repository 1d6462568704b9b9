//! The two rules of a proof, each with the events as it sees them.

use super::ground::Ground;
use crate::catalog::ingest::Way;
use crate::eval::{EndOfStream, Program, Verdict as Says};
use crate::fidelity::Assumption;
use crate::ir::{EventModel, FieldPath, Rule, fields_of};
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
        let mut roots = rule.logic.roots();
        roots.extend(rule.exclusions.iter().map(|exclusion| exclusion.condition));
        let fields = fields_of(&rule.pool, &roots).into_iter().map(|(field, _)| field).collect();
        Some(Self { rule, program: Program::compile_all(&rules), rules, fields, ground })
    }

    /// The fields that the rule names.
    pub(super) fn fields(&self) -> impl Iterator<Item = &FieldPath> {
        self.fields.iter()
    }

    pub(super) fn model(&self) -> EventModel {
        self.rule.event_model
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

    /// Whether events of this side's world can look like this.
    pub(super) fn admits(&self, events: &[Json], assumptions: &[Assumption]) -> bool {
        let model = self.model();
        events.iter().all(|event| {
            self.ground.admits_event(&self.fields, event, model) && self.ground.keeps(assumptions, event, model)
        })
    }
}

/// How an event that both sides see gets to them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'a> {
    /// It is the same event.
    Same,
    /// The source sees the vendor's event, the target what the ingest makes of it.
    TargetBehind(&'a Way),
    /// The target sees the vendor's event, the source what the ingest makes of it.
    SourceBehind(&'a Way),
}

impl Path<'_> {
    /// The events as the source and as the target see them. `None` when they are not of the log source.
    pub(super) fn travelled(self, events: &[Json]) -> Option<(Vec<Json>, Vec<Json>)> {
        let behind = |way: &Way| {
            let raw: Vec<Json> = events.iter().map(|event| way.spelled(event)).collect();
            let documents: Vec<Json> = raw.iter().map(|event| way.forward(event)).collect();
            documents.iter().all(|document| way.is_of_source(document)).then_some((raw, documents))
        };
        match self {
            Self::Same => Some((events.to_vec(), events.to_vec())),
            Self::TargetBehind(way) => behind(way),
            Self::SourceBehind(way) => behind(way).map(|(raw, documents)| (documents, raw)),
        }
    }
}
