//! EQL conditions, as Elasticsearch 7.16 and later reads them: every test is any-of over the field's values and `not` is the
//! complement (reference: elastic.md section 7, the null table for current engines).

use super::super::cmp;
use super::super::{Lowering, datasets};
use super::scripted;
use crate::catalog::fields::FieldType;
use crate::ir::{
    Anchoring, Case, Coercion, Domain, ExprId, FieldPath, Op, Operand, Pattern, Piece, Regex, RegexDialect, Shape,
    UseKind, Value,
};
use crate::lang::eql::{
    CategoryKind, CompareOp, EventFilter, Expr, ExprKind, Field, FieldPart, Literal, MatchKind, Str,
};
use crate::source::{Location, Span};

/// `category where condition`.
pub(super) fn filter(filter: &EventFilter, lowering: &mut Lowering<'_>) -> ExprId {
    let at = Some(lowering.at(filter.at.0));
    let category = match &filter.category.kind {
        CategoryKind::Any => ExprId::TRUE,
        CategoryKind::Name(name) => {
            let path = FieldPath::dotted(lowering.category_field);
            let span = filter.category.at.0;
            lowering.used(&path, span, UseKind::Equal, vec![(Value::str(name.as_str()), span)]);
            let at = lowering.at(span);
            lowering.parts.pool.any_of(path, equal(Value::str(name.as_str()), Case::Sensitive), Some(at))
        }
    };
    let outer = lowering.scope;
    enter(filter, lowering);
    let condition = expr(&filter.condition, lowering);
    lowering.scope = outer;
    lowering.parts.pool.and([category, condition], at)
}

/// Limits what is lowered from here on to the datasets that the filter's events are of.
pub(super) fn enter(filter: &EventFilter, lowering: &mut Lowering<'_>) {
    if let CategoryKind::Name(name) = &filter.category.kind {
        let dataset = lowering.schema.of_category(name);
        lowering.enter(dataset.map(|dataset| [dataset.to_owned()].into()));
    }
    lowering.enter(datasets::limit_of_eql(&filter.condition));
}

/// A condition. Its depth is bounded by the parser.
pub(super) fn expr(expr: &Expr, lowering: &mut Lowering<'_>) -> ExprId {
    let at = Some(lowering.at(expr.span()));
    match &expr.kind {
        ExprKind::Or(members) => {
            let members: Vec<ExprId> = members.iter().map(|member| self::expr(member, lowering)).collect();
            lowering.parts.pool.or(members, at)
        }
        ExprKind::And(members) => {
            let outer = lowering.scope;
            lowering.enter(datasets::limit_of_eql(expr));
            let members: Vec<ExprId> = members.iter().map(|member| self::expr(member, lowering)).collect();
            lowering.scope = outer;
            lowering.parts.pool.and(members, at)
        }
        ExprKind::Not(inner) => {
            let inner = lowering.under_not(|lowering| self::expr(inner, lowering));
            lowering.parts.pool.not(inner, at)
        }
        ExprKind::Compare { op, left, right, .. } => compare(*op, left, right, expr.span(), lowering),
        ExprKind::In { insensitive, subject, list, .. } => {
            contained(*insensitive, subject, list, lowering, expr.span())
        }
        ExprKind::Match { kind, subject, list, .. } => matched(*kind, subject, list, lowering, expr.span()),
        ExprKind::Function { .. } => scripted::condition(expr, lowering),
        ExprKind::Field(_) => compare_field(CompareOp::Equal, expr, &Literal::Bool(true), expr.span(), lowering),
        ExprKind::Literal(Literal::Bool(value)) => boolean(*value),
        // Elasticsearch's parser gives no relations.
        ExprKind::Literal(_) | ExprKind::Arithmetic { .. } | ExprKind::Neg(_) | ExprKind::Related { .. } => {
            lowering.hole(expr.span(), "a value is not a condition")
        }
    }
}

pub(super) fn boolean(value: bool) -> ExprId {
    if value { ExprId::TRUE } else { ExprId::FALSE }
}

fn compare(op: CompareOp, left: &Expr, right: &Expr, span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    match (&left.kind, &right.kind) {
        (ExprKind::Literal(_), ExprKind::Literal(_)) => scripted::compare(op, left, right, span, lowering),
        (ExprKind::Literal(_), _) => compare(op.flipped(), right, left, span, lowering),
        (_, ExprKind::Literal(Literal::Bool(value))) if is_condition(left) => {
            let complement = match op {
                CompareOp::Equal => !value,
                CompareOp::NotEqual => *value,
                _ => return lowering.hole(span, "truth values have no order"),
            };
            let at = Some(lowering.at(span));
            if !complement {
                return expr(left, lowering);
            }
            let inner = lowering.under_not(|lowering| expr(left, lowering));
            lowering.parts.pool.not(inner, at)
        }
        (ExprKind::Field(_), ExprKind::Literal(literal)) => compare_field(op, left, literal, right.span(), lowering),
        _ => scripted::compare(op, left, right, span, lowering),
    }
}

