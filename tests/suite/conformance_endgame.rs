//! The suites of Endgame's EQL, in its dialect and under Elasticsearch's rules.

use crate::conformance_eql::windows_events;
use crate::shared::shared;
use detc::eval::{EndOfStream, Program};
use detc::frontend::{Language, QueryOptions, load_query};
use detc::ir::Case;
use detc::lang::eql::{Dialect, parse_as, print};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What a query finds: the ids of the events, one alert after the other. Or why it was not run.
fn answer(language: Language, query: &str, events: &[Json]) -> Result<Vec<i64>, String> {
    let options = QueryOptions { category_field: Some("event_type"), ..QueryOptions::default() };
    let (item, problems) = load_query(language, query, &options);
    if let Some(problem) = problems.first() {
        return Err(format!("syntax: {}", problem.message));
    }
    if let Some(reason) = item.rule.opaque_reason() {
        return Err(format!("hole: {reason}"));
    }
    let run = Program::compile(&item.rule).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
    if let Some(note) = run.notes.first() {
        return Err(format!("note: {}", note.message));
    }
    let events = run.alerts.iter().flat_map(|alert| &alert.events);
    Ok(events.map(|record| record.event["serial_event_id"].as_i64().unwrap()).collect())
}

#[derive(serde::Deserialize)]
struct Suite {
    queries: Vec<Listed>,
}

#[derive(serde::Deserialize)]
struct Listed {
    query: String,
    expected_event_ids: Vec<i64>,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    case_insensitive: bool,
}

impl Listed {
    /// The ways in which the case of texts may count. One that says nothing holds in both.
    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        if self.case_sensitive || !self.case_insensitive {
            cases.push(Case::Sensitive);
        }
        if self.case_insensitive || !self.case_sensitive {
            cases.push(Case::Insensitive);
        }
        cases
    }
}

fn queries() -> Option<Vec<Listed>> {
    let text = std::fs::read_to_string(shared("conformance/elastic/test_queries.toml")?).unwrap();
    Some(toml::from_str::<Suite>(&text).unwrap().queries)
}

#[test]
fn every_query_gives_the_expected_events_in_endgames_dialect() {
    let Some(queries) = queries() else { return };
    let events = windows_events();
    let mut failed = BTreeMap::new();
    for (index, query) in queries.iter().enumerate() {
        for case in query.cases() {
            let found = answer(Language::Endgame(case), &query.query, &events);
            if found.as_ref() != Ok(&query.expected_event_ids) {
                let text = query.query.split_whitespace().collect::<Vec<_>>().join(" ");
                failed.insert(
                    index,
                    format!("{text}\n    expected {:?}\n    found    {found:?}", query.expected_event_ids),
                );
            }
        }
    }
    println!("{} of {} queries give the expected events", queries.len() - failed.len(), queries.len());
    failed.iter().for_each(|(index, reason)| println!("  #{index}: {reason}"));
    assert_eq!((failed.len(), queries.len()), (0, 241));
}

/// A group of fold tests.
#[derive(serde::Deserialize, Default)]
struct Group {
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    case_insensitive: bool,
    fold: Option<Fold>,
    verifier: Option<Verifier>,
    #[serde(rename = "loop", default)]
    loops: Vec<Loop>,
    #[serde(default)]
    tests: Vec<FoldTest>,
}

#[derive(serde::Deserialize, Default, Clone)]
struct Fold {
    tests: Vec<FoldTest>,
}

#[derive(serde::Deserialize, Clone)]
struct FoldTest {
    expression: String,
    /// Absent: null.
    expected: Option<toml::Value>,
}

#[derive(serde::Deserialize)]
struct Verifier {
    failures: Vec<Failure>,
}

#[derive(serde::Deserialize)]
struct Failure {
    expression: String,
}

#[derive(serde::Deserialize)]
struct Loop {
    param: Param,
    fold: Fold,
}

#[derive(serde::Deserialize)]
struct Param {
    #[serde(rename = "type")]
    types: Vec<String>,
}

/// An expression with what it comes to, or that it is refused.
struct Folded {
    group: String,
    expression: String,
    expected: Expected,
    cases: Vec<Case>,
}

enum Expected {
    Value(Option<toml::Value>),
    Refused,
}

