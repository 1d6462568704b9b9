//! EQL expressions as values: what Elasticsearch's scripts compute, and Endgame's engine.

use super::super::Lowering;
use super::Rules;
use super::condition::value;
use crate::ir::{Between, Case, ExprId, FieldPath, Function, Subject, Value};
use crate::lang::eql::{ArithmeticOp, Dialect, Expr, ExprKind, Field, FieldPart, Literal, Type, find_function_in};
use std::sync::Arc;

/// What a quantifier around an expression binds.
pub(super) enum Bound {
    /// One of the values of a field: Elasticsearch runs a script over each.
    Value(FieldPath),
    /// An item of an array, by its name in Endgame's `arraySearch`.
    Item(String),
}

/// The expressions of one script, with what the quantifiers around it bind, outermost first.
pub(super) struct Terms<'l, 'a> {
    pub(super) lowering: &'l mut Lowering<'a>,
    pub(super) bound: Vec<Bound>,
    pub(super) rules: Rules,
}

impl<'l, 'a> Terms<'l, 'a> {
    pub(super) fn endgame(lowering: &'l mut Lowering<'a>, case: Case) -> Self {
        Self { lowering, bound: Vec::new(), rules: Rules::Endgame(case) }
    }
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
            ExprKind::Function { name, insensitive, args, .. } if !self.is_condition(name) => {
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

    fn is_condition(&self, name: &str) -> bool {
        find_function_in(name, self.rules.dialect()).is_some_and(|function| function.result == Type::Bool)
    }

    /// A field as the quantifiers bind it, with the items of arrays that it names.
    fn field(&mut self, field: &Field) -> Subject {
        let name = FieldPath::dotted(&field.name());
        let element =
            |at: usize| Subject::Element(u8::try_from(self.bound.len().saturating_sub(1 + at)).unwrap_or_default());
        if let Some(at) = self.bound.iter().position(|bound| matches!(bound, Bound::Value(path) if *path == name)) {
            return element(at);
        }
        let mut parts = field.parts.iter().peekable();
        let first = match parts.peek() {
            Some(FieldPart::Name(first)) => first.as_str(),
            _ => "",
        };
        let item = self.bound.iter().rposition(|bound| matches!(bound, Bound::Item(name) if name == first));
        let mut subject = item.map(|at| {
            parts.next();
            element(at)
        });
        while let Some(part) = parts.next() {
            let FieldPart::Name(name) = part else {
                let FieldPart::Index(index) = part else { continue };
                let index = Value::Int(i64::try_from(*index).unwrap_or(i64::MAX));
                let array = subject.unwrap_or(Subject::Constant(Value::Null));
                subject = Some(Subject::Call(Function::Index, [array, Subject::Constant(index)].into()));
                continue;
            };
            let mut path = name.clone();
            while let Some(FieldPart::Name(next)) = parts.peek() {
                path.push('.');
                path.push_str(next);
                parts.next();
            }
            let path = FieldPath::dotted(&path);
            subject = Some(match subject {
                Some(inner) => Subject::Member(Arc::new(inner), path),
                None => Subject::Field(path),
            });
        }
        subject.unwrap_or(Subject::Constant(Value::Null))
    }

    fn opaque(&self, expr: &Expr) -> Subject {
        let text = self.lowering.query.text.get(expr.span().range()).unwrap_or_default();
        Subject::Opaque { text: text.into(), reason: "this term has no form in the rule model".into() }
    }

    fn function(&mut self, name: &str, insensitive: bool, args: &[Expr]) -> Option<Subject> {
        let case = match self.rules {
            Rules::Endgame(case) => case,
            Rules::Elasticsearch if insensitive => Case::Insensitive,
            Rules::Elasticsearch => Case::Sensitive,
        };
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
            "safe" => return args.first().map(|value| self.term(value)),
            "arraycount" if self.rules.dialect() == Dialect::Endgame => return self.array_count(args),
            "between" => Function::Between(Between { greedy: greedy(args)?, case }),
            _ => return None,
        };
        let args = match function {
            // The flag is part of the function.
            Function::Between(_) => &args[..args.len().min(3)],
            _ => without_nulls(args, required(function)),
        };
        let mut terms: Vec<Subject> = args.iter().map(|arg| self.term(arg)).collect();
        match (function, terms.as_mut_slice()) {
            // Without a base, `0x` says 16.
            (Function::ToNumber, [_]) => terms.push(Subject::Constant(Value::Null)),
            // Without a start Elasticsearch gives the whole text, and Endgame begins at the start.
            (Function::Substring, [text, start, ..]) if *start == Subject::Constant(Value::Null) => {
                if self.rules == Rules::Elasticsearch {
                    return Some(text.clone());
                }
                *start = Subject::Constant(Value::Int(0));
            }
            _ => {}
        }
        if !case.is_sensitive() && function == Function::IndexOf {
            for term in terms.iter_mut().take(2) {
                *term = Subject::Call(Function::Lower, [term.clone()].into());
            }
        }
        Some(Subject::Call(function, terms.into()))
    }
}

impl Terms<'_, '_> {
    /// The number of items for which a condition holds.
    fn array_count(&mut self, args: &[Expr]) -> Option<Subject> {
        let (array, keep) = self.over_items(args)?;
        let items = Arc::new(Subject::Items(Arc::new(array)));
        let value = Arc::new(Subject::Element(0));
        let kept = Subject::Collect { items, stop: ExprId::FALSE, keep, value };
        Some(Subject::Call(Function::Length, [kept].into()))
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
