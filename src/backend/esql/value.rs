//! Constants and operators.

use super::{plain, string, term};
use crate::catalog::fields::FieldType;
use crate::ir::{Pattern, Piece, Value};
use crate::lang::esql::{Expr, ExprKind, Literal};

pub(super) fn text(value: &str) -> Expr {
    plain(ExprKind::Literal(Literal::String(string(value))))
}

/// `LIKE` and `RLIKE` take texts only.
pub(super) fn texts(subject: Expr, ty: FieldType) -> Expr {
    match ty {
        FieldType::Ip
        | FieldType::Integer
        | FieldType::Float
        | FieldType::Date
        | FieldType::Version
        | FieldType::Boolean => plain(ExprKind::Call(term::call("TO_STRING", vec![subject]))),
        _ => subject,
    }
}

pub(super) fn wildcards(pattern: &Pattern) -> String {
    let mut out = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Any => out.push('*'),
            Piece::One => out.push('?'),
            Piece::Literal(text) => {
                for c in text.chars() {
                    if matches!(c, '*' | '?' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

/// The constant in the field's own type: ES|QL does not compare a keyword with a number.
pub(super) fn typed(ty: FieldType, value: &Value) -> Value {
    match (ty, value) {
        (FieldType::Integer | FieldType::Float, Value::Str(text)) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Value::Int(number),
            (_, Ok(number)) => Value::float(number),
            _ => value.clone(),
        },
        (FieldType::Boolean, Value::Str(text)) => text.parse::<bool>().map_or_else(|_| value.clone(), Value::Bool),
        (
            FieldType::Keyword
            | FieldType::ConstantKeyword
            | FieldType::Wildcard
            | FieldType::Text
            | FieldType::MatchOnlyText
            | FieldType::Ip,
            Value::Int(_) | Value::Float(_) | Value::Bool(_),
        ) => Value::str(value.to_string()),
        _ => value.clone(),
    }
}
