//! Field maps: where a vendor's raw field goes in Elastic, and what becomes of its values.
//!
//! The raw name is also the name in Panther and, for the cloud sources, in Sigma. A map is a TOML file under
//! `schemas/maps/`, one row per fact; each row states the evidence it rests on.

mod row;
mod transform;

pub use row::{Constant, Evidence, MapRow, SigmaSource};
pub use transform::{Transform, ValueTable};

use super::fields::Cardinality;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// The embedded maps: path under `schemas/` and text.
pub(super) const EMBEDDED: &[(&str, &str)] = &[
    ("maps/okta.toml", include_str!("../../../schemas/maps/okta.toml")),
    ("maps/aws_cloudtrail.toml", include_str!("../../../schemas/maps/aws_cloudtrail.toml")),
    ("maps/github_audit.toml", include_str!("../../../schemas/maps/github_audit.toml")),
    ("maps/azure_activitylogs.toml", include_str!("../../../schemas/maps/azure_activitylogs.toml")),
    ("maps/azure_auditlogs.toml", include_str!("../../../schemas/maps/azure_auditlogs.toml")),
    ("maps/azure_identity_protection.toml", include_str!("../../../schemas/maps/azure_identity_protection.toml")),
    ("maps/azure_signinlogs.toml", include_str!("../../../schemas/maps/azure_signinlogs.toml")),
    ("maps/gcp_audit.toml", include_str!("../../../schemas/maps/gcp_audit.toml")),
    ("maps/google_workspace_admin.toml", include_str!("../../../schemas/maps/google_workspace_admin.toml")),
    ("maps/google_workspace_login.toml", include_str!("../../../schemas/maps/google_workspace_login.toml")),
    ("maps/kubernetes_audit.toml", include_str!("../../../schemas/maps/kubernetes_audit.toml")),
    ("maps/linux_auditd.toml", include_str!("../../../schemas/maps/linux_auditd.toml")),
    ("maps/linux_file.toml", include_str!("../../../schemas/maps/linux_file.toml")),
    ("maps/linux_network.toml", include_str!("../../../schemas/maps/linux_network.toml")),
    ("maps/linux_process_creation.toml", include_str!("../../../schemas/maps/linux_process_creation.toml")),
    ("maps/macos_file.toml", include_str!("../../../schemas/maps/macos_file.toml")),
    ("maps/macos_network.toml", include_str!("../../../schemas/maps/macos_network.toml")),
    ("maps/macos_process_creation.toml", include_str!("../../../schemas/maps/macos_process_creation.toml")),
    ("maps/o365_audit.toml", include_str!("../../../schemas/maps/o365_audit.toml")),
    ("maps/windows.toml", include_str!("../../../schemas/maps/windows.toml")),
    ("maps/windows_sysmon.toml", include_str!("../../../schemas/maps/windows_sysmon.toml")),
    ("maps/windows_process_creation.toml", include_str!("../../../schemas/maps/windows_process_creation.toml")),
    ("maps/windows_registry.toml", include_str!("../../../schemas/maps/windows_registry.toml")),
    ("maps/windows_file.toml", include_str!("../../../schemas/maps/windows_file.toml")),
    ("maps/windows_image_load.toml", include_str!("../../../schemas/maps/windows_image_load.toml")),
    ("maps/windows_network.toml", include_str!("../../../schemas/maps/windows_network.toml")),
    ("maps/windows_pipe.toml", include_str!("../../../schemas/maps/windows_pipe.toml")),
    ("maps/windows_process_access.toml", include_str!("../../../schemas/maps/windows_process_access.toml")),
    ("maps/windows_security.toml", include_str!("../../../schemas/maps/windows_security.toml")),
    ("maps/windows_powershell.toml", include_str!("../../../schemas/maps/windows_powershell.toml")),
    ("maps/windows_powershell_classic.toml", include_str!("../../../schemas/maps/windows_powershell_classic.toml")),
];

/// The map of one dataset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldMap {
    /// The Elastic dataset (`data_stream.dataset`); the first one of a log source that reaches Elastic on several ways.
    pub dataset: String,
    /// What to call the map; the dataset when not given. Maps of one dataset need names of their own.
    pub name: Option<String>,
    /// The name of a map whose rows for other raw fields, constants and enriched fields count here too.
    pub extends: Option<String>,
    /// The Elastic integration package.
    pub package: String,
    /// The day of the facts.
    pub date: String,
    /// Where the facts come from.
    pub source: String,
    /// Panther log types with the same raw names.
    #[serde(default)]
    pub panther: Vec<String>,
    /// Sigma log sources with the same raw names.
    #[serde(default)]
    pub sigma: Vec<SigmaSource>,
    /// The ingest drops null, `""`, `[]` and `{}`, recursively.
    #[serde(default)]
    pub drops_empty: bool,
    /// Fields with one value in the whole dataset.
    #[serde(default)]
    pub constants: Vec<Constant>,
    /// Fields that the ingest makes from other knowledge (GeoIP, user-agent parsing); `*` for any subfield.
    #[serde(default)]
    pub enriched: Vec<String>,
    rows: Vec<MapRow>,
    #[serde(default)]
    values: BTreeMap<String, ValueTable>,
}

