//! Rows grouped and measured.

use super::super::esql;
use super::super::expr::Hole;
use super::super::program::Selector;
use super::super::stream::NoteKind;
use super::super::time::instant;
use super::super::value::{Number, number_under};
use super::keys;
use super::row::Row;
use super::sort::order;
use crate::ir::{Aggregate, AggregateStage, Aggregation, Coercion, Domain, FieldPath};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

pub(super) fn run(stage: &AggregateStage, rows: Vec<Row>, selector: &mut Selector<'_>) -> Result<Vec<Row>, Hole> {
    let mut groups: IndexMap<Vec<Json>, Vec<usize>> = IndexMap::new();
    if stage.by.is_empty() {
        groups.insert(Vec::new(), (0..rows.len()).collect());
    }
    for (at, row) in rows.iter().enumerate().filter(|_| !stage.by.is_empty()) {
        match keys(&selector.document(row.json()), &stage.by) {
            Some(found) => found.into_iter().for_each(|key| groups.entry(key).or_default().push(at)),
            None => {
                selector.note(NoteKind::Limit, "too many combinations of group-by values in one row".to_owned(), 1);
            }
        }
    }
    let mut made = Vec::new();
    for (key, members) in &groups {
        let members: Vec<&Row> = members.iter().filter_map(|at| rows.get(*at)).collect();
        let mut columns = Map::new();
        for aggregation in &stage.aggregations {
            let value = measure(aggregation, &members, selector)?.unwrap_or(Json::Null);
            columns.insert(aggregation.column.to_string(), value);
        }
        made.push((key, members, columns));
    }
    if stage.inline {
        let results: IndexMap<Vec<Json>, Map<String, Json>> =
            made.into_iter().map(|(key, _, columns)| (key.clone(), columns)).collect();
        return Ok(inline(stage, rows, &results, selector));
    }
    let rows = made.into_iter().map(|(key, members, columns)| grouped(&stage.by, key, &members, columns));
    Ok(rows.collect())
}

/// The row of a group, made from the events of its members.
fn grouped(by: &[FieldPath], key: &[Json], members: &[&Row], mut columns: Map<String, Json>) -> Row {
    for (field, value) in by.iter().zip(key) {
        columns.insert(field.name(), value.clone());
    }
    let mut sources: Vec<_> = members.iter().flat_map(|row| row.sources.iter().cloned()).collect();
    sources.sort_by_key(|record| (record.at, record.index));
    sources.dedup_by_key(|record| record.index);
    Row::made(columns, sources)
}

/// Every row with the results of its group. A row with several values of a key has no group of its own, and so no results.
fn inline(
    stage: &AggregateStage,
    rows: Vec<Row>,
    results: &IndexMap<Vec<Json>, Map<String, Json>>,
    selector: &Selector<'_>,
) -> Vec<Row> {
    rows.into_iter()
        .map(|row| {
            let found = keys(&selector.document(row.json()), &stage.by).unwrap_or_default();
            let columns = match found.as_slice() {
                [key] => results.get(key),
                _ => None,
            };
            stage.aggregations.iter().fold(row, |row, aggregation| {
                let value = columns.and_then(|columns| columns.get(&*aggregation.column)).cloned();
                row.with(&aggregation.column, value.unwrap_or(Json::Null))
            })
        })
        .collect()
}

/// The values of an argument in each row that counts: none for null, several for a list.
fn arguments(
    aggregation: &Aggregation,
    members: &[&Row],
    selector: &mut Selector<'_>,
) -> Result<Vec<Vec<Vec<Json>>>, Hole> {
    let mut found = Vec::new();
    for row in members {
        if aggregation.filter.is_some_and(|filter| !selector.holds_in(filter, row.json())) {
            continue;
        }
        let values = aggregation.args.iter().map(|term| {
            Ok(match selector.term(term, row.json())? {
                None | Some(Json::Null) => Vec::new(),
                Some(Json::Array(items)) => items.into_iter().filter(|item| !item.is_null()).collect(),
                Some(value) => vec![value],
            })
        });
        found.push(values.collect::<Result<_, Hole>>()?);
    }
    Ok(found)
}

fn measure(aggregation: &Aggregation, members: &[&Row], selector: &mut Selector<'_>) -> Result<Option<Json>, Hole> {
    let rows = arguments(aggregation, members, selector)?;
    let domain = aggregation.domain;
    let first = || rows.iter().filter_map(|row| row.first()).flatten();
    Ok(match aggregation.function {
        Aggregate::Count if aggregation.args.is_empty() => Some(rows.len().into()),
        Aggregate::Count => Some(first().count().into()),
        Aggregate::CountDistinct => Some(first().map(canonical).collect::<HashSet<_>>().len().into()),
        Aggregate::Values => esql::whole(esql::distinct(first())),
        Aggregate::Min => first().min_by(|left, right| order(domain, left, right)).map(|value| shown(domain, value)),
        Aggregate::Max => first().max_by(|left, right| order(domain, left, right)).map(|value| shown(domain, value)),
        Aggregate::First | Aggregate::Last => edge(aggregation, &rows),
        Aggregate::Top => top(domain, &rows),
        Aggregate::Absent => Some((first().count() == 0).into()),
        Aggregate::Present => Some((first().count() > 0).into()),
        Aggregate::Sum => sum(&numbers(first())),
        Aggregate::Average
        | Aggregate::Median
        | Aggregate::Percentile
        | Aggregate::StandardDeviation
        | Aggregate::Variance
        | Aggregate::WeightedAverage => statistic(aggregation.function, &rows),
    })
}

