//! Event time.

use crate::ir::DatePart;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// The time of an event: the first of the places where log formats keep it that holds a readable instant.
///
/// Order: `@timestamp` (ECS), `p_event_time` (Panther), `Event.System.TimeCreated`, `winlog.time_created`, `published` (Okta),
/// `eventTime` (CloudTrail), `UtcTime` (Sysmon), `timestamp`, `time`, `TimeCreated`, `_time`.
pub fn event_time(event: &Json) -> Option<Timestamp> {
    const PLACES: [&[&str]; 12] = [
        &["@timestamp"],
        &["p_event_time"],
        &["Event", "System", "TimeCreated", "#attributes", "SystemTime"],
        &["winlog", "time_created"],
        &["published"],
        &["eventTime"],
        &["UtcTime"],
        &["Event", "EventData", "UtcTime"],
        &["timestamp"],
        &["time"],
        &["TimeCreated"],
        &["_time"],
    ];
    PLACES.iter().find_map(|place| {
        let value = place.iter().try_fold(event, |value, key| value.get(key))?;
        let value = value.as_array().map_or(Some(value), |items| items.first())?;
        if *place == ["@timestamp"] { instant(value) } else { instant_of_any_unit(value) }
    })
}

/// An instant as Elasticsearch's `date` reads it: ISO 8601 text, or epoch milliseconds as a number or as digits.
pub(super) fn instant(value: &Json) -> Option<Timestamp> {
    const BEYOND_MILLISECONDS: u64 = 100_000_000_000_000;
    match value {
        Json::Number(number) => match number.as_i64() {
            Some(whole) if whole.unsigned_abs() >= BEYOND_MILLISECONDS => of_magnitude(whole),
            Some(whole) => Timestamp::from_millisecond(whole).ok(),
            None => number.as_f64().and_then(|real| from_seconds(real / 1000.0)),
        },
        // Four digits are a year.
        Json::String(text) if text.len() != 4 && is_digits(text) => instant(&Json::from(text.parse::<i64>().ok()?)),
        Json::String(text) => parse(text),
        _ => None,
    }
}

