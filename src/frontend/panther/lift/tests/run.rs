//! What lifted code does with events.

use super::lift_entry;
use crate::eval::{Conditions, Event, Verdict};
use crate::frontend::panther::lift::Entry;
use crate::ir::{EventModel, ExprKind, holes};
use serde_json::json;

/// What the lifted function says of an event.
fn fires(code: &str, event: &serde_json::Value) -> bool {
    let (_, lifted) = lift_entry(code, Entry::Rule);
    let found = holes(&lifted.pool, &[lifted.condition]);
    assert!(found.is_empty(), "{code}: {found:?}");
    let conditions = Conditions::new(&lifted.pool, &[lifted.condition], EventModel::Panther);
    conditions.verdict(lifted.condition, &Event::new(event, EventModel::Panther)) == Verdict::True
}

/// What CPython does with the same code and event.
#[test]
fn loops_that_read_their_state() {
    let seen = "def rule(event):\n    names = []\n    for item in event.get('items') or []:\n        if item in names:\n            continue\n        names.append(item)\n    return len(names) > 1\n";
    let joined = "def rule(event):\n    text = ''\n    found = False\n    for item in event.get('items'):\n        if text:\n            text += ';'\n        text += item.lower()\n        found = found or item == 'cf'\n    return text == 'a;cf;-' and found\n";
    let searched = "def rule(event):\n    opened = False\n    for item in event.get('a') or []:\n        if item == 1:\n            opened = True\n            break\n    for item in event.get('b') or []:\n        if opened or item == 2:\n            opened = True\n            break\n    return opened\n";
    for (code, event, expected) in [
        (seen, json!({"items": ["a", "a", "b"]}), true),
        (seen, json!({"items": ["a", "a"]}), false),
        (seen, json!({}), false),
        (seen, json!({"items": 5}), false),
        (joined, json!({"items": ["A", "cf", "-"]}), true),
        (joined, json!({"items": ["A", "-", "cf"]}), false),
        (joined, json!({"items": ["A", 1, "-"]}), false),
        (joined, json!({"items": []}), false),
        (searched, json!({"a": [0, 1]}), true),
        (searched, json!({"a": [0], "b": [2]}), true),
        (searched, json!({"a": [0], "b": [0]}), false),
        (searched, json!({"a": [1], "b": [0]}), true),
    ] {
        assert_eq!(fires(code, &event), expected, "{code} {event}");
    }
}

/// The names that a branch leaves have the same cases: each is held beside those of its own branch only.
#[test]
fn operands_meet_in_their_own_case() {
    let code = "def rule(event):\n    if event.get('c'):\n        a, b, d = event.get('p'), event.get('q'), event.get('e')\n    else:\n        a, b, d = event.get('r'), event.get('s'), event.get('f')\n    return (a and b and d) == 'v'\n";
    let (_, lifted) = lift_entry(code, Entry::Rule);
    let conditions = Conditions::new(&lifted.pool, &[lifted.condition], EventModel::Panther);
    let values = ["", "v", "w"];
    for number in 0..3_usize.pow(7) {
        let of = |place: u32| values[number / 3_usize.pow(place) % 3];
        let names = ["c", "p", "q", "e", "r", "s", "f"];
        let event = (0..).zip(names).map(|(place, name)| (name.to_owned(), json!(of(place)))).collect();
        let first = if of(0).is_empty() { 4 } else { 1 };
        let operands = [of(first), of(first + 1), of(first + 2)];
        let decides = operands.into_iter().find(|text| text.is_empty()).unwrap_or(operands[2]);
        let event = serde_json::Value::Object(event);
        let verdict = conditions.verdict(lifted.condition, &Event::new(&event, EventModel::Panther));
        assert_eq!(verdict == Verdict::True, decides == "v", "{event}");
    }
    // One for each branch and operand.
    let ExprKind::Or(ways) = lifted.pool.kind(lifted.condition) else { panic!() };
    assert_eq!(ways.len(), 6);
}

#[test]
fn classes_wrap_an_event() {
    let code = "class Base:\n    def __init__(self):\n        self.table = None\n    def _register(self, event, name):\n        self.table = event.deep_get('p_enrichment', name)\n    @property\n    def known(self):\n        return bool(self.table)\nclass Own(Base):\n    def __init__(self, event, name='t'):\n        super().__init__()\n        if name:\n            super()._register(event, name)\n    def look(self, key):\n        return self.table.get(key)\ndef rule(event):\n    own = Own(event)\n    return own.known and own.look('k') == 1\n";
    assert!(fires(code, &json!({"p_enrichment": {"t": {"k": 1}}})));
    assert!(!fires(code, &json!({"p_enrichment": {"t": {"k": 2}}})));
    assert!(!fires(code, &json!({})));
    let unknown = "from elsewhere import Base\nclass Own(Base):\n    def look(self):\n        return super().look()\ndef rule(event):\n    return Own().look() == 1\n";
    let (_, lifted) = lift_entry(unknown, Entry::Rule);
    assert!(!holes(&lifted.pool, &[lifted.condition]).is_empty());
}

