//! The log source of an Elastic rule: its indices lead to several, and its condition says which one it reads.

use super::source_world::{SourceWorld, log_type_of};
use crate::catalog::logsource::LogSource;
use crate::catalog::maps::{FieldMap, Mapping};
use crate::ir::{FieldPath, Rule, fields_of};
use crate::pass::decide;

/// A value that no document has: with it in a field's place, a condition fails if and only if it asks for another value there.
pub(super) const OTHER: &str = "\u{0}";

/// What a rule can say instead of a kind of event: any of them says it.
const KINDS: [&str; 4] = ["event.type", "event.action", "event.code", "event.category"];

/// A Sigma log source that the rule's indices reach.
struct Candidate {
    rows: Vec<&'static LogSource>,
    map: Option<&'static FieldMap>,
    /// What every document of it has ([`implied`]).
    implied: Vec<(&'static str, &'static str)>,
}

impl Candidate {
    /// The values that the log source's documents have in a field; none when that is not known.
    fn values(&self, field: &FieldPath) -> Vec<String> {
        let name = field.name();
        let of_field = self.implied.iter().filter(|(field, _)| *field == name);
        let implied: Vec<String> = of_field.map(|(_, value)| (*value).to_owned()).collect();
        if !implied.is_empty() {
            return implied;
        }
        self.map.map(|map| map.constants(&name).into_iter().map(str::to_owned).collect()).unwrap_or_default()
    }

    /// Whether no event of the log source can satisfy one of the rule's conditions.
    fn is_out_of_question(&self, rule: &Rule) -> bool {
        let known = |field: &FieldPath| self.values(field);
        rule.logic.roots().into_iter().any(|root| decide(&rule.pool, root, &known) == Some(false))
    }

    /// Whether the rule's conditions ask for the values that the log source has in these fields.
    fn is_asked_for(&self, rule: &Rule, fields: &[&str]) -> bool {
        let other = |field: &FieldPath| {
            if fields.contains(&field.name().as_str()) { vec![OTHER.to_owned()] } else { self.values(field) }
        };
        rule.logic.roots().into_iter().all(|root| decide(&rule.pool, root, &other) == Some(false))
    }

    /// The implied fields that the rule asks for, and those that it does not: of these it reads events that the log source has not.
    fn asked(&self, rule: &Rule) -> (usize, Vec<&'static str>) {
        let mut fields: Vec<&'static str> = self.implied.iter().map(|(field, _)| *field).collect();
        fields.dedup();
        // The index says it.
        fields.retain(|field| !matches!(*field, "data_stream.dataset" | "winlog.channel"));
        let (kinds, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| KINDS.contains(field));
        let (asked, mut missing): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|field| self.is_asked_for(rule, &[*field]));
        let said = kinds.iter().filter(|field| self.is_asked_for(rule, &[**field])).count();
        if said < kinds.len() && !self.is_asked_for(rule, &KINDS) {
            missing.extend(kinds);
        }
        (asked.len() + said, missing)
    }
}

/// How many of the rule's fields the map does not know, or knows to be none of the vendor's: tests of them would be left out.
fn unknown_fields(rule: &Rule, candidate: &Candidate) -> usize {
    let Some(map) = candidate.map else { return usize::MAX };
    let fields = fields_of(&rule.pool, &rule.logic.roots());
    let unknown = |field: &FieldPath| {
        matches!(map.to_raw(&field.name()), Mapping::Unmapped | Mapping::Enriched) && candidate.values(field).is_empty()
    };
    fields.iter().filter(|(field, _)| unknown(field)).count()
}

/// What every document of the log source has, by all its ways into Elastic; `*` is no value.
pub(super) fn implied(rows: &[&'static LogSource]) -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for condition in rows.iter().flat_map(|row| row.implied()).filter(|(_, value)| *value != "*") {
        if !found.contains(&condition) {
            found.push(condition);
        }
    }
    found.sort_by_key(|(field, _)| *field);
    found
}

/// A Beat's index, which holds many datasets.
const BEATS: [&str; 3] = ["auditbeat-*", "filebeat-*", "packetbeat-*"];

/// Where documents say which dataset they are of.
const DATASETS: [&str; 3] = ["data_stream.dataset", "event.dataset", "event.module"];

/// Whether the rule speaks of the log source's dataset at all: one of its indices is for it, or the condition asks for it.
fn names_dataset(rule: &Rule, candidate: &Candidate) -> bool {
    let has_one = candidate.implied.iter().any(|(field, _)| *field == "data_stream.dataset");
    let own: Vec<&str> =
        rule.data_source.indices.iter().map(|index| &*index.value).filter(|i| !BEATS.contains(i)).collect();
    let is_reached = |row: &LogSource| own.iter().any(|index| row.is_read_by(index));
    let says_index = rule.data_source.indices.is_empty() || candidate.rows.iter().any(|row| is_reached(row));
    !has_one || says_index || candidate.is_asked_for(rule, &DATASETS)
}

/// The log source that the rule's condition agrees with, the one that it asks for most closely first.
pub(super) fn choose(rule: &Rule, rows: &[&'static LogSource]) -> SourceWorld {
    let mut candidates: Vec<Candidate> = Vec::new();
    for row in rows {
        let same = |known: &LogSource| {
            (known.product, known.category, known.service) == (row.product, row.category, row.service)
        };
        match candidates.iter_mut().find(|candidate| candidate.rows.iter().any(|known| same(known))) {
            Some(candidate) => candidate.rows.push(row),
            None => candidates.push(Candidate {
                rows: vec![row],
                map: FieldMap::for_sigma(row.product, row.category, row.service)
                    .or_else(|| FieldMap::for_dataset(row.dataset)),
                implied: Vec::new(),
            }),
        }
    }
    for candidate in &mut candidates {
        candidate.implied = implied(&candidate.rows);
    }
    let possible = |candidate: &Candidate| !candidate.is_out_of_question(rule) && names_dataset(rule, candidate);
    let ranked = candidates.into_iter().enumerate().filter(|(_, candidate)| possible(candidate));
    let best = ranked
        .map(|(at, candidate)| {
            let (asked, missing) = candidate.asked(rule);
            (missing, unknown_fields(rule, &candidate), usize::MAX - asked, at, candidate)
        })
        .min_by_key(|(missing, unknown, asked, at, _)| (missing.len(), *unknown, *asked, *at));
    match best {
        Some((unasked, _, _, _, candidate)) => {
            let log_type = log_type_of(&candidate.rows);
            SourceWorld { map: candidate.map, rows: candidate.rows, unasked, log_type, because: None }
        }
        None => SourceWorld { map: None, rows: Vec::new(), unasked: Vec::new(), log_type: None, because: None },
    }
}
