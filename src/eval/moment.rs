//! Times as Python's `datetime` has them: with an offset from UTC or without, which do not go together.

use crate::ir::Function;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

/// The function's result; `None` where Python raises.
pub(super) fn call(function: Function, arguments: &[&Json]) -> Option<Json> {
    let first = *arguments.first()?;
    match function {
        Function::Now => Some(json!([Timestamp::now().as_microsecond(), first.as_bool()?])),
        Function::ParseTime => match arguments.get(1) {
            Some(format) => strptime(first.as_str()?, format.as_str()?)?.json(),
            None => iso(first.as_str()?)?.json(),
        },
        Function::Timestamp => {
            let formats = arguments.get(1)?.as_array()?;
            resolved(first.as_str()?, formats.iter().filter_map(Json::as_str))?.json()
        }
        Function::TimeDifference => {
            let (left, right) = (moment(first)?, moment(arguments.get(1)?)?);
            (left.1 == right.1).then(|| left.0.checked_sub(right.0).map(Json::from)).flatten()
        }
        Function::TimeShift => {
            let (micros, aware) = moment(first)?;
            Some(json!([micros.checked_add(arguments.get(1)?.as_i64()?)?, aware]))
        }
        Function::FormatTime => {
            let time = Timestamp::from_microsecond(moment(first)?.0).ok()?.to_zoned(TimeZone::UTC);
            jiff::fmt::strtime::format(arguments.get(1)?.as_str()?, &time).ok().map(Json::from)
        }
        _ => None,
    }
}

fn moment(value: &Json) -> Option<(i64, bool)> {
    match value.as_array()?.as_slice() {
        [micros, aware] => Some((micros.as_i64()?, aware.as_bool()?)),
        _ => None,
    }
}

/// `resolve_timestamp_string`: the formats are tried without the single quotes that some sources write.
fn resolved<'f>(text: &str, mut formats: impl Iterator<Item = &'f str>) -> Option<Parts> {
    let plain = text.replace('\'', "");
    formats.find_map(|format| strptime(&plain, format)).or_else(|| lenient(text)).or_else(|| epoch(text))
}

/// What dateutil's parser makes of a text in ISO 8601: unlike `fromisoformat` it reads the zone in either case.
fn lenient(text: &str) -> Option<Parts> {
    match text.strip_suffix('z') {
        Some(local) => iso(&format!("{local}Z")),
        None => iso(text),
    }
}

fn epoch(text: &str) -> Option<Parts> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count().min(12);
    let seconds: i64 = if digits >= 9 { text.get(..digits)?.parse().ok()? } else { return None };
    let time = Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC).datetime();
    Some(Parts { date: time.date(), time: time.time(), offset: None })
}

/// What was read.
struct Parts {
    date: Date,
    time: Time,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

impl Parts {
    fn json(&self) -> Option<Json> {
        let time = self.date.to_datetime(self.time).to_zoned(TimeZone::UTC).ok()?.timestamp();
        let micros = time.as_microsecond().checked_sub(self.offset.unwrap_or_default().checked_mul(1_000_000)?)?;
        Some(json!([micros, self.offset.is_some()]))
    }
}

/// ISO 8601 as `datetime.fromisoformat` of Python 3.11 reads it, in the extended format: a date, and a time after any one character.
fn iso(text: &str) -> Option<Parts> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2, 2)?;
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let Some(separator) = rest.chars().next() else {
        return Some(Parts { date, time: Time::midnight(), offset: None });
    };
    let (hour, mut rest) = number(&rest[separator.len_utf8()..], 2, 2)?;
    let (mut minute, mut second, mut nanos) = (0, 0, 0);
    if let Some(more) = rest.strip_prefix(':') {
        (minute, rest) = number(more, 2, 2)?;
    }
    if let Some(more) = rest.strip_prefix(':') {
        (second, rest) = number(more, 2, 2)?;
    }
    if let Some(more) = rest.strip_prefix(['.', ',']) {
        let digits = more.bytes().take_while(u8::is_ascii_digit).count();
        nanos = fraction(more.get(..digits)?)?;
        rest = &more[digits..];
    }
    let offset = if rest.is_empty() { None } else { Some(offset(rest)?).filter(|(_, rest)| rest.is_empty()) };
    if !rest.is_empty() && offset.is_none() {
        return None;
    }
    Some(Parts { date, time: clock(hour, minute, second, nanos)?, offset: offset.map(|(seconds, _)| seconds) })
}

