//! `parse(print(t)) == t` for trees of every shape, and no panic on any text.

use super::super::{
    ArithmeticOp, At, Category, CategoryKind, CompareOp, Dialect, EventFilter, EventQuery, Expr, ExprKind, FUNCTIONS,
    Field, FieldPart, Int, Join, Literal, MatchKind, MaxSpan, Pipe, PipeKind, Query, Relation, Sample, Sequence, Str,
    Term, TimeUnit, parse, parse_as, parse_expression, print, print_expression, print_pretty,
};
use crate::source::Span;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const AT: At = At(Span { start: 0, end: 0 });

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, at: AT }
}

/// Names plain and not: keywords, dots, spaces, backticks, other scripts.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_@][a-zA-Z0-9_]{0,6}",
        select(vec!["any", "not", "NOT", "True", "x-y", "a.b", "0", "``", "é ü"]).prop_map(str::to_owned),
        "[ -~é]{1,5}"
    ]
}

fn field() -> impl Strategy<Value = Field> {
    let part = prop_oneof![4 => name().prop_map(FieldPart::Name), 1 => any::<u32>().prop_map(|index| FieldPart::Index(index.into()))];
    (any::<bool>(), name(), vec(part, 0..3)).prop_map(|(optional, first, rest)| {
        let parts = std::iter::once(FieldPart::Name(first)).chain(rest).collect();
        Field { optional, parts, at: AT }
    })
}

/// A value with whether it is written raw; raw strings cannot hold line breaks and three quotes.
fn string() -> impl Strategy<Value = (String, bool)> {
    (prop_oneof!["[ -~]{0,6}", any::<String>(), "[\"\\\\*?a]{0,5}"], any::<bool>()).prop_map(|(value, raw)| {
        let raw = raw && !value.contains("\"\"\"") && !value.contains(['\r', '\n']);
        (value, raw)
    })
}

fn strings() -> impl Strategy<Value = Vec<Str>> {
    vec(string().prop_map(|(value, raw)| Str { value, raw, at: AT }), 1..4)
}

fn literal() -> impl Strategy<Value = Expr> {
    prop_oneof![
        string().prop_map(|(value, raw)| Literal::String { value, raw }),
        any::<i64>().prop_map(Literal::Int),
        (-100_i64..100).prop_map(Literal::Int),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(Literal::Float),
        any::<bool>().prop_map(Literal::Bool),
        Just(Literal::Null),
    ]
    .prop_map(|kind| expr(ExprKind::Literal(kind)))
}

fn condition() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![literal(), field().prop_map(|field| expr(ExprKind::Field(field)))];
    leaf.prop_recursive(5, 48, 4, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(left, right)| (Box::new(left), Box::new(right)));
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|operands| expr(ExprKind::Or(operands))),
            vec(inner.clone(), 2..4).prop_map(|operands| expr(ExprKind::And(operands))),
            inner.clone().prop_map(|operand| expr(ExprKind::Not(Box::new(operand)))),
            inner.clone().prop_map(|operand| expr(ExprKind::Neg(Box::new(operand)))),
            (compare_op(), pair.clone()).prop_map(|(op, (left, right))| expr(ExprKind::Compare {
                op,
                op_at: AT,
                left,
                right
            })),
            (arithmetic_op(), pair).prop_map(|(op, (left, right))| expr(ExprKind::Arithmetic {
                op,
                op_at: AT,
                left,
                right
            })),
            (any::<bool>(), inner.clone(), vec(inner.clone(), 1..4)).prop_map(|(insensitive, subject, list)| {
                expr(ExprKind::In { insensitive, op_at: AT, subject: Box::new(subject), list })
            }),
            (match_kind(), inner.clone(), strings()).prop_map(|(kind, subject, list)| {
                expr(ExprKind::Match { kind, op_at: AT, subject: Box::new(subject), list })
            }),
            (select(FUNCTIONS), any::<bool>(), vec(inner, 0..4)).prop_map(|(function, insensitive, args)| {
                expr(ExprKind::Function { name: function.name.to_owned(), insensitive, name_at: AT, args })
            }),
        ]
    })
}

fn compare_op() -> impl Strategy<Value = CompareOp> {
    use CompareOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    select(vec![Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual])
}

fn arithmetic_op() -> impl Strategy<Value = ArithmeticOp> {
    use ArithmeticOp::{Add, Divide, Modulo, Multiply, Subtract};
    select(vec![Add, Subtract, Multiply, Divide, Modulo])
}

fn match_kind() -> impl Strategy<Value = MatchKind> {
    use MatchKind::{Colon, Like, LikeInsensitive, Regex, RegexInsensitive};
    select(vec![Colon, Like, LikeInsensitive, Regex, RegexInsensitive])
}

fn filter() -> impl Strategy<Value = EventFilter> {
    let category = prop_oneof![Just(CategoryKind::Any), name().prop_map(CategoryKind::Name)];
    (category, condition()).prop_map(|(kind, condition)| EventFilter {
        category: Category { kind, at: AT },
        condition,
        at: AT,
    })
}

fn key() -> impl Strategy<Value = Expr> {
    field().prop_map(|field| expr(ExprKind::Field(field)))
}

/// A term with as many keys as `keys` says.
fn term(keys: usize) -> impl Strategy<Value = Term> {
    let runs = option::of((1_u64..=100).prop_map(|value| Int { value, at: AT }));
    (any::<bool>(), filter(), vec(key(), keys), runs).prop_map(|(missing, filter, by, runs)| Term {
        missing,
        filter,
        by,
        fork: false,
        runs,
        at: AT,
    })
}

