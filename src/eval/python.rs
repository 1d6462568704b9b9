//! Functions that do as Python and Panther's library do, whatever the event model.

use super::function::position;
use super::patterns::Patterns;
use super::value::{Number, equal};
use super::{address, library};
use crate::ir::{Case, Coercion, Function};
use serde_json::Value as Json;
use std::fmt::Write as _;

pub(super) mod keys;

/// Nested values deeper than this are not walked.
const MAX_WALK: usize = 128;
/// More items than this are not compared with each other.
const MAX_DISTINCT: usize = 20_000;

/// The function's result; `None` where Python raises.
pub(super) fn call(function: Function, arguments: &[&Json], patterns: &Patterns) -> Option<Json> {
    let first = *arguments.first()?;
    match function {
        Function::DeepWalk => {
            let walk = Walk { default: arguments.get(1)?, which: arguments.get(2)?.as_str()? };
            let keys = arguments[3..].iter().map(|key| key.as_str()).collect::<Option<Vec<_>>>()?;
            walk.value(first, &keys, 0)
        }
        Function::ToInt => to_int(first),
        Function::ToFloat => to_float(first),
        Function::IpVersion
        | Function::IpPrivate
        | Function::IpGlobal
        | Function::IpLoopback
        | Function::NetPrivate
        | Function::NetGlobal
        | Function::NetVersion
        | Function::NetWithin => address::call(function, arguments),
        Function::ShellSplit
        | Function::Unquote
        | Function::UrlQuery
        | Function::ParseQuery
        | Function::RegexGroup
        | Function::RegexAll
        | Function::RegexReplace
        | Function::Likeness => library::call(function, arguments, patterns),
        Function::Flatten => {
            let parts = first.as_array()?.iter().map(Json::as_array).collect::<Option<Vec<_>>>()?;
            Some(parts.into_iter().flatten().cloned().collect())
        }
        Function::Zip => {
            let pairs = first.as_array()?.iter().zip(arguments.get(1)?.as_array()?);
            Some(pairs.map(|(left, right)| Json::from(vec![left.clone(), right.clone()])).collect())
        }
        Function::Enumerate => {
            let pairs = first.as_array()?.iter().enumerate();
            Some(pairs.map(|(index, item)| Json::from(vec![Json::from(index), item.clone()])).collect())
        }
        Function::Repr => Some(text_of_container(first, arguments.get(1)?.as_bool()?)?.into()),
        Function::Quotient => {
            let number =
                |place: usize| to_float(arguments.get(place).copied().filter(|value| !value.is_string())?)?.as_f64();
            let (left, right) = (number(0)?, number(1)?);
            if right == 0.0 { None } else { serde_json::Number::from_f64(left / right).map(Json::Number) }
        }
        Function::Chain => {
            let parts = arguments.iter().map(|part| part.as_array()).collect::<Option<Vec<_>>>()?;
            Some(parts.into_iter().flatten().cloned().collect())
        }
        Function::Distinct => distinct(first.as_array()?),
        Function::ToObject => keys::to_object(first.as_array()?),
        Function::Join => {
            let parts = first.as_array()?.iter().map(Json::as_str).collect::<Option<Vec<_>>>()?;
            Some(parts.join(arguments.get(1)?.as_str()?).into())
        }
        Function::Pairs => {
            let pair = |(key, value): (&String, &Json)| Json::from(vec![keys::read(key), value.clone()]);
            Some(first.as_object()?.iter().map(pair).collect())
        }
        Function::Slice => slice(first, arguments),
        _ => None,
    }
}

fn same(left: &Json, right: &Json) -> bool {
    equal(left, right, Case::Sensitive, Coercion::Python)
}

fn distinct(items: &[Json]) -> Option<Json> {
    if items.len() > MAX_DISTINCT {
        return None;
    }
    let mut found: Vec<Json> = Vec::new();
    for item in items {
        if !found.iter().any(|known| same(known, item)) {
            found.push(item.clone());
        }
    }
    Some(found.into())
}

fn slice(value: &Json, arguments: &[&Json]) -> Option<Json> {
    let bounds = |length: usize| {
        let place = |index: i64| position(index, length).unwrap_or(0).min(length);
        let start = place(arguments.get(1)?.as_i64()?);
        let end = match arguments.get(2) {
            Some(end) => place(end.as_i64()?),
            None => length,
        };
        Some(start..end.max(start))
    };
    match value {
        Json::Array(items) => Some(items.get(bounds(items.len())?)?.to_vec().into()),
        Json::String(text) => {
            let characters: Vec<char> = text.chars().collect();
            Some(characters.get(bounds(characters.len())?)?.iter().collect::<String>().into())
        }
        _ => None,
    }
}

/// Towards zero; texts may have white space around and single underscores between digits.
fn to_int(value: &Json) -> Option<Json> {
    match value {
        Json::Bool(value) => Some(i64::from(*value).into()),
        Json::Number(number) if number.is_f64() => {
            let whole = number.as_f64()?.trunc();
            #[expect(clippy::cast_possible_truncation, reason = "inside i64; larger ones stay real numbers")]
            if whole.abs() < 9.0e18 { Some((whole as i64).into()) } else { Some(whole.into()) }
        }
        Json::Number(_) => Some(value.clone()),
        Json::String(text) => {
            let text = digits(text.trim(), char::is_ascii_digit)?;
            text.parse::<i64>().ok().map(Json::from).or_else(|| text.parse::<f64>().ok().map(Json::from))
        }
        _ => None,
    }
}

