//! Tests on fields whose values change on the way.

mod below;
mod cases;
mod registry;
mod tables;
mod texts;

use super::map_fields::{Derived, Direction, Known, Mapper};
use crate::catalog::fields::FieldType;
use crate::catalog::maps::{MapRow, Mapping, Transform};
use crate::fidelity::{Assumption, Effect, Polarity, Values, code};
use crate::ir::{Case, Coercion, ExprId, ExprKind, FieldPath, Op, Operand, Pattern, Piece, Pool, Subject, Value};
use crate::source::Location;
pub(super) use below::{of_names, text_below};
use smallvec::SmallVec;

/// What becomes of a field's tests.
pub(super) enum Rewritten {
    /// Every event has this value, or one of these by the sensor: the test is decided.
    Constant(Vec<&'static str>),
    /// The values are other ones there.
    Values(&'static MapRow, Transform<'static>),
    /// Only the name changes, if anything.
    Field,
}

pub(super) fn lookup(mapper: &Mapper<'_>, field: &FieldPath) -> Rewritten {
    if mapper.is_named(field) {
        return Rewritten::Field;
    }
    match &mapper.known(field).mapping {
        Mapping::Constant { values } => Rewritten::Constant(values.clone()),
        Mapping::Value { row, transform, .. } => Rewritten::Values(row, *transform),
        _ => Rewritten::Field,
    }
}

/// The test of a value that another field holds.
pub(super) fn elsewhere(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    op: &Op,
    (reach, origin): (Reach, Option<Location>),
) -> Option<ExprId> {
    let known = mapper.known(field);
    let (Mapping::Exact { row, .. } | Mapping::Value { row, .. }) = &known.mapping else { return None };
    if row.others_in.is_none() || mapper.direction != Direction::ToElastic {
        return None;
    }
    let other = mapper.map.other_field(row, &text_equal(op)?)?;
    mapper.note_evidence(row);
    Some(Builder { pool: &mut mapper.into, target: FieldPath::dotted(other), reach, origin }.test(op.clone()))
}

/// Which kind of test is made in the other world.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    AnyOf,
    Whole,
}

type Change = (&'static MapRow, Transform<'static>);

/// `ForSome(Elements(field), body)` where the body is one test.
pub(super) fn any_of(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    change: Change,
    body: &ExprKind,
    polarity: Polarity,
    origin: Option<Location>,
) -> ExprId {
    let op = match body {
        ExprKind::Test(Subject::Element(0), op) => op.clone(),
        ExprKind::True => Op::Present,
        _ => return give_up(mapper, field, change.0, polarity, origin),
    };
    rewritten(mapper, field, change, &op, (Reach::AnyOf, polarity, origin))
        .unwrap_or_else(|| give_up(mapper, field, change.0, polarity, origin))
}

/// `Test(field, op)` of the whole value.
pub(super) fn whole(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    change: Change,
    op: &Op,
    polarity: Polarity,
    origin: Option<Location>,
) -> ExprId {
    rewritten(mapper, field, change, op, (Reach::Whole, polarity, origin))
        .unwrap_or_else(|| give_up(mapper, field, change.0, polarity, origin))
}

/// The test is left out. In an exclusion that gives more alerts. Elsewhere more events pass too, but what is left may say next to
/// nothing, so the loss is unknown and refuses the rule unless everything is allowed.
fn give_up(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    row: &MapRow,
    polarity: Polarity,
    origin: Option<Location>,
) -> ExprId {
    let change = row.transform.as_deref().unwrap_or("another value");
    let message = format!("the ingest rewrites `{field}` ({change}), and this test cannot be said of the other value");
    match polarity {
        Polarity::Positive => {
            mapper.lose(&code::VALUE_REWRITTEN, Effect::Unknown, polarity, origin, message);
            ExprId::TRUE
        }
        Polarity::Negative => {
            let message = message + "; the exclusion is left out";
            mapper.lose(&code::VALUE_REWRITTEN, Effect::Narrowed, polarity, origin, message);
            ExprId::FALSE
        }
    }
}

