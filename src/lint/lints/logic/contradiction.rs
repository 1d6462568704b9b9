//! Conditions that contradict themselves.

use crate::ir::{Dialect, ExprId, ExprKind, Logic, Pool};
use crate::lint::RuleCx;
use crate::lint::disjoint::{alternatives, branches};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Conditions of Sigma rules that ask for something and its opposite, and for Windows events, whose fields hold one value, two values of one
    /// field at once.
    ///
    /// ## Why it matters
    /// The rule never fires, and nothing says so.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ca0
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection_img:
    ///         Image|endswith: '\cmd.exe'
    ///     selection_tool:
    ///         ⟦Image|endswith: '\whoami.exe'⟧
    ///     condition: all of selection_*
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ca1
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection_img:
    ///         ParentImage|endswith: '\cmd.exe'
    ///     selection_tool:
    ///         Image|endswith: '\whoami.exe'
    ///     condition: all of selection_*
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Join the two with `or`, or test the field that was meant.
    pub(in crate::lint) META = {
        name: "contradiction", family: "logic", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    let (Dialect::Sigma, Logic::Event(root)) = (rule.dialect, &rule.logic) else { return };
    let windows = rule.data_source.product.as_ref().is_some_and(|product| product.value == "windows");
    let found: Vec<(ExprId, Option<Location>)> =
        branches(&rule.pool, root).filter_map(|branch| conflict(&rule.pool, branch, windows)).collect();
    for (id, other) in found {
        let Some(place) = rule.pool.origin(id) else { continue };
        let mut finding = cx.diagnostic(place, "this contradicts another part of the condition: the rule never fires");
        if let Some(other) = other {
            finding = finding.related(other, "the other part");
        }
        cx.report(finding);
    }
}

/// A part that cannot hold beside another one of the same branch.
fn conflict(pool: &Pool, branch: &[ExprId], single_valued: bool) -> Option<(ExprId, Option<Location>)> {
    // A list of values is a branch for each.
    if branch.len() < 2 {
        return None;
    }
    for member in branch {
        if let ExprKind::Not(inner) = pool.kind(*member)
            && branch.contains(inner)
        {
            return Some((*member, pool.origin(*inner)));
        }
    }
    if !single_valued {
        return None;
    }
    let tests: Vec<_> = branch.iter().filter_map(|id| Some((*id, alternatives(pool, id)?))).collect();
    for (index, (id, test)) in tests.iter().enumerate() {
        if let Some((other, _)) = tests[..index].iter().find(|(_, other)| test.is_disjoint(other)) {
            return Some((*id, pool.origin(*other)));
        }
    }
    None
}
