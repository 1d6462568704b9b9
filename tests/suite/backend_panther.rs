//! Emitted Panther rules under CPython against the evaluator. They need an interpreter, named by the environment variable
//! `DETC_PYTHON`; without it the tests say so and pass.

use detc::backend::panther;
use detc::eval::{Conditions, Event, Verdict};
use detc::ir::{
    Anchoring, AttackRef, Between, Case, Cmp, Coercion, DataSource, Dialect, Domain, EventModel, ExprId, ExprKind,
    FieldPath, Function, Logic, Meta, Op, Operand, Pattern, Piece, Place, Pool, Regex, RegexDialect, Rule, Subject,
    TypeSet, Value,
};
use detc::source::{Span, Spanned};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/oracles/panther_emitted.py");

fn interpreter() -> Option<String> {
    let python = std::env::var("DETC_PYTHON").ok();
    if python.is_none() {
        println!("skipped: DETC_PYTHON names no interpreter");
    }
    python
}

fn spanned(text: &str) -> Spanned<String> {
    Spanned { value: text.to_owned(), span: Span::default() }
}

fn rule(pool: Pool, condition: ExprId) -> Rule {
    Rule {
        meta: Meta {
            title: "Test rule".to_owned(),
            attack: vec![AttackRef { technique: Some(spanned("T1556")), ..AttackRef::default() }],
            ..Meta::default()
        },
        data_source: DataSource { log_types: vec![spanned("Okta.SystemLog")], ..DataSource::default() },
        ..Rule::new(Dialect::Sigma, EventModel::Panther, pool, Logic::Event(condition))
    }
}

const TEXTS: &[&str] = &[
    "x",
    "X",
    "admin",
    "Admin-1",
    "4625",
    "true",
    "True",
    "",
    "10.0.0.1",
    "2001:db8::1",
    "::ffff:10.1.1.1",
    "é",
    "É1",
    "a.b*c",
    "a\nb",
    "1",
    "1.5",
    "2024-01-01T00:00:00Z",
    "2024-06-01 12:00:00+02:00",
    "-3",
];

fn text() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(TEXTS)
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => text().prop_map(Json::from),
        1 => proptest::sample::select(vec![json!(0), json!(1), json!(5), json!(4625), json!(-3)]),
        1 => proptest::sample::select(vec![json!(1.0), json!(1.5), json!(4625.0), json!(0.0)]),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ]
}

fn field_value() -> impl Strategy<Value = Json> {
    let object = prop_oneof![
        scalar().prop_map(|value| json!({"k": value})),
        scalar().prop_map(|value| json!({"K": value, "d": "x"})),
        Just(json!({})),
    ];
    let item = prop_oneof![3 => scalar(), 1 => object.clone()];
    prop_oneof![
        5 => scalar(),
        1 => object,
        2 => proptest::collection::vec(item, 0..3).prop_map(Json::from),
    ]
}

fn event() -> impl Strategy<Value = Json> {
    let keys = |names: &'static [&'static str]| proptest::option::of((proptest::sample::select(names), field_value()));
    let nested = proptest::option::of(proptest::option::of(field_value()));
    (keys(&["a", "A"]), keys(&["b", "B"]), nested).prop_map(|(a, b, c)| {
        let mut map = serde_json::Map::new();
        for (key, value) in [a, b].into_iter().flatten() {
            map.insert(key.to_owned(), value);
        }
        match c {
            Some(Some(inner)) => map.insert("c".to_owned(), json!({"d": inner})),
            Some(None) => map.insert("c".to_owned(), json!("no object")),
            None => None,
        };
        Json::Object(map)
    })
}

fn case() -> impl Strategy<Value = Case> {
    proptest::sample::select(vec![Case::Sensitive, Case::Insensitive])
}

fn coercion() -> impl Strategy<Value = Coercion> {
    proptest::sample::select(vec![Coercion::None, Coercion::Text, Coercion::Number, Coercion::Python])
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let piece = prop_oneof![
        2 => proptest::sample::select(vec!["a", "ad", "min", "1", "46", "e", ".", "É"]).prop_map(|text| Piece::Literal(text.into())),
        2 => Just(Piece::Any),
        1 => Just(Piece::One),
    ];
    proptest::collection::vec(piece, 1..5).prop_map(Pattern::new)
}

fn regex() -> impl Strategy<Value = Regex> {
    let patterns = vec!["a.*n", "^ad", "x?", "[0-9]+$", "\\d{2}", "(?i)ADMIN", "a|b", "\\bx\\b", "."];
    let anchoring = proptest::sample::select(vec![Anchoring::Search, Anchoring::Start, Anchoring::Whole]);
    (proptest::sample::select(patterns), anchoring, case(), any::<bool>()).prop_map(
        |(pattern, anchoring, case, dot_all)| Regex {
            pattern: pattern.into(),
            dialect: RegexDialect::Python,
            anchoring,
            case,
            multi_line: false,
            dot_all,
        },
    )
}

