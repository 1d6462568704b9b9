//! The tests that rules carry, and the files that carry tests for rules.

use super::correlation;
use super::program::{Program, referred};
use super::stream::{EndOfStream, NoteKind};
use super::windows::EventShape;
use crate::ir::{Expectation, Logic, Rule, RuleTest};
use serde_json::Value as Json;

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStatus {
    Passed,
    Failed,
    /// It could not be decided, for the outcome's reason.
    Skipped,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    pub status: TestStatus,
    pub expected: Expectation,
    /// How many alerts the rule gave; `None` when it was not run.
    pub actual: Option<u64>,
    pub reason: Option<String>,
}

/// Runs a test of `rule`; of `others` those are used that it refers to. The test's events are all there are: open windows close.
pub fn run_test(rule: &Rule, test: &RuleTest, others: &[&Rule]) -> TestOutcome {
    run_test_shaped(rule, test, others, None)
}

/// As [`run_test`], for events that are stored in a given shape.
pub fn run_test_shaped(rule: &Rule, test: &RuleTest, others: &[&Rule], shape: Option<EventShape>) -> TestOutcome {
    let outcome = |status, actual, reason| TestOutcome { status, expected: test.expect, actual, reason };
    if let Some(reason) = &test.skip {
        return outcome(TestStatus::Skipped, None, Some(reason.clone()));
    }
    if let (Logic::Group(group), Some(outputs)) = (&rule.logic, &test.outputs) {
        let actual = correlation::alerts_on(group, outputs);
        let met = meets(test.expect, actual);
        let status = if met { TestStatus::Passed } else { TestStatus::Failed };
        return outcome(status, Some(actual), (!met).then(|| failure(test.expect, actual)));
    }
    if test.instead.is_some() && !rule.exclusions.is_empty() {
        let reason = "the test replaces parts of a rule that has exclusions".to_owned();
        return outcome(TestStatus::Skipped, None, Some(reason));
    }
    let substituted = test.instead.as_ref().map(|instead| Rule {
        pool: instead.pool.clone(),
        logic: Logic::Event(instead.condition),
        ..rule.clone()
    });
    let rule = substituted.as_ref().unwrap_or(rule);
    let rules: Vec<&Rule> = [rule].into_iter().chain(referred(rule, others)).collect();
    let events = test.events.iter().cloned().enumerate().map(|(index, event)| (index + 1, event));
    let run = Program::compile_all(&rules).with_shape(shape).run(events, EndOfStream::Complete);
    let actual = run.alerts.iter().filter(|alert| alert.rule == 0).count() as u64;
    // A rule that this one builds on and that could not be decided leaves this one open as well.
    let note = run.notes.first();
    match note {
        Some(note) if note.kind == NoteKind::NotRun => outcome(TestStatus::Skipped, None, Some(note.message.clone())),
        Some(note) if !(is_lower_bound(test.expect) && meets(test.expect, actual)) => {
            outcome(TestStatus::Skipped, Some(actual), Some(note.message.clone()))
        }
        _ if meets(test.expect, actual) => outcome(TestStatus::Passed, Some(actual), None),
        _ => outcome(TestStatus::Failed, Some(actual), Some(failure(test.expect, actual))),
    }
}

/// Whether more alerts could not change the result.
fn is_lower_bound(expect: Expectation) -> bool {
    matches!(expect, Expectation::Fires(true) | Expectation::AtLeast(_))
}

fn meets(expect: Expectation, actual: u64) -> bool {
    match expect {
        Expectation::Fires(fires) => fires == (actual > 0),
        Expectation::Count(count) => actual == count,
        Expectation::AtLeast(count) => actual >= count,
    }
}

fn failure(expect: Expectation, actual: u64) -> String {
    match expect {
        Expectation::Fires(true) => "the rule does not fire".to_owned(),
        Expectation::Fires(false) => format!("the rule fires ({actual} alerts)"),
        Expectation::Count(count) => format!("{actual} alerts instead of {count}"),
        Expectation::AtLeast(count) => format!("{actual} alerts, at least {count} expected"),
    }
}

