//! KQL against Elastic's published rules and against the accept and reject lists of Elasticsearch's own KQL parser.

use crate::shared::{shared, texts};
use detc::lang::kuery::{Query, parse, print};
use detc::source::Span;

fn without_spans(mut query: Query) -> Query {
    query.map_spans(&mut |_| Span::default());
    query
}

/// The KQL texts of a rule: the query and the threat query.
fn queries(rule: &toml::Table) -> Vec<String> {
    let Some(toml::Value::Table(rule)) = rule.get("rule") else { return Vec::new() };
    let text = |key: &str| rule.get(key).and_then(toml::Value::as_str);
    [("language", "query"), ("threat_language", "threat_query")]
        .into_iter()
        .filter(|(language, _)| text(language) == Some("kuery"))
        .filter_map(|(_, query)| text(query).map(str::to_owned))
        .collect()
}

#[test]
fn elastic_rules_read_without_problems_and_round_trip() {
    let Some(folder) = shared("corpora/elastic") else { return };
    let (mut count, mut warned) = (0, Vec::new());
    for (path, text) in texts(&folder, &["toml"]) {
        let rule: toml::Table = text.parse().unwrap();
        for text in queries(&rule) {
            let parsed = parse(&text);
            assert_eq!(parsed.problems, vec![], "{}\n{text}", path.display());
            warned.extend(parsed.warnings.iter().map(|warning| format!("{}: {}", path.display(), warning.message)));
            let query = parsed.query.unwrap();
            let printed = print(&query);
            let again = parse(&printed).query.unwrap_or_else(|| panic!("{printed}"));
            assert_eq!(print(&again), printed);
            assert_eq!(without_spans(again), without_spans(query), "{}\n{printed}", path.display());
            count += 1;
        }
    }
    println!("{count} queries, {} warnings\n{}", warned.len(), warned.join("\n"));
    assert!(count >= 790, "{count} queries");
    // Stars in quotes, which are no wildcards: the only finding that the published queries give.
    warned.retain(|warning| !warning.ends_with("in quotes `*` is a plain character, not a wildcard"));
    assert_eq!(warned, Vec::<String>::new());
}

fn lines(name: &str) -> Option<Vec<String>> {
    let path = shared("conformance/elastic")?.join(name);
    let text = std::fs::read_to_string(path).unwrap();
    Some(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Elasticsearch's parser accepts these and Kibana's grammar does not.
fn accepted_by_elasticsearch_only(query: &str) -> Option<&'static str> {
    if query.contains("NOT(") {
        return Some("the rule `Not` needs a space after the word");
    }
    if query.contains(r"\\not ") {
        return Some("`\\\\` is a backslash, and the rule `Keyword` takes `not ` wherever it stands");
    }
    None
}

#[test]
fn supported_queries_of_elasticsearch() {
    let Some(lines) = lines("kql_supported_queries.txt") else { return };
    let excepted = lines.iter().filter(|line| accepted_by_elasticsearch_only(line).is_some()).count();
    // All but these parse.
    assert_eq!((lines.len(), excepted), (55, 5));
    let unexplained: Vec<String> = lines
        .iter()
        .filter(|line| parse(line).query.is_none() != accepted_by_elasticsearch_only(line).is_some())
        .map(|line| format!("{line}: {:?}", parse(line).problems))
        .collect();
    assert_eq!(unexplained, Vec::<String>::new());
}

/// Elasticsearch's list refuses these and Kibana's grammar reads them.
fn refused_by_elasticsearch_only(query: &str) -> Option<&'static str> {
    if query.starts_with("not_nested :") {
        return Some("whether a field is nested is no matter of syntax");
    }
    if query.contains("{ foo }") || query.contains("foo bar OR foo bar") || query.contains("foo bar AND foo bar") {
        return Some("a value without a field may stand wherever a query may, also under a nested field");
    }
    if query.contains("(mapped_string_2:foo bar OR foo bar)") {
        return Some("the same, and the list of accepted queries has this very query");
    }
    None
}

