//! `attack.` tags, and the tags that Sigma can hold.

use crate::catalog::attack::{self, AttackVersion};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{AttackRef, Rule};

/// The tags of the rule: tactics, techniques, then the others.
pub(super) fn tags(rule: &Rule, losses: &mut Vec<Loss>) -> Vec<String> {
    let attack = &rule.meta.attack;
    let mut found: Vec<String> = Vec::new();
    found.extend(attack.iter().filter_map(tactic_tag));
    found.extend(attack.iter().filter_map(technique_tag));
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

/// The tactic by its short name, or as it is written where ATT&CK does not know it.
fn tactic_tag(reference: &AttackRef) -> Option<String> {
    let name = reference.tactic_name.as_ref().map(|name| name.value.as_str());
    let id = reference.tactic.as_ref().map(|id| id.value.as_str());
    let mut versions = AttackVersion::LATEST.and_others();
    let known = name.and_then(|name| versions.find_map(|version| attack::tactic_by_name(version, name)));
    let named = known.map(|tactic| tactic.shortname.to_owned());
    named.or_else(|| name.or(id).map(|unknown| unknown.to_lowercase().replace(' ', "-"))).map(|name| tag(&name))
}

fn technique_tag(reference: &AttackRef) -> Option<String> {
    reference.technique.as_ref().map(|id| tag(&id.value.to_lowercase()))
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
