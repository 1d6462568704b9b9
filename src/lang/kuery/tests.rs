//! Each rule of the grammar (kbn-es-query, `grammar.peggy`; the rule's name is in the test) with queries of our own.

use super::*;
use crate::source::Span;
use proptest::prelude::*;

fn read(text: &str) -> Query {
    let parsed = parse(text);
    assert_eq!(parsed.problems, vec![], "{text}");
    parsed.query.unwrap()
}

/// The problem's message, with the text under its caret.
fn refused(text: &str) -> (String, &str) {
    let parsed = parse(text);
    assert_eq!(parsed.query, None, "{text} is accepted");
    let problem = &parsed.problems[0];
    (problem.message.clone(), &text[problem.span.range()])
}

fn without_spans(mut query: Query) -> Query {
    query.map_spans(&mut |_| Span::default());
    query
}

/// The canonical text; reading it again must give the same tree.
fn canonical(text: &str) -> String {
    let query = read(text);
    let printed = print(&query);
    assert_eq!(without_spans(read(&printed)), without_spans(query), "{text} -> {printed}");
    printed
}

fn free(text: &str) -> Value {
    match read(text).node {
        Node::Free(value) => value,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn empty_query_is_everything() {
    assert_eq!(read("").node, Node::All);
    assert_eq!(read(" \u{a0}\n").node, Node::All);
    assert_eq!(canonical("  "), "");
}

#[test]
fn precedence_is_or_and_not() {
    assert_eq!(canonical("a:1 OR b:2 And not c:3 or d:4"), "a:1 or b:2 and not c:3 or d:4");
    let Node::Or(parts) = read("a or b and c or d").node else { panic!("not an or") };
    assert_eq!(parts.len(), 3);
    assert!(matches!(&parts[1].node, Node::And(inner) if inner.len() == 2));
    assert_eq!(canonical("((a or b)) and not (c and d)"), "(a or b) and not (c and d)");
    assert_eq!(canonical("(a or b) or c"), "(a or b) or c");
    assert_eq!(canonical("(a and b) or c"), "a and b or c");
}

#[test]
fn keywords_need_space() {
    assert_eq!(free("foo or").text(), Some("foo or"));
    assert_eq!(free("and foo").text(), Some("and foo"));
    assert_eq!(free("android orbit notes").text(), Some("android orbit notes"));
    assert_eq!(free("not").text(), Some("not"));
    assert!(matches!(read("foo and\u{a0}bar").node, Node::And(_)));
    assert!(matches!(read("foo\nor\tbar").node, Node::Or(_)));
    assert_eq!(canonical("a or and b"), "a or \\and b");
    assert_eq!(refused("x:(foo or )").1, "or");
}

#[test]
fn unquoted_values_run_across_spaces() {
    assert_eq!(free("foo   bar ").text(), Some("foo   bar"));
    let Node::Field { values, .. } = read("msg: foo bar or x:1").node.clone().first_field() else { panic!() };
    let ValuesNode::One(value) = values.node else { panic!() };
    assert_eq!(value.text(), Some("foo bar"));
    assert_eq!(value.span, Span::new(5, 12));
}

impl Node {
    fn first_field(self) -> Self {
        match self {
            Self::Or(mut parts) | Self::And(mut parts) => parts.remove(0).node.first_field(),
            node => node,
        }
    }
}

#[test]
fn constants_are_unquoted() {
    assert_eq!(free("null").constant(), Some(Constant::Null));
    assert_eq!(free(" true ").constant(), Some(Constant::True));
    assert_eq!(free("false").constant(), Some(Constant::False));
    assert_eq!(free("\"true\"").constant(), None);
    assert_eq!(free("True").constant(), None);
}

#[test]
fn wildcards_are_unquoted_and_unescaped() {
    assert_eq!(free("a*b\\*").parts, [Piece::Literal("a".into()), Piece::Star, Piece::Literal("b*".into())]);
    assert_eq!(free("\"a*b\"").text(), Some("a*b"));
    assert!(free("*").is_star());
    assert_eq!(canonical("host*: *x* and \\*:y"), "host*:*x* and \\*:y");
    assert_eq!(free("**").parts, [Piece::Star, Piece::Star]);
}

#[test]
fn escapes() {
    assert_eq!(free(r#"\\\(\)\:\<\>\"\*\{\}"#).text(), Some("\\():<>\"*{}"));
    assert_eq!(free(r"a\tb\r\nc\u00e9").text(), Some("a\tb\r\ncé"));
    assert_eq!(free(r"\ud83d\ude00").text(), Some("😀"));
    assert_eq!(free(r"foo \and bar \OR baz").text(), Some("foo and bar OR baz"));
    assert_eq!(free(r"foo \NOT bar").text(), Some("foo NOT bar"));
    assert_eq!(free(r#""C:\x\\ \"q\" \u0041\t""#).text(), Some("C:\\x\\ \"q\" A\t"));
    assert_eq!(canonical(r"foo \and bar"), r"foo \and bar");
    assert_eq!(canonical(r"foo \u006eot bar"), r"foo \u006eot bar");
}

/// `EscapedWhitespace` stands before `EscapedKeyword` in the grammar, and a PEG takes the first that fits.
#[test]
fn escaped_lower_case_not_is_a_line_break() {
    let parsed = parse(r"foo \not bar");
    assert_eq!(parsed.warnings.len(), 1);
    assert_eq!(free(r"foo \not bar").text(), Some("foo \not bar"));
}

#[test]
fn value_lists() {
    assert_eq!(canonical("a : ( x  or (\"y\" and not z) or not (p or q))"), "a:(x or \"y\" and not z or not (p or q))");
    assert_eq!(canonical("a:(x)"), "a:x");
    assert_eq!(canonical("a:(foo bar or baz)"), "a:(foo bar or baz)");
}

#[test]
fn ranges_and_nested() {
    assert_eq!(canonical("b>= 5 and b <7 and c<=\"x y\""), "b >= 5 and b < 7 and c <= \"x y\"");
    assert_eq!(canonical("p:{q:{r:1} or s:2}"), "p:{ q:{ r:1 } or s:2 }");
    let query = read("p.q : { r > 1 }");
    assert_eq!(query.span, Span::new(0, 15));
    let Node::Nested { path, query } = query.node else { panic!() };
    assert_eq!((path.span, query.span), (Span::new(0, 3), Span::new(8, 13)));
}

#[test]
fn spans_are_exact() {
    let text = "  not (é : \"x\" and b :(1 or *2 )) ";
    let Node::Not(inner) = read(text).node else { panic!() };
    assert_eq!(&text[read(text).span.range()], "not (é : \"x\" and b :(1 or *2 ))");
    assert_eq!(&text[inner.span.range()], "é : \"x\" and b :(1 or *2 )");
    let Node::And(parts) = inner.node else { panic!() };
    let Node::Field { field, colon, values } = &parts[1].node else { panic!() };
    assert_eq!(&text[field.span.range()], "b");
    assert_eq!(&text[colon.range()], ":");
    let ValuesNode::Or(list) = &values.node else { panic!() };
    assert_eq!(&text[list[1].span.range()], "*2");
}

#[test]
fn missing_parts_are_named() {
    assert_eq!(refused("a:"), ("a value is missing after `:`".into(), ":"));
    assert_eq!(refused("x:y or a: and b:c"), ("a value is missing after `:`".into(), ":"));
    assert_eq!(refused("a <"), ("a value is missing after the range operator".into(), "<"));
    assert_eq!(refused("a:b c:d").0, "a second operator after a complete expression");
    assert_eq!(refused(":x"), ("a field name is missing before the operator".into(), ":"));
    assert_eq!(refused("a:b and "), ("nothing follows `and`".into(), "and"));
    assert_eq!(refused("(a:b or (c:d)"), ("this `(` is never closed".into(), "("));
    assert_eq!(refused("a:{ b:c"), ("this `{` is never closed".into(), "{"));
    assert_eq!(refused("a:b)"), ("this bracket closes nothing".into(), ")"));
    assert_eq!(refused("a:\"b"), ("the quote is never closed".into(), "\""));
    assert_eq!(refused("not not a"), ("KQL has no double `not`".into(), "not"));
    assert_eq!(refused("a:not b").1, "not");
    assert_eq!(refused("()").0, "there is nothing between the brackets");
    assert_eq!(refused("a:foo\\x").1, "\\");
}

#[test]
fn slips_in_keywords_are_found() {
    assert_eq!(refused("NOT(a:b)"), ("`NOT` is a keyword only with a space after it".into(), "NOT"));
    assert_eq!(refused("a:b and(c:d)").1, "and");
    assert_eq!(refused("a:\"b\"and c:d").1, "and");
    assert_eq!(refused("a:b adn c:d"), ("`adn` is not a keyword, so it is part of a value".into(), "adn"));
    assert_eq!(refused("a:cannot open").1, "not");
    assert_eq!(refused("a:b not c:d").0, "`and` or `or` is missing before `not`");
}

#[test]
fn other_languages_are_recognised() {
    assert_eq!(refused("a:>5"), ("`:` and `>` do not go together in KQL".into(), ">"));
    assert_eq!(parse("a:>5").problems[0].help.as_deref(), Some("write `a > 5`".replace('5', "value").as_str()));
    assert_eq!(refused("a == \"x\""), ("`==` is not KQL".into(), "=="));
    assert_eq!(refused("a != \"x\"").1, "!=");
    assert_eq!(refused("a : (\"x\", \"y\")"), ("a comma does not separate values in KQL".into(), ","));
    assert_eq!(refused("a:\"x\" && b:\"y\"").1, "&&");
    for (text, under) in [
        ("a:[1 TO 5]", "[1 TO 5]"),
        ("a:/x.*y/", "/x.*y/"),
        ("a == 5", "=="),
        ("a:(x, y)", "x, y"),
        ("x and a:b or", "or"),
        ("x and a:or b", "or"),
    ] {
        let parsed = parse(text);
        let found: Vec<&str> = parsed.warnings.iter().map(|warning| &text[warning.span.range()]).collect();
        assert!(found.contains(&under), "{text}: {found:?}");
    }
    assert_eq!(parse("file.path:/tmp/").warnings, vec![]);
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| "(".repeat(depth) + "a" + &")".repeat(depth);
    assert!(parse(&nested(MAX_DEPTH)).query.is_some());
    assert!(refused(&nested(MAX_DEPTH + 1)).0.contains("deeper than 128"));
    assert!(parse(&"a:{".repeat(100_000)).query.is_none());
    assert!(parse(&("a:".to_owned() + &"(".repeat(100_000))).query.is_none());
}

#[test]
fn plain_values_quote_only_when_needed() {
    let printed = |text: &str| print(&Query { node: Node::Free(Value::plain(text)), span: Span::default() });
    assert_eq!(printed("cmd.exe"), "cmd.exe");
    assert_eq!(printed("a b"), "\"a b\"");
    assert_eq!(printed("true"), "\"true\"");
    assert_eq!(printed("C:\\x*"), "\"C:\\\\x*\"");
    assert_eq!(printed(""), "\"\"");
}

#[test]
fn joined_lists_are_flat() {
    let joined = Query::all(vec![read("a and b"), read("c"), read("d or e")]);
    assert_eq!(print(&joined), "a and b and c and (d or e)");
    assert_eq!(print(&Query::any(vec![read("a or b"), read("c and d")])), "a or b or c and d");
    assert_eq!(print(&Query::any(vec![])), "not *:*");
    assert_eq!(print(&Query::all(vec![read("a"), Query::all(vec![read("")])])), "a and *:*");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z.]{1,6}",
        "[ -~]{1,8}",
        "(and|or|not|NOT|And|cannot|null)( (and|or|not|x)){0,3}",
        "[\\t\\r\\n\u{a0}é😀\\\\\"*:a ]{1,8}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let pieces = prop::collection::vec(prop_oneof![text().prop_map(Some), Just(None)], 0..4);
    prop_oneof![text().prop_map(Value::quoted), pieces.prop_map(unquoted)]
}

/// Keeps the invariants that [`Value`] states.
fn unquoted(pieces: Vec<Option<String>>) -> Value {
    let mut parts: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (piece, parts.last_mut()) {
            (Some(text), Some(Piece::Literal(last))) => last.push_str(&text),
            (Some(text), _) => parts.push(Piece::Literal(text)),
            (None, _) => parts.push(Piece::Star),
        }
    }
    if let Some(Piece::Literal(text)) = parts.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Piece::Literal(text)) = parts.last_mut() {
        *text = text.trim_end().to_owned();
    }
    parts.retain(|part| *part != Piece::Literal(String::new()));
    Value::wildcard(parts)
}

fn at_nowhere<T>(node: T, make: fn(T, Span) -> Query) -> Query {
    make(node, Span::default())
}

fn values() -> impl Strategy<Value = Values> {
    let place = |node| Values { node, span: Span::default() };
    value().prop_map(move |value| place(ValuesNode::One(value))).prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| place(ValuesNode::Or(parts))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| place(ValuesNode::And(parts))),
            inner.prop_map(move |part| place(ValuesNode::Not(Box::new(part)))),
        ]
    })
}

