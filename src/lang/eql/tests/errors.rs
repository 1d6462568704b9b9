//! Each error: where its caret stands, what it says, and that it names a remedy.

use super::super::ast::PipeKind;
use super::super::{MAX_DEPTH, parse, parse_expression};

/// The problems of a query as (text under the caret, message); each has a remedy.
fn problems(text: &str) -> Vec<(String, String)> {
    parse(text)
        .problems
        .into_iter()
        .map(|problem| {
            assert!(problem.help.is_some(), "no remedy: {problem:?}");
            (text.get(problem.span.range()).unwrap().to_owned(), problem.message)
        })
        .collect()
}

/// Asserts that the condition has exactly one problem, under `caret`, whose message holds `message` and whose help holds `help`.
#[track_caller]
fn condition(condition: &str, caret: &str, message: &str, help: &str) {
    whole(&format!("any where {condition}"), caret, message, help);
}

#[track_caller]
fn whole(text: &str, caret: &str, message: &str, help: &str) {
    let found = parse(text).problems;
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    assert_eq!(&text[found[0].span.range()], caret, "{text}: {found:?}");
    assert!(found[0].message.contains(message), "{text}: {found:?}");
    assert!(found[0].help.as_deref().unwrap_or_default().contains(help), "{text}: {found:?}");
}

