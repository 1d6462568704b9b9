//! Tags of elastic/detection-rules.

use crate::catalog::values::{elastic_tag, elastic_tags};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Tags of rules of elastic/detection-rules that are a controlled tag in another letter case, have a prefix that no controlled tag has,
    /// or stand twice.
    ///
    /// ## Why it matters
    /// Kibana filters its rules by tags, and tells apart what differs in one letter.
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c15"
    /// severity = "low"
    /// tags = ["Data Source: Okta", ⟦"Use Case: threat detection"⟧]
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c16"
    /// severity = "low"
    /// tags = ["Data Source: Okta", "Use Case: Threat Detection"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write the tag as the list has it.
    ///
    /// ## References
    /// elastic/detection-rules, TestRuleTags: `casing_and_spacing`, `tag_prefix`, `no_duplicate_tags`; the controlled tags as of August 2026.
    pub(in crate::lint) META = {
        name: "elastic-tag", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let tags: Vec<(&str, Location)> =
        rule.items("tags").iter().filter_map(|item| Some((item.as_str()?, Location::main(item.span)))).collect();
    for (index, (tag, at)) in tags.iter().enumerate() {
        let message = if tags.iter().take(index).any(|(other, _)| other == tag) {
            format!("`{tag}` stands there already")
        } else if let Some(known) = elastic_tag(tag) {
            if known == *tag {
                continue;
            }
            format!("this tag is written `{known}`")
        } else if !elastic_tags().any(|known| known.split_once(':').is_some_and(|(head, _)| tag.contains(head))) {
            format!("no tag begins like `{tag}`: write `Use Case: ..` or `Data Source: ..`, for instance")
        } else {
            continue;
        };
        let finding = cx.diagnostic(*at, message);
        cx.report(finding);
    }
}
