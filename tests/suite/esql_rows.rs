//! ES|QL pipelines through the front-end and the evaluator. Expected values are those of Elastic's ES|QL reference and of the behaviour
//! that Elasticsearch's own suites (`*.csv-spec`) show.

use crate::shared::{corpus, texts};
use detc::eval::{EndOfStream, Program};
use detc::frontend::{Context, Language, QueryOptions, load, load_query};
use detc::ir::{Logic, Rule};
use detc::source::SourceFile;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

fn rule(query: &str) -> Rule {
    let (item, problems) = load_query(Language::Esql, query, &QueryOptions::default());
    // The checker has more to say about queries that are made to show an edge: only what cannot be read counts here.
    assert!(problems.iter().all(|problem| problem.lint != "syntax"), "{query}: {problems:?}");
    assert_eq!(item.rule.opaque_reason(), None, "{query}");
    item.rule
}

/// The rows that a query gives, as objects.
pub(crate) fn rows(query: &str, events: &[Json]) -> Vec<Json> {
    let run = Program::compile(&rule(query)).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
    assert!(run.notes.is_empty(), "{query}: {:?}", run.notes);
    run.alerts.into_iter().map(|alert| Json::Object(alert.group.into_iter().collect::<Map<_, _>>())).collect()
}

/// Whether the rows are these, in any order: alerts come in the order of time. Numbers are one type.
fn assert_rows(query: &str, events: &[Json], expected: &[Json]) {
    let sorted = |rows: &[Json]| {
        let mut rows: Vec<Json> = rows.iter().map(plain).collect();
        rows.sort_by_key(Json::to_string);
        rows
    };
    assert_eq!(sorted(&rows(query, events)), sorted(expected), "{query}");
}

/// Keys in order, and whole numbers without a fraction.
pub(crate) fn plain(value: &Json) -> Json {
    match value {
        Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(map) => {
            let sorted: BTreeMap<&String, Json> = map.iter().map(|(key, value)| (key, plain(value))).collect();
            json!(sorted)
        }
        _ => value.clone(),
    }
}

fn logins() -> Vec<Json> {
    let login = |second: u32, user: &str, outcome: &str, bytes: Json| {
        json!({"@timestamp": format!("2024-05-01T10:00:{second:02}Z"), "user": {"name": user},
            "event": {"outcome": outcome}, "bytes": bytes})
    };
    vec![
        login(1, "ann", "failure", json!(10)),
        login(2, "ann", "failure", json!(30)),
        login(3, "bob", "success", json!(5)),
        login(40, "ann", "success", Json::Null),
        json!({"@timestamp": "2024-05-01T10:00:50Z", "event": {"outcome": "failure"}, "bytes": [1, 2]}),
    ]
}

/// `COUNT(field)` counts values, not rows (ES|QL reference, `COUNT`): none of null, each of several.
#[test]
fn values_are_counted_and_not_rows() {
    let query = "FROM logs-* | STATS rows = COUNT(*), values = COUNT(bytes) BY user.name";
    let expected = [("ann", 3, 2), ("bob", 1, 1)]
        .map(|(user, rows, values)| json!({"rows": rows, "values": values, "user.name": user}));
    let of_nobody = json!({"rows": 1, "values": 2, "user.name": null});
    assert_rows(query, &logins(), &[expected.as_slice(), &[of_nobody]].concat());
}

#[test]
fn aggregations_by_group() {
    assert_rows(
        "FROM logs-* | STATS n = COUNT(*), failed = COUNT(*) WHERE event.outcome == \"failure\", sum = SUM(bytes), \
         mean = AVG(bytes), least = MIN(bytes), most = MAX(bytes), outcomes = VALUES(event.outcome), \
         kinds = COUNT_DISTINCT(event.outcome), began = MIN(@timestamp) BY user.name | SORT n DESC, user.name",
        &logins(),
        &[
            json!({"n": 3, "failed": 2, "sum": 40, "mean": 20.0, "least": 10, "most": 30,
                "outcomes": ["failure", "success"], "kinds": 2, "began": "2024-05-01T10:00:01.000Z", "user.name": "ann"}),
            json!({"n": 1, "failed": 0, "sum": 5, "mean": 5.0, "least": 5, "most": 5, "outcomes": "success", "kinds": 1,
                "began": "2024-05-01T10:00:03.000Z", "user.name": "bob"}),
            // The group of null is there, and each of several values counts.
            json!({"n": 1, "failed": 1, "sum": 3, "mean": 1.5, "least": 1, "most": 2, "outcomes": "failure", "kinds": 1,
                "began": "2024-05-01T10:00:50.000Z", "user.name": null}),
        ],
    );
}

