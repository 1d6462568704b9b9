//! One test of one value, in the target's case modes, wildcards and types.

use super::regex_dialect::{ignores_case, minds_line_breaks, translate};
use super::words::words;
use super::{Empties, Lowering};
use crate::catalog::fields::FieldType;
use crate::fidelity::{Assumption, Effect, Polarity, Values, code, is_number_or_truth};
use crate::ir::{
    Case, Cmp, Coercion, DateConstant, Domain, FieldPath, Op, Operand, Pattern, Piece, Regex, Shape, TypeSet, Value,
    has_case_beyond_ascii,
};
use crate::pass::capabilities::{Absence, CaseSupport, RegexSupport, Support, ValueModel, WildcardSupport};
use crate::source::Location;
use jiff::Timestamp;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// A test in the target's terms.
pub(super) enum LoweredOp {
    /// Any of these, mostly one.
    Ops(SmallVec<[Op; 1]>),
    /// The rule is refused; the reason stands with the lowering.
    Refused,
}

pub(super) fn lower(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    op: &Op,
    polarity: Polarity,
    origin: Option<Location>,
) -> LoweredOp {
    let capabilities = lowering.terms.capabilities;
    if op.other_term().is_some() && capabilities.field_comparison == Support::No {
        lowering.refuse(
            &code::LOGIC,
            origin,
            format!("`{field}` is compared with another field, which the target cannot do"),
        );
        return LoweredOp::Refused;
    }
    take_for_granted(lowering, field, op, polarity, origin);
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion } => {
            equal_text(lowering, field, text, (*case, *coercion), polarity, origin)
        }
        Op::Equal { to: Operand::Value(value), coercion: coercion @ (Coercion::None | Coercion::Python), .. }
            if capabilities.values != ValueModel::Whole =>
        {
            equal_scalar(lowering, field, value, *coercion)
        }
        // A keyword holds the text of what came in, and is compared with texts alone.
        Op::Equal { to: Operand::Value(value @ (Value::Int(_) | Value::Bool(_))), case, coercion: Coercion::Text }
            if lowering.terms.crossed
                && capabilities.values != ValueModel::Whole
                && (lowering.terms.facts)(field).ty.is_exact_string() =>
        {
            let text = value.to_json().to_string().into();
            equal_text(lowering, field, &text, (*case, Coercion::Text), polarity, origin)
        }
        Op::Matches { pattern, case, coercion } => {
            let case =
                case_mode(lowering, field, *case, !pattern.literals().any(has_case_beyond_ascii), polarity, origin);
            let pattern = wildcards(lowering, field, pattern, polarity, origin);
            LoweredOp::Ops(smallvec![Op::Matches { pattern, case, coercion: *coercion }])
        }
        Op::Regex { regex, coercion } => expression(lowering, field, regex, *coercion, origin),
        Op::InCidr(_) => cidr(lowering, field, op, origin),
        Op::Compare { .. } if capabilities.ordering == Support::No => {
            lowering.refuse(&code::LOGIC, origin, "the target cannot order values".to_owned());
            LoweredOp::Refused
        }
        Op::Compare { domain: Domain::Number, coercion, to: Operand::Value(_), .. }
            if takes_numbers(lowering, field, *coercion) =>
        {
            let numbers = Values::Types(TypeSet::INT.or(TypeSet::FLOAT));
            lowering.assume(Assumption::Field(field.clone(), numbers));
            LoweredOp::Ops(smallvec![op.clone()])
        }
        Op::Words { analyzer, test } => words(lowering, field, (*analyzer, test), polarity, origin),
        Op::Compare { op, domain: Domain::Date, coercion, to: Operand::Value(Value::Str(text)) }
            if capabilities.date_math == Support::No =>
        {
            instant(lowering, field, (*op, *coercion), text, origin)
        }
        op => LoweredOp::Ops(smallvec![op.clone()]),
    }
}

/// Whether a comparison of numbers rests on the field's having numbers: Python counts truth values among them, and an index that maps the
/// field otherwise compares texts.
fn takes_numbers(lowering: &Lowering<'_>, field: &FieldPath, coercion: Coercion) -> bool {
    let capabilities = lowering.terms.capabilities;
    let in_source = coercion == Coercion::Python && capabilities.values != ValueModel::Whole;
    (in_source || capabilities.absence == Absence::ExistsOnly) && !is_numeric((lowering.terms.facts)(field).ty)
}

