//! What a bare query does not carry of a rule: one loss for each kind of metadata.

use crate::fidelity::{Effect, Loss, code};
use crate::ir::Rule;

/// The metadata that a bare query has no place for, in one loss; the rule's tests and licence in their own.
pub(super) fn dropped(rule: &Rule) -> Vec<Loss> {
    let meta = &rule.meta;
    let parts = [
        ("title", !meta.title.is_empty()),
        ("description", meta.description.is_some()),
        ("severity", meta.severity.is_some()),
        ("authors", !meta.authors.is_empty()),
        ("references", !meta.references.is_empty()),
        ("false positives", !meta.false_positives.is_empty()),
        ("tags", !meta.tags.is_empty()),
        ("ATT&CK", !meta.attack.is_empty()),
        ("investigation guide", meta.note.is_some() || meta.setup.is_some()),
        ("output fields", !meta.output_fields.is_empty()),
        ("licence", meta.license.is_some()),
        ("keys of the source's own format", rule.extras.iter().any(|extra| !extra.key.starts_with("eql."))),
    ];
    let named: Vec<&str> = parts.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
    let mut losses = Vec::new();
    if !named.is_empty() {
        let message = format!("a bare query has no place for: {}", named.join(", "));
        losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin)));
    }
    losses.extend(tests(rule));
    losses.extend(grouping(rule));
    losses.extend(exceptions(rule));
    losses
}

/// The loss of the rule's tests.
pub(super) fn tests(rule: &Rule) -> Option<Loss> {
    let count = rule.tests.len();
    (count > 0).then(|| {
        let message = format!("{count} tests of the rule have no place in the target: keep them in `NAME.tests.yaml`");
        Loss::new(&code::TESTS, Effect::Metadata, message, Some(rule.tests[0].origin))
    })
}

/// The loss of the rule's schedule.
pub(super) fn schedule(rule: &Rule) -> Option<Loss> {
    let schedule = &rule.meta.schedule;
    let origin = schedule.look_back_at.or(schedule.interval_at);
    (schedule.look_back.is_some() || schedule.interval.is_some()).then(|| {
        Loss::new(&code::SCHEDULE, Effect::Metadata, "a bare query has no schedule", origin.or(Some(rule.origin)))
    })
}

/// The loss of grouping: an alert after so many events, and merged alerts.
pub(super) fn grouping(rule: &Rule) -> Vec<Loss> {
    alert_threshold(rule).into_iter().chain(merging(rule)).collect()
}

/// The loss of an alert after so many events.
pub(super) fn alert_threshold(rule: &Rule) -> Option<Loss> {
    let count = rule.meta.alert_threshold.filter(|count| *count > 1)?;
    let message = format!("the source alerts after {count} events of a group; the target at the first");
    Some(Loss::new(&code::THRESHOLD, Effect::Widened, message, Some(rule.origin)))
}

/// The loss of merged alerts.
pub(super) fn merging(rule: &Rule) -> Option<Loss> {
    let message = "alerts of the same kind are not merged in the target";
    let merges = rule.meta.dedup.period.is_some() || !rule.meta.dedup.fields.is_empty();
    merges.then(|| Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin)))
}

/// The loss of the exception lists that an Elastic rule names: what they take out alerts again.
pub(super) fn exceptions(rule: &Rule) -> Option<Loss> {
    let list = rule.extras.iter().find(|extra| extra.key.starts_with("rule.exceptions_list"))?;
    let message = "the exception lists that the source names are not carried over: what they take out alerts again";
    Some(Loss::new(&code::EXCLUSION, Effect::Widened, message, Some(list.origin)))
}
