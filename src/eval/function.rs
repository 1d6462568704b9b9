//! Functions of terms. A missing argument, or one of another type than the function takes, gives a missing result.

use super::event::panther_key;
use super::patterns::Patterns;
use super::python;
use super::value::{Number, fold_text, scalar_text};
use crate::ir::{Between, EventModel, Function};
use serde_json::Value as Json;

/// The longest text that a function makes: `replace` and `concat` can grow.
pub(super) const MAX_TEXT: usize = 16 * 1024 * 1024;

/// The function's result; `None` when it has none.
pub(super) fn call(
    function: Function,
    arguments: &[Option<&Json>],
    model: EventModel,
    patterns: &Patterns,
) -> Option<Json> {
    if function == Function::List {
        return Some(arguments.iter().map(|item| item.cloned().unwrap_or_default()).collect());
    }
    let arguments: Vec<&Json> = arguments.iter().copied().collect::<Option<_>>()?;
    match function {
        Function::Lower
        | Function::Upper
        | Function::Strip
        | Function::Split
        | Function::Replace
        | Function::Concat => text_function(function, &arguments, model),
        Function::CaseFold => bounded(arguments.first()?.as_str()?.chars().flat_map(case_fold).collect()),
        Function::Length => length(arguments.first()?),
        Function::ToText => text(arguments.first()?, model).map(Json::from),
        Function::ToNumber => to_number(arguments.first()?, arguments.get(1).copied()),
        Function::Substring => substring(&arguments),
        Function::IndexOf => index_of(&arguments),
        Function::Between(how) => between(how, &arguments),
        Function::Index => index(arguments.first()?, arguments.get(1)?, model),
        Function::Keys => Some(arguments.first()?.as_object()?.keys().map(|key| python::keys::read(key)).collect()),
        Function::Values => Some(arguments.first()?.as_object()?.values().cloned().collect()),
        Function::Iterate => iterate(arguments.first()?),
        Function::ParseJson => serde_json::from_str(arguments.first()?.as_str()?).ok(),
        Function::Key => arguments[1..].iter().try_fold(*arguments.first()?, |value, key| member(value, key)).cloned(),
        Function::StripStart | Function::StripEnd => strip_end(function, &arguments),
        Function::SplitLimit | Function::SplitLast => split_limit(function, &arguments),
        // The list is done above: a missing item counts. The others the evaluation does, which knows the moment and the document.
        Function::List | Function::Esql(_) => None,
        Function::DeepWalk
        | Function::Quotient
        | Function::Repr
        | Function::NetGlobal
        | Function::ToInt
        | Function::ToFloat
        | Function::IpVersion
        | Function::IpPrivate
        | Function::IpGlobal
        | Function::IpLoopback
        | Function::NetPrivate
        | Function::Chain
        | Function::Distinct
        | Function::ToObject
        | Function::Join
        | Function::Pairs
        | Function::NetVersion
        | Function::NetWithin
        | Function::Flatten
        | Function::Zip
        | Function::Enumerate
        | Function::ShellSplit
        | Function::Unquote
        | Function::UrlQuery
        | Function::ParseQuery
        | Function::RegexGroup
        | Function::RegexAll
        | Function::RegexReplace
        | Function::Likeness
        | Function::Slice => python::call(function, &arguments, patterns),
        Function::Add | Function::Subtract | Function::Multiply | Function::Divide | Function::Modulo => {
            let number = |place: usize| match (arguments.get(place)?, model) {
                (Json::Bool(value), model) if model.is_python() => Some(Number::Whole((*value).into())),
                // 66.0 is no integer: it divides as a real number.
                (Json::Number(number), _) if number.is_f64() => number.as_f64().map(Number::Real),
                (other, _) => Number::of(other),
            };
            arithmetic(function, number(0)?, number(1)?)?.to_json()
        }
        Function::Now
        | Function::ParseTime
        | Function::Timestamp
        | Function::TimeDifference
        | Function::TimeShift
        | Function::FormatTime => super::moment::call(function, &arguments),
        Function::DatePart(part) => super::time::date_part(part, arguments.first()?).map(Json::from),
        Function::EditDistance => {
            let (left, right) = (arguments.first()?.as_str()?, arguments.get(1)?.as_str()?);
            Some(strsim::osa_distance(left, right).into())
        }
    }
}

/// The value under exactly this key.
fn member<'v>(value: &'v Json, key: &Json) -> Option<&'v Json> {
    match key.as_str() {
        Some(name) => value.get(name),
        None => python::keys::other(value.as_object()?, key),
    }
}

