//! From a field of one world to the field of the other, both ways.

use super::path::{ancestor, is_below, plain, rest_of, with_rest};
use super::{FieldMap, MapRow, Transform};
use std::borrow::Cow;

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

    /// Which raw field an Elastic field comes from.
    pub fn to_raw(&self, elastic: &str) -> Mapping<'_> {
        let wanted = plain(elastic);
        let rows: Vec<&MapRow> = self.of_target(&wanted).filter(|row| !row.alias).collect();
        if !rows.is_empty() {
            return self.backward(rows);
        }
        let values = self.constants(elastic);
        if !values.is_empty() {
            return Mapping::Constant { values };
        }
        for row in self.rows.iter().filter(|row| !row.alias) {
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

    fn forward<'a>(&'a self, row: &'a MapRow, rest: Option<&str>) -> Mapping<'a> {
        let Some(elastic) = &row.elastic else { return Mapping::Dropped { row } };
        let field = with_rest(&plain(elastic), rest);
        if row.ambiguous {
            let fields = row.targets().map(|target| with_rest(&target, rest)).collect();
            return Mapping::Ambiguous { fields, rows: vec![row] };
        }
        self.mapping(field, row)
    }

    fn backward<'a>(&'a self, rows: Vec<&'a MapRow>) -> Mapping<'a> {
        let mut fields: Vec<String> = rows.iter().map(|row| row.raw_plain().into_owned()).collect();
        fields.dedup();
        match (&rows[..], &mut fields[..]) {
            ([row, ..], [only]) if !rows.iter().any(|row| row.ambiguous) => self.mapping(std::mem::take(only), row),
            _ => Mapping::Ambiguous { fields, rows },
        }
    }

    fn mapping<'a>(&'a self, field: String, row: &'a MapRow) -> Mapping<'a> {
        match self.transform(row).filter(|transform| !transform.keeps_value()) {
            Some(transform) => Mapping::Value { field, transform, row },
            None => Mapping::Exact { field, row },
        }
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
}
