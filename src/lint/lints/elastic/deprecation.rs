//! Rules of elastic/detection-rules that are given up.

use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{ElasticRule, RuleCx};
use crate::source::Location;
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Rules of elastic/detection-rules that are deprecated and have no `deprecation_date`, one that is not the day of `updated_date`, or
    /// stand outside a folder `_deprecated`; and rules in such a folder that are not deprecated.
    ///
    /// ## Why it matters
    /// The release takes the state from the metadata, people from the folder.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// deprecation_date = ⟦"2026/01/04"⟧
    /// integration = ["okta"]
    /// maturity = "deprecated"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c11"
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
    /// deprecation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "deprecated"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c12"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write the date of the last change as `deprecation_date`, and move the file.
    ///
    /// ## References
    /// elastic/detection-rules: `deprecated_rules`.
    pub(in crate::lint) META = {
        name: "elastic-deprecation", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const FOLDER: &str = "_deprecated";

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic().filter(ElasticRule::is_by_elastic) else { return };
    let date = |key: &str| rule.metadata(key).and_then(Node::as_str);
    let at = |key: &str| rule.metadata(key).map_or(rule.at("name"), |node| Location::main(node.span));
    let folder = rule.folder();
    if !rule.is_deprecated() {
        if folder == FOLDER {
            let finding = cx.diagnostic(at("maturity"), format!("what stands in `{FOLDER}` is deprecated"));
            cx.report(finding.help("write `maturity = \"deprecated\"`, or move the file"));
        }
        return;
    }
    let message = match (date("deprecation_date"), date("updated_date")) {
        (None, _) => "a deprecated rule has a `deprecation_date`",
        (Some(deprecated), Some(updated)) if deprecated != updated => {
            "the day of the deprecation is that of the last change (`updated_date`)"
        }
        _ if folder != FOLDER && !folder.is_empty() => "deprecated rules stand in a folder `_deprecated`",
        _ => return,
    };
    let finding = cx.diagnostic(at("deprecation_date"), message);
    cx.report(finding);
}
