//! Where a rule looks.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Level;

declare_lint! {
    /// ## What it checks
    /// Elastic rules with both `index` and `data_view_id`, with neither (as a note; an indicator or machine learning rule needs none), and
    /// ES|QL and machine learning rules with an `index`.
    ///
    /// ## Why it matters
    /// Kibana takes one or the other. Without either it searches its default indices, which are set apart from the rule. ES|QL names its
    /// indices in `from`, and Kibana refuses the key.
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
    /// data_view_id = ⟦"security-solution-default"⟧
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c19"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c1a"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Leave one of them out, or say which indices the rule is for.
    ///
    /// ## References
    /// Elastic detections API: `index`, `data_view_id`; elastic/detection-rules: `index_or_data_view_id_present`, L6 and L10.
    pub(in crate::lint) META = {
        name: "index-choice", family: "source", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let kind = rule.kind();
    let (index, view) = (rule.get("index").is_some(), rule.get("data_view_id").is_some());
    let (key, message, level) = match (index, view) {
        (true, true) => {
            ("data_view_id", "a rule has an `index` or a `data_view_id`, not both".to_owned(), Level::Warning)
        }
        (true, false) if matches!(kind, "esql" | "machine_learning") => {
            ("index", format!("a rule of type {kind} has no `index`"), Level::Error)
        }
        (false, false) if matches!(kind, "query" | "eql" | "threshold" | "new_terms") => {
            ("index", "the rule searches whatever indices are Kibana's default".to_owned(), Level::Note)
        }
        _ => return,
    };
    let mut finding = cx.diagnostic(rule.at(key), message);
    finding.level = level;
    cx.report(finding);
}
