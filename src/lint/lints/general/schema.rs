//! Said by the front-ends: `schema`.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Keys that a rule of its kind must have, and combinations that its format forbids.
    ///
    /// ## Why it matters
    /// The product refuses the rule when it is uploaded.
    ///
    /// ## Example
    /// The message names the place and what is expected there.
    ///
    /// ## Fix
    /// Add what the message names.
    pub(in crate::lint) META = {
        name: "schema", family: "general", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
