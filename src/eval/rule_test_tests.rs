//! The runner of rule tests, and the files that tests are read from.

use super::logic_tests::{both, single, temporal};
use super::testing::{events, named, rule};
use super::{TestStatus, parse_regression_info, parse_tests, run_test};
use crate::ir::{EventModel, Expectation, Logic, Pool, Rule, RuleTest};
use serde_json::{Value as Json, json};

fn rule_test(expect: Expectation, text: &str) -> RuleTest {
    let events = events(text).into_iter().map(|(_, event)| event).collect();
    RuleTest::new("t", expect, events)
}

#[test]
fn rule_tests_pass_fail_and_are_skipped() {
    let a = single("a");
    let status = |rule: &Rule, test: &RuleTest| run_test(rule, test, &[]).status;
    assert_eq!(status(&a, &rule_test(Expectation::Fires(true), "a@1")), TestStatus::Passed);
    assert_eq!(status(&a, &rule_test(Expectation::Fires(true), "b@1")), TestStatus::Failed);
    assert_eq!(status(&a, &rule_test(Expectation::Fires(false), "b@1")), TestStatus::Passed);
    assert_eq!(status(&a, &rule_test(Expectation::Count(2), "a@1 a@2")), TestStatus::Passed);
    assert_eq!(status(&a, &rule_test(Expectation::Count(1), "a@1 a@2")), TestStatus::Failed);
    assert_eq!(status(&a, &rule_test(Expectation::AtLeast(1), "a@1 a@2")), TestStatus::Passed);
    let mut skipped = rule_test(Expectation::Fires(true), "a@1");
    skipped.skip = Some("mocks".to_owned());
    assert_eq!(run_test(&a, &skipped, &[]).reason.as_deref(), Some("mocks"));
    let mut pool = Pool::default();
    let hole = pool.add(crate::ir::ExprKind::OpaqueTest { text: "x".into(), reason: "a call".into() }, None);
    let holed = named(rule(pool, Logic::Event(hole), EventModel::Elastic), "holed");
    assert_eq!(status(&holed, &rule_test(Expectation::Fires(false), "a@1")), TestStatus::Skipped);
    let outcome =
        run_test(&temporal(false, both(), &[]), &rule_test(Expectation::Fires(true), "a@1 b@2"), &[&a, &single("b")]);
    assert_eq!((outcome.status, outcome.actual), (TestStatus::Passed, Some(1)));
    let unrelated = run_test(
        &temporal(false, both(), &[]),
        &rule_test(Expectation::Fires(true), "a@1 b@2"),
        &[&holed, &a, &single("b")],
    );
    assert_eq!(unrelated.status, TestStatus::Passed, "rules it does not refer to do not matter");
}

#[test]
fn test_files() {
    let text = "tests:\n- name: one\n  expect: true\n  events: [{a: 1}]\n- {expect: 3, file: events.json}\n";
    let tests = parse_tests(text).unwrap();
    assert_eq!((tests[0].test.name.as_str(), tests[0].test.expect), ("one", Expectation::Fires(true)));
    assert_eq!(tests[0].test.events, [json!({"a": 1})]);
    assert_eq!((tests[1].test.expect, tests[1].file.as_deref()), (Expectation::Count(3), Some("events.json")));
    for (text, word) in [
        ("a: 1", "list `tests`"),
        ("tests: [{events: []}]", "`expect` is missing"),
        ("tests: [{expect: -1, events: []}]", "a count"),
        ("tests: [{expect: true}]", "either"),
        ("tests: [{expect: true, events: [1]}]", "list of mappings"),
        ("tests: [{expect: true, events: [], when: now}]", "`when`"),
        ("tests: [x]", "a mapping"),
    ] {
        let error = parse_tests(text).unwrap_err();
        assert!(error.contains(word), "{text}: {error}");
    }
}

#[test]
fn regression_info() {
    let text = "rule_metadata:\n- id: r1\n- id: r2\nregression_tests_info:\n- {name: n, type: evtx, match_count: 2, path: p/r1.evtx}\n- {path: q.json}\n";
    let tests = parse_regression_info(text).unwrap();
    assert_eq!((tests[0].rules.join(","), tests[0].expect), ("r1,r2".to_owned(), Expectation::AtLeast(2)));
    assert_eq!((tests[0].path.as_str(), tests[1].path.as_str()), ("p/r1.json", "q.json"));
    assert_eq!(tests[1].expect, Expectation::AtLeast(1));
    assert!(parse_regression_info("rule_metadata: []").is_err());
}

#[test]
fn sigmahq_regression_files_are_read_and_routed() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/sigma");
    if !root.join("regression_data").is_dir() {
        assert!(std::env::var("DETC_REQUIRE_SHARED").is_err(), "the shared corpora are required");
        println!("skipped: no shared corpora");
        return;
    }
    let mut folders = vec![root.join("regression_data")];
    let (mut files, mut known) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.ends_with("info.yml") {
                for test in parse_regression_info(&std::fs::read_to_string(&entry).unwrap()).unwrap() {
                    let Ok(text) = std::fs::read_to_string(root.join(&test.path)) else { continue };
                    files += 1;
                    let events: Vec<Json> =
                        super::read_events(&text).into_iter().map(|event| event.unwrap().1).collect();
                    assert!(
                        !events.is_empty() && events.iter().all(|event| super::event_time(event).is_some()),
                        "{entry:?}"
                    );
                    known += events
                        .iter()
                        .filter(|event| {
                            super::windows::channel_and_id(event, super::windows::Layout::of(event, None)).is_some()
                        })
                        .count();
                }
            }
        }
    }
    assert!(files > 50 && known >= files, "{files} files, {known} events with a channel and an id");
}
