//! Descriptions that say little.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Span};

declare_lint! {
    /// ## What it checks
    /// Descriptions of Sigma rules with fewer than 16 characters, or with a link in them.
    ///
    /// ## Why it matters
    /// The description is what an analyst reads first. A link belongs to the references, where tools find it.
    ///
    /// ## Fix
    /// Say what the rule sees and why it matters; put links under `references`.
    ///
    /// ## References
    /// SigmaHQ rule convention; pySigma-validators-sigmaHQ, `description_length`, `link_in_description`.
    pub(in crate::lint) META = {
        name: "description-style", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const MIN_CHARS: usize = 16;

fn check(cx: &mut RuleCx<'_>) {
    let Some(scalar) = cx.sigma_entry("description").and_then(|entry| entry.value.as_scalar()) else { return };
    let text = &*scalar.text;
    // Counting stops early: most descriptions are long.
    if text.chars().nth(MIN_CHARS - 1).is_none() {
        let message = format!("a description has at least {MIN_CHARS} characters");
        let finding = cx.diagnostic(Location::main(scalar.map.whole()), message);
        cx.report(finding);
    }
    if let Some(start) = text.find("http://").or_else(|| text.find("https://")) {
        let end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
        let place = scalar.map.to_source(Span::new(start, end));
        let finding = cx.diagnostic(Location::main(place), "a link belongs under `references`");
        cx.report(finding);
    }
}
