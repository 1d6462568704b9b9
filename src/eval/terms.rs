//! New terms and indicator matches.

use super::event::Event;
use super::program::Selector;
use super::stream::{Alert, NoteKind, Record, groups, nanoseconds};
use super::value::scalar_text;
use crate::ir::{Indicator, IndicatorEntry, NewTerms};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Different combinations of values that are remembered.
const MAX_TERMS: usize = 5_000_000;

/// An event alerts when one of its combinations of values was not seen in the `history` before it. The stream itself is the history:
/// what comes first in it is new.
pub(super) fn new_terms(terms: &NewTerms, records: &[Arc<Record>], selector: &mut Selector<'_>) -> Vec<Alert> {
    let history = nanoseconds(terms.history);
    let mut last_seen: HashMap<Vec<Json>, i128> = HashMap::new();
    let mut alerts = Vec::new();
    for record in records {
        if !selector.holds(terms.filter, record) {
            continue;
        }
        let Some(combinations) = groups(&selector.event(record), &terms.fields) else {
            selector.note(NoteKind::Limit, "too many combinations of values in one event".to_owned(), 1);
            continue;
        };
        let mut new = None;
        for combination in combinations {
            if last_seen.len() >= MAX_TERMS {
                last_seen.retain(|_, at| record.at.saturating_sub(*at) <= history);
            }
            let before = last_seen.insert(combination.clone(), record.at);
            if before.is_none_or(|at| record.at.saturating_sub(at) > history) {
                new = new.or(Some(combination));
            }
        }
        if let Some(values) = new {
            let group = terms.fields.iter().map(crate::ir::FieldPath::name).zip(values).collect();
            alerts.push(Alert { rule: selector.rule(), time: record.time, events: vec![record.clone()], group });
        }
    }
    alerts
}

/// Events that share values with an indicator. Both come from the stream, in any order: an indicator index has no order. The
/// alert's events are the event and the first indicator that it matches.
pub(super) fn indicators(indicator: &Indicator, records: &[Arc<Record>], selector: &mut Selector<'_>) -> Vec<Alert> {
    let threats: Vec<Arc<Record>> =
        records.iter().filter(|record| selector.holds(indicator.threat_filter, record)).cloned().collect();
    let mut alerts = Vec::new();
    for record in records {
        if !selector.holds(indicator.filter, record) {
            continue;
        }
        let event = selector.event(record);
        let matching = threats.iter().find(|threat| {
            let threat = selector.event(threat);
            indicator.mapping.iter().any(|group| group.iter().all(|entry| entry_holds(entry, &event, &threat)))
        });
        if let Some(threat) = matching {
            let events = vec![record.clone(), threat.clone()];
            alerts.push(Alert { rule: selector.rule(), time: record.time, events, group: Vec::new() });
        }
    }
    alerts
}

/// Both sides need a value; texts compare exactly.
fn entry_holds(entry: &IndicatorEntry, event: &Event<'_>, threat: &Event<'_>) -> bool {
    let texts =
        |event: &Event<'_>, field| event.elements(field).into_iter().filter_map(scalar_text).collect::<HashSet<_>>();
    let (left, right) = (texts(event, &entry.field), texts(threat, &entry.indicator_field));
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left.is_disjoint(&right) == entry.negated
}
