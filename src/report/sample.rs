//! What `detc synth` prints: a JSON line per sample.

use crate::ir::Rule;
use crate::proof::Sample;
use schemars::JsonSchema;
use serde::Serialize;

/// Events made for a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc sample")]
pub struct SampleLine {
    pub rule_id: Option<String>,
    pub title: String,
    /// Whether the rule fires on them.
    pub fires: bool,
    /// What they are there for.
    pub about: String,
    /// One event, or the stream that a rule over several looks at.
    pub events: Vec<serde_json::Value>,
}

impl SampleLine {
    #[must_use]
    pub fn new(rule: &Rule, sample: Sample) -> Self {
        Self {
            rule_id: rule.meta.id.as_ref().map(|id| id.value.clone()),
            title: rule.meta.title.clone(),
            fires: sample.fires,
            about: sample.about,
            events: sample.events,
        }
    }

    /// The sample as one line of JSON, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        // String keys and finite numbers: serialising cannot fail.
        serde_json::to_string(self).map(|line| line + "\n").unwrap_or_default()
    }
}