pub(super) fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Function { name, .. } => scripted::is_condition(name),
        ExprKind::Or(_)
        | ExprKind::And(_)
        | ExprKind::Not(_)
        | ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::Match { .. } => true,
        _ => false,
    }
}

/// How two constants compare; `None` when they are of different types, or null.
pub(super) fn constants(op: CompareOp, left: &Literal, right: &Literal) -> Option<bool> {
    let ordering = match (number_of(left), number_of(right)) {
        (Some(left), Some(right)) => left.partial_cmp(&right),
        _ => match (left, right) {
            (Literal::String { value: left, .. }, Literal::String { value: right, .. }) => Some(left.cmp(right)),
            (Literal::Bool(left), Literal::Bool(right)) => Some(left.cmp(right)),
            _ => None,
        },
    };
    ordering.map(|ordering| cmp(op).holds(ordering))
}

#[expect(clippy::cast_precision_loss, reason = "constants are compared as Elasticsearch's doubles")]
fn number_of(literal: &Literal) -> Option<f64> {
    match literal {
        Literal::Int(value) => Some(*value as f64),
        Literal::Float(value) => Some(*value),
        _ => None,
    }
}

pub(super) fn value(literal: &Literal) -> Value {
    match literal {
        Literal::String { value, .. } => Value::str(value.as_str()),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(value) => Value::float(*value),
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Null => Value::Null,
    }
}

/// Equality with a constant by its own type.
pub(super) fn equal(value: Value, case: Case) -> Op {
    let coercion = match value {
        Value::Int(_) | Value::Float(_) => Coercion::Number,
        _ => Coercion::Text,
    };
    let case = if matches!(value, Value::Str(_)) { case } else { Case::Sensitive };
    Op::Equal { to: Operand::Value(value), case, coercion }
}

/// The field of an expression that is one, with its use noted; array indexes have no meaning on flattened arrays.
fn field_of(field: &Field, lowering: &mut Lowering<'_>) -> Option<FieldPath> {
    if field.parts.iter().any(|part| matches!(part, FieldPart::Index(_))) {
        return None;
    }
    let name = field.name();
    if field.optional {
        lowering.parts.optional.insert(name.clone());
    }
    Some(FieldPath::dotted(&name))
}

/// As [`field_of`], for terms.
pub(super) fn term_field(field: &Field, lowering: &mut Lowering<'_>) -> Option<FieldPath> {
    let path = field_of(field, lowering)?;
    lowering.used(&path, field.at.0, UseKind::Other, Vec::new());
    Some(path)
}

fn compare_field(op: CompareOp, left: &Expr, literal: &Literal, at: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let whole = left.span().to(at);
    let ExprKind::Field(field) = &left.kind else { return lowering.hole(whole, "not a field") };
    let Some(path) = field_of(field, lowering) else { return index_hole(whole, lowering) };
    let place = Some(lowering.at(whole));
    if *literal == Literal::Null {
        lowering.used(&path, field.at.0, UseKind::Exists, Vec::new());
        let exists = lowering.parts.pool.exists(path, place);
        return match op {
            CompareOp::NotEqual => exists,
            CompareOp::Equal => lowering.parts.pool.not(exists, place),
            _ => lowering.hole(whole, "null has no order"),
        };
    }
    let constant = value(literal);
    let kind = match op {
        CompareOp::Equal | CompareOp::NotEqual => UseKind::Equal,
        _ => UseKind::Compare,
    };
    let negated = op == CompareOp::NotEqual;
    lowering.negated ^= negated;
    lowering.used(&path, field.at.0, kind, vec![(constant.clone(), at)]);
    lowering.negated ^= negated;
    let test =
        if kind == UseKind::Equal { equal(constant, Case::Sensitive) } else { order(op, constant, &path, lowering) };
    let any = lowering.parts.pool.any_of(path, test, place);
    if negated { lowering.parts.pool.not(any, place) } else { any }
}

/// Why an item by its number is a hole.
pub(super) const INDEX: &str = "Elasticsearch flattens arrays: an item by its number has no meaning";

fn index_hole(span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    lowering.hole(span, INDEX)
}

/// Strings are ordered by the field's type.
fn order(op: CompareOp, constant: Value, path: &FieldPath, lowering: &mut Lowering<'_>) -> Op {
    let domain = match &constant {
        Value::Int(_) | Value::Float(_) => Domain::Number,
        _ => match lowering.field_type(&path.name()) {
            FieldType::Date => Domain::Date,
            FieldType::Ip => Domain::Ip,
            FieldType::Version => Domain::Version,
            _ => Domain::String,
        },
    };
    let coercion = if domain == Domain::Number { Coercion::Number } else { Coercion::Text };
    Op::Compare { op: cmp(op), domain, coercion, to: Operand::Value(constant) }
}

