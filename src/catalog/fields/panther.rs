//! Fields of Panther log types: the schemas of 2022, what the tests of Panther's rules show, and `p_` fields.

use super::near::Search;
use super::{Absence, Cardinality, FieldInfo, FieldType};
use crate::catalog::maps::FieldMap;
use crate::catalog::table::{Row, Table};

/// Rows (log type, path, declared type, types seen).
pub(in crate::catalog) const PANTHER: Table =
    Table::new("fields/panther.tsv", include_str!("../../../schemas/fields/panther.tsv"));
/// Rows (log type, UDM name, `path` or `method`, target).
pub(in crate::catalog) const PANTHER_UDM: Table =
    Table::new("fields/panther_udm.tsv", include_str!("../../../schemas/fields/panther_udm.tsv"));

/// Where a data model takes a UDM field from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UdmTarget {
    /// A path in the event, in JSONPath or plain dots.
    Path(&'static str),
    /// A Python function of the data model: the value is computed.
    Method(&'static str),
}

/// What `event.udm(name)` reads for a log type, by Panther's own data models.
pub fn udm(log_type: &str, name: &str) -> Option<UdmTarget> {
    let row = PANTHER_UDM.find(&format!("{log_type}\t{name}"))?;
    Some(if row.col(2) == "method" { UdmTarget::Method(row.col(3)) } else { UdmTarget::Path(row.col(3)) })
}

/// Standard fields that Panther adds to every event (docs.panther.com, "Standard fields").
const OWN: [(&str, FieldType); 9] = [
    ("p_alert_id", FieldType::Keyword),
    ("p_event_time", FieldType::Date),
    ("p_log_type", FieldType::Keyword),
    ("p_parse_time", FieldType::Date),
    ("p_row_id", FieldType::Keyword),
    ("p_schema_version", FieldType::Integer),
    ("p_source_file", FieldType::Object),
    ("p_source_id", FieldType::Keyword),
    ("p_source_label", FieldType::Keyword),
];

/// A schema of 2022 makes absence a hint, a map of the user's that says everything makes it evidence; without one it says nothing.
pub(super) fn absence(log_types: &[&str]) -> Absence {
    let of_one = |log_type: &&str| {
        let has_schema = PANTHER.range(&format!("{log_type}\t")).any(|row| !row.col(2).is_empty());
        match declared(log_type) {
            Some(map) if map.is_complete() && !has_schema => Absence::Evidence,
            Some(_) => Absence::Hint,
            None if has_schema || FieldMap::to_log_type(log_type).is_some() => Absence::Hint,
            None => Absence::Nothing,
        }
    };
    log_types.iter().map(of_one).min().unwrap_or(Absence::Nothing)
}

/// The user's map of a log type.
fn declared(log_type: &str) -> Option<&'static FieldMap> {
    FieldMap::declared().find(|map| map.panther.iter().any(|name| name == log_type))
}

/// The field in the first log type that has it.
pub(super) fn lookup(log_types: &[String], field: &str) -> Option<FieldInfo> {
    own(field).or_else(|| {
        let of_one = |log_type: &String| {
            in_map(log_type, field).or_else(|| in_own_map(log_type, field)).or_else(|| in_log_type(log_type, field))
        };
        log_types.iter().find_map(of_one)
    })
}

fn own(field: &str) -> Option<FieldInfo> {
    let info = |ty, cardinality, dynamic| FieldInfo { ty, cardinality, table: "panther".to_owned(), dynamic };
    if let Some((_, ty)) = OWN.iter().find(|(name, _)| *name == field) {
        return Some(info(*ty, Cardinality::Single, false));
    }
    if field.starts_with("p_any_") {
        return Some(info(FieldType::Keyword, Cardinality::Many, false));
    }
    let enrichment = field == "p_enrichment" || field.starts_with("p_enrichment.");
    enrichment.then(|| info(FieldType::Unknown, Cardinality::Unknown, true))
}

/// What the user's map says of the field.
fn in_map(log_type: &str, field: &str) -> Option<FieldInfo> {
    let found = declared(log_type)?.raw_field(field)?;
    Some(info(log_type, found.ty.unwrap_or(FieldType::Unknown), found.cardinality, found.dynamic))
}

