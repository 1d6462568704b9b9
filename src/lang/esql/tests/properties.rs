//! `parse(print(t)) == t` for trees of every shape, and no panic on any text.

use super::super::{
    ArithmeticOp, At, Call, Command, CommandKind, CompareOp, EnrichField, Expr, ExprKind, Field, Literal, Measure,
    Name, NamePart, Order, Query, Renaming, Source, Str, With, check, parse, print,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn at() -> At {
    At::default()
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, at: at() }
}

fn text_part() -> impl Strategy<Value = NamePart> {
    prop_oneof![
        "[a-z_@][a-zA-Z0-9_]{1,6}",
        "[ -~é]{1,5}",
        select(vec!["and", "as", "BY", "_", "where", "0"]).prop_map(str::to_owned)
    ]
    .prop_map(NamePart::Text)
}

fn name() -> impl Strategy<Value = Name> {
    vec(text_part(), 1..4).prop_map(|parts| Name { parts, at: at() })
}

fn pattern() -> impl Strategy<Value = Name> {
    let part = prop_oneof![3 => text_part(), 1 => "[a-z]{0,3}\\*[a-z0-9]{0,3}".prop_map(NamePart::Pattern)];
    vec(part, 1..4).prop_map(|parts| Name { parts, at: at() })
}

fn string() -> impl Strategy<Value = Str> {
    (prop_oneof!["[ -~]{0,8}", any::<String>(), "[\"\\\\*a]{0,5}"], any::<bool>()).prop_map(|(value, triple)| {
        let triple = triple && !value.contains("\"\"\"") && !value.starts_with('"') && !value.contains(['\r', '\n']);
        Str { value, triple, at: at() }
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<u64>().prop_map(Literal::Integer),
        (0.0..1e300_f64).prop_map(Literal::Decimal),
        string().prop_map(Literal::String),
        (any::<u32>(), select(vec!["minutes", "Day", "ms"]))
            .prop_map(|(value, unit)| Literal::Timespan { value: value.into(), unit: unit.to_owned() }),
        "\\?{1,2}[a-z][a-z0-9_]{0,4}".prop_map(Literal::Param),
    ]
}

fn constant() -> impl Strategy<Value = Expr> {
    prop_oneof![
        4 => literal().prop_map(|literal| expr(ExprKind::Literal(literal))),
        1 => any::<u64>().prop_map(|value| {
            expr(ExprKind::Negate(Box::new(expr(ExprKind::Literal(Literal::Integer(value))))))
        }),
        1 => vec(literal().prop_map(|literal| expr(ExprKind::Literal(literal))), 1..3)
            .prop_map(|items| expr(ExprKind::Literal(Literal::Array(items)))),
    ]
}

fn text_expr() -> impl Strategy<Value = Expr> {
    string().prop_map(|text| expr(ExprKind::Literal(Literal::String(text))))
}

fn condition() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        constant(),
        name().prop_map(|name| expr(ExprKind::Column(name))),
        (name(), option::of(Just("ip".to_owned())), constant())
            .prop_map(|(field, cast, value)| { expr(ExprKind::Match { field, cast, value: Box::new(value) }) }),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(|members| expr(ExprKind::Or(members))),
            vec(inner.clone(), 2..4).prop_map(|members| expr(ExprKind::And(members))),
            boxed.clone().prop_map(|inner| expr(ExprKind::Not(inner))),
            boxed.clone().prop_map(|inner| expr(ExprKind::Negate(inner))),
            boxed.clone().prop_map(|inner| expr(ExprKind::Plus(inner))),
            (compare_op(), boxed.clone(), boxed.clone()).prop_map(|(op, left, right)| expr(ExprKind::Compare {
                op,
                op_at: at(),
                left,
                right
            })),
            (arithmetic_op(), boxed.clone(), boxed.clone()).prop_map(|(op, left, right)| expr(ExprKind::Arithmetic {
                op,
                op_at: at(),
                left,
                right
            })),
            (any::<bool>(), boxed.clone(), vec(inner.clone(), 1..3))
                .prop_map(|(negated, subject, list)| expr(ExprKind::In { negated, subject, list })),
            (any::<(bool, bool, bool)>(), boxed.clone(), vec(text_expr(), 1..3)).prop_map(
                |((regex, negated, listed), subject, patterns)| {
                    let listed = listed || patterns.len() > 1;
                    expr(ExprKind::Like { regex, negated, subject, patterns, listed })
                }
            ),
            (any::<bool>(), boxed.clone()).prop_map(|(negated, subject)| expr(ExprKind::IsNull { negated, subject })),
            (boxed, select(vec!["ip", "double"]))
                .prop_map(|(subject, to)| expr(ExprKind::Cast { subject, to: to.to_owned() })),
            (vec(inner, 0..3), option::of(vec((string(), constant()), 0..2)))
                .prop_map(|(args, options)| expr(ExprKind::Call(call(args, options)))),
        ]
    })
}

fn call(args: Vec<Expr>, options: Option<Vec<(Str, Expr)>>) -> Call {
    let star = args.is_empty() && options.is_none();
    Call { name: "CASE".to_owned(), name_at: at(), star, args, options }
}

fn compare_op() -> impl Strategy<Value = CompareOp> {
    use CompareOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    select(vec![Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual])
}

fn arithmetic_op() -> impl Strategy<Value = ArithmeticOp> {
    use ArithmeticOp::{Add, Divide, Modulo, Multiply, Subtract};
    select(vec![Add, Subtract, Multiply, Divide, Modulo])
}

