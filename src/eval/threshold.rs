//! Thresholds: measures of groups of events within windows.
//!
//! A sliding window alerts at the event that fulfils the bounds, and its events are then used up: one burst is one alert. Bounds that
//! more events can break (`<`, `==`, averages) are looked at when the window that began with the first unused event is over.

use super::event::Event;
use super::program::{Selector, last_time};
use super::stream::{Alert, NoteKind, Record, distinct, groups, nanoseconds};
use super::value::{Number, number_under};
use super::windows::EventShape;
use crate::ir::{Aliases, Bound, Cmp, Coercion, EventModel, FieldPath, Measure, Threshold, ThresholdSource, Window};
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// What is counted: an event, or another rule's alert.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) at: i128,
    pub(super) records: Vec<Arc<Record>>,
    pub(super) model: EventModel,
    pub(super) shape: Option<EventShape>,
}

impl Item {
    /// An alert's fields are those of its last event.
    pub(super) fn event(&self) -> Option<Event<'_>> {
        self.records.last().map(|record| Event::new(&record.event, self.model).shaped(self.shape))
    }
}

pub(super) fn run(threshold: &Threshold, selector: &mut Selector<'_>, end: i128) -> Vec<Alert> {
    let Some(items) = items(threshold, selector) else { return Vec::new() };
    let mut by_group: IndexMap<Vec<Json>, Vec<Item>> = IndexMap::new();
    for (fields, item) in items.iter().flat_map(|(fields, items)| items.iter().map(move |item| (fields, item))) {
        let keys = item.event().and_then(|event| groups(&event, fields));
        if keys.is_none() {
            selector.note(NoteKind::Limit, "too many combinations of group-by values in one event".to_owned(), 1);
        }
        for key in keys.unwrap_or_default() {
            by_group.entry(key).or_default().push(item.clone());
        }
    }
    let mut alerts = Vec::new();
    for (key, items) in &mut by_group {
        items.sort_by_key(|item| item.at);
        for range in fulfilled(threshold, items, end) {
            let mut events: Vec<Arc<Record>> = items[range].iter().flat_map(|item| item.records.clone()).collect();
            events.sort_by_key(|record| (record.at, record.index));
            events.dedup_by_key(|record| record.index);
            let group = threshold.group_by.iter().map(FieldPath::name).zip(key.iter().cloned()).collect();
            alerts.push(Alert { rule: selector.rule(), time: last_time(&events), events, group });
        }
    }
    alerts
}

/// What is counted, with the fields that it is grouped by: rules can have fields of their own for one name.
fn items(threshold: &Threshold, selector: &mut Selector<'_>) -> Option<Vec<(Vec<FieldPath>, Vec<Item>)>> {
    let shape = selector.shape();
    match &threshold.source {
        ThresholdSource::Filter(filter) => {
            let model = selector.model();
            let records = selector.records();
            let held = records.iter().filter(|record| selector.holds(*filter, record));
            let items =
                held.map(|record| Item { at: record.at, records: vec![record.clone()], model, shape }).collect();
            Some(vec![(threshold.group_by.clone(), items)])
        }
        ThresholdSource::Rules(rules) => {
            let mut found = Vec::new();
            for rule in rules {
                let (alerts, model) = selector.alerts_of(rule)?;
                let fields = threshold.group_by.iter().map(|field| {
                    aliased(&threshold.aliases, &field.name(), &rule.reference).unwrap_or_else(|| field.clone())
                });
                let items =
                    alerts.into_iter().map(|alert| Item { at: alert.at(), records: alert.events, model, shape });
                found.push((fields.collect(), items.collect()));
            }
            Some(found)
        }
    }
}

/// The field that a group-by name stands for in a rule, where it is an alias.
pub(super) fn aliased(aliases: &Aliases, name: &str, rule: &str) -> Option<FieldPath> {
    let (_, fields) = aliases.iter().find(|(alias, _)| alias == name)?;
    fields.iter().find(|(named, _)| named == rule).map(|(_, field)| field.clone())
}

/// The stretches of a group's items that give an alert.
fn fulfilled(threshold: &Threshold, items: &[Item], end: i128) -> Vec<Range<usize>> {
    let bounds = &threshold.bounds;
    let holds =
        |range: Range<usize>| !range.is_empty() && bounds.iter().all(|bound| bound_holds(bound, &items[range.clone()]));
    match threshold.window {
        Window::Sliding(length) if bounds.iter().all(is_monotone) => sliding(items, nanoseconds(length), holds),
        Window::Sliding(length) => from_first(items, nanoseconds(length), end, false, holds),
        Window::FromFirst(length) => from_first(items, nanoseconds(length), end, bounds.iter().all(is_monotone), holds),
        Window::Tumbling { length, offset } => tumbling(items, nanoseconds(length), nanoseconds(offset), end, holds),
        Window::Run { look_back, interval } => {
            scheduled(items, nanoseconds(look_back), nanoseconds(interval), end, holds)
        }
        Window::Unbounded => std::iter::once(0..items.len()).filter(|range| holds(range.clone())).collect(),
    }
}

/// Whether more events can only help.
fn is_monotone(bound: &Bound) -> bool {
    matches!(bound.measure, Measure::Count | Measure::Distinct(_) | Measure::Max(_))
        && matches!(bound.op, Cmp::Greater | Cmp::GreaterOrEqual)
}

/// The bounds are looked at with each event, over those at most `length` before it.
fn sliding(items: &[Item], length: i128, holds: impl Fn(Range<usize>) -> bool) -> Vec<Range<usize>> {
    let (mut start, mut found) = (0, Vec::new());
    for (index, item) in items.iter().enumerate() {
        while item.at.saturating_sub(items[start].at) > length {
            start += 1;
        }
        if holds(start..index + 1) {
            found.push(start..index + 1);
            start = index + 1;
        }
    }
    found
}

