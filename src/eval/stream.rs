//! Events in the order of their time, alerts, and what a run has to say about itself.

use super::event::Event;
use super::time::event_time;
use crate::ir::FieldPath;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// An event with the line of its source and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// From 1.
    pub line: usize,
    pub event: Json,
    /// `None` when the event has no readable time: it then counts as simultaneous with the event before it.
    pub time: Option<Timestamp>,
    /// The time that stateful logic uses, in nanoseconds since the epoch.
    pub(super) at: i128,
    /// The event's place in the input: its identity.
    pub(super) index: usize,
}

/// Whether time goes on after the last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndOfStream {
    /// These are all events there will be: every open window closes.
    #[default]
    Complete,
    /// More may come: only later events close a window.
    Open,
    /// It is known that nothing else happened up to this time.
    At(Timestamp),
}

/// An alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The rule's place in the program.
    pub rule: usize,
    /// When the condition was fulfilled: the time of the event that completed it, or the end of the window that had to pass.
    pub time: Option<Timestamp>,
    /// In the order of time; those of a sample in the order of its steps.
    pub events: Vec<Arc<Record>>,
    /// The values that the events share: join keys, group-by fields, or the columns of a query's row.
    pub group: Vec<(String, Json)>,
}

impl Alert {
    pub(super) fn at(&self) -> i128 {
        let last = self.events.iter().map(|record| record.at).max().unwrap_or(i128::MIN);
        self.time.map_or(last, Timestamp::as_nanosecond)
    }

    /// What alerts are ordered by: their time, and the place of their last event in the input.
    pub(super) fn order(&self) -> (i128, Option<usize>) {
        (self.at(), self.events.iter().max_by_key(|record| (record.at, record.index)).map(|record| record.index))
    }
}

/// Something that a run could not decide or do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub rule: usize,
    pub kind: NoteKind,
    /// In words for a person.
    pub message: String,
    /// How many events it concerns; 0 when it concerns the whole rule.
    pub events: usize,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The rule cannot be run at all.
    NotRun,
    /// A hole in the condition leaves it open whether the rule fires on some events. They give no alert.
    NotKnown,
    /// A limit was reached: alerts may be missing.
    Limit,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// In the order of time, then of rules. Those of a rule that orders them itself (Endgame's `sort`) come after all others.
    pub alerts: Vec<Alert>,
    pub notes: Vec<Note>,
}

/// Notes by rule and text, counted.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<(usize, NoteKind, String), usize>);

impl Notes {
    pub(super) fn add(&mut self, rule: usize, kind: NoteKind, message: String, events: usize) {
        *self.0.entry((rule, kind, message)).or_default() += events;
    }

    pub(super) fn finish(self) -> Vec<Note> {
        self.0.into_iter().map(|((rule, kind, message), events)| Note { rule, kind, message, events }).collect()
    }
}

/// The events ordered by time, then by their order in the input.
pub(super) fn ordered(events: impl IntoIterator<Item = (usize, Json)>) -> Vec<Arc<Record>> {
    let mut last = Timestamp::MIN.as_nanosecond();
    let mut records: Vec<Arc<Record>> = events
        .into_iter()
        .enumerate()
        .map(|(index, (line, event))| {
            let time = event_time(&event);
            last = time.map_or(last, Timestamp::as_nanosecond);
            Arc::new(Record { line, event, time, at: last, index })
        })
        .collect();
    records.sort_by_key(|record| record.at);
    records
}

/// A duration in nanoseconds.
pub(super) fn nanoseconds(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX / 4)
}

pub(super) fn timestamp(at: i128) -> Option<Timestamp> {
    Timestamp::from_nanosecond(at).ok()
}

/// Combinations of the values of one event beyond this number are left out, with a note.
pub(super) const MAX_COMBINATIONS: usize = 1_000;

/// Every combination of one value of each list; `None` when there are too many. No list: the one empty combination.
pub(super) fn combinations(lists: &[Vec<Json>]) -> Option<Vec<Vec<Json>>> {
    let total = lists.iter().try_fold(1_usize, |total, list| total.checked_mul(list.len()))?;
    if total > MAX_COMBINATIONS {
        return None;
    }
    Some(lists.iter().fold(vec![Vec::new()], |found, list| {
        found
            .iter()
            .flat_map(|start| list.iter().map(move |value| [start.as_slice(), std::slice::from_ref(value)].concat()))
            .collect()
    }))
}

/// The different values of a field, in their order.
pub(super) fn distinct(event: &Event<'_>, field: &FieldPath) -> Vec<Json> {
    let mut found: Vec<Json> = Vec::new();
    for value in event.elements(field) {
        if !found.contains(value) {
            found.push(value.clone());
        }
    }
    found
}

/// The groups that an event belongs to: one per combination of its group-by values, none when one of them is missing.
pub(super) fn groups(event: &Event<'_>, fields: &[FieldPath]) -> Option<Vec<Vec<Json>>> {
    let lists: Vec<Vec<Json>> = fields.iter().map(|field| distinct(event, field)).collect();
    combinations(&lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_is_by_time_then_input_and_events_without_time_stay_with_their_neighbour() {
        let events = [
            (1, json!({"@timestamp": 5000})),
            (2, json!({"no": "time"})),
            (3, json!({"@timestamp": 1000})),
            (4, json!({"@timestamp": 5000})),
        ];
        let lines: Vec<usize> = ordered(events).iter().map(|record| record.line).collect();
        assert_eq!(lines, [3, 1, 2, 4]);
    }

    #[test]
    fn combinations_are_bounded() {
        let list: Vec<Json> = (0..100).map(Json::from).collect();
        assert_eq!(combinations(std::slice::from_ref(&list)).map(|all| all.len()), Some(100));
        assert_eq!(combinations(&[list.clone(), list]), None);
        assert_eq!(combinations(&[]), Some(vec![vec![]]));
        assert_eq!(combinations(&[vec![json!(1)], vec![]]), Some(vec![]));
    }
}
