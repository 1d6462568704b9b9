//! ATT&CK ids that no version has.

use crate::catalog::attack::{AttackVersion, tactic_by_id, technique};
use crate::ir::{AttackRef, Dialect};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Spanned};

declare_lint! {
    /// ## What it checks
    /// Tactic and technique ids that no known version of ATT&CK has (18.1 and 19.1), and ids that are not well-formed.
    ///
    /// ## Why it matters
    /// The rule drops out of every coverage map, and Sigma back-ends and Kibana refuse or lose the reference.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Reference That Leads Nowhere
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c01
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
    ///     - attack.initial-access
    ///     - attack.⟦t1979⟧
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Look the technique up at attack.mitre.org and write its id: `T` and four digits, a dot and three digits for a sub-technique.
    ///
    /// ## References
    /// ATT&CK 18.1 and 19.1, enterprise matrix.
    pub(in crate::lint) META = {
        name: "attack-unknown-id", family: "attack", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for reference in &cx.rule().meta.attack {
        // Panther's front-end tells pairs of another form itself (`attack-format`).
        if cx.rule().dialect == Dialect::Panther && !is_well_formed(reference) {
            continue;
        }
        if let Some(id) = &reference.technique {
            let known = AttackVersion::ALL.iter().any(|version| technique(*version, &id.value).is_some());
            tell(cx, id, known, "technique");
        }
        if let Some(id) = &reference.tactic {
            let known = AttackVersion::ALL.iter().any(|version| tactic_by_id(*version, &id.value).is_some());
            tell(cx, id, known, "tactic");
        }
    }
}

fn is_well_formed(reference: &AttackRef) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let technique = |id: &str| {
        id.strip_prefix('T').is_some_and(|rest| match rest.split_once('.') {
            Some((main, sub)) => digits(main, 4) && digits(sub, 3),
            None => digits(rest, 4),
        })
    };
    let tactic = |id: &str| id.strip_prefix("TA").is_some_and(|rest| digits(rest, 4));
    reference.technique.as_ref().is_none_or(|id| technique(&id.value))
        && reference.tactic.as_ref().is_none_or(|id| tactic(&id.value))
}

fn tell(cx: &mut RuleCx<'_>, id: &Spanned<String>, known: bool, what: &str) {
    if known {
        return;
    }
    let message = format!("ATT&CK has no {what} `{}`", id.value);
    let mut finding = cx.diagnostic(Location::main(id.span), message);
    if let Some(parent) = parent(&id.value) {
        finding = finding.help(format!("`{}` ({}) exists, this sub-technique of it does not", parent.0, parent.1));
    }
    cx.report(finding);
}

/// The known parent of an unknown sub-technique.
fn parent(id: &str) -> Option<(&'static str, &'static str)> {
    let (parent, _) = id.split_once('.')?;
    technique(AttackVersion::LATEST, parent).map(|found| (found.id, found.name))
}
