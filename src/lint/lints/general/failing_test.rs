//! Tests of a rule that fail.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// The tests of a rule: those that it carries (Panther) and those in the `NAME.tests.yaml` beside it. Only `detc test` runs
    /// them; a test that cannot be decided is a note.
    ///
    /// ## Why it matters
    /// Either the rule misses what it was written for, or it fires on what it must leave alone.
    ///
    /// ## Example
    /// A test that says `expect: true` for an event that the rule does not match.
    ///
    /// ## Fix
    /// `detc inspect` shows the condition as `detc` reads it. Mend the rule, or the test if it is the one that is wrong.
    pub(in crate::lint) META = {
        name: "failing-test", family: "general", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
