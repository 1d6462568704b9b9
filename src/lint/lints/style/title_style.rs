//! Titles in the form of published rules.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Span};

declare_lint! {
    /// ## What it checks
    /// Titles of Sigma rules: at most 120 characters, no full stop at the end, not beginning with `Detects`, and each word capitalised but for
    /// small ones (`a`, `of`, `via`).
    ///
    /// ## Why it matters
    /// A title is read in lists of alerts: what it says first is what is seen.
    ///
    /// ## Fix
    /// Write what is seen, as a heading: `Password Reset by an Administrator`.
    ///
    /// ## References
    /// SigmaHQ title convention; pySigma-validators-sigmaHQ, `title_*`.
    pub(in crate::lint) META = {
        name: "title-style", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const SMALL: [&str; 20] = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "new", "of", "on", "or", "over", "the", "through", "to",
    "via", "with", "without",
];
const MAX_CHARS: usize = 120;

fn check(cx: &mut RuleCx<'_>) {
    let Some(scalar) = cx.sigma_entry("title").and_then(|entry| entry.value.as_scalar()) else { return };
    let text = &*scalar.text;
    for (span, message) in faults(text) {
        let finding = cx.diagnostic(Location::main(scalar.map.to_source(span)), message);
        cx.report(finding);
    }
}

fn faults(text: &str) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    let length = text.chars().count();
    if length > MAX_CHARS {
        found
            .push((Span::new(0, text.len()), format!("a title has at most {MAX_CHARS} characters, this has {length}")));
    }
    let first = text.split(' ').next().unwrap_or_default();
    if matches!(first, "Detect" | "Detects") {
        found.push((Span::new(0, first.len()), "a title says what is seen, not that it is detected".to_owned()));
    }
    if text.ends_with('.') {
        found.push((Span::new(text.len() - 1, text.len()), "a title ends without a full stop".to_owned()));
    }
    let lower: Vec<String> = text.split(' ').filter(|word| is_lower(word)).map(|word| format!("`{word}`")).collect();
    if !lower.is_empty() {
        let message = format!("words of a title begin with a capital: {}", lower.join(", "));
        found.push((Span::new(0, text.len()), message));
    }
    found
}

/// A word without a capital that is no small word, no name of a file and no number.
fn is_lower(word: &str) -> bool {
    // Most words begin with a capital.
    !word.chars().any(char::is_uppercase)
        && word.chars().any(char::is_lowercase)
        && !SMALL.contains(&word)
        && !word.contains(['.', '/', '_'])
        && !word.starts_with(|c: char| c.is_ascii_digit())
}
