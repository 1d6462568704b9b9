//! What a rule says about itself, before and after a change.

use crate::ir::{AttackRef, Meta, Rule};
use std::time::Duration;

/// A statement that changed; what is not there is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaChange {
    /// `severity`, `tags`, `look-back`, ..
    pub what: &'static str,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// The metadata in which two rules differ, in a fixed order. Dates of creation and change are left out: they change with every edit.
#[must_use]
pub fn metadata_changes(old: &Rule, new: &Rule) -> Vec<MetaChange> {
    let (before, after) = (stated(&old.meta), stated(&new.meta));
    let changed = before.into_iter().zip(after).filter(|((_, old), (_, new))| old != new);
    changed.map(|((what, old), (_, new))| MetaChange { what, old, new }).collect()
}

fn stated(meta: &Meta) -> Vec<(&'static str, Option<String>)> {
    let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(", "));
    vec![
        ("id", meta.id.as_ref().map(|id| id.value.clone())),
        ("title", Some(meta.title.clone())),
        ("description", meta.description.clone()),
        ("severity", meta.severity.map(|severity| severity.name().to_owned())),
        ("risk score", meta.risk_score.map(|score| score.to_string())),
        ("status", meta.status.map(|status| format!("{status:?}").to_lowercase())),
        ("enabled", meta.enabled.map(|enabled| enabled.to_string())),
        ("building block", meta.building_block.then(|| "true".to_owned())),
        ("ATT&CK", list(meta.attack.iter().map(attack).collect())),
        ("tags", list(meta.tags.iter().map(|tag| tag.value.clone()).collect())),
        ("authors", list(meta.authors.clone())),
        ("references", list(meta.references.clone())),
        ("false positives", list(meta.false_positives.clone())),
        ("licence", meta.license.clone()),
        ("note", meta.note.clone()),
        ("setup", meta.setup.clone()),
        ("look-back", meta.schedule.look_back.map(seconds)),
        ("interval", meta.schedule.interval.map(seconds)),
        ("dedup period", meta.dedup.period.map(seconds)),
        ("dedup fields", list(meta.dedup.fields.clone())),
        ("alert threshold", meta.alert_threshold.map(|threshold| threshold.to_string())),
        ("output fields", list(meta.output_fields.iter().map(|output| output.field.clone()).collect())),
    ]
}

fn attack(reference: &AttackRef) -> String {
    let ids = [&reference.tactic, &reference.technique];
    ids.into_iter().flatten().map(|id| id.value.as_str()).collect::<Vec<_>>().join(":")
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}
