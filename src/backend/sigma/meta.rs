//! What a rule says about itself, in the order that SigmaHQ writes it, and what of it has no place in Sigma.

use super::tags;
use super::yaml::{Yaml, from_node};
use crate::fidelity::{Effect, Loss, LossCode, code};
use crate::ir::{DataSource, Dialect, Rule, Status};
use crate::source::Spanned;
use crate::syntax::{YamlVersion, parse_yaml};
use uuid::Uuid;

/// The namespace of ids that are made from the ids and names of rules that have no UUID.
const NAMESPACE: Uuid = Uuid::from_u128(0x5a1d_6c39_7e84_4f0b_9c52_de7c_0516_0a3e);
/// The longest title of the specification.
const MAX_TITLE: usize = 256;
/// Keys of Sigma that the IR has no term for; they are written as they were.
const KEPT: &[&str] = &["related", "taxonomy", "scope", "regression_tests_path", "simulation"];

/// A document with the rule's metadata around its logic.
pub(super) fn document(rule: &Rule, logic: Vec<(String, Yaml)>, losses: &mut Vec<Loss>) -> Vec<(String, Yaml)> {
    let meta = &rule.meta;
    let mut entries = Entries(Vec::new());
    entries.prose("title", Some(&title(rule, losses)));
    entries.prose("id", id(rule).as_ref());
    entries.prose("name", meta.name.as_ref());
    for key in KEPT {
        entries.put(key, extra(rule, key));
    }
    entries.prose("status", meta.status.map(Status::name).map(str::to_owned).as_ref());
    entries.prose("description", description(rule).as_ref());
    entries.prose("license", meta.license.as_ref());
    entries.list("references", meta.references.iter().cloned());
    let authors = (!meta.authors.is_empty()).then(|| meta.authors.join(", "));
    entries.prose("author", authors.as_ref());
    entries.put("date", date("date", meta.created.as_deref(), losses));
    entries.put("modified", date("modified", meta.updated.as_deref(), losses));
    entries.list("tags", tags::tags(rule, losses).into_iter());
    if rule.kind != "correlation" {
        entries.put("logsource", Some(logsource(rule, losses)));
    }
    entries.0.extend(logic);
    entries.list("fields", meta.output_fields.iter().map(|field| field.field.clone()));
    entries.list("falsepositives", meta.false_positives.iter().cloned());
    entries.prose("level", meta.severity.map(|level| level.name().to_owned()).as_ref());
    for custom in rule.extras.iter().filter(|extra| is_custom(rule, &extra.key)) {
        entries.put(&custom.key, reread(&custom.text));
    }
    note_losses(rule, losses);
    entries.0
}

/// A rule that only serves a correlation.
pub(super) fn part(rule: &Rule, name: &str, title: &str, logic: (String, Yaml)) -> Vec<(String, Yaml)> {
    let mut entries = Entries(Vec::new());
    entries.prose("title", Some(&title.to_owned()));
    entries.prose("id", Some(&uuid_of(&format!("{}/{name}", key(rule)))));
    entries.prose("name", Some(&name.to_owned()));
    entries.prose("status", rule.meta.status.map(Status::name).map(str::to_owned).as_ref());
    entries.put("logsource", Some(logsource(rule, &mut Vec::new())));
    entries.0.push(logic);
    entries.0
}

struct Entries(Vec<(String, Yaml)>);

impl Entries {
    fn put(&mut self, key: &str, value: Option<Yaml>) {
        self.0.extend(value.map(|value| (key.to_owned(), value)));
    }

    fn prose(&mut self, key: &str, text: Option<&String>) {
        self.put(key, text.map(|text| Yaml::Prose(text.clone())));
    }

    /// Sigma's lists of texts hold each item once.
    fn list(&mut self, key: &str, items: impl Iterator<Item = String>) {
        let items: indexmap::IndexSet<String> = items.collect();
        let items: Vec<Yaml> = items.into_iter().map(Yaml::Prose).collect();
        self.put(key, (!items.is_empty()).then_some(Yaml::List(items)));
    }
}

/// The title, or where there is none the id.
pub(super) fn plain_title(rule: &Rule) -> String {
    let id = || rule.meta.id.as_ref().map_or_else(|| "Untitled rule".to_owned(), |id| id.value.clone());
    if rule.meta.title.is_empty() { id() } else { rule.meta.title.clone() }
}

fn title(rule: &Rule, losses: &mut Vec<Loss>) -> String {
    let title = plain_title(rule);
    if title.chars().count() <= MAX_TITLE {
        return title;
    }
    lose(losses, &code::METADATA, format!("the title is cut at {MAX_TITLE} characters"));
    title.chars().take(MAX_TITLE).collect()
}

/// What the rule is known by: its id, or else its title.
fn key(rule: &Rule) -> String {
    rule.meta.id.as_ref().map_or_else(|| rule.meta.title.clone(), |id| id.value.clone())
}

fn uuid_of(key: &str) -> String {
    Uuid::new_v5(&NAMESPACE, key.as_bytes()).to_string()
}

/// A UUID stays; of another id one is made, the same every time, and the description keeps the original.
fn id(rule: &Rule) -> Option<String> {
    let written = &rule.meta.id.as_ref()?.value;
    Some(if is_uuid(written) { written.clone() } else { uuid_of(written) })
}

fn is_uuid(id: &str) -> bool {
    Uuid::parse_str(id).is_ok()
}

fn description(rule: &Rule) -> Option<String> {
    let written = rule.meta.description.clone();
    let original = rule.meta.id.as_ref().map(|id| id.value.as_str()).filter(|id| !is_uuid(id));
    let Some(original) = original else { return written };
    let note = format!("Original rule id: {original}");
    Some(match written {
        Some(text) if !text.trim().is_empty() => format!("{}\n\n{note}", text.trim_end()),
        _ => note,
    })
}

