//! Bare queries and native configurations on the command line.

use crate::report_render::valid;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const EVENTS: &str = "tests/fixtures/seeds/000_deactivated_alone.jsonl";

fn detc(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_detc"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments never reads its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_bare_query_is_converted_from_standard_input_and_from_files() {
    let query = "event.action: \"user.session.start\" and not client.ip: 192.0.2.0/24\n";
    let done = detc(&["convert", "-", "--from", "kql", "--to", "eql"], query);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let expected = "any where event.action == \"user.session.start\" and not cidrMatch(client.ip, \"192.0.2.0/24\")\n";
    assert_eq!(out(&done), expected);
    let folder = tempfile::tempdir().unwrap();
    let marked = format!("\u{feff}{}", expected.replace(" and", "\r\n and"));
    fs::write(folder.path().join("start.eql"), marked).unwrap();
    fs::write(folder.path().join("other.txt"), "no query").unwrap();
    let back = detc(&["convert", folder.path().to_str().unwrap(), "--from", "eql", "--to", "elastic"], "");
    assert_eq!(back.status.code(), Some(0), "{}", err(&back));
    assert!(out(&back).contains("name = \"start\""), "{}", out(&back));
    let index = ["convert", "-", "--from", "kql", "--to", "sigma", "--index", "logs-okta.system-*"];
    assert!(out(&detc(&index, "event.action: user.session.start")).contains("product: okta"));
}

#[test]
fn a_caret_stands_in_the_text_of_a_query() {
    let broken = detc(&["convert", "-", "--from", "eql", "--to", "kql"], "any where\n  user.name == \"ü\" && x");
    assert_eq!(broken.status.code(), Some(1));
    assert!(out(&broken).is_empty());
    assert!(err(&broken).contains("<stdin>:2:20]"), "{}", err(&broken));
    let evaluated = detc(&["eval", "--query", "eql:any where a = 1", EVENTS], "");
    assert_eq!(evaluated.status.code(), Some(1));
    assert!(err(&evaluated).contains("<query>:1:13]"), "{}", err(&evaluated));
}

#[test]
fn queries_that_cannot_be_asked_for_are_usage_errors() {
    for args in [
        &["convert", "-", "--from", "kusto", "--to", "kql"][..],
        &["convert", "rules", "--to", "kql", "--index", "logs-*"],
        &["eval", "--query", "any where true", EVENTS],
        &["eval", "--query", "kql:-", "-"],
        &["eval", EVENTS],
    ] {
        assert_eq!(detc(args, "").status.code(), Some(2), "{args:?}");
    }
    // A construct that is known and has no form: the rule is there, and it cannot be run or converted.
    let hole = "from x | where length(a) > 3";
    assert_eq!(detc(&["convert", "-", "--from", "esql", "--to", "kql"], hole).status.code(), Some(1));
    assert_eq!(detc(&["eval", "--query", "esql:from x | lookup join y on z", EVENTS], "").status.code(), Some(1));
}

#[test]
fn alerts_of_a_query_fit_their_schema() {
    for (args, input) in [
        (["eval", "--query", "eql:any where okta.outcome.result == \"SUCCESS\"", EVENTS], ""),
        (["eval", "--query", "kql:-", EVENTS], "okta.outcome.result: SUCCESS"),
    ] {
        let found = detc(&args, input);
        assert_eq!(found.status.code(), Some(0), "{}", err(&found));
        let lines: Vec<serde_json::Value> =
            out(&found).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        lines.iter().for_each(|line| valid("eval", line));
    }
}

#[test]
fn every_bundled_rule_has_a_native_form_that_fits_its_schema_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let done = detc(&["convert", "rules", "--to", "native", "--max-loss", "any", "-o", path], "");
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let configs = crate::shared::texts(folder.path(), &["json"]);
    assert!(configs.len() >= 24, "{}", configs.len());
    for (_, text) in &configs {
        valid("native", &serde_json::from_str(text).unwrap());
    }
    let direct = detc(&["eval", "-r", "tests/fixtures/seeds/000_mfa_deactivation.toml", EVENTS], "");
    let seed = folder.path().join("seed.json");
    let seed = seed.to_str().unwrap();
    detc(&["convert", "tests/fixtures/seeds/000_mfa_deactivation.toml", "--to", "native", "-o", seed], "");
    let compiled = detc(&["eval", "-r", seed, EVENTS], "");
    assert_eq!((out(&direct).lines().count(), out(&direct)), (1, out(&compiled)));
    // Events beside the configurations are passed over; all rules of the folder run.
    fs::write(folder.path().join("event.json"), "{\"rules\": 1}").unwrap();
    let all = detc(&["eval", "-r", path, EVENTS], "");
    assert!(out(&all).contains("5b0c3c0e-9d0e-4a53-8a56-2f6de2f0a1f0"), "{}", err(&all));
    let broken = detc(&["eval", "-r", folder.path().join("event.json").to_str().unwrap(), EVENTS], "");
    assert_eq!(broken.status.code(), Some(1));
    assert!(err(&broken).contains("not a native configuration"), "{}", err(&broken));
}
