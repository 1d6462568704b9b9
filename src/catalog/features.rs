//! What of Elastic's rules which version of the stack takes, and what a type of rule cannot be without.
//!
//! The versions are those of Kibana's rule schemas, as elastic/detection-rules gates them; the required keys those of the detections
//! API.

use super::versions::Version;

/// A key of `[rule]` with the first stack that takes it.
struct Feature {
    /// The type of rule that it is of; empty for every type.
    kind: &'static str,
    key: &'static str,
    since: Version,
}

const fn of(kind: &'static str, key: &'static str, major: u32, minor: u32) -> Feature {
    Feature { kind, key, since: Version::new(major, minor, 0) }
}

const FEATURES: &[Feature] = &[
    of("", "related_integrations", 8, 3),
    of("", "required_fields", 8, 3),
    of("", "setup", 8, 3),
    of("", "revision", 8, 8),
    of("", "investigation_fields", 8, 11),
    of("query", "alert_suppression", 8, 8),
    of("saved_query", "alert_suppression", 8, 8),
    of("threshold", "alert_suppression", 8, 12),
    of("threat_match", "alert_suppression", 8, 13),
    of("eql", "alert_suppression", 8, 14),
    of("new_terms", "alert_suppression", 8, 14),
    of("esql", "alert_suppression", 8, 15),
    of("machine_learning", "alert_suppression", 8, 15),
    of("eql", "timestamp_field", 8, 0),
    of("eql", "event_category_override", 8, 0),
    of("eql", "tiebreaker_field", 8, 0),
    of("new_terms", "type", 8, 4),
    of("esql", "type", 8, 11),
];

/// `alert_suppression` in an EQL rule whose query is a sequence.
const SEQUENCE_SUPPRESSION: Version = Version::new(8, 18, 0);

/// A construct of a rule's logic that came with a later stack.
#[derive(Debug, Clone, Copy)]
pub struct Construct {
    /// What messages call it.
    pub name: &'static str,
    pub since: Version,
}

impl Construct {
    const fn new(name: &'static str, major: u32, minor: u32) -> Self {
        Self { name, since: Version::new(major, minor, 0) }
    }
}

/// In `new_terms`.
pub const SEVERAL_NEW_TERMS: Construct = Construct::new("more than one field of new terms", 8, 6);
/// In `threshold.field`.
pub const MANY_THRESHOLD_FIELDS: Construct = Construct::new("a threshold by more than three fields", 9, 2);
/// In `threat_mapping`.
pub const NEGATED_MAPPING: Construct = Construct::new("`negate` in a mapping", 9, 2);
pub const EQL_SAMPLE: Construct = Construct::new("`sample`", 8, 6);
pub const EQL_MISSING_EVENTS: Construct = Construct::new("a missing event (`![..]`)", 8, 9);

/// The first stack that takes a key in a type of rule; `None` where every stack does.
pub fn since(kind: &str, key: &str) -> Option<Version> {
    let fits = |feature: &&Feature| feature.key == key && (feature.kind.is_empty() || feature.kind == kind);
    FEATURES.iter().find(fits).map(|feature| feature.since)
}

/// As [`since`], for a rule whose logic is known: the alerts of a sequence can be merged (`alert_suppression`) later than those of other EQL.
pub fn since_with_logic(kind: &str, key: &str, is_sequence: bool) -> Option<Version> {
    let since = since(kind, key)?;
    Some(if is_sequence && key == "alert_suppression" { since.max(SEQUENCE_SUPPRESSION) } else { since })
}

/// The keys that Kibana asks of every rule.
pub const REQUIRED: &[&str] = &["name", "description", "risk_score", "severity", "type", "rule_id"];

/// The keys that Kibana asks of a type of rule besides.
pub fn required(kind: &str) -> &'static [&'static str] {
    match kind {
        "eql" | "esql" => &["query", "language"],
        "threshold" => &["query", "threshold"],
        "new_terms" => &["query", "new_terms"],
        "threat_match" => &["query", "threat_query", "threat_mapping", "threat_index"],
        "machine_learning" => &["anomaly_threshold", "machine_learning_job_id"],
        "saved_query" => &["saved_id"],
        _ => &[],
    }
}

