//! Lists of one value.

use crate::lang::sigma::modifiers::Modifier;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenTest};
use crate::source::{Applicability, Edit, Location, Span};

declare_lint! {
    /// ## What it checks
    /// A field of a Sigma rule whose value is a list of one.
    ///
    /// ## Why it matters
    /// It reads as if something were missing.
    ///
    /// ## Fix
    /// Write the value behind the field; `--fix` does.
    ///
    /// ## References
    /// SigmaHQ rule convention.
    pub(in crate::lint) META = {
        name: "single-item-list", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for test in &cx.detection().tests {
        let (Some(key), Some(list), [only]) = (test.key, test.list, test.values) else { continue };
        if only.via_alias.is_some() || list.via_alias.is_some() || test.spec.has(Modifier::All) {
            continue;
        }
        let mut finding = cx.diagnostic(Location::main(key.span), "the list has one value");
        if let Some(edit) = unlisted(&cx.unit().main().text, test, only.span) {
            finding = finding.fix(Applicability::Safe, vec![edit]);
        }
        cx.report(finding);
    }
}

/// The value behind its key, where nothing but the dash stands between them.
fn unlisted(text: &str, test: &WrittenTest<'_>, value: Span) -> Option<Edit> {
    let key = test.key?;
    let between = Span { start: key.span.end, end: value.start };
    let is_dash = text.get(between.range())?.split_whitespace().eq([":", "-"]);
    is_dash.then(|| Edit { span: between, replacement: ": ".to_owned() })
}
