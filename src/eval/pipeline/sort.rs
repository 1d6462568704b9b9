//! Sorted rows.

use super::super::event::Event;
use super::super::program::Selector;
use super::super::value::compare;
use super::row::Row;
use crate::ir::{Coercion, Domain, SortKey, SortOrder};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// Rows that are equal by every key keep their order.
pub(super) fn sorted(keys: &[SortKey], rows: Vec<Row>, selector: &Selector<'_>) -> Vec<Row> {
    let mut rows: Vec<(Vec<Option<Json>>, Row)> = rows
        .into_iter()
        .map(|row| {
            let event = selector.document(row.json());
            (keys.iter().map(|key| value(key, &event)).collect(), row)
        })
        .collect();
    rows.sort_by(|(left, _), (right, _)| {
        let pairs = keys.iter().zip(left.iter().zip(right));
        pairs
            .map(|(key, (left, right))| by_key(key, left.as_ref(), right.as_ref()))
            .fold(Ordering::Equal, Ordering::then)
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Of several values the one that comes first in the order.
fn value(key: &SortKey, event: &Event<'_>) -> Option<Json> {
    let by = |left: &&Json, right: &&Json| order(key.domain, left, right);
    let values = event.elements(&key.column).into_iter();
    let found = match key.order {
        SortOrder::Ascending => values.min_by(by),
        SortOrder::Descending => values.max_by(by),
    };
    found.cloned()
}

fn by_key(key: &SortKey, left: Option<&Json>, right: Option<&Json>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => match key.order {
            SortOrder::Ascending => order(key.domain, left, right),
            SortOrder::Descending => order(key.domain, right, left),
        },
        (left, right) if key.nulls_first => left.is_some().cmp(&right.is_some()),
        (left, right) => right.is_some().cmp(&left.is_some()),
    }
}

/// The order in a domain. What is not of it compares as numbers, then as texts.
pub(super) fn order(domain: Domain, left: &Json, right: &Json) -> Ordering {
    let coercion = if domain == Domain::Number { Coercion::Number } else { Coercion::Text };
    let of_domain = if domain == Domain::String { None } else { compare(left, right, domain, coercion) };
    of_domain
        .or_else(|| compare(left, right, Domain::Number, Coercion::None))
        .or_else(|| compare(left, right, Domain::String, Coercion::Text))
        .unwrap_or(Ordering::Equal)
}