/// States what a test rests on: on the way empty texts are dropped, an index holds objects where no text is, and texts of truth values.
fn take_for_granted(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    op: &Op,
    polarity: Polarity,
    origin: Option<Location>,
) {
    if lowering.terms.empties == Empties::DroppedOnTheWay && is_for_any_text(op) {
        // `*` is how rules ask whether the field is there.
        lowering.assume(Assumption::Field(field.clone(), Values::NotEmpty));
    } else if lowering.terms.empties == Empties::DroppedOnTheWay && is_for_empty_text(op) {
        let message = format!("the ingest drops an empty `{field}`, which this test holds of");
        lowering.lose(&code::NULL_SEMANTICS, Effect::Narrowed, polarity, origin, message);
    }
    if lowering.terms.crossed && is_for_text(op) && is_of_objects(lowering, field) {
        lowering.assume(Assumption::Field(field.clone(), Values::Types(TypeSet::SCALAR)));
    }
    if lowering.terms.crossed && is_for_truth(op) && is_untyped(lowering, field) {
        // Where texts are compared in any letter case, `TRUE` is true as well.
        lowering.assume(Assumption::Field(field.clone(), Values::Typed));
    }
}

/// Whether a test takes a truth value and its text for one.
fn is_for_truth(op: &Op) -> bool {
    let coercions = [Coercion::Text, Coercion::Number];
    matches!(op, Op::Equal { to: Operand::Value(Value::Bool(_)), coercion, .. } if coercions.contains(coercion))
}

/// Whether the target's index does not say what the field's values are.
fn is_untyped(lowering: &Lowering<'_>, field: &FieldPath) -> bool {
    let ty = (lowering.terms.facts)(field).ty;
    lowering.terms.capabilities.values != ValueModel::Whole && matches!(ty, FieldType::Unknown | FieldType::Object)
}

/// A regular expression in the target's dialect.
fn expression(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    regex: &Regex,
    coercion: Coercion,
    origin: Option<Location>,
) -> LoweredOp {
    let RegexSupport::Dialect(dialect, anchorings) = lowering.terms.capabilities.regex else {
        lowering.refuse(&code::REGEX_DIALECT, origin, "the target has no regular expressions".to_owned());
        return LoweredOp::Refused;
    };
    match translate(regex, dialect, anchorings) {
        Ok(translated) => {
            if translated.dialect != regex.dialect {
                let disagree = [
                    (minds_line_breaks(regex) || minds_line_breaks(&translated), Values::OneLine),
                    (ignores_case(regex), Values::PlainCase),
                    (regex.has_class_escape(), Values::AsciiClasses),
                ];
                for (_, values) in disagree.into_iter().filter(|(minds, _)| *minds) {
                    lowering.assume(Assumption::Field(field.clone(), values));
                }
            }
            LoweredOp::Ops(smallvec![Op::Regex { regex: translated, coercion }])
        }
        Err(reason) => {
            lowering.refuse(&code::REGEX_DIALECT, origin, format!("/{}/: {reason}", regex.pattern));
            LoweredOp::Refused
        }
    }
}

/// A date with all its parts, for a target that compares instants only.
fn instant(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    (op, coercion): (Cmp, Coercion),
    text: &str,
    origin: Option<Location>,
) -> LoweredOp {
    let compare = |op, to: &str| Op::Compare { op, domain: Domain::Date, coercion, to: to.into() };
    let Some(constant) = DateConstant::parse(text) else { return LoweredOp::Ops(smallvec![compare(op, text)]) };
    let bounds = if constant.is_relative() { None } else { constant.bounds(Timestamp::UNIX_EPOCH) };
    match (bounds, op) {
        (Some((first, _)), Cmp::Less | Cmp::GreaterOrEqual) => {
            LoweredOp::Ops(smallvec![compare(op, &format!("{first:.3}"))])
        }
        (Some((_, last)), Cmp::LessOrEqual | Cmp::Greater) => {
            LoweredOp::Ops(smallvec![compare(op, &format!("{last:.3}"))])
        }
        (Some((first, last)), _) if first == last => LoweredOp::Ops(smallvec![compare(op, &format!("{first:.3}"))]),
        _ => {
            let message = format!("`{field}` is compared with `{text}`, a date that is not one instant in the target");
            lowering.refuse(&code::LOGIC, origin, message);
            LoweredOp::Refused
        }
    }
}