fn fold_cases(name: &str) -> Option<Vec<Folded>> {
    let text = std::fs::read_to_string(shared(&format!("conformance/elastic/{name}"))?).unwrap();
    let groups: BTreeMap<String, Group> = toml::from_str(&text).unwrap();
    let mut found = Vec::new();
    for (group, content) in groups {
        let flags = Listed {
            query: String::new(),
            expected_event_ids: Vec::new(),
            case_sensitive: content.case_sensitive,
            case_insensitive: content.case_insensitive,
        };
        let mut add = |expression: String, expected| {
            found.push(Folded { group: group.clone(), expression, expected, cases: flags.cases() });
        };
        let tests = content.fold.unwrap_or_default().tests.into_iter().chain(content.tests);
        tests.for_each(|test| add(test.expression, Expected::Value(test.expected)));
        for failure in content.verifier.into_iter().flat_map(|verifier| verifier.failures) {
            add(failure.expression, Expected::Refused);
        }
        for one in content.loops {
            for (ty, test) in one.param.types.iter().flat_map(|ty| one.fold.tests.iter().map(move |test| (ty, test))) {
                let value = match ty.as_str() {
                    "bool" => "true",
                    "int" => "5",
                    "float" => "2.5",
                    "string" => "\"text\"",
                    _ => "null",
                };
                add(test.expression.replace("$value", value), Expected::Value(test.expected.clone()));
            }
        }
    }
    Some(found)
}

/// Whether the expression comes to what it should, as a condition of an event that is there anyway.
fn folds(language: Language, case: &Folded) -> Result<bool, String> {
    let events = [serde_json::json!({"event_type": "x", "serial_event_id": 1})];
    let expected = match &case.expected {
        Expected::Refused => {
            let (_, problems) = load_query(language, &format!("x where {}", case.expression), &QueryOptions::default());
            return Ok(!problems.is_empty());
        }
        Expected::Value(None) => "null".to_owned(),
        Expected::Value(Some(value)) => value.to_string(),
    };
    let mut query = format!("x where ({}) == {expected}", case.expression);
    if language == Language::Eql {
        query = respelled(&query);
    }
    Ok(answer(language, &query, &events)? == [1])
}

#[test]
fn every_expression_folds_to_the_expected_value_in_endgames_dialect() {
    for (name, count) in [("test_folding.toml", 154), ("test_string_functions.toml", 114)] {
        let Some(cases) = fold_cases(name) else { return };
        let mut failed = Vec::new();
        for case in &cases {
            for mode in &case.cases {
                let found = folds(Language::Endgame(*mode), case);
                if found != Ok(true) {
                    failed.push(format!("{}: {} ({mode:?}): {found:?}", case.group, case.expression));
                }
            }
        }
        println!("{name}: {} of {} expressions give the expected value", cases.len() - failed.len(), cases.len());
        failed.iter().for_each(|line| println!("  {line}"));
        assert_eq!((failed.len(), cases.len()), (0, count));
    }
}

/// A query of Endgame's as Elasticsearch spells it: `==` for `=`, double quotes, functions for methods.
fn respelled(query: &str) -> String {
    print(&parse_as(query, Dialect::Endgame).query.unwrap())
}

/// Queries that Elasticsearch answers otherwise, by the rule that decides.
const OTHER_ANSWER: [(&str, &[usize]); 3] = [
    (
        "case: Elasticsearch's comparisons and functions without `~` are sensitive",
        &[37, 38, 39, 40, 169, 170, 171, 173, 175, 180, 182, 185, 188, 191, 202, 217, 227, 228, 231, 239],
    ),
    ("null: a missing field differs from every value, and `not` is the complement", &[117, 118]),
    ("wildcard: `*` in `==` is a letter", &[53, 54, 58, 60, 104, 121, 143, 144, 145]),
];

