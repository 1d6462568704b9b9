//! Tests that are said of several fields: of those in an object, and of those that have a name with stars.

use super::{Builder, Reach, texts};
use crate::catalog::fields::FieldType;
use crate::catalog::maps::Mapping;
use crate::fidelity::{Effect, Polarity, code};
use crate::ir::{ExprId, FieldPath, Op, Pool, Subject};
use crate::pass::map_fields::{Direction, Mapper};
use crate::source::Location;

/// A text that is looked for in an object, or in the objects of a list, is looked for in each of the fields that the map has of it. No
/// object is a text, so that this holds of more events than the test does: an exclusion is not rewritten so.
pub(in crate::pass) fn text_below(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    op: &Op,
    (polarity, origin): (Polarity, Option<Location>),
) -> Option<ExprId> {
    let known = mapper.known(field);
    let Mapping::Ambiguous { rows, .. } = &known.mapping else { return None };
    let is_object = rows.len() > 1 && !rows.iter().any(|row| row.ambiguous);
    if !is_object || mapper.direction != Direction::ToElastic || polarity == Polarity::Negative {
        return None;
    }
    texts::contained(op)?;
    let mut members = Vec::new();
    for row in rows.iter().filter(|row| row.transform.is_none() && row.elastic_type() == FieldType::Keyword) {
        mapper.note_evidence(row);
        for target in &*mapper.targets(row) {
            let reach = Reach::AnyOf;
            members.push(Builder { pool: &mut mapper.into, target: target.clone(), reach, origin }.test(op.clone()));
        }
    }
    let message = format!("`{}` is an object and no text: the text is looked for in each of its fields", known.name);
    mapper.lose(&code::FIELD_AMBIGUOUS, Effect::Widened, polarity, origin, message);
    Some(mapper.into.or(members, origin))
}

/// The test of a name with stars, which is that of several fields: any of them passes it, or none of them is there.
pub(in crate::pass) fn of_names(pool: &mut Pool, field: &FieldPath, op: Op, origin: Option<Location>) -> ExprId {
    let names = Subject::AnyField(field.pattern());
    match op {
        Op::Present => pool.for_some(names, ExprId::TRUE, origin),
        Op::IsMissing | Op::IsNull => {
            let there = pool.for_some(names, ExprId::TRUE, origin);
            pool.not(there, origin)
        }
        op => {
            let passes = pool.test(Subject::Element(0), op, origin);
            pool.for_some(names, passes, origin)
        }
    }
}
