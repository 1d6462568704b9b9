//! Relations between processes over a stream: Endgame's `child of`, `descendant of` and `event of`.

use super::event::Event;
use super::expr::Conditions;
use super::stream::Record;
use super::value::scalar_text;
use crate::ir::{EventModel, ExprId, Lineage, Relation};
use std::collections::HashSet;
use std::sync::Arc;

/// Processes that one relation remembers at once.
const MAX_PROCESSES: usize = 1_000_000;

/// What is known about each record's relations.
#[derive(Debug, Default)]
pub(super) struct Related {
    nodes: Vec<ExprId>,
    /// By the record's place in the input: whether each of the nodes holds.
    held: Vec<Vec<bool>>,
    /// A relation had to forget processes: results may be missing.
    pub(super) limited: bool,
}

impl Related {
    /// The relations of a record with their truth.
    pub(super) fn of(&self, record: &Record) -> impl Iterator<Item = (ExprId, bool)> {
        let held = self.held.get(record.index).map(Vec::as_slice).unwrap_or_default();
        self.nodes.iter().copied().zip(held.iter().copied())
    }
}

/// Goes through the ordered records once, and decides every relation for each of them.
pub(super) fn run(conditions: &Conditions, records: &[Arc<Record>], model: EventModel) -> Related {
    let mut states: Vec<State<'_>> = conditions.lineages().map(|(id, lineage)| State::new(id, lineage)).collect();
    if states.is_empty() {
        return Related::default();
    }
    let mut held = vec![Vec::new(); records.len()];
    for record in records {
        let event = Event::new(&record.event, model);
        let mut evaluation = conditions.on(event);
        for state in &mut states {
            let mut holds = |condition: ExprId| evaluation.verdict(condition).is_true();
            state.process_event(&event, &mut holds);
        }
        // Inner relations come first: the outer ones' sources depend on them.
        for state in &mut states {
            if evaluation.verdict(state.lineage.of).is_true() {
                state.source(&event);
            }
            evaluation.know(state.id, state.holds(&event));
        }
        if let Some(slot) = held.get_mut(record.index) {
            *slot = states.iter().map(|state| state.holds(&event)).collect();
        }
    }
    let limited = states.iter().any(|state| state.limited);
    Related { nodes: states.iter().map(|state| state.id).collect(), held, limited }
}

struct State<'c> {
    id: ExprId,
    lineage: &'c Lineage,
    sources: HashSet<String>,
    /// The children or descendants.
    related: HashSet<String>,
    /// Processes that end with the next event of any process.
    ending: HashSet<String>,
    limited: bool,
}

fn identity(event: &Event<'_>, field: &crate::ir::FieldPath) -> Option<String> {
    event.elements(field).first().and_then(|value| scalar_text(value))
}

impl<'c> State<'c> {
    fn new(id: ExprId, lineage: &'c Lineage) -> Self {
        Self { id, lineage, sources: HashSet::new(), related: HashSet::new(), ending: HashSet::new(), limited: false }
    }

    fn process_event(&mut self, event: &Event<'_>, holds: &mut impl FnMut(ExprId) -> bool) {
        if !holds(self.lineage.process_event) {
            return;
        }
        for process in self.ending.drain() {
            self.sources.remove(&process);
            self.related.remove(&process);
        }
        if holds(self.lineage.reset) {
            self.sources.clear();
            self.related.clear();
        }
        let Some(process) = identity(event, &self.lineage.process) else { return };
        if holds(self.lineage.created) {
            if self.lineage.relation != Relation::Same && self.is_parent(event) {
                self.related.insert(process);
            }
        } else if holds(self.lineage.ended) {
            self.ending.insert(process);
        }
    }

    fn is_parent(&self, event: &Event<'_>) -> bool {
        identity(event, &self.lineage.parent).is_some_and(|parent| {
            let descended = self.lineage.relation == Relation::Descendant && self.related.contains(&parent);
            descended || self.sources.contains(&parent)
        })
    }

    /// The event satisfies the relation's condition.
    fn source(&mut self, event: &Event<'_>) {
        if self.sources.len() + self.related.len() >= MAX_PROCESSES {
            self.limited = true;
            self.sources.clear();
            self.related.clear();
        }
        self.sources.extend(identity(event, &self.lineage.process));
    }

    fn holds(&self, event: &Event<'_>) -> bool {
        let related = if self.lineage.relation == Relation::Same { &self.sources } else { &self.related };
        identity(event, &self.lineage.process).is_some_and(|process| related.contains(&process))
    }
}
