//! Search identifiers that no condition names.

use crate::lang::sigma::condition::Node;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenCondition};
use crate::source::Location;
use crate::syntax::Entry;

declare_lint! {
    /// ## What it checks
    /// Search identifiers of a Sigma rule that no condition uses, neither by name nor by a pattern.
    ///
    /// ## Why it matters
    /// What stands in it is never tested: an exclusion that was meant to be there is not, or a test is left over.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c20
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     ⟦filter_admin⟧:
    ///         actor.type: Admin
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c21
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     filter_admin:
    ///         actor.type: Admin
    ///     condition: selection and not 1 of filter_*
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Name it in the condition, or take it out.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Condition".
    pub(in crate::lint) META = {
        name: "unused-selection", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let detection = cx.detection();
    let all_read = detection.conditions.iter().all(|written| written.parsed.condition.is_some());
    if detection.is_partial || detection.conditions.is_empty() || !all_read {
        return;
    }
    let mut unused: Vec<&Entry> = detection.selections.clone();
    for (_, condition) in detection.read() {
        WrittenCondition::for_each_leaf(condition, &mut |leaf| match &leaf.node {
            Node::Identifier(name) => unused.retain(|entry| entry.key.text != *name),
            Node::Of { target, .. } => unused.retain(|entry| !target.value.selects(&entry.key.text)),
            _ => {}
        });
    }
    for entry in unused {
        let message = format!("no condition uses `{}`", entry.key.text);
        let finding = cx.diagnostic(Location::main(entry.key.span), message);
        cx.report(finding);
    }
}
