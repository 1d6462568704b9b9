//! Constants: what a string is read as beside another type, and words that a function knows.

use super::operators::is_constant;
use crate::lang::esql::ast::{Expr, ExprKind, Literal};
use crate::lang::esql::hints;
use crate::lang::esql::types::{Type, Types};
use std::net::IpAddr;

/// How a constant string is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Fits,
    /// As a boolean, and neither `true` nor `false` is written.
    False,
    /// A network where an address is wanted.
    Network,
    Misfit,
}

/// Reads a constant string as one of the types.
pub(super) fn read_as(text: &str, types: Types) -> Reading {
    let fits = types.has(Type::Version)
        || (types.intersects(Types::DATE) && is_date(text))
        || (types.has(Type::Ip) && text.parse::<IpAddr>().is_ok())
        || (types.intersects(Types::SPAN) && is_span(text))
        || (types.intersects(Types::NUMBER) && text.trim().parse::<f64>().is_ok())
        || types.intersects(Types::STRING);
    let is_word = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    match types.has(Type::Boolean) {
        _ if fits => Reading::Fits,
        true if is_word => Reading::Fits,
        true if types.is_within(Types::BOOLEAN) => Reading::False,
        _ if types.has(Type::Ip) && is_network(text) => Reading::Network,
        _ => Reading::Misfit,
    }
}

/// Whether a constant is read as a vector: numbers, or bytes in hexadecimal digits.
pub(super) fn is_vector(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Array(items)) => {
            items.iter().all(|item| is_constant(item) && !matches!(item.kind, ExprKind::Literal(Literal::String(_))))
        }
        ExprKind::Literal(Literal::String(text)) => {
            let digits = text.value.as_bytes();
            !digits.is_empty() && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit)
        }
        _ => false,
    }
}

fn is_network(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| address.parse::<IpAddr>().is_ok() && bits.parse::<u8>().is_ok())
}

fn is_span(text: &str) -> bool {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    digits > 0 && text.get(digits..).is_some_and(|unit| hints::is_time_unit(unit.trim()))
}

/// Elasticsearch's `strict_date_optional_time`: from `2026` to `2026-01-31T12:30:00.000Z`, every part but the year optional.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let year = parts.next().is_some_and(|year| digits(year, 4, 0, 9999));
    let month = parts.next().is_none_or(|month| digits(month, 2, 1, 12));
    let day = parts.next().is_none_or(|day| digits(day, 2, 1, 31));
    let whole = year && month && day && parts.next().is_none();
    whole && time.is_none_or(|time| time.is_empty() || is_time(time))
}

fn is_time(text: &str) -> bool {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = (text.get(..zone).unwrap_or_default(), text.get(zone..).unwrap_or_default());
    let mut parts = time.split(':');
    let hour = parts.next().is_some_and(|hour| digits(hour, 2, 0, 24));
    let minute = parts.next().is_none_or(|minute| digits(minute, 2, 0, 59));
    let second = parts.next().is_none_or(|second| {
        let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
        digits(second, 2, 0, 59) && (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit())
    });
    hour && minute && second && parts.next().is_none() && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else { return matches!(text, "" | "Z") };
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        None => offset.split_at_checked(2).unwrap_or((offset, "")),
    };
    digits(hours, 2, 0, 18) && (minutes.is_empty() || digits(minutes, 2, 0, 59))
}

fn digits(text: &str, len: usize, least: u32, most: u32) -> bool {
    text.len() == len && text.bytes().all(|b| b.is_ascii_digit()) && {
        text.parse::<u32>().is_ok_and(|value| (least..=most).contains(&value))
    }
}

/// The words that an argument of a function can be, and what they are.
pub(super) fn words(function: &str, argument: usize) -> Option<(&'static [&'static str], &'static str)> {
    match (function, argument) {
        ("date_diff", 0) => Some((UNITS, "a unit of time")),
        ("date_extract", 0) => Some((PARTS, "a part of a date")),
        ("mv_sort", 1) | ("top", 2) => Some((&["asc", "desc"], "an order")),
        _ => None,
    }
}

/// The units of `date_diff` and their short forms.
const UNITS: &[&str] = &[
    "year",
    "years",
    "yy",
    "yyyy",
    "quarter",
    "quarters",
    "qq",
    "q",
    "month",
    "months",
    "mm",
    "m",
    "dayofyear",
    "dy",
    "y",
    "day",
    "days",
    "dd",
    "d",
    "week",
    "weeks",
    "wk",
    "ww",
    "weekday",
    "weekdays",
    "dw",
    "hour",
    "hours",
    "hh",
    "minute",
    "minutes",
    "mi",
    "n",
    "second",
    "seconds",
    "ss",
    "s",
    "millisecond",
    "milliseconds",
    "ms",
    "microsecond",
    "microseconds",
    "mcs",
    "nanosecond",
    "nanoseconds",
    "ns",
];

/// The parts of `date_extract`: Java's `ChronoField`.
const PARTS: &[&str] = &[
    "aligned_day_of_week_in_month",
    "aligned_day_of_week_in_year",
    "aligned_week_of_month",
    "aligned_week_of_year",
    "ampm_of_day",
    "clock_hour_of_ampm",
    "clock_hour_of_day",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "epoch_day",
    "era",
    "hour_of_ampm",
    "hour_of_day",
    "instant_seconds",
    "micro_of_day",
    "micro_of_second",
    "milli_of_day",
    "milli_of_second",
    "minute_of_day",
    "minute_of_hour",
    "month_of_year",
    "nano_of_day",
    "nano_of_second",
    "offset_seconds",
    "proleptic_month",
    "second_of_day",
    "second_of_minute",
    "year",
    "year_of_era",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_iso_8601_with_optional_parts() {
        for text in
            ["2026", "2026-01", "2026-01-31", "2026-01-31T12", "2026-01-31T12:30:00.123Z", "2026-01-31T12:30+01:00"]
        {
            assert!(is_date(text), "{text}");
        }
        for text in
            ["", "26-01-31", "2026-1-31", "2026-13-01", "31.01.2026", "now-1d", "2026-01-31 12:30", "2026-01-31T1:3"]
        {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn strings_are_read_as_what_stands_beside_them() {
        assert_eq!(read_as("10.0.0.1", Type::Ip.into()), Reading::Fits);
        assert_eq!(read_as("10.0.0.0/8", Type::Ip.into()), Reading::Network);
        assert_eq!(read_as("localhost", Type::Ip.into()), Reading::Misfit);
        assert_eq!(read_as("True", Types::BOOLEAN), Reading::Fits);
        assert_eq!(read_as("yes", Types::BOOLEAN), Reading::False);
        assert_eq!(read_as("15 minutes", Types::SPAN), Reading::Fits);
        assert_eq!(read_as("7d", Types::SPAN), Reading::Fits);
        assert_eq!(read_as("soon", Types::SPAN), Reading::Misfit);
    }
}
