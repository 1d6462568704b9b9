//! The keys of an Elastic rule file, with the type that each takes (detection-rules' schema; reference: elastic.md section 2).

/// The type that a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Texts,
    TextOrTexts,
    Integer,
    Boolean,
    Table,
    Tables,
    /// A table or a list of tables or anything else: Kibana's own structures.
    Any,
}

/// A known key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether the IR has a term for it. The others are kept word for word.
    pub(super) shared: bool,
}

const fn shared(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, shared: true }
}

const fn extra(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, shared: false }
}

/// The tables of a rule file.
pub(super) const TOP: &[Key] = &[
    shared("metadata", Kind::Table),
    shared("rule", Kind::Table),
    extra("transform", Kind::Table),
    extra("repository", Kind::Table),
];

pub(super) const METADATA: &[Key] = &[
    shared("creation_date", Kind::Text),
    shared("updated_date", Kind::Text),
    shared("integration", Kind::TextOrTexts),
    shared("maturity", Kind::Text),
    extra("deprecation_date", Kind::Text),
    extra("deprecated_reason", Kind::Text),
    extra("bypass_bbr_timing", Kind::Boolean),
    extra("comments", Kind::Text),
    extra("min_stack_version", Kind::Text),
    extra("min_stack_comments", Kind::Text),
    extra("os_type_list", Kind::Texts),
    extra("query_schema_validation", Kind::Boolean),
    extra("related_endpoint_rules", Kind::Any),
    extra("promotion", Kind::Boolean),
    extra("extended", Kind::Table),
];

pub(super) const RULE: &[Key] = &[
    shared("name", Kind::Text),
    shared("author", Kind::Texts),
    shared("description", Kind::Text),
    shared("risk_score", Kind::Integer),
    shared("rule_id", Kind::Text),
    shared("severity", Kind::Text),
    shared("type", Kind::Text),
    shared("from", Kind::Text),
    shared("interval", Kind::Text),
    shared("enabled", Kind::Boolean),
    shared("license", Kind::Text),
    shared("note", Kind::Text),
    shared("setup", Kind::Text),
    shared("references", Kind::Texts),
    shared("false_positives", Kind::Texts),
    shared("tags", Kind::Texts),
    shared("threat", Kind::Tables),
    shared("building_block_type", Kind::Text),
    shared("investigation_fields", Kind::Table),
    shared("query", Kind::Text),
    shared("language", Kind::Text),
    shared("index", Kind::Texts),
    shared("filters", Kind::Tables),
    shared("threshold", Kind::Table),
    shared("new_terms", Kind::Table),
    shared("threat_mapping", Kind::Tables),
    shared("threat_query", Kind::Text),
    shared("threat_language", Kind::Text),
    shared("threat_filters", Kind::Tables),
    shared("event_category_override", Kind::Text),
    extra("threat_index", Kind::Texts),
    extra("threat_indicator_path", Kind::Text),
    extra("concurrent_searches", Kind::Integer),
    extra("items_per_search", Kind::Integer),
    extra("to", Kind::Text),
    extra("max_signals", Kind::Integer),
    extra("meta", Kind::Table),
    extra("actions", Kind::Tables),
    extra("response_actions", Kind::Tables),
    extra("exceptions_list", Kind::Tables),
    extra("throttle", Kind::Text),
    extra("threat_mappings", Kind::Tables),
    extra("timeline_id", Kind::Text),
    extra("timeline_title", Kind::Text),
    extra("timestamp_override", Kind::Text),
    extra("timestamp_field", Kind::Text),
    extra("tiebreaker_field", Kind::Text),
    extra("rule_name_override", Kind::Text),
    extra("risk_score_mapping", Kind::Tables),
    extra("severity_mapping", Kind::Tables),
    extra("related_integrations", Kind::Tables),
    extra("required_fields", Kind::Tables),
    extra("revision", Kind::Integer),
    extra("version", Kind::Integer),
    extra("data_view_id", Kind::Text),
    extra("saved_id", Kind::Text),
    extra("alert_suppression", Kind::Table),
    extra("anomaly_threshold", Kind::Integer),
    extra("machine_learning_job_id", Kind::TextOrTexts),
];

pub(super) const HUNT: &[Key] = &[
    shared("author", Kind::Text),
    shared("description", Kind::Text),
    shared("integration", Kind::TextOrTexts),
    shared("uuid", Kind::Text),
    shared("name", Kind::Text),
    shared("language", Kind::TextOrTexts),
    shared("license", Kind::Text),
    shared("query", Kind::TextOrTexts),
    shared("notes", Kind::Texts),
    shared("mitre", Kind::Texts),
    shared("references", Kind::Texts),
];

pub(super) const THREAT: &[Key] =
    &[shared("framework", Kind::Text), shared("tactic", Kind::Table), shared("technique", Kind::Tables)];

pub(super) const TACTIC: &[Key] =
    &[shared("id", Kind::Text), shared("name", Kind::Text), shared("reference", Kind::Text)];

pub(super) const TECHNIQUE: &[Key] = &[
    shared("id", Kind::Text),
    shared("name", Kind::Text),
    shared("reference", Kind::Text),
    shared("subtechnique", Kind::Tables),
];

pub(super) const THRESHOLD: &[Key] =
    &[shared("field", Kind::TextOrTexts), shared("value", Kind::Integer), shared("cardinality", Kind::Tables)];

pub(super) const CARDINALITY: &[Key] = &[shared("field", Kind::Text), shared("value", Kind::Integer)];

pub(super) const NEW_TERMS: &[Key] =
    &[shared("field", Kind::Text), shared("value", Kind::Texts), shared("history_window_start", Kind::Tables)];

pub(super) const HISTORY: &[Key] = &[shared("field", Kind::Text), shared("value", Kind::Text)];

pub(super) const MAPPING: &[Key] = &[shared("entries", Kind::Tables)];

pub(super) const MAPPING_ENTRY: &[Key] = &[
    shared("field", Kind::Text),
    shared("type", Kind::Text),
    shared("value", Kind::Text),
    shared("negate", Kind::Boolean),
];

pub(super) const INVESTIGATION: &[Key] = &[shared("field_names", Kind::Texts)];

/// The known key most like `name`, if one is like it at all.
pub(super) fn nearest(keys: &'static [Key], name: &str) -> Option<&'static str> {
    keys.iter()
        .map(|key| (strsim::jaro_winkler(name, key.name), key.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
