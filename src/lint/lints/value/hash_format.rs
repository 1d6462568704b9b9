//! Hashes that cannot match.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Values of Sysmon's `Hashes`: each is `NAME=value`, with the number of hexadecimal digits that the hash has (MD5 and IMPHASH 32, SHA1
    /// 40, SHA256 64).
    ///
    /// ## Why it matters
    /// A value of another form never matches: `Hashes` holds all hashes of the file as one text.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c2e
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         Hashes|contains: ⟦MD5=0123456789abcdef⟧
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c2f
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: windows
    ///     category: process_creation
    /// detection:
    ///     selection:
    ///         Hashes|contains: MD5=0123456789abcdef0123456789abcdef
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the hash in full, with its name.
    ///
    /// ## References
    /// Sysmon, `HashAlgorithms`; pySigma-validators-sigmaHQ, `invalid_hash_kv`.
    pub(in crate::lint) META = {
        name: "hash-format", family: "value", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const HASHES: [(&str, usize); 4] = [("MD5", 32), ("SHA1", 40), ("SHA256", 64), ("IMPHASH", 32)];

fn check(cx: &mut RuleCx<'_>) {
    let is_hashes = |field: &str| field == "Hashes" || field == "Hash";
    for test in cx.detection().texts().filter(|test| test.field().is_some_and(is_hashes)) {
        for (_, scalar) in test.strings() {
            if let Some(wrong) = wrong(&scalar.text) {
                let finding = cx.diagnostic(Location::main(scalar.map.whole()), wrong);
                cx.report(finding);
            }
        }
    }
}

/// What is wrong with a value; wildcards around it aside.
fn wrong(text: &str) -> Option<String> {
    let text = text.trim_matches('*');
    let Some((name, digits)) = text.split_once('=') else {
        return Some("a hash stands here without its name: `MD5=..`, `SHA256=..`".to_owned());
    };
    let Some((name, length)) = HASHES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        return Some(format!("Sysmon has no hash `{name}`: it has MD5, SHA1, SHA256 and IMPHASH"));
    };
    let found = digits.bytes().filter(u8::is_ascii_hexdigit).count();
    // `MD5=` alone asks whether there is one.
    (!digits.is_empty() && (found != *length || digits.len() != *length))
        .then(|| format!("{name} has {length} hexadecimal digits, this is {} characters", digits.chars().count()))
}