/// Windows that begin with the first event after the one before. Of a window with too many events no part is a window of its own:
/// a bound from above would otherwise hold of some part of any burst.
fn from_first(
    items: &[Item],
    length: i128,
    end: i128,
    early: bool,
    holds: impl Fn(Range<usize>) -> bool,
) -> Vec<Range<usize>> {
    let (mut start, mut found) = (0, Vec::new());
    while start < items.len() {
        let last = items[start].at.saturating_add(length);
        let stop = start + items[start..].partition_point(|item| item.at <= last);
        let is_over = early || last < end;
        if is_over && holds(start..stop) {
            found.push(start..stop);
        }
        start = stop;
    }
    found
}

/// Windows laid end to end from the epoch plus `offset`.
fn tumbling(
    items: &[Item],
    length: i128,
    offset: i128,
    end: i128,
    holds: impl Fn(Range<usize>) -> bool,
) -> Vec<Range<usize>> {
    let length = length.max(1);
    let number = |at: i128| at.saturating_sub(offset).div_euclid(length);
    let (mut start, mut found) = (0, Vec::new());
    while start < items.len() {
        let window = number(items[start].at);
        let stop = start + items[start..].partition_point(|item| number(item.at) <= window);
        if number(end) > window && holds(start..stop) {
            found.push(start..stop);
        }
        start = stop;
    }
    found
}

/// Runs at whole multiples of `interval`, each over the events of the `look_back` before it. A run alerts when it sees an event that
/// no earlier alert of the group had. Only runs at which something came or went are looked at.
fn scheduled(
    items: &[Item],
    look_back: i128,
    interval: i128,
    end: i128,
    holds: impl Fn(Range<usize>) -> bool,
) -> Vec<Range<usize>> {
    let interval = interval.max(1);
    let next_run = |at: i128| at.div_euclid(interval).saturating_add(1).saturating_mul(interval);
    let came = items.iter().map(|item| next_run(item.at));
    let went = items.iter().map(|item| next_run(item.at.saturating_add(look_back)));
    let mut runs: Vec<i128> = came.chain(went).filter(|run| *run <= end).collect();
    runs.sort_unstable();
    runs.dedup();
    let (mut seen, mut found) = (0, Vec::new());
    for run in runs {
        let start = items.partition_point(|item| item.at < run.saturating_sub(look_back));
        let stop = items.partition_point(|item| item.at < run);
        if stop > seen && holds(start..stop) {
            found.push(start..stop);
            seen = stop;
        }
    }
    found
}

fn bound_holds(bound: &Bound, items: &[Item]) -> bool {
    let Some(number) = number_under(&bound.number.to_json(), Coercion::Number) else { return false };
    measure(&bound.measure, items)
        .and_then(|measured| measured.cmp(number))
        .is_some_and(|ordering| bound.op.holds(ordering))
}

/// The measure's value; `None` when there is no value to compute it from.
pub(super) fn measure(measure: &Measure, items: &[Item]) -> Option<Number> {
    let whole = |count: usize| i128::try_from(count).ok().map(Number::Whole);
    match measure {
        Measure::Count => whole(items.len()),
        Measure::Distinct(fields) => {
            let values: HashSet<Vec<Json>> =
                items.iter().filter_map(Item::event).filter_map(|event| groups(&event, fields)).flatten().collect();
            whole(values.len())
        }
        Measure::Sum(field) => {
            let numbers = numbers(field, items);
            (!numbers.is_empty()).then(|| sum(&numbers))
        }
        Measure::Average(field) => {
            let numbers = numbers(field, items);
            let count = whole(numbers.len())?.as_f64();
            (count > 0.0).then(|| Number::Real(sum(&numbers).as_f64() / count))
        }
        Measure::Median(field) => percentile(numbers(field, items), 50),
        Measure::Percentile(field, percent) => percentile(numbers(field, items), *percent),
        Measure::Min(field) => numbers(field, items).into_iter().min_by(order),
        Measure::Max(field) => numbers(field, items).into_iter().max_by(order),
    }
}

fn order(left: &Number, right: &Number) -> Ordering {
    left.cmp(*right).unwrap_or(Ordering::Equal)
}

/// The numbers of a field; text that is a number counts.
fn numbers(field: &FieldPath, items: &[Item]) -> Vec<Number> {
    items
        .iter()
        .filter_map(Item::event)
        .flat_map(|event| distinct(&event, field))
        .filter_map(|value| number_under(&value, Coercion::Number))
        .collect()
}

fn sum(numbers: &[Number]) -> Number {
    let exact = numbers.iter().try_fold(0_i128, |sum, number| match number {
        Number::Whole(number) => sum.checked_add(*number),
        Number::Real(_) => None,
    });
    exact.map_or_else(|| Number::Real(numbers.iter().map(|number| number.as_f64()).sum()), Number::Whole)
}

/// Linear between the two nearest ranks.
#[expect(clippy::cast_precision_loss, reason = "ranks stay far below 2^52")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is at least 0 and below the length"
)]
fn percentile(mut numbers: Vec<Number>, percent: u8) -> Option<Number> {
    numbers.sort_by(order);
    let last = numbers.len().checked_sub(1)?;
    let rank = last as f64 * f64::from(percent.min(100)) / 100.0;
    let low = numbers.get(rank.floor() as usize)?;
    let high = numbers.get(rank.ceil() as usize)?;
    if order(low, high).is_eq() {
        return Some(*low);
    }
    Some(Number::Real(low.as_f64() + (high.as_f64() - low.as_f64()) * rank.fract()))
}
