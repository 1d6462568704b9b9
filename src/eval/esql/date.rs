//! Dates, in UTC. A date as a result is text with milliseconds, as Elasticsearch writes it.

use super::super::time::instant;
use super::super::value::Number;
use super::math::real;
use crate::ir::EsqlFunction;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value as Json;

/// The date as Elasticsearch writes it.
pub(in crate::eval) fn text(date: Timestamp) -> Json {
    date.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string().into()
}

/// Whether a text can be a date that [`text`] made: it begins with a year and a dash.
pub(super) fn is_text(text: &str) -> bool {
    text.get(..5).is_some_and(|year| year.ends_with('-') && year.bytes().take(4).all(|byte| byte.is_ascii_digit()))
}

pub(super) fn call(function: EsqlFunction, arguments: &[&Json]) -> Option<Json> {
    use EsqlFunction as F;
    let date = |at: usize| instant(arguments.get(at)?);
    let word = |at: usize| arguments.get(at)?.as_str();
    match function {
        F::DateAdd => add(date(0)?, arguments.get(1)?.as_i64()?, word(2)?).map(text),
        F::DateTrunc => truncated(date(2)?, arguments.first()?.as_i64()?, word(1)?).map(text),
        F::DateDiff => difference(word(0)?, date(1)?, date(2)?),
        F::DateExtract => part(&word(0)?.to_ascii_lowercase(), date(1)?).map(Json::from),
        F::DayName => Some(utc(date(0)?).strftime("%A").to_string().into()),
        F::MonthName => Some(utc(date(0)?).strftime("%B").to_string().into()),
        F::DateFormat | F::DateParse if arguments.len() == 1 => date(0).map(text),
        F::DateFormat => Some(utc(date(1)?).strftime(&java_format(word(0)?)?).to_string().into()),
        F::DateParse => parse(&java_format(word(0)?)?, word(1)?).map(text),
        _ => bucket(arguments),
    }
}

fn utc(date: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(date)
}

fn timestamp(date: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(date).ok()
}

fn span(amount: i64, unit: &str) -> Option<Span> {
    let span = Span::new();
    match unit {
        "millisecond" => span.try_milliseconds(amount),
        "second" => span.try_seconds(amount),
        "minute" => span.try_minutes(amount),
        "hour" => span.try_hours(amount),
        "day" => span.try_days(amount),
        "week" => span.try_weeks(amount),
        "month" => span.try_months(amount),
        "quarter" => span.try_months(amount.checked_mul(3)?),
        _ => span.try_years(amount),
    }
    .ok()
}

fn add(date: Timestamp, amount: i64, unit: &str) -> Option<Timestamp> {
    timestamp(utc(date).checked_add(span(amount, unit)?).ok()?)
}

/// Down to a whole number of spans: those of fixed length are counted from the epoch, weeks from a Monday, months and years from the
/// year 1.
fn truncated(date: Timestamp, amount: i64, unit: &str) -> Option<Timestamp> {
    if amount <= 0 {
        return None;
    }
    let fixed = match unit {
        "millisecond" => 1,
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        "week" => 7 * 86_400_000,
        _ => return whole_months(date, amount, unit),
    };
    // The epoch is a Thursday; Elasticsearch counts from the Monday before it.
    let first = if unit == "week" { -3 * 86_400_000 } else { 0_i64 };
    let length = amount.checked_mul(fixed)?;
    let since = date.as_millisecond().checked_sub(first)?;
    Timestamp::from_millisecond(since.div_euclid(length).checked_mul(length)?.checked_add(first)?).ok()
}

fn whole_months(date: Timestamp, amount: i64, unit: &str) -> Option<Timestamp> {
    let months = amount.checked_mul(match unit {
        "month" => 1,
        "quarter" => 3,
        _ => 12,
    })?;
    let date = utc(date);
    // Years are counted from year 1, so that five of them begin in 2021 and not in 2020.
    let since = (i64::from(date.year()) - 1) * 12 + i64::from(date.month()) - 1;
    let start = since.div_euclid(months) * months;
    let (year, month) = (start.div_euclid(12) + 1, start.rem_euclid(12) + 1);
    let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    timestamp(first.to_datetime(Time::midnight()))
}

