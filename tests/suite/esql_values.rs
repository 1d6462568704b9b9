//! ES|QL's expressions through the front-end and the evaluator. Expected values are those of Elastic's ES|QL reference and of the behaviour
//! that Elasticsearch's own suites (`*.csv-spec`) show.

use crate::esql_rows::rows;
use serde_json::{Value as Json, json};

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
