//! Every operator over missing, null, `""`, `[]`, wrong types and arrays of 0 to 2, quantifiers, and holes.

use super::{Conditions, Event, Verdict};
use crate::ir::{
    Analyzer, Anchoring, Case, Cmp, Coercion, Domain, EventModel, ExprId, ExprKind, FieldPath, Function, Op, Operand,
    Pattern, Place, Pool, Regex, RegexDialect, Subject, TypeSet, Value, WordTest,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) fn field(name: &str) -> Subject {
    Subject::Field(FieldPath::dotted(name))
}

fn elements(name: &str) -> Subject {
    Subject::Elements(Arc::new(field(name)))
}

pub(super) fn verdict(pool: &Pool, root: ExprId, event: &Json) -> Verdict {
    let conditions = Conditions::new(pool, &[root], EventModel::Panther);
    conditions.verdict(root, &Event::new(event, EventModel::Panther))
}

fn holds(pool: &Pool, root: ExprId, event: &Json) -> bool {
    match verdict(pool, root, event) {
        Verdict::True => true,
        Verdict::False => false,
        Verdict::NotKnown(hole) => panic!("{hole:?}"),
    }
}

/// The values a field can have that engines disagree about; `None` is missing.
fn hostile() -> Vec<Option<Json>> {
    let values = [
        json!(null),
        json!(""),
        json!([]),
        json!({}),
        json!("a"),
        json!("A"),
        json!("ab"),
        json!("1"),
        json!(1),
        json!(1.5),
        json!(0),
        json!(true),
        json!(["a"]),
        json!(["a", "b"]),
        json!([1, 2]),
        json!({"a": 1}),
        json!("10.0.0.1"),
        json!([null]),
    ];
    [None].into_iter().chain(values.into_iter().map(Some)).collect()
}

fn event(value: Option<&Json>) -> Json {
    value.map_or_else(|| json!({}), |value| json!({"f": value}))
}

/// The hostile values for which the test holds on the whole value of the field.
fn passing(op: &Op) -> Vec<Option<Json>> {
    let mut pool = Pool::default();
    let root = pool.test(field("f"), op.clone(), None);
    hostile().into_iter().filter(|value| holds(&pool, root, &event(value.as_ref()))).collect()
}

fn some(values: &[Json]) -> Vec<Option<Json>> {
    values.iter().cloned().map(Some).collect()
}

pub(super) fn equal(to: impl Into<Operand>, case: Case, coercion: Coercion) -> Op {
    Op::Equal { to: to.into(), case, coercion }
}

#[test]
fn presence_and_types() {
    assert_eq!(passing(&Op::IsMissing), [None]);
    assert_eq!(passing(&Op::IsNull), some(&[json!(null)]));
    assert_eq!(passing(&Op::IsEmpty), some(&[json!(""), json!([]), json!({})]));
    assert_eq!(passing(&Op::Present).len(), hostile().len() - 2);
    assert_eq!(passing(&Op::TypeIs(TypeSet::NULL.or(TypeSet::BOOL))), some(&[json!(null), json!(true)]));
    assert_eq!(passing(&Op::TypeIs(TypeSet::INT)), some(&[json!(1), json!(0)]));
    assert_eq!(passing(&Op::TypeIs(TypeSet::FLOAT)), some(&[json!(1.5)]));
    assert_eq!(passing(&Op::TypeIs(TypeSet::OBJECT)), some(&[json!({}), json!({"a": 1})]));
    assert_eq!(passing(&Op::TypeIs(TypeSet::ARRAY)).len(), 5);
    assert_eq!(passing(&Op::TypeIs(TypeSet::STRING)).len(), 6);
}

