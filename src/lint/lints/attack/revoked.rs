//! Techniques that ATT&CK replaced.

use crate::catalog::attack::{AttackVersion, replacement, technique};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Applicability, Edit, Location, Spanned};
use std::fmt::Write;

declare_lint! {
    /// ## What it checks
    /// Technique ids that ATT&CK has revoked, with what they became. An id that only the newer version revokes is a note in the message.
    ///
    /// ## Why it matters
    /// Revoked ids are in no matrix, so the rule is missing from coverage maps, and imports that check ids refuse it.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Technique That Was Replaced
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c02
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
    /// tags:
    ///     - attack.⟦t1089⟧
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the new id. `--fix` does it where the id stands alone; where a name and an address stand beside it, they change too, so it is
    /// left to `detc attack migrate` or to you.
    ///
    /// ## References
    /// ATT&CK 18.1 and 19.1: `revoked-by` relationships.
    pub(in crate::lint) META = {
        name: "attack-revoked", family: "attack", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for reference in &cx.rule().meta.attack {
        let Some(id) = &reference.technique else { continue };
        let Some(found) = technique(AttackVersion::LATEST, &id.value).filter(|found| found.revoked) else { continue };
        let before = technique(AttackVersion::V18_1, &id.value).is_some_and(|old| old.revoked);
        let since = if before { "" } else { " in version 19" };
        let mut message = format!("ATT&CK revoked `{}` ({}){since}", found.id, found.name);
        let new = replacement(AttackVersion::LATEST, &id.value);
        if let Some(new) = new {
            let _ = write!(message, "; it is now `{}` ({})", new.id, new.name);
        }
        let mut finding = cx.diagnostic(Location::main(id.span), message);
        if let Some(new) = new {
            finding = finding.help(format!("write `{}`", new.id));
            // The tactic may not contain the new technique, and a name beside the id would be the old one's.
            if reference.technique_name.is_none()
                && !reference.paired
                && let Some(edit) = rename(cx, id, new.id)
            {
                finding = finding.fix(Applicability::Safe, vec![edit]);
            }
        }
        cx.report(finding);
    }
}

/// Replaces the id inside its span, in the letter case that it has.
fn rename(cx: &RuleCx<'_>, id: &Spanned<String>, new: &str) -> Option<Edit> {
    let text = cx.unit().slice(Location::main(id.span));
    let at = text.to_ascii_lowercase().rfind(&id.value.to_ascii_lowercase())?;
    let lower = text[at..].starts_with('t');
    let replacement = if lower { new.to_ascii_lowercase() } else { new.to_owned() };
    let start = id.span.start as usize + at;
    Some(Edit { span: crate::source::Span::new(start, start + id.value.len()), replacement })
}
