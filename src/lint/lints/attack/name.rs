//! Names beside ATT&CK ids that are not the ids' names.

use crate::catalog::attack::{AttackVersion, tactic_by_id, tactic_by_shortname, technique};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location, Spanned};

declare_lint! {
    /// ## What it checks
    /// The name that stands beside a tactic or technique id (Elastic writes both): it must be the id's name. A name that 18.1 has and 19.1
    /// has no longer is a note: TA0005 was Defense Evasion and is Stealth.
    ///
    /// ## Why it matters
    /// Readers see the name, machines the id: when they differ, one of the two is wrong.
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
    /// name = "A name of another tactic"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c05"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.action:user.session.start'
    ///
    /// [[rule.threat]]
    /// framework = "MITRE ATT&CK"
    ///
    /// [rule.threat.tactic]
    /// id = "TA0003"
    /// name = ⟦"Credential Access"⟧
    /// reference = "https://attack.mitre.org/tactics/TA0003/"
    /// ```
    ///
    /// ## Fix
    /// Write the id's name, or the id that was meant.
    ///
    /// ## References
    /// ATT&CK 18.1 and 19.1, enterprise matrix.
    pub(in crate::lint) META = {
        name: "attack-name", family: "attack", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for reference in &cx.rule().meta.attack {
        if let (Some(id), None) = (&reference.tactic, &reference.tactic_name) {
            short_name(cx, id);
        }
        if let (Some(id), Some(name)) = (&reference.tactic, &reference.tactic_name) {
            let names = AttackVersion::ALL.map(|version| tactic_by_id(version, &id.value).map(|found| found.name));
            compare(cx, id, name, names);
        }
        if let (Some(id), Some(name)) = (&reference.technique, &reference.technique_name) {
            let names = AttackVersion::ALL.map(|version| technique(version, &id.value).map(|found| found.name));
            compare(cx, id, name, names);
        }
    }
}

/// A tactic that is written by its short name (`attack.defense-evasion`), which only the older version has.
fn short_name(cx: &mut RuleCx<'_>, id: &Spanned<String>) {
    let location = Location::main(id.span);
    let written = cx.unit().slice(location);
    let written = written.strip_prefix("attack.").unwrap_or(written);
    let [old, new] = AttackVersion::ALL.map(|version| tactic_by_shortname(version, written));
    let (Some(old), None) = (old, new) else { return };
    let current = tactic_by_id(AttackVersion::LATEST, old.id).map_or("gone", |tactic| tactic.name);
    let message = format!("ATT&CK 19 has no tactic {}: `{}` is {current} there", old.name, old.id);
    let mut finding = cx.diagnostic(location, message);
    finding.level = Level::Note;
    cx.report(finding);
}

/// `known` holds the id's names, oldest version first; an id without a name is another lint's matter.
fn compare(cx: &mut RuleCx<'_>, id: &Spanned<String>, name: &Spanned<String>, known: [Option<&str>; 2]) {
    let [old, new] = known;
    let Some(current) = new.or(old) else { return };
    if current == name.value {
        return;
    }
    let location = Location::main(name.span);
    let finding = if old == Some(name.value.as_str()) {
        let message = format!("ATT&CK 19 calls `{}` {current}; {} is its name in ATT&CK 18", id.value, name.value);
        let mut finding = cx.diagnostic(location, message);
        finding.level = Level::Note;
        finding.help("an ATT&CK id without its version can mean two things: say which version the rule set follows")
    } else {
        let message = format!("`{}` is {current}, not {}", id.value, name.value);
        cx.diagnostic(location, message).help(format!("write `{current}`, or the id that was meant"))
    };
    cx.report(finding.related(Location::main(id.span), "the id"));
}