fn pipes() -> impl Strategy<Value = Vec<Pipe>> {
    let pipe = (any::<bool>(), 1_u64..1_000).prop_map(|(head, value)| {
        let count = Int { value, at: AT };
        Pipe { kind: if head { PipeKind::Head(count) } else { PipeKind::Tail(count) }, at: AT }
    });
    vec(pipe, 0..3)
}

/// With relations between processes.
fn endgame_filter() -> impl Strategy<Value = EventFilter> {
    let related = (select(&Relation::ALL[..]), filter())
        .prop_map(|(relation, filter)| expr(ExprKind::Related { relation, filter: Box::new(filter) }));
    let condition = prop_oneof![condition(), related]
        .prop_recursive(2, 8, 2, |inner| vec(inner, 2..3).prop_map(|operands| expr(ExprKind::And(operands))));
    (filter(), condition).prop_map(|(filter, condition)| EventFilter { condition, ..filter })
}

fn endgame_term() -> impl Strategy<Value = Term> {
    (endgame_filter(), condition(), any::<bool>()).prop_map(|(filter, key, fork)| Term {
        missing: false,
        filter,
        by: vec![key],
        fork,
        runs: None,
        at: AT,
    })
}

fn endgame_pipes() -> impl Strategy<Value = Vec<Pipe>> {
    let keys = || vec(condition(), 1..3);
    let pipe = prop_oneof![
        condition().prop_map(PipeKind::Filter),
        keys().prop_map(PipeKind::Unique),
        keys().prop_map(PipeKind::Sort),
        keys().prop_map(PipeKind::UniqueCount),
        vec(condition(), 0..2).prop_map(PipeKind::Count),
    ];
    vec(pipe.prop_map(|kind| Pipe { kind, at: AT }), 0..3)
}

/// What only Endgame has: joins by what is computed, forks, relations, all pipes.
fn endgame_query() -> impl Strategy<Value = Query> {
    let event = (endgame_filter(), endgame_pipes())
        .prop_map(|(filter, pipes)| Query::Event(EventQuery { filter, pipes, at: AT }));
    let join = (vec(condition(), 0..3), vec(endgame_term(), 2..4), option::of(endgame_term()), endgame_pipes());
    let join = join.prop_map(|(by, terms, until, pipes)| Query::Join(Join { by, terms, until, pipes, at: AT }));
    prop_oneof![event, join]
}

fn maxspan() -> impl Strategy<Value = Option<MaxSpan>> {
    option::of((1_u64..1_000, select(&TimeUnit::ALL[..])).prop_map(|(value, unit)| MaxSpan { value, unit, at: AT }))
}

fn query() -> impl Strategy<Value = Query> {
    let event = (filter(), pipes()).prop_map(|(filter, pipes)| Query::Event(EventQuery { filter, pipes, at: AT }));
    let sequence = (vec(key(), 0..3), maxspan(), vec(term(1), 1..4), option::of(term(1)), pipes());
    let sequence = sequence.prop_map(|(by, maxspan, terms, until, pipes)| {
        Query::Sequence(Sequence { by, maxspan, terms, until, pipes, at: AT })
    });
    let sample =
        (vec(key(), 0..3), vec(term(0), 1..4)).prop_map(|(by, terms)| Query::Sample(Sample { by, terms, at: AT }));
    prop_oneof![event, sequence, sample]
}

/// Pieces of EQL, well and badly formed.
fn soup() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "sequence",
        "sample",
        "join",
        "by",
        "with",
        "maxspan",
        "=",
        "1h",
        "runs",
        "[",
        "![",
        "]",
        "(",
        ")",
        "any",
        "where",
        "process",
        "and",
        "or",
        "not",
        "NOT",
        "in",
        "in~",
        "like~",
        "regex",
        ":",
        "==",
        "!=",
        "<",
        "a.b",
        "?",
        "`x",
        "`y`",
        "\"s\"",
        "\"\"\"r\"\"\"",
        "'q'",
        "?\"z\"",
        "\"open",
        "\\",
        "1",
        "2.5",
        ".5",
        "1e",
        "-",
        "+",
        "*",
        "/",
        "//",
        "/*",
        "*/",
        "|",
        "head",
        "tail",
        "unique",
        ",",
        ".",
        "length",
        "wildcard",
        "child of",
        "child of [",
        ":length()",
        "filter",
        "count",
        "of",
        "until",
        "true",
        "null",
        "é",
        "\n",
        "$",
        "~",
        "as",
        "fork",
        "macro",
        "[0]",
    ]);
    vec((pieces, select(vec![" ", ""])), 0..40)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn printed_expressions_read_as_themselves(tree in condition()) {
        let text = print_expression(&tree);
        prop_assert_eq!(parse_expression(&text).expression, Some(tree), "{}", text);
    }

    #[test]
    fn printed_queries_read_as_themselves(tree in query()) {
        for text in [print(&tree), print_pretty(&tree)] {
            let parsed = parse(&text).query;
            prop_assert_eq!(parsed.as_ref(), Some(&tree), "{}", text);
        }
    }

    #[test]
    fn printed_queries_of_endgame_read_as_themselves(tree in endgame_query()) {
        let text = print(&tree);
        let parsed = parse_as(&text, Dialect::Endgame).query.map(|query| print(&query));
        prop_assert_eq!(parsed.as_ref(), Some(&text));
    }

    #[test]
    fn any_text_is_read_without_panic_and_spans_stay_in_it(text in prop_oneof![soup(), any::<String>()]) {
        for parsed in [parse(&text), parse_as(&text, Dialect::Endgame)] {
            prop_assert!(parsed.query.is_some() || !parsed.problems.is_empty(), "neither query nor problem: {}", text);
            for problem in &parsed.problems {
                prop_assert!(text.get(problem.span.range()).is_some(), "{:?} in {}", problem, text);
            }
        }
        parse_expression(&text);
    }
}