/// Whole units from the first to the second date, towards zero.
fn difference(unit: &str, from: Timestamp, to: Timestamp) -> Option<Json> {
    const SECOND: i128 = 1_000_000_000;
    let nanoseconds = to.as_nanosecond().checked_sub(from.as_nanosecond())?;
    let fixed = |length: i128| i64::try_from(nanoseconds / length).ok().map(Json::from);
    match unit.to_ascii_lowercase().as_str() {
        "nanosecond" | "nanoseconds" | "ns" => fixed(1),
        "microsecond" | "microseconds" | "mcs" => fixed(1_000),
        "millisecond" | "milliseconds" | "ms" => fixed(1_000_000),
        "second" | "seconds" | "ss" | "s" => fixed(SECOND),
        "minute" | "minutes" | "mi" | "n" => fixed(60 * SECOND),
        "hour" | "hours" | "hh" => fixed(3_600 * SECOND),
        "day" | "days" | "dd" | "d" | "dayofyear" | "dy" | "y" | "weekday" | "weekdays" | "dw" => {
            fixed(86_400 * SECOND)
        }
        "week" | "weeks" | "wk" | "ww" => fixed(7 * 86_400 * SECOND),
        "month" | "months" | "mm" | "m" => months(from, to).map(Json::from),
        "quarter" | "quarters" | "qq" | "q" => months(from, to).map(|months| (months / 3).into()),
        "year" | "years" | "yyyy" | "yy" => months(from, to).map(|months| (months / 12).into()),
        _ => None,
    }
}

fn months(from: Timestamp, to: Timestamp) -> Option<i64> {
    let span = utc(from).until((jiff::Unit::Month, utc(to))).ok()?;
    Some(i64::from(span.get_months()))
}

/// A part of a date by the name of Java's `ChronoField`.
fn part(name: &str, date: Timestamp) -> Option<i64> {
    let at = utc(date);
    let nano = i64::from(at.subsec_nanosecond());
    let seconds = i64::from(at.hour()) * 3_600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    Some(match name {
        "year" | "year_of_era" => at.year().into(),
        "month_of_year" => at.month().into(),
        "proleptic_month" => i64::from(at.year()) * 12 + i64::from(at.month()) - 1,
        "day_of_month" => at.day().into(),
        "day_of_year" => at.date().day_of_year().into(),
        "day_of_week" => at.weekday().to_monday_one_offset().into(),
        "epoch_day" => date.as_second().div_euclid(86_400),
        "aligned_week_of_month" => (i64::from(at.day()) - 1) / 7 + 1,
        "aligned_week_of_year" => (i64::from(at.date().day_of_year()) - 1) / 7 + 1,
        "aligned_day_of_week_in_month" => (i64::from(at.day()) - 1) % 7 + 1,
        "aligned_day_of_week_in_year" => (i64::from(at.date().day_of_year()) - 1) % 7 + 1,
        "ampm_of_day" => i64::from(at.hour() >= 12),
        "hour_of_day" => at.hour().into(),
        "clock_hour_of_day" => {
            if at.hour() == 0 {
                24
            } else {
                at.hour().into()
            }
        }
        "hour_of_ampm" => i64::from(at.hour()) % 12,
        "clock_hour_of_ampm" => (i64::from(at.hour()) + 11) % 12 + 1,
        "minute_of_hour" => at.minute().into(),
        "minute_of_day" => seconds / 60,
        "second_of_minute" => at.second().into(),
        "second_of_day" => seconds,
        "milli_of_second" => nano / 1_000_000,
        "milli_of_day" => seconds * 1_000 + nano / 1_000_000,
        "micro_of_second" => nano / 1_000,
        "micro_of_day" => seconds * 1_000_000 + nano / 1_000,
        "nano_of_second" => nano,
        "nano_of_day" => seconds * 1_000_000_000 + nano,
        "instant_seconds" => date.as_second(),
        "offset_seconds" => 0,
        "era" => i64::from(at.year() > 0),
        _ => return None,
    })
}

