//! A measurement over a checkout of panther-analysis, outside the default suite: set DETC_PANTHER_ANALYSIS to its path.

use detc::eval::{TestStatus, run_test};
use detc::frontend::{Context, Loaded, load};
use detc::ir::Logic;
use detc::source::{Disk, discover, read};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Default)]
struct Tally {
    items: usize,
    opaque: usize,
    with_holes: usize,
    lifted: usize,
    passed: usize,
    failed: Vec<String>,
    skipped: usize,
    /// Tests of rules without a hole, without mocks.
    runnable: usize,
    reasons: BTreeMap<String, usize>,
}

#[test]
fn measure() {
    let Ok(root) = std::env::var("DETC_PANTHER_ANALYSIS") else {
        println!("DETC_PANTHER_ANALYSIS is not set: nothing is measured");
        return;
    };
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut lints: BTreeMap<&str, usize> = BTreeMap::new();
    let folders = [
        "rules",
        "policies",
        "queries",
        "correlation_rules",
        "data_models",
        "global_helpers",
        "packs",
        "lookup_tables",
    ];
    let folders = folders.map(|folder| format!("{root}/{folder}"));
    for path in discover(&folders, &["yml", "yaml"]).files {
        let loaded = load(read(Path::new(&path)).unwrap(), &Context::beside(&Disk));
        for diagnostic in &loaded.diagnostics {
            *lints.entry(diagnostic.lint).or_default() += 1;
            if std::env::var("DETC_VERBOSE").is_ok() {
                println!("{}: {} {}", path.display(), diagnostic.lint, diagnostic.message);
            }
        }
        count(&loaded, &mut kinds);
    }
    for (kind, tally) in &kinds {
        println!(
            "{kind}: {} items, {} lifted, {} with holes, {} opaque; tests of the lifted: {} run, {} passed, {} failed; {} skipped",
            tally.items,
            tally.lifted,
            tally.with_holes,
            tally.opaque,
            tally.runnable,
            tally.passed,
            tally.failed.len(),
            tally.skipped
        );
        let mut reasons: Vec<_> = tally.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons {
            println!("    {count:4} {reason}");
        }
        for failed in &tally.failed {
            println!("    FAILED {failed}");
        }
    }
    println!("{lints:?}");
}

fn count(loaded: &Loaded, kinds: &mut BTreeMap<&'static str, Tally>) {
    for item in &loaded.items {
        let rule = &item.rule;
        let tally = kinds.entry(rule.kind).or_default();
        tally.items += 1;
        if let Some(reason) = rule.opaque_reason() {
            *tally.reasons.entry(reason).or_default() += 1;
        }
        match (&rule.logic, rule.opaque_parts()) {
            (Logic::Opaque(_), _) => tally.opaque += 1,
            (_, 0) => tally.lifted += 1,
            _ => {
                tally.with_holes += 1;
                if std::env::var("DETC_VERBOSE").is_ok() {
                    let id = rule.meta.id.as_ref().map_or("?", |id| &id.value);
                    for hole in detc::ir::holes(&rule.pool, &rule.logic.roots()) {
                        println!("HOLE {id}: {}: {}", hole.reason, hole.text);
                    }
                }
                continue;
            }
        }
        for test in &rule.tests {
            let outcome = run_test(rule, test, &[]);
            match outcome.status {
                TestStatus::Passed => tally.passed += 1,
                TestStatus::Failed => tally.failed.push(format!(
                    "{}: {}: {}",
                    rule.meta.id.as_ref().map_or("?", |id| &id.value),
                    test.name,
                    outcome.reason.unwrap_or_default()
                )),
                TestStatus::Skipped => tally.skipped += 1,
            }
            tally.runnable += usize::from(outcome.status != TestStatus::Skipped);
        }
    }
}
