//! The AnalysisTypes, and which of their keys the rule model holds. Their schemas are in `schema`.

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rule,
    ScheduledRule,
    Policy,
    CorrelationRule,
    DataModel,
    Global,
    LookupTable,
    Pack,
    ScheduledQuery,
    SavedQuery,
    ScheduledPrompt,
}

impl Kind {
    pub(super) const ALL: [Self; 11] = [
        Self::Rule,
        Self::ScheduledRule,
        Self::Policy,
        Self::CorrelationRule,
        Self::DataModel,
        Self::Global,
        Self::LookupTable,
        Self::Pack,
        Self::ScheduledQuery,
        Self::SavedQuery,
        Self::ScheduledPrompt,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::ScheduledRule => "scheduled_rule",
            Self::Policy => "policy",
            Self::CorrelationRule => "correlation_rule",
            Self::DataModel => "datamodel",
            Self::Global => "global",
            Self::LookupTable => "lookup_table",
            Self::Pack => "pack",
            Self::ScheduledQuery => "scheduled_query",
            Self::SavedQuery => "saved_query",
            Self::ScheduledPrompt => "scheduled_prompt",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The key of the item's name.
    pub(super) fn id_key(self) -> &'static str {
        match self {
            Self::Rule | Self::ScheduledRule | Self::CorrelationRule => "RuleID",
            Self::Policy => "PolicyID",
            Self::DataModel => "DataModelID",
            Self::Global => "GlobalID",
            Self::LookupTable => "LookupName",
            Self::Pack => "PackID",
            Self::ScheduledQuery | Self::SavedQuery => "QueryName",
            Self::ScheduledPrompt => "PromptName",
        }
    }
}

pub(super) const QUERY_KEYS: [&str; 4] = ["Query", "SnowflakeQuery", "AthenaQuery", "DatabricksQuery"];

/// Keys whose whole meaning is in the IR's shared terms.
const MODELLED: &[&str] = &[
    "AnalysisType",
    "CreateAlert",
    "DedupPeriodMinutes",
    "Description",
    "DisplayName",
    "Enabled",
    "Filename",
    "LogTypes",
    "Reference",
    "ResourceTypes",
    "Runbook",
    "ScheduledQueries",
    "Severity",
    "Status",
    "SummaryAttributes",
    "Tags",
    "Tests",
    "Threshold",
];

/// Whether a key's whole meaning is in the IR's shared terms; the others are kept word for word. Of `Reports` only the ATT&CK part has
/// a term.
pub(super) fn is_modelled(kind: Kind, key: &str) -> bool {
    let query = matches!(kind, Kind::ScheduledQuery | Kind::SavedQuery) && QUERY_KEYS.contains(&key);
    let data_model = kind == Kind::DataModel && key == "Filename";
    key == kind.id_key() || query || (MODELLED.contains(&key) && !data_model)
}
