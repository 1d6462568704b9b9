//! What a plain scalar means: YAML 1.1 as PyYAML's resolver reads it, YAML 1.2 by its core schema.

use super::YamlVersion;

/// The meaning of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that does not fit into 64 bits.
    BigInt,
    Float(f64),
    Str,
}

impl Reading {
    /// The reading in words, for a message.
    pub(super) fn describe(&self, text: &str) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => format!("the boolean {value}"),
            Self::Int(value) => format!("the integer {value}"),
            Self::BigInt => format!("the integer {text}"),
            Self::Float(value) => format!("the number {value}"),
            Self::Str => format!("the string \"{text}\""),
        }
    }
}

/// Both readings where one of them may be something else than a string; `None` for what is a string in both.
pub(super) fn candidates(text: &str) -> Option<(Reading, Reading)> {
    let possible = match text.as_bytes().first() {
        None => true,
        Some(b'+' | b'-' | b'.' | b'0'..=b'9') => text.len() <= 5 || may_be_number(text),
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O') => {
            word(text).is_some() || boolean_1_1(text).is_some()
        }
        Some(_) => false,
    };
    possible.then(|| (resolve(text, YamlVersion::V1_1), resolve(text, YamlVersion::V1_2)))
}

/// Whether each character may stand where it does in a number of either version. Dates and ids, which begin like numbers, are none.
fn may_be_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'+' | b'-' => at == 0 || matches!(bytes[at - 1], b'e' | b'E'),
        byte => byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'_' | b':' | b'o' | b'x'),
    })
}

/// The meaning of a plain scalar in one version.
pub(super) fn resolve(text: &str, version: YamlVersion) -> Reading {
    if let Some(word) = word(text) {
        return word;
    }
    match version {
        YamlVersion::V1_1 => boolean_1_1(text)
            .map(Reading::Bool)
            .or_else(|| float_1_1(text).map(Reading::Float))
            .or_else(|| int_1_1(text))
            .unwrap_or(Reading::Str),
        YamlVersion::V1_2 => int_1_2(text).or_else(|| float_1_2(text).map(Reading::Float)).unwrap_or(Reading::Str),
    }
}

/// Words that both versions read alike.
fn word(text: &str) -> Option<Reading> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Reading::Null,
        "true" | "True" | "TRUE" => Reading::Bool(true),
        "false" | "False" | "FALSE" => Reading::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Reading::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Reading::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Reading::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// Also behind `!!bool`, which PyYAML reads with the same table in any letter case.
pub(super) fn boolean_1_1(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn unsigned(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn all(text: &str, holds: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(holds)
}

/// Digits of one base; underscores are dropped as PyYAML drops them.
fn digits(negative: bool, digits: &str, radix: u32) -> Option<Reading> {
    let mut plain = String::with_capacity(digits.len() + 1);
    if negative {
        plain.push('-');
    }
    plain.extend(digits.chars().filter(|c| *c != '_'));
    if plain.trim_start_matches('-').is_empty() {
        return None;
    }
    Some(i64::from_str_radix(&plain, radix).map_or(Reading::BigInt, Reading::Int))
}

/// PyYAML `resolver.py`, tag `int`: `0b`, leading-zero octal, decimal, `0x`, and base 60.
fn int_1_1(text: &str) -> Option<Reading> {
    let (negative, body) = unsigned(text);
    if let Some(rest) = body.strip_prefix("0b") {
        return all(rest, |b| matches!(b, b'0' | b'1' | b'_')).then(|| digits(negative, rest, 2))?;
    }
    if let Some(rest) = body.strip_prefix("0x") {
        return all(rest, |b| b.is_ascii_hexdigit() || b == b'_').then(|| digits(negative, rest, 16))?;
    }
    if body == "0" {
        return Some(Reading::Int(0));
    }
    if let Some(rest) = body.strip_prefix('0') {
        return all(rest, |b| matches!(b, b'0'..=b'7' | b'_')).then(|| digits(negative, body, 8))?;
    }
    if !matches!(body.as_bytes().first(), Some(b'1'..=b'9')) {
        return None;
    }
    if all(body, |b| b.is_ascii_digit() || b == b'_') {
        return digits(negative, body, 10);
    }
    let (head, rest) = body.split_once(':')?;
    let sound = all(head, |b| b.is_ascii_digit() || b == b'_') && rest.split(':').all(is_sixtieth);
    sound.then(|| sexagesimal(negative, head, rest))
}

/// One place of a base 60 number: `[0-5]?[0-9]`.
fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => matches!(ten, b'0'..=b'5') && unit.is_ascii_digit(),
        _ => false,
    }
}

fn sexagesimal(negative: bool, head: &str, rest: &str) -> Reading {
    let head = head.replace('_', "");
    let parts = std::iter::once(head.as_str()).chain(rest.split(':'));
    let value = parts.map(str::parse::<i64>).try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(part.ok()?));
    value.map_or(Reading::BigInt, |value| Reading::Int(if negative { -value } else { value }))
}

