//! EQL expressions as values: what Elasticsearch's scripts compute.

use super::super::Lowering;
use super::condition::value;
use crate::ir::{Between, Case, FieldPath, Function, Subject, Value};
use crate::lang::eql::{ArithmeticOp, Expr, ExprKind, Field, Literal};
use std::sync::Arc;

/// The expressions of one script, with the fields whose values the quantifiers around it bind, outermost first.
pub(super) struct Terms<'l, 'a> {
    pub(super) lowering: &'l mut Lowering<'a>,
    pub(super) bound: Vec<FieldPath>,
}

impl Terms<'_, '_> {
    /// The value of an expression; a condition's is its truth, null when it is neither true nor false.
    pub(super) fn term(&mut self, expr: &Expr) -> Subject {
        match &expr.kind {
            ExprKind::Literal(literal) => Subject::Constant(value(literal)),
            ExprKind::Field(field) => self.field(field),
            ExprKind::Arithmetic { op, left, right, .. } => {
                let function = match op {
                    ArithmeticOp::Add => Function::Add,
                    ArithmeticOp::Subtract => Function::Subtract,
                    ArithmeticOp::Multiply => Function::Multiply,
                    ArithmeticOp::Divide => Function::Divide,
                    ArithmeticOp::Modulo => Function::Modulo,
                };
                Subject::Call(function, [self.term(left), self.term(right)].into())
            }
            ExprKind::Neg(inner) => {
                let inner = self.term(inner);
                Subject::Call(Function::Subtract, [Subject::Constant(Value::Int(0)), inner].into())
            }
            ExprKind::Function { name, insensitive, args, .. } if !super::scripted::is_condition(name) => {
                self.function(name, *insensitive, args).unwrap_or_else(|| self.opaque(expr))
            }
            _ => {
                let outcome = self.outcome(expr);
                let constant = |value: Value| Arc::new(Subject::Constant(value));
                let otherwise = Subject::If(outcome.fails, constant(Value::Bool(false)), constant(Value::Null));
                Subject::If(outcome.holds, constant(Value::Bool(true)), Arc::new(otherwise))
            }
        }
    }

    fn field(&mut self, field: &Field) -> Subject {
        let name = FieldPath::dotted(&field.name());
        let at = self.bound.iter().position(|known| *known == name).unwrap_or_default();
        Subject::Element(u8::try_from(self.bound.len().saturating_sub(1 + at)).unwrap_or_default())
    }

    fn opaque(&self, expr: &Expr) -> Subject {
        let text = self.lowering.query.text.get(expr.span().range()).unwrap_or_default();
        Subject::Opaque { text: text.into(), reason: "this term has no form in the rule model".into() }
    }

    fn function(&mut self, name: &str, insensitive: bool, args: &[Expr]) -> Option<Subject> {
        let case = if insensitive { Case::Insensitive } else { Case::Sensitive };
        let function = match name.to_ascii_lowercase().as_str() {
            "add" => Function::Add,
            "subtract" => Function::Subtract,
            "multiply" => Function::Multiply,
            "divide" => Function::Divide,
            "modulo" => Function::Modulo,
            "length" => Function::Length,
            "substring" => Function::Substring,
            "concat" => Function::Concat,
            "string" => Function::ToText,
            "number" => Function::ToNumber,
            "indexof" => Function::IndexOf,
            "between" => Function::Between(Between { greedy: greedy(args)?, case }),
            _ => return None,
        };
        let args = match function {
            // The flag is part of the function.
            Function::Between(_) => &args[..args.len().min(3)],
            _ => without_nulls(args, required(function)),
        };
        let mut terms: Vec<Subject> = args.iter().map(|arg| self.term(arg)).collect();
        if insensitive && function == Function::IndexOf {
            for term in terms.iter_mut().take(2) {
                *term = Subject::Call(Function::Lower, [term.clone()].into());
            }
        }
        Some(Subject::Call(function, terms.into()))
    }
}

/// Arguments that a function cannot do without.
fn required(function: Function) -> usize {
    match function {
        Function::ToNumber => 1,
        Function::IndexOf | Function::Substring => 2,
        _ => usize::MAX,
    }
}

/// `number(x, null)` is `number(x)`.
fn without_nulls(args: &[Expr], required: usize) -> &[Expr] {
    match args {
        [before @ .., last] if args.len() > required && last.kind == ExprKind::Literal(Literal::Null) => before,
        all => all,
    }
}

/// Whether `between` goes to the last right mark; `None` when that is computed.
fn greedy(args: &[Expr]) -> Option<bool> {
    match args.get(3).map(|flag| &flag.kind) {
        None | Some(ExprKind::Literal(Literal::Null)) => Some(false),
        Some(ExprKind::Literal(Literal::Bool(flag))) => Some(*flag),
        Some(_) => None,
    }
}
