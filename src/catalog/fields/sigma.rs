//! Fields of Sigma log sources, from SigmaHQ's own list; for the cloud sources, which it leaves empty, the field maps.

use super::near::Search;
use super::{Absence, Cardinality, FieldInfo, FieldType};
use crate::catalog::maps::FieldMap;
use crate::catalog::table::Table;
use std::fmt;

/// Rows (product, `category`/`service`/`common`, name, field).
pub(in crate::catalog) const SIGMA: Table =
    Table::new("fields/sigma.tsv", include_str!("../../../schemas/fields/sigma.tsv"));

/// A Sigma log source with what is known of its fields.
#[derive(Debug, Clone)]
pub(super) struct Source {
    product: String,
    category: String,
    service: String,
    map: Option<&'static FieldMap>,
}

impl Source {
    pub(super) fn new(product: &str, category: &str, service: &str) -> Self {
        let map = FieldMap::for_sigma(product, category, service);
        Self { product: product.to_owned(), category: category.to_owned(), service: service.to_owned(), map }
    }

    /// The prefixes of the rows that hold the source's own fields.
    fn prefixes(&self) -> impl Iterator<Item = String> {
        let own = [("category", &self.category), ("service", &self.service)];
        let own = own.into_iter().filter(|(_, name)| !name.is_empty());
        own.map(|(kind, name)| format!("{}\t{kind}\t{name}", self.product))
    }

    /// SigmaHQ's list is current, so a listed source speaks; an unlisted or empty one does not; a map is a hint.
    pub(super) fn absence(&self) -> Absence {
        let listed = self.prefixes().any(|prefix| SIGMA.range(&format!("{prefix}\t")).next().is_some());
        match (listed, self.map.is_some()) {
            (true, _) => Absence::Evidence,
            (false, true) => Absence::Hint,
            (false, false) => Absence::Nothing,
        }
    }

    pub(super) fn lookup(&self, field: &str) -> Option<FieldInfo> {
        let row = self.map.and_then(|map| map.raw_row(field));
        let listed = || {
            let common = SIGMA.find(&format!("{}\tcommon\t\t{field}", self.product));
            common.is_some() || self.prefixes().any(|prefix| SIGMA.find(&format!("{prefix}\t{field}")).is_some())
        };
        let (ty, cardinality) = match row {
            Some(row) => (row.raw_type(), row.cardinality()),
            None if listed() => (FieldType::Unknown, Cardinality::Unknown),
            None => return None,
        };
        Some(FieldInfo { ty, cardinality, table: self.to_string(), dynamic: false })
    }

    pub(super) fn offer_names(&self, search: &mut Search) {
        SIGMA.range(&format!("{}\tcommon\t\t", self.product)).for_each(|row| search.offer(row.col(3)));
        for prefix in self.prefixes() {
            SIGMA.range(&format!("{prefix}\t")).for_each(|row| search.offer(row.col(3)));
        }
        for row in self.map.into_iter().flat_map(FieldMap::rows) {
            search.offer(&row.raw_plain());
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        write!(f, "sigma:{}/{}/{}", part(&self.product), part(&self.category), part(&self.service))
    }
}
