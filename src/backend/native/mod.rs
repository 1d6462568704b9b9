//! Configurations for detc's own evaluator: the IR's logic as versioned JSON.
//!
//! Expressions are a list, children before parents; logic names them by index. `detc schema native` is the schema.

use super::{
    Absence, Capabilities, CaseSupport, Emitted, Output, PipeSupport, RegexSupport, SequenceSupport, Support,
    ValueModel, WildcardSupport,
};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{
    Anchoring, DataSource, Dialect, EventModel, Exclusion, ExprId, ExprKind, Logic, Meta, Pool, RegexDialect, Rewriter,
    Rule, Severity,
};
use crate::source::{Location, Span, Spanned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format. A reader refuses others.
pub const VERSION: u32 = 1;

/// The evaluator takes the IR as it is; the table is for the documentation.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    values: ValueModel::Whole,
    absence: Absence::Full,
    case: CaseSupport::Both,
    wildcard: WildcardSupport::StarAndOne,
    regex: RegexSupport::Dialect(RegexDialect::Python, &[Anchoring::Search, Anchoring::Start, Anchoring::Whole]),
    cidr: Support::Yes,
    ordering: Support::Yes,
    field_comparison: Support::Yes,
    same_element: Support::Yes,
    functions: Support::Yes,
    date_parts: Support::Yes,
    words: Support::Yes,
    date_math: Support::Yes,
    keyword_search: Support::Yes,
    sequence: SequenceSupport::Full,
    pipes: PipeSupport::All,
    threshold: Support::Yes,
};

/// A file of the evaluator.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "detc native configuration")]
pub struct NativeConfig {
    pub version: u32,
    pub rules: Vec<NativeRule>,
}

/// One rule.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NativeRule {
    pub id: Option<String>,
    pub title: String,
    pub level: Option<Severity>,
    pub event_model: EventModel,
    /// The log source of a rule in Sigma's model: it stands for a channel and event ids of Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_source: Option<NativeLogSource>,
    pub expressions: Vec<ExprKind>,
    pub logic: Logic,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<NativeExclusion>,
}

/// What Sigma's `logsource` says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NativeLogSource {
    pub product: Option<String>,
    pub category: Option<String>,
    pub service: Option<String>,
}

/// A named exclusion.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NativeExclusion {
    pub name: String,
    pub condition: ExprId,
}

/// The rule as a configuration of its own.
pub(super) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let config = NativeConfig { version: VERSION, rules: vec![native_rule(rule)] };
    let text = serde_json::to_string_pretty(&config).map_err(|error| {
        vec![Loss::new(&code::LOGIC, Effect::Unknown, format!("not expressible as JSON: {error}"), Some(rule.origin))]
    })?;
    Ok(Emitted { outputs: vec![Output::new(".json", text + "\n")], losses: Vec::new(), assumes: Vec::new() })
}

/// Only the expressions that the logic reaches, so that equal rules have equal files.
fn native_rule(rule: &Rule) -> NativeRule {
    let mut pool = Pool::default();
    let mut compact = Rewriter::new(&rule.pool, |pool: &mut Pool, kind, _| pool.rebuild(kind, None));
    let logic = rule.logic.map_roots(|root| compact.rewrite(root, &mut pool));
    let exclusions = rule
        .exclusions
        .iter()
        .map(|exclusion| NativeExclusion {
            name: exclusion.name.clone(),
            condition: compact.rewrite(exclusion.condition, &mut pool),
        })
        .collect();
    NativeRule {
        id: rule.meta.id.as_ref().map(|id| id.value.clone()),
        title: rule.meta.title.clone(),
        level: rule.meta.severity,
        event_model: rule.event_model,
        log_source: log_source(rule),
        expressions: pool.nodes().cloned().collect(),
        logic,
        exclusions,
    }
}

fn log_source(rule: &Rule) -> Option<NativeLogSource> {
    let source = &rule.data_source;
    let said = [&source.product, &source.category, &source.service];
    if rule.event_model != EventModel::Sigma || said.iter().all(|part| part.is_none()) {
        return None;
    }
    let [product, category, service] = said.map(|part| part.as_ref().map(|part| part.value.clone()));
    Some(NativeLogSource { product, category, service })
}

/// Whether a text looks like a configuration, of whatever version: JSON that has a version and rules.
#[must_use]
pub fn is_config(text: &str) -> bool {
    let found: Result<serde_json::Value, _> = serde_json::from_str(text);
    found.is_ok_and(|json| json.get("version").is_some() && json.get("rules").is_some_and(serde_json::Value::is_array))
}

/// The rules of a configuration.
///
/// # Errors
/// Text that is not of the format, another version, or expressions that name each other in a circle.
pub fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let config: NativeConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if config.version != VERSION {
        return Err(format!("version {} of the native format is not known; this is version {VERSION}", config.version));
    }
    config.rules.into_iter().map(rule_of).collect()
}

fn data_source(native: Option<NativeLogSource>) -> DataSource {
    let part = |part: Option<String>| part.map(|part| Spanned::new(part, Span::default()));
    native.map_or_else(DataSource::default, |source| DataSource {
        product: part(source.product),
        category: part(source.category),
        service: part(source.service),
        ..DataSource::default()
    })
}

fn rule_of(native: NativeRule) -> Result<Rule, String> {
    let pool = Pool::from_nodes(native.expressions)?;
    let roots = native.logic.roots().into_iter().chain(native.exclusions.iter().map(|exclusion| exclusion.condition));
    if let Some(root) = roots.into_iter().find(|root| root.index() >= pool.len()) {
        return Err(format!("the logic names expression {}, which does not exist", root.index()));
    }
    let exclusion = |exclusion: NativeExclusion| Exclusion {
        file: None,
        name: exclusion.name,
        condition: exclusion.condition,
        origin: Location::default(),
    };
    Ok(Rule {
        meta: Meta {
            id: native.id.map(|id| Spanned::new(id, Span::default())),
            title: native.title,
            severity: native.level,
            ..Meta::default()
        },
        data_source: data_source(native.log_source),
        exclusions: native.exclusions.into_iter().map(exclusion).collect(),
        ..Rule::new(Dialect::Query, native.event_model, pool, native.logic)
    })
}
