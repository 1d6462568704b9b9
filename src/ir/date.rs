//! Constants that dates are compared with, as Elasticsearch's default format reads them (`strict_date_optional_time||epoch_millis`)
//! and with its date math.
//!
//! Elasticsearch guide, "Date math"; "Range query", "Missing date components" and "Date math and rounding". Parts that a date leaves
//! out, and a rounding, make it stand for a stretch of time: `<` and `>=` speak of its first millisecond, `<=` and `>` of its last.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, ToSpan};

/// A date, a date without some of its parts, or date math. Times are UTC where the text has no offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateConstant {
    anchor: Anchor,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Anchor {
    Now,
    /// The first and the last instant that the text stands for.
    Between(Timestamp, Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Add(i64, Unit),
    /// `/d`: down to the start of the unit, or up to its last millisecond.
    Round(Unit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

impl DateConstant {
    /// Reads `2024-01-05`, `2024-01-05T10:00Z`, `1700000000000`, `now-1d/d`, `2024-01-05||+1M`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(math) = text.strip_prefix("now") {
            return Some(Self { anchor: Anchor::Now, steps: steps(math)? });
        }
        let (date, math) = text.split_once("||").unwrap_or((text, ""));
        let (first, last) = between(date)?;
        let last = if date.len() == text.len() { last } else { first };
        Some(Self { anchor: Anchor::Between(first, last), steps: steps(math)? })
    }

    /// Whether it depends on the clock.
    pub fn is_relative(&self) -> bool {
        self.anchor == Anchor::Now
    }

    /// The first and the last instant that it stands for when the clock shows `now`; `None` beyond the calendar.
    pub fn bounds(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = match self.anchor {
            Anchor::Now => (now, now),
            Anchor::Between(first, last) => (first, last),
        };
        Some((self.walk(first, false)?, self.walk(last, true)?))
    }

    fn walk(&self, start: Timestamp, up: bool) -> Option<Timestamp> {
        let mut at = TimeZone::UTC.to_datetime(start);
        for step in &self.steps {
            at = match *step {
                Step::Add(number, unit) => at.checked_add(unit.span(number)?).ok()?,
                Step::Round(unit) if up => {
                    unit.start(at).checked_add(unit.span(1)?).ok()?.checked_sub(1.millisecond()).ok()?
                }
                Step::Round(unit) => unit.start(at),
            };
        }
        TimeZone::UTC.to_timestamp(at).ok()
    }
}

impl Unit {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'y' => Self::Year,
            'M' => Self::Month,
            'w' => Self::Week,
            'd' => Self::Day,
            'h' | 'H' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            _ => return None,
        })
    }

    fn span(self, number: i64) -> Option<Span> {
        let span = Span::new();
        match self {
            Self::Year => span.try_years(number),
            Self::Month => span.try_months(number),
            Self::Week => span.try_weeks(number),
            Self::Day => span.try_days(number),
            Self::Hour => span.try_hours(number),
            Self::Minute => span.try_minutes(number),
            Self::Second => span.try_seconds(number),
        }
        .ok()
    }

    /// The start of the unit that the instant is in; weeks start on Monday.
    fn start(self, at: DateTime) -> DateTime {
        let (date, time) = (at.date(), at.time());
        let midnight = |date: Date| date.to_datetime(Time::midnight());
        match self {
            Self::Year => midnight(date.first_of_year()),
            Self::Month => midnight(date.first_of_month()),
            Self::Week => {
                let days = i64::from(date.weekday().to_monday_zero_offset());
                midnight(date.saturating_sub(days.days()))
            }
            Self::Day => midnight(date),
            Self::Hour => date.at(time.hour(), 0, 0, 0),
            Self::Minute => date.at(time.hour(), time.minute(), 0, 0),
            Self::Second => date.at(time.hour(), time.minute(), time.second(), 0),
        }
    }
}

/// `+1d`, `-d`, `/d`, one after the other.
fn steps(math: &str) -> Option<Vec<Step>> {
    let mut found = Vec::new();
    let mut rest = math;
    while let Some(operator) = rest.chars().next() {
        rest = rest.get(operator.len_utf8()..)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = if digits == 0 { 1 } else { rest[..digits].parse().ok()? };
        let unit = Unit::of(rest[digits..].chars().next()?)?;
        rest = &rest[digits + 1..];
        found.push(match operator {
            '+' => Step::Add(number, unit),
            '-' => Step::Add(-number, unit),
            '/' if number == 1 => Step::Round(unit),
            _ => return None,
        });
    }
    Some(found)
}

/// The first and the last instant of a text: digits but a year are epoch milliseconds; a missing month or day is the first one, and
/// the last instant fills the missing parts of the time.
fn between(text: &str) -> Option<(Timestamp, Timestamp)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if text.len() != 4 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let instant = Timestamp::from_millisecond(text.parse().ok()?).ok()?;
        return Some((instant, instant));
    }
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let date = calendar_day(date)?;
    let (time, offset, width) = match time {
        None => (Time::midnight(), Offset::UTC, 24.hours()),
        Some(time) => clock_time(time)?,
    };
    let first = offset.to_timestamp(date.to_datetime(time)).ok()?;
    let last = if width.is_zero() { first } else { first.checked_add(width).ok()?.checked_sub(1.nanosecond()).ok()? };
    Some((first, last))
}

fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn calendar_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year: i16 = number(parts.next()?, 4)?;
    let month: i8 = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day: i8 = parts.next().map_or(Some(1), |part| number(part, 2))?;
    if parts.next().is_some() { None } else { Date::new(year, month, day).ok() }
}

/// The time, its offset, and how long the part of the day lasts that it names.
fn clock_time(text: &str) -> Option<(Time, Offset, Span)> {
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let (clock, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(clock, part)| (clock, Some(part)));
    let parts: Vec<i8> = clock.split(':').map(|part| number(part, 2)).collect::<Option<_>>()?;
    let nanos = match fraction {
        Some(part) if (1..=9).contains(&part.len()) && parts.len() == 3 => {
            number::<i32>(part, part.len())? * 10_i32.pow(u32::try_from(9 - part.len()).ok()?)
        }
        Some(_) => return None,
        None => 0,
    };
    let width = match (parts.len(), fraction) {
        (1, _) => 1.hour(),
        (2, _) => 1.minute(),
        (3, None) => 1.second(),
        (3, Some(_)) => Span::new(),
        _ => return None,
    };
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    Some((Time::new(part(0), part(1), part(2), nanos).ok()?, zone_offset(zone)?, width))
}

/// `Z`, `+02:00`, `+0200`, `+02`, or nothing for UTC.
fn zone_offset(text: &str) -> Option<Offset> {
    let sign = match text.chars().next() {
        None | Some('Z') if text.len() <= 1 => return Some(Offset::UTC),
        Some('+') => 1,
        Some('-') => -1,
        _ => return None,
    };
    let digits = text[1..].replacen(':', "", 1);
    let hours: i32 = number(digits.get(..2)?, 2)?;
    let minutes: i32 = if digits.len() == 2 { 0 } else { number(digits.get(2..)?, 2)? };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(text: &str) -> Option<(String, String)> {
        let now = "2024-02-29T13:14:15.016Z".parse().unwrap();
        let (first, last) = DateConstant::parse(text)?.bounds(now)?;
        Some((format!("{first:.3}"), format!("{last:.3}")))
    }

    fn check(text: &str, first: &str, last: &str) {
        assert_eq!(bounds(text), Some((first.to_owned(), last.to_owned())), "{text}");
    }

    /// Elasticsearch guide, "Range query": "Missing date components" (a missing day is 01, a missing hour 23, ...).
    #[test]
    fn missing_parts() {
        check("2099-12", "2099-12-01T00:00:00.000Z", "2099-12-01T23:59:59.999Z");
        check("2024", "2024-01-01T00:00:00.000Z", "2024-01-01T23:59:59.999Z");
        check("2024-01-05", "2024-01-05T00:00:00.000Z", "2024-01-05T23:59:59.999Z");
        check("2024-01-05T10", "2024-01-05T10:00:00.000Z", "2024-01-05T10:59:59.999Z");
        check("2024-01-05T10:20+02:00", "2024-01-05T08:20:00.000Z", "2024-01-05T08:20:59.999Z");
        check("2018-04-03T19:04:17", "2018-04-03T19:04:17.000Z", "2018-04-03T19:04:17.999Z");
        check("2018-04-03T19:04:17.5Z", "2018-04-03T19:04:17.500Z", "2018-04-03T19:04:17.500Z");
        check("1000", "1000-01-01T00:00:00.000Z", "1000-01-01T23:59:59.999Z");
        check("10000", "1970-01-01T00:00:10.000Z", "1970-01-01T00:00:10.000Z");
    }

    /// Elasticsearch guide, "Date math": the examples around `now` and `||`, and "Rounding".
    #[test]
    fn date_math() {
        check("now", "2024-02-29T13:14:15.016Z", "2024-02-29T13:14:15.016Z");
        check("now+1h", "2024-02-29T14:14:15.016Z", "2024-02-29T14:14:15.016Z");
        check("now-1h/d", "2024-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z");
        check("now-1y", "2023-02-28T13:14:15.016Z", "2023-02-28T13:14:15.016Z");
        check("now/w", "2024-02-26T00:00:00.000Z", "2024-03-03T23:59:59.999Z");
        check("2014-11-18||/M", "2014-11-01T00:00:00.000Z", "2014-11-30T23:59:59.999Z");
        check("2001-02-01||+1M/d", "2001-03-01T00:00:00.000Z", "2001-03-01T23:59:59.999Z");
        check("now-d", "2024-02-28T13:14:15.016Z", "2024-02-28T13:14:15.016Z");
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "soon",
            "now-",
            "now-1x",
            "now/2d",
            "nowhere",
            "2024-1-5",
            "2024-01-05 10:00",
            "2024-13-01",
            "2024-01-05T10:00:00.",
            "2024-01-05T10:00é",
            "2024-01-05T+é",
            "now-99999999999999999999d",
            "99999999999999999999",
            "ü",
        ] {
            assert_eq!(bounds(text), None, "{text}");
        }
        assert_eq!(bounds("now-9999999y"), None);
        assert!(DateConstant::parse("now").is_some_and(|constant| constant.is_relative()));
        assert!(DateConstant::parse("2024").is_some_and(|constant| !constant.is_relative()));
    }
}
