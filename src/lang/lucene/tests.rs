//! What Lucene's grammar says, and the round trip.

use super::{Bound, Clause, Conjunction, Node, Occur, Piece, Prefix, Query, RangeOp, Text, occurs, parse, print};
use crate::lang::at::At;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn reprinted(text: &str) -> String {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    let query = parsed.query.unwrap();
    let printed = print(&query);
    assert_eq!(parse(&printed).query, Some(query), "{printed}");
    printed
}

#[test]
fn every_construct_is_read_and_printed() {
    let cases = [
        ("a:b", "a:b"),
        ("a: b c", "a:b c"),
        ("\\OR:b c:\\AND", "\\OR:b c:\\AND"),
        ("a:(b OR c d)", "a:(b OR c d)"),
        ("a:(b c)", "a:b\\ c"),
        ("b c -d e f AND g", "b\\ c -d e (f) AND g"),
        ("a - b ! c", "a\\ \\-\\ b\\ \\!\\ c"),
        ("a&&b", "a\\&\\&b"),
        ("a\\*.b:c *:d", "a\\*.b:c *:d"),
        ("f:(>5 AND \\<=9)", "f:(>5 AND <=9)"),
        ("a^2~1 b~^3 c~AUTO", "a~1^2 b~^3 c~AUTO"),
        ("\"a b\"~ \"c\"~1.9", "\"a b\" \"c\"~1"),
        ("wi\\u0041ld* q\\u0041?", "wiAld* qu0041?"),
        ("a:/x\\\\/ b", "a:/x\\\\/ b"),
        ("a:b && !c:d || +e -f", "a:b AND NOT c:d OR +e -f"),
        ("a:\"x \\\"y\\\"\"~2^3.5", "a:\"x \\\"y\\\"\"~2^3.5"),
        ("a:[1 TO 5} AND b:{* TO \"x y\"]", "a:[1 TO 5} AND b:{* TO \"x y\"]"),
        ("a:[TO TO a*b]^2", "a:[TO TO a*b]^2"),
        ("a:>=10 b:<-2", "a:>=10 b:<\\-2"),
        ("a:> b", "a:\\> b"),
        ("a:/x[0-9]\\/y/", "a:/x[0-9]\\/y/"),
        ("fox~ box~1", "fox~ box~1"),
        ("_exists_:user.name", "_exists_:user.name"),
        ("g+s a-b C\\:\\\\x\\*", "g\\+s\\ a\\-b\\ C\\:\\\\x\\*"),
        ("a (b) c AND d", "a (b) (c) AND d"),
        ("te?t* \\u0041b", "te?t* Ab"),
        ("((a))", "a"),
        ("(a:b)^2", "(a:b)^2"),
        ("a:[2024-01-01T00:00:00Z TO now-1d/d]", "a:[2024-01-01T00:00:00Z TO now-1d/d]"),
        ("", "*:*"),
    ];
    for (text, expected) in cases {
        let printed = if text.is_empty() { print(&parse(text).query.unwrap()) } else { reprinted(text) };
        assert_eq!(printed, expected);
    }
}

#[test]
fn clauses_are_required_as_lucene_decides() {
    use Occur::{Must, MustNot, Should};
    // The table of Lucene's classic parser: no precedence, an AND reaches both its neighbours.
    let cases: [(&str, &[Occur]); 6] = [
        ("a \"b\"", &[Should, Should]),
        ("a AND b", &[Must, Must]),
        ("a OR b AND c", &[Should, Must, Must]),
        ("a AND b OR c", &[Must, Must, Should]),
        ("a OR NOT b", &[Should, MustNot]),
        ("+a -\"b\" c", &[Must, MustNot, Should]),
    ];
    for (text, expected) in cases {
        let Node::Group(clauses) = parse(text).query.unwrap().node else { panic!("{text}") };
        assert_eq!(occurs(&clauses), expected, "{text}");
    }
}

