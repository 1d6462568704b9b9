use crate::eval::{Conditions, Event, Verdict};
use crate::frontend::{Context, Loaded, load};
use crate::ir::{Logic, display_expr};
use crate::source::SourceFile;
use serde_json::{Value as Json, json};

const HEAD: &str = "AnalysisType: rule\nRuleID: A.B\nEnabled: true\nLogTypes: [GitHub.Audit]\nSeverity: Info\n";

fn rule(more: &str) -> Loaded {
    load(SourceFile::new("r.yml", format!("{HEAD}{more}")), &Context::default())
}

/// A detection of one match expression, in flow style.
fn fires(expression: &str, event: &Json) -> bool {
    let loaded = rule(&format!("Detection:\n  - {expression}\n"));
    let errors: Vec<_> = loaded.diagnostics.iter().map(|found| &found.message).collect();
    assert!(errors.is_empty(), "{expression}: {errors:?}");
    let rule = &loaded.items[0].rule;
    let Logic::Event(condition) = rule.logic else { panic!("{:?}", rule.logic) };
    Conditions::new(&rule.pool, &[condition], rule.event_model).verdict(condition, &Event::new(event, rule.event_model))
        == Verdict::True
}

/// For each event whether the condition holds, and whether `None` of it does: neither is an exception.
fn table(key: &str, condition: &str, rows: &[(Json, bool, bool)]) {
    for (event, holds, fails) in rows {
        let expression = format!("{{{key}, Condition: {condition}}}");
        assert_eq!(fires(&expression, event), *holds, "{expression} on {event}");
        let none = format!("{{None: [{expression}]}}");
        assert_eq!(fires(&none, event), *fails, "{none} on {event}");
    }
}

#[test]
fn equality_and_texts() {
    let a = |value: Json| json!({ "a": value });
    table(
        "Key: a, Value: x",
        "Equals",
        &[(a(json!("x")), true, false), (a(json!("X")), false, true), (json!({}), false, true)],
    );
    table("Key: a, Value: x", "IEquals", &[(a(json!("X")), true, false), (a(json!(1)), false, true)]);
    table(
        "Key: a, Value: 1",
        "Equals",
        &[(a(json!(1)), true, false), (a(json!(true)), true, false), (a(json!("1")), false, true)],
    );
    table("Key: a, Value: x", "DoesNotEqual", &[(json!({}), true, false), (a(json!("x")), false, true)]);
    table(
        "Key: a, Value: ab",
        "StartsWith",
        &[(a(json!("abc")), true, false), (a(json!(5)), false, true), (a(json!("ABC")), false, true)],
    );
    table("Key: a, Value: BC", "IEndsWith", &[(a(json!("abc")), true, false)]);
    table("Key: a, Value: ab", "DoesNotStartWith", &[(a(json!(null)), true, false), (a(json!("ab")), false, true)]);
}

#[test]
fn containing() {
    let a = |value: Json| json!({ "a": value });
    // A number contains nothing and is no container: an exception.
    table(
        "Key: a, Value: b",
        "Contains",
        &[
            (a(json!("abc")), true, false),
            (a(json!(["b"])), true, false),
            (a(json!(["abc"])), true, false),
            (a(json!({"b": 1})), true, false),
            (a(json!(null)), false, true),
            (a(json!(5)), false, false),
        ],
    );
    table("Key: a, Value: b", "Has", &[(a(json!(["b"])), true, false), (a(json!(["abc"])), false, true)]);
    table("Key: a, Value: B", "IContains", &[(a(json!("abc")), true, false)]);
    table(
        "Key: a, Values: [b, c]",
        "IsIn",
        &[(a(json!("c")), true, false), (a(json!(["x", "c"])), true, false), (json!({}), false, true)],
    );
    table("Key: a, Values: [b, c]", "IsNotIn", &[(json!({}), true, false), (a(json!("b")), false, true)]);
}

#[test]
fn presence_order_and_addresses() {
    let a = |value: Json| json!({ "a": value });
    table("Key: a", "Exists", &[(a(json!(null)), true, false), (json!({}), false, true)]);
    table("Key: a", "IsNull", &[(a(json!(null)), true, false), (json!({}), true, false), (a(json!("")), false, true)]);
    table(
        "Key: a",
        "IsNullOrEmpty",
        &[(a(json!([])), true, false), (a(json!(0)), false, true), (json!({}), true, false)],
    );
    table(
        "Key: a, Value: 3",
        "IsGreaterThan",
        &[
            (a(json!(4)), true, false),
            (a(json!(3)), false, true),
            (json!({}), false, true),
            (a(json!("4")), false, false),
        ],
    );
    table("Key: a, Value: 3", "IsLessThanOrEquals", &[(a(json!(3)), true, false), (a(json!(3.5)), false, true)]);
    table(
        "Key: a",
        "IsIPAddress",
        &[(a(json!("::1")), true, false), (a(json!("x")), false, true), (a(json!(5)), false, true)],
    );
    table("Key: a", "IsIPv4Address", &[(a(json!("192.0.2.1")), true, false), (a(json!("::1")), false, true)]);
    table(
        "Key: a",
        "IsIPAddressPrivate",
        &[
            (a(json!("10.0.0.1")), true, false),
            (a(json!("8.8.8.8")), false, true),
            (json!({}), false, true),
            (a(json!("x")), false, false),
        ],
    );
    table(
        "Key: a, Value: 10.0.0.0/8",
        "IsIPAddressInCIDR",
        &[(a(json!("10.1.2.3")), true, false), (a(json!("192.0.2.1")), false, true), (a(json!("x")), false, false)],
    );
}

