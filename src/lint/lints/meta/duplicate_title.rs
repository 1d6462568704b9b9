//! Two rules with one title.

use crate::ir::Dialect;
use crate::lint::CorpusCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location};
use foldhash::fast::RandomState;
use std::collections::HashMap;

declare_lint! {
    /// ## What it checks
    /// Sigma rules whose titles are the same, over all files of the run, and rules with one `name`.
    ///
    /// ## Why it matters
    /// In a list of alerts they cannot be told apart; a correlation that names one means either.
    ///
    /// ## Fix
    /// Say in the title what makes the rule another one.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Title", "Name"; pySigma, `duplicate_title`.
    pub(in crate::lint) META = {
        name: "duplicate-title", family: "meta", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Corpus(check),
    }
}

fn check(cx: &mut CorpusCx<'_>) {
    let mut first: HashMap<(bool, &str), (usize, Location), RandomState> =
        HashMap::with_capacity_and_hasher(cx.files.len(), RandomState::default());
    for (file, outline) in cx.files.iter().enumerate() {
        for rule in outline.rules.iter().filter(|rule| rule.dialect == Dialect::Sigma) {
            let Some(place) = rule.title_at else { continue };
            let texts = [(true, Some(rule.title.as_str())), (false, rule.name.as_deref())];
            for (is_title, text) in texts.into_iter().filter_map(|(is_title, text)| Some((is_title, text?))) {
                let Some((other, known)) = first.get(&(is_title, text)).copied() else {
                    first.insert((is_title, text), (file, place));
                    continue;
                };
                // A global document gives one title to several rules.
                if (other, known) == (file, place) {
                    continue;
                }
                let main = cx.files[other].unit.main();
                let (line, _) = main.line_column(known.span.start);
                let word = if is_title { "title" } else { "name" };
                let mut finding = cx.diagnostic(rule, place, format!("{}:{line} has the same {word}", main.path));
                if !is_title {
                    finding.level = Level::Error;
                }
                cx.report(file, finding);
            }
        }
    }
}
