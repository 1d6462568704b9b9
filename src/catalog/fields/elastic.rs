//! Fields of Elasticsearch indices: ECS, integrations, Elastic Defend, Beats, Endgame, and additions by index pattern.

mod choice;

pub(super) use choice::select;

use super::ages::Ages;
use super::near::Search;
use super::{Cardinality, FieldInfo, FieldType};
use crate::catalog::glob;
use crate::catalog::maps::FieldMap;
use crate::catalog::table::{Row, Table};
use std::sync::LazyLock;

/// ECS with its multi-fields.
pub(in crate::catalog) const ECS: Table = Table::new("fields/ecs.tsv", include_str!("../../../schemas/fields/ecs.tsv"));
/// Everything beyond ECS, by field.
pub(in crate::catalog) const ELASTIC: Table =
    Table::new("fields/elastic.tsv", include_str!("../../../schemas/fields/elastic.tsv"));
/// What Elastic Defend's events about other things say of the process.
pub(in crate::catalog) const DEFEND: Table =
    Table::new("fields/defend.tsv", include_str!("../../../schemas/fields/defend.tsv"));
/// The sources that the rows of [`ELASTIC`] name by number.
pub(in crate::catalog) const ELASTIC_SOURCES: Table =
    Table::new("fields/elastic_sources.tsv", include_str!("../../../schemas/fields/elastic_sources.tsv"));

/// A source of fields, as a row of [`ELASTIC_SOURCES`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    number: usize,
    kind: Kind,
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    version: &'static str,
    /// Of December 2022.
    pub(super) old: bool,
    /// Data streams of a dataset, which an index pattern has to cover (`logs-DATASET-NAMESPACE`).
    streams: [String; 2],
    /// The name of a pattern read literally: without its stars.
    literal: String,
}

/// What a source describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dataset,
    Beat,
    Endgame,
    /// What an index pattern holds beyond the tables.
    Pattern,
    /// Elastic Defend's extension of the process fields.
    Endpoint,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "dataset" => Some(Self::Dataset),
            "beat" => Some(Self::Beat),
            "endgame" => Some(Self::Endgame),
            "pattern" => Some(Self::Pattern),
            "endpoint" => Some(Self::Endpoint),
            _ => None,
        }
    }
}

/// All sources. Read once: a run over thousands of rules chooses among them for each.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let read = |row: Row| {
        let name = row.col(2);
        Some(Source {
            number: row.col(0).parse().ok()?,
            kind: Kind::parse(row.col(1))?,
            name,
            package: row.col(3),
            version: row.col(4),
            old: row.col(5) == "old",
            streams: [format!("logs-{name}-default"), format!("metrics-{name}-default")],
            literal: name.replace('*', ""),
        })
    };
    ELASTIC_SOURCES.rows().filter_map(read).collect()
});

/// Every package with the version of its table, and whether that is marked as old. The files that make the tables give each package one
/// version.
pub(super) fn packages() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    let named = SOURCES.iter().filter(|source| !source.package.is_empty() && !source.version.is_empty());
    named.map(|source| (source.package, source.version, source.old))
}

/// The datasets in the order of their names.
static DATASETS: LazyLock<Vec<&'static Source>> = LazyLock::new(|| {
    let mut found: Vec<_> = SOURCES.iter().filter(|source| source.kind == Kind::Dataset).collect();
    found.sort_unstable_by_key(|source| source.name);
    found
});

/// All but the datasets, in the table's order: few, so that each index looks at these and at the datasets near its name.
static OTHERS: LazyLock<Vec<&'static Source>> =
    LazyLock::new(|| SOURCES.iter().filter(|source| source.kind != Kind::Dataset).collect());

/// The datasets that an index pattern covers, in the table's order. What stands before the first `*` leads to the few that are
/// compared.
fn datasets_under(index: &str) -> Vec<&'static Source> {
    let rest = index.strip_prefix("logs-").or_else(|| index.strip_prefix("metrics-")).unwrap_or_default();
    let head = rest.split(['*', '-']).next().unwrap_or_default();
    let start = DATASETS.partition_point(|source| source.name < head);
    let near = DATASETS[start..].iter().take_while(|source| source.name.starts_with(head));
    let mut found: Vec<_> =
        near.copied().filter(|source| source.streams.iter().any(|stream| glob(index, stream))).collect();
    found.sort_unstable_by_key(|source| source.number);
    found
}

