//! The tests that rules carry, and the files that carry tests for rules.

use super::correlation;
use super::program::{Program, referred};
use super::stream::{EndOfStream, NoteKind, Run};
use super::windows::EventShape;
use crate::ir::{Expectation, Logic, Rule, RuleTest};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use std::cell::OnceCell;

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
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

/// Runs one test of `rule`, as a [`TestRunner`] does.
pub fn run_test(rule: &Rule, test: &RuleTest, others: &[&Rule]) -> TestOutcome {
    TestRunner::new(rule, others, None).run(test)
}

/// A rule whose tests are run: it is compiled once for all of them.
pub struct TestRunner<'a> {
    rule: &'a Rule,
    /// The rules that it refers to.
    referred: Vec<&'a Rule>,
    shape: Option<EventShape>,
    program: OnceCell<Program>,
}

impl<'a> TestRunner<'a> {
    /// Of `others` those are used that the rule refers to; `shape` says how the events are stored, if that is known.
    pub fn new(rule: &'a Rule, others: &[&'a Rule], shape: Option<EventShape>) -> Self {
        Self { rule, referred: referred(rule, others), shape, program: OnceCell::new() }
    }

    pub fn is_for(&self, rule: &Rule) -> bool {
        std::ptr::eq(self.rule, rule)
    }

    /// Runs a test. Its events are all there are: open windows close.
    pub fn run(&self, test: &RuleTest) -> TestOutcome {
        let outcome = |status, actual, reason| TestOutcome { status, expected: test.expect, actual, reason };
        if let Some(reason) = &test.skip {
            return outcome(TestStatus::Skipped, None, Some(reason.clone()));
        }
        if let (Logic::Group(group), Some(outputs)) = (&self.rule.logic, &test.outputs) {
            let actual = correlation::alerts_on(group, outputs);
            let met = meets(test.expect, actual);
            let status = if met { TestStatus::Passed } else { TestStatus::Failed };
            return outcome(status, Some(actual), (!met).then(|| failure(test.expect, actual)));
        }
        let run = match &test.instead {
            Some(_) if !self.rule.exclusions.is_empty() => {
                let reason = "the test replaces parts of a rule that has exclusions".to_owned();
                return outcome(TestStatus::Skipped, None, Some(reason));
            }
            Some(instead) => {
                let (pool, logic) = (instead.pool.clone(), Logic::Event(instead.condition));
                run(&self.compiled(&Rule { pool, logic, ..self.rule.clone() }), test)
            }
            None => run(self.program.get_or_init(|| self.compiled(self.rule)), test),
        };
        judged(test.expect, &run)
    }

    fn compiled(&self, rule: &Rule) -> Program {
        let rules: Vec<&Rule> = [rule].into_iter().chain(self.referred.iter().copied()).collect();
        Program::compile_all(&rules).with_shape(self.shape)
    }
}

fn run(program: &Program, test: &RuleTest) -> Run {
    let events = test.events.iter().cloned().enumerate().map(|(index, event)| (index + 1, event));
    program.run(events, EndOfStream::Complete)
}

fn judged(expected: Expectation, run: &Run) -> TestOutcome {
    let outcome = |status, actual, reason| TestOutcome { status, expected, actual, reason };
    let actual = run.alerts.iter().filter(|alert| alert.rule == 0).count() as u64;
    // A rule that this one builds on and that could not be decided leaves this one open as well.
    match run.notes.first() {
        Some(note) if note.kind == NoteKind::NotRun => outcome(TestStatus::Skipped, None, Some(note.message.clone())),
        Some(note) if !(is_lower_bound(expected) && meets(expected, actual)) => {
            outcome(TestStatus::Skipped, Some(actual), Some(note.message.clone()))
        }
        _ if meets(expected, actual) => outcome(TestStatus::Passed, Some(actual), None),
        _ => outcome(TestStatus::Failed, Some(actual), Some(failure(expected, actual))),
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
