//! Values that the ingest makes from several raw fields, said of these fields.

use super::{Builder, Reach, typed};
use crate::catalog::fields::FieldType;
use crate::catalog::maps::{Case, MapRow};
use crate::fidelity::{Assumption, Effect, Polarity, Values, code};
use crate::ir::{Case as Letters, Coercion, ExprId, FieldPath, Op, Value};
use crate::pass::map_fields::Mapper;
use crate::pass::simplify::constant_test;
use crate::source::Location;

/// A test of the made value as the cases in which it holds. That a list has one item is not said: the test then holds of more events, and
/// a test in an exclusion of fewer. `None` where what the test says of a value is not known.
pub(super) fn by_cases(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    cases: &[Case],
    op: &Op,
    (reach, polarity, origin): (Reach, Polarity, Option<Location>),
) -> Option<ExprId> {
    let of_nothing = matches!(reach, Reach::Whole) && matches!(op, Op::IsMissing | Op::IsNull);
    let verdicts: Option<Vec<bool>> =
        cases.iter().map(|case| constant_test(&Value::str(case.then.as_str()), op)).collect();
    let mut said = if of_nothing { ExprId::TRUE } else { ExprId::FALSE };
    for (case, holds) in cases.iter().zip(verdicts?).rev() {
        // Of what is not said exactly, the side on which the whole test holds of too much, or too little, as its place asks for.
        let too_much = holds == (polarity == Polarity::Positive);
        let fits = case.one.as_ref().map_or(ExprId::TRUE, |_| if too_much { ExprId::TRUE } else { ExprId::FALSE });
        let asked = asked(mapper, case, origin);
        let fits = mapper.into.and([fits, asked], origin);
        said = if holds {
            mapper.into.or([fits, said], origin)
        } else {
            let other = mapper.into.not(fits, origin);
            mapper.into.and([other, said], origin)
        };
    }
    if let Some(list) = cases.iter().find_map(|case| case.one.as_ref()) {
        let effect = if polarity == Polarity::Positive { Effect::Widened } else { Effect::Narrowed };
        let message = format!("`{field}` is made from `{list}` where that has one item, which is not asked for");
        mapper.lose(&code::VALUE_REWRITTEN, effect, polarity, origin, message);
    }
    Some(said)
}

/// What a case asks of the raw fields.
fn asked(mapper: &mut Mapper<'_>, case: &Case, origin: Option<Location>) -> ExprId {
    let letters = if case.any_case { Letters::Insensitive } else { Letters::Sensitive };
    let mut members = Vec::new();
    for (name, values) in &case.when {
        match mapper.is_told(case, name) {
            Some(true) => continue,
            Some(false) => return ExprId::FALSE,
            None => {}
        }
        let field = FieldPath::dotted(&name.replace("[]", ""));
        let ty = mapper.map.raw_row(name).map_or(FieldType::Keyword, MapRow::raw_type);
        if mapper.map.drops_empty && ty == FieldType::Keyword && values.iter().any(|value| value == Case::ANY) {
            mapper.assume(Assumption::Field(field.clone(), Values::NotEmpty));
        }
        let mut builder = Builder { pool: &mut mapper.into, target: field, reach: Reach::AnyOf, origin };
        let tests: Vec<ExprId> = values
            .iter()
            .map(|value| match value.as_str() {
                Case::ANY => builder.pool.exists(builder.target.clone(), origin),
                value => builder.test(Op::Equal { to: typed(ty, value), case: letters, coercion: Coercion::Text }),
            })
            .collect();
        members.push(mapper.into.or(tests, origin));
    }
    mapper.into.and(members, origin)
}
