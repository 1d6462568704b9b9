//! `--attack VERSION`: tactics and techniques of the version that is asked for, in every target that has a place for them.
//! Facts: ATT&CK 18.1 and 19.1 (T1562.001 was replaced by T1685, which is part of Defense Impairment, TA0112).

use std::process::{Command, Output};

const SIGMA: &str = "title: T\nid: 0b0e3a4c-8b64-4a8e-9f5c-0d9a1d0b7a11\ntags:\n    - attack.TACTIC\n    - attack.TECHNIQUE\nlogsource:\n    product: okta\n    service: okta\ndetection:\n    s:\n        eventType: user.session.start\n    condition: s\n";

fn convert(rule: &str, target: &str, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.yml");
    std::fs::write(&path, rule).unwrap();
    let path = path.display().to_string();
    let arguments = ["convert", &path, "--to", target, "--max-loss", "any"];
    Command::new(env!("CARGO_BIN_EXE_detc")).args(arguments).args(options).output().unwrap()
}

fn old() -> String {
    SIGMA.replace("TACTIC", "defense-evasion").replace("TECHNIQUE", "t1562.001")
}

fn new() -> String {
    SIGMA.replace("TACTIC", "defense-impairment").replace("TECHNIQUE", "t1685")
}

fn has(rule: &str, target: &str, options: &[&str], parts: &[&str]) {
    let done = convert(rule, target, options);
    let text = String::from_utf8_lossy(&done.stdout);
    for part in parts {
        assert!(text.contains(part), "{target} {options:?}: no {part} in {text}");
    }
}

#[test]
fn sigma_tags_are_those_of_the_version() {
    for rule in [old(), new()] {
        has(&rule, "sigma", &["--attack", "18.1"], &["- attack.defense-evasion\n", "- attack.t1562.001\n"]);
        has(&rule, "sigma", &["--attack", "19"], &["- attack.defense-impairment\n", "- attack.t1685\n"]);
        let as_written = convert(&rule, "sigma", &[]);
        assert!(
            String::from_utf8_lossy(&as_written.stdout)
                .contains(&rule[rule.find("tags").unwrap()..rule.find("logsource").unwrap()])
        );
    }
}

#[test]
fn elastic_tables_have_the_names_of_the_version() {
    let old_table = [
        "id = \"T1562.001\"\nname = \"Disable or Modify Tools\"",
        "id = \"TA0005\"\nname = \"Defense Evasion\"",
        "Tactic: Defense Evasion",
    ];
    let new_table = [
        "id = \"T1685\"\nname = \"Disable or Modify Tools\"",
        "id = \"TA0112\"\nname = \"Defense Impairment\"",
        "Tactic: Defense Impairment",
    ];
    for rule in [old(), new()] {
        has(&rule, "elastic", &[], &old_table);
        has(&rule, "elastic", &["--attack", "18.1"], &old_table);
        has(&rule, "elastic", &["--attack", "19.1"], &new_table);
    }
}

#[test]
fn panther_pairs_are_those_of_the_version() {
    for rule in [old(), new()] {
        has(&rule, "panther", &[], &["- TA0005:T1562.001"]);
        has(&rule, "panther", &["--attack", "18.1"], &["- TA0005:T1562.001"]);
        has(&rule, "panther", &["--attack", "19.1"], &["- TA0112:T1685"]);
    }
}

#[test]
fn an_elastic_rule_keeps_its_tables_and_moves_them_when_asked() {
    let done = convert(&old(), "elastic", &[]);
    let rule = String::from_utf8(done.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.toml");
    std::fs::write(&path, &rule).unwrap();
    let path = path.display().to_string();
    let run = |options: &[&str]| {
        let arguments = ["convert", &path, "--to", "elastic", "--max-loss", "any"];
        let done = Command::new(env!("CARGO_BIN_EXE_detc")).args(arguments).args(options).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    let threats = |text: &str| text[text.find("[[rule.threat]]").unwrap()..].to_owned();
    assert_eq!(threats(&run(&[])), threats(&rule));
    let moved = run(&["--attack", "19.1"]);
    assert!(
        moved.contains("name = \"Defense Impairment\"") && moved.contains("\"Tactic: Defense Impairment\""),
        "{moved}"
    );
    assert!(!moved.contains("Defense Evasion"), "{moved}");
}

#[test]
fn every_change_is_told_and_other_versions_are_refused() {
    let done = convert(&old(), "sigma", &["--attack", "19.1"]);
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(told.contains("L407") && told.contains("successor T1685"), "{told}");
    let done = convert(&old(), "sigma", &["--attack", "12"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("the versions are 18.1 and 19.1"));
}
