//! `Tests:` of an item, events as JSON.

use super::fields::Fields;
use super::keys::Kind;
use crate::ir::{Expectation, Rule, RuleTest};
use crate::source::Location;
use crate::syntax::{Node, NodeKind};
use serde_json::{Map, Value as Json};

pub(super) fn read(rule: &mut Rule, fields: &mut Fields<'_>) {
    let Some(tests) = fields.root.get("Tests") else { return };
    let NodeKind::Seq(items) = &tests.kind else {
        fields.report(tests.span, format!("`Tests` is a list, not {}", tests.describe()));
        return;
    };
    for item in items {
        if let Some(test) = read_test(item, fields) {
            rule.tests.push(test);
        }
    }
}

fn read_test(item: &Node, fields: &mut Fields<'_>) -> Option<RuleTest> {
    if item.as_map().is_none() {
        fields.report(item.span, format!("a test is a map, not {}", item.describe()));
        return None;
    }
    let name = item.get("Name").and_then(Node::as_str).unwrap_or_default().to_owned();
    let Some(expected) = item.get("ExpectedResult").and_then(Node::as_bool) else {
        let span = item.get("ExpectedResult").map_or(item.span, |node| node.span);
        fields.report(span, format!("the test `{name}` needs `ExpectedResult`, true or false"));
        return None;
    };
    let (events, mut skip) = events(item, fields);
    if item.get("Mocks").is_some_and(|mocks| !mocks.is_null() && mocks.as_seq() != Some(&[])) {
        skip = skip.or(Some("the test replaces functions or constants of the rule (Mocks)".to_owned()));
    }
    // A policy's alert is the failing resource: `ExpectedResult` is what `policy()` returns.
    let fires = if fields.kind == Kind::Policy { !expected } else { expected };
    Some(RuleTest { name, expect: Expectation::Fires(fires), events, skip, origin: Location::main(item.span) })
}

/// The event of a test, and why there is none that can be run.
fn events(item: &Node, fields: &mut Fields<'_>) -> (Vec<Json>, Option<String>) {
    if item.get("RuleOutputs").is_some() {
        return (Vec::new(), Some("a correlation's test names other rules' alerts".to_owned()));
    }
    let key = if fields.kind == Kind::Policy { "Resource" } else { "Log" };
    let Some(log) = item.get(key).or_else(|| item.get("Log")).or_else(|| item.get("Resource")) else {
        fields.report(item.span, format!("the test has no `{key}`"));
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
        NodeKind::Str(scalar) => scalar.text.as_str().into(),
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