fn cmp() -> impl Strategy<Value = Cmp> {
    proptest::sample::select(vec![
        Cmp::Equal,
        Cmp::NotEqual,
        Cmp::Less,
        Cmp::LessOrEqual,
        Cmp::Greater,
        Cmp::GreaterOrEqual,
    ])
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        4 => scalar().prop_map(|json| Operand::Value(Value::from_json(&json))),
        1 => field().prop_map(|field| Operand::Subject(Arc::new(field))),
    ]
}

fn domain() -> impl Strategy<Value = Domain> {
    proptest::sample::select(vec![Domain::String, Domain::Number, Domain::Ip, Domain::Date])
}

fn types() -> impl Strategy<Value = TypeSet> {
    let single = vec![
        TypeSet::NULL,
        TypeSet::BOOL,
        TypeSet::INT,
        TypeSet::FLOAT,
        TypeSet::STRING,
        TypeSet::ARRAY,
        TypeSet::OBJECT,
    ];
    proptest::collection::vec(proptest::sample::select(single), 1..4)
        .prop_map(|types| types.into_iter().reduce(TypeSet::or).unwrap())
}

fn op() -> impl Strategy<Value = Op> {
    let networks = vec!["10.0.0.0/8", "2001:db8::/32", "::ffff:10.0.0.0/104", "::/0"];
    let place = proptest::sample::select(vec![Place::Start, Place::End, Place::Anywhere]);
    let container = prop_oneof![
        Just(Operand::Value("admin x".into())),
        proptest::collection::vec(scalar(), 0..3)
            .prop_map(|items| Operand::Value(Value::List(items.iter().map(Value::from_json).collect()))),
        field().prop_map(|field| Operand::Subject(Arc::new(field))),
    ];
    prop_oneof![
        1 => proptest::sample::select(vec![Op::IsMissing, Op::IsNull, Op::IsEmpty, Op::Present]),
        1 => types().prop_map(Op::TypeIs),
        4 => (operand(), case(), coercion()).prop_map(|(to, case, coercion)| Op::Equal { to, case, coercion }),
        2 => (cmp(), domain(), coercion(), operand())
            .prop_map(|(op, domain, coercion, to)| Op::Compare { op, domain, coercion, to }),
        3 => (pattern(), case(), coercion()).prop_map(|(pattern, case, coercion)| Op::Matches { pattern, case, coercion }),
        1 => (regex(), coercion()).prop_map(|(regex, coercion)| Op::Regex { regex, coercion }),
        1 => proptest::sample::select(networks).prop_map(|text| Op::InCidr(text.parse().unwrap())),
        1 => (container, case()).prop_map(|(container, case)| Op::ContainedIn { container, case }),
        1 => (place, field(), case())
            .prop_map(|(place, field, case)| Op::HasText { place, text: Operand::Subject(Arc::new(field)), case }),
    ]
}

fn field() -> impl Strategy<Value = Subject> {
    proptest::sample::select(vec!["a", "b", "c.d", "c"]).prop_map(|name| Subject::Field(FieldPath::dotted(name)))
}

fn call() -> impl Strategy<Value = Subject> {
    let constant = |value: Value| Subject::Constant(value);
    field().prop_flat_map(move |field| {
        let args = |rest: Vec<Subject>| std::iter::once(field.clone()).chain(rest).collect::<Arc<[Subject]>>();
        proptest::sample::select(vec![
            Subject::Call(Function::Lower, args(vec![])),
            Subject::Call(Function::Upper, args(vec![])),
            Subject::Call(Function::Length, args(vec![])),
            Subject::Call(Function::ToText, args(vec![])),
            Subject::Call(Function::ToNumber, args(vec![])),
            Subject::Call(Function::Concat, args(vec![constant("x".into())])),
            Subject::Call(Function::Substring, args(vec![constant(1.into()), constant(3.into())])),
            Subject::Call(Function::Substring, args(vec![constant((-2).into())])),
            Subject::Call(Function::IndexOf, args(vec![constant("min".into())])),
            Subject::Call(
                Function::Between(Between { greedy: false, case: Case::Sensitive }),
                args(vec![constant("a".into()), constant("n".into())]),
            ),
            Subject::Call(Function::Split, args(vec![constant(".".into())])),
            Subject::Call(Function::Strip, args(vec![constant("ax".into())])),
            Subject::Call(Function::Replace, args(vec![constant("1".into()), constant("".into())])),
            Subject::Call(Function::Index, args(vec![constant((-1).into())])),
            Subject::Call(Function::Index, args(vec![constant("k".into())])),
            Subject::Call(Function::Keys, args(vec![])),
            Subject::Call(Function::Values, args(vec![])),
            Subject::Call(Function::Iterate, args(vec![])),
            Subject::Call(Function::ParseJson, args(vec![])),
        ])
    })
}

/// A condition before it has a pool.
#[derive(Debug, Clone)]
enum Tree {
    Test(Subject, Op),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    Exists(Subject),
    Some(Subject, Subject, Op),
    All(Subject, Subject, Op),
    Count(Subject, Subject, Op, Cmp, u64),
    First(Subject, (Subject, Op), (Subject, Op)),
}