/// Queries that Elasticsearch refuses, by the complaint.
const REFUSED: [(&str, &[usize]); 18] = [
    ("Array indexes are not supported", &[52, 152, 153, 154, 157, 158, 159]),
    ("Comparisons against fields are not (currently) supported", &[26, 28, 29, 63, 64, 166, 167, 197, 203]),
    ("`arrayContains` is a function of Endgame's dialect", &[150, 151, 155, 156, 220]),
    ("`arrayCount` is a function of Endgame's dialect", &[218, 219]),
    ("`arraySearch` is a function of Endgame's dialect", &[204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215]),
    ("`child of` is not supported by Elasticsearch", &[126, 127, 128, 129]),
    ("`descendant of` is not supported by Elasticsearch", &[55, 56, 57, 123, 124, 125]),
    ("`event of` is not supported by Elasticsearch", &[131, 133]),
    ("`fork` belongs to Endgame's dialect", &[142]),
    ("`join` is not supported by Elasticsearch", &[106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 141]),
    ("`match` is a function of Endgame's dialect", &[163]),
    ("`matchLite` is a function of Endgame's dialect", &[160, 161, 162, 164]),
    ("`safe` is a function of Endgame's dialect", &[216]),
    ("a join key cannot be computed", &[91, 92]),
    ("the pipe `filter` is not supported by Elasticsearch", &[7, 8, 9, 10, 41, 103, 165]),
    ("the pipe `sort` is not supported by Elasticsearch", &[65, 66, 67, 68, 69, 70, 147]),
    ("the pipe `unique` is not supported by Elasticsearch", &[42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 122, 130]),
    ("the pipe `unique_count` is not supported by Elasticsearch", &[146, 148, 149]),
];

#[test]
fn every_query_whose_answer_is_the_same_gives_it_under_elasticsearchs_rules() {
    let Some(queries) = queries() else { return };
    let events = windows_events();
    let (mut same, mut other, mut refused) = (0, Vec::new(), BTreeMap::<String, Vec<usize>>::new());
    for (index, query) in queries.iter().enumerate() {
        match answer(Language::Eql, &respelled(&query.query), &events) {
            Ok(found) if found == query.expected_event_ids => same += 1,
            Ok(_) => other.push(index),
            Err(why) => refused.entry(why).or_default().push(index),
        }
    }
    println!(
        "{same} the same, {} another answer, {} refused",
        other.len(),
        refused.values().map(Vec::len).sum::<usize>()
    );
    let mut listed: Vec<usize> = OTHER_ANSWER.iter().flat_map(|(_, list)| list.iter().copied()).collect();
    listed.sort_unstable();
    assert_eq!(other, listed);
    let known = REFUSED.iter().map(|(why, list)| (format!("syntax: {why}"), list.to_vec())).collect();
    assert_eq!(refused, known);
    assert_eq!(same, 114);
}

/// Groups with expressions that come to something else in Elasticsearch, why, and how many.
const OTHER_VALUE: [(&str, &str, usize); 9] = [
    ("endswith_insensitive", "case", 1),
    ("in_set_case_insensitive", "case", 1),
    ("match", "`match` is a function of Endgame's dialect", 6),
    ("startswith_case_insensitive", "case", 2),
    ("string_case_insensitive_match_comparison", "case", 6),
    ("substring", "without a start, the whole text", 1),
    ("wildcard", "`wildcard` is a function of Endgame's dialect", 11),
    ("wildcard_case_insensitive", "`wildcard` is a function of Endgame's dialect", 2),
    ("wildcard_case_sensitive", "`wildcard` is a function of Endgame's dialect", 2),
];

#[test]
fn every_expression_whose_value_is_the_same_folds_to_it_under_elasticsearchs_rules() {
    let mut found: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut same = 0;
    for name in ["test_folding.toml", "test_string_functions.toml"] {
        let Some(cases) = fold_cases(name) else { return };
        for case in cases {
            let why = match folds(Language::Eql, &case) {
                Ok(true) => {
                    same += 1;
                    continue;
                }
                Ok(false) if case.group == "substring" => "without a start, the whole text".to_owned(),
                Ok(false) => "case".to_owned(),
                Err(why) => why.trim_start_matches("syntax: ").to_owned(),
            };
            // What differs without a complaint is told apart by case alone.
            assert!(why != "case" || !case.cases.contains(&Case::Sensitive), "{}: {}", case.group, case.expression);
            *found.entry((case.group, why)).or_default() += 1;
        }
    }
    let known = OTHER_VALUE.map(|(group, why, count)| ((group.to_owned(), why.to_owned()), count));
    assert_eq!(found, BTreeMap::from(known));
    assert_eq!(same, 236);
}
