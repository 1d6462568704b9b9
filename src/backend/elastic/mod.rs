//! A complete rule of Elastic's: a file of the rule repository (`[metadata]`, `[rule]`, the query, `[[rule.threat]]`), or the lines that
//! Kibana imports, which are made of such a file.

mod body;
mod extras;
mod moved;
mod ndjson;
mod own;
mod stack;
mod suppression;
mod threat;
mod toml;

pub(super) use moved::in_place as moved_in_place;
pub(super) use own::language as own_language;
pub(super) use suppression::keeps_alerts_apart;

use super::{Capabilities, Emitted, Output, QueryLanguage, Support, Target, attack_version, metadata};
use crate::catalog::features;
use crate::catalog::versions::{Installed, Version};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Dialect, Rule, Severity, Status};
use crate::syntax::parse_toml;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// What a rule can express in the better of its query languages; each conversion goes by the language that it takes.
pub(super) const CAPABILITIES: Capabilities =
    Capabilities { keyword_search: Support::Yes, threshold: Support::Yes, ..super::eql::CAPABILITIES };

/// The namespace of rule ids that are made from ids of other formats (UUIDv5).
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0d_2c52_9a3e_4c0b_8f7d_41b1_d37e_c0de);

/// The look-back of rules that have none: Kibana runs them every 5 minutes.
const DEFAULT_FROM: &str = "now-9m";

/// The rule's own file, or the lines made of it.
///
/// # Errors
/// What the stack or Kibana's import does not take.
pub(super) fn emit_own(rule: &Rule, target: Target, installed: &Installed) -> Result<Emitted, Vec<Loss>> {
    let file = rule.file.as_deref().unwrap_or_default();
    let mut emitted = match target {
        Target::ElasticNdjson => ndjson::emit(rule, file, Vec::new(), installed)?,
        _ => own::toml(rule, file, installed)?,
    };
    emitted.losses.extend(metadata::tests(rule));
    Ok(emitted)
}

/// Whether the rule is one whose logic is no query: an anomaly job, or a query that is saved in Kibana.
pub(super) fn has_no_query(rule: &Rule) -> bool {
    body::without_query(rule).is_some()
}

/// The rule with its query in a language, or around what it has in the place of a query. Exclusions that Kibana's exception items can say
/// are such items where there is a place for them beside the rule; the others are part of the query.
///
/// # Errors
/// What the language, the stack or Kibana's import has no form for.
pub(super) fn emit(
    rule: &Rule,
    target: Target,
    language: Option<QueryLanguage>,
    installed: &Installed,
) -> Result<Emitted, Vec<Loss>> {
    if target != Target::ElasticNdjson {
        let mut file = toml_file(rule, language, installed.stack())?;
        if let (Some(stack), Some(output)) = (installed.stack, file.outputs.first()) {
            file.losses.extend(stack::needs(rule, &parse_toml(&output.text).root, stack)?);
        }
        return Ok(file);
    }
    let (lists, left) = ndjson::of_exclusions(rule, &rule_id(rule));
    let mut rule = rule.clone();
    rule.exclusions = left;
    let file = toml_file(&rule, language, installed.stack())?;
    let toml = file.outputs.first().map_or("", |output| output.text.as_str());
    let mut lines = ndjson::emit(&rule, toml, lists, installed)?;
    lines.losses.extend(file.losses);
    Ok(lines)
}

/// The rule as TOML. Thresholds, new terms and indicators are rule types over a KQL or Lucene query.
fn toml_file(rule: &Rule, language: Option<QueryLanguage>, stack: Version) -> Result<Emitted, Vec<Loss>> {
    let mut body = body::body(rule, language)?;
    let (threats, more) = threat::threats(rule);
    body.losses.extend(more);
    let mut file = File::default();
    file.metadata(rule, &mut body.losses);
    file.identity(rule, &mut body.losses);
    file.texts(rule);
    file.tags(rule, &threats);
    file.schedule(rule, &mut body);
    if let Some(language) = body.language {
        file.put("language", toml::basic(language));
    }
    body.keys.drain(..).for_each(|(key, value)| file.put(key, value));
    file.put("type", toml::basic(body.kind));
    body.losses.extend(extras::write(rule, &mut file.metadata, &mut file.rule));
    body.losses.extend(file.fit(rule, body.kind, stack));
    body.losses.extend(metadata::tests(rule));
    body.losses.extend(suppression::write(rule, &mut body.tables, body.kind, stack));
    let text = file.print(&body, &threat::print(&threats));
    Ok(Emitted { outputs: vec![Output::new(".toml", text)], losses: body.losses, assumes: Vec::new() })
}