fn collection() -> impl Strategy<Value = Subject> {
    let pattern =
        proptest::sample::select(vec![Pattern::new([Piece::Any]), Pattern::prefix("C"), Pattern::exact("a.k")]);
    prop_oneof![
        3 => field().prop_map(|field| Subject::Elements(Arc::new(field))),
        2 => field().prop_map(|field| Subject::Items(Arc::new(field))),
        1 => pattern.prop_map(Subject::AnyField),
    ]
}

fn inside() -> impl Strategy<Value = Subject> {
    prop_oneof![
        3 => Just(Subject::Element(0)),
        1 => Just(Subject::Member(Arc::new(Subject::Element(0)), FieldPath::dotted("k"))),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        6 => (field(), op()).prop_map(|(subject, op)| Tree::Test(subject, op)),
        2 => (call(), op()).prop_map(|(subject, op)| Tree::Test(subject, op)),
        1 => collection().prop_map(Tree::Exists),
        3 => (collection(), inside(), op()).prop_map(|(items, subject, op)| Tree::Some(items, subject, op)),
        1 => (collection(), inside(), op()).prop_map(|(items, subject, op)| Tree::All(items, subject, op)),
        1 => (collection(), inside(), op(), cmp(), 0_u64..3)
            .prop_map(|(items, subject, op, cmp, number)| Tree::Count(items, subject, op, cmp, number)),
        1 => (collection(), (inside(), op()), (inside(), op()))
            .prop_map(|(items, holds, raises)| Tree::First(items, holds, raises)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Tree::And),
            proptest::collection::vec(inner.clone(), 2..5).prop_map(Tree::Or),
            inner.prop_map(|tree| Tree::Not(Box::new(tree))),
        ]
    })
}

fn build(pool: &mut Pool, tree: Tree) -> ExprId {
    match tree {
        Tree::Test(subject, op) => pool.test(subject, op, None),
        Tree::And(members) => {
            let members: Vec<ExprId> = members.into_iter().map(|member| build(pool, member)).collect();
            pool.and(members, None)
        }
        Tree::Or(members) => {
            let members: Vec<ExprId> = members.into_iter().map(|member| build(pool, member)).collect();
            pool.or(members, None)
        }
        Tree::Not(inner) => {
            let inner = build(pool, *inner);
            pool.not(inner, None)
        }
        Tree::Exists(items) => pool.for_some(items, ExprId::TRUE, None),
        Tree::Some(items, subject, op) => {
            let body = pool.test(subject, op, None);
            pool.for_some(items, body, None)
        }
        Tree::All(items, subject, op) => {
            let body = pool.test(subject, op, None);
            pool.add(ExprKind::ForAll(items, body), None)
        }
        Tree::Count(items, subject, op, cmp, number) => {
            let body = pool.test(subject, op, None);
            pool.add(ExprKind::Count { items, body, op: cmp, number }, None)
        }
        Tree::First(items, holds, raises) => {
            let holds = pool.test(holds.0, holds.1, None);
            let raises = pool.test(raises.0, raises.1, None);
            pool.add(ExprKind::FirstSome { items, holds, raises }, None)
        }
    }
}

fn sample<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> S::Value {
    strategy.new_tree(runner).unwrap().current()
}

/// Writes the modules and cases, and asks the interpreter.
fn judge(python: &str, folder: &Path, cases: &str) {
    let list = folder.join("cases.jsonl");
    std::fs::write(&list, cases).unwrap();
    let output = Command::new(python).arg(ORACLE).arg(folder).arg(&list).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{}", text.lines().last().unwrap_or_default());
    let head: Vec<&str> = text.lines().take(20).collect();
    assert!(output.status.success(), "{}\n{}", head.join("\n"), String::from_utf8_lossy(&output.stderr));
}

#[test]
fn emitted_rules_mean_under_cpython_what_the_evaluator_says() {
    let Some(python) = interpreter() else { return };
    let kept = std::env::var("DETC_PANTHER_OUT").ok();
    let folder = tempfile::tempdir().unwrap();
    let path = kept.as_deref().map_or(folder.path(), Path::new);
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (trees, events) = (tree(), event());
    let mut cases = String::new();
    let (mut written, mut without_form) = (0, 0);
    for number in 0..600 {
        let mut pool = Pool::default();
        let root = build(&mut pool, sample(&trees, &mut runner));
        let conditions = Conditions::new(&pool, &[root], EventModel::Panther);
        let Ok(emitted) = panther::emit(&rule(pool, root)) else {
            without_form += 1;
            continue;
        };
        written += 1;
        std::fs::write(path.join(format!("case_{number}.py")), &emitted.outputs[0].text).unwrap();
        for _ in 0..40 {
            let event = sample(&events, &mut runner);
            let expect = match conditions.verdict(root, &Event::new(&event, EventModel::Panther)) {
                Verdict::NotKnown(_) => continue,
                verdict => verdict.is_true(),
            };
            writeln!(cases, "{}", json!({"module": format!("case_{number}"), "event": event, "expect": expect}))
                .unwrap();
        }
    }
    println!("{written} rules written, {without_form} without a form");
    assert!(written > 400);
    judge(&python, path, &cases);
}