#[test]
fn equality() {
    assert_eq!(passing(&equal("a", Case::Sensitive, Coercion::None)), some(&[json!("a")]));
    assert_eq!(passing(&equal("a", Case::Insensitive, Coercion::None)), some(&[json!("a"), json!("A")]));
    assert_eq!(passing(&equal(1, Case::Sensitive, Coercion::None)), some(&[json!(1)]));
    assert_eq!(passing(&equal(1, Case::Sensitive, Coercion::Text)), some(&[json!("1"), json!(1)]));
    assert_eq!(passing(&equal(1, Case::Sensitive, Coercion::Number)), some(&[json!("1"), json!(1)]));
    assert_eq!(passing(&equal(1, Case::Sensitive, Coercion::Python)), some(&[json!(1), json!(true)]));
    assert_eq!(passing(&equal("true", Case::Sensitive, Coercion::Text)), some(&[json!(true)]));
    assert_eq!(passing(&equal(Value::Null, Case::Sensitive, Coercion::None)), some(&[json!(null)]));
    let list = Value::from_json(&json!(["a", "b"]));
    assert_eq!(passing(&equal(list, Case::Sensitive, Coercion::Python)), some(&[json!(["a", "b"])]));
    let other = Operand::Subject(Arc::new(field("g")));
    let mut pool = Pool::default();
    let root = pool.test(field("f"), equal(other, Case::Sensitive, Coercion::None), None);
    assert!(holds(&pool, root, &json!({"f": "x", "g": "x"})));
    assert!(
        !holds(&pool, root, &json!({"f": "x"}))
            && !holds(&pool, root, &json!({"g": "x"}))
            && !holds(&pool, root, &json!({}))
    );
}

#[test]
fn comparisons() {
    let compare = |op, domain, coercion, to: Value| passing(&Op::Compare { op, domain, coercion, to: to.into() });
    assert_eq!(compare(Cmp::GreaterOrEqual, Domain::Number, Coercion::None, 1.into()), some(&[json!(1), json!(1.5)]));
    assert_eq!(
        compare(Cmp::GreaterOrEqual, Domain::Number, Coercion::Number, 1.into()),
        some(&[json!("1"), json!(1), json!(1.5)])
    );
    assert_eq!(compare(Cmp::NotEqual, Domain::Number, Coercion::Python, 1.into()), some(&[json!(1.5), json!(0)]));
    assert_eq!(
        compare(Cmp::Less, Domain::String, Coercion::None, "a".into()),
        some(&[json!(""), json!("A"), json!("1"), json!("10.0.0.1")])
    );
    assert_eq!(compare(Cmp::Equal, Domain::Ip, Coercion::None, "10.0.0.1".into()), some(&[json!("10.0.0.1")]));
    assert_eq!(compare(Cmp::Greater, Domain::Number, Coercion::Number, "x".into()), []);
}

