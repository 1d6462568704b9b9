//! Transitions of Panther's sequences: one rule's alerts after another's.

use super::correlation::{Shared, texts};
use super::stream::{Record, nanoseconds};
use super::threshold::Item;
use crate::ir::{FieldPath, Group, Member, Transition};
use indexmap::IndexMap;
use std::sync::Arc;

/// The hits of one value: of the first member and of the second.
type Hits<'a> = (Vec<&'a Item>, Vec<&'a Item>);

/// The values for which the transition is fulfilled; one without a name where no field is shared.
pub(super) fn shared_values(group: &Group, transition: &Transition, hits: &[Vec<Item>]) -> Vec<Shared> {
    let (Some(from), Some(to)) = (group.members.get(transition.from), group.members.get(transition.to)) else {
        return Vec::new();
    };
    let mut by_value: IndexMap<String, Hits<'_>> = IndexMap::new();
    let (first, second) = transition.fields.as_ref().map_or((None, None), |(from, to)| (Some(from), Some(to)));
    for item in hits.get(transition.from).into_iter().flatten() {
        for value in values(item, first) {
            by_value.entry(value).or_default().0.push(item);
        }
    }
    for item in hits.get(transition.to).into_iter().flatten() {
        for value in values(item, second) {
            by_value.entry(value).or_default().1.push(item);
        }
    }
    let name = first.map(FieldPath::name).unwrap_or_default();
    by_value
        .into_iter()
        .filter_map(|(value, hits)| {
            let events = fulfilled((from, to), &hits, nanoseconds(transition.within))?;
            Some(Shared { name: name.clone(), value, events })
        })
        .collect()
}

fn values(item: &Item, field: Option<&FieldPath>) -> Vec<String> {
    match field {
        Some(field) => item.event().map(|event| texts(&event, field)).unwrap_or_default(),
        None => vec![String::new()],
    }
}

fn fulfilled((from, to): (&Member, &Member), (first, second): &Hits<'_>, within: i128) -> Option<Vec<Arc<Record>>> {
    let records = |items: &[&Item]| items.iter().flat_map(|item| item.records.clone()).collect::<Vec<_>>();
    if from.absent {
        let precedes =
            |end: &Item| first.iter().any(|item| item.at <= end.at && end.at <= item.at.saturating_add(within));
        return second.iter().find(|end| !precedes(end)).map(|end| records(&[end]));
    }
    let needed = from.min_count.max(1) as usize;
    let mut start = first.clone();
    start.sort_by_key(|item| item.at);
    start.iter().enumerate().find_map(|(index, begin)| {
        let last = begin.at.saturating_add(within);
        let run: Vec<&Item> = start[index..].iter().copied().take_while(|item| item.at <= last).collect();
        let complete = run.get(needed - 1)?.at;
        if from.max_count.is_some_and(|most| run.len() > most as usize) {
            return None;
        }
        let after: Vec<&Item> = second.iter().copied().filter(|item| complete <= item.at && item.at <= last).collect();
        let enough =
            after.len() >= to.min_count.max(1) as usize && to.max_count.is_none_or(|most| after.len() <= most as usize);
        match (to.absent, enough) {
            (true, _) if after.is_empty() => Some(records(&run)),
            (false, true) => Some([records(&run), records(&after)].concat()),
            _ => None,
        }
    })
}
