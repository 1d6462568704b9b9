//! Conditions in a form that every tool reads.

use crate::lang::sigma::condition::{Node, Target};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenCondition};
use crate::source::{Applicability, Edit, Location, Span};

declare_lint! {
    /// ## What it checks
    /// Conditions of Sigma rules: keywords in lower case; `them`, which takes in whatever is added later; `1 of name` without a `*`.
    ///
    /// ## Why it matters
    /// Other tools refuse the upper case. With `them` a selection that somebody adds for a filter becomes part of what is looked for.
    ///
    /// ## Fix
    /// Write the keywords in lower case (`--fix` does), and name the selections by a pattern: `1 of selection_*`.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0, "Condition"; pySigma, `all_of_them_condition`.
    pub(in crate::lint) META = {
        name: "condition-style", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let detection = cx.detection();
    for (written, condition) in detection.read() {
        keywords(cx, written);
        let mut found: Vec<(Span, String)> = Vec::new();
        WrittenCondition::for_each_leaf(condition, &mut |leaf| {
            let Node::Of { target, .. } = &leaf.node else { return };
            match &target.value {
                Target::Them => found.push((target.span, "`them` takes in whatever is added later".to_owned())),
                Target::Pattern(name) if !name.contains('*') => {
                    found.push((target.span, format!("`{name}` has no `*`: it is one search identifier")));
                }
                Target::Pattern(_) => {}
            }
        });
        for (span, message) in found {
            let finding = cx.diagnostic(Location::main(written.place(span)), message);
            cx.report(finding);
        }
    }
}

/// What the parser warns of, but for the pipe, which is a matter of its own.
fn keywords(cx: &mut RuleCx<'_>, written: &WrittenCondition<'_>) {
    for warning in &written.parsed.warnings {
        let word = written.scalar.text.get(warning.span.range()).unwrap_or_default();
        if word.starts_with('|') {
            continue;
        }
        let place = written.place(warning.span);
        let edit = Edit { span: place, replacement: word.to_lowercase() };
        let finding = cx.diagnostic(Location::main(place), warning.message.clone());
        cx.report(finding.fix(Applicability::Safe, vec![edit]));
    }
}
