//! Which of the log sources in a Panther log type a rule reads: `Azure.Audit` has sign-ins and directory changes.

use super::log_source::OTHER;
use crate::catalog::logsource::LogSource;
use crate::catalog::maps::{FieldMap, Mapping};
use crate::ir::{Expectation, FieldPath, Rule, fields_of};
use crate::pass::decide;
use serde_json::Value as Json;

/// The log source, or several where nothing tells them apart.
pub(super) struct Part {
    pub(super) rows: Vec<&'static LogSource>,
    /// Fields of which the log source has some values only, and the rule does not ask for them: it reads more events.
    pub(super) unasked: Vec<&'static str>,
    /// Why it is this one, where the rule's condition does not ask for it.
    pub(super) because: Option<String>,
}

impl Part {
    pub(super) fn whole(rows: Vec<&'static LogSource>) -> Self {
        Self { rows, unasked: Vec::new(), because: None }
    }
}

/// One of the log sources in a log type, with all its ways into Elastic.
struct Source {
    rows: Vec<&'static LogSource>,
}

/// The log source that the rule's condition asks for, else the log type as a whole, else the one that alone has the fields that the rule
/// tests, else the one that the tests on which it fires are of. `own`: the map to a log type with names of its own.
pub(super) fn choose(rule: &Rule, rows: &[&'static LogSource], own: Option<&FieldMap>) -> Part {
    let mut sources: Vec<Source> = Vec::new();
    for row in rows {
        match sources.iter_mut().find(|source| source.is_of(row)) {
            Some(source) => source.rows.push(row),
            None => sources.push(Source { rows: vec![row] }),
        }
    }
    if let Some(asked) = sources.iter().position(|source| source.is_asked_for(rule)) {
        return Part::whole(sources.swap_remove(asked).rows);
    }
    if sources.iter().all(|source| source.told().next().is_none()) {
        return Part::whole(rows.to_vec());
    }
    if let Some(whole) = sources.iter().position(Source::is_whole) {
        return Part::whole(sources.swap_remove(whole).rows);
    }
    let possible = sources.iter().filter(|source| !source.is_out_of_question(rule));
    let mut possible: Vec<(usize, &Source)> =
        possible.map(|source| (source.unknown_fields(rule, own), source)).collect();
    possible.sort_by_key(|(unknown, _)| *unknown);
    if let Some(((fewest, source), others)) = possible.split_first()
        && others.iter().all(|(unknown, _)| unknown > fewest)
    {
        let because = Some(format!("events with the fields that the rule tests are of {}", source.name()));
        return Part { because, ..Part::whole(source.rows.clone()) };
    }
    if let Some((_, source)) = possible.iter().find(|(_, source)| source.has_tests_of(rule)) {
        let because =
            Some(format!("the events that the rule fires on are of {}, as those of its tests", source.name()));
        return Part { because, ..Part::whole(source.rows.clone()) };
    }
    let Some(first) = possible.first().map(|(_, source)| *source).or(sources.first()) else {
        return Part::whole(rows.to_vec());
    };
    let mut unasked: Vec<&str> = first.told().map(|(field, _)| field).collect();
    unasked.dedup();
    Part { unasked, ..Part::whole(first.rows.clone()) }
}

impl Source {
    fn is_of(&self, row: &LogSource) -> bool {
        let same =
            |own: &LogSource| (own.product, own.category, own.service) == (row.product, row.category, row.service);
        self.rows.iter().any(|own| same(own))
    }

    fn is_whole(&self) -> bool {
        self.rows.iter().any(|row| row.category.is_empty() && row.service.is_empty())
    }

    /// As Sigma names it.
    fn name(&self) -> String {
        let row = self.rows.first();
        let parts = row.map(|row| [row.product, row.category, row.service]).unwrap_or_default();
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// What tells its events from others of the log type.
    fn told(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.rows.iter().flat_map(|row| row.implied_in_panther())
    }

    fn values(&self, name: &str) -> Vec<String> {
        self.told().filter(|(field, _)| *field == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// Whether none of its events satisfies the rule's condition.
    fn is_out_of_question(&self, rule: &Rule) -> bool {
        fails(rule, &|field| self.values(&field.name()))
    }

    /// Whether the rule's condition asks for what tells its events from others.
    fn is_asked_for(&self, rule: &Rule) -> bool {
        let is_other = |name: &str| {
            fails(rule, &|field| {
                if field.name() == name { vec![OTHER.to_owned()] } else { self.values(&field.name()) }
            })
        };
        self.told().next().is_some() && !self.is_out_of_question(rule) && self.told().all(|(name, _)| is_other(name))
    }

    /// How many of the rule's fields its map does not know.
    fn unknown_fields(&self, rule: &Rule, own: Option<&FieldMap>) -> usize {
        let fields = fields_of(&rule.pool, &rule.logic.roots());
        let map = self.rows.iter().find_map(|row| FieldMap::for_sigma(row.product, row.category, row.service));
        let Some(map) = map else { return fields.len() };
        let raw = |field: &FieldPath| match own.map(|own| own.to_raw(&field.name())) {
            Some(Mapping::Exact { field, .. } | Mapping::Value { field, .. }) => field,
            _ => field.name(),
        };
        fields.iter().filter(|(field, _)| matches!(map.to_elastic(&raw(field)), Mapping::Unmapped)).count()
    }

    /// Whether all events of the rule's tests on which it fires are of this log source.
    fn has_tests_of(&self, rule: &Rule) -> bool {
        let fires = rule.tests.iter().filter(|test| test.expect == Expectation::Fires(true));
        let mut events = fires.flat_map(|test| &test.events).peekable();
        let has = |event: &Json, name: &str| {
            let found = event.pointer(&format!("/{}", name.replace('.', "/")));
            found.and_then(Json::as_str).is_some_and(|found| self.values(name).iter().any(|value| value == found))
        };
        events.peek().is_some() && events.all(|event| self.told().all(|(name, _)| has(event, name)))
    }
}

/// Whether the rule's condition fails where fields have the values that are known.
fn fails(rule: &Rule, known: &dyn Fn(&FieldPath) -> Vec<String>) -> bool {
    rule.logic.roots().into_iter().all(|root| decide(&rule.pool, root, known) == Some(false))
}
