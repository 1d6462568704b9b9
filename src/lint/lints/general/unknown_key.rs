//! Keys that the format does not have.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Keys that the rule's format does not know. The front-ends report them while they read.
    ///
    /// ## Why it matters
    /// A misspelt key is ignored by the product or refused on import: a `timeframe` that nobody reads makes another rule.
    ///
    /// ## Example
    /// ```yaml
    /// title: Example
    /// logsorce:
    ///   product: okta
    /// ```
    ///
    /// ## Fix
    /// Write the key as the format has it, or put what is your own under the key that the format has for it.
    pub(in crate::lint) META = {
        name: "unknown-key", family: "general", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
