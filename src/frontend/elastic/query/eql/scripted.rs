//! EQL functions and arithmetic. Elasticsearch runs them as a script over each combination of the fields' values: a missing field
//! gives no combination, so also a scripted `!=` is then false (reference: elastic.md section 7).

use super::super::Lowering;
use super::Rules;
use super::condition::{INDEX, pattern_op, term_field};
use super::terms::{Bound, Terms};
use crate::ir::{Case, ExprId, FieldPath, Op, Operand, Pattern, Place, Subject, UseKind, Value};
use crate::lang::eql::{CompareOp, Expr, ExprKind, Literal, Type, find_function};
use crate::source::{Location, Span};
use std::sync::Arc;

/// More fields in one script are not represented: each is a loop over its values.
const MAX_FIELDS: usize = 8;

/// Whether a function gives true or false.
pub(super) fn is_condition(name: &str) -> bool {
    find_function(name).is_some_and(|function| function.result == Type::Bool)
}

/// A function as a condition.
pub(super) fn condition(expr: &Expr, lowering: &mut Lowering<'_>) -> ExprId {
    let ExprKind::Function { name, insensitive, args, .. } = &expr.kind else {
        return lowering.hole(expr.span(), "not a function");
    };
    let place = match name.to_ascii_lowercase().as_str() {
        "cidrmatch" => return cidr(args, expr.span(), lowering),
        "startswith" => Place::Start,
        "endswith" => Place::End,
        "stringcontains" => Place::Anywhere,
        _ => return lowering.hole(expr.span(), "this function gives no truth value"),
    };
    let [subject, text] = args.as_slice() else {
        return lowering.hole(expr.span(), "the function takes two arguments");
    };
    match &text.kind {
        ExprKind::Literal(Literal::String { value, .. }) => {
            let op = pattern_op(pattern(place, value), case_of(*insensitive, value));
            string_test(subject, op, (value, text.span()), expr.span(), lowering)
        }
        _ => scripted(&[subject, text], expr.span(), lowering, |terms| terms.outcome(expr).holds),
    }
}

pub(super) fn pattern(place: Place, text: &str) -> Pattern {
    match place {
        Place::Start => Pattern::prefix(text),
        Place::End => Pattern::suffix(text),
        Place::Anywhere => Pattern::contains(text),
    }
}

/// The `~` functions are scripts that lower both texts; on ASCII that is what `:` does.
pub(super) fn case_of(insensitive: bool, text: &str) -> Case {
    match (insensitive, text.is_ascii()) {
        (false, _) => Case::Sensitive,
        (true, true) => Case::AsciiInsensitive,
        (true, false) => Case::Insensitive,
    }
}

fn string_test(
    subject: &Expr,
    op: Op,
    (text, text_at): (&str, Span),
    span: Span,
    lowering: &mut Lowering<'_>,
) -> ExprId {
    let place = Some(lowering.at(span));
    let ExprKind::Field(field) = &subject.kind else {
        return any_test(subject, vec![(op, text_at)], lowering, span);
    };
    let Some(path) = plain_field(field, UseKind::Pattern, vec![(Value::str(text), text_at)], lowering) else {
        return lowering.hole(span, INDEX);
    };
    lowering.parts.pool.any_of(path, op, place)
}

fn plain_field(
    field: &crate::lang::eql::Field,
    kind: UseKind,
    values: Vec<(Value, Span)>,
    lowering: &mut Lowering<'_>,
) -> Option<FieldPath> {
    let path = term_field(field, lowering)?;
    lowering.parts.uses.pop();
    lowering.used(&path, field.at.0, kind, values);
    Some(path)
}

fn cidr(args: &[Expr], span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let Some((subject, blocks)) = args.split_first() else { return lowering.hole(span, "no address") };
    let mut tests = Vec::new();
    let mut values = Vec::new();
    for block in blocks {
        let ExprKind::Literal(Literal::String { value: text, .. }) = &block.kind else {
            return lowering.hole(span, "a network that is not a constant");
        };
        let Some(network) = network(text) else {
            return lowering.hole(block.span(), "not an address or a network");
        };
        values.push((Value::str(text.as_str()), block.span()));
        tests.push((Op::InCidr(network), block.span()));
    }
    let ExprKind::Field(field) = &subject.kind else { return any_test(subject, tests, lowering, span) };
    let Some(path) = plain_field(field, UseKind::Cidr, values, lowering) else {
        return lowering.hole(span, INDEX);
    };
    let place = Some(lowering.at(span));
    let pool = &mut lowering.parts.pool;
    let tests: Vec<ExprId> = tests.into_iter().map(|(op, _)| pool.any_of(path.clone(), op, place)).collect();
    pool.or(tests, place)
}

