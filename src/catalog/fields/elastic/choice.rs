//! Which tables a rule's data choose.

use super::{DATASETS, ElasticData, Kind, OTHERS, SOURCES, Source, Sources, datasets_under, is_of_defend};
use crate::catalog::fields::Absence;
use crate::catalog::glob;
use crate::catalog::maps::FieldMap;

/// The sources for a rule's data, most specific first, and what absence from them means.
pub(in crate::catalog::fields) fn select(data: &ElasticData<'_>) -> (Sources, Absence) {
    let mut choice = Choice { sources: Sources::default(), open: false };
    for dataset in data.within.unwrap_or_default() {
        choice.add_dataset(|name| glob(dataset, name));
    }
    let named = if data.within.is_some() { &[] } else { data.datasets };
    for &dataset in named {
        choice.add_dataset(|name| name == dataset);
    }
    for &index in data.indices.iter().filter(|index| !index.starts_with('-')) {
        // A cluster name before the index (`*:logs-okta*`) says nothing about the fields.
        let index = index.rsplit_once(':').map_or(index, |(_, local)| local);
        choice.add_index(index, data.within.is_some());
    }
    let installed = if data.within.is_some() { &[] } else { data.integrations };
    for &integration in installed {
        choice.add(|source| source.package == integration && source.kind != Kind::Beat);
    }
    choice.complete();
    choice.sources.defend = !data.indices.is_empty() && data.indices.iter().all(|index| is_of_defend(index));
    let is_behind = |source: &Source| data.ages.behind(source.package).is_some();
    let absence = match (choice.open, choice.sources.iter().any(is_behind)) {
        (true, _) => Absence::Nothing,
        (false, true) => Absence::Hint,
        (false, false) => Absence::Evidence,
    };
    (choice.sources, absence)
}

struct Choice {
    sources: Sources,
    open: bool,
}

impl Choice {
    /// Adds the datasets whose name `wanted` accepts, with what the user says of them; none at all leaves the schema open.
    fn add_dataset(&mut self, wanted: impl Fn(&str) -> bool) {
        let known = self.declare(|map| wanted(&map.dataset));
        let any = self.sources.extend(DATASETS.iter().copied().filter(|source| wanted(source.name)));
        self.open |= !any && !known;
    }

    /// Adds the user's maps that `wanted` accepts; whether one of them alone says which fields there are.
    fn declare(&mut self, wanted: impl Fn(&FieldMap) -> bool) -> bool {
        let mut known = false;
        for map in FieldMap::declared().filter(|map| wanted(map)) {
            known |= map.is_complete();
            if !self.sources.declared.iter().any(|other| std::ptr::eq(*other, map)) {
                self.sources.declared.push(map);
            }
        }
        known
    }

    /// Adds the sources that `wanted` accepts; none at all leaves the schema open.
    fn add(&mut self, wanted: impl Fn(&Source) -> bool) {
        let any = self.sources.extend(SOURCES.iter().filter(|source| wanted(source)));
        self.open |= !any;
    }

    /// Adds what an index holds; where the datasets are said, only what Beats and the pattern add.
    fn add_index(&mut self, index: &str, without_datasets: bool) {
        let beat = index.split_once('-').map_or(index, |(head, _)| head);
        let endgame = glob(index, "endgame-x") || index.starts_with("endgame-");
        let others = OTHERS.iter().copied().filter(|source| match source.kind {
            Kind::Beat => source.name == beat,
            Kind::Endgame => endgame,
            Kind::Dataset | Kind::Pattern | Kind::Endpoint => false,
        });
        let datasets = if without_datasets { Vec::new() } else { datasets_under(index) };
        let any = self.sources.extend(datasets.into_iter().chain(others));
        let literal = |pattern: &str| pattern.replace('*', "");
        let reads = |pattern: &str| overlap((index, &literal(index)), (pattern, &literal(pattern)));
        let known = !without_datasets
            && self.declare(|map| {
                reads(&format!("logs-{}-*", map.dataset)) || map.indices.iter().any(|pattern| reads(pattern))
            });
        self.open |= !any && !known && !without_datasets;
        // What a pattern is known to hold beyond the tables does not make an unknown index a known one.
        let patterns = OTHERS.iter().copied().filter(|source| source.kind == Kind::Pattern);
        let literal = index.replace('*', "");
        self.sources.extend(patterns.filter(|source| overlap((index, &literal), (source.name, &source.literal))));
    }

    /// Elastic Defend's process extension goes with its datasets; Beats share the fields of their library.
    fn complete(&mut self) {
        if self.sources.iter().any(|source| source.package == "endpoint") {
            self.sources.extend(OTHERS.iter().copied().filter(|source| source.kind == Kind::Endpoint));
        }
        if self.sources.iter().any(|source| source.kind == Kind::Beat) {
            self.sources.extend(OTHERS.iter().copied().filter(|source| source.name == "libbeat"));
        }
    }
}

/// Whether two index patterns, each with itself read literally, can name the same index; approximate: one covers the other's literal.
fn overlap((a, a_literal): (&str, &str), (b, b_literal): (&str, &str)) -> bool {
    let head = |pattern: &'_ str| pattern.find('*').unwrap_or(pattern.len());
    let shared = head(a).min(head(b));
    // Most patterns differ before their first star, and a rule has many to compare.
    a.as_bytes()[..shared] == b.as_bytes()[..shared] && (glob(a, b_literal) || glob(b, a_literal))
}
