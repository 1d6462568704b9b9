//! Mappings of an indicator rule.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Indicator rules with a group of mappings that are all negated, one that asks of the same pair of fields that they match and that they
    /// do not, and a `threat_query` without `threat_language`.
    ///
    /// ## Why it matters
    /// Kibana refuses a group of negations alone, and the contradiction never holds.
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
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c21"
    /// severity = "low"
    /// threat_index = ["logs-ti_*"]
    /// threat_language = "kuery"
    /// threat_query = "*:*"
    /// type = "threat_match"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat_mapping]]
    /// [[rule.threat_mapping.entries]]
    /// field = ⟦"source.ip"⟧
    /// negate = true
    /// type = "mapping"
    /// value = "threat.indicator.ip"
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
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c22"
    /// severity = "low"
    /// threat_index = ["logs-ti_*"]
    /// threat_language = "kuery"
    /// threat_query = "*:*"
    /// type = "threat_match"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat_mapping]]
    /// [[rule.threat_mapping.entries]]
    /// field = "source.ip"
    /// type = "mapping"
    /// value = "threat.indicator.ip"
    /// ```
    ///
    /// ## Fix
    /// Add a mapping that has to match to the group, or take one of the two out.
    ///
    /// ## References
    /// Elastic detections API: `threat_mapping`; elastic/detection-rules, L9.
    pub(in crate::lint) META = {
        name: "indicator-mapping", family: "logic", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic().filter(|rule| rule.kind() == "threat_match") else { return };
    let mut found: Vec<(Location, &str)> = Vec::new();
    for group in rule.items("threat_mapping") {
        let entries = group.get("entries").and_then(Node::as_seq).unwrap_or_default();
        if let Some(list) = group.get("entries").filter(|_| entries.is_empty()) {
            found.push((Location::main(list.span), "this group maps no field"));
        }
        let negated: Vec<&Node> = entries.iter().filter(|entry| is_negated(entry)).collect();
        let (Some(first), Some(field)) = (negated.first(), negated.first().and_then(|entry| entry.get("field"))) else {
            continue;
        };
        if negated.len() == entries.len() {
            found.push((Location::main(field.span), "at least one mapping of a group has to match"));
        } else if entries.iter().any(|entry| !is_negated(entry) && pair(entry) == pair(first)) {
            found.push((Location::main(field.span), "the group asks that these fields match, and that they do not"));
        }
    }
    if rule.get("threat_query").is_some() && rule.get("threat_language").is_none() {
        found.push((rule.at("threat_query"), "a `threat_query` needs a `threat_language`"));
    }
    for (at, message) in found {
        let finding = cx.diagnostic(at, message);
        cx.report(finding);
    }
}

fn is_negated(entry: &Node) -> bool {
    entry.get("negate").and_then(Node::as_bool) == Some(true)
}

fn pair(entry: &Node) -> (Option<&str>, Option<&str>) {
    let text = |key: &str| entry.get(key).and_then(Node::as_str);
    (text("field"), text("value"))
}
