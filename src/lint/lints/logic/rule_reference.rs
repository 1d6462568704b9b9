//! References to rules that are not there.

use crate::ir::Dialect;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{CorpusCx, RuleOutline};
use crate::source::Level;
use std::collections::{HashMap, HashSet};

declare_lint! {
    /// ## What it checks
    /// Rules that a Sigma correlation refers to, by id or name: none of this run has it, several have it, or the correlation refers to itself
    /// through others.
    ///
    /// ## Why it matters
    /// A correlation that misses one of its rules never fires; with two rules of one name it means either.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Correlation Without Its Rule
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1cb1
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// correlation:
    ///     type: event_count
    ///     rules:
    ///         - ⟦okta_logins⟧
    ///     group-by:
    ///         - actor.id
    ///     timespan: 5m
    ///     condition:
    ///         gte: 10
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Give all files of the rule set to one run, and write the id or name as the rule has it.
    ///
    /// ## References
    /// Sigma Correlation Rules Specification 2.1.0, "Related rules".
    pub(in crate::lint) META = {
        name: "rule-reference", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Corpus(check),
    }
}

/// The rules that a name stands for, by file and place in it.
type Names<'a> = HashMap<&'a str, Vec<(usize, &'a RuleOutline)>>;

fn check(cx: &mut CorpusCx<'_>) {
    let sigma = |rule: &&RuleOutline| rule.dialect == Dialect::Sigma;
    let files = cx.files;
    let rules = || {
        files
            .iter()
            .enumerate()
            .flat_map(|(file, outline)| outline.rules.iter().filter(sigma).map(move |rule| (file, rule)))
    };
    if rules().all(|(_, rule)| rule.references.is_empty()) {
        return;
    }
    let mut names: Names<'_> = HashMap::new();
    for (file, rule) in rules() {
        for name in rule.id.iter().map(|id| id.value.as_str()).chain(rule.name.as_deref()) {
            names.entry(name).or_default().push((file, rule));
        }
    }
    for (file, rule) in rules() {
        for reference in &rule.references {
            let Some(place) = reference.origin else { continue };
            let named = names.get(reference.reference.as_str()).map_or(&[][..], Vec::as_slice);
            let name = &reference.reference;
            let (message, level) = match named {
                [] => (format!("no rule here has the id or name `{name}`"), Level::Warning),
                [(_, only)] if leads_to(only, rule, &names) => {
                    (format!("`{name}` refers back to this correlation"), Level::Error)
                }
                [_] => continue,
                several => (format!("{} rules here are called `{name}`", several.len()), Level::Error),
            };
            let mut finding = cx.diagnostic(rule, place, message);
            finding.level = level;
            cx.report(file, finding);
        }
    }
}

/// Whether a rule is the other one, or refers to it through others.
fn leads_to(from: &RuleOutline, to: &RuleOutline, names: &Names<'_>) -> bool {
    let (mut seen, mut stack) = (HashSet::new(), vec![from]);
    while let Some(rule) = stack.pop() {
        if std::ptr::eq(rule, to) {
            return true;
        }
        if seen.insert(std::ptr::from_ref(rule)) {
            let next = rule.references.iter().filter_map(|reference| names.get(reference.reference.as_str()));
            stack.extend(next.flatten().map(|(_, rule)| *rule));
        }
    }
    false
}