/// The text without its underscores, if each stands between digits and the rest is a sign and digits.
fn digits(text: &str, allowed: fn(&char) -> bool) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let characters: Vec<char> = unsigned.chars().collect();
    let digit = |index: Option<usize>| index.and_then(|i| characters.get(i)).is_some_and(char::is_ascii_digit);
    let fits = characters.iter().enumerate().all(|(index, c)| match c {
        '_' => digit(index.checked_sub(1)) && digit(Some(index + 1)),
        other => allowed(other),
    });
    (fits && !characters.is_empty()).then(|| text.replace('_', ""))
}

fn to_float(value: &Json) -> Option<Json> {
    let number = match value {
        Json::Bool(value) => f64::from(u8::from(*value)),
        Json::Number(_) => Number::of(value)?.as_f64(),
        Json::String(text) => {
            let allowed = |c: &char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
            digits(text.trim(), allowed)?.parse().ok()?
        }
        _ => return None,
    };
    serde_json::Number::from_f64(number).map(Json::Number)
}

/// Python's `str()` of a container.
fn text_of_container(value: &Json, wrapped: bool) -> Option<String> {
    let mut text = String::new();
    match (value, wrapped) {
        (Json::Object(_), true) => {
            text.push_str("ImmutableCaseInsensitiveDict(");
            repr(value, &mut text, 0)?;
            text.push(')');
        }
        (Json::Array(items), true) => {
            text.push_str("ImmutableList((");
            repr_items(items, &mut text, 0)?;
            text.push_str(if items.len() == 1 { ",))" } else { "))" });
        }
        _ => repr(value, &mut text, 0)?,
    }
    Some(text)
}

/// Python's `repr()`.
fn repr(value: &Json, text: &mut String, depth: usize) -> Option<()> {
    if depth > MAX_WALK {
        return None;
    }
    match value {
        Json::Null => text.push_str("None"),
        Json::Bool(true) => text.push_str("True"),
        Json::Bool(false) => text.push_str("False"),
        Json::Number(number) => text.push_str(&number_text(number)),
        Json::String(value) => repr_text(value, text),
        Json::Array(items) => {
            text.push('[');
            repr_items(items, text, depth)?;
            text.push(']');
        }
        Json::Object(map) => {
            text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                repr(&keys::read(key), text, depth + 1)?;
                text.push_str(": ");
                repr(value, text, depth + 1)?;
            }
            text.push('}');
        }
    }
    Some(())
}

fn repr_items(items: &[Json], text: &mut String, depth: usize) -> Option<()> {
    for (index, item) in items.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { ", " });
        repr(item, text, depth + 1)?;
    }
    Some(())
}

/// In single quotes, unless it has some and no double ones; what cannot be printed is escaped.
fn repr_text(value: &str, text: &mut String) {
    let quote = if value.contains('\'') && !value.contains('"') { '"' } else { '\'' };
    text.push(quote);
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\\' => text.push_str("\\\\"),
            c if c == quote => text.extend(['\\', c]),
            c if c.is_control() && u32::from(c) < 0x100 => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\x{:02x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push(quote);
}

/// A number as Python writes it: real ones from 1e16 and below 1e-4 with an exponent of two digits.
pub(super) fn number_text(number: &serde_json::Number) -> String {
    let Some(real) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let size = real.abs();
    if real == 0.0 || (1e-4..1e16).contains(&size) {
        let plain = format!("{real}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let text = format!("{real:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// `deep_walk` on the event's raw containers.
struct Walk<'a> {
    default: &'a Json,
    which: &'a str,
}

impl Walk<'_> {
    fn value(&self, object: &Json, keys: &[&str], depth: usize) -> Option<Json> {
        if depth > MAX_WALK {
            return None;
        }
        let Some((key, rest)) = keys.split_first() else {
            let nothing = object.is_null() || is_empty_list(object);
            return Some(if nothing { self.default.clone() } else { object.clone() });
        };
        let mut found: Vec<Json> = Vec::new();
        match object {
            Json::Object(map) => return self.value(map.get(*key).unwrap_or(self.default), rest, depth + 1),
            Json::Array(items) => {
                for item in items {
                    match self.value(item, keys, depth + 1)? {
                        Json::Null => {}
                        Json::Array(values) => {
                            for value in &values {
                                add(&mut found, value)?;
                            }
                        }
                        value => add(&mut found, &value)?,
                    }
                }
            }
            _ => {}
        }
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return Some(self.default.clone()) };
        Some(match self.which {
            "first" => first.clone(),
            "last" => last.clone(),
            "all" if found.len() == 1 => first.clone(),
            "all" => found.into(),
            // A dictionary's `get` with a default of its own.
            _ => "all".into(),
        })
    }
}

/// A key of Python's ordered dictionary; `None` for lists and objects, which are none.
fn add(found: &mut Vec<Json>, value: &Json) -> Option<()> {
    if value.is_array() || value.is_object() || found.len() > MAX_DISTINCT {
        return None;
    }
    if !found.iter().any(|known| same(known, value)) {
        found.push(value.clone());
    }
    Some(())
}

fn is_empty_list(value: &Json) -> bool {
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value.as_array() {
            Some(items) => stack.extend(items),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests;
