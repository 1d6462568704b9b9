//! Keys that elastic/detection-rules keeps for itself.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Rules of elastic/detection-rules with a `version` or `revision` of their own, under the Elastic License in another version than 2,
    /// with a `min_stack_version` and no `min_stack_comments`, with `max_signals` of 1000 and more without the word about it in `setup`, or
    /// with a name in other characters than letters, digits and brackets at its ends.
    ///
    /// ## Why it matters
    /// Versions are counted by the release, from a file of their own; the rest is what the repository asks of its rules.
    ///
    /// ## Example
    /// ```toml bad
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c0f"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// version = ⟦3⟧
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c10"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Leave the key out, or add what the message says.
    ///
    /// ## References
    /// elastic/detection-rules: the schema of `version` and `name`, TestLicense, TestIntegrationRules, `max_signals_note`.
    pub(in crate::lint) META = {
        name: "elastic-upkeep", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// What `setup` says of a limit of a thousand alerts: it names this page.
const LIMIT_PAGE: &str = "alerts-ui-monitor.html#troubleshoot-max-alerts";

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let mut found: Vec<(Location, &str)> = Vec::new();
    for key in ["version", "revision"] {
        if rule.get(key).is_some() {
            found.push((rule.at(key), "the release counts versions: leave this out"));
        }
    }
    let license = rule.text("license").unwrap_or_default();
    if license.to_lowercase().contains("elastic license") && license != "Elastic License v2" {
        found.push((rule.at("license"), "this license is written `Elastic License v2`"));
    }
    if let (Some(least), None) = (rule.metadata("min_stack_version"), rule.metadata("min_stack_comments")) {
        found.push((Location::main(least.span), "say in `min_stack_comments` why the rule needs this version"));
    }
    let told = rule.text("setup").is_some_and(|setup| setup.contains(LIMIT_PAGE));
    match rule.get("max_signals").and_then(Node::as_int) {
        Some(1_001..) => found.push((rule.at("max_signals"), "Kibana makes 1000 alerts in a run at most")),
        Some(1_000) if !told => found.push((rule.at("max_signals"), "say in `setup` what to do about the warning")),
        _ => {}
    }
    if rule.text("name").is_some_and(|name| !is_name(name)) {
        found.push((rule.at("name"), "a name begins and ends with a letter or digit; a bracket may end it"));
    }
    for (at, message) in found {
        let finding = cx.diagnostic(at, message);
        cx.report(finding);
    }
}

/// `^[a-zA-Z0-9].+?[a-zA-Z0-9\[\]()]$`
fn is_name(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let last = name.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || "[]()".contains(c));
    first && last && name.chars().count() >= 3
}