/// Whether values are compared as numbers whatever the language says.
fn is_numeric(ty: FieldType) -> bool {
    !(ty == FieldType::Unknown || ty.is_exact_string())
}

/// Whether the target's index can hold objects in the field, which no test of text speaks of.
fn is_of_objects(lowering: &Lowering<'_>, field: &FieldPath) -> bool {
    lowering.terms.capabilities.absence == Absence::ExistsOnly
        && matches!((lowering.terms.facts)(field).ty, FieldType::Flattened | FieldType::Object | FieldType::Nested)
}

fn is_for_text(op: &Op) -> bool {
    matches!(op, Op::Matches { .. } | Op::Regex { .. })
}

/// Whether every text passes the test, the empty one too.
fn is_for_any_text(op: &Op) -> bool {
    matches!(op, Op::Matches { pattern, .. } if matches!(pattern.shape(), Shape::Anything))
}

/// Whether the empty text alone passes the test: no value that the ingest kept is empty.
fn is_for_empty_text(op: &Op) -> bool {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), .. } => text.is_empty(),
        Op::Matches { pattern, .. } => pattern.pieces().is_empty(),
        _ => false,
    }
}

/// A number or a truth value where values are not compared as Python does. A flattened object has it as its text; a text never equals it.
fn equal_scalar(lowering: &mut Lowering<'_>, field: &FieldPath, value: &Value, coercion: Coercion) -> LoweredOp {
    let ty = (lowering.terms.facts)(field).ty;
    let equal = |value: Value, coercion| Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion };
    let texts = if ty == FieldType::Flattened { texts_of(value, coercion) } else { Vec::new() };
    if !texts.is_empty() {
        lowering.assume(Assumption::Field(field.clone(), Values::Typed));
        return LoweredOp::Ops(texts.iter().map(|text| equal(Value::str(text.as_str()), Coercion::Text)).collect());
    }
    if ty.is_exact_string() && matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_)) {
        lowering.assume(Assumption::Field(field.clone(), Values::Mapped));
        return LoweredOp::Ops(SmallVec::new());
    }
    // Python's `0` and `1` are false and true as well.
    let truth = match (value, coercion) {
        (Value::Int(0), Coercion::Python) => Some(Value::Bool(false)),
        (Value::Int(1), Coercion::Python) => Some(Value::Bool(true)),
        _ => None,
    };
    let is_untyped = matches!(ty, FieldType::Unknown | FieldType::Object | FieldType::Nested | FieldType::Flattened);
    if is_untyped {
        lowering.assume(Assumption::Field(field.clone(), Values::Typed));
    }
    LoweredOp::Ops(match (truth, ty) {
        (Some(truth), FieldType::Boolean) => smallvec![equal(truth, coercion)],
        (Some(truth), _) if is_untyped => smallvec![equal(value.clone(), coercion), equal(truth, coercion)],
        _ => smallvec![equal(value.clone(), coercion)],
    })
}

/// Whether the target has the values of a JSON object as their texts, whatever types they came with.
fn is_flattened(lowering: &Lowering<'_>, field: &FieldPath) -> bool {
    lowering.terms.capabilities.values != ValueModel::Whole && (lowering.terms.facts)(field).ty == FieldType::Flattened
}

