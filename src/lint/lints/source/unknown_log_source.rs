//! Log sources that nobody collects.

use crate::catalog::logsource;
use crate::ir::Dialect;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, nearest};

declare_lint! {
    /// ## What it checks
    /// Sigma log sources (`product`, `category`, `service`) that the taxonomy does not have, and Panther log types that Panther has no schema for.
    ///
    /// ## Why it matters
    /// No pipeline maps such a source to data, so the rule is not run, or is run over everything.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Log Source That Nobody Collects
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c08
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: ⟦oktaa⟧
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the source as the taxonomy has it. A source of your own is yours to know: ignore the lint for the file.
    ///
    /// ## References
    /// Sigma specification, appendix Taxonomy; Panther's supported logs. Log types named `Custom.` are the user's own.
    pub(in crate::lint) META = {
        name: "unknown-log-source", family: "source", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    match cx.rule().dialect {
        Dialect::Sigma => sigma(cx),
        Dialect::Panther => panther(cx),
        Dialect::Elastic | Dialect::Query => {}
    }
}

fn sigma(cx: &mut RuleCx<'_>) {
    let source = &cx.rule().data_source;
    let [product, category, service] = source.sigma_parts();
    let first = [&source.product, &source.category, &source.service].into_iter().flatten().next();
    let Some(at) = first.map(|found| found.span) else { return };
    if logsource::is_known_sigma(product, category, service) {
        return;
    }
    let near: Vec<String> = logsource::near_sigma(product, category, service)
        .into_iter()
        .take(3)
        .map(|(product, category, service)| describe(product, category, service))
        .collect();
    let message = format!("no log source {} is known", describe(product, category, service));
    let mut finding = cx.diagnostic(Location::main(at), message);
    if !near.is_empty() {
        finding = finding.help(format!("did you mean {}?", near.join(" or ")));
    }
    cx.report(finding);
}

fn describe(product: &str, category: &str, service: &str) -> String {
    let parts = [("product", product), ("category", category), ("service", service)];
    let named: Vec<String> =
        parts.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key} `{value}`")).collect();
    named.join(" with ")
}

fn panther(cx: &mut RuleCx<'_>) {
    for found in &cx.rule().data_source.log_types {
        // Users name their own types `Custom.`; resource types of policies are not log types.
        if found.value.starts_with("Custom.") || logsource::is_known_panther(&found.value) {
            continue;
        }
        let message = format!("Panther has no log type `{}` that is known here", found.value);
        let mut finding = cx.diagnostic(Location::main(found.span), message);
        if let Some(near) = nearest(&found.value, logsource::panther_log_types()) {
            finding = finding.help(format!("did you mean `{near}`?"));
        }
        cx.report(finding);
    }
}
