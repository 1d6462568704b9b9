//! A fault of the program itself.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Nothing in the rule: the program itself failed while it worked on this file. The other files went on.
    ///
    /// ## Why it matters
    /// The file was not checked to the end, so no finding in it means nothing.
    ///
    /// ## Example
    /// There is none: every case is a fault to report.
    ///
    /// ## Fix
    /// Report it with the file. The exit status is 3.
    pub(in crate::lint) META = {
        name: "internal-error", family: "general", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
