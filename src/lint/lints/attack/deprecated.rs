//! Techniques that ATT&CK withdrew.

use crate::catalog::attack::{AttackVersion, technique};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Technique ids that ATT&CK has deprecated: withdrawn without a replacement.
    ///
    /// ## Why it matters
    /// Deprecated techniques are in no current matrix, so the rule is missing from coverage maps.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Technique That Was Withdrawn
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c03
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
    ///     - attack.⟦t1061⟧
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Choose the technique that describes what the rule detects today, or drop the reference.
    ///
    /// ## References
    /// ATT&CK 18.1 and 19.1: `x_mitre_deprecated`.
    pub(in crate::lint) META = {
        name: "attack-deprecated", family: "attack", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for reference in &cx.rule().meta.attack {
        let Some(id) = &reference.technique else { continue };
        let found = technique(AttackVersion::LATEST, &id.value);
        if let Some(found) = found.filter(|found| found.deprecated && !found.revoked) {
            let message = format!("ATT&CK withdrew `{}` ({}) without a replacement", found.id, found.name);
            let finding = cx.diagnostic(Location::main(id.span), message);
            cx.report(finding);
        }
    }
}
