//! MITRE ATT&CK (enterprise): tactics and techniques of two versions, and what changed between them.
//!
//! Facts from the ATT&CK tables (see the headers of `schemas/attack/*.tsv`): ids, names, tactics, revocations.

use super::table::{Row, Table};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

/// The tactics and techniques of ATT&CK 18.1.
pub(super) const V18_1: Table = Table::new("attack/v18.1.tsv", include_str!("../../schemas/attack/v18.1.tsv"));
/// The tactics and techniques of ATT&CK 19.1.
pub(super) const V19_1: Table = Table::new("attack/v19.1.tsv", include_str!("../../schemas/attack/v19.1.tsv"));

/// A version of ATT&CK that the catalogue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttackVersion {
    /// 18.1 (October 2025): 14 tactics, Defense Evasion is one.
    V18_1,
    /// 19.1 (2026): 15 tactics; Defense Evasion became Stealth and Defense Impairment (TA0112) is new.
    V19_1,
}

impl AttackVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 2] = [Self::V18_1, Self::V19_1];
    /// The newest version.
    pub const LATEST: Self = Self::V19_1;

    /// The version's number as MITRE writes it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V18_1 => "18.1",
            Self::V19_1 => "19.1",
        }
    }

    /// This version, then the others: where an id is looked up that may be of another version.
    pub fn and_others(self) -> impl Iterator<Item = Self> + Clone {
        std::iter::once(self).chain(Self::ALL.into_iter().rev().filter(move |other| *other != self))
    }

    /// Reads `18`, `18.1`, `v18.1`, `19` or `19.1`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim_start_matches(['v', 'V']) {
            "18" | "18.1" => Some(Self::V18_1),
            "19" | "19.1" => Some(Self::V19_1),
            _ => None,
        }
    }

    fn table(self) -> Table {
        match self {
            Self::V18_1 => V18_1,
            Self::V19_1 => V19_1,
        }
    }

    fn index(self) -> &'static Index {
        match self {
            Self::V18_1 => &INDEX_18_1,
            Self::V19_1 => &INDEX_19_1,
        }
    }
}

/// The rows of a version. Read once: every rule of a run names several ids, and several lints look at each.
struct Index {
    tactics: Vec<Tactic>,
    by_id: HashMap<&'static str, Tactic, RandomState>,
    techniques: HashMap<&'static str, Technique, RandomState>,
    /// The active techniques that the newest version replaced, by what became of them.
    replaced: OnceLock<HashMap<&'static str, Vec<Technique>>>,
}

static INDEX_18_1: LazyLock<Index> = LazyLock::new(|| Index::new(V18_1));
static INDEX_19_1: LazyLock<Index> = LazyLock::new(|| Index::new(V19_1));

impl Index {
    fn new(table: Table) -> Self {
        let techniques = table.rows().filter(|row| !row.line().starts_with("TA")).map(Technique::from_row);
        let tactics: Vec<Tactic> = table.range("TA").map(tactic).collect();
        Self {
            by_id: tactics.iter().map(|found| (found.id, *found)).collect(),
            tactics,
            techniques: techniques.map(|found| (found.id, found)).collect(),
            replaced: OnceLock::new(),
        }
    }

    fn replaced(&self) -> &HashMap<&'static str, Vec<Technique>> {
        self.replaced.get_or_init(|| {
            let mut found: HashMap<_, Vec<Technique>> = HashMap::new();
            for old in self.techniques.values().filter(|technique| technique.is_active()) {
                if let Some(new) = replacement(AttackVersion::LATEST, old.id) {
                    found.entry(new.id).or_default().push(*old);
                }
            }
            found
        })
    }
}

/// A tactic: the adversary's goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0001` ...
    pub id: &'static str,
    /// `Initial Access` ...
    pub name: &'static str,
    /// `initial-access` ..., the form in Sigma tags (there with `_` or `-`).
    pub shortname: &'static str,
}

/// A technique or sub-technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Technique {
    /// `T1556` or `T1556.006`.
    pub id: &'static str,
    /// The technique's own name (a sub-technique's without its parent's).
    pub name: &'static str,
    /// True for a sub-technique.
    pub is_sub: bool,
    /// MITRE replaced it by another one.
    pub revoked: bool,
    /// MITRE withdrew it without replacement.
    pub deprecated: bool,
    /// The direct replacement of a revoked technique.
    pub revoked_by: Option<&'static str>,
    /// The end of the chain of replacements, when the source states it.
    pub revoked_to: Option<&'static str>,
    row: Row,
}

impl Technique {
    /// The ids of the tactics it belongs to.
    pub fn tactics(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.row.list(2)
    }

    /// Neither revoked nor deprecated.
    pub fn is_active(&self) -> bool {
        !self.revoked && !self.deprecated
    }

    /// The parent technique's id of a sub-technique.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }

    fn from_row(row: Row) -> Self {
        let [id, name, _, flags, revoked_by, revoked_to] = row.first_cols();
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        Self {
            id,
            name,
            is_sub: flags.contains('s'),
            revoked: flags.contains('r'),
            deprecated: flags.contains('d'),
            revoked_by: some(revoked_by),
            revoked_to: some(revoked_to),
            row,
        }
    }
}

/// The tactics of a version, by id.
pub fn tactics(version: AttackVersion) -> impl Iterator<Item = Tactic> {
    version.index().tactics.iter().copied()
}

/// Every technique of a version, revoked and deprecated ones too, by id.
pub fn techniques(version: AttackVersion) -> impl Iterator<Item = Technique> {
    version.table().rows().filter(|row| !row.line().starts_with("TA")).map(Technique::from_row)
}

/// The tactic with this id (`TA0005`, any case).
pub fn tactic_by_id(version: AttackVersion, id: &str) -> Option<Tactic> {
    let tactics = &version.index().by_id;
    tactics.get(id).or_else(|| tactics.get(id.to_ascii_uppercase().as_str())).copied()
}

/// The tactic with this name, any case.
pub fn tactic_by_name(version: AttackVersion, name: &str) -> Option<Tactic> {
    tactics(version).find(|tactic| tactic.name.eq_ignore_ascii_case(name))
}

/// The tactic with this short name; case, and `_` for `-`, do not matter (Sigma writes both).
pub fn tactic_by_shortname(version: AttackVersion, shortname: &str) -> Option<Tactic> {
    let letter = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let same = |known: &str| known.len() == shortname.len() && known.bytes().eq(shortname.bytes().map(letter));
    version.index().tactics.iter().find(|tactic| same(tactic.shortname)).copied()
}

/// The technique with this id (any case), revoked and deprecated ones too.
pub fn technique(version: AttackVersion, id: &str) -> Option<Technique> {
    let techniques = &version.index().techniques;
    techniques.get(id).or_else(|| techniques.get(id.to_ascii_uppercase().as_str())).copied()
}

/// What a revoked technique became, at the end of the chain of revocations.
/// `None` when the id is unknown, is not revoked, or the chain does not end in a technique of this version.
pub fn replacement(version: AttackVersion, id: &str) -> Option<Technique> {
    let mut current = technique(version, id).filter(|found| found.revoked)?;
    for _ in 0..16 {
        let next = current.revoked_to.or(current.revoked_by)?;
        current = technique(version, next)?;
        if !current.revoked {
            return Some(current);
        }
    }
    None
}

/// What a technique that this version does not have yet was in it: of the techniques that it replaced, the one with its name,
/// else the only one.
pub fn predecessor(version: AttackVersion, id: &str) -> Option<Technique> {
    let new = technique(AttackVersion::LATEST, id)?;
    let old = version.index().replaced().get(new.id)?;
    let named = old.iter().filter(|old| old.name == new.name).min_by_key(|old| old.id);
    match (named, old.as_slice()) {
        (Some(named), _) => Some(*named),
        (None, [only]) => Some(*only),
        _ => None,
    }
}

/// What happened to an id between two versions; every part may hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The older version does not have the id, the newer does.
    pub added: bool,
    /// The older version has the id, the newer does not.
    pub removed: bool,
    /// Old and new name, when they differ.
    pub renamed: Option<(&'static str, &'static str)>,
    /// Active in the older version, revoked in the newer: what it became.
    pub replaced_by: Option<&'static str>,
    /// Deprecated in the newer version only.
    pub deprecated: bool,
    /// Tactics it no longer belongs to.
    pub tactics_lost: Vec<&'static str>,
    /// Tactics it newly belongs to.
    pub tactics_gained: Vec<&'static str>,
}

impl Change {
    /// Nothing differs.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What happened to a tactic or technique between two versions; `None` when neither has the id.
pub fn change(from: AttackVersion, to: AttackVersion, id: &str) -> Option<Change> {
    if id.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("TA")) {
        return tactic_change(tactic_by_id(from, id), tactic_by_id(to, id));
    }
    let (old, new) = (technique(from, id), technique(to, id));
    let (Some(old), Some(new)) = (old, new) else {
        return presence(old.is_some(), new.is_some());
    };
    let newly_revoked = new.revoked && !old.revoked;
    Some(Change {
        renamed: (old.name != new.name).then_some((old.name, new.name)),
        replaced_by: newly_revoked.then(|| replacement(to, id)).flatten().map(|found| found.id),
        deprecated: new.deprecated && !old.deprecated,
        tactics_lost: old.tactics().filter(|id| !new.tactics().any(|other| other == *id)).collect(),
        tactics_gained: new.tactics().filter(|id| !old.tactics().any(|other| other == *id)).collect(),
        ..Change::default()
    })
}

