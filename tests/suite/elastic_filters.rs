//! What stands beside an Elastic rule's query and is part of its meaning: Kibana filters and exception lists.

use crate::frontend_elastic::{KQL, condition, rule};
use detc::frontend::{Context, load};
use detc::source::SourceFile;

/// Elasticsearch's query DSL reference says what each clause asks for.
#[test]
fn kibana_filters_are_part_of_the_condition() {
    let filter = |body: &str| format!("{KQL}[[rule.filters]]\n{body}\n");
    let cases = [
        ("query.match_phrase.\"user.name\" = \"a b\"", r#"user.name == "a b""#),
        ("query.term.\"user.name\".value = \"a\"\nmeta.negate = true", r#"not user.name == "a""#),
        ("query.match_phrase.\"user.name\" = \"a\"\nmeta.disabled = true", ""),
        ("query.terms.\"user.name\" = [\"a\", \"b\"]", r#"user.name in ("a", "b")"#),
        ("query.exists.field = \"user.id\"", "user.id exists"),
        ("exists.field = \"user.id\"\nmeta.negate = true", "not user.id exists"),
        ("query.wildcard.\"user.name\" = {value = \"a*\", case_insensitive = true}", r#"user.name starts with~ "a""#),
        ("query.prefix.\"user.name\" = \"a\"", r#"user.name starts with "a""#),
        ("query.match.message = \"quick fox\"", r#"message has the word "quick" or message has the word "fox""#),
        ("query.match_phrase.message = \"quick fox\"", r#"message has the phrase "quick fox""#),
        (
            "query.match.message = {query = \"a b\", operator = \"and\"}",
            r#"message has the word "a" and message has the word "b""#,
        ),
        (
            "query.bool = {should = [{term = {\"user.name\" = \"a\"}}, {term = {\"user.id\" = \"b\"}}], must_not = {exists = {field = \"user.email\"}}}",
            r#"(user.name == "a" or user.id == "b") and not user.email exists"#,
        ),
        // Beside `filter`, a `should` that says nothing of its number only ranks.
        (
            "query.bool = {filter = [{term = {\"user.name\" = \"a\"}}], should = [{term = {\"user.id\" = \"b\"}}]}",
            r#"user.name == "a""#,
        ),
        (
            "meta = {type = \"combined\", relation = \"OR\", params = [{query = {match_phrase = {\"user.name\" = \"a\"}}}, {meta = {negate = true}, query = {exists = {field = \"user.id\"}}}]}",
            r#"user.name == "a" or not user.id exists"#,
        ),
        ("query.match_all = {}", ""),
        // A query string reads as Lucene, in which white space is no operator: a keyword is compared with the whole.
        ("query.query_string = {query = \"a b\", default_field = \"user.name\"}", r#"user.name == "a b""#),
        (
            "query.query_string.query = 'user.name:adm* AND NOT process.parent.name:(a OR \"b c\")'",
            r#"user.name starts with "adm" and not process.parent.name in ("a", "b c")"#,
        ),
        (
            "query.query_string = {query = \"a OR b\", default_field = \"user.name\", analyze_wildcard = true}\nmeta.negate = true",
            r#"not user.name in ("a", "b")"#,
        ),
        (
            "query.query_string = {query = \"_exists_:user.id\", fields = [\"*\"], default_operator = \"OR\"}",
            "user.id exists",
        ),
    ];
    for (body, expected) in cases {
        let expected = if expected.is_empty() { "true" } else { expected };
        assert_eq!(condition("", &filter(body)), expected, "{body}");
    }
}

/// One value of the field lies between the bounds: neither 0 nor 2000 does.
#[test]
fn a_range_filter_speaks_of_one_value() {
    let text = format!(
        "[rule]\nname = \"x\"\nquery = \"\"\n{KQL}[[rule.filters]]\nquery.range.\"source.port\" = {{gte = 1, lt = 1024}}\n"
    );
    let (loaded, problems) = rule(&text);
    assert!(problems.is_empty(), "{problems:?}");
    let program = detc::eval::Program::compile(&loaded.items[0].rule);
    let verdict = |port: serde_json::Value| {
        program.verdict(0, &serde_json::json!({"source": {"port": port}})) == Some(detc::eval::Verdict::True)
    };
    assert!(verdict(22.into()) && verdict(1.into()) && !verdict(1024.into()) && !verdict(0.into()));
    assert!(!verdict(vec![0, 2_000].into()) && verdict(vec![0, 22].into()));
}

#[test]
fn a_filter_without_a_form_is_a_hole_with_its_reason() {
    for body in [
        "query.script.script = \"x\"",
        "query.geo_distance.distance = \"1km\"",
        "query.match.message = {query = \"a\", fuzziness = 1}",
        "query.bool = {should = [{exists = {field = \"a\"}}, {exists = {field = \"b\"}}, {exists = {field = \"c\"}}], minimum_should_match = 2}",
        "query.term.message = \"Quick\"",
        "query.query_string = {query = \"user.id:(a b)\", default_operator = \"AND\"}",
        "query.query_string = {query = \"a\", fields = [\"user.name\", \"user.id\"]}",
        "query.query_string = {query = \"user.id:a\", fuzziness = 2}",
    ] {
        let text = format!("[rule]\nname = \"x\"\nquery = \"user.name: a\"\n{KQL}[[rule.filters]]\n{body}\n");
        let (loaded, problems) = rule(&text);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(loaded.items[0].rule.opaque_parts(), 1, "{body}");
        assert!(loaded.items[0].rule.opaque_reason().is_some());
    }
}

/// Elasticsearch fails the search for a query string that it cannot read.
#[test]
fn a_query_string_in_a_filter_is_checked_as_lucene_is() {
    for body in [
        "query.query_string.query = \"user.name:(a OR b\"",
        "meta = {type = \"combined\", params = [{query = {query_string = {query = \"user.name:(a OR b\"}}}]}",
        "query.bool.must_not.query_string.query = \"user.name:(a OR b\"",
    ] {
        let text = format!("[rule]\nname = \"x\"\nquery = \"user.id: a\"\n{KQL}[[rule.filters]]\n{body}\n");
        let (loaded, _) = rule(&text);
        let said: Vec<_> = loaded.diagnostics.iter().filter(|said| said.lint == "syntax").collect();
        assert_eq!(said.len(), 1, "{body}: {said:?}");
        assert_eq!(&text[said[0].location.span.range()], "(", "{body}");
        assert!(said[0].help.is_some(), "{body}");
    }
}

const LIST: &str = r#"[metadata]
creation_date = "2026/01/05"
list_name = "Known scanners"
rule_ids = ["3c1b7a1e-5a54-4d7a-9a51-000000000002"]
rule_names = ["x"]
updated_date = "2026/01/05"

[[exceptions]]

[exceptions.container]
description = "Scanners of our own"
list_id = "known-scanners"
name = "Known scanners"
namespace_type = "single"
type = "detection"

[[exceptions.items]]
comments = []
description = "The weekly scan"
item_id = "weekly-scan"
list_id = "known-scanners"
name = "The weekly scan"
namespace_type = "single"
type = "simple"

[[exceptions.items.entries]]
field = "user.name"
operator = "included"
type = "match_any"
value = ["scan", "probe"]

[[exceptions.items.entries]]
field = "source.ip"
operator = "excluded"
type = "exists"
"#;

#[test]
fn exception_items_are_named_exclusions_of_the_rules_that_they_are_for() {
    let by_id =
        "[rule]\nname = \"x\"\nrule_id = \"3c1b7a1e-5a54-4d7a-9a51-000000000002\"\nquery = \"event.action: a\"\n";
    let by_list = "[rule]\nname = \"y\"\nrule_id = \"3c1b7a1e-5a54-4d7a-9a51-000000000003\"\nquery = \"event.action: a\"\n\
                   exceptions_list = [{id = \"x\", list_id = \"known-scanners\", namespace_type = \"single\", type = \"detection\"}]\n";
    let other =
        "[rule]\nname = \"z\"\nrule_id = \"3c1b7a1e-5a54-4d7a-9a51-000000000004\"\nquery = \"event.action: a\"\n";
    let mut files: Vec<detc::frontend::Loaded> =
        [LIST.to_owned(), format!("{by_id}{KQL}"), format!("{by_list}{KQL}"), format!("{other}{KQL}")]
            .into_iter()
            .map(|text| load(SourceFile::new("x.toml", text), &Context::default()))
            .collect();
    assert!(files.iter().all(|file| file.diagnostics.is_empty()), "{:?}", files[0].diagnostics);
    detc::frontend::apply_filters(&mut files);
    let exclusions: Vec<usize> = files.iter().map(|file| file.items[0].rule.exclusions.len()).collect();
    assert_eq!(exclusions, [0, 1, 1, 0]);
    assert!(!files[0].items[0].rule.is_rule());
    let rule = &files[2].items[0].rule;
    assert_eq!(rule.exclusions[0].name, "The weekly scan");
    assert_eq!(
        detc::ir::display_expr(&rule.pool, rule.exclusions[0].condition),
        r#"user.name in ("scan", "probe") and not source.ip exists"#
    );
    assert!(
        rule.assumptions.iter().all(|assumption| !assumption.contains("exception lists")),
        "{:?}",
        rule.assumptions
    );
    let program = detc::eval::Program::compile(rule);
    let verdict = |event: serde_json::Value| program.verdict(0, &event) == Some(detc::eval::Verdict::True);
    assert!(verdict(serde_json::json!({"event": {"action": "a"}, "user": {"name": "other"}})));
    assert!(!verdict(serde_json::json!({"event": {"action": "a"}, "user": {"name": "scan"}})));
    assert!(verdict(
        serde_json::json!({"event": {"action": "a"}, "user": {"name": "scan"}, "source": {"ip": "192.0.2.1"}})
    ));
}
