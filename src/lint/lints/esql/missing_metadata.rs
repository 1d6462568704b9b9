//! ES|QL rules that lose the identity of their documents.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// ES|QL rules without `stats` that do not read `metadata _id, _version, _index`, or whose `keep` takes one of them away; rules without any
    /// `keep`, and hunts of Elastic's with neither `keep` nor `stats .. by`.
    ///
    /// ## Why it matters
    /// Kibana tells alerts apart by these fields. Without them every run that sees an event again repeats its alert; without `keep` the alerts carry
    /// every column.
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// language = "esql"
    /// license = "Apache-2.0"
    /// name = "A rule that repeats its alerts"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c27"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// ⟦from⟧ logs-okta.system-*
    /// | where event.outcome == "failure"
    /// | keep *
    /// '''
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// language = "esql"
    /// license = "Apache-2.0"
    /// name = "A rule that repeats its alerts"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c27"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where event.outcome == "failure"
    /// | keep *
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write `from .. metadata _id, _version, _index` and keep the three.
    ///
    /// ## References
    /// Kibana, "Create an ES|QL rule"; elastic/detection-rules, validation of ES|QL rules.
    pub(in crate::lint) META = {
        name: "esql-missing-metadata", family: "esql", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
