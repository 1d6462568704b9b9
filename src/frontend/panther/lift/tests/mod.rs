mod mocked;
mod run;

use super::{Entry, Lifted, Program, Refusal, output_fields};
use crate::ir::{Pool, UseKind, display_expr, holes};
use crate::lang::python;
use crate::source::{NoCompanions, SourceFile, SourceId, Unit};
use std::sync::Arc;

fn lift_entry(code: &str, entry: Entry) -> (Unit, Lifted) {
    let mut unit = Unit::new(SourceFile::new("rule.py", code));
    let lifted = lift(&mut unit, code, entry).unwrap_or_else(|(why, _)| panic!("{why}"));
    (unit, lifted)
}

fn lift(unit: &mut Unit, code: &str, entry: Entry) -> Result<Lifted, Refusal> {
    let tree = Arc::new(python::parse(code).unwrap());
    let (source, companions) = (SourceId::MAIN, &NoCompanions);
    let program = Program { source, tree: &tree, companions, entry, log_types: &[], mocked: Vec::new() };
    program.start(unit).lift()
}

fn shown(pool: &Pool, id: crate::ir::ExprId) -> String {
    display_expr(pool, id)
}

/// The condition of a rule with this body (indented by the helper).
fn body(lines: &str) -> String {
    let code = format!(
        "def rule(event):\n{}\n",
        lines.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
    );
    module(&code)
}

fn module(code: &str) -> String {
    let (_, lifted) = lift_entry(code, Entry::Rule);
    shown(&lifted.pool, lifted.condition)
}

fn returned(expr: &str) -> String {
    body(&format!("return {expr}"))
}

