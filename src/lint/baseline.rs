//! Known findings: the JSON of an earlier `detc lint --format json`.

use crate::source::{Diagnostic, Unit};
use serde::Deserialize;
use std::collections::HashMap;

/// Findings that are known, by lint, file, rule and message, each with its number: lines may move.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    known: HashMap<Key, usize>,
}

type Key = (String, String, Option<String>, String);

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error("not a report of `detc lint --format json`: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the report has version {0}, and this program reads version 1")]
    Version(u64),
}

#[derive(Deserialize)]
struct Report {
    version: u64,
    diagnostics: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    lint: String,
    path: String,
    rule_id: Option<String>,
    message: String,
}

impl Baseline {
    /// Reads the text of a report.
    ///
    /// # Errors
    /// When it is not JSON of the report's shape, or of another version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let report: Report = serde_json::from_str(text)?;
        if report.version != 1 {
            return Err(BaselineError::Version(report.version));
        }
        let mut baseline = Self::default();
        for known in report.diagnostics {
            *baseline.known.entry((known.lint, known.path, known.rule_id, known.message)).or_insert(0) += 1;
        }
        Ok(baseline)
    }

    /// Whether the finding is known; each known one is used up once.
    pub fn take(&mut self, unit: &Unit, diagnostic: &Diagnostic) -> bool {
        let path = unit.file(diagnostic.location.source).path.clone();
        let key = (diagnostic.lint.to_owned(), path, diagnostic.rule_id.clone(), diagnostic.message.clone());
        match self.known.get_mut(&key) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Level, Location, SourceFile, Span};

    #[test]
    fn a_known_finding_is_taken_once_wherever_it_stands() {
        let text =
            r#"{"version":1,"diagnostics":[{"lint":"x","path":"a.yml","rule_id":null,"message":"m","span":null}]}"#;
        let mut baseline = Baseline::parse(text).unwrap();
        let unit = Unit::new(SourceFile::new("a.yml", "abc"));
        let finding = Diagnostic::new("x", Level::Error, Location::main(Span::new(1, 2)), "m");
        assert!(baseline.take(&unit, &finding));
        assert!(!baseline.take(&unit, &finding));
        assert!(Baseline::parse(r#"{"version":2,"diagnostics":[]}"#).is_err());
    }
}
