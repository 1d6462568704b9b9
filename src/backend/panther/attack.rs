//! Tactic and technique in pairs, as Panther's reports want them.

use crate::catalog::attack::{AttackVersion, technique};
use crate::ir::AttackRef;

/// The pairs of a rule.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pairs {
    /// `TA0006:T1556.006` and the technique's name.
    pub(super) written: Vec<(String, Option<String>)>,
    /// Pairs whose tactic was chosen here: the technique belongs to several, or to none of those that the source names.
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
        let (tactics, chosen) = tactics_for(&technique, &listed, version);
        if tactics.is_empty() {
            found.left.push(technique.clone());
        }
        for tactic in tactics {
            let pair = found.add(&tactic, &technique, version);
            if chosen {
                found.guessed.push(pair);
            }
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
    /// Whether a tactic or technique stands in a pair.
    pub(super) fn has(&self, id: &str) -> bool {
        let has = |pair: &str| pair.split_once(':').is_some_and(|(tactic, technique)| tactic == id || technique == id);
        self.written.iter().any(|(pair, _)| has(pair))
    }

    fn add(&mut self, tactic: &str, technique: &str, version: AttackVersion) -> String {
        let pair = format!("{tactic}:{technique}");
        if !self.written.iter().any(|(known, _)| *known == pair) {
            self.written.push((pair.clone(), name(technique, version)));
        }
        pair
    }
}

/// The tactics of a technique, and whether they are a choice: ATT&CK leaves none where the source names them, or where there is one.
fn tactics_for(id: &str, listed: &[String], version: AttackVersion) -> (Vec<String>, bool) {
    for version in version.and_others() {
        let own: Vec<&str> = technique(version, id).map(|found| found.tactics().collect()).unwrap_or_default();
        let both: Vec<String> = listed.iter().filter(|tactic| own.contains(&tactic.as_str())).cloned().collect();
        if !both.is_empty() {
            return (both, false);
        }
    }
    let own = version.and_others().find_map(|version| technique(version, id)).map(|found| found.tactics().collect());
    let own: Vec<&str> = own.unwrap_or_default();
    let chosen = own.len() > 1 || !listed.is_empty();
    (own.first().map(|first| (*first).to_owned()).into_iter().collect(), chosen)
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
        assert!(found.guessed.is_empty() && found.left.is_empty());
    }

    /// ATT&CK has T1556 under three tactics, T1566 under Initial Access alone.
    #[test]
    fn a_tactic_that_the_source_does_not_name_is_a_choice_unless_there_is_one() {
        let found = pairs(&[one(None, Some("T1566"), false)], AttackVersion::V18_1);
        assert!(found.guessed.is_empty() && found.has("TA0001") && found.has("T1566"));
        assert_eq!(pairs(&[one(None, Some("T1556"), false)], AttackVersion::V18_1).guessed.len(), 1);
        let other = [one(Some("TA0040"), None, false), one(None, Some("T1566"), false)];
        let found = pairs(&other, AttackVersion::V18_1);
        assert_eq!(
            (found.guessed.as_slice(), found.left.as_slice()),
            (&["TA0001:T1566".to_owned()][..], &["TA0040".to_owned()][..])
        );
    }

    #[test]
    fn what_cannot_be_paired_is_named() {
        let found = pairs(&[one(Some("TA0040"), None, false), one(None, Some("T9999"), false)], AttackVersion::V18_1);
        assert_eq!(found.left, ["T9999", "TA0040"]);
    }
}
