//! ES|QL values as terms. A function of a null, of several values, or of another type is null, which is a missing term here.

use super::super::Lowering;
use super::columns::{Columns, Kind};
use super::condition::{condition, is_condition};
use super::function;
use crate::catalog::fields::FieldType;
use crate::ir::{EsqlFunction, FieldPath, Function, Outcome, Subject, UseKind, Value};
use crate::lang::esql::{ArithmeticOp, Expr, ExprKind, Field, Literal, Name};
use crate::source::Span;
use std::sync::Arc;

/// Terms that are larger stay columns of their own.
pub(super) const MAX_INLINED: usize = 2_000;

/// A computed value.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) subject: Subject,
    pub(super) ty: FieldType,
    /// Whether it has one value at most.
    pub(super) single: bool,
    /// How many terms are in it.
    pub(super) size: usize,
}

impl Term {
    pub(super) fn new(subject: Subject, ty: FieldType, single: bool, args: &[Term]) -> Self {
        let size = args.iter().fold(1_usize, |size, arg| size.saturating_add(arg.size));
        Self { subject, ty, single, size }
    }

    pub(super) fn constant(value: Value) -> Self {
        let ty = match &value {
            Value::Bool(_) => FieldType::Boolean,
            Value::Int(_) => FieldType::Integer,
            Value::Float(_) => FieldType::Float,
            Value::Str(_) => FieldType::Keyword,
            _ => FieldType::Unknown,
        };
        let single = !matches!(value, Value::List(_));
        Self::new(Subject::Constant(value), ty, single, &[])
    }

    /// The term where one value is wanted: null when it has several.
    pub(super) fn one(&self) -> Subject {
        if self.single {
            return self.subject.clone();
        }
        call(EsqlFunction::Single, [self.subject.clone()])
    }

    /// A part that is kept as text, with the reason.
    pub(super) fn hole(span: Span, reason: impl Into<Arc<str>>, lowering: &Lowering<'_>) -> Self {
        let text = lowering.query.text.get(span.range()).unwrap_or_default().into();
        Self::new(Subject::Opaque { text, reason: reason.into() }, FieldType::Unknown, true, &[])
    }
}

pub(super) fn call(function: EsqlFunction, args: impl Into<Arc<[Subject]>>) -> Subject {
    Subject::Call(Function::Esql(function), args.into())
}

/// The columns of an expression, in the order of the text.
pub(super) fn columns(expr: &Expr) -> Vec<&Name> {
    let mut found = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Column(name) => found.push(name),
            ExprKind::Match { field, .. } => found.push(field),
            _ => open.extend(expr.parts().into_iter().rev()),
        }
    }
    found
}

/// The name of a column: its own, or the text of its expression.
pub(super) fn name_of(field: &Field, lowering: &Lowering<'_>) -> String {
    match (&field.name, &field.expr.kind) {
        (Some(name), _) | (None, ExprKind::Column(name)) => name.text(),
        _ => lowering.query.text.get(field.expr.span().range()).unwrap_or_default().to_owned(),
    }
}

/// A constant with its sign.
pub(super) fn constant(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(literal) => value(literal),
        ExprKind::Negate(inner) => match constant(inner)? {
            Value::Int(number) => number.checked_neg().map(Value::Int),
            Value::Float(number) => Some(Value::float(-number.0)),
            _ => None,
        },
        ExprKind::Plus(inner) => constant(inner).filter(|value| matches!(value, Value::Int(_) | Value::Float(_))),
        _ => None,
    }
}

fn value(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Integer(value) => Value::Int(i64::try_from(*value).ok()?),
        Literal::Decimal(value) => Value::float(*value),
        Literal::String(text) => Value::str(text.value.as_str()),
        Literal::Array(items) => Value::List(items.iter().map(constant).collect::<Option<_>>()?),
        Literal::Timespan { .. } | Literal::Param(_) => return None,
    })
}

/// The term of an expression; a part without a form is an opaque term.
pub(super) fn term(expr: &Expr, columns: &Columns, lowering: &mut Lowering<'_>) -> Term {
    if let Some(value) = constant(expr) {
        return Term::constant(value);
    }
    if is_condition(expr) {
        return truth(condition(expr, columns, lowering));
    }
    match &expr.kind {
        ExprKind::Column(name) => column(name, columns, lowering),
        ExprKind::Plus(inner) => term(inner, columns, lowering),
        ExprKind::Negate(inner) => {
            let inner = term(inner, columns, lowering);
            let args = [Subject::Constant(Value::Int(0)), inner.one()];
            Term::new(Subject::Call(Function::Subtract, args.into()), inner.ty, true, &[inner])
        }
        ExprKind::Arithmetic { op, left, right, .. } => arithmetic(*op, left, right, columns, lowering),
        ExprKind::Cast { subject, to } => {
            let inner = term(subject, columns, lowering);
            match conversion(to) {
                Some(function) => function::convert(function, inner),
                None => Term::hole(expr.span(), format!("the cast to `{to}` has no form in the rule model"), lowering),
            }
        }
        ExprKind::Call(call) => function::term(call, expr.span(), columns, lowering),
        ExprKind::Literal(Literal::Param(_)) => {
            Term::hole(expr.span(), "a parameter whose value is not in the query", lowering)
        }
        _ => Term::hole(expr.span(), "a value of this kind has no form in the rule model", lowering),
    }
}

