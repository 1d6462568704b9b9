//! What Kibana takes of a rule's type.

use crate::catalog::features::MANY_THRESHOLD_FIELDS;
use crate::ir::{Logic, NewTerms, Rule};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{ElasticRule, RuleCx};
use crate::source::Location;
use crate::syntax::{Entry, Node};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Kibana's `from` when a rule does not say.
const DEFAULT_LOOK_BACK: Duration = Duration::from_mins(6);

declare_lint! {
    /// ## What it checks
    /// Elastic rules beyond what Kibana takes: more than five fields of a threshold (three before 9.2), none or more than three fields of new
    /// terms or one twice, a history of new terms that begins after `from`, none or more than three fields under
    /// `alert_suppression.group_by`, a threshold rule that suppresses by anything but a `duration`, and analysed text among all these
    /// fields, which Elasticsearch does not group by.
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
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c1f"
    /// severity = "low"
    /// type = "new_terms"
    /// query = 'event.outcome:failure'
    ///
    /// [rule.new_terms]
    /// field = "new_terms_fields"
    /// value = ⟦["user.id", "source.ip", "user_agent.name", "event.action"]⟧
    ///
    /// [[rule.new_terms.history_window_start]]
    /// field = "history_window_start"
    /// value = "now-7d"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c20"
    /// severity = "low"
    /// type = "new_terms"
    /// query = 'event.outcome:failure'
    ///
    /// [rule.new_terms]
    /// field = "new_terms_fields"
    /// value = ["user.id", "source.ip"]
    ///
    /// [[rule.new_terms.history_window_start]]
    /// field = "history_window_start"
    /// value = "now-7d"
    /// ```
    ///
    /// ## Fix
    /// Leave fields out. A threshold rule groups its alerts by the fields of its threshold.
    ///
    /// ## References
    /// Elastic detections API; elastic/detection-rules: L8 and the schemas of `new_terms` and `alert_suppression`.
    pub(in crate::lint) META = {
        name: "rule-type-limit", family: "logic", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let list =
        |path: [&str; 2]| rule.get(path[0]).and_then(|table| table.get(path[1])).filter(|node| node.as_seq().is_some());
    let mut found: Vec<(&Node, String)> = Vec::new();
    if let Some(node) = list(["threshold", "field"]) {
        let most = if cx.stack() < MANY_THRESHOLD_FIELDS.since { 3 } else { 5 };
        found.extend(beyond(node, 0..=most, "a threshold"));
    }
    if let Some(node) = list(["new_terms", "value"]) {
        found.extend(beyond(node, 1..=3, "a rule of new terms"));
        found.extend(twice(node));
    }
    if let Some(node) = list(["alert_suppression", "group_by"]) {
        found.extend(beyond(node, 1..=3, "a suppression"));
    }
    let foreign = |entry: &&Entry| rule.kind() == "threshold" && entry.key.text != "duration";
    if let Some(message) = short_history(cx.rule()) {
        let starts = rule.get("new_terms").and_then(|table| table.get("history_window_start")).and_then(Node::as_seq);
        let start = starts.and_then(|starts| starts.first()?.get("value"));
        found.extend(start.map(|at| (at, message)));
    }
    let suppression = rule.get("alert_suppression").and_then(Node::as_map).unwrap_or_default();
    let message = "a threshold rule suppresses by its own fields: it takes a `duration` alone".to_owned();
    found.extend(suppression.iter().find(foreign).map(|entry| (&entry.value, message)));
    found.extend(half_said(rule));
    for (node, message) in found {
        let finding = cx.diagnostic(Location::main(node.span), message);
        cx.report(finding);
    }
    analysed(cx, rule);
}

/// Groups and counts by analysed text, whose values Elasticsearch keeps nowhere as they were.
fn analysed(cx: &mut RuleCx<'_>, rule: ElasticRule<'_>) {
    if rule.kind() == "esql" || !cx.is_held_against_schema() {
        return;
    }
    let under = |table: &str, key: &str| rule.get(table).and_then(|table| table.get(key));
    let lists = [under("threshold", "field"), under("new_terms", "value"), under("alert_suppression", "group_by")];
    let counted = under("threshold", "cardinality").and_then(Node::as_seq).unwrap_or_default();
    let counted = counted.iter().filter_map(|entry| entry.get("field"));
    let fields = lists.into_iter().flatten().filter_map(Node::as_seq).flatten().chain(counted);
    for (node, name) in fields.filter_map(|node| Some((node, node.as_str()?))) {
        if cx.schema().lookup(name).is_some_and(|info| info.ty.is_analysed()) {
            let message = format!("`{name}` is analysed text: nothing is grouped or counted by it");
            let finding = cx.diagnostic(Location::main(node.span), message).help("take its keyword field");
            cx.report(finding);
        }
    }
}

/// What a suppression cannot be without.
fn half_said(rule: ElasticRule<'_>) -> Option<(&Node, String)> {
    let table = rule.get("alert_suppression")?;
    let key = if rule.kind() == "threshold" { "duration" } else { "group_by" };
    let at = table.as_map()?.first().map_or(table, |entry| &entry.value);
    table.get(key).is_none().then(|| (at, format!("a suppression of {} rules needs `{key}`", rule.kind())))
}

/// Kibana runs no rule whose history begins with the events that it looks at or later.
fn short_history(rule: &Rule) -> Option<String> {
    let Logic::NewTerms(NewTerms { history, .. }) = &rule.logic else { return None };
    let look_back = rule.meta.schedule.look_back.unwrap_or(DEFAULT_LOOK_BACK);
    let message = "the history has to begin before the events that the rule looks at (`from`)";
    (*history <= look_back).then(|| message.to_owned())
}

fn beyond<'n>(node: &'n Node, range: RangeInclusive<usize>, what: &str) -> Option<(&'n Node, String)> {
    let count = node.as_seq().map_or(0, <[Node]>::len);
    let told = || format!("{what} has {} to {} fields, not {count}", range.start(), range.end());
    (!range.contains(&count)).then(|| (node, told()))
}

fn twice(node: &Node) -> Option<(&Node, String)> {
    let items = node.as_seq()?;
    let again = |(index, item): &(usize, &Node)| items.iter().take(*index).any(|other| other.as_str() == item.as_str());
    let (_, item) = items.iter().enumerate().find(again)?;
    Some((item, "this field stands there already".to_owned()))
}
