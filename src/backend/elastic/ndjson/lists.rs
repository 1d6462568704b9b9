//! Exception lists: a line for each list and each of its items.

use super::json;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{
    Case, Coercion, Exclusion, ExprId, ExprKind, Op, Operand, Piece, Pool, Rule, Subject, Value as Constant,
};
use crate::syntax::{Node, parse_toml};
use serde_json::{Map, Value, json as object_of};

/// Whether a line is an item of a list, not a list.
fn is_item(line: &Value) -> bool {
    line.get("entries").is_some()
}

/// The loss of the lists that the rule names and that are not at hand: Kibana removes the reference to a list that it does not have.
pub(super) fn elsewhere(rule: &Rule, object: &Map<String, Value>, lines: &[Value]) -> Option<Loss> {
    let is_here = |id: &Value| lines.iter().any(|line| !is_item(line) && line.get("list_id") == Some(id));
    let ids: Vec<&str> = references(object)
        .filter_map(|reference| reference.get("list_id"))
        .filter(|id| !is_here(id))
        .filter_map(Value::as_str)
        .collect();
    (!ids.is_empty()).then(|| {
        let message = format!(
            "the exception lists that the rule names have to be in Kibana before, or among the files to convert: {}",
            ids.join(", ")
        );
        Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin))
    })
}

/// The lists of the exception files that were applied to the rule, as they stand there.
pub(super) fn of_files(rule: &Rule, object: &Map<String, Value>) -> Vec<Value> {
    let mut files: Vec<&str> = rule.exclusions.iter().filter_map(|exclusion| exclusion.file.as_deref()).collect();
    files.dedup();
    let named: Vec<&str> = references(object).filter_map(|reference| reference.get("list_id")?.as_str()).collect();
    let id = rule.meta.id.as_ref().map(|id| id.value.as_str());
    let mut lines = Vec::new();
    for file in files {
        let root = parse_toml(file).root;
        let ids = root.path(&["metadata", "rule_ids"]).and_then(Node::as_seq).unwrap_or_default();
        let by_id = ids.iter().any(|node| node.as_str() == id && id.is_some());
        for exception in root.get("exceptions").and_then(Node::as_seq).unwrap_or_default() {
            let Some(container) = exception.get("container") else { continue };
            let list_id = container.get("list_id").and_then(Node::as_str);
            if by_id || list_id.is_some_and(|list| named.contains(&list)) {
                lines.push(list(container));
                let items = exception.get("items").and_then(Node::as_seq).unwrap_or_default();
                lines.extend(items.iter().map(|node| item(node, list_id)));
            }
        }
    }
    lines
}

fn references(object: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    object.get("exceptions_list").and_then(Value::as_array).into_iter().flatten()
}

fn list(container: &Node) -> Value {
    let mut value = json(container);
    if let Value::Object(table) = &mut value {
        table.entry("namespace_type").or_insert_with(|| "single".into());
        table.entry("type").or_insert_with(|| "detection".into());
    }
    value
}

fn item(node: &Node, list_id: Option<&str>) -> Value {
    let mut value = json(node);
    if let Value::Object(table) = &mut value {
        if let Some(list) = list_id {
            table.entry("list_id").or_insert_with(|| list.into());
        }
        complete(table);
    }
    value
}

/// What the API asks of an item.
fn complete(item: &mut Map<String, Value>) {
    item.entry("namespace_type").or_insert_with(|| "single".into());
    item.entry("type").or_insert_with(|| "simple".into());
    for key in ["comments", "tags", "os_types"] {
        item.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    }
}

/// The rule names every list that goes with it.
pub(super) fn refer(object: &mut Map<String, Value>, lines: &[Value]) {
    for list in lines.iter().filter(|line| !is_item(line)) {
        let Some(id) = list.get("list_id").cloned() else { continue };
        if references(object).any(|reference| reference.get("list_id") == Some(&id)) {
            continue;
        }
        let namespace = list.get("namespace_type").cloned();
        let reference = object_of!({
            "id": id, "list_id": id, "type": list.get("type"), "namespace_type": namespace,
        });
        match object.entry("exceptions_list").or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(known) => known.push(reference),
            other => *other = Value::Array(vec![reference]),
        }
    }
}

