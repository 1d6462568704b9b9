//! The report of `detc convert`: what became of every rule, and what was lost.

use super::junit::{Case, CaseResult, document};
use super::markdown::{cell, code};
use super::{Range, VERSION, json};
use crate::backend::{Conversion, Status};
use crate::fidelity::{Effect, Loss};
use crate::ir::{Dialect, Rule};
use crate::source::{Diagnostic, Level, Unit};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// The whole report, one entry per rule in the input.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc conversion report")]
pub struct ConvertReport {
    pub version: u32,
    pub target: String,
    pub summary: ConvertSummary,
    pub rules: Vec<ConvertedRule>,
}

/// How many rules ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConvertSummary {
    pub exact: usize,
    pub metadata: usize,
    pub widened: usize,
    pub narrowed: usize,
    pub unknown: usize,
    pub refused: usize,
    pub failed: usize,
}

/// The names of [`Status`] in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusName {
    Exact,
    Metadata,
    Widened,
    Narrowed,
    Unknown,
    Refused,
    Failed,
}

/// The names of [`Dialect`] in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DialectName {
    Sigma,
    Elastic,
    Panther,
    Query,
}

/// What became of one rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConvertedRule {
    pub path: String,
    pub id: Option<String>,
    pub title: Option<String>,
    /// Null for a file of which not even the dialect is known.
    pub dialect: Option<DialectName>,
    pub status: StatusName,
    pub losses: Vec<ReportedLoss>,
    /// Filled by `--prove`.
    pub proof: Option<Proof>,
    /// The files that were written; on standard output none.
    pub outputs: Vec<String>,
    /// Why an Elastic rule is in this language; for people.
    #[serde(skip)]
    pub choice: Option<String>,
}

/// One thing that the target does not keep.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReportedLoss {
    pub code: String,
    pub effect: Effect,
    pub message: String,
    pub span: Option<Range>,
}

/// What `--prove` found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Proof {
    pub verdict: ProofVerdict,
    pub witnesses: u64,
    pub counterexample: Option<serde_json::Value>,
    pub reason: Option<String>,
    pub assumes: Vec<String>,
}

/// How far the claim goes (DESIGN section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofVerdict {
    Proved,
    Tested,
    Differs,
    NotRun,
}

impl From<Status> for StatusName {
    fn from(status: Status) -> Self {
        match status {
            Status::Exact => Self::Exact,
            Status::Metadata => Self::Metadata,
            Status::Widened => Self::Widened,
            Status::Narrowed => Self::Narrowed,
            Status::Unknown => Self::Unknown,
            Status::Refused => Self::Refused,
            Status::Failed => Self::Failed,
        }
    }
}

impl StatusName {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Metadata => "metadata",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl From<Dialect> for DialectName {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sigma => Self::Sigma,
            Dialect::Elastic => Self::Elastic,
            Dialect::Panther => Self::Panther,
            Dialect::Query => Self::Query,
        }
    }
}

impl ConvertSummary {
    fn add(&mut self, status: StatusName) {
        match status {
            StatusName::Exact => self.exact += 1,
            StatusName::Metadata => self.metadata += 1,
            StatusName::Widened => self.widened += 1,
            StatusName::Narrowed => self.narrowed += 1,
            StatusName::Unknown => self.unknown += 1,
            StatusName::Refused => self.refused += 1,
            StatusName::Failed => self.failed += 1,
        }
    }

    fn parts(self) -> [(usize, &'static str); 7] {
        [
            (self.exact, "exact"),
            (self.metadata, "metadata"),
            (self.widened, "widened"),
            (self.narrowed, "narrowed"),
            (self.unknown, "unknown"),
            (self.refused, "refused"),
            (self.failed, "failed"),
        ]
    }
}

impl ConvertedRule {
    /// The entry of a rule that was converted or refused.
    #[must_use]
    pub fn of(unit: &Unit, rule: &Rule, conversion: &Conversion, outputs: Vec<String>) -> Self {
        Self {
            path: unit.main().path.clone(),
            id: rule.meta.id.as_ref().map(|id| id.value.clone()),
            title: Some(rule.meta.title.clone()),
            dialect: Some(rule.dialect.into()),
            status: conversion.status.into(),
            losses: conversion.losses.iter().map(|loss| reported(unit, loss)).collect(),
            proof: None,
            outputs,
            choice: conversion.choice.clone(),
        }
    }

