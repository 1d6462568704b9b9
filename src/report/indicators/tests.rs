use super::*;
use crate::ir::{Case, Coercion, FieldPath};

fn equal(value: &str) -> Op {
    Op::Equal { to: value.into(), case: Case::Sensitive, coercion: Coercion::None }
}

fn found(pool: &Pool, root: ExprId) -> Vec<(String, &'static str, String, bool)> {
    let mut walk = Walk { pool, seen: HashSet::new(), found: Vec::new() };
    walk.run(root, false);
    tidy(&walk.found)
        .into_iter()
        .map(|i| (i.field, i.op.name(), serde_json::Value::Array(i.values).to_string(), i.negated))
        .collect()
}

fn field(name: &str) -> Subject {
    Subject::Field(FieldPath::dotted(name))
}

#[test]
fn values_of_one_field_are_one_indicator_and_negation_is_seen_through() {
    let mut pool = Pool::default();
    let a = pool.test(field("eventType"), equal("a"), None);
    let b = pool.test(field("eventType"), equal("b"), None);
    let either = pool.or([a, b], None);
    let actor = pool.any_of(FieldPath::dotted("actor.id"), equal("x"), None);
    let not_actor = pool.not(actor, None);
    let all = pool.and([either, not_actor], None);
    assert_eq!(
        found(&pool, all),
        [("eventType".into(), "in", r#"["a","b"]"#.into(), false), ("actor.id".into(), "eq", r#"["x"]"#.into(), true),]
    );
}

#[test]
fn missing_or_null_is_null() {
    let mut pool = Pool::default();
    let missing = pool.test(field("client.ip"), Op::IsMissing, None);
    let null = pool.test(field("client.ip"), Op::IsNull, None);
    let either = pool.or([missing, null], None);
    assert_eq!(found(&pool, either), [("client.ip".into(), "is_null", "[]".into(), false)]);
    let present = pool.test(field("client.ip"), Op::Present, None);
    let absent = pool.not(present, None);
    assert_eq!(found(&pool, absent), [("client.ip".into(), "is_null", "[]".into(), false)]);
}

#[test]
fn a_constant_in_a_field_is_a_test_of_that_field() {
    let mut pool = Pool::default();
    let container = Operand::Subject(std::sync::Arc::new(field("tags")));
    let op = Op::ContainedIn { container, case: Case::Sensitive };
    let id = pool.test(Subject::Constant("x".into()), op, None);
    assert_eq!(found(&pool, id), [("tags".into(), "contains", r#"["x"]"#.into(), false)]);
}
