//! Correlations without what their type needs.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Sigma correlations without `group-by`, and those of type `temporal` and `temporal_ordered` that name fewer than two rules.
    ///
    /// ## Why it matters
    /// Without groups the events of all users and hosts are counted together; an empty list says that this is meant. One rule is near to
    /// nothing else: the correlation fires whenever the rule does.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: Many Refused Sign-Ins
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1cc1
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// ⟦correlation⟧:
    ///     type: event_count
    ///     rules:
    ///         - sign_in_refused
    ///     timespan: 5m
    ///     condition:
    ///         gte: 10
    /// level: low
    /// ---
    /// title: A Refused Sign-In
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1cc2
    /// name: sign_in_refused
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventType: user.session.start
    ///         outcome.result: FAILURE
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Name the fields that tell the groups apart, or write `group-by: []`; name the other rules, or use `event_count`.
    ///
    /// ## References
    /// Sigma Correlation Rules Specification 2.1.0, "Grouping" and "Correlation Types"; pySigma-validators-sigmaHQ,
    /// `correlation_group_by_existence` and `correlation_rules_minimum`.
    pub(in crate::lint) META = {
        name: "correlation-form", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(entry) = cx.sigma_entry("correlation") else { return };
    let Some(kind) = entry.value.get("type").and_then(Node::as_str) else { return };
    if entry.value.get("group-by").is_none() {
        let message = format!("a correlation of type `{kind}` needs a `group-by`");
        let finding = cx.diagnostic(Location::main(entry.key.span), message);
        cx.report(finding.help("name the fields that tell the groups apart; `group-by: []` is one group for all"));
    }
    let rules = entry.value.entry("rules");
    let count = rules.map_or(0, |rules| rules.value.as_seq().map_or(1, <[Node]>::len));
    if let Some(rules) = rules.filter(|_| kind.starts_with("temporal") && count == 1) {
        let message = format!("`{kind}` is about several rules, and this names one: it fires whenever that one does");
        let finding = cx.diagnostic(Location::main(rules.value.span), message);
        cx.report(finding);
    }
}