/// PyYAML `resolver.py`, tag `float`: a point is required, an exponent needs its sign, underscores and base 60 count.
fn float_1_1(text: &str) -> Option<f64> {
    let (negative, body) = unsigned(text);
    let signed = body.len() != text.len();
    let (whole, rest) = body.split_once('.')?;
    let is_digits = |b: u8| b.is_ascii_digit() || b == b'_';
    if let Some((head, sixtieths)) = whole.split_once(':') {
        let sound = head.starts_with(|c: char| c.is_ascii_digit())
            && all(head, is_digits)
            && sixtieths.split(':').all(is_sixtieth)
            && rest.bytes().all(is_digits);
        return sound.then(|| sexagesimal_float(negative, whole, rest))?;
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let sound = match whole.as_bytes().first() {
        // `.5` takes no sign in PyYAML, and starts with a digit.
        None => !signed && fraction.starts_with(|c: char| c.is_ascii_digit()),
        Some(first) => first.is_ascii_digit() && whole.bytes().all(is_digits),
    };
    let sound = sound && fraction.bytes().all(is_digits) && exponent.is_none_or(is_signed_digits);
    sound.then(|| text.replace('_', "").parse().ok())?
}

fn is_signed_digits(exponent: &str) -> bool {
    exponent.starts_with(['+', '-']) && all(&exponent[1..], |b| b.is_ascii_digit())
}

fn sexagesimal_float(negative: bool, whole: &str, fraction: &str) -> Option<f64> {
    let places = format!("{whole}.{fraction}").replace('_', "");
    let mut value = 0.0;
    for place in places.split(':') {
        value = value * 60.0 + place.parse::<f64>().ok()?;
    }
    Some(if negative { -value } else { value })
}

/// YAML 1.2.2, section 10.3.2: decimal (leading zeros mean nothing), `0o`, `0x`.
fn int_1_2(text: &str) -> Option<Reading> {
    if let Some(rest) = text.strip_prefix("0o") {
        return all(rest, |b| matches!(b, b'0'..=b'7')).then(|| digits(false, rest, 8))?;
    }
    if let Some(rest) = text.strip_prefix("0x") {
        return all(rest, |b| b.is_ascii_hexdigit()).then(|| digits(false, rest, 16))?;
    }
    let (negative, body) = unsigned(text);
    all(body, |b| b.is_ascii_digit()).then(|| digits(negative, body, 10))?
}

/// YAML 1.2.2, section 10.3.2: `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
fn float_1_2(text: &str) -> Option<f64> {
    let (_, body) = unsigned(text);
    let (number, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let is_digits = |part: &str| all(part, |b| b.is_ascii_digit());
    let sound = match number.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(number),
    };
    let sound = sound && exponent.is_none_or(|e| is_digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    sound.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reading::{BigInt, Bool, Float, Int, Null, Str};

    /// The left column is what `yaml.safe_load` of PyYAML 6.0 gives; the right one is YAML 1.2.2 section 10.3.2.
    #[test]
    fn the_two_versions() {
        let cases = [
            ("", Null, Null),
            ("~", Null, Null),
            ("yes", Bool(true), Str),
            ("Off", Bool(false), Str),
            ("oFF", Str, Str),
            ("y", Str, Str),
            ("TRUE", Bool(true), Bool(true)),
            ("012", Int(10), Int(12)),
            ("0644", Int(420), Int(644)),
            ("089", Str, Int(89)),
            ("0o17", Str, Int(15)),
            ("0x1f", Int(31), Int(31)),
            ("-0x1f", Int(-31), Str),
            ("0b101", Int(5), Str),
            ("1_000", Int(1000), Str),
            ("12:30:45", Int(45045), Str),
            ("190:20:30", Int(685_230), Str),
            ("1:60", Str, Str),
            ("12:30:45.5", Float(45045.5), Str),
            ("1e3", Str, Float(1000.0)),
            ("1.5e3", Str, Float(1500.0)),
            ("1.5e+3", Float(1500.0), Float(1500.0)),
            ("1.", Float(1.0), Float(1.0)),
            (".5", Float(0.5), Float(0.5)),
            ("+.5", Str, Float(0.5)),
            (".", Str, Str),
            ("-", Str, Str),
            ("+1", Int(1), Int(1)),
            ("-.inf", Float(f64::NEG_INFINITY), Float(f64::NEG_INFINITY)),
            ("9223372036854775808", BigInt, BigInt),
            ("-9223372036854775808", Int(i64::MIN), Int(i64::MIN)),
            ("2024-01-01", Str, Str),
            ("1.2.3.4", Str, Str),
            ("0b", Str, Str),
            ("0x", Str, Str),
            ("no way", Str, Str),
        ];
        for (text, v1_1, v1_2) in cases {
            assert_eq!(resolve(text, YamlVersion::V1_1), v1_1, "{text:?} in 1.1");
            assert_eq!(resolve(text, YamlVersion::V1_2), v1_2, "{text:?} in 1.2");
        }
    }
}
