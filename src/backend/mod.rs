//! From the IR to a target's tree, and from the tree to text.
//!
//! A back-end is one folder with a `CAPABILITIES` table and an `emit` function, and one row in [`TARGETS`]. Back-ends never know
//! front-ends: `convert` hands them a rule in the target's own fields, lowered to what they can express.

mod convert;
mod elastic;
mod eql;
mod esql;
mod facts;
mod forms;
mod kql;
mod log_source;
mod log_type;
mod log_type_part;
mod lucene;
mod lucene_regex;
mod metadata;
pub mod native;
mod output;
pub mod panther;
mod sigma;
mod source_world;

pub use crate::pass::{
    Absence, Capabilities, CaseSupport, PipeSupport, RegexSupport, SequenceSupport, Support, ValueModel,
    WildcardSupport,
};
pub use convert::convert;
pub use output::{Output, base_name, joined, name_outputs};
pub use source_world::{SourceWorld, World};

use crate::catalog::attack::AttackVersion;
use crate::catalog::versions::Installed;
use crate::fidelity::{Assumption, Effect, Loss, MaxLoss};
use crate::ir::{self, Dialect, Meta};
use schemars::JsonSchema;
use serde::Serialize;

/// A language or format that rules are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    Eql,
    Kql,
    Lucene,
    Esql,
    Elastic,
    ElasticNdjson,
    Panther,
    PantherSimple,
    PantherCorrelation,
    Sigma,
    Native,
}

/// A target's row: its name on the command line, what it is, and what it can express.
#[derive(Debug)]
pub struct TargetInfo {
    pub target: Target,
    pub name: &'static str,
    pub title: &'static str,
    pub capabilities: &'static Capabilities,
}

/// All targets, in the order of their names' first appearance in the documentation.
pub static TARGETS: &[TargetInfo] = &[
    TargetInfo { target: Target::Eql, name: "eql", title: "Elasticsearch EQL", capabilities: &eql::CAPABILITIES },
    TargetInfo {
        target: Target::Kql,
        name: "kql",
        title: "Kibana's query language (KQL)",
        capabilities: &kql::CAPABILITIES,
    },
    TargetInfo {
        target: Target::Lucene,
        name: "lucene",
        title: "a Lucene query string (Elasticsearch, Kibana)",
        capabilities: &lucene::CAPABILITIES,
    },
    TargetInfo {
        target: Target::Esql,
        name: "esql",
        title: "Elasticsearch's piped queries (ES|QL)",
        capabilities: &esql::CAPABILITIES,
    },
    TargetInfo {
        target: Target::Elastic,
        name: "elastic",
        title: "an Elastic rule (TOML) in KQL, EQL, Lucene or ES|QL",
        capabilities: &elastic::CAPABILITIES,
    },
    TargetInfo {
        target: Target::ElasticNdjson,
        name: "elastic-ndjson",
        title: "Elastic rules and their exception lists as Kibana imports them",
        capabilities: &elastic::CAPABILITIES,
    },
    TargetInfo {
        target: Target::Panther,
        name: "panther",
        title: "Panther rules: Python and YAML",
        capabilities: &panther::CAPABILITIES,
    },
    TargetInfo {
        target: Target::PantherSimple,
        name: "panther-sdyaml",
        title: "Panther rules as Simple Detections (YAML)",
        capabilities: &panther::sdyaml::CAPABILITIES,
    },
    TargetInfo {
        target: Target::PantherCorrelation,
        name: "panther-correlation",
        title: "Panther correlation rules with their signal rules",
        capabilities: &panther::correlation::CAPABILITIES,
    },
    TargetInfo {
        target: Target::Sigma,
        name: "sigma",
        title: "Sigma rules and correlations",
        capabilities: &sigma::CAPABILITIES,
    },
    TargetInfo {
        target: Target::Native,
        name: "native",
        title: "detc's own evaluator",
        capabilities: &native::CAPABILITIES,
    },
];

impl Target {
    /// The target's row.
    pub fn info(self) -> Option<&'static TargetInfo> {
        TARGETS.iter().find(|info| info.target == self)
    }

    /// Whether its output is the text of one query, which a pipeline may change.
    pub fn writes_query(self) -> bool {
        matches!(self, Self::Eql | Self::Kql | Self::Lucene | Self::Esql)
    }

    /// The format of the rules that it writes, ATT&CK references and all.
    pub fn rule_dialect(self) -> Option<Dialect> {
        match self {
            Self::Sigma => Some(Dialect::Sigma),
            Self::Elastic | Self::ElasticNdjson => Some(Dialect::Elastic),
            Self::Panther | Self::PantherSimple | Self::PantherCorrelation => Some(Dialect::Panther),
            Self::Eql | Self::Kql | Self::Lucene | Self::Esql | Self::Native => None,
        }
    }

    /// The target of a name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        TARGETS.iter().find(|info| info.name == name).map(|info| info.target)
    }
}

