//! `detc test`

use super::input::{self, Inputs};
use super::output::{Format, Terminal};
use super::{CliError, Exit, events};
use crate::eval::{EventShape, TestOutcome, TestRunner, TestStatus, parse_regression_info, parse_tests};
use crate::frontend::{Format as FileFormat, Item, Loaded};
use crate::ir::{Expectation, Rule, RuleTest};
use crate::report::test::{TestReport, TestResult};
use crate::report::{Finding, Findings};
use crate::source::{Companions, Diagnostic, Disk, Location, ReadOnce};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files with tests in or beside them, SigmaHQ's `info.yml`, directories or globs
    #[arg(required = true)]
    paths: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Exit with 1 when a rule has no test
    #[arg(long)]
    require_tests: bool,
    /// Exit with 1 when a test was skipped
    #[arg(long)]
    fail_on_skipped: bool,
    /// How Windows events are stored; found out by looking at each event if not given
    #[arg(long, value_parser = events::shape, value_name = "flat|event-log|winlogbeat")]
    event_shape: Option<EventShape>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let inputs = input::load_for_tests(&args.paths, terminal)?;
    let above = rules_above(&inputs, terminal)?;
    let files = inputs.files.iter().chain(&above);
    let all: Vec<&Rule> = files.flat_map(|loaded| &loaded.items).map(|item| &item.rule).collect();
    let beside = ReadOnce::new(&Disk);
    let results: Vec<Vec<Placed>> =
        inputs.files.par_iter().map(|loaded| file_tests(loaded, &all, &beside, args.event_shape)).collect();
    let findings: Vec<Vec<Diagnostic>> = results
        .iter()
        .map(|results| results.iter().filter_map(|(result, place)| result.finding(*place)).collect())
        .collect();
    let report = TestReport::new(results.into_iter().flatten().map(|(result, _)| result).collect());
    let untested = if args.require_tests { without_tests(&inputs, &report) } else { Vec::new() };
    terminal.print(&match args.format {
        Format::Human => {
            terminal.tell_findings(&inputs.errors());
            report.human()
        }
        Format::Json => report.json(),
        Format::Junit => report.junit(),
        Format::Markdown => report.markdown(),
        format => terminal.findings(&gather(&inputs, &findings), format),
    })?;
    untested.iter().for_each(|rule| terminal.complain(&format!("{rule} has no test")));
    let bad = report.summary.failed > 0
        || (args.fail_on_skipped && report.summary.skipped > 0)
        || !untested.is_empty()
        || inputs.files.iter().any(Loaded::is_unreadable);
    Ok(match () {
        () if inputs.panicked => Exit::Internal,
        () if bad => Exit::Findings,
        () => Exit::Clean,
    })
}

/// A test with the rule it is for, ready to run or with the reason why not.
struct Planned<'a> {
    rule: Option<&'a Rule>,
    test: RuleTest,
    /// The test file itself is wrong: a failure, not a test that cannot be decided.
    broken: bool,
}

/// A result with the place of its test, or of its rule where the test stands in another file.
type Placed = (TestResult, Location);

fn file_tests<'a>(
    loaded: &'a Loaded,
    all: &[&'a Rule],
    beside: &ReadOnce<'_>,
    shape: Option<EventShape>,
) -> Vec<Placed> {
    let path = &loaded.unit.main().path;
    let planned = match loaded.format {
        FileFormat::Tests => regression_tests(loaded, all),
        _ => loaded.items.iter().flat_map(own_tests).chain(tests_beside(loaded, beside)).collect(),
    };
    let place = |planned: &Planned<'_>| match planned.rule {
        _ if !planned.test.origin.span.is_empty() => planned.test.origin,
        Some(rule) if loaded.format != FileFormat::Tests => {
            rule.meta.id.as_ref().map_or(rule.origin, |id| Location::main(id.span))
        }
        _ => Location::default(),
    };
    let mut runner: Option<TestRunner<'_>> = None;
    let outcome = |planned: &Planned<'a>| {
        let Some(rule) = planned.rule else { return not_run(&planned.test) };
        let known = runner.take().filter(|known| known.is_for(rule));
        let runner = runner.insert(known.unwrap_or_else(|| TestRunner::new(rule, &others(rule, all), shape)));
        runner.run(&planned.test)
    };
    let outcomes: Vec<TestOutcome> = planned.iter().map(outcome).collect();
    planned.iter().zip(outcomes).map(|(planned, outcome)| (result(path, planned, outcome), place(planned))).collect()
}

