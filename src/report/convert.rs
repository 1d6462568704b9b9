//! The report of `detc convert`: what became of every rule, and what was lost.

use super::junit::{Case, CaseResult, document};
use super::markdown::{cell, code};
use super::{Range, VERSION, json};
use crate::backend::{Conversion, Status};
use crate::fidelity::{Effect, Loss};
use crate::ir::{Dialect, Rule};
use crate::proof;
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
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Proof {
    pub verdict: ProofVerdict,
    /// The events, or streams of events, that both rules were asked about.
    pub witnesses: u64,
    pub counterexample: Option<Counterexample>,
    /// Why it was not run; or what the witnesses leave open.
    pub reason: Option<String>,
    /// What the verdict rests on: it holds for events that keep to this.
    pub assumes: Vec<String>,
}

/// Events that show a difference that no loss explains, in each rule's own world.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Counterexample {
    /// What the events were made for.
    pub found_by: String,
    pub source: Seen,
    pub target: Seen,
}

/// The events as one rule sees them, and what it says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Seen {
    pub events: Vec<serde_json::Value>,
    pub fires: bool,
    /// The part of the condition that decides, when a part does.
    pub because: Option<String>,
}

/// How far the claim goes (DESIGN section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofVerdict {
    /// It holds for every event.
    Proved,
    /// It holds for every witness.
    Tested,
    Differs,
    NotRun,
}

impl ProofVerdict {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Tested => "tested",
            Self::Differs => "differs",
            Self::NotRun => "not run",
        }
    }
}

impl From<proof::Proof> for Proof {
    fn from(found: proof::Proof) -> Self {
        Self {
            verdict: match found.verdict {
                proof::Verdict::Proved => ProofVerdict::Proved,
                proof::Verdict::Tested => ProofVerdict::Tested,
                proof::Verdict::Differs => ProofVerdict::Differs,
                proof::Verdict::NotRun => ProofVerdict::NotRun,
            },
            witnesses: u64::try_from(found.witnesses).unwrap_or(u64::MAX),
            counterexample: found.counterexample.map(Into::into),
            reason: found.reason,
            assumes: found.assumes,
        }
    }
}

impl Proof {
    /// `differs: ..` with the events on both sides, a line each.
    fn lines(&self) -> Vec<String> {
        let reason = self.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
        let asked = super::plural(self.witnesses.try_into().unwrap_or(usize::MAX), "event");
        let mut lines = vec![format!("{} ({asked}){reason}", self.verdict.name())];
        if let Some(example) = &self.counterexample {
            lines.push(format!("  found by {}", example.found_by));
            lines.push(format!("  the source {}", example.source.line()));
            lines.push(format!("  the target {}", example.target.line()));
        }
        lines
    }
}

impl From<proof::Counterexample> for Counterexample {
    fn from(example: proof::Counterexample) -> Self {
        let seen = |seen: proof::Seen| Seen { events: seen.events, fires: seen.fires, because: seen.because };
        Self { found_by: example.found_by, source: seen(example.source), target: seen(example.target) }
    }
}

impl Seen {
    /// `fires on {..} because ..`
    pub(super) fn line(&self) -> String {
        let events: Vec<String> = self.events.iter().map(ToString::to_string).collect();
        let says = if self.fires { "fires on" } else { "does not fire on" };
        let because = self.because.as_deref().map_or(String::new(), |because| format!(" because {because}"));
        format!("{says} {}{because}", events.join(" "))
    }
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
    pub fn of(unit: &Unit, rule: &Rule, conversion: &Conversion, proof: Option<Proof>, outputs: Vec<String>) -> Self {
        Self {
            path: unit.main().path.clone(),
            id: rule.meta.id.as_ref().map(|id| id.value.clone()),
            title: Some(rule.meta.title.clone()),
            dialect: Some(rule.dialect.into()),
            status: conversion.status.into(),
            losses: conversion.losses.iter().map(|loss| reported(unit, loss)).collect(),
            proof,
            outputs,
            choice: conversion.choice.clone(),
        }
    }

    /// Whether an event was found that its losses do not explain.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.verdict == ProofVerdict::Differs)
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

    /// `proofs: 10 tested, 1 differs`; `None` without any.
    #[must_use]
    pub fn proof_line(&self) -> Option<String> {
        let count = |verdict: ProofVerdict| {
            self.rules.iter().filter(|rule| rule.proof.as_ref().is_some_and(|proof| proof.verdict == verdict)).count()
        };
        let all = [ProofVerdict::Proved, ProofVerdict::Tested, ProofVerdict::Differs, ProofVerdict::NotRun];
        let parts = all.into_iter().map(|verdict| (count(verdict), verdict)).filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, verdict)| format!("{count} {}", verdict.name())).collect();
        (!parts.is_empty()).then(|| format!("proofs: {}", parts.join(", ")))
    }

    /// For a terminal: every rule with a loss or a choice to explain, then the summary.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        for rule in &self.rules {
            let told = rule.proof.iter().filter(|proof| proof.verdict >= ProofVerdict::Differs);
            let proof: Vec<String> = told.flat_map(Proof::lines).collect();
            if rule.status == StatusName::Exact && rule.choice.is_none() && proof.is_empty() {
                continue;
            }
            let title = rule.title.as_deref().unwrap_or_default();
            let line = format!("{}: {} {title}", rule.path, rule.status.name());
            let _ = writeln!(out, "{}", line.trim_end());
            for line in rule.losses.iter().map(loss_line).chain(proof) {
                let _ = writeln!(out, "    {line}");
            }
            if let Some(choice) = &rule.choice {
                let _ = writeln!(out, "    {choice}");
            }
        }
        for line in std::iter::once(self.summary_line()).chain(self.proof_line()) {
            let _ = writeln!(out, "{line}");
        }
        out
    }

    /// A table of the rules and a line of counts.
    #[must_use]
    pub fn markdown(&self) -> String {
        let proofs = self.proof_line();
        let (title, rule) = if proofs.is_some() { (" Proof |", " --- |") } else { ("", "") };
        let mut out = format!("| Rule | Path | Status | Losses |{title}\n| --- | --- | --- | --- |{rule}\n");
        for rule in &self.rules {
            let losses = rule
                .losses
                .iter()
                .map(|loss| format!("{} {}: {}", code(&loss.code), loss.effect.name(), cell(&loss.message)));
            let losses: Vec<String> = losses.chain(rule.choice.as_deref().map(cell)).collect();
            let title = rule.title.as_deref().or(rule.id.as_deref()).unwrap_or_default();
            let status = rule.status.name();
            let proof = match &rule.proof {
                Some(proof) => format!(" {} |", cell(&proof.lines().join(" "))),
                None if proofs.is_some() => " |".to_owned(),
                None => String::new(),
            };
            let losses = losses.join("<br>");
            let _ = writeln!(out, "| {} | {} | {status} | {losses} |{proof}", cell(title), code(&rule.path));
        }
        for line in std::iter::once(self.summary_line()).chain(proofs) {
            let _ = writeln!(out, "\n{line}");
        }
        out
    }

    /// A case per rule, a suite per file: refused and unreadable rules are failures.
    #[must_use]
    pub fn junit(&self) -> String {
        let case = |rule: &ConvertedRule| Case {
            suite: rule.path.clone(),
            name: rule.title.clone().or_else(|| rule.id.clone()).unwrap_or_else(|| "(unreadable)".to_owned()),
            result: match rule.status {
                _ if rule.differs() => {
                    let lines: Vec<String> = rule.proof.iter().flat_map(Proof::lines).collect();
                    CaseResult::Failed("differs".to_owned(), lines.join("\n"))
                }
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
