//! Events that are indexed late.

use crate::ir::Logic;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// KQL and EQL rules of elastic/detection-rules without `timestamp_override = "event.ingested"`; EQL sequences are left alone.
    ///
    /// ## Why it matters
    /// A rule looks for events by `@timestamp`, the time when they happened. What reaches the index after the run that looks at this time is
    /// never seen; `event.ingested` is the time of its coming.
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
    /// name = ⟦"A rule that shows the lint"⟧
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c03"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c04"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write `timestamp_override = "event.ingested"`. Where the field is missing Kibana takes `@timestamp`.
    ///
    /// ## References
    /// elastic/detection-rules, TestRuleTiming: `event_override`.
    pub(in crate::lint) META = {
        name: "elastic-late-events", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let by_query = matches!(rule.text("language"), Some("eql" | "kuery"));
    let is_sequence = matches!(cx.rule().logic.source(), Logic::Sequence(_));
    if !by_query || is_sequence || rule.text("timestamp_override") == Some("event.ingested") {
        return;
    }
    let finding = cx.diagnostic(rule.at("timestamp_override"), "events that are indexed late are missed");
    cx.report(finding.help("write `timestamp_override = \"event.ingested\"`"));
}
