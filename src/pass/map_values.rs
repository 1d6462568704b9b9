//! Tests on fields whose values change on the way.

use super::map_fields::{Direction, Mapper};
use crate::catalog::maps::{MapRow, Mapping, Transform, ValueTable};
use crate::fidelity::{Effect, Polarity, code};
use crate::ir::{
    Case, Coercion, ExprId, ExprKind, FieldPath, Op, Operand, Pattern, Piece, Pool, Shape, Subject, Value,
};
use crate::source::Location;

/// What becomes of a field's tests.
pub(super) enum Rewritten<'a> {
    /// Every event has this value: the test is decided.
    Constant(&'a str),
    /// The values are other ones there.
    Values(&'a MapRow, Transform<'a>),
    /// Only the name changes, if anything.
    Field,
}

pub(super) fn lookup<'a>(mapper: &Mapper<'a>, field: &FieldPath) -> Rewritten<'a> {
    if mapper.is_named(field) {
        return Rewritten::Field;
    }
    match mapper.mapping(&field.name()) {
        Mapping::Constant { value } => Rewritten::Constant(value),
        Mapping::Value { row, transform, .. } => Rewritten::Values(row, transform),
        _ => Rewritten::Field,
    }
}

/// Which kind of test is made in the other world.
#[derive(Clone, Copy)]
enum Reach {
    AnyOf,
    Whole,
}

type Change<'a> = (&'a MapRow, Transform<'a>);

/// `ForSome(Elements(field), body)` where the body is one test.
pub(super) fn any_of(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    change: Change<'_>,
    body: &ExprKind,
    polarity: Polarity,
    origin: Option<Location>,
) -> ExprId {
    let op = match body {
        ExprKind::Test(Subject::Element(0), op) => op.clone(),
        ExprKind::True => Op::Present,
        _ => return give_up(mapper, field, change.0, polarity, origin),
    };
    rewritten(mapper, field, change, &op, Reach::AnyOf, origin)
        .unwrap_or_else(|| give_up(mapper, field, change.0, polarity, origin))
}

/// `Test(field, op)` of the whole value.
pub(super) fn whole(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    change: Change<'_>,
    op: &Op,
    polarity: Polarity,
    origin: Option<Location>,
) -> ExprId {
    rewritten(mapper, field, change, op, Reach::Whole, origin)
        .unwrap_or_else(|| give_up(mapper, field, change.0, polarity, origin))
}

/// The test is left out: more events pass, but nobody can say which, so the loss is unknown and refuses the rule unless
/// everything is allowed.
fn give_up(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    row: &MapRow,
    polarity: Polarity,
    origin: Option<Location>,
) -> ExprId {
    let change = row.transform.as_deref().unwrap_or("another value");
    let message = format!("the ingest rewrites `{field}` ({change}), and this test cannot be said of the other value");
    mapper.lose(&code::VALUE_REWRITTEN, Effect::Unknown, polarity, origin, message);
    match polarity {
        Polarity::Positive => ExprId::TRUE,
        Polarity::Negative => ExprId::FALSE,
    }
}

fn rewritten(
    mapper: &mut Mapper<'_>,
    field: &FieldPath,
    (_, transform): Change<'_>,
    op: &Op,
    reach: Reach,
    origin: Option<Location>,
) -> Option<ExprId> {
    let target = match mapper.mapping(&field.name()) {
        Mapping::Value { field, .. } => FieldPath::dotted(&field),
        _ => return None,
    };
    let direction = mapper.direction;
    let builder = &mut Builder { pool: &mut mapper.into, target, reach, origin };
    match (transform, direction) {
        (Transform::Values(table), Direction::ToRaw) => Some(builder.preimage(table, text_equal(op)?)),
        (Transform::Values(table), Direction::ToElastic) => builder.image(table, text_equal(op)?),
        (Transform::NotNo, Direction::ToElastic) => builder.is_no(op),
        (Transform::NotNo, Direction::ToRaw) => builder.not_no(op),
        (Transform::CloudTrailOutcome, Direction::ToRaw) => Some(builder.cloudtrail_outcome(text_equal(op)?)),
        (Transform::BaseName, Direction::ToRaw) => builder.base_name(op),
        (Transform::HashOf(kind), Direction::ToRaw) => {
            let pattern = Pattern::contains(&format!("{kind}={}", text_equal(op)?));
            Some(builder.test(Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::Text }))
        }
        (Transform::BeforeBackslash, Direction::ToRaw) => {
            let pattern = Pattern::prefix(&format!("{}\\", text_equal(op)?));
            Some(builder.test(Op::Matches { pattern, case: case_of(op)?, coercion: Coercion::Text }))
        }
        _ => None,
    }
}

