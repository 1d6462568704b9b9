//! Modifiers that together do not what they seem to.

use crate::lang::sigma::modifiers::{Class, Modifier};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenTest};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// `all` over whole values of one field; `base64offset` without `contains`; `windash` with `all`, which other tools misread.
    ///
    /// ## Why it matters
    /// One field does not equal two values at once, save where it is a list. A part of a Base64 text never is the whole text. Tools that write
    /// out the dashes of `windash` into the list ask for every spelling at once.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c32
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|⟦base64offset⟧: 'net user'
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c33
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|base64offset|contains: 'net user'
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Add `contains`, or write a selection for each value.
    ///
    /// ## References
    /// Sigma Modifiers 2.1.0; pySigma, `invalid_modifier_combinations`.
    pub(in crate::lint) META = {
        name: "modifier-combination", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in cx.detection().tests.iter().filter(|test| !test.spec.modifiers.is_empty()) {
        if let Some((modifier, message)) = doubtful(test) {
            let finding = cx.diagnostic(Location::main(test.modifier_span(modifier)), message);
            cx.report(finding);
        }
    }
}

fn doubtful(test: &WrittenTest<'_>) -> Option<(Modifier, String)> {
    let all = test.spec.has(Modifier::All);
    if test.spec.has(Modifier::Base64Offset) && !test.spec.has(Modifier::Contains) {
        let message = "`base64offset` gives a part of a text: without `contains` it never matches".to_owned();
        return Some((Modifier::Base64Offset, message));
    }
    if all && test.spec.has(Modifier::Windash) {
        return Some((Modifier::All, "other tools ask for every spelling of `windash` at once under `all`".to_owned()));
    }
    let whole = test.has_only(&[Class::Link, Class::Negation, Class::Case]);
    let open = |text: &str| text.starts_with('*') || text.ends_with('*');
    let closed = || test.strings().filter(|(_, scalar)| !open(&scalar.text)).count();
    match test.field() {
        Some(field) if all && whole && closed() > 1 => {
            Some((Modifier::All, format!("`{field}` equals all of these values at once only where it is a list")))
        }
        _ => None,
    }
}
