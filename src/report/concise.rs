//! One line per finding: `path:line:col: level[lint]: message`.

use super::{Finding, Findings};
use std::fmt::Write;

/// All findings, a line each.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let mut out = String::new();
    for finding in &findings.findings {
        out.push_str(&line(finding));
        out.push('\n');
    }
    out
}

/// The line of one finding, without its end. Control characters, line breaks among them, become spaces.
#[must_use]
pub fn line(finding: &Finding<'_>) -> String {
    let (line, column) = finding.start();
    let diagnostic = finding.diagnostic;
    let mut out = format!("{}:{line}:{column}: ", finding.file().path);
    let _ = write!(out, "{}[{}]: ", diagnostic.level.name(), diagnostic.lint);
    out.push_str(&diagnostic.message);
    out.replace(|c: char| c.is_ascii_control(), " ")
}
