//! What counts as a rule, what is passed over, and what is told about files that are none.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const RULE: &str = include_str!("../cmd/carets.in/glued.yml");

fn detc(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_detc")).args(args).current_dir(folder).output().unwrap()
}

fn with_stdin(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_detc"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments never reads its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_broken_file_that_is_named_is_reported_and_one_that_is_met_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.yml"), "a: [b\n").unwrap();
    fs::write(folder.path().join("rule.yml"), RULE).unwrap();
    let named = detc(folder.path(), &["lint", "other.yml", "--format", "concise"]);
    assert_eq!(named.status.code(), Some(1));
    assert!(out(&named).starts_with("other.yml:1:4: error[syntax]"), "{}", out(&named));
    let met = detc(folder.path(), &["lint", ".", "--format", "concise", "--ignore", "value-domain"]);
    assert_eq!(met.status.code(), Some(0), "{}", out(&met));
    assert_eq!(err(&met), "note: 1 file without a rule passed over\n");
    let input = with_stdin(&["lint", "-", "--format", "concise"], b"a: [b\n");
    assert_eq!((input.status.code(), out(&input).contains("<stdin>:1:4")), (Some(1), true));
}

#[test]
fn a_broken_file_with_a_rules_keys_is_always_reported() {
    for (name, text) in [
        ("sigma.yml", "title: x\ndetection: [\n"),
        ("panther.yml", "AnalysisType: rule\nTags: [\n"),
        ("elastic.toml", "[metadata]\nx = \n"),
        ("marked.toml", "\u{feff}[rule]\nx = \n"),
        ("x.tests.yaml", "tests: [\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let found = detc(folder.path(), &["lint", ".", "--format", "concise"]);
        assert_eq!(found.status.code(), Some(1), "{name}: {}", err(&found));
        assert!(out(&found).contains("error[syntax]"), "{name}");
    }
}

#[test]
fn what_is_no_rule_at_all_is_a_usage_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), "# A page\n- a: [\n").unwrap();
    fs::write(folder.path().join("compose.yml"), "services: {}\n").unwrap();
    fs::write(folder.path().join("rule.yml"), RULE).unwrap();
    for name in ["README.md", "compose.yml"] {
        let alone = detc(folder.path(), &["lint", name]);
        assert_eq!(alone.status.code(), Some(2), "{name}");
        assert!(err(&alone).contains(&format!("{name}: not a rule")), "{}", err(&alone));
        let beside = detc(folder.path(), &["inspect", name, "rule.yml"]);
        assert_eq!(beside.status.code(), Some(0), "{name}");
        assert!(err(&beside).contains(&format!("note: {name}: not a rule")), "{}", err(&beside));
    }
}

#[test]
fn standard_input_may_be_any_of_the_formats_and_a_path_counts_once() {
    let toml = fs::read("tests/fixtures/seeds/002_okta_factors_reset.toml").unwrap();
    let found = with_stdin(&["inspect", "-", "--format", "json"], &toml);
    assert!(out(&found).contains("\"dialect\": \"elastic\""), "{}", out(&found));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rule.yml"), RULE).unwrap();
    let twice = detc(folder.path(), &["lint", ".", "./rule.yml", "rule.yml", "--ignore", "value-domain"]);
    assert!(out(&twice).contains("1 rule (1 file)"), "{}", out(&twice));
}
