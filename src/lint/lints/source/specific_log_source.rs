//! Event ids where there is a category.

use crate::eval::windows_category;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location};
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Sigma rules for the service `sysmon` or `security` of Windows that choose events by an id for which there is a category: `EventID: 1` is
    /// `process_creation`. A rule for `sysmon` without any `EventID` is a note.
    ///
    /// ## Why it matters
    /// The category finds the same events of other products; the id finds Sysmon's only.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c52
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     service: sysmon
    /// detection:
    ///     selection:
    ///         EventID: ⟦1⟧
    ///         CommandLine|contains: whoami
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c53
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
    /// Write the category in the place of the service, and leave the id out.
    ///
    /// ## References
    /// pySigma, `specific_instead_of_generic_logsource`; Sysmon event ids.
    pub(in crate::lint) META = {
        name: "specific-log-source", family: "source", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let source = &cx.rule().data_source;
    let [product, _, service] = source.sigma_parts();
    if product != "windows" || source.category.is_some() || !["sysmon", "security"].contains(&service) {
        return;
    }
    let ids = cx.detection().tests.iter().filter(|test| test.field() == Some("EventID"));
    let values: Vec<&Node> = ids.flat_map(|test| test.values).collect();
    if values.is_empty()
        && service == "sysmon"
        && let Some(place) = &source.service
    {
        let message = "the rule does not say which of Sysmon's events it means";
        let mut finding = cx.diagnostic(Location::main(place.span), message);
        finding.level = Level::Note;
        cx.report(finding);
    }
    for node in values {
        let id = node.as_int().and_then(|id| u64::try_from(id).ok());
        if let Some(category) = id.and_then(|id| windows_category(service, id)) {
            let message = format!("there is a category for this event: `{category}`");
            let finding = cx.diagnostic(Location::main(node.span), message);
            cx.report(finding);
        }
    }
}
