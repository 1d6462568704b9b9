//! Presence, absence and types of a field's value.

use super::{Empties, Lowering};
use crate::catalog::fields::FieldType;
use crate::fidelity::{Assumption, Effect, Polarity, Values, code};
use crate::ir::{Case, Coercion, ExprId, ExprKind, FieldPath, Op, Operand, Pool, Subject, TypeSet, Value};
use crate::pass::capabilities::Absence;
use crate::source::Location;
use std::borrow::Cow;

impl Lowering<'_> {
    /// `not present or empty` is what an ingest that drops empty values makes of a field without a value, and `present and not
    /// empty` of one with a value: together they are exact where each alone is not. So are `""` and absence of any of its values.
    pub(super) fn without_value<'m>(
        &mut self,
        members: &'m [ExprId],
        absent: Absent,
        origin: Option<Location>,
    ) -> (Vec<ExprId>, Cow<'m, [ExprId]>) {
        let mut lowered = Vec::with_capacity(members.len());
        let mut rest = Cow::Borrowed(members);
        if self.terms.capabilities.absence == Absence::Full || self.terms.empties != Empties::DroppedOnTheWay {
            return (lowered, rest);
        }
        let from = self.from;
        let (is_not, is) = (absent == Absent::Not, absent == Absent::Is);
        for id in members {
            // The field, and whether a member says of it that it is there, in the terms of the member that speaks of emptiness.
            let empty = |id| Some((field_test(from, id, is_not).filter(|(_, op)| **op == Op::IsEmpty)?.0, false));
            let empty_value =
                |id| Some((any_of(from, id, is_not).filter(|(_, body)| is_empty_text(from, *body))?.0, true));
            let Some((field, of_values)) = empty(*id).or_else(|| empty_value(*id)) else { continue };
            let other = members.iter().find(|other| {
                if of_values {
                    any_of(from, **other, is) == Some((field, ExprId::TRUE))
                } else {
                    field_test(from, **other, is) == Some((field, &Op::Present))
                }
            });
            if let Some(other) = other {
                rest.to_mut().retain(|member| member != id && member != other);
                let there = self.into.exists(field.clone(), origin);
                lowered.push(if absent == Absent::Is { self.into.not(there, origin) } else { there });
            }
        }
        (lowered, rest)
    }

    /// The field has a value, as the source's world counts values.
    pub(super) fn has_value(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> ExprId {
        let there = self.into.exists(field.clone(), origin);
        match self.terms.empties {
            Empties::Kept => there,
            Empties::DroppedInSource if self.is_never_empty(field) => there,
            Empties::DroppedOnTheWay => {
                let message = format!(
                    "the ingest drops an empty `{field}`: the source tells `\"\"` from a missing value, the target does not"
                );
                self.lose(&code::NULL_SEMANTICS, Effect::Narrowed, polarity, origin, message);
                there
            }
            Empties::DroppedInSource => {
                let empty = Op::Equal { to: "".into(), case: Case::Sensitive, coercion: Coercion::Text };
                let empty = self.into.any_of(field.clone(), empty, origin);
                let not_empty = self.into.not(empty, origin);
                self.into.and([there, not_empty], origin)
            }
        }
    }

    /// Whether it is taken for granted that the field has no empty texts.
    pub(super) fn is_never_empty(&self, field: &FieldPath) -> bool {
        let says =
            |assumption: &Assumption| matches!(assumption, Assumption::Field(own, Values::NotEmpty) if own == field);
        self.terms.assumes.iter().any(says)
    }

    /// A test of the whole value where the target has only any-of.
    pub(super) fn whole_test(
        &mut self,
        field: &FieldPath,
        op: &Op,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        if self.terms.capabilities.absence == Absence::Full
            && matches!(op, Op::IsMissing | Op::IsNull | Op::Present | Op::IsEmpty)
        {
            if *op == Op::IsEmpty && !self.whole_values() {
                self.assume(Assumption::Field(field.clone(), Values::NoEmptyObject));
            }
            return self.into.test(Subject::Field(field.clone()), op.clone(), origin);
        }
        match op {
            Op::IsMissing | Op::IsNull => {
                let other = if *op == Op::IsMissing { "null" } else { "missing" };
                let message =
                    format!("`{field}` {}: the target cannot tell it from {other} or an empty list", word(op));
                self.lose(&code::NULL_SEMANTICS, Effect::Widened, polarity, origin, message);
                let there = self.into.exists(field.clone(), origin);
                self.into.not(there, origin)
            }
            Op::Present => {
                let dropped = self.terms.empties == Empties::DroppedOnTheWay;
                let empty = if dropped { "`\"\"`, `[]` and `{}`, which the ingest drops," } else { "`[]`" };
                let message = format!(
                    "the target takes missing, null and empty for one thing: the source tells {empty} in `{field}` from a missing value"
                );
                self.lose(&code::NULL_SEMANTICS, Effect::Narrowed, polarity, origin, message);
                self.into.exists(field.clone(), origin)
            }
            Op::TypeIs(types) => self.type_test(field, *types, origin),
            Op::IsEmpty => self.empty_test(field, polarity, origin),
            op => {
                if !self.assume_single(field, Values::Scalar) {
                    let message =
                        format!("`{field}` can hold a list: the source compares it as one value, the target each item");
                    self.lose(&code::CARDINALITY, Effect::Widened, polarity, origin, message);
                }
                self.any_of(field, (op, None), polarity, origin)
            }
        }
    }

    /// Guards on the type are implied by the index's mapping. That a field of single values holds no list is one of them: taking it to
    /// hold lists would leave no event. (Python asks for lists and objects before it looks a value up in a set.)
    pub(super) fn type_test(&mut self, field: &FieldPath, types: TypeSet, origin: Option<Location>) -> ExprId {
        let ty = (self.terms.facts)(field).ty;
        let is_for_lists = types.has(TypeSet::ARRAY) && TypeSet::ARRAY.or(TypeSet::OBJECT).has(types);
        let is_container = matches!(ty, FieldType::Object | FieldType::Nested);
        if is_for_lists && !is_container && self.assume_single(field, Values::Scalar) {
            if matches!(ty, FieldType::Flattened | FieldType::Unknown) {
                self.assume(Assumption::Field(field.clone(), Values::Types(TypeSet::SCALAR)));
            }
            return ExprId::FALSE;
        }
        self.assume(Assumption::Field(field.clone(), Values::Types(types)));
        self.into.exists(field.clone(), origin)
    }

    pub(super) fn empty_test(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if self.terms.empties == Empties::DroppedOnTheWay {
            let message = format!("the ingest drops an empty `{field}`: the target cannot tell it from a missing one");
            self.lose(&code::NULL_SEMANTICS, Effect::Widened, polarity, origin, message);
            let there = self.into.exists(field.clone(), origin);
            return self.into.not(there, origin);
        }
        let message = format!("the target sees `\"\"` in `{field}`, but not an empty list or object");
        self.lose(&code::NULL_SEMANTICS, Effect::Narrowed, polarity, origin, message);
        let empty = Op::Equal { to: "".into(), case: Case::Sensitive, coercion: Coercion::Text };
        self.into.any_of(field.clone(), empty, origin)
    }
}

