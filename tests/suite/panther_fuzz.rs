//! A differential fuzz of the Panther lifter against CPython: set DETC_PYTHON to an interpreter (one with panther_core and PyYAML
//! gives the vendor's event), DETC_PANTHER_ANALYSIS to a checkout to run over it too, DETC_FUZZ_EVENTS to change the number of
//! events per rule, DETC_FUZZ_ONLY to look at the rules whose id has a text in it. An exception is no match.

use detc::eval::{Conditions, Event, Verdict};
use detc::frontend::{Context, load};
use detc::ir::{Dialect, Logic, Rule};
use detc::source::{Disk, discover, read};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const EVENTS_PER_RULE: usize = 150;

/// Where a value stands: keys and indexes.
#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

fn paths(value: &Json, here: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    match value {
        Json::Object(map) => {
            for (key, inner) in map {
                here.push(Step::Key(key.clone()));
                found.push(here.clone());
                paths(inner, here, found);
                here.pop();
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate().take(3) {
                here.push(Step::Index(index));
                found.push(here.clone());
                paths(inner, here, found);
                here.pop();
            }
        }
        _ => {}
    }
}

fn at<'v>(value: &'v mut Json, path: &[Step]) -> Option<&'v mut Json> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

fn swapped_case(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
}

/// What a value is replaced by.
fn replacements(value: &Json) -> Vec<Json> {
    let mut all = vec![
        json!(null),
        json!(""),
        json!([]),
        json!({}),
        json!(0),
        json!(7),
        json!(1.5),
        json!(true),
        json!(false),
        json!("x"),
        json!([value]),
        json!([value, "x"]),
        json!([value, value]),
        json!({"x": value}),
    ];
    match value {
        Json::String(text) => {
            all.extend([json!(swapped_case(text)), json!(format!("x{text}")), json!(format!("{text}/x"))]);
            all.extend(text.parse::<i64>().map(Json::from));
        }
        Json::Number(number) => {
            all.extend([json!(number.to_string()), json!(number.as_f64().unwrap_or_default() + 1.0)]);
        }
        Json::Array(items) => {
            all.extend([
                json!(items.iter().take(1).collect::<Vec<_>>()),
                json!(items.iter().rev().collect::<Vec<_>>()),
            ]);
            all.extend(items.first().cloned());
        }
        Json::Bool(value) => all.extend([json!(!value), json!(value.to_string())]),
        _ => {}
    }
    all
}

/// The mutations at one place.
fn mutations(event: &Json, path: &[Step], keys: bool) -> Vec<Json> {
    let Some((last, parents)) = path.split_last() else { return Vec::new() };
    let Some(value) = at(&mut event.clone(), path).cloned() else { return Vec::new() };
    let mut all = Vec::new();
    for new in replacements(&value) {
        let mut copy = event.clone();
        *at(&mut copy, path).unwrap() = new;
        all.push(copy);
    }
    let mut removed = event.clone();
    match (at(&mut removed, parents), last) {
        (Some(Json::Object(map)), Step::Key(key)) => drop(map.shift_remove(key)),
        (Some(Json::Array(items)), Step::Index(index)) => drop(items.remove(*index)),
        _ => {}
    }
    all.push(removed);
    // Panther's own keys are never written otherwise.
    if let Step::Key(key) = last
        && keys
        && !key.starts_with("p_")
    {
        let mut renamed = event.clone();
        if let Some(Json::Object(map)) = at(&mut renamed, parents) {
            map.shift_remove(key);
            map.insert(swapped_case(key), value);
        }
        all.push(renamed);
    }
    all
}

/// The tests' events, then mutations of them spread evenly; every third one at two places.
fn events(rule: &Rule, count: usize) -> Vec<Json> {
    let exact_keys = rule.assumptions.iter().any(|line| line.contains("data model"));
    let tests: Vec<&Json> =
        rule.tests.iter().filter(|test| test.skip.is_none()).flat_map(|test| &test.events).collect();
    let mut all: Vec<Json> = tests.iter().map(|event| (*event).clone()).collect();
    let places: Vec<Vec<Vec<Step>>> = tests
        .iter()
        .map(|event| {
            let mut found = Vec::new();
            paths(event, &mut Vec::new(), &mut found);
            found
        })
        .collect();
    let mut seen: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    for turn in 0..count * 2 {
        let test = turn % tests.len().max(1);
        let Some(found) = places.get(test).filter(|found| !found.is_empty()) else { continue };
        let mutated = mutations(tests[test], &found[(turn * 7919) % found.len()], !exact_keys);
        let mut new = mutated[(turn * 104_729) % mutated.len()].clone();
        if turn % 3 == 2 {
            let again = mutations(&new, &found[(turn * 6_961) % found.len()], !exact_keys);
            new = again.get((turn * 1_299_709) % again.len().max(1)).cloned().unwrap_or(new);
        }
        if all.len() < count && seen.insert(new.to_string()) {
            all.push(new);
        }
    }
    // An empty event never reaches a rule.
    all.retain(|event| event.as_object().is_some_and(|map| !map.is_empty()));
    all
}

