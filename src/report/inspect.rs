//! What `detc inspect` tells about a rule: its condition, its indicators, and what each target would make of it.

use super::markdown::{cell, code};
use super::{Indicator, VERSION, indicators, json};
use crate::backend::Status;
use crate::ir::{Dialect, ExprId, Logic, Pipe, Rule, Step, display_expr, display_term};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// The whole report: one entry per rule and per file that cannot be read.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc inspect report")]
pub struct InspectReport {
    pub version: u32,
    pub rules: Vec<InspectedRule>,
}

/// One rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InspectedRule {
    pub path: String,
    pub id: Option<String>,
    pub title: Option<String>,
    pub dialect: Option<Dialect>,
    /// Panther's AnalysisType; else `rule`, `correlation`, `filter`, `hunt`. Null when the file cannot be read.
    pub kind: Option<String>,
    /// `event`, `sequence`, `sample`, `threshold`, `new_terms`, `indicator`, `temporal`, `group`, `pipeline`, `opaque`, or
    /// `unreadable`.
    pub logic: String,
    /// How many holes the condition has.
    pub opaque_parts: usize,
    pub opaque_reason: Option<String>,
    pub condition: Option<String>,
    pub indicators: Vec<ReportedIndicator>,
    pub output_fields: Vec<ReportedOutput>,
    /// What a conversion to each target would end as.
    pub targets: BTreeMap<String, Status>,
}

/// What the rule tests, with how many of the inspected rules test the same.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReportedIndicator {
    pub field: String,
    pub op: super::IndicatorOp,
    pub values: Vec<serde_json::Value>,
    pub negated: bool,
    pub corpus_count: usize,
}

/// A field that alerts carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportedOutput {
    pub field: String,
    pub source: String,
}

impl InspectedRule {
    /// The entry of a rule. `corpus_count` is 1 until [`InspectReport::new`] counts.
    #[must_use]
    pub fn of(path: &str, rule: &Rule, targets: BTreeMap<String, Status>) -> Self {
        Self {
            path: path.to_owned(),
            id: rule.meta.id.as_ref().map(|id| id.value.clone()),
            title: Some(rule.meta.title.clone()),
            dialect: Some(rule.dialect),
            kind: Some(rule.kind.to_owned()),
            logic: rule.logic.name().to_owned(),
            opaque_parts: rule.opaque_parts(),
            opaque_reason: rule.opaque_reason(),
            condition: Some(condition(rule)),
            indicators: indicators(rule).into_iter().map(ReportedIndicator::once).collect(),
            output_fields: rule
                .meta
                .output_fields
                .iter()
                .map(|output| ReportedOutput {
                    field: output.field.clone(),
                    source: output.source.clone().unwrap_or_else(|| output.field.clone()),
                })
                .collect(),
            targets,
        }
    }

    /// The entry of a file that cannot be read, with the reason.
    #[must_use]
    pub fn unreadable(path: &str, dialect: Option<Dialect>, reason: &str) -> Self {
        Self {
            path: path.to_owned(),
            id: None,
            title: None,
            dialect,
            kind: None,
            logic: "unreadable".to_owned(),
            opaque_parts: 0,
            opaque_reason: Some(reason.to_owned()),
            condition: None,
            indicators: Vec::new(),
            output_fields: Vec::new(),
            targets: BTreeMap::new(),
        }
    }
}

impl ReportedIndicator {
    fn once(indicator: Indicator) -> Self {
        let Indicator { field, op, values, negated } = indicator;
        Self { field, op, values, negated, corpus_count: 1 }
    }

    /// What makes two rules share it: everything but the order of the values.
    fn key(&self) -> (String, super::IndicatorOp, Vec<String>, bool) {
        let mut values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        values.sort_unstable();
        (self.field.clone(), self.op, values, self.negated)
    }
}

impl InspectReport {
    /// The report, with every indicator's `corpus_count` set.
    #[must_use]
    pub fn new(mut rules: Vec<InspectedRule>) -> Self {
        let mut counts = std::collections::HashMap::new();
        for rule in &rules {
            let keys: std::collections::HashSet<_> = rule.indicators.iter().map(ReportedIndicator::key).collect();
            for key in keys {
                *counts.entry(key).or_insert(0) += 1;
            }
        }
        for indicator in rules.iter_mut().flat_map(|rule| &mut rule.indicators) {
            indicator.corpus_count = counts.get(&indicator.key()).copied().unwrap_or(1);
        }
        Self { version: VERSION, rules }
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }

    /// For a terminal: a block per rule.
    #[must_use]
    pub fn human(&self) -> String {
        let blocks: Vec<String> = self.rules.iter().map(block).collect();
        blocks.join("\n")
    }
}

impl InspectReport {
    /// A line per rule: `path: logic: title; eql exact, ..`.
    #[must_use]
    pub fn concise(&self) -> String {
        let line = |rule: &InspectedRule| {
            let title = rule.title.as_deref().or(rule.opaque_reason.as_deref()).unwrap_or_default();
            let holes = if rule.opaque_parts > 0 { format!(" ({} opaque)", rule.opaque_parts) } else { String::new() };
            let line = format!("{}: {}{holes}: {title}; {}", rule.path, rule.logic, targets_line(rule));
            line.trim_end_matches([';', ' ']).replace(|c: char| c.is_ascii_control(), " ") + "\n"
        };
        self.rules.iter().map(line).collect()
    }