fn rewritten(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    (row, transform): Change,
    op: &Op,
    (reach, polarity, origin): (Reach, Polarity, Option<Location>),
) -> Option<ExprId> {
    let known = mapper.known(field);
    let Mapping::Value { field: target, .. } = &known.mapping else { return None };
    mapper.note_evidence(row);
    mapper.note_other_events(row, (&known.name, target), polarity, origin);
    match (transform, mapper.direction) {
        (Transform::Cases(cases), Direction::ToRaw) => {
            return cases::by_cases(mapper, field, cases, op, (reach, polarity, origin));
        }
        (Transform::Argument, Direction::ToRaw) => return argument(mapper, target, op, (reach, polarity, origin)),
        (Transform::Part, Direction::ToElastic) => return part(mapper, row, op, reach, origin),
        (Transform::Lines | Transform::Details, Direction::ToElastic) => {
            return lines(mapper, row, op, (reach, polarity, origin));
        }
        (Transform::Values(table), Direction::ToElastic) => {
            if !table.any_case && case_of(op) == Some(Case::Insensitive) {
                mapper.assume(format!("`{field}` has the values of the map's table in no other letter case"));
            }
            if let Some(shown) = text_equal(op).and_then(|raw| table.showing(&raw)) {
                return Some(mapper.into.exists(FieldPath::dotted(shown), origin));
            }
        }
        (Transform::NotNo, Direction::ToElastic) if case_of(op) == Some(Case::Insensitive) => {
            mapper.assume(format!("`{field}` has `No` in no other letter case"));
        }
        _ => {}
    }
    let mut members: SmallVec<[ExprId; 4]> = SmallVec::new();
    for target in known.counterpart.iter().chain(&known.also) {
        let said = changed(mapper, &known, (target, transform), op, reach, origin);
        members.push(said.or_else(|| shared_value(mapper, (target, transform), op, (reach, polarity, origin)))?);
    }
    Some(mapper.into.or(members, origin))
}

