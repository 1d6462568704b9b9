//! Items that stand twice in a list of a rule.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Applicability, Location};
use crate::syntax::Node;
use crate::syntax::edit::remove_item;

declare_lint! {
    /// ## What it checks
    /// Tags, references, fields and false positives of a Sigma rule that stand there twice.
    ///
    /// ## Why it matters
    /// Sigma's schema refuses the list, and reports count the item twice.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c54
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// tags:
    ///     - attack.persistence
    ///     - ⟦attack.persistence⟧
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
    /// Leave it out; `--fix` does.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, JSON Schema: `uniqueItems`.
    pub(in crate::lint) META = {
        name: "duplicate-item", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for key in ["tags", "references", "fields", "falsepositives"] {
        let items = cx.sigma_entry(key).and_then(|entry| entry.value.as_seq()).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let Some(text) = item.as_str() else { continue };
            let Some(first) = items[..index].iter().find(|other| other.as_str() == Some(text)) else { continue };
            let message = format!("`{text}` stands in `{key}` already");
            let mut finding = cx.diagnostic(Location::main(inner(item)), message);
            finding = finding.related(Location::main(inner(first)), "the first time");
            if let Some(edit) = remove_item(&cx.unit().main().text, item) {
                finding = finding.fix(Applicability::Safe, vec![edit]);
            }
            cx.report(finding);
        }
    }
}

fn inner(item: &Node) -> crate::source::Span {
    item.as_scalar().map_or(item.span, |scalar| scalar.map.whole())
}
