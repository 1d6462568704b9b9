//! `[[rule.threat]]`: ATT&CK by tactic, with names and addresses.

use super::toml::basic;
use crate::catalog::attack::{self, AttackVersion};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{AttackRef, Rule};
use crate::source::Spanned;
use std::fmt::Write;

const TACTIC_TAG: &str = "Tactic: ";

/// A tactic or technique with its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

/// A technique with its sub-techniques.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Technique {
    pub(super) technique: Named,
    pub(super) subs: Vec<Named>,
}

/// A tactic with its techniques.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Threat {
    pub(super) tactic: Named,
    pub(super) techniques: Vec<Technique>,
}

impl Threat {
    /// Elastic's tag for the tactic.
    pub(super) fn tag(&self) -> String {
        format!("{TACTIC_TAG}{}", self.tactic.name)
    }
}

/// Tags of tactics that only another version of ATT&CK has become those of the rule's threats.
pub(super) fn rename_tags(tags: &mut Vec<String>, threats: &[Threat], version: AttackVersion) {
    let is_other = |tag: &String| {
        let known = |version, name| attack::tactic_by_name(version, name).is_some();
        let name = tag.strip_prefix(TACTIC_TAG);
        name.is_some_and(|name| !known(version, name) && AttackVersion::ALL.into_iter().any(|other| known(other, name)))
    };
    let Some(at) = tags.iter().position(is_other) else { return };
    tags.retain(|tag| !is_other(tag));
    let new: Vec<String> = threats.iter().map(Threat::tag).filter(|tag| !tags.contains(tag)).collect();
    tags.splice(at..at, new);
}

/// The threats of a rule, a tactic each, and what of them has no place.
pub(super) fn threats(rule: &Rule) -> (Vec<Threat>, Vec<Loss>) {
    let version = super::attack_version(&rule.meta);
    let mut threats: Vec<Threat> = Vec::new();
    let mut losses = Vec::new();
    let listed: Vec<&str> =
        rule.meta.attack.iter().filter_map(|found| found.tactic.as_ref()).map(|id| &*id.value).collect();
    let mut guessed = Vec::new();
    for found in &rule.meta.attack {
        let Some(technique) = &found.technique else {
            if let Some(tactic) = named_tactic(found, version) {
                of_tactic(&mut threats, tactic);
            }
            continue;
        };
        let tactics = match named_tactic(found, version) {
            Some(tactic) if found.paired => vec![tactic],
            _ => {
                guessed.push(technique.value.clone());
                tactics_of(&technique.value, &listed, version)
            }
        };
        let named = named_technique(technique, found.technique_name.as_ref(), version);
        let (Some(named), false) = (named, tactics.is_empty()) else {
            let message =
                format!("`{}` is not in ATT&CK 18.1 or 19.1: its table needs a name and a tactic", technique.value);
            losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin)));
            continue;
        };
        for tactic in tactics {
            add_technique(of_tactic(&mut threats, tactic), named.clone(), version);
        }
    }
    if !guessed.is_empty() {
        let message = format!("tactics for {} are ATT&CK's own: the rule writes them apart", guessed.join(", "));
        losses.push(Loss::new(&code::TACTIC_PAIRING, Effect::Metadata, message, Some(rule.origin)));
    }
    (threats, losses)
}

fn of_tactic(threats: &mut Vec<Threat>, tactic: Named) -> &mut Threat {
    let at = threats.iter().position(|threat| threat.tactic.id == tactic.id).unwrap_or_else(|| {
        threats.push(Threat { tactic, techniques: Vec::new() });
        threats.len() - 1
    });
    &mut threats[at]
}

/// A sub-technique stands below its technique.
fn add_technique(threat: &mut Threat, named: Named, version: AttackVersion) {
    let parent = match named.id.split_once('.') {
        Some((parent, _)) => name_of(parent, version).map(|name| Named { id: parent.to_owned(), name }),
        None => Some(named.clone()),
    };
    let Some(parent) = parent else { return };
    let at = threat.techniques.iter().position(|known| known.technique.id == parent.id).unwrap_or_else(|| {
        threat.techniques.push(Technique { technique: parent, subs: Vec::new() });
        threat.techniques.len() - 1
    });
    let subs = &mut threat.techniques[at].subs;
    if named.id.contains('.') && !subs.contains(&named) {
        subs.push(named);
    }
}

fn named_tactic(found: &AttackRef, version: AttackVersion) -> Option<Named> {
    let id = &found.tactic.as_ref()?.value;
    let written = found.tactic_name.as_ref().map(|name| name.value.clone());
    let name = written.or_else(|| tactic_name(id, version))?;
    Some(Named { id: id.clone(), name })
}

fn tactic_name(id: &str, version: AttackVersion) -> Option<String> {
    version.and_others().find_map(|version| attack::tactic_by_id(version, id)).map(|tactic| tactic.name.to_owned())
}

fn named_technique(id: &Spanned<String>, written: Option<&Spanned<String>>, version: AttackVersion) -> Option<Named> {
    let name = written.map(|name| name.value.clone()).or_else(|| name_of(&id.value, version))?;
    Some(Named { id: id.value.clone(), name })
}

fn name_of(id: &str, version: AttackVersion) -> Option<String> {
    version.and_others().find_map(|version| attack::technique(version, id)).map(|technique| technique.name.to_owned())
}

/// The technique's tactics that the rule lists, or all of its tactics when it lists none of them.
fn tactics_of(id: &str, listed: &[&str], version: AttackVersion) -> Vec<Named> {
    let Some(technique) = version.and_others().find_map(|version| attack::technique(version, id)) else {
        return Vec::new();
    };
    let all: Vec<Named> = technique
        .tactics()
        .filter_map(|tactic| tactic_name(tactic, version).map(|name| Named { id: tactic.to_owned(), name }))
        .collect();
    let both: Vec<Named> = all.iter().filter(|tactic| listed.contains(&&*tactic.id)).cloned().collect();
    if both.is_empty() { all } else { both }
}

/// The tables as text.
pub(super) fn print(threats: &[Threat]) -> String {
    let mut out = String::new();
    for threat in threats {
        out.push_str("\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n\n");
        for technique in &threat.techniques {
            table(&mut out, "[[rule.threat.technique]]", &technique.technique, "techniques");
            for sub in &technique.subs {
                table(&mut out, "[[rule.threat.technique.subtechnique]]", sub, "techniques");
            }
        }
        table(&mut out, "[rule.threat.tactic]", &threat.tactic, "tactics");
        out.pop();
    }
    out
}

/// The page of a tactic or technique.
pub(super) fn reference(named: &Named, folder: &str) -> String {
    format!("https://attack.mitre.org/{folder}/{}/", named.id.replace('.', "/"))
}

fn table(out: &mut String, header: &str, named: &Named, folder: &str) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(
        out,
        "{header}\nid = {}\nname = {}\nreference = {}\n",
        basic(&named.id),
        basic(&named.name),
        basic(&reference(named, folder))
    );
}