fn query() -> impl Strategy<Value = Query> {
    let place = |node| at_nowhere(node, |node, span| Query { node, span });
    let ops = [RangeOp::Less, RangeOp::LessOrEqual, RangeOp::Greater, RangeOp::GreaterOrEqual];
    let range = (value(), prop::sample::select(ops.to_vec()), value()).prop_map(|(field, op, value)| Node::Range {
        field,
        op: crate::source::Spanned::new(op, Span::default()),
        value,
    });
    let leaf = prop_oneof![
        value().prop_map(Node::Free),
        range,
        (value(), values()).prop_map(|(field, values)| Node::Field { field, colon: Span::default(), values }),
    ];
    leaf.prop_map(place).prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| place(Node::Or(parts))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| place(Node::And(parts))),
            inner.clone().prop_map(move |part| place(Node::Not(Box::new(part)))),
            (value(), inner).prop_map(move |(path, query)| place(Node::Nested { path, query: Box::new(query) })),
        ]
    })
}

proptest! {
    #[test]
    fn printed_queries_read_back(query in query()) {
        let printed = print(&query);
        let parsed = parse(&printed);
        prop_assert_eq!(&parsed.problems, &vec![], "{}", printed);
        prop_assert_eq!(parsed.query.map(without_spans), Some(query), "{}", printed);
    }

    #[test]
    fn soup_never_panics(text in "(and|or|not|NOT|[a-z é\u{a0}]|[():<>=\"*{}\\\\]|\\\\u00|,|&&|\\[1 TO |\n|😀){0,40}") {
        let parsed = parse(&text);
        prop_assert_eq!(parsed.query.is_none(), !parsed.problems.is_empty());
        for problem in parsed.problems.iter().chain(&parsed.warnings) {
            prop_assert!(text.get(problem.span.range()).is_some(), "{:?}", problem);
        }
    }
}
