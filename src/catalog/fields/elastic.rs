//! Fields of Elasticsearch indices: ECS, integrations, Elastic Defend, Beats, Endgame, and additions by index pattern.

use super::{Absence, Cardinality, FieldInfo, FieldType};
use crate::catalog::glob;
use crate::catalog::maps::FieldMap;
use crate::catalog::table::{Row, Table};
use std::sync::LazyLock;

/// ECS with its multi-fields.
pub(in crate::catalog) const ECS: Table = Table::new("fields/ecs.tsv", include_str!("../../../schemas/fields/ecs.tsv"));
/// Everything beyond ECS, by field.
pub(in crate::catalog) const ELASTIC: Table =
    Table::new("fields/elastic.tsv", include_str!("../../../schemas/fields/elastic.tsv"));
/// The sources that the rows of [`ELASTIC`] name by number.
pub(in crate::catalog) const ELASTIC_SOURCES: Table =
    Table::new("fields/elastic_sources.tsv", include_str!("../../../schemas/fields/elastic_sources.tsv"));

/// A source of fields, as a row of [`ELASTIC_SOURCES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    number: usize,
    kind: &'static str,
    pub(super) name: &'static str,
    package: &'static str,
    old: bool,
}

/// Read once: a corpus asks for them thousands of times.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    ELASTIC_SOURCES
        .rows()
        .filter_map(|row| {
            Some(Source {
                number: row.col(0).parse().ok()?,
                kind: row.col(1),
                name: row.col(2),
                package: row.col(3),
                old: row.col(5) == "old",
            })
        })
        .collect()
});

fn sources() -> impl Iterator<Item = Source> {
    SOURCES.iter().copied()
}

/// The sources for a rule's data, most specific first, and what absence from them means.
pub(super) fn select(indices: &[&str], integrations: &[&str], datasets: &[&str]) -> (Vec<Source>, Absence) {
    let mut choice = Choice { sources: Vec::new(), open: false };
    for &dataset in datasets {
        choice.add(|source| source.kind == "dataset" && source.name == dataset);
    }
    for &index in indices.iter().filter(|index| !index.starts_with('-')) {
        // A cluster name before the index (`*:logs-okta*`) says nothing about the fields.
        choice.add_index(index.rsplit_once(':').map_or(index, |(_, local)| local));
    }
    for &integration in integrations {
        choice.add(|source| source.package == integration && source.kind != "beat");
    }
    choice.complete();
    let absence = match (choice.open, choice.sources.iter().any(|source| source.old)) {
        (true, _) => Absence::Nothing,
        (false, true) => Absence::Hint,
        (false, false) => Absence::Evidence,
    };
    (choice.sources, absence)
}

struct Choice {
    sources: Vec<Source>,
    open: bool,
}