#[test]
fn patterns_regexes_and_words() {
    let matches = |pattern, case, coercion| passing(&Op::Matches { pattern, case, coercion });
    assert_eq!(matches(Pattern::prefix("a"), Case::Sensitive, Coercion::None), some(&[json!("a"), json!("ab")]));
    assert_eq!(matches(Pattern::exact("a"), Case::Insensitive, Coercion::None), some(&[json!("a"), json!("A")]));
    assert_eq!(matches(Pattern::prefix("1"), Case::Sensitive, Coercion::None), some(&[json!("1"), json!("10.0.0.1")]));
    assert_eq!(
        matches(Pattern::prefix("1"), Case::Sensitive, Coercion::Text),
        some(&[json!("1"), json!(1), json!(1.5), json!("10.0.0.1")])
    );
    assert_eq!(matches(Pattern::new([crate::ir::Piece::Any]), Case::Sensitive, Coercion::None).len(), 6);
    let regex = Regex {
        pattern: "^a".into(),
        dialect: RegexDialect::Python,
        anchoring: Anchoring::Search,
        case: Case::Insensitive,
        multi_line: false,
        dot_all: false,
    };
    let op = Op::Regex { regex: regex.clone(), coercion: Coercion::None };
    assert_eq!(passing(&op), some(&[json!("a"), json!("A"), json!("ab")]));
    let refused = Op::Regex { regex: Regex { pattern: "(?=a)".into(), ..regex }, coercion: Coercion::None };
    let mut pool = Pool::default();
    let root = pool.test(field("f"), refused, None);
    assert!(matches!(verdict(&pool, root, &json!({"f": "a"})), Verdict::NotKnown(_)));
    assert_eq!(verdict(&pool, root, &json!({})), Verdict::False);
    assert_eq!(Conditions::new(&pool, &[root], EventModel::Panther).refused().count(), 1);
    assert_eq!(passing(&Op::InCidr("10.0.0.0/8".parse().unwrap())), some(&[json!("10.0.0.1")]));
    assert_eq!(passing(&Op::InCidr("::ffff:0:0/96".parse().unwrap())), some(&[json!("10.0.0.1")]));
    let words = |test| passing(&Op::Words { analyzer: Analyzer::Standard, test });
    assert_eq!(words(WordTest::Is("A".into())), some(&[json!("a"), json!("A")]));
    // One number with its points is one word (UAX #29, rules WB11 and WB12).
    assert_eq!(words(WordTest::Phrase("10.0.0.1".into())), some(&[json!("10.0.0.1")]));
    assert_eq!(words(WordTest::Is("0".into())), some(&[json!(0)]));
    assert_eq!(words(WordTest::Phrase("".into())), []);
    assert_eq!(words(WordTest::Matches(Pattern::prefix("A"))), some(&[json!("a"), json!("A"), json!("ab")]));
    let regex = |pattern: &str| Regex {
        pattern: pattern.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    };
    assert_eq!(words(WordTest::Regex(regex("a.?"))), some(&[json!("a"), json!("A"), json!("ab")]));
    assert_eq!(words(WordTest::Regex(regex("A"))), []);
}

#[test]
fn containment() {
    let list = Value::from_json(&json!(["a", 1]));
    let op = Op::ContainedIn { container: list.into(), case: Case::Sensitive };
    assert_eq!(passing(&op), some(&[json!("a"), json!(1), json!(true)]));
    let op = Op::ContainedIn { container: "cab".into(), case: Case::Insensitive };
    assert_eq!(passing(&op), some(&[json!(""), json!("a"), json!("A"), json!("ab")]));
    let mut pool = Pool::default();
    let container = Operand::Subject(Arc::new(field("f")));
    let constant = Subject::Constant("A".into());
    let root = pool.test(constant, Op::ContainedIn { container, case: Case::Sensitive }, None);
    assert!(holds(&pool, root, &json!({"f": "bA"})) && !holds(&pool, root, &json!({"f": "ba"})));
    assert!(holds(&pool, root, &json!({"f": ["A"]})) && !holds(&pool, root, &json!({"f": []})));
    assert!(holds(&pool, root, &json!({"f": {"a": null}})), "keys of a Panther mapping ignore case");
    assert!(!holds(&pool, root, &json!({"f": null})) && !holds(&pool, root, &json!({})));
    let has = |place| passing(&Op::HasText { place, text: "B".into(), case: Case::AsciiInsensitive });
    assert_eq!(has(Place::Start), []);
    assert_eq!((has(Place::End), has(Place::Anywhere)), (some(&[json!("ab")]), some(&[json!("ab")])));
}

