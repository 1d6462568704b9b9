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
    /// title: A Suppression
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c13
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
    /// level: low # detc-ignore: ⟦attack-nmae⟧
    /// ```
    /// ```yaml good
    /// title: A Suppression
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c13
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
    /// level: low # detc-ignore: attack-name the vendor writes it so
    /// ```
    ///
    /// ## Fix
    /// Write the name as `detc lints` prints it. Names are separated by commas; a reason may follow after a space.
    pub(in crate::lint) META = {
        name: "bad-suppression", family: "general", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
