//! Windows events in the shapes in which they are stored, found out by looking, and `--event-shape`, which says it (issue 4).
//!
//! The shapes are those of their programs' documentation: the event log's XML as JSON, the same without its outermost element,
//! Winlogbeat since and before version 7, NXLog.

use std::fs;
use std::process::{Command, Output};

const RULE: &str = "title: T\nid: 0b0e3a4c-8b64-4a8e-9f5c-0d9a1d0b7a11\nlogsource:\n    product: windows\n    service: security\ndetection:\n    s:\n        EventID: 4625\n        TargetUserName: alice\n        Computer: host.example.com\n        Provider_Name: Microsoft-Windows-Security-Auditing\n    condition: s\n";

const SHAPES: [(&str, &str); 5] = [
    (
        "event-log",
        r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":4625,"Channel":"Security","Computer":"host.example.com"},"EventData":{"TargetUserName":"alice"}}}"##,
    ),
    (
        "event-log",
        r#"{"System":{"Provider":{"Name":"Microsoft-Windows-Security-Auditing"},"EventID":{"Value":4625},"Channel":"Security","Computer":"host.example.com"},"EventData":{"TargetUserName":"alice"}}"#,
    ),
    (
        "winlogbeat",
        r#"{"winlog":{"provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4625","channel":"Security","computer_name":"host.example.com","event_data":{"TargetUserName":"alice"}}}"#,
    ),
    (
        "winlogbeat",
        r#"{"source_name":"Microsoft-Windows-Security-Auditing","event_id":4625,"log_name":"Security","computer_name":"host.example.com","event_data":{"TargetUserName":"alice"}}"#,
    ),
    (
        "flat",
        r#"{"SourceName":"Microsoft-Windows-Security-Auditing","EventID":4625,"Channel":"Security","Hostname":"host.example.com","TargetUserName":"alice"}"#,
    ),
];

fn eval(events: &str, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rule.yml"), RULE).unwrap();
    fs::write(folder.path().join("events.jsonl"), events).unwrap();
    let arguments = ["eval", "-r", "rule.yml", "events.jsonl"];
    Command::new(env!("CARGO_BIN_EXE_detc")).args(arguments).args(options).current_dir(folder.path()).output().unwrap()
}

fn alerts(events: &str, options: &[&str]) -> usize {
    let done = eval(events, options);
    assert!(done.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).lines().count()
}

#[test]
fn every_shape_is_found_out_by_looking() {
    for (_, event) in SHAPES {
        assert_eq!(alerts(event, &[]), 1, "{event}");
        let other = event.replace("alice", "bob");
        assert_eq!(alerts(&other, &[]), 0, "{other}");
    }
}

#[test]
fn what_the_user_says_of_the_shape_holds() {
    for (shape, event) in SHAPES.into_iter().filter(|(shape, _)| *shape != "flat") {
        for named in ["event-log", "winlogbeat", "flat"] {
            let expected = usize::from(named == shape);
            assert_eq!(alerts(event, &["--event-shape", named]), expected, "{named}: {event}");
        }
    }
    // Flat fields beside an object that looks like Winlogbeat's.
    let both = SHAPES[4].1.replace('}', r#","winlog":{"event_id":4624,"event_data":{"TargetUserName":"bob"}}}"#);
    assert_eq!(alerts(&both, &[]), 0);
    assert_eq!(alerts(&both, &["--event-shape", "flat"]), 1);
    assert_eq!(alerts(&both, &["--event-shape", "winlogbeat"]), 0);
    let done = eval(SHAPES[0].1, &["--event-shape", "xml"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("it is one of"));
}