/// The sources of a rule's data, most specific first.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// The user's maps of the data, before every table.
    declared: Vec<&'static FieldMap>,
    chosen: Vec<&'static Source>,
    /// The place in `chosen` by the source's number.
    rank: Vec<Option<usize>>,
    /// Whether all data are Elastic Defend's events.
    defend: bool,
}

impl Sources {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static Source> + '_ {
        self.chosen.iter().copied()
    }

    /// The names of the user's maps and of the tables, in order of precedence.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.declared.iter().map(|map| map.name()).chain(self.iter().map(|source| source.name))
    }

    /// The one dataset that holds the events of an EQL category, where the data leave no other.
    pub(super) fn of_category(&self, category: &str) -> Option<&'static str> {
        defend_dataset(category).filter(|_| self.defend)
    }

    /// Adds those that are not there yet; whether there were any at all.
    fn extend(&mut self, found: impl IntoIterator<Item = &'static Source>) -> bool {
        let mut any = false;
        for source in found {
            any = true;
            if self.rank.len() <= source.number {
                self.rank.resize(source.number + 1, None);
            }
            if self.rank[source.number].is_none() {
                self.rank[source.number] = Some(self.chosen.len());
                self.chosen.push(source);
            }
        }
        any
    }

    /// The place of the most specific source that has the row's field.
    fn first(&self, row: Row) -> Option<usize> {
        row.list(2).filter_map(|id| self.rank.get(id.parse::<usize>().ok()?).copied().flatten()).min()
    }
}

/// What decides in which tables a rule's fields are looked up.
#[derive(Debug, Clone, Copy)]
pub struct ElasticData<'a> {
    pub indices: &'a [&'a str],
    pub integrations: &'a [&'a str],
    /// Datasets that the query names.
    pub datasets: &'a [&'a str],
    /// Patterns of datasets, one of which every event has: no other dataset of the packages counts.
    pub within: Option<&'a [String]>,
    pub ages: &'a Ages,
}

impl Default for ElasticData<'_> {
    fn default() -> Self {
        Self { indices: &[], integrations: &[], datasets: &[], within: None, ages: Ages::newest() }
    }
}

/// Whether events of a dataset of Elastic Defend never have this field of the process, although ECS has it.
pub fn defend_lacks(dataset: &str, field: &str) -> bool {
    let known = |row: Row| row.list(1).any(|known| known == field);
    field.starts_with("process.") && DEFEND.find(dataset).is_some_and(|row| !known(row))
}

/// Whether an index pattern reads nothing but what Elastic Defend says of processes, files and the like.
fn is_of_defend(index: &str) -> bool {
    index.rsplit(':').next().is_some_and(|name| name.starts_with("logs-endpoint.events."))
}

/// The dataset of Elastic Defend that holds the events of an EQL category. What else it says of processes is in several.
fn defend_dataset(category: &str) -> Option<&'static str> {
    Some(match category {
        "file" => "endpoint.events.file",
        "network" | "dns" => "endpoint.events.network",
        "registry" => "endpoint.events.registry",
        "library" => "endpoint.events.library",
        _ => return None,
    })
}

/// A field by name, then as a subfield of a dynamic object; what the user says of it first.
pub(super) fn lookup(sources: &Sources, field: &str) -> Option<FieldInfo> {
    let said = sources.declared.iter().find_map(|map| Some((map, map.elastic_field(field)?)));
    let Some((map, said)) = said else { return in_tables(sources, field) };
    let known = in_tables(sources, field);
    Some(FieldInfo {
        ty: said.ty.or_else(|| known.map(|known| known.ty)).unwrap_or(FieldType::Keyword),
        cardinality: said.cardinality,
        table: map.name().to_owned(),
        dynamic: said.dynamic,
    })
}

