//! Texts. Lengths and places count code points, as Elasticsearch does.

use super::super::function::{MAX_TEXT, bounded};
use super::super::patterns::Patterns;
use super::super::spelling::Syntax;
use crate::ir::EsqlFunction;
use serde_json::Value as Json;

/// A function of texts; `None` also for another function.
pub(super) fn call(function: EsqlFunction, arguments: &[&Json]) -> Option<Json> {
    use EsqlFunction as F;
    if function == F::Space {
        return repeat(" ", arguments.first()?.as_i64()?);
    }
    let text = arguments.first()?.as_str()?;
    let other = || arguments.get(1)?.as_str();
    let number = |at: usize| arguments.get(at)?.as_i64();
    match function {
        F::BitLength => Some((text.len() * 8).into()),
        F::ByteLength => Some(text.len().into()),
        F::Contains => Some(text.contains(other()?).into()),
        F::StartsWith => Some(text.starts_with(other()?).into()),
        F::EndsWith => Some(text.ends_with(other()?).into()),
        F::Left => bounded(text.chars().take(count(number(1)?)).collect()),
        F::Right => {
            let skipped = text.chars().count().saturating_sub(count(number(1)?));
            bounded(text.chars().skip(skipped).collect())
        }
        F::Locate => Some(locate(text, other()?, arguments.get(2).map_or(Some(0), |start| start.as_i64())?).into()),
        F::LTrim => Some(text.trim_start().into()),
        F::RTrim => Some(text.trim_end().into()),
        F::Trim => Some(text.trim().into()),
        F::Repeat => repeat(text, number(1)?),
        F::Reverse => bounded(text.chars().rev().collect()),
        F::Split => {
            let separator = other()?;
            let parts = text.split(separator).filter(|_| !separator.is_empty());
            Some(parts.map(Json::from).collect())
        }
        F::Substring => substring(text, number(1)?, arguments.get(2).map_or(Some(i64::MAX), |length| length.as_i64())?),
        F::FromBase64 => Some(from_base64(text)?.into()),
        F::ToBase64 => Some(to_base64(text.as_bytes()).into()),
        _ => None,
    }
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn repeat(text: &str, times: i64) -> Option<Json> {
    let times = usize::try_from(times).ok()?;
    (text.len().saturating_mul(times) <= MAX_TEXT).then(|| text.repeat(times).into())
}

/// The place of the first occurrence from `start` on, counted from 1; 0 when there is none.
fn locate(text: &str, part: &str, start: i64) -> usize {
    let skipped = count(start).saturating_sub(1);
    let Some(from) = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(skipped) else { return 0 };
    text[from..].find(part).map_or(0, |at| skipped + text[from..from + at].chars().count() + 1)
}

/// From a place that is counted from 1, or from the end when it is negative.
fn substring(text: &str, start: i64, length: i64) -> Option<Json> {
    let total = i64::try_from(text.chars().count()).ok()?;
    let from = match start {
        0.. => (start - 1).max(0),
        _ => (total.saturating_add(start)).max(0),
    };
    let taken = usize::try_from(length).ok()?;
    Some(text.chars().skip(count(from)).take(taken).collect::<String>().into())
}

/// Every match of a Java regular expression replaced; `$1` stands for a group.
pub(super) fn replace(arguments: &[&Json], patterns: &Patterns) -> Result<Option<Json>, String> {
    let texts: Option<Vec<&str>> = arguments.iter().map(|argument| argument.as_str()).collect();
    let Some([text, pattern, new]) = texts.as_deref() else { return Ok(None) };
    let regex = patterns.get(Syntax::Java, pattern);
    let regex = regex.as_ref().as_ref().map_err(Clone::clone)?;
    let replaced = regex.replace_all(text, replacement(new));
    Ok((replaced.len() <= MAX_TEXT).then(|| replaced.into_owned().into()))
}

/// Java's replacement in the form of the `regex` crate: a group's number is as short as it can be, a backslash escapes.
fn replacement(java: &str) -> String {
    let mut out = String::new();
    let mut chars = java.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => {}
            },
            '$' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => out.extend(["${", digit.encode_utf8(&mut [0; 4]), "}"]),
                Some(other) => out.extend(["$", other.encode_utf8(&mut [0; 4])]),
                None => out.push_str("$$"),
            },
            _ => out.push(c),
        }
    }
    out
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4_u32 {
            let index = (bits >> (18 - 6 * at)) & 0x3f;
            let letter = ALPHABET.get(index as usize).copied().unwrap_or(b'=');
            out.push(if at as usize <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Bytes that are no UTF-8 become the replacement character.
fn from_base64(text: &str) -> Option<String> {
    let body = text.trim_end_matches('=');
    let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, Vec::new());
    for letter in body.bytes() {
        let value = u32::try_from(ALPHABET.iter().position(|known| *known == letter)?).ok()?;
        bits = bits << 6 | value;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    (body.len() % 4 != 1).then(|| String::from_utf8_lossy(&bytes).into_owned())
}
