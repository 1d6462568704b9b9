//! Techniques under tactics that do not contain them.

use crate::catalog::attack::{AttackVersion, Technique, tactic_by_id, technique};
use crate::ir::{AttackRef, Dialect};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Pairs of a tactic and a technique, where the tactic does not contain the technique: in no known version (warning), or in 18.1 but no
    /// longer in 19.1 (note). TA0005 is Defense Evasion in 18.1 and Stealth in 19.1, and 41 of its techniques moved to TA0112, Defense
    /// Impairment. In Sigma's tags, which stand alone: techniques with none of whose tactics, in either version, the rule is tagged.
    ///
    /// ## Why it matters
    /// The cell that the rule claims does not exist in the matrix; and a tactic id alone does not say which version was meant.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A pair that is in no matrix"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c04"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.action:user.session.start'
    ///
    /// [[rule.threat]]
    /// framework = "MITRE ATT&CK"
    ///
    /// [[rule.threat.technique]]
    /// id = ⟦"T1566"⟧
    /// name = "Phishing"
    /// reference = "https://attack.mitre.org/techniques/T1566/"
    ///
    /// [rule.threat.tactic]
    /// id = "TA0003"
    /// name = "Persistence"
    /// reference = "https://attack.mitre.org/tactics/TA0003/"
    /// ```
    ///
    /// ## Fix
    /// Name the tactic that the technique belongs to. For 19.1 the message says where the technique went.
    ///
    /// ## References
    /// ATT&CK 18.1 and 19.1, enterprise matrix; pySigma-validators-sigmaHQ, `sigmahq_tags_techniques_without_tactics`.
    pub(in crate::lint) META = {
        name: "attack-tactic-technique", family: "attack", level: Warning, stage: Stage::Stable("0.1.0"),
        tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for reference in &cx.rule().meta.attack {
        version_note(cx, reference);
        if reference.paired {
            pair(cx, reference);
        }
    }
    flat_tags(cx);
}

/// Sigma's tags of techniques, beside those of tactics.
fn flat_tags(cx: &mut RuleCx<'_>) {
    if cx.rule().dialect != Dialect::Sigma {
        return;
    }
    let references = &cx.rule().meta.attack;
    let tactics: Vec<&str> =
        references.iter().filter_map(|one| one.tactic.as_ref()).map(|tactic| tactic.value.as_str()).collect();
    for id in references.iter().filter_map(|one| one.technique.as_ref()) {
        let known = AttackVersion::ALL.into_iter().filter_map(|version| technique(version, &id.value));
        let is_tagged = known.flat_map(|found| found.tactics()).any(|tactic| tactics.contains(&tactic));
        let current = technique(AttackVersion::LATEST, &id.value).filter(Technique::is_active);
        let Some(current) = current.filter(|_| !is_tagged) else { continue };
        let message = format!("`{}` ({}) is tagged without any of its tactics", current.id, current.name);
        let finding = cx.diagnostic(Location::main(id.span), message).help(belongs(&current));
        cx.report(finding);
    }
}

/// A tactic that changed its meaning between the versions, told once per reference that names it without a technique.
fn version_note(cx: &mut RuleCx<'_>, reference: &AttackRef) {
    let Some(id) = &reference.tactic else { return };
    if reference.technique.is_some() || reference.tactic_name.is_some() {
        return;
    }
    let (old, new) = (tactic_by_id(AttackVersion::V18_1, &id.value), tactic_by_id(AttackVersion::V19_1, &id.value));
    let (Some(old), Some(new)) = (old, new) else { return };
    // A name beside it, or written instead of it (Sigma's tags), says which version is meant.
    let is_written = || cx.unit().slice(Location::main(id.span)).to_ascii_uppercase().contains(&id.value);
    if old.name != new.name && is_written() {
        let message = format!("`{}` is {} in ATT&CK 18 and {} in ATT&CK 19", old.id, old.name, new.name);
        let mut finding = cx.diagnostic(Location::main(id.span), message);
        finding.level = crate::source::Level::Note;
        cx.report(finding);
    }
}

fn pair(cx: &mut RuleCx<'_>, reference: &AttackRef) {
    let (Some(tactic), Some(id)) = (&reference.tactic, &reference.technique) else { return };
    let in_version = |version| contains(version, &tactic.value, &id.value);
    let (old, new) = (in_version(AttackVersion::V18_1), in_version(AttackVersion::V19_1));
    if new.unwrap_or(true) {
        return;
    }
    let Some(current) = technique(AttackVersion::LATEST, &id.value) else { return };
    let name = tactic_name(AttackVersion::LATEST, &tactic.value);
    let mut finding = if old == Some(true) {
        let former = tactic_name(AttackVersion::V18_1, &tactic.value);
        let message = if former == name {
            format!("in ATT&CK 19, `{}` ({name}) no longer contains `{}` ({})", tactic.value, current.id, current.name)
        } else {
            let title = current.name;
            format!(
                "in ATT&CK 19, `{}` is {name}, no longer {former}, and `{}` ({title}) is not in it",
                tactic.value, current.id
            )
        };
        let mut finding = cx.diagnostic(Location::main(id.span), message);
        finding.level = crate::source::Level::Note;
        finding
    } else {
        let message = format!("`{}` ({name}) does not contain `{}` ({})", tactic.value, current.id, current.name);
        cx.diagnostic(Location::main(id.span), message)
    };
    finding = finding.help(belongs(&current)).related(Location::main(tactic.span), "the tactic it is paired with");
    cx.report(finding);
}

/// Whether the tactic contains the technique; `None` when the version does not have both, or revoked the technique.
fn contains(version: AttackVersion, tactic: &str, id: &str) -> Option<bool> {
    let tactic = tactic_by_id(version, tactic)?;
    let technique = technique(version, id).filter(Technique::is_active)?;
    Some(technique.tactics().any(|known| known == tactic.id))
}

fn tactic_name(version: AttackVersion, id: &str) -> &'static str {
    tactic_by_id(version, id).map_or("no tactic", |tactic| tactic.name)
}

fn belongs(technique: &Technique) -> String {
    let tactics: Vec<String> =
        technique.tactics().map(|id| format!("{} ({id})", tactic_name(AttackVersion::LATEST, id))).collect();
    format!("it belongs to {}", tactics.join(", "))
}
