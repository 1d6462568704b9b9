//! The `.yml` file: what the rule says about itself, in the order of Panther's own repository.

use super::attack::{self, Pairs};
use super::module::Written;
use super::yaml::{Yaml, scalar};
use super::{Counting, names};
use crate::backend::attack_version;
use crate::catalog::attack::tactic_by_shortname;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Dialect, Expectation, Meta, Rule, RuleTest, Severity, Status};
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::fmt::Write;

/// Starts each line of what Panther has no key for, at the end of the description.
const MARKER: &str = "detc.";

/// Where a rule's condition stands.
pub(super) enum Detection<'a> {
    /// In the module beside the YAML.
    Module(&'a Written),
    /// In the YAML: match expressions, and what alerts are grouped by.
    Simple { expressions: &'a Json, group_by: &'a Json },
}

/// The YAML, and what it does not keep.
pub(super) fn write(
    rule: &Rule,
    detection: &Detection<'_>,
    counting: Option<&Counting<'_>>,
    losses: &mut Vec<Loss>,
) -> String {
    let meta = &rule.meta;
    let mut yaml = Yaml::default();
    yaml.plain("AnalysisType", "rule");
    if matches!(detection, Detection::Module(_)) {
        yaml.string("Filename", &format!("{}.py", names::module_name(&meta.title)));
    }
    names_and_status(rule, &mut yaml, losses);
    let attack = attack::pairs(&meta.attack, attack_version(meta));
    let log_types: Vec<String> = rule.data_source.log_types.iter().map(|log_type| log_type.value.clone()).collect();
    yaml.strings("LogTypes", &log_types);
    yaml.strings("Tags", &tags(meta, &attack));
    reports(rule, &attack, &mut yaml, losses);
    yaml.plain("Severity", severity(meta.severity));
    texts(rule, &mut yaml, losses);
    grouping(meta, counting, &mut yaml);
    let written = match detection {
        Detection::Module(written) => Some(*written),
        Detection::Simple { .. } => None,
    };
    summary(rule, written, &mut yaml, losses);
    if let Detection::Simple { expressions, group_by } = detection {
        if group_by.as_array().is_some_and(|keys| !keys.is_empty()) {
            yaml.json(0, "GroupBy", group_by);
        }
        yaml.json(0, "Detection", expressions);
    }
    tests(rule, written, counting.is_some(), &mut yaml, losses);
    if meta.schedule.look_back.is_some() || meta.schedule.interval.is_some() {
        lose(losses, &code::SCHEDULE, rule, "Panther runs rules on each event as it arrives".to_owned());
    }
    lost_keys(rule, written, losses);
    yaml.text
}

/// The keys of a correlation rule before its detection.
pub(super) fn correlation_head(rule: &Rule, yaml: &mut Yaml, losses: &mut Vec<Loss>) {
    yaml.plain("AnalysisType", "correlation_rule");
    names_and_status(rule, yaml, losses);
    let attack = attack::pairs(&rule.meta.attack, attack_version(&rule.meta));
    yaml.strings("Tags", &tags(&rule.meta, &attack));
    reports(rule, &attack, yaml, losses);
    yaml.plain("Severity", severity(rule.meta.severity));
    texts(rule, yaml, losses);
    summary(rule, None, yaml, losses);
}

fn names_and_status(rule: &Rule, yaml: &mut Yaml, losses: &mut Vec<Loss>) {
    let meta = &rule.meta;
    let enabled = meta.enabled.unwrap_or(!matches!(meta.status, Some(Status::Deprecated | Status::Unsupported)));
    yaml.string("RuleID", &rule_id(rule));
    yaml.string("DisplayName", &display_name(rule, losses));
    yaml.plain("Enabled", enabled);
    match meta.status {
        Some(Status::Experimental) => yaml.plain("Status", "Experimental"),
        Some(Status::Deprecated | Status::Unsupported) => yaml.plain("Status", "Deprecated"),
        _ => {}
    }
    if meta.building_block {
        yaml.plain("CreateAlert", false);
    }
}

