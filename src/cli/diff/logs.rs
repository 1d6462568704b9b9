//! Both versions of the changed rules on real events.

use super::super::output::Terminal;
use super::super::{CliError, eval as command};
use super::{Pair, Version};
use crate::eval::{self, EndOfStream, EventShape, Program};
use crate::ir::Rule;
use crate::report::alert::Alert;
use crate::report::diff::{AlertChange, ChangedRule};
use serde_json::Value as Json;
use std::collections::HashMap;

/// The events of `--events`.
pub(super) struct Logs {
    events: Vec<(usize, Json)>,
    shape: Option<EventShape>,
    /// Whether every one of them could be read.
    pub(super) complete: bool,
}

/// Reads the files; `None` when none are asked for.
///
/// # Errors
/// When one cannot be read at all.
pub(super) fn read(paths: &[String], shape: Option<EventShape>, terminal: &Terminal) -> Result<Option<Logs>, CliError> {
    if paths.is_empty() {
        return Ok(None);
    }
    let (events, complete) = command::read(paths, terminal)?;
    Ok(Some(Logs { events, shape, complete }))
}

impl Logs {
    /// Says of each rule what becomes of its alerts.
    pub(super) fn add_alerts(&self, old: &Version<'_>, new: &Version<'_>, rules: &mut [(Pair, ChangedRule)]) {
        let before = self.alerts(old, rules.iter().filter_map(|((old, _), _)| *old));
        let after = self.alerts(new, rules.iter().filter_map(|((_, new), _)| *new));
        for ((old, new), rule) in rules {
            let of = |side: &HashMap<usize, Alerts>, index: Option<usize>| {
                index.and_then(|index| side.get(&index).cloned()).unwrap_or_default()
            };
            let (before, after) = (of(&before, *old), of(&after, *new));
            let notes = [("old", &before.notes), ("new", &after.notes)];
            let notes = notes
                .into_iter()
                .flat_map(|(version, notes)| notes.iter().map(move |note| format!("the {version} version: {note}")));
            rule.alerts = Some(AlertChange {
                before: before.alerts.len() as u64,
                after: after.alerts.len() as u64,
                gained: without(&after.alerts, &before.alerts),
                lost: without(&before.alerts, &after.alerts),
                notes: notes.collect(),
            });
        }
    }

    /// The alerts of the rules with these numbers.
    fn alerts(&self, version: &Version<'_>, wanted: impl Iterator<Item = usize>) -> HashMap<usize, Alerts> {
        let wanted: Vec<usize> = wanted.collect();
        let mut rules: Vec<&Rule> = wanted.iter().map(|index| version.rules[*index].rule()).collect();
        if rules.iter().any(|rule| !rule.logic.references().is_empty()) {
            let is_new = |one: &&Rule| !rules.iter().any(|known| std::ptr::eq(*known, *one));
            let referred: Vec<&Rule> = version.all.iter().copied().filter(is_new).collect();
            rules.extend(referred);
        }
        // By their place in all inputs: the lines of two files are the same numbers.
        let events = self.events.iter().enumerate().map(|(place, (_, event))| (place, event.clone()));
        let run = Program::compile_all(&rules).with_shape(self.shape).run(events, EndOfStream::Complete);
        let mut found: HashMap<usize, Alerts> = HashMap::new();
        for alert in &run.alerts {
            if let Some(index) = wanted.get(alert.rule) {
                found.entry(*index).or_default().alerts.push(self.found(rules[alert.rule], alert));
            }
        }
        for note in &run.notes {
            if let Some(index) = wanted.get(note.rule) {
                found.entry(*index).or_default().notes.push(note.message.clone());
            }
        }
        found
    }

    fn found(&self, rule: &Rule, alert: &eval::Alert) -> Found {
        let key = alert.events.iter().map(|record| record.line).collect();
        let mut shown = command::alert(rule, alert);
        for event in &mut shown.events {
            let place = usize::try_from(event.line).unwrap_or(usize::MAX);
            event.line = self.events.get(place).map_or(0, |(line, _)| *line as u64);
        }
        Found { key: (key, shown.time.clone(), serde_json::Value::from(shown.group.clone()).to_string()), shown }
    }
}

/// The alerts of one rule, and what could not be decided.
#[derive(Clone, Default)]
struct Alerts {
    alerts: Vec<Found>,
    notes: Vec<String>,
}

#[derive(Clone)]
struct Found {
    /// The member events, the time and the group: what makes two alerts the same.
    key: (Vec<usize>, Option<String>, String),
    shown: Alert,
}

/// The alerts that the others do not have, as often as they do not.
fn without(alerts: &[Found], others: &[Found]) -> Vec<Alert> {
    let mut left: HashMap<_, usize> = HashMap::new();
    for other in others {
        *left.entry(&other.key).or_default() += 1;
    }
    let is_new = |one: &&Found| match left.get_mut(&one.key) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    alerts.iter().filter(is_new).map(|one| one.shown.clone()).collect()
}
