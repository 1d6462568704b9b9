//! Conditions as match expressions, expression by expression.

use super::build::Builder;
use super::tree::Match;
use crate::fidelity::Effect;
use crate::ir::{
    Case, Cmp, Coercion, Domain, ExprId, ExprKind, FieldPath, Op, Operand, Pattern, Piece, Pool, Subject, TypeSet,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn field(name: &str) -> Subject {
    Subject::Field(FieldPath::dotted(name))
}

fn equal(text: &str, case: Case) -> Op {
    Op::Equal { to: text.into(), case, coercion: Coercion::Text }
}

fn built(build: impl FnOnce(&mut Pool) -> ExprId) -> (Json, Vec<(Effect, &'static str)>, Vec<String>) {
    let mut pool = Pool::default();
    let condition = build(&mut pool);
    let mut builder = Builder::new(&pool);
    let expressions = builder.conjuncts(condition).unwrap();
    let losses = builder.losses.iter().map(|loss| (loss.effect, loss.code.name)).collect();
    (
        expressions.iter().map(Match::to_json).collect(),
        losses,
        builder.assumes.iter().map(ToString::to_string).collect(),
    )
}

fn expressions(build: impl FnOnce(&mut Pool) -> ExprId) -> Json {
    built(build).0
}

#[test]
fn alternatives_of_one_key_are_a_list() {
    let got = expressions(|pool| {
        let tests: Vec<ExprId> =
            ["a", "b"].iter().map(|text| pool.test(field("x.y"), equal(text, Case::Sensitive), None)).collect();
        pool.or(tests, None)
    });
    assert_eq!(got, json!([{"KeyPath": "x.y", "Condition": "IsIn", "Values": ["a", "b"]}]));
    let folded = expressions(|pool| pool.test(field("x"), equal("Ab", Case::Insensitive), None));
    assert_eq!(folded, json!([{"Key": "x", "Condition": "IEquals", "Value": "Ab"}]));
}

#[test]
fn a_text_that_is_a_number_is_both() {
    let got = expressions(|pool| pool.test(field("x"), equal("4625", Case::Sensitive), None));
    let (number, text) = (
        json!({"Key": "x", "Condition": "Equals", "Value": 4625}),
        json!({"Key": "x", "Condition": "Equals", "Value": "4625"}),
    );
    assert_eq!(got, json!([{"Any": [number, text]}]));
}

#[test]
fn a_truth_value_is_its_text_in_any_case_and_no_number() {
    let (got, _, assumes) = built(|pool| {
        let truth = Op::Equal { to: Operand::Value(true.into()), case: Case::Insensitive, coercion: Coercion::Text };
        pool.test(field("x"), truth, None)
    });
    let (truth, text) = (
        json!({"Key": "x", "Condition": "Equals", "Value": true}),
        json!({"Key": "x", "Condition": "IEquals", "Value": "true"}),
    );
    assert_eq!(got, json!([{"Any": [truth, text]}]));
    assert!(assumes.contains(&"`x` holds null or bool or string where it is present".to_owned()), "{assumes:?}");
    let of_text = built(|pool| pool.test(field("x"), equal("true", Case::Insensitive), None));
    assert_eq!(of_text, (got, Vec::new(), assumes));
}

#[test]
fn letters_beyond_ascii_that_the_source_keeps_apart_are_told() {
    let losses = |text: &str, case| built(|pool| pool.test(field("x"), equal(text, case), None)).1;
    assert_eq!(losses("\u{410}b", Case::AsciiInsensitive), [(Effect::Widened, "case")]);
    assert!(losses("\u{410}b", Case::Insensitive).is_empty() && losses("ab", Case::AsciiInsensitive).is_empty());
}

#[test]
fn absence_and_its_opposites() {
    let got = expressions(|pool| {
        let there = pool.test(field("a"), Op::Present, None);
        let null = pool.not(there, None);
        let empty = pool.test(field("a"), Op::IsEmpty, None);
        let none = pool.or([null, empty], None);
        let missing = pool.test(field("b"), Op::IsMissing, None);
        let starts = Op::Matches { pattern: Pattern::prefix("x"), case: Case::Sensitive, coercion: Coercion::Text };
        let starts = pool.test(field("c"), starts, None);
        let not = pool.not(starts, None);
        pool.and([none, missing, not], None)
    });
    let expected = json!([
        {"Key": "a", "Condition": "IsNullOrEmpty"},
        {"Key": "b", "Condition": "DoesNotExist"},
        {"Key": "c", "Condition": "DoesNotStartWith", "Value": "x"}
    ]);
    assert_eq!(got, expected);
}

#[test]
fn lists_of_objects_have_expressions_on_their_elements() {
    let got = expressions(|pool| {
        let member = Subject::Member(Arc::new(Subject::Element(0)), FieldPath::dotted("kind"));
        let body = pool.test(member, equal("User", Case::Sensitive), None);
        pool.for_some(Subject::Elements(Arc::new(field("target"))), body, None)
    });
    let inner = json!({"Key": "kind", "Condition": "Equals", "Value": "User"});
    assert_eq!(got, json!([{"Key": "target", "Condition": "AnyElement", "Expressions": [inner]}]));
    let any_value = expressions(|pool| pool.any_of(FieldPath::dotted("ips"), equal("x", Case::Sensitive), None));
    assert_eq!(any_value, json!([{"Key": "ips", "Condition": "IsIn", "Values": ["x"]}]));
}

#[test]
fn a_list_that_is_missing_ends_the_rule_where_it_need_not_hold() {
    let any = |pool: &mut Pool, field: Subject, text: &str| {
        let body = pool.test(
            Subject::Element(0),
            Op::Matches { pattern: Pattern::suffix(text), case: Case::Sensitive, coercion: Coercion::Text },
            None,
        );
        pool.for_some(Subject::Elements(Arc::new(field)), body, None)
    };
    let ends = [(Effect::Narrowed, "error-semantics")];
    assert!(built(|pool| any(pool, field("x"), "a")).1.is_empty());
    let negated = built(|pool| {
        let inner = any(pool, field("x"), "a");
        pool.not(inner, None)
    });
    assert_eq!(negated.1, ends);
    let alternative = built(|pool| {
        let members = [any(pool, field("x"), "a"), pool.test(field("y"), equal("b", Case::Sensitive), None)];
        pool.or(members, None)
    });
    assert_eq!(alternative.1, ends);
    let nested = built(|pool| {
        let inner = any(pool, Subject::Member(Arc::new(Subject::Element(0)), FieldPath::dotted("y")), "a");
        pool.for_some(Subject::Elements(Arc::new(field("x"))), inner, None)
    });
    assert_eq!(nested.1, ends);
    let all = built(|pool| {
        let body = pool.test(Subject::Element(0), equal("a", Case::Sensitive), None);
        pool.add(ExprKind::ForAll(Subject::Elements(Arc::new(field("x"))), body), None)
    });
    assert_eq!(all.1, ends);
}

#[test]
fn a_pattern_of_several_parts_says_less_and_more_under_not() {
    let pattern = || {
        let text = |text: &str| Piece::Literal(text.into());
        let pattern = Pattern::new([text("a"), Piece::Any, text("b"), Piece::One, text("c")]);
        Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text }
    };
    let (got, losses, _) = built(|pool| pool.test(field("x"), pattern(), None));
    let part = |condition: &str, value: &str| json!({"Key": "x", "Condition": condition, "Value": value});
    assert_eq!(got, json!([{"All": [part("StartsWith", "a"), part("Contains", "b"), part("EndsWith", "c")]}]));
    assert_eq!(losses, [(Effect::Widened, "wildcard")]);
    let (_, losses, _) = built(|pool| {
        let inner = pool.test(field("x"), pattern(), None);
        pool.not(inner, None)
    });
    assert_eq!(losses, [(Effect::Narrowed, "wildcard")]);
}

#[test]
fn types_that_end_the_rule_otherwise_are_assumed() {
    let (got, losses, assumes) = built(|pool| {
        let op = Op::Compare {
            op: Cmp::GreaterOrEqual,
            domain: Domain::Number,
            coercion: Coercion::Number,
            to: Operand::Value(3.into()),
        };
        let ordered = pool.test(field("n"), op, None);
        let typed = pool.test(field("t"), Op::TypeIs(TypeSet::STRING), None);
        pool.and([ordered, typed], None)
    });
    let expected = json!([
        {"Key": "n", "Condition": "IsGreaterThanOrEquals", "Value": 3},
        {"Key": "t", "Condition": "IsNotNull"}
    ]);
    assert_eq!(got, expected);
    assert!(losses.is_empty());
    let expected = [
        "`n` holds one value and is never a list",
        "`n` holds int or float where it is present",
        "`t` holds one value and is never a list",
        "`t` holds null or string where it is present",
    ];
    assert_eq!(assumes, expected);
}

#[test]
fn a_value_that_is_compared_is_no_container() {
    let (got, _, assumes) = built(|pool| {
        let container = pool.test(field("x"), Op::TypeIs(TypeSet::ARRAY.or(TypeSet::OBJECT)), None);
        let present = pool.test(field("x"), Op::Present, None);
        let equal = pool.test(field("x"), equal("a", Case::Sensitive), None);
        let (no_container, unequal) = (pool.not(container, None), pool.not(equal, None));
        pool.and([present, no_container, unequal], None)
    });
    let expected =
        json!([{"Key": "x", "Condition": "IsNotNull"}, {"Key": "x", "Condition": "DoesNotEqual", "Value": "a"}]);
    assert_eq!(got, expected);
    assert_eq!(assumes[0], "`x` holds one value and is never a list");
    assert_eq!(assumes[1..], ["`x` holds null or bool or int or float or string where it is present"]);
}

#[test]
fn odd_names_are_deep_keys() {
    let got = expressions(|pool| pool.test(Subject::Field(FieldPath::keys(&["a.b", "c"])), Op::IsMissing, None));
    assert_eq!(got, json!([{"DeepKey": ["a.b", "c"], "Condition": "DoesNotExist"}]));
}
