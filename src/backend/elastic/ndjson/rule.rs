//! The rule's own line.

use super::super::stack;
use super::{guide, json};
use crate::catalog::features;
use crate::catalog::versions::{self, Installed, Version};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::Rule;
use crate::source::Location;
use crate::syntax::Node;
use serde_json::{Map, Value, json as object_of};

/// From here on the rules of a package name the version of an integration without an upper end, and ATT&CK 19 instead of 18.
const EMIT_CHANGE: Version = Version::new(9, 5, 0);

/// `[rule]` as the API has it: flattened, without what the stack does not take, with what `[metadata]` and `[transform]` say in the places
/// that Kibana has for it.
///
/// # Errors
/// When Kibana's import would refuse the rule.
pub(super) fn object(
    rule: &Rule,
    root: &Node,
    installed: &Installed,
    losses: &mut Vec<Loss>,
) -> Result<Map<String, Value>, Vec<Loss>> {
    let table = root.get("rule").filter(|table| table.as_map().is_some()).ok_or_else(|| missing(rule, "rule"))?;
    let stack = installed.stack();
    losses.extend(stack::needs(rule, root, stack)?);
    let newer = stack::newer_keys(rule, root, stack);
    losses.extend(newer.iter().map(|newer| newer.loss(stack)));
    let mut object = Map::new();
    for entry in table.as_map().unwrap_or_default() {
        if newer.iter().any(|newer| std::ptr::eq(newer.entry, entry)) {
            continue;
        }
        match entry.key.text.as_str() {
            "new_terms" => new_terms(rule, &entry.value, &mut object)?,
            "threshold" => put(&mut object, "threshold", threshold(rule, &entry.value)?),
            "risk_score_mapping" | "severity_mapping" => {
                put(&mut object, &entry.key.text, list(&entry.value, mapping));
            }
            "required_fields" => put(&mut object, "required_fields", list(&entry.value, required_field)),
            "exceptions_list" => put(&mut object, "exceptions_list", list(&entry.value, reference)),
            "threat_mappings" => losses.push(versioned_threat(&entry.value, stack, &mut object)),
            "threat" if object.contains_key("threat") => {}
            "note" => {
                let (note, more) = guide::render(&entry.value, root.get("transform"));
                losses.extend(more);
                put(&mut object, "note", note.into());
            }
            key => put(&mut object, key, json(&entry.value)),
        }
    }
    asked_for(rule, table, &object)?;
    losses.extend(timeline(rule, &mut object));
    related(root.get("metadata"), installed, &mut object);
    about(root.get("metadata"), &mut object);
    Ok(object)
}

