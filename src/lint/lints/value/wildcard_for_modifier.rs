//! Wildcards where a modifier says the same.

use crate::lang::sigma::modifiers::Class;
use crate::lang::sigma::value::{Piece, parse};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenTest};
use crate::source::{Applicability, Edit, Location, Span};
use crate::syntax::Scalar;

declare_lint! {
    /// ## What it checks
    /// Values of a Sigma rule that begin or end with `*` throughout, where `contains`, `startswith` or `endswith` says the same.
    ///
    /// ## Why it matters
    /// The modifier is what people and other tools look for, and backslashes before a wildcard have to be doubled.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c22
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         ⟦displaymessage⟧: '*password*'
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c23
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         displaymessage|contains: password
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the modifier and leave the wildcards out; `--fix` does. A `*` alone stands for any value and is left.
    ///
    /// ## References
    /// Sigma Modifiers 2.1.0, "Generic Modifiers".
    pub(in crate::lint) META = {
        name: "wildcard-for-modifier", family: "value", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in &cx.detection().tests {
        if test.spec.field.is_none() || !test.has_only(&[Class::Link, Class::Negation, Class::Case]) {
            continue;
        }
        let Some(modifier) = shared_modifier(test) else { continue };
        let (Some(key), Some(field)) = (test.key, &test.spec.field) else { continue };
        let place = key.map.to_source(field.span);
        let mut edits = vec![Edit { span: Span::at(place.end as usize), replacement: format!("|{modifier}") }];
        for (_, scalar) in test.strings() {
            edits.extend(without_ends(scalar, modifier));
        }
        let message = format!("`{}` with wildcards is `{}|{modifier}`", field.value, field.value);
        let finding = cx.diagnostic(Location::main(place), message).fix(Applicability::Safe, edits);
        cx.report(finding);
    }
}

/// The modifier that says what the wildcards of all values say.
fn shared_modifier(test: &WrittenTest<'_>) -> Option<&'static str> {
    let mut modifiers = test.values.iter().map(|value| modifier(value.as_str()?));
    let first = modifiers.next()??;
    modifiers.all(|modifier| modifier == Some(first)).then_some(first)
}

fn modifier(text: &str) -> Option<&'static str> {
    if !(text.starts_with('*') || text.ends_with('*')) {
        return None;
    }
    let pieces = parse(text);
    let kinds: Vec<&Piece> = pieces.iter().map(|piece| &piece.value).collect();
    match kinds.as_slice() {
        [Piece::Any, Piece::Literal(_), Piece::Any] => Some("contains"),
        [Piece::Any, Piece::Literal(_)] => Some("endswith"),
        [Piece::Literal(_), Piece::Any] => Some("startswith"),
        _ => None,
    }
}

fn without_ends(scalar: &Scalar, modifier: &str) -> Vec<Edit> {
    let len = scalar.text.len();
    let mut spans = Vec::new();
    if modifier != "startswith" {
        spans.push(Span::new(0, 1));
    }
    if modifier != "endswith" {
        spans.push(Span::new(len - 1, len));
    }
    spans.into_iter().map(|span| Edit { span: scalar.map.to_source(span), replacement: String::new() }).collect()
}