#[test]
fn unsupported_queries_of_elasticsearch() {
    let Some(lines) = lines("kql_unsupported_queries.txt") else { return };
    let excepted = lines.iter().filter(|line| refused_by_elasticsearch_only(line).is_some()).count();
    // None but these parses.
    assert_eq!((lines.len(), excepted), (16, 5));
    let unexplained: Vec<&String> = lines
        .iter()
        .filter(|line| parse(line).query.is_some() != refused_by_elasticsearch_only(line).is_some())
        .collect();
    assert_eq!(unexplained, Vec::<&String>::new());
}

/// What the tests of Kibana's own parser (`kuery/ast/ast.test.ts`) hold, in texts of our own: each with the form that means the same.
#[test]
fn texts_that_kibana_reads() {
    let printed = |text: &str| {
        let parsed = parse(text);
        assert_eq!(parsed.problems, vec![], "{text}");
        print(&parsed.query.unwrap())
    };
    for (text, expected) in [
        ("   ", ""),
        ("  one ", "one"),
        ("two words", "two words"),
        ("a and\u{a0}b", "a and b"),
        ("a and b and c", "a and b and c"),
        ("a or b or c", "a or b or c"),
        ("not (a or b)", "not (a or b)"),
        ("a or b and c or d", "a or b and c or d"),
        ("(a or b) and c", "(a or b) and c"),
        ("host.name:two words", "host.name:two words"),
        ("host.name:\"two words\"", "host.name:\"two words\""),
        ("host.name : ((a or b) and not c)", "host.name:((a or b) and not c)"),
        ("size > 10 and size < 80", "size > 10 and size < 80"),
        ("size>=10 and size<=80", "size >= 10 and size <= 80"),
        ("host*:lin*", "host*:lin*"),
        ("host.name:*", "host.name:*"),
        ("n:{ m: a }", "n:{ m:a }"),
        ("size:1 and n:{ m:a or m:b }", "size:1 and n:{ m:a or m:b }"),
        ("size:1 and ( n:{ m:a } or n:{ m:b } )", "size:1 and (n:{ m:a } or n:{ m:b })"),
        ("n:{ o:{ p:a } }", "n:{ o:{ p:a } }"),
        ("((((((a))))))", "a"),
        ("f: (a AND b OR \"c\") OR n: { g: d }", "f:(a and b or \"c\") or n:{ g:d }"),
        (
            "not x-y-z.attributes.at: * and x-y-z.attributes.id:1234567",
            "not x-y-z.attributes.at:* and x-y-z.attributes.id:1234567",
        ),
    ] {
        assert_eq!(printed(text), expected, "{text}");
    }
    // A number is the text that was written.
    for literal in
        [".3", ".00001", "-4", "0.0", "96565646732345", "070", "..4", ".3text", ".", "-", "0.0.1", "3.", "--4", "-0"]
    {
        assert_eq!(printed(literal), literal);
    }
    // A backslash before another is a backslash, and what follows is no escape.
    assert_eq!(printed(r"\\u00A0"), r"\\u00A0");
    assert_eq!(printed(r#""\\u00A0 \():<>\"*""#), r#""\\u00A0 \\():<>\"*""#);
    assert_eq!(printed(r#"\\\(\)\:\<\>\"\*"#), r#"\\\(\)\:\<\>\"\*"#);
}

/// What Kibana's tests of messages refuse (`kuery_syntax_error.test.ts`): the caret stands under the part that lacks something.
#[test]
fn texts_that_kibana_refuses() {
    for (text, caret) in [
        ("size:", ":"),
        ("size:1 or ", "or"),
        ("size:(1 or )", "or"),
        ("size:1 and not ", "not"),
        ("size:(1 and not )", "not"),
        ("name:\"a ", "\""),
        ("name:\"a \"b\"", "\""),
        ("name:a:b", ":"),
        ("size > ", ">"),
        ("< 10", "<"),
    ] {
        let parsed = parse(text);
        let carets: Vec<&str> = parsed.problems.iter().map(|problem| &text[problem.span.range()]).collect();
        assert!(parsed.query.is_none() && carets == [caret], "{text}: {:?}", parsed.problems);
    }
}
