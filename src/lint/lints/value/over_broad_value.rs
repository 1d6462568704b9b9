//! Values that every value of the field fits.

use crate::lang::sigma::modifiers::{Class, Modifier};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenTest};
use crate::source::{Level, Location};

declare_lint! {
    /// ## What it checks
    /// Values of a Sigma rule that any value fits: an empty text under `contains`, `startswith` or `endswith`, a `*` alone, a regular expression
    /// such as `.*`. A `*` alone is a note: before `exists` it was the way to ask for a value.
    ///
    /// ## Why it matters
    /// The test only asks whether the field has a value. Where it stands among others with `or`, the others do not matter.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c28
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
    ///         displaymessage|contains: ⟦''⟧
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c29
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
    ///         displaymessage|exists: true
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the value that was meant; to ask whether the field is there, write `exists: true`.
    ///
    /// ## References
    /// Sigma Modifiers 2.1.0, "exists".
    pub(in crate::lint) META = {
        name: "over-broad-value", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// Expressions that any text fits.
const ANYTHING: [&str; 8] = ["", ".*", "^.*", ".*$", "^.*$", ".+", "^.+$", "(.*)"];

fn check(cx: &mut RuleCx<'_>) {
    for test in &cx.detection().tests {
        for (value, scalar) in test.strings() {
            let Some(level) = broad(test, &scalar.text) else { continue };
            let name = test.field().map_or_else(|| "the event".to_owned(), |field| format!("`{field}`"));
            let mut finding = cx.diagnostic(Location::main(value.span), format!("every value of {name} fits this"));
            if let Some(field) = test.field() {
                finding = finding.help(format!("write `{field}|exists: true` to ask whether the field is there"));
            }
            finding.level = level;
            cx.report(finding);
        }
    }
}

fn broad(test: &WrittenTest<'_>, text: &str) -> Option<Level> {
    if test.spec.has(Modifier::Re) {
        return ANYTHING.contains(&text).then_some(Level::Warning);
    }
    if !matches!(text, "" | "*") || !test.has_only(&[Class::Link, Class::Negation, Class::Case, Class::Place]) {
        return None;
    }
    let placed = test.spec.modifiers.iter().any(|modifier| modifier.value.spec().class == Class::Place);
    match text {
        "" if placed => Some(Level::Warning),
        "*" if test.spec.field.is_some() => Some(Level::Note),
        "*" => Some(Level::Warning),
        _ => None,
    }
}
