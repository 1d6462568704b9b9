//! ES|QL conditions, with null as the third outcome (reference: elastic.md section 9; Elastic's ES|QL reference, "multivalued fields"):
//! a comparison with a missing field or with one of several values is null, and `where` keeps what is true.

use super::super::Lowering;
use super::super::cmp;
use super::super::eql::network;
use super::columns::Columns;
use super::compare::{Named, Tests};
use super::term::constant;
use crate::catalog::fields::FieldType;
use crate::ir::{
    Anchoring, Case, Cmp, Coercion, DateConstant, Domain, ExprId, Op, Operand, Outcome, Pattern, Piece, Pool, Regex,
    RegexDialect, Shape, UseKind, Value,
};
use crate::lang::esql::{Call, CompareOp, Expr, ExprKind, Literal};
use crate::source::Span;

const NULL: Outcome = Outcome { holds: ExprId::FALSE, fails: ExprId::FALSE };

/// Whether an expression is a condition by its form: its value as a term is true, false or null.
pub(super) fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Or(_)
        | ExprKind::And(_)
        | ExprKind::Not(_)
        | ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::Match { .. } => true,
        ExprKind::Call(call) => tests(call),
        _ => false,
    }
}

/// Whether a call is a test of its own, and not a value that is true or false.
fn tests(call: &Call) -> bool {
    match (call.name.to_ascii_lowercase().as_str(), call.args.as_slice()) {
        ("starts_with" | "ends_with" | "contains", [_, text]) => text_of(text).is_some(),
        ("cidr_match", [_, blocks @ ..]) => {
            blocks.iter().all(|block| text_of(block).is_some_and(|text| network(text).is_some()))
        }
        ("match" | "match_phrase" | "kql" | "qstr", _) => true,
        _ => false,
    }
}

/// When a condition is true and when it is false.
pub(super) fn condition(expr: &Expr, columns: &Columns, lowering: &mut Lowering<'_>) -> Outcome {
    let at = Some(lowering.at(expr.span()));
    let mut tests_of = Tests { columns, lowering };
    match &expr.kind {
        ExprKind::Or(members) => {
            let members: Vec<Outcome> =
                members.iter().map(|member| condition(member, columns, tests_of.lowering)).collect();
            tests_of.lowering.parts.pool.outcome_or(&members, at)
        }
        ExprKind::And(members) => {
            let members: Vec<Outcome> =
                members.iter().map(|member| condition(member, columns, tests_of.lowering)).collect();
            tests_of.lowering.parts.pool.outcome_and(&members, at)
        }
        ExprKind::Not(inner) => {
            let inner = tests_of.lowering.under_not(|lowering| condition(inner, columns, lowering));
            Pool::outcome_not(inner)
        }
        ExprKind::Compare { op, left, right, .. } => compare(&mut tests_of, *op, (left, right), expr.span()),
        ExprKind::In { negated, subject, list } => contained(&mut tests_of, *negated, subject, list, expr.span()),
        ExprKind::Like { regex, negated, subject, patterns, .. } => {
            like(&mut tests_of, (*regex, *negated), subject, patterns, expr.span())
        }
        ExprKind::IsNull { negated, subject } => {
            let there = tests_of.there(subject, expr.span());
            if *negated { there } else { Pool::outcome_not(there) }
        }
        ExprKind::Match { field, value, .. } => tests_of.full_text(field, value, false, expr.span()),
        ExprKind::Call(call) if tests(call) => called(&mut tests_of, call, expr.span()),
        ExprKind::Literal(Literal::Bool(value)) => {
            let holds = if *value { ExprId::TRUE } else { ExprId::FALSE };
            tests_of.lowering.parts.pool.two_valued(holds)
        }
        ExprKind::Literal(Literal::Null) => NULL,
        _ => {
            let yes = |_| vec![(equal(Value::Bool(true)), Value::Bool(true), expr.span())];
            tests_of.tested(expr, UseKind::Equal, yes, expr.span())
        }
    }
}

pub(super) fn equal(value: Value) -> Op {
    let coercion = if matches!(value, Value::Int(_) | Value::Float(_)) { Coercion::Number } else { Coercion::Text };
    Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion }
}

fn domain(ty: FieldType, value: &Value) -> Domain {
    match (ty, value) {
        (_, Value::Int(_) | Value::Float(_)) => Domain::Number,
        (FieldType::Date, _) => Domain::Date,
        (FieldType::Ip, _) => Domain::Ip,
        (FieldType::Version, _) => Domain::Version,
        _ => Domain::String,
    }
}

fn ordered(op: Cmp, ty: FieldType, value: Value) -> Op {
    let domain = domain(ty, &value);
    let value = if domain == Domain::Date { instant(value) } else { value };
    let coercion = if domain == Domain::Number { Coercion::Number } else { Coercion::Text };
    Op::Compare { op, domain, coercion, to: Operand::Value(value) }
}

/// ES|QL converts a text to one instant: parts that it leaves out are the first ones.
fn instant(value: Value) -> Value {
    let constant = value.as_str().and_then(DateConstant::parse).filter(|constant| !constant.is_relative());
    let bounds = constant.and_then(|constant| constant.bounds(jiff::Timestamp::UNIX_EPOCH));
    bounds.map_or(value, |(first, _)| Value::str(format!("{first:.3}")))
}

