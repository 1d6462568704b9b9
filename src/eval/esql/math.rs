//! Numbers.

use super::super::value::{Number, compare};
use crate::ir::{Coercion, Domain, EsqlFunction};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// A function of numbers, and of any values that have an order; `None` also for another function.
pub(super) fn call(function: EsqlFunction, arguments: &[&Json]) -> Option<Json> {
    use EsqlFunction as F;
    match function {
        F::E => return real(std::f64::consts::E),
        F::Pi => return real(std::f64::consts::PI),
        F::Tau => return real(std::f64::consts::TAU),
        F::Greatest => return extreme(arguments, Ordering::Greater),
        F::Least => return extreme(arguments, Ordering::Less),
        _ => {}
    }
    let number = Number::of(arguments.first()?)?;
    match (function, number) {
        (F::Abs, Number::Whole(whole)) => return Number::Whole(whole.abs()).to_json(),
        (F::Ceil | F::Floor, whole @ Number::Whole(_)) => return whole.to_json(),
        (F::Round, number) => return round(number, arguments.get(1).copied()),
        _ => {}
    }
    let x = number.as_f64();
    let y = || Some(Number::of(arguments.get(1)?)?.as_f64());
    real(match function {
        F::Abs => x.abs(),
        F::Acos => x.acos(),
        F::Asin => x.asin(),
        F::Atan => x.atan(),
        F::Atan2 => x.atan2(y()?),
        F::Cbrt => x.cbrt(),
        F::Ceil => x.ceil(),
        F::Cos => x.cos(),
        F::Cosh => x.cosh(),
        F::Exp => x.exp(),
        F::Floor => x.floor(),
        F::Hypot => x.hypot(y()?),
        // One argument: the natural logarithm; two: the base comes first.
        F::Log if arguments.len() == 2 => log(y()?)? / log(x).filter(|base| *base != 0.0)?,
        F::Log => log(x)?,
        F::Log10 => log(x)? / std::f64::consts::LN_10,
        F::Pow => x.powf(y()?),
        F::Signum => {
            if x == 0.0 {
                0.0
            } else {
                x.signum()
            }
        }
        F::Sin => x.sin(),
        F::Sinh => x.sinh(),
        F::Sqrt => x.sqrt(),
        F::Tan => x.tan(),
        F::Tanh => x.tanh(),
        _ => return None,
    })
}

fn log(x: f64) -> Option<f64> {
    (x > 0.0).then(|| x.ln())
}

/// What is not finite is null, with a warning in Elasticsearch.
pub(super) fn real(number: f64) -> Option<Json> {
    serde_json::Number::from_f64(number).map(Json::Number)
}

/// Half away from zero, to so many decimals; negative ones round before the point.
fn round(number: Number, decimals: Option<&Json>) -> Option<Json> {
    const MOST: i64 = 300;
    let decimals = decimals.map_or(Some(0), Json::as_i64)?;
    if let (Number::Whole(_), 0..) = (number, decimals) {
        return number.to_json();
    }
    let power = 10_f64.powi(i32::try_from(decimals.clamp(-MOST, MOST)).ok()?);
    let scaled = number.as_f64() * power;
    let rounded = if scaled.is_finite() { scaled.round() / power } else { number.as_f64() };
    match number {
        Number::Whole(_) => Number::of(&real(rounded)?)?.to_json(),
        Number::Real(_) => real(rounded),
    }
}

fn extreme(arguments: &[&Json], wanted: Ordering) -> Option<Json> {
    let (first, rest) = arguments.split_first()?;
    let found = rest.iter().fold(*first, |found, next| if order(next, found) == wanted { next } else { found });
    Some(found.clone())
}

/// Numbers by size, anything else by its text.
pub(super) fn order(left: &Json, right: &Json) -> Ordering {
    compare(left, right, Domain::Number, Coercion::None)
        .or_else(|| compare(left, right, Domain::String, Coercion::Text))
        .unwrap_or(Ordering::Equal)
}
