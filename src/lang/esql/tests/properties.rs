//! `parse(print(t)) == t` for trees of every shape, and no panic on any text.

use super::super::{
    ArithmeticOp, At, Call, Command, CommandKind, CompareOp, EnrichField, Expr, ExprKind, Field, FromItem, Fuse,
    Literal, Map, MapValue, Measure, Name, NamePart, Order, Parts, Query, Renaming, Setting, Source, Str, With, check,
    parse, print,
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
        1 => array().prop_map(|items| expr(ExprKind::Literal(Literal::Array(items)))),
    ]
}

/// Constants of one kind.
fn array() -> impl Strategy<Value = Vec<Expr>> {
    let constant = |literal| expr(ExprKind::Literal(literal));
    let number = prop_oneof![any::<u64>().prop_map(Literal::Integer), (0.0..1e9_f64).prop_map(Literal::Decimal)];
    prop_oneof![
        vec(number.prop_map(constant), 1..3),
        vec(any::<bool>().prop_map(Literal::Bool).prop_map(constant), 1..3),
        vec(string().prop_map(Literal::String).prop_map(constant), 1..3),
    ]
}

/// Options; none stands twice and none is null.
fn map() -> impl Strategy<Value = Map> {
    let value = constant().prop_filter("no null", |value| value.kind != ExprKind::Literal(Literal::Null));
    let value = value.prop_map(MapValue::Constant);
    let value = value.prop_recursive(3, 8, 3, |inner| options(inner).prop_map(MapValue::Map));
    options(value)
}

fn options(value: impl Strategy<Value = MapValue>) -> impl Strategy<Value = Map> {
    vec((string(), value), 0..3).prop_map(|entries| {
        let mut options: Map = Vec::new();
        for (key, value) in entries {
            if options.iter().all(|(other, _)| other.value != key.value) {
                options.push((key, value));
            }
        }
        options
    })
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
            (any::<bool>(), vec(inner.clone(), 1..3), vec(simple().prop_map(command), 0..2)).prop_map(
                |(negated, subjects, rest)| {
                    let first = CommandKind::Row(vec![Field { name: None, expr: subjects[0].clone() }]);
                    let query = std::iter::once(command(first)).chain(rest).collect();
                    expr(ExprKind::InQuery { negated, subjects, query })
                }
            ),
            (vec(inner, 0..3), option::of(map()), select(vec!["CASE", "?f", "??g"]))
                .prop_map(|(args, options, name)| expr(ExprKind::Call(call(name, args, options)))),
        ]
    })
}

/// Options come behind an argument.
fn call(name: &str, args: Vec<Expr>, options: Option<Map>) -> Call {
    let options = options.filter(|_| !args.is_empty());
    Call { name: name.to_owned(), name_at: at(), star: args.is_empty(), args, options }
}

