//! Streams for thresholds: one event too few, as many as are asked for, and what is counted.

use super::{MAX_EVENTS, MILLISECOND, Maker, Slot, edges, gap, slot};
use crate::ir::{Bound, Cmp, Measure, MemberSource, Rule, Threshold, ThresholdSource, Value, Window};
use crate::proof::synth::parts::Part;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// Events around the condition that take part in a count.
const MAX_EVENTS_AROUND: usize = 100;

impl Maker<'_> {
    pub(super) fn threshold(&mut self, rule: &Rule, threshold: &Threshold) {
        let ThresholdSource::Filter(filter) = threshold.source else {
            let ThresholdSource::Rules(rules) = &threshold.source else { return };
            let members: Vec<MemberSource> = rules.iter().cloned().map(MemberSource::Rule).collect();
            let Some(parts) = self.members(rule, &members, threshold.group_by.clone()) else { return };
            return self.counted(&parts, threshold);
        };
        let Some(parts) = self.parts(rule, vec![(filter, threshold.group_by.clone())]) else { return };
        self.counted(&parts, threshold);
    }

    fn counted(&mut self, parts: &[Part], threshold: &Threshold) {
        let span = threshold_span(threshold);
        for bound in &threshold.bounds {
            let Some(number) = bound_number(bound) else { continue };
            let counts = [number.checked_sub(1), Some(number), number.checked_add(1)];
            for count in counts.into_iter().flatten().filter(|count| *count <= MAX_EVENTS) {
                let of = Counted { parts, threshold, span, start: Duration::ZERO };
                self.add(format!("{count} events"), self.counted_stream(&of, bound, count, None));
                for (end, how) in span.into_iter().flat_map(edges) {
                    let stream = self.counted_stream(&of, bound, count, Some(end));
                    self.add(format!("{count} events, the last {how} the end of the window"), stream);
                }
            }
        }
        self.at_runs(parts, threshold);
        let enough = threshold.bounds.iter().filter_map(bound_number).max().unwrap_or(1).saturating_add(1);
        if enough <= MAX_EVENTS {
            let gap = gap(span, usize::try_from(enough).unwrap_or(1) + 1);
            let base: Vec<Slot> = (0..enough).map(|number| slot(0, gap * u32::try_from(number).unwrap_or(0))).collect();
            let numbered = |stream: Option<Vec<Json>>| self.with_measures(parts, &threshold.bounds, stream?);
            let plain = numbered(self.stream(parts, &base));
            let split: Vec<Slot> =
                base.iter().enumerate().map(|(index, slot)| Slot { group: index % 2, ..slot.clone() }).collect();
            let split = numbered(self.stream(parts, &split));
            self.add("one event more than enough", plain.clone());
            self.add("half of the events in another group", split);
            let Some(plain) = plain else { return };
            for key in parts.first().map(|part| part.keys().to_vec()).unwrap_or_default() {
                for (event, how) in parts[0].with_other_keys(&plain[0], &key, self.ground) {
                    let mut events = plain.clone();
                    events[0] = event;
                    self.add(format!("`{key}` of the first event: {how}"), Some(events));
                }
            }
        }
    }

    /// Just as many events as are asked for: the first at the start of what a run looks at and a millisecond before it, the last just
    /// before the run; and then other events around the condition in the place of one of them.
    fn at_runs(&mut self, parts: &[Part], threshold: &Threshold) {
        let Some((bound, number)) = threshold.bounds.iter().find_map(|bound| Some((bound, bound_number(bound)?)))
        else {
            return;
        };
        if let Window::Run { look_back, interval } = threshold.window
            && number <= MAX_EVENTS
            && !interval.is_zero()
        {
            let periods = look_back.as_nanos().div_ceil(interval.as_nanos()) + 1;
            let run = u32::try_from(periods).ok().and_then(|periods| interval.checked_mul(periods));
            for (before, how) in [(Duration::ZERO, "at"), (MILLISECOND, "a millisecond before")] {
                let Some(start) = run.and_then(|run| run.checked_sub(look_back)?.checked_sub(before)) else { continue };
                let of = Counted { parts, threshold, span: Some(look_back), start };
                let last = (look_back + before).saturating_sub(MILLISECOND);
                let stream = self.counted_stream(&of, bound, number, Some(last));
                self.add(format!("{number} events, the first {how} the start of what a run looks at"), stream);
            }
        }
        if number <= MAX_EVENTS {
            let gap = gap(threshold_span(threshold), usize::try_from(number).unwrap_or(1) + 1);
            let slots: Vec<Slot> = (0..number).map(|place| slot(0, gap * u32::try_from(place).unwrap_or(0))).collect();
            if !slots.is_empty() {
                self.other_events(parts, &slots, slots.len() - 1, MAX_EVENTS_AROUND);
            }
        }
    }

    fn counted_stream(&self, of: &Counted<'_>, bound: &Bound, count: u64, end: Option<Duration>) -> Option<Vec<Json>> {
        let count = usize::try_from(count).ok()?;
        let gap = gap(of.span, count + 1);
        let mut slots: Vec<Slot> = (0..count.max(1))
            .map(|index| slot(index % of.parts.len().max(1), of.start + gap * u32::try_from(index).unwrap_or(0)))
            .collect();
        if let (Some(last), Some(end)) = (slots.last_mut(), end) {
            last.at = of.start + end;
        }
        if count == 0 {
            return None;
        }
        let events = self.stream(of.parts, &slots)?;
        let others: Vec<Bound> = of.threshold.bounds.iter().filter(|other| *other != bound).cloned().collect();
        let events = self.with_measures(of.parts, &others, events)?;
        self.with_measure(of.parts, bound, events)
    }

    /// Different values in the fields that are counted or computed with.
    fn with_measures(&self, parts: &[Part], bounds: &[Bound], events: Vec<Json>) -> Option<Vec<Json>> {
        bounds.iter().try_fold(events, |events, bound| self.with_measure(parts, bound, events))
    }

    fn with_measure(&self, parts: &[Part], bound: &Bound, mut events: Vec<Json>) -> Option<Vec<Json>> {
        let part = parts.first()?;
        let total = events.len();
        let number = bound.number.to_json();
        for (index, event) in events.iter_mut().enumerate() {
            match &bound.measure {
                Measure::Count => {}
                Measure::Distinct(fields) => {
                    for field in fields {
                        part.set_key(event, field, index, self.ground)?;
                    }
                }
                Measure::Sum(field)
                | Measure::Average(field)
                | Measure::Median(field)
                | Measure::Percentile(field, _)
                | Measure::Min(field)
                | Measure::Max(field) => {
                    let value = if index + 1 == total { number.clone() } else { json!(0) };
                    part.set(event, field, &value, self.ground)?;
                }
            }
        }
        Some(events)
    }
}

struct Counted<'a> {
    parts: &'a [Part],
    threshold: &'a Threshold,
    span: Option<Duration>,
    /// When the first event is.
    start: Duration,
}

/// How far apart events are counted together.
fn threshold_span(threshold: &Threshold) -> Option<Duration> {
    match threshold.window {
        Window::Sliding(length) | Window::FromFirst(length) | Window::Tumbling { length, .. } => Some(length),
        Window::Run { look_back, .. } => Some(look_back),
        Window::Unbounded => None,
    }
}

/// The number of events that a bound asks for.
fn bound_number(bound: &Bound) -> Option<u64> {
    let number = match &bound.number {
        Value::Int(number) => u64::try_from(*number).ok()?,
        _ => return Some(2),
    };
    match bound.measure {
        Measure::Count | Measure::Distinct(_) => match bound.op {
            Cmp::Greater | Cmp::LessOrEqual => number.checked_add(1),
            _ => Some(number),
        },
        _ => Some(2),
    }
}
