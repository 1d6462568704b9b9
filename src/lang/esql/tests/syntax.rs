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
        ("from a | rerank \"x\" on title", "FROM a\n| RERANK \"x\" ON title"),
        (
            "from a | rerank s = ?q on title, t = left(body, 9) with {\"inference_id\": \"m\"}",
            "FROM a\n| RERANK s = ?q ON title, t = left(body, 9) WITH {\"inference_id\": \"m\"}",
        ),
        ("from a | fuse", "FROM a\n| FUSE"),
        (
            "from a | fuse linear with {\"weights\": {\"fork1\": 0.7, \"fork2\": -1}} key by i, j.k group by g score by s",
            "FROM a\n| FUSE linear SCORE BY s KEY BY i, j.k GROUP BY g WITH {\"weights\": {\"fork1\": 0.7, \"fork2\": -1}}",
        ),
        ("from a | uri_parts u.p = url.full", "FROM a\n| URI_PARTS u.p = url.full"),
        ("from a | registered_domain d = to_lower(h)", "FROM a\n| REGISTERED_DOMAIN d = to_lower(h)"),
        (
            "from a | user_agent ua = x with {\"properties\": [\"os\"]} | ip_location g = \"192.0.2.1\"",
            "FROM a\n| USER_AGENT ua = x WITH {\"properties\": [\"os\"]}\n| IP_LOCATION g = \"192.0.2.1\"",
        ),
        (
            "from a | mmr [0.5, 1.0]::dense_vector on v limit 10 with {\"lambda\": 0.5}",
            "FROM a\n| MMR [0.5, 1.0]::dense_vector ON v LIMIT 10 WITH {\"lambda\": 0.5}",
        ),
        ("from a | mmr on v limit 3 | dedup", "FROM a\n| MMR ON v LIMIT 3\n| DEDUP"),
        (
            "promql rate(x{a=\"|\"}[5m]) # all | of it\n by (k) | limit 1",
            "PROMQL rate(x{a=\"|\"}[5m]) # all | of it\n by (k)\n| LIMIT 1",
        ),
        ("explain (from a* | keep b*)", "EXPLAIN (from a* | keep b*)"),
        ("from a | lookup join `my-index` on k", "FROM a\n| LOOKUP JOIN `my-index` ON k"),
    ];
    for (text, expected) in cases {
        assert_eq!(reprinted(text), expected);
    }
}

#[test]
fn settings_stand_before_the_query() {
    let text = "set unmapped_fields = \"load\"; SET `a-b`=-1;\nset m = {\"x\": {\"y\": 1}}; set z = null; from a";
    assert_eq!(
        reprinted(text),
        "SET unmapped_fields = \"load\";\nSET `a-b` = -1;\nSET m = {\"x\": {\"y\": 1}};\nSET z = NULL;\nFROM a"
    );
    let found = complaint("set x = \"y\" from a");
    assert_eq!((found.0, found.1.as_str()), ("set x = \"y\"", "this setting does not end with `;`"));
    assert_eq!(complaint("set x = y; from a | where z = 1").0, "y");
    assert_eq!(parse("set x = y; from a | where z = 1").problems.len(), 2, "the query is read all the same");
}

