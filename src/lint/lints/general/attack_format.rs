//! Said by the front-ends: `attack-format`.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// References to ATT&CK under `Reports` that are not of the form `TA0001:T1078` or `TA0001:T1078.004`.
    ///
    /// ## Why it matters
    /// Panther shows only references that it can read.
    ///
    /// ## Example
    /// The message names the place and what is expected there.
    ///
    /// ## Fix
    /// Write tactic and technique, with a colon between them.
    pub(in crate::lint) META = {
        name: "attack-format", family: "general", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