/// What a Python loop goes through.
fn iterate(value: &Json) -> Option<Json> {
    match value {
        Json::Array(_) => Some(value.clone()),
        Json::Object(map) => Some(map.keys().map(|key| python::keys::read(key)).collect()),
        Json::String(text) => Some(text.chars().map(|c| Json::from(c.to_string())).collect()),
        _ => None,
    }
}

/// The text of a scalar: Python's in Panther events (`True`), else as JSON writes it.
fn text(value: &Json, model: EventModel) -> Option<String> {
    match (value, model) {
        (Json::Bool(true), model) if model.is_python() => Some("True".to_owned()),
        (Json::Bool(false), model) if model.is_python() => Some("False".to_owned()),
        (Json::Null, model) if model.is_python() => Some("None".to_owned()),
        (Json::Number(number), model) if model.is_python() => Some(python::number_text(number)),
        _ => scalar_text(value),
    }
}

fn text_function(function: Function, arguments: &[&Json], model: EventModel) -> Option<Json> {
    if function == Function::Concat {
        let parts: Vec<String> = arguments.iter().map(|value| text(value, model)).collect::<Option<_>>()?;
        return bounded(parts.concat());
    }
    let subject = arguments.first()?.as_str()?;
    match function {
        Function::Lower => bounded(subject.to_lowercase()),
        Function::Upper => bounded(subject.to_uppercase()),
        Function::Strip => strip(subject, arguments.get(1)),
        Function::Split => split(subject, arguments.get(1)),
        _ => {
            let (old, new) = (arguments.get(1)?.as_str()?, arguments.get(2)?.as_str()?);
            let count = subject.matches(old).count();
            (count.saturating_mul(new.len()) <= MAX_TEXT).then(|| subject.replace(old, new).into())
        }
    }
}

/// Unicode's full case folding: upper case in lower case, save for the dotless i, which is its own.
fn case_fold(c: char) -> impl Iterator<Item = char> {
    let upper: Vec<char> = if c == '\u{131}' { Vec::new() } else { c.to_uppercase().collect() };
    let own = upper.is_empty().then_some(c);
    upper.into_iter().flat_map(char::to_lowercase).chain(own)
}

pub(super) fn bounded(text: String) -> Option<Json> {
    (text.len() <= MAX_TEXT).then(|| text.into())
}

fn strip(subject: &str, characters: Option<&&Json>) -> Option<Json> {
    let Some(characters) = characters else { return Some(subject.trim().into()) };
    let characters = characters.as_str()?;
    Some(subject.trim_matches(|c| characters.contains(c)).into())
}

/// On one end only.
fn strip_end(function: Function, arguments: &[&Json]) -> Option<Json> {
    let subject = arguments.first()?.as_str()?;
    let stripped = match (arguments.get(1), function) {
        (None, Function::StripStart) => subject.trim_start(),
        (None, _) => subject.trim_end(),
        (Some(characters), Function::StripStart) => {
            let characters = characters.as_str()?;
            subject.trim_start_matches(|c| characters.contains(c))
        }
        (Some(characters), _) => {
            let characters = characters.as_str()?;
            subject.trim_end_matches(|c| characters.contains(c))
        }
    };
    Some(stripped.into())
}

fn split_limit(function: Function, arguments: &[&Json]) -> Option<Json> {
    let (subject, separator) = (arguments.first()?.as_str()?, arguments.get(1)?.as_str()?);
    let parts = usize::try_from(arguments.get(2)?.as_i64()?).ok()?.checked_add(1)?;
    if separator.is_empty() {
        return None;
    }
    if function == Function::SplitLimit {
        return Some(subject.splitn(parts, separator).map(Json::from).collect());
    }
    let mut found: Vec<Json> = subject.rsplitn(parts, separator).map(Json::from).collect();
    found.reverse();
    Some(found.into())
}

fn split(subject: &str, separator: Option<&&Json>) -> Option<Json> {
    let Some(separator) = separator else { return Some(subject.split_whitespace().map(Json::from).collect()) };
    let separator = separator.as_str()?;
    (!separator.is_empty()).then(|| subject.split(separator).map(Json::from).collect())
}

fn length(value: &Json) -> Option<Json> {
    match value {
        Json::String(text) => Some(text.chars().count().into()),
        Json::Array(items) => Some(items.len().into()),
        Json::Object(map) => Some(map.len().into()),
        _ => None,
    }
}

