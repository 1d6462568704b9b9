//! Conditions against their definition, the laws of the connectives, and hostile patterns and events.

use super::Verdict;
use super::expr_tests::{equal, field, verdict};
use crate::ir::{
    Anchoring, Case, Cmp, Coercion, Domain, ExprId, ExprKind, FieldPath, Op, Operand, Pool, Regex, RegexDialect,
    Subject, Value, children,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The definition of the connectives and of any-of, recursively, without memory.
fn naive(pool: &Pool, id: ExprId, event: &Json) -> bool {
    match pool.kind(id) {
        ExprKind::True => true,
        ExprKind::And(members) => members.iter().all(|id| naive(pool, *id, event)),
        ExprKind::Or(members) => members.iter().any(|id| naive(pool, *id, event)),
        ExprKind::Not(inner) => !naive(pool, *inner, event),
        ExprKind::Test(Subject::Field(path), op) => naive_test(event.get(path.name()), op),
        ExprKind::ForSome(Subject::Elements(inner), body) => {
            let Subject::Field(path) = &**inner else { return false };
            let ExprKind::Test(_, op) = pool.kind(*body) else { return false };
            let value = event.get(path.name()).cloned().unwrap_or(Json::Null);
            let items = value.as_array().cloned().unwrap_or_else(|| vec![value]);
            items.iter().any(|item| !item.is_null() && naive_test(Some(item), op))
        }
        _ => false,
    }
}

fn naive_test(value: Option<&Json>, op: &Op) -> bool {
    match (op, value) {
        (Op::IsMissing, value) => value.is_none(),
        (Op::Present, value) => value.is_some_and(|value| !value.is_null()),
        (Op::Equal { to: Operand::Value(Value::Str(text)), .. }, Some(Json::String(value))) => **text == **value,
        (Op::Compare { to: Operand::Value(Value::Int(number)), .. }, Some(value)) => {
            value.as_i64().is_some_and(|value| value > *number)
        }
        _ => false,
    }
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        Just(Op::IsMissing),
        Just(Op::Present),
        prop_oneof![Just("a"), Just("b"), Just("")].prop_map(|text| equal(text, Case::Sensitive, Coercion::None)),
        (0..3_i64).prop_map(|number| Op::Compare {
            op: Cmp::Greater,
            domain: Domain::Number,
            coercion: Coercion::None,
            to: number.into()
        }),
    ]
}

#[derive(Debug, Clone)]
enum Plan {
    Test(&'static str, Op),
    Any(&'static str, Op),
    Not(Box<Plan>),
    And(Vec<Plan>),
    Or(Vec<Plan>),
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let name = || prop_oneof![Just("f"), Just("g")];
    let leaf = prop_oneof![
        (name(), any_op()).prop_map(|(name, op)| Plan::Test(name, op)),
        (name(), any_op()).prop_map(|(name, op)| Plan::Any(name, op)),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|plan| Plan::Not(Box::new(plan))),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Plan::And),
            proptest::collection::vec(inner, 0..4).prop_map(Plan::Or),
        ]
    })
}

fn build(pool: &mut Pool, plan: &Plan) -> ExprId {
    match plan {
        Plan::Test(name, op) => pool.test(field(name), op.clone(), None),
        Plan::Any(name, op) => pool.any_of(FieldPath::dotted(name), op.clone(), None),
        Plan::Not(inner) => {
            let inner = build(pool, inner);
            pool.not(inner, None)
        }
        Plan::And(members) | Plan::Or(members) => {
            let ids: Vec<ExprId> = members.iter().map(|member| build(pool, member)).collect();
            if matches!(plan, Plan::And(_)) { pool.and(ids, None) } else { pool.or(ids, None) }
        }
    }
}

fn any_event() -> impl Strategy<Value = Json> {
    let value = proptest::sample::select(vec![
        json!(null),
        json!(""),
        json!([]),
        json!("a"),
        json!("b"),
        json!(1),
        json!(2),
        json!(true),
        json!(["a"]),
        json!(["a", "b"]),
        json!([1, null]),
        json!({"a": 1}),
    ]);
    (proptest::option::of(value.clone()), proptest::option::of(value)).prop_map(|(f, g)| {
        let mut event = json!({});
        f.into_iter().for_each(|value| event["f"] = value);
        g.into_iter().for_each(|value| event["g"] = value);
        event
    })
}

proptest! {
    #[test]
    fn agrees_with_the_definition(plan in any_plan(), event in any_event()) {
        let mut pool = Pool::default();
        let root = build(&mut pool, &plan);
        prop_assert_eq!(verdict(&pool, root, &event), Verdict::from(naive(&pool, root, &event)));
    }

    #[test]
    fn de_morgan_and_double_negation(left in any_plan(), right in any_plan(), event in any_event()) {
        let mut pool = Pool::default();
        let (a, b) = (build(&mut pool, &left), build(&mut pool, &right));
        let both = pool.add(ExprKind::And(vec![a, b]), None);
        let not_both = pool.add(ExprKind::Not(both), None);
        let (not_a, not_b) = (pool.add(ExprKind::Not(a), None), pool.add(ExprKind::Not(b), None));
        let either_not = pool.add(ExprKind::Or(vec![not_a, not_b]), None);
        prop_assert_eq!(verdict(&pool, not_both, &event), verdict(&pool, either_not, &event));
        let twice = pool.add(ExprKind::Not(not_a), None);
        prop_assert_eq!(verdict(&pool, twice, &event), verdict(&pool, a, &event));
        prop_assert!(children(pool.kind(twice)).len() == 1);
    }

    #[test]
    fn regular_expressions_never_panic(pattern in "\\PC{0,20}", meta in "[\\[\\](){}|&~<>@#\"\\\\a-c1-3^$.*+?,:=!P-]{0,20}", text in "\\PC{0,20}") {
        for pattern in [pattern, meta] {
            for dialect in [RegexDialect::Sigma, RegexDialect::Lucene, RegexDialect::Python] {
                let regex = Regex { pattern: pattern.as_str().into(), dialect, anchoring: Anchoring::Whole, case: Case::Sensitive, multi_line: false, dot_all: false };
                if let Ok(matcher) = super::Matcher::new(&regex) {
                    matcher.is_match(&text);
                }
            }
        }
    }

    #[test]
    fn event_text_never_panics(text in "[\\[\\]{}\":,a1 \n\\PC]{0,60}") {
        for event in super::read_events(&text).into_iter().flatten() {
            super::event_time(&event.1);
        }
    }
}
