//! Escapes that often mean something else.

use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{BACKSLASH, CONTROL, QUESTION_MARK, RuleCx, STAR, WrittenTest};
use crate::source::{Location, Span};

declare_lint! {
    /// ## What it checks
    /// Control characters in the values of a Sigma rule (`"\t"` in double quotes is a tabulator), and a wildcard in a path that is a plain
    /// character because a single backslash stands before it: `\temp\*.bin`.
    ///
    /// ## Why it matters
    /// A path such as `"C:\temp"` in double quotes has a tabulator in it and never matches; `\*` is a star where a backslash and a
    /// wildcard were meant.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c2a
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|contains: "C:⟦\t⟧emp"
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c4f
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|contains: '\AppData\Local\Temp⟦\*⟧.bin'
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c2b
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         CommandLine|contains: 'C:\temp'
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Use single quotes for paths. For a backslash before a wildcard write `\\*`, for a backslash and a literal star `\\\*`.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Escaping".
    pub(in crate::lint) META = {
        name: "suspicious-escape", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let detection = cx.detection();
    for (_, scalar) in detection.tests.iter().filter(|test| test.has_any(CONTROL)).flat_map(WrittenTest::strings) {
        if let Some(at) = scalar.text.bytes().position(|byte| byte < 0x20) {
            let place = scalar.map.to_source(Span::new(at, at + 1));
            let finding = cx.diagnostic(Location::main(place), "a control character stands in the value");
            let finding = finding.help("in single quotes a backslash is a backslash");
            cx.report(finding);
        }
    }
    let escaped = |test: &&WrittenTest<'_>| test.has_any(BACKSLASH) && test.has_any(STAR | QUESTION_MARK);
    for (_, scalar) in detection.texts().filter(escaped).flat_map(WrittenTest::strings) {
        let Some(at) = escaped_wildcard(&scalar.text) else { continue };
        let place = scalar.map.to_source(Span::new(at, at + 2));
        let message = "the wildcard is a plain character here";
        let finding = cx.diagnostic(Location::main(place), message);
        cx.report(finding.help("for a backslash and a wildcard double the backslash"));
    }
}

/// The first wildcard behind a backslash that looks like the end of a folder's name, in a value with other backslashes: in `\temp\*.bin`
/// the star is a plain one.
fn escaped_wildcard(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut found, mut others) = (0, None, 0);
    while let Some(start) = text.get(at..)?.find('\\').map(|length| at + length) {
        let wildcard = matches!(bytes.get(start + 1), Some(b'*' | b'?'));
        if wildcard && start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
            found = found.or(Some(start));
        } else if !wildcard {
            others += 1;
        }
        let escape = wildcard || bytes.get(start + 1) == Some(&b'\\');
        at = start + if escape { 2 } else { 1 };
    }
    found.filter(|_| others > 0)
}
