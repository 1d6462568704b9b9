use super::*;
use crate::ir::EventModel;
use serde_json::json;

fn run(function: Function, arguments: &Json) -> Json {
    let arguments: Vec<&Json> = arguments.as_array().unwrap().iter().collect();
    call(function, &arguments, &Patterns::default()).unwrap_or_else(|| json!("RAISES"))
}

#[test]
fn walks_as_panther_does() {
    let event = json!({"a": [{"b": 1}, {"b": [2, 1]}, {"c": 3}], "s": [{"k": "v"}, {"z": 1}], "l": [[], []],
        "o": [{"p": {"q": 1}}], "d": {"e": {"f": [1]}}, "A": 5, "t": [{"k": 1}, {"k": true}]});
    for (arguments, expected) in [
        (json!([event, null, "all", "a", "b"]), json!([1, 2])),
        (json!([event, null, "first", "a", "b"]), json!(1)),
        (json!([event, null, "last", "a", "b"]), json!(2)),
        (json!([event, null, "any", "a", "b"]), json!("all")),
        (json!([event, "", "all", "s", "k"]), json!(["v", ""])),
        (json!([event, [], "all", "s", "k"]), json!("v")),
        (json!([event, "none", "all", "l"]), json!("none")),
        (json!([event, null, "all", "o", "p"]), json!("RAISES")),
        (json!([event, null, "all", "d", "e"]), json!({"f": [1]})),
        (json!([event, null, "all", "d", "e", "f"]), json!([1])),
        (json!([event, 7, "all", "d", "x", "f"]), json!(7)),
        (json!([event, null, "all", "t", "k"]), json!(1)),
        (json!([event, null, "all", "D"]), json!(null)),
    ] {
        assert_eq!(run(Function::DeepWalk, &arguments), expected, "{arguments}");
    }
}

#[test]
fn numbers_as_python_reads_them() {
    for (value, int, float) in [
        (json!("42"), json!(42), json!(42.0)),
        (json!(" -1_000 "), json!(-1000), json!(-1000.0)),
        (json!("1__0"), json!("RAISES"), json!("RAISES")),
        (json!("1.5"), json!("RAISES"), json!(1.5)),
        (json!(-1.9), json!(-1), json!(-1.9)),
        (json!(true), json!(1), json!(1.0)),
        (json!(null), json!("RAISES"), json!("RAISES")),
        (json!(""), json!("RAISES"), json!("RAISES")),
        (json!([1]), json!("RAISES"), json!("RAISES")),
    ] {
        assert_eq!(run(Function::ToInt, &json!([value])), int, "int {value}");
        assert_eq!(run(Function::ToFloat, &json!([value])), float, "float {value}");
    }
}

#[test]
fn lists_and_objects() {
    for (function, arguments, expected) in [
        (Function::Repr, json!([["a"], true]), json!("ImmutableList(('a',))")),
        (
            Function::Repr,
            json!([{"a": [1.0, null, "x'y", "\n"]}, true]),
            json!("ImmutableCaseInsensitiveDict({'a': [1.0, None, \"x'y\", '\\n']})"),
        ),
        (Function::Repr, json!([[true, 1e16, 1e-5], false]), json!("[True, 1e+16, 1e-05]")),
        (Function::Chain, json!([[1], [2, 3]]), json!([1, 2, 3])),
        (Function::Chain, json!([[1], null]), json!("RAISES")),
        (Function::Distinct, json!([[1, true, "a", "a", 1.0]]), json!([1, "a"])),
        (Function::ToObject, json!([[["a", 1], ["b", 2], ["a", 3]]]), json!({"a": 3, "b": 2})),
        (Function::ToObject, json!([[[[1], 1]]]), json!("RAISES")),
        (Function::ToObject, json!([[[{}, 1]]]), json!("RAISES")),
        (Function::Join, json!([["a", "b"], ", "]), json!("a, b")),
        (Function::Join, json!([["a", 1], ", "]), json!("RAISES")),
        (Function::Pairs, json!([{"a": 1}]), json!([["a", 1]])),
        (Function::Slice, json!([[1, 2, 3], 1]), json!([2, 3])),
        (Function::Slice, json!([[1, 2, 3], 0, -1]), json!([1, 2])),
        (Function::Slice, json!(["äbc", -2]), json!("bc")),
        (Function::Slice, json!([{}, 1]), json!("RAISES")),
    ] {
        assert_eq!(run(function, &arguments), expected, "{function:?} {arguments}");
    }
}

#[test]
fn dictionaries_have_any_scalar_as_key() {
    let pairs =
        json!([["a", 1], [1, 2], [true, 3], [1.0, 4], [null, 5], [1.5, 6], [false, 7], [-0.0, 8], ["\u{FDD0}1", 9]]);
    let dictionary = run(Function::ToObject, &json!([pairs]));
    let read = |function, arguments: &Json| {
        let arguments: Vec<Option<&Json>> = arguments.as_array().unwrap().iter().map(Some).collect();
        let value =
            super::super::function::call(function, &arguments, EventModel::PantherResource, &Patterns::default());
        value.unwrap_or_else(|| json!("RAISES"))
    };
    let expected = json!([["a", 1], [1, 4], [null, 5], [1.5, 6], [false, 8], ["\u{FDD0}1", 9]]);
    assert_eq!(run(Function::Pairs, &json!([dictionary])), expected);
    let text = json!("{'a': 1, 1: 4, None: 5, 1.5: 6, False: 8, '\u{FDD0}1': 9}");
    assert_eq!(run(Function::Repr, &json!([dictionary, false])), text);
    for (key, value) in [(json!(1), 4), (json!(true), 4), (json!(0), 8), (json!(null), 5), (json!("a"), 1)] {
        assert_eq!(read(Function::Index, &json!([dictionary, key])), json!(value), "{key}");
    }
    assert_eq!(read(Function::Index, &json!([dictionary, 2])), json!("RAISES"));
    assert_eq!(read(Function::Keys, &json!([dictionary])), json!(["a", 1, null, 1.5, false, "\u{FDD0}1"]));
}