fn in_tables(sources: &Sources, field: &str) -> Option<FieldInfo> {
    let Some(found) = exact(sources, field) else {
        return under_object(sources, field).or_else(|| by_wildcard(sources, field)).or_else(|| alert_list(field));
    };
    // Lists by index pattern name leaves that rules use; what a flattened parent says of their type is stronger.
    let by_pattern = sources.iter().any(|source| source.kind == Kind::Pattern && source.name == found.table);
    let flattened = || under_object(sources, field).filter(|parent| parent.ty == FieldType::Flattened);
    Some(by_pattern.then(flattened).flatten().unwrap_or(found))
}

fn exact(sources: &Sources, field: &str) -> Option<FieldInfo> {
    let ecs = ECS.find(field);
    let own = own(sources, field).filter(|(ty, _)| ecs.is_none() || *ty != FieldType::Alias);
    let cardinality = match ecs.map(|row| row.col(2)) {
        Some("many") => Cardinality::Many,
        Some(_) => Cardinality::Single,
        None if is_alert_list(field) => Cardinality::Many,
        None => own.and_then(|(_, source)| mapped_cardinality(source, field)).unwrap_or(Cardinality::Unknown),
    };
    let (ty, table) = match (own, ecs) {
        (Some((ty, source)), _) => (ty, source.name),
        (None, Some(row)) => (FieldType::parse(row.col(1)), "ecs"),
        (None, None) => return None,
    };
    Some(FieldInfo { ty, cardinality, table: table.to_owned(), dynamic: false })
}

/// Fields of Kibana's alerts that are lists: those that its field map of alerts marks so, and what stands in lists of objects there.
fn is_alert_list(field: &str) -> bool {
    let Some(rest) = field.strip_prefix("kibana.alert.") else { return false };
    let lists = ["rule.tags", "rule.references", "workflow_tags", "workflow_assignee_ids", "maintenance_window_ids"];
    lists.contains(&rest) || rest.starts_with("rule.threat.")
}

/// Such a field where the index patterns of a rule have no table with it.
fn alert_list(field: &str) -> Option<FieldInfo> {
    let info = || FieldInfo {
        ty: FieldType::Keyword,
        cardinality: Cardinality::Many,
        table: "Kibana's alerts".to_owned(),
        dynamic: false,
    };
    is_alert_list(field).then(info)
}

/// The vendor's own schema says how many values the field of a mapped dataset has.
fn mapped_cardinality(source: &Source, field: &str) -> Option<Cardinality> {
    FieldMap::for_dataset(source.name)?.elastic_cardinality(field)
}

/// The type in the first of the sources that has the field.
fn own(sources: &Sources, field: &str) -> Option<(FieldType, &'static Source)> {
    if sources.chosen.is_empty() {
        return None;
    }
    let key = format!("{field}\t");
    let rows = ELASTIC.range(&key).filter_map(|row| Some((sources.first(row)?, row)));
    let (place, row) = rows.min_by_key(|(place, _)| *place)?;
    Some((FieldType::parse(row.col(1)), sources.chosen[place]))
}

/// `object` and `flattened` fields may have any subfield.
fn under_object(sources: &Sources, field: &str) -> Option<FieldInfo> {
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
fn by_wildcard(sources: &Sources, field: &str) -> Option<FieldInfo> {
    let dots: Vec<usize> = field.match_indices('.').map(|(at, _)| at).collect();
    dots.iter().rev().find_map(|&dot| {
        let prefix = format!("{}.*", &field[..dot]);
        ELASTIC.range(&prefix).find_map(|row| {
            let source = sources.chosen[sources.first(row)?];
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

/// Offers every name of ECS and of the sources.
pub(super) fn offer_names(sources: &Sources, search: &mut Search) {
    for row in sources.declared.iter().flat_map(|map| map.rows()) {
        row.targets().for_each(|field| search.offer(&field));
    }
    ECS.rows().for_each(|row| search.offer(row.col(0)));
    if !sources.chosen.is_empty() {
        let near = ELASTIC.rows().filter(|row| search.is_in_reach(row.col(0)) && sources.first(*row).is_some());
        near.collect::<Vec<_>>().into_iter().for_each(|row| search.offer(row.col(0)));
    }
}
