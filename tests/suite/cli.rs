//! The command line, as its users meet it: arguments, output and exit status.

use std::process::{Command, Output};

use crate::report_render::valid;

#[test]
fn documented_sessions() {
    let pages = ["README.md", "docs/maps.md", "docs/walkthrough.md"];
    let cases = trycmd::TestCases::new();
    cases.case("tests/cmd/*.trycmd");
    for page in pages {
        cases.case(page);
    }
}

#[test]
fn the_walkthrough_shows_its_rules_as_they_are() {
    let page = std::fs::read_to_string("docs/walkthrough.md").unwrap();
    let files = crate::shared::texts(std::path::Path::new("docs/walkthrough"), &["yml"]);
    let shown: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    assert_eq!(shown.len(), 4);
    for part in shown {
        assert!(files.iter().any(|(_, text)| text.contains(part)), "{part}");
    }
}

fn detc(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_detc")).args(args).env_remove("NO_COLOR").output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_commands_json_fits_its_schema() {
    let broken = "tests/cmd/lint.in/broken.yml";
    valid("lint", &json(&detc(&["lint", "rules", broken, "--format", "json"])));
    valid("inspect", &json(&detc(&["inspect", "rules", broken, "--format", "json"])));
    valid("test", &json(&detc(&["test", "rules", "--format", "json"])));
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("r.json");
    let out = folder.path().join("out");
    let args = [
        "convert",
        "rules",
        broken,
        "--to",
        "native",
        "-o",
        out.to_str().unwrap(),
        "--report",
        report.to_str().unwrap(),
    ];
    detc(&args);
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    valid("convert", &report);
    assert!(report["rules"].as_array().unwrap().iter().any(|rule| rule["status"] == "failed"));
}

#[test]
fn colours_only_on_request() {
    let broken = "tests/cmd/lint.in/broken.yml";
    let has_escape = |output: &Output| output.stdout.contains(&0x1b);
    assert!(!has_escape(&detc(&["lint", broken])));
    assert!(has_escape(&detc(&["lint", broken, "--color", "always"])));
    assert!(!has_escape(&detc(&["lint", broken, "--color", "never"])));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let once = detc(&["lint", "rules", "--format", "json"]);
    let again = detc(&["lint", "rules", "--format", "json"]);
    assert_eq!(once.stdout, again.stdout);
}

#[test]
fn a_baseline_leaves_known_findings_out() {
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.json");
    let first = detc(&["lint", "tests/cmd/lint.in/broken.yml", "--format", "json"]);
    std::fs::write(&known, &first.stdout).unwrap();
    assert_eq!(first.status.code(), Some(1));
    let second = detc(&["lint", "tests/cmd/lint.in/broken.yml", "--baseline", known.to_str().unwrap()]);
    assert_eq!(second.status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let program = env!("CARGO_BIN_EXE_detc");
    let script = format!("'{program}' completions zsh | head -n 1; exit ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

const GLUED: &str = include_str!("../cmd/carets.in/glued.yml");

fn in_folder(text: &str, args: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rule.yml"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_detc")).args(args).current_dir(folder.path()).output().unwrap();
    let after = std::fs::read_to_string(folder.path().join("rule.yml")).unwrap();
    (output, after)
}

#[test]
fn fixes_are_written_and_remove_the_finding() {
    let (output, after) = in_folder(GLUED, &["lint", "rule.yml", "--fix"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(after.contains("            - user.mfa.factor.deactivate\n            - user.mfa.factor.reset_all\n"));
    let (_, untouched) = in_folder(GLUED, &["lint", "rule.yml", "--diff"]);
    assert_eq!(untouched, GLUED);
}

#[test]
fn comments_suppress_on_their_line_the_next_and_in_the_file() {
    let item = "            - user.mfa";
    let same = GLUED.replace("reset_all\n", "reset_all # detc-ignore: value-domain as published\n");
    let before = GLUED.replace(item, &format!("            # detc-ignore: field\n{item}"));
    let file = format!("# detc-ignore-file: all\n{GLUED}");
    for text in [same, before, file] {
        let (output, _) = in_folder(&text, &["lint", "rule.yml"]);
        assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stdout));
    }
    let far = format!("# detc-ignore: value-domain\n{GLUED}");
    assert_eq!(in_folder(&far, &["lint", "rule.yml"]).0.status.code(), Some(1));
}
