//! Values in conditions: columns, paths into them, constants and a few functions.

use super::Reader;
use super::relation::Relation;
use super::window::arguments;
use crate::ir::{FieldPath, Function, Subject, Value};
use crate::lang::sql::ast::{self, Expr, JsonPathElem};

/// A value and how comparisons meet it.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) subject: Subject,
    /// Letter case was folded: comparisons with it ignore case.
    pub(super) folded: bool,
    /// A part of a variant, where null is a value of its own.
    pub(super) in_variant: bool,
}

/// Types that a value is read as without changing what comparisons say of it.
const CASTS: [&str; 11] =
    ["string", "varchar", "text", "char", "int", "number", "float", "double", "bigint", "decimal", "boolean"];

impl Reader<'_> {
    /// `None` for what is not understood.
    pub(super) fn term(&mut self, expr: &Expr, scope: &[&Relation]) -> Option<Term> {
        let plain = |subject| Term { subject, folded: false, in_variant: false };
        match expr {
            Expr::Nested(inner) => self.term(inner, scope),
            Expr::Identifier(name) => {
                let mut found = scope.iter().filter_map(|relation| relation.column(&name.value));
                let first = found.next()?;
                // A name that several relations have is ambiguous.
                found.next().is_none().then(|| plain(first))
            }
            Expr::CompoundIdentifier(parts) => {
                let (column, owner) = parts.split_last()?;
                let owner = owner.last()?.value.to_lowercase();
                let relation = scope.iter().find(|relation| relation.name == owner)?;
                relation.column(&column.value).map(plain)
            }
            Expr::JsonAccess { value, path } => {
                let base = self.term(value, scope)?;
                let subject = path.path.iter().try_fold(base.subject, below)?;
                Some(Term { subject, folded: false, in_variant: true })
            }
            Expr::Cast { expr, data_type, .. } => {
                let inner = self.term(expr, scope)?;
                let name = data_type.to_string().to_lowercase();
                CASTS.iter().any(|known| name.starts_with(known)).then_some(Term { in_variant: false, ..inner })
            }
            Expr::Function(function) => self.function(function, scope),
            _ => constant(expr).map(|value| plain(Subject::Constant(value))),
        }
    }

    fn function(&mut self, function: &ast::Function, scope: &[&Relation]) -> Option<Term> {
        let arguments = arguments(function)?;
        match (function.name.to_string().to_lowercase().as_str(), arguments.as_slice()) {
            ("lower" | "upper", [only]) => {
                let inner = self.term(only, scope)?;
                Some(Term { folded: true, ..inner })
            }
            ("to_varchar" | "to_char", [only]) => {
                let inner = self.term(only, scope)?;
                Some(Term { in_variant: false, ..inner })
            }
            ("len" | "length", [only]) => {
                let inner = self.term(only, scope)?;
                let subject = Subject::Call(Function::Length, [inner.subject].into());
                Some(Term { subject, folded: false, in_variant: false })
            }
            _ => None,
        }
    }
}

/// A step of a path into a variant.
fn below(subject: Subject, step: &JsonPathElem) -> Option<Subject> {
    let key = match step {
        JsonPathElem::Dot { key, .. } => key.clone(),
        JsonPathElem::Bracket { key } | JsonPathElem::ColonBracket { key } => match constant(key)? {
            Value::Str(key) => key.to_string(),
            index @ Value::Int(_) => {
                return Some(Subject::Call(Function::Index, [subject, Subject::Constant(index)].into()));
            }
            _ => return None,
        },
    };
    match subject {
        Subject::Field(path) => Some(Subject::Field(path.join(&FieldPath::keys(&[key.as_str()])))),
        other => Some(Subject::Member(other.into(), FieldPath::keys(&[key.as_str()]))),
    }
}

/// A constant.
pub(super) fn constant(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Nested(inner) => constant(inner),
        Expr::Cast { expr, .. } => constant(expr),
        Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => match constant(expr)? {
            Value::Int(number) => number.checked_neg().map(Value::Int),
            Value::Float(number) => Some(Value::float(-number.0)),
            _ => None,
        },
        Expr::Value(value) => match &value.value {
            ast::Value::SingleQuotedString(text) => Some(Value::str(text.as_str())),
            ast::Value::Number(text, _) => {
                text.parse().map(Value::Int).ok().or_else(|| text.parse().ok().map(Value::float))
            }
            ast::Value::Boolean(value) => Some(Value::Bool(*value)),
            _ => None,
        },
        _ => None,
    }
}