/// Kibana refuses a rule without these; a query can stand in filters instead.
fn asked_for(rule: &Rule, table: &Node, object: &Map<String, Value>) -> Result<(), Vec<Loss>> {
    let kind = table.get("type").and_then(Node::as_str).unwrap_or_default();
    for key in features::REQUIRED.iter().chain(features::required(kind)) {
        let value = table.get(key);
        let is_empty = matches!(*key, "name" | "description") && value.and_then(Node::as_str) == Some("");
        if value.is_none() || is_empty {
            return Err(missing(rule, key));
        }
    }
    let actions = object.get("actions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let lacking =
        ["id", "action_type_id", "params"].into_iter().find(|key| actions.iter().any(|one| one.get(key).is_none()));
    lacking.map_or(Ok(()), |key| Err(missing(rule, &format!("{key}` of an action of `actions"))))
}

fn missing(rule: &Rule, key: &str) -> Vec<Loss> {
    refusal(rule, format!("Kibana's import asks for `{key}`, which the rule does not have"))
}

fn refusal(rule: &Rule, message: String) -> Vec<Loss> {
    vec![Loss::new(&code::METADATA, Effect::Unknown, message, Some(rule.origin))]
}

fn put(object: &mut Map<String, Value>, key: &str, value: Value) {
    object.insert(key.to_owned(), value);
}

fn list(node: &Node, each: fn(&Node) -> Value) -> Value {
    node.as_seq().unwrap_or_default().iter().map(each).collect()
}

/// `field`, `value` and the nested start become two keys.
fn new_terms(rule: &Rule, node: &Node, object: &mut Map<String, Value>) -> Result<(), Vec<Loss>> {
    let start = node.get("history_window_start").and_then(Node::as_seq).and_then(<[Node]>::first);
    let start = start.and_then(|start| start.get("value")).ok_or_else(|| missing(rule, "history_window_start"))?;
    let fields = node.get("value").ok_or_else(|| missing(rule, "new_terms_fields"))?;
    put(object, "new_terms_fields", json(fields));
    put(object, "history_window_start", json(start));
    Ok(())
}

/// The API takes one field or a list, asks for it also where all events are one group, and refuses to count the different values of a
/// field that it groups by.
fn threshold(rule: &Rule, node: &Node) -> Result<Value, Vec<Loss>> {
    let mut value = json(node);
    let Value::Object(table) = &mut value else { return Ok(value) };
    let by = table.entry("field").or_insert_with(|| Value::Array(Vec::new()));
    let counted = node.path(&["cardinality"]).and_then(Node::as_seq).unwrap_or_default();
    let is_grouped =
        |field: &str| by.as_str() == Some(field) || by.as_array().is_some_and(|by| by.iter().any(|by| by == field));
    if let Some(field) = counted.iter().filter_map(|one| one.get("field")?.as_str()).find(|field| is_grouped(field)) {
        return Err(refusal(
            rule,
            format!("Kibana's import refuses a cardinality of `{field}`, which the threshold groups by"),
        ));
    }
    Ok(value)
}

/// The repository leaves out what the API asks for.
fn mapping(node: &Node) -> Value {
    let mut value = json(node);
    if let Value::Object(table) = &mut value {
        table.entry("operator").or_insert_with(|| "equals".into());
        table.entry("value").or_insert_with(|| "".into());
    }
    value
}

/// Whether a field is ECS's is for Kibana to say.
fn required_field(node: &Node) -> Value {
    let mut value = json(node);
    if let Value::Object(table) = &mut value {
        table.remove("ecs");
    }
    value
}

/// The id of the list's saved object is another in every Kibana, which finds the list by its `list_id`.
fn reference(node: &Node) -> Value {
    let mut value = json(node);
    if let Value::Object(table) = &mut value {
        let list = table.get("list_id").cloned().unwrap_or_default();
        table.entry("id").or_insert(list);
        table.entry("namespace_type").or_insert_with(|| "single".into());
        table.entry("type").or_insert_with(|| "detection".into());
    }
    value
}

/// Of several versions of the threats the API takes one.
fn versioned_threat(node: &Node, stack: Version, object: &mut Map<String, Value>) -> Loss {
    let wanted = if stack >= EMIT_CHANGE { "19" } else { "18" };
    let versions = node.as_seq().unwrap_or_default();
    let number = |version: &Node| {
        version.get("version").and_then(Node::as_str).map(|text| text.trim_start_matches('v').to_owned())
    };
    let of_stack =
        versions.iter().find(|version| number(version).is_some_and(|number| number.split('.').next() == Some(wanted)));
    if let Some(threat) = of_stack.and_then(|version| version.get("threat")) {
        put(object, "threat", json(threat));
    }
    let message = "the import takes the threats of one version of ATT&CK: the others stay behind";
    Loss::new(&code::METADATA, Effect::Metadata, message, Some(Location::main(node.span)))
}

/// Kibana refuses the id of a timeline without its title, and the title without the id.
fn timeline(rule: &Rule, object: &mut Map<String, Value>) -> Option<Loss> {
    let keys = ["timeline_id", "timeline_title"];
    let lone = keys.into_iter().find(|key| object.contains_key(*key))?;
    if keys.into_iter().all(|key| object.contains_key(key)) {
        return None;
    }
    object.remove(lone);
    let message = format!("Kibana's import takes `timeline_id` and `timeline_title` together: `{lone}` is left out");
    Some(Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin)))
}

/// The packages that the rule's data come from, unless the rule says them itself.
fn related(metadata: Option<&Node>, installed: &Installed, object: &mut Map<String, Value>) {
    let stack = installed.stack();
    if features::since("", "related_integrations").is_some_and(|since| since > stack) {
        return;
    }
    let names: Vec<&str> =
        match metadata.and_then(|table| table.get("integration")).map(|node| (node.as_str(), node.as_seq())) {
            Some((Some(name), _)) => vec![name],
            Some((None, Some(items))) => items.iter().filter_map(Node::as_str).collect(),
            _ => Vec::new(),
        };
    let operator = if stack >= EMIT_CHANGE { ">=" } else { "^" };
    let one = |name: &str| {
        let said = installed.integrations.get(name).map(String::as_str);
        let version = said.or_else(|| versions::least(name, stack))?;
        Some(object_of!({"package": name, "version": format!("{operator}{version}")}))
    };
    let packages: Vec<Value> = names.into_iter().filter_map(one).collect();
    if !packages.is_empty() {
        object.entry("related_integrations").or_insert(Value::Array(packages));
    }
}

/// What `[metadata]` says stands under `meta`, the API's place for what it does not know. A rule without a version is its first: Kibana asks
/// for one where it has a rule of that id among its own.
fn about(metadata: Option<&Node>, object: &mut Map<String, Value>) {
    object.entry("version").or_insert_with(|| 1.into());
    let entries = metadata.and_then(Node::as_map).unwrap_or_default();
    if entries.is_empty() {
        return;
    }
    if let Value::Object(meta) = object.entry("meta").or_insert_with(|| Value::Object(Map::new())) {
        for entry in entries {
            meta.entry(entry.key.text.clone()).or_insert_with(|| json(&entry.value));
        }
    }
}

/// Connectors hold secrets: they are named, and have to be there.
pub(super) fn connectors(rule: &Rule, object: &Map<String, Value>) -> Option<Loss> {
    let actions = object.get("actions").and_then(Value::as_array)?;
    let mut ids: Vec<&str> = actions.iter().filter_map(|action| action.get("id")?.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    (!ids.is_empty()).then(|| {
        let message = format!("the connectors of the rule's actions have to be in Kibana before: {}", ids.join(", "));
        Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin))
    })
}
