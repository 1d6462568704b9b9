//! A counter-example made as small as it goes.

use serde_json::Value as Json;

/// Attempts at most: each asks both rules.
const MAX_ATTEMPTS: usize = 600;

/// The events with the fewest fields, items and events left that still show the difference.
pub(super) fn shrink(events: Vec<Json>, shows: &dyn Fn(&[Json]) -> bool) -> Vec<Json> {
    let mut events = events;
    let mut attempts = MAX_ATTEMPTS;
    loop {
        let before = events.clone();
        if events.len() > 1 {
            remove_each(&mut events, shows, &mut attempts);
        }
        for index in 0..events.len() {
            shrink_event(&mut events, index, shows, &mut attempts);
        }
        if events == before || attempts == 0 {
            return events;
        }
    }
}

fn remove_each(events: &mut Vec<Json>, shows: &dyn Fn(&[Json]) -> bool, attempts: &mut usize) {
    let mut index = 0;
    while index < events.len() && *attempts > 0 {
        let mut fewer = events.clone();
        fewer.remove(index);
        *attempts -= 1;
        if !fewer.is_empty() && shows(&fewer) {
            *events = fewer;
        } else {
            index += 1;
        }
    }
}

fn shrink_event(events: &mut [Json], index: usize, shows: &dyn Fn(&[Json]) -> bool, attempts: &mut usize) {
    let mut at = 0;
    while *attempts > 0 {
        let places = places(&events[index]);
        let Some(place) = places.get(at) else { return };
        let mut smaller = events[index].clone();
        remove_at(&mut smaller, place);
        let whole = std::mem::replace(&mut events[index], smaller);
        *attempts -= 1;
        if !shows(events) {
            events[index] = whole;
            at += 1;
        }
    }
}

/// A step into a value.
#[derive(Clone)]
enum Step {
    Key(String),
    Item(usize),
}

/// Deeper values stay as they are.
const MAX_DEPTH: usize = 12;

/// The ways to all parts of a value, the large ones first.
fn places(event: &Json) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    let mut level = vec![(Vec::new(), event)];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for (way, value) in level {
            let step = |step: Step| way.iter().cloned().chain([step]).collect::<Vec<Step>>();
            match value {
                Json::Object(map) => next.extend(map.iter().map(|(key, value)| (step(Step::Key(key.clone())), value))),
                Json::Array(items) => {
                    next.extend(items.iter().enumerate().map(|(index, value)| (step(Step::Item(index)), value)));
                }
                _ => {}
            }
        }
        found.extend(next.iter().map(|(way, _)| way.clone()));
        level = next;
    }
    found
}

fn remove_at(event: &mut Json, way: &[Step]) {
    let Some((last, above)) = way.split_last() else { return };
    let mut at = event;
    for step in above {
        let next = match step {
            Step::Key(key) => at.get_mut(key.as_str()),
            Step::Item(index) => at.get_mut(*index),
        };
        let Some(next) = next else { return };
        at = next;
    }
    match (at, last) {
        (Json::Object(map), Step::Key(key)) => {
            map.shift_remove(key);
        }
        (Json::Array(items), Step::Item(index)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_shows_the_difference_stays() {
        let events = vec![json!({"a": {"b": 1, "c": 2}, "d": [1, 2, 3]}), json!({"e": 1})];
        let shows = |events: &[Json]| {
            let first = events.first().unwrap_or(&Json::Null);
            first["a"]["c"] == 2 && first["d"].as_array().is_some_and(|items| items.contains(&json!(2)))
        };
        assert_eq!(shrink(events, &shows), [json!({"a": {"c": 2}, "d": [2]})]);
    }
}