/// Commands without expressions.
fn simple() -> impl Strategy<Value = CommandKind> {
    prop_oneof![
        vec(pattern(), 1..3).prop_map(CommandKind::Keep),
        name().prop_map(CommandKind::MvExpand),
        (0.0..1.0_f64).prop_map(|share| CommandKind::Sample(expr(ExprKind::Literal(Literal::Decimal(share))))),
    ]
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

fn policy() -> impl Strategy<Value = Source> {
    prop_oneof![
        "(_any:|_REMOTE:)?[a-z.][a-z0-9*.<>{}-]{0,8}x".prop_map(|text| Source { text, quoted: false, at: at() }),
        "[ -9;-~]{0,6}".prop_map(|text| Source { text, quoted: true, at: at() }),
    ]
}

fn processing() -> impl Strategy<Value = CommandKind> {
    let measure = (field(), option::of(condition())).prop_map(|(field, filter)| Measure { field, filter });
    let order = (condition(), option::of(any::<bool>()), option::of(any::<bool>()))
        .prop_map(|(expr, descending, nulls_first)| Order { expr, descending, nulls_first });
    let renaming = (name(), name(), any::<bool>()).prop_map(|(old, new, assigned)| Renaming { old, new, assigned });
    let enriched = (option::of(name()), name()).prop_map(|(new, field)| EnrichField { new, field });
    let with = prop_oneof![map().prop_map(With::Map), name().prop_map(With::Id)];
    prop_oneof![
        2 => simple(),
        2 => ranking(),
        14 => prop_oneof![
        condition().prop_map(CommandKind::Where),
        vec(field(), 1..3).prop_map(CommandKind::Eval),
        (any::<bool>(), vec(measure, 1..3), vec(field(), 0..3)).prop_map(|(inline, measures, by)| CommandKind::Stats {
            inline,
            measures,
            by
        }),
        vec(pattern(), 1..4).prop_map(CommandKind::Keep),
        vec(pattern().prop_filter("takes all away", |name| name.text() != "*"), 1..4).prop_map(CommandKind::Drop),
        vec(renaming, 1..3).prop_map(CommandKind::Rename),
        vec(order, 1..3).prop_map(CommandKind::Sort),
        (0..=i32::MAX.unsigned_abs(), vec(condition(), 0..2)).prop_map(|(count, by)| CommandKind::Limit {
            count: expr(ExprKind::Literal(Literal::Integer(count.into()))),
            by,
        }),
        (condition(), vec(string(), 1..3)).prop_map(|(input, patterns)| CommandKind::Grok { input, patterns }),
        (condition(), string()).prop_map(|(input, pattern)| CommandKind::Dissect { input, pattern, options: vec![] }),
        name().prop_map(CommandKind::MvExpand),
        (policy(), option::of(name()), vec(enriched, 0..3)).prop_map(|(policy, on, with)| CommandKind::Enrich {
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
        ],
    ]
}

/// Commands that score rows or take a text apart.
fn ranking() -> impl Strategy<Value = CommandKind> {
    let method = option::of(
        select(vec!["rrf", "linear", "key-by", "x"])
            .prop_map(|method| Name { parts: vec![NamePart::Text(method.to_owned())], at: at() }),
    );
    let fuse = (method, option::of(name()), vec(name(), 0..3), option::of(name()), option::of(map()));
    let options = || option::of(map());
    prop_oneof![
        (option::of(name()), constant(), vec(field(), 1..3), options())
            .prop_map(|(target, text, on, with)| CommandKind::Rerank { target, text, on, with }),
        fuse.prop_map(|(method, score, key, group, with)| {
            CommandKind::Fuse(Box::new(Fuse { method, score, key, group, with }))
        }),
        (select(Parts::ALL.to_vec()), name(), condition(), options()).prop_map(|(parts, prefix, input, with)| {
            let with = with.filter(|_| matches!(parts, Parts::UserAgent | Parts::IpLocation));
            CommandKind::Parts { parts, prefix, input, with }
        }),
        (option::of(condition()), name(), any::<u32>(), options()).prop_map(|(vector, on, count, with)| {
            let count = expr(ExprKind::Literal(Literal::Integer(count.into())));
            CommandKind::Mmr { vector, on, count, with }
        }),
    ]
}

fn command(kind: CommandKind) -> Command {
    Command { kind, name_at: at(), at: at() }
}

/// Where rows come from: queries in parentheses, too.
fn first() -> impl Strategy<Value = CommandKind> {
    let row = vec(field(), 1..3).prop_map(CommandKind::Row);
    let leaf = prop_oneof![row, source().prop_map(|source| from(false, vec![FromItem::Index(source)], Vec::new()))];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let chain = (inner, vec(processing().prop_map(command), 0..2));
        let subquery =
            chain.prop_map(|(first, rest)| FromItem::Subquery(std::iter::once(command(first)).chain(rest).collect()));
        let item = prop_oneof![source().prop_map(FromItem::Index), subquery];
        (any::<bool>(), vec(item, 1..3), vec(name(), 0..3))
            .prop_map(|(time_series, items, metadata)| from(time_series, items, metadata))
    })
}

fn from(time_series: bool, items: Vec<FromItem>, metadata: Vec<Name>) -> CommandKind {
    CommandKind::From { time_series, items, metadata }
}

fn setting() -> impl Strategy<Value = Setting> {
    let value = prop_oneof![constant().prop_map(MapValue::Constant), map().prop_map(MapValue::Map)];
    (name(), value).prop_map(|(name, value)| Setting { name, value, at: at() })
}

fn query() -> impl Strategy<Value = Query> {
    let branch = vec(processing().prop_map(command), 1..3);
    let kind = prop_oneof![6 => processing(), 1 => vec(branch, 1..3).prop_map(CommandKind::Fork)];
    (vec(setting(), 0..2), first(), vec(kind, 0..4)).prop_map(|(settings, first, rest)| {
        let commands = std::iter::once(first).chain(rest).map(command).collect();
        Query { settings, commands, at: at() }
    })
}

/// Pieces of ES|QL, well and badly formed.
fn soup() -> impl Strategy<Value = String> {
    let words = "from a-* | where eval stats by keep x* ( ) [ ] { } , = == :: : and or not in like rlike is null \
        \"s\" \"\"\"r\"\"\" \"open `q` ` 1 2.5 ?p f( count(*) fork on enrich metadata // /* */ - + * / é ' \
        limit sort completion with change_point as grok . ; fuse rerank uri_parts promql #";
    let others = ["1 day", "lookup join", "\n", "set x = ", "(from b", "in (row", "score by"];
    let pieces = select(words.split(' ').chain(others).collect::<Vec<_>>());
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
