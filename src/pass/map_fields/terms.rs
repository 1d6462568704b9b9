//! What a test speaks of: subjects made of fields, and operands that are subjects.

use super::{Direction, Mapper};
use crate::fidelity::{Effect, Polarity, code};
use crate::ir::{FieldPath, Op, Operand, Subject};
use crate::source::Location;
use std::sync::Arc;

impl Mapper<'_> {
    pub(super) fn subject(&mut self, subject: &Subject, polarity: Polarity, origin: Option<Location>) -> Subject {
        match subject {
            Subject::Field(field) => Subject::Field(self.field(field, polarity, origin)),
            Subject::Elements(inner) => Subject::Elements(Arc::new(self.subject(inner, polarity, origin))),
            Subject::Items(inner) => Subject::Items(Arc::new(self.subject(inner, polarity, origin))),
            Subject::Member(inner, path) => self.member(inner, path, polarity, origin),
            Subject::Call(function, arguments) => Subject::Call(
                *function,
                arguments.iter().map(|argument| self.subject(argument, polarity, origin)).collect(),
            ),
            Subject::If(condition, then, otherwise) => Subject::If(
                self.expr(*condition, polarity),
                Arc::new(self.subject(then, polarity, origin)),
                Arc::new(self.subject(otherwise, polarity, origin)),
            ),
            Subject::Collect { items, stop, keep, value } => {
                let items = self.subject(items, polarity, origin);
                let (stop, keep, value) = self.inside([None], |mapper| {
                    let (stop, keep) = (mapper.expr(*stop, polarity), mapper.expr(*keep, polarity));
                    (stop, keep, mapper.subject(value, polarity, origin))
                });
                Subject::Collect { items: Arc::new(items), stop, keep, value: Arc::new(value) }
            }
            Subject::Fold { items, start, next } => {
                let (items, start) = (self.subject(items, polarity, origin), self.subject(start, polarity, origin));
                let next = self.inside([None, None], |mapper| mapper.subject(next, polarity, origin));
                Subject::Fold { items: Arc::new(items), start: Arc::new(start), next: Arc::new(next) }
            }
            Subject::AnyField(_) => {
                if self.direction == Direction::ToElastic {
                    self.assume("what is looked for in all fields stands in one that the index keeps as it is");
                }
                subject.clone()
            }
            other => other.clone(),
        }
    }

    /// `type` of an item of `target` is the field `target.type`, which has a row of its own.
    fn member(&mut self, inner: &Subject, path: &FieldPath, polarity: Polarity, origin: Option<Location>) -> Subject {
        let base = match inner {
            Subject::Element(up) => self.bases.iter().rev().nth(usize::from(*up)).cloned().flatten(),
            _ => None,
        };
        let Some((from, to)) = base else {
            return Subject::Member(Arc::new(self.subject(inner, polarity, origin)), path.clone());
        };
        let mapped = self.field(&from.join(path), polarity, origin);
        let below = mapped.strip_prefix(&to).unwrap_or_else(|| {
            self.lose(
                &code::FIELD_UNMAPPED,
                Effect::Unknown,
                polarity,
                origin,
                format!("`{mapped}` does not lie below `{to}`"),
            );
            path.clone()
        });
        Subject::Member(Arc::new(inner.clone()), below)
    }

    pub(super) fn op(&mut self, op: Op, polarity: Polarity, origin: Option<Location>) -> Op {
        let mut operand = |operand: Operand| match operand {
            Operand::Subject(subject) => Operand::Subject(Arc::new(self.subject(&subject, polarity, origin))),
            value @ Operand::Value(_) => value,
        };
        match op {
            Op::Equal { to, case, coercion } => Op::Equal { to: operand(to), case, coercion },
            Op::Compare { op, domain, coercion, to } => Op::Compare { op, domain, coercion, to: operand(to) },
            Op::ContainedIn { container, case } => Op::ContainedIn { container: operand(container), case },
            Op::HasText { place, text, case } => Op::HasText { place, text: operand(text), case },
            other => other,
        }
    }
}
