//! The tables, as data.

use super::{Form, Key, Kind};

const ANY_INTEGER: Kind = Kind::Integer(i64::MIN, i64::MAX);
const POSITIVE: Kind = Kind::Integer(1, i64::MAX);
const DATE: Kind = Kind::Form(Form::Date);
const NOT_EMPTY: Kind = Kind::Form(Form::NotEmpty);
const SEVERITIES: &[&str] = &["low", "medium", "high", "critical"];
const LANGUAGES: &[&str] = &["eql", "esql", "kuery", "lucene"];
const FRAMEWORKS: &[&str] = &["MITRE ATT&CK", "MITRE ATLAS"];
const NAMESPACES: &[&str] = &["single", "agnostic"];
const LIST_TYPES: &[&str] = &["detection", "endpoint", "rule_default"];
const SYSTEMS: &[&str] = &["windows", "linux", "macos"];

const fn shared(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, shared: true, needed: false }
}

const fn extra(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, shared: false, needed: false }
}

/// A key that its table cannot be without.
const fn needed(key: Key) -> Key {
    Key { needed: true, ..key }
}

/// A rule file.
pub(in crate::frontend::elastic) const TOP: &[Key] = &[
    shared("metadata", Kind::Table(METADATA)),
    shared("rule", Kind::Table(RULE)),
    extra("transform", Kind::Table(TRANSFORM)),
];

const METADATA: &[Key] = &[
    shared("creation_date", DATE),
    shared("updated_date", DATE),
    shared("integration", Kind::TextOrTexts),
    shared("maturity", Kind::OneOf(&["development", "experimental", "beta", "production", "deprecated"])),
    extra("deprecation_date", DATE),
    extra("deprecated_reason", Kind::Text),
    extra("bypass_bbr_timing", Kind::Boolean),
    extra("comments", Kind::Text),
    extra("min_stack_version", Kind::Form(Form::Version)),
    extra("min_stack_comments", Kind::Text),
    extra("os_type_list", Kind::AnyOf(SYSTEMS)),
    extra("query_schema_validation", Kind::Boolean),
    extra("related_endpoint_rules", Kind::Any),
    extra("promotion", Kind::Boolean),
    extra("extended", Kind::OpenTable),
];

const RULE: &[Key] = &[
    shared("name", Kind::Text),
    shared("author", Kind::Texts),
    shared("description", Kind::Text),
    shared("risk_score", Kind::Integer(0, 100)),
    shared("rule_id", Kind::Form(Form::Uuid)),
    shared("severity", Kind::OneOf(SEVERITIES)),
    shared("type", Kind::OneOf(TYPES)),
    shared("from", Kind::Text),
    shared("interval", Kind::Form(Form::Interval)),
    shared("enabled", Kind::Boolean),
    shared("license", Kind::Text),
    shared("note", Kind::Text),
    shared("setup", Kind::Text),
    shared("references", Kind::Texts),
    shared("false_positives", Kind::Texts),
    shared("tags", Kind::Texts),
    shared("threat", Kind::Tables(THREAT)),
    shared("building_block_type", Kind::OneOf(&["default"])),
    shared("investigation_fields", Kind::Table(&[needed(shared("field_names", Kind::SomeTexts))])),
    shared("query", Kind::Text),
    shared("language", Kind::OneOf(LANGUAGES)),
    shared("index", Kind::Texts),
    shared("filters", Kind::OpenTables),
    shared("threshold", Kind::Table(THRESHOLD)),
    shared("new_terms", Kind::Table(NEW_TERMS)),
    shared("threat_mapping", Kind::Tables(&[needed(shared("entries", Kind::Tables(MAPPING_ENTRY)))])),
    shared("threat_query", Kind::Text),
    shared("threat_language", Kind::OneOf(LANGUAGES)),
    shared("threat_filters", Kind::OpenTables),
    shared("event_category_override", Kind::Text),
    extra("threat_index", Kind::Texts),
    extra("threat_indicator_path", Kind::Text),
    extra("concurrent_searches", POSITIVE),
    extra("items_per_search", POSITIVE),
    extra("to", Kind::Form(Form::Moment)),
    extra("max_signals", POSITIVE),
    extra("meta", Kind::OpenTable),
    extra("actions", Kind::OpenTables),
    extra("response_actions", Kind::OpenTables),
    extra("exceptions_list", Kind::Tables(EXCEPTION_REFERENCE)),
    extra("throttle", Kind::Text),
    extra("threat_mappings", Kind::Tables(VERSIONED_THREAT)),
    extra("timeline_id", Kind::Text),
    extra("timeline_title", Kind::Text),
    extra("timestamp_override", Kind::Text),
    extra("timestamp_field", Kind::Text),
    extra("tiebreaker_field", Kind::Text),
    extra("rule_name_override", Kind::Text),
    extra("risk_score_mapping", Kind::Tables(RISK_SCORE_MAPPING)),
    extra("severity_mapping", Kind::Tables(SEVERITY_MAPPING)),
    extra("related_integrations", Kind::Tables(RELATED_INTEGRATION)),
    extra("required_fields", Kind::Tables(REQUIRED_FIELD)),
    extra("revision", ANY_INTEGER),
    extra("version", POSITIVE),
    extra("data_view_id", Kind::Text),
    extra("saved_id", Kind::Text),
    extra("alert_suppression", Kind::Table(SUPPRESSION)),
    extra("anomaly_threshold", Kind::Integer(0, 100)),
    extra("machine_learning_job_id", Kind::TextOrTexts),
];

