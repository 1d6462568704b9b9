//! Dates that do not follow each other.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// A Sigma rule's `modified`: without a `date`, before it, or the same day. An Elastic rule's `updated_date` before its `creation_date`.
    ///
    /// ## Why it matters
    /// Tools that look for rules that changed since a day miss the rule, or find it every time.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c57
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// modified: ⟦2025-12-31⟧
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c58
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// modified: 2026-02-01
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the day of the last change; leave `modified` out of a rule that was not changed.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Modified"; elastic/detection-rules: `updated_date_newer_than_creation`.
    pub(in crate::lint) META = {
        name: "date-order", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    elastic(cx);
    let Some(modified) = cx.sigma_entry("modified") else { return };
    let meta = &cx.rule().meta;
    let message = match (&meta.created, &meta.updated) {
        (None, _) => "the rule was modified and has no `date`",
        (Some(created), Some(updated)) if updated < created => "the rule was modified before its `date`",
        (Some(created), Some(updated)) if updated == created => "`modified` is the day of `date`: leave it out",
        _ => return,
    };
    let finding = cx.diagnostic(Location::main(modified.value.span), message);
    cx.report(finding);
}

fn elastic(cx: &mut RuleCx<'_>) {
    let Some(updated_at) = cx.elastic().and_then(|rule| rule.metadata("updated_date")) else { return };
    if let (Some(created), Some(updated)) = (&cx.rule().meta.created, &cx.rule().meta.updated)
        && updated < created
    {
        let finding = cx.diagnostic(Location::main(updated_at.span), "the rule was changed before its `creation_date`");
        cx.report(finding);
    }
}
