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
