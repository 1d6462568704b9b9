//! Conditions on one field formed anew, of values that are neither null nor empty.

use super::super::ground::ScalarKind;
use super::operators::contains;
use super::{Change, Granted, Source, truth};
use crate::ir::{
    Case, Coercion, ExprId, ExprKind, FieldPath, Function, Op, Operand, Pattern, Piece, Place, Pool, Subject, Value,
};

/// Into which case a term brings a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folded {
    Lower,
    Upper,
}

/// A term that is not made from the value in a way that is known.
struct OtherTerm;

/// Forms tests anew, of values that are neither null nor empty.
pub(super) struct Former<'a, 'p> {
    pub(super) from: &'a Pool,
    /// The field as its condition has it.
    pub(super) field: &'a FieldPath,
    pub(super) source: &'a Source,
    pub(super) pool: &'p mut Pool,
    pub(super) granted: &'p mut Granted,
}

impl Former<'_, '_> {
    /// A condition of the field's value, or of its items. `of_item`: inside a quantifier over them.
    pub(super) fn form(&mut self, id: ExprId, of_item: bool) -> Option<ExprId> {
        let many = self.source.scalar.many;
        match self.from.kind(id).clone() {
            ExprKind::True => Some(if many { self.test(Op::Present) } else { ExprId::TRUE }),
            ExprKind::False => Some(ExprId::FALSE),
            ExprKind::Test(subject, op) => self.of_test(&subject, op, of_item),
            ExprKind::ForSome(items, body) if !of_item && self.is_own(&items) => {
                let (there, passes) = (self.is_there(), self.form(body, true)?);
                Some(self.pool.and([there, passes], None))
            }
            ExprKind::ForAll(items, body) if !of_item && !many && self.is_own(&items) => {
                let (there, passes) = (self.is_there(), self.form(body, true)?);
                let missing = self.pool.not(there, None);
                Some(self.pool.or([missing, passes], None))
            }
            // Of one value there is one, or none.
            ExprKind::Count { items, body, op, number } if !of_item && !many && self.is_own(&items) => {
                let (there, passes) = (self.is_there(), self.form(body, true)?);
                let one = self.pool.and([there, passes], None);
                let holds = |count: u64| op.holds(count.cmp(&number));
                Some(match (holds(1), holds(0)) {
                    (true, false) => one,
                    (false, true) => self.pool.not(one, None),
                    (both, _) => truth(both),
                })
            }
            ExprKind::Or(members) if of_item => {
                let members = members.into_iter().map(|member| self.form(member, true)).collect::<Option<Vec<_>>>()?;
                Some(self.pool.or(members, None))
            }
            ExprKind::And(members) if of_item => {
                let present = if many { self.test(Op::Present) } else { ExprId::TRUE };
                let mut members =
                    members.into_iter().map(|member| self.form(member, true)).collect::<Option<Vec<_>>>()?;
                members.retain(|member| *member != present);
                // Of several items one may pass one test, and another one the other.
                if many && members.len() > 1 {
                    return None;
                }
                Some(if members.is_empty() { present } else { self.pool.and(members, None) })
            }
            ExprKind::Not(inner) if of_item && !many => {
                let inner = self.form(inner, true)?;
                Some(self.pool.not(inner, None))
            }
            _ => None,
        }
    }

    fn of_test(&mut self, subject: &Subject, op: Op, of_item: bool) -> Option<ExprId> {
        // A text in a text, written from the other side.
        if let (Subject::Constant(Value::Str(part)), Op::ContainedIn { container: Operand::Subject(whole), case }) =
            (subject, &op)
        {
            let has =
                Op::HasText { place: Place::Anywhere, text: Operand::Value(Value::Str(part.clone())), case: *case };
            // Lists have items, and objects keys.
            let is_whole = matches!(self.source.scalar.kind, ScalarKind::List | ScalarKind::Object);
            return if is_whole { None } else { self.of_test(whole, has, of_item) };
        }
        let folded = self.folded(subject, of_item).ok()?;
        if of_item {
            return self.operator(op, folded);
        }
        if self.source.scalar.many {
            return None;
        }
        let there = self.is_there();
        if op == Op::IsMissing && folded.is_none() {
            return Some(self.pool.not(there, None));
        }
        let passes = self.operator(op, folded)?;
        Some(self.pool.and([there, passes], None))
    }

    /// The case that a term brings the value into, if any.
    ///
    /// # Errors
    /// For a term that is not made from the value so.
    fn folded(&self, subject: &Subject, of_item: bool) -> Result<Option<Folded>, OtherTerm> {
        let is_text = matches!(self.source.scalar.kind, ScalarKind::Text | ScalarKind::Ip);
        match subject {
            Subject::Field(field) if !of_item && field == self.field => Ok(None),
            Subject::Element(0) if of_item => Ok(None),
            Subject::Call(function, arguments) => {
                let [inner] = &**arguments else { return Err(OtherTerm) };
                let inner = self.folded(inner, of_item)?;
                match function {
                    Function::Lower if inner.is_none() => Ok(Some(Folded::Lower)),
                    Function::Upper if inner.is_none() => Ok(Some(Folded::Upper)),
                    Function::ToText if is_text => Ok(inner),
                    _ => Err(OtherTerm),
                }
            }
            _ => Err(OtherTerm),
        }
    }

    /// When there is something in the tested field, of vendor's values that are neither null nor empty: a path without a last part has
    /// no name.
    fn is_there(&mut self) -> ExprId {
        let separator = match self.source.change {
            Change::BaseName(separator) => separator,
            Change::HashOf(kind) => return self.test(contains(format!("{}=", kind.to_ascii_lowercase()))),
            Change::Same
            | Change::NumberAsText
            | Change::Lowercase
            | Change::Table(_)
            | Change::RegistryType
            | Change::RegistryData
            | Change::RegistryNumber(_)
            | Change::RegistryText(_) => return ExprId::TRUE,
        };
        let separator = Piece::Literal(separator.to_string().into());
        let mut has = |pieces: Vec<Piece>| {
            let pattern = Pattern::new(pieces);
            self.test(Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::None })
        };
        let (within, last) = (has(vec![Piece::Any, separator.clone(), Piece::Any]), has(vec![Piece::Any, separator]));
        let goes_on = self.pool.not(last, None);
        self.pool.and([within, goes_on], None)
    }

    fn is_own(&self, items: &Subject) -> bool {
        self.source.scalar.kind != ScalarKind::List
            && matches!(items, Subject::Elements(inner) if matches!(&**inner, Subject::Field(field) if field == self.field))
    }

    pub(super) fn test(&mut self, op: Op) -> ExprId {
        let field = self.source.field.clone();
        if self.source.scalar.many {
            return self.pool.any_of(field, op, None);
        }
        self.pool.test(Subject::Field(field), op, None)
    }
}
