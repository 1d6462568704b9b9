//! Operators on a value that is there, in a plain form and over the vendor's field.

use super::super::ground::ScalarKind;
use super::super::plain::{Letters, of_form, plain_op, test_of_lower_case, test_of_upper_case};
use super::super::plain_regex::said;
use super::form::{Folded, Former};
use super::registry::Number;
use super::{Change, Grant, equal, truth};
use crate::catalog::maps::Transform;
use crate::ir::{
    Anchoring, Case, Coercion, Domain, ExprId, Op, Operand, Pattern, Piece, Place, Regex, RegexDialect, Shape, TypeSet,
    Value,
};

impl Former<'_, '_> {
    pub(super) fn operator(&mut self, op: Op, folded: Option<Folded>) -> Option<ExprId> {
        if let Op::ContainedIn { container: Operand::Value(Value::List(items)), case } = &op {
            let equal = |item: &Value| Op::Equal { to: item.clone().into(), case: *case, coercion: Coercion::Python };
            let each = items.iter().map(|item| self.operator(equal(item), folded)).collect::<Option<Vec<_>>>()?;
            return Some(self.pool.or(each, None));
        }
        let folded = folded.or(matches!(self.source.change, Change::Lowercase).then_some(Folded::Lower));
        let op = match (folded, part_of_text(op)) {
            (None, op) => op,
            (Some(Folded::Lower), op) => {
                let (op, letters) = test_of_lower_case(op)?;
                self.granted.take(Grant::Lowered, letters == Letters::WithStrangeCapitals);
                op
            }
            (Some(Folded::Upper), op) => {
                let (op, letters) = test_of_upper_case(op)?;
                self.granted.take(Grant::Raised, letters == Letters::WithStrangeCapitals);
                op
            }
        };
        match self.source.scalar.kind {
            ScalarKind::Text | ScalarKind::Ip => self.of_text(op),
            // A function of texts has no result for what is none.
            _ if folded.is_some() => Some(truth(op == Op::IsMissing)),
            ScalarKind::Integer => self.of_integer(op),
            ScalarKind::Number => self.of_number(op),
            ScalarKind::List => self.of_whole(op, TypeSet::ARRAY),
            ScalarKind::Object => self.of_whole(op, TypeSet::OBJECT),
            _ => self.of_any(&op),
        }
    }

    /// A list with items, or an object with keys, which is no scalar.
    fn of_whole(&mut self, op: Op, own: TypeSet) -> Option<ExprId> {
        match op {
            Op::TypeIs(types) => Some(truth(types.has(own))),
            Op::Equal { to: Operand::Value(Value::List(_) | Value::Object(_)), .. } => None,
            Op::Equal { to: Operand::Value(_), .. }
            | Op::Matches { .. }
            | Op::Regex { .. }
            | Op::HasText { .. }
            | Op::InCidr(_) => Some(ExprId::FALSE),
            op => self.of_any(&op),
        }
    }