#[test]
fn quantifiers_over_missing_empty_and_arrays() {
    let mut pool = Pool::default();
    let is_a = pool.test(Subject::Element(0), equal("a", Case::Sensitive, Coercion::None), None);
    let any = pool.for_some(elements("f"), is_a, None);
    let all = pool.add(ExprKind::ForAll(elements("f"), is_a), None);
    let count =
        |pool: &mut Pool, op, number| pool.add(ExprKind::Count { items: elements("f"), body: is_a, op, number }, None);
    let two = count(&mut pool, Cmp::GreaterOrEqual, 2);
    let none = count(&mut pool, Cmp::Equal, 0);
    for (value, expected) in [
        (None, [false, true, false, true]),
        (Some(json!(null)), [false, true, false, true]),
        (Some(json!([])), [false, true, false, true]),
        (Some(json!([[], null])), [false, true, false, true]),
        (Some(json!("a")), [true, true, false, false]),
        (Some(json!("b")), [false, false, false, true]),
        (Some(json!(["a", "b"])), [true, false, false, false]),
        (Some(json!(["a", ["a"]])), [true, true, true, false]),
        (Some(json!({"a": "a"})), [false, false, false, true]),
    ] {
        let event = event(value.as_ref());
        let found = [any, all, two, none].map(|root| holds(&pool, root, &event));
        assert_eq!(found, expected, "{event}");
    }
}

#[test]
fn items_are_those_of_an_array_as_they_are() {
    let mut pool = Pool::default();
    let null = pool.test(Subject::Element(0), Op::IsNull, None);
    let root = pool.for_some(Subject::Items(Arc::new(field("f"))), null, None);
    assert!(holds(&pool, root, &json!({"f": [1, null]})));
    assert!(!holds(&pool, root, &json!({"f": null})) && !holds(&pool, root, &json!({"f": [[null]]})));
}

#[test]
fn the_first_item_that_holds_or_raises_decides() {
    let mut pool = Pool::default();
    let a = pool.test(Subject::Element(0), equal("a", Case::Sensitive, Coercion::None), None);
    let text = pool.test(Subject::Element(0), Op::TypeIs(TypeSet::STRING), None);
    let raises = pool.not(text, None);
    let items = Subject::Items(Arc::new(field("f")));
    let root = pool.add(ExprKind::FirstSome { items, holds: a, raises }, None);
    assert!(holds(&pool, root, &json!({"f": ["b", "a", 1]})));
    assert!(!holds(&pool, root, &json!({"f": ["b", 1, "a"]})));
    assert!(!holds(&pool, root, &json!({"f": ["b"]})) && !holds(&pool, root, &json!({})));
}

#[test]
fn nested_quantifiers_see_the_outer_item() {
    // Some user of `users` has a role whose text is the user's own name.
    let mut pool = Pool::default();
    let name = Subject::Member(Arc::new(Subject::Element(1)), FieldPath::dotted("name"));
    let same =
        pool.test(Subject::Element(0), equal(Operand::Subject(Arc::new(name)), Case::Sensitive, Coercion::None), None);
    let roles = Subject::Member(Arc::new(Subject::Element(0)), FieldPath::dotted("roles"));
    let inner = pool.for_some(Subject::Elements(Arc::new(roles)), same, None);
    let root = pool.for_some(Subject::Items(Arc::new(field("users"))), inner, None);
    assert!(holds(&pool, root, &json!({"users": [{"name": "x", "roles": ["y"]}, {"name": "z", "roles": ["y", "z"]}]})));
    assert!(!holds(&pool, root, &json!({"users": [{"name": "x", "roles": ["y"]}, {"name": "y", "roles": ["x"]}]})));
}

#[test]
fn any_field_looks_at_every_leaf() {
    let mut pool = Pool::default();
    let op = Op::Matches { pattern: Pattern::contains("evil"), case: Case::Insensitive, coercion: Coercion::Text };
    let body = pool.test(Subject::Element(0), op, None);
    let root = pool.for_some(Subject::AnyField(Pattern::new([crate::ir::Piece::Any])), body, None);
    assert!(holds(&pool, root, &json!({"a": {"b": [1, {"c": "an EVIL text"}]}})));
    assert!(!holds(&pool, root, &json!({"evil": "good"})));
}

