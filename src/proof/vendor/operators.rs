//! Operators on a value that is there, in a plain form and over the vendor's field.

use super::super::ground::ScalarKind;
use super::super::plain::{Letters, plain_op, test_of_lower_case};
use super::form::Former;
use super::{Change, equal, truth};
use crate::catalog::maps::Transform;
use crate::ir::{Case, Coercion, Domain, ExprId, Op, Operand, Pattern, Piece, Shape, TypeSet, Value};

impl Former<'_, '_> {
    pub(super) fn operator(&mut self, op: Op, lowered: bool) -> Option<ExprId> {
        let op = if lowered {
            let (op, letters) = test_of_lower_case(op)?;
            self.granted.lowered |= letters == Letters::WithStrangeCapitals;
            op
        } else {
            op
        };
        match self.source.scalar.kind {
            ScalarKind::Text | ScalarKind::Ip => self.of_text(op),
            ScalarKind::Integer if !lowered => self.of_integer(op),
            _ => self.of_any(&op),
        }
    }

    /// What is the same for every value that is there.
    fn of_any(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Present if self.source.scalar.many => Some(self.test(Op::Present)),
            Op::Present => Some(ExprId::TRUE),
            Op::IsMissing | Op::IsNull | Op::IsEmpty => Some(ExprId::FALSE),
            _ => None,
        }
    }

    fn of_text(&mut self, op: Op) -> Option<ExprId> {
        let op = match plain_op(op) {
            Op::TypeIs(types) => return Some(truth(types.has(TypeSet::STRING))),
            Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion } => {
                // Texts that are numbers can be equal as such.
                if coercion == Coercion::Number && text.parse::<f64>().is_ok() {
                    return None;
                }
                Op::Matches { pattern: Pattern::exact(&text), case, coercion: Coercion::None }
            }
            Op::Equal { to: Operand::Value(_), coercion: Coercion::None | Coercion::Python, .. } => {
                return Some(ExprId::FALSE);
            }
            Op::Matches { pattern, case, .. } => Op::Matches { pattern, case, coercion: Coercion::None },
            Op::Regex { regex, .. } => Op::Regex { regex, coercion: Coercion::None },
            op @ Op::InCidr(_) => op,
            op => return self.of_any(&op),
        };
        match (op, self.source.change) {
            (Op::Matches { pattern, case, .. }, change) => self.of_pattern(&pattern, case, change),
            (op, Change::Same) => Some(self.test(op)),
            _ => None,
        }
    }

    fn of_pattern(&mut self, pattern: &Pattern, case: Case, change: Change) -> Option<ExprId> {
        let pattern = match (change, pattern.shape()) {
            (Change::Same, Shape::Anything) if !self.source.scalar.many => return Some(ExprId::TRUE),
            (Change::Same, Shape::Exact("")) => return Some(ExprId::FALSE),
            (Change::Same, _) => pattern.clone(),
            // The last part of a path is this text: the path ends in it and the separator before it.
            (Change::BaseName(separator), Shape::Exact(name)) if !name.is_empty() && !name.contains(separator) => {
                Pattern::new([Piece::Any, Piece::Literal(format!("{separator}{name}").into())])
            }
            // In the vendor's notation a kind stands there once, with all its digits, in any letter case.
            (Change::HashOf(kind), Shape::Exact(hash)) if Transform::hash_digits(kind) == Some(hash.len()) => {
                let in_lower_case = hash.to_ascii_lowercase();
                if case.is_sensitive() && hash != in_lower_case {
                    return Some(ExprId::FALSE);
                }
                return Some(self.test(contains(format!("{}={in_lower_case}", kind.to_ascii_lowercase()))));
            }
            _ => return None,
        };
        Some(self.test(Op::Matches { pattern, case, coercion: Coercion::None }))
    }

    fn of_integer(&mut self, op: Op) -> Option<ExprId> {
        let as_text = matches!(self.source.change, Change::NumberAsText);
        match plain_op(op) {
            Op::Equal { to: Operand::Value(Value::Int(number)), .. } if !as_text => {
                Some(self.test(equal(number.into())))
            }
            Op::Equal { to: Operand::Value(Value::Str(text)), coercion, .. }
                if as_text || matches!(coercion, Coercion::Text | Coercion::Number) =>
            {
                let number = text.parse::<i64>().ok().filter(|number| number.to_string() == *text)?;
                Some(self.test(equal(number.into())))
            }
            Op::Equal { to: Operand::Value(Value::Str(_)), coercion: Coercion::None | Coercion::Python, .. } => {
                Some(ExprId::FALSE)
            }
            Op::Matches { pattern, case, coercion } if as_text || coercion == Coercion::Text => {
                Some(self.test(Op::Matches { pattern, case, coercion: Coercion::Text }))
            }
            Op::Compare { op, domain: Domain::Number, to: Operand::Value(to @ Value::Int(_)), .. } if !as_text => {
                let to = Operand::Value(to);
                Some(self.test(Op::Compare { op, domain: Domain::Number, coercion: Coercion::None, to }))
            }
            op => self.of_any(&op),
        }
    }
}

/// The test of a text with letters, in lower case, that it stands somewhere in any case.
pub(super) fn contains(text: String) -> Op {
    let pattern = Pattern::new([Piece::Any, Piece::Literal(text.into()), Piece::Any]);
    Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::None }
}
