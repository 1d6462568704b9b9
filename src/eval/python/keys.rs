//! Dictionaries with keys that are no texts. JSON has text keys only, so another key is written as its JSON after a
//! noncharacter, which Unicode keeps for use inside of programs (The Unicode Standard, section 23.7) and events do not have.

use super::same;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

const MARK: char = '\u{FDD0}';

/// An array of pairs as a dictionary: of keys that Python finds equal (`1`, `1.0`, `True`) the first one and the last value stay.
/// `None` for what is no pair, and for a key that cannot be hashed.
pub(super) fn to_object(pairs: &[Json]) -> Option<Json> {
    let mut map = Map::new();
    let mut numbers: HashMap<String, String> = HashMap::new();
    for pair in pairs {
        let [key, value] = pair.as_array()?.as_slice() else { return None };
        let mut name = written(key)?;
        if let Some(number) = number_text(key) {
            let first = numbers.entry(number).or_insert_with(|| name.clone());
            name.clone_from(first);
        }
        map.insert(name, value.clone());
    }
    Some(map.into())
}

/// A key as the name of a member; `None` for lists and objects, which are no keys.
fn written(key: &Json) -> Option<String> {
    match key {
        Json::Array(_) | Json::Object(_) => None,
        Json::String(text) if !text.starts_with(MARK) => Some(text.clone()),
        other => Some(format!("{MARK}{other}")),
    }
}

/// The same text for numbers that are equal.
fn number_text(key: &Json) -> Option<String> {
    match key {
        Json::Bool(value) => Some(u8::from(*value).to_string()),
        Json::Number(number) => match number.as_f64() {
            // Adding zero makes minus zero plain.
            Some(real) if number.is_f64() && real.fract() == 0.0 => Some(format!("{:.0}", real + 0.0)),
            _ => Some(number.to_string()),
        },
        _ => None,
    }
}

/// The key that the name of a member stands for.
pub(in crate::eval) fn read(name: &str) -> Json {
    let other = name.strip_prefix(MARK).and_then(|json| serde_json::from_str(json).ok());
    other.unwrap_or_else(|| name.into())
}

/// The value under a key that is no text.
pub(in crate::eval) fn other<'m>(map: &'m Map<String, Json>, key: &Json) -> Option<&'m Json> {
    map.iter().find(|(name, _)| name.starts_with(MARK) && same(&read(name), key)).map(|(_, value)| value)
}
