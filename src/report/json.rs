//! `detc lint --format json`: the contract of DESIGN section 7, version 1.

use super::{Finding, Findings, Range, VERSION};
use crate::source::{Applicability, Fix, Level, Location, Unit};
use schemars::JsonSchema;
use serde::Serialize;

/// The whole report.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc lint report")]
pub struct LintReport {
    pub version: u32,
    pub summary: LintSummary,
    pub diagnostics: Vec<JsonDiagnostic>,
}

/// What was looked at and what was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LintSummary {
    pub files: usize,
    pub rules: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
}

/// A finding. `span` is null when there is no text to point at (a file that cannot be read).
#[derive(Debug, Serialize, JsonSchema)]
pub struct JsonDiagnostic {
    pub lint: String,
    pub level: Level,
    pub message: String,
    pub help: Option<String>,
    /// The file that `span` lies in: the rule file or a companion.
    pub path: String,
    pub rule_id: Option<String>,
    pub span: Option<Range>,
    pub fix: Option<JsonFix>,
}

/// Edits of the rule file that remove the finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JsonFix {
    pub applicability: Applicability,
    pub edits: Vec<JsonEdit>,
}

/// The text of `span` is replaced.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JsonEdit {
    pub span: Range,
    pub replacement: String,
}

impl LintReport {
    #[must_use]
    pub fn of(findings: &Findings<'_>) -> Self {
        Self {
            version: VERSION,
            summary: LintSummary {
                files: findings.files,
                rules: findings.rules,
                errors: findings.count(Level::Error),
                warnings: findings.count(Level::Warning),
                notes: findings.count(Level::Note),
            },
            diagnostics: findings.findings.iter().map(diagnostic).collect(),
        }
    }
}

fn diagnostic(finding: &Finding<'_>) -> JsonDiagnostic {
    let diagnostic = finding.diagnostic;
    JsonDiagnostic {
        lint: diagnostic.lint.to_owned(),
        level: diagnostic.level,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        path: finding.file().path.clone(),
        rule_id: diagnostic.rule_id.clone(),
        span: finding.has_text().then(|| Range::of(finding.unit, diagnostic.location)),
        fix: diagnostic.fix.as_ref().map(|found| fix(finding.unit, found)),
    }
}

fn fix(unit: &Unit, fix: &Fix) -> JsonFix {
    JsonFix {
        applicability: fix.applicability,
        edits: fix
            .edits
            .iter()
            .map(|edit| JsonEdit {
                span: Range::of(unit, Location::main(edit.span)),
                replacement: edit.replacement.clone(),
            })
            .collect(),
    }
}

/// Any of the reports as indented JSON with a final line break.
#[must_use]
pub fn render<T: Serialize>(report: &T) -> String {
    // The reports' maps have string keys and finite numbers, so serialising them cannot fail.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