/// The results are CPython's.
#[test]
fn the_standard_library() {
    for (code, event, expected) in [
        ("shlex.split(event.get('c'))[0] == 'aws'", json!({"c": "aws 'x y'"}), true),
        ("shlex.split(event.get('c'))[0] == 'aws'", json!({"c": "aws 'x"}), false),
        ("[b for _, b in zip(event.get('a'), event.get('b'))] == [1, 2]", json!({"a": "xy", "b": [1, 2, 3]}), true),
        ("any(i == 1 and x == 'b' for i, x in enumerate(event.get('a')))", json!({"a": ["a", "b"]}), true),
        ("re.search(r'from (?P<old>\\w+)', event.get('a')).group('old') == 'A'", json!({"a": "x from A"}), true),
        ("len(re.findall('[0-9]', event.get('a'))) == 2", json!({"a": "a1b2"}), true),
        ("{**{'a': 1}, 'b': 2}.get(event.get('k')) == 2", json!({"k": "b"}), true),
        ("(event.get('a').lower(), 1) in {('x', 1)}", json!({"a": "X"}), true),
        (
            "datetime.strptime(event.get('b'), '%Y-%m-%d') - datetime.strptime(event.get('a'), '%Y-%m-%d') > timedelta(days=1)",
            json!({"a": "2020-02-28", "b": "2020-03-01"}),
            true,
        ),
        (
            "datetime.strptime(event.get('b'), '%Y-%m-%d') - datetime.strptime(event.get('a'), '%Y-%m-%d') > timedelta(days=2)",
            json!({"a": "2020-02-28", "b": "2020-03-01"}),
            false,
        ),
        ("set(event.get('a')) == set(event.get('b'))", json!({"a": [1, 2, 2], "b": [2, 1]}), true),
        ("set(event.get('a')) == set(event.get('b'))", json!({"a": [1, 2], "b": [2]}), false),
        ("set(event.get('a', [])) == set()", json!({"a": []}), true),
        ("set(event.get('a', [])) != {'x'}", json!({"a": ["x"]}), false),
        ("datetime.now() > datetime(2020, 1, 1)", json!({}), true),
        ("event.deep_get(event.get('k'), 'x', default=0) == 1", json!({"k": "a", "a": {"x": 1}}), true),
        ("', '.join(str(x) for x in event.get('a')) == '1, b'", json!({"a": [1, "b"]}), true),
    ] {
        let code = format!(
            "import re, shlex\nfrom datetime import datetime, timedelta\ndef rule(event):\n    return {code}\n"
        );
        assert_eq!(fires(&code, &event), expected, "{code} {event}");
    }
}

#[test]
fn a_policy_sees_a_plain_dictionary() {
    let fires = |code: &str, resource: serde_json::Value| {
        let (_, lifted) = lift_entry(&format!("def policy(resource):\n    {code}\n"), Entry::Policy);
        assert!(holes(&lifted.pool, &[lifted.condition]).is_empty(), "{code}");
        let event = Event::new(&resource, EventModel::PantherResource);
        let conditions = Conditions::new(&lifted.pool, &[lifted.condition], EventModel::PantherResource);
        conditions.verdict(lifted.condition, &event) == Verdict::True
    };
    let listed = "return not isinstance(resource['A'], list)";
    assert!(fires(listed, json!({"A": [1]})));
    assert!(!fires(listed, json!({"A": "x"})));
    assert!(!fires("return not isinstance(resource['A'], list)", json!({"a": [1]})), "keys compare with case");
    assert!(!fires("return resource.deep_get('A') != 'x'", json!({"A": "x"})), "a dictionary has no such method");
    let inner = "return not isinstance(resource['A'][0].get('B'), dict)";
    assert!(fires(inner, json!({"A": [{"B": {}}]})));
    assert!(!fires(inner, json!({"A": [{"b": {}}]})));
}

#[test]
fn state_that_is_only_written_does_not_decide() {
    let head = "from panther_detection_helpers.caching import get_string_set, put_string_set\ndef rule(event):\n";
    let written = format!("{head}    put_string_set('k' + event['u'], ['x'])\n    return event.get('a') == 1\n");
    let (unit, lifted) = lift_entry(&written, Entry::Rule);
    assert!(fires(&written, &json!({"u": "x", "a": 1})));
    assert!(!fires(&written, &json!({"a": 1})), "the arguments are still evaluated");
    assert_eq!(unit.slice(lifted.writes[0]), "put_string_set('k' + event['u'], ['x'])");
    assert_eq!(lifted.assumptions.len(), 1);
    let read = format!("{head}    put_string_set('k', ['x'])\n    return 'y' in get_string_set('k')\n");
    let (_, lifted) = lift_entry(&read, Entry::Rule);
    assert!(!holes(&lifted.pool, &[lifted.condition]).is_empty());
}

