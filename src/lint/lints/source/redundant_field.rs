//! Fields that the log source has said already.

use crate::eval::windows_category_is_one_event;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Tests of `EventID` or `Channel` in a Sigma rule whose Windows category stands for them.
    ///
    /// ## Why it matters
    /// The category is the same event in every product; with an `EventID` beside it the rule finds the events of one of them only.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c50
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         ⟦EventID⟧: 1
    ///         CommandLine|contains: whoami
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c51
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|contains: whoami
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Leave the field out, or name the service instead of the category.
    ///
    /// ## References
    /// pySigma-validators-sigmaHQ, `category_event_id`, `redundant_field`; SigmaHQ `tests/thor.yml`.
    pub(in crate::lint) META = {
        name: "redundant-field", family: "source", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const IMPLIED: [&str; 2] = ["EventID", "Channel"];

fn check(cx: &mut RuleCx<'_>) {
    let source = &cx.rule().data_source;
    let windows = source.product.as_ref().is_some_and(|product| product.value == "windows");
    let Some(category) = source.category.as_ref().filter(|_| windows) else { return };
    if source.service.is_some() {
        return;
    }
    for test in &cx.detection().tests {
        let (Some(field), Some(key)) = (&test.spec.field, test.key) else { continue };
        if IMPLIED.contains(&field.value.as_str()) && windows_category_is_one_event(&category.value) {
            let message = format!("the category `{}` stands for `{}` already", category.value, field.value);
            let finding = cx.diagnostic(Location::main(key.map.to_source(field.span)), message);
            cx.report(finding);
        }
    }
}
