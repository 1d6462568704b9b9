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
        ("a:(b OR c d)", "a:(b OR c d)"),
        ("a:b && !c:d || +e -f", "a:b AND NOT c:d OR +e -f"),
        ("a:\"x \\\"y\\\"\"~2^3.5", "a:\"x \\\"y\\\"\"~2^3.5"),
        ("a:[1 TO 5} AND b:{* TO \"x y\"]", "a:[1 TO 5} AND b:{* TO \"x y\"]"),
        ("a:>=10 b:<-2", "a:>=10 b:<\\-2"),
        ("a:/x[0-9]\\/y/", "a:/x[0-9]\\/y/"),
        ("fox~ box~1", "fox~ box~1"),
        ("_exists_:user.name", "_exists_:user.name"),
        ("g+s a-b C\\:\\\\x\\*", "g\\+s a\\-b C\\:\\\\x\\*"),
        ("te?t* \\u0041b", "te?t* Ab"),
        ("((a))", "a"),
        ("(a:b)^2", "(a:b)^2"),
        ("a:[2024-01-01T00:00:00Z TO now-1d/d]", "a:[2024\\-01\\-01T00\\:00\\:00Z TO now\\-1d\\/d]"),
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
        ("a b", &[Should, Should]),
        ("a AND b", &[Must, Must]),
        ("a OR b AND c", &[Should, Must, Must]),
        ("a AND b OR c", &[Must, Must, Should]),
        ("a OR NOT b", &[Should, MustNot]),
        ("+a -b c", &[Must, MustNot, Should]),
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
        ("a AND", "", "the query ends where a value is expected"),
        ("a\\", "\\", "a backslash escapes the character after it"),
    ];
    for (text, token, message) in cases {
        let problem = &parse(text).problems[0];
        assert_eq!((&text[problem.span.range()], problem.message.as_str()), (token, message), "{text}");
    }
}

#[test]
fn what_lucene_reads_otherwise_is_warned_of() {
    for text in ["a or b", "a OR NOT b", "a AND b OR c"] {
        assert_eq!(parse(text).warnings.len(), 1, "{text}");
    }
    for text in ["a OR b", "a AND NOT b", "(a AND b) OR (NOT c)"] {
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

fn bound_value() -> impl Strategy<Value = Text> {
    let quoted = "[ -~]{1,6}".prop_map(|text| Text { pieces: vec![Piece::Literal(text)], quoted: true, at: at() });
    prop_oneof![text(), quoted]
}

fn leaf() -> impl Strategy<Value = Node> {
    let bound = || (bound_value(), any::<bool>()).prop_map(|(value, inclusive)| Bound { value, inclusive });
    let op = select(vec![RangeOp::Less, RangeOp::LessOrEqual, RangeOp::Greater, RangeOp::GreaterOrEqual]);
    let compare = (text(), op, bound_value()).prop_map(|(field, op, value)| Node::Field {
        field,
        query: Box::new(Query { node: Node::Compare { op, value }, at: at() }),
    });
    prop_oneof![
        3 => text().prop_map(Node::Term),
        1 => ("[ -~]{0,8}", option::of(0..9_u32)).prop_map(|(text, slop)| Node::Phrase { text, slop }),
        1 => (bound(), bound()).prop_map(|(low, high)| Node::Range { low, high }),
        1 => compare,
        1 => "[a-z0-9/.|*]{1,6}".prop_map(Node::Regex),
        1 => (text(), option::of("[0-2]")).prop_map(|(term, distance)| Node::Fuzzy { term, distance }),
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
            (text(), query.clone()).prop_map(|(field, query)| Node::Field { field, query: Box::new(query) }),
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
