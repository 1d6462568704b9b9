//! What becomes of a collection of rules in each target, counted from the reports of `detc convert --prove`.

use detc::backend::TARGETS;
use detc::fidelity::CODES;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// The loss codes that the page explains.
const EXPLAINED: usize = 10;

/// Rules of one format.
#[derive(Clone, Copy)]
pub(crate) struct Collection<'a> {
    pub(crate) title: &'a str,
    /// Files and folders, relative to the repository.
    pub(crate) paths: &'a [&'a str],
}

/// The rules of a collection by what became of them in one target.
#[derive(Default)]
struct Count {
    statuses: BTreeMap<String, usize>,
    verdicts: BTreeMap<String, usize>,
    /// Verdicts of the conversions that claim the same alerts.
    of_equals: BTreeMap<String, usize>,
    /// The weakest map row that a conversion rests on.
    evidence: BTreeMap<&'static str, usize>,
    /// Refused rules by code: each code of a loss of the logic that a rule was refused with.
    refusals: BTreeMap<String, usize>,
}

/// The tables of some collections, with the codes that refused most often.
pub(crate) fn section(program: &Path, collections: &[Collection<'_>]) -> String {
    let mut text = String::new();
    let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
    for collection in collections {
        let counts: Vec<(&str, Count)> =
            TARGETS.par_iter().map(|info| (info.name, count(program, collection, info.name))).collect();
        table(&mut text, collection.title, &counts);
        for (code, number) in counts.iter().flat_map(|(_, count)| &count.refusals) {
            *refusals.entry(code.clone()).or_default() += number;
        }
    }
    explained(&mut text, &refusals);
    text
}

fn count(program: &Path, collection: &Collection<'_>, target: &str) -> Count {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let run = Command::new(program)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["convert", "--prove", "--to", target, "--report"])
        .arg(&report)
        .arg("-o")
        .arg(folder.path().join("out"))
        .args(collection.paths)
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&report).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&run.stderr)));
    let report: Json = serde_json::from_str(&text).unwrap();
    let mut count = Count::default();
    for rule in report["rules"].as_array().unwrap() {
        count.add(rule);
    }
    count
}

impl Count {
    fn add(&mut self, rule: &Json) {
        let status = rule["status"].as_str().unwrap();
        *self.statuses.entry(status.to_owned()).or_default() += 1;
        if status == "refused" {
            let losses = rule["losses"].as_array().unwrap().iter().filter(|loss| loss["effect"] != "metadata");
            let mut codes: Vec<&str> = losses.map(|loss| loss["code"].as_str().unwrap()).collect();
            codes.sort_unstable();
            codes.dedup();
            for code in codes {
                *self.refusals.entry(code.to_owned()).or_default() += 1;
            }
        }
        let Some(verdict) = rule["proof"]["verdict"].as_str() else { return };
        *self.verdicts.entry(verdict.to_owned()).or_default() += 1;
        if matches!(status, "exact" | "metadata") {
            *self.of_equals.entry(verdict.to_owned()).or_default() += 1;
        }
        let assumes = rule["proof"]["assumes"].as_array().unwrap().iter().filter_map(Json::as_str);
        let rows: Vec<&str> = assumes.filter(|text| text.starts_with("map row")).collect();
        let weakest = ["inferred", "source", "fixture"];
        let rests_on =
            weakest.into_iter().find(|evidence| rows.iter().any(|row| row.ends_with(&format!("({evidence})"))));
        *self.evidence.entry(rests_on.unwrap_or("none")).or_default() += 1;
    }
}

fn table(text: &mut String, title: &str, counts: &[(&str, Count)]) {
    let of = |map: &BTreeMap<String, usize>, name: &str| map.get(name).copied().unwrap_or(0);
    let rules: usize = counts.first().map_or(0, |(_, count)| count.statuses.values().sum());
    let statuses = ["exact", "metadata", "widened", "narrowed", "unknown", "refused", "failed"];
    let verdicts = ["proved", "tested", "differs", "not-run"];
    writeln!(text, "### {title}\n\n{rules} rules.\n").unwrap();
    writeln!(text, "| target | {} | {} |", statuses.join(" | "), verdicts.join(" | ")).unwrap();
    writeln!(text, "|---|{}", "---:|".repeat(statuses.len() + verdicts.len())).unwrap();
    for (target, count) in counts {
        let numbers = statuses.map(|status| of(&count.statuses, status).to_string());
        let proofs = verdicts.map(|verdict| of(&count.verdicts, verdict).to_string());
        writeln!(text, "| `{target}` | {} | {} |", numbers.join(" | "), proofs.join(" | ")).unwrap();
    }
    writeln!(
        text,
        "\n| target | same alerts, proved | map rows: fixture | source | inferred | none | refused, by code |\n|---|---:|---:|---:|---:|---:|---|"
    )
    .unwrap();
    for (target, count) in counts {
        let equals: usize = count.of_equals.values().sum();
        let proved = of(&count.of_equals, "proved");
        let share = (proved * 100).checked_div(equals).map_or("-".to_owned(), |share| format!("{share} %"));
        let evidence = ["fixture", "source", "inferred", "none"]
            .map(|name| count.evidence.get(name).copied().unwrap_or(0).to_string())
            .join(" | ");
        let refused: Vec<String> =
            most(&count.refusals).iter().map(|(code, number)| format!("{code} {number}")).collect();
        writeln!(text, "| `{target}` | {share} | {evidence} | {} |", refused.join(", ")).unwrap();
    }
    text.push('\n');
}

fn explained(text: &mut String, refusals: &BTreeMap<String, usize>) {
    writeln!(text, "### The codes that refused most often\n").unwrap();
    for (id, number) in most(refusals).into_iter().take(EXPLAINED) {
        let code = CODES.iter().find(|code| code.id == id).unwrap();
        let page = code.page_text();
        writeln!(text, "**{id} {}** ({number} times)\n\n{}\n", code.name, page.trim()).unwrap();
    }
}

fn most(counts: &BTreeMap<String, usize>) -> Vec<(&str, usize)> {
    let mut sorted: Vec<(&str, usize)> = counts.iter().map(|(code, number)| (code.as_str(), *number)).collect();
    sorted.sort_by_key(|(code, number)| (std::cmp::Reverse(*number), *code));
    sorted
}