fn to_number(value: &Json, base: Option<&Json>) -> Option<Json> {
    let text = value.as_str().unwrap_or_default().trim();
    let base = match base {
        Some(Json::Null) if text.starts_with("0x") => &Json::from(16),
        Some(base) if !base.is_null() && base.as_u64() != Some(10) => base,
        _ => return Number::of(value).or_else(|| Number::parse(text))?.to_json(),
    };
    let base = u32::try_from(base.as_u64()?).ok().filter(|base| (2..=36).contains(base))?;
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let prefixes: &[&str] = match base {
        16 => &["0x", "0X"],
        8 => &["0o", "0O"],
        2 => &["0b", "0B"],
        _ => &[],
    };
    let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    i64::from_str_radix(&format!("{sign}{digits}"), base).ok().map(Json::from)
}

/// A position in a sequence of `length` items; negative ones count from the end.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let from_end = i64::try_from(length).ok()?.checked_add(index)?;
    usize::try_from(if index < 0 { from_end } else { index }).ok()
}

/// Like a Python slice: positions outside the text are its ends.
fn substring(arguments: &[&Json]) -> Option<Json> {
    let text: Vec<char> = arguments.first()?.as_str()?.chars().collect();
    let place = |index: i64| position(index, text.len()).unwrap_or(0).min(text.len());
    let start = place(arguments.get(1)?.as_i64()?);
    let end = match arguments.get(2) {
        Some(end) => place(end.as_i64()?),
        None => text.len(),
    };
    Some(text.get(start..end).unwrap_or_default().iter().collect::<String>().into())
}

fn index_of(arguments: &[&Json]) -> Option<Json> {
    let (text, part) = (arguments.first()?.as_str()?, arguments.get(1)?.as_str()?);
    let start = match arguments.get(2) {
        Some(start) => position(start.as_i64()?, text.chars().count())?,
        None => 0,
    };
    let offset = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(start)?;
    let found = text[offset..].find(part)?;
    Some((start + text[offset..offset + found].chars().count()).into())
}

/// Folding keeps the number of characters, so that places in the folded text are places in the text.
fn between(how: Between, arguments: &[&Json]) -> Option<Json> {
    let text = arguments.first()?.as_str()?;
    let mark = |place: usize| Some(fold_text(arguments.get(place)?.as_str()?, how.case));
    let (folded, left, right) = (fold_text(text, how.case), mark(1)?, mark(2)?);
    let (_, rest) = folded.split_once(left.as_str())?;
    let end = if how.greedy { rest.rfind(right.as_str()) } else { rest.find(right.as_str()) }?;
    let start = folded[..folded.len() - rest.len()].chars().count();
    let length = rest[..end].chars().count();
    Some(text.chars().skip(start).take(length).collect::<String>().into())
}

fn index(container: &Json, index: &Json, model: EventModel) -> Option<Json> {
    if let Some(map) = container.as_object().filter(|_| !index.is_string()) {
        return python::keys::other(map, index).cloned();
    }
    // Python's booleans are the numbers 0 and 1.
    let number = index.as_bool().filter(|_| model.is_python()).map(|index| Json::from(i64::from(index)));
    let index = number.as_ref().unwrap_or(index);
    match (container, index) {
        (Json::Array(items), Json::Number(_)) => items.get(position(index.as_i64()?, items.len())?).cloned(),
        (Json::String(text), Json::Number(_)) => {
            let place = position(index.as_i64()?, text.chars().count())?;
            text.chars().nth(place).map(|c| Json::from(c.to_string()))
        }
        (Json::Object(map), Json::String(key)) => match model {
            EventModel::Panther => panther_key(container, key).cloned(),
            _ => map.get(key).cloned(),
        },
        _ => None,
    }
}

/// Whole numbers stay whole; beyond 64 bits they become real numbers.
fn arithmetic(function: Function, left: Number, right: Number) -> Option<Number> {
    let (Number::Whole(a), Number::Whole(b)) = (left, right) else {
        let (a, b) = (left.as_f64(), right.as_f64());
        return match function {
            Function::Add => Some(Number::Real(a + b)),
            Function::Subtract => Some(Number::Real(a - b)),
            Function::Multiply => Some(Number::Real(a * b)),
            _ if b == 0.0 => None,
            Function::Divide => Some(Number::Real(a / b)),
            _ => Some(Number::Real(a % b)),
        };
    };
    match function {
        Function::Add => a.checked_add(b).map(Number::Whole),
        Function::Subtract => a.checked_sub(b).map(Number::Whole),
        Function::Multiply => a.checked_mul(b).map(Number::Whole),
        Function::Divide => a.checked_div(b).map(Number::Whole),
        _ => a.checked_rem(b).map(Number::Whole),
    }
}

#[cfg(test)]
mod tests;