/// Why a map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// Not TOML of the map's shape.
    #[error("not a field map: {0}")]
    Toml(#[from] toml::de::Error),
    /// A row contradicts itself.
    #[error("row `{raw}`: {reason}")]
    Row {
        /// The row's raw path.
        raw: String,
        /// What is wrong.
        reason: String,
    },
}

/// Where a field goes in the other world.
#[derive(Debug, Clone)]
pub enum Mapping<'a> {
    /// To one field, with the same values.
    Exact {
        /// The field there, without array markers. [`MapRow::also`] names more.
        field: String,
        /// The fact.
        row: &'a MapRow,
    },
    /// To one field, with other values.
    Value {
        /// The field there.
        field: String,
        /// From the raw value to Elastic's.
        transform: Transform<'a>,
        /// The fact.
        row: &'a MapRow,
    },
    /// There is no single right field, or no way back.
    Ambiguous {
        /// The candidates.
        fields: Vec<String>,
        /// The facts.
        rows: Vec<&'a MapRow>,
    },
    /// The ingest drops the raw field: nothing there can match it.
    Dropped {
        /// The fact.
        row: &'a MapRow,
    },
    /// Only in Elastic, made by the ingest from other knowledge.
    Enriched,
    /// Only in Elastic, with a known value in every document.
    Constant {
        /// The value, or the values by the sensor.
        values: Vec<&'a str>,
    },
    /// The map does not know the field.
    Unmapped,
}

