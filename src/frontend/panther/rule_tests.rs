//! `Tests:` of an item, events as JSON.

use super::fields::Fields;
use super::keys::Kind;
use crate::ir::{Expectation, Mock, Rule, RuleOutput, RuleTest};
use crate::source::Location;
use crate::syntax::{Node, NodeKind};
use serde_json::{Map, Value as Json};

/// Reads the tests.
pub(super) fn read(rule: &mut Rule, fields: &mut Fields<'_>) {
    for item in fields.root.get("Tests").and_then(Node::as_seq).unwrap_or_default() {
        rule.tests.extend(read_test(item, fields).map(|test| RuleTest { mocks: mocks(item), ..test }));
    }
}

fn read_test(item: &Node, fields: &mut Fields<'_>) -> Option<RuleTest> {
    let name = item.get("Name").and_then(Node::as_str).unwrap_or_default();
    let expected = item.get("ExpectedResult").and_then(Node::as_bool)?;
    // A policy's alert is the failing resource: `ExpectedResult` is what `policy()` returns.
    let fires = if fields.kind == Kind::Policy { !expected } else { expected };
    let mut test = RuleTest::new(name, Expectation::Fires(fires), Vec::new());
    test.origin = Location::main(item.span);
    if fields.kind == Kind::CorrelationRule {
        test.outputs = Some(outputs(item, fields));
    } else {
        (test.events, test.skip) = events(item, fields);
    }
    Some(test)
}

fn mocks(item: &Node) -> Vec<Mock> {
    let listed = item.get("Mocks").and_then(Node::as_seq).unwrap_or_default();
    listed
        .iter()
        .filter_map(|mock| {
            let name = mock.get("objectName").and_then(Node::as_str)?.to_owned();
            Some(Mock { name, value: mock.get("returnValue").map_or(Json::Null, to_json) })
        })
        .collect()
}

/// The matches of other rules that a correlation's test names: `{ID, Matches: {field: {value: [times]}}}`. Times are minutes or
/// RFC 3339 texts.
fn outputs(item: &Node, fields: &mut Fields<'_>) -> Vec<RuleOutput> {
    let mut found = Vec::new();
    for output in item.get("RuleOutputs").and_then(Node::as_seq).unwrap_or_default() {
        let Some(member) = output.get("ID").and_then(Node::as_str) else { continue };
        for field in output.get("Matches").and_then(Node::as_map).unwrap_or_default() {
            for value in field.value.as_map().unwrap_or_default() {
                for time in value.value.as_seq().unwrap_or_default() {
                    let Some(time) = time_of(time) else {
                        let message =
                            format!("a time is a number of minutes or an RFC 3339 text, not {}", time.describe());
                        fields.report(time.span, message);
                        continue;
                    };
                    let event = nested(&field.key.text, &value.key.text, time);
                    found.push(RuleOutput { member: member.to_owned(), event });
                }
            }
        }
    }
    found
}

fn time_of(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Int(minutes) => {
            let time = jiff::Timestamp::from_second(minutes.checked_mul(60)?).ok()?;
            Some(time.to_string())
        }
        NodeKind::Str(text) => text.text.parse::<jiff::Timestamp>().ok().map(|time| time.to_string()),
        NodeKind::DateTime(text) => text.parse::<jiff::Timestamp>().ok().map(|time| time.to_string()),
        _ => None,
    }
}

/// An alert with the value at the dotted path.
fn nested(field: &str, value: &str, time: String) -> Json {
    let keys: Vec<&str> = field.split('.').collect();
    let inner = keys
        .iter()
        .skip(1)
        .rev()
        .fold(Json::from(value), |inner, key| Json::Object(Map::from_iter([((*key).to_owned(), inner)])));
    let first = keys.first().copied().unwrap_or_default().to_owned();
    Json::Object(Map::from_iter([("p_event_time".to_owned(), Json::from(time)), (first, inner)]))
}

/// The event of a test, and why there is none that can be run.
fn events(item: &Node, fields: &mut Fields<'_>) -> (Vec<Json>, Option<String>) {
    let key = if fields.kind == Kind::Policy { "Resource" } else { "Log" };
    let Some(log) = item.get(key).or_else(|| item.get("Log")).or_else(|| item.get("Resource")) else {
        return (Vec::new(), Some(format!("the test has no `{key}`")));
    };
    let event = match log.as_str() {
        Some(text) => serde_json::from_str(text).ok().filter(Json::is_object),
        None => Some(to_json(log)).filter(Json::is_object),
    };
    let Some(event) = event else {
        fields.report(log.span, format!("`{key}` is no map and no JSON object"));
        return (Vec::new(), Some(format!("`{key}` is no JSON object")));
    };
    (vec![event], None)
}

/// A value as JSON; dates as they are written.
fn to_json(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Int(value) => (*value).into(),
        NodeKind::Float(value) => serde_json::Number::from_f64(*value).map_or(Json::Null, Json::Number),
        NodeKind::DateTime(text) => text.as_str().into(),
        NodeKind::Str(scalar) => (&*scalar.text).into(),
        NodeKind::Seq(items) => items.iter().map(to_json).collect(),
        NodeKind::Map(entries) => {
            let mut map = Map::new();
            for entry in entries {
                map.insert(entry.key.text.clone(), to_json(&entry.value));
            }
            Json::Object(map)
        }
    }
}
