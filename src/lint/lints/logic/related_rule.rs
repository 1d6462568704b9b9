//! Related rules that are not there.

use crate::ir::Dialect;
use crate::lint::CorpusCx;
use crate::lint::letters::lower;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::HashSet;

/// Fewer files than this are a part of a rule set, and what they do not have may stand in the rest.
const WHOLE: usize = 100;

declare_lint! {
    /// ## What it checks
    /// Ids under `related` of Sigma rules that no rule of the run has, where the run is of a hundred files or more, and a rule that is related
    /// to itself.
    ///
    /// ## Why it matters
    /// `related` leads readers and tools to the rule that this one replaces, was made from, or resembles: an id that is nowhere is a slip, or
    /// belongs to a rule that was deleted.
    ///
    /// ## Fix
    /// Write the other rule's id. When the rules are kept in several places, lint them together, or ignore the lint.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Related".
    pub(in crate::lint) META = {
        name: "related-rule", family: "logic", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Corpus(check),
    }
}

fn check(cx: &mut CorpusCx<'_>) {
    let files = cx.files;
    let rules =
        || files.iter().enumerate().flat_map(|(file, outline)| outline.rules.iter().map(move |rule| (file, rule)));
    let sigma = || rules().filter(|(_, rule)| rule.dialect == Dialect::Sigma);
    let mut ids: HashSet<Cow<'_, str>, RandomState> =
        HashSet::with_capacity_and_hasher(files.len(), RandomState::default());
    ids.extend(sigma().filter_map(|(_, rule)| rule.id.as_ref()).map(|id| lower(&id.value)));
    let is_whole = files.len() >= WHOLE;
    for (file, rule) in sigma() {
        let own = rule.id.as_ref().map(|id| id.value.as_str());
        for related in &rule.related {
            let message = if own.is_some_and(|own| own.eq_ignore_ascii_case(&related.value)) {
                "the rule is related to itself"
            } else if is_whole && !ids.contains(&lower(&related.value)) {
                "no rule of this run has the id"
            } else {
                continue;
            };
            let finding = cx.diagnostic(rule, Location::main(related.span), message);
            cx.report(file, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frontend::{Context, load};
    use crate::lint::{Outline, Settings, check_corpus};
    use crate::source::SourceFile;

    fn outline(number: usize, related: &str) -> Outline {
        let text = format!(
            "title: T{number}\nid: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1{number:03}\nrelated:\n    - id: {related}\n      type: similar\nlogsource:\n    product: okta\ndetection:\n    s:\n        f: v{number}\n    condition: s\n"
        );
        Outline::new(load(SourceFile::new(format!("{number}.yml"), text), &Context::default()))
    }

    fn found(outlines: &[Outline]) -> Vec<(usize, String)> {
        let outlines: Vec<&Outline> = outlines.iter().collect();
        let all = check_corpus(&outlines, &Settings::defaults());
        let own = all.into_iter().filter(|(_, found)| found.lint == "related-rule");
        own.map(|(file, found)| (file, found.message)).collect()
    }

    #[test]
    fn ids_are_looked_for_in_whole_rule_sets() {
        let known = "4C5D7F3E-6A0B-4F6E-9D59-0C7D6C0A1001";
        let mut outlines: Vec<Outline> = (0..super::WHOLE).map(|number| outline(number, known)).collect();
        assert_eq!(found(&outlines), [(1, "the rule is related to itself".to_owned())]);
        outlines[7] = outline(7, "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1fff");
        assert_eq!(found(&outlines)[1], (7, "no rule of this run has the id".to_owned()));
        assert_eq!(found(&outlines[7..8]), []);
    }
}
