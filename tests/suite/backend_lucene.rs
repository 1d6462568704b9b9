//! Lucene query strings that are written: what each test becomes by the field's type, and that it reads back as the same condition.

use detc::backend::{Options, QueryLanguage, Status, Target, convert};
use detc::eval::{Program, Verdict};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, Language, QueryOptions, load, load_query};
use detc::ir::{Logic, Rule, display_expr, equal};
use detc::source::SourceFile;
use serde_json::{Value as Json, json};

use crate::shared::{shared, texts};

fn query(language: Language, text: &str) -> Rule {
    let read = QueryOptions { indices: &["logs-windows.*"], ..QueryOptions::default() };
    let (item, problems) = load_query(language, text, &read);
    assert!(problems.is_empty(), "{text}: {problems:?}");
    item.rule
}

fn options() -> Options {
    Options { max_loss: MaxLoss::Any, ..Options::default() }
}

fn written(language: Language, text: &str) -> (String, Status) {
    let done = convert(&query(language, text), Target::Lucene, &options());
    let output = done.outputs.first().unwrap_or_else(|| panic!("{text}: {:?}", done.losses));
    (output.text.trim_end().to_owned(), done.status)
}

#[test]
fn tests_are_written_by_the_type_of_the_field() {
    let cases = [
        ("user.name: foo and not user.id: (a or b c)", "user.name:foo AND NOT user.id:(a OR \"b c\")"),
        (
            "user.name: * or not (user.id: x or user.email: *)",
            "_exists_:user.name OR (NOT (user.id:x OR _exists_:user.email))",
        ),
        ("source.ip: \"10.0.0.0/8\" and source.port >= 1024", "source.ip:\"10.0.0.0/8\" AND source.port:>=1024"),
        ("process.name: *a b*", "process.name:*a\\ b*"),
        ("message: (quick or \"brown fox\" or sl*)", "message:(quick OR \"brown fox\" OR sl*)"),
        ("@timestamp > now-1d/d", "@timestamp:{\"now-1d/d\" TO *]"),
        ("user.name: \">5\" or user.name: OR", "user.name:(\">5\" OR \"OR\")"),
        ("user.*: x", "user.\\*:x"),
        ("*", "*:*"),
    ];
    for (kql, lucene) in cases {
        assert_eq!(written(Language::Kql, kql), (lucene.to_owned(), Status::Exact), "{kql}");
        let (source, again) = (query(Language::Kql, kql), query(Language::Lucene, lucene));
        assert!(equal(&source, &again), "{kql}: {}", display_expr(&again.pool, again.logic.roots()[0]));
    }
}

/// Elasticsearch folds ASCII letters only, and so do the classes.
#[test]
fn case_is_folded_by_classes() {
    let cases = [
        (r#"any where process.name : "cmd.exe""#, r"process.name:/[cC][mM][dD]\.[eE][xX][eE]/"),
        (r#"any where process.name : "a?b*""#, r"process.name:/[aA].[bB].*/"),
        (r#"any where process.executable : "C:\\x/y\\*""#, r"process.executable:/[cC]:\\[xX]\/[yY]\\.*/"),
        (r#"any where process.executable : "C:\\x\\""#, r"process.executable:/[cC]:\\[xX][\\]/"),
        (r#"any where process.pid == 4 and user.id : "1-2""#, r#"process.pid:4 AND user.id:"1-2""#),
        (r#"any where process.name regex~ "[a-f]\\.b""#, r"process.name:/[a-fA-F]\.[bB]/"),
        (r#"any where process.name regex "a/b""#, r"process.name:/a\/b/"),
    ];
    for (eql, lucene) in cases {
        assert_eq!(written(Language::Eql, eql), (lucene.to_owned(), Status::Exact), "{eql}");
    }
    let fires = |event: Json| {
        let rule = query(Language::Lucene, cases[2].1);
        Program::compile(&rule).verdict(0, &event) == Some(Verdict::True)
    };
    assert!(
        fires(json!({"process": {"executable": r"c:\X/Y\z"}}))
            && !fires(json!({"process": {"executable": r"c:\X/Yz"}}))
    );
}

/// `index.max_regex_length` is 1,000.
#[test]
fn an_expression_that_is_too_long_costs_the_case() {
    let long = "a".repeat(300);
    let (text, status) = written(Language::Eql, &format!("any where process.name : \"{long}\""));
    assert_eq!((text, status), (format!("process.name:{long}"), Status::Narrowed));
}

#[test]
fn what_has_no_form_is_refused() {
    let refused = |language, text: &str| {
        let done = convert(&query(language, text), Target::Lucene, &options());
        assert_eq!(done.status, Status::Refused, "{text}");
        done.losses.iter().map(|loss| loss.message.clone()).collect::<Vec<_>>().join("; ")
    };
    assert!(refused(Language::Eql, "sequence [any where true] [any where true]").contains("--to eql"));
    assert!(refused(Language::Eql, "any where length(user.name) > 3").contains("has no form"));
}

#[test]
fn an_elastic_rule_takes_the_language_when_it_is_asked_for() {
    let rule = query(Language::Kql, "user.name: foo");
    let done = convert(&rule, Target::Elastic, &Options { language: Some(QueryLanguage::Lucene), ..options() });
    let text = &done.outputs[0].text;
    assert!(text.contains("language = \"lucene\"") && text.contains("type = \"query\""), "{text}");
    assert!(text.contains("user.name:foo"), "{text}");
}

/// Every published rule that tests single events: what is written reads, and prints as itself.
#[test]
fn published_rules_read_back() {
    let Some(folder) = shared("corpora/elastic") else { return };
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for (path, text) in texts(&folder, &["toml"]) {
        let loaded = load(SourceFile::new("rule.toml", text), &Context::default());
        for item in loaded.items.iter().filter(|item| matches!(item.rule.logic, Logic::Event(_))) {
            let done = convert(&item.rule, Target::Lucene, &options());
            *counts.entry(done.status.name()).or_default() += 1;
            let Some(output) = done.outputs.first() else { continue };
            let parsed = detc::lang::lucene::parse(&output.text);
            let query = parsed.query.unwrap_or_else(|| panic!("{}: {:?}", path.display(), parsed.problems));
            assert_eq!(detc::lang::lucene::print(&query), output.text.trim_end_matches('\n'));
        }
    }
    println!("{counts:?}");
    // The others ask for what only EQL or ES|QL can compute.
    let written: usize = counts.iter().filter(|(status, _)| **status != "refused").map(|(_, count)| count).sum();
    assert!(written >= 1_356, "{counts:?}");
}