const TYPES: &[&str] =
    &["query", "saved_query", "eql", "esql", "machine_learning", "threshold", "threat_match", "new_terms"];

const THREAT: &[Key] = &[
    needed(shared("framework", Kind::OneOf(FRAMEWORKS))),
    needed(shared("tactic", Kind::Table(TACTIC))),
    shared("technique", Kind::Tables(TECHNIQUE)),
];

const TACTIC: &[Key] =
    &[needed(shared("id", Kind::Text)), needed(shared("name", Kind::Text)), needed(shared("reference", Kind::Text))];

const TECHNIQUE: &[Key] = &[
    needed(shared("id", Kind::Text)),
    needed(shared("name", Kind::Text)),
    needed(shared("reference", Kind::Text)),
    shared("subtechnique", Kind::Tables(TACTIC)),
];

const VERSIONED_THREAT: &[Key] = &[
    needed(extra("framework", Kind::OneOf(FRAMEWORKS))),
    needed(extra("version", Kind::Text)),
    needed(extra("threat", Kind::Tables(THREAT))),
];

const THRESHOLD: &[Key] = &[
    needed(shared("field", Kind::TextOrTexts)),
    needed(shared("value", POSITIVE)),
    shared("cardinality", Kind::Tables(&[needed(shared("field", Kind::Text)), needed(shared("value", POSITIVE))])),
];

const NEW_TERMS: &[Key] = &[
    needed(shared("field", Kind::OneOf(&["new_terms_fields"]))),
    needed(shared("value", Kind::Texts)),
    needed(shared(
        "history_window_start",
        Kind::Tables(&[
            needed(shared("field", Kind::OneOf(&["history_window_start"]))),
            needed(shared("value", Kind::Text)),
        ]),
    )),
];

const MAPPING_ENTRY: &[Key] = &[
    needed(shared("field", NOT_EMPTY)),
    needed(shared("type", Kind::OneOf(&["mapping"]))),
    needed(shared("value", NOT_EMPTY)),
    shared("negate", Kind::Boolean),
];

const SUPPRESSION: &[Key] = &[
    extra("group_by", Kind::Texts),
    extra("duration", Kind::Table(DURATION)),
    extra("missing_fields_strategy", Kind::OneOf(&["suppress", "doNotSuppress"])),
];

const DURATION: &[Key] = &[needed(extra("unit", Kind::OneOf(&["s", "m", "h"]))), needed(extra("value", POSITIVE))];

const RISK_SCORE_MAPPING: &[Key] = &[
    needed(extra("field", Kind::Text)),
    needed(extra("operator", Kind::OneOf(&["equals"]))),
    extra("value", Kind::Text),
    extra("risk_score", Kind::Integer(0, 100)),
];

const SEVERITY_MAPPING: &[Key] = &[
    needed(extra("field", Kind::Text)),
    needed(extra("operator", Kind::OneOf(&["equals"]))),
    needed(extra("value", Kind::Text)),
    needed(extra("severity", Kind::OneOf(SEVERITIES))),
];

const RELATED_INTEGRATION: &[Key] =
    &[needed(extra("package", NOT_EMPTY)), needed(extra("version", NOT_EMPTY)), extra("integration", NOT_EMPTY)];

const REQUIRED_FIELD: &[Key] =
    &[needed(extra("name", NOT_EMPTY)), needed(extra("type", NOT_EMPTY)), extra("ecs", Kind::Boolean)];

const EXCEPTION_REFERENCE: &[Key] = &[
    needed(extra("id", Kind::Text)),
    needed(extra("list_id", NOT_EMPTY)),
    needed(extra("namespace_type", Kind::OneOf(NAMESPACES))),
    needed(extra("type", Kind::OneOf(LIST_TYPES))),
];