/// Like [`instant`], but the unit of a number is told by its size: logs outside Elasticsearch use seconds as well.
fn instant_of_any_unit(value: &Json) -> Option<Timestamp> {
    match value {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => of_magnitude(whole),
            None => number.as_f64().and_then(from_seconds),
        },
        Json::String(text) if text.len() != 4 && is_digits(text) => of_magnitude(text.parse().ok()?),
        Json::String(text) => parse(text),
        _ => None,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Seconds, milliseconds, microseconds, Windows FILETIME (100 ns since 1601) or nanoseconds, by the number of digits.
fn of_magnitude(number: i64) -> Option<Timestamp> {
    const FILETIME_TO_EPOCH: i64 = 116_444_736_000_000_000;
    match number.unsigned_abs() {
        0..100_000_000_000 => Timestamp::from_second(number).ok(),
        100_000_000_000..100_000_000_000_000 => Timestamp::from_millisecond(number).ok(),
        100_000_000_000_000..100_000_000_000_000_000 => Timestamp::from_microsecond(number).ok(),
        100_000_000_000_000_000..300_000_000_000_000_000 => {
            Timestamp::from_nanosecond(i128::from(number - FILETIME_TO_EPOCH) * 100).ok()
        }
        _ => Timestamp::from_nanosecond(i128::from(number)).ok(),
    }
}

fn from_seconds(seconds: f64) -> Option<Timestamp> {
    const FIRST_TO_LAST_YEAR: f64 = 3e11;
    if !seconds.is_finite() || seconds.abs() > FIRST_TO_LAST_YEAR {
        return None;
    }
    // A real number of today's seconds holds microseconds and no more.
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let (whole, micro) = (seconds.trunc() as i64, (seconds.fract() * 1e6).round() as i64);
    Timestamp::from_microsecond(whole * 1_000_000 + micro).ok()
}

/// ISO 8601, with `T` or a blank, with an offset or, without one, in UTC.
fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let civil = text.parse::<DateTime>().ok().or_else(|| {
        let date = if text.len() == 4 && is_digits(text) { format!("{text}-01-01") } else { text.to_owned() };
        date.parse::<jiff::civil::Date>().ok().map(|date| date.to_datetime(jiff::civil::Time::midnight()))
    })?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// A part of a date: of ISO 8601 text the one that is written, of epoch milliseconds the one in UTC.
pub(super) fn date_part(part: DatePart, value: &Json) -> Option<i64> {
    let date = match value {
        Json::String(text) if text.len() == 4 || !is_digits(text) => civil(text.trim())?,
        _ => TimeZone::UTC.to_datetime(instant(value)?),
    };
    Some(match part {
        DatePart::Minute => date.minute().into(),
        DatePart::Hour => date.hour().into(),
        DatePart::Day => date.day().into(),
        DatePart::Week => date.date().iso_week_date().week().into(),
        DatePart::Month => date.month().into(),
        DatePart::Year => date.year().into(),
    })
}

/// The date and time as they are written, without what follows them about a time zone.
fn civil(text: &str) -> Option<DateTime> {
    let local = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(['Z', 'z'])).unwrap_or(text);
    // An offset is checked, and then left out.
    if let Ok(date) = local.parse::<DateTime>() {
        return Some(date);
    }
    parse(text).map(|instant| TimeZone::UTC.to_datetime(instant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn millis(event: &Json) -> Option<i64> {
        event_time(event).map(Timestamp::as_millisecond)
    }

    #[test]
    fn places_and_spellings() {
        assert_eq!(millis(&json!({"@timestamp": "1970-01-01T00:00:01.5Z"})), Some(1500));
        assert_eq!(millis(&json!({"@timestamp": "7"})), Some(7));
        assert_eq!(millis(&json!({"@timestamp": ["1970-01-01T00:00:01Z"]})), Some(1000));
        assert_eq!(millis(&json!({"@timestamp": 1500})), Some(1500));
        assert_eq!(millis(&json!({"p_event_time": "1970-01-01 00:00:02.000000000"})), Some(2000));
        assert_eq!(millis(&json!({"UtcTime": "1970-01-01 00:00:03.001"})), Some(3001));
        assert_eq!(millis(&json!({"published": "1970-01-01T01:00:00+01:00"})), Some(0));
        assert_eq!(
            millis(
                &json!({"Event": {"System": {"TimeCreated": {"#attributes": {"SystemTime": "1970-01-01T00:00:04Z"}}}}})
            ),
            Some(4000)
        );
        assert_eq!(millis(&json!({"time": 1_700_000_000})), Some(1_700_000_000_000));
        assert_eq!(millis(&json!({"time": 1_700_000_000.25})), Some(1_700_000_000_250));
        assert_eq!(millis(&json!({"timestamp": 116_444_736_010_000_000_i64})), Some(1000));
        assert_eq!(millis(&json!({"@timestamp": "soon", "time": 5})), Some(5000));
        assert_eq!(millis(&json!({"other": 5})), None);
        assert_eq!(millis(&json!([])), None);
    }

    /// Sigma Modifiers 2.1.0, "Time Modifiers": "not designed to handle timezone or format conversions".
    #[test]
    fn parts_of_dates_are_those_that_are_written() {
        let parts = |value: Json| {
            [DatePart::Year, DatePart::Month, DatePart::Week, DatePart::Day, DatePart::Hour, DatePart::Minute]
                .map(|part| date_part(part, &value).unwrap_or(-1))
        };
        for text in [
            "2024-12-30T23:05:00Z",
            "2024-12-30T23:05:00+02:00",
            "2024-12-30 23:05:07.123",
            "2024-12-30T23:05:00.5-08:00",
        ] {
            assert_eq!(parts(json!(text)), [2024, 12, 1, 30, 23, 5], "{text}");
        }
        assert_eq!(parts(json!("2020-12-31")), [2020, 12, 53, 31, 0, 0]);
        assert_eq!(parts(json!(0)), [1970, 1, 1, 1, 0, 0]);
        assert_eq!(parts(json!("1700000000000")), [2023, 11, 46, 14, 22, 13]);
        for value in [json!("soon"), json!(true), json!(null), json!("2024-13-01"), json!(u64::MAX), json!("")] {
            assert_eq!(parts(value), [-1; 6]);
        }
    }

    #[test]
    fn hostile_numbers_are_no_time() {
        for value in [json!(i64::MIN), json!(i64::MAX), json!(1e300), json!(-1e300), json!(u64::MAX)] {
            let _ = event_time(&json!({"@timestamp": value, "time": value}));
        }
    }
}