/// The types of rules that have a key; `None` for a key of every type. The key `index` of other types is told by a lint of its own.
pub fn kinds_of(key: &str) -> Option<&'static [&'static str]> {
    Some(match key {
        "threshold" => &["threshold"],
        "new_terms" => &["new_terms"],
        "anomaly_threshold" | "machine_learning_job_id" => &["machine_learning"],
        "timestamp_field" | "event_category_override" | "tiebreaker_field" => &["eql"],
        "threat_mapping"
        | "threat_query"
        | "threat_language"
        | "threat_filters"
        | "threat_index"
        | "threat_indicator_path"
        | "concurrent_searches"
        | "items_per_search" => &["threat_match"],
        "saved_id" => &["query", "saved_query", "threshold", "threat_match"],
        "query" | "language" => &["query", "saved_query", "eql", "esql", "threshold", "threat_match", "new_terms"],
        "filters" | "data_view_id" => &["query", "saved_query", "eql", "threshold", "threat_match", "new_terms"],
        _ => return None,
    })
}

/// The languages that the query of a type of rule can be in; none for a type without a query.
pub fn languages_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "eql" => &["eql"],
        "esql" => &["esql"],
        "query" | "saved_query" | "threshold" | "threat_match" | "new_terms" => &["kuery", "lucene"],
        _ => &[],
    }
}

/// The first stacks that have a command of ES|QL, one for each line of releases: 9.0 is older than 8.19. Empty for what ES|QL always had
/// (the commands' pages of Elasticsearch's reference, previews counted).
pub fn esql_command(name: &str) -> &'static [Version] {
    const LATE: &[Version] = &[Version::new(8, 18, 0), Version::new(9, 0, 0)];
    const LATEST: &[Version] = &[Version::new(8, 19, 0), Version::new(9, 1, 0)];
    const FROM_9_1: &[Version] = &[Version::new(9, 1, 0)];
    const FROM_9_2: &[Version] = &[Version::new(9, 2, 0)];
    match name {
        "lookup join" => LATE,
        "change_point" | "completion" | "sample" => LATEST,
        "fork" => FROM_9_1,
        "fuse" | "inline stats" | "rerank" => FROM_9_2,
        _ => &[],
    }
}

/// Whether a stack has what came with these versions, one for each line of releases.
pub fn has(stack: Version, since: &[Version]) -> bool {
    let line = since.iter().find(|version| version.major == stack.major);
    line.map_or_else(|| since.iter().all(|version| version.major < stack.major), |version| stack >= *version)
}

/// Whether a key has no place in a type of rule, though it has one in others.
pub fn is_foreign(kind: &str, key: &str) -> bool {
    match key {
        "event_category_override" | "timestamp_field" | "tiebreaker_field" => kind != "eql",
        "index" | "data_view_id" | "filters" => matches!(kind, "esql" | "machine_learning"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_can_depend_on_the_type() {
        assert_eq!(since("query", "alert_suppression"), Some(Version::new(8, 8, 0)));
        assert_eq!(since("esql", "alert_suppression"), Some(Version::new(8, 15, 0)));
        assert_eq!(since("eql", "investigation_fields"), Some(Version::new(8, 11, 0)));
        assert_eq!(since("eql", "name"), None);
    }

    #[test]
    fn a_line_of_releases_has_its_own_first_version() {
        let has = |stack: &str, command| has(Version::parse(stack).unwrap(), esql_command(command));
        assert!(has("8.18", "lookup join") && has("9.0", "lookup join") && !has("8.17", "lookup join"));
        assert!(has("8.19", "change_point") && !has("9.0", "change_point") && has("9.1", "change_point"));
        assert!(!has("8.19", "inline stats") && has("9.2", "inline stats") && has("10.0", "inline stats"));
        assert!(has("8.11", "where"));
    }

    #[test]
    fn sequences_merge_alerts_later() {
        let since = |kind, is_sequence| since_with_logic(kind, "alert_suppression", is_sequence);
        assert_eq!(since("eql", false), Some(Version::new(8, 14, 0)));
        assert_eq!(since("eql", true), Some(Version::new(8, 18, 0)));
        assert_eq!(since("unknown", false), None);
        assert_eq!(since_with_logic("eql", "setup", true), Some(Version::new(8, 3, 0)));
    }
}
