//! Severity and risk score that tell different things.

use crate::ir::Severity;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Elastic rules whose `risk_score` is outside the range of their `severity`: low 0 to 21, medium 22 to 47, high 48 to 73, critical 74 to
    /// 100.
    ///
    /// ## Why it matters
    /// Kibana shows both, and its lists sort by one or the other: a low rule with a score of 90 stands among the critical ones.
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
    /// risk_score = ⟦73⟧
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c07"
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
    /// risk_score = 73
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c08"
    /// severity = "high"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write the score of the severity: 21, 47, 73 or 99.
    ///
    /// ## References
    /// Elastic Security, "Create a detection rule": severity and default risk score; elastic/detection-rules, TestRiskScoreMismatch.
    pub(in crate::lint) META = {
        name: "severity-score", family: "meta", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let (Some(severity), Some(score)) = (cx.rule().meta.severity, cx.rule().meta.risk_score) else { return };
    let range = match severity {
        Severity::Informational | Severity::Low => 0..=21,
        Severity::Medium => 22..=47,
        Severity::High => 48..=73,
        Severity::Critical => 74..=100,
    };
    if range.contains(&score) {
        return;
    }
    let (name, least, most) = (severity.name(), range.start(), range.end());
    let message = format!("a rule of severity {name} has a score of {least} to {most}, not {score}");
    let finding = cx.diagnostic(rule.at("risk_score"), message);
    cx.report(finding.help(format!("write {}", severity.risk_score())));
}
