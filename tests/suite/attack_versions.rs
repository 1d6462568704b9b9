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

/// Comments, quotes, order and layout of its own around what only one version of ATT&CK has.
fn laid_out(tags: &str, threats: &str) -> String {
    let rule = r#"# kept
[metadata]
maturity = 'production' # so

[rule]
risk_score = 21
name   = "N"
description = """D\\x"""
author = ["A"]
language = "kuery"
type = "query"
severity = 'low'
rule_id = "0d0b6d0e-6a5b-4c29-9b6a-0f6a4b8f2a11"
index = ["logs-okta*"]
tags = TAGS
query = '''
event.action:a # no comment
'''

THREATS

[[rule.severity_mapping]]
field = "a" # kept
operator = "equals"
severity = "low"
value = ""
"#;
    rule.replace("TAGS", tags).replace("THREATS", threats)
}

fn table(header: &str, kind: &str, [id, name]: [&str; 2]) -> String {
    let path = id.replace('.', "/");
    format!(
        "{header}\nname = '{name}' # kept\nid = \"{id}\"\nreference = \"https://attack.mitre.org/{kind}/{path}/\"\n"
    )
}

fn threat(tactic: [&str; 2], techniques: &str) -> String {
    let tactic = table("  [rule.threat.tactic]", "tactics", tactic);
    format!("[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n{techniques}{}", tactic.trim_end())
}

fn technique(named: [&str; 2]) -> String {
    table("  [[rule.threat.technique]]", "techniques", named)
}

fn moved(rule: &str, version: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.toml");
    std::fs::write(&path, rule).unwrap();
    let path = path.display().to_string();
    let arguments = ["convert", &path, "--to", "elastic", "--max-loss", "any", "--attack", version];
    let done = Command::new(env!("CARGO_BIN_EXE_detc")).args(arguments).output().unwrap();
    String::from_utf8(done.stdout).unwrap()
}

const PERSISTENCE: [&str; 2] = ["TA0003", "Persistence"];
const ACCOUNT: [&str; 2] = ["T1098", "Account Manipulation"];
const REMOVAL: [&str; 2] = ["T1070", "Indicator Removal"];

#[test]
fn the_file_of_an_elastic_rule_is_edited_in_its_threat_tables_alone() {
    let persistence = threat(PERSISTENCE, &technique(ACCOUNT));
    let old = threat(["TA0005", "Defense Evasion"], &technique(REMOVAL));
    let new = old.replace("Defense Evasion", "Stealth");
    let tags = "[\n  \"Data Source: Okta\", # kept\n  'Tactic: Defense Evasion',\n  \"Tactic: Persistence\",\n]";
    let rule = laid_out(tags, &format!("{old} # kept\n\n# kept too\n{persistence}"));
    let tags = tags.replace("Defense Evasion", "Stealth");
    let expected = laid_out(&tags, &format!("{new} # kept\n\n# kept too\n{persistence}"));
    assert_eq!(moved(&rule, "19.1"), expected);
    assert_eq!(moved(&expected, "18.1"), rule);
    assert_eq!(moved(&rule, "18.1"), rule);
    let windows = rule.replace('\n', "\r\n");
    assert_eq!(moved(&windows, "19.1"), expected.replace('\n', "\r\n"));
}

#[test]
fn a_tactic_that_was_split_makes_two_tables_in_the_place_of_one() {
    let persistence = threat(PERSISTENCE, &technique(ACCOUNT));
    let sub =
        table("    [[rule.threat.technique.subtechnique]]", "techniques", ["T1562.001", "Disable or Modify Tools"]);
    let techniques = technique(["T1562", "Impair Defenses"]) + &sub + &technique(REMOVAL);
    let both = threat(["TA0005", "Defense Evasion"], &techniques);
    let rule = laid_out(
        "[\"Tactic: Defense Evasion\", \"Tactic: Persistence\"]",
        &format!("{both}\n\n# kept\n{persistence} # kept"),
    );
    let done = moved(&rule, "19.1");
    let (before, after) = rule.split_once(&both).unwrap();
    let (done_before, done_tables) = done.split_once("[[rule.threat]]").unwrap();
    assert!(done_tables.ends_with(after), "{done}");
    let written = |text: &str| text.split_once("\ntags = ").unwrap().0.to_owned();
    assert_eq!(written(done_before), written(before));
    for part in ["id = \"T1685\"", "id = \"TA0112\"", "id = \"T1070\"", "name = \"Stealth\"", "id = \"TA0005\""] {
        assert_eq!(done.matches(part).count(), 1, "{part}: {done}");
    }
    assert!(!done.contains("T1562") && !done.contains("Defense Evasion"), "{done}");
    for tag in ["\"Tactic: Stealth\"", "\"Tactic: Defense Impairment\"", "\"Tactic: Persistence\"]"] {
        assert_eq!(done_before.matches(tag).count(), 1, "{tag}: {done}");
    }
    assert!(toml::from_str::<toml::Table>(&done).is_ok(), "{done}");
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
