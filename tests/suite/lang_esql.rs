//! ES|QL and Lucene over the published rules.

use crate::shared::{corpus, texts};
use detc::lang::{esql, lucene};

fn queries(language: &str) -> Vec<(String, String)> {
    let Some(folder) = corpus("elastic") else { return Vec::new() };
    texts(&folder, &["toml"])
        .into_iter()
        .filter_map(|(path, text)| {
            let table: toml::Table = toml::from_str(&text).unwrap();
            let rule = table.get("rule")?;
            let is = |key: &str| rule.get(key).and_then(toml::Value::as_str) == Some(language);
            (is("language") || is("type"))
                .then(|| rule.get("query")?.as_str().map(str::to_owned))
                .flatten()
                .map(|query| (path.display().to_string(), query))
        })
        .collect()
}

#[test]
fn every_published_esql_query_is_read_and_round_trips() {
    let found = queries("esql");
    let mut wrong = Vec::new();
    for (path, text) in &found {
        let parsed = esql::parse(text);
        for problem in parsed.problems.iter().chain(&parsed.warnings) {
            wrong.push(format!("{path}: {} at `{}`", problem.message, &text[problem.span.range()]));
        }
        let Some(query) = parsed.query else { continue };
        let printed = esql::print(&query);
        if esql::parse(&printed).query.as_ref() != Some(&query) {
            wrong.push(format!("{path} prints as another query: {printed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if corpus("elastic").is_some() {
        assert_eq!(found.len(), 212);
    }
}

#[test]
fn the_published_lucene_query_round_trips() {
    for (path, text) in queries("lucene") {
        let query = lucene::parse(&text).query.unwrap();
        assert_eq!(lucene::parse(&lucene::print(&query)).query, Some(query), "{path}");
    }
}