#[test]
fn aggregations_of_order() {
    assert_rows(
        "FROM logs-* | STATS f = FIRST(bytes, @timestamp), l = LAST(bytes, @timestamp), t = TOP(bytes, 2, \"desc\"), \
         m = MEDIAN(bytes), d = STD_DEV(bytes) | EVAL d = ROUND(d, 3)",
        &logins(),
        // Of 10, 30, 5, 1 and 2 the mean is 9.6 and the variance 113.84.
        &[json!({"f": 10, "l": 1, "t": [30, 10], "m": 5.0, "d": 10.67})],
    );
}

#[test]
fn results_inside_expressions_and_computed_groups() {
    assert_rows(
        "FROM logs-* | STATS share = ROUND(COUNT(*) * 1.0 / MAX(bytes), 2), some = MV_SLICE(VALUES(user.name), 0, 0) \
         BY window = DATE_TRUNC(30 seconds, @timestamp) | SORT window | KEEP window, share, some",
        &logins(),
        &[
            json!({"window": "2024-05-01T10:00:00.000Z", "share": 0.1, "some": "ann"}),
            json!({"window": "2024-05-01T10:00:30.000Z", "share": 1.0, "some": "ann"}),
        ],
    );
}

#[test]
fn a_count_without_groups_is_there_without_rows() {
    assert_eq!(
        rows("FROM logs-* | WHERE user.name == \"x\" | STATS n = COUNT(*), m = MAX(bytes)", &logins()),
        [json!({"n": 0, "m": null})]
    );
    assert_eq!(
        rows("FROM logs-* | WHERE user.name == \"x\" | STATS n = COUNT(*) BY user.name", &logins()),
        [] as [Json; 0]
    );
}

#[test]
fn inline_stats_keep_the_rows() {
    assert_rows(
        "FROM logs-* | INLINE STATS n = COUNT(*) BY user.name | WHERE n > 1 | KEEP user.name, n, bytes | LIMIT 2",
        &logins(),
        &[json!({"user.name": "ann", "n": 3, "bytes": 10}), json!({"user.name": "ann", "n": 3, "bytes": 30})],
    );
}

#[test]
fn order_nulls_and_limits() {
    let check = |query: &str, bytes: &[Json]| {
        let expected: Vec<Json> = bytes.iter().map(|bytes| json!({"bytes": bytes})).collect();
        assert_rows(&format!("FROM logs-* | {query} | KEEP bytes"), &logins(), &expected);
    };
    // Null is larger than any value unless something else is said.
    check("SORT bytes | LIMIT 2", &[json!([1, 2]), json!(5)]);
    check("SORT bytes | LIMIT 4", &[json!([1, 2]), json!(5), json!(10), json!(30)]);
    check("SORT bytes DESC | LIMIT 2", &[Json::Null, json!(30)]);
    check("SORT bytes DESC NULLS LAST | LIMIT 1", &[json!(30)]);
    check("SORT bytes NULLS FIRST | LIMIT 1", &[Json::Null]);
    check("SORT bytes + 1 | LIMIT 1", &[json!(5)]);
    check("SORT event.outcome, bytes DESC NULLS LAST | LIMIT 1", &[json!(30)]);
    check("SORT @timestamp DESC | LIMIT 1 BY user.name", &[json!([1, 2]), Json::Null, json!(5)]);
}

