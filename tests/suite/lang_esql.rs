//! ES|QL and Lucene over the published rules.

use crate::shared::{corpus, texts};
use detc::backend::{Options, Target, convert};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, Language, QueryOptions, load, load_query};
use detc::lang::{esql, lucene};
use detc::source::{Level, SourceFile};

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

/// What is written anew of a published rule is read without complaint, metadata fields asked for.
#[test]
fn published_rules_written_anew_are_queries_that_the_checker_passes() {
    let Some(folder) = corpus("elastic") else { return };
    let (mut written, mut refused, mut wrong) = (0, 0, Vec::new());
    for (path, text) in texts(&folder, &["toml"]).into_iter().filter(|(_, text)| text.contains("\ntype = \"esql\"\n")) {
        let loaded = load(SourceFile::new("rule.toml", text), &Context::default());
        let Some(item) = loaded.items.first() else { continue };
        let options = Options { max_loss: MaxLoss::Any, ..Options::default() };
        let conversion = convert(&item.rule, Target::Esql, &options);
        let Some(output) = conversion.outputs.first() else {
            refused += 1;
            continue;
        };
        written += 1;
        let (_, diagnostics) = load_query(Language::Esql, &output.text, &QueryOptions::default());
        let errors = diagnostics.iter().filter(|found| found.level == Level::Error);
        wrong.extend(errors.map(|found| format!("{}: {}", path.display(), found.message)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((written, refused), (175, 37));
}

#[test]
fn written_queries_ask_for_the_metadata_that_they_name() {
    for (query, start) in [
        ("from a metadata _id | keep _id, b | stats c = count(*) by b | where c > 1", "FROM a METADATA _id\n"),
        (
            "from a metadata _source | stats c = count(json_extract(_source, \"$.b\")) | where c > 1",
            "FROM a METADATA _source\n",
        ),
        ("from a | stats c = count(*) by b | sort c | limit 1", "FROM a\n"),
    ] {
        let (item, _) = load_query(Language::Esql, query, &QueryOptions::default());
        let conversion = convert(&item.rule, Target::Esql, &Options { max_loss: MaxLoss::Any, ..Options::default() });
        let text = &conversion.outputs.first().unwrap_or_else(|| panic!("{query}: {:?}", conversion.losses)).text;
        assert!(text.starts_with(start), "{text}");
    }
}
