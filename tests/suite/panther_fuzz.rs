//! A differential fuzz of the Panther lifter against CPython: set DETC_PYTHON to an interpreter (one with panther_core and PyYAML
//! gives the vendor's event), DETC_PANTHER_ANALYSIS to a checkout to run over it too, DETC_FUZZ_EVENTS to change the number of
//! events per rule, DETC_FUZZ_ONLY to look at the rules whose id has a text in it.

use detc::eval::{Conditions, Event, Verdict};
use detc::frontend::{Context, load};
use detc::ir::{Dialect, Logic, Rule};
use detc::source::{Disk, discover, read};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let mut all = Vec::new();
    for path in [path] {
        let Some((last, parents)) = path.split_last() else { continue };
        let mut copy = event.clone();
        let Some(value) = at(&mut copy, path).map(|value| value.clone()) else { continue };
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
    }
    all
}

/// The tests' events, then mutations of them spread evenly.
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
        let new = &mutated[(turn * 104_729) % mutated.len()];
        if all.len() < count && seen.insert(new.to_string()) {
            all.push(new.clone());
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

struct Fuzz {
    python: String,
    folder: PathBuf,
    rules: usize,
    events: usize,
    differences: Vec<String>,
}

impl Fuzz {
    fn run(&mut self, path: &Path, rule: &Rule, root: &Path) {
        let (Logic::Event(condition), Some(file)) = (&rule.logic, python_file(path)) else { return };
        let count = std::env::var("DETC_FUZZ_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(EVENTS_PER_RULE);
        let events = events(rule, count);
        if events.is_empty() {
            return;
        }
        let policy = rule.kind == "policy";
        let name = rule.meta.id.as_ref().map_or("?", |id| &id.value).to_owned();
        let lines = self.folder.join("events.jsonl");
        let text: String = events.iter().map(|event| format!("{event}\n")).collect();
        std::fs::write(&lines, text).unwrap();
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/oracles/panther_verdicts.py");
        let output = Command::new(&self.python)
            .arg(oracle)
            .arg(&file)
            .arg(&lines)
            .args(["--function", if policy { "policy" } else { "rule" }])
            .arg("--path")
            .arg(root.join("global_helpers"))
            .arg("--models")
            .arg(root.join("data_models"))
            .output()
            .unwrap();
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            println!("{name}: not run: {}", error.lines().last().unwrap_or_default());
            return;
        }
        let conditions = Conditions::new(&rule.pool, &[*condition], rule.event_model);
        let answers = String::from_utf8_lossy(&output.stdout).into_owned();
        // What the rule prints itself stands between the answers.
        let answers: Vec<Json> = answers
            .lines()
            .filter_map(|line| serde_json::from_str::<Json>(line).ok())
            .filter(|answer| answer.get("verdict").is_some() && answer.get("line").is_some())
            .collect();
        assert_eq!(answers.len(), events.len(), "{name}");
        self.rules += 1;
        self.events += events.len();
        for (event, answer) in events.iter().zip(&answers) {
            let theirs = answer["verdict"].as_bool() == Some(!policy);
            let ours = conditions.verdict(*condition, &Event::new(event, rule.event_model));
            if ours != Verdict::from(theirs) {
                self.differences.push(format!("{name}: CPython {answer}, lifted {ours:?}: {event}"));
            }
        }
    }
}

#[test]
fn the_lifted_condition_is_what_cpython_says() {
    let Ok(python) = std::env::var("DETC_PYTHON") else {
        println!("DETC_PYTHON is not set: nothing is compared");
        return;
    };
    let folder = std::env::temp_dir().join(format!("detc-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut fuzz = Fuzz { python, folder, rules: 0, events: 0, differences: Vec::new() };
    let only = std::env::var("DETC_FUZZ_ONLY").unwrap_or_default();
    let own = |folder: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let other = std::env::var("DETC_PANTHER_ANALYSIS").ok().map(PathBuf::from);
    let mut roots: Vec<_> =
        ["rules/panther", "tests/fixtures/constructs"].map(|folder| (own(folder), own(folder))).into();
    if let Some(root) = other {
        roots.push((root.clone(), root.join("rules")));
        roots.push((root.clone(), root.join("policies")));
    }
    for (root, folder) in roots {
        for path in discover(&[folder.display().to_string()], &["yml", "yaml"]).files {
            for item in load(read(&path).unwrap(), &Context::beside(&Disk)).items {
                let id = item.rule.meta.id.as_ref().map_or("", |id| &id.value);
                if item.rule.dialect == Dialect::Panther && item.rule.opaque_parts() == 0 && id.contains(&only) {
                    fuzz.run(&path, &item.rule, &root);
                }
            }
        }
    }
    std::fs::remove_dir_all(&fuzz.folder).unwrap();
    println!("{} rules, {} events, {} differences", fuzz.rules, fuzz.events, fuzz.differences.len());
    for difference in &fuzz.differences {
        println!("DIFF {}", difference.chars().take(600).collect::<String>());
    }
    assert!(fuzz.differences.is_empty());
    assert!(fuzz.rules > 0);
}
