//! Keys that Kibana asks for.

use crate::catalog::features;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Level;

declare_lint! {
    /// ## What it checks
    /// Elastic rules without a key that Kibana asks of every rule (`name`, `description`, `risk_score`, `severity`), or of a rule of their
    /// type (`anomaly_threshold` of machine learning, `threat_index` of an indicator rule), and tables without a key that they need
    /// (`severity` of a severity mapping). What the query itself needs is told as it is read. Without `author`, `rule_id` and `language`
    /// Kibana takes a rule and elastic/detection-rules does not: a warning.
    ///
    /// ## Why it matters
    /// Kibana refuses the rule when it is imported.
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
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = ⟦"A rule that shows the lint"⟧
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c67"
    /// severity = "low"
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
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c68"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Add the keys.
    ///
    /// ## References
    /// Elastic detections API, the schemas of the rule types.
    pub(in crate::lint) META = {
        name: "required-key", family: "logic", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    // An id is made where there is none; the others are told by the reader of the rule.
    let told = ["rule_id", "type", "query", "language", "threshold", "new_terms"];
    let wanted = features::REQUIRED.iter().chain(features::required(rule.kind()));
    let missing: Vec<String> =
        wanted.filter(|key| !told.contains(*key) && rule.get(key).is_none()).map(|key| format!("`{key}`")).collect();
    if !missing.is_empty() {
        let finding = cx.diagnostic(rule.at("name"), format!("the rule has no {}", missing.join(", ")));
        cx.report(finding);
    }
    let by_schema: Vec<String> = ["author", "rule_id", "language"]
        .into_iter()
        .filter(|key| {
            rule.get(key).is_none() && features::kinds_of(key).is_none_or(|kinds| kinds.contains(&rule.kind()))
        })
        .map(|key| format!("`{key}`"))
        .collect();
    if !by_schema.is_empty() {
        let message = format!("the rule file has no {}", by_schema.join(", "));
        let mut finding = cx.diagnostic(rule.at("name"), message);
        finding.level = Level::Warning;
        finding.help = Some("Kibana does without; the schema of elastic/detection-rules asks for it".to_owned());
        cx.report(finding);
    }
}
