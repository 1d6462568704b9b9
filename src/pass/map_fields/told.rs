//! What all events that a condition holds of have in some raw fields, which decides cases that ask for these fields.

use super::{Direction, Mapper};
use crate::catalog::fields::Cardinality;
use crate::catalog::maps::{Case, Mapping};
use crate::ir::{ExprId, ExprKind, FieldPath, Op, Pool, Subject, Value};
use crate::pass::simplify::constant_test;

/// For raw fields of one value: text tests of which one holds.
#[derive(Debug, Default)]
pub(in crate::pass) struct Told(Vec<(String, Vec<Op>)>);

/// Levels of a condition that are looked into.
const MAX_DEPTH: usize = 8;

impl Told {
    /// What a condition says of fields on the way back to raw ones.
    pub(super) fn of(mapper: &Mapper<'_>, pool: &Pool, root: ExprId) -> Self {
        if mapper.direction != Direction::ToRaw {
            return Self::default();
        }
        let said = tests(pool, root, MAX_DEPTH).into_iter().filter_map(|(field, ops)| {
            let ops = ops.into_iter().cloned().collect();
            match &mapper.known(field).mapping {
                Mapping::Exact { field, row } if row.raw_cardinality() == Cardinality::Single => {
                    Some((field.clone(), ops))
                }
                _ => None,
            }
        });
        Self(said.collect())
    }
}

impl Mapper<'_> {
    /// Whether every event that fires the rule has one of the case's values in the raw field, or none has; `None` when that is not known.
    pub(in crate::pass) fn is_told(&self, case: &Case, field: &str) -> Option<bool> {
        let values = case.when.get(field)?;
        let ops = &self.told.0.iter().find(|(own, _)| own == field)?.1;
        if values.iter().any(|value| value == Case::ANY) {
            return Some(true);
        }
        let fails = |value: &String, op: &Op| constant_test(&Value::str(value.as_str()), op) == Some(false);
        let none_fits = values.iter().all(|value| ops.iter().all(|op| fails(value, op)));
        (none_fits && !case.any_case).then_some(false)
    }
}

/// The fields of which the condition needs one of some text tests.
fn tests(pool: &Pool, id: ExprId, depth: usize) -> Vec<(&FieldPath, Vec<&Op>)> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    match pool.kind(id) {
        ExprKind::And(members) => members.iter().flat_map(|member| tests(pool, *member, depth)).collect(),
        ExprKind::Or(members) => {
            let mut sides = members.iter().map(|member| tests(pool, *member, depth));
            let mut found = sides.next().unwrap_or_default();
            for side in sides {
                found.retain_mut(|(field, ops)| match side.iter().find(|(other, _)| other == field) {
                    Some((_, more)) => {
                        ops.extend(more);
                        true
                    }
                    None => false,
                });
            }
            found
        }
        _ => text_test(pool, id).into_iter().map(|(field, op)| (field, vec![op])).collect(),
    }
}

fn text_test(pool: &Pool, id: ExprId) -> Option<(&FieldPath, &Op)> {
    let (field, op) = match pool.kind(id) {
        ExprKind::Test(Subject::Field(field), op) => (field, op),
        ExprKind::ForSome(Subject::Elements(inner), body) => match (&**inner, pool.kind(*body)) {
            (Subject::Field(field), ExprKind::Test(Subject::Element(0), op)) => (field, op),
            _ => return None,
        },
        _ => return None,
    };
    matches!(op, Op::Equal { .. } | Op::Matches { .. }).then_some((field, op))
}
