//! `detc convert`: names of outputs, collisions, and the forms of its report.

use crate::report_render::valid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn detc(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_detc")).args(args).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A Sigma rule that every target can hold.
fn rule(id: &str, action: &str) -> String {
    format!(
        "title: Rule {action}\nid: {id}\nstatus: test\nlogsource:\n    product: okta\n    service: okta\ndetection:\n    selection:\n        eventtype: {action}\n    condition: selection\nlevel: low\n"
    )
}

const ONE: &str = "0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a01";
const TWO: &str = "0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a02";

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = crate::shared::texts(folder, &["yml", "json", "py"])
        .into_iter()
        .map(|(path, _): (PathBuf, String)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn rules_of_one_file_with_one_id_are_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let both = [rule(ONE, "user.session.start"), rule(ONE, "user.session.end")].join("---\n");
    fs::write(folder.path().join("two.yml"), both).unwrap();
    let done = detc(folder.path(), &["convert", "two.yml", "--to", "native", "-o", "out"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(files(&folder.path().join("out")), [format!("two-{ONE}-2.json"), format!("two-{ONE}.json")]);
}

#[test]
fn a_collision_stops_the_rules_concerned_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    for (path, id, action) in [
        ("a/same.yml", ONE, "user.session.start"),
        ("b/same.yml", TWO, "user.session.end"),
        ("b/other.yml", "0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a03", "zone.create"),
    ] {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), rule(id, action)).unwrap();
    }
    let args = ["convert", "a", "b", "--to", "native", "-o", "out", "--report", "report.json"];
    let done = detc(folder.path(), &args);
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(files(&folder.path().join("out")), ["other.json"]);
    let told = text(&done.stderr);
    assert!(told.contains("out/same.json would be written for this rule and for the one in b/same.yml"), "{told}");
    assert!(told.contains("for the one in a/same.yml"), "{told}");
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("report.json")).unwrap()).unwrap();
    valid("convert", &report);
    assert_eq!(report["summary"]["failed"], 2);
    for entry in report["rules"].as_array().unwrap() {
        let failed = entry["path"].as_str().unwrap().ends_with("same.yml");
        assert_eq!(entry["status"] == "failed", failed, "{entry}");
        assert_eq!(entry["outputs"].as_array().unwrap().is_empty(), failed, "{entry}");
    }
    // From their common folder both have a place.
    assert_eq!(detc(folder.path(), &["convert", ".", "--to", "native", "-o", "out2"]).status.code(), Some(0));
}

#[test]
fn a_panther_rule_names_the_module_that_is_written_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("start.yml"), rule(ONE, "user.session.start")).unwrap();
    let done = detc(folder.path(), &["convert", "start.yml", "--to", "panther", "-o", "out"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let yaml = fs::read_to_string(folder.path().join("out/start.yml")).unwrap();
    assert!(yaml.contains("Filename: start.py\n"), "{yaml}");
    assert!(folder.path().join("out/start.py").is_file());
}

const UNMAPPED: &str = "tests/cmd/formats.in/unmapped.yml";

fn here(args: &[&str]) -> Output {
    detc(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}

#[test]
fn losses_are_findings_in_every_form() {
    let form = |format: &str| text(&here(&["convert", UNMAPPED, "--to", "eql", "--format", format]).stderr);
    assert!(
        form("concise").starts_with(&format!("{UNMAPPED}:12:9: error[field-unmapped]: L101")),
        "{}",
        form("concise")
    );
    assert!(form("github").starts_with(&format!("::error file={UNMAPPED},line=12")), "{}", form("github"));
    let sarif: serde_json::Value = serde_json::from_str(&form("sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "field-unmapped");
    assert!(run["tool"]["driver"]["rules"][0]["shortDescription"]["text"].as_str().unwrap().contains("no counterpart"));
    assert!(form("junit").contains("<failure message=\"refused\">"), "{}", form("junit"));
    assert!(form("markdown").contains("| refused |"));
    valid("convert", &serde_json::from_str(&form("json")).unwrap());
    assert!(form("human").contains("1 refused"));
}

#[test]
fn the_report_and_the_rules_do_not_share_standard_output() {
    assert_eq!(here(&["convert", UNMAPPED, "--to", "eql", "--report", "-"]).status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let report = here(&["convert", UNMAPPED, "--to", "eql", "-o", out, "--report", "-"]);
    valid("convert", &serde_json::from_slice(&report.stdout).unwrap());
    let sarif = here(&["convert", UNMAPPED, "--to", "eql", "-o", out, "--format", "sarif"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&sarif.stdout).is_ok(), "{}", text(&sarif.stdout));
}

#[test]
fn tests_and_inspections_have_their_forms() {
    let test = |format: &str| here(&["test", "tests/cmd/formats.in", "--format", format]);
    let concise = test("concise");
    assert_eq!(concise.status.code(), Some(1));
    assert!(text(&concise.stdout).contains("unmapped.yml:2:5: error[failing-test]: fires: expected true, got false"));
    assert!(text(&test("github").stdout).contains("::error file=tests/cmd/formats.in/unmapped.yml,line=2"));
    assert!(text(&test("markdown").stdout).contains("| fires | expected true, got false"));
    assert!(text(&test("junit").stdout).contains("failures=\"1\""));
    let sarif: serde_json::Value = serde_json::from_slice(&test("sarif").stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "failing-test");
    let inspect = |format: &str| text(&here(&["inspect", UNMAPPED, "--format", format]).stdout);
    assert!(inspect("concise").starts_with(&format!("{UNMAPPED}: event: ")), "{}", inspect("concise"));
    assert!(inspect("markdown").contains("| event |"), "{}", inspect("markdown"));
}