    /// A number with or without a fraction.
    fn of_number(&mut self, op: Op) -> Option<ExprId> {
        match op {
            Op::TypeIs(types) => {
                let (whole, real) = (types.has(TypeSet::INT), types.has(TypeSet::FLOAT));
                if whole == real {
                    return Some(truth(whole));
                }
                let is_whole = self.test(Op::TypeIs(TypeSet::INT));
                Some(if whole { is_whole } else { self.pool.not(is_whole, None) })
            }
            Op::Equal { to: Operand::Value(value), coercion, .. } => match (value, coercion) {
                (Value::Int(number), Coercion::None | Coercion::Python | Coercion::Number) => {
                    Some(self.test(equal(number.into())))
                }
                (Value::Bool(truth), Coercion::Python) => Some(self.test(equal(i64::from(truth).into()))),
                (Value::Str(_) | Value::Bool(_) | Value::Null, Coercion::None)
                | (Value::Bool(_), Coercion::Text)
                | (Value::Str(_) | Value::Null, Coercion::Python)
                | (Value::List(_) | Value::Object(_), _) => Some(ExprId::FALSE),
                // A number is no other text.
                (Value::Str(text), _) if text.parse::<f64>().is_err() => Some(ExprId::FALSE),
                (Value::Str(text), Coercion::Text) => {
                    let number = text.parse::<i64>().ok().filter(|number| number.to_string() == *text)?;
                    let (is_whole, same) = (self.test(Op::TypeIs(TypeSet::INT)), self.test(equal(number.into())));
                    Some(self.pool.and([is_whole, same], None))
                }
                _ => None,
            },
            Op::Matches { coercion, .. } | Op::Regex { coercion, .. } if coercion != Coercion::Text => {
                Some(ExprId::FALSE)
            }
            Op::HasText { .. } => Some(ExprId::FALSE),
            Op::Compare { op, domain: Domain::Number, to: Operand::Value(to @ Value::Int(_)), .. } => {
                let to = Operand::Value(to);
                Some(self.test(Op::Compare { op, domain: Domain::Number, coercion: Coercion::None, to }))
            }
            op => self.of_any(&op),
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
        let op = match self.of_expression(op) {
            Op::TypeIs(types) => return Some(truth(types.has(TypeSet::STRING))),
            Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion } => {
                // Texts that are numbers can be equal as such.
                if coercion == Coercion::Number && text.parse::<f64>().is_ok() {
                    return None;
                }
                Op::Matches { pattern: Pattern::exact(text), case, coercion: Coercion::None }
            }
            // The other coercions have no part in texts against what is no scalar.
            Op::Equal { to: Operand::Value(_), coercion: Coercion::None | Coercion::Python, .. }
            | Op::Equal { to: Operand::Value(Value::List(_) | Value::Object(_) | Value::Null), .. } => {
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

    /// The plain form of a test, an expression's too that ignores case.
    fn of_expression(&mut self, op: Op) -> Op {
        let Op::Regex { regex, coercion } = op else { return plain_op(op) };
        let Some((form, rests)) = said(&regex, self.source.one_line) else { return Op::Regex { regex, coercion } };
        self.granted.take(Grant::Lowered, rests.on_plain_case);
        self.granted.take(Grant::Raised, rests.on_plain_case);
        self.granted.take(Grant::AsciiClasses, rests.on_ascii_classes);
        of_form(form, coercion)
    }

    fn of_pattern(&mut self, pattern: &Pattern, case: Case, change: Change) -> Option<ExprId> {
        let change = match change {
            Change::RegistryNumber(number) => return self.of_registry_number(pattern, number),
            Change::RegistryText(number) if number.rules_out(pattern) => return Some(ExprId::FALSE),
            Change::RegistryText(_) => Change::Same,
            change => change,
        };
        if let (Change::Same, Shape::Exact(text), false) = (change, pattern.shape(), case.is_sensitive())
            && let Some(spellings) = self.source.spellings(self.field, text)
        {
            let each: Vec<ExprId> = spellings.iter().map(|text| self.test(exactly(text))).collect();
            return Some(self.pool.or(each, None));
        }
        let pattern = match (change, pattern.shape()) {
            (Change::Same | Change::Lowercase, Shape::Anything) if !self.source.scalar.many => {
                return Some(ExprId::TRUE);
            }
            (Change::Same | Change::Lowercase, Shape::Exact("")) => return Some(ExprId::FALSE),
            (Change::Same | Change::Lowercase, _) => pattern.clone(),
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
            // The last part ends so where the path does, and a wildcard does not reach back over the separator.
            (Change::BaseName(separator), Shape::Suffix(end)) if !end.contains(separator) => pattern.clone(),
            (Change::BaseName(separator), _) => {
                let regex = last_part(pattern, separator, case)?;
                self.granted.take(Grant::OneLine, true);
                // Expressions fold all letters.
                self.granted.take(Grant::Lowered, !case.is_sensitive());
                self.granted.take(Grant::Raised, !case.is_sensitive());
                let op = self.of_expression(Op::Regex { regex, coercion: Coercion::None });
                return Some(self.test(op));
            }
            _ => return None,
        };
        Some(self.test(Op::Matches { pattern, case, coercion: Coercion::None }))
    }

    /// Of registry data that is a number, as the ingest makes it.
    fn of_registry_number(&mut self, pattern: &Pattern, number: Number) -> Option<ExprId> {
        let is_of_digits = || pattern.literals().flat_map(str::chars).all(|c| c.is_ascii_digit());
        match pattern.shape() {
            Shape::Anything => Some(ExprId::TRUE),
            Shape::Exact(decimal) => {
                Some(number.written(decimal).map_or(ExprId::FALSE, |written| self.test(exactly(&written))))
            }
            _ => (!is_of_digits()).then_some(ExprId::FALSE),
        }
    }

    fn of_integer(&mut self, op: Op) -> Option<ExprId> {
        let as_text = matches!(self.source.change, Change::NumberAsText);
        match plain_op(op) {
            Op::TypeIs(types) => Some(truth(types.has(if as_text { TypeSet::STRING } else { TypeSet::INT }))),
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

/// The test that a text is this one.
fn exactly(text: &str) -> Op {
    Op::Matches { pattern: Pattern::exact(text), case: Case::Sensitive, coercion: Coercion::None }
}

/// The expression of paths whose last part fits the pattern.
fn last_part(pattern: &Pattern, separator: char, case: Case) -> Option<Regex> {
    if pattern.literals().any(|text| text.contains(separator)) {
        return None;
    }
    let separator = regex_syntax::escape(&separator.to_string());
    let parts = pattern.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => regex_syntax::escape(text),
        Piece::Any => format!("[^{separator}]*"),
        Piece::One => format!("[^{separator}]"),
    });
    let rest: String = parts.collect();
    let (dialect, anchoring) = (RegexDialect::Sigma, Anchoring::Search);
    let pattern = format!("{separator}{rest}$").into();
    Some(Regex { pattern, dialect, anchoring, case, multi_line: false, dot_all: true })
}

/// A text that has another one in it, as a pattern.
fn part_of_text(op: Op) -> Op {
    match op {
        Op::HasText { place, text: Operand::Value(Value::Str(part)), case } => {
            let (part, any) = (Piece::Literal(part), Piece::Any);
            let pieces = match place {
                Place::Start => vec![part, any],
                Place::End => vec![any, part],
                Place::Anywhere => vec![any.clone(), part, any],
            };
            Op::Matches { pattern: Pattern::new(pieces), case, coercion: Coercion::None }
        }
        op => op,
    }
}

/// The test of a text with letters, in lower case, that it stands somewhere in any case.
pub(super) fn contains(text: String) -> Op {
    let pattern = Pattern::new([Piece::Any, Piece::Literal(text.into()), Piece::Any]);
    Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::None }
}
