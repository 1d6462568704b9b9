//! The keys of every AnalysisType (panther_analysis_tool 1.11.1, `schemas.py`; reference: panther.md section 2).

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

    /// The keys that the schema allows, `AnalysisType` and the id apart.
    fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::Rule | Self::ScheduledRule => RULE,
            Self::Policy => POLICY,
            Self::CorrelationRule => CORRELATION,
            Self::DataModel => &["Enabled", "LogTypes", "Mappings", "DisplayName", "Filename"],
            Self::Global => &["Filename", "Description", "Tags"],
            Self::LookupTable => LOOKUP,
            Self::Pack => &["PackDefinition", "Description", "DisplayName"],
            Self::ScheduledQuery => SCHEDULED_QUERY,
            Self::SavedQuery => SAVED_QUERY,
            Self::ScheduledPrompt => PROMPT,
        }
    }

    /// Every key that the item may have.
    pub(super) fn allowed(self) -> impl Iterator<Item = &'static str> {
        ["AnalysisType", "BaseVersion", self.id_key()].into_iter().chain(self.own_keys().iter().copied())
    }
}

pub(super) const QUERY_KEYS: [&str; 4] = ["Query", "SnowflakeQuery", "AthenaQuery", "DatabricksQuery"];

const RULE: &[&str] = &[
    "AlertContext",
    "AlertTitle",
    "BaseDetection",
    "CreateAlert",
    "CreatedBy",
    "DedupPeriodMinutes",
    "Description",
    "Detection",
    "DisplayName",
    "DynamicSeverities",
    "Enabled",
    "Filename",
    "GroupBy",
    "InlineFilters",
    "LogTypes",
    "OnlyUseBaseRiskScore",
    "OutputIds",
    "Reference",
    "Reports",
    "Runbook",
    "ScheduledQueries",
    "Severity",
    "Status",
    "SummaryAttributes",
    "Tags",
    "Tests",
    "Threshold",
];
const POLICY: &[&str] = &[
    "ActionDelaySeconds",
    "AutoRemediationID",
    "AutoRemediationParameters",
    "CreatedBy",
    "Description",
    "DisplayName",
    "Enabled",
    "Filename",
    "OnlyUseBaseRiskScore",
    "OutputIds",
    "Reference",
    "Reports",
    "ResourceTypes",
    "Runbook",
    "Severity",
    "Status",
    "Suppressions",
    "Tags",
    "Tests",
];
const CORRELATION: &[&str] = &[
    "CreateAlert",
    "CreatedBy",
    "Description",
    "Detection",
    "DisplayName",
    "Enabled",
    "OnlyUseBaseRiskScore",
    "OutputIds",
    "Reference",
    "Reports",
    "Runbook",
    "Severity",
    "Status",
    "SummaryAttributes",
    "Tags",
    "Tests",
];
const LOOKUP: &[&str] = &[
    "AthenaQuery",
    "DatabricksQuery",
    "Description",
    "Enabled",
    "Filename",
    "Indicators",
    "LogTypeMap",
    "Query",
    "Reference",
    "Refresh",
    "Schema",
    "SnowflakeQuery",
    "Validations",
];
const SAVED_QUERY: &[&str] = &[
    "AthenaQuery",
    "DatabricksQuery",
    "Description",
    "Lookback",
    "LookbackWindowSeconds",
    "Query",
    "SnowflakeQuery",
    "Tags",
];
const SCHEDULED_QUERY: &[&str] = &[
    "AthenaQuery",
    "DatabricksQuery",
    "Description",
    "EmailConfig",
    "Enabled",
    "Lookback",
    "LookbackWindowSeconds",
    "Query",
    "Schedule",
    "SnowflakeQuery",
    "Tags",
];
const PROMPT: &[&str] =
    &["Description", "DisplayName", "Enabled", "OutputLength", "Private", "PromptText", "RunAsUser", "Schedule"];

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

/// Whether a key's whole meaning is in the IR's shared terms; the others are kept word for word. `Reports` is kept as well, since
/// only its ATT&CK part has a term.
pub(super) fn is_modelled(kind: Kind, key: &str) -> bool {
    let query = matches!(kind, Kind::ScheduledQuery | Kind::SavedQuery) && QUERY_KEYS.contains(&key);
    let data_model = kind == Kind::DataModel && key == "Filename";
    key == kind.id_key() || query || (MODELLED.contains(&key) && !data_model)
}
