//! How an event that both sides of a proof see gets to each of them.

use crate::backend::{SourceWorld, World};
use crate::catalog::ingest::Way;
use crate::catalog::maps::FieldMap;
use crate::ir::{Dialect, Rule};
use serde_json::Value as Json;

/// Events as the two sides see them.
#[derive(Default)]
pub(super) struct Travelled {
    /// As the source sees them: from each sensor that an Elastic rule may be made for.
    pub(super) there: Vec<Vec<Json>>,
    /// As the target sees them.
    pub(super) here: Vec<Json>,
}

/// The ways of the vendor's event to the two sides; none to a side that sees the vendor's event itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Path<'a> {
    /// How the vendor writes the events, where both sides see them in the vendor's names.
    pub(super) vendor: Option<&'a Way>,
    pub(super) source: Option<&'a Way>,
    pub(super) target: Option<&'a Way>,
}

impl Path<'_> {
    /// Whether both sides see the same event.
    pub(super) fn is_same(self) -> bool {
        self.source.is_none() && self.target.is_none()
    }

    /// The events as the source and as the target see them. `None` when they are not of the log source.
    pub(super) fn travelled(self, events: &[Json]) -> Option<Travelled> {
        self.forward(self.spelled(events)?)
    }

    /// The vendor's events with all that they say where they begin. `None` when they are not of the log source.
    pub(super) fn spelled(self, events: &[Json]) -> Option<Vec<Json>> {
        let mut raw = events.to_vec();
        for way in [self.vendor, self.source, self.target].into_iter().flatten() {
            raw = raw.iter().map(|event| way.spelled(event)).collect();
            if !raw.iter().all(|event| way.is_consistent(event)) {
                return None;
            }
        }
        Some(raw)
    }

    /// What the source and the target see of spelled events. `None` when they are not of the log source.
    pub(super) fn forward(self, raw: Vec<Json>) -> Option<Travelled> {
        let of_source = |way: &Way, documents: &[Json]| documents.iter().all(|document| way.is_of_source(document));
        let here: Vec<Json> = match self.target {
            None => raw.clone(),
            Some(way) => raw.iter().map(|raw| way.forward(raw)).collect(),
        };
        if self.target.is_some_and(|way| !of_source(way, &here)) {
            return None;
        }
        let Some(way) = self.source else { return Some(Travelled { there: vec![raw], here }) };
        let each: Vec<Vec<Json>> = raw.iter().map(|raw| way.by_sensors(raw)).collect();
        let sensors = each.iter().map(Vec::len).max().unwrap_or_default();
        let of = |number: usize| each.iter().filter_map(move |all| all.get(number).or(all.last()).cloned());
        let there: Vec<Vec<Json>> = (0..sensors).map(|number| of(number).collect()).collect();
        let there: Vec<Vec<Json>> = there.into_iter().filter(|documents| of_source(way, documents)).collect();
        (!there.is_empty()).then_some(Travelled { there, here })
    }
}

/// In whose names a rule sees the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Vendor,
    /// Of Panther's log type, where they are not the vendor's.
    LogType,
    Elastic,
}

impl Names {
    pub(super) fn of(rule: &Rule) -> Self {
        if World::of_rule(rule) == World::Elastic {
            return Self::Elastic;
        }
        let mut log_types = rule.data_source.log_types.iter();
        let has_own = log_types.any(|name| FieldMap::to_log_type(&name.value).is_some());
        if rule.dialect == Dialect::Panther && has_own { Self::LogType } else { Self::Vendor }
    }

    /// The way of a log source's events into them.
    ///
    /// # Errors
    /// When it is not known.
    pub(super) fn way(self, world: &SourceWorld) -> Result<Option<Way>, String> {
        let way = match self {
            Self::Vendor => return Ok(None),
            Self::LogType => world.way_to_log_type(),
            Self::Elastic => world.way(),
        };
        way.map(Some).ok_or_else(|| NO_MAP.to_owned())
    }
}

const NO_MAP: &str = "the way from the source's events to the target's is not known";
