//! What `detc eval` prints: a JSON line per alert.

use schemars::JsonSchema;
use serde::Serialize;

/// An alert.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "detc alert")]
pub struct Alert {
    pub rule_id: Option<String>,
    pub title: String,
    /// The rule's severity: `informational`, `low`, `medium`, `high`, `critical`; null when the rule has none.
    pub level: Option<String>,
    /// When the alert is raised, in event time (ISO 8601); null when the events have no time.
    pub time: Option<String>,
    pub events: Vec<AlertEvent>,
    /// The group's keys and values; empty for a rule without groups.
    pub group: serde_json::Map<String, serde_json::Value>,
}

/// An event that the alert is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AlertEvent {
    /// The line of the input that it stood in, from 1; for an array its place in it.
    pub line: u64,
    pub event: serde_json::Value,
}

impl Alert {
    /// The alert as one line of JSON, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        // String keys and finite numbers: serialising cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
