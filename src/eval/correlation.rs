//! Rules over the alerts of other rules: Sigma's temporal correlations and Panther's groups.

use super::event::Event;
use super::program::{Selector, last_time};
use super::stream::{Alert, NoteKind, Record, combinations, distinct, nanoseconds, ordered};
use super::threshold::{Item, aliased};
use super::transition;
use super::value::scalar_text;
use crate::ir::{EventModel, FieldPath, Group, Member, MemberSource, RuleCondition, RuleOutput, Temporal};
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::sync::Arc;

/// An alert of one of the rules, by its place in the correlation.
struct Hit {
    rule: usize,
    item: Item,
}

/// Sigma's `temporal` and `temporal_ordered`. A window begins with an alert of any of the rules; it alerts as soon as the condition
/// holds, and its alerts are then used up. A condition with `not` is looked at when the window is over.
pub(super) fn temporal(temporal: &Temporal, selector: &mut Selector<'_>, end: i128) -> Vec<Alert> {
    let mut by_group: IndexMap<Vec<Json>, Vec<Hit>> = IndexMap::new();
    for (rule, member) in temporal.members.iter().enumerate() {
        let Some(items) = hits_of(member, selector) else { return Vec::new() };
        let fields: Vec<FieldPath> = temporal.group_by.iter().map(|name| field_of(temporal, name, member)).collect();
        for item in items {
            let lists: Option<Vec<Vec<Json>>> =
                item.event().map(|event| fields.iter().map(|field| distinct(&event, field)).collect());
            let Some(keys) = lists.and_then(|lists| combinations(&lists)) else {
                selector.note(NoteKind::Limit, "too many combinations of group-by values in one event".to_owned(), 1);
                continue;
            };
            for key in keys {
                by_group.entry(key).or_default().push(Hit { rule, item: item.clone() });
            }
        }
    }
    let mut alerts = Vec::new();
    for (key, mut hits) in by_group {
        hits.sort_by_key(|hit| (hit.item.at, hit.item.records.last().map(|record| record.index)));
        for events in temporal_windows(temporal, &hits, end) {
            let group = temporal.group_by.iter().cloned().zip(key.iter().cloned()).collect();
            alerts.push(Alert { rule: selector.rule(), time: last_time(&events), events, group });
        }
    }
    alerts
}

fn field_of(temporal: &Temporal, name: &str, member: &MemberSource) -> FieldPath {
    let alias = member.rule().and_then(|rule| aliased(&temporal.aliases, name, &rule.reference));
    alias.unwrap_or_else(|| FieldPath::dotted(name))
}

fn temporal_windows(temporal: &Temporal, hits: &[Hit], end: i128) -> Vec<Vec<Arc<Record>>> {
    let length = nanoseconds(temporal.window);
    let waits = has_not(&temporal.condition);
    let (mut start, mut found) = (0, Vec::new());
    while start < hits.len() {
        let last = hits[start].item.at.saturating_add(length);
        let stop = start + hits[start..].partition_point(|hit| hit.item.at <= last);
        let window = if waits && last >= end { None } else { fired(temporal, &hits[start..stop], waits) };
        match window {
            Some(count) => {
                found.push(records(&hits[start..start + count]));
                start += count;
            }
            None => start += 1,
        }
    }
    found
}

fn records(hits: &[Hit]) -> Vec<Arc<Record>> {
    let mut events: Vec<Arc<Record>> = hits.iter().flat_map(|hit| hit.item.records.clone()).collect();
    events.sort_by_key(|record| (record.at, record.index));
    events.dedup_by_key(|record| record.index);
    events
}

/// How many of the hits it takes until the condition holds; all of them when it `waits` for the end.
fn fired(temporal: &Temporal, hits: &[Hit], waits: bool) -> Option<usize> {
    let mut seen = vec![false; temporal.members.len()];
    let mut next = 0;
    for (index, hit) in hits.iter().enumerate() {
        let is_new = !std::mem::replace(&mut seen[hit.rule], true);
        let is_next = hit.rule == next;
        next += usize::from(is_next);
        let may_hold = if waits { index + 1 == hits.len() } else { is_new || is_next };
        let ordered = !temporal.ordered || next >= seen.len();
        if may_hold && ordered && condition(&temporal.condition, &|rule| seen.get(rule) == Some(&true)) {
            return Some(index + 1);
        }
    }
    None
}

