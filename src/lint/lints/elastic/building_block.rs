//! Building blocks of elastic/detection-rules.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::syntax::Node;
use std::time::Duration;

declare_lint! {
    /// ## What it checks
    /// Building blocks of elastic/detection-rules that run more often than every hour or look back less than 119 minutes (`bypass_bbr_timing`
    /// in the metadata allows it), that stand outside `rules_building_block`, and other rules inside it.
    ///
    /// ## Why it matters
    /// Building blocks are many and their alerts are not shown by themselves: they may come late, and should cost little.
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
    /// building_block_type = "default"
    /// description = "Shows what the lint finds."
    /// from = ⟦"now-9m"⟧
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c05"
    /// severity = "low"
    /// tags = ["Data Source: Okta", "Rule Type: BBR"]
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
    /// building_block_type = "default"
    /// description = "Shows what the lint finds."
    /// from = "now-119m"
    /// index = ["logs-okta.system-*"]
    /// interval = "60m"
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c06"
    /// severity = "low"
    /// tags = ["Data Source: Okta", "Rule Type: BBR"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write `from = "now-119m"` and `interval = "60m"`, or move the file.
    ///
    /// ## References
    /// elastic/detection-rules: `bbr_validation`, `bbr_in_correct_dir`, `non_bbr_in_correct_dir`.
    pub(in crate::lint) META = {
        name: "elastic-building-block", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const LOOK_BACK: Duration = Duration::from_mins(119);
const INTERVAL: Duration = Duration::from_hours(1);
const FOLDER: &str = "rules_building_block";

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let is_block = cx.rule().meta.building_block;
    let folder = rule.folder();
    if is_block && !rule.metadata("bypass_bbr_timing").and_then(Node::as_bool).unwrap_or(false) {
        let schedule = &cx.rule().meta.schedule;
        let late = schedule.look_back.is_some_and(|from| from >= LOOK_BACK);
        let seldom = schedule.interval.is_some_and(|interval| interval >= INTERVAL);
        if !late || !seldom {
            let key = if late { "interval" } else { "from" };
            let finding = cx.diagnostic(rule.at(key), "this building block runs as often as other rules");
            cx.report(finding.help("write `from = \"now-119m\"` and `interval = \"60m\"`"));
        }
    }
    let message = match (is_block, folder == FOLDER) {
        (true, false) if !folder.is_empty() => format!("building blocks stand in `{FOLDER}`, not in `{folder}`"),
        (false, true) => format!("`{FOLDER}` is for rules with a `building_block_type`"),
        _ => return,
    };
    let finding = cx.diagnostic(rule.at("building_block_type"), message);
    cx.report(finding);
}
