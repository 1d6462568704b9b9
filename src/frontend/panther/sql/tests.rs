//! Queries and what they say of events. Expected values follow SQL's three-valued logic and Snowflake's documentation.

use crate::eval::{EndOfStream, Program};
use crate::frontend::{Context, Loaded, load};
use crate::ir::{FieldPath, Logic, Measure, Window, display_expr};
use crate::source::SourceFile;
use serde_json::{Value as Json, json};
use std::time::Duration;

const TABLE: &str = "panther_logs.public.okta_systemlog";

fn loaded(sql: &str) -> Loaded {
    let head = "AnalysisType: scheduled_query\nQueryName: Q\nEnabled: true\nSchedule: {RateMinutes: 15, TimeoutMinutes: 5}\nQuery: |\n";
    let text = format!("{head}  {}\n", sql.replace('\n', "\n  "));
    let loaded = load(SourceFile::new("q.yml", text), &Context::default());
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded
}

/// Whether a condition lets an event through.
fn fires(condition: &str, event: &Json) -> bool {
    let loaded = loaded(&format!("SELECT * FROM {TABLE} WHERE {condition}"));
    let rule = &loaded.items[0].rule;
    assert_eq!(rule.opaque_parts(), 0, "{condition}: {:?}", rule.opaque_reason());
    let run = Program::compile_all(&[rule]).run([(1, event.clone())], EndOfStream::Complete);
    !run.alerts.is_empty()
}

#[test]
fn comparisons_on_null_are_neither_true_nor_false() {
    for (condition, event, expected) in [
        ("a = 'x'", json!({"a": "x"}), true),
        ("A = 'x'", json!({"a": "x"}), true),
        ("a = 'x'", json!({"a": "X"}), false),
        ("a <> 'x'", json!({"a": "y"}), true),
        ("a <> 'x'", json!({}), false),
        ("NOT a = 'x'", json!({"a": null}), false),
        ("a:b:c::string = 'x'", json!({"a": {"b": {"c": "x"}}}), true),
        ("a:b.c = 'x'", json!({"a": {"b": {"c": "x"}}}), true),
        ("a:list[0].b = 'x'", json!({"a": {"list": [{"b": "x"}]}}), true),
        ("a IN ('x', 'y')", json!({"a": "y"}), true),
        ("a NOT IN ('x', 'y')", json!({"a": "z"}), true),
        ("a NOT IN ('x', 'y')", json!({}), false),
        ("a IS NULL", json!({}), true),
        ("a IS NOT NULL", json!({"a": ""}), true),
        // JSON's null inside a variant is a value; cast to a text it is none.
        ("a:b IS NULL", json!({"a": {"b": null}}), false),
        ("a:b::string IS NULL", json!({"a": {"b": null}}), true),
        ("a = 'x' OR b = 'x'", json!({"b": "x"}), true),
        ("NOT (a = 'x' OR b = 'x')", json!({"b": "y"}), false),
        ("n > 3", json!({"n": 4}), true),
        ("3 < n", json!({"n": 3}), false),
        ("n BETWEEN 2 AND 4", json!({"n": 4}), true),
        ("LEN(a) >= 3", json!({"a": "abc"}), true),
    ] {
        assert_eq!(fires(condition, &event), expected, "{condition} on {event}");
    }
}

#[test]
fn patterns() {
    for (condition, event, expected) in [
        ("a LIKE '102%'", json!({"a": "102x"}), true),
        ("a LIKE '%b_d'", json!({"a": "abcd"}), true),
        ("a LIKE 'X%'", json!({"a": "xy"}), false),
        ("a ILIKE 'X%'", json!({"a": "xy"}), true),
        ("a NOT LIKE 'x%'", json!({}), false),
        ("a LIKE ANY ('x%', '%y')", json!({"a": "ay"}), true),
        ("lower(a) = 'x'", json!({"a": "X"}), true),
        ("startswith(a, 'x')", json!({"a": "xy"}), true),
        ("contains(a, 'x')", json!({"a": "ayx"}), true),
        // The whole text has to fit.
        ("a RLIKE 'b+'", json!({"a": "abb"}), false),
        ("regexp_like(a, '.*B+', 'i')", json!({"a": "abb"}), true),
        ("array_contains('x'::variant, list)", json!({"list": ["y", "x"]}), true),
    ] {
        assert_eq!(fires(condition, &event), expected, "{condition} on {event}");
    }
}

