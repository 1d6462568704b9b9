//! The report of `detc convert`: what became of every rule, and what was lost.

use super::junit::{Case, CaseResult, document};
use super::markdown::{cell, code};
use super::{Range, VERSION, json, proof};
use crate::backend::{Conversion, Status};
use crate::fidelity::{Effect, Loss};
use crate::ir::{Dialect, Rule};
use crate::proof::{Proof, Verdict};
use crate::source::{Diagnostic, Level, Unit};
use rayon::prelude::*;
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

/// What became of one rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConvertedRule {
    pub path: String,
    pub id: Option<String>,
    pub title: Option<String>,
    /// Null for a file of which not even the dialect is known.
    pub dialect: Option<Dialect>,
    pub status: Status,
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

impl ConvertSummary {
    fn add(&mut self, status: Status) {
        match status {
            Status::Exact => self.exact += 1,
            Status::Metadata => self.metadata += 1,
            Status::Widened => self.widened += 1,
            Status::Narrowed => self.narrowed += 1,
            Status::Unknown => self.unknown += 1,
            Status::Refused => self.refused += 1,
            Status::Failed => self.failed += 1,
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
            dialect: Some(rule.dialect),
            status: conversion.status,
            losses: conversion.losses.iter().map(|loss| reported(unit, loss)).collect(),
            proof,
            outputs,
            choice: conversion.choice.clone(),
        }
    }

    /// Whether an event was found that its losses do not explain.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.verdict == Verdict::Differs)
    }

    /// The entry of a file or rule that could not be read.
    #[must_use]
    pub fn failed(path: &str, dialect: Option<Dialect>, id: Option<String>) -> Self {
        Self {
            path: path.to_owned(),
            id,
            title: None,
            dialect,
            status: Status::Failed,
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
        let count = |verdict: Verdict| {
            self.rules.iter().filter(|rule| rule.proof.as_ref().is_some_and(|proof| proof.verdict == verdict)).count()
        };
        let all = [Verdict::Proved, Verdict::Tested, Verdict::Differs, Verdict::NotRun];
        let parts = all.into_iter().map(|verdict| (count(verdict), verdict)).filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, verdict)| format!("{count} {}", verdict.name())).collect();
        (!parts.is_empty()).then(|| format!("proofs: {}", parts.join(", ")))
    }

    /// For a terminal: every rule with a loss or a choice to explain, then the summary.
    #[must_use]
    pub fn human(&self) -> String {
        let rules: Vec<String> = self.rules.par_iter().map(told).collect();
        let mut out = rules.concat();
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
                Some(proof) => format!(" {} |", cell(&proof::lines(proof).join(" "))),
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
                    let lines: Vec<String> = rule.proof.iter().flat_map(proof::lines).collect();
                    CaseResult::Failed("differs".to_owned(), lines.join("\n"))
                }
                Status::Refused | Status::Failed => {
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

/// What a terminal shows of a rule: nothing of an exact one without a choice or a proof to explain.
fn told(rule: &ConvertedRule) -> String {
    let mut out = String::new();
    let proof = rule.proof.iter().filter(|proof| proof.verdict <= Verdict::NotRun);
    let proof: Vec<String> = proof.flat_map(proof::lines).collect();
    if rule.status == Status::Exact && rule.choice.is_none() && proof.is_empty() {
        return out;
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
    out
}

fn loss_line(loss: &ReportedLoss) -> String {
    let place = loss.span.map_or(String::new(), |span| format!("{}:{} ", span.start.line, span.start.column));
    format!("{place}{} {}: {}", loss.code, loss.effect.name(), loss.message)
}
