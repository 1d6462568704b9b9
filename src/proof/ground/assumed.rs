//! Whether an event keeps to what a conversion takes for granted.

use super::super::plain_regex::in_class_beyond_ascii;
use super::Ground;
use crate::backend::World;
use crate::catalog::maps::Mapping;
use crate::catalog::values;
use crate::eval::Event;
use crate::fidelity::{Assumption, Values, is_number_or_truth};
use crate::ir::{EventModel, FieldPath, TypeSet};
use serde_json::Value as Json;
use std::net::IpAddr;

impl Ground<'_> {
    /// Whether an event keeps to what a conversion takes for granted.
    pub(in crate::proof) fn keeps(&self, assumptions: &[Assumption], event: &Json, model: EventModel) -> bool {
        let event = Event::new(event, model);
        assumptions.iter().all(|assumption| match assumption {
            Assumption::Words(_) => true,
            Assumption::Field(field, values) => match event.value(field) {
                None => true,
                Some(value) => self.keeps_to(field, *values, &value, &event),
            },
        })
    }

    /// Whether a raw event has no empty text where an assumption about the document says so: the ingest leaves nothing of it.
    pub(in crate::proof) fn keeps_texts(&self, assumptions: &[Assumption], event: &Json, model: EventModel) -> bool {
        let event = Event::new(event, model);
        let is_empty = |value: &Json| value.as_str().is_some_and(str::is_empty);
        let fields = assumptions.iter().filter_map(|assumption| match assumption {
            Assumption::Field(field, Values::NotEmpty) if self.world == World::Raw => Some(self.raw_names(field)),
            _ => None,
        });
        fields.flatten().all(|field| !event.elements(&FieldPath::dotted(&field)).into_iter().any(is_empty))
    }

    /// The raw fields of an indexed one.
    fn raw_names(&self, field: &FieldPath) -> Vec<String> {
        match self.source.map.map(|map| map.to_raw(&field.name())) {
            Some(Mapping::Exact { field, .. } | Mapping::Value { field, .. }) => vec![field],
            Some(Mapping::Ambiguous { fields, .. }) => fields,
            _ => Vec::new(),
        }
    }

    fn keeps_to(&self, field: &FieldPath, values: Values, value: &Json, event: &Event<'_>) -> bool {
        let mut each = event.elements(field).into_iter();
        match values {
            // An indexed `[x]` is `x`: what was there before is asked for.
            Values::Scalar => !event.lookup(field).into_iter().any(Json::is_array),
            Values::One if self.world == World::Raw => !value.is_array(),
            Values::One => each.len() <= 1,
            Values::List => value.is_array() || value.is_null(),
            Values::Types(types) => {
                types.has(TypeSet::of_json(value)) || each.all(|value| types.has(TypeSet::of_json(value)))
            }
            Values::Addresses => each.all(|value| value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok())),
            Values::NotEmpty => !each.any(|value| value.as_str().is_some_and(str::is_empty)),
            Values::OneLine => !each.any(|value| value.as_str().is_some_and(|text| text.contains('\n'))),
            Values::PlainCase => {
                !each.any(|value| value.as_str().is_some_and(|text| text.contains(['\u{17f}', '\u{212a}'])))
            }
            Values::AsciiClasses => {
                !each.any(|value| value.as_str().is_some_and(|text| text.contains(in_class_beyond_ascii)))
            }
            Values::NoEmptyObject => value.as_object().is_none_or(|map| !map.is_empty()),
            Values::Typed => !each.any(|value| value.as_str().is_some_and(is_number_or_truth)),
            Values::Mapped => each.all(|value| self.fits(&self.facts(field), value)),
            Values::Catalogued => {
                let domain = values::domain(self.source.dataset(), &field.name());
                domain.is_none_or(|domain| each.all(|value| value.as_str().is_some_and(|text| domain.contains(text))))
            }
        }
    }
}
