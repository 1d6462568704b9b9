//! Values of events as the tests see them: text, numbers, addresses, instants, equality and order.

use crate::ir::{Case, Coercion, Domain};
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::net::{IpAddr, Ipv6Addr};

/// A letter as `case` compares it. A non-ASCII letter never becomes an ASCII one (the Kelvin sign is not `k`), and a letter whose
/// lower case is several characters stays as it is.
pub(super) fn fold(c: char, case: Case) -> char {
    match case {
        Case::Sensitive => c,
        Case::AsciiInsensitive => c.to_ascii_lowercase(),
        Case::Insensitive if c.is_ascii() => c.to_ascii_lowercase(),
        Case::Insensitive => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(only), None) if !only.is_ascii() => only,
                _ => c,
            }
        }
    }
}

pub(super) fn fold_text(text: &str, case: Case) -> String {
    text.chars().map(|c| fold(c, case)).collect()
}

/// A value in which the texts that `case` takes for the same are the same.
pub(super) fn fold_json(value: Json, case: Case) -> Json {
    match value {
        Json::String(text) if !case.is_sensitive() => fold_text(&text, case).into(),
        other => other,
    }
}

/// Whether two texts are the same under `case`.
pub(super) fn same_text(left: &str, right: &str, case: Case) -> bool {
    if case.is_sensitive() {
        return left == right;
    }
    left.chars().map(|c| fold(c, case)).eq(right.chars().map(|c| fold(c, case)))
}

/// The text of a scalar, as JSON writes it; `None` for null, arrays and objects.
pub(super) fn scalar_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The text that a text test sees: strings always, other scalars only under [`Coercion::Text`].
pub(super) fn text_under(value: &Json, coercion: Coercion) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        _ if coercion == Coercion::Text => scalar_text(value),
        _ => None,
    }
}

/// A number that compares exactly while both sides are whole.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    pub(super) fn of(value: &Json) -> Option<Self> {
        let Json::Number(number) = value else { return None };
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        whole.map(Self::Whole).or_else(|| number.as_f64().map(Self::real))
    }

    /// A real number that is whole counts as whole, as far as that is exact.
    fn real(number: f64) -> Self {
        const EXACT: f64 = 1e30;
        if number.fract() == 0.0 && number.abs() < EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and far inside i128")]
            return Self::Whole(number as i128);
        }
        Self::Real(number)
    }

    /// A number in base 10, without white space around it; no hexadecimal, `inf` or `nan`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
            return None;
        }
        text.parse::<i64>().ok().map(|whole| Self::Whole(whole.into())).or_else(|| text.parse().ok().map(Self::real))
    }

    #[expect(clippy::cast_precision_loss, reason = "only whole numbers beyond 2^53 lose digits, beside a real number")]
    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }

    pub(super) fn cmp(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(&right)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }

    /// The number as JSON; `None` for what JSON cannot hold.
    pub(super) fn to_json(self) -> Option<Json> {
        match self {
            Self::Whole(number) => match i64::try_from(number) {
                Ok(number) => Some(number.into()),
                Err(_) => serde_json::Number::from_f64(self.as_f64()).map(Json::Number),
            },
            Self::Real(number) => serde_json::Number::from_f64(number).map(Json::Number),
        }
    }
}

/// The number that a test sees under a coercion.
pub(super) fn number_under(value: &Json, coercion: Coercion) -> Option<Number> {
    match (value, coercion) {
        (Json::Bool(value), Coercion::Python) => Some(Number::Whole((*value).into())),
        (Json::String(text), Coercion::Number) => Number::parse(text),
        _ => Number::of(value),
    }
}

/// Equality under a coercion and a case; lists item by item, objects entry by entry in any order.
pub(super) fn equal(left: &Json, right: &Json, case: Case, coercion: Coercion) -> bool {
    equal_at(left, right, case, coercion, 0)
}

/// Deeper values are not equal: events come from JSON readers that stop far earlier.
const MAX_DEPTH: usize = 200;

fn equal_at(left: &Json, right: &Json, case: Case, coercion: Coercion, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (left, right) {
        (Json::Null, Json::Null) => true,
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| equal_at(left, right, case, coercion, depth + 1))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| {
                    right.get(key).is_some_and(|other| equal_at(value, other, case, coercion, depth + 1))
                })
        }
        _ => equal_scalars(left, right, case, coercion),
    }
}

fn equal_scalars(left: &Json, right: &Json, case: Case, coercion: Coercion) -> bool {
    if coercion == Coercion::Text {
        return match (scalar_text(left), scalar_text(right)) {
            (Some(left), Some(right)) => same_text(&left, &right, case),
            _ => false,
        };
    }
    match (left, right) {
        (Json::String(left), Json::String(right)) if same_text(left, right, case) => true,
        (Json::Bool(left), Json::Bool(right)) => left == right,
        _ => match (number_under(left, coercion), number_under(right, coercion)) {
            (Some(left), Some(right)) => left.cmp(right) == Some(Ordering::Equal),
            _ => false,
        },
    }
}

