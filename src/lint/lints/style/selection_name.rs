//! Names of selections that a condition can misread.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Search identifiers of Sigma rules that are words of conditions (`all`, `of`, `them`), begin with `not`, `and` or `or` and another
    /// selection's name, or have a hyphen.
    ///
    /// ## Why it matters
    /// pySigma read `notable` as `not able` where a selection `able` was there, and does not take a hyphen in a pattern.
    ///
    /// ## Fix
    /// Name it after what it selects: `selection_img`, `filter_main_update`.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Condition"; SigmaHQ rule convention.
    pub(in crate::lint) META = {
        name: "selection-name", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const WORDS: [&str; 7] = ["and", "or", "not", "of", "them", "all", "any"];

fn check(cx: &mut RuleCx<'_>) {
    let detection = cx.detection();
    let names: Vec<&str> = detection.selections.iter().map(|entry| entry.key.text.as_str()).collect();
    for entry in &detection.selections {
        let Some(message) = fault(&entry.key.text, &names) else { continue };
        let finding = cx.diagnostic(Location::main(entry.key.span), message);
        cx.report(finding);
    }
}

fn fault(name: &str, names: &[&str]) -> Option<String> {
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(name)) {
        return Some(format!("`{name}` is a word of conditions"));
    }
    let hidden = |word: &&&str| name.strip_prefix(**word).is_some_and(|rest| names.contains(&rest));
    if let Some(word) = ["not", "and", "or"].iter().find(hidden) {
        return Some(format!("some tools read `{name}` as `{word}` and `{}`", &name[word.len()..]));
    }
    name.contains('-').then(|| format!("`{name}` has a hyphen, which patterns of other tools do not take"))
}
