//! Said by the front-ends: `missing-file`.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Files that a rule names and that are not there: the `.py` of a Panther rule.
    ///
    /// ## Why it matters
    /// Without its body the rule is not understood at all: nothing in it is checked or converted.
    ///
    /// ## Example
    /// The message names the place and what is expected there.
    ///
    /// ## Fix
    /// Put the file next to the rule, or correct its name.
    pub(in crate::lint) META = {
        name: "missing-file", family: "general", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
