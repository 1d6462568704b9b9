//! Whole rules, text by text.

use super::*;
use crate::ir::{
    AttackRef, Case, Coercion, DataSource, Dialect, EventModel, Expectation, Meta, Mock, NativeExtra, Op, OutputField,
    Pattern, Pool, RuleTest, Severity, Status, Subject, Substitute,
};
use crate::source::{Location, Span, Spanned};
use crate::syntax::{Node, YamlVersion, parse_yaml};
use std::sync::Arc;

fn spanned(text: &str) -> Spanned<String> {
    Spanned { value: text.to_owned(), span: Span::default() }
}

fn rule(build: impl FnOnce(&mut Pool) -> ExprId) -> Rule {
    let mut pool = Pool::default();
    let condition = build(&mut pool);
    Rule {
        meta: Meta { title: "Okta MFA Reset".to_owned(), ..Meta::default() },
        data_source: DataSource { log_types: vec![spanned("Okta.SystemLog")], ..DataSource::default() },
        ..Rule::new(Dialect::Sigma, EventModel::Panther, pool, Logic::Event(condition))
    }
}

fn module(build: impl FnOnce(&mut Pool) -> ExprId) -> String {
    emit(&rule(build)).unwrap().outputs[0].text.clone()
}

/// The module from `def rule` on.
fn body(build: impl FnOnce(&mut Pool) -> ExprId) -> String {
    let text = module(build);
    text[text.find("def rule").unwrap()..].to_owned()
}

fn field(name: &str) -> Subject {
    Subject::Field(FieldPath::dotted(name))
}

fn equal(text: &str, case: Case) -> Op {
    Op::Equal { to: text.into(), case, coercion: Coercion::Text }
}

#[test]
fn the_most_selective_test_comes_first_and_lists_are_constants() {
    let text = module(|pool| {
        let there = pool.test(field("client.userAgent.rawUserAgent"), Op::Present, None);
        let absent = pool.not(there, None);
        let types: Vec<ExprId> = ["user.mfa.factor.reset_all", "user.mfa.factor.deactivate"]
            .iter()
            .map(|name| pool.test(field("eventType"), equal(name, Case::Sensitive), None))
            .collect();
        let types = pool.or(types, None);
        let success = pool.test(field("outcome.result"), equal("SUCCESS", Case::Sensitive), None);
        pool.and([absent, types, success], None)
    });
    let expected = "EVENT_TYPES = [\"user.mfa.factor.reset_all\", \"user.mfa.factor.deactivate\"]\n\n\n\
        def rule(event):\n    if event.get(\"eventType\") not in EVENT_TYPES:\n        return False\n    \
        if event.deep_get(\"outcome\", \"result\") != \"SUCCESS\":\n        return False\n    \
        return event.deep_get(\"client\", \"userAgent\", \"rawUserAgent\") is None\n";
    assert_eq!(text, expected);
}

#[test]
fn case_insensitive_texts_have_a_guard() {
    let text = module(|pool| pool.test(field("actor"), equal("Admin", Case::Insensitive), None));
    assert!(text.starts_with("def text(value):\n"), "{text}");
    assert!(text.ends_with("def rule(event):\n    return text(event.get(\"actor\")).lower() == \"admin\"\n"), "{text}");
}

#[test]
fn absence_has_three_forms() {
    let one = |op: Op| body(|pool| pool.test(field("a"), op, None));
    assert!(one(Op::IsMissing).ends_with("return \"a\" not in event\n"));
    assert!(one(Op::IsNull).ends_with("return \"a\" in event and event.get(\"a\") is None\n"));
    assert!(one(Op::Present).ends_with("return event.get(\"a\") is not None\n"));
    assert!(one(Op::IsEmpty).ends_with("return is_empty(event.get(\"a\"))\n"));
}

#[test]
fn any_of_goes_through_the_values_once() {
    let text = body(|pool| {
        let op = |text: &str| Op::Matches {
            pattern: Pattern::suffix(text),
            case: Case::Sensitive,
            coercion: Coercion::None,
        };
        let tests: Vec<ExprId> =
            [".exe", ".dll"].into_iter().map(|text| pool.any_of(FieldPath::dotted("files"), op(text), None)).collect();
        pool.or(tests, None)
    });
    assert!(
        text.contains("any(text(item).endswith(FILES_SUFFIXES) for item in values(event.get(\"files\")))"),
        "{text}"
    );
}

#[test]
fn a_constant_rule_does_not_name_its_argument() {
    assert_eq!(body(|_| ExprId::TRUE), "def rule(_):\n    return True\n");
}

#[test]
fn exclusions_are_taken_out() {
    let mut rule = rule(|pool| pool.test(field("a"), equal("x", Case::Sensitive), None));
    let condition = rule.pool.test(field("b"), equal("y", Case::Sensitive), None);
    rule.exclusions.push(crate::ir::Exclusion {
        name: "known".to_owned(),
        condition,
        origin: Location::default(),
        file: None,
    });
    let text = &emit(&rule).unwrap().outputs[0].text;
    assert!(
        text.contains("if event.get(\"a\") != \"x\":\n        return False\n    return event.get(\"b\") != \"y\""),
        "{text}"
    );
}

