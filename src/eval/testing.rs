//! Rules and events for tests.

use super::{Alert, EndOfStream, Program, Run};
use crate::ir::{
    Case, Coercion, Dialect, EventModel, ExprId, FieldPath, JoinKey, Logic, Op, Pool, Rule, Sequence, Step, Subject,
};
use crate::source::{Span, Spanned};
use serde_json::{Value as Json, json};
use std::time::Duration;

pub(super) fn rule(pool: Pool, logic: Logic, model: EventModel) -> Rule {
    Rule::new(Dialect::Query, model, pool, logic)
}

pub(super) fn named(mut rule: Rule, id: &str) -> Rule {
    rule.meta.id = Some(Spanned::new(id.to_owned(), Span::default()));
    rule
}

/// `field == value` for any of its values.
pub(super) fn equals(pool: &mut Pool, field: &str, value: &str) -> ExprId {
    let op = Op::Equal { to: value.into(), case: Case::Sensitive, coercion: Coercion::Text };
    pool.any_of(FieldPath::dotted(field), op, None)
}

pub(super) fn key(field: &str) -> JoinKey {
    JoinKey { term: Subject::Field(FieldPath::dotted(field)), optional: false, case: Case::Sensitive, origin: None }
}

/// Steps as `a b !c d*2`: each waits for `tag == "a"` and so on.
pub(super) fn sequence(text: &str, by: &[&str], span_ms: Option<u64>, until: Option<&str>) -> Rule {
    let mut pool = Pool::default();
    let mut step = |text: &str| {
        let (missing, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (tag, runs) = text.split_once('*').map_or((text, 1), |(tag, runs)| (tag, runs.parse().unwrap()));
        Step { filter: equals(&mut pool, "tag", tag), by: Vec::new(), runs, fork: false, missing, origin: None }
    };
    let steps = text.split_whitespace().map(&mut step).collect();
    let until = until.map(step);
    let logic = Logic::Sequence(Sequence {
        by: by.iter().map(|field| key(field)).collect(),
        max_span: span_ms.map(Duration::from_millis),
        steps,
        until,
    });
    rule(pool, logic, EventModel::Elastic)
}

/// Events as `a@1 b@2 a,k=x@3`: tag, further fields, and the time in milliseconds. `k=x|y` has two values.
pub(super) fn events(text: &str) -> Vec<(usize, Json)> {
    text.split_whitespace()
        .enumerate()
        .map(|(index, event)| {
            let (fields, time) = event.rsplit_once('@').unwrap();
            let mut event = json!({"@timestamp": time.parse::<i64>().unwrap()});
            for (place, field) in fields.split(',').enumerate() {
                let (name, value) = if place == 0 { ("tag", field) } else { field.split_once('=').unwrap() };
                let values: Vec<&str> = value.split('|').collect();
                event[name] = if values.len() == 1 { json!(value) } else { json!(values) };
            }
            (index + 1, event)
        })
        .collect()
}

pub(super) fn run(rules: &[&Rule], text: &str) -> Run {
    Program::compile_all(rules).run(events(text), EndOfStream::Complete)
}

/// The lines of each alert's events.
pub(super) fn lines(alerts: &[Alert]) -> Vec<Vec<usize>> {
    alerts.iter().map(|alert| alert.events.iter().map(|record| record.line).collect()).collect()
}