#[test]
fn keys_and_combinators() {
    let event = json!({"a": {"b": [{"c": 1}, {"c": 2}]}, "same": "x", "other": "x", "p_enrichment": {"t": {"ip": {"n": {"k": 7}}}}});
    for (expression, expected) in [
        ("{KeyPath: \"a.b[1].c\", Condition: Equals, Value: 2}", true),
        ("{KeyPath: \"a.b[*].c\", Condition: Has, Value: 2}", true),
        ("{DeepKey: [a, b, 0, c], Condition: Equals, Value: 1}", true),
        ("{Enrichment: {Table: t, Selector: ip, FieldPath: n.k}, Condition: Equals, Value: 7}", true),
        ("{Condition: Equals, Values: [{Key: same}, {Key: other}]}", true),
        ("{Condition: IsGreaterThan, Values: [{Key: same}, {Key: other}]}", false),
        ("{Condition: AlwaysTrue}", true),
        ("{Any: [{Condition: AlwaysFalse}, {All: [{Key: same, Condition: Exists}]}]}", true),
        ("{OnlyOne: [{Key: same, Condition: Exists}, {Key: nope, Condition: Exists}]}", true),
        ("{OnlyOne: [{Key: same, Condition: Exists}, {Key: other, Condition: Exists}]}", false),
    ] {
        assert_eq!(fires(expression, &event), expected, "{expression}");
    }
}

#[test]
fn list_comprehensions() {
    let inner = "Expressions: [{Key: k, Condition: Equals, Value: 1}]";
    let rows = |list: Json, any: bool, all: bool, none: bool, one: bool| (json!({ "l": list }), [any, all, none, one]);
    for (event, expected) in [
        rows(json!([{"k": 1}, {"k": 2}]), true, false, false, true),
        rows(json!([{"k": 1}, {"k": 1}]), true, true, false, false),
        rows(json!([{"k": 2}]), false, false, true, false),
        rows(json!([]), false, true, true, false),
        rows(json!("text"), false, false, false, false),
    ] {
        for (name, expected) in ["AnyElement", "AllElements", "NoElement", "OnlyOneElement"].iter().zip(expected) {
            assert_eq!(
                fires(&format!("{{Key: l, Condition: {name}, {inner}}}"), &event),
                expected,
                "{name} on {event}"
            );
        }
    }
    let nested = "{Key: l, Condition: AnyElement, Expressions: [{Key: m, Condition: AllElements, Expressions: [{Condition: IsGreaterThan, Value: 3}]}]}";
    assert!(fires(nested, &json!({"l": [{"m": [1]}, {"m": [4, 5]}]})));
    assert!(!fires(nested, &json!({"l": [{"m": [1]}, {"m": [4, 3]}]})));
}

#[test]
fn wrong_expressions_are_reported_at_their_place() {
    for (expression, place) in [
        ("{Key: a, Condition: Equal, Value: x}", "Equal"),
        ("{Key: a, Condition: IsIn, Value: x}", "{Key: a, Condition: IsIn, Value: x}"),
        ("{Key: a, Condition: Equals, Valu: x, Value: x}", "Valu"),
        ("{KeyPath: a | b, Condition: Exists}", "{KeyPath: a | b, Condition: Exists}"),
        ("{Key: a, Condition: IsGreaterThanOrEqual, Value: 1}", "IsGreaterThanOrEqual"),
    ] {
        let loaded = rule(&format!("Detection:\n  - {expression}\n"));
        let found = loaded.diagnostics.first().map(|found| loaded.unit.slice(found.location));
        assert_eq!(found, Some(place), "{expression}");
    }
}

#[test]
fn alert_keys_and_inline_filters() {
    let more = "Detection:\n  - {Key: a, Condition: Exists}\nInlineFilters:\n  - All: [{KeyPath: b, Condition: Equals, Value: 1}]\n  - All: []\nGroupBy:\n  - KeyPath: c.d\nAlertContext:\n  - KeyName: who\n    KeyValue: {KeyPath: actor.name}\n";
    let loaded = rule(more);
    let rule = &loaded.items[0].rule;
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    assert_eq!(rule.exclusions.len(), 1);
    assert_eq!(display_expr(&rule.pool, rule.exclusions[0].condition), "not b == 1");
    assert_eq!(rule.meta.dedup.fields, ["c.d"]);
    assert_eq!(rule.meta.output_fields[0].source.as_deref(), Some("actor.name"));
}