fn clock(hour: i64, minute: i64, second: i64, nanos: i32) -> Option<Time> {
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, nanos).ok()
}

/// Nanoseconds of the digits of a fraction, beyond six cut off.
fn fraction(digits: &str) -> Option<i32> {
    if digits.is_empty() {
        return None;
    }
    let six: String = digits.chars().chain(std::iter::repeat('0')).take(6).collect();
    six.parse::<i32>().ok().map(|micros| micros * 1_000)
}

/// A number of at least and at most so many digits, and the rest.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    Some((text.get(..digits)?.parse().ok()?, text.get(digits..)?))
}

/// `Z`, `+HH:MM`, `+HHMM`, `+HH:MM:SS` in seconds.
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = number(text.strip_prefix(['+', '-'])?, 2, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':').unwrap_or(rest), 2, 2)?;
    let seconds = number(rest.strip_prefix(':').unwrap_or(rest), 2, 2);
    let (seconds, rest) = seconds.unwrap_or((0, rest));
    Some((sign * (hours * 3_600 + minutes * 60 + seconds), rest))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Fields while a text is read by a format.
struct Reading {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i32,
    afternoon: Option<bool>,
    offset: Option<i64>,
}

/// `datetime.strptime` in the C locale: letters without regard to case, white space of any length, nothing left over.
fn strptime(text: &str, format: &str) -> Option<Parts> {
    let mut reading = Reading {
        year: 1900,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        nanos: 0,
        afternoon: None,
        offset: None,
    };
    let mut rest = text;
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        rest = match c {
            '%' => reading.directive(characters.next()?, rest)?,
            c if c.is_whitespace() => {
                let trimmed = rest.trim_start();
                if trimmed.len() == rest.len() {
                    return None;
                }
                trimmed
            }
            c => {
                let first = rest.chars().next().filter(|first| first.to_lowercase().eq(c.to_lowercase()))?;
                &rest[first.len_utf8()..]
            }
        };
    }
    if rest.is_empty() { reading.parts() } else { None }
}