/// A network, or an address as the network of itself.
pub(in super::super) fn network(text: &str) -> Option<ipnet::IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(Into::into))
}

/// Any of the tests on a computed value.
pub(super) fn any_test(subject: &Expr, tests: Vec<(Op, Span)>, lowering: &mut Lowering<'_>, span: Span) -> ExprId {
    let place = Some(lowering.at(span));
    let mut members = Vec::new();
    for (op, _) in tests {
        // Null equals nothing, also in a list.
        if !matches!(&op, Op::Equal { to: Operand::Value(Value::Null), .. }) {
            members.push(scripted(&[subject], span, lowering, |terms| {
                let subject = terms.term(subject);
                terms.lowering.parts.pool.test(subject, op, place)
            }));
        }
    }
    lowering.parts.pool.or(members, place)
}

/// A comparison in which at least one side is computed.
pub(super) fn compare(op: CompareOp, left: &Expr, right: &Expr, span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    if let ExprKind::Literal(Literal::Null) = right.kind {
        let place = Some(lowering.at(span));
        let there = scripted(&[left], span, lowering, |terms| {
            let subject = terms.term(left);
            terms.lowering.parts.pool.test(subject, Op::Present, place)
        });
        return match op {
            CompareOp::NotEqual => there,
            CompareOp::Equal => lowering.parts.pool.not(there, place),
            _ => lowering.hole(span, "null has no order"),
        };
    }
    scripted(&[left, right], span, lowering, |terms| terms.compare(op, left, right, span).holds)
}

/// What holds for some combination of the values of the fields in the expressions.
fn scripted(
    exprs: &[&Expr],
    span: Span,
    lowering: &mut Lowering<'_>,
    test: impl FnOnce(&mut Terms<'_, '_>) -> ExprId,
) -> ExprId {
    let mut fields = Vec::new();
    for expr in exprs {
        if !collect(expr, &mut fields, lowering) {
            return lowering.hole(span, INDEX);
        }
    }
    if fields.len() > MAX_FIELDS {
        return lowering.hole(span, "too many fields in one computed value");
    }
    let place: Option<Location> = Some(lowering.at(span));
    let bound = fields.iter().cloned().map(Bound::Value).collect();
    let body = test(&mut Terms { lowering, bound, rules: Rules::Elasticsearch });
    let pool = &mut lowering.parts.pool;
    fields
        .into_iter()
        .rev()
        .fold(body, |body, field| pool.for_some(Subject::Elements(Arc::new(Subject::Field(field))), body, place))
}

/// The fields of an expression, each once, in the order of the text. False when one cannot be named.
fn collect(expr: &Expr, fields: &mut Vec<FieldPath>, lowering: &mut Lowering<'_>) -> bool {
    let mut all = |exprs: &[Expr]| exprs.iter().all(|expr| collect(expr, fields, lowering));
    match &expr.kind {
        ExprKind::Field(field) => match term_field(field, lowering) {
            Some(path) => {
                if !fields.contains(&path) {
                    fields.push(path);
                }
                true
            }
            None => false,
        },
        ExprKind::Function { args, .. } => all(args),
        ExprKind::Or(members) | ExprKind::And(members) => all(members),
        ExprKind::Arithmetic { left, right, .. } | ExprKind::Compare { left, right, .. } => {
            collect(left, fields, lowering) && collect(right, fields, lowering)
        }
        ExprKind::Neg(inner) | ExprKind::Not(inner) => collect(inner, fields, lowering),
        ExprKind::Match { subject, .. } => collect(subject, fields, lowering),
        ExprKind::In { subject, list, .. } => {
            collect(subject, fields, lowering) && list.iter().all(|item| collect(item, fields, lowering))
        }
        ExprKind::Literal(_) | ExprKind::Related { .. } => true,
    }
}
