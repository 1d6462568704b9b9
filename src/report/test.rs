//! The report of `detc test`.

use super::junit::{Case, CaseResult, document};
use super::markdown::{cell, code};
use super::{VERSION, json};
use crate::eval::TestStatus;
use crate::source::{Diagnostic, Level, Location};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// The whole report.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc test report")]
pub struct TestReport {
    pub version: u32,
    pub summary: TestSummary,
    pub tests: Vec<TestResult>,
}

/// How many tests ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TestSummary {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

/// One test.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TestResult {
    pub path: String,
    pub rule_id: Option<String>,
    pub name: String,
    /// `true` or `false` (fires or not), a number of alerts, or `">= n"`.
    pub expected: serde_json::Value,
    /// What happened, in the same terms; null for a skipped test.
    pub actual: serde_json::Value,
    pub status: TestStatus,
    pub reason: Option<String>,
}

impl TestReport {
    #[must_use]
    pub fn new(tests: Vec<TestResult>) -> Self {
        let count = |status| tests.iter().filter(|test| test.status == status).count();
        let summary = TestSummary {
            passed: count(TestStatus::Passed),
            failed: count(TestStatus::Failed),
            skipped: count(TestStatus::Skipped),
        };
        Self { version: VERSION, summary, tests }
    }

    /// For a terminal: what failed or was skipped, then the counts.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        for test in self.tests.iter().filter(|test| test.status != TestStatus::Passed) {
            let _ = writeln!(out, "{}", line(test));
        }
        let TestSummary { passed, failed, skipped } = self.summary;
        let _ = writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped");
        out
    }

    /// A case per test, a suite per file.
    #[must_use]
    pub fn junit(&self) -> String {
        let case = |test: &TestResult| Case {
            suite: test.path.clone(),
            name: test.name.clone(),
            result: match test.status {
                TestStatus::Passed => CaseResult::Passed,
                TestStatus::Failed => CaseResult::Failed(verdict(test), line(test)),
                TestStatus::Skipped => CaseResult::Skipped(test.reason.clone().unwrap_or_default()),
            },
        };
        document("detc test", &self.tests.iter().map(case).collect::<Vec<_>>())
    }

    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let told: Vec<&TestResult> = self.tests.iter().filter(|test| test.status != TestStatus::Passed).collect();
        if !told.is_empty() {
            out.push_str("| Path | Test | Result |\n| --- | --- | --- |\n");
        }
        for test in &told {
            let _ = writeln!(out, "| {} | {} | {} |", code(&test.path), cell(&test.name), cell(&verdict(test)));
        }
        let TestSummary { passed, failed, skipped } = self.summary;
        let gap = if told.is_empty() { "" } else { "\n" };
        let _ = writeln!(out, "{gap}{passed} passed, {failed} failed, {skipped} skipped");
        out
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }
}

impl TestResult {
    /// The test as a finding at its place: an error if it failed, a note if it was skipped, nothing if it passed.
    #[must_use]
    pub fn finding(&self, place: Location) -> Option<Diagnostic> {
        let level = match self.status {
            TestStatus::Passed => return None,
            TestStatus::Failed => Level::Error,
            TestStatus::Skipped => Level::Note,
        };
        let mut found = Diagnostic::new("failing-test", level, place, format!("{}: {}", self.name, verdict(self)));
        found.rule_id.clone_from(&self.rule_id);
        Some(found)
    }
}

fn line(test: &TestResult) -> String {
    format!("{}: {}: {}", test.path, test.name, verdict(test))
}

fn verdict(test: &TestResult) -> String {
    let reason = test.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    match test.status {
        TestStatus::Passed => "passed".to_owned(),
        TestStatus::Failed => format!("expected {}, got {}{reason}", test.expected, test.actual),
        TestStatus::Skipped => format!("skipped{reason}"),
    }
}
