//! What a map says of the fields themselves: which there are on both sides, of what type, with one value or many.

use super::path::{is_below, rest_of};
use super::{FieldMap, MapRow, plain};
use crate::catalog::fields::{Cardinality, FieldType};

/// A field of a log source, by its map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapField {
    /// The type; `None` where the map names the field and leaves its type to other tables.
    pub ty: Option<FieldType>,
    pub cardinality: Cardinality,
    /// Not named itself: below a field that may hold anything.
    pub dynamic: bool,
}

impl FieldMap {
    /// Whether the map alone says which fields the log source has.
    pub fn is_complete(&self) -> bool {
        self.extends.is_none() && !self.rows.iter().any(|row| row.raw == "*")
    }

    /// Whether the vendor's events have a text in each field that has no row.
    pub fn rest_is_text(&self) -> bool {
        self.rows.iter().any(|row| row.raw == "*" && row.raw_type() == FieldType::Keyword)
    }

    /// Whether each field that has no row has the same name in both worlds.
    pub fn keeps_names(&self) -> bool {
        self.rows.iter().any(|row| row.raw == "*" && row.elastic.as_deref() == Some("*"))
    }

    /// An Elastic field that the documents can have.
    pub fn elastic_field(&self, field: &str) -> Option<MapField> {
        if let Some(row) = self.index.of_target(field).first().and_then(|at| self.rows.get(*at)) {
            // The type is that of the row's own field; a copy in a field of ECS has ECS's.
            let own = row.elastic.as_deref().is_some_and(|own| plain(own) == field);
            let cardinality = self.elastic_cardinality(field).unwrap_or(Cardinality::Unknown);
            return Some(MapField { ty: own.then(|| row.elastic_type()), cardinality, dynamic: false });
        }
        if self.constants.iter().any(|constant| constant.field == field) {
            return Some(MapField { ty: None, cardinality: Cardinality::Single, dynamic: false });
        }
        let below = |row: &&MapRow| row.targets().any(|target| rest_of(&target, field).is_some());
        if let Some(row) = self.rows.iter().find(below) {
            return Some(MapField { ty: Some(of_member(row.elastic_type())), ..ANYTHING });
        }
        let enriched = |known: &String| known == field || rest_of(known, field).is_some();
        self.enriched.iter().any(enriched).then_some(MapField { ty: None, ..ANYTHING })
    }

    /// A field that the vendor's events can have, or an object of such fields.
    pub fn raw_field(&self, field: &str) -> Option<MapField> {
        if let Some(row) = self.raw_row(field) {
            return Some(MapField { ty: Some(row.raw_type()), cardinality: row.raw_cardinality(), dynamic: false });
        }
        let field = plain(field);
        if self.rows.iter().any(|row| rest_of(&row.raw_plain(), &field).is_some()) {
            return Some(MapField { ty: None, ..ANYTHING });
        }
        let parent = self.rows.iter().any(|row| is_below(&field, &row.raw_plain()));
        parent.then_some(MapField { ty: Some(FieldType::Object), ..ANYTHING })
    }
}

const ANYTHING: MapField = MapField { ty: None, cardinality: Cardinality::Unknown, dynamic: true };

/// The type of what is below a field: a flattened one has its members indexed as it is, a row for all others says it; of any other object
/// nothing does.
fn of_member(ty: FieldType) -> FieldType {
    match ty {
        FieldType::Flattened | FieldType::Keyword => ty,
        _ => FieldType::Unknown,
    }
}
