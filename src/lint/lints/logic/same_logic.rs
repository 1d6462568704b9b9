//! Two rules that look for the same.

use crate::lint::CorpusCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use foldhash::fast::RandomState;
use std::collections::HashMap;

declare_lint! {
    /// ## What it checks
    /// Sigma rules over single events with the same log source and the same condition, whatever the order of its parts.
    ///
    /// ## Why it matters
    /// Both fire on every event that either is for, and a change of one leaves the other behind.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: The First
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ca4
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///         actor.type: User
    ///     condition: selection
    /// level: low
    /// ---
    /// title: ⟦The Second⟧
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1ca5
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     start:
    ///         actor.type: User
    ///     user:
    ///         eventtype: user.session.start
    ///     condition: start and user
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Keep one, and name the other under `related` as `obsolete` or `merged`.
    pub(in crate::lint) META = {
        name: "same-logic", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Corpus(check),
    }
}

fn check(cx: &mut CorpusCx<'_>) {
    let mut first: HashMap<u64, (usize, Option<Location>), RandomState> =
        HashMap::with_capacity_and_hasher(cx.files.len(), RandomState::default());
    for (file, outline) in cx.files.iter().enumerate() {
        for rule in &outline.rules {
            let Some(fingerprint) = rule.fingerprint else { continue };
            let Some((other, place)) = first.get(&fingerprint).copied() else {
                first.insert(fingerprint, (file, rule.title_at));
                continue;
            };
            let Some(at) = rule.title_at else { continue };
            let known = cx.files[other].unit.main();
            let line = place.map_or(1, |place| known.line_column(place.span.start).0);
            let message = format!("the rule in {}:{line} has the same condition", known.path);
            let mut finding = cx.diagnostic(rule, at, message);
            if let Some(place) = place.filter(|_| other == file) {
                finding = finding.related(place, "the other rule");
            }
            cx.report(file, finding);
        }
    }
}