/// A list for the exclusions of another format, and those that no item can say: Kibana's items are conjunctions of exact values, patterns
/// and presence.
pub(in crate::backend::elastic) fn of_exclusions(rule: &Rule, rule_id: &str) -> (Vec<Value>, Vec<Exclusion>) {
    let list_id = format!("{rule_id}-exceptions");
    let mut lines = Vec::new();
    let mut left = Vec::new();
    for (index, exclusion) in rule.exclusions.iter().enumerate() {
        match items(&rule.pool, exclusion.condition) {
            Some(found) => {
                for (part, entries) in found.into_iter().enumerate() {
                    let mut item = object_of!({
                        "list_id": list_id,
                        "item_id": format!("{list_id}-{}-{}", index + 1, part + 1),
                        "name": exclusion.name,
                        "description": exclusion.name,
                        "entries": entries,
                    });
                    if let Value::Object(item) = &mut item {
                        complete(item);
                    }
                    lines.push(item);
                }
            }
            None => left.push(exclusion.clone()),
        }
    }
    if !lines.is_empty() {
        let name = format!("Exceptions of {}", rule.meta.title);
        let list = object_of!({
            "list_id": list_id, "name": name, "description": name, "namespace_type": "single", "type": "rule_default",
        });
        lines.insert(0, list);
    }
    (lines, left)
}

/// The items whose alternatives the condition is.
fn items(pool: &Pool, condition: ExprId) -> Option<Vec<Vec<Value>>> {
    if let Some(one) = entries(pool, condition) {
        return Some(vec![one]);
    }
    match pool.kind(condition) {
        ExprKind::Or(members) => members.iter().map(|member| entries(pool, *member)).collect(),
        _ => None,
    }
}

fn entries(pool: &Pool, condition: ExprId) -> Option<Vec<Value>> {
    match pool.kind(condition) {
        ExprKind::And(members) => members.iter().map(|member| entry(pool, *member)).collect(),
        _ => Some(vec![entry(pool, condition)?]),
    }
}

/// One entry: a test of one field, or its negation.
fn entry(pool: &Pool, expr: ExprId) -> Option<Value> {
    let (test, operator) = match pool.kind(expr) {
        ExprKind::Not(inner) => (*inner, "excluded"),
        _ => (expr, "included"),
    };
    let alternatives = match pool.kind(test) {
        ExprKind::Or(members) => members.clone(),
        _ => vec![test],
    };
    let mut tests = alternatives.iter().map(|member| field_test(pool, *member));
    let (field, first) = tests.next()??;
    let mut values = Vec::new();
    for test in tests {
        match (test?, &first) {
            ((name, FieldTest::Match(value)), FieldTest::Match(_)) if name == field => values.push(value),
            _ => return None,
        }
    }
    Some(match first {
        FieldTest::Exists => object_of!({"field": field, "type": "exists", "operator": operator}),
        FieldTest::Wildcard(value) => {
            object_of!({"field": field, "type": "wildcard", "operator": operator, "value": value})
        }
        FieldTest::Match(value) if values.is_empty() => {
            object_of!({"field": field, "type": "match", "operator": operator, "value": value})
        }
        FieldTest::Match(value) => {
            values.insert(0, value);
            object_of!({"field": field, "type": "match_any", "operator": operator, "value": values})
        }
    })
}

enum FieldTest {
    Exists,
    Match(String),
    Wildcard(String),
}

/// Any value of a field: that there is one, equals a text, or matches a pattern, in this letter case.
fn field_test(pool: &Pool, expr: ExprId) -> Option<(String, FieldTest)> {
    let ExprKind::ForSome(Subject::Elements(field), body) = pool.kind(expr) else { return None };
    let Subject::Field(path) = field.as_ref() else { return None };
    if *body == ExprId::TRUE {
        return Some((path.name(), FieldTest::Exists));
    }
    let ExprKind::Test(Subject::Element(0), op) = pool.kind(*body) else { return None };
    let test = match op {
        Op::Equal { to: Operand::Value(Constant::Str(text)), case: Case::Sensitive, coercion: Coercion::Text } => {
            FieldTest::Match(text.to_string())
        }
        Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text } => {
            FieldTest::Wildcard(pattern.pieces().iter().map(wildcard).collect())
        }
        _ => return None,
    };
    Some((path.name(), test))
}

fn wildcard(piece: &Piece) -> String {
    match piece {
        Piece::Any => "*".to_owned(),
        Piece::One => "?".to_owned(),
        Piece::Literal(text) => text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?"),
    }
}
