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