#[test]
fn windows() {
    for (condition, minutes) in [
        ("p_occurs_since('1 d')", 1440),
        ("p_occurs_since(3600)", 60),
        ("p_event_time >= CURRENT_TIMESTAMP - INTERVAL '30 minutes'", 30),
        ("p_event_time > DATEADD(minute, -10, CURRENT_TIMESTAMP())", 10),
    ] {
        let loaded = loaded(&format!("SELECT * FROM {TABLE} WHERE a = 'x' AND {condition}"));
        let rule = &loaded.items[0].rule;
        assert_eq!(rule.meta.schedule.look_back, Some(Duration::from_secs(minutes * 60)), "{condition}");
        let Logic::Event(filter) = rule.logic else { panic!("{:?}", rule.logic) };
        assert_eq!(display_expr(&rule.pool, filter), "a == \"x\"");
        assert_eq!(rule.data_source.log_types[0].value, "Okta.SystemLog");
    }
}

#[test]
fn counts_per_group_are_thresholds() {
    let loaded = loaded(&format!(
        "SELECT actor:id AS who, count(DISTINCT client:ipAddress) AS addresses FROM {TABLE}\nWHERE p_occurs_since('1 h')\nGROUP BY who\nHAVING addresses >= 3 AND COUNT(*) > 5"
    ));
    let Logic::Threshold(threshold) = &loaded.items[0].rule.logic else { panic!("{:?}", loaded.items[0].rule.logic) };
    assert_eq!(threshold.group_by.iter().map(FieldPath::name).collect::<Vec<_>>(), ["actor.id"]);
    assert!(
        matches!(&threshold.bounds[0].measure, Measure::Distinct(fields) if fields[0].name() == "client.ipAddress")
    );
    assert_eq!(threshold.bounds[1].measure, Measure::Count);
    let (look_back, interval) = (Duration::from_hours(1), Duration::from_mins(15));
    assert_eq!(threshold.window, Window::Run { look_back, interval });
}

/// Every way to say that no row of another selection has the same value.
#[test]
fn anti_joins_are_absence() {
    let other = format!("SELECT b AS key FROM {TABLE} WHERE eventType = 'n' AND p_occurs_since('2 h')");
    let left = format!("FROM {TABLE} t");
    let filter = "t.eventType = 'p' AND p_occurs_since('1 h')";
    for sql in [
        format!("WITH o AS ({other})\nSELECT t.a {left} LEFT JOIN o ON t.a = o.key WHERE o.key IS NULL AND {filter}"),
        format!("SELECT t.a {left} LEFT JOIN ({other}) o ON o.key = t.a WHERE {filter} AND o.key IS NULL"),
        format!("SELECT t.a {left} WHERE {filter} AND t.a NOT IN ({other})"),
        format!(
            "WITH o AS ({other})\nSELECT t.a {left} WHERE {filter} AND NOT EXISTS (SELECT 1 FROM o WHERE o.key = t.a)"
        ),
    ] {
        let loaded = loaded(&sql);
        let rule = &loaded.items[0].rule;
        let Logic::Group(group) = &rule.logic else { panic!("{sql}: {:?}", rule.opaque_reason()) };
        let members: Vec<(bool, Option<u64>, String)> = group
            .members
            .iter()
            .map(|member| {
                let shown = display_expr(&rule.pool, member.source.filter().unwrap());
                (member.absent, member.look_back.map(|window| window.as_secs() / 60), shown)
            })
            .collect();
        let expected =
            [(false, Some(60), "eventType == \"p\"".to_owned()), (true, Some(120), "eventType == \"n\"".to_owned())];
        assert_eq!(members, expected, "{sql}");
        let key: Vec<String> = group.criteria[0].iter().map(|(_, field)| field.name()).collect();
        assert_eq!(key, ["a", "b"], "{sql}");
    }
}

#[test]
fn what_has_no_form_stays_text_with_its_place() {
    for (sql, place) in [
        (format!("SELECT * FROM {TABLE} UNION SELECT * FROM {TABLE}"), "SELECT"),
        (format!("SELECT * FROM {TABLE} WHERE a = '{{{{ x }}}}'"), "{{"),
        (format!("SELECT a, count(*) FROM {TABLE} GROUP BY left(a, 3)"), "left"),
        (format!("SELECT * FROM {TABLE} a FULL OUTER JOIN {TABLE} b ON a.x = b.x"), "panther_logs"),
    ] {
        let loaded = loaded(&sql);
        let Logic::Opaque(opaque) = &loaded.items[0].rule.logic else { panic!("{sql}") };
        let shown = loaded.unit.slice(opaque.origin.unwrap());
        assert!(shown.starts_with(place), "{sql}: {} at {shown:?}", opaque.reason);
    }
    let holes = loaded(&format!("SELECT * FROM {TABLE} WHERE a = 'x' AND soundex(b) = 'y'"));
    let rule = &holes.items[0].rule;
    assert_eq!((rule.logic.name(), rule.opaque_parts()), ("event", 1));
}
