//! Elastic's published rules and Elasticsearch's own test queries: all parse, and print as the same tree.

use super::super::{parse, print, print_pretty};
use std::io::Write;
use std::path::{Path, PathBuf};

/// `../shared/NAME`, or `None` with a note when the folder is not there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("DETC_REQUIRE_SHARED").is_none(), "{} is absent", path.display());
    println!("skipped: {} is absent", path.display());
    None
}

fn toml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            toml_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

fn table(path: &Path) -> toml::Value {
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with one query, if anything is.
fn complaint(name: &str, text: &str) -> Option<String> {
    let parsed = parse(text);
    if !parsed.problems.is_empty() {
        let said: Vec<_> = parsed
            .problems
            .iter()
            .map(|problem| format!("{} at `{}`", problem.message, text.get(problem.span.range()).unwrap_or("?")))
            .collect();
        return Some(format!("{name}: {}", said.join("; ")));
    }
    let query = parsed.query.unwrap();
    [print(&query), print_pretty(&query)]
        .iter()
        .find(|printed| parse(printed).query.as_ref() != Some(&query))
        .map(|printed| format!("{name} prints as another query: {printed}"))
}

/// Writes the printed queries, one JSON string per line, where `DETC_EQL_PRINTED` says: the input of
/// `.ci/oracles/eql_accepts.py`.
fn keep(printed: &[String]) {
    if let Some(path) = std::env::var_os("DETC_EQL_PRINTED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        for text in printed {
            writeln!(file, "{}", serde_json::to_string(text).unwrap()).unwrap();
        }
    }
}

#[test]
fn every_published_eql_rule_parses_and_prints_as_itself() {
    let Some(folder) = shared("corpora/elastic") else { return };
    let mut files = Vec::new();
    toml_files(&folder, &mut files);
    let mut complaints = Vec::new();
    let mut printed = Vec::new();
    for path in files {
        let document = table(&path);
        let Some(rule) = document.get("rule") else { continue };
        if rule.get("language").and_then(toml::Value::as_str) != Some("eql") {
            continue;
        }
        let text = rule["query"].as_str().unwrap();
        complaints.extend(complaint(&path.display().to_string(), text));
        printed.extend(parse(text).query.iter().flat_map(|query| [print(query), print_pretty(query)]));
    }
    keep(&printed);
    assert_eq!(complaints, Vec::<String>::new());
    assert!(printed.len() / 2 >= 1_081, "only {} EQL rules found", printed.len() / 2);
}

#[test]
fn elasticsearchs_own_test_queries_parse() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for file in ["es_additional_test_queries.toml", "es_test_missing_events.toml"] {
        let Some(path) = shared(&format!("conformance/elastic/{file}")) else { return };
        for entry in table(&path)["queries"].as_array().unwrap() {
            let name = entry.get("name").and_then(toml::Value::as_str).unwrap_or(file);
            complaints.extend(complaint(name, entry["query"].as_str().unwrap()));
            count += 1;
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
    assert!(count >= 87, "only {count} queries found");
}