/// `in` and `in~`: equalities; `*` and `?` are letters.
fn contained(insensitive: bool, subject: &Expr, list: &[Expr], lowering: &mut Lowering<'_>, span: Span) -> ExprId {
    let case = if insensitive { Case::AsciiInsensitive } else { Case::Sensitive };
    let mut constants = Vec::new();
    for item in list {
        let ExprKind::Literal(literal) = &item.kind else {
            return lowering.hole(span, "a list with something else than constants");
        };
        constants.push((value(literal), item.span()));
    }
    let tests = constants.iter().map(|(value, at)| (equal(value.clone(), case), *at)).collect();
    tested(subject, (UseKind::Equal, case), constants, tests, lowering, span)
}

/// `:`, `like`, `regex` and their `~` forms.
fn matched(kind: MatchKind, subject: &Expr, list: &[Str], lowering: &mut Lowering<'_>, span: Span) -> ExprId {
    let constants = list.iter().map(|text| (Value::str(text.value.as_str()), text.at.0)).collect();
    let tests: Vec<(Op, Span)> = list.iter().map(|text| (match_op(kind, &text.value), text.at.0)).collect();
    let wildcard = list.iter().any(|text| text.value.contains(['*', '?']));
    let used = match kind {
        MatchKind::Regex | MatchKind::RegexInsensitive => UseKind::Regex,
        _ if wildcard => UseKind::Pattern,
        _ => UseKind::Equal,
    };
    tested(subject, (used, case_of(kind)), constants, tests, lowering, span)
}

fn case_of(kind: MatchKind) -> Case {
    match kind {
        MatchKind::Like | MatchKind::Regex => Case::Sensitive,
        MatchKind::Colon | MatchKind::LikeInsensitive | MatchKind::RegexInsensitive => Case::AsciiInsensitive,
    }
}

pub(super) fn match_op(kind: MatchKind, text: &str) -> Op {
    let case = case_of(kind);
    match kind {
        MatchKind::Regex | MatchKind::RegexInsensitive => {
            let regex = Regex {
                pattern: text.into(),
                dialect: RegexDialect::Lucene,
                anchoring: Anchoring::Whole,
                case,
                multi_line: false,
                dot_all: true,
            };
            Op::Regex { regex, coercion: Coercion::Text }
        }
        _ => pattern_op(wildcard(text), case),
    }
}

/// A pattern without wildcards is an equality.
pub(super) fn pattern_op(pattern: Pattern, case: Case) -> Op {
    match pattern.shape() {
        Shape::Exact(text) => equal(Value::str(text), case),
        _ => Op::Matches { pattern, case, coercion: Coercion::Text },
    }
}

/// EQL's wildcards: `*` and `?`, without any escape.
fn wildcard(text: &str) -> Pattern {
    Pattern::new(text.split_inclusive(['*', '?']).flat_map(|part| {
        let (literal, wild) = match part.as_bytes().last() {
            Some(b'*') => (&part[..part.len() - 1], Some(Piece::Any)),
            Some(b'?') => (&part[..part.len() - 1], Some(Piece::One)),
            _ => (part, None),
        };
        std::iter::once(Piece::Literal(literal.into())).chain(wild)
    }))
}

/// Any of the tests, on a field or on a function's result.
fn tested(
    subject: &Expr,
    (kind, case): (UseKind, Case),
    constants: Vec<(Value, Span)>,
    tests: Vec<(Op, Span)>,
    lowering: &mut Lowering<'_>,
    span: Span,
) -> ExprId {
    let place = Some(lowering.at(span));
    let ExprKind::Field(field) = &subject.kind else {
        return scripted::any_test(subject, tests, lowering, span);
    };
    let Some(path) = field_of(field, lowering) else { return index_hole(span, lowering) };
    lowering.used_in(case, &path, field.at.0, kind, constants);
    let tests: Vec<ExprId> =
        tests.into_iter().map(|(op, at)| one_of(&path, op, Some(field_to(field, at, lowering)), lowering)).collect();
    lowering.parts.pool.or(tests, place)
}

fn field_to(field: &Field, at: Span, lowering: &Lowering<'_>) -> Location {
    lowering.at(field.at.0.to(at))
}

/// Null equals nothing, also in a list: Elasticsearch leaves it out of the `terms` query.
fn one_of(path: &FieldPath, op: Op, place: Option<Location>, lowering: &mut Lowering<'_>) -> ExprId {
    if matches!(&op, Op::Equal { to: Operand::Value(Value::Null), .. }) {
        return ExprId::FALSE;
    }
    lowering.parts.pool.any_of(path.clone(), op, place)
}

#[cfg(test)]
mod tests {
    use super::wildcard;
    use crate::ir::{Pattern, Piece};

    #[test]
    fn eql_wildcards_have_no_escape() {
        let expected = Pattern::new([Piece::Literal("a\\".into()), Piece::Any, Piece::Literal("b".into()), Piece::One]);
        assert_eq!(wildcard("a\\*b?"), expected);
        assert_eq!(wildcard("plain"), Pattern::exact("plain"));
        assert_eq!(wildcard(""), Pattern::exact(""));
    }
}