/// The comparison as EQL and ES|QL write it.
fn compare_op(op: crate::ir::Cmp) -> crate::lang::eql::CompareOp {
    use crate::ir::Cmp;
    use crate::lang::eql::CompareOp;
    match op {
        Cmp::Equal => CompareOp::Equal,
        Cmp::NotEqual => CompareOp::NotEqual,
        Cmp::Less => CompareOp::Less,
        Cmp::LessOrEqual => CompareOp::LessEqual,
        Cmp::Greater => CompareOp::Greater,
        Cmp::GreaterOrEqual => CompareOp::GreaterEqual,
    }
}

/// The text of a pipeline's piece of a query, with the field and the id in their places; doubled braces are plain ones.
///
/// # Errors
/// A name in braces that is neither, or a field where there is none.
fn query_piece(expression: &str, field: Option<&str>, id: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(next) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = next;
            continue;
        }
        let (name, next) = after.split_once('}').filter(|_| brace == "{").ok_or("a brace stands alone")?;
        text.push_str(match name {
            "field" => field.ok_or("`{field}` stands in a search of the whole event")?,
            "id" => id,
            _ => return Err(format!("`{{{name}}}` is neither `{{field}}` nor `{{id}}`")),
        });
        rest = next;
    }
    text.push_str(rest);
    Ok(text)
}

/// What the caller decides about a conversion.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub max_loss: MaxLoss,
    /// Loss codes (`L101` or `field-unmapped`) that are let through whatever their effect; the only way past a dead rule.
    pub allow: Vec<String>,
    /// Losses that the caller knows of before the conversion; they count as all others do.
    pub losses: Vec<Loss>,
    /// For `elastic` and `elastic-ndjson`: the query language, when the caller decides it.
    pub language: Option<QueryLanguage>,
    /// For `elastic` and `elastic-ndjson`: the stack and the packages that the rules are for.
    pub installed: Installed,
    /// The version of ATT&CK whose ids and names are written. Without it a rule of the target's own format stays as it is, and
    /// another one is written in the version that the target's published rules use.
    pub attack: Option<AttackVersion>,
}

/// The version of ATT&CK that a rule's references are in, where the conversion decided it; else that of Elastic's and Panther's
/// published rules.
fn attack_version(meta: &Meta) -> AttackVersion {
    meta.attack_version.and_then(AttackVersion::parse).unwrap_or(AttackVersion::V18_1)
}

/// The query languages of an Elastic rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryLanguage {
    Eql,
    Esql,
    Kuery,
    Lucene,
}

impl QueryLanguage {
    /// Its name for people, as messages have it.
    fn name(self) -> &'static str {
        match self {
            Self::Eql => "EQL",
            Self::Esql => "ES|QL",
            Self::Kuery => "KQL",
            Self::Lucene => "Lucene",
        }
    }

    /// `rule.language`
    fn key(self) -> &'static str {
        match self {
            Self::Eql => "eql",
            Self::Esql => "esql",
            Self::Kuery => "kuery",
            Self::Lucene => "lucene",
        }
    }
}

/// How a conversion ended. The order is that of the report's summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Exact,
    Metadata,
    Widened,
    Narrowed,
    Unknown,
    /// The loss limit, a dead rule, or a construct without a form in the target stopped it.
    Refused,
    /// The rule could not be read.
    Failed,
}

/// What a back-end makes of a rule that was mapped and lowered for it. Constructs without a form in the target are the `Err` of
/// `emit`: they refuse the rule whatever losses are allowed.
#[derive(Debug, Clone, Default)]
pub struct Emitted {
    pub outputs: Vec<Output>,
    /// Losses of metadata and logic that only the back-end sees.
    pub losses: Vec<Loss>,
    /// What only the back-end takes for granted.
    pub assumes: Vec<Assumption>,
}

impl Emitted {
    /// A rule as the text of one query, which holds nothing but the logic.
    fn bare_query(rule: &ir::Rule, extension: &'static str, text: String, mut losses: Vec<Loss>) -> Self {
        losses.extend(metadata::dropped(rule));
        losses.extend(metadata::schedule(rule));
        Self { outputs: vec![Output::new(extension, text + "\n")], losses, assumes: Vec::new() }
    }
}

/// A rule in the target's form, or the reason why there is none.
#[derive(Debug, Clone)]
pub struct Conversion {
    pub status: Status,
    pub losses: Vec<Loss>,
    /// What the conversion takes for granted: map rows, field types, single values, engine versions.
    pub assumes: Vec<Assumption>,
    /// Of an Elastic rule that is not in the form that is liked best: why.
    pub choice: Option<String>,
    /// Empty when refused.
    pub outputs: Vec<Output>,
}

impl Status {
    /// The status of a conversion that was written with these losses.
    pub fn of(effect: Option<Effect>) -> Self {
        match effect {
            None => Self::Exact,
            Some(Effect::Metadata) => Self::Metadata,
            Some(Effect::Widened) => Self::Widened,
            Some(Effect::Narrowed) => Self::Narrowed,
            Some(Effect::Unknown) => Self::Unknown,
        }
    }

    /// The name in the report contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Metadata => "metadata",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}
