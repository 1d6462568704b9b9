//! What the embedded tables are and how old they are.

use super::maps::{self, FieldMap};
use super::table::Table;
use super::{attack, build, fields, logsource, values};

/// Every embedded table of rows.
const TABLES: [Table; 19] = [
    attack::V18_1,
    attack::V19_1,
    fields::DEFEND,
    fields::ECS,
    fields::ELASTIC,
    fields::ELASTIC_SOURCES,
    fields::PANTHER,
    fields::PANTHER_UDM,
    fields::SIGMA,
    fields::VENDOR,
    logsource::LOG_SOURCES,
    logsource::PANTHER_LOG_TYPES,
    logsource::SIGMA_SOURCES,
    values::BEYOND_ECS,
    values::ECS_VALUES,
    values::ELASTIC_TAGS,
    values::ENUMS,
    values::OKTA_EVENT_TYPES,
    super::versions::INTEGRATIONS,
];

/// What `detc data status` says about a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStatus {
    /// The path under `schemas/`.
    pub path: String,
    /// The data's own version.
    pub version: String,
    /// The day of the data.
    pub date: String,
    /// The number of rows.
    pub rows: usize,
    /// The size in bytes.
    pub bytes: usize,
    /// Where the data come from.
    pub source: String,
    /// Made by `detc data build` from its sources; otherwise kept by hand.
    pub generated: bool,
    /// What is known to be out of date in it.
    pub note: &'static str,
}

/// Known gaps, by path.
const NOTES: [(&str, &str); 5] = [
    ("attack/v19.1.tsv", "19.2 exists (about September 2026) and is not included"),
    ("fields/elastic.tsv", "one version per package; packages marked old in elastic_sources.tsv are of December 2022"),
    ("fields/panther.tsv", "declared types are of July 2022; types seen in tests are of 2026"),
    ("fields/vendor.tsv", "what the ingest pipelines of December 2022 read; names that they do not touch are missing"),
    ("values/okta_event_types.txt", "Okta adds event types with every release"),
];

/// Every embedded table and map, by path.
pub fn status() -> Vec<TableStatus> {
    let mut out: Vec<TableStatus> = TABLES.iter().map(table_status).chain(map_statuses()).collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn table_status(table: &Table) -> TableStatus {
    let header = table.header();
    TableStatus {
        path: table.path().to_owned(),
        version: header.map_or("", |header| header.version).to_owned(),
        date: header.map_or("", |header| header.date).to_owned(),
        rows: header.map_or(0, |header| header.rows),
        bytes: table.text().len(),
        source: header.map_or("", |header| header.source).to_owned(),
        generated: build::generated().any(|path| path == table.path()),
        note: note(table.path()),
    }
}

fn map_statuses() -> impl Iterator<Item = TableStatus> {
    let to_elastic = maps::EMBEDDED.iter().zip(FieldMap::embedded());
    let to_panther = maps::LOG_TYPES.iter().zip(FieldMap::log_types());
    to_elastic.chain(to_panther).map(|(embedded, map)| TableStatus {
        path: embedded.path.to_owned(),
        version: "1".to_owned(),
        date: map.date.clone(),
        rows: map.rows().count(),
        bytes: embedded.text.len(),
        source: map.source.clone(),
        generated: false,
        note: note(embedded.path),
    })
}

fn note(path: &str) -> &'static str {
    NOTES.iter().find(|(name, _)| *name == path).map_or("", |(_, note)| note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_table_has_a_true_header_and_sorted_unique_rows() {
        for table in TABLES {
            let header = table.header().unwrap_or_else(|| panic!("{} has no header", table.path()));
            let rows: Vec<&str> = table.rows().map(super::super::table::Row::line).collect();
            assert_eq!(header.rows, rows.len(), "{}", table.path());
            assert!(!header.source.is_empty() && !header.date.is_empty(), "{}", table.path());
            for pair in rows.windows(2) {
                assert!(pair[0] < pair[1], "{}: {:?}", table.path(), pair);
            }
            assert!(rows.iter().all(|row| !row.trim().is_empty() && !row.contains('\r')), "{}", table.path());
        }
    }

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let known: Vec<String> = status().into_iter().map(|table| table.path).collect();
        for folder in ["attack", "fields", "maps", "values", "versions"] {
            for entry in std::fs::read_dir(schemas.join(folder)).unwrap() {
                let name = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
                assert!(known.contains(&name), "{name} is not embedded");
            }
        }
        assert!(build::generated().all(|path| known.iter().any(|name| name == path)));
    }

    #[test]
    fn the_embedded_data_stay_small() {
        let bytes: usize = status().iter().map(|table| table.bytes).sum();
        assert!(bytes < 2_500_000, "{bytes}");
    }
}
