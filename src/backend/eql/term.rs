//! Computed values: EQL's functions and arithmetic over fields.

use super::Writer;
use super::condition::{boolean, compare, constant, field, plain, text};
use crate::backend::compare_op;
use crate::fidelity::code;
use crate::ir::{
    Between, Case, ExprId, ExprKind, FieldPath, Function, Op, Operand, Pattern, Place, Regex, Shape, Subject, Value,
};
use crate::lang::eql::{ArithmeticOp, At, CompareOp, Expr, ExprKind as Kind, Literal, MatchKind};
use crate::source::Location;

/// The fields that the enclosing quantifiers go through, outermost first.
pub(super) struct Terms<'w, 'r> {
    pub(super) writer: &'w mut Writer<'r>,
    pub(super) fields: Vec<FieldPath>,
}

impl Terms<'_, '_> {
    /// Nested any-ofs over fields around one test: a script runs over the combinations of their values.
    pub(super) fn quantified(&mut self, items: &Subject, body: ExprId, origin: Option<Location>) -> Expr {
        let (Subject::Elements(inner), kind) = (items, self.writer.pool.kind(body).clone()) else {
            return self.refused("EQL does not go through the items of a list", origin);
        };
        let Subject::Field(path) = &**inner else {
            return self.refused("EQL does not go through the items of a list", origin);
        };
        self.fields.push(path.clone());
        match kind {
            ExprKind::Test(subject, op) => self.test(&subject, &op, origin),
            ExprKind::ForSome(items, body) => self.quantified(&items, body, origin),
            _ => self.refused("EQL tests each part of a condition over all items of a list", origin),
        }
    }

    fn refused(&mut self, message: &str, origin: Option<Location>) -> Expr {
        self.writer.refuse(&code::LOGIC, message, origin);
        boolean(false)
    }

    /// A test of a computed value.
    pub(super) fn test(&mut self, subject: &Subject, op: &Op, origin: Option<Location>) -> Expr {
        let Some(left) = self.term(subject) else {
            return self.refused("this computed value has no form in EQL", origin);
        };
        match op {
            Op::Equal { to, case, .. } if case.is_sensitive() => self.comparison(left, CompareOp::Equal, to, origin),
            Op::Equal { to: Operand::Value(Value::Str(value)), .. } if !value.contains(['*', '?']) => {
                matching(left, MatchKind::Colon, value)
            }
            Op::Equal { to: Operand::Value(value @ Value::Str(_)), .. } => {
                let list = vec![constant(value)];
                plain(Kind::In { insensitive: true, op_at: At::default(), subject: Box::new(left), list })
            }
            Op::Compare { op, to, .. } => self.comparison(left, compare_op(*op), to, origin),
            Op::Present => compare(left, CompareOp::NotEqual, plain(Kind::Literal(Literal::Null))),
            Op::Matches { pattern, case, .. } => self.pattern(left, pattern, *case, origin),
            Op::Regex { regex: Regex { pattern, case, .. }, .. } => {
                let kind = if case.is_sensitive() { MatchKind::Regex } else { MatchKind::RegexInsensitive };
                matching(left, kind, pattern)
            }
            Op::InCidr(network) => function("cidrMatch", false, vec![left, constant(&Value::str(network.to_string()))]),
            Op::HasText { place, text: Operand::Subject(text), case } => match self.term(text) {
                Some(text) => function(name_of(*place), !case.is_sensitive(), vec![left, text]),
                None => self.refused("this computed value has no form in EQL", origin),
            },
            _ => self.refused("EQL has no form for this test of a computed value", origin),
        }
    }

    fn comparison(&mut self, left: Expr, op: CompareOp, to: &Operand, origin: Option<Location>) -> Expr {
        let right = match to {
            Operand::Value(value) => constant(value),
            Operand::Subject(subject) => match self.term(subject) {
                Some(right) => right,
                None => return self.refused("this computed value has no form in EQL", origin),
            },
        };
        if matches!((&left.kind, &right.kind), (Kind::Field(_), Kind::Field(_))) {
            return self.refused("EQL does not compare a field with a field", origin);
        }
        compare(left, op, right)
    }

