//! What `detc prove` prints.

use super::{VERSION, json, proof};
use crate::proof::{Counterexample, Proof, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// Whether two rules are equal.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc equality")]
pub struct ProveReport {
    pub version: u32,
    /// The first rule; `source` in the counter-example.
    pub left: String,
    /// The second rule; `target` in the counter-example.
    pub right: String,
    pub proof: Proof,
}

impl ProveReport {
    #[must_use]
    pub fn new(left: &str, right: &str, proof: Proof) -> Self {
        Self { version: VERSION, left: left.to_owned(), right: right.to_owned(), proof }
    }

    /// Whether no difference was found, and it was looked for.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        matches!(self.proof.verdict, Verdict::Proved | Verdict::Tested)
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }

    #[must_use]
    pub fn human(&self) -> String {
        let asked = super::plural(self.proof.witnesses, "event");
        let mut out = match self.proof.verdict {
            Verdict::Proved => "equal: proved for every event\n".to_owned(),
            Verdict::Tested => format!("equal: no difference on {asked}\n"),
            Verdict::Differs => "not equal\n".to_owned(),
            Verdict::NotRun => "not known\n".to_owned(),
        };
        if let Some(reason) = &self.proof.reason {
            let _ = writeln!(out, "    {reason}");
        }
        if let Some(example) = &self.proof.counterexample {
            example_lines(&mut out, example, &self.left, &self.right);
        }
        out
    }
}

pub(super) fn example_lines(out: &mut String, example: &Counterexample, left: &str, right: &str) {
    for (name, seen) in [(left, &example.source), (right, &example.target)] {
        let _ = writeln!(out, "    {name} {}", proof::seen(seen));
    }
}
