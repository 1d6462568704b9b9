//! Structural edits on whole rules: what was edited changed, and nothing else did.

use crate::shared::{corpus, files};
use detc::syntax::edit::{apply, insert_after, remove_entry};
use detc::syntax::{Document, Entry, Node, NodeKind, YamlVersion, parse_toml, parse_yaml};
use serde_json::{Map, Value};

/// The tree without its places.
fn plain(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::from(*value),
        NodeKind::Int(value) => Value::from(*value),
        NodeKind::Float(value) => Value::from(*value),
        NodeKind::DateTime(text) => Value::from(text.as_str()),
        NodeKind::Str(scalar) => Value::from(&*scalar.text),
        NodeKind::Seq(items) => items.iter().map(plain).collect(),
        NodeKind::Map(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.text.clone(), plain(&e.value))).collect::<Map<_, _>>())
        }
    }
}

/// The JSON pointers of all maps in a tree that stand in the text as they are.
fn maps(node: &Node, path: &str, found: &mut Vec<String>) {
    match &node.kind {
        _ if node.via_alias.is_some() => {}
        NodeKind::Seq(items) => {
            items.iter().enumerate().for_each(|(at, item)| maps(item, &format!("{path}/{at}"), found));
        }
        NodeKind::Map(entries) => {
            found.push(path.to_owned());
            for entry in entries {
                maps(&entry.value, &format!("{path}/{}", pointer(entry)), found);
            }
        }
        _ => {}
    }
}

fn pointer(entry: &Entry) -> String {
    entry.key.text.replace('~', "~0").replace('/', "~1")
}

fn map_at<'n>(node: &'n Node, path: &str) -> &'n [Entry] {
    let mut node = node;
    for step in path.split('/').skip(1) {
        node = match &node.kind {
            NodeKind::Seq(items) => &items[step.parse::<usize>().unwrap()],
            _ => node.get(&step.replace("~1", "/").replace("~0", "~")).unwrap(),
        };
    }
    node.as_map().unwrap()
}

/// Removes each entry of a document in turn, and adds one behind each.
fn check(text: &str, document: &Document, read: &dyn Fn(&str) -> Document, new: &str) {
    let before = plain(&document.root);
    let mut paths = Vec::new();
    maps(&document.root, "", &mut paths);
    for path in paths {
        let entries = map_at(&document.root, &path);
        for entry in entries.iter().filter(|entry| entry.value.via_alias.is_none()) {
            let removed = apply(text, &[remove_entry(text, entry)]).unwrap();
            let again = read(&removed);
            assert_eq!(again.problems, [], "{path} {}\n{removed}", entry.key.text);
            let mut expected = before.clone();
            let map = expected.pointer_mut(&path).unwrap();
            map.as_object_mut().unwrap().shift_remove(&entry.key.text);
            let mut got = plain(&again.root);
            if entries.len() == 1 {
                // The map itself may be null or `{}` now.
                *got.pointer_mut(&path).unwrap() = map.take();
            }
            *expected.pointer_mut(&path).unwrap() = got.pointer(&path).cloned().unwrap();
            assert_eq!(got, expected, "{path} {}\n{removed}", entry.key.text);
            assert_eq!(got.pointer(&path).unwrap().get(&entry.key.text), None);

            let grown = apply(text, &[insert_after(text, entry, new)]).unwrap();
            let again = read(&grown);
            assert_eq!(again.problems, [], "{path} {}\n{grown}", entry.key.text);
            let mut got = plain(&again.root);
            let map = got.pointer_mut(&path).unwrap().as_object_mut().unwrap();
            assert_eq!(map.shift_remove("zz"), Some(Value::from(1)), "{path} {}\n{grown}", entry.key.text);
            assert_eq!(got, before, "{path} {}\n{grown}", entry.key.text);
        }
    }
}

fn yaml(text: &str) -> Document {
    parse_yaml(text, YamlVersion::V1_2).remove(0)
}

const YAML: &str = "title: Edits # note\nlogsource:\n    product: okta\n    # a comment between\n    service: x\n\n\
    detection:\n    a:\n        - f|contains:\n            - 'x'\n            - y\n          g: 1\n        - h: |\n            \
    block\n\n            more\n\n          i: >-\n            folded\n            text\n    b: {c: 1, d: [1, {e: 2}], f: 'g'}\n    \
    c: { a: 1,\n         b: 2 }\n    condition: a and b\nlast: \"two\n  lines\"";

#[test]
fn every_entry_of_a_yaml_rule_can_be_removed_and_followed() {
    check(YAML, &yaml(YAML), &yaml, "zz: 1");
    let windows = YAML.replace('\n', "\r\n");
    check(&windows, &yaml(&windows), &yaml, "zz: 1");
}

#[test]
fn entries_of_corpus_rules_can_be_removed_and_followed() {
    for name in ["sigma", "panther"] {
        let Some(folder) = corpus(name) else { continue };
        for path in files(&folder, &["yml"]).iter().step_by(97) {
            let text = std::fs::read_to_string(path).unwrap();
            if let [document] = parse_yaml(&text, YamlVersion::V1_2).as_slice()
                && text.len() < 6000
            {
                check(&text, document, &yaml, "zz: 1");
            }
        }
    }
}

#[test]
fn entries_of_a_toml_rule_can_be_removed() {
    let text =
        "a = 1 # one\n[t]\nb = {c = 1, d = 2, e = {f = 3}}\ng = [\n  1,\n  2,\n]\nh = '''\nx\n'''\n[[l]]\ni = \"y\"\n";
    let document = parse_toml(text);
    for (path, key) in
        [("", "a"), ("/t", "b"), ("/t", "g"), ("/t", "h"), ("/t/b", "c"), ("/t/b", "d"), ("/t/b", "e"), ("/l/0", "i")]
    {
        let entry = map_at(&document.root, path).iter().find(|entry| entry.key.text == key).unwrap();
        let removed = apply(text, &[remove_entry(text, entry)]).unwrap();
        let again = parse_toml(&removed);
        assert_eq!(again.problems, [], "{removed}");
        let mut expected = plain(&document.root);
        expected.pointer_mut(path).unwrap().as_object_mut().unwrap().shift_remove(key);
        assert_eq!(plain(&again.root), expected, "{removed}");
    }
}