#[test]
fn reads_of_the_event() {
    assert_eq!(returned(r#"event.get("a") == "x""#), r#"a == "x""#);
    assert_eq!(returned(r#"event.deep_get("a", "b") == "x""#), r#"a.b == "x""#);
    assert_eq!(returned(r#"event.get("a", {}).get("b", {}).get("c") == "x""#), r#"a.b.c == "x""#);
    assert_eq!(returned(r#"event["a"]["b"] == "x""#), r#"a.b == "x""#);
    assert_eq!(returned(r#"event.get("a", "") == "x""#), r#"a == "x""#);
    assert_eq!(returned(r#"event.deep_get("a", "b", default="") != "x""#), r#"not a.b == "x""#);
    assert_eq!(returned(r#"event.get("a.b") == "x""#), r#"a\.b == "x""#);
}

#[test]
fn a_raise_is_no_match_on_either_side() {
    // A missing key raises, also under not.
    assert_eq!(returned(r#"event["a"] != "x""#), r#"not a is missing and not a == "x""#);
    assert_eq!(returned(r#"not event["a"] == "x""#), r#"not a is missing and not a == "x""#);
    assert_eq!(returned(r#"event.get("a").lower() == "x""#), r#"lower(a) == "x""#);
    assert_eq!(returned(r#"event.get("a").lower() != "x""#), r#"a is of type string and not lower(a) == "x""#);
    assert_eq!(returned(r#"None.lower() == "x""#), "false");
    assert_eq!(body("x = event.get('a').lower()\nreturn True"), "a is of type string");
}

#[test]
fn a_default_stands_for_a_missing_key_only() {
    // get("a", "") passes a null through, so lower() raises on it.
    let got = returned(r#"event.get("a", "").lower() != "x""#);
    assert_eq!(got, r#"a is missing or a is of type string and not lower(a) == "x""#);
    // deep_get's default also replaces a null.
    let got = returned(r#"event.deep_get("a", default="").lower() != "x""#);
    assert_eq!(got, r#"a is of type string and not lower(a) == "x" or not a is present"#);
}

#[test]
fn the_result_must_be_a_bool() {
    assert_eq!(returned(r#"event.get("a")"#), "a == true");
    assert_eq!(returned(r#""yes""#), "false");
    assert_eq!(returned(r#"event.get("a") == "x" and "yes""#), "false");
    assert_eq!(returned(r#"bool(event.get("a"))"#), "a is present and not a is empty and not a == 0");
    assert_eq!(body("pass"), "false");
}

#[test]
fn early_returns_become_path_conditions() {
    let code = "if event.get('a') not in ['x', 'y']:\n    return False\nreturn event.get('b') is None and event.get('c') is True";
    assert_eq!(body(code), r#"a in ("x", "y") and not b is present and c == true"#);
    let code = "if event.get('a') == 'x':\n    return True\nelif event.get('b') == 1:\n    return False\nreturn event.get('c') is False";
    assert_eq!(body(code), r#"a == "x" or not b == 1 and c == false"#);
}

#[test]
fn and_or_stop_at_the_first_that_raises() {
    let got = returned(r#"event.get("a") == 1 or event["b"] == 2"#);
    assert_eq!(got, "a == 1 or b == 2");
    // The second operand raises only where the first does not decide.
    let got = returned(r#"not (event.get("a") == 1 and event["b"] == 2)"#);
    assert_eq!(got, "not a == 1 or not b is missing and not b == 2");
    // all([..]) evaluates every operand first.
    let got = returned(r#"any([event.get("a") == 1, event["b"] == 2])"#);
    assert_eq!(got, "not b is missing and (a == 1 or b == 2)");
}

#[test]
fn operands_are_values() {
    assert_eq!(
        returned(r#"(event.get("a") or "").lower() == "x""#),
        r#"a is present and not a is empty and not a == 0 and lower(a) == "x""#
            .replace("a is present and not a is empty and not a == 0 and ", "")
    );
    assert_eq!(returned(r#"(event.get("a") or {}).get("b") == "x""#), r#"a.b == "x""#);
    assert_eq!(returned(r#"("x" if event.get("a") else "y") == "y""#), "not a is present or a is empty or a == 0");
}

#[test]
fn comparisons() {
    assert_eq!(returned(r#"event.get("n") > 5"#), "n > 5");
    assert_eq!(returned(r#"not event.get("n") > 5"#), "n is of type bool|int|float and not n > 5");
    assert_eq!(returned(r#"1 < event.get("n") <= 5"#), "n > 1 and n <= 5");
    assert_eq!(returned(r#"event.get("a") is not None"#), "a is present");
    assert_eq!(returned(r#"event.get("a") == None"#), "not a is present");
    assert_eq!(returned(r#"event.get("a") in "abc""#), r#"a in "abc""#);
    assert_eq!(returned(r#""x" in event.get("a", "")"#), r#""x" in a"#);
    assert_eq!(returned(r#""x" not in event.get("a")"#), r#"a is of type string|array|object and not "x" in a"#);
    assert_eq!(returned(r#""a" in event"#), "not a is missing");
    assert_eq!(returned(r#"event.get("a") == event.get("b")"#), "a == b or not a is present and not b is present");
    assert_eq!(returned(r#"len(event.get("a", [])) > 2"#), "length(a) > 2");
    assert_eq!(returned("1 == True and 'a' < 'b' and 2 > 1.5"), "true");
}

#[test]
fn constants_of_the_module() {
    let code = r#"
A = ["x", "y"]
B = {"z"} | {"w"}
C = tuple(A + ["q"])
NAME = "pre" + "fix"
TABLE = {"k": "v"}
def rule(event):
    return event.get("a") in A and event.get("b").startswith(C) and event.get("c") == f"{NAME}-1" and event.get("d") == TABLE["k"]
"#;
    assert_eq!(
        module(code),
        r#"a in ("x", "y") and (b starts with "x" or b starts with "y" or b starts with "q") and c == "prefix-1" and d == "v""#
    );
}

#[test]
fn locals_are_strict_and_branches_merge() {
    let code = "x = event.get('a')\nif event.get('b') == 1:\n    x = 'k'\nreturn x == 'k'";
    assert_eq!(body(code), r#"b == 1 or a == "k""#);
    let code = "x, y = event.get('a'), event.get('b')\nreturn x == 1 and y == 2";
    assert_eq!(body(code), "a == 1 and b == 2");
    let code = "if event.get('b') == 1:\n    x = 'k'\nreturn x == 'k'";
    assert_eq!(body(code), "b == 1");
}

#[test]
fn strings() {
    assert_eq!(returned(r#"event.get("a").endswith(("x", "y"))"#), r#"a ends with "x" or a ends with "y""#);
    assert_eq!(returned(r#"event.get("a").startswith(["x"])"#), "false");
    assert_eq!(returned(r#"event.get("a").split("@")[1] == "x""#), r#"index(split(a, "@"), 1) == "x""#);
    assert_eq!(
        returned(r#"event.get("a").split("@")[-1] != "x""#),
        r#"a is of type string and not index(split(a, "@"), -1) is missing and not index(split(a, "@"), -1) == "x""#
    );
}

#[test]
fn quantifiers() {
    assert_eq!(returned(r#"any(x == "a" for x in event.get("l", []))"#), r#"any(x0 in iterate(l): x0 == "a")"#);
    assert_eq!(
        returned(r#"any(x.get("k") == "a" for x in event.get("l", []))"#),
        r#"first(x0 in iterate(l): x0.k == "a")"#
    );
    assert_eq!(returned(r#"any(k in event.get("a") for k in ["x", "y"])"#), r#""x" in a or "y" in a"#);
    assert_eq!(
        returned(r#"all(x != "a" for x in event.get("l"))"#),
        r#"l is of type string|array|object and not any(x0 in iterate(l): x0 == "a")"#
    );
    assert_eq!(
        returned(r#"any(x == y for x in event.get("l") for y in event.get("m") if y)"#).matches("any(").count()
            + returned(r#"any(x == y for x in event.get("l") for y in event.get("m") if y)"#).matches("first(").count(),
        2
    );
}

#[test]
fn loops() {
    let code = "for x in event.get('l', []):\n    if x.get('k') == 'v':\n        return True\nreturn False";
    assert_eq!(body(code), r#"first(x0 in iterate(l): x0.k == "v")"#);
    let code = "for x in ('a', 'b'):\n    if x in event.get('l'):\n        return True\nreturn False";
    assert_eq!(body(code), r#""a" in l or "b" in l"#);
    let code = "for x in event.get('l', []):\n    if x == 'v':\n        return False\nreturn True";
    assert_eq!(
        body(code),
        r#"l is missing or l is of type string|array|object and not any(x0 in iterate(l): x0 == "v")"#
    );
}

#[test]
fn state_on_a_path_that_leaves_a_loop_early_is_not_lost() {
    let inner = "found = False\nfor x in event.get('l', []):\n    if x == 'v':\n        found = True\n        break\nreturn found";
    assert_eq!(body(inner), r#"any(x0 in iterate(l): x0 == "v")"#);
    let known = "found = False\nfor x in ('a', 'b'):\n    if x in event.get('l', []):\n        found = True\n        break\nreturn found";
    assert!(!body(known).contains('<'), "{}", body(known));
    let before = "n = 0\nfor x in event.get('l', []):\n    if n > 1:\n        return True\n    n += 1\nreturn False";
    assert!(body(before).contains("<a loop that keeps state"), "{}", body(before));
}

#[test]
fn globals_that_functions_change_are_not_trusted() {
    let code = "SEEN = {}\ndef note(k):\n    SEEN[k] = 1\n    return True\ndef rule(event):\n    note('a')\n    return 'a' in SEEN";
    assert!(module(code).contains("a change of a container"), "{}", module(code));
    let code = "N = 0\ndef bump():\n    global N\n    N = 2\ndef rule(event):\n    bump()\n    return N == 2";
    assert!(module(code).contains("a global that a function changes"), "{}", module(code));
    let code = "from unittest.mock import MagicMock\nA = ['x']\ndef rule(event):\n    global A\n    if isinstance(A, MagicMock):\n        A = A()\n    return event.get('a') in A";
    assert_eq!(module(code), r#"a == "x""#);
}

#[test]
fn the_text_of_a_container_is_its_repr() {
    let got = returned(r#"str(event.get("n")) == "17""#);
    assert!(!got.contains('<'), "{got}");
    let got = returned(r#""x" in str(event.get("n"))"#);
    assert!(got.contains("repr(n, true)"), "{got}");
}

#[test]
fn regexes_and_globs() {
    let code = "import re\nfrom fnmatch import fnmatch\nP = re.compile(r'^a', re.I)\ndef rule(event):\n    return bool(P.search(event.get('a'))) and re.match('b', event.get('b')) is not None and fnmatch(event.get('c'), 'x*')";
    let got = module(code);
    assert!(got.ends_with(r#"c starts with "x""#), "{got}");
    assert_eq!(got.matches(" and ").count(), 2, "{got}");
    let (_, lifted) = lift_entry(code, Entry::Rule);
    assert!(holes(&lifted.pool, &[lifted.condition]).is_empty());
}

#[test]
fn functions_are_inlined() {
    let code = "def ok(e, name='a', *, v='x'):\n    if e.get(name) == v:\n        return True\n    return False\ndef rule(event):\n    return ok(event) and not ok(event, 'b', v='y')";
    assert_eq!(module(code), r#"a == "x" and not b == "y""#);
    let code = "def f(e):\n    return f(e)\ndef rule(event):\n    return f(event)";
    assert!(module(code).contains("calls itself"), "{}", module(code));
}

#[test]
fn a_hole_is_named_and_its_surroundings_stay() {
    let got = returned(r#"event.get("a") == 1 and event.lookup("x", "y") == 2"#);
    assert_eq!(got, r#"a == 1 and <event.lookup: event.lookup("x", "y") == 2>"#);
    let code = "from panther_detection_helpers.caching import get_counter\ndef rule(event):\n    return event.get('a') == 1 and get_counter('x') > 2";
    let got = module(code);
    assert!(got.contains("get_counter: state that outlives the event"), "{got}");
    let code = "n = 0\nfor x in event.get('l', []):\n    n += 1\nreturn n > 3";
    assert!(!body(code).contains('<'), "{}", body(code));
    let code = "try:\n    x = event['a']\nexcept KeyError:\n    return False\nreturn event.get('b') == 1";
    assert_eq!(body(code), "not a is missing and b == 1");
}

#[test]
fn policies_alert_on_false() {
    let code = "def policy(resource):\n    return resource['Encrypted'] is True";
    let (_, lifted) = lift_entry(code, Entry::Policy);
    assert_eq!(shown(&lifted.pool, lifted.condition), "not Encrypted is missing and not Encrypted == true");
}

#[test]
fn uses_name_the_key_and_value_tokens() {
    let code = "KINDS = ['k1', 'k2']\ndef rule(event):\n    if event.get('eventType') not in KINDS:\n        return False\n    return event.deep_get('actor', 'alternateId') != 'v'\n";
    let (unit, lifted) = lift_entry(code, Entry::Rule);
    let texts: Vec<(String, &str, Vec<&str>, bool)> = lifted
        .uses
        .iter()
        .map(|used| {
            let values = used.values.iter().map(|(_, at)| unit.slice(*at)).collect();
            (used.field.name(), unit.slice(used.at), values, used.negated)
        })
        .collect();
    assert!(texts.contains(&("eventType".to_owned(), "'eventType'", vec!["'k1'"], false)), "{texts:?}");
    assert!(
        texts.contains(&("actor.alternateId".to_owned(), "'actor', 'alternateId'", vec!["'v'"], true)),
        "{texts:?}"
    );
    assert!(lifted.uses.iter().all(|used| used.kind == UseKind::Equal));
}

#[test]
fn alert_context_fields_come_with_their_source() {
    let code = "def rule(event):\n    return True\ndef alert_context(event):\n    return {'event_type': event.get('eventtype', ''), 'actor': event.get('actor'), 'x': 'const'}";
    let mut unit = Unit::new(SourceFile::new("rule.py", code));
    let fields = output_fields(&mut unit, SourceId::MAIN, &Arc::new(python::parse(code).unwrap()), &NoCompanions);
    let fields: Vec<_> = fields.iter().map(|field| (field.field.as_str(), field.source.as_deref())).collect();
    assert_eq!(fields, [("event_type", Some("eventtype")), ("actor", None)]);
}

#[test]
fn hostile_sizes_end() {
    let chain: Vec<String> =
        (0..3_000).map(|n| format!("    if event.get('a{n}') == {n}: return {}", n % 2 == 0)).collect();
    let chain = chain.join("\n") + "\n";
    let code =
        format!("def rule(event):\n{}    return False\n", chain.replace("true", "True").replace("false", "False"));
    let mut unit = Unit::new(SourceFile::new("rule.py", code.clone()));
    let _ = lift(&mut unit, &code, Entry::Rule);
    let pairs: Vec<String> =
        (0..60).map(|n| format!("    x = (x or event.get('a{n}')) if event.get('b{n}') else x")).collect();
    let pairs = pairs.join("\n") + "\n";
    let code = format!("def rule(event):\n    x = None\n{pairs}    return x == 1\n");
    let mut unit = Unit::new(SourceFile::new("rule.py", code.clone()));
    let _ = lift(&mut unit, &code, Entry::Rule);
    let deep = format!("def rule(event):\n    return {}event.get('a'){}\n", "not (".repeat(90), ")".repeat(90));
    let (_, lifted) = lift_entry(&deep, Entry::Rule);
    assert!(holes(&lifted.pool, &[lifted.condition]).is_empty());
}