fn word(op: &Op) -> &'static str {
    if *op == Op::IsMissing { "is missing" } else { "is null" }
}

/// Whether a disjunction says that a value is absent, or a conjunction that it is not.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Absent {
    Is,
    Not,
}

/// The field and test of a whole-value test, with or without `not` before it.
fn field_test(pool: &Pool, id: ExprId, negated: bool) -> Option<(&FieldPath, &Op)> {
    match pool.kind(without_not(pool, id, negated)?) {
        ExprKind::Test(Subject::Field(field), op) => Some((field, op)),
        _ => None,
    }
}

/// The field and the condition of an any-of over its values, with or without `not` before it.
fn any_of(pool: &Pool, id: ExprId, negated: bool) -> Option<(&FieldPath, ExprId)> {
    let ExprKind::ForSome(Subject::Elements(inner), body) = pool.kind(without_not(pool, id, negated)?) else {
        return None;
    };
    let Subject::Field(field) = &**inner else { return None };
    Some((field, *body))
}

fn is_empty_text(pool: &Pool, body: ExprId) -> bool {
    matches!(pool.kind(body), ExprKind::Test(Subject::Element(0), Op::Equal { to: Operand::Value(Value::Str(text)), .. })
        if text.is_empty())
}

/// What stands below the one `not`, or the expression that has none, as is asked for.
fn without_not(pool: &Pool, id: ExprId, negated: bool) -> Option<ExprId> {
    match pool.kind(id) {
        ExprKind::Not(inner) if negated => Some(*inner),
        ExprKind::Not(_) => None,
        _ if negated => None,
        _ => Some(id),
    }
}
