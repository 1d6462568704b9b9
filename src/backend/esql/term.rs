//! Terms as ES|QL values.

use super::guards::Guards;
use super::{Writer, column, name, plain, string};
use crate::fidelity::code;
use crate::ir::{EsqlFunction, Function, Subject, Value};
use crate::lang::esql::{ArithmeticOp, At, Call, Expr, ExprKind, Literal};
use crate::source::Location;

/// A call of a function.
pub(super) fn call(function: &str, args: Vec<Expr>) -> Call {
    Call { name: function.to_owned(), name_at: At::default(), star: false, args, options: None }
}

/// A constant; objects are written as their JSON.
pub(super) fn constant(value: &Value) -> Expr {
    let whole = |number: i64| plain(ExprKind::Literal(Literal::Integer(number.unsigned_abs())));
    let literal = match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(number) if *number < 0 => return plain(ExprKind::Negate(Box::new(whole(*number)))),
        Value::Int(number) => return whole(*number),
        Value::Float(number) if number.0 < 0.0 => {
            let positive = plain(ExprKind::Literal(Literal::Decimal(-number.0)));
            return plain(ExprKind::Negate(Box::new(positive)));
        }
        Value::Float(number) => Literal::Decimal(number.0),
        Value::Str(text) => Literal::String(string(text)),
        Value::List(items) => Literal::Array(items.iter().map(constant).collect()),
        Value::Object(_) => Literal::String(string(&value.to_string())),
    };
    plain(ExprKind::Literal(literal))
}

/// A span of time: a number and a unit.
fn timespan(amount: &Subject, unit: &Subject) -> Option<(bool, Expr)> {
    let (Subject::Constant(Value::Int(amount)), Subject::Constant(Value::Str(unit))) = (amount, unit) else {
        return None;
    };
    let unit = if amount.unsigned_abs() == 1 { unit.to_string() } else { format!("{unit}s") };
    let literal = Literal::Timespan { value: amount.unsigned_abs(), unit };
    Some((*amount < 0, plain(ExprKind::Literal(literal))))
}

impl Writer<'_> {
    /// The value. What has no form is gathered with the writer.
    pub(super) fn term(&mut self, subject: &Subject, origin: Option<Location>) -> Expr {
        match subject {
            Subject::Field(field) => column(field),
            Subject::Elements(inner) => self.term(inner, origin),
            Subject::Element(up) => {
                let at = self.bound.len().checked_sub(usize::from(*up) + 1);
                match at.and_then(|at| self.bound.get(at)) {
                    Some(bound) => bound.clone(),
                    None => self.refuse(&code::LOGIC, "ES|QL does not go through the items of a list", origin),
                }
            }
            Subject::Constant(value) => constant(value),
            Subject::Call(function, args) => self.call(*function, args, origin),
            Subject::If(..) => self.case(subject, origin),
            Subject::Opaque { text, reason } => {
                self.refuse(&code::OPAQUE, format!("`{text}` is not understood: {reason}"), origin)
            }
            Subject::AnyField(_)
            | Subject::Items(_)
            | Subject::Member(..)
            | Subject::Collect { .. }
            | Subject::Fold { .. } => {
                self.refuse(&code::LOGIC, "ES|QL does not go through the items of a list", origin)
            }
        }
    }

    /// `CASE(condition, value, .., otherwise)`.
    fn case(&mut self, subject: &Subject, origin: Option<Location>) -> Expr {
        let mut args = Vec::new();
        let mut rest = subject;
        while let Subject::If(condition, then, otherwise) = rest {
            args.push(self.holds(*condition, &Guards::default()));
            args.push(self.term(then, origin));
            rest = otherwise;
        }
        if *rest != Subject::Constant(Value::Null) {
            args.push(self.term(rest, origin));
        }
        plain(ExprKind::Call(call("CASE", args)))
    }

    fn call(&mut self, function: Function, args: &[Subject], origin: Option<Location>) -> Expr {
        if let Some(op) = arithmetic(function)
            && let [left, right] = args
        {
            let mut sides = [self.term(left, origin), self.term(right, origin)];
            if function == Function::Quotient && !sides.iter().any(is_real) {
                let [first, _] = &mut sides;
                *first = plain(ExprKind::Call(call("TO_DOUBLE", vec![first.clone()])));
            }
            let [left, right] = sides.map(Box::new);
            return plain(ExprKind::Arithmetic { op, op_at: At::default(), left, right });
        }
        let name = match function {
            Function::Lower => "TO_LOWER".to_owned(),
            Function::Upper => "TO_UPPER".to_owned(),
            Function::Length => "LENGTH".to_owned(),
            Function::Concat => "CONCAT".to_owned(),
            Function::ToText => "TO_STRING".to_owned(),
            Function::Split if args.len() == 2 => "SPLIT".to_owned(),
            Function::Strip if args.len() == 1 => "TRIM".to_owned(),
            Function::Esql(function) => return self.esql(function, args, origin),
            other => {
                let message = format!("ES|QL has no function for `{}`", other.name());
                return self.refuse(&code::LOGIC, message, origin);
            }
        };
        let args = args.iter().map(|arg| self.term(arg, origin)).collect();
        plain(ExprKind::Call(call(&name, args)))
    }

    fn esql(&mut self, function: EsqlFunction, args: &[Subject], origin: Option<Location>) -> Expr {
        match (function, args) {
            (EsqlFunction::Document, _) => plain(ExprKind::Column(name("_source"))),
            // A function of one value is null of several by itself.
            (EsqlFunction::Single, [inner]) => self.term(inner, origin),
            (EsqlFunction::DateAdd, [date, amount, unit]) => match timespan(amount, unit) {
                Some((back, span)) => {
                    let op = if back { ArithmeticOp::Subtract } else { ArithmeticOp::Add };
                    let left = Box::new(self.term(date, origin));
                    plain(ExprKind::Arithmetic { op, op_at: At::default(), left, right: Box::new(span) })
                }
                None => self.refuse(&code::LOGIC, "ES|QL adds constant spans of time to a date", origin),
            },
            (EsqlFunction::DateTrunc, [amount, unit, date]) => match timespan(amount, unit) {
                Some((_, span)) => {
                    let date = self.term(date, origin);
                    plain(ExprKind::Call(call("DATE_TRUNC", vec![span, date])))
                }
                None => self.refuse(&code::LOGIC, "ES|QL cuts dates at constant spans of time", origin),
            },
            _ => {
                let args = args.iter().map(|arg| self.term(arg, origin)).collect();
                plain(ExprKind::Call(call(&function.name().to_ascii_uppercase(), args)))
            }
        }
    }
}

fn arithmetic(function: Function) -> Option<ArithmeticOp> {
    Some(match function {
        Function::Add => ArithmeticOp::Add,
        Function::Subtract => ArithmeticOp::Subtract,
        Function::Multiply => ArithmeticOp::Multiply,
        Function::Divide | Function::Quotient => ArithmeticOp::Divide,
        Function::Modulo => ArithmeticOp::Modulo,
        _ => return None,
    })
}

/// Whether a value is a double by its form.
fn is_real(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Decimal(_)) => true,
        ExprKind::Call(call) => call.name == "TO_DOUBLE",
        _ => false,
    }
}

/// The text in lower case, for a comparison that ignores case.
pub(super) fn lower(subject: Expr) -> Expr {
    plain(ExprKind::Call(call("TO_LOWER", vec![subject])))
}
