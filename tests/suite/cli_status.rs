//! The exit status of every command, and input that was made to break them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CLEAN: &str = "rules/sigma/okta/okta_policy_switched_off.yml";
const BROKEN: &str = "tests/cmd/lint.in/broken.yml";
const REFUSED: &str = "tests/cmd/formats.in/unmapped.yml";
const EVENTS: &str = "tests/fixtures/seeds/000_deactivated_alone.jsonl";

fn run(args: &[&str], input: &[u8]) -> Output {
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

fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_query_of_wrong_types_is_a_finding_also_when_it_is_written() {
    let query = |text: &str| {
        let input = format!("from logs-okta* metadata _id, _version, _index | where {text} | keep *\n");
        run(&["convert", "--from", "esql", "--to", "esql", "-"], input.as_bytes())
    };
    let wrong = query("event.risk_score == \"a\"");
    assert_eq!(wrong.status.code(), Some(1), "{}", told(&wrong));
    let written = String::from_utf8_lossy(&wrong.stdout);
    assert!(written.starts_with("FROM logs-okta* METADATA"), "{}", told(&wrong));
    assert_eq!(query("event.risk_score == 1").status.code(), Some(0));
}

/// Status 3 is a fault of the program, so no input may give it: a commands' table has none, and the hostile files are held to it.
#[test]
fn every_command_ends_with_the_status_of_the_contract() {
    let table: &[(&[&str], i32)] = &[
        (&["lint", CLEAN], 0),
        (&["lint", BROKEN], 1),
        (&["lint", BROKEN, "--fail-on", "never"], 0),
        (&["lint", "nowhere.yml"], 2),
        (&["lint", "*.nothing"], 2),
        (&["lint", "README.md"], 2),
        (&["lint", "schemas"], 2),
        (&["lint", CLEAN, "--select", "no-such-lint"], 2),
        (&["lint"], 2),
        (&["convert", CLEAN, "--to", "eql"], 0),
        (&["convert", CLEAN, "--to", "eql", "--max-loss", "none"], 1),
        (&["convert", REFUSED, "--to", "eql"], 1),
        (&["convert", REFUSED, "--to", "eql", "--allow", "field-unmapped"], 0),
        (&["convert", BROKEN, "--to", "eql"], 1),
        (&["convert", CLEAN, "--to", "fortran"], 2),
        (&["convert", CLEAN, "--to", "eql", "--allow", "L999"], 2),
        (&["convert", "nowhere.yml", "--to", "eql"], 2),
        (&["convert", "tests/fixtures/seeds/003_legacy_session_without_mfa_query.yml", "--to", "eql"], 2),
        (&["eval", "-r", CLEAN, EVENTS], 0),
        (&["eval", "-r", BROKEN, EVENTS], 1),
        (&["eval", "-r", CLEAN, "nowhere.jsonl"], 2),
        (&["eval", "-r", "nowhere.yml", EVENTS], 2),
        (&["eval", "-r", "-", "-"], 2),
        (&["test", CLEAN], 0),
        (&["test", "tests/cmd/formats.in"], 1),
        (&["test", "tests/cmd/carets.in", "--require-tests"], 1),
        (&["test", "nowhere"], 2),
        (&["inspect", CLEAN], 0),
        (&["inspect", BROKEN], 1),
        (&["inspect", "nowhere.yml"], 2),
        (&["map", "eventType"], 0),
        (&["map", "no_such_field"], 1),
        (&["explain", "syntax"], 0),
        (&["explain", "nothing"], 2),
        (&["schema", "lint"], 0),
        (&["schema", "nothing"], 2),
        (&["completions", "bash"], 0),
        (&["completions", "cobol"], 2),
        (&["data", "status"], 0),
        (&["targets"], 0),
        (&["lints"], 0),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["no-such-command"], 2),
        (&[], 2),
    ];
    let wrong: Vec<String> = table
        .iter()
        .map(|(args, expected)| (args, expected, run(args, b"")))
        .filter(|(_, expected, output)| output.status.code() != Some(**expected))
        .map(|(args, expected, output)| {
            format!("{args:?}: {:?} instead of {expected}\n{}", output.status, told(&output))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Bytes without a pattern, the same in every run (a linear congruential generator).
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x5eed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(next).collect()
}

fn printable(length: usize) -> Vec<u8> {
    noise(length).into_iter().map(|byte| if byte % 7 == 0 { b'\n' } else { b' ' + byte % 95 }).collect()
}

fn sigma(detection: &str) -> Vec<u8> {
    format!("title: x\nid: 0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a09\nlogsource:\n    product: okta\n    service: okta\n{detection}")
        .into_bytes()
}

fn elastic(query: &str) -> Vec<u8> {
    let query = query.replace('\'', "");
    format!("[metadata]\nmaturity = \"production\"\n[rule]\nname = \"x\"\nrule_id = \"0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a08\"\ntype = \"query\"\nlanguage = \"kuery\"\nindex = [\"logs-okta*\"]\nquery = '''\n{query}\n'''\n")
        .into_bytes()
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let deep = 20_000;
    let wide = "a".repeat(200_000);
    let bombs: Vec<String> = (1..=40).map(|n| format!("b{n}: &b{n} [*b{0}, *b{0}, *b{0}]\n", n - 1)).collect();
    let crlf =
        String::from_utf8(sigma("detection:\n    s:\n        eventtype|contians: ü\n    condition: s or\n")).unwrap();
    vec![
        ("empty.yml", Vec::new()),
        ("empty.toml", Vec::new()),
        ("nul.yml", b"title: \0\ndetection: \0\n".to_vec()),
        ("noise.yml", noise(8_000)),
        ("noise.toml", noise(8_000)),
        ("printable.yml", [b"detection:\n".to_vec(), printable(8_000)].concat()),
        ("printable.toml", [b"[rule]\n".to_vec(), printable(8_000)].concat()),
        (
            "python.yml",
            b"AnalysisType: rule\nRuleID: x\nLogTypes: [Okta.SystemLog]\nFilename: noise.py\nSeverity: Low\n".to_vec(),
        ),
        ("noise.py", printable(8_000)),
        ("flow.yml", [b"detection: ".to_vec(), "[".repeat(deep).into_bytes()].concat()),
        ("nested.toml", [b"[rule]\nx = ".to_vec(), "[".repeat(deep).into_bytes()].concat()),
        ("parens.yml", sigma(&format!("detection:\n    s:\n        a: b\n    condition: {}s\n", "(".repeat(deep)))),
        ("nots.yml", sigma(&format!("detection:\n    s:\n        a: b\n    condition: {}s\n", "not ".repeat(deep)))),
        ("query.toml", elastic(&"(".repeat(deep))),
        ("minus.toml", elastic(&"not ".repeat(deep))),
        ("line.yml", sigma(&format!("detection:\n    s:\n        a: {wide}\n    condition: s\n"))),
        ("line.toml", elastic(&format!("a: {wide}"))),
        ("stars.yml", sigma(&format!("detection:\n    s:\n        a: '{}'\n    condition: s\n", "*a".repeat(1_000)))),
        (
            "regex.yml",
            sigma(&format!(
                "detection:\n    s:\n        a|re: '{}a{}'\n    condition: s\n",
                "(".repeat(5_000),
                ")*".repeat(5_000)
            )),
        ),
        ("anchors.yml", [b"detection: 1\nb0: &b0 [x]\n".to_vec(), bombs.concat().into_bytes()].concat()),
        ("marked.yml", [b"\xef\xbb\xbf".to_vec(), crlf.replace('\n', "\r\n").into_bytes()].concat()),
        ("cr.yml", crlf.replace('\n', "\r").into_bytes()),
    ]
}

const COMMANDS: &[&[&str]] = &[
    &["lint"],
    &["lint", "--format", "sarif"],
    &["lint", "--diff"],
    &["inspect", "--format", "json"],
    &["convert", "--to", "native"],
    &["convert", "--to", "elastic", "--max-loss", "any"],
    &["test"],
];

fn survives(args: &[&str], input: &[u8]) {
    let output = run(args, input);
    let status = output.status.code();
    let told = told(&output);
    let told: String = told.chars().take(2_000).collect();
    assert!(matches!(status, Some(0..=2)), "{args:?}: {:?}\n{told}", output.status);
    assert!(!told.contains("internal error") && !told.contains("panicked"), "{args:?}: {told}");
}

#[test]
fn hostile_files_break_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in hostile() {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    for command in COMMANDS {
        survives(&[*command, &[path]].concat(), b"");
    }
    let one = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    survives(&["eval", "-r", &one("marked.yml"), EVENTS], b"");
    for name in ["noise.yml", "flow.yml", "line.yml", "empty.yml"] {
        survives(&["eval", "-r", CLEAN, &one(name)], b"");
        survives(&["eval", "-r", &one(name), EVENTS], b"");
        survives(&["lint", &one(name)], b"");
    }
}

#[test]
fn hostile_standard_input_breaks_nothing() {
    let deep = "(".repeat(20_000);
    let array = "[".repeat(20_000);
    for input in [&b""[..], &noise(5_000), &printable(5_000), deep.as_bytes(), b"\xef\xbb\xbf", b"\r\n\r\n"] {
        survives(&["lint", "-"], input);
        for language in ["eql", "kql", "lucene", "esql"] {
            survives(&["convert", "-", "--from", language, "--to", "native"], input);
        }
        survives(&["eval", "-r", CLEAN, "-"], input);
    }
    survives(&["eval", "-r", CLEAN, "-"], array.as_bytes());
    survives(&["eval", "--query", &format!("eql:any where {}", "not ".repeat(10_000)), EVENTS], b"");
}

#[test]
fn a_folder_without_rules_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for command in COMMANDS {
        assert_eq!(run(&[*command, &[path]].concat(), b"").status.code(), Some(2), "{command:?}");
    }
    fs::write(Path::new(path).join("values.yaml"), "replicas: 1\n").unwrap();
    for command in COMMANDS {
        assert_eq!(run(&[*command, &[path]].concat(), b"").status.code(), Some(2), "{command:?}");
    }
}
