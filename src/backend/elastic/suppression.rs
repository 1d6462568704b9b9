//! `alert_suppression`: alerts with the same values are one alert.

use super::super::{QueryLanguage, metadata};
use super::{body, stack, toml};
use crate::catalog::versions::Version;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Dialect, Rule};
use std::fmt::Write;
use std::time::Duration;

/// Kibana groups by so many fields.
const MAX_FIELDS: usize = 3;

/// Whether the rule's alerts are merged by fields, and the stack does not merge those of a rule in this language.
pub(in crate::backend) fn keeps_alerts_apart(rule: &Rule, language: QueryLanguage, stack: Version) -> bool {
    let kind = body::kind(rule.logic.source(), language);
    !rule.meta.dedup.fields.is_empty() && since(rule, kind).is_none_or(|since| since > stack)
}

fn since(rule: &Rule, kind: &str) -> Option<Version> {
    stack::since(rule, kind, "alert_suppression")
}

/// Writes how alerts are merged, if the stack merges those of the rule's type; otherwise that is a loss. An Elastic rule's own table is
/// among its extras.
pub(super) fn write(rule: &Rule, tables: &mut String, kind: &str, stack: Version) -> Vec<Loss> {
    let dedup = &rule.meta.dedup;
    let mut losses: Vec<Loss> = metadata::alert_threshold(rule).into_iter().collect();
    if rule.dialect == Dialect::Elastic {
        return losses;
    }
    // A threshold merges by the fields that it counts by.
    if dedup.fields.is_empty() || dedup.fields.len() > MAX_FIELDS || kind == "threshold" {
        losses.extend(metadata::merging(rule));
        return losses;
    }
    if let Some(since) = since(rule, kind).filter(|since| *since > stack) {
        let message =
            format!("alerts are not merged: rules of the type `{kind}` merge them from {since}, not in {stack}");
        losses.push(Loss::new(&code::STACK, Effect::Metadata, message, Some(rule.origin)));
        return losses;
    }
    tables.push_str("\n[rule.alert_suppression]\n");
    if let Some((value, unit)) = dedup.period.and_then(length) {
        // Writing to a string cannot fail.
        let _infallible = writeln!(tables, "duration = {{unit = \"{unit}\", value = {value}}}");
    }
    tables.extend(["group_by = ", &toml::list(&dedup.fields), "\nmissing_fields_strategy = \"suppress\"\n"]);
    losses
}

/// A length in the units that Kibana has.
fn length(period: Duration) -> Option<(u64, char)> {
    let seconds = Some(period.as_secs()).filter(|seconds| *seconds > 0)?;
    let units = [(3_600, 'h'), (60, 'm')];
    let (unit, letter) = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit)).unwrap_or((1, 's'));
    Some((seconds / unit, letter))
}
