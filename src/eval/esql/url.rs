//! Percent-encoding.

use crate::ir::EsqlFunction;
use serde_json::Value as Json;
use std::fmt::Write;

pub(super) fn call(function: EsqlFunction, arguments: &[&Json]) -> Option<Json> {
    let text = arguments.first()?.as_str()?;
    match function {
        EsqlFunction::UrlDecode => decode(text).map(Json::from),
        // A blank is `+` in a form and `%20` in a component.
        EsqlFunction::UrlEncode => Some(encode(text, Some('+')).into()),
        _ => Some(encode(text, None).into()),
    }
}

/// As Java's `URLDecoder`: `+` is a blank; a `%` without two digits after it is an error, and the result null.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                bytes.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
                rest = after;
            }
            (b'%', _) => return None,
            (byte, _) => bytes.push(*byte),
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// As Java's `URLEncoder`: letters, digits, `-`, `_`, `.` and `*` stay; a component has `~` in place of `*`.
fn encode(text: &str, blank: Option<char>) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match (byte, blank) {
            (b' ', Some(blank)) => out.push(blank),
            (b'*', Some(_)) | (b'~', None) => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
