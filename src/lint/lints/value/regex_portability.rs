//! Regular expressions that many engines refuse.

use crate::lang::sigma::modifiers::Modifier;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location, Span};

declare_lint! {
    /// ## What it checks
    /// Regular expressions with what the specification leaves out: look-ahead and look-behind, atomic groups, back-references, possessive
    /// quantifiers. What is no expression at all is an error.
    ///
    /// ## Why it matters
    /// Lucene, EQL, ES|QL and RE2 have none of them: the rule is refused there, or the query fails when it runs.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c30
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|re: 'net⟦(?!⟧1)'
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c31
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|re: 'net\.exe'
    ///     filter_main_net1:
    ///         CommandLine|contains: net1
    ///     condition: selection and not filter_main_net1
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Put what must not match into a filter of its own.
    ///
    /// ## References
    /// Sigma Modifiers 2.1.0, "re": a subset of PCRE.
    pub(in crate::lint) META = {
        name: "regex-portability", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// What stands behind a group's opening, and its name.
const GROUPS: [(&str, &str); 5] = [
    ("(?=", "a look-ahead"),
    ("(?!", "a negative look-ahead"),
    ("(?<=", "a look-behind"),
    ("(?<!", "a negative look-behind"),
    ("(?>", "an atomic group"),
];

fn check(cx: &mut RuleCx<'_>) {
    for test in cx.detection().tests.iter().filter(|test| test.spec.has(Modifier::Re)) {
        for (_, scalar) in test.strings() {
            if let Some((span, name)) = construct(&scalar.text) {
                let place = scalar.map.to_source(span);
                let message = format!("the expression has {name}, which many engines do not have");
                let finding = cx.diagnostic(Location::main(place), message);
                cx.report(finding);
            } else if let Err(error) = regex_syntax::ast::parse::Parser::new().parse(&scalar.text) {
                let span = Span::new(error.span().start.offset, error.span().end.offset);
                let place = scalar.map.to_source(span);
                let mut finding =
                    cx.diagnostic(Location::main(place), format!("no regular expression: {}", error.kind()));
                finding.level = Level::Error;
                cx.report(finding);
            }
        }
    }
}

/// The first construct that the specification's subset does not have.
fn construct(text: &str) -> Option<(Span, &'static str)> {
    let bytes = text.as_bytes();
    let (mut at, mut class) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(|next| (b'1'..=b'9').contains(next)) && !class => {
                return Some((Span::new(at, at + 2), "a back-reference"));
            }
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'(' if !class => {
                let group = GROUPS.iter().find(|(opening, _)| text[at..].starts_with(opening));
                if let Some((opening, name)) = group {
                    return Some((Span::new(at, at + opening.len()), name));
                }
            }
            b'*' | b'+' | b'?' | b'}' if !class && bytes.get(at + 1) == Some(&b'+') => {
                return Some((Span::new(at, at + 2), "a possessive quantifier"));
            }
            _ => {}
        }
        at += 1;
    }
    None
}
