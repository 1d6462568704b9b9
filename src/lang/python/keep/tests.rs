use super::super::{Module, Parts, parse, print};
use super::Kept;
use std::collections::BTreeSet;

/// What of `source` is kept beside `other`, as text of a module without anything else, and what is lost.
fn keep(source: &str, functions: &[&str], other: &str) -> (String, Vec<(String, String)>) {
    let (tree, other_tree) = (parse(source).unwrap(), parse(other).unwrap());
    let Kept { imports, statements, lost, .. } =
        Parts::new(&tree, source).keep(functions, "rule", &Parts::new(&other_tree, other));
    let text = print(&Module { imports, kept: statements, ..Module::default() });
    let lost = lost.into_iter().map(|(name, reason)| (name.to_owned(), reason)).collect();
    (text.trim_start().to_owned(), lost)
}

fn lost(source: &str, functions: &[&str]) -> Vec<(String, String)> {
    keep(source, functions, "def rule(event):\n    return True\n").1
}

#[test]
fn what_a_function_needs_comes_along_and_nothing_else() {
    let source = r#""""A docstring"""

import re
from os import path
from panther_base_helpers import deep_get as dig
from panther_base_helpers import is_ip_in_network

ALLOWED = ["a"]

# Names of countries
COUNTRIES = {  # short
    "de": "Germany",
}
COUNTRIES["fr"] = "France"


def rule(event):
    return event.get("a") in ALLOWED and is_ip_in_network(event.get("ip"), [])


# Of an event
def country(event):
    re = path.basename(dig(event, "country"))
    return COUNTRIES.get(re)


def title(event):
    return f"{country(event)}: {dig(event, 'a')}"

    # nothing else


def severity(event):
    return "HIGH" if title(event) else "LOW"
"#;
    let expected = r#"from os import path

from panther_base_helpers import deep_get as dig


# Names of countries
COUNTRIES = {  # short
    "de": "Germany",
}
COUNTRIES["fr"] = "France"


# Of an event
def country(event):
    re = path.basename(dig(event, "country"))
    return COUNTRIES.get(re)


def title(event):
    return f"{country(event)}: {dig(event, 'a')}"

    # nothing else
"#;
    assert_eq!(keep(source, &["title"], "def rule(event):\n    return True\n"), (expected.to_owned(), Vec::new()));
}

#[test]
fn names_of_functions_and_comprehensions_are_their_own() {
    let source = "import a\nimport b\nimport c\nimport d\nimport e\n\n\ndef title(event, *, a=1):\n    \
        with open(a) as b:\n        return [c for c in event if (lambda d: d)(c)]\n\n\nclass Kind:\n    e = 1\n\n    \
        def of(self):\n        return e\n\n\ndef dedup(event):\n    return Kind().of()\n";
    assert!(!keep(source, &["title"], "").0.contains("import"), "none of them is the module's");
    // A class's names are not seen from its methods.
    assert!(keep(source, &["dedup"], "").0.starts_with("import e\n"));
}

#[test]
fn what_the_rule_changes_is_not_shared() {
    let reason = |name: &str| format!("it shares `{name}` with `rule`, which changes it");
    for change in [
        "    global STATE\n    STATE = event.get('a')\n",
        "    STATE['a'] = 1\n",
        "    STATE.a = 1\n",
        "    STATE['a'] += 1\n",
        "    del STATE['a']\n",
        "    STATE.setdefault('a', []).append(1)\n",
        "    STATE.some_method(event)\n",
        "    fill(STATE)\n",
        "    other = STATE\n    other['a'] = 1\n",
        "    indirectly(event)\n",
    ] {
        let source = format!(
            "STATE = {{}}\n\n\ndef fill(target):\n    target['a'] = 1\n\n\ndef indirectly(event):\n    STATE.update(event)\n\n\n\
            def rule(event):\n{change}    return True\n\n\ndef name():\n    return STATE.get('a')\n\n\ndef title(event):\n    \
            return name()\n\n\ndef dedup(event):\n    return 'x'\n"
        );
        assert_eq!(lost(&source, &["title", "dedup"]), [("title".to_owned(), reason("STATE"))], "{change}");
    }
    // A name that the module itself never gives a value.
    let source =
        "def rule(event):\n    global SEEN\n    SEEN = 1\n    return True\n\n\ndef title(event):\n    return SEEN\n";
    assert_eq!(lost(source, &["title"]), [("title".to_owned(), reason("SEEN"))]);
}

