//! Single constructs and single complaints.

use super::super::{CommandKind, ExprKind, Literal, parse, print};

/// The text under the first complaint, its message and its help.
fn complaint(text: &str) -> (&str, String, String) {
    let parsed = parse(text);
    let problem = parsed.problems.first().unwrap_or_else(|| panic!("no problem in {text}"));
    let help = problem.help.clone().unwrap_or_default();
    (text.get(problem.span.range()).unwrap(), problem.message.clone(), help)
}

fn reprinted(text: &str) -> String {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    let query = parsed.query.unwrap();
    let printed = print(&query);
    assert_eq!(parse(&printed).query, Some(query), "{printed}");
    printed
}

#[test]
fn every_command_is_read_and_printed() {
    let cases = [
        ("from a, logs-*-x , c:i metadata _id, _index", "FROM a, logs-*-x, c:i METADATA _id, _index"),
        ("ROW a = 1, b = \"x\\\"\"", "ROW a = 1, b = \"x\\\"\""),
        ("from a | inline stats n = count(*) where x > 1 by k", "FROM a\n| INLINE STATS n = count(*) WHERE x > 1 BY k"),
        ("from a | stats by k", "FROM a\n| STATS BY k"),
        ("from a | keep x.*, `y z`, * | drop b*c", "FROM a\n| KEEP x.*, `y z`, *\n| DROP b*c"),
        ("from a | rename x as y, z = w", "FROM a\n| RENAME x AS y, z = w"),
        ("from a | sort x desc nulls first, y asc | limit 10", "FROM a\n| SORT x DESC NULLS FIRST, y ASC\n| LIMIT 10"),
        ("from a | grok m \"\"\"%{WORD:w} \"x\" \"\"\"", "FROM a\n| GROK m \"\"\"%{WORD:w} \"x\" \"\"\""),
        (
            "from a | dissect m \"%{a} %{b}\" append_separator = \",\"",
            "FROM a\n| DISSECT m \"%{a} %{b}\" append_separator = \",\"",
        ),
        ("from a | mv_expand x.y", "FROM a\n| MV_EXPAND x.y"),
        ("from a | enrich p-1 on k with n = f, g", "FROM a\n| ENRICH p-1 ON k WITH n = f, g"),
        ("from a | lookup join l-x on k, j", "FROM a\n| LOOKUP JOIN l-x ON k, j"),
        (
            "from a | fork (where x > 1 | limit 1) (where y < 2 | keep z*)",
            "FROM a\n| FORK\n  (WHERE x > 1 | LIMIT 1)\n  (WHERE y < 2 | KEEP z*)",
        ),
        ("from a | change_point v on t as k, p", "FROM a\n| CHANGE_POINT v ON t AS k, p"),
        ("from a | change_point v by x, y.z", "FROM a\n| CHANGE_POINT v BY x, y.z"),
        (
            "from a | completion r = p with { \"inference_id\" : \"m\" }",
            "FROM a\n| COMPLETION r = p WITH {\"inference_id\": \"m\"}",
        ),
        ("from a | sample 0.5", "FROM a\n| SAMPLE 0.5"),
    ];
    for (text, expected) in cases {
        assert_eq!(reprinted(text), expected);
    }
}

#[test]
fn expressions_keep_their_precedence() {
    let cases = [
        ("a == 1 or b == 2 and not c == 3", "a == 1 OR b == 2 AND NOT c == 3"),
        ("(a == 1 or b == 2) and c", "(a == 1 OR b == 2) AND c"),
        ("not (a or b)", "NOT (a OR b)"),
        ("a not in (1, \"x\") or b not like \"x*\"", "a NOT IN (1, \"x\") OR b NOT LIKE \"x*\""),
        ("a rlike (\"x.*\", \"y\") and b is not null", "a RLIKE (\"x.*\", \"y\") AND b IS NOT NULL"),
        ("a - (b - c) * -d / 2::double", "a - (b - c) * -d / 2::double"),
        ("m : \"quick fox\"", "m : \"quick fox\""),
        ("t > now() - 15 minutes", "t > now() - 15 minutes"),
        ("source.`as`.number == ?n and x == [1, -2]", "source.`as`.number == ?n AND x == [1, -2]"),
        ("f(a, {\"k\": true})", "f(a, {\"k\": true})"),
    ];
    for (text, expected) in cases {
        let query = format!("from x | where {}", text.replace("f(", "kql("));
        assert_eq!(reprinted(&query), format!("FROM x\n| WHERE {}", expected.replace("f(", "kql(")));
    }
}

