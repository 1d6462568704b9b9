//! What a rule says about itself.

use crate::source::{Location, Spanned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How bad an alert is. Elastic has no informational level, Panther calls it `Info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Elastic's risk score for the level.
    pub fn risk_score(self) -> u8 {
        match self {
            Self::Informational | Self::Low => 21,
            Self::Medium => 47,
            Self::High => 73,
            Self::Critical => 99,
        }
    }

    /// The level of a name in any dialect, in any case (`info`, `informational`, `High`).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "info" | "informational" => Some(Self::Informational),
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}

/// How far a rule's life has come. Whether it is switched on is another matter ([`Meta::enabled`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Experimental,
    Test,
    Stable,
    Deprecated,
    Unsupported,
}

impl Status {
    /// As Sigma writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Experimental => "experimental",
            Self::Test => "test",
            Self::Stable => "stable",
            Self::Deprecated => "deprecated",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A reference to ATT&CK. A tactic id alone does not say which version it means (TA0005 changed its meaning in v19).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttackRef {
    /// `TA0003`
    pub tactic: Option<Spanned<String>>,
    /// `T1556` or `T1556.006`
    pub technique: Option<Spanned<String>>,
    /// The names as written, when the dialect has them.
    pub tactic_name: Option<Spanned<String>>,
    pub technique_name: Option<Spanned<String>>,
    /// Whether tactic and technique were written as a pair. Sigma's tags are flat: each stands alone.
    pub paired: bool,
}

/// When a scheduled rule looks at what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule {
    pub look_back: Option<Duration>,
    pub interval: Option<Duration>,
    /// Where they are written.
    pub look_back_at: Option<Location>,
    pub interval_at: Option<Location>,
}

/// How alerts of the same kind are merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dedup {
    pub period: Option<Duration>,
    pub fields: Vec<String>,
}

/// A field that an alert carries out, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputField {
    pub field: String,
    /// The source's name when it differs.
    pub source: Option<String>,
    /// A function of the rule gives it out (Panther's `alert_context`), it is in no list.
    pub by_code: bool,
}

impl OutputField {
    /// A field of a list, under the source's own name.
    pub fn named(field: impl Into<String>) -> Self {
        Self { field: field.into(), source: None, by_code: false }
    }
}

/// Metadata in the terms that the dialects share. What only one of them has stays in the rule's native extras.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meta {
    /// As written: a UUID in Sigma and Elastic, free text in Panther.
    pub id: Option<Spanned<String>>,
    /// Sigma's `name`, by which correlations refer to a rule.
    pub name: Option<String>,
    pub title: String,
    pub description: Option<String>,
    pub severity: Option<Severity>,
    pub risk_score: Option<i64>,
    pub status: Option<Status>,
    pub enabled: Option<bool>,
    /// Alerts are not shown to people (Elastic building block, Panther `CreateAlert: false`).
    pub building_block: bool,
    pub authors: Vec<String>,
    /// ISO dates.
    pub created: Option<String>,
    pub updated: Option<String>,
    pub references: Vec<String>,
    pub false_positives: Vec<String>,
    pub tags: Vec<Spanned<String>>,
    pub attack: Vec<AttackRef>,
    /// The version of ATT&CK that they are in (`19.1`), once a conversion has decided it; rules do not say.
    pub attack_version: Option<&'static str>,
    pub license: Option<String>,
    /// Investigation guide or runbook, as Markdown or text.
    pub note: Option<String>,
    pub setup: Option<String>,
    pub schedule: Schedule,
    pub dedup: Dedup,
    /// Alert once this many events of a group were seen (Panther `Threshold`); 1 if not said.
    pub alert_threshold: Option<u32>,
    pub output_fields: Vec<OutputField>,
    /// Whether the rules that a Sigma correlation refers to alert by themselves too (`generate`); not, if it is not said.
    pub generate: Option<bool>,
}

/// What a rule reads, in the terms of all dialects; empty where its dialect does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataSource {
    /// Sigma's `logsource`.
    pub product: Option<Spanned<String>>,
    pub category: Option<Spanned<String>>,
    pub service: Option<Spanned<String>>,
    /// Elastic's index patterns.
    pub indices: Vec<Spanned<String>>,
    /// Elastic's integrations (`metadata.integration`).
    pub integrations: Vec<Spanned<String>>,
    /// Datasets that the query names (`okta.system`).
    pub datasets: Vec<String>,
    /// Patterns of datasets (`aws.*`) that parts of the query are limited to, such as the steps of a sequence.
    pub scopes: Vec<Vec<String>>,
    /// Panther's log or resource types.
    pub log_types: Vec<Spanned<String>>,
    /// Panther's scheduled queries.
    pub queries: Vec<Spanned<String>>,
}

impl DataSource {
    /// Sigma's product, category and service, `""` for what is not named.
    pub fn sigma_parts(&self) -> [&str; 3] {
        [&self.product, &self.category, &self.service]
            .map(|part| part.as_ref().map_or("", |named| named.value.as_str()))
    }
}
