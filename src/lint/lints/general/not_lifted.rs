//! Said by the front-ends: `not-lifted`.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Parts of a Panther rule's Python that this program does not understand. They stay as they are, with the reason.
    ///
    /// ## Why it matters
    /// What is not understood is not checked, not evaluated, and cannot be converted.
    ///
    /// ## Example
    /// The message names the place and what is expected there.
    ///
    /// ## Fix
    /// Nothing needs to be fixed. A simpler form of the same code (early returns, `event.get`, constants) may be understood.
    pub(in crate::lint) META = {
        name: "not-lifted", family: "general", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