    fn pattern(&mut self, left: Expr, pattern: &Pattern, case: Case, origin: Option<Location>) -> Expr {
        let insensitive = !case.is_sensitive();
        if pattern.literals().all(|text| !text.contains(['*', '?'])) {
            let kind = if insensitive { MatchKind::Colon } else { MatchKind::Like };
            return matching(left, kind, &pattern.to_string().replace("\\\\", "\\"));
        }
        let (name, part) = match pattern.shape() {
            Shape::Prefix(part) => ("startsWith", part),
            Shape::Suffix(part) => ("endsWith", part),
            Shape::Contains(part) => ("stringContains", part),
            _ => return self.refused("EQL's wildcards have no escape for `*` and `?`", origin),
        };
        function(name, insensitive, vec![left, constant(&Value::str(part))])
    }

    fn term(&mut self, subject: &Subject) -> Option<Expr> {
        match subject {
            Subject::Element(index) => {
                let at = self.fields.len().checked_sub(usize::from(*index) + 1)?;
                let path = self.fields.get(at)?;
                Some(field(self.writer.field(path)))
            }
            Subject::Constant(value) => Some(constant(value)),
            Subject::Call(name, args) => self.call(*name, args),
            _ => None,
        }
    }

    fn call(&mut self, name: Function, args: &[Subject]) -> Option<Expr> {
        if let (Some(op), [left, right]) = (arithmetic(name), args) {
            let (left, right) = (Box::new(self.term(left)?), Box::new(self.term(right)?));
            return Some(plain(Kind::Arithmetic { op, op_at: At::default(), left, right }));
        }
        let lowered = |arg: &Subject| matches!(arg, Subject::Call(Function::Lower, inner) if inner.len() == 1);
        let insensitive = name == Function::IndexOf && args.len() >= 2 && args[..2].iter().all(lowered);
        let name = match name {
            Function::Length => "length",
            Function::Substring => "substring",
            Function::Concat => "concat",
            Function::ToText => "string",
            Function::ToNumber => "number",
            Function::IndexOf => "indexOf",
            Function::Between(how) => return self.between(how, args),
            _ => return None,
        };
        let mut terms = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            terms.push(match arg {
                Subject::Call(_, inner) if insensitive && index < 2 => self.term(&inner[0])?,
                arg => self.term(arg)?,
            });
        }
        Some(function(name, insensitive, terms))
    }

    fn between(&mut self, how: Between, args: &[Subject]) -> Option<Expr> {
        let mut terms: Vec<Expr> = args.iter().map(|arg| self.term(arg)).collect::<Option<_>>()?;
        if how.greedy {
            terms.push(boolean(true));
        }
        Some(function("between", !how.case.is_sensitive(), terms))
    }
}

fn arithmetic(function: Function) -> Option<ArithmeticOp> {
    Some(match function {
        Function::Add => ArithmeticOp::Add,
        Function::Subtract => ArithmeticOp::Subtract,
        Function::Multiply => ArithmeticOp::Multiply,
        Function::Divide => ArithmeticOp::Divide,
        Function::Modulo => ArithmeticOp::Modulo,
        _ => return None,
    })
}

fn name_of(place: Place) -> &'static str {
    match place {
        Place::Start => "startsWith",
        Place::End => "endsWith",
        Place::Anywhere => "stringContains",
    }
}

fn function(name: &str, insensitive: bool, args: Vec<Expr>) -> Expr {
    plain(Kind::Function { name: name.to_owned(), insensitive, name_at: At::default(), args })
}

fn matching(subject: Expr, kind: MatchKind, value: &str) -> Expr {
    let list = vec![text(value)];
    plain(Kind::Match { kind, op_at: At::default(), subject: Box::new(subject), list })
}