/// The constant of an equality with text.
fn text_equal(op: &Op) -> Option<&str> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), .. } => Some(text),
        _ => None,
    }
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
            Reach::AnyOf => self.pool.any_of(field, op, self.origin),
            Reach::Whole => self.pool.test(Subject::Field(field), op, self.origin),
        }
    }

    fn equal(&mut self, text: &str, case: Case) -> ExprId {
        self.test(Op::Equal { to: text.into(), case, coercion: Coercion::Text })
    }

    /// `event.outcome: success` is `outcome.result in (SUCCESS, ALLOW)`; what everything else becomes is the complement.
    fn preimage(&mut self, table: &ValueTable, indexed: &str) -> ExprId {
        let case = if table.any_case { Case::Insensitive } else { Case::Sensitive };
        if let Some(raws) = table.preimage(indexed) {
            let members: Vec<ExprId> = raws.into_iter().map(|raw| self.equal(raw, case)).collect();
            return self.pool.or(members, self.origin);
        }
        let others: Vec<ExprId> = table
            .map
            .iter()
            .filter(|(_, value)| value.as_str() != Some(indexed))
            .map(|(raw, _)| raw.clone())
            .collect::<Vec<_>>()
            .iter()
            .map(|raw| self.equal(raw, case))
            .collect();
        let another = self.pool.or(others, self.origin);
        let none = self.pool.not(another, self.origin);
        if table.missing.as_deref() == Some(indexed) {
            return none;
        }
        let there = self.test(Op::Present);
        self.pool.and([none, there], self.origin)
    }

    /// Only a value whose image no other value shares can be said exactly.
    fn image(&mut self, table: &ValueTable, raw: &str) -> Option<ExprId> {
        let image = table.image(raw)?;
        let image = image.as_str()?;
        let only = table.preimage(image).is_some_and(|raws| raws == [raw]);
        only.then(|| self.equal(image, Case::Sensitive))
    }

    /// Only `No` is false, and every other value true: a test for `No` can be said, one for another value cannot.
    fn is_no(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Equal { to: Operand::Value(Value::Str(text)), case: Case::Sensitive, .. } if &**text == "No" => {
                let no = Operand::Value(Value::Bool(false));
                Some(self.test(Op::Equal { to: no, case: Case::Sensitive, coercion: Coercion::None }))
            }
            _ => self.presence(op),
        }
    }

    /// Failure when there is an error code or message, or a console login that failed.
    fn cloudtrail_outcome(&mut self, outcome: &str) -> ExprId {
        let origin = self.origin;
        let failed = {
            let code = self.pool.exists(FieldPath::dotted("errorCode"), origin);
            let message = self.pool.exists(FieldPath::dotted("errorMessage"), origin);
            let login = Op::Equal { to: "ConsoleLogin".into(), case: Case::Sensitive, coercion: Coercion::Text };
            let login = self.pool.any_of(FieldPath::dotted("eventName"), login, origin);
            let said = Op::Equal { to: "Failure".into(), case: Case::Insensitive, coercion: Coercion::Text };
            let said = self.pool.any_of(FieldPath::dotted("responseElements.ConsoleLogin"), said, origin);
            let login = self.pool.and([login, said], origin);
            self.pool.or([code, message, login], origin)
        };
        match outcome {
            "failure" => failed,
            "success" => self.pool.not(failed, origin),
            _ => ExprId::FALSE,
        }
    }

    /// Presence is the same on both sides of a change that gives every value one.
    fn presence(&mut self, op: &Op) -> Option<ExprId> {
        matches!(op, Op::Present | Op::IsMissing | Op::IsNull).then(|| self.test(op.clone()))
    }

    /// `false` was `No`; `true` was anything else.
    fn not_no(&mut self, op: &Op) -> Option<ExprId> {
        let Op::Equal { to: Operand::Value(value), .. } = op else { return self.presence(op) };
        let said = match value {
            Value::Bool(said) => *said,
            Value::Str(text) => text.parse().ok()?,
            _ => return None,
        };
        let no = self.equal("No", Case::Sensitive);
        if !said {
            return Some(no);
        }
        let there = self.test(Op::Present);
        let other = self.pool.not(no, self.origin);
        Some(self.pool.and([there, other], self.origin))
    }

    /// `process.name: x.exe` is `Image|endswith: \x.exe`, or the bare name.
    fn base_name(&mut self, op: &Op) -> Option<ExprId> {
        let case = case_of(op)?;
        let text = match op {
            Op::Equal { to: Operand::Value(Value::Str(text)), .. } => text.to_string(),
            Op::Matches { pattern, .. } => return self.base_name_pattern(pattern, case),
            _ => return None,
        };
        let path = Pattern::suffix(&format!("\\{text}"));
        let path = self.test(Op::Matches { pattern: path, case, coercion: Coercion::Text });
        let bare = self.equal(&text, case);
        Some(self.pool.or([path, bare], self.origin))
    }

    /// A name that ends so is a path that ends so; other patterns could reach into the folder.
    fn base_name_pattern(&mut self, pattern: &Pattern, case: Case) -> Option<ExprId> {
        let Shape::Suffix(text) = pattern.shape() else { return None };
        let plain = !pattern.pieces().iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains('\\')));
        plain.then(|| self.test(Op::Matches { pattern: Pattern::suffix(text), case, coercion: Coercion::Text }))
    }
}
