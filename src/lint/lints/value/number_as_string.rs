//! Numbers in quotes.

use crate::lang::sigma::modifiers::Class;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Applicability, Edit, Location};
use crate::syntax::ScalarStyle;

declare_lint! {
    /// ## What it checks
    /// Whole numbers in quotes as the values of a field without a modifier: `EventID: '4688'`. Among other texts they are texts.
    ///
    /// ## Why it matters
    /// Sigma compares both alike; in a target that knows types a string never equals a number.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c2c
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     service: security
    /// detection:
    ///     selection:
    ///         EventID: ⟦'4720'⟧
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c2d
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     service: security
    /// detection:
    ///     selection:
    ///         EventID: 4720
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Leave the quotes out. A field that holds text keeps them: ignore the note.
    ///
    /// ## References
    /// pySigma, `number_as_string`.
    pub(in crate::lint) META = {
        name: "number-as-string", family: "value", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in &cx.detection().tests {
        if test.spec.field.is_none() || !test.has_only(&[Class::Link, Class::Negation]) {
            continue;
        }
        let is_quoted = |style| matches!(style, ScalarStyle::Single | ScalarStyle::Double);
        if !test.values.iter().all(|value| value.as_scalar().is_some_and(|scalar| is_number(&scalar.text))) {
            continue;
        }
        for (value, scalar) in test.strings().filter(|(_, scalar)| is_quoted(scalar.style)) {
            let edit = Edit { span: value.span, replacement: scalar.text.to_string() };
            let finding = cx.diagnostic(Location::main(value.span), "this number stands in quotes");
            let finding = finding.fix(Applicability::Unsafe, vec![edit]);
            cx.report(finding);
        }
    }
}

/// A number that is written as it is read: no leading zero, which YAML 1.1 takes for octal.
fn is_number(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}
