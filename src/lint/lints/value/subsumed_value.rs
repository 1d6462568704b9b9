//! Values that another value of the list takes in.

use crate::lang::sigma::modifiers::{Class, Modifier};
use crate::lint::letters::lower;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{BACKSLASH, QUESTION_MARK, RuleCx, STAR, WrittenTest};
use crate::source::Location;
use crate::syntax::Scalar;
use std::borrow::Cow;

declare_lint! {
    /// ## What it checks
    /// Values under `contains`, `startswith` or `endswith` of which another value of the same list is a part: wherever the longer one fits, the
    /// shorter one does. Under `all` it is the shorter one that adds nothing. Lists of more than 500 values are left alone.
    ///
    /// ## Why it matters
    /// The longer value changes nothing, so the list reads as more careful than the rule is.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c27
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         displaymessage|contains:
    ///             - password
    ///             - ⟦password reset⟧
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Leave the value out, or narrow the one that takes it in.
    ///
    /// ## References
    /// Sigma Modifiers 2.1.0, "Generic Modifiers".
    pub(in crate::lint) META = {
        name: "subsumed-value", family: "value", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const MAX_VALUES: usize = 500;

/// A value with what tells most pairs apart at a glance.
struct Value<'a> {
    text: Cow<'a, str>,
    /// Which bytes occur in it; a few share a bit.
    bytes: u64,
    scalar: &'a Scalar,
}

impl<'a> Value<'a> {
    fn new(scalar: &'a Scalar, cased: bool) -> Self {
        let text = if cased { Cow::Borrowed(&*scalar.text) } else { lower(&scalar.text) };
        let bytes = text.bytes().fold(0, |found, byte| found | 1 << (byte & 63));
        Self { text, bytes, scalar }
    }

    fn can_stand_in(&self, long: &Self) -> bool {
        self.text.len() < long.text.len() && self.bytes & !long.bytes == 0
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in cx.detection().texts().filter(|test| (2..=MAX_VALUES).contains(&test.values.len())) {
        let Some(part) = part(test) else { continue };
        let is_open = test.has_any(STAR | QUESTION_MARK | BACKSLASH);
        let has_more = |text: &str| is_open && text.contains(['*', '?', '\\']);
        let is_plain = |scalar: &Scalar| !(scalar.text.is_empty() || has_more(&scalar.text));
        let cased = test.is_cased();
        let plain = test.strings().map(|(_, scalar)| scalar).filter(|scalar| is_plain(scalar));
        let values: Vec<Value<'_>> = plain.map(|scalar| Value::new(scalar, cased)).collect();
        let all = test.spec.has(Modifier::All);
        for long in &values {
            let shorter = values.iter().find(|short| short.can_stand_in(long) && part(&long.text, &short.text));
            let Some(short) = shorter else { continue };
            let (idle, other) = if all { (short.scalar, long.scalar) } else { (long.scalar, short.scalar) };
            let message = format!("`{}` says nothing that `{}` does not say already", idle.text, other.text);
            let finding = cx.diagnostic(Location::main(idle.map.whole()), message);
            let finding = finding.related(Location::main(other.map.whole()), "this value takes it in");
            cx.report(finding);
        }
    }
}

/// How a value has to stand in another one so that it takes it in.
fn part(test: &WrittenTest<'_>) -> Option<fn(&str, &str) -> bool> {
    let mut places = test.spec.modifiers.iter().filter(|modifier| modifier.value.spec().class == Class::Place);
    match places.next()?.value {
        Modifier::StartsWith => Some(|long, short| long.starts_with(short)),
        Modifier::EndsWith => Some(|long, short| long.ends_with(short)),
        _ => Some(|long, short| long.contains(short)),
    }
}