#[test]
fn terms() {
    let mut pool = Pool::default();
    let lower = Subject::Call(Function::Lower, Arc::from([field("f")]));
    let root = pool.test(lower, equal("a", Case::Sensitive, Coercion::None), None);
    assert!(
        holds(&pool, root, &json!({"f": "A"}))
            && !holds(&pool, root, &json!({"f": 1}))
            && !holds(&pool, root, &json!({}))
    );
    let there = pool.test(field("f"), Op::Present, None);
    let default = Subject::If(there, Arc::new(field("f")), Arc::new(Subject::Constant("none".into())));
    let root = pool.test(default, equal("none", Case::Sensitive, Coercion::None), None);
    assert!(
        holds(&pool, root, &json!({}))
            && holds(&pool, root, &json!({"f": null}))
            && !holds(&pool, root, &json!({"f": 1}))
    );
}

#[test]
fn holes_matter_only_when_the_rest_does_not_decide() {
    let mut pool = Pool::default();
    let hole = pool.add(ExprKind::OpaqueTest { text: "f(x)".into(), reason: "a call".into() }, None);
    let known = pool.test(field("f"), Op::Present, None);
    let both = pool.and([hole, known], None);
    let either = pool.or([hole, known], None);
    let not = pool.not(either, None);
    let (yes, no) = (json!({"f": 1}), json!({}));
    assert_eq!(verdict(&pool, both, &no), Verdict::False);
    assert!(matches!(verdict(&pool, both, &yes), Verdict::NotKnown(found) if &*found.reason == "a call"));
    assert_eq!((verdict(&pool, either, &yes), verdict(&pool, not, &yes)), (Verdict::True, Verdict::False));
    assert!(matches!(verdict(&pool, not, &no), Verdict::NotKnown(_)));
    let term = Subject::Opaque { text: "g()".into(), reason: "a call".into() };
    let test = pool.test(term, Op::Present, None);
    assert!(matches!(verdict(&pool, test, &yes), Verdict::NotKnown(_)));
    let some = pool.for_some(elements("f"), hole, None);
    assert_eq!(verdict(&pool, some, &no), Verdict::False, "no item, no question");
    let count = |op, number| ExprKind::Count { items: elements("f"), body: hole, op, number };
    let (more, two) = (pool.add(count(Cmp::Greater, 2), None), pool.add(count(Cmp::Equal, 1), None));
    assert_eq!(verdict(&pool, more, &json!({"f": [1, 2]})), Verdict::False);
    assert!(matches!(verdict(&pool, two, &json!({"f": [1, 2]})), Verdict::NotKnown(_)));
}

#[test]
fn deep_graphs_and_shared_ones() {
    let mut pool = Pool::default();
    let leaf = pool.test(field("f"), Op::Present, None);
    let mut deep = leaf;
    for _ in 0..10_000 {
        deep = pool.add(ExprKind::Not(deep), None);
    }
    assert!(holds(&pool, deep, &json!({"f": 1})));
    // As a tree this has 2^60 leaves, also inside a quantifier.
    let item = pool.test(Subject::Element(0), Op::Present, None);
    let mut shared = item;
    for level in 0..60 {
        let other = pool.test(Subject::Element(0), equal(level, Case::Sensitive, Coercion::None), None);
        let left = pool.add(ExprKind::Or(vec![other, shared]), None);
        let right = pool.add(ExprKind::Or(vec![shared, other]), None);
        shared = pool.add(ExprKind::And(vec![left, right]), None);
    }
    let root = pool.for_some(elements("f"), shared, None);
    assert!(holds(&pool, root, &json!({"f": ["x"]})));
    let mut nested = pool.test(Subject::Element(0), Op::Present, None);
    for _ in 0..1000 {
        nested = pool.for_some(elements("f"), nested, None);
    }
    assert!(matches!(verdict(&pool, nested, &json!({"f": 1})), Verdict::NotKnown(_)));
    let mut term = field("f");
    for _ in 0..1000 {
        term = Subject::Call(Function::Lower, Arc::from([term]));
    }
    let test = pool.test(term, Op::Present, None);
    assert!(matches!(verdict(&pool, test, &json!({"f": "a"})), Verdict::NotKnown(_)));
}
