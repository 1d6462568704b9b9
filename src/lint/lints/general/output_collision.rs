//! Two rules of a conversion that would write one file.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Rules that `detc convert -o DIR` would write to the same file: their source files have the same name, or names that
    /// differ in letter case only. Only `detc convert` reports it.
    ///
    /// ## Why it matters
    /// The second output would replace the first, and a detection would be gone without a word. Neither is written.
    ///
    /// ## Example
    /// `detc convert a/login.yml b/login.yml --to sigma -o out`: both would be `out/login.yml`.
    ///
    /// ## Fix
    /// Convert a common folder (`detc convert . -o out` keeps the folders below it), or rename one of the files.
    pub(in crate::lint) META = {
        name: "output-collision", family: "general", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
