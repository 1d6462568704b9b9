//! Integrations of a rule of elastic/detection-rules beside its indices.

use crate::catalog::versions::is_known;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Spanned};
use std::collections::BTreeSet;

declare_lint! {
    /// ## What it checks
    /// Rules of elastic/detection-rules that name an integration in their metadata for which they have no index pattern, or have an index
    /// pattern `logs-NAME..` without naming the integration; and rules over `logs-endpoint.events.*` without a `from`.
    ///
    /// ## Why it matters
    /// Kibana shows the integrations that a rule needs from the metadata: a wrong list sends people to install what the rule does not read.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta", ⟦"github"⟧]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Elastic"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c1d"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// Better:
    /// ```toml good
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Elastic"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c1e"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Correct `integration` in the metadata, or the indices.
    ///
    /// ## References
    /// elastic/detection-rules: `integration_tag`, `required_lookback`.
    pub(in crate::lint) META = {
        name: "elastic-integration", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// What indices are called that belong to no integration.
const NO_INTEGRATION: [&str; 13] = [
    "auditbeat",
    "filebeat",
    "packetbeat",
    "winlogbeat",
    "metricbeat",
    "heartbeat",
    "functionbeat",
    "apm",
    "traces",
    "endgame",
    "logs",
    "alerts",
    "ml_beaconing",
];
/// Packages of machine learning jobs read the indices of others.
const OF_JOBS: [&str; 6] = ["lmd", "dga", "ded", "problemchild", "beaconing", "pad"];

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let named: Vec<&Spanned<String>> = cx.rule().data_source.integrations.iter().collect();
    let names = |name: &str| named.iter().any(|known| known.value == name);
    let has_jobs = OF_JOBS.iter().any(|name| names(name));
    let written: Vec<(&str, Location)> = rule.indices().collect();
    if written.is_empty() || rule.kind() == "threat_match" || has_jobs || cx.rule().language == Some("esql") {
        return;
    }
    let of_alerts = written.iter().all(|(index, _)| index.starts_with(".alerts-security"));
    for name in named.iter().filter(|name| !of_alerts && !reads(&written, &name.value)) {
        let message = format!("the rule has no index pattern `logs-{}..`", name.value);
        let finding = cx.diagnostic(Location::main(name.span), message);
        cx.report(finding);
    }
    let mut told = BTreeSet::new();
    for (index, at) in &written {
        let Some(package) = package(index).filter(|package| !names(package) && told.insert(*package)) else { continue };
        let message = format!("the integration `{package}` of this index is not in the metadata");
        let finding = cx.diagnostic(*at, message);
        cx.report(finding);
    }
    if written.iter().any(|(index, _)| *index == "logs-endpoint.events.*") && rule.get("from").is_none() {
        let finding = cx.diagnostic(rule.at("from"), "events of Elastic Defend come late: the rule needs a `from`");
        cx.report(finding);
    }
}

/// Whether one of the index patterns is of the integration. The Windows integration reads what Winlogbeat does, APM has names of its own.
fn reads(indices: &[(&str, Location)], name: &str) -> bool {
    let prefix = format!("logs-{name}");
    indices.iter().any(|(index, _)| {
        let of_apm = name == "apm" && (index.starts_with("apm-") || index.starts_with("traces-apm"));
        index.contains(&prefix) || name == "windows" && index.starts_with("winlog") || of_apm
    })
}

/// The integration that an index pattern is named after.
fn package(index: &str) -> Option<&str> {
    let rest = index.strip_prefix("logs-")?;
    let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    (!name.is_empty() && !NO_INTEGRATION.contains(&name) && is_known(name)).then_some(name)
}