/// Keys and values of the two main tables; they are written in the order of their names.
#[derive(Default)]
struct File {
    metadata: BTreeMap<String, String>,
    rule: BTreeMap<String, String>,
}

impl File {
    fn put(&mut self, key: &str, value: String) {
        self.rule.insert(key.to_owned(), value);
    }

    fn metadata(&mut self, rule: &Rule, losses: &mut Vec<Loss>) {
        let meta = &rule.meta;
        let slashes = |date: &str| toml::basic(&date.replace('-', "/"));
        let created = meta.created.as_ref().or(meta.updated.as_ref());
        match created {
            Some(date) => {
                self.metadata.insert("creation_date".to_owned(), slashes(date));
                let updated = meta.updated.as_ref().unwrap_or(date);
                self.metadata.insert("updated_date".to_owned(), slashes(updated));
            }
            None => losses.push(Loss::new(
                &code::METADATA,
                Effect::Metadata,
                "the source has no dates: `creation_date` and `updated_date` are for you to write",
                Some(rule.origin),
            )),
        }
        let maturity = match meta.status {
            Some(Status::Stable) => "production",
            Some(Status::Test) => "beta",
            Some(Status::Experimental) | None => "development",
            Some(Status::Deprecated | Status::Unsupported) => "deprecated",
        };
        self.metadata.insert("maturity".to_owned(), toml::basic(maturity));
        let integrations: Vec<String> =
            rule.data_source.integrations.iter().map(|integration| integration.value.clone()).collect();
        if !integrations.is_empty() {
            self.metadata.insert("integration".to_owned(), toml::list(&integrations));
        }
    }

