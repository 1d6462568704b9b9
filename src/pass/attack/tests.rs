//! Facts: the ATT&CK tables of 18.1 and 19.1 and the difference between them.

use super::migrate_attack;
use crate::catalog::attack::AttackVersion::{self, V18_1, V19_1};
use crate::ir::AttackRef;
use crate::source::{Span, Spanned};

fn at(text: &str, place: usize) -> Spanned<String> {
    Spanned::new(text.to_owned(), Span::new(place, place + 1))
}

/// `TA0005:T1562.001` is a pair, `TA0005` and `T1562` stand alone; `Stealth` is a tactic's name.
fn reference(place: usize, text: &str) -> AttackRef {
    let mut found = AttackRef::default();
    let (tactic, technique) = match text.split_once(':') {
        Some((tactic, technique)) => (Some(tactic), Some(technique)),
        None if text.starts_with("TA") => (Some(text), None),
        None if text.starts_with('T') => (None, Some(text)),
        None => {
            let known = V19_1.and_others().find_map(|v| crate::catalog::attack::tactic_by_name(v, text)).unwrap();
            found.tactic_name = Some(at(known.name, place));
            (Some(known.id), None)
        }
    };
    found.paired = tactic.is_some() && technique.is_some();
    found.tactic = tactic.map(|id| at(id, place));
    found.technique = technique.map(|id| at(id, place));
    found
}

/// The references in the same short form, each tactic by its name, and how many changes were told.
fn migrated(texts: &[&str], to: AttackVersion) -> (Vec<String>, usize) {
    let references: Vec<AttackRef> = texts.iter().enumerate().map(|(place, text)| reference(place, text)).collect();
    let found = migrate_attack(&references, to);
    let text = |part: &Option<Spanned<String>>| part.as_ref().map(|part| part.value.clone());
    let short = |one: &AttackRef| match (text(&one.tactic_name).or(text(&one.tactic)), text(&one.technique)) {
        (Some(tactic), Some(technique)) => format!("{tactic}:{technique}"),
        (tactic, technique) => tactic.or(technique).unwrap_or_default(),
    };
    (found.references.iter().map(short).collect(), found.losses.len())
}

#[test]
fn what_is_the_same_in_both_versions_stays_and_gets_its_names() {
    let texts = ["TA0006:T1556.006", "Persistence", "T1078"];
    for version in AttackVersion::ALL {
        let (found, losses) = migrated(&texts, version);
        assert_eq!(found, ["Credential Access:T1556.006", "Persistence", "T1078"]);
        assert_eq!(losses, 0);
    }
    let found = migrate_attack(&[reference(0, "T1557.001")], V19_1);
    assert_eq!(found.references[0].technique_name.as_ref().unwrap().value, "Name Resolution Poisoning and SMB Relay");
    let found = migrate_attack(&[reference(0, "T1557.001")], V18_1);
    assert_eq!(found.references[0].technique_name.as_ref().unwrap().value, "LLMNR/NBT-NS Poisoning and SMB Relay");
}

#[test]
fn defense_evasion_is_split_by_the_techniques() {
    // T1685 is part of Defense Impairment, T1027 of Stealth.
    let flat = |texts: &[&str]| migrated(texts, V19_1).0;
    assert_eq!(flat(&["Defense Evasion", "T1562.001"]), ["Defense Impairment", "T1685"]);
    assert_eq!(flat(&["Defense Evasion", "T1027"]), ["Stealth", "T1027"]);
    assert_eq!(flat(&["Defense Evasion", "T1027", "T1562"]), ["Stealth", "Defense Impairment", "T1027", "T1685"]);
    assert_eq!(flat(&["Defense Evasion"]), ["Stealth"]);
    assert_eq!(flat(&["Stealth", "T1562.001"]), ["Stealth", "T1685", "Defense Impairment"]);
}

#[test]
fn pairs_are_split_one_by_one() {
    let (found, losses) = migrated(&["TA0005:T1562.001", "TA0005:T1027"], V19_1);
    assert_eq!(found, ["Defense Impairment:T1685", "Stealth:T1027"]);
    // The revocation, and that the tactic is another one; T1027's pair names no tactic that could change.
    assert_eq!(losses, 2);
}

#[test]
fn a_pair_whose_technique_moved_follows_it() {
    // T1574 was in TA0003, TA0004 and TA0005, and is in TA0002 and TA0005; T1548 left TA0005 and kept TA0004.
    assert_eq!(migrated(&["TA0003:T1574.001"], V19_1), (vec!["Execution:T1574.001".to_owned()], 1));
    assert_eq!(migrated(&["TA0005:T1556"], V19_1), (vec!["Defense Impairment:T1556".to_owned()], 1));
    assert_eq!(migrated(&["TA0005:T1548"], V19_1), (vec!["T1548".to_owned()], 1));
    assert_eq!(migrated(&["Persistence", "T1574.001"], V19_1).0, ["Persistence", "T1574.001", "Execution"]);
}

#[test]
fn new_techniques_become_what_they_replaced() {
    let (found, losses) = migrated(&["Defense Impairment", "T1685", "T1688"], V18_1);
    assert_eq!(found, ["Defense Evasion", "T1562.001", "T1562.009"]);
    assert_eq!(losses, 3);
    // T1686.003 is new below T1686, which replaced T1562.004; T1027.018 is new below T1027; T1682 is new altogether.
    assert_eq!(migrated(&["T1686.003", "T1027.018"], V18_1).0, ["T1562.004", "T1027"]);
    assert_eq!(migrated(&["TA0043:T1682"], V18_1), (vec!["Reconnaissance".to_owned()], 1));
    assert_eq!(migrated(&["T1682"], V18_1), (vec![], 1));
}

#[test]
fn mistakes_and_unknown_ids_stay() {
    // T1566 is part of Initial Access in both versions.
    let texts = ["TA0003:T1566", "T9999", "TA9999:T9999"];
    for version in AttackVersion::ALL {
        assert_eq!(
            migrated(&texts, version),
            (vec!["Persistence:T1566".into(), "T9999".into(), "TA9999:T9999".into()], 0)
        );
    }
}

#[test]
fn there_and_back_gives_the_same_ids_where_the_split_allows_it() {
    let texts = ["Defense Evasion", "T1562.001", "T1070.001"];
    let references: Vec<AttackRef> = texts.iter().enumerate().map(|(place, text)| reference(place, text)).collect();
    let there = migrate_attack(&references, V19_1).references;
    let back = migrate_attack(&there, V18_1).references;
    let ids: Vec<&str> = back.iter().filter_map(|one| one.technique.as_ref()).map(|id| id.value.as_str()).collect();
    assert_eq!(ids, ["T1562.001", "T1070.001"]);
    assert_eq!(back[0].tactic.as_ref().unwrap().value, "TA0005");
}

#[test]
fn what_changed_references_said_is_kept() {
    let references = [reference(0, "Defense Impairment"), reference(1, "T1685"), reference(2, "T1078")];
    let former = migrate_attack(&references, V18_1).former;
    let said: Vec<&str> = former.iter().map(|said| said.value.as_str()).collect();
    assert_eq!(said, ["Defense Impairment", "T1685"]);
}
