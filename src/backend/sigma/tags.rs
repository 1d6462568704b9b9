//! `attack.` tags in the names of the newest ATT&CK, and the tags that Sigma can hold.

use crate::catalog::attack::{self, AttackVersion};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{AttackRef, Rule};

const LATEST: AttackVersion = AttackVersion::LATEST;

/// The tags of the rule: tactics, techniques, then the others.
pub(super) fn tags(rule: &Rule, losses: &mut Vec<Loss>) -> Vec<String> {
    let attack = &rule.meta.attack;
    let mut found: Vec<String> = Vec::new();
    attack.iter().for_each(|reference| found.extend(tactic_tags(reference, attack, losses)));
    found.extend(attack.iter().filter_map(|reference| technique_tag(reference, losses)));
    let (kept, dropped): (Vec<_>, Vec<_>) = rule.meta.tags.iter().map(|tag| &tag.value).partition(|tag| is_tag(tag));
    found.extend(kept.into_iter().cloned());
    if !dropped.is_empty() {
        let message = format!("tags without a namespace have no place in Sigma: {}", quoted(&dropped));
        losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, None));
    }
    note_pairs(attack, losses);
    let mut seen = std::collections::HashSet::new();
    found.retain(|tag| seen.insert(tag.clone()));
    found
}

fn quoted(texts: &[&String]) -> String {
    texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

/// `^[a-z0-9_-]+\.[a-z0-9._-]+$` (Sigma Rules Specification, JSON Schema).
fn is_tag(text: &str) -> bool {
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    text.split_once('.').is_some_and(|(namespace, name)| {
        !namespace.is_empty()
            && !name.is_empty()
            && namespace.chars().all(part)
            && name.chars().all(|c| part(c) || c == '.')
    })
}

/// The tactic's name; one that was split in the newest version becomes those of its parts that the techniques belong to.
fn tactic_tags(reference: &AttackRef, all: &[AttackRef], losses: &mut Vec<Loss>) -> Vec<String> {
    let name = reference.tactic_name.as_ref().map(|name| name.value.as_str());
    let id = reference.tactic.as_ref().map(|id| id.value.as_str());
    if let Some(tactic) = name.and_then(|name| attack::tactic_by_name(LATEST, name)) {
        return vec![tag(tactic.shortname)];
    }
    let Some(tactic) = id.and_then(|id| attack::tactic_by_id(LATEST, id)) else {
        return name.or(id).map(|unknown| tag(&unknown.to_lowercase().replace(' ', "-"))).into_iter().collect();
    };
    let Some(old_name) = name.filter(|name| attack::tactic_by_name(AttackVersion::V18_1, name).is_some()) else {
        return vec![tag(tactic.shortname)];
    };
    let new = successors(tactic.id, reference, all);
    let names: Vec<String> = new.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "the tactic {old_name} is no longer part of ATT&CK {}; written as {}",
        LATEST.number(),
        names.join(", ")
    );
    losses.push(Loss::new(&code::ATTACK_MOVED, Effect::Metadata, message, None));
    new.into_iter().map(tag).collect()
}

/// Defense Evasion (TA0005) was split into Stealth, which keeps the id, and Defense Impairment (TA0112).
fn successors(id: &str, reference: &AttackRef, all: &[AttackRef]) -> Vec<&'static str> {
    let techniques: Vec<_> = if reference.technique.is_some() {
        reference.technique.iter().collect()
    } else {
        all.iter().filter_map(|other| other.technique.as_ref()).collect()
    };
    let current = |id: &str| attack::replacement(LATEST, id).or_else(|| attack::technique(LATEST, id));
    let tactics: Vec<&str> =
        techniques.iter().filter_map(|technique| current(&technique.value)).flat_map(|found| found.tactics()).collect();
    let found: Vec<&'static str> = [id, "TA0112"]
        .into_iter()
        .filter(|part| tactics.contains(part))
        .filter_map(|part| attack::tactic_by_id(LATEST, part))
        .map(|tactic| tactic.shortname)
        .collect();
    if found.is_empty() {
        return attack::tactic_by_id(LATEST, id).map(|tactic| tactic.shortname).into_iter().collect();
    }
    found
}

fn technique_tag(reference: &AttackRef, losses: &mut Vec<Loss>) -> Option<String> {
    let written = &reference.technique.as_ref()?.value;
    let Some(new) = attack::replacement(LATEST, written) else { return Some(tag(&written.to_lowercase())) };
    let message = format!("{written} was revoked in ATT&CK; written as its successor {}", new.id);
    losses.push(Loss::new(&code::ATTACK_MOVED, Effect::Metadata, message, None));
    Some(tag(&new.id.to_lowercase()))
}

fn tag(name: &str) -> String {
    format!("attack.{name}")
}

/// Sigma's tags stand alone, so with several tactics it is no longer said which of them a technique served.
fn note_pairs(attack: &[AttackRef], losses: &mut Vec<Loss>) {
    let paired = || attack.iter().filter(|reference| reference.paired && reference.technique.is_some());
    let tactics: std::collections::BTreeSet<_> =
        paired().filter_map(|reference| reference.tactic.as_ref().map(|tactic| tactic.value.as_str())).collect();
    if tactics.len() > 1 {
        let message = "Sigma's tags are flat: which tactic a technique was paired with is not kept";
        losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, None));
    }
}