/// What the map to the log type says of the field.
fn in_own_map(log_type: &str, field: &str) -> Option<FieldInfo> {
    let map = FieldMap::to_log_type(log_type)?;
    let mut rows = map.rows().filter(|row| row.elastic.as_deref() != Some("*"));
    let row = rows.find(|row| row.elastic.as_deref().is_some_and(|own| own == field || is_member(own, field)))?;
    let dynamic = row.raw == "*";
    // A row for all others says what each of them is.
    let cardinality = if dynamic { Cardinality::Single } else { row.cardinality() };
    Some(info(log_type, row.elastic_type(), cardinality, dynamic))
}

/// Whether a field is a member of the object that `pattern`, `a.*`, stands for.
fn is_member(pattern: &str, field: &str) -> bool {
    let rest = pattern.strip_suffix('*').and_then(|above| field.strip_prefix(above));
    rest.is_some_and(|name| !name.is_empty() && !name.contains('.'))
}

/// Walks the path segment by segment; an array is entered whether or not the path says `[]`.
fn in_log_type(log_type: &str, field: &str) -> Option<FieldInfo> {
    let (mut path, mut many) = (String::new(), false);
    let mut last: Option<Row> = None;
    for segment in field.split('.') {
        let segment = segment.split_once('[').map_or(segment, |(name, _)| name);
        if last.is_some_and(is_open) {
            return Some(info(log_type, FieldType::Unknown, Cardinality::Unknown, true));
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(segment);
        last = PANTHER.find(&format!("{log_type}\t{path}"));
        if let Some(elements) = PANTHER.find(&format!("{log_type}\t{path}[]")) {
            many = true;
            path.push_str("[]");
            last = Some(elements);
        } else if last.is_some_and(is_array) {
            many = true;
            path.push_str("[]");
        }
    }
    let row = last?;
    Some(info(log_type, type_of(row), cardinality(row, many), false))
}

fn info(log_type: &str, ty: FieldType, cardinality: Cardinality, dynamic: bool) -> FieldInfo {
    FieldInfo { ty, cardinality, table: log_type.to_owned(), dynamic }
}

fn cardinality(row: Row, many: bool) -> Cardinality {
    match (many || is_array(row), row.col(2).is_empty()) {
        (true, _) => Cardinality::Many,
        (false, false) => Cardinality::Single,
        (false, true) => Cardinality::Unknown,
    }
}

fn is_array(row: Row) -> bool {
    row.col(2) == "array" || row.list(3).any(|ty| ty == "array")
}

/// `json` has no schema: any subfield is legal. The tables of 2022 call some of these `string`; tests show objects there.
fn is_open(row: Row) -> bool {
    row.col(2) == "json" || (row.col(2) == "string" && row.list(3).any(|ty| ty == "object"))
}

/// The declared type, else the only type seen (null aside).
fn type_of(row: Row) -> FieldType {
    if is_open(row) && row.col(2) != "json" {
        return FieldType::Unknown;
    }
    if !row.col(2).is_empty() {
        return FieldType::parse(row.col(2));
    }
    let mut seen = row.list(3).filter(|ty| *ty != "null");
    match (seen.next(), seen.next()) {
        (Some(only), None) => FieldType::parse(only),
        _ => FieldType::Unknown,
    }
}

/// Offers every path of the log types, and Panther's own fields.
pub(super) fn offer_names(log_types: &[String], search: &mut Search) {
    for (name, _) in OWN {
        search.offer(name);
    }
    for log_type in log_types {
        declared(log_type).into_iter().flat_map(FieldMap::rows).for_each(|row| search.offer(&row.raw_plain()));
        let own = FieldMap::to_log_type(log_type).into_iter().flat_map(FieldMap::rows);
        own.filter_map(|row| row.elastic.as_deref())
            .filter(|name| !name.ends_with('*'))
            .for_each(|name| search.offer(name));
        PANTHER.range(&format!("{log_type}\t")).for_each(|row| search.offer(row.col(1)));
    }
}