/// The order of two values in a domain; `None` when a side is not of the domain after the coercion.
pub(super) fn compare(left: &Json, right: &Json, domain: Domain, coercion: Coercion) -> Option<Ordering> {
    match domain {
        Domain::String => Some(text_under(left, coercion)?.cmp(&text_under(right, coercion)?)),
        Domain::Number => number_under(left, coercion)?.cmp(number_under(right, coercion)?),
        Domain::Ip => Some(address(left)?.cmp(&address(right)?)),
        Domain::Date => Some(super::time::instant(left)?.cmp(&super::time::instant(right)?)),
        Domain::Version => Some(version(left)?.cmp(&version(right)?)),
    }
}

/// An address in the order of Elasticsearch's `ip` type: IPv4 as IPv4-mapped IPv6.
fn address(value: &Json) -> Option<Ipv6Addr> {
    match ip(value)? {
        IpAddr::V4(address) => Some(address.to_ipv6_mapped()),
        IpAddr::V6(address) => Some(address),
    }
}

/// The address of a text, an IPv4-mapped one as IPv4.
pub(super) fn ip(value: &Json) -> Option<IpAddr> {
    value.as_str()?.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// A dotted version: numbers before words, a pre-release (`-rc1`) before its release.
type Version = (Vec<Segment>, bool, Vec<Segment>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Number(u64),
    Word(String),
}

fn version(value: &Json) -> Option<Version> {
    let text = value.as_str()?;
    let text = text.split_once('+').map_or(text, |(text, _)| text);
    let (main, before) = text.split_once('-').map_or((text, None), |(main, rest)| (main, Some(rest)));
    if !main.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((segments(main), before.is_none(), before.map(segments).unwrap_or_default()))
}

fn segments(text: &str) -> Vec<Segment> {
    text.split('.').map(|part| part.parse().map_or_else(|_| Segment::Word(part.to_owned()), Segment::Number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn folding_keeps_ascii_and_other_letters_apart() {
        assert!(same_text("ABC", "abc", Case::AsciiInsensitive));
        assert!(!same_text("Ä", "ä", Case::AsciiInsensitive));
        assert!(same_text("Ä", "ä", Case::Insensitive));
        assert!(!same_text("\u{212a}", "k", Case::Insensitive));
        assert!(!same_text("A", "a", Case::Sensitive));
        assert_eq!(fold('\u{130}', Case::Insensitive), '\u{130}');
    }

    #[test]
    fn equality_by_coercion() {
        let same = |left: Json, right: Json, coercion| equal(&left, &right, Case::Sensitive, coercion);
        assert!(same(json!(4625), json!("4625"), Coercion::Text));
        assert!(same(json!(true), json!("true"), Coercion::Text));
        assert!(!same(json!(null), json!("null"), Coercion::Text));
        assert!(same(json!("4625.0"), json!(4625), Coercion::Number));
        assert!(!same(json!("x"), json!(1), Coercion::Number));
        assert!(same(json!("x"), json!("x"), Coercion::Number));
        assert!(!same(json!("1"), json!(1), Coercion::None));
        assert!(same(json!(1), json!(1.0), Coercion::None));
        assert!(!same(json!(true), json!(1), Coercion::None));
        assert!(same(json!(true), json!(1.0), Coercion::Python));
        assert!(!same(json!("1"), json!(1), Coercion::Python));
        assert!(same(json!(null), json!(null), Coercion::None));
        assert!(same(json!([true, {"a": 1}]), json!([1, {"a": 1.0}]), Coercion::Python));
        assert!(!same(json!([1]), json!([1, 2]), Coercion::Python));
        assert!(!same(json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64), Coercion::None));
    }

    #[test]
    fn order_by_domain() {
        let order = |left: Json, right: Json, domain, coercion| compare(&left, &right, domain, coercion);
        assert_eq!(order(json!("10"), json!("9"), Domain::String, Coercion::None), Some(Ordering::Less));
        assert_eq!(order(json!(10), json!("9"), Domain::String, Coercion::None), None);
        assert_eq!(order(json!(10), json!("9"), Domain::String, Coercion::Text), Some(Ordering::Less));
        assert_eq!(order(json!("10"), json!(9), Domain::Number, Coercion::Number), Some(Ordering::Greater));
        assert_eq!(order(json!("10"), json!(9), Domain::Number, Coercion::None), None);
        assert_eq!(order(json!(true), json!(0), Domain::Number, Coercion::Python), Some(Ordering::Greater));
        assert_eq!(order(json!("10.0.0.9"), json!("10.0.0.10"), Domain::Ip, Coercion::None), Some(Ordering::Less));
        assert_eq!(
            order(json!("::ffff:10.0.0.9"), json!("10.0.0.9"), Domain::Ip, Coercion::None),
            Some(Ordering::Equal)
        );
        assert_eq!(order(json!("x"), json!("10.0.0.10"), Domain::Ip, Coercion::None), None);
        assert_eq!(order(json!("1.10.0"), json!("1.9.3"), Domain::Version, Coercion::None), Some(Ordering::Greater));
        assert_eq!(order(json!("1.9.0-rc1"), json!("1.9.0"), Domain::Version, Coercion::None), Some(Ordering::Less));
        assert_eq!(
            order(json!("1970-01-01T00:00:01Z"), json!(999), Domain::Date, Coercion::None),
            Some(Ordering::Greater)
        );
    }
}
