//! Tactic and technique in pairs, as Panther's reports want them.

use crate::catalog::attack::{AttackVersion, technique};
use crate::ir::AttackRef;

/// The pairs of a rule.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pairs {
    /// `TA0006:T1556.006` and the technique's name.
    pub(super) written: Vec<(String, Option<String>)>,
    /// Pairs that were made here, from tactics and techniques written apart.
    pub(super) guessed: Vec<String>,
    /// Tactics and techniques that no pair could be made of.
    pub(super) left: Vec<String>,
}

/// Pairs each technique with the tactic that it was written under, else with those of the listed tactics that it belongs to, else
/// with its own first tactic. Never the product of both lists.
pub(super) fn pairs(refs: &[AttackRef], version: AttackVersion) -> Pairs {
    let mut found = Pairs::default();
    let listed: Vec<String> =
        refs.iter().filter_map(|one| one.tactic.as_ref()).map(|id| id.value.to_ascii_uppercase()).collect();
    let mut used: Vec<String> = Vec::new();
    for one in refs {
        let Some(technique) = &one.technique else { continue };
        let technique = technique.value.to_ascii_uppercase();
        if let (Some(tactic), true) = (&one.tactic, one.paired) {
            let tactic = tactic.value.to_ascii_uppercase();
            found.add(&tactic, &technique, version);
            used.push(tactic);
            continue;
        }
        let tactics = tactics_for(&technique, &listed, version);
        if tactics.is_empty() {
            found.left.push(technique.clone());
        }
        for tactic in tactics {
            let pair = found.add(&tactic, &technique, version);
            found.guessed.push(pair);
            used.push(tactic);
        }
    }
    for tactic in listed {
        if !used.contains(&tactic) && !found.left.contains(&tactic) {
            found.left.push(tactic);
        }
    }
    found
}

impl Pairs {
    fn add(&mut self, tactic: &str, technique: &str, version: AttackVersion) -> String {
        let pair = format!("{tactic}:{technique}");
        if !self.written.iter().any(|(known, _)| *known == pair) {
            self.written.push((pair.clone(), name(technique, version)));
        }
        pair
    }
}

fn tactics_for(id: &str, listed: &[String], version: AttackVersion) -> Vec<String> {
    for version in version.and_others() {
        let own: Vec<&str> = technique(version, id).map(|found| found.tactics().collect()).unwrap_or_default();
        let both: Vec<String> = listed.iter().filter(|tactic| own.contains(&tactic.as_str())).cloned().collect();
        if !both.is_empty() {
            return both;
        }
    }
    let first = version.and_others().find_map(|version| technique(version, id)?.tactics().next());
    first.into_iter().map(str::to_owned).collect()
}

/// `Modify Authentication Process: Multi-Factor Authentication`
fn name(id: &str, version: AttackVersion) -> Option<String> {
    version.and_others().find_map(|version| {
        let found = technique(version, id)?;
        let parent = found.parent().and_then(|parent| technique(version, parent));
        Some(match parent {
            Some(parent) => format!("{}: {}", parent.name, found.name),
            None => found.name.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Spanned};

    fn one(tactic: Option<&str>, technique: Option<&str>, paired: bool) -> AttackRef {
        let spanned = |id: &str| Spanned { value: id.to_owned(), span: Span::default() };
        AttackRef { tactic: tactic.map(spanned), technique: technique.map(spanned), paired, ..AttackRef::default() }
    }

    #[test]
    fn written_pairs_stay() {
        let found = pairs(&[one(Some("TA0006"), Some("T1556.006"), true)], AttackVersion::V18_1);
        assert_eq!(found.written[0].0, "TA0006:T1556.006");
        assert_eq!(found.written[0].1.as_deref(), Some("Modify Authentication Process: Multi-Factor Authentication"));
        assert!(found.guessed.is_empty() && found.left.is_empty());
    }

    #[test]
    fn flat_tags_are_paired_by_attack_and_never_multiplied() {
        let refs = [
            one(Some("TA0001"), None, false),
            one(Some("TA0003"), None, false),
            one(None, Some("T1566"), false),
            one(None, Some("T1136"), false),
        ];
        let found = pairs(&refs, AttackVersion::V18_1);
        let pairs: Vec<&str> = found.written.iter().map(|(pair, _)| pair.as_str()).collect();
        assert_eq!(pairs, ["TA0001:T1566", "TA0003:T1136"]);
        assert_eq!(found.guessed.len(), 2);
        assert!(found.left.is_empty());
    }

    #[test]
    fn what_cannot_be_paired_is_named() {
        let found = pairs(&[one(Some("TA0040"), None, false), one(None, Some("T9999"), false)], AttackVersion::V18_1);
        assert_eq!(found.left, ["T9999", "TA0040"]);
    }
}
