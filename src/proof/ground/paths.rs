//! What stands at the paths of an event, lists on the way included.

use serde_json::Value as Json;
use std::sync::Arc;

/// Changes the values at a path, through lists.
pub(in super::super) fn change_at(value: &mut Json, path: &[Arc<str>], change: &mut impl FnMut(&mut Json)) {
    match (value, path) {
        (Json::Array(items), _) => items.iter_mut().for_each(|item| change_at(item, path, change)),
        (Json::Object(map), [key, rest @ ..]) => {
            if let Some(below) = map.get_mut(key.as_ref()) {
                change_at(below, rest, change);
            }
        }
        (value, []) => change(value),
        _ => {}
    }
}

/// Whether what stands at a path, also in the items of lists on the way, are lists.
pub(super) fn is_list(value: &Json, path: &[&str]) -> bool {
    match (value, path) {
        (Json::Array(items), [_, ..]) => items.iter().all(|item| is_list(item, path)),
        (Json::Object(map), [key, rest @ ..]) => map.get(*key).is_none_or(|below| is_list(below, rest)),
        (value, []) => value.is_array() || value.is_null(),
        _ => true,
    }
}

/// Puts a value at a key; objects are joined. `None` when something else stands there.
pub(super) fn insert(at: &mut Json, key: &str, value: Json) -> Option<()> {
    match (at.as_object_mut()?.entry(key), value) {
        (serde_json::map::Entry::Vacant(free), value) => {
            free.insert(value);
        }
        // An object that was made on the way to a field below it.
        (serde_json::map::Entry::Occupied(mut there), Json::Object(more)) => {
            let map = there.get_mut().as_object_mut()?;
            for (key, value) in more {
                map.entry(key).or_insert(value);
            }
        }
        _ => return None,
    }
    Some(())
}