/// The texts of the numbers and truth values that equal one.
fn texts_of(value: &Value, coercion: Coercion) -> Vec<String> {
    match (value, coercion) {
        (Value::Bool(truth), Coercion::None) => vec![truth.to_string()],
        (Value::Bool(truth), _) => texts_of(&Value::Int((*truth).into()), coercion),
        (Value::Int(number), _) => {
            let truth = match (number, coercion) {
                (0, Coercion::Python) => Some("false"),
                (1, Coercion::Python) => Some("true"),
                _ => None,
            };
            let numbers = [number.to_string(), format!("{number}.0")];
            numbers.into_iter().chain(truth.map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// An address field takes networks; elsewhere they would be compared as text.
fn cidr(lowering: &mut Lowering<'_>, field: &FieldPath, op: &Op, origin: Option<Location>) -> LoweredOp {
    let ty = (lowering.terms.facts)(field).ty;
    if lowering.terms.capabilities.cidr == Support::No {
        lowering.refuse(&code::LOGIC, origin, "the target has no network tests".to_owned());
        return LoweredOp::Refused;
    }
    // Only an index has types; where events are as they came, an address is a text that is read as one.
    let is_indexed = lowering.terms.capabilities.absence == Absence::ExistsOnly;
    if is_indexed && !matches!(ty, FieldType::Ip | FieldType::Unknown) {
        lowering.refuse(
            &code::TYPE,
            origin,
            format!("`{field}` is not an address field in the target: a network never matches"),
        );
        return LoweredOp::Refused;
    }
    LoweredOp::Ops(smallvec![op.clone()])
}

fn equal_text(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    text: &Arc<str>,
    (case, coercion): (Case, Coercion),
    polarity: Polarity,
    origin: Option<Location>,
) -> LoweredOp {
    let equal = |text: Arc<str>, case| Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion };
    // A number is its own text there.
    let ty = (lowering.terms.facts)(field).ty;
    let is_texts =
        lowering.terms.capabilities.values != ValueModel::Whole && (is_numeric(ty) || ty == FieldType::Unknown);
    if (is_flattened(lowering, field) || is_texts)
        && matches!(coercion, Coercion::None | Coercion::Python)
        && is_number_or_truth(text)
    {
        lowering.assume(Assumption::Field(field.clone(), Values::Types(TypeSet::STRING)));
    }
    if lowering.terms.capabilities.case == CaseSupport::SensitiveOnly && !case.is_sensitive() {
        if let Some(values) = (lowering.terms.domain)(field, text) {
            lowering.assume(Assumption::Field(field.clone(), Values::Catalogued));
            return LoweredOp::Ops(values.into_iter().map(|value| equal(value.into(), Case::Sensitive)).collect());
        }
        if !text.chars().any(char::is_alphabetic) {
            return LoweredOp::Ops(smallvec![equal(text.clone(), Case::Sensitive)]);
        }
    }
    let case = case_mode(lowering, field, case, !has_case_beyond_ascii(text), polarity, origin);
    LoweredOp::Ops(smallvec![equal(text.clone(), case)])
}

/// The nearest case mode of the target, with the loss that it costs.
fn case_mode(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    case: Case,
    ascii: bool,
    polarity: Polarity,
    origin: Option<Location>,
) -> Case {
    // Analysed text is searched in lower case on both sides, whatever the language can say.
    let analysed = (lowering.terms.facts)(field).ty.is_analysed();
    if case.is_sensitive() || (analysed && lowering.terms.capabilities.values != ValueModel::Whole) {
        return case;
    }
    if lowering.terms.capabilities.case == CaseSupport::SensitiveOnly {
        let message = format!("the source ignores case in `{field}`; the target compares it exactly");
        lowering.lose(&code::CASE, Effect::Narrowed, polarity, origin, message);
        return Case::Sensitive;
    }
    // Elasticsearch folds ASCII only; Sigma leaves it open, and Python folds all.
    if !ascii && case == Case::Insensitive && lowering.terms.capabilities.absence == Absence::ExistsOnly {
        let message = format!("the target ignores the case of ASCII letters only in `{field}`");
        lowering.lose(&code::CASE, Effect::Narrowed, polarity, origin, message);
    }
    case
}

pub(super) fn wildcards(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    pattern: &Pattern,
    polarity: Polarity,
    origin: Option<Location>,
) -> Pattern {
    let has_one = pattern.pieces().contains(&Piece::One);
    if lowering.terms.capabilities.wildcard == WildcardSupport::StarAndOne || !has_one {
        return pattern.clone();
    }
    let message = format!("`?` in a pattern on `{field}` stands for one character; the target has only `*`");
    lowering.lose(&code::WILDCARD, Effect::Widened, polarity, origin, message);
    Pattern::new(pattern.pieces().iter().map(|piece| match piece {
        Piece::One => Piece::Any,
        other => other.clone(),
    }))
}