impl Choice {
    /// Adds the sources that `wanted` accepts; none at all leaves the schema open.
    fn add(&mut self, wanted: impl Fn(&Source) -> bool) {
        let mut any = false;
        for source in sources().filter(|source| wanted(source)) {
            any = true;
            if !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
        self.open |= !any;
    }

    fn add_index(&mut self, index: &str) {
        let beat = index.split_once('-').map_or(index, |(head, _)| head);
        let endgame = glob(index, "endgame-x") || index.starts_with("endgame-");
        self.add(|source| match source.kind {
            "dataset" => in_data_stream(index, source.name),
            "beat" => source.name == beat,
            "endgame" => endgame,
            _ => false,
        });
        // What a pattern is known to hold beyond the tables does not make an unknown index a known one.
        let open = self.open;
        self.add(|source| source.kind == "pattern" && overlap(index, source.name));
        self.open = open;
    }

    /// Elastic Defend's process extension goes with its datasets; Beats share the fields of their library.
    fn complete(&mut self) {
        let open = self.open;
        if self.sources.iter().any(|source| source.package == "endpoint") {
            self.add(|source| source.kind == "endpoint");
        }
        if self.sources.iter().any(|source| source.kind == "beat") {
            self.add(|source| source.name == "libbeat");
        }
        self.open = open;
    }
}

/// Whether an index pattern covers a dataset's data streams (`logs-DATASET-NAMESPACE`).
fn in_data_stream(pattern: &str, dataset: &str) -> bool {
    ["logs", "metrics"].iter().any(|kind| glob(pattern, &format!("{kind}-{dataset}-default")))
}

/// Whether two index patterns can name the same index; approximate: one covers the other read literally.
fn overlap(a: &str, b: &str) -> bool {
    glob(a, &b.replace('*', "")) || glob(b, &a.replace('*', ""))
}

/// A field by name, then as a subfield of a dynamic object.
pub(super) fn lookup(sources: &[Source], field: &str) -> Option<FieldInfo> {
    let Some(found) = exact(sources, field) else {
        return under_object(sources, field).or_else(|| by_wildcard(sources, field));
    };
    // Lists by index pattern name leaves that rules use; what a flattened parent says of their type is stronger.
    let by_pattern = sources.iter().any(|source| source.kind == "pattern" && source.name == found.table);
    let flattened = || under_object(sources, field).filter(|parent| parent.ty == FieldType::Flattened);
    Some(by_pattern.then(flattened).flatten().unwrap_or(found))
}

fn exact(sources: &[Source], field: &str) -> Option<FieldInfo> {
    let ecs = ECS.find(field);
    let own = own(sources, field).filter(|(ty, _)| ecs.is_none() || *ty != FieldType::Alias);
    let cardinality = match ecs.map(|row| row.col(2)) {
        Some("many") => Cardinality::Many,
        Some(_) => Cardinality::Single,
        None => own.and_then(|(_, source)| mapped_cardinality(source, field)).unwrap_or(Cardinality::Unknown),
    };
    let (ty, table) = match (own, ecs) {
        (Some((ty, source)), _) => (ty, source.name),
        (None, Some(row)) => (FieldType::parse(row.col(1)), "ecs"),
        (None, None) => return None,
    };
    Some(FieldInfo { ty, cardinality, table: table.to_owned(), dynamic: false })
}

/// The vendor's own schema says how many values the field of a mapped dataset has.
fn mapped_cardinality(source: Source, field: &str) -> Option<Cardinality> {
    FieldMap::for_dataset(source.name)?.elastic_cardinality(field)
}

/// The type in the first of the sources that has the field.
fn own(sources: &[Source], field: &str) -> Option<(FieldType, Source)> {
    if sources.is_empty() {
        return None;
    }
    let rows: Vec<Row> = ELASTIC.range(&format!("{field}\t")).collect();
    sources.iter().find_map(|source| {
        let row = rows.iter().find(|row| has_source(**row, source.number))?;
        Some((FieldType::parse(row.col(1)), *source))
    })
}

fn has_source(row: Row, number: usize) -> bool {
    row.list(2).any(|id| id.parse() == Ok(number))
}

/// `object` and `flattened` fields may have any subfield.
fn under_object(sources: &[Source], field: &str) -> Option<FieldInfo> {
    let mut parent = field;
    while let Some((head, _)) = parent.rsplit_once('.') {
        parent = head;
        let ty = match exact(sources, parent) {
            Some(found) if found.ty == FieldType::Flattened => (FieldType::Flattened, found.table),
            Some(found) if found.ty == FieldType::Object => (FieldType::Unknown, found.table),
            _ => continue,
        };
        return Some(FieldInfo { ty: ty.0, cardinality: Cardinality::Unknown, table: ty.1, dynamic: true });
    }
    None
}

/// Names with `*` in the tables stand for any segments there (`o365.audit.Parameters.*`).
fn by_wildcard(sources: &[Source], field: &str) -> Option<FieldInfo> {
    let dots: Vec<usize> = field.match_indices('.').map(|(at, _)| at).collect();
    dots.iter().rev().find_map(|&dot| {
        let prefix = format!("{}.*", &field[..dot]);
        ELASTIC.range(&prefix).find_map(|row| {
            let source = sources.iter().find(|source| has_source(row, source.number))?;
            let ty = FieldType::parse(row.col(1));
            let ty = if ty == FieldType::Object { FieldType::Unknown } else { ty };
            let name = row.col(0);
            let covered = glob(name, field);
            let info =
                || FieldInfo { ty, cardinality: Cardinality::Unknown, table: source.name.to_owned(), dynamic: true };
            covered.then(info)
        })
    })
}

/// Every name of ECS and of the sources.
pub(super) fn each_name(sources: &[Source], visit: &mut dyn FnMut(&str)) {
    ECS.rows().for_each(|row| visit(row.col(0)));
    if sources.is_empty() {
        return;
    }
    let mut wanted = Vec::new();
    for source in sources {
        wanted.resize(wanted.len().max(source.number + 1), false);
        wanted[source.number] = true;
    }
    let is_wanted = |id: &str| id.parse().is_ok_and(|number: usize| wanted.get(number) == Some(&true));
    for row in ELASTIC.rows().filter(|row| row.list(2).any(is_wanted)) {
        visit(row.col(0));
    }
}
