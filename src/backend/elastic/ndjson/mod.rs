//! What Kibana's import of rules reads: one JSON object a line, the rule and then its exception lists and their items (Kibana's detections
//! API, import of rules).

mod guide;
mod lists;
mod rule;

use super::super::{Emitted, Output};
use crate::catalog::versions::Installed;
use crate::fidelity::Loss;
use crate::ir::Rule;
use crate::syntax::{Node, NodeKind, parse_toml};
use serde_json::{Map, Value};

pub(super) use lists::of_exclusions;

/// The rule file `toml` as lines for the import, with the exception lists that are at hand.
///
/// # Errors
/// When the stack does not have the rule's type, or Kibana asks for a key that the rule does not have.
pub(super) fn emit(
    rule: &Rule,
    toml: &str,
    own_lists: Vec<Value>,
    installed: &Installed,
) -> Result<Emitted, Vec<Loss>> {
    let root = parse_toml(toml).root;
    let mut losses = Vec::new();
    let mut object = rule::object(rule, &root, installed, &mut losses)?;
    let mut lines = lists::of_files(rule, &object);
    lines.extend(own_lists);
    lists::refer(&mut object, &lines);
    losses.extend(lists::elsewhere(rule, &object, &lines));
    losses.extend(rule::connectors(rule, &object));
    let lines: Vec<String> = std::iter::once(Value::Object(object)).chain(lines).map(|line| line.to_string()).collect();
    let text = lines.join("\n") + "\n";
    Ok(Emitted { outputs: vec![Output::new(".ndjson", text)], losses, assumes: Vec::new() })
}

/// A value of the file as JSON. TOML has no null.
fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(flag) => (*flag).into(),
        NodeKind::Int(number) => (*number).into(),
        NodeKind::Float(number) => (*number).into(),
        NodeKind::DateTime(text) => text.as_str().into(),
        NodeKind::Str(scalar) => (&*scalar.text).into(),
        NodeKind::Seq(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => {
            entries.iter().map(|entry| (entry.key.text.clone(), json(&entry.value))).collect::<Map<_, _>>().into()
        }
    }
}