/// A test of a `NAME.tests.yaml`, and the file that its events stand in when they are not written out.
#[derive(Debug, Clone)]
pub struct ListedTest {
    pub test: RuleTest,
    /// Relative to the test file.
    pub file: Option<String>,
}

/// Reads a `NAME.tests.yaml`: `tests: [{name, expect: bool | count, events: [..] | file: PATH}]`.
///
/// # Errors
/// With what is wrong, in words for a person.
pub fn parse_tests(text: &str) -> Result<Vec<ListedTest>, String> {
    let document: Json = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let tests = document.get("tests").and_then(Json::as_array).ok_or("a test file needs a list `tests`")?;
    tests.iter().enumerate().map(|(index, test)| listed(test, index + 1)).collect()
}

fn listed(test: &Json, number: usize) -> Result<ListedTest, String> {
    let wrong = |what: &str| format!("test {number}: {what}");
    let map = test.as_object().ok_or_else(|| wrong("a test is a mapping"))?;
    if let Some(key) = map.keys().find(|key| !["name", "expect", "events", "file"].contains(&key.as_str())) {
        return Err(wrong(&format!("the key `{key}` is not known")));
    }
    let name = map.get("name").map_or_else(
        || Ok(format!("test {number}")),
        |name| name.as_str().map(str::to_owned).ok_or_else(|| wrong("`name` is not a text")),
    )?;
    let expect = match map.get("expect") {
        Some(Json::Bool(fires)) => Expectation::Fires(*fires),
        Some(count) => Expectation::Count(count.as_u64().ok_or_else(|| wrong("`expect` is true, false or a count"))?),
        None => return Err(wrong("`expect` is missing")),
    };
    let file = map
        .get("file")
        .map(|file| file.as_str().map(str::to_owned).ok_or_else(|| wrong("`file` is not a text")))
        .transpose()?;
    let events = match map.get("events") {
        Some(Json::Array(events)) if events.iter().all(Json::is_object) => events.clone(),
        Some(_) => return Err(wrong("`events` is not a list of mappings")),
        None => Vec::new(),
    };
    if map.contains_key("events") == file.is_some() {
        return Err(wrong("a test has either `events` or `file`"));
    }
    Ok(ListedTest { test: RuleTest::new(name, expect, events), file })
}

/// A test of SigmaHQ's `info.yml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegressionTest {
    /// The rules that have to fire.
    pub rules: Vec<String>,
    pub name: String,
    pub expect: Expectation,
    /// From the repository's root; the `.json` beside the `.evtx`.
    pub path: String,
}

/// Reads SigmaHQ's `info.yml` (`rule_metadata: [{id}]`, `regression_tests_info: [{name, type, provider, match_count, path}]`). Without
/// `match_count` one match is expected, as SigmaHQ's own runner has it.
///
/// # Errors
/// With what is wrong, in words for a person.
pub fn parse_regression_info(text: &str) -> Result<Vec<RegressionTest>, String> {
    let document: Json = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let list =
        |key: &str| document.get(key).and_then(Json::as_array).ok_or_else(|| format!("the file needs a list `{key}`"));
    let rules: Vec<String> =
        list("rule_metadata")?.iter().filter_map(|rule| rule.get("id")?.as_str()).map(str::to_owned).collect();
    list("regression_tests_info")?
        .iter()
        .map(|test| {
            let path = test.get("path").and_then(Json::as_str).ok_or("a test needs a `path`")?;
            let count = match test.get("match_count") {
                None | Some(Json::Null) => 1,
                Some(count) => count.as_u64().ok_or("`match_count` is not a count")?,
            };
            Ok(RegressionTest {
                rules: rules.clone(),
                name: test.get("name").and_then(Json::as_str).unwrap_or("regression test").to_owned(),
                expect: Expectation::AtLeast(count),
                path: path.strip_suffix(".evtx").map_or_else(|| path.to_owned(), |stem| format!("{stem}.json")),
            })
        })
        .collect()
}
