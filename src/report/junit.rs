//! JUnit XML, as CI systems read it: a suite per file, a failed case per finding, one passed case for a clean run.

use super::{Findings, concise};
use std::fmt::Write;

/// A case of a suite.
pub(super) struct Case {
    pub(super) suite: String,
    pub(super) name: String,
    pub(super) result: CaseResult,
}

pub(super) enum CaseResult {
    Passed,
    /// Short message and the whole text.
    Failed(String, String),
    Skipped(String),
}

/// The findings as failed cases.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let mut cases: Vec<Case> = findings
        .findings
        .iter()
        .map(|finding| Case {
            suite: finding.file().path.clone(),
            name: {
                let (line, column) = finding.start();
                format!("{} {line}:{column}", finding.diagnostic.lint)
            },
            result: CaseResult::Failed(finding.diagnostic.message.clone(), concise::line(finding)),
        })
        .collect();
    if cases.is_empty() {
        cases.push(Case { suite: "lint".to_owned(), name: "no findings".to_owned(), result: CaseResult::Passed });
    }
    document("detc lint", &cases)
}

/// A whole document. Neighbouring cases of one suite are written together.
pub(super) fn document(name: &str, cases: &[Case]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (failed, skipped) = count(cases);
    let _ = writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">",
        escape(name),
        cases.len()
    );
    for suite in cases.chunk_by(|left, right| left.suite == right.suite) {
        write_suite(&mut out, suite);
    }
    out.push_str("</testsuites>\n");
    out
}

fn count(cases: &[Case]) -> (usize, usize) {
    let failed = cases.iter().filter(|case| matches!(case.result, CaseResult::Failed(..))).count();
    let skipped = cases.iter().filter(|case| matches!(case.result, CaseResult::Skipped(_))).count();
    (failed, skipped)
}

fn write_suite(out: &mut String, cases: &[Case]) {
    let name = cases.first().map_or("", |case| case.suite.as_str());
    let (failed, skipped) = count(cases);
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">",
        escape(name),
        cases.len()
    );
    for case in cases {
        let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", escape(&case.suite), escape(&case.name));
        match &case.result {
            CaseResult::Passed => out.push_str("/>\n"),
            CaseResult::Failed(message, text) => {
                let (message, text) = (escape(message), escape(text));
                let _ = writeln!(out, ">\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>");
            }
            CaseResult::Skipped(reason) => {
                let _ = writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escape(reason));
            }
        }
    }
    out.push_str("  </testsuite>\n");
}

/// XML 1.0 text: markup escaped, and the control characters that XML cannot hold at all shown as U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' | '\r' => {
                let _ = write!(out, "&#{};", c as u32);
            }
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(escape("a<b & \"c\"\n\u{1b}[0m"), "a&lt;b &amp; &quot;c&quot;&#10;\u{fffd}[0m");
    }
}
