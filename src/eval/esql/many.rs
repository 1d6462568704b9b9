//! Several values. Their order is that in which the event has them.

use super::super::value::{Number, equal, scalar_text};
use super::math::{order, real};
use crate::ir::{Case, Coercion, EsqlFunction};
use serde_json::Value as Json;

/// The values of an argument.
fn values(value: &Json) -> &[Json] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// The values as one: none is null, one is itself.
pub(in crate::eval) fn whole(mut values: Vec<Json>) -> Option<Json> {
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Json::Array(values)),
    }
}

/// A function of one value for each value; those without a result fall out.
pub(super) fn each(arguments: &[&Json], convert: impl Fn(&Json) -> Option<Json>) -> Option<Json> {
    whole(values(arguments.first()?).iter().filter_map(convert).collect())
}

pub(in crate::eval) fn distinct<'v>(values: impl IntoIterator<Item = &'v Json>) -> Vec<Json> {
    let mut found: Vec<Json> = Vec::new();
    for value in values {
        if !found.iter().any(|known| same(known, value)) {
            found.push(value.clone());
        }
    }
    found
}

fn same(left: &Json, right: &Json) -> bool {
    equal(left, right, Case::Sensitive, Coercion::None)
}

/// Whether a function is one of sets, for which null is the empty one.
pub(super) fn of_sets(function: EsqlFunction) -> bool {
    use EsqlFunction as F;
    matches!(function, F::MvContains | F::MvIntersects | F::MvUnion | F::MvDifference | F::MvIntersection)
}

/// A function [`of_sets`].
pub(super) fn sets(function: EsqlFunction, arguments: &[Option<&Json>]) -> Option<Json> {
    use EsqlFunction as F;
    let set = |at: usize| arguments.get(at).copied().flatten().map_or(&[][..], values);
    let (left, right) = (set(0), set(1));
    let within = |value: &Json, set: &[Json]| set.iter().any(|other| same(other, value));
    match function {
        F::MvContains => Some(right.iter().all(|value| within(value, left)).into()),
        F::MvIntersects => Some(right.iter().any(|value| within(value, left)).into()),
        F::MvUnion => whole(distinct(left.iter().chain(right))),
        F::MvDifference => whole(distinct(left.iter().filter(|value| !within(value, right)))),
        _ => whole(distinct(left.iter().filter(|value| within(value, right)))),
    }
}

/// A function of several values, none of the arguments null.
pub(super) fn call(function: EsqlFunction, arguments: &[&Json]) -> Option<Json> {
    use EsqlFunction as F;
    let list = values(arguments.first()?);
    match function {
        F::MvAppend => whole(arguments.iter().flat_map(|argument| values(argument)).cloned().collect()),
        F::MvAvg => real(sum(list)?.as_f64() / number_of(list.len())),
        F::MvConcat => concat(list, arguments.get(1)?.as_str()?),
        F::MvCount => Some(list.len().into()),
        F::MvDedupe => whole(distinct(list)),
        F::MvFirst => list.first().cloned(),
        F::MvLast => list.last().cloned(),
        F::MvMax => list.iter().max_by(|left, right| order(left, right)).cloned(),
        F::MvMin => list.iter().min_by(|left, right| order(left, right)).cloned(),
        F::MvMedian => median(list),
        F::MvSlice => slice(list, arguments.get(1)?.as_i64()?, arguments.get(2).or(arguments.get(1))?.as_i64()?),
        F::MvSort => {
            let mut sorted = list.to_vec();
            sorted.sort_by(order);
            if arguments
                .get(1)
                .is_some_and(|order| order.as_str().is_some_and(|text| text.eq_ignore_ascii_case("desc")))
            {
                sorted.reverse();
            }
            whole(sorted)
        }
        F::MvSum => sum(list)?.to_json(),
        F::MvZip => zip(list, values(arguments.get(1)?), arguments.get(2).map_or(Some(","), |text| text.as_str())?),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "lists stay far below 2^52 items")]
fn number_of(length: usize) -> f64 {
    length as f64
}

pub(in crate::eval) fn sum(list: &[Json]) -> Option<Number> {
    let numbers: Vec<Number> = list.iter().map(Number::of).collect::<Option<_>>()?;
    let exact = numbers.iter().try_fold(0_i128, |sum, number| match number {
        Number::Whole(number) => sum.checked_add(*number),
        Number::Real(_) => None,
    });
    Some(exact.map_or_else(|| Number::Real(numbers.iter().map(|number| number.as_f64()).sum()), Number::Whole))
}

fn concat(list: &[Json], separator: &str) -> Option<Json> {
    let texts: Vec<String> = list.iter().map(scalar_text).collect::<Option<_>>()?;
    super::super::function::bounded(texts.join(separator))
}

/// Of an even number of whole numbers the mean of the middle two is rounded down.
fn median(list: &[Json]) -> Option<Json> {
    let mut sorted = list.to_vec();
    sorted.sort_by(order);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        return sorted.get(middle).cloned();
    }
    let pair = [Number::of(sorted.get(middle.checked_sub(1)?)?)?, Number::of(sorted.get(middle)?)?];
    match pair {
        [Number::Whole(left), Number::Whole(right)] => Number::Whole((left + right).div_euclid(2)).to_json(),
        [left, right] => real(f64::midpoint(left.as_f64(), right.as_f64())),
    }
}

/// From `start` to `end`, both counted from 0 or, negative, from the end, both included.
fn slice(list: &[Json], start: i64, end: i64) -> Option<Json> {
    let length = i64::try_from(list.len()).ok()?;
    let at = |index: i64| if index < 0 { length.saturating_add(index) } else { index };
    let (start, end) = (at(start), at(end));
    let taken = |index: usize| i64::try_from(index).is_ok_and(|index| index >= start && index <= end);
    whole(list.iter().enumerate().filter(|(index, _)| taken(*index)).map(|(_, value)| value.clone()).collect())
}

/// Values side by side; the longer list goes on alone.
fn zip(left: &[Json], right: &[Json], separator: &str) -> Option<Json> {
    let length = left.len().max(right.len());
    let pair = |at: usize| {
        let parts: Vec<String> = [left.get(at), right.get(at)].into_iter().flatten().filter_map(scalar_text).collect();
        Json::from(parts.join(separator))
    };
    whole((0..length).map(pair).collect())
}