fn condition(node: &RuleCondition, has: &impl Fn(usize) -> bool) -> bool {
    match node {
        RuleCondition::Fired(rule) => has(*rule),
        RuleCondition::Not(inner) => !condition(inner, has),
        RuleCondition::And(members) => members.iter().all(|member| condition(member, has)),
        RuleCondition::Or(members) => members.iter().any(|member| condition(member, has)),
    }
}

fn has_not(node: &RuleCondition) -> bool {
    match node {
        RuleCondition::Fired(_) => false,
        RuleCondition::Not(_) => true,
        RuleCondition::And(members) | RuleCondition::Or(members) => members.iter().any(has_not),
    }
}

/// Panther's correlations (measured on its own tests): for every criterion a value that all members share, each at least `min_count`
/// times within `look_back` of a first hit, and that no absent member has at all; for every transition its members one after the
/// other. Values compare as texts. Without both only the numbers of hits count.
pub(super) fn group(group: &Group, selector: &mut Selector<'_>) -> Vec<Alert> {
    let mut hits = Vec::new();
    for member in &group.members {
        let Some(found) = hits_of(&member.source, selector) else { return Vec::new() };
        hits.push(found);
    }
    fulfilled(group, &hits, selector.rule())
}

/// How many alerts there are when the members have these outputs and no others.
pub(super) fn alerts_on(group: &Group, outputs: &[RuleOutput]) -> u64 {
    let events = outputs.iter().enumerate().map(|(index, output)| (index + 1, output.event.clone()));
    let records = ordered(events);
    let of_member = |member: &Member| {
        let own = records.iter().filter(|record| outputs[record.index].member == member.id);
        let item = |record: &Arc<Record>| Item {
            at: record.at,
            records: vec![record.clone()],
            model: EventModel::Panther,
            shape: None,
        };
        own.map(item).collect()
    };
    let hits: Vec<Vec<Item>> = group.members.iter().map(of_member).collect();
    fulfilled(group, &hits, 0).len() as u64
}

fn fulfilled(group: &Group, hits: &[Vec<Item>], rule: usize) -> Vec<Alert> {
    if group.criteria.is_empty() && group.transitions.is_empty() {
        return without_criteria(group, hits, rule);
    }
    let mut matches: Vec<Vec<Shared>> = Vec::new();
    let criteria = group.criteria.iter().map(|criterion| shared_values(group, criterion, hits));
    let transitions = group.transitions.iter().map(|transition| transition::shared_values(group, transition, hits));
    for found in criteria.chain(transitions) {
        if found.is_empty() {
            return Vec::new();
        }
        matches.push(found);
    }
    match <[Vec<Shared>; 1]>::try_from(matches) {
        Ok([only]) => only.into_iter().map(|shared| shared_alert(vec![shared], rule)).collect(),
        // Each criterion holds on its own: one alert says so.
        Err(matches) => {
            let first = matches.into_iter().filter_map(|found| found.into_iter().next()).collect();
            vec![shared_alert(first, rule)]
        }
    }
}

fn hits_of(member: &MemberSource, selector: &mut Selector<'_>) -> Option<Vec<Item>> {
    let shape = selector.shape();
    match member {
        MemberSource::Rule(rule) => {
            let (alerts, model) = selector.alerts_of(rule)?;
            Some(alerts.into_iter().map(|alert| Item { at: alert.at(), records: alert.events, model, shape }).collect())
        }
        MemberSource::Filter(filter) => {
            let model = selector.model();
            let records = selector.records();
            let held = records.iter().filter(|record| selector.holds(*filter, record));
            Some(held.map(|record| Item { at: record.at, records: vec![record.clone()], model, shape }).collect())
        }
    }
}

fn without_criteria(group: &Group, hits: &[Vec<Item>], rule: usize) -> Vec<Alert> {
    let enough = group
        .members
        .iter()
        .zip(hits)
        .all(|(member, hits)| if member.absent { hits.is_empty() } else { counts(member, hits.len()) });
    let events = unique(hits.iter().flatten().flat_map(|item| item.records.clone()).collect());
    if !enough || events.is_empty() {
        return Vec::new();
    }
    vec![Alert { rule, time: last_time(&events), events, group: Vec::new() }]
}

/// Whether so many hits are enough and not too many.
fn counts(member: &Member, hits: usize) -> bool {
    hits >= member.min_count.max(1) as usize && member.max_count.is_none_or(|most| hits <= most as usize)
}

fn unique(mut events: Vec<Arc<Record>>) -> Vec<Arc<Record>> {
    events.sort_by_key(|record| (record.at, record.index));
    events.dedup_by_key(|record| record.index);
    events
}

/// A value that fulfils a criterion.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) events: Vec<Arc<Record>>,
}

