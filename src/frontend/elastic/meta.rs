//! What an Elastic rule says about itself, in the shared terms.

use super::keys;
use super::reader::{Reader, plain, plain_texts, tables, text, texts};
use super::schedule;
use crate::ir::{AttackRef, DataSource, Meta, OutputField, Schedule, Severity, Status};
use crate::source::{Location, Spanned};
use crate::syntax::Node;

/// Metadata of `[metadata]` and `[rule]`.
pub(super) fn read(reader: &mut Reader<'_>, metadata: Option<&Node>, rule: &Node) -> Meta {
    let of = |key: &str| metadata.and_then(|table| plain(table, key));
    let building_block = text(rule, "building_block_type");
    if let Some(kind) = building_block.as_ref().filter(|kind| kind.value != "default") {
        reader.wrong_value("rule.building_block_type", kind.span, "`default`");
    }
    Meta {
        id: text(rule, "rule_id"),
        title: plain(rule, "name").unwrap_or_default(),
        description: plain(rule, "description"),
        severity: severity(reader, rule),
        risk_score: rule.get("risk_score").and_then(Node::as_int),
        status: metadata.and_then(|table| status(reader, table)),
        enabled: rule.get("enabled").and_then(Node::as_bool),
        building_block: building_block.is_some(),
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
        output_fields: output_fields(reader, rule),
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

fn severity(reader: &mut Reader<'_>, rule: &Node) -> Option<Severity> {
    let name = text(rule, "severity")?;
    let known = match name.value.as_str() {
        "low" => Some(Severity::Low),
        "medium" => Some(Severity::Medium),
        "high" => Some(Severity::High),
        "critical" => Some(Severity::Critical),
        _ => None,
    };
    if known.is_none() {
        reader.wrong_value("rule.severity", name.span, "`low`, `medium`, `high` or `critical`");
    }
    known
}

fn status(reader: &mut Reader<'_>, metadata: &Node) -> Option<Status> {
    let name = text(metadata, "maturity")?;
    Some(match name.value.as_str() {
        "production" => Status::Stable,
        "beta" => Status::Test,
        "development" | "experimental" => Status::Experimental,
        "deprecated" => Status::Deprecated,
        _ => {
            let values = "`development`, `experimental`, `beta`, `production` or `deprecated`";
            reader.wrong_value("metadata.maturity", name.span, values);
            return None;
        }
    })
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
        if schedule.interval.is_none() {
            reader.wrong_value("rule.interval", interval.span, "a length like `5m`");
        }
    }
    schedule
}

fn output_fields(reader: &mut Reader<'_>, rule: &Node) -> Vec<OutputField> {
    let Some(table) = rule.get("investigation_fields") else { return Vec::new() };
    reader.check("rule.investigation_fields", table, keys::INVESTIGATION);
    plain_texts(table, "field_names").into_iter().map(|field| OutputField { field, source: None }).collect()
}

/// One reference for each technique and sub-technique with its tactic; a tactic without techniques stands alone.
fn attack(reader: &mut Reader<'_>, rule: &Node) -> Vec<AttackRef> {
    let mut found = Vec::new();
    for (index, threat) in tables(rule, "threat").iter().enumerate() {
        let path = format!("rule.threat[{index}]");
        // MITRE ATLAS has ids of its own; the shared term is ATT&CK.
        if threat.get("framework").and_then(Node::as_str).is_some_and(|name| name != "MITRE ATT&CK") {
            reader.keep(&path, threat);
            continue;
        }
        reader.check(&path, threat, keys::THREAT);
        let tactic = threat.get("tactic");
        if let Some(tactic) = tactic {
            reader.check(&format!("{path}.tactic"), tactic, keys::TACTIC);
        }
        let tactic = (tactic.and_then(|node| text(node, "id")), tactic.and_then(|node| text(node, "name")));
        let before = found.len();
        for technique in tables(threat, "technique") {
            reader.check(&format!("{path}.technique"), technique, keys::TECHNIQUE);
            found.push(reference(&tactic, Some(technique)));
            for sub in tables(technique, "subtechnique") {
                reader.check(&format!("{path}.technique.subtechnique"), sub, keys::TACTIC);
                found.push(reference(&tactic, Some(sub)));
            }
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
