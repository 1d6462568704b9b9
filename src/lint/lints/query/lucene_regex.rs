//! Regular expressions in Elastic's languages that are written for another engine.

use crate::ir::{UseKind, Value};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Level;

declare_lint! {
    /// ## What it checks
    /// Regular expressions of EQL and Lucene query strings with what Lucene's engine does not have: the anchors `^` and `$`, groups that
    /// begin with `(?`, word boundaries; and, as a warning, classes for digits, words and white space, which it has only from Elasticsearch 8 on.
    ///
    /// ## Why it matters
    /// Lucene reads `^` and `$` as themselves and always compares the whole value, and before Elasticsearch 8 `\d` is the letter d: the test
    /// never holds as it is meant.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A class that Lucene does not have"
    /// risk_score = 21
    /// rule_id = "0d0b6d0e-6a5b-4c29-9b6a-0f6a4b8f2a11"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where client.user.name regex ⟦"""admin\d+"""⟧
    /// '''
    /// ```
    ///
    /// Better:
    /// ```toml good
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A class that Lucene does not have"
    /// risk_score = 21
    /// rule_id = "0d0b6d0e-6a5b-4c29-9b6a-0f6a4b8f2a11"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where client.user.name regex """admin[0-9]+"""
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write the class out (`[0-9]`, `[A-Za-z0-9_]`, `[ \\t]`), leave anchors away, and write `.*` where anything may stand before or after.
    /// For letter case there is `regex~`.
    ///
    /// ## References
    /// Elasticsearch reference, "Regular expression syntax": reserved characters and unsupported operators.
    pub(in crate::lint) META = {
        name: "lucene-regex", family: "query", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    // ES|QL's patterns are the checker's of that language; Endgame's expressions are Python's.
    if !matches!(rule.language, Some("eql" | "lucene")) {
        return;
    }
    let uses = rule.uses.iter().filter(|found| found.kind == UseKind::Regex);
    let found: Vec<_> = uses
        .flat_map(|found| &found.values)
        .filter_map(|(value, at)| match value {
            Value::Str(text) => foreign(text).map(|what| (what, *at)),
            _ => None,
        })
        .collect();
    for (foreign, at) in found {
        let Foreign { what, help, level } = foreign;
        let message = match level {
            Level::Error => format!("Lucene's regular expressions have no `{what}`"),
            _ => format!("before Elasticsearch 8, `{what}` is a letter to Lucene"),
        };
        let mut finding = cx.diagnostic(at, message).help(help);
        finding.level = level;
        cx.report(finding);
    }
}

/// What an expression has that Lucene has not.
struct Foreign {
    what: String,
    help: String,
    level: Level,
}

/// The first such part.
fn foreign(text: &str) -> Option<Foreign> {
    let error =
        |what: &str, help: &str| Some(Foreign { what: what.to_owned(), help: help.to_owned(), level: Level::Error });
    let mut chars = text.chars().peekable();
    let mut class = false;
    let mut first = true;
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next)) => {
                if matches!(next, 'b' | 'B') {
                    return error(&format!("\\{next}"), "there are no word boundaries: write what may stand there");
                }
                if let Some(written) = written_out(*next) {
                    let (what, help) =
                        (format!("\\{next}"), format!("write {written}, which every version reads the same"));
                    return Some(Foreign { what, help, level: Level::Warning });
                }
                chars.next();
            }
            ('[', _) if !class => class = true,
            (']', _) => class = false,
            ('(', Some('?')) if !class => {
                return error("(?", "groups have no options: write `(`, and `regex~` to ignore case");
            }
            ('^', _) if first && !class => return error("^", ANCHOR),
            ('$', None) if !class => return error("$", ANCHOR),
            _ => {}
        }
        first = false;
    }
    None
}

const ANCHOR: &str = "leave it out: the expression has to cover the whole value";

/// The class that a letter after a backslash names elsewhere.
fn written_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "`[0-9]`",
        'D' => "`[^0-9]`",
        'w' => "`[A-Za-z0-9_]`",
        'W' => "`[^A-Za-z0-9_]`",
        's' => "`[ \\t\\r\\n]`, or a plain space",
        'S' => "`[^ ]`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::foreign;

    #[test]
    fn what_lucene_does_not_have() {
        let what = |text| foreign(text).map(|found| found.what);
        for (text, expected) in
            [("a\\d+", "\\d"), ("[\\w]", "\\w"), ("(?i)a", "(?"), ("a(?!b)", "(?"), ("^a", "^"), ("a$", "$")]
        {
            assert_eq!(what(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["a.*b", "[^a]", "[$^]", "\\^a", "a\\$", "a\\\\d", "\\.exe", "a^b", "[(?]"] {
            assert_eq!(what(text), None, "{text}");
        }
    }
}
