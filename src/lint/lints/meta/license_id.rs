//! Licences that are no SPDX expressions.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Span};
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// The `license` of Sigma rules: a licence or an expression of SPDX.
    ///
    /// ## Why it matters
    /// The specification asks for it, so that tools can tell which rules may be passed on.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Licence in Other Words
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ce1
    /// status: test
    /// description: Shows what the lint finds.
    /// license: ⟦Apache2⟧
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventType: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Licence of the List
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ce2
    /// status: test
    /// description: Shows what the lint finds.
    /// license: Apache-2.0 OR MIT
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventType: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the licence's identifier as <https://spdx.org/licenses/> has it; a licence of your own is `LicenseRef-` and a name.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "License"; SPDX License List and License Expressions 2.3.
    pub(in crate::lint) META = {
        name: "license-id", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(scalar) = cx.sigma_entry("license").map(|entry| &entry.value).and_then(Node::as_scalar) else { return };
    let text = scalar.text.trim();
    let Err(error) = spdx::Expression::parse(text) else { return };
    let lead = scalar.text.len() - scalar.text.trim_start().len();
    let span = Span::new(lead + error.span.start.min(text.len()), lead + error.span.end.min(text.len()));
    let message = format!("`{text}` is no SPDX licence expression: {}", error.reason);
    let mut finding = cx.diagnostic(Location::main(scalar.map.to_source(span)), message);
    if let Some((known, _)) = spdx::imprecise_license_id(text) {
        finding = finding.help(format!("did you mean `{}`?", known.name));
    }
    cx.report(finding);
}