/// The results are CPython's.
#[test]
fn dictionaries_of_the_rule_have_any_keys() {
    let table = "table = {item['k']: item['v'] for item in event.get('items')}";
    for (test, items, expected) in [
        ("len(table) == 2", json!([{"k": 1, "v": "x"}, {"k": true, "v": "y"}, {"k": null, "v": "z"}]), true),
        ("table.get('a') == 'y'", json!([{"k": 7, "v": "x"}, {"k": "a", "v": "y"}]), true),
        ("table.get('a') == 'y'", json!([{"k": [7], "v": "x"}, {"k": "a", "v": "y"}]), false),
        ("all(table.values())", json!([{"k": 1, "v": false}, {"k": 1.0, "v": true}]), true),
        ("any(isinstance(key, int) for key in table)", json!([{"k": 5, "v": 1}]), true),
        ("5 in table.keys()", json!([{"k": 5.0, "v": 1}]), true),
        ("str(table) == \"{5: 1, None: 'x'}\"", json!([{"k": 5, "v": 1}, {"k": null, "v": "x"}]), true),
    ] {
        let code = format!("def rule(event):\n    {table}\n    return {test}\n");
        let (_, lifted) = lift_entry(&code, Entry::Rule);
        assert!(holes(&lifted.pool, &[lifted.condition]).is_empty(), "{test}");
        assert_eq!(fires(&code, &json!({"items": items})), expected, "{test} {items}");
    }
    let tuple = "def rule(event):\n    table = {}\n    table[(event['a'], 1)] = 1\n    return len(table) == 1\n";
    let (_, lifted) = lift_entry(tuple, Entry::Rule);
    assert!(!holes(&lifted.pool, &[lifted.condition]).is_empty(), "a tuple as key");
}

/// The results are those of python-dateutil.
#[test]
fn times_in_iso_8601_are_resolved() {
    let code = "from panther_base_helpers import resolve_timestamp_string\ndef rule(event):\n    return resolve_timestamp_string(event.get('t')).strftime('%H:%M') == '15:53'\n";
    for (time, expected) in [
        ("2021-05-20 15:53:47Z", true),
        ("2021-05-20T15:53:47z", true),
        ("2021-05-20t15:53:47", true),
        ("2021-05-20 15:53:47z/x", false),
        ("2021-05-20 15:53:47utc", false),
    ] {
        assert_eq!(fires(code, &json!({"t": time})), expected, "{time}");
    }
}

/// The results are CPython's with `panther_core`.
#[test]
fn keys_that_are_no_texts() {
    let code = |test: &str| format!("def rule(event):\n    return {test}\n");
    for (test, event, expected) in [
        ("event.get('t').get(None if event.get('t') == 5 else None, 1) == 1", json!({"t": {}}), true),
        ("event.get('t').get(None, 1) == 1", json!({"t": {"a": 1}}), false),
        ("event.deep_get('t', None, default=1) == 1", json!({"t": {}}), true),
        ("event.deep_get('t', None, default=1) == 1", json!({}), true),
        ("set(['a', 'b']).issubset(event.get('t'))", json!({"t": ["b", "a", "c"]}), true),
        ("set(['a', 'b']).issubset(event.get('t').keys())", json!({"t": {"a": 1}}), false),
        ("set(['a', 'b']).issubset(event.get('t'))", json!({"t": null}), false),
    ] {
        let (_, lifted) = lift_entry(&code(test), Entry::Rule);
        assert!(holes(&lifted.pool, &[lifted.condition]).is_empty(), "{test}");
        assert_eq!(fires(&code(test), &event), expected, "{test} {event}");
    }
}

/// The results are CPython's.
#[test]
fn loops_in_loops_give_back_what_they_find() {
    let code = "def find(event):\n    for n in event.get('a').keys():\n        for m in event.get('b'):\n            if m == 1:\n                return n\n    return None\ndef rule(event):\n    return find(event) is not None\n";
    for (event, expected) in [
        (json!({"a": {"x": 1}, "b": [2, 1]}), true),
        (json!({"a": {"x": 1}, "b": [2]}), false),
        (json!({"a": {}, "b": [1]}), false),
    ] {
        assert_eq!(fires(code, &event), expected, "{event}");
    }
}