impl FieldMap {
    /// Reads a map, the user's own or an embedded one.
    ///
    /// # Errors
    /// Text that is not a map, an unknown transform, a row that is neither dropped nor has a target.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let map: Self = toml::from_str(text)?;
        for row in &map.rows {
            map.check(row).map_err(|reason| MapError::Row { raw: row.raw.clone(), reason })?;
        }
        Ok(map)
    }

    fn check(&self, row: &MapRow) -> Result<(), String> {
        if row.dropped == row.elastic.is_some() {
            return Err("exactly one of `elastic` and `dropped` is needed".to_owned());
        }
        match &row.transform {
            Some(name) if self.named(name).is_none() => Err(format!("unknown transform `{name}`")),
            _ => Ok(()),
        }
    }

    fn named(&self, name: &str) -> Option<Transform<'_>> {
        self.values.get(name).map(Transform::Values).or_else(|| Transform::built_in(name))
    }

    /// The embedded maps.
    pub fn all() -> &'static [FieldMap] {
        static MAPS: OnceLock<Vec<FieldMap>> = OnceLock::new();
        MAPS.get_or_init(|| {
            let mut maps: Vec<FieldMap> = EMBEDDED.iter().filter_map(|(_, text)| FieldMap::parse(text).ok()).collect();
            extend_all(&mut maps);
            maps
        })
    }

    /// What the map is called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.dataset)
    }

    /// Takes over what the map says nothing of itself: rows of raw fields that have no row here, constants, enriched fields.
    fn take_over(&mut self, base: &FieldMap) {
        let known: BTreeSet<String> = self.rows.iter().map(|row| row.raw.to_ascii_lowercase()).collect();
        let new = |row: &&MapRow| !known.contains(&row.raw.to_ascii_lowercase());
        self.rows.extend(base.rows.iter().filter(new).cloned());
        let said: Vec<String> = self.constants.iter().map(|constant| constant.field.clone()).collect();
        self.constants.extend(base.constants.iter().filter(|constant| !said.contains(&constant.field)).cloned());
        self.enriched.extend(base.enriched.iter().cloned());
        for (name, table) in &base.values {
            self.values.entry(name.clone()).or_insert_with(|| table.clone());
        }
    }

    /// The map of an Elastic dataset.
    pub fn for_dataset(dataset: &str) -> Option<&'static FieldMap> {
        Self::all().iter().find(|map| map.dataset == dataset)
    }

    /// The map of a Sigma log source (`""` for a part that is not named).
    pub fn for_sigma(product: &str, category: &str, service: &str) -> Option<&'static FieldMap> {
        let same = |s: &SigmaSource| s.product == product && s.category == category && s.service == service;
        Self::all().iter().find(|map| map.sigma.iter().any(same))
    }

    /// The map of a Panther log type.
    pub fn for_panther(log_type: &str) -> Option<&'static FieldMap> {
        Self::all().iter().find(|map| map.panther.iter().any(|name| name == log_type))
    }

    /// The fields made from a raw one by a change of this kind.
    pub fn derived_by<'a>(
        &'a self,
        raw: &str,
        wanted: impl Fn(&Transform<'a>) -> bool,
    ) -> impl Iterator<Item = &'a MapRow> {
        let raw = plain(raw).to_ascii_lowercase();
        let of_raw = move |row: &&MapRow| !row.dropped && row.raw_plain().eq_ignore_ascii_case(&raw);
        self.rows
            .iter()
            .filter(of_raw)
            .filter(move |row| self.transform(row).is_some_and(|transform| wanted(&transform)))
    }

    /// Every fact, in the order of the file, those of the extended map last.
    pub fn rows(&self) -> impl Iterator<Item = &MapRow> {
        self.rows.iter()
    }

    /// The change that a row makes to the value; `None` when it makes none.
    pub fn transform<'a>(&'a self, row: &'a MapRow) -> Option<Transform<'a>> {
        self.named(row.transform.as_deref()?)
    }

    /// The first row of a raw path: the same spelling, else another letter case (Panther's SQL world is lower case).
    pub fn raw_row(&self, raw: &str) -> Option<&MapRow> {
        let raw = plain(raw);
        let primary = || self.rows.iter().filter(|row| !row.derived && row.raw != "*");
        primary()
            .find(|row| row.raw_plain() == raw)
            .or_else(|| primary().find(|row| row.raw_plain().eq_ignore_ascii_case(&raw)))
    }

    /// Where a raw field goes in Elastic.
    pub fn to_elastic(&self, raw: &str) -> Mapping<'_> {
        if let Some(row) = self.raw_row(raw) {
            return self.forward(row, None);
        }
        let raw = plain(raw);
        if let Some((row, rest)) = self.rows.iter().find_map(|row| Some((row, rest_of(&row.raw_plain(), &raw)?))) {
            return self.forward(row, Some(rest));
        }
        if let Some(row) = self.rows.iter().find(|row| is_below(&row.raw_plain(), &raw)) {
            // The row speaks of the object as a whole (a place, an address list).
            return Mapping::Ambiguous { fields: row.targets().map(Cow::into_owned).collect(), rows: vec![row] };
        }
        self.object(&raw, |row| Some((row.raw_plain(), plain(row.elastic.as_deref()?))))
    }

    /// Where an object goes as a whole: to the common parent of where its fields go.
    fn object<'a>(
        &'a self,
        path: &str,
        sides: impl Fn(&'a MapRow) -> Option<(Cow<'a, str>, Cow<'a, str>)>,
    ) -> Mapping<'a> {
        let (mut fields, mut rows): (Vec<String>, Vec<&MapRow>) = (Vec::new(), Vec::new());
        for row in self.rows.iter().filter(|row| !row.derived) {
            let Some((from, to)) = sides(row) else { continue };
            if !is_below(path, &from) {
                continue;
            }
            let rest = &from[path.len() + 1..];
            let Some(parent) = ancestor(&to, rest.split('.').count()) else { continue };
            if !fields.iter().any(|field| field == parent) {
                fields.push(parent.to_owned());
            }
            rows.push(row);
        }
        match (&mut fields[..], rows.first()) {
            ([only], Some(row)) => Mapping::Exact { field: std::mem::take(only), row },
            ([], _) | (_, None) => Mapping::Unmapped,
            _ => Mapping::Ambiguous { fields, rows },
        }
    }

    fn forward<'a>(&'a self, row: &'a MapRow, rest: Option<&str>) -> Mapping<'a> {
        let Some(elastic) = &row.elastic else { return Mapping::Dropped { row } };
        let field = with_rest(&plain(elastic), rest);
        if row.ambiguous {
            let fields = row.targets().map(|target| with_rest(&target, rest)).collect();
            return Mapping::Ambiguous { fields, rows: vec![row] };
        }
        self.mapping(field, row)
    }

    fn mapping<'a>(&'a self, field: String, row: &'a MapRow) -> Mapping<'a> {
        match self.transform(row).filter(|transform| !transform.keeps_value()) {
            Some(transform) => Mapping::Value { field, transform, row },
            None => Mapping::Exact { field, row },
        }
    }

    /// Which raw field an Elastic field comes from.
    pub fn to_raw(&self, elastic: &str) -> Mapping<'_> {
        let wanted = plain(elastic);
        let own = || self.rows.iter().filter(|row| !row.alias);
        let rows: Vec<&MapRow> = own().filter(|row| row.targets().any(|field| field == wanted)).collect();
        if !rows.is_empty() {
            return self.backward(rows);
        }
        let values = self.constants(elastic);
        if !values.is_empty() {
            return Mapping::Constant { values };
        }
        for row in own() {
            let rest = row.targets().find_map(|field| rest_of(&field, &wanted));
            if let Some(rest) = rest {
                let field = with_rest(&row.raw_plain(), Some(rest));
                return if row.ambiguous {
                    Mapping::Ambiguous { fields: vec![field], rows: vec![row] }
                } else {
                    self.mapping(field, row)
                };
            }
        }
        let enriched = self.enriched.iter().any(|field| *field == wanted || rest_of(field, &wanted).is_some());
        if enriched {
            return Mapping::Enriched;
        }
        self.object(&wanted, |row| Some((plain(row.elastic.as_deref()?), row.raw_plain())))
    }

    fn backward<'a>(&'a self, rows: Vec<&'a MapRow>) -> Mapping<'a> {
        let mut fields: Vec<String> = rows.iter().map(|row| row.raw_plain().into_owned()).collect();
        fields.dedup();
        match (&rows[..], &mut fields[..]) {
            ([row, ..], [only]) if !rows.iter().any(|row| row.ambiguous) => self.mapping(std::mem::take(only), row),
            _ => Mapping::Ambiguous { fields, rows },
        }
    }

    /// The value, or the values by the sensor, that every document has in a field; none when that is not known.
    pub fn constants(&self, field: &str) -> Vec<&str> {
        self.constants.iter().filter(|constant| constant.field == field).flat_map(Constant::all).collect()
    }

    /// What the raw side says about how many values an Elastic field holds.
    pub fn elastic_cardinality(&self, field: &str) -> Option<Cardinality> {
        let row = self.rows.iter().find(|row| row.targets().any(|target| target == field))?;
        // A field that gathers values is an array whatever one row puts into it.
        Some(if field.starts_with("related.") { Cardinality::Many } else { row.cardinality() })
    }
}

