//! Timelines that an alert opens in.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Elastic rules with a `timeline_id` and no `timeline_title` or the reverse, and ids of Elastic's templates with another title than
    /// theirs. In the rules of elastic/detection-rules also ids of no template of Elastic's.
    ///
    /// ## Why it matters
    /// Kibana needs both; with a wrong title the analyst is shown one name and gets another timeline.
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c09"
    /// severity = "low"
    /// timeline_id = ⟦"76e52245-7519-4251-91ab-262fb1a1728c"⟧
    /// timeline_title = "Generic Network Timeline"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c0a"
    /// severity = "low"
    /// timeline_id = "76e52245-7519-4251-91ab-262fb1a1728c"
    /// timeline_title = "Generic Process Timeline"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write both, as Kibana has them.
    ///
    /// ## References
    /// elastic/detection-rules, TestRuleTimelines: the ids and titles of the ten templates.
    pub(in crate::lint) META = {
        name: "timeline", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// Elastic's templates.
const TEMPLATES: [(&str, &str); 10] = [
    ("db366523-f1c6-4c1f-8731-6ce5ed9e5717", "Generic Endpoint Timeline"),
    ("91832785-286d-4ebe-b884-1a208d111a70", "Generic Network Timeline"),
    ("76e52245-7519-4251-91ab-262fb1a1728c", "Generic Process Timeline"),
    ("495ad7a7-316e-4544-8a0f-9c098daee76e", "Generic Threat Match Timeline"),
    ("4d4c0b59-ea83-483f-b8c1-8c360ee53c5c", "Comprehensive File Timeline"),
    ("e70679c2-6cde-4510-9764-4823df18f7db", "Comprehensive Process Timeline"),
    ("300afc76-072d-4261-864d-4149714bf3f1", "Comprehensive Network Timeline"),
    ("3e47ef71-ebfc-4520-975c-cb27fc090799", "Comprehensive Registry Timeline"),
    ("3e827bab-838a-469f-bd1e-5e19a2bff2fd", "Alerts Involving a Single User Timeline"),
    ("4434b91a-94ca-4a89-83cb-a37cdc0532b7", "Alerts Involving a Single Host Timeline"),
];

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let (id, title) = (rule.text("timeline_id"), rule.text("timeline_title"));
    let (key, message) = match (id, title) {
        (None, None) => return,
        (Some(_), None) => ("timeline_id", "a timeline needs a `timeline_title` as well".to_owned()),
        (None, Some(_)) => ("timeline_title", "a timeline needs a `timeline_id` as well".to_owned()),
        (Some(id), Some(title)) => match TEMPLATES.iter().find(|(known, _)| *known == id) {
            Some((_, known)) if *known == title => return,
            Some((_, known)) => ("timeline_id", format!("this id is of `{known}`, not of `{title}`")),
            None if cx.elastic_own().is_some() => {
                ("timeline_id", "this id is of none of Elastic's templates".to_owned())
            }
            None => return,
        },
    };
    let finding = cx.diagnostic(rule.at(key), message);
    cx.report(finding);
}
