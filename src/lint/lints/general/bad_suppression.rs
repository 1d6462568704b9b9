//! Suppression comments that suppress nothing.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Comments `# detc-ignore: NAME` and `# detc-ignore-file: NAME` whose name is neither a lint nor a family.
    ///
    /// ## Why it matters
    /// A misspelt suppression silences nothing, and after a renaming nobody notices.
    ///
    /// ## Example
    /// ```yaml bad
    /// a: b # detc-ignore: ⟦attack-nmae⟧
    /// ```
    /// ```yaml good
    /// a: b # detc-ignore: attack-name the vendor writes it so
    /// ```
    ///
    /// ## Fix
    /// Write the name as `detc lints` prints it. Names are separated by commas; a reason may follow after a space.
    pub(in crate::lint) META = {
        name: "bad-suppression", family: "general", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