/// True, false or null.
fn truth(outcome: Outcome) -> Term {
    let constant = |value| Arc::new(Subject::Constant(value));
    let otherwise = Subject::If(outcome.fails, constant(Value::Bool(false)), constant(Value::Null));
    let subject = Subject::If(outcome.holds, constant(Value::Bool(true)), Arc::new(otherwise));
    Term::new(subject, FieldType::Boolean, true, &[])
}

fn column(name: &Name, columns: &Columns, lowering: &mut Lowering<'_>) -> Term {
    let text = name.text();
    if text == "_source" && columns.is_event_field(&text) {
        return Term::new(call(EsqlFunction::Document, []), FieldType::Object, true, &[]);
    }
    let column = columns.find(&text, lowering);
    let path = FieldPath::dotted(&text);
    if matches!(column.kind, Kind::Field) {
        lowering.used(&path, name.at.0, UseKind::Other, Vec::new());
    }
    let subject = match column.kind {
        Kind::Term(subject) => subject,
        Kind::Field | Kind::Row => Subject::Field(path),
    };
    let size = crate::ir::with_inner([&subject]).len();
    Term { subject, ty: column.ty, single: column.single, size }
}

/// A number and a unit in the singular, which `date_trunc`, `bucket` and sums of dates take.
pub(super) fn timespan(expr: &Expr) -> Option<[Subject; 2]> {
    let (sign, literal) = match &expr.kind {
        ExprKind::Literal(literal) => (1, literal),
        ExprKind::Negate(inner) => match &inner.kind {
            ExprKind::Literal(literal) => (-1, literal),
            _ => return None,
        },
        _ => return None,
    };
    let Literal::Timespan { value, unit } = literal else { return None };
    let amount = i64::try_from(*value).ok()?.checked_mul(sign)?;
    Some([Subject::Constant(Value::Int(amount)), Subject::Constant(Value::str(function::unit(unit)?))])
}

fn arithmetic(op: ArithmeticOp, left: &Expr, right: &Expr, columns: &Columns, lowering: &mut Lowering<'_>) -> Term {
    if let Some(span) = timespan(right) {
        let date = term(left, columns, lowering);
        return moved(date, span, op == ArithmeticOp::Subtract);
    }
    if let Some(span) = timespan(left) {
        let date = term(right, columns, lowering);
        return moved(date, span, false);
    }
    let args = [term(left, columns, lowering), term(right, columns, lowering)];
    let real = args.iter().any(|arg| arg.ty == FieldType::Float);
    let function = match op {
        ArithmeticOp::Add => Function::Add,
        ArithmeticOp::Subtract => Function::Subtract,
        ArithmeticOp::Multiply => Function::Multiply,
        // A quotient of whole numbers is whole, one with a double is not.
        ArithmeticOp::Divide if real => Function::Quotient,
        ArithmeticOp::Divide => Function::Divide,
        ArithmeticOp::Modulo => Function::Modulo,
    };
    let ty = if real { FieldType::Float } else { FieldType::Integer };
    Term::new(Subject::Call(function, args.iter().map(Term::one).collect()), ty, true, &args)
}

/// A date and a span of time after it, or before it.
fn moved(date: Term, [amount, unit]: [Subject; 2], back: bool) -> Term {
    let amount = match amount {
        Subject::Constant(Value::Int(number)) if back => Subject::Constant(Value::Int(-number)),
        other => other,
    };
    Term::new(call(EsqlFunction::DateAdd, [date.one(), amount, unit]), FieldType::Date, true, &[date])
}

/// The conversion of a cast.
fn conversion(to: &str) -> Option<EsqlFunction> {
    Some(match to.to_ascii_lowercase().as_str() {
        "string" | "keyword" | "text" => EsqlFunction::ToString,
        "bool" | "boolean" => EsqlFunction::ToBoolean,
        "int" | "integer" => EsqlFunction::ToInteger,
        "long" => EsqlFunction::ToLong,
        "unsigned_long" | "ul" => EsqlFunction::ToUnsignedLong,
        "double" => EsqlFunction::ToDouble,
        "date" | "datetime" => EsqlFunction::ToDatetime,
        "ip" => EsqlFunction::ToIp,
        "version" => EsqlFunction::ToVersion,
        "geo_point" => EsqlFunction::ToGeopoint,
        _ => return None,
    })
}

/// Why the term is not known, if a part of it is kept as text.
pub(super) fn opaque(subject: &Subject) -> Option<Arc<str>> {
    crate::ir::with_inner([subject]).into_iter().find_map(|term| match term {
        Subject::Opaque { reason, .. } => Some(reason.clone()),
        _ => None,
    })
}