    /// The entry of a file or rule that could not be read.
    #[must_use]
    pub fn failed(path: &str, dialect: Option<Dialect>, id: Option<String>) -> Self {
        Self {
            path: path.to_owned(),
            id,
            title: None,
            dialect: dialect.map(Into::into),
            status: StatusName::Failed,
            losses: Vec::new(),
            proof: None,
            outputs: Vec::new(),
            choice: None,
        }
    }
}

fn reported(unit: &Unit, loss: &Loss) -> ReportedLoss {
    ReportedLoss {
        code: loss.code.id.to_owned(),
        effect: loss.effect,
        message: loss.message.clone(),
        span: loss.origin.map(|origin| Range::of(unit, origin)),
    }
}

/// The losses of a conversion as findings: what refused the rule is an error, a change of alerts a warning, and lost text
/// about the rule a note.
#[must_use]
pub fn loss_findings(rule: &Rule, conversion: &Conversion) -> Vec<Diagnostic> {
    let refused = conversion.status == Status::Refused;
    let only_metadata = conversion.losses.iter().all(|loss| loss.effect == Effect::Metadata);
    let level = |loss: &Loss| match (refused, loss.effect) {
        (true, effect) if only_metadata || effect != Effect::Metadata => Level::Error,
        (_, Effect::Metadata) => Level::Note,
        _ => Level::Warning,
    };
    let finding = |loss: &Loss| {
        let place = loss.origin.unwrap_or(rule.origin);
        let message = format!("{} ({}): {}", loss.code.id, loss.effect.name(), loss.message);
        let mut found = Diagnostic::new(loss.code.name, level(loss), place, message);
        found.rule_id = rule.meta.id.as_ref().map(|id| id.value.clone());
        found
    };
    conversion.losses.iter().map(finding).collect()
}

impl ConvertReport {
    /// The report over all rules, in the order of the input.
    #[must_use]
    pub fn new(target: &str, rules: Vec<ConvertedRule>) -> Self {
        let mut summary = ConvertSummary::default();
        rules.iter().for_each(|rule| summary.add(rule.status));
        Self { version: VERSION, target: target.to_owned(), summary, rules }
    }

    /// `12 rules to eql: 10 exact, 2 refused`
    #[must_use]
    pub fn summary_line(&self) -> String {
        let parts: Vec<String> = self
            .summary
            .parts()
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        let counts = if parts.is_empty() { "nothing to convert".to_owned() } else { parts.join(", ") };
        format!("{} to {}: {counts}", super::plural(self.rules.len(), "rule"), self.target)
    }

    /// For a terminal: every rule with a loss or a choice to explain, then the summary.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        let is_told = |rule: &&ConvertedRule| rule.status != StatusName::Exact || rule.choice.is_some();
        for rule in self.rules.iter().filter(is_told) {
            let title = rule.title.as_deref().unwrap_or_default();
            let line = format!("{}: {} {title}", rule.path, rule.status.name());
            let _ = writeln!(out, "{}", line.trim_end());
            for loss in &rule.losses {
                let _ = writeln!(out, "    {}", loss_line(loss));
            }
            if let Some(choice) = &rule.choice {
                let _ = writeln!(out, "    {choice}");
            }
        }
        let _ = writeln!(out, "{}", self.summary_line());
        out
    }

    /// A table of the rules and a line of counts.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("| Rule | Path | Status | Losses |\n| --- | --- | --- | --- |\n");
        for rule in &self.rules {
            let losses = rule
                .losses
                .iter()
                .map(|loss| format!("{} {}: {}", code(&loss.code), loss.effect.name(), cell(&loss.message)));
            let losses: Vec<String> = losses.chain(rule.choice.as_deref().map(cell)).collect();
            let title = rule.title.as_deref().or(rule.id.as_deref()).unwrap_or_default();
            let status = rule.status.name();
            let _ = writeln!(out, "| {} | {} | {status} | {} |", cell(title), code(&rule.path), losses.join("<br>"));
        }
        let _ = writeln!(out, "\n{}", self.summary_line());
        out
    }

    /// A case per rule, a suite per file: refused and unreadable rules are failures.
    #[must_use]
    pub fn junit(&self) -> String {
        let case = |rule: &ConvertedRule| Case {
            suite: rule.path.clone(),
            name: rule.title.clone().or_else(|| rule.id.clone()).unwrap_or_else(|| "(unreadable)".to_owned()),
            result: match rule.status {
                StatusName::Refused | StatusName::Failed => {
                    let losses: Vec<String> = rule.losses.iter().map(loss_line).collect();
                    CaseResult::Failed(rule.status.name().to_owned(), losses.join("\n"))
                }
                _ => CaseResult::Passed,
            },
        };
        document("detc convert", &self.rules.iter().map(case).collect::<Vec<_>>())
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }
}

fn loss_line(loss: &ReportedLoss) -> String {
    let place = loss.span.map_or(String::new(), |span| format!("{}:{} ", span.start.line, span.start.column));
    format!("{place}{} {}: {}", loss.code, loss.effect.name(), loss.message)
}