/// Osquery queries and investigation searches that the guide shows.
const TRANSFORM: &[Key] = &[extra("osquery", Kind::Tables(OSQUERY)), extra("investigate", Kind::Tables(INVESTIGATE))];

const OSQUERY: &[Key] =
    &[needed(extra("label", Kind::Text)), needed(extra("query", Kind::Text)), extra("ecs_mapping", Kind::OpenTable)];

const INVESTIGATE: &[Key] = &[
    needed(extra("label", Kind::Text)),
    extra("description", Kind::Text),
    needed(extra("providers", Kind::ListsOfTables(PROVIDER))),
    extra("relativeFrom", Kind::Text),
    extra("relativeTo", Kind::Text),
];

/// A part of an investigation's search.
const PROVIDER: &[Key] = &[
    extra("excluded", Kind::Boolean),
    needed(extra("field", Kind::Text)),
    needed(extra("queryType", Kind::OneOf(&["phrase", "range"]))),
    extra("value", Kind::Any),
    needed(extra("valueType", Kind::OneOf(&["string", "boolean"]))),
];

/// A hunt (`[hunt]`).
pub(in crate::frontend::elastic) const HUNT: &[Key] = &[
    shared("author", Kind::Text),
    shared("description", Kind::Text),
    shared("integration", Kind::TextOrTexts),
    shared("uuid", Kind::Form(Form::Uuid)),
    shared("name", Kind::Text),
    shared("language", Kind::TextOrTexts),
    shared("license", Kind::Text),
    shared("query", Kind::TextOrTexts),
    shared("notes", Kind::Texts),
    shared("mitre", Kind::Texts),
    shared("references", Kind::Texts),
];

/// A file of exception lists (`[[exceptions]]`).
pub(in crate::frontend::elastic) const EXCEPTIONS: &[Key] =
    &[extra("metadata", Kind::Table(EXCEPTIONS_METADATA)), shared("exceptions", Kind::Tables(EXCEPTION))];

const EXCEPTIONS_METADATA: &[Key] = &[
    extra("creation_date", DATE),
    extra("updated_date", DATE),
    extra("deprecation_date", DATE),
    extra("list_name", Kind::Text),
    extra("rule_ids", Kind::Texts),
    extra("rule_names", Kind::Texts),
    extra("comments", Kind::Text),
    extra("maturity", Kind::Text),
];

const EXCEPTION: &[Key] =
    &[shared("container", Kind::Table(EXCEPTION_LIST)), shared("items", Kind::Tables(EXCEPTION_ITEM))];

const EXCEPTION_LIST: &[Key] = &[
    needed(extra("name", Kind::Text)),
    needed(extra("description", Kind::Text)),
    needed(extra("list_id", NOT_EMPTY)),
    extra("namespace_type", Kind::OneOf(NAMESPACES)),
    needed(extra("type", Kind::OneOf(LIST_TYPES))),
    extra("tags", Kind::Texts),
    extra("meta", Kind::OpenTable),
];

const EXCEPTION_ITEM: &[Key] = &[
    needed(shared("name", Kind::Text)),
    needed(shared("description", Kind::Text)),
    needed(shared("list_id", NOT_EMPTY)),
    shared("item_id", NOT_EMPTY),
    needed(shared("entries", Kind::Tables(EXCEPTION_ENTRY))),
    extra("namespace_type", Kind::OneOf(NAMESPACES)),
    needed(extra("type", Kind::OneOf(&["simple"]))),
    extra("comments", Kind::Any),
    extra("expire_time", Kind::Text),
    extra("tags", Kind::Texts),
    extra("_tags", Kind::Texts),
    extra("os_types", Kind::AnyOf(SYSTEMS)),
    extra("meta", Kind::OpenTable),
];

const EXCEPTION_ENTRY: &[Key] = &[
    needed(shared("field", NOT_EMPTY)),
    needed(shared("type", Kind::OneOf(&["match", "match_any", "exists", "list", "wildcard", "nested"]))),
    shared("operator", Kind::OneOf(&["included", "excluded"])),
    shared("value", Kind::TextOrTexts),
    shared("list", Kind::OpenTable),
    shared("entries", Kind::Tables(NESTED_ENTRY)),
];

const NESTED_ENTRY: &[Key] = &[
    needed(shared("field", NOT_EMPTY)),
    needed(shared("type", Kind::OneOf(&["match", "match_any", "exists"]))),
    shared("operator", Kind::OneOf(&["included", "excluded"])),
    shared("value", Kind::TextOrTexts),
];