pub(super) fn lose(losses: &mut Vec<Loss>, code: &'static crate::fidelity::LossCode, rule: &Rule, message: String) {
    losses.push(Loss::new(code, Effect::Metadata, message, Some(rule.origin)));
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}

/// Panther's own id, else one of the log type and the title. A UUID stays in the description's footer.
pub(super) fn rule_id(rule: &Rule) -> String {
    let allowed = |id: &&str| !id.is_empty() && !is_uuid(id) && !id.contains(['<', '>', '&', '"', '%']);
    let own = rule.meta.id.as_ref().map(|id| id.value.as_str()).filter(|_| rule.dialect == Dialect::Panther);
    own.filter(allowed).map_or_else(
        || {
            let log_type = rule.data_source.log_types.first().map(|log_type| log_type.value.as_str());
            names::rule_id(log_type.unwrap_or_default(), &rule.meta.title)
        },
        str::to_owned,
    )
}

/// Panther's upload refuses some characters.
fn display_name(rule: &Rule, losses: &mut Vec<Loss>) -> String {
    let title = &rule.meta.title;
    let name: String = title.replace('&', "and").replace('"', "'").replace(['<', '>', '%'], " ");
    let name = if name.trim().is_empty() { rule_id(rule) } else { name };
    if name != *title {
        lose(losses, &code::METADATA, rule, format!("the title becomes `{name}`: Panther allows none of <>&\"% in it"));
    }
    name
}

/// Tags without those that say ATT&CK ids which the reports hold, and the ids that stand alone, which they cannot hold.
fn tags(meta: &Meta, attack: &Pairs) -> Vec<String> {
    let version = attack_version(meta);
    let id_of = |tag: &str| {
        let name = tag.to_ascii_lowercase().strip_prefix("attack.")?.to_owned();
        let tactic = tactic_by_shortname(version, &name).map(|tactic| tactic.id.to_owned());
        Some(tactic.unwrap_or_else(|| name.to_ascii_uppercase()))
    };
    let written: Vec<&str> = meta.tags.iter().map(|tag| tag.value.trim()).collect();
    let ids: Vec<String> = written.iter().filter_map(|tag| id_of(tag)).collect();
    let alone = attack.left.iter().map(String::as_str).filter(|id| !ids.iter().any(|known| known == id));
    let mut found: Vec<String> = Vec::new();
    for tag in written.iter().copied().chain(alone) {
        let known = found.iter().any(|known| known.eq_ignore_ascii_case(tag));
        if !tag.is_empty() && !known && !attack.has(tag) && !id_of(tag).is_some_and(|id| attack.has(&id)) {
            found.push(tag.to_owned());
        }
    }
    found
}

fn reports(rule: &Rule, found: &Pairs, yaml: &mut Yaml, losses: &mut Vec<Loss>) {
    if !found.written.is_empty() {
        yaml.line("Reports:");
        yaml.line("  MITRE ATT&CK:");
    }
    for (pair, name) in &found.written {
        match name {
            Some(name) => yaml.line(&format!("    - {pair} # {name}")),
            None => yaml.line(&format!("    - {pair}")),
        }
    }
    if !found.guessed.is_empty() {
        let message =
            format!("techniques stand under a tactic that the source does not name: {}", found.guessed.join(", "));
        lose(losses, &code::TACTIC_PAIRING, rule, message);
    }
}

fn severity(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Informational) | None => "Info",
        Some(Severity::Low) => "Low",
        Some(Severity::Medium) => "Medium",
        Some(Severity::High) => "High",
        Some(Severity::Critical) => "Critical",
    }
}

