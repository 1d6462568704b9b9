//! What Python's constructs mean once they are lifted, event by event. `None` is an exception, which is no match on either side.

use detc::eval::{Conditions, Event};
use detc::frontend::{Context, load};
use detc::ir::Logic;
use detc::source::{Companions, SourceFile};
use serde_json::{Value as Json, json};

struct Files(Vec<(&'static str, String)>);

impl Companions for Files {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        let found = self.0.iter().find(|(name, _)| *name == relative)?;
        Some(SourceFile::new(relative, found.1.clone()))
    }

    fn list(&self, _main: &str, relative: &str) -> Vec<String> {
        self.0.iter().filter(|(name, _)| name.starts_with(relative)).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// Whether the rule with this body fires.
fn fires(head: &str, body: &str, event: &Json, more: &[(&'static str, &str)]) -> bool {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let mut files = vec![("r.py", format!("{head}\ndef rule(event):\n{body}"))];
    files.extend(more.iter().map(|(name, text)| (*name, (*text).to_owned())));
    let yaml = "AnalysisType: rule\nRuleID: Test.Rule\nEnabled: true\nFilename: r.py\nSeverity: Info\nLogTypes: [A.One, A.Two]\n";
    let loaded = load(SourceFile::new("r.yml", yaml), &Context::beside(&Files(files)));
    let rule = &loaded.items[0].rule;
    assert_eq!(rule.opaque_parts(), 0, "{body}: {:?}", rule.opaque_reason());
    let Logic::Event(condition) = rule.logic else { panic!("{body}") };
    Conditions::new(&rule.pool, &[condition], rule.event_model)
        .verdict(condition, &Event::new(event, rule.event_model))
        .is_true()
}

/// The verdict of the expression: it fires, its negation fires, or neither.
fn verdict(head: &str, expression: &str, event: &Json) -> Option<bool> {
    let holds = fires(head, &format!("return bool({expression})"), event, &[]);
    let fails = fires(head, &format!("return not ({expression})"), event, &[]);
    assert!(!(holds && fails), "{expression} on {event}");
    (holds || fails).then_some(holds)
}

#[test]
fn expressions() {
    let address = "import ipaddress\nimport json\nfrom ipaddress import ip_address, ip_network";
    for (expression, event, expected) in [
        ("int(event.get('n')) > 5", json!({"n": "7"}), Some(true)),
        ("int(event.get('n')) > 5", json!({"n": "x"}), None),
        ("int(event.get('n')) > 5", json!({"n": null}), None),
        ("float(event.get('n')) == 1.5", json!({"n": "1.5"}), Some(true)),
        ("event.get('a') / event.get('b') == 3.5", json!({"a": 7, "b": 2}), Some(true)),
        ("event.get('a') / event.get('b') == 3.5", json!({"a": 7, "b": 0}), None),
        ("event.get('a') - event.get('b') > 1", json!({"a": true, "b": 2}), Some(false)),
        ("event.get('a') + event.get('b') == 'xy'", json!({"a": "x", "b": "y"}), Some(true)),
        ("event.get('a') + event.get('b') == 'xy'", json!({"a": "x", "b": 1}), None),
        ("json.loads(event.get('j'))['a'] == 1", json!({"j": "{\"a\": 1}"}), Some(true)),
        ("json.loads(event.get('j'))['A'] == 1", json!({"j": "{\"a\": 1}"}), None),
        ("isinstance(json.loads(event.get('j')), dict)", json!({"j": "{}"}), Some(true)),
        ("isinstance(event.get('j'), dict)", json!({"j": {}}), Some(false)),
        ("ip_address(event.get('ip')).is_private", json!({"ip": "10.0.0.1"}), Some(true)),
        ("ip_address(event.get('ip')).is_private", json!({"ip": "host"}), None),
        ("ip_address(event.get('ip')) in ip_network('10.0.0.0/8')", json!({"ip": "10.9.9.9"}), Some(true)),
        ("ip_address(event.get('ip')) in ip_network('10.0.0.0/8')", json!({"ip": "::1"}), Some(false)),
        ("event.deep_walk('l', 'k') == ['a', 'b']", json!({"l": [{"k": "a"}, {"k": "b"}]}), Some(true)),
        ("event.deep_walk('l', 'k') == 'a'", json!({"l": [{"k": "a"}, {"K": "b"}]}), Some(true)),
        ("event.deep_walk('l', 'k')", json!({"l": [{"k": {"x": 1}}]}), None),
        ("event.get('o').deep_walk('k')", json!({"o": {"k": 1}}), None),
        ("next((x for x in event.get('l') if x > 2), 0) == 3", json!({"l": [1, 3, "x"]}), Some(true)),
        ("next((x for x in event.get('l') if x > 2), 0) == 3", json!({"l": [1, "x", 3]}), None),
        ("next((x for x in event.get('l') if x > 2), 0) == 3", json!({"l": []}), Some(false)),
        ("len([x for x in event.get('l') if x]) == 2", json!({"l": [1, 0, "x"]}), Some(true)),
        ("len([x for x in event.get('l') if x]) == 2", json!({"l": 5}), None),
        ("'b' in {x.lower() for x in event.get('l')}", json!({"l": ["A", "B"]}), Some(true)),
        ("'b' in {x.lower() for x in event.get('l')}", json!({"l": ["B", 1]}), None),
        ("{x['k']: x['v'] for x in event.get('l')}.get('a') == 1", json!({"l": [{"k": "a", "v": 1}]}), Some(true)),
        ("{x['k']: x['v'] for x in event.get('l')}.get('a') == 1", json!({"l": [{"k": "a"}]}), None),
        ("event.get('s').rsplit('.', 1)[-1] == 'c'", json!({"s": "a.b.c"}), Some(true)),
        ("str(event.get('l')) == \"ImmutableList(('a',))\"", json!({"l": ["a"]}), Some(true)),
        ("{'a', 'b'}.intersection(event.get('l'))", json!({"l": ["b"]}), Some(true)),
        ("{'a', 'b'}.intersection(event.get('l'))", json!({"l": [["b"]]}), None),
        ("event.get('l')[1:] == ('b',)", json!({"l": ["a", "b"]}), Some(true)),
    ] {
        assert_eq!(verdict(address, expression, &event), expected, "{expression} on {event}");
    }
}

#[test]
fn handlers_catch_their_classes_only() {
    let code = "try:\n    x = event.get('s').split('/')[1]\nexcept IndexError:\n    x = 'none'\nreturn x == 'none'";
    assert!(fires("", code, &json!({"s": "a"}), &[]));
    assert!(!fires("", code, &json!({"s": "a/b"}), &[]));
    // AttributeError goes on.
    assert!(!fires("", code, &json!({"s": 5}), &[]));
    let both = code.replace("IndexError", "(IndexError, AttributeError)");
    assert!(fires("", &both, &json!({"s": 5}), &[]));
    let json_only =
        "try:\n    x = json.loads(event.get('j'))\nexcept json.JSONDecodeError:\n    return True\nreturn False";
    assert!(fires("import json", json_only, &json!({"j": "{"}), &[]));
    assert!(!fires("import json", json_only, &json!({"j": null}), &[]));
    assert!(fires("import json", &json_only.replace("json.JSONDecodeError", "Exception"), &json!({"j": null}), &[]));
    // What is looked up in a set has to be hashable (Python's library reference, "Set Types").
    let looked_up = "try:\n    return event.get('x') in {'a', 'b'}\nexcept TypeError:\n    return True";
    for (value, expected) in [(json!("a"), true), (json!("c"), false), (json!(["c"]), true), (json!({}), true)] {
        assert_eq!(fires("", looked_up, &json!({"x": value}), &[]), expected, "{value}");
    }
}

#[test]
fn loops_leave_their_state() {
    let count = "n = 0\nfor x in event.get('l'):\n    if x == 'a':\n        n += 1\nreturn n > 1";
    assert!(fires("", count, &json!({"l": ["a", "b", "a"]}), &[]));
    assert!(!fires("", count, &json!({"l": ["a", "b"]}), &[]));
    assert!(!fires("", count, &json!({"l": null}), &[]));
    let last = "v = None\nfor x in event.get('l'):\n    if x.get('k'):\n        v = x['k']\nreturn v == 2";
    assert!(fires("", last, &json!({"l": [{"k": 1}, {"k": 2}, {}]}), &[]));
    assert!(!fires("", last, &json!({"l": [{"k": 2}, {"k": 1}]}), &[]));
    assert!(!fires("", last, &json!({"l": [{"k": 2}, 5]}), &[]));
    let first = last.replace("v = x['k']", "v = x['k']\n        break");
    assert!(fires("", &first, &json!({"l": [{"k": 2}, 5]}), &[]));
    let list = "found = []\nfor x in event.get('l'):\n    if x > 1:\n        found.append(x)\nreturn found == [2, 3]";
    assert!(fires("", list, &json!({"l": [1, 2, 3]}), &[]));
    let pairs = "for k, v in event.get('o').items():\n    if k == 'a' and v == 1:\n        return True\nreturn False";
    assert!(fires("", pairs, &json!({"o": {"b": 2, "a": 1}}), &[]));
    assert!(!fires("", pairs, &json!({"o": {"b": 1}}), &[]));
}

#[test]
fn udm_goes_through_the_model_of_the_events_log_type() {
    let files = [
        (
            "../../data_models/one.yml",
            "AnalysisType: datamodel\nDataModelID: M.One\nEnabled: true\nFilename: one.py\nLogTypes: [A.One]\nMappings:\n  - {Name: user, Path: $.actor.id}\n  - {Name: kind, Method: kind}\n",
        ),
        ("../../data_models/one.py", "def kind(event):\n    return event.get('k').lower()\n"),
    ];
    let user = "return event.udm('user') == 'u'";
    assert!(fires("", user, &json!({"p_log_type": "A.One", "actor": {"id": "u"}}), &files));
    // The name is mapped, so the event's own field does not count.
    assert!(!fires("", user, &json!({"p_log_type": "A.One", "user": "u"}), &files));
    assert!(fires("", user, &json!({"p_log_type": "A.Two", "user": "u"}), &files));
    assert!(fires("", user, &json!({"p_udm": {"user": "u"}, "user": "x"}), &files));
    assert!(!fires(
        "",
        "return event.udm('user', default='d') == 'd'",
        &json!({"p_log_type": "A.One", "actor": {"id": null}}),
        &files
    ));
    assert!(fires("", "return event.udm('kind') == 'x'", &json!({"p_log_type": "A.One", "k": "X"}), &files));
    assert!(!fires("", "return event.udm('kind') != 'x'", &json!({"p_log_type": "A.One", "k": 5}), &files));
}
