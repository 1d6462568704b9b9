//! Fields of Sigma log sources, from SigmaHQ's own list. For the sources that it leaves empty, the cloud's among them: the field maps,
//! and the names that the integrations' ingest pipelines read, Panther's log types, and the integrations' own names, which some rules
//! use.

use super::near::Search;
use super::{Absence, Cardinality, ElasticData, FieldInfo, FieldType, elastic, panther};
use crate::catalog::logsource::{self, LogSource};
use crate::catalog::maps::FieldMap;
use crate::catalog::table::Table;
use std::fmt;

/// Rows (product, `category`/`service`/`common`, name, field).
pub(in crate::catalog) const SIGMA: Table =
    Table::new("fields/sigma.tsv", include_str!("../../../schemas/fields/sigma.tsv"));

/// Rows (Elastic dataset, the vendor's field).
pub(in crate::catalog) const VENDOR: Table =
    Table::new("fields/vendor.tsv", include_str!("../../../schemas/fields/vendor.tsv"));

/// A Sigma log source with what is known of its fields.
#[derive(Debug, Clone)]
pub(super) struct Source {
    product: String,
    category: String,
    service: String,
    map: Option<&'static FieldMap>,
    /// Where the data of a source go that SigmaHQ's list leaves empty.
    rows: Vec<&'static LogSource>,
}

impl Source {
    pub(super) fn new(product: &str, category: &str, service: &str) -> Self {
        let map = FieldMap::for_sigma(product, category, service);
        let mut found = Self {
            product: product.to_owned(),
            category: category.to_owned(),
            service: service.to_owned(),
            map,
            rows: Vec::new(),
        };
        // What a Windows event holds goes by its id, not by the channel.
        if !found.is_listed() && product != "windows" {
            found.rows = logsource::for_sigma(product, category, service);
        }
        found
    }

    /// Whether SigmaHQ's list has fields of the source.
    fn is_listed(&self) -> bool {
        self.prefixes().any(|prefix| SIGMA.range(&format!("{prefix}\t")).any(|row| !row.col(3).is_empty()))
    }

    fn log_types(&self) -> Vec<String> {
        self.rows.iter().flat_map(|row| row.panther()).map(|&name| name.to_owned()).collect()
    }

    /// The prefixes of the rows that hold the source's own fields.
    fn prefixes(&self) -> impl Iterator<Item = String> {
        let own = [("category", &self.category), ("service", &self.service)];
        let own = own.into_iter().filter(|(_, name)| !name.is_empty());
        own.map(|(kind, name)| format!("{}\t{kind}\t{name}", self.product))
    }

    /// SigmaHQ's list is current, so a listed source speaks, and so does a map of the user's that says everything; any other map, an
    /// ingest pipeline and a log type are hints; without any of them absence says nothing.
    pub(super) fn absence(&self) -> Absence {
        if self.is_listed() || self.map.is_some_and(|map| map.is_declared() && map.is_complete()) {
            return Absence::Evidence;
        }
        let has_fields = |row: &&LogSource| vendor_names(row.dataset).next().is_some();
        let is_hinted = self.map.is_some() || (!self.rows.is_empty() && self.rows.iter().all(has_fields));
        if is_hinted { Absence::Hint } else { Absence::Nothing }
    }

    pub(super) fn lookup(&self, field: &str) -> Option<FieldInfo> {
        let row = self.map.and_then(|map| map.raw_row(field));
        let listed = || {
            let common = SIGMA.find(&format!("{}\tcommon\t\t{field}", self.product));
            common.is_some() || self.prefixes().any(|prefix| SIGMA.find(&format!("{prefix}\t{field}")).is_some())
        };
        let (ty, cardinality) = match row {
            Some(row) => (row.raw_type(), row.raw_cardinality()),
            None if listed() || self.is_vendors(field) => (FieldType::Unknown, Cardinality::Unknown),
            None => return self.hinted(field),
        };
        Some(FieldInfo { ty, cardinality, table: self.to_string(), dynamic: false })
    }

    /// A name that an ingest pipeline reads, or the start of one. Azure's two exports, to storage and to Log Analytics, write the same
    /// names in other letter case and with or without `properties`.
    fn is_vendors(&self, field: &str) -> bool {
        let starts = |known: &str| {
            let head = known.get(..field.len()).is_some_and(|head| head.eq_ignore_ascii_case(field));
            head && matches!(known.as_bytes().get(field.len()), None | Some(b'.'))
        };
        let mut known = self.rows.iter().flat_map(|row| vendor_names(row.dataset));
        known.any(|known| starts(known) || known.strip_prefix("properties.").is_some_and(starts))
    }

    /// What Panther's log types and the integration know of the name.
    fn hinted(&self, field: &str) -> Option<FieldInfo> {
        if self.rows.is_empty() {
            return None;
        }
        panther::lookup(&self.log_types(), field).or_else(|| {
            let datasets: Vec<&str> = self.rows.iter().map(|row| row.dataset).collect();
            let (sources, _) = elastic::select(&ElasticData { datasets: &datasets, ..ElasticData::default() });
            elastic::lookup(&sources, field)
        })
    }

    pub(super) fn offer_names(&self, search: &mut Search) {
        SIGMA.range(&format!("{}\tcommon\t\t", self.product)).for_each(|row| search.offer(row.col(3)));
        for prefix in self.prefixes() {
            SIGMA.range(&format!("{prefix}\t")).for_each(|row| search.offer(row.col(3)));
        }
        for row in self.map.into_iter().flat_map(FieldMap::rows) {
            search.offer(&row.raw_plain());
        }
        for row in &self.rows {
            vendor_names(row.dataset).for_each(|name| search.offer(name));
        }
        panther::offer_names(&self.log_types(), search);
    }
}

fn vendor_names(dataset: &str) -> impl Iterator<Item = &'static str> + use<> {
    let rows: Vec<_> = VENDOR.range(&format!("{dataset}\t")).collect();
    rows.into_iter().map(|row| row.col(1))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        write!(f, "sigma:{}/{}/{}", part(&self.product), part(&self.category), part(&self.service))
    }
}