/// A test for a value that becomes the same as others do: it finds those too, which is stated. An exclusion would find too much.
fn shared_value(
    mapper: &mut Mapper<'_>,
    (target, transform): (&FieldPath, Transform<'_>),
    op: &Op,
    (reach, polarity, origin): (Reach, Polarity, Option<Location>),
) -> Option<ExprId> {
    let (Transform::Values(table), Polarity::Positive, Direction::ToElastic) = (transform, polarity, mapper.direction)
    else {
        return None;
    };
    let mut builder = Builder { pool: &mut mapper.into, target: target.clone(), reach, origin };
    let said = builder.wider_image(table, op)?;
    let message = format!("other values become the same in `{target}`, and the test finds them too");
    mapper.lose(&code::VALUE_REWRITTEN, Effect::Widened, polarity, origin, message);
    Some(said)
}

/// The test of a value that a change makes, said of the other side's field.
fn changed(
    mapper: &mut Mapper<'_>,
    known: &Known,
    (target, transform): (&FieldPath, Transform<'_>),
    op: &Op,
    reach: Reach,
    origin: Option<Location>,
) -> Option<ExprId> {
    let (map, direction) = (mapper.map, mapper.direction);
    let domain = || {
        let row = map.derived_by(&known.name, |change| matches!(change, Transform::BeforeBackslash)).next()?;
        row.elastic.as_deref().map(FieldPath::dotted)
    };
    if let (Transform::BaseName(_), Direction::ToRaw) = (transform, direction)
        && texts::is_inside_name(op)
    {
        mapper.assume(Assumption::Field(target.clone(), Values::OneLine));
    }
    let builder = &mut Builder { pool: &mut mapper.into, target: target.clone(), reach, origin };
    match (transform, direction) {
        (Transform::Values(table), Direction::ToRaw) => builder.preimage(table, &text_equal(op)?, map.drops_empty),
        (Transform::Values(table), Direction::ToElastic) => builder.image(table, op),
        (Transform::NotNo, Direction::ToElastic) => builder.is_no(op),
        (Transform::NotNo, Direction::ToRaw) => builder.not_no(op),
        (Transform::BaseName(separator), Direction::ToRaw) => builder.base_name(op, separator),
        (Transform::Directory, Direction::ToRaw) => builder.directory(op, '\\'),
        (Transform::HashOf(kind), Direction::ToRaw) => builder.hash(op, kind),
        (Transform::HashOf(_), Direction::ToElastic) => texts::hash_field(mapper, known, op, reach, origin),
        (Transform::Text, Direction::ToElastic) => builder.number_as_text(op),
        // One of the fields of the items is missing nearly always.
        (Transform::Item(_), Direction::ToElastic) if !matches!(op, Op::IsMissing | Op::IsNull) => {
            Some(builder.test(op.clone()))
        }
        (Transform::Text, Direction::ToRaw) => Some(builder.text_as_number(op)),
        (Transform::Lowercase, Direction::ToElastic) => builder.lower_case(op),
        (Transform::Lowercase, Direction::ToRaw) => builder.any_case(op),
        (Transform::BeforeBackslash, Direction::ToRaw) => builder.before_backslash(op),
        (Transform::AfterBackslash, Direction::ToRaw) => builder.after_backslash(op),
        (Transform::AfterBackslash, Direction::ToElastic) => builder.account(op, &domain()?),
        (Transform::Extension, Direction::ToRaw) => builder.extension(op),
        (Transform::RegistryPath, Direction::ToElastic) => Some(builder.registry_path_out(op)),
        (Transform::RegistryPath, Direction::ToRaw) => Some(builder.registry_path_in(op)),
        (Transform::RegistryData, Direction::ToElastic) => builder.registry_data_out(op),
        (Transform::RegistryType, Direction::ToRaw) => builder.registry_type_in(op),
        (Transform::RegistryData, Direction::ToRaw) => Some(builder.registry_data_in(op)),
        _ => None,
    }
}

/// A shorter way to say a test of a raw field that goes to Elastic as it is: `Image|endswith: \x.exe` is the file name.
pub(super) fn shorter(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    op: &Op,
    reach: Reach,
    origin: Option<Location>,
) -> Option<ExprId> {
    if matches!(op, Op::InCidr(_)) {
        return address(mapper, field, op, (reach, origin));
    }
    let known = mapper.known(field);
    let (separator, Derived { row, targets }) = known.file_name.as_ref()?;
    let name = texts::file_name(op, *separator)?;
    mapper.note_evidence(row);
    let mut members: SmallVec<[ExprId; 4]> = SmallVec::new();
    for target in &**targets {
        let mut builder = Builder { pool: &mut mapper.into, target: target.clone(), reach, origin };
        members.push(builder.equal(name, case_of(op)?));
    }
    Some(mapper.into.or(members, origin))
}

/// A network of a raw text is asked of the address that the ingest makes of it.
fn address(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    op: &Op,
    (reach, origin): (Reach, Option<Location>),
) -> Option<ExprId> {
    let known = mapper.known(field);
    let map = mapper.map;
    let Mapping::Exact { row, .. } = &known.mapping else { return None };
    if mapper.direction != Direction::ToElastic || row.elastic_type() == FieldType::Ip {
        return None;
    }
    let is_whole = |row: &&MapRow| row.derived && !row.ambiguous && row.also.is_empty();
    let row = map.derived_by(&known.name, |change| matches!(change, Transform::Ip)).find(is_whole)?;
    mapper.note_evidence(row);
    let target = FieldPath::dotted(row.elastic.as_deref()?);
    Some(Builder { pool: &mut mapper.into, target, reach, origin }.test(op.clone()))
}

/// A test of one argument as a test of the command line: it has the argument in it. The other way round is not sure, which is a
/// loss by the polarity.
fn argument(
    mapper: &mut Mapper<'_>,
    target: &str,
    op: &Op,
    (reach, polarity, origin): (Reach, Polarity, Option<Location>),
) -> Option<ExprId> {
    let case = case_of(op)?;
    let ops = texts::argument(op, polarity == Polarity::Positive)?;
    let mut builder = Builder { pool: &mut mapper.into, target: FieldPath::dotted(target), reach, origin };
    let members: Vec<ExprId> =
        ops.into_iter().map(|pattern| builder.test(Op::Matches { pattern, case, coercion: Coercion::Text })).collect();
    let said = mapper.into.or(members, origin);
    let (effect, message) = match polarity {
        Polarity::Positive => (Effect::Widened, "an argument is looked for anywhere in the command line"),
        Polarity::Negative => {
            (Effect::Unknown, "an argument is looked for between blanks of the command line, quotes aside")
        }
    };
    mapper.lose(&code::VALUE_REWRITTEN, effect, polarity, origin, message.to_owned());
    Some(said)
}

/// The test of a text that is a field of its own in one dataset, and stands anywhere in a longer one in others.
fn part(mapper: &mut Mapper<'_>, row: &MapRow, op: &Op, reach: Reach, origin: Option<Location>) -> Option<ExprId> {
    let (pieces, case) = (texts::pieces_of(op)?, case_of(op)?);
    let any = || std::iter::once(Piece::Any);
    let anywhere = Pattern::new(any().chain(pieces).chain(any()));
    let anywhere = Op::Matches { pattern: anywhere, case, coercion: Coercion::Text };
    let mut members = Vec::new();
    for (target, op) in row.elastic.iter().map(|own| (own, op)).chain(row.also.iter().map(|other| (other, &anywhere))) {
        let mut builder = Builder { pool: &mut mapper.into, target: FieldPath::dotted(target), reach, origin };
        members.push(builder.test(op.clone()));
    }
    Some(mapper.into.or(members, origin))
}

/// A text that occurs in a text of several lines, as a text that occurs in one of the fields made of it. One that spans two of them is
/// not found there.
fn lines(
    mapper: &mut Mapper<'_>,
    row: &'static MapRow,
    op: &Op,
    (reach, polarity, origin): (Reach, Polarity, Option<Location>),
) -> Option<ExprId> {
    let (text, case) = (texts::contained(op)?, case_of(op)?);
    let is_within = matches!(mapper.map.transform(row), Some(Transform::Details)) && texts::is_within_detail(text);
    // `HostApplication=powershell` is the value `powershell` of that line.
    let value = text.split_once('=').filter(|_| !is_within).map_or(text, |(_, value)| value.trim_start());
    let mut members = Vec::new();
    for target in &*mapper.targets(row) {
        let mut builder = Builder { pool: &mut mapper.into, target: target.clone(), reach, origin };
        let pattern = Pattern::contains(value);
        members.push(builder.test(Op::Matches { pattern, case, coercion: Coercion::Text }));
    }
    if !is_within {
        let message =
            format!("`{}` is taken apart on the way: a text that spans two of its parts is not found", row.raw);
        mapper.lose(&code::VALUE_REWRITTEN, Effect::Narrowed, polarity, origin, message);
    }
    Some(mapper.into.or(members, origin))
}

/// The constant of an equality with text.
fn text_equal(op: &Op) -> Option<String> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), .. } => Some(text.to_string()),
        Op::Equal { to: Operand::Value(Value::Bool(said)), .. } => Some(said.to_string()),
        Op::Equal { to: Operand::Value(Value::Int(number)), .. } => Some(number.to_string()),
        _ => None,
    }
}

