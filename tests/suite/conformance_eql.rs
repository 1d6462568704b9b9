//! Elasticsearch's own EQL queries through the front-end and the evaluator.

use crate::shared::shared;
use detc::eval::{EndOfStream, Program};
use detc::frontend::{Language, QueryOptions, load_query};
use detc::ir::Logic;
use serde_json::Value as Json;
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Suite {
    queries: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    #[serde(default)]
    name: String,
    query: String,
    expected_event_ids: Vec<i64>,
}

fn suite(name: &str) -> Option<Vec<Case>> {
    let path = shared(&format!("conformance/elastic/{name}"))?;
    let text = std::fs::read_to_string(path).unwrap();
    Some(toml::from_str::<Suite>(&text).unwrap().queries)
}

fn events(name: &str) -> Vec<Json> {
    let path = shared(&format!("conformance/elastic/{name}")).unwrap();
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The sequences that a query finds, each as the ids of its events; or why it was not run.
fn answer(case: &Case, events: &[Json], id: &str) -> Result<(Vec<Vec<i64>>, usize), String> {
    let options = QueryOptions { category_field: Some("event_type"), ..QueryOptions::default() };
    let (item, problems) = load_query(Language::Eql, &case.query, &options);
    if let Some(problem) = problems.first() {
        return Err(format!("syntax: {}", problem.message));
    }
    let steps = match item.rule.logic.source() {
        Logic::Opaque(opaque) => return Err(opaque.code.to_string()),
        Logic::Sequence(sequence) => sequence.steps.iter().map(|step| step.runs as usize).sum(),
        Logic::Sample(sample) => sample.steps.len(),
        _ => 1,
    };
    if let Some(reason) = item.rule.opaque_reason() {
        return Err(format!("hole: {reason}"));
    }
    let run = Program::compile(&item.rule).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
    let ids =
        |alert: &detc::eval::Alert| alert.events.iter().map(|record| record.event[id].as_i64().unwrap()).collect();
    Ok((run.alerts.iter().map(ids).collect(), steps))
}

/// Runs a suite; gives the names of the cases that do not answer as expected, with why.
fn failures(cases: &[Case], events: &[Json], id: &str) -> BTreeMap<String, String> {
    let mut failed = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        let name = if case.name.is_empty() { format!("#{index}") } else { case.name.clone() };
        match answer(case, events, id) {
            Err(reason) => {
                failed.insert(name, reason);
            }
            Ok((mut found, steps)) => {
                let present = |chunk: &[i64]| chunk.iter().copied().filter(|id| *id != -1).collect::<Vec<i64>>();
                let mut expected: Vec<Vec<i64>> = case.expected_event_ids.chunks(steps).map(present).collect();
                expected.sort();
                found.sort();
                if found != expected {
                    failed.insert(name, format!("expected {expected:?}, found {found:?}"));
                }
            }
        }
    }
    println!("{} of {} queries give the expected events", cases.len() - failed.len(), cases.len());
    failed.iter().for_each(|(name, reason)| println!("  {name}: {}", &reason[..reason.len().min(300)]));
    failed
}

#[test]
fn missing_event_queries_give_the_expected_sequences() {
    let Some(cases) = suite("es_test_missing_events.toml") else { return };
    let mut events = events("es_missing-events.data.json");
    for event in &mut events {
        // Elasticsearch reads the text of a number in a date field as milliseconds.
        if let Ok(time) = event["@timestamp"].as_str().unwrap().parse::<i64>() {
            event["@timestamp"] = time.into();
        }
    }
    assert_eq!((failures(&cases, &events, "sequence"), cases.len()), (BTreeMap::new(), 26));
}

#[test]
fn additional_queries_give_the_expected_events() {
    let Some(cases) = suite("es_additional_test_queries.toml") else { return };
    let events = windows_events();
    assert_eq!((failures(&cases, &events, "serial_event_id"), cases.len()), (BTreeMap::new(), 61));
}

/// The events of Endgame's suite, which Elasticsearch's uses too.
pub(crate) fn windows_events() -> Vec<Json> {
    let mut events = events("test_data.json");
    for event in &mut events {
        // A Windows FILETIME: units of 100 ns since 1601.
        let time = event["timestamp"].as_i64().unwrap();
        event["@timestamp"] = ((time - 116_444_736_000_000_000) / 10_000).into();
    }
    events
}