    /// A table of the rules.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("| Rule | Path | Logic | Condition | Targets |\n| --- | --- | --- | --- | --- |\n");
        for rule in &self.rules {
            let title = cell(rule.title.as_deref().unwrap_or("(unreadable)"));
            let text = rule.condition.as_deref().map(code);
            let text = text.unwrap_or_else(|| cell(rule.opaque_reason.as_deref().unwrap_or_default()));
            let (path, targets) = (code(&rule.path), cell(&targets_line(rule)));
            let _ = writeln!(out, "| {title} | {path} | {} | {text} | {targets} |", rule.logic);
        }
        out
    }
}

fn targets_line(rule: &InspectedRule) -> String {
    let targets: Vec<String> = rule.targets.iter().map(|(name, status)| format!("{name} {}", status.name())).collect();
    targets.join(", ")
}

fn block(rule: &InspectedRule) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", rule.path, rule.title.as_deref().unwrap_or("(unreadable)"));
    let _ = writeln!(out, "  logic: {}", rule.logic);
    if let Some(condition) = &rule.condition {
        let _ = writeln!(out, "  condition: {}", condition.replace('\n', "\n    "));
    }
    if let Some(reason) = &rule.opaque_reason {
        let _ = writeln!(out, "  not understood ({}): {reason}", rule.opaque_parts);
    }
    if !rule.indicators.is_empty() {
        out.push_str("  indicators:\n");
        rule.indicators.iter().for_each(|indicator| indicator_line(&mut out, indicator));
    }
    if !rule.output_fields.is_empty() {
        out.push_str("  output fields:\n");
        for output in &rule.output_fields {
            let _ = writeln!(out, "    {} from {}", output.field, output.source);
        }
    }
    if !rule.targets.is_empty() {
        let _ = writeln!(out, "  targets: {}", targets_line(rule));
    }
    out
}

fn indicator_line(out: &mut String, indicator: &ReportedIndicator) {
    let not = if indicator.negated { "not " } else { "" };
    let values: Vec<String> = indicator.values.iter().map(ToString::to_string).collect();
    let shared =
        if indicator.corpus_count > 1 { format!("  ({} rules)", indicator.corpus_count) } else { String::new() };
    let line = format!("    {not}{} {} {}", indicator.field, indicator.op.name(), values.join(", "));
    let _ = writeln!(out, "{}{shared}", line.trim_end());
}

/// The rule's logic as people read it: one line for single events, a line per step or stage for the rest.
fn condition(rule: &Rule) -> String {
    let show = |id: ExprId| display_expr(&rule.pool, id);
    let mut text = match rule.logic.source() {
        Logic::Event(filter) => show(*filter),
        Logic::Sequence(sequence) => {
            let keys: Vec<String> = sequence.by.iter().map(|key| display_term(&rule.pool, &key.term)).collect();
            let span = sequence.max_span.map_or(String::new(), |span| format!(" within {}", duration(span)));
            let steps = steps(&sequence.steps, &show);
            let until =
                sequence.until.as_ref().map_or(String::new(), |step| format!("\nuntil [{}]", show(step.filter)));
            format!("sequence by {}{span}{steps}{until}", keys.join(", "))
        }
        Logic::Sample(sample) => {
            let keys: Vec<String> = sample.by.iter().map(|key| display_term(&rule.pool, &key.term)).collect();
            format!("sample by {}{}", keys.join(", "), steps(&sample.steps, &show))
        }
        Logic::Pipeline(pipeline) => super::stages::text(&pipeline.stages, &rule.pool),
        Logic::Opaque(opaque) => opaque.text.clone(),
        other => {
            let roots: Vec<String> = other.roots().into_iter().map(show).collect();
            roots.join("\n")
        }
    };
    for pipe in rule.logic.pipes() {
        let _ = write!(text, "\n| {}", pipe_text(rule, pipe));
    }
    for exclusion in &rule.exclusions {
        let _ = write!(text, "\nexcept {}: {}", exclusion.name, show(exclusion.condition));
    }
    text
}

fn pipe_text(rule: &Rule, pipe: &Pipe) -> String {
    let name = pipe.name();
    match pipe {
        Pipe::Head(count) | Pipe::Tail(count) => format!("{name} {count}"),
        Pipe::Filter(condition) => format!("{name} {}", display_expr(&rule.pool, *condition)),
        Pipe::Unique(keys) | Pipe::Sort(keys) | Pipe::Count(keys) | Pipe::UniqueCount(keys) => {
            let terms: Vec<String> = keys.terms.iter().map(|term| display_term(&rule.pool, term)).collect();
            format!("{name} {}", terms.join(", ")).trim_end().to_owned()
        }
    }
}

fn steps(steps: &[Step], show: &impl Fn(ExprId) -> String) -> String {
    steps.iter().fold(String::new(), |mut out, step| {
        let runs = if step.runs > 1 { format!(" with runs={}", step.runs) } else { String::new() };
        let _ = write!(out, "\n{}[{}]{runs}", if step.missing { "!" } else { "" }, show(step.filter));
        out
    })
}

/// `12h`, `90s`: the largest unit that divides it.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match [(86_400, "d"), (3_600, "h"), (60, "m")]
        .into_iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit))
    {
        Some((unit, name)) => format!("{}{name}", seconds / unit),
        None if duration.subsec_millis() > 0 => format!("{}ms", duration.as_millis()),
        None => format!("{seconds}s"),
    }
}