fn shared_alert(shared: Vec<Shared>, rule: usize) -> Alert {
    let events = unique(shared.iter().flat_map(|shared| shared.events.clone()).collect());
    let group = shared.into_iter().map(|shared| (shared.name, Json::from(shared.value))).collect();
    Alert { rule, time: last_time(&events), events, group }
}

fn shared_values(group: &Group, criterion: &[(usize, FieldPath)], hits: &[Vec<Item>]) -> Vec<Shared> {
    let mut by_value: IndexMap<String, Vec<Vec<&Item>>> = IndexMap::new();
    for (member, field) in criterion {
        for item in hits.get(*member).into_iter().flatten() {
            for value in item.event().map(|event| texts(&event, field)).unwrap_or_default() {
                let members = by_value.entry(value).or_insert_with(|| vec![Vec::new(); group.members.len()]);
                members[*member].push(item);
            }
        }
    }
    let name = criterion.first().map(|(_, field)| field.name()).unwrap_or_default();
    by_value
        .into_iter()
        .filter_map(|(value, members)| {
            let by_runs = group.members.iter().any(|member| member.look_back.is_some());
            let found = if by_runs { run(group, criterion, &members)? } else { window(group, criterion, &members)? };
            let events = unique(found);
            Some(Shared { name: name.clone(), value, events })
        })
        .collect()
}

pub(super) fn texts(event: &Event<'_>, field: &FieldPath) -> Vec<String> {
    distinct(event, field).iter().filter_map(scalar_text).collect()
}

/// The events of the first window in which every member of the criterion has its hits.
fn window(group: &Group, criterion: &[(usize, FieldPath)], members: &[Vec<&Item>]) -> Option<Vec<Arc<Record>>> {
    let named = || criterion.iter().filter_map(|(member, _)| Some((group.members.get(*member)?, &members[*member])));
    if named().any(|(member, hits)| member.absent && !hits.is_empty()) {
        return None;
    }
    let mut starts: Vec<i128> =
        named().filter(|(member, _)| !member.absent).flat_map(|(_, hits)| hits.iter().map(|item| item.at)).collect();
    starts.sort_unstable();
    let look_back = nanoseconds(group.look_back);
    starts.into_iter().find_map(|start| {
        let inside = |item: &&&Item| item.at >= start && item.at <= start.saturating_add(look_back);
        let mut events = Vec::new();
        for (member, hits) in named().filter(|(member, _)| !member.absent) {
            let found: Vec<_> = hits.iter().filter(inside).collect();
            if !counts(member, found.len()) {
                return None;
            }
            events.extend(found.into_iter().flat_map(|item| item.records.clone()));
        }
        Some(events)
    })
}

/// How often a group is looked at where it does not say.
const DEFAULT_INTERVAL: i128 = 60_000_000_000;

/// The events of the first run that sees every member's hits and none of an absent one, each through its own window. What a run sees
/// changes only with a hit that comes and with one that its window leaves behind.
fn run(group: &Group, criterion: &[(usize, FieldPath)], members: &[Vec<&Item>]) -> Option<Vec<Arc<Record>>> {
    let interval = group.interval.map_or(DEFAULT_INTERVAL, nanoseconds).max(1);
    let named: Vec<(&Member, &[&Item], i128)> = criterion
        .iter()
        .filter_map(|(index, _)| {
            let member = group.members.get(*index)?;
            Some((member, members[*index].as_slice(), nanoseconds(member.look_back.unwrap_or(group.look_back))))
        })
        .collect();
    // The run at this time or the next one after it.
    let next_run =
        |time: i128| time.div_euclid(interval) * interval + if time.rem_euclid(interval) > 0 { interval } else { 0 };
    let mut runs: Vec<i128> = Vec::new();
    for (_, hits, look_back) in &named {
        for hit in *hits {
            runs.extend([next_run(hit.at), next_run(hit.at.saturating_add(*look_back).saturating_add(1))]);
        }
    }
    runs.sort_unstable();
    runs.dedup();
    runs.into_iter().find_map(|now| {
        let mut events = Vec::new();
        for (member, hits, look_back) in &named {
            let seen: Vec<_> =
                hits.iter().filter(|hit| hit.at <= now && now <= hit.at.saturating_add(*look_back)).collect();
            let as_asked = if member.absent { seen.is_empty() } else { counts(member, seen.len()) };
            if !as_asked {
                return None;
            }
            events.extend(seen.into_iter().flat_map(|hit| hit.records.clone()));
        }
        Some(events)
    })
}
