//! What cannot be read.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// What the front-ends cannot read: TOML and YAML, the query inside a rule, its Python body, modifiers and conditions.
    ///
    /// ## Why it matters
    /// A rule that its product cannot read does not run, and a tool that skips it says nothing.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Key That Stands There Twice
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c14
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
    ///     condition: selection
    /// level: low
    /// ⟦level⟧: high
    /// ```
    ///
    /// ## Fix
    /// Correct what stands at the caret. Everything else in the file is still checked.
    ///
    /// ## References
    /// The specifications of TOML 1.0 and YAML 1.2, and the grammars of the query languages.
    pub(in crate::lint) META = {
        name: "syntax", family: "general", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
