//! False positives that say little.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Span};

declare_lint! {
    /// ## What it checks
    /// The false positives of a Sigma rule: words that say nothing (`none`, `pentest`), a small letter at the beginning, common misspellings.
    ///
    /// ## Why it matters
    /// The analyst who reads the alert needs to know which harmless thing looks like it.
    ///
    /// ## Fix
    /// Name what fires the rule without harm, or write `Unknown` or `Unlikely`.
    ///
    /// ## References
    /// SigmaHQ rule convention; pySigma-validators-sigmaHQ, `falsepositives_*`.
    pub(in crate::lint) META = {
        name: "false-positive-style", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const EMPTY: [&str; 3] = ["none", "pentest", "penetration"];
const MISSPELT: [(&str, &str); 4] =
    [("unkown", "unknown"), ("ligitimate", "legitimate"), ("legitim", "legitimate"), ("legitimeate", "legitimate")];

fn check(cx: &mut RuleCx<'_>) {
    let items = cx.sigma_entry("falsepositives").and_then(|entry| entry.value.as_seq()).unwrap_or_default();
    for scalar in items.iter().filter_map(crate::syntax::Node::as_scalar) {
        for (span, message) in faults(&scalar.text) {
            let finding = cx.diagnostic(Location::main(scalar.map.to_source(span)), message);
            cx.report(finding);
        }
    }
}

fn faults(text: &str) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    if text.starts_with(char::is_lowercase) {
        let end = text.find(' ').unwrap_or(text.len());
        found.push((Span::new(0, end), "a false positive begins with a capital".to_owned()));
    }
    let mut at = 0;
    for word in text.split(' ') {
        let plain = word.trim_end_matches([',', '.', ';']);
        let span = Span::new(at, at + plain.len());
        if EMPTY.iter().any(|empty| plain.eq_ignore_ascii_case(empty)) {
            found.push((span, format!("`{plain}` does not say what looks like it")));
        }
        if let Some((_, right)) = MISSPELT.iter().find(|(wrong, _)| plain.eq_ignore_ascii_case(wrong)) {
            found.push((span, format!("`{plain}` is misspelt: {right}")));
        }
        at += word.len() + 1;
    }
    found
}