fn field() -> impl Strategy<Value = Field> {
    (option::of(name()), condition()).prop_map(|(name, expr)| Field { name, expr })
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        "[a-z.][a-z0-9*.:<>{}-]{0,8}x".prop_map(|text| Source { text, quoted: false, at: at() }),
        "[ -~]{0,6}".prop_map(|text| Source { text, quoted: true, at: at() }),
    ]
}

fn processing() -> impl Strategy<Value = CommandKind> {
    let measure = (field(), option::of(condition())).prop_map(|(field, filter)| Measure { field, filter });
    let order = (condition(), option::of(any::<bool>()), option::of(any::<bool>()))
        .prop_map(|(expr, descending, nulls_first)| Order { expr, descending, nulls_first });
    let renaming = (name(), name(), any::<bool>()).prop_map(|(old, new, assigned)| Renaming { old, new, assigned });
    let enriched = (option::of(name()), name()).prop_map(|(new, field)| EnrichField { new, field });
    let with = prop_oneof![vec((string(), constant()), 0..2).prop_map(With::Map), name().prop_map(With::Id)];
    prop_oneof![
        condition().prop_map(CommandKind::Where),
        vec(field(), 1..3).prop_map(CommandKind::Eval),
        (any::<bool>(), vec(measure, 1..3), vec(field(), 0..3)).prop_map(|(inline, measures, by)| CommandKind::Stats {
            inline,
            measures,
            by
        }),
        vec(pattern(), 1..4).prop_map(CommandKind::Keep),
        vec(pattern(), 1..4).prop_map(CommandKind::Drop),
        vec(renaming, 1..3).prop_map(CommandKind::Rename),
        vec(order, 1..3).prop_map(CommandKind::Sort),
        (any::<u32>(), vec(condition(), 0..2)).prop_map(|(count, by)| CommandKind::Limit {
            count: expr(ExprKind::Literal(Literal::Integer(count.into()))),
            by,
        }),
        (condition(), vec(string(), 1..3)).prop_map(|(input, patterns)| CommandKind::Grok { input, patterns }),
        (condition(), string()).prop_map(|(input, pattern)| CommandKind::Dissect { input, pattern, options: vec![] }),
        name().prop_map(CommandKind::MvExpand),
        (source(), option::of(name()), vec(enriched, 0..3)).prop_map(|(policy, on, with)| CommandKind::Enrich {
            policy,
            on,
            with
        }),
        (source(), option::of(name()), vec(condition(), 1..3)).prop_map(|(index, alias, on)| CommandKind::LookupJoin {
            index,
            alias,
            on
        }),
        (name(), option::of(name()), option::of((name(), name())), vec(condition(), 0..2))
            .prop_map(|(value, on, output, by)| CommandKind::ChangePoint { value, on, output, by }),
        (option::of(name()), condition(), option::of(with))
            .prop_map(|(target, prompt, with)| CommandKind::Completion { target, prompt, with }),
    ]
}

fn command(kind: CommandKind) -> Command {
    Command { kind, name_at: at(), at: at() }
}

fn query() -> impl Strategy<Value = Query> {
    let first = prop_oneof![
        (any::<bool>(), vec(source(), 1..3), vec(name(), 0..3))
            .prop_map(|(time_series, sources, metadata)| CommandKind::From { time_series, sources, metadata }),
        vec(field(), 1..3).prop_map(CommandKind::Row),
    ];
    let branch = vec(processing().prop_map(command), 1..3);
    let kind = prop_oneof![6 => processing(), 1 => vec(branch, 1..3).prop_map(CommandKind::Fork)];
    (first, vec(kind, 0..4)).prop_map(|(first, rest)| {
        let commands = std::iter::once(first).chain(rest).map(command).collect();
        Query { commands, at: at() }
    })
}

/// Pieces of ES|QL, well and badly formed.
fn soup() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "from",
        "a-*",
        "|",
        "where",
        "eval",
        "stats",
        "by",
        "keep",
        "x*",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "=",
        "==",
        "::",
        ":",
        "and",
        "or",
        "not",
        "in",
        "like",
        "rlike",
        "is",
        "null",
        "\"s\"",
        "\"\"\"r\"\"\"",
        "\"open",
        "`q`",
        "`",
        "1",
        "2.5",
        "1 day",
        "?p",
        "f(",
        "count(*)",
        "fork",
        "lookup join",
        "on",
        "enrich",
        "metadata",
        "//",
        "/*",
        "*/",
        "-",
        "+",
        "*",
        "/",
        "é",
        "'",
        "\n",
        "limit",
        "sort",
        "completion",
        "with",
        "change_point",
        "as",
        "grok",
        ".",
    ]);
    vec((pieces, select(vec![" ", ""])), 0..40)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, ..ProptestConfig::default() })]

    #[test]
    fn printed_queries_read_as_themselves(tree in query()) {
        let text = print(&tree);
        let parsed = parse(&text);
        prop_assert_eq!(parsed.query.as_ref(), Some(&tree), "{}\n{:?}", text, parsed.problems);
        let checked = check(&parsed.query.unwrap(), &text, &super::typed::Sample);
        for finding in checked.findings {
            prop_assert!(text.get(finding.problem.span.range()).is_some(), "{:?} in {}", finding, text);
        }
    }

    #[test]
    fn any_text_is_read_without_panic_and_spans_stay_in_it(text in prop_oneof![soup(), any::<String>()]) {
        let parsed = parse(&text);
        prop_assert!(parsed.query.is_some() || !parsed.problems.is_empty(), "neither query nor problem: {}", text);
        for problem in parsed.problems.iter().chain(&parsed.warnings) {
            prop_assert!(text.get(problem.span.range()).is_some(), "{:?} in {}", problem, text);
        }
        if let Some(query) = parsed.query {
            let printed = print(&query);
            prop_assert_eq!(parse(&printed).query, Some(query), "{}", printed);
        }
    }
}