#[test]
fn complaints_stand_under_their_token() {
    let cases = [
        ("a:(b", "(", "this `(` is never closed"),
        ("a:b)", ")", "this `)` closes nothing"),
        ("a:\"b", "\"", "the quote is never closed"),
        ("a:/b", "/", "the regular expression is never closed"),
        ("a:[1 5]", "5", "a range is written `[low TO high]`"),
        ("a:b:c", ":", "a second `:`"),
        ("a AND", "AND", "nothing follows this operator"),
        ("a:", ":", "a value is missing after `:`"),
        ("()", ")", "there is nothing between the brackets"),
        ("OR a", "OR", "nothing stands before `OR`"),
        ("a AND OR b", "OR", "`OR` cannot stand here"),
        ("a*:b", "a*", "a wildcard in a field's name has a backslash before it in Lucene"),
        ("a:-b", "-", "`-` cannot stand between a field and its value"),
        ("NOT NOT a", "NOT", "`NOT` cannot stand here"),
        ("a:{ b: c }", "{", "a nested field has no form in a query string"),
        ("a\\u12", "\\u", "`\\u` needs four hexadecimal digits after it"),
        ("a^x", "^", "a number is missing after `^`"),
        ("a^ 2", "^", "a number is missing after `^`"),
        ("a\\", "\\", "a backslash escapes the character after it"),
    ];
    for (text, token, message) in cases {
        let problem = &parse(text).problems[0];
        assert_eq!((&text[problem.span.range()], problem.message.as_str()), (token, message), "{text}");
    }
}

#[test]
fn what_lucene_reads_otherwise_is_warned_of() {
    let cases = [
        ("a or b", "or"),
        ("a OR NOT b", "OR"),
        ("(a b) || -c", "||"),
        ("a AND b OR c", "OR"),
        ("f:a b", "b"),
        ("f >= 5", ">="),
        ("f == 5", "=="),
        ("a - b", "-"),
    ];
    for (text, under) in cases {
        let warnings = parse(text).warnings;
        let found: Vec<&str> = warnings.iter().map(|warning| &text[warning.span.range()]).collect();
        assert_eq!(found, [under], "{text}");
    }
    for text in
        ["a OR b", "a AND NOT b", "(a AND b) OR (NOT c)", "f:(a b)", "f:a g:b", "f:\"a\" b", "a b c", "f:(a OR b c)"]
    {
        assert_eq!(parse(text).warnings, [], "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let parsed = parse(&format!("{}a{}", "(".repeat(9_000), ")".repeat(9_000)));
    assert!(parsed.query.is_none());
    assert!(parsed.problems[0].message.contains("deeper"));
}

fn at() -> At {
    At::default()
}

fn text() -> impl Strategy<Value = Text> {
    let literal = prop_oneof!["[a-z]{1,4}", "[ -~é]{1,6}", select(vec!["AND", "OR", "TO"]).prop_map(str::to_owned)];
    let piece = prop_oneof![
        4 => literal.prop_map(Piece::Literal),
        1 => Just(Piece::Star),
        1 => Just(Piece::Question),
    ];
    vec(piece, 1..4).prop_map(|pieces| {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (Some(Piece::Literal(last)), Piece::Literal(next)) => last.push_str(&next),
                (_, piece) => merged.push(piece),
            }
        }
        Text { pieces: merged, quoted: false, at: at() }
    })
}

/// Behind a field a text that starts with `<` or `>` reads as a comparison, and a comparison has no wildcards.
fn term() -> impl Strategy<Value = Text> {
    text().prop_filter("a comparison", |text| !text.literal().is_some_and(|text| text.starts_with(['<', '>'])))
}

fn name() -> impl Strategy<Value = Text> {
    prop_oneof!["[a-z.*]{1,6}", "[ -~é]{1,6}"].prop_map(|name| Text::field(&name))
}

