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
fn rows(query: &str, events: &[Json]) -> Vec<Json> {
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
fn plain(value: &Json) -> Json {
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

/// The value of one expression.
fn value(expression: &str) -> Json {
    let mut found = rows(&format!("ROW x = {expression}"), &[]);
    assert_eq!(found.len(), 1, "{expression}");
    found.remove(0)["x"].clone()
}

fn check(cases: &[(&str, Json)]) {
    for (expression, expected) in cases {
        assert_eq!(value(expression), *expected, "{expression}");
    }
}

#[test]
fn numbers() {
    check(&[
        ("1 + 2 * 3", json!(7)),
        ("7 / 2", json!(3)),
        ("7 / 2.0", json!(3.5)),
        ("-7 % 4", json!(-3)),
        ("1 / 0", Json::Null),
        ("round(2.5)", json!(3.0)),
        ("round(-2.5)", json!(-3.0)),
        ("round(123.456, 2)", json!(123.46)),
        ("round(1234, -2)", json!(1200)),
        ("abs(-5)", json!(5)),
        ("ceil(1.2)", json!(2.0)),
        ("floor(-1.2)", json!(-2.0)),
        ("greatest(3, 9, 4)", json!(9)),
        ("least(\"b\", \"a\")", json!("a")),
        ("log(2, 8)", json!(3.0)),
        ("log(-1)", Json::Null),
        ("sqrt(9)", json!(3.0)),
        ("pow(2, 10)", json!(1024.0)),
        ("signum(-8)", json!(-1.0)),
        ("abs(null)", Json::Null),
        ("abs([1, -2])", Json::Null),
    ]);
}

#[test]
fn texts_count_code_points() {
    check(&[
        ("length(\"äö\")", json!(2)),
        ("byte_length(\"äö\")", json!(4)),
        ("concat(\"a\", \"b\", \"c\")", json!("abc")),
        ("concat(\"a\", null)", Json::Null),
        ("left(\"hello\", 2)", json!("he")),
        ("right(\"hello\", 3)", json!("llo")),
        ("locate(\"a tiger\", \"ti\")", json!(3)),
        ("locate(\"abcabc\", \"b\", 3)", json!(5)),
        ("locate(\"abc\", \"x\")", json!(0)),
        ("substring(\"hello\", 2)", json!("ello")),
        ("substring(\"hello\", -2)", json!("lo")),
        ("substring(\"hello\", 2, 3)", json!("ell")),
        ("trim(\"  a \")", json!("a")),
        ("space(3)", json!("   ")),
        ("repeat(\"ab\", 2)", json!("abab")),
        ("reverse(\"abc\")", json!("cba")),
        ("to_upper(\"äb\")", json!("ÄB")),
        ("split(\"a;b;c\", \";\")", json!(["a", "b", "c"])),
        ("starts_with(\"abc\", \"ab\")", json!(true)),
        ("ends_with(\"abc\", \"ab\")", json!(false)),
        ("contains(\"abc\", \"b\")", json!(true)),
        ("from_base64(\"ZWxhc3RpYw==\")", json!("elastic")),
        ("to_base64(\"elastic\")", json!("ZWxhc3RpYw==")),
        ("url_decode(\"a%20b+c%C3%A4\")", json!("a b cä")),
        ("url_decode(\"100%\")", Json::Null),
        ("url_encode(\"a b&ä\")", json!("a+b%26%C3%A4")),
        ("url_encode_component(\"a b\")", json!("a%20b")),
    ]);
}

#[test]
fn replace_takes_java_regular_expressions() {
    check(&[
        ("replace(\"Hello World\", \"World\", \"Universe\")", json!("Hello Universe")),
        ("replace(\"This is spaced\", \"\\\\s+\", \"\")", json!("Thisisspaced")),
        ("replace(\"a1b22\", \"[0-9]+\", \"<$0>\")", json!("a<1>b<22>")),
        ("replace(\"key=value\", \"(\\\\w+)=(\\\\w+)\", \"$2$1\")", json!("valuekey")),
        ("replace(\"ABC\", \"(?i)b\", \"-\")", json!("A-C")),
        // In Java `\d` and `\w` are ASCII.
        ("replace(\"٣3\", \"\\\\d\", \"x\")", json!("٣x")),
        ("replace(\"5\", \"5\", \"\\\\$\")", json!("$")),
    ]);
}

#[test]
fn json_extract_takes_paths() {
    let document = r#"{"user": {"name": "a", "tags": ["x", {"y": 1}]}, "a.b": true, "n": null}"#;
    for (path, expected) in [
        ("user.name", json!("a")),
        ("$.user['name']", json!("a")),
        ("user.tags[0]", json!("x")),
        ("user.tags[ 1 ].y", json!("1")),
        ("user.tags", json!(r#"["x",{"y":1}]"#)),
        ("['a.b']", json!("true")),
        ("a.b", Json::Null),
        ("n", Json::Null),
        ("user.tags[-1]", Json::Null),
        ("user.tags[9]", Json::Null),
        ("User.name", Json::Null),
    ] {
        assert_eq!(value(&format!("json_extract(\"\"\"{document}\"\"\", \"{path}\")")), expected, "{path}");
    }
    assert_eq!(value("json_extract(\"not json\", \"a\")"), Json::Null);
}

#[test]
fn dates() {
    let date = |text: &str| format!("to_datetime(\"{text}\")");
    let late = date("2023-10-23T13:55:01.543Z");
    let cases = [
        (format!("date_trunc(1 hour, {late})"), json!("2023-10-23T13:00:00.000Z")),
        (format!("date_trunc(5 minutes, {late})"), json!("2023-10-23T13:55:00.000Z")),
        (format!("date_trunc(1 week, {late})"), json!("2023-10-23T00:00:00.000Z")),
        (format!("date_trunc(1 month, {late})"), json!("2023-10-01T00:00:00.000Z")),
        (format!("date_trunc(1 quarter, {late})"), json!("2023-10-01T00:00:00.000Z")),
        (format!("date_trunc(1 year, {late})"), json!("2023-01-01T00:00:00.000Z")),
        (format!("date_trunc(30s, {late})"), json!("2023-10-23T13:55:00.000Z")),
        (format!("bucket({late}, 1 day)"), json!("2023-10-23T00:00:00.000Z")),
        // Examples of the reference: the difference counts whole units.
        (
            format!(
                "date_diff(\"microseconds\", {}, {})",
                date("2023-12-02T11:00:00.000Z"),
                date("2023-12-02T11:00:00.001Z")
            ),
            json!(1000),
        ),
        (format!("date_diff(\"year\", {}, {})", date("2023-12-31T23:59:59Z"), date("2024-01-01T00:00:00Z")), json!(0)),
        (format!("date_diff(\"month\", {}, {})", date("2023-01-31T00:00:00Z"), date("2023-03-01T00:00:00Z")), json!(1)),
        (
            format!("date_diff(\"minutes\", {}, {})", date("2023-01-01T00:10:00Z"), date("2023-01-01T00:00:01Z")),
            json!(-9),
        ),
        (format!("date_extract(\"hour_of_day\", {late})"), json!(13)),
        (format!("date_extract(\"day_of_week\", {late})"), json!(1)),
        (format!("day_name({late})"), json!("Monday")),
        (format!("date_format(\"yyyy-MM-dd\", {late})"), json!("2023-10-23")),
        ("date_parse(\"yyyy-MM-dd\", \"2022-05-06\")".to_owned(), json!("2022-05-06T00:00:00.000Z")),
        (format!("{late} + 1 month"), json!("2023-11-23T13:55:01.543Z")),
        (format!("{late} - 90 minutes"), json!("2023-10-23T12:25:01.543Z")),
        (format!("to_string({late})"), json!("2023-10-23T13:55:01.543Z")),
        (format!("to_long({})", date("1970-01-01T00:00:01Z")), json!(1000)),
        ("to_datetime(\"soon\")".to_owned(), Json::Null),
    ];
    for (expression, expected) in cases {
        assert_eq!(value(&expression), expected, "{expression}");
    }
}

#[test]
fn conversions_and_casts() {
    check(&[
        ("\"42\"::integer", json!(42)),
        ("to_integer(2.5)", json!(3)),
        ("to_integer(\"x\")", Json::Null),
        ("to_integer(3000000000)", Json::Null),
        ("to_long(true)", json!(1)),
        ("to_double(\"1.5\")", json!(1.5)),
        ("to_boolean(\"TRUE\")", json!(true)),
        ("to_boolean(0)", json!(false)),
        ("to_string([1, 2])", json!(["1", "2"])),
        ("to_ip(\"::ffff:10.0.0.1\")", json!("10.0.0.1")),
        ("to_ip(\"x\")", Json::Null),
        ("to_string(10)", json!("10")),
        ("st_x(to_geopoint(\"POINT(1.5 2)\"))", json!(1.5)),
        ("st_y(to_geopoint(\"POINT(1.5 2)\"))", json!(2.0)),
        ("cidr_match(to_ip(\"10.1.2.3\"), \"10.0.0.0/8\", \"1.1.1.1\")", json!(true)),
        ("ip_prefix(to_ip(\"10.1.2.3\"), 16, 0)", json!("10.1.0.0")),
    ]);
    // A degree of the equator is 111.195 km on a sphere of the mean radius.
    let metres = value("st_distance(to_geopoint(\"POINT(0 0)\"), to_geopoint(\"POINT(1 0)\"))");
    assert!((metres.as_f64().unwrap() - 111_195.08).abs() < 0.1, "{metres}");
}

#[test]
fn several_values() {
    check(&[
        ("mv_count([\"a\", \"b\"])", json!(2)),
        ("mv_first([\"b\", \"a\"])", json!("b")),
        ("mv_last([\"b\", \"a\"])", json!("a")),
        ("mv_min([3, 1])", json!(1)),
        ("mv_max([3, 1])", json!(3)),
        ("mv_sum([3, 5, 6])", json!(14)),
        ("mv_avg([3, 5, 1, 6])", json!(3.75)),
        ("mv_median([3, 5, 1])", json!(3)),
        ("mv_median([3, 7, 1, 6])", json!(4)),
        ("mv_concat([\"foo\", \"zoo\", \"bar\"], \", \")", json!("foo, zoo, bar")),
        ("mv_concat(to_string([10, 9]), \", \")", json!("10, 9")),
        ("mv_dedupe([\"foo\", \"foo\", \"bar\"])", json!(["foo", "bar"])),
        ("mv_slice([1, 2, 2, 3], 1)", json!(2)),
        ("mv_slice([1, 2, 2, 3], 2, 3)", json!([2, 3])),
        ("mv_slice([1, 2, 2, 3], -2)", json!(2)),
        ("mv_slice([1, 2, 2, 3], -3, -2)", json!([2, 2])),
        ("mv_slice([1], 5, 9)", Json::Null),
        ("mv_sort([4, 2, -3, 2], \"desc\")", json!([4, 2, 2, -3])),
        ("mv_zip([\"x\", \"y\", \"z\"], [\"1\", \"2\"], \"-\")", json!(["x-1", "y-2", "z"])),
        ("mv_append([\"a\"], [\"b\", \"a\"])", json!(["a", "b", "a"])),
        ("mv_contains([\"a\", \"b\"], [\"b\"])", json!(true)),
        ("mv_contains([\"a\", \"b\"], [\"c\"])", json!(false)),
        ("mv_contains([\"a\"], null)", json!(true)),
        ("mv_contains(null, [\"a\"])", json!(false)),
        ("mv_intersection([\"a\", \"b\"], [\"b\", \"c\"])", json!("b")),
        ("mv_intersection([\"a\"], [\"b\"])", Json::Null),
        ("mv_count(null)", Json::Null),
    ]);
}

#[test]
fn conditions_are_values_with_null() {
    check(&[
        ("1 == 1", json!(true)),
        ("null == 1", Json::Null),
        ("true OR null", json!(true)),
        ("false OR null", Json::Null),
        ("false AND null", json!(false)),
        ("NOT null", Json::Null),
        ("1 IN (2, null)", Json::Null),
        ("1 IN (1, null)", json!(true)),
        ("1 NOT IN (2, 3)", json!(true)),
        ("\"abc\" LIKE \"a*\"", json!(true)),
        ("\"abc\" RLIKE \"a.\"", json!(false)),
        ("null IS NULL", json!(true)),
        ("case(false, 1, true, 2, 3)", json!(2)),
        ("case(null, 1, 3)", json!(3)),
        ("case(false, 1)", Json::Null),
        ("coalesce(null, 2, 3)", json!(2)),
        ("coalesce(null, [1, 2])", json!([1, 2])),
        // A comparison with several values is null.
        ("[1, 2] == 1", Json::Null),
    ]);
}

#[test]
fn dissect() {
    let first = |query: &str| rows(query, &[]).remove(0);
    let row = first(
        "ROW a = \"2023-01-23T12:15:00Z - some text - 127.0.0.1\" | DISSECT a \"%{date} - %{msg} - %{ip}\" | DROP a",
    );
    assert_eq!(row, json!({"date": "2023-01-23T12:15:00Z", "msg": "some text", "ip": "127.0.0.1"}));
    let row = first("ROW a = \"one two\" | DISSECT a \"%{b} %{c} end\" | KEEP b, c");
    assert_eq!(row, json!({"b": null, "c": null}));
    let row = first(
        "ROW a = \"x 1 y 2 z\" | DISSECT a \"%{+b/3} %{?skipped} %{+b/2} %{} %{+b/1}\" APPEND_SEPARATOR=\",\" | DROP a",
    );
    assert_eq!(row, json!({"b": "z,y,x"}));
    let row = first("ROW a = \"foo       bar\" | DISSECT a \"%{b->} %{c}\" | DROP a");
    assert_eq!(row, json!({"b": "foo", "c": "bar"}));
    let row = first("ROW a = [\"a 1\", \"b 2\", \"c\"] | DISSECT a \"%{x} %{y}\" | DROP a");
    assert_eq!(row, json!({"x": ["a", "b"], "y": ["1", "2"]}));
}

#[test]
fn grok() {
    let first = |query: &str| rows(query, &[]).remove(0);
    let row = first(
        "ROW a = \"2023-01-23T12:15:00Z 127.0.0.1 user@example.com 42\" \
         | GROK a \"%{TIMESTAMP_ISO8601:date} %{IP:ip} %{EMAILADDRESS:email} %{NUMBER:num:int}\" | DROP a",
    );
    assert_eq!(row, json!({"date": "2023-01-23T12:15:00Z", "ip": "127.0.0.1", "email": "user@example.com", "num": 42}));
    let row =
        first("ROW a = \"1.2.3.4 [2023-01-23T12:15:00Z] Connected\" | GROK a \"%{WORD:b}? %{NUMBER:c:int}!\" | DROP a");
    assert_eq!(row, json!({"b": null, "c": null}));
    let row = first("ROW a = \"foo bar\" | GROK a \"%{WORD:b} %{WORD:b}\" | DROP a");
    assert_eq!(row, json!({"b": ["foo", "bar"]}));
    let row = first("ROW a = \"XYZ here\" | GROK a \"ABC %{WORD:x}\", \"XYZ %{WORD:y}\" | DROP a");
    assert_eq!(row, json!({"x": null, "y": "here"}));
    let row = first("ROW a = \"id=[arn:7]\" | GROK a \"\"\"id=\\[(?<Esql.the_id>[a-z]+):(?<n>\\d+)\"\"\" | DROP a");
    assert_eq!(row, json!({"Esql.the_id": "arn", "n": "7"}));
    // In the syntax of grok `^` stands at every line, and `(?m)` lets a dot stand for a line break.
    let row = first("ROW a = \"x\\nkey: v\" | GROK a \"^key: %{WORD:v}\" | DROP a");
    assert_eq!(row, json!({"v": "v"}));
    let row = first("ROW a = \"http://example.com:80/x\" | GROK a \"%{URIPROTO:proto}://%{URIHOST:host}\" | DROP a");
    assert_eq!(row, json!({"proto": "http", "host": "example.com:80"}));
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
