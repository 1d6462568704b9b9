//! Negated tests that drop the events without the field.

use crate::ir::{FieldUse, Logic, Rule, UseKind};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use std::collections::HashSet;

declare_lint! {
    /// ## What it checks
    /// Negated tests (`!=`, `not in`, `not like`) in ES|QL and SQL on a field whose presence the rule does not test.
    ///
    /// ## Why it matters
    /// In ES|QL and SQL a comparison with null is null, and neither it nor its negation lets the row through: an event without the field is
    /// dropped. KQL, EQL and Sigma negate by complement and keep it. An exclusion written this way is also a condition that the field exists.
    ///
    /// ## Example
    /// ```esql
    /// from logs-okta.system-* | where okta.outcome.reason != "known reason"
    /// ```
    ///
    /// ## Fix
    /// Say what is meant: `okta.outcome.reason is null or okta.outcome.reason != "known reason"`, or a test `is not null` beside it.
    ///
    /// ## References
    /// ES|QL reference, "NULL values"; SQL:1999 three-valued logic; elastic/elasticsearch documentation of EQL, "Null".
    pub(in crate::lint) META = {
        name: "negated-test-drops-absent", family: "field", level: Note, stage: Stage::Stable("0.1.0"),
        tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    if !drops_absent(cx.rule()) {
        return;
    }
    let uses = &cx.rule().uses;
    let tested: HashSet<String> =
        uses.iter().filter(|found| found.kind == UseKind::Exists).map(|found| found.field.name()).collect();
    for found in uses.iter().filter(|found| is_negated_test(found)) {
        let name = found.field.name();
        if !tested.contains(&name) {
            let message = format!("events without `{name}` are dropped here: the negated test is null for them");
            let help = format!("add `{name} is null or ..`, or `{name} is not null` if that is meant");
            let finding = cx.diagnostic(found.at, message).help(help);
            cx.report(finding);
        }
    }
}

fn is_negated_test(found: &FieldUse) -> bool {
    found.negated && !matches!(found.kind, UseKind::Exists | UseKind::Other)
}

/// Whether the rule's language has the third outcome null: pipelines (ES|QL, SQL), read or not.
fn drops_absent(rule: &Rule) -> bool {
    match &rule.logic {
        Logic::Pipeline(_) => true,
        Logic::Opaque(opaque) => matches!(opaque.language.as_str(), "esql" | "sql"),
        _ => false,
    }
}