fn texts(rule: &Rule, yaml: &mut Yaml, losses: &mut Vec<Loss>) {
    let meta = &rule.meta;
    let footer = footer(rule);
    let description = meta.description.as_deref().unwrap_or_default().trim();
    let text = match (description.is_empty(), footer.is_empty()) {
        (_, true) => description.to_owned(),
        (true, false) => footer,
        (false, false) => format!("{description}\n\n{footer}"),
    };
    if !text.is_empty() {
        yaml.string("Description", &text);
    }
    let runbook = runbook(meta);
    if !runbook.is_empty() {
        yaml.string("Runbook", &runbook);
    }
    if let Some(first) = meta.references.first() {
        yaml.string("Reference", first);
    }
    if let Some(license) = &meta.license {
        lose(losses, &code::LICENCE, rule, format!("the rule keeps its licence, {license}, in the description"));
    }
}

/// What Panther has no key for, a line each, in a form that a program can read back.
fn footer(rule: &Rule) -> String {
    let meta = &rule.meta;
    let mut out = String::new();
    let mut add = |key: &str, value: &str| {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() {
            let _ = writeln!(out, "{MARKER}{key}: {value}");
        }
    };
    if rule.dialect != Dialect::Panther {
        add("source", rule.dialect.name());
        add("id", meta.id.as_ref().map_or("", |id| &id.value));
        add("status", meta.status.map_or("", Status::name));
    }
    add("name", meta.name.as_deref().unwrap_or_default());
    meta.authors.iter().for_each(|author| add("author", author));
    add("license", meta.license.as_deref().unwrap_or_default());
    add("created", meta.created.as_deref().unwrap_or_default());
    add("updated", meta.updated.as_deref().unwrap_or_default());
    meta.references.iter().skip(1).for_each(|reference| add("reference", reference));
    if let Some(score) =
        meta.risk_score.filter(|score| meta.severity.map(|level| i64::from(level.risk_score())) != Some(*score))
    {
        add("risk_score", &score.to_string());
    }
    for extra in rule.extras.iter().filter(|_| has_footer(rule)) {
        extra.text.lines().for_each(|line| add(&extra.key, line));
    }
    out.trim_end().to_owned()
}

/// Whether keys without a place stand in the footer, line by line.
fn has_footer(rule: &Rule) -> bool {
    rule.dialect == Dialect::Sigma
}