#[test]
fn thresholds_count_per_dedup_string() {
    let mut rule = rule(|pool| pool.test(field("a"), equal("x", Case::Sensitive), None));
    let Logic::Event(filter) = rule.logic else { unreachable!() };
    let bound = |number: i64| Bound { measure: Measure::Count, op: Cmp::Greater, number: Value::Int(number) };
    let threshold = |bounds, length| {
        Logic::Threshold(Threshold {
            aliases: Vec::new(),
            source: ThresholdSource::Filter(filter),
            group_by: vec![FieldPath::dotted("actor.id")],
            bounds,
            window: Window::Sliding(Duration::from_secs(length)),
        })
    };
    rule.logic = threshold(vec![bound(9)], 600);
    let emitted = emit(&rule).unwrap();
    assert!(
        emitted.outputs[0].text.ends_with("def dedup(event):\n    return str(event.deep_get(\"actor\", \"id\"))\n")
    );
    assert!(emitted.outputs[1].text.contains("DedupPeriodMinutes: 10\nThreshold: 10\n"));
    assert_eq!(emitted.losses[0].code.id, "L304");
    assert_eq!(emitted.losses[0].effect, Effect::Unknown);
    rule.logic = threshold(vec![bound(9), bound(3)], 600);
    assert!(emit(&rule).unwrap_err()[0].message.contains("does more than count"));
}

#[test]
fn what_has_no_form_is_named() {
    let mut without_log_type = rule(|_| ExprId::TRUE);
    without_log_type.data_source.log_types.clear();
    assert_eq!(emit(&without_log_type).unwrap_err()[0].code.id, "L106");
    let version = rule(|pool| {
        let op = Op::Compare {
            op: Cmp::Less,
            domain: crate::ir::Domain::Version,
            coercion: Coercion::None,
            to: crate::ir::Operand::Value("1.2".into()),
        };
        pool.test(field("version"), op, None)
    });
    assert!(emit(&version).unwrap_err()[0].message.contains("version numbers"));
}

#[test]
fn deep_conditions_are_refused_and_do_not_overflow() {
    let deep = rule(|pool| {
        let mut condition = pool.test(field("a"), Op::Present, None);
        for level in 0..5000 {
            let other = pool.test(field(&format!("b{level}")), Op::Present, None);
            condition =
                if level % 2 == 0 { pool.and([condition, other], None) } else { pool.or([condition, other], None) };
        }
        condition
    });
    assert!(emit(&deep).unwrap_err()[0].message.contains("size or depth"));
}

#[test]
fn the_yaml_in_the_order_of_panthers_repository() {
    let mut rule = rule(|pool| pool.test(field("a"), equal("x", Case::Sensitive), None));
    rule.meta = Meta {
        id: Some(spanned("6f8ff4a4-7a0e-4c07-9a0e-2d2b3a3f7a11")),
        title: "Okta MFA \"Reset\" & More".to_owned(),
        description: Some("Someone resets factors: all of them.\nTwice.".to_owned()),
        severity: Some(Severity::High),
        status: Some(Status::Experimental),
        authors: vec!["A. Author".to_owned(), "B. Author".to_owned()],
        references: vec!["https://example.com/1".to_owned(), "https://example.com/2".to_owned()],
        false_positives: vec!["Help desk".to_owned()],
        tags: vec![spanned("attack.t1556"), spanned("attack.persistence"), spanned("detection.emerging")],
        attack: vec![
            AttackRef { technique: Some(spanned("T1556")), ..AttackRef::default() },
            AttackRef { tactic: Some(spanned("TA0003")), ..AttackRef::default() },
        ],
        license: Some("DRL-1.1".to_owned()),
        ..Meta::default()
    };
    let event = serde_json::json!({"a": "x", "on": [1, {"b": "off"}]});
    rule.tests = vec![RuleTest::new("Fires", Expectation::Fires(true), vec![event])];
    let emitted = emit(&rule).unwrap();
    let yaml = &emitted.outputs[1].text;
    let expected = "AnalysisType: rule\nFilename: okta_mfa_reset_more.py\nRuleID: Okta.MFAResetMore\n\
        DisplayName: \"Okta MFA 'Reset' and More\"\nEnabled: true\nStatus: Experimental\nLogTypes:\n  - Okta.SystemLog\n\
        Tags:\n  - detection.emerging\nReports:\n  MITRE ATT&CK:\n    - TA0003:T1556 # Modify Authentication Process\n\
        Severity: High\nDescription: |-\n  Someone resets factors: all of them.\n  Twice.\n\n  detc.source: sigma\n  \
        detc.id: 6f8ff4a4-7a0e-4c07-9a0e-2d2b3a3f7a11\n  detc.status: experimental\n  detc.author: A. Author\n  \
        detc.author: B. Author\n  detc.license: DRL-1.1\n  detc.reference: https://example.com/2\n\
        Runbook: |-\n  False positives:\n  - Help desk\nReference: https://example.com/1\nTests:\n  - Name: Fires\n    \
        ExpectedResult: true\n    Log:\n      a: x\n      \"on\":\n        - 1\n        - b: \"off\"\n";
    assert_eq!(yaml, expected);
    let codes: Vec<&str> = emitted.losses.iter().map(|loss| loss.code.id).collect();
    assert_eq!(codes, ["L404", "L501"]);
    assert!(emitted.losses.iter().all(|loss| loss.effect == Effect::Metadata));
    let documents = parse_yaml(yaml, YamlVersion::V1_2);
    assert!(documents[0].problems.is_empty());
    assert_eq!(documents[0].root.get("Enabled").and_then(Node::as_bool), Some(true));
}