fn python_file(yaml: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(yaml).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Filename:"))?;
    let name = line.split('#').next()?.trim().trim_matches(['"', '\'']);
    Some(yaml.with_file_name(name))
}

/// A CPython that judges rule after rule.
struct Judge {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Judge {
    fn start(python: &str) -> Self {
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/oracles/panther_verdicts.py");
        let mut child = Command::new(python)
            .arg(oracle)
            .arg("--batch")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (jobs, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, jobs, answers }
    }

    fn ask(&mut self, job: &Json) -> Json {
        writeln!(self.jobs, "{job}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    fn finish(self) {
        let Self { mut child, jobs, answers } = self;
        drop((jobs, answers));
        assert!(child.wait().unwrap().success());
    }
}

/// A rule to compare: its YAML and the checkout that it is of.
struct Case {
    path: PathBuf,
    root: PathBuf,
    rule: Rule,
}

#[derive(Default)]
struct Outcome {
    rules: usize,
    events: usize,
    differences: Vec<String>,
    /// Rules that CPython could not load, with what it said.
    failures: Vec<String>,
}

fn compare(judge: &mut Judge, case: &Case, count: usize, outcome: &Mutex<Outcome>) {
    let Case { path, root, rule } = case;
    let (Logic::Event(condition), Some(file)) = (&rule.logic, python_file(path)) else { return };
    let events = events(rule, count);
    if events.is_empty() {
        return;
    }
    let policy = rule.kind == "policy";
    let name = rule.meta.id.as_ref().map_or("?", |id| &id.value).to_owned();
    let answer = judge.ask(&json!({
        "rule": file, "function": if policy { "policy" } else { "rule" }, "events": events,
        "helpers": root.join("global_helpers"), "models": root.join("data_models"),
    }));
    if let Some(failure) = answer.get("failure") {
        return outcome.lock().unwrap().failures.push(format!("{name}: {failure}"));
    }
    let (verdicts, errors) = (answer["verdicts"].as_array().unwrap(), answer["errors"].as_array().unwrap());
    assert_eq!(verdicts.len(), events.len(), "{name}");
    let conditions = Conditions::new(&rule.pool, &[*condition], rule.event_model);
    let mut found = Vec::new();
    for ((event, verdict), error) in events.iter().zip(verdicts).zip(errors) {
        let theirs = verdict.as_bool() == Some(!policy);
        let ours = conditions.verdict(*condition, &Event::new(event, rule.event_model));
        if ours != Verdict::from(theirs) {
            found.push(format!("{name}: CPython {verdict} ({error}), lifted {ours:?}: {event}"));
        }
    }
    let mut outcome = outcome.lock().unwrap();
    outcome.rules += 1;
    outcome.events += events.len();
    outcome.differences.extend(found);
}

/// The lifted rules of this repository, and those of a checkout of panther-analysis.
fn cases() -> Vec<Case> {
    let only = std::env::var("DETC_FUZZ_ONLY").unwrap_or_default();
    let own = |folder: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut roots: Vec<_> =
        ["rules/panther", "tests/fixtures/constructs"].map(|folder| (own(folder), own(folder))).into();
    if let Ok(root) = std::env::var("DETC_PANTHER_ANALYSIS").map(PathBuf::from) {
        roots.push((root.clone(), root.join("rules")));
        roots.push((root.clone(), root.join("policies")));
    }
    let mut cases = Vec::new();
    for (root, folder) in roots {
        for path in discover(&[folder.display().to_string()], &["yml", "yaml"]).files {
            for item in load(read(&path).unwrap(), &Context::beside(&Disk)).items {
                let id = item.rule.meta.id.as_ref().map_or("", |id| &id.value);
                if item.rule.dialect == Dialect::Panther && item.rule.opaque_parts() == 0 && id.contains(&only) {
                    cases.push(Case { path: path.clone(), root: root.clone(), rule: item.rule });
                }
            }
        }
    }
    cases
}

#[test]
fn the_lifted_condition_is_what_cpython_says() {
    let Ok(python) = std::env::var("DETC_PYTHON") else {
        println!("DETC_PYTHON is not set: nothing is compared");
        return;
    };
    let count = std::env::var("DETC_FUZZ_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(EVENTS_PER_RULE);
    let (cases, next, outcome) = (cases(), AtomicUsize::new(0), Mutex::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut judge = Judge::start(&python);
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    compare(&mut judge, case, count, &outcome);
                }
                judge.finish();
            });
        }
    });
    let Outcome { rules, events, mut differences, failures } = outcome.into_inner().unwrap();
    println!("{rules} rules, {events} events, {} differences, {} not loaded", differences.len(), failures.len());
    differences.sort_unstable();
    for difference in &differences {
        println!("DIFF {}", difference.chars().take(900).collect::<String>());
    }
    for failure in &failures {
        println!("NOT LOADED {failure}");
    }
    assert!(differences.is_empty() && failures.is_empty());
    assert!(rules > 0);
}
