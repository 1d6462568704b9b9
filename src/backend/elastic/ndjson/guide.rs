//! The investigation guide with what `[transform]` puts into it: osquery's queries and searches, as Kibana's Markdown plugins.

use super::json;
use crate::fidelity::{Effect, Loss, code};
use crate::source::Location;
use crate::syntax::Node;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The guide, its places (`$osquery_0`, `${investigate_0}`) filled, and the loss of what has no place in it. The guide is a template as
/// Python's `string.Template` has them, by which detection-rules fills it: `$$` is a dollar, and other names stay.
pub(super) fn render(note: &Node, transform: Option<&Node>) -> (String, Vec<Loss>) {
    let text = note.as_str().unwrap_or_default();
    let plugins = plugins(transform);
    if plugins.is_empty() {
        return (text.to_owned(), Vec::new());
    }
    let mut out = String::with_capacity(text.len());
    let mut used = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (place, remaining) = place(after);
        rest = remaining;
        match place {
            Place::Dollar => out.push('$'),
            Place::Named { name, written } => match plugins.get(name) {
                Some((text, _)) => {
                    used.push(name);
                    out.push_str(text);
                }
                None => out.extend(["$", written]),
            },
        }
    }
    out.push_str(rest);
    let unused = plugins.iter().filter(|(name, _)| !used.contains(&name.as_str()));
    (out, unused.map(|(name, (_, node))| unplaced(name, node)).collect())
}

fn unplaced(name: &str, node: &Node) -> Loss {
    let message = format!("the guide has no `${name}`, so Kibana does not show what is to stand there");
    Loss::new(&code::METADATA, Effect::Metadata, message, Some(Location::main(node.span)))
}

/// The text of each entry of `[transform]`, by the name of its place.
fn plugins(transform: Option<&Node>) -> BTreeMap<String, (String, &Node)> {
    let tables = transform.and_then(Node::as_map).unwrap_or_default();
    let entries = tables.iter().flat_map(|table| {
        let items = table.value.as_seq().unwrap_or_default();
        items.iter().enumerate().map(move |(index, item)| (table.key.text.as_str(), index, item))
    });
    let text = |plugin: &str, item: &Node| format!("!{{{plugin}{}}}", sorted(&json(item)));
    entries.map(|(plugin, index, item)| (format!("{plugin}_{index}"), (text(plugin, item), item))).collect()
}

/// Keys in the order of their names, as detection-rules writes them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(table) => {
            let names: BTreeMap<&String, Value> = table.iter().map(|(name, value)| (name, sorted(value))).collect();
            names.into_iter().map(|(name, value)| (name.clone(), value)).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// What a dollar begins.
enum Place<'t> {
    Dollar,
    /// A name, and how it is written after the dollar.
    Named {
        name: &'t str,
        written: &'t str,
    },
}

/// What stands after a dollar, and the text behind it.
fn place(after: &str) -> (Place<'_>, &str) {
    if let Some(rest) = after.strip_prefix('$') {
        return (Place::Dollar, rest);
    }
    let braced = after.strip_prefix('{');
    let text = braced.unwrap_or(after);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = if braced.is_some() { rest.strip_prefix('}') } else { Some(rest) };
    match rest.filter(|_| is_name) {
        Some(rest) => (Place::Named { name, written: &after[..after.len() - rest.len()] }, rest),
        None => (Place::Dollar, after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse_toml;

    fn rendered(note: &str) -> (String, usize) {
        let file = format!(
            "note = '''{note}'''\n[[transform.osquery]]\nquery = 'select 1'\nlabel = 'One'\n\
             [[transform.osquery]]\nlabel = 'Two'\n"
        );
        let root = parse_toml(&file).root;
        let (text, losses) = render(root.get("note").unwrap(), root.get("transform"));
        (text, losses.len())
    }

    #[test]
    fn places_are_filled() {
        let one = r#"!{osquery{"label":"One","query":"select 1"}}"#;
        let two = r#"!{osquery{"label":"Two"}}"#;
        assert_eq!(rendered("- $osquery_0\n- ${osquery_1}."), (format!("- {one}\n- {two}."), 0));
    }

    #[test]
    fn other_dollars_are_those_of_a_python_template() {
        // string.Template(..).safe_substitute(osquery_0='..')
        let (text, losses) = rendered("$osquery_1x $osquery_10 $other ${osquery_0 $$HOME $$$ $ 5$");
        assert_eq!((text.as_str(), losses), ("$osquery_1x $osquery_10 $other ${osquery_0 $HOME $$ $ 5$", 2));
    }
}