impl Reading {
    fn directive<'t>(&mut self, directive: char, text: &'t str) -> Option<&'t str> {
        let field = match directive {
            'Y' => return number(text, 4, 4).map(|(year, rest)| self.set(|this| this.year = year, rest)),
            'm' => (&mut self.month, 1, 12),
            'd' => (&mut self.day, 1, 31),
            'H' => (&mut self.hour, 0, 23),
            'M' => (&mut self.minute, 0, 59),
            'S' => (&mut self.second, 0, 61),
            'I' => {
                self.afternoon.get_or_insert(false);
                (&mut self.hour, 1, 12)
            }
            other => return self.word(other, text),
        };
        let (slot, least, most) = field;
        // One digit is enough; a second one is taken where the number stays in its range.
        let two = number(text, 2, 2).filter(|(value, _)| (least..=most).contains(value));
        let (value, rest) = two.or_else(|| number(text, 1, 1)).filter(|(value, _)| (least..=most).contains(value))?;
        *slot = value;
        Some(rest)
    }

    fn word<'t>(&mut self, directive: char, text: &'t str) -> Option<&'t str> {
        match directive {
            'y' => {
                let (year, rest) = number(text, 2, 2)?;
                self.year = if year < 69 { 2_000 + year } else { 1_900 + year };
                Some(rest)
            }
            'f' => {
                let digits = text.bytes().take(6).take_while(u8::is_ascii_digit).count();
                self.nanos = fraction(text.get(..digits)?)?;
                text.get(digits..)
            }
            'b' | 'B' => {
                let (month, rest) = name(text, &MONTHS, directive == 'b')?;
                self.month = i64::try_from(month).ok()? + 1;
                Some(rest)
            }
            'a' | 'A' => name(text, &DAYS, directive == 'a').map(|(_, rest)| rest),
            'p' => {
                let (half, rest) = name(text, &["am", "pm"], false)?;
                self.afternoon = Some(half == 1);
                Some(rest)
            }
            'z' => {
                let (seconds, rest) = offset(text)?;
                self.offset = Some(seconds);
                Some(rest)
            }
            // A name of a zone is read, and makes no offset.
            'Z' => name(text, &["utc", "gmt"], false).map(|(_, rest)| rest),
            '%' => text.strip_prefix('%'),
            _ => None,
        }
    }

    fn set<'t>(&mut self, put: impl FnOnce(&mut Self), rest: &'t str) -> &'t str {
        put(self);
        rest
    }

    fn parts(&self) -> Option<Parts> {
        let hour = match self.afternoon {
            None => self.hour,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        let year = i16::try_from(self.year).ok()?;
        let date = Date::new(year, i8::try_from(self.month).ok()?, i8::try_from(self.day).ok()?).ok()?;
        // Leap seconds are no seconds of a `datetime`.
        Some(Parts { date, time: clock(hour, self.minute, self.second, self.nanos)?, offset: self.offset })
    }
}

/// The place of the name that the text starts with.
fn name<'t>(text: &'t str, names: &[&str], short: bool) -> Option<(usize, &'t str)> {
    let lower = text.to_ascii_lowercase();
    let length = |name: &str| if short { 3.min(name.len()) } else { name.len() };
    let place = names.iter().position(|name| lower.starts_with(&name[..length(name)]))?;
    Some((place, text.get(length(names[place])..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(parts: Option<Parts>) -> Option<(i64, bool)> {
        parts.and_then(|parts| parts.json()).and_then(|json| moment(&json))
    }

    /// What CPython 3.11 gives: `calendar.timegm` of the result, and whether it has a `tzinfo`.
    #[test]
    fn as_strptime() {
        for (text, format, expected) in [
            ("2020-01-02 03:04:05", "%Y-%m-%d %H:%M:%S", Some((1_577_934_245_000_000, false))),
            ("2020-1-2t3:4:5z", "%Y-%m-%dT%H:%M:%SZ", Some((1_577_934_245_000_000, false))),
            ("2020-01-02 03:04:05.25", "%Y-%m-%d %H:%M:%S.%f", Some((1_577_934_245_250_000, false))),
            ("02/Jan/2020:03:04:05 +0100", "%d/%b/%Y:%H:%M:%S %z", Some((1_577_930_645_000_000, true))),
            ("jan 2, 2020 11:04:05 PM", "%b %d, %Y %I:%M:%S %p", Some((1_578_006_245_000_000, false))),
            ("2020-02-30 00:00:00", "%Y-%m-%d %H:%M:%S", None),
            ("2020-01-02 03:04:05x", "%Y-%m-%d %H:%M:%S", None),
            ("20-01-02", "%Y-%m-%d", None),
        ] {
            assert_eq!(micros(strptime(text, format)), expected, "{text} {format}");
        }
    }

    #[test]
    fn as_fromisoformat() {
        for (text, expected) in [
            ("2020-01-02", Some((1_577_923_200_000_000, false))),
            ("2020-01-02T03:04:05Z", Some((1_577_934_245_000_000, true))),
            ("2020-01-02 03:04:05.123456789+01:00", Some((1_577_930_645_123_456, true))),
            ("2020-01-02T03:04:05x", None),
            ("x", None),
        ] {
            assert_eq!(micros(iso(text)), expected, "{text}");
        }
        assert_eq!(micros(resolved("1577934245", std::iter::empty())), Some((1_577_934_245_000_000, false)));
    }
}
