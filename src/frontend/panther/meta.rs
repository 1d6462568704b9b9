//! What an item says about itself.

use super::attack;
use super::fields::Fields;
use super::keys::Kind;
use crate::ir::{OutputField, Rule, Schedule, Severity, Status};
use crate::source::Location;
use std::time::Duration;

pub(super) fn read(rule: &mut Rule, fields: &mut Fields<'_>) {
    let id_key = fields.kind.id_key();
    rule.meta.id = fields.string(id_key);
    let display_name = fields.text("DisplayName");
    let id = rule.meta.id.as_ref().map(|id| id.value.clone());
    rule.meta.title = display_name.or(id).unwrap_or_default();
    rule.meta.description = fields.text("Description");
    rule.meta.severity = severity(fields);
    rule.meta.status = status(fields);
    rule.meta.enabled = fields.bool("Enabled");
    rule.meta.building_block = fields.bool("CreateAlert") == Some(false);
    rule.meta.references = fields.text("Reference").into_iter().collect();
    rule.meta.note = fields.text("Runbook");
    rule.meta.tags = fields.strings("Tags");
    rule.meta.attack = attack::read(fields);
    rule.meta.dedup.period = minutes(fields.number("DedupPeriodMinutes"));
    rule.meta.alert_threshold = fields.number("Threshold");
    rule.meta.output_fields = output_fields(fields);
    rule.meta.schedule = schedule(fields);
    rule.data_source.log_types = fields.strings("LogTypes");
    if fields.kind == Kind::Policy {
        rule.data_source.log_types = fields.strings("ResourceTypes");
    }
    rule.data_source.queries = fields.strings("ScheduledQueries");
}

fn minutes(count: Option<u32>) -> Option<Duration> {
    count.map(|count| Duration::from_secs(u64::from(count) * 60))
}

fn severity(fields: &mut Fields<'_>) -> Option<Severity> {
    let name = fields.string("Severity")?;
    let severity = Severity::from_name(&name.value);
    if severity.is_none() {
        fields.report(name.span, format!("`{}` is no severity: Info, Low, Medium, High or Critical", name.value));
    }
    severity
}

/// Panther leaves `Status` free; Experimental and Deprecated are the ones in use.
fn status(fields: &Fields<'_>) -> Option<Status> {
    match fields.text("Status")?.to_ascii_lowercase().as_str() {
        "experimental" => Some(Status::Experimental),
        "deprecated" => Some(Status::Deprecated),
        "stable" => Some(Status::Stable),
        "test" | "beta" => Some(Status::Test),
        _ => None,
    }
}

fn output_fields(fields: &Fields<'_>) -> Vec<OutputField> {
    let names = fields.strings("SummaryAttributes");
    names.into_iter().map(|name| OutputField::named(name.value)).collect()
}

/// The schedule of a query: `RateMinutes`; the look-back stands in its SQL.
fn schedule(fields: &Fields<'_>) -> Schedule {
    let Some(rate) = fields.root.path(&["Schedule", "RateMinutes"]) else { return Schedule::default() };
    let Some(count) = rate.as_int().and_then(|count| u32::try_from(count).ok()) else { return Schedule::default() };
    Schedule { interval: minutes(Some(count)), interval_at: Some(Location::main(rate.span)), ..Schedule::default() }
}
