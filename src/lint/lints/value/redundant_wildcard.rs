//! Wildcards that add nothing.

use crate::lang::sigma::modifiers::Modifier;
use crate::lang::sigma::value::{Piece, parse};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, STAR, WrittenTest};
use crate::source::{Applicability, Edit, Level, Location, Span};

declare_lint! {
    /// ## What it checks
    /// Wildcards of a Sigma rule that say nothing more: one `*` after another, and a `*` where the modifier already leaves the end open.
    /// Around keywords, which stand anywhere in a value, it is a note: some tools look for whole values.
    ///
    /// ## Why it matters
    /// The reader looks for a difference that is not there, and some tools write a slower query.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c24
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         displaymessage|contains: 'reset⟦*⟧'
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c25
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         displaymessage|contains: reset
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Leave the wildcard out; `--fix` does.
    ///
    /// ## References
    /// Sigma Modifiers 2.1.0, "Generic Modifiers".
    pub(in crate::lint) META = {
        name: "redundant-wildcard", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in cx.detection().texts().filter(|test| test.has_any(STAR)) {
        let open = open_ends(test);
        for (_, scalar) in test.strings().filter(|(_, scalar)| scalar.text.contains('*')) {
            for span in redundant(&scalar.text, open) {
                let place = scalar.map.to_source(span);
                let edit = Edit { span: place, replacement: String::new() };
                let finding = cx.diagnostic(Location::main(place), "this wildcard adds nothing");
                let mut finding = finding.fix(Applicability::Safe, vec![edit]);
                if test.spec.field.is_none() {
                    finding.level = Level::Note;
                }
                cx.report(finding);
            }
        }
    }
}

/// Whether anything may stand before and after the value without a wildcard.
fn open_ends(test: &WrittenTest<'_>) -> (bool, bool) {
    let (starts, ends) = (test.spec.has(Modifier::StartsWith), test.spec.has(Modifier::EndsWith));
    let anywhere = test.spec.has(Modifier::Contains) || (test.spec.field.is_none() && !starts && !ends);
    (anywhere || ends, anywhere || starts)
}

fn redundant(text: &str, (before, after): (bool, bool)) -> Vec<Span> {
    let pieces = parse(text);
    let is_any = |at: usize| pieces.get(at).is_some_and(|piece| piece.value == Piece::Any);
    let last = pieces.len().saturating_sub(1);
    // A value of wildcards alone is any value: that is another matter.
    if (0..pieces.len()).all(is_any) {
        return Vec::new();
    }
    let doubled = |at: usize| at > 0 && is_any(at - 1);
    let implied = |at: usize| (at == 0 && before) || (at == last && after);
    (0..pieces.len()).filter(|at| is_any(*at) && (doubled(*at) || implied(*at))).map(|at| pieces[at].span).collect()
}