/// Joins each map with the one that it extends. A base may extend another one; a circle ends where it began.
fn extend_all(maps: &mut [FieldMap]) {
    for index in 0..maps.len() {
        let mut seen = vec![index];
        let mut next = maps[index].extends.clone();
        while let Some(at) = next.and_then(|name| maps.iter().position(|map| map.name() == name)) {
            if seen.contains(&at) {
                break;
            }
            seen.push(at);
            let base = maps[at].clone();
            maps[index].take_over(&base);
            next = base.extends;
        }
    }
}

/// The path without array markers: `target[].id` and `target[0].id` are `target.id`.
pub(super) fn plain(path: &str) -> Cow<'_, str> {
    if !path.contains('[') {
        return Cow::Borrowed(path);
    }
    let segments: Vec<&str> = path.split('.').map(|s| s.split_once('[').map_or(s, |(name, _)| name)).collect();
    Cow::Owned(segments.join("."))
}

/// The path without its last `levels` segments; `None` when nothing is left.
fn ancestor(path: &str, levels: usize) -> Option<&str> {
    (0..levels).try_fold(path, |path, _| path.rsplit_once('.').map(|(head, _)| head))
}

/// What `path` has below a pattern `a.b.*`; empty for `a.b` itself. The letter case of the fixed part does not matter:
/// Panther's SQL world has its columns in lower case.
fn rest_of<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    if pattern == "*" {
        return Some(path);
    }
    let parent = pattern.strip_suffix(".*")?;
    if path.eq_ignore_ascii_case(parent) {
        return Some("");
    }
    is_below(parent, path).then(|| &path[parent.len() + 1..])
}

/// Whether `path` is a subfield of `parent`, letter case of the parent aside.
fn is_below(parent: &str, path: &str) -> bool {
    let head = path.get(..parent.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(parent)) && path[parent.len()..].starts_with('.')
}

/// `a.b.*` with `rest` in the star's place; `a.b` for an empty rest.
fn with_rest(field: &str, rest: Option<&str>) -> String {
    match (field.strip_suffix(".*"), rest) {
        _ if field == "*" => rest.unwrap_or_default().to_owned(),
        (Some(head), Some("")) => head.to_owned(),
        (Some(head), Some(rest)) => format!("{head}.{rest}"),
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests;
