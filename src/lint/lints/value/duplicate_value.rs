//! Values that stand twice in a list.

use crate::lint::RuleCx;
use crate::lint::letters::lower;
use crate::lint::meta::{Stage, Tap, declare_lint};
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
        let cased = test.is_cased();
        let mut first: HashMap<(u8, Cow<'_, str>), &Node, RandomState> = HashMap::default();
        first.reserve(test.values.len());
        for value in test.values {
            let Some(key) = key(value, cased) else { continue };
            let Some(known) = first.get(&key).copied() else {
                first.insert(key, value);
                continue;
            };
            let message = "this value stands in the list already".to_owned();
            let mut finding = cx.diagnostic(Location::main(inner(value)), message);
            finding = finding.related(Location::main(inner(known)), "the first time");
            if let Some(edit) = remove_item(&cx.unit().main().text, value) {
                finding = finding.fix(Applicability::Safe, vec![edit]);
            }
            cx.report(finding);
        }
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
    fn case_counts_where_the_rule_says_so_and_a_number_is_no_text() {
        let values = ["'a'", "'A'", "'É'", "'é'", "1", "'1'", "1", "null", "null"].map(str::to_owned);
        assert_eq!(told("f", &values), ["A", "é", "1"]);
        assert_eq!(told("f|cased", &values), ["1"]);
    }
}
