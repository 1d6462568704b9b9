//! Maps from Sigma's names to those of a Panther log type that spells them otherwise.
//!
//! Most log types have the vendor's own names, and the map to Elastic says which they are ([`FieldMap::panther`]). Where Panther takes an
//! event apart in its own way, a map of this kind says how: its rows lead from the vendor's fields to the log type's.

use super::embedded::{Embedded, map};
use super::index::Index;
use super::{Evidence, FieldMap, MapRow};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The maps to log types.
pub(in crate::catalog) const LOG_TYPES: &[Embedded] =
    &[map!("panther_gsuite"), map!("panther_windows"), map!("panther_zeek_dns")];

static MAPS: LazyLock<Vec<FieldMap>> =
    LazyLock::new(|| LOG_TYPES.iter().filter_map(|map| Some(map.read()?.indexed())).collect());

/// For each map with fields that have several spellings: how a log type with the vendor's own names spells them.
static SPELLINGS: LazyLock<HashMap<&'static str, FieldMap, RandomState>> = LazyLock::new(|| {
    let spelled = |map: &'static FieldMap| Some((map.name(), map.own_spellings()?));
    FieldMap::with_log_types().filter_map(spelled).collect()
});

impl FieldMap {
    /// Every map to a Panther log type, in the order of [`LOG_TYPES`].
    pub fn log_types() -> &'static [FieldMap] {
        &MAPS
    }

    /// The map to a Panther log type with names of its own.
    pub fn to_log_type(log_type: &str) -> Option<&'static FieldMap> {
        MAPS.iter().find(|map| map.dataset == log_type)
    }

    /// From the spellings that Sigma's rules have for some fields to the vendor's own, which the log types of this map have; all other
    /// fields stay as they are. `None` where there is one spelling only.
    pub fn spellings(&self) -> Option<&'static FieldMap> {
        SPELLINGS.get(self.name())
    }

    fn own_spellings(&'static self) -> Option<Self> {
        let spelled = |alias: &MapRow| {
            let is_own = |row: &&MapRow| !row.alias && row.elastic == alias.elastic && row.transform == alias.transform;
            let own = self.rows().find(is_own)?;
            let raw_of = |field: &String| self.of_target(field).find(|row| !row.alias).map(|row| row.raw.clone());
            let others_in = alias.others_in.as_ref().and_then(raw_of);
            let others_than = alias.transform.clone().filter(|_| others_in.is_some());
            Some(MapRow { elastic: Some(own.raw.clone()), others_in, others_than, ..alias.without_change() })
        };
        let mut rows: Vec<MapRow> = self.rows().filter(|row| row.alias && row.raw != "*").filter_map(spelled).collect();
        let first = rows.first()?.clone();
        // The vendor's own spelling is no alias of what differs from it in letter case only.
        let is_alias = |row: &MapRow| rows.iter().any(|alias| alias.raw.eq_ignore_ascii_case(&row.raw));
        let own: Vec<MapRow> = self
            .rows()
            .filter(|row| !row.alias && !row.derived && is_alias(row))
            .map(|row| MapRow { elastic: Some(row.raw.clone()), ..row.without_change() })
            .collect();
        rows.extend(own);
        let same = MapRow { raw: "*".to_owned(), elastic: Some("*".to_owned()), alias: false, ..first };
        rows.push(MapRow { evidence: Evidence::Source, note: None, ..same });
        let index = Index::new(&rows, |row| self.transform_of_nothing(row).is_some());
        Some(Self {
            rows,
            index,
            extends: None,
            constants: Vec::new(),
            enriched: Vec::new(),
            drops_empty: false,
            ..self.clone()
        })
    }

    /// The log type's field that says which event one is, where the map knows what data which event has.
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// Whether none of the events with these ids has a field; of events that are not known, any can have any.
    pub fn is_never_in(&self, ids: &[&str], raw: &str) -> bool {
        let is_data = self.raw_row(raw).is_none();
        let lacks = |id: &&str| self.events.get(*id).is_some_and(|data| !data.iter().any(|name| name == raw));
        is_data && !ids.is_empty() && ids.iter().all(lacks)
    }
}
