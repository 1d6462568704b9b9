//! `*` where it is a letter.

use crate::ir::{UseKind, Value};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// EQL's `==`, `!=`, `in` and `in~` with a `*` in the text. The names of network shares, in which Windows itself writes a `*` for the
    /// server (`\\*\C$`), are left alone.
    ///
    /// ## Why it matters
    /// Only `:` and `like` know wildcards. In an equality `*` is a letter (Endgame's older dialect read it as a wildcard), so that the test
    /// hardly ever holds, or, under `not`, always.
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
    /// name = "A wildcard in an equality"
    /// risk_score = 21
    /// rule_id = "6f4f3c5a-1a0e-4f31-8a52-7d8a1f4f0b12"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where client.user.name == ⟦"svc-*"⟧
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
    /// name = "A wildcard in an equality"
    /// risk_score = 21
    /// rule_id = "6f4f3c5a-1a0e-4f31-8a52-7d8a1f4f0b12"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where client.user.name like "svc-*"
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write `like`, or `:` to ignore case. Where the value really has a `*`, suppress the lint for this line.
    ///
    /// ## References
    /// EQL syntax reference, "Comparison operators" and "Pattern comparison keywords".
    pub(in crate::lint) META = {
        name: "wildcard-in-equality", family: "query", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    // KQL's values in quotes are literal by design, and Endgame's EQL has wildcards in `==`.
    if rule.language != Some("eql") {
        return;
    }
    let uses = rule.uses.iter().filter(|found| found.kind == UseKind::Equal);
    let found: Vec<_> = uses
        .flat_map(|found| &found.values)
        .filter(|(value, _)| matches!(value, Value::Str(text) if is_pattern(text)))
        .map(|(_, at)| *at)
        .collect();
    for at in found {
        let finding = cx
            .diagnostic(at, "`*` is a letter here: an equality knows no wildcards")
            .help("write `like`, or `:` to ignore case");
        cx.report(finding);
    }
}

/// A lone star may be meant: crontabs and command lines have it. Events 5140 and 5145 of Windows name a share `\\*\C$`.
fn is_pattern(text: &str) -> bool {
    text.len() > 1 && text.contains('*') && !text.starts_with(r"\\*\")
}

#[cfg(test)]
mod tests {
    use super::is_pattern;

    #[test]
    fn stars_that_windows_writes_are_no_wildcards() {
        for pattern in ["svc-*", "*.exe", "/opt/*/bin", "**"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for name in ["*", "svc", r"\\*\IPC$", ""] {
            assert!(!is_pattern(name), "{name}");
        }
    }
}