/// What could not be read, and the tests that did not pass.
fn gather<'a>(inputs: &'a Inputs, found: &'a [Vec<Diagnostic>]) -> Findings<'a> {
    let mut findings = inputs.errors();
    findings.findings.extend(inputs.files.iter().zip(found).flat_map(|(loaded, diagnostics)| {
        diagnostics.iter().map(|diagnostic| Finding { unit: &loaded.unit, diagnostic })
    }));
    findings
}

fn own_tests(item: &Item) -> impl Iterator<Item = Planned<'_>> {
    item.rule.tests.iter().map(|test| Planned { rule: Some(&item.rule), test: test.clone(), broken: false })
}

/// What comes of a test whose rule is not at hand.
fn not_run(test: &RuleTest) -> TestOutcome {
    TestOutcome { status: TestStatus::Skipped, expected: test.expect, actual: None, reason: test.skip.clone() }
}

fn result(path: &str, planned: &Planned<'_>, outcome: TestOutcome) -> TestResult {
    let actual = outcome.actual.map_or(serde_json::Value::Null, |count| match planned.test.expect {
        Expectation::Fires(_) => (count > 0).into(),
        Expectation::Count(_) | Expectation::AtLeast(_) => count.into(),
    });
    TestResult {
        path: path.to_owned(),
        rule_id: planned.rule.and_then(|rule| rule.meta.id.as_ref()).map(|id| id.value.clone()),
        name: planned.test.name.clone(),
        expected: match planned.test.expect {
            Expectation::Fires(fires) => fires.into(),
            Expectation::Count(count) => count.into(),
            Expectation::AtLeast(count) => format!(">= {count}").into(),
        },
        actual,
        status: match outcome.status {
            TestStatus::Skipped if planned.broken => TestStatus::Failed,
            status => status,
        },
        reason: outcome.reason,
    }
}

/// The rules that this one may refer to; none for logic over events, which is most.
pub(super) fn others<'a>(rule: &Rule, all: &[&'a Rule]) -> Vec<&'a Rule> {
    let mut others = crate::eval::referred(rule, all);
    others.retain(|other| !std::ptr::eq(*other, rule));
    others
}

/// The tests of `NAME.tests.yaml` beside the rule file.
fn tests_beside<'a>(loaded: &'a Loaded, beside: &ReadOnce<'_>) -> Vec<Planned<'a>> {
    let main = loaded.unit.main();
    let stem = main.file_name().rsplit_once('.').map_or(main.file_name(), |(stem, _)| stem);
    let names = [format!("{stem}.tests.yaml"), format!("{stem}.tests.yml")];
    let Some(file) = names.iter().find_map(|name| beside.companion(&main.path, name)) else { return Vec::new() };
    let rule = tested_rule(loaded);
    match parse_tests(&file.text) {
        Err(error) => vec![broken(file.file_name(), error)],
        Ok(tests) => tests
            .into_iter()
            .map(|listed| match rule {
                Ok(rule) => {
                    Planned { rule: Some(rule), test: with_events(listed.test, listed.file, &file.path), broken: false }
                }
                Err(reason) => skipped(&listed.test.name, reason.to_owned()),
            })
            .collect(),
    }
}

/// The tests beside a rule's file that are for this rule and can be read: a conversion carries them over.
pub(super) fn carried(loaded: &Loaded, rule: &Rule, beside: &ReadOnce<'_>) -> Vec<RuleTest> {
    let ours = |planned: &Planned<'_>| planned.rule.is_some_and(|tested| std::ptr::eq(tested, rule));
    tests_beside(loaded, beside).into_iter().filter(ours).map(|planned| planned.test).collect()
}

/// The rule that tests beside a file speak of: the only one, or the only one that no other of the file refers to.
pub(super) fn tested_rule(loaded: &Loaded) -> Result<&Rule, &'static str> {
    let rules: Vec<&Rule> = loaded.items.iter().map(|item| &item.rule).collect();
    let referred: Vec<&str> =
        rules.iter().flat_map(|rule| rule.logic.references()).map(|found| found.reference.as_str()).collect();
    let is_referred = |rule: &Rule| {
        let id = rule.meta.id.as_ref().map(|id| id.value.as_str());
        [id, rule.meta.name.as_deref()].into_iter().flatten().any(|name| referred.contains(&name))
    };
    let mut free = rules.iter().filter(|rule| !is_referred(rule));
    match (free.next(), free.next()) {
        (Some(rule), None) => Ok(rule),
        (Some(_), Some(_)) => Err("the file holds several rules, and the tests cannot say which they are for"),
        (None, _) => Err("the file holds no rule"),
    }
}

fn with_events(mut test: RuleTest, file: Option<String>, beside: &str) -> RuleTest {
    if let Some(file) = file {
        let folder = Path::new(beside).parent().map_or_else(PathBuf::new, Path::to_path_buf);
        read_into(&mut test, &folder.join(file));
    }
    test
}