/// Equality by the field's type: addresses, dates and versions have several spellings.
fn same(ty: FieldType, value: Value) -> Op {
    match domain(ty, &value) {
        Domain::String | Domain::Number => equal(value),
        _ => ordered(Cmp::Equal, ty, value),
    }
}

/// `*`, `?` and a backslash before them; without wildcards an equality.
fn wildcard(text: &str) -> Op {
    let mut pieces = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Literal(chars.next().unwrap_or('\\').to_string().into()),
            _ => Piece::Literal(c.to_string().into()),
        });
    }
    pattern(Pattern::new(pieces))
}

fn pattern(pattern: Pattern) -> Op {
    match pattern.shape() {
        Shape::Exact(text) => equal(Value::str(text)),
        _ => Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text },
    }
}

fn regex(text: &str) -> Op {
    let regex = Regex {
        pattern: text.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    };
    Op::Regex { regex, coercion: Coercion::Text }
}

pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(&text.value),
        _ => None,
    }
}

fn compare(tests: &mut Tests<'_, '_, '_>, op: CompareOp, (left, right): (&Expr, &Expr), span: Span) -> Outcome {
    let Some(value) = constant(right) else {
        return match constant(left) {
            Some(_) => compare(tests, op.flipped(), (right, left), span),
            None => tests.terms(op, left, right, span),
        };
    };
    match value {
        Value::Null => return NULL,
        Value::List(_) => return tests.terms(op, left, right, span),
        _ => {}
    }
    let negated = op == CompareOp::NotEqual;
    let kind = if matches!(op, CompareOp::Equal | CompareOp::NotEqual) { UseKind::Equal } else { UseKind::Compare };
    let test = |ty| {
        let test = match kind {
            UseKind::Equal => same(ty, value.clone()),
            _ => ordered(cmp(op), ty, value.clone()),
        };
        vec![(test, value.clone(), right.span())]
    };
    under(tests, negated, |tests| tests.tested(left, kind, test, span))
}

/// What is lowered under a negation when `negated`.
fn under(
    tests: &mut Tests<'_, '_, '_>,
    negated: bool,
    lower: impl FnOnce(&mut Tests<'_, '_, '_>) -> Outcome,
) -> Outcome {
    tests.lowering.negated ^= negated;
    let found = lower(tests);
    tests.lowering.negated ^= negated;
    if negated { Pool::outcome_not(found) } else { found }
}

/// Equal to any member; a null member makes the rest null. Members that are no constants are compared one by one.
fn contained(tests: &mut Tests<'_, '_, '_>, negated: bool, subject: &Expr, list: &[Expr], span: Span) -> Outcome {
    let constants: Vec<(Value, Span)> =
        list.iter().filter_map(|item| constant(item).map(|value| (value, item.span()))).collect();
    let with_null = constants.iter().any(|(value, _)| *value == Value::Null);
    let values: Vec<(Value, Span)> = constants.into_iter().filter(|(value, _)| *value != Value::Null).collect();
    under(tests, negated, |tests| {
        let mut members = Vec::new();
        if !values.is_empty() {
            let ops = |ty| values.into_iter().map(|(value, span)| (same(ty, value.clone()), value, span)).collect();
            members.push(tests.tested(subject, UseKind::Equal, ops, span));
        }
        for item in list.iter().filter(|item| constant(item).is_none()) {
            members.push(tests.terms(CompareOp::Equal, subject, item, span));
        }
        if with_null {
            members.push(NULL);
        }
        let at = Some(tests.lowering.at(span));
        tests.lowering.parts.pool.outcome_or(&members, at)
    })
}

fn like(
    tests: &mut Tests<'_, '_, '_>,
    (is_regex, negated): (bool, bool),
    subject: &Expr,
    patterns: &[Expr],
    span: Span,
) -> Outcome {
    let mut named: Vec<Named> = Vec::new();
    for item in patterns {
        let Some(text) = text_of(item) else { return tests.hole(span, "a pattern that is a parameter") };
        let op = if is_regex { regex(text) } else { wildcard(text) };
        named.push((op, Value::str(text), item.span()));
    }
    let kind = if is_regex { UseKind::Regex } else { UseKind::Pattern };
    under(tests, negated, |tests| tests.tested(subject, kind, |_| named, span))
}

/// A call that [`tests`].
fn called(tests: &mut Tests<'_, '_, '_>, call: &Call, span: Span) -> Outcome {
    let name = call.name.to_ascii_lowercase();
    match (name.as_str(), call.args.as_slice()) {
        ("starts_with" | "ends_with" | "contains", [subject, text]) => {
            let value = text_of(text).unwrap_or_default();
            let fits = match name.as_str() {
                "starts_with" => Pattern::prefix(value),
                "ends_with" => Pattern::suffix(value),
                _ => Pattern::contains(value),
            };
            let test = vec![(pattern(fits), Value::str(value), text.span())];
            tests.tested(subject, UseKind::Pattern, |_| test, span)
        }
        ("cidr_match", [subject, blocks @ ..]) => {
            let test = |block: &Expr| {
                let text = text_of(block)?;
                Some((Op::InCidr(network(text)?), Value::str(text), block.span()))
            };
            let test: Vec<Named> = blocks.iter().filter_map(test).collect();
            tests.tested(subject, UseKind::Cidr, |_| test, span)
        }
        ("match" | "match_phrase", [subject, value]) => tests.search(call, subject, value, span),
        ("kql", [text]) => tests.kql(text, span),
        _ => tests.hole(span, &format!("a call of `{name}` with these arguments has no form in the rule model")),
    }
}