#[test]
fn comments_and_case_do_not_matter() {
    let text = "FrOm a // x | y\n/* a /* nested */ b */ | WHERE a : 1 /* end */";
    assert_eq!(reprinted(text), "FROM a\n| WHERE a : 1");
}

#[test]
fn strings_are_decoded() {
    let parsed = parse("row a = \"x\\\\y\\t\", b = \"\"\"x\\y\"\"\"\"");
    let CommandKind::Row(fields) = &parsed.query.unwrap().commands[0].kind else { panic!() };
    let texts: Vec<&str> = fields
        .iter()
        .filter_map(|field| match &field.expr.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.value.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["x\\y\t", "x\\y\""]);
}

#[test]
fn complaints_stand_under_their_token_and_name_the_remedy() {
    let cases = [
        ("from a | wehre x == 1", "wehre", "ES|QL has no command `wehre`", "did you mean `where`?"),
        ("from a | where x = 1", "=", "`=` cannot stand here", "a comparison is written `==`"),
        ("from a | where x == 1 adn y == 2", "adn", "`adn` cannot stand here", "did you mean `and`?"),
        ("from a | where x == \"a\" other == 2", "other", "`and` or `or` is missing before `other`", "or a comma"),
        ("from a | where x == 'y'", "'y'", "ES|QL has no strings in single quotes", "double quotes"),
        ("from a | where x == 1 && y", "&&", "`&&` cannot stand here", "write `and`"),
        ("from a | where x <> 1", "<>", "`<>` cannot stand here", "write `!=`"),
        ("where a == 1", "where", "a query starts with `from`, `row` or another source", "write `from logs-*"),
        ("from a |", "|", "the query ends where a command is expected", "remove the `|`"),
        ("from a | where x == \"y", "\"", "the string is never closed", "close it"),
        ("from a | where x == \"\\d\"", "\\d", "`\\d` is no escape", "raw string"),
        ("from a | where date_diff(x == 1 | keep y", "1", "the command ends where `,` or `)` is expected", ""),
        ("from a | stats c = count(*) by x where y == 1", "where", "`|` is missing before `where`", "joined by"),
        ("from a | where x > 5 fortnights", "fortnights", "`fortnights` is no unit of time", "15 minutes"),
    ];
    for (text, token, message, help) in cases {
        let found = complaint(text);
        assert_eq!((found.0, found.1.as_str()), (token, message), "{text}");
        assert!(found.2.contains(help), "{text}: {}", found.2);
    }
}

#[test]
fn every_broken_command_is_reported() {
    let parsed = parse("from a | where x = 1 | evl y = 2 | keep");
    assert_eq!(parsed.query, None);
    assert_eq!(parsed.problems.len(), 3, "{:?}", parsed.problems);
}

#[test]
fn newer_commands_are_kept_with_a_warning() {
    let parsed = parse("from a | brandnewthing x, (y | z) | where frobnicate(x)");
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.warnings.len(), 1);
    assert!(parsed.query.is_some());
}

#[test]
fn keywords_are_names_in_lists_only() {
    assert_eq!(reprinted("from a | keep first, x.by, `on`"), "FROM a\n| KEEP `first`, x.`by`, `on`");
    assert_eq!(reprinted("from a | stats f = first(x, y)"), "FROM a\n| STATS f = first(x, y)");
    for text in ["from a | where first == 1", "from a | where x.on == 1", "from a | sort x.last"] {
        assert!(!parse(text).problems.is_empty(), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    for text in [
        format!("from a | where {}x{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("from a | where {}x", "not ".repeat(5_000)),
        format!("from a | where x == {}1", "-".repeat(5_000)),
        format!("from a | where x == 1{}", " + 1".repeat(5_000)),
        format!("from a | where x{}", "::int".repeat(5_000)),
        format!("from a {}", "| fork (where x ".repeat(500)),
    ] {
        let parsed = parse(&text);
        assert!(parsed.query.is_none() && !parsed.problems.is_empty());
    }
}