/// Numbers that are equal are one, however they are written.
fn canonical(value: &Json) -> Json {
    Number::of(value).and_then(Number::to_json).unwrap_or_else(|| value.clone())
}

/// A date as Elasticsearch writes it.
fn shown(domain: Domain, value: &Json) -> Json {
    match domain {
        Domain::Date => instant(value).map_or_else(|| value.clone(), esql::date),
        _ => value.clone(),
    }
}

/// The value of the row whose key is least or greatest; of equal ones the first that came, or the last.
fn edge(aggregation: &Aggregation, rows: &[Vec<Vec<Json>>]) -> Option<Json> {
    let pairs = rows.iter().filter_map(|row| match row.as_slice() {
        [values, keys] => Some((values.first()?, keys.first()?)),
        _ => None,
    });
    let by = |left: &(&Json, &Json), right: &(&Json, &Json)| order(aggregation.domain, left.1, right.1);
    let found = if aggregation.function == Aggregate::First { pairs.min_by(by) } else { pairs.max_by(by) };
    found.map(|(value, _)| value.clone())
}

/// So many values, least first or, with `desc`, greatest first; with a fourth argument the values of that.
fn top(domain: Domain, rows: &[Vec<Vec<Json>>]) -> Option<Json> {
    let settings = rows.first()?;
    let count = usize::try_from(settings.get(1)?.first()?.as_i64()?).ok()?;
    let descending = settings
        .get(2)
        .and_then(|order| order.first()?.as_str())
        .is_some_and(|order| order.eq_ignore_ascii_case("desc"));
    let mut values: Vec<(&Json, &Json)> = rows
        .iter()
        .flat_map(|row| {
            let keys = row.first().into_iter().flatten();
            let shown = row.get(3).and_then(|shown| shown.first());
            keys.map(move |key| (key, shown.unwrap_or(key)))
        })
        .collect();
    values.sort_by(|left, right| order(domain, left.0, right.0));
    if descending {
        values.reverse();
    }
    esql::whole(values.into_iter().take(count).map(|(_, shown)| shown.clone()).collect())
}

/// Text that is a number counts as one: Elasticsearch's numeric fields read it so.
fn numbers<'v>(values: impl Iterator<Item = &'v Json>) -> Vec<Number> {
    values.filter_map(|value| number_under(value, Coercion::Number)).collect()
}

fn sum(numbers: &[Number]) -> Option<Json> {
    let values: Vec<Json> = numbers.iter().filter_map(|number| number.to_json()).collect();
    if values.is_empty() { None } else { esql::sum(&values)?.to_json() }
}

#[expect(clippy::cast_precision_loss, reason = "groups stay far below 2^52 rows")]
fn statistic(function: Aggregate, rows: &[Vec<Vec<Json>>]) -> Option<Json> {
    let first = rows.iter().filter_map(|row| row.first()).flatten();
    let mut values: Vec<f64> = numbers(first).into_iter().map(Number::as_f64).collect();
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = || values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let found = match function {
        Aggregate::Average => mean,
        Aggregate::Variance => variance(),
        Aggregate::StandardDeviation => variance().sqrt(),
        Aggregate::WeightedAverage => weighted(rows),
        Aggregate::Percentile => {
            let percent = Number::of(rows.first()?.get(1)?.first()?)?.as_f64();
            percentile(&mut values, percent)?
        }
        _ => percentile(&mut values, 50.0)?,
    };
    serde_json::Number::from_f64(found).map(Json::Number)
}

fn weighted(rows: &[Vec<Vec<Json>>]) -> f64 {
    let number = |values: &[Json]| Some(number_under(values.first()?, Coercion::Number)?.as_f64());
    let pairs: Vec<(f64, f64)> = rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [values, weights] => Some((number(values)?, number(weights)?)),
            _ => None,
        })
        .collect();
    let weight: f64 = pairs.iter().map(|(_, weight)| weight).sum();
    pairs.iter().map(|(value, weight)| value * weight).sum::<f64>() / weight
}

/// Linear between the two nearest ranks.
#[expect(clippy::cast_precision_loss, reason = "ranks stay far below 2^52")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is at least 0 and below the length"
)]
fn percentile(values: &mut [f64], percent: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = values.len().checked_sub(1)? as f64 * percent.clamp(0.0, 100.0) / 100.0;
    let (low, high) = (values.get(rank.floor() as usize)?, values.get(rank.ceil() as usize)?);
    Some(low + (high - low) * rank.fract())
}