/// A value of a map file as the raw field has it.
fn typed(ty: FieldType, text: &str) -> Operand {
    let value = match ty {
        FieldType::Integer => text.parse().ok().map(Value::Int),
        FieldType::Boolean => text.parse().ok().map(Value::Bool),
        _ => None,
    };
    Operand::Value(value.unwrap_or_else(|| Value::str(text)))
}

fn case_of(op: &Op) -> Option<Case> {
    match op {
        Op::Equal { case, .. } | Op::Matches { case, .. } => Some(*case),
        _ => None,
    }
}

struct Builder<'a> {
    pool: &'a mut Pool,
    target: FieldPath,
    reach: Reach,
    origin: Option<Location>,
}

impl Builder<'_> {
    fn test(&mut self, op: Op) -> ExprId {
        self.test_of(self.target.clone(), op)
    }

    fn test_of(&mut self, field: FieldPath, op: Op) -> ExprId {
        match self.reach {
            _ if field.has_star() => of_names(self.pool, &field, op, self.origin),
            Reach::AnyOf => self.pool.any_of(field, op, self.origin),
            Reach::Whole => self.pool.test(Subject::Field(field), op, self.origin),
        }
    }

    fn equal(&mut self, text: &str, case: Case) -> ExprId {
        self.test(Op::Equal { to: text.into(), case, coercion: Coercion::Text })
    }
}
