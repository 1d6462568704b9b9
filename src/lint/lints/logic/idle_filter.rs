//! Exclusions that never take anything out.

use crate::ir::{Dialect, ExprId, ExprKind, Logic, Pool};
use crate::lint::RuleCx;
use crate::lint::disjoint::{Alternatives, alternatives, branches};
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Exclusions of Sigma rules for Windows events that ask for a value of a field which the rest of the condition rules out: no event that the
    /// selection finds is left out by them. Fields of Windows events hold one value.
    ///
    /// ## Why it matters
    /// The exclusion was meant for something else, and the alerts that it was written for still come.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ca2
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         Image|endswith: '\whoami.exe'
    ///     filter_main_cmd:
    ///         ⟦Image|endswith: '\cmd.exe'⟧
    ///         User: SYSTEM
    ///     condition: selection and not filter_main_cmd
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ca3
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         Image|endswith: '\whoami.exe'
    ///     filter_main_cmd:
    ///         ParentImage|endswith: '\cmd.exe'
    ///         User: SYSTEM
    ///     condition: selection and not filter_main_cmd
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Test the field that was meant, or take the exclusion out.
    pub(in crate::lint) META = {
        name: "idle-filter", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    let (Dialect::Sigma, Logic::Event(root)) = (rule.dialect, &rule.logic) else { return };
    if rule.data_source.product.as_ref().is_none_or(|product| product.value != "windows") {
        return;
    }
    let found: Vec<ExprId> = branches(&rule.pool, root).flat_map(|branch| idle(&rule.pool, branch)).collect();
    for place in found.into_iter().filter_map(|id| rule.pool.origin(id)) {
        let finding = cx.diagnostic(place, "the rest of the condition rules this out: the exclusion does nothing");
        cx.report(finding);
    }
}

/// The tests under `not` that nothing of the branch can pass.
fn idle(pool: &Pool, branch: &[ExprId]) -> Vec<ExprId> {
    let excluded: Vec<&ExprId> = branch.iter().filter_map(|id| negated(pool, *id)).collect();
    if excluded.is_empty() {
        return Vec::new();
    }
    let wanted: Vec<Alternatives<'_>> = branch.iter().filter_map(|id| alternatives(pool, id)).collect();
    let ruled_out =
        |id: &ExprId| alternatives(pool, id).is_some_and(|test| wanted.iter().any(|wanted| wanted.is_disjoint(&test)));
    excluded
        .into_iter()
        .flat_map(|id| parts(pool, id))
        .filter_map(|part| part.iter().copied().find(ruled_out))
        .collect()
}

fn negated(pool: &Pool, id: ExprId) -> Option<&ExprId> {
    match pool.kind(id) {
        ExprKind::Not(inner) => Some(inner),
        _ => None,
    }
}

/// The alternatives of an exclusion, each as what has to hold together.
fn parts<'a>(pool: &'a Pool, id: &'a ExprId) -> Vec<&'a [ExprId]> {
    let is_list = alternatives(pool, id).is_some_and(|tests| tests.are_all());
    if is_list { vec![std::slice::from_ref(id)] } else { branches(pool, id).collect() }
}