/// Events that cannot be read make the test one that cannot be decided.
fn read_into(test: &mut RuleTest, path: &Path) {
    match events::from_file(path) {
        Err(error) => test.skip = Some(format!("{}: {error}", path.display())),
        Ok(found) => {
            test.skip = found.errors.first().map(|error| format!("{}: {error}", path.display()));
            test.events = found.events.into_iter().map(|(_, event)| event).collect();
        }
    }
}

fn skipped<'a>(name: &str, reason: String) -> Planned<'a> {
    let test = RuleTest { skip: Some(reason), ..RuleTest::new(name, Expectation::Fires(true), Vec::new()) };
    Planned { rule: None, test, broken: false }
}

fn broken<'a>(name: &str, error: String) -> Planned<'a> {
    Planned { broken: true, ..skipped(name, error) }
}

/// The tests of an `info.yml`. Files named as tests beside a rule run with their rule.
fn regression_tests<'a>(loaded: &Loaded, all: &[&'a Rule]) -> Vec<Planned<'a>> {
    let main = loaded.unit.main();
    if main.file_name().ends_with(".tests.yaml") || main.file_name().ends_with(".tests.yml") {
        return Vec::new();
    }
    let tests = match parse_regression_info(&main.text) {
        Ok(tests) => tests,
        Err(error) => return vec![broken(main.file_name(), error)],
    };
    let mut planned = Vec::new();
    for test in tests {
        for id in &test.rules {
            let rule = all.iter().copied().find(|rule| rule.meta.id.as_ref().is_some_and(|own| own.value == *id));
            let Some(rule) = rule else {
                planned.push(skipped(
                    &test.name,
                    format!("the rule {id} is neither among the given paths nor in a folder above"),
                ));
                continue;
            };
            let mut run = RuleTest::new(test.name.clone(), test.expect, Vec::new());
            match from_root(&main.path, &test.path) {
                Some(path) => read_into(&mut run, &path),
                None => run.skip = Some(format!("{} is not in any folder above", test.path)),
            }
            planned.push(Planned { rule: Some(rule), test: run, broken: false });
        }
    }
    planned
}

/// A path that counts from the repository's root.
fn from_root(file: &str, path: &str) -> Option<PathBuf> {
    root_of(file, path).map(|root| root.join(path))
}

/// The repository's root: the folder above the file from which the path leads to a file.
fn root_of<'a>(file: &'a str, path: &str) -> Option<&'a Path> {
    Path::new(file).ancestors().skip(1).find(|folder| folder.join(path).is_file())
}

/// The files of the repositories that tests of an `info.yml` stand in, where a rule of theirs is not among the given paths.
fn rules_above(inputs: &Inputs, terminal: &Terminal) -> Result<Vec<Loaded>, CliError> {
    let items = inputs.files.iter().flat_map(|loaded| &loaded.items);
    let given: HashSet<&str> =
        items.filter_map(|item| item.rule.meta.id.as_ref()).map(|id| id.value.as_str()).collect();
    let mut roots = BTreeSet::new();
    for loaded in inputs.files.iter().filter(|loaded| loaded.format == FileFormat::Tests) {
        let main = loaded.unit.main();
        let tests = parse_regression_info(&main.text).unwrap_or_default();
        let apart = tests.iter().filter(|test| test.rules.iter().any(|id| !given.contains(id.as_str())));
        roots.extend(apart.filter_map(|test| root_of(&main.path, &test.path)));
    }
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let shown = |root: &Path| if root.as_os_str().is_empty() { ".".to_owned() } else { root.to_string_lossy().into() };
    let roots: Vec<String> = roots.into_iter().map(shown).collect();
    Ok(input::load_files(&input::find(&roots, input::EXTENSIONS)?, terminal).files)
}

/// The rules that no test is for, as `path: title`.
fn without_tests(inputs: &Inputs, report: &TestReport) -> Vec<String> {
    let tested = &report.tests;
    let mut found = Vec::new();
    for loaded in &inputs.files {
        let path = &loaded.unit.main().path;
        for item in loaded.items.iter().filter(|item| item.rule.is_rule()) {
            let id = item.rule.meta.id.as_ref().map(|id| &id.value);
            let by_id = id.is_some() && tested.iter().any(|test| test.rule_id.as_ref() == id);
            let by_path = id.is_none() && tested.iter().any(|test| test.path == *path);
            if !by_id && !by_path {
                found.push(format!("{path}: {}", item.rule.meta.title));
            }
        }
    }
    found
}
