//! Witnesses: events made from a rule, without chance, so that they fire it, just miss it, and touch the edges of each of its tests.

mod composed;
mod edges;
mod event;
mod offers;
mod parts;
mod problem;
mod solve;
mod stream;
mod text;
mod values;

pub(super) use event::{Single, Singles};
pub(super) use stream::streams;

use super::ground::Ground;
use crate::ir::{EventModel, ExprId, FieldPath, Pool, display_expr};
use jiff::Timestamp;
use problem::Problem;
use serde_json::Value as Json;
use std::sync::Arc;

/// What the clock shows when dates are compared with it.
pub(super) const NOW: Timestamp = Timestamp::constant(1_768_478_400, 0);

/// What a witness is there for.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// The test alone decides, and says this.
    Decides(ExprId, bool),
    /// A field was changed in an event that fires.
    Changed(FieldPath, &'static str),
    /// Nothing is in it.
    Empty,
}

impl About {
    /// In words; the pool is the one that the witness was made from.
    pub(super) fn words(&self, pool: &Pool) -> String {
        match self {
            Self::Decides(test, true) => format!("`{}` decides", display_expr(pool, *test)),
            Self::Decides(test, false) => format!("`{}` does not hold", display_expr(pool, *test)),
            Self::Changed(field, how) => format!("`{field}`: {how}"),
            Self::Empty => "an event without any field".to_owned(),
        }
    }
}

/// Events around a condition, at most so many.
pub(super) fn witnesses(pool: &Pool, root: ExprId, model: EventModel, ground: &Ground<'_>, limit: usize) -> Singles {
    event::witnesses(Problem::new(pool, root, model, ground), limit)
}

/// Takes the value at a path out of an event, and the objects that are empty then; false when it is not there.
pub(super) fn remove(event: &mut Json, path: &[Arc<str>]) -> bool {
    let Some((key, rest)) = path.split_first() else { return false };
    match event {
        Json::Array(items) => {
            let mut removed = false;
            for item in items.iter_mut() {
                removed |= remove(item, path);
            }
            items.retain(|item| !item.as_object().is_some_and(serde_json::Map::is_empty));
            removed
        }
        Json::Object(map) if rest.is_empty() => map.shift_remove(key.as_ref()).is_some(),
        Json::Object(map) => {
            let Some(below) = map.get_mut(key.as_ref()) else { return false };
            let removed = remove(below, rest);
            let empty = match below {
                Json::Object(map) => map.is_empty(),
                Json::Array(items) => items.is_empty(),
                _ => false,
            };
            if removed && empty {
                map.shift_remove(key.as_ref());
            }
            removed
        }
        _ => false,
    }
}
