//! The events of which a stream is put together.

use super::{NOW, remove, witnesses};
use crate::ir::{EventModel, ExprId, FieldPath, Rule};
use crate::proof::ground::Ground;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// Events that are made for one condition.
const MAX_EVENTS: usize = 150;

/// One condition of a rule over several events, with events for it.
pub(super) struct Part {
    model: EventModel,
    fires: Json,
    /// Other events that fire, and events that do not: those that decide a test first.
    others: Vec<Json>,
    keys: Vec<FieldPath>,
}

/// What an event gets for its place in a stream.
pub(super) struct Stamp {
    /// How long after the start of the stream.
    pub(super) at: Duration,
    /// Which of several groups: it decides the values of the keys.
    pub(super) group: usize,
}

impl Part {
    /// `None` when no event is found that satisfies the condition. `keys`: the fields whose values put events into groups; `limit`: how
    /// many events are asked for.
    pub(super) fn new(
        rule: &Rule,
        filter: ExprId,
        keys: Vec<FieldPath>,
        ground: &Ground<'_>,
        limit: usize,
    ) -> Option<Self> {
        let mut pool = rule.pool.clone();
        let mut members = vec![filter];
        for exclusion in &rule.exclusions {
            members.push(pool.not(exclusion.condition, None));
        }
        let root = pool.and(members, None);
        let made = witnesses(&pool, root, rule.event_model, ground, limit.min(MAX_EVENTS)).events;
        let fires = made.iter().find(|single| single.fires)?.event.clone();
        let others = made.into_iter().map(|single| single.event).filter(|event| *event != fires).collect();
        Some(Self { model: rule.event_model, fires, others, keys })
    }

    pub(super) fn base(&self) -> &Json {
        &self.fires
    }

    pub(super) fn others(&self) -> impl Iterator<Item = &Json> {
        self.others.iter()
    }

    pub(super) fn keys(&self) -> &[FieldPath] {
        &self.keys
    }

    /// An event with its time and with the keys that its condition leaves open.
    pub(super) fn event(&self, base: &Json, ground: &Ground<'_>, stamp: &Stamp) -> Option<Json> {
        let mut event = base.clone();
        let at = NOW.checked_add(jiff::SignedDuration::try_from(stamp.at).ok()?).ok()?;
        let time = ground.time_field();
        let text = json!(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
        let time_value = if ground.admits(&time, &text) { text } else { json!(at.as_millisecond()) };
        remove(&mut event, time.segments());
        ground.place(&mut event, &time, &time_value, self.model)?;
        for key in &self.keys {
            if stamp.group > 0 {
                remove(&mut event, key.segments());
            }
            let is_there = !crate::eval::Event::new(&event, self.model).lookup(key).is_empty();
            if !is_there {
                self.set_key(&mut event, key, stamp.group, ground)?;
            }
        }
        Some(event)
    }

    /// Gives a field the n-th of the values that it can have.
    pub(super) fn set_key(
        &self,
        event: &mut Json,
        field: &FieldPath,
        number: usize,
        ground: &Ground<'_>,
    ) -> Option<()> {
        let last = u8::try_from(number % 250).unwrap_or_default();
        let tried = [
            json!(format!("key{number}")),
            json!(format!("192.0.2.{}", last.saturating_add(1))),
            json!(number + 1),
            json!(number.is_multiple_of(2)),
            json!(format!("2026-01-15T12:00:{:02}Z", number % 60)),
        ];
        let fitting = tried.into_iter().find_map(|value| {
            let list = json!([value]);
            if ground.admits(field, &value) { Some(value) } else { ground.admits(field, &list).then_some(list) }
        })?;
        self.set(event, field, &fitting, ground)
    }

    pub(super) fn set(&self, event: &mut Json, field: &FieldPath, value: &Json, ground: &Ground<'_>) -> Option<()> {
        remove(event, field.segments());
        if !ground.admits(field, value) {
            return None;
        }
        ground.place(event, field, value, self.model)
    }

    /// The event with something else in a key: nothing, null, a list, another case.
    pub(super) fn with_other_keys(
        &self,
        event: &Json,
        key: &FieldPath,
        ground: &Ground<'_>,
    ) -> Vec<(Json, &'static str)> {
        let mut without = event.clone();
        if !remove(&mut without, key.segments()) {
            return Vec::new();
        }
        let before =
            crate::eval::Event::new(event, self.model).value(key).map_or(Json::Null, std::borrow::Cow::into_owned);
        let mut tried = vec![
            (json!(null), "null"),
            (json!(""), "empty"),
            (json!([before, "other"]), "a list with another value"),
            (json!([]), "an empty list"),
        ];
        if let Some(text) = before.as_str() {
            tried.push((json!(super::text::swap_case(text)), "in another case"));
        }
        let mut found = vec![(without.clone(), "missing")];
        for (value, how) in tried {
            let mut changed = without.clone();
            if ground.admits(key, &value) && ground.place(&mut changed, key, &value, self.model).is_some() {
                found.push((changed, how));
            }
        }
        found
    }
}