#[test]
fn columns_are_kept_dropped_renamed_and_expanded() {
    let event = [json!({"host": {"name": "h", "ip": ["1.1.1.1", "2.2.2.2"]}, "a": 1})];
    assert_eq!(
        rows("FROM logs-* | KEEP host.*, x | LIMIT 1", &event),
        [json!({"host.name": "h", "host.ip": ["1.1.1.1", "2.2.2.2"], "x": null})]
    );
    assert_eq!(rows("FROM logs-* | KEEP a, host.name | DROP host* | LIMIT 1", &event), [json!({"a": 1})]);
    assert_eq!(
        rows("FROM logs-* | RENAME host.name AS h, a AS b | KEEP h, b, host.name | LIMIT 1", &event),
        [json!({"h": "h", "b": 1, "host.name": null})]
    );
    assert_eq!(
        rows("FROM logs-* | MV_EXPAND host.ip | WHERE host.ip != \"1.1.1.1\" | KEEP host.ip, a", &event),
        [json!({"host.ip": "2.2.2.2", "a": 1})]
    );
    // A column that is computed anew replaces the field, also for those that come after it.
    assert_eq!(
        rows("FROM logs-* | EVAL a = a + 1, a = a * 10, b = a | STATS x = MAX(a), y = MAX(b)", &event),
        [json!({"x": 20, "y": 20})]
    );
}

#[test]
fn branches_are_joined() {
    assert_rows(
        "FROM logs-* | FORK (WHERE user.name == \"bob\" | KEEP bytes) (STATS bytes = COUNT(*)) | KEEP _fork, bytes",
        &logins(),
        &[json!({"_fork": "fork1", "bytes": 5}), json!({"_fork": "fork2", "bytes": 5})],
    );
}

#[test]
fn now_is_the_last_event() {
    let found = rows("FROM logs-* | WHERE @timestamp > NOW() - 15 seconds | STATS n = COUNT(*)", &logins());
    assert_eq!(found, [json!({"n": 2})]);
}

#[test]
fn the_document_is_a_column() {
    assert_rows(
        "FROM logs-* METADATA _source | EVAL o = JSON_EXTRACT(_source, \"$.event.outcome\") | STATS v = VALUES(o)",
        &logins(),
        &[json!({"v": ["failure", "success"]})],
    );
}

#[test]
fn an_alert_has_the_events_of_its_row() {
    let rule = rule("FROM logs-* | STATS n = COUNT(*), v = VALUES(bytes) BY user.name | WHERE n >= 3");
    assert!(matches!(rule.logic, Logic::Threshold(_) | Logic::Pipeline(_)));
    let run = Program::compile(&rule).run(logins().into_iter().enumerate(), EndOfStream::Complete);
    let lines: Vec<usize> = run.alerts[0].events.iter().map(|record| record.line).collect();
    assert_eq!((run.alerts.len(), lines), (1, vec![0, 1, 3]));
    assert_eq!(run.alerts[0].time.unwrap().to_string(), "2024-05-01T10:00:40Z");
}

/// Every ES|QL rule of the corpus has a form; the evaluator runs all but those that ask a language model, and those with a regular
/// expression that only a backtracking engine takes.
#[test]
fn the_corpus_is_run() {
    let Some(folder) = corpus("elastic") else { return };
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in texts(&folder, &["toml"]).into_iter().filter(|(_, text)| text.contains("language = \"esql\"")) {
        for item in load(SourceFile::new(path.display().to_string(), text), &Context::default()).items {
            assert_eq!(item.rule.opaque_reason(), None, "{}", path.display());
            if let Logic::Pipeline(pipeline) = &item.rule.logic {
                assert!(pipeline.opaque_stages().is_empty(), "{}", path.display());
            }
            let problem = Program::compile(&item.rule).problems().into_iter().next();
            let verdict = problem.map_or_else(|| "run".to_owned(), |note| note.message);
            *found.entry(format!("{}: {verdict}", item.rule.logic.name())).or_default() += 1;
        }
    }
    let found: Vec<(&str, usize)> = found.iter().map(|(verdict, count)| (verdict.as_str(), *count)).collect();
    let expected = [
        ("event: look-ahead `(?=`, `(?!` has no translation", 1),
        ("event: possessive quantifiers have no translation", 2),
        ("event: run", 30),
        ("pipeline: `Esql.triage_result` is what a language model answers", 4),
        ("pipeline: `triage_result` is what a language model answers", 3),
        ("pipeline: run", 163),
        ("threshold: run", 9),
    ];
    assert_eq!(found, expected);
}
