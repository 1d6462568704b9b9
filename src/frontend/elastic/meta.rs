//! What an Elastic rule says about itself, in the shared terms.

use super::reader::{Reader, plain, plain_texts, tables, text, texts};
use super::schedule;
use crate::ir::{AttackRef, DataSource, Dedup, Meta, OutputField, Schedule, Severity, Status};
use crate::source::{Location, Spanned};
use crate::syntax::Node;

/// Metadata of `[metadata]` and `[rule]`.
pub(super) fn read(reader: &mut Reader<'_>, metadata: Option<&Node>, rule: &Node) -> Meta {
    let of = |key: &str| metadata.and_then(|table| plain(table, key));
    Meta {
        id: text(rule, "rule_id"),
        title: plain(rule, "name").unwrap_or_default(),
        description: plain(rule, "description"),
        severity: severity(rule),
        risk_score: rule.get("risk_score").and_then(Node::as_int),
        status: metadata.and_then(status),
        enabled: rule.get("enabled").and_then(Node::as_bool),
        building_block: rule.get("building_block_type").is_some(),
        authors: plain_texts(rule, "author"),
        created: of("creation_date").map(|date| iso(&date)),
        updated: of("updated_date").map(|date| iso(&date)),
        references: plain_texts(rule, "references"),
        false_positives: plain_texts(rule, "false_positives"),
        tags: texts(rule, "tags"),
        attack: attack(reader, rule),
        license: plain(rule, "license"),
        note: plain(rule, "note"),
        setup: plain(rule, "setup"),
        schedule: schedule(reader, rule),
        dedup: suppression(rule),
        output_fields: output_fields(rule),
        ..Meta::default()
    }
}

/// What the rule reads: index patterns and integrations.
pub(super) fn data_source(metadata: Option<&Node>, rule: &Node) -> DataSource {
    DataSource {
        indices: texts(rule, "index"),
        integrations: metadata.map(|table| texts(table, "integration")).unwrap_or_default(),
        ..DataSource::default()
    }
}

/// `2020/05/20` as `2020-05-20`; another form stays as it is.
fn iso(date: &str) -> String {
    date.replace('/', "-")
}

fn severity(rule: &Node) -> Option<Severity> {
    match plain(rule, "severity")?.as_str() {
        "low" => Some(Severity::Low),
        "medium" => Some(Severity::Medium),
        "high" => Some(Severity::High),
        "critical" => Some(Severity::Critical),
        _ => None,
    }
}

fn status(metadata: &Node) -> Option<Status> {
    match plain(metadata, "maturity")?.as_str() {
        "production" => Some(Status::Stable),
        "beta" => Some(Status::Test),
        "development" | "experimental" => Some(Status::Experimental),
        "deprecated" => Some(Status::Deprecated),
        _ => None,
    }
}

/// `alert_suppression`: alerts with the same values are one, for a time or within a run.
fn suppression(rule: &Node) -> Dedup {
    let Some(table) = rule.get("alert_suppression") else { return Dedup::default() };
    let length = |duration: &Node| {
        let unit = plain(duration, "unit")?;
        schedule::interval(&format!("{}{unit}", duration.get("value").and_then(Node::as_int)?))
    };
    Dedup { period: table.get("duration").and_then(length), fields: plain_texts(table, "group_by") }
}

fn schedule(reader: &mut Reader<'_>, rule: &Node) -> Schedule {
    let mut schedule = Schedule::default();
    if let Some(from) = text(rule, "from") {
        schedule.look_back = schedule::look_back(&from.value);
        schedule.look_back_at = Some(Location::main(from.span));
        if schedule.look_back.is_none() {
            reader.wrong_value("rule.from", from.span, "date math like `now-9m`");
        }
    }
    if let Some(interval) = text(rule, "interval") {
        schedule.interval = schedule::interval(&interval.value);
        schedule.interval_at = Some(Location::main(interval.span));
    }
    schedule
}

fn output_fields(rule: &Node) -> Vec<OutputField> {
    let Some(table) = rule.get("investigation_fields") else { return Vec::new() };
    plain_texts(table, "field_names").into_iter().map(OutputField::named).collect()
}

/// One reference for each technique and sub-technique with its tactic; a tactic without techniques stands alone.
fn attack(reader: &mut Reader<'_>, rule: &Node) -> Vec<AttackRef> {
    let mut found = Vec::new();
    for (index, threat) in tables(rule, "threat").iter().enumerate() {
        // MITRE ATLAS has ids of its own; the shared term is ATT&CK.
        if threat.get("framework").and_then(Node::as_str).is_some_and(|name| name != "MITRE ATT&CK") {
            reader.keep(&format!("rule.threat[{index}]"), threat);
            continue;
        }
        let tactic = threat.get("tactic");
        let tactic = (tactic.and_then(|node| text(node, "id")), tactic.and_then(|node| text(node, "name")));
        let before = found.len();
        for technique in tables(threat, "technique") {
            found.push(reference(&tactic, Some(technique)));
            found.extend(tables(technique, "subtechnique").iter().map(|sub| reference(&tactic, Some(sub))));
        }
        if found.len() == before && tactic.0.is_some() {
            found.push(reference(&tactic, None));
        }
    }
    found
}

type Named = (Option<Spanned<String>>, Option<Spanned<String>>);

fn reference(tactic: &Named, technique: Option<&Node>) -> AttackRef {
    AttackRef {
        tactic: tactic.0.clone(),
        tactic_name: tactic.1.clone(),
        technique: technique.and_then(|node| text(node, "id")),
        technique_name: technique.and_then(|node| text(node, "name")),
        paired: true,
    }
}