#[test]
fn what_is_only_looked_at_is_shared() {
    let source = "import re\n\nNAMES = ['a']\nTEXT = 'x'\n\n\ndef has(names, name):\n    return name in names\n\n\ndef rule(event):\n    \
        text = TEXT\n    STATE = NAMES[0]\n    return has(NAMES, text) and NAMES.index('a') == 0 and re.match(STATE, text)\n\n\n\
        def title(event):\n    return NAMES[0] + TEXT\n";
    assert_eq!(lost(source, &["title"]), []);
}

#[test]
fn a_function_that_is_lost_takes_what_it_sets_with_it() {
    let source = "A = B = None\n\n\ndef rule(event):\n    global A\n    A = 1\n    return True\n\n\ndef title(event):\n    global B\n    \
        B = A\n    return 'x'\n\n\ndef dedup(event):\n    return B\n\n\ndef severity(event):\n    return 'LOW'\n";
    let names: Vec<String> = lost(source, &["title", "dedup", "severity"]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["title", "dedup"]);
}

#[test]
fn names_of_the_other_module_are_not_taken() {
    let source = "def text(value):\n    return value\n\n\ndef title(event):\n    return text(event)\n";
    let other = "def text(value):\n    return str(value)\n\n\ndef rule(event):\n    return text(event) == ''\n";
    let reason = "`text` is another thing in the written module".to_owned();
    assert_eq!(keep(source, &["title"], other).1, [("title".to_owned(), reason)]);
    // The same function stands there once.
    let (text, lost) = keep(source, &["title"], &other.replace("str(value)", "value"));
    assert_eq!((text.as_str(), lost.len()), ("def title(event):\n    return text(event)\n", 0));
    // A built-in function that the other module's names hide, and one that this module would hide.
    let other = "def format(value):\n    return value\n";
    assert_eq!(keep("def title(event):\n    return format(event)\n", &["title"], other).1.len(), 1);
    let source = "def any(items):\n    return 1\n\n\ndef title(event):\n    return any(event)\n";
    assert_eq!(keep(source, &["title"], "def rule(event):\n    return any(event)\n").1.len(), 1);
    // One import under two names is no clash, two under one are.
    let source = "from json import loads\n\n\ndef title(event):\n    return loads(event)\n";
    assert_eq!(keep(source, &["title"], "from json import loads\n").1.len(), 0);
    assert_eq!(keep(source, &["title"], "from pickle import loads\n").1.len(), 1);
}

#[test]
fn names_that_are_not_seen_are_not_kept() {
    let star = "from panther_base_helpers import *\n\n\ndef title(event):\n    return pattern_match(event)\n";
    assert_eq!(lost(star, &["title"])[0].1, "the module imports names by `*` or from beside it");
    let unseen = "def rule(event):\n    globals()['A'] = 1\n    return True\n\n\ndef title(event):\n    return A\n";
    assert_eq!(lost(unseen, &["title"])[0].1, "the module uses `globals`");
}

#[test]
fn the_rule_can_be_called() {
    let source = "def rule(event):\n    return True\n\n\ndef title(event):\n    return str(rule(event))\n";
    let tree = parse(source).unwrap();
    let other = "def rule(event):\n    return False\n";
    let other_tree = parse(other).unwrap();
    let kept = Parts::new(&tree, source).keep(&["title"], "rule", &Parts::new(&other_tree, other));
    assert_eq!((kept.functions, kept.names), (BTreeSet::from(["title"]), BTreeSet::from(["title"])));
    assert_eq!(kept.lost, []);
}