    fn identity(&mut self, rule: &Rule, losses: &mut Vec<Loss>) {
        let meta = &rule.meta;
        self.put("name", toml::basic(&meta.title));
        self.put("rule_id", toml::basic(&rule_id(rule)));
        if meta.severity == Some(Severity::Informational) {
            let message = "Elastic has no informational severity: the rule is `low`";
            losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin)));
        }
        let severity = match meta.severity {
            Some(Severity::Informational) => Severity::Low,
            Some(severity) => severity,
            None => {
                let message = "the source has no severity: the rule is `low`";
                losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin)));
                Severity::Low
            }
        };
        let score = meta.risk_score.unwrap_or_else(|| severity.risk_score().into());
        self.put("severity", toml::basic(severity.name()));
        self.put("risk_score", score.to_string());
        if let Some(license) = &meta.license {
            self.put("license", toml::basic(license));
            if rule.dialect != Dialect::Elastic {
                let message = format!("the rule stays under its licence: {license}");
                losses.push(Loss::new(&code::LICENCE, Effect::Metadata, message, Some(rule.origin)));
            }
        }
        if meta.enabled == Some(false) {
            self.put("enabled", "false".to_owned());
        }
        if meta.building_block {
            self.put("building_block_type", toml::basic("default"));
        }
    }

    fn texts(&mut self, rule: &Rule) {
        let meta = &rule.meta;
        let description = meta.description.as_ref().unwrap_or(&meta.title);
        self.put("description", toml::text(description));
        self.put("author", toml::list(&meta.authors));
        for (key, text) in [("note", &meta.note), ("setup", &meta.setup)] {
            if let Some(text) = text {
                self.put(key, toml::text(text));
            }
        }
        for (key, list) in [("references", &meta.references), ("false_positives", &meta.false_positives)] {
            if !list.is_empty() {
                self.put(key, toml::list(list));
            }
        }
        let indices: Vec<String> = rule.data_source.indices.iter().map(|index| index.value.clone()).collect();
        if !indices.is_empty() {
            self.put("index", toml::list(&indices));
        }
        let fields: Vec<String> = meta.output_fields.iter().map(|output| output.field.clone()).collect();
        if !fields.is_empty() {
            self.put("investigation_fields.field_names", toml::list(&fields));
        }
    }

    /// The rule's own tags; from other formats, what of Elastic's vocabulary is known.
    fn tags(&mut self, rule: &Rule, threats: &[threat::Threat]) {
        let own = rule.meta.tags.iter().map(|tag| tag.value.clone());
        let mut tags: Vec<String> = own.filter(|tag| !tag.starts_with("attack.")).collect();
        if rule.dialect != Dialect::Elastic {
            let sources = rule.data_source.integrations.iter().filter_map(|name| data_source_tag(&name.value));
            tags.extend(sources.map(|name| format!("Data Source: {name}")));
            tags.extend(threats.iter().map(threat::Threat::tag));
            let mut seen = std::collections::HashSet::new();
            tags.retain(|tag| seen.insert(tag.clone()));
        }
        threat::rename_tags(&mut tags, threats, attack_version(&rule.meta));
        self.put("tags", toml::list(&tags));
    }

    fn schedule(&mut self, rule: &Rule, body: &mut body::Body) {
        let schedule = &rule.meta.schedule;
        let look_back = body.look_back.or(schedule.look_back);
        let interval = body.interval.or(schedule.interval);
        match look_back {
            Some(look_back) => self.put("from", toml::basic(&format!("now-{}", length(look_back)))),
            None if rule.dialect == Dialect::Elastic => {}
            None => {
                self.put("from", toml::basic(DEFAULT_FROM));
                let message = "the source has no schedule: the rule looks back 9 minutes, every 5";
                body.losses.push(Loss::new(&code::SCHEDULE, Effect::Metadata, message, Some(rule.origin)));
            }
        }
        if let Some(interval) = interval {
            self.put("interval", toml::basic(&length(interval)));
        }
    }

    /// Takes out the keys that a rule of this type, or the stack, does not have.
    fn fit(&mut self, rule: &Rule, kind: &str, stack: Version) -> Vec<Loss> {
        let mut losses = Vec::new();
        let origin = rule.origin;
        self.rule.retain(|path, _| {
            let key = path.split('.').next().unwrap_or_default();
            let since = stack::since(rule, kind, key).filter(|since| *since > stack);
            losses.extend(since.map(|since| stack::newer(key, since, stack, origin)));
            since.is_none() && !features::is_foreign(kind, key)
        });
        losses
    }

    fn print(&self, body: &body::Body, threats: &str) -> String {
        let mut out = String::from("[metadata]\n");
        lines(&mut out, &self.metadata);
        out.push_str("\n[rule]\n");
        lines(&mut out, &self.rule);
        if let Some(query) = &body.query {
            out.extend(["\nquery = ", &toml::query(query), "\n"]);
        }
        out.push_str(threats);
        out.push_str(&body.tables);
        out
    }
}

fn lines(out: &mut String, table: &BTreeMap<String, String>) {
    for (key, value) in table {
        let path: Vec<String> = key.split('.').map(toml::key).collect();
        out.extend([&*path.join("."), " = ", value, "\n"]);
    }
}

/// The id of an Elastic rule stays; another format's id is the seed of a stable one.
fn rule_id(rule: &Rule) -> String {
    let id = rule.meta.id.as_ref().map(|id| id.value.as_str());
    match (rule.dialect, id) {
        (Dialect::Elastic, Some(id)) => id.to_owned(),
        (dialect, id) => {
            let name = format!("{}:{}:elastic", dialect.name(), id.unwrap_or(&rule.meta.title));
            Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
        }
    }
}

/// How Elastic's rules name the data of an integration in their tags.
fn data_source_tag(integration: &str) -> Option<&'static str> {
    Some(match integration {
        "okta" => "Okta",
        "aws" => "AWS",
        "github" => "Github",
        "azure" => "Azure",
        "gcp" => "GCP",
        "o365" => "Microsoft 365",
        "google_workspace" => "Google Workspace",
        "kubernetes" => "Kubernetes",
        "endpoint" => "Elastic Defend",
        "windows" => "Windows Security Event Logs",
        _ => return None,
    })
}

/// `9m`: the largest unit without a rest.
fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let fitting = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    let (unit, letter) = fitting.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / unit)
}
