//! Every active Windows rule on every event of SigmaHQ's regression data. The data holds positives only: what else fires shows
//! rules that overlap, and would show one that is always true.

use crate::frontend_sigma::{ACTIVE, load_folder};
use crate::shared::{corpus, files};
use detc::eval::{Program, Verdict, parse_regression_info, read_events};
use detc::frontend::Loaded;
use detc::ir::Rule;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A case: its folder's name, the rules it is for, its events.
struct Case {
    name: String,
    rules: Vec<String>,
    events: Vec<Json>,
}

/// The events stand beside the `.evtx` that the test names, in a `.json` of the same name.
fn cases(root: &Path) -> Vec<Case> {
    let infos: Vec<PathBuf> = files(&root.join("regression_data"), &["yml"]);
    let mut cases = Vec::new();
    for info in infos.iter().filter(|path| path.ends_with("info.yml")) {
        for test in parse_regression_info(&std::fs::read_to_string(info).unwrap()).unwrap() {
            let text = std::fs::read_to_string(root.join(&test.path)).unwrap();
            let events = read_events(&text).into_iter().map(|event| event.unwrap().1).collect();
            let name = info.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            cases.push(Case { name, rules: test.rules, events });
        }
    }
    cases
}

fn is_windows(rule: &Rule) -> bool {
    rule.data_source.product.as_ref().is_some_and(|product| product.value == "windows")
}

fn stem(loaded: &Loaded) -> String {
    loaded.unit.main().file_name().trim_end_matches(".yml").to_owned()
}

#[test]
fn rules_fire_on_their_own_events_and_few_others() {
    let Some(root) = corpus("sigma") else { return };
    let cases = cases(&root);
    let loaded: Vec<Loaded> = ACTIVE.iter().flat_map(|folder| load_folder(&root.join(folder))).collect();
    let rules: Vec<(String, &Rule)> = loaded
        .iter()
        .flat_map(|file| file.items.iter().map(move |item| (stem(file), &item.rule)))
        .filter(|(_, rule)| is_windows(rule))
        .collect();
    assert!(cases.len() >= 100 && rules.len() > 2800, "{} cases, {} rules", cases.len(), rules.len());
    let hits: Vec<(bool, String)> = rules
        .par_iter()
        .flat_map_iter(|(name, rule)| {
            let program = Program::compile(rule);
            let id = rule.meta.id.as_ref().map(|id| id.value.as_str());
            let fires = |case: &&Case| case.events.iter().any(|event| program.verdict(0, event) == Some(Verdict::True));
            let hit = |case: &Case| {
                let expected = case.rules.iter().any(|own| Some(own.as_str()) == id);
                (expected, format!("{}: {name}", case.name))
            };
            cases.iter().filter(fires).map(hit).collect::<Vec<_>>()
        })
        .collect();
    let expected = hits.iter().filter(|(expected, _)| *expected).count();
    let others: BTreeSet<String> = hits.iter().filter(|(expected, _)| !expected).map(|(_, hit)| hit.clone()).collect();
    println!("{} cases, {} rules, {expected} expected hits, {} others", cases.len(), rules.len(), others.len());
    assert!(expected >= cases.len(), "{expected} of {}", cases.len());
    let list: Vec<String> = others.into_iter().collect();
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sigma_regression_overlaps", list.join("\n"));
    });
}

fn test_folder(folder: &Path, path: &str) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_detc")).args(["test", path]).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.success(), said.lines().last().unwrap_or_default().to_owned())
}

/// The tests' folder alone is enough: their rules stand in the repository above it.
#[test]
fn regression_tests_find_their_rules_above() {
    let Some(root) = corpus("sigma") else { return };
    let (passed, last) = test_folder(&root, "regression_data");
    assert!(passed && last.ends_with("0 failed, 0 skipped") && !last.starts_with("0 "), "{last}");
    let above = root.join("regression_data");
    assert_eq!(test_folder(&root, &above.to_string_lossy()), (true, last));
}

const RULE: &str = "title: A Tool\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nlogsource:\n    product: windows\n    category: process_creation\n\
    detection:\n    selection:\n        Image|endswith: '\\tool.exe'\n    condition: selection\n";
const INFO: &str = "id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c06\nrule_metadata:\n    - id: 929a690e-bef0-4204-a928-ef5e620d6fcc\n\
    regression_tests_info:\n    - name: Positive\n      type: evtx\n      match_count: 1\n      path: regression_data/tool/one.evtx\n";

/// A rule that is nowhere leaves its test undecided.
#[test]
fn a_regression_test_needs_its_rule() {
    let folder = tempfile::tempdir().unwrap();
    let tests = folder.path().join("regression_data/tool");
    std::fs::create_dir_all(&tests).unwrap();
    std::fs::write(tests.join("info.yml"), INFO).unwrap();
    std::fs::write(tests.join("one.json"), r#"{"Image": "C:\\tool.exe"}"#).unwrap();
    assert_eq!(test_folder(folder.path(), "regression_data").1, "0 passed, 0 failed, 1 skipped");
    std::fs::write(folder.path().join("tool.yml"), RULE).unwrap();
    assert_eq!(test_folder(folder.path(), "regression_data"), (true, "1 passed, 0 failed, 0 skipped".to_owned()));
    let info = tests.join("info.yml");
    assert_eq!(test_folder(folder.path(), &info.to_string_lossy()).1, "1 passed, 0 failed, 0 skipped");
}
