use super::*;
use crate::ir::Case;
use serde_json::json;

fn call(function: Function, arguments: &[Option<&Json>], model: EventModel) -> Option<Json> {
    super::call(function, arguments, model, &Patterns::default())
}

fn run(function: Function, arguments: &Json) -> Json {
    let arguments: Vec<Option<&Json>> = arguments.as_array().unwrap().iter().map(Some).collect();
    call(function, &arguments, EventModel::Elastic).unwrap_or_else(|| json!("MISSING"))
}

#[test]
fn texts() {
    for (function, arguments, expected) in [
        (Function::Lower, json!(["ÄB"]), json!("äb")),
        (Function::Upper, json!(["straße"]), json!("STRASSE")),
        (Function::Lower, json!([1]), json!("MISSING")),
        (Function::Length, json!(["äb"]), json!(2)),
        (Function::Length, json!([[1, 2, 3]]), json!(3)),
        (Function::Length, json!([{"a": 1}]), json!(1)),
        (Function::Length, json!([null]), json!("MISSING")),
        (Function::ToText, json!([1.5]), json!("1.5")),
        (Function::ToText, json!([true]), json!("true")),
        (Function::ToText, json!([[]]), json!("MISSING")),
        (Function::Concat, json!(["a", 1, true]), json!("a1true")),
        (Function::Concat, json!(["a", null]), json!("MISSING")),
        (Function::Strip, json!(["  a "]), json!("a")),
        (Function::Strip, json!(["xxaxy", "yx"]), json!("a")),
        (Function::Split, json!([" a  b "]), json!(["a", "b"])),
        (Function::Split, json!(["a,,b", ","]), json!(["a", "", "b"])),
        (Function::Split, json!(["a", ""]), json!("MISSING")),
        (Function::Replace, json!(["aXbX", "X", "-"]), json!("a-b-")),
    ] {
        assert_eq!(run(function, &arguments), expected, "{function:?} {arguments}");
    }
}

#[test]
fn positions() {
    let first = Function::Between(Between { greedy: false, case: Case::Sensitive });
    let last = Function::Between(Between { greedy: true, case: Case::Insensitive });
    for (function, arguments, expected) in [
        (Function::Substring, json!(["hello", 1]), json!("ello")),
        (Function::Substring, json!(["hello", -3, -1]), json!("ll")),
        (Function::Substring, json!(["hello", -99, 99]), json!("hello")),
        (Function::Substring, json!(["hello", 4, 2]), json!("")),
        (Function::IndexOf, json!(["äbcb", "b"]), json!(1)),
        (Function::IndexOf, json!(["äbcb", "b", 2]), json!(3)),
        (Function::IndexOf, json!(["abc", "x"]), json!("MISSING")),
        (Function::IndexOf, json!(["abc", "", 99]), json!("MISSING")),
        (first, json!(["welcome to the planet", "welcome", "planet"]), json!(" to the ")),
        (first, json!(["welcome to the planet", "welcome", "e"]), json!(" to th")),
        (first, json!(["welcome to the planet", "welcome", "village"]), json!("MISSING")),
        (first, json!(["welcome to the planet", "goodbye", "planet"]), json!("MISSING")),
        (last, json!(["Äab Äcb", "ä", "B"]), json!("ab Äc")),
        (Function::Index, json!([[1, 2, 3], -1]), json!(3)),
        (Function::Index, json!([[1], 1]), json!("MISSING")),
        (Function::Index, json!([{"a": 5}, "a"]), json!(5)),
        (Function::Index, json!([[1], i64::MIN]), json!("MISSING")),
        (Function::Keys, json!([{"b": 1, "a": 2}]), json!(["b", "a"])),
        (Function::Values, json!([{"b": 1, "a": 2}]), json!([1, 2])),
        (Function::ParseJson, json!(["{\"a\": [1]}"]), json!({"a": [1]})),
        (Function::ParseJson, json!(["{"]), json!("MISSING")),
        (Function::Iterate, json!(["ab"]), json!(["a", "b"])),
        (Function::Iterate, json!([{"k": 1}]), json!(["k"])),
        (Function::Iterate, json!([3]), json!("MISSING")),
    ] {
        assert_eq!(run(function, &arguments), expected, "{function:?} {arguments}");
    }
}

#[test]
fn numbers() {
    for (function, arguments, expected) in [
        (Function::ToNumber, json!(["-42"]), json!(-42)),
        (Function::ToNumber, json!(["1.5"]), json!(1.5)),
        (Function::ToNumber, json!(["0x32", 16]), json!(50)),
        (Function::ToNumber, json!(["32", 16]), json!(50)),
        (Function::ToNumber, json!(["0x32", null]), json!(50)),
        (Function::ToNumber, json!(["0x32"]), json!("MISSING")),
        (Function::ToNumber, json!(["-3.5", 10]), json!(-3.5)),
        (Function::ToNumber, json!(["-3.5", null]), json!(-3.5)),
        (Function::ToNumber, json!(["zz", 99]), json!("MISSING")),
        (Function::ToNumber, json!(["inf"]), json!("MISSING")),
        (Function::Add, json!([1, 2]), json!(3)),
        (Function::Add, json!([1, 2.5]), json!(3.5)),
        (Function::Add, json!(["1", 2]), json!("MISSING")),
        (Function::Subtract, json!([i64::MIN, 1]), json!(-9.223_372_036_854_776e18)),
        (Function::Multiply, json!([3, 4]), json!(12)),
        (Function::Divide, json!([-7, 2]), json!(-3)),
        (Function::Divide, json!([7, 2.5]), json!(2.8)),
        (Function::Divide, json!([66.0, 60]), json!(1.1)),
        (Function::Divide, json!([7, 0]), json!("MISSING")),
        (Function::Modulo, json!([-7, 2]), json!(-1)),
        (Function::Modulo, json!([7, 0]), json!("MISSING")),
    ] {
        assert_eq!(run(function, &arguments), expected, "{function:?} {arguments}");
    }
}

#[test]
fn python_texts_and_missing_arguments() {
    let value = json!(true);
    assert_eq!(call(Function::ToText, &[Some(&value)], EventModel::Panther), Some(json!("True")));
    assert_eq!(call(Function::Lower, &[None], EventModel::Elastic), None);
    assert_eq!(call(Function::Lower, &[], EventModel::Elastic), None);
    let event = json!({"ABC": 1});
    let key = json!("abc");
    assert_eq!(call(Function::Index, &[Some(&event), Some(&key)], EventModel::Panther), Some(json!(1)));
    assert_eq!(call(Function::Index, &[Some(&event), Some(&key)], EventModel::Elastic), None);
}
