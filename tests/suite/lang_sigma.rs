//! The languages inside Sigma rules against SigmaHQ's published rules, and against the specification.

use crate::shared::{shared, texts};
use detc::lang::sigma::{condition, modifiers, value};
use detc::source::Span;
use serde::Deserialize;
use serde_yaml::Value;

const FOLDERS: [&str; 7] = [
    "rules",
    "rules-compliance",
    "rules-emerging-threats",
    "rules-placeholder",
    "rules-threat-hunting",
    "deprecated",
    "unsupported",
];

/// Calls `visit` with the path and the `detection` of every rule.
fn for_each_detection(visit: &mut dyn FnMut(&str, &Value)) -> bool {
    let Some(folder) = shared("corpora/sigma") else { return false };
    for part in FOLDERS {
        for (path, text) in texts(&folder.join(part), &["yml"]) {
            for document in serde_yaml::Deserializer::from_str(&text) {
                let rule = Value::deserialize(document).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                if let Some(detection) = rule.get("detection") {
                    visit(&path.display().to_string(), detection);
                }
            }
        }
    }
    true
}

fn conditions(detection: &Value) -> Vec<String> {
    match detection.get("condition") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Sequence(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Why a published condition is not one: all are in `unsupported`.
fn why_refused(condition: &str) -> Option<&'static str> {
    if condition.starts_with("write ") {
        return Some("prose for what Sigma could not say");
    }
    condition.starts_with("count(subdomain) per ").then_some("an aggregation without a pipe, with a word `per`")
}

#[test]
fn published_conditions_read_and_round_trip() {
    let (mut count, mut pipes, mut refused) = (0, 0, Vec::new());
    let present = for_each_detection(&mut |path, detection| {
        for text in conditions(detection) {
            count += 1;
            let parsed = condition::parse(&text);
            let Some(mut condition) = parsed.condition else {
                if why_refused(&text).is_none() {
                    refused.push(format!("{path}: {text}: {:?}", parsed.problems));
                }
                continue;
            };
            pipes += usize::from(condition.pipe.is_some());
            assert_eq!(parsed.warnings.len(), usize::from(condition.pipe.is_some()), "{path}: {:?}", parsed.warnings);
            let printed = condition::print(&condition);
            let mut again = condition::parse(&printed).condition.unwrap_or_else(|| panic!("{path}: {printed}"));
            condition.map_spans(&mut |_| Span::default());
            again.map_spans(&mut |_| Span::default());
            assert_eq!(again, condition, "{path}");
        }
    });
    if present {
        println!("{count} conditions, {pipes} with a pipe");
        assert_eq!(refused, Vec::<String>::new());
        assert!(count > 3000 && pipes > 50, "{count} conditions, {pipes} pipes");
    }
}

/// Calls `visit` with every key of the maps of a search identifier, and every string value.
fn walk(node: &Value, key: &mut dyn FnMut(&str), text: &mut dyn FnMut(&str)) {
    match node {
        Value::Mapping(map) => {
            for (name, inner) in map {
                name.as_str().into_iter().for_each(&mut *key);
                walk(inner, key, text);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| walk(item, key, text)),
        Value::String(value) => text(value),
        _ => {}
    }
}

#[test]
fn published_fields_and_values_read() {
    let (mut keys, mut values, mut found) = (0, 0, Vec::new());
    let present = for_each_detection(&mut |path, detection| {
        let Some(map) = detection.as_mapping() else { return };
        for (name, selection) in map {
            if matches!(name.as_str(), Some("condition" | "timeframe")) {
                continue;
            }
            let mut key = |key: &str| {
                keys += 1;
                let problems = modifiers::parse_field(key).problems;
                found.extend(problems.iter().map(|problem| format!("{path}: {key}: {}", problem.message)));
            };
            let mut text = |text: &str| {
                values += 1;
                let pieces: Vec<_> = value::parse(text).into_iter().map(|piece| piece.value).collect();
                let again: Vec<_> =
                    value::parse(&value::escape(&pieces)).into_iter().map(|piece| piece.value).collect();
                assert_eq!(again, pieces, "{path}: {text}");
            };
            walk(selection, &mut key, &mut text);
        }
    });
    if present {
        println!("{keys} keys, {values} values");
        assert_eq!(found, Vec::<String>::new());
        assert!(keys > 10_000 && values > 20_000, "{keys} keys, {values} values");
    }
}