/// A pattern of Java's `DateTimeFormatter` in the form of `strftime`; `None` where a letter has none.
fn java_format(pattern: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let length = rest.chars().take_while(|c| *c == first).count();
        if first == '\'' {
            let (quoted, after) = rest[1..].split_once('\'')?;
            out.push_str(&if quoted.is_empty() { "'".to_owned() } else { quoted.replace('%', "%%") });
            rest = after;
            continue;
        }
        let field = match (first, length) {
            ('y' | 'u', 4 | 1) => "%Y",
            ('y' | 'u', 2) => "%y",
            ('M' | 'L', 4) => "%B",
            ('M' | 'L', 3) => "%b",
            ('M' | 'L', 2) => "%m",
            ('M' | 'L', 1) => "%-m",
            ('d', 2) => "%d",
            ('d', 1) => "%-d",
            ('D', 3) => "%j",
            ('H', 2) => "%H",
            ('H', 1) => "%-H",
            ('h', 2) => "%I",
            ('h', 1) => "%-I",
            ('m', 2) => "%M",
            ('m', 1) => "%-M",
            ('s', 2) => "%S",
            ('s', 1) => "%-S",
            ('S', 3) => "%3f",
            ('S', 6) => "%6f",
            ('S', 9) => "%9f",
            ('E', 1..=3) => "%a",
            ('E', 4) => "%A",
            ('a', 1) => "%p",
            ('X', 1) => "Z",
            ('%', _) => "%%",
            (letter, _) if letter.is_ascii_alphabetic() => return None,
            (other, _) => {
                out.push(other);
                rest = &rest[other.len_utf8()..];
                continue;
            }
        };
        out.push_str(field);
        rest = rest.get(length..)?;
    }
    Some(out)
}

/// A date without a time is its first moment.
fn parse(format: &str, text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse(format, text).ok()?;
    let date = parsed.to_datetime().ok().or_else(|| Some(parsed.to_date().ok()?.to_datetime(Time::midnight())))?;
    timestamp(date)
}

/// The start of the bucket: `value, size`, or `value, number of buckets, from, to`, of which the buckets have a round size.
fn bucket(arguments: &[&Json]) -> Option<Json> {
    match arguments {
        [value, size] => real_bucket(Number::of(value)?.as_f64(), Number::of(size)?.as_f64()),
        [value, count, from, to] => {
            let count = Number::of(count)?.as_f64();
            if let (Some(value), Some(from), Some(to)) = (Number::of(value), Number::of(from), Number::of(to)) {
                let precise = (to.as_f64() - from.as_f64()) / count;
                let power = 10_f64.powf(precise.log10().ceil());
                let size = if precise < power / 2.0 { power / 2.0 } else { power };
                return real_bucket(value.as_f64(), size);
            }
            dates(instant(value)?, count, instant(from)?, instant(to)?).map(text)
        }
        _ => None,
    }
}

fn real_bucket(value: f64, size: f64) -> Option<Json> {
    (size > 0.0).then(|| (value / size).floor() * size).and_then(real)
}

/// By the shortest span of Elasticsearch's list that makes no more than so many buckets.
fn dates(date: Timestamp, count: f64, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
    const SPANS: [(i64, &str); 17] = [
        (100, "millisecond"),
        (1, "second"),
        (5, "second"),
        (10, "second"),
        (30, "second"),
        (1, "minute"),
        (5, "minute"),
        (10, "minute"),
        (30, "minute"),
        (1, "hour"),
        (3, "hour"),
        (12, "hour"),
        (1, "day"),
        (1, "week"),
        (1, "month"),
        (3, "month"),
        (1, "year"),
    ];
    // Elasticsearch has a limit of buckets as well.
    let count = count.min(10_000.0);
    let fits = |(amount, unit): &(i64, &str)| {
        let mut at = truncated(from, *amount, unit)?;
        let mut buckets = 0.0;
        while at < to {
            at = add(at, *amount, unit)?;
            buckets += 1.0;
            if buckets > count {
                return None;
            }
        }
        Some(())
    };
    let (amount, unit) = SPANS.iter().find(|span| fits(span).is_some()).unwrap_or(&(1, "year"));
    truncated(date, *amount, unit)
}