#[test]
fn queries_stand_inside_queries() {
    let cases = [
        ("from (from a* | keep x*), b-*,(row c = 1)", "FROM (FROM a* | KEEP x*), b-*, (ROW c = 1)"),
        (
            "from (from (ts a | where x > (1 + 2)) metadata _id | drop y*) metadata _index | keep z*",
            "FROM (FROM (TS a | WHERE x > 1 + 2) METADATA _id | DROP y*) METADATA _index\n| KEEP z*",
        ),
        ("from a | where x not in (from b | keep k*) and y", "FROM a\n| WHERE x NOT IN (FROM b | KEEP k*) AND y"),
        ("from a | where (x, y + 1) in (from b | keep k, c)", "FROM a\n| WHERE (x, y + 1) IN (FROM b | KEEP k, c)"),
        (
            "from a | fork (where x in (from b | keep c) | limit 1) (sort y)",
            "FROM a\n| FORK\n  (WHERE x IN (FROM b | KEEP c) | LIMIT 1)\n  (SORT y)",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(reprinted(text), expected);
    }
    let query = parse("from a, (from b, (from c*)) | where x in (from d)").query.unwrap();
    let indices: Vec<&str> = query.indices().into_iter().map(|source| source.text.as_str()).collect();
    assert_eq!(indices, ["a", "b", "c*"]);
    assert_eq!(query.with_subqueries().len(), 4);
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
        ("f(a, {\"k\": {}, \"l\": {\"m\": [1, 2]}})", "f(a, {\"k\": {}, \"l\": {\"m\": [1, 2]}})"),
        ("?name(a) == ??other(*)", "?name(a) == ??other(*)"),
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
        ("from a | metadata _id", "metadata", "`metadata` is a part of `from`", "write `from index metadata"),
        ("from a | sample x", "x", "expected a probability: `sample 0.1`, not `x`", ""),
        ("from a | rerank \"x\"", "\"x\"", "the query ends where `on` is expected", ""),
        ("from a | rerank \"x\" on y with z", "z", "expected `{`, not `z`", ""),
        ("from a | fuse keep title", "title", "expected `score by`, `key by`", ""),
        ("from a | fuse key by k key by l", "key", "this part of `fuse` stands twice", "once"),
        ("from a | uri_parts u", "u", "the query ends where `=` is expected", ""),
        ("from a | dedup x", "x", "expected `|` or the end of the query, not `x`", ""),
        ("from a | enrich p: on k", "p:", "the policy is missing behind the `:`", "_any:policy"),
        ("from (show info)", "show", "expected `from`, `row` or `ts`, not `show`", ""),
        ("from (from a | keep x", "x", "the query ends where `|` or `)` is expected", ""),
        ("from a | where (x, y) in (1, 2)", "(", "expected a query in parentheses before `(`", ""),
        ("row f({\"k\": 1})", "{", "expected a value before `{`", ""),
        ("from \"a|b\"", "\"a|b\"", "`a|b` is no name of an index", "holds no space"),
        ("from \"a b\", c", "\"a b\"", "`a b` is no name of an index", ""),
        ("from x, c:a#b", "c:a#b", "`a#b` is no name of an index", ""),
        ("from ..", "..", "`..` is no name of an index", ""),
        ("from _a", "_a", "`_a` is no name of an index", ""),
        ("from a, --b", "--b", "`-b` is no name of an index", ""),
        ("from \"a, --b\"", "\"a, --b\"", "`-b` is no name of an index", ""),
        ("from <log#{now/d}>", "<log#{now/d}>", "`<log#{now/d}>` is no name of an index", ""),
        ("from a | lookup join b* on c", "b*", "`lookup join` takes one index and no pattern", "whole name"),
        ("from a | lookup join b:c on c", "b:c", "`lookup join` takes no index of another cluster", ""),
        ("from a | enrich typo:p on k", "typo:p", "`enrich` has no mode `typo`", "_coordinator"),
        ("from a | drop b, *", "*", "`drop` cannot take every column away", "keep"),
        ("from a | rename b* as c", "b*", "`rename` takes no patterns", ""),
        ("from a | show info", "show", "`show` can only come first", ""),
        ("row a = [1, \"x\"]", "\"x\"", "an array holds numbers, strings or booleans", ""),
        ("row a = [1, null]", "null", "an array holds numbers, strings or booleans", ""),
        ("from a | where x > 5 fortnights", "fortnights", "`fortnights` is no unit of time", "15 minutes"),
    ];
    for (text, token, message, help) in cases {
        let found = complaint(text);
        assert_eq!(found.0, token, "{text}: {}", found.1);
        assert!(found.1.starts_with(message), "{text}: {}", found.1);
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

/// Behind `in (` these words begin a query.
#[test]
fn columns_named_like_source_commands_keep_their_backticks() {
    assert_eq!(reprinted("row a = 1 | where a in (`ts` == 1)"), "ROW a = 1\n| WHERE a IN (`ts` == 1)");
    assert_eq!(reprinted("row a = 1 | where a == from.x"), "ROW a = 1\n| WHERE a == `from`.x");
    assert_eq!(reprinted("row a = 1 | where a == x.from"), "ROW a = 1\n| WHERE a == x.from");
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
        format!("from {}a", "(from ".repeat(5_000)),
        format!("from a | where x{}", " in (from a | where x".repeat(5_000)),
        format!("set a = {}", "{\"k\": ".repeat(5_000)),
    ] {
        let parsed = parse(&text);
        assert!(parsed.query.is_none() && !parsed.problems.is_empty());
    }
}

/// The names that Elasticsearch's `StatementParserTests` lets pass, in words of our own.
#[test]
fn names_of_indices_are_many() {
    for text in [
        "from 1-x@y_z+w, .hidden, -gone, \"a, b-*\", \"\"\"c\"\"\"",
        "from <logs-{now/M{yyyy.MM}}>, \"<logs-{now/d{yyyy.MM.dd|+12:00}}>\", -<logs-{now/d}>",
        "from c:i, c*:.i*, *:*, i::failures, \"c:i, d:j\"",
        "from a*, -b#c, \"-d|e\"",
        "row k = 1 | lookup join _coordinator:l on k | lookup join l-1 on k",
        "row a = [1, 2.5, -3], b = [true, false], c = [\"x\", \"y\"], d = [18446744073709551616, 1]",
    ] {
        assert_eq!(parse(text).problems, [], "{text}");
    }
}