fn runbook(meta: &Meta) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(meta.note.iter().map(|note| note.trim().to_owned()));
    parts.extend(meta.setup.iter().map(|setup| format!("Setup:\n{}", setup.trim())));
    if !meta.false_positives.is_empty() {
        let list: Vec<String> = meta.false_positives.iter().map(|text| format!("- {}", text.trim())).collect();
        parts.push(format!("False positives:\n{}", list.join("\n")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn grouping(meta: &Meta, counting: Option<&Counting<'_>>, yaml: &mut Yaml) {
    let period = meta.dedup.period.map(|period| period.as_secs().div_ceil(60));
    if let Some(minutes) = counting.map(|counting| counting.minutes).or(period) {
        yaml.plain("DedupPeriodMinutes", minutes);
    }
    let threshold = counting.map(|counting| counting.number).or(meta.alert_threshold.map(u64::from));
    if let Some(number) = threshold.filter(|number| *number != 1) {
        yaml.plain("Threshold", number);
    }
}

/// Output fields are in the source's names, so only Panther's own carry over; those of an `alert_context` that is kept stand there.
fn summary(rule: &Rule, written: Option<&Written>, yaml: &mut Yaml, losses: &mut Vec<Loss>) {
    let keeps_context = written.is_some_and(|written| written.kept.contains("alert_context"));
    // The vendor's tool refuses a name twice, whatever its letter case.
    let mut seen = HashSet::new();
    let named = rule.meta.output_fields.iter().filter(|output| !(keeps_context && output.by_code));
    let named = named.map(|output| output.field.clone());
    let fields: Vec<String> = named.filter(|field| seen.insert(field.to_lowercase())).collect();
    if rule.dialect == Dialect::Panther {
        yaml.strings("SummaryAttributes", &fields);
        return;
    }
    if !fields.is_empty() {
        let message = format!("the fields that an alert shows are named in the source's terms: {}", fields.join(", "));
        lose(losses, &code::METADATA, rule, message);
    }
    if !rule.meta.dedup.fields.is_empty() {
        let message = format!("alerts are not grouped by {}", rule.meta.dedup.fields.join(", "));
        lose(losses, &code::METADATA, rule, message);
    }
}

/// Of a test's mocks those stay that stand for a name of the module.
fn tests(rule: &Rule, module: Option<&Written>, counted: bool, yaml: &mut Yaml, losses: &mut Vec<Loss>) {
    let mut dropped = 0;
    let mut written: Vec<(String, bool, &Json, Vec<Json>)> = Vec::new();
    for test in &rule.tests {
        let cases = cases(rule, test, counted);
        dropped += usize::from(cases.is_empty());
        let mocks = test.mocks.iter().filter(|mock| module.is_some_and(|module| module.names.contains(&mock.name)));
        let mocks: Vec<Json> =
            mocks.map(|mock| json!({ "objectName": mock.name, "returnValue": mock.value })).collect();
        for (name, expected, event) in cases {
            let taken = written.iter().any(|(known, ..)| *known == name);
            let name = if taken { format!("{name} ({})", written.len() + 1) } else { name };
            written.push((name, expected, event, mocks.clone()));
        }
    }
    if dropped > 0 {
        let message = format!(
            "{dropped} of {} tests have no form of one event and one verdict in Panther's fields",
            rule.tests.len()
        );
        lose(losses, &code::TESTS, rule, message);
    }
    if written.is_empty() {
        return;
    }
    yaml.line("Tests:");
    for (name, expected, event, mocks) in written {
        yaml.line(&format!("  - Name: {}", scalar(&name)));
        yaml.line(&format!("    ExpectedResult: {expected}"));
        if !mocks.is_empty() {
            yaml.json(4, "Mocks", &mocks.into());
        }
        yaml.json(4, "Log", event);
    }
}

/// A test as Panther's: one event, one verdict. One that puts something in the place of a part of the condition has nothing to put it into.
fn cases<'a>(rule: &Rule, test: &'a RuleTest, counted: bool) -> Vec<(String, bool, &'a Json)> {
    let raw = (rule.dialect != Dialect::Elastic || test.raw)
        && test.skip.is_none()
        && test.instead.is_none()
        && test.events.iter().all(Json::is_object);
    let name = if test.name.trim().is_empty() { "Test" } else { test.name.trim() };
    match (&test.expect, test.events.as_slice()) {
        _ if !raw => Vec::new(),
        (Expectation::Fires(true), [event]) if !counted => vec![(name.to_owned(), true, event)],
        (Expectation::Fires(false) | Expectation::Count(0), events) if !counted => match events {
            [event] => vec![(name.to_owned(), false, event)],
            events => {
                events.iter().enumerate().map(|(at, event)| (format!("{name} ({})", at + 1), false, event)).collect()
            }
        },
        (Expectation::Count(count), events) if !counted && u64::try_from(events.len()).ok() == Some(*count) => {
            events.iter().enumerate().map(|(at, event)| (format!("{name} ({})", at + 1), true, event)).collect()
        }
        _ => Vec::new(),
    }
}

/// The keys and functions that the rule goes without.
pub(super) fn lost_keys(rule: &Rule, written: Option<&Written>, losses: &mut Vec<Loss>) {
    for (name, reason) in written.iter().flat_map(|written| &written.lost) {
        lose(losses, &code::METADATA, rule, format!("`{name}` is not kept: {reason}"));
    }
    let is_told = |key: &str| {
        let name = key.strip_prefix("python.");
        let known = |name| {
            written.is_some_and(|found| found.kept.contains(name) || found.lost.iter().any(|lost| lost.0 == name))
        };
        name.is_some_and(known)
    };
    let keys: Vec<&str> = rule.extras.iter().map(|extra| extra.key.as_str()).filter(|key| !is_told(key)).collect();
    if !keys.is_empty() && !has_footer(rule) {
        lose(losses, &code::METADATA, rule, format!("keys without a place in a Panther rule: {}", keys.join(", ")));
    }
}
