//! Where the values of a tested field come from.

use super::super::ground::{Scalar, ScalarKind};
use super::View;
use super::registry::{self, Number};
use crate::backend::World;
use crate::catalog::ingest::{Origin, Way};
use crate::catalog::maps::{Transform, ValueTable};
use crate::catalog::values;
use crate::fidelity::{Assumption, Values};
use crate::ir::FieldPath;

/// What becomes of a scalar on its way to the field that is tested.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Same,
    BaseName(char),
    NumberAsText,
    Lowercase,
    /// One hash of `KIND=..` pairs, in lower case.
    HashOf(&'static str),
    /// What a table has for each text.
    Table(&'static ValueTable),
    /// The name of the type of a registry value's data.
    RegistryType,
    /// The number that a registry value's data is, or its text.
    RegistryData,
    /// The number, of texts that are numbers written so.
    RegistryNumber(Number),
    /// None, of the same texts.
    RegistryText(Number),
}

/// Where a tested field's values come from.
pub(super) enum Known {
    /// It is the same in every event of the log source.
    Fixed,
    Made(Source),
}

/// A field of the vendor's events with what makes the tested field of it.
pub(super) struct Source {
    pub(super) field: FieldPath,
    pub(super) scalar: Scalar,
    pub(super) change: Change,
    /// The vendor writes the texts of this table as they stand there, in no other letter case.
    pub(super) spelled: Option<&'static ValueTable>,
    /// Whether it is a registry value's data, as Sysmon writes it.
    pub(super) is_registry_data: bool,
    /// Whether the claim takes for granted that its texts have no line breaks.
    pub(super) one_line: bool,
    /// The dataset whose catalogue has all its texts, where the claim takes that for granted.
    pub(super) catalogue: Option<&'static str>,
}

impl Source {
    /// The texts that are this one in any letter case, where the values of the field have one spelling each. `tested`: the field as its
    /// condition has it.
    pub(super) fn spellings(&self, tested: &FieldPath, text: &str) -> Option<Vec<String>> {
        let of_table = || {
            let keys = self.spelled?.map.keys().filter(|key| key.eq_ignore_ascii_case(text));
            Some(keys.cloned().collect::<Vec<_>>()).filter(|keys| !keys.is_empty())
        };
        let of_registry = || {
            let spelled = registry::spelled(text).filter(|_| self.is_registry_data)?;
            Some(if registry::is_written(&spelled) { vec![spelled] } else { Vec::new() })
        };
        let of_catalogue = || {
            let domain = values::domain(Some(self.catalogue?), &tested.name())?;
            let known = domain.values.iter().filter(|value| value.eq_ignore_ascii_case(text));
            Some(known.map(ToString::to_string).collect())
        };
        of_table().or_else(of_registry).or_else(of_catalogue)
    }
}

impl View<'_> {
    /// The path of a vendor's field: a key of it may have dots.
    pub(super) fn raw_path(&self, raw: &str) -> FieldPath {
        let row = self.way.and_then(|way| way.map().raw_row(raw)).filter(|row| row.raw_plain() == raw);
        row.map_or_else(|| FieldPath::dotted(raw), |row| FieldPath::keys(&row.raw_keys()))
    }

    /// Whether the claim takes for granted that the vendor's field, or the document's field that is the same, has such values.
    fn takes_for_granted(&self, field: &FieldPath, values: Values) -> bool {
        let is_made_from = |own: &FieldPath| {
            self.way.is_some_and(|way| match way.origin(&own.name()) {
                Origin::Row(row) => way.map().transform(row).is_none() && self.raw_path(&row.raw_plain()) == *field,
                Origin::Rest(raw) => self.raw_path(&raw) == *field,
                Origin::Fixed | Origin::Unclear => false,
            })
        };
        self.assumes.iter().any(|assumption| match assumption {
            Assumption::Field(own, taken) => *taken == values && (own == field || is_made_from(own)),
            Assumption::Words(_) => false,
        })
    }

    /// Where a field's values come from; `None` when it is not from one scalar.
    pub(super) fn origin(&self, field: &FieldPath) -> Option<Known> {
        let name = field.name();
        let known = |raw: &str, change| {
            let field = self.raw_path(raw);
            let is_one = |assumption: &Assumption| matches!(assumption, Assumption::Field(own, Values::One | Values::Scalar) if *own == field);
            // A value of which nothing is known: both sides see it as it is.
            let any = Scalar { kind: ScalarKind::Any, many: false };
            let is_seen = !self.behind && self.ground.world() == World::Raw && matches!(change, Change::Same);
            let scalar = self.ground.scalar(&field, self.assumes.iter().any(is_one)).or(is_seen.then_some(any))?;
            let spelled = self.ground.spellings(&field);
            let is_registry_data = self.ground.is_registry_data(&field);
            let one_line = self.takes_for_granted(&field, Values::OneLine);
            let is_catalogued = self.takes_for_granted(&field, Values::Catalogued);
            let catalogue = self.ground.dataset().filter(|_| is_catalogued);
            Some(Known::Made(Source { field, scalar, change, spelled, is_registry_data, one_line, catalogue }))
        };
        let Some(way) = self.way else { return known(&name, Change::Same) };
        if !self.behind {
            return known(&way.spelling(&name), Change::Same);
        }
        match way.origin(&name) {
            Origin::Fixed => Some(Known::Fixed),
            Origin::Unclear if self.sensor.is_some() && way.is_by_sensor(&name) => Some(Known::Fixed),
            Origin::Unclear => None,
            Origin::Rest(raw) => {
                let kind = self.ground.scalar(&FieldPath::dotted(&raw), false)?.kind;
                let change = if kind == ScalarKind::Integer { Change::NumberAsText } else { Change::Same };
                known(&raw, change)
            }
            Origin::Row(row) => {
                let raw = row.raw_plain();
                let raw = way.spelling(&raw);
                let kind = self.ground.scalar(&self.raw_path(&raw), false)?.kind;
                let change = match (way.map().transform(row), kind) {
                    // A boolean's two values are looked at one by one, whatever becomes of them.
                    (None, _)
                    | (Some(_), ScalarKind::Boolean)
                    | (Some(Transform::Ip), ScalarKind::Ip)
                    | (Some(Transform::Integer), ScalarKind::Integer)
                    | (Some(Transform::Text), ScalarKind::Text) => Change::Same,
                    // Sensors write the hives in different ways; the one of [`Way::forward`] leaves the path as it is.
                    (Some(Transform::RegistryPath), ScalarKind::Text) if !self.sensor.is_some_and(Way::spells_out) => {
                        Change::Same
                    }
                    // Sensors write these in different ways too.
                    (Some(Transform::RegistryData), ScalarKind::Text) if self.sensor.is_none() => Change::RegistryData,
                    (Some(Transform::RegistryType), ScalarKind::Text) if self.sensor.is_none() => Change::RegistryType,
                    (Some(Transform::BaseName(separator)), ScalarKind::Text) => Change::BaseName(separator),
                    (Some(Transform::Extension), ScalarKind::Text) => Change::BaseName('.'),
                    (Some(Transform::Lowercase), ScalarKind::Text) => Change::Lowercase,
                    (Some(Transform::Values(table)), ScalarKind::Text) if table.is_whole() => Change::Table(table),
                    (Some(Transform::HashOf(kind)), ScalarKind::Text) => Change::HashOf(kind),
                    (Some(Transform::Text), ScalarKind::Integer) => Change::NumberAsText,
                    _ => return None,
                };
                known(&raw, change)
            }
        }
    }
}
