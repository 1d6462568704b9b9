//! Values that stand twice in a list.

use crate::lint::letters::lower;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenTest};
use crate::source::{Applicability, Location};
use crate::syntax::edit::remove_item;
use crate::syntax::{Node, NodeKind};
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::HashMap;

declare_lint! {
    /// ## What it checks
    /// Values of a Sigma rule that stand in a list twice, letter case aside where it does not count.
    ///
    /// ## Why it matters
    /// The second says nothing. Often it is a value that was meant to be another one.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c26
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype:
    ///             - user.session.start
    ///             - ⟦User.Session.Start⟧
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Leave it out, or write the value that was meant. `--fix` leaves it out.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Lists": values compare without regard to case.
    pub(in crate::lint) META = {
        name: "duplicate-value", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in cx.detection().tests.iter().filter(|test| test.values.len() > 1) {
        let mut known = Known::new(test);
        for (at, value) in test.values.iter().enumerate() {
            let Some(first) = known.find_or_keep(at) else { continue };
            let message = "this value stands in the list already".to_owned();
            let mut finding = cx.diagnostic(Location::main(inner(value)), message);
            finding = finding.related(Location::main(inner(first)), "the first time");
            if let Some(edit) = remove_item(&cx.unit().main().text, value) {
                finding = finding.fix(Applicability::Safe, vec![edit]);
            }
            cx.report(finding);
        }
    }
}

/// Longer lists look values up in a table instead of comparing them with each one before.
const LINEAR_LIMIT: usize = 16;

/// The values of a list that were looked at.
struct Known<'a> {
    values: &'a [Node],
    cased: bool,
    first: HashMap<(u8, Cow<'a, str>), &'a Node, RandomState>,
}

impl<'a> Known<'a> {
    fn new(test: &WrittenTest<'a>) -> Self {
        let kept = if test.values.len() > LINEAR_LIMIT { test.values.len() } else { 0 };
        let first = HashMap::with_capacity_and_hasher(kept, RandomState::default());
        Self { values: test.values, cased: test.is_cased(), first }
    }

    /// The first value that is the one at this place, if it stands before it.
    fn find_or_keep(&mut self, at: usize) -> Option<&'a Node> {
        let values = self.values;
        if values.len() <= LINEAR_LIMIT {
            return values[..at].iter().find(|before| is_same(before, &values[at], self.cased));
        }
        let first = *self.first.entry(key(&values[at], self.cased)?).or_insert(&values[at]);
        (!std::ptr::eq(first, &raw const values[at])).then_some(first)
    }
}

fn is_same(left: &Node, right: &Node, cased: bool) -> bool {
    match (&left.kind, &right.kind) {
        (NodeKind::Str(left), NodeKind::Str(right)) if cased => left.text == right.text,
        (NodeKind::Str(left), NodeKind::Str(right)) if left.text.is_ascii() && right.text.is_ascii() => {
            left.text.eq_ignore_ascii_case(&right.text)
        }
        _ => key(left, cased).is_some_and(|left| Some(left) == key(right, cased)),
    }
}

/// What makes two values one: a number and a string stay two.
fn key(value: &Node, cased: bool) -> Option<(u8, Cow<'_, str>)> {
    match &value.kind {
        NodeKind::Str(scalar) if cased => Some((0, Cow::Borrowed(&scalar.text))),
        NodeKind::Str(scalar) => Some((0, lower(&scalar.text))),
        NodeKind::Int(number) => Some((1, Cow::Owned(number.to_string()))),
        _ => None,
    }
}

fn inner(value: &Node) -> crate::source::Span {
    value.as_scalar().map_or(value.span, |scalar| scalar.map.whole())
}

#[cfg(test)]
mod tests {
    use crate::frontend::{Context, load};
    use crate::lint::{Settings, check_file};
    use crate::source::SourceFile;

    /// The values that the lint tells of.
    fn told(key: &str, values: &[String]) -> Vec<String> {
        let list = values.join("\n            - ");
        let text = format!(
            "title: T\nlogsource:\n    product: okta\ndetection:\n    s:\n        {key}:\n            - {list}\n    condition: s\n"
        );
        let loaded = load(SourceFile::new("t.yml", text), &Context::default());
        let found = check_file(&loaded, &Settings::defaults());
        let own = found.iter().filter(|found| found.lint == "duplicate-value");
        own.map(|found| loaded.unit.slice(found.location).to_owned()).collect()
    }

    #[test]
    fn short_and_long_lists_are_looked_at_alike() {
        for more in [0, 100] {
            let mut values: Vec<String> = (0..more).map(|number| format!("v{number}")).collect();
            let twice = ["'a'", "'A'", "'É'", "'é'", "1", "'1'", "1", "null", "null"];
            values.extend(twice.map(str::to_owned));
            assert_eq!(told("f", &values), ["A", "é", "1"], "{more}");
            assert_eq!(told("f|cased", &values), ["1"], "{more}");
        }
    }
}