fn tactic_change(old: Option<Tactic>, new: Option<Tactic>) -> Option<Change> {
    let (Some(old), Some(new)) = (old, new) else {
        return presence(old.is_some(), new.is_some());
    };
    Some(Change { renamed: (old.name != new.name).then_some((old.name, new.name)), ..Change::default() })
}

fn presence(old: bool, new: bool) -> Option<Change> {
    (old || new).then(|| Change { added: new && !old, removed: old && !new, ..Change::default() })
}

fn tactic(row: Row) -> Tactic {
    let [id, name, shortname] = row.first_cols();
    Tactic { id, name, shortname }
}

#[cfg(test)]
mod tests {
    use super::AttackVersion::{V18_1, V19_1};
    use super::*;

    #[test]
    fn counts_are_those_of_the_published_versions() {
        for (version, tactic_count, all, subs, active, revoked, deprecated) in
            [(V18_1, 14, 835, 479, 691, 132, 12), (V19_1, 15, 858, 493, 697, 149, 12)]
        {
            assert_eq!(tactics(version).count(), tactic_count);
            assert_eq!(techniques(version).count(), all);
            assert_eq!(techniques(version).filter(|t| t.is_sub).count(), subs);
            assert_eq!(techniques(version).filter(Technique::is_active).count(), active);
            assert_eq!(techniques(version).filter(|t| t.revoked).count(), revoked);
            assert_eq!(techniques(version).filter(|t| t.deprecated && !t.revoked).count(), deprecated);
        }
    }

    #[test]
    fn defense_evasion_became_stealth() {
        assert_eq!(tactic_by_id(V18_1, "ta0005").unwrap().name, "Defense Evasion");
        assert_eq!(tactic_by_name(V19_1, "stealth").unwrap().id, "TA0005");
        assert_eq!(tactic_by_shortname(V19_1, "defense_impairment").unwrap().id, "TA0112");
        assert_eq!(tactic_by_shortname(V18_1, "initial-access").unwrap().id, "TA0001");
        let found = change(V18_1, V19_1, "TA0005").unwrap();
        assert_eq!(found.renamed, Some(("Defense Evasion", "Stealth")));
        assert!(change(V18_1, V19_1, "TA0112").unwrap().added);
        assert_eq!(change(V18_1, V19_1, "TA9999"), None);
        assert!(change(V18_1, V19_1, "TA0001").unwrap().is_none());
    }

    #[test]
    fn impair_defenses_became_t1685() {
        for (old, new) in [
            ("T1562", "T1685"),
            ("T1562.001", "T1685"),
            ("T1562.003", "T1690"),
            ("T1070.001", "T1685.005"),
            ("T1656", "T1684.001"),
            ("T1672", "T1684.002"),
        ] {
            assert!(technique(V18_1, old).unwrap().is_active(), "{old}");
            assert_eq!(replacement(V19_1, old).unwrap().id, new);
            assert_eq!(change(V18_1, V19_1, old).unwrap().replaced_by, Some(new));
        }
    }

    #[test]
    fn chains_of_revocation_are_followed_to_their_end() {
        assert_eq!(technique(V19_1, "T1073").unwrap().revoked_by, Some("T1574.002"));
        assert_eq!(replacement(V19_1, "T1073").unwrap().id, "T1574.001");
        assert_eq!(replacement(V19_1, "T1150").unwrap().id, "T1647");
        assert_eq!(replacement(V19_1, "T1556.006"), None);
    }

    #[test]
    fn what_a_new_technique_was_before() {
        // T1562, T1562.001 and T1562.006 became T1685; the second has its name.
        assert_eq!(predecessor(V18_1, "T1685").unwrap().id, "T1562.001");
        assert_eq!(predecessor(V18_1, "T1685.002").unwrap().id, "T1562.008");
        assert_eq!(predecessor(V18_1, "T1682"), None);
        assert_eq!(predecessor(V18_1, "T1059"), None);
    }

    #[test]
    fn seventy_two_techniques_changed_tactics() {
        let moved: Vec<_> = techniques(V19_1)
            .filter(Technique::is_active)
            .filter_map(|found| change(V18_1, V19_1, found.id).filter(|c| !c.added))
            .filter(|c| !c.tactics_gained.is_empty() || !c.tactics_lost.is_empty())
            .collect();
        let to_impairment = moved.iter().filter(|c| c.tactics_gained == ["TA0112"] && c.tactics_lost == ["TA0005"]);
        assert_eq!(to_impairment.count(), 41);
        assert_eq!(moved.len(), 72);
    }

    #[test]
    fn odd_ids_are_unknown_not_errors() {
        for id in ["", "T", "TA", "t1556.", "T1556.006\t", "é", "TA0005\tStealth\t"] {
            assert_eq!(technique(V19_1, id), None, "{id}");
            assert_eq!(change(V18_1, V19_1, id), None, "{id}");
        }
    }
}