/// A date as the specification wants it; a time after it is left off.
fn date(key: &str, text: Option<&str>, losses: &mut Vec<Loss>) -> Option<Yaml> {
    let text = text?.replace('/', "-");
    let day = text.get(..10).unwrap_or(&text);
    if day.parse::<jiff::civil::Date>().is_err() {
        lose(losses, &code::METADATA, format!("`{text}` is not a date, so the rule has no `{key}`"));
        return None;
    }
    Some(Yaml::Bare(day.to_owned()))
}

fn logsource(rule: &Rule, losses: &mut Vec<Loss>) -> Yaml {
    let DataSource { product, category, service, .. } = &rule.data_source;
    let mut entries = Entries(Vec::new());
    let value = |part: &Option<Spanned<String>>| part.as_ref().map(|part| part.value.clone());
    entries.prose("product", value(product).as_ref());
    entries.prose("category", value(category).as_ref());
    entries.prose("service", value(service).as_ref());
    if entries.0.is_empty() && rule.dialect != Dialect::Sigma {
        let message = "no Sigma log source is known for what the rule reads; map one";
        losses.push(Loss::new(&code::LOG_SOURCE_UNMAPPED, Effect::Unknown, message, Some(rule.origin)));
    }
    for extra in rule.extras.iter().filter(|_| rule.dialect == Dialect::Sigma) {
        if let Some(name) = extra.key.strip_prefix("logsource.") {
            entries.put(name, reread(&extra.text));
        }
    }
    Yaml::Map(entries.0)
}

/// A key of Sigma that was kept word for word.
pub(super) fn extra(rule: &Rule, key: &str) -> Option<Yaml> {
    let of_sigma = rule.dialect == Dialect::Sigma;
    let found = rule.extras.iter().find(|extra| extra.key == key).filter(|_| of_sigma)?;
    reread(&found.text)
}

/// A value from its text in a file. The first line has lost its indentation, so what follows is moved to where it stood.
fn reread(text: &str) -> Option<Yaml> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let rest = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let first = if text.starts_with("- ") {
        let dashes = rest().filter(|line| line.trim_start().starts_with("- ")).map(indent).min();
        dashes.or_else(|| rest().map(indent).min().map(|indent| indent.saturating_sub(2)))
    } else {
        rest().map(indent).min()
    };
    let padded = format!("{:width$}{text}", "", width = first.unwrap_or(0));
    let documents = parse_yaml(&padded, YamlVersion::V1_1);
    match documents.as_slice() {
        [only] if only.problems.is_empty() => Some(from_node(&only.root)),
        _ => None,
    }
}

fn lose(losses: &mut Vec<Loss>, code: &'static LossCode, message: impl Into<String>) {
    losses.push(Loss::new(code, Effect::Metadata, message, None));
}

/// What has no place in Sigma.
fn note_losses(rule: &Rule, losses: &mut Vec<Loss>) {
    let meta = &rule.meta;
    let mut dropped = |present: bool, code: &'static LossCode, what: &str| {
        if present {
            lose(losses, code, format!("Sigma has no place for {what}"));
        }
    };
    dropped(meta.note.is_some(), &code::METADATA, "the investigation guide or runbook");
    dropped(meta.setup.is_some(), &code::METADATA, "the setup instructions");
    let score =
        meta.risk_score.filter(|score| Some(*score) != meta.severity.map(|level| i64::from(level.risk_score())));
    dropped(score.is_some(), &code::METADATA, &format!("the risk score {}", score.unwrap_or_default()));
    dropped(meta.enabled == Some(false), &code::METADATA, "the fact that the rule is switched off");
    dropped(meta.building_block, &code::METADATA, "a rule whose alerts are not shown to people");
    dropped(meta.dedup.period.is_some() || !meta.dedup.fields.is_empty(), &code::METADATA, "merging of alerts");
    let schedule = &meta.schedule;
    dropped(schedule.look_back.is_some() || schedule.interval.is_some(), &code::SCHEDULE, "a schedule");
    dropped(!rule.tests.is_empty(), &code::TESTS, "tests; keep them in a file beside the rule");
    if let Some(count) = meta.alert_threshold.filter(|count| *count > 1) {
        let message = format!("the source alerts from the {count}th event of a group on, this rule at every event");
        losses.push(Loss::new(&code::THRESHOLD, Effect::Widened, message, None));
    }
    if let Some(license) = meta.license.as_ref().filter(|_| rule.dialect != Dialect::Sigma) {
        lose(losses, &code::LICENCE, format!("the rule stays under its licence, {license}"));
    }
    let extras: Vec<String> = rule.extras.iter().filter(|extra| !is_written(rule, &extra.key)).map(quote).collect();
    if !extras.is_empty() {
        lose(losses, &code::METADATA, format!("Sigma has no place for {}", extras.join(", ")));
    }
}

fn quote(extra: &crate::ir::NativeExtra) -> String {
    format!("`{}`", extra.key)
}

/// Whether a key that was kept word for word is written again.
fn is_written(rule: &Rule, key: &str) -> bool {
    let known = KEPT.contains(&key) || key.starts_with("logsource.") || key == "filter.rules" || is_custom(rule, key);
    known && extra(rule, key).is_some()
}

/// A key of the user's own at the top of a Sigma rule, which the specification allows.
fn is_custom(rule: &Rule, key: &str) -> bool {
    rule.dialect == Dialect::Sigma && !key.contains('.') && !KEPT.contains(&key)
}