#[test]
fn the_module_can_be_renamed() {
    let yaml = "AnalysisType: rule\nFilename: a.py\nRuleID: A.B\nDescription: |-\n  x\n";
    assert_eq!(set_module_name(yaml, "b_c"), yaml.replace("a.py", "b_c.py"));
}

/// A rule that has a module of its own, with these functions besides `rule`.
fn own(module: &str, functions: &[&str]) -> Rule {
    let mut rule = rule(|pool| {
        let names = ["a", "b"].map(|name| pool.test(field("name"), equal(name, Case::Insensitive), None));
        pool.or(names, None)
    });
    rule.dialect = Dialect::Panther;
    rule.module = Some(module.into());
    let origin = Location::default();
    let extra = |name: &&str| NativeExtra { key: format!("python.{name}"), text: String::new(), origin };
    rule.extras = functions.iter().map(extra).collect();
    rule
}

#[test]
fn the_other_functions_of_a_panther_rule_stay_as_they_are() {
    let module = "from json import dumps\nfrom panther_base_helpers import deep_get\n\nNAMES = [\"a\", \"b\"]\nLAST = None\n\n\n\
        def rule(event):\n    global LAST\n    LAST = event.get(\"name\")\n    return str(LAST).lower() in NAMES\n\n\n\
        def title(event):\n    return dumps([deep_get(event, \"name\"), NAMES])\n\n\ndef dedup(event):\n    return LAST\n\n\n\
        def alert_context(event):\n    return {\"name\": event.get(\"name\")}\n";
    let mut rule = own(module, &["title", "dedup", "alert_context"]);
    let by_code = OutputField { by_code: true, ..OutputField::named("name") };
    rule.meta.output_fields = vec![OutputField::named("p_any_ip_addresses"), by_code];
    let emitted = emit(&rule).unwrap();
    let expected = "from json import dumps\n\nfrom panther_base_helpers import deep_get\n\nNAMES_2 = [\"a\", \"b\"]\n\n\n\
        def text(value):\n    \"\"\"A text as it is, other values as an empty text\"\"\"\n    \
        return value if isinstance(value, str) else \"\"\n\n\n\
        def rule(event):\n    return text(event.get(\"name\")).lower() in NAMES_2\n\n\nNAMES = [\"a\", \"b\"]\n\n\n\
        def title(event):\n    return dumps([deep_get(event, \"name\"), NAMES])\n\n\n\
        def alert_context(event):\n    return {\"name\": event.get(\"name\")}\n";
    assert_eq!(emitted.outputs[0].text, expected);
    let messages: Vec<&str> = emitted.losses.iter().map(|loss| loss.message.as_str()).collect();
    assert_eq!(messages, ["`dedup` is not kept: it shares `LAST` with `rule`, which changes it"]);
    let yaml = &emitted.outputs[1].text;
    assert!(yaml.contains("SummaryAttributes:\n  - p_any_ip_addresses\n"), "{yaml}");
    assert!(!yaml.contains("- name\n"), "the context gives it out: {yaml}");
}

#[test]
fn mocks_stay_where_the_module_has_what_they_stand_for() {
    let module = "from panther_geo import place\n\n\ndef rule(event):\n    return event.get(\"name\") == \"a\"\n\n\n\
        def title(event):\n    return place(event.get(\"ip\"))\n";
    let mut rule = own(module, &["title"]);
    let test =
        |name: &str, fires| RuleTest::new(name, Expectation::Fires(fires), vec![serde_json::json!({"name": name})]);
    let mock = |name: &str| Mock { name: name.to_owned(), value: "here".into() };
    let instead = Some(Arc::new(Substitute { pool: Pool::default(), condition: ExprId::TRUE }));
    rule.tests = vec![
        RuleTest { mocks: vec![mock("place"), mock("gone")], ..test("a", true) },
        RuleTest { mocks: vec![mock("gone")], instead, ..test("c", true) },
    ];
    let emitted = emit(&rule).unwrap();
    let yaml = &emitted.outputs[1].text;
    let expected = "Tests:\n  - Name: a\n    ExpectedResult: true\n    Mocks:\n      - objectName: place\n        \
        returnValue: here\n    Log:\n      name: a\n";
    assert!(yaml.ends_with(expected), "{yaml}");
    // The other test is of another condition than the one that is written.
    let codes: Vec<&str> = emitted.losses.iter().map(|loss| loss.code.id).collect();
    assert_eq!(codes, ["L406"]);
}