fn bound_value() -> impl Strategy<Value = Text> {
    let quoted = "[ -~]{1,6}".prop_map(|text| Text { pieces: vec![Piece::Literal(text)], quoted: true, at: at() });
    let plain = "[!-Z^-|~é\\\\][!-Z^-|~\\\\]{0,5}"
        .prop_filter("a quoted end or an open one", |text| !text.starts_with('"') && text != "*" && text != "TO")
        .prop_map(|text| Text::plain(&text));
    prop_oneof![plain, quoted, Just(Text::field("*"))]
}

fn leaf() -> impl Strategy<Value = Node> {
    let bound = || (bound_value(), any::<bool>()).prop_map(|(value, inclusive)| Bound { value, inclusive });
    let op = select(vec![RangeOp::Less, RangeOp::LessOrEqual, RangeOp::Greater, RangeOp::GreaterOrEqual]);
    let compare = (name(), op, "[a-z][ -~]{0,4}").prop_map(|(field, op, value)| Node::Field {
        field,
        query: Box::new(Query { node: Node::Compare { op, value: Text::plain(&value) }, at: at() }),
    });
    prop_oneof![
        3 => term().prop_map(Node::Term),
        1 => ("[ -~]{0,8}", option::of(0..9_u32)).prop_map(|(text, slop)| Node::Phrase { text, slop }),
        1 => (bound(), bound()).prop_map(|(low, high)| Node::Range { low, high }),
        1 => compare,
        1 => "([a-z0-9.|*]|\\\\[a-z/]){1,6}".prop_map(Node::Regex),
        1 => (term(), "[0-2]?").prop_map(|(term, distance)| Node::Fuzzy { term, distance }),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let query = inner.prop_map(|node| Query { node, at: at() });
        let conjunction = option::of(select(vec![Conjunction::And, Conjunction::Or]));
        let prefix = option::of(select(vec![Prefix::Required, Prefix::Prohibited, Prefix::Not]));
        let clause = (conjunction, prefix, query.clone()).prop_map(|(conjunction, prefix, query)| Clause {
            conjunction,
            prefix,
            query,
        });
        prop_oneof![
            vec(clause, 2..4).prop_map(|mut clauses| {
                clauses[0].conjunction = None;
                Node::Group(clauses)
            }),
            (name(), query.clone()).prop_map(|(field, query)| Node::Field { field, query: Box::new(query) }),
            (query, "[1-9](\\.[0-9])?").prop_map(|(query, factor)| Node::Boost { query: Box::new(query), factor }),
        ]
    })
}

fn soup() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "a",
        "b:",
        ":",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        " TO ",
        "AND",
        "OR",
        "NOT",
        "!",
        "+",
        "-",
        "&&",
        "||",
        "\"x y\"",
        "\"",
        "/r/",
        "/",
        "~",
        "~2",
        "^",
        "^2",
        "*",
        "?",
        "\\",
        "\\u00",
        ">=",
        "<",
        "é",
        "_exists_:",
        " ",
    ]);
    vec((pieces, select(vec![" ", ""])), 0..30)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn printed_queries_read_as_themselves(node in node()) {
        let tree = Query { node, at: at() };
        let text = print(&tree);
        let parsed = parse(&text);
        prop_assert_eq!(parsed.query.as_ref(), Some(&tree), "{}\n{:?}", text, parsed.problems);
    }

    #[test]
    fn any_text_is_read_without_panic(text in prop_oneof![soup(), any::<String>()]) {
        let parsed = parse(&text);
        prop_assert_eq!(parsed.query.is_some(), parsed.problems.is_empty());
        for problem in parsed.problems.iter().chain(&parsed.warnings) {
            prop_assert!(text.get(problem.span.range()).is_some(), "{:?} in {}", problem, text);
        }
        if let Some(query) = parsed.query {
            let printed = print(&query);
            let again = if printed == "*:*" { parse(&text).query } else { parse(&printed).query };
            prop_assert_eq!(again, Some(query), "{}", printed);
        }
    }
}
