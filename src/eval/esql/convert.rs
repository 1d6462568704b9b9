//! Conversions.

use super::super::time::instant;
use super::super::value::{Number, ip, scalar_text};
use super::{date, math::real, place};
use crate::ir::EsqlFunction;
use serde_json::Value as Json;

/// One value converted; `None` when it cannot be.
pub(super) fn call(function: EsqlFunction, value: &Json) -> Option<Json> {
    use EsqlFunction as F;
    match function {
        F::ToBoolean => boolean(value),
        F::ToDatetime => instant(value).map(date::text),
        F::ToDegrees => real(Number::of(value)?.as_f64().to_degrees()),
        F::ToRadians => real(Number::of(value)?.as_f64().to_radians()),
        F::ToDouble => real(number(value)?.as_f64()),
        F::ToGeopoint => place::point(value).map(|point| place::text(point).into()),
        F::ToInteger => whole(value).filter(|number| i32::try_from(*number).is_ok()).map(Json::from),
        F::ToLong => whole(value).map(Json::from),
        F::ToUnsignedLong => whole(value).filter(|number| *number >= 0).map(Json::from),
        F::ToIp => ip(value).map(|address| address.to_string().into()),
        F::ToVersion => value.as_str().map(Json::from),
        _ => match value {
            Json::Object(_) => Some(place::text(place::point(value)?).into()),
            _ => scalar_text(value).map(Json::from),
        },
    }
}

fn boolean(value: &Json) -> Option<Json> {
    match value {
        Json::Bool(_) => Some(value.clone()),
        Json::String(text) => Some(text.eq_ignore_ascii_case("true").into()),
        _ => Some((Number::of(value)?.as_f64() != 0.0).into()),
    }
}

/// Of a number, of a text that is one, of a boolean; of a date that another conversion made, its milliseconds.
fn number(value: &Json) -> Option<Number> {
    match value {
        Json::Bool(value) => Some(Number::Whole((*value).into())),
        Json::String(text) => Number::parse(text.trim()).or_else(|| {
            date::is_text(text).then(|| instant(value))?.map(|date| Number::Whole(date.as_millisecond().into()))
        }),
        _ => Number::of(value),
    }
}

/// The nearest whole number.
fn whole(value: &Json) -> Option<i64> {
    match number(value)? {
        Number::Whole(number) => i64::try_from(number).ok(),
        Number::Real(number) => match Number::of(&real(number.round())?)? {
            Number::Whole(number) => i64::try_from(number).ok(),
            Number::Real(_) => None,
        },
    }
}
