//! ES|QL values as terms. A function of a null, of several values, or of another type is null, which is a missing term here.

use super::Lowering;
use super::esql_columns::{Column, Columns};
use super::esql_condition::condition;
use crate::ir::{FieldPath, Function, Op, Subject, UseKind, Value};
use crate::lang::esql::{ArithmeticOp, Call, Expr, ExprKind, Literal, Name};
use std::sync::Arc;

/// A computed value.
pub(super) struct Term {
    pub(super) subject: Subject,
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

/// The fields that a term reads, outside the conditions in it.
pub(super) fn fields(subject: &Subject) -> Vec<FieldPath> {
    match subject {
        Subject::Field(path) => vec![path.clone()],
        Subject::Call(_, args) => args.iter().flat_map(fields).collect(),
        Subject::If(_, yes, no) => fields(yes).into_iter().chain(fields(no)).collect(),
        _ => Vec::new(),
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
        Literal::Timespan { .. } | Literal::Param(_) | Literal::Array(_) => return None,
    })
}

/// The term of an expression, or why it has none.
pub(super) fn term(expr: &Expr, columns: &Columns, lowering: &mut Lowering<'_>) -> Result<Term, String> {
    Ok(Term { subject: subject(expr, columns, lowering)? })
}

fn subject(expr: &Expr, columns: &Columns, lowering: &mut Lowering<'_>) -> Result<Subject, String> {
    if let Some(value) = constant(expr) {
        return Ok(Subject::Constant(value));
    }
    match &expr.kind {
        ExprKind::Column(name) => column(name, columns, lowering),
        ExprKind::Plus(inner) => subject(inner, columns, lowering),
        ExprKind::Negate(inner) => {
            let inner = subject(inner, columns, lowering)?;
            Ok(Subject::Call(Function::Subtract, [Subject::Constant(Value::Int(0)), inner].into()))
        }
        ExprKind::Arithmetic { op, left, right, .. } => {
            let function = match op {
                ArithmeticOp::Add => Function::Add,
                ArithmeticOp::Subtract => Function::Subtract,
                ArithmeticOp::Multiply => Function::Multiply,
                ArithmeticOp::Divide => Function::Divide,
                ArithmeticOp::Modulo => Function::Modulo,
            };
            let args = [subject(left, columns, lowering)?, subject(right, columns, lowering)?];
            Ok(Subject::Call(function, args.into()))
        }
        ExprKind::Call(call) => function(call, columns, lowering),
        ExprKind::Literal(Literal::Timespan { .. }) => Err("a span of time has no form in the rule model".to_owned()),
        ExprKind::Cast { to, .. } => Err(format!("the cast to `{to}` has no form in the rule model")),
        _ => Err("a condition as a value has no form in the rule model".to_owned()),
    }
}

fn column(name: &Name, columns: &Columns, lowering: &mut Lowering<'_>) -> Result<Subject, String> {
    match columns.find(&name.text()) {
        Column::Hole(reason) => Err(reason),
        Column::Term(subject) => Ok(subject),
        Column::Single => Ok(Subject::Field(FieldPath::dotted(&name.text()))),
        Column::Field => {
            let path = FieldPath::dotted(&name.text());
            lowering.used(&path, name.at.0, UseKind::Other, Vec::new());
            Ok(Subject::Field(path))
        }
    }
}

fn function(call: &Call, columns: &Columns, lowering: &mut Lowering<'_>) -> Result<Subject, String> {
    let name = call.name.to_ascii_lowercase();
    let simple = match (name.as_str(), call.args.len()) {
        ("to_lower", 1) => Function::Lower,
        ("to_upper", 1) => Function::Upper,
        ("case", 2..) => return case(&call.args, columns, lowering),
        ("coalesce", 1..) => return coalesce(&call.args, columns, lowering),
        _ => return Err(format!("the function `{name}` has no form in the rule model")),
    };
    let args: Result<Vec<Subject>, String> = call.args.iter().map(|arg| subject(arg, columns, lowering)).collect();
    Ok(Subject::Call(simple, args?.into()))
}

/// The value of the first condition that is true, else the last argument of an odd number, else null.
fn case(args: &[Expr], columns: &Columns, lowering: &mut Lowering<'_>) -> Result<Subject, String> {
    let pairs = args.chunks_exact(2);
    let otherwise = match pairs.remainder() {
        [last] => subject(last, columns, lowering)?,
        _ => Subject::Constant(Value::Null),
    };
    let mut branches = Vec::new();
    for pair in pairs {
        let holds = condition(&pair[0], columns, lowering).holds;
        branches.push((holds, subject(&pair[1], columns, lowering)?));
    }
    let join = |no, (holds, yes)| Subject::If(holds, Arc::new(yes), Arc::new(no));
    Ok(branches.into_iter().rev().fold(otherwise, join))
}

fn coalesce(args: &[Expr], columns: &Columns, lowering: &mut Lowering<'_>) -> Result<Subject, String> {
    let mut subjects = Vec::new();
    for arg in args {
        subjects.push(subject(arg, columns, lowering)?);
    }
    let Some(last) = subjects.pop() else { return Err("no argument".to_owned()) };
    Ok(subjects.into_iter().rev().fold(last, |no, yes| {
        let there = lowering.parts.pool.test(yes.clone(), Op::Present, None);
        Subject::If(there, Arc::new(yes), Arc::new(no))
    }))
}
