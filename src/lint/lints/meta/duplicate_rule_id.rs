//! Two rules with one id.

use crate::ir::Dialect;
use crate::lint::CorpusCx;
use crate::lint::letters::lower;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::HashMap;

declare_lint! {
    /// ## What it checks
    /// Rules of one format that carry the same id, over all files of the run.
    ///
    /// ## Why it matters
    /// On import the second rule replaces the first, and a suppression or a correlation that names the id means either.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: The First
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c09
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
    ///     condition: selection
    /// level: low
    /// ---
    /// title: The Second
    /// id: ⟦4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c09⟧
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.end
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Give the copy an id of its own.
    pub(in crate::lint) META = {
        name: "duplicate-rule-id", family: "meta", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Corpus(check),
    }
}

fn check(cx: &mut CorpusCx<'_>) {
    let mut first: HashMap<(Dialect, Cow<'_, str>), (usize, Location), RandomState> =
        HashMap::with_capacity_and_hasher(cx.files.len(), RandomState::default());
    for (index, outline) in cx.files.iter().enumerate() {
        for rule in &outline.rules {
            let Some(id) = &rule.id else { continue };
            let location = Location::main(id.span);
            // UUIDs are the same in either letter case.
            let key = (rule.dialect, lower(&id.value));
            let Some((file, place)) = first.get(&key).copied() else {
                first.insert(key, (index, location));
                continue;
            };
            // Sigma's `action: global` gives one id to several rules on purpose.
            if (file, place) == (index, location) {
                continue;
            }
            let known = cx.files[file].unit.main();
            let (line, _) = known.line_column(place.span.start);
            let message = format!("the id `{}` is already that of a rule in {}:{line}", id.value, known.path);
            let mut finding = cx.diagnostic(rule, location, message);
            if file == index {
                finding = finding.related(place, "the first rule with this id");
            }
            cx.report(index, finding);
        }
    }
}
