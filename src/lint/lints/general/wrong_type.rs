//! Said by the front-ends: `wrong-type`.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Values of another type than their key takes: a number for a list, an empty list for values.
    ///
    /// ## Why it matters
    /// The product refuses the rule, or reads something else than what was meant.
    ///
    /// ## Example
    /// The message names the place and what is expected there.
    ///
    /// ## Fix
    /// Write a value of the type that the message names.
    pub(in crate::lint) META = {
        name: "wrong-type", family: "general", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