#[test]
fn endgames_operators_and_strings() {
    condition("a = 1", "=", "`=` does not compare", "`==`");
    condition("a == 'x\"y'", "'x\"y'", "double quotes", r#"write "x\"y""#);
    condition(r#"a == ?"x\y""#, r#"?"x\y""#, "raw string of Endgame", r#""""x\y""""#);
    condition("a && b", "&&", "not an EQL operator", "`and`");
    condition("a || b", "||", "not an EQL operator", "`or`");
    condition("!a", "!", "not an EQL operator", "`not`");
    condition("$a == 1", "$", "unexpected character `$`", "Endgame");
}

#[test]
fn endgames_functions_and_subqueries() {
    condition("a:length() > 3", ":length()", "method call of Endgame", "write `length(a)`");
    condition("a.length() > 3", "a.length", "plain name", "name(field");
    condition("wildcard(a, \"x*\")", "wildcard", "Endgame", "like~");
    condition("match(a, \"x.*\")", "match", "Endgame", "regex~");
    condition("arrayContains(a, \"x\")", "arrayContains", "Endgame", "several values");
    condition("IS_ADMIN(a)", "IS_ADMIN", "there is no function", "macro");
    condition("child of [process where true] and b", "child of", "not supported", "process.parent");
    condition("descendant of [process where x[0] == (1)]", "descendant of", "not supported", "sequence");
    condition("event of [process where true]", "event of", "not supported", "sequence");
}

#[test]
fn endgames_statements_and_pipes() {
    whole("join [a where true] [b where true]", "join", "not supported", "sample");
    whole("macro F(x) x == 1", "macro", "macros belong to Endgame", "where it is used");
    whole("const X = 1", "const", "constants belong to Endgame", "where it is used");
    for pipe in ["unique a", "count", "unique_count a", "filter a == 1", "sort a"] {
        let name = pipe.split(' ').next().unwrap();
        assert_eq!(
            problems(&format!("any where true | {pipe} | head 1")),
            [(name.to_owned(), format!("the pipe `{name}` is not supported by Elasticsearch"))]
        );
    }
    whole("any where true | first 3", "first", "there is no pipe", "`head` and `tail`");
    whole("sequence [a where true] fork [b where true]", "fork", "Endgame", "leave it out");
    whole("sequence [a where true] as x [b where true]", "as x", "alias", "leave it out");
}

#[test]
fn pipe_counts() {
    whole("any where true | head", "head", "positive whole number", "head 10");
    whole("any where true | tail 0", "0", "positive whole number", "never");
    whole("any where true | tail 1.5", "1.5", "positive whole number", "tail 10");
    whole("any where true | head -1", "-1", "positive whole number, and this is -1", "head 10");
    whole("any where true | tail 3 - 2 * 2", "3 - 2 * 2", "and this is -1", "tail 10");
    whole("any where true | head 7 / 8", "7 / 8", "positive whole number", "never");
    for count in ["1 + 2.0", "process.pid", "length(\"abc\")", "\"3\"", "1 == 1", "null", "1 + null"] {
        whole(&format!("any where true | head {count}"), count, "positive whole number", "head 10");
    }
    for count in ["1 / 0", "5 % 0", "2147483647 + 1", "2147483648", "3000000000 - 2999999999", "-(-2147483648)"] {
        whole(&format!("any where true | tail {count}"), count, "no value in 32 bits", "at most 2147483647");
    }
}

#[test]
fn pipe_counts_are_folded() {
    for (count, value) in
        [("1 + 1", 2), ("(2 + 3) * 4 - 1", 19), ("7 / 2", 3), ("-7 % 4 + 5", 2), ("- (-3)", 3), ("+4", 4)]
    {
        let query = parse(&format!("any where true | head {count} | tail {count}")).query.unwrap();
        let [PipeKind::Head(head), PipeKind::Tail(tail)] = [&query.pipes()[0].kind, &query.pipes()[1].kind] else {
            panic!("{query:?}")
        };
        assert_eq!((head.value, tail.value), (value, value), "{count}");
    }
}

#[test]
fn fields_against_fields() {
    condition("a.b == c.d", "c.d", "Comparisons against fields are not (currently) supported", "double quotes");
    condition("a in (\"x\", b)", "b", "Comparisons against fields", "");
    condition("a : b", "b", "`:` takes a string and not a field", "");
    condition("length(a) == b", "b", "Comparisons against fields", "");
    condition("a + 1 == length(b)", "length(b)", "Comparisons against fields", "");
    assert_eq!(problems("any where startsWith(a, b) and concat(a, b) == \"x\" and 5 == length(a)"), []);
}

#[test]
fn comparisons_do_not_chain() {
    condition("1 < a < 3 and b", "<", "comparisons do not chain", "a < b and b < c");
    condition("a == 1 == true", "==", "comparisons do not chain", "brackets");
}

#[test]
fn functions() {
    condition("startWith(a, \"x\")", "startWith", "there is no function `startWith`", "`startsWith`");
    condition("lenght(a) > 1", "lenght", "there is no function", "`length`");
    condition("length(a, b)", "length(a, b)", "takes 1 argument, found 2 arguments", "length(string)");
    condition("between(a, \"x\")", "between(a, \"x\")", "takes 3 to 4 arguments", "between(");
    condition("cidrMatch(a)", "cidrMatch(a)", "takes at least 2 arguments, found 1 argument", "cidrMatch(");
    condition("length~(a) > 1", "length~", "no `~` form", "length(string)");
    condition("substring(a, \"1\") == \"x\"", "\"1\"", "`start` of `substring` is an integer", "substring(");
    condition("cidrMatch(a, \"10.0.0/8\")", "\"10.0.0/8\"", "not a CIDR block", "10.0.0.0/8");
    condition("cidrMatch(a, b)", "b", "is a constant", "");
}

#[test]
fn capitals() {
    let found: Vec<_> = problems("any WHERE a AND NOT b OR c == TRUE").into_iter().map(|(caret, _)| caret).collect();
    assert_eq!(found, ["WHERE", "AND", "NOT", "OR", "TRUE"]);
    whole("SEQUENCE [a where true] [b where true]", "SEQUENCE", "not a keyword", "`sequence`");
    assert_eq!(problems("SEQUENCE where NOT == 1"), []);
}

#[test]
fn not_and_lists() {
    condition("a not like \"x\"", "not", "only `in`", "`not a ..`");
    condition("a in ()", "()", "list is empty", "at least one");
    condition("a in (1, 2,)", ",", "does not end with a comma", "leave it out");
    condition("a : 5", "5", "`:` takes a string", "`==`");
}

#[test]
fn strings_and_brackets_that_are_not_closed() {
    condition("a == \"x", "\"x", "not closed", "double quote");
    condition("a == \"\"\"x", "\"\"\"x", "not closed", "\"\"\"");
    condition("`x", "`", "not closed", "backtick");
    condition("(a == 1", "(", "bracket is not closed", "`)`");
    condition("a in (1, 2", "(", "bracket is not closed", "`)`");
    whole("sequence [a where true] [b where true", "[", "bracket is not closed", "`]`");
    condition("true /* x", "/*", "comment is not closed", "*/");
    condition("a == 1)", ")", "expected `and`, `or`", "");
}

#[test]
fn unknown_escapes() {
    condition(r#"a == "C:\Windows""#, r"\W", "unknown escape", r"`\\W`");
    condition(r#"a == "\u{110000}""#, r"\u{110000}", "unknown escape", "hexadecimal");
    condition(r#"a == "\u00e9""#, r"\u", "unknown escape", "hexadecimal");
}

#[test]
fn sequences() {
    whole("sequence [a where true] ![b where true]", "![b where true]", "needs a maxspan", "with maxspan=12h");
    whole("sequence [a where true]", "sequence", "at least two", "second");
    whole(
        "sequence with maxspan=1h ![a where true] ![b where true]",
        "sequence",
        "an event that happens",
        "without `!`",
    );
    whole("sequence [a where true] [b where true] until ![c where true]", "![c where true]", "missing", "until [..]");
    whole("sequence with maxspan=1h by x [a where true] [b where true]", "by x", "too late", "before");
    whole("sequence [a where true] by x [b where true]", "[b where true]", "has 0 join keys, the first has 1", "same");
    whole("sequence with maxspan=5 [a where true] [b where true]", "5", "no unit", "`5s`");
    whole("sequence with maxspan=5y [a where true] [b where true]", "y", "not a unit", "ms, s, m, h and d");
    whole("sequence with maxspan=1.5h [a where true] [b where true]", "1.5", "no fraction", "90s");
    whole("sequence with maxspan=0s [a where true] [b where true]", "0s", "longer than nothing", "positive");
    whole("sequence [a where true] with maxspan=1s [b where true]", "maxspan", "whole sequence", "before the first");
    for runs in ["0", "101"] {
        let text = format!("sequence [a where true] with runs={runs} [b where true]");
        whole(&text, runs, "cannot run", "from 1 to 100");
    }
    assert_eq!(problems("sequence [a where true] with runs=100"), []);
}

#[test]
fn samples() {
    whole("sample by a with maxspan=1h [a where true] [b where true]", "with maxspan=1h", "no maxspan", "sequence");
    whole("sample by a [a where true]", "sample", "at least two", "second");
    whole("sample [a where true] [b where true]", "sample", "needs a join key", "sample by");
    whole("sample by a [a where true] ![b where true]", "![b where true]", "no missing events", "");
    whole("sample by a [a where true] [b where true] | head 1", "| head 1", "no pipes", "");
    whole("sample by a [a where true] [b where true] until [c where true]", "until", "no `until`", "");
}

#[test]
fn categories() {
    whole("where a == 1", "where", "no event category", "any where");
    whole("a == 1", "==", "expected `where`", "category where condition");
    whole("", "", "expected an event category", "");
    whole("by where true", "by", "keyword", "\"by\"");
}

#[test]
fn field_names() {
    condition("a.any == 1", "any", "is a keyword", "`any`");
    condition("a.0.b == 1", ".0", "begin with a digit", "`0`");
    condition("any == 1", "any", "expected a value", "backticks");
}

#[test]
fn several_problems_are_reported_together() {
    let text = "sequence by h with maxspan=1x\n [a where b = 1 and lenght(c) > 2]\n [d where e : 5]\n [f where (g == ]";
    let messages: Vec<_> = problems(text).into_iter().map(|(caret, _)| caret).collect();
    assert_eq!(messages, ["x", "=", "lenght", "5", "]"]);
    assert_eq!(parse(text).query, None);
}

#[test]
fn a_query_with_a_wrong_call_still_has_its_tree() {
    assert!(parse("any where length() == 1").query.is_some());
    assert!(parse("any where a == ").query.is_none());
}

#[test]
fn long_hostile_texts_take_linear_time() {
    for piece in [
        "[",
        "![",
        "(",
        "\"\"\"a\"\"\",",
        "\"\"\"\n",
        "\"",
        "`",
        "/*",
        "1e+",
        "not ",
        "a and ",
        "a in (",
        "a:",
        "| head ",
        "[a where ",
        "[] ",
        "] ",
        "a of [",
        "$",
        "'x' ",
        "\\",
        "by a,",
        "with ",
    ] {
        for head in ["", "sequence ", "any where a in ("] {
            let text = format!("{head}{}", piece.repeat(20_000));
            assert!(!parse(&text).problems.is_empty(), "{head}{piece}");
        }
    }
}

#[test]
fn nesting_has_a_limit_and_stacks_survive_it() {
    let nested = |levels: usize, open: &str, close: &str| {
        let text = format!("any where {}a{}", open.repeat(levels), close.repeat(levels));
        parse(&text).problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    for (open, close) in [("(", ")"), ("not ", ""), ("- ", ""), ("length(", ")"), ("1 in (", ")")] {
        let fine = nested(MAX_DEPTH - 4, open, close);
        assert_eq!(fine, Vec::<String>::new(), "{open}");
        let deep = nested(200_000, open, close);
        assert_eq!(deep.len(), 1, "{open}");
        assert!(deep[0].contains("nested more than 128"), "{deep:?}");
    }
    let chain = format!("1{}", " + 1".repeat(100_000));
    assert!(parse_expression(&chain).problems[0].message.contains("nested more than 128"));
    let wide = format!("any where a{}", " and a".repeat(100_000));
    assert_eq!(parse(&wide).problems, []);
}
