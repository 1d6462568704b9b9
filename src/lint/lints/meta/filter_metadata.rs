//! What a Sigma filter does not have.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Applicability, Location};
use crate::syntax::edit::remove_entry;

declare_lint! {
    /// ## What it checks
    /// `level` and `status` in Sigma filters.
    ///
    /// ## Why it matters
    /// A filter never alerts by itself; the level and the status are those of the rules that it is for, and nothing reads the filter's.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: Sign-Ins of the Test Account
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1cd1
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// filter:
    ///     rules: any
    ///     selection:
    ///         actor.alternateId: test@example.com
    ///     condition: not selection
    /// ⟦level⟧: low
    /// ```
    /// ```yaml good
    /// title: Sign-Ins of the Test Account
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1cd2
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// filter:
    ///     rules: any
    ///     selection:
    ///         actor.alternateId: test@example.com
    ///     condition: not selection
    /// ```
    ///
    /// ## Fix
    /// Leave the key out; `--fix` does it.
    ///
    /// ## References
    /// Sigma Filters Specification 2.1.0, "Syntax".
    pub(in crate::lint) META = {
        name: "filter-metadata", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    if cx.rule().kind != "filter" {
        return;
    }
    for key in ["level", "status"] {
        let Some(entry) = cx.sigma_entry(key) else { continue };
        let text = &cx.unit().main().text;
        let finding = cx
            .diagnostic(Location::main(entry.key.span), format!("a filter has no `{key}`: its rules have their own"))
            .fix(Applicability::Safe, vec![remove_entry(text, entry)]);
        cx.report(finding);
    }
}
