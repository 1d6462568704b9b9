//! Account names in one language.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Fields for a user in a Sigma rule whose one value holds `AUTHORI` or `AUTORI`, as `NT AUTHORITY\SYSTEM` does.
    ///
    /// ## Why it matters
    /// Windows names its built-in accounts in its own language: `AUTORITE NT\Système` is the same account, and the rule misses it.
    ///
    /// ## Fix
    /// Write a list of both: `User|contains: [AUTHORI, AUTORI]`.
    ///
    /// ## References
    /// SigmaHQ rule convention; pySigma-validators-sigmaHQ, `field_user`.
    pub(in crate::lint) META = {
        name: "localised-account", family: "field", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let is_user = |field: &str| field.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"user"));
    for test in &cx.detection().tests {
        let [only] = test.values else { continue };
        let Some(scalar) = only.as_scalar().filter(|_| test.field().is_some_and(is_user)) else { continue };
        if scalar.text.contains("AUTORI") || scalar.text.contains("AUTHORI") {
            let message = "Windows names this account in its own language";
            let finding = cx.diagnostic(Location::main(scalar.map.whole()), message);
            cx.report(finding.help("write a list of `AUTHORI` and `AUTORI` under `contains`"));
        }
    }
}
