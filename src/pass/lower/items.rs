//! Quantifiers: conditions on the items of a field.

use super::{Empties, Lowering, name_of};
use crate::catalog::fields::Cardinality;
use crate::fidelity::{Assumption, Effect, Polarity, Values, code};
use crate::ir::{Cmp, ExprId, ExprKind, FieldPath, Function, Op, Pool, Shape, Subject, children, fields_of};
use crate::pass::bind::bind;
use crate::pass::capabilities::{Support, ValueModel};
use crate::source::Location;
use std::sync::Arc;

impl Lowering<'_> {
    pub(super) fn for_some(
        &mut self,
        items: &Subject,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        if let Subject::AnyField(names) = items {
            if self.terms.capabilities.keyword_search == Support::No {
                let reason = match names.shape() {
                    Shape::Anything => "the target has no search over all fields".to_owned(),
                    _ => format!("`{names}` is the name of several fields, and the target tests one at a time"),
                };
                return self.refuse(&code::LOGIC, origin, reason);
            }
            return self.keep_quantifier(items, body, polarity, origin);
        }
        let Some(field) = collection_field(items) else {
            if self.whole_values() {
                return self.keep_quantifier(items, body, polarity, origin);
            }
            return self.refuse(&code::LOGIC, origin, "a computed list has no form in the target".to_owned());
        };
        let computed = is_computed(self.from, body) && self.terms.capabilities.functions == Support::Yes;
        if !self.whole_values() && (computed || is_date_part(self.from, body)) {
            self.any_of_several(field, false, origin);
            let mut looked_at = vec![field.clone()];
            looked_at.extend(fields_of(self.from, &[body]).into_iter().map(|(field, _)| field));
            if has_text(self.from, body) {
                self.assume_texts(&looked_at);
            }
            return self.keep_quantifier(items, body, polarity, origin);
        }
        if !self.whole_values() {
            self.note_iteration(items, field);
            return self.push_down(field, body, polarity, origin);
        }
        if matches!(items, Subject::Elements(_))
            && let Some((list, below)) = self.list_above(field)
        {
            return self.item_by_item(list, &below, body, polarity, origin);
        }
        match items {
            Subject::Elements(_) if self.assume_single(field, Values::One) => {
                self.one_value(field, body, polarity, origin)
            }
            _ => self.keep_quantifier(items, body, polarity, origin),
        }
    }

    /// The outermost list on the way to a field, and the path below its items. Any-of goes through lists on the way; a path of the
    /// target does not.
    pub(super) fn list_above(&self, field: &FieldPath) -> Option<(FieldPath, FieldPath)> {
        (1..field.segments().len()).find_map(|end| {
            let (above, below) = field.split_at(end);
            ((self.terms.facts)(&above).cardinality == Cardinality::Many).then_some((above, below))
        })
    }

    /// Any value below any item of a list.
    pub(super) fn item_by_item(
        &mut self,
        list: FieldPath,
        below: &FieldPath,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        let body = self.expr(body, polarity);
        let (lists, below) = self.lists_below(&list, below);
        let member = |path: FieldPath| Subject::Member(Arc::new(Subject::Element(0)), path);
        let value = member(below);
        let mut inner = if has_quantifier(&self.into, body) {
            self.into.for_some(Subject::Elements(Arc::new(value)), body, origin)
        } else {
            let present = self.into.test(value.clone(), Op::Present, origin);
            let body = bind(&mut self.into, body, &value);
            self.into.and([present, body], origin)
        };
        for path in lists.into_iter().rev() {
            inner = self.into.for_some(Subject::Elements(Arc::new(member(path))), inner, origin);
        }
        self.into.for_some(Subject::Elements(Arc::new(Subject::Field(list))), inner, origin)
    }

    /// The lists on the way down from the items of a list, each below the one before, and the path below the last one's items.
    fn lists_below(&self, list: &FieldPath, below: &FieldPath) -> (Vec<FieldPath>, FieldPath) {
        let (mut lists, mut above, mut rest) = (Vec::new(), list.clone(), below.clone());
        let next_list = |above: &FieldPath, rest: &FieldPath| {
            let parts = (1..rest.segments().len()).map(|end| rest.split_at(end));
            let is_list = |path: &FieldPath| (self.terms.facts)(&above.join(path)).cardinality == Cardinality::Many;
            parts.into_iter().find(|(path, _)| is_list(path))
        };
        while let Some((path, further)) = next_list(&above, &rest) {
            above = above.join(&path);
            lists.push(path);
            rest = further;
        }
        (lists, rest)
    }

    /// The field holds one value at most: its any-of is the test of that value, where there is one.
    pub(super) fn one_value(
        &mut self,
        field: &FieldPath,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        let subject = Subject::Field(field.clone());
        let present = self.into.test(subject.clone(), Op::Present, origin);
        let body = self.expr(body, polarity);
        if body != ExprId::TRUE {
            let body = bind(&mut self.into, body, &subject);
            return self.into.and([present, body], origin);
        }
        if self.terms.empties != Empties::DroppedInSource || self.is_never_empty(field) {
            return present;
        }
        let empty = self.into.test(subject, Op::IsEmpty, origin);
        let not_empty = self.into.not(empty, origin);
        self.into.and([present, not_empty], origin)
    }

    pub(super) fn keep_quantifier(
        &mut self,
        items: &Subject,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        let body = self.expr(body, polarity);
        self.into.for_some(items.clone(), body, origin)
    }

    /// `all(x: body)` is `not any(x: not body)`.
    pub(super) fn for_all(
        &mut self,
        items: &Subject,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        if self.whole_values() {
            let body = self.expr(body, polarity);
            return self.into.add(ExprKind::ForAll(items.clone(), body), origin);
        }
        let Some(field) = collection_field(items) else {
            return self.refuse(&code::LOGIC, origin, "a computed list has no form in the target".to_owned());
        };
        self.note_iteration(items, field);
        let counter_example = self.push_down_negated(field, body, polarity.flip(), origin);
        self.into.not(counter_example, origin)
    }

    pub(super) fn first_some(
        &mut self,
        items: &Subject,
        holds: ExprId,
        raises: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        if self.whole_values() {
            let holds = self.expr(holds, polarity);
            let raises = self.expr(raises, polarity.flip());
            return self.into.add(ExprKind::FirstSome { items: items.clone(), holds, raises }, origin);
        }
        let message = format!("an error on an item of {} ends the source rule; the target goes on", name_of(items));
        self.lose(&code::ERROR_SEMANTICS, Effect::Widened, polarity, origin, message);
        self.for_some(items, holds, polarity, origin)
    }

    pub(super) fn count(
        &mut self,
        items: &Subject,
        body: ExprId,
        (op, number): (Cmp, u64),
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        if self.whole_values() {
            let body = self.expr(body, polarity);
            return self.into.add(ExprKind::Count { items: items.clone(), body, op, number }, origin);
        }
        if self.terms.capabilities.values == ValueModel::Single && body == ExprId::TRUE {
            return self.into.add(ExprKind::Count { items: items.clone(), body, op, number }, origin);
        }
        // ES|QL's guard of a comparison: exactly one value.
        if let (Subject::Elements(inner), ExprId::TRUE, Cmp::Equal, 1) = (items, body, op, number)
            && let Subject::Field(field) = &**inner
        {
            let message = format!("the source asks that `{field}` has a single value, the target takes any of several");
            self.lose(&code::CARDINALITY, Effect::Widened, polarity, origin, message);
            return self.has_value(field, polarity, origin);
        }
        self.refuse(&code::LOGIC, origin, format!("the target cannot count the items of {}", name_of(items)))
    }

    /// A condition on the items of a field, as conditions on flattened fields.
    pub(super) fn push_down(
        &mut self,
        field: &FieldPath,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        let from = self.from;
        let at = from.origin(body).or(origin);
        match from.kind(body) {
            ExprKind::True => self.has_value(field, polarity, at),
            ExprKind::False => ExprId::FALSE,
            ExprKind::Test(subject, op) => match path_below(field, subject) {
                Some(path) => {
                    let written = matches!(subject, Subject::Element(0)).then_some(body);
                    self.any_of(&path, (op, written), polarity, at)
                }
                None => self.refuse(&code::LOGIC, at, format!("a test inside `{field}` has no form in the target")),
            },
            ExprKind::Or(members) => {
                let members: Vec<ExprId> =
                    members.iter().map(|id| self.push_down(field, *id, polarity, origin)).collect();
                self.into.or(members, at)
            }
            ExprKind::And(members) => {
                self.same_element(field, Effect::Widened, polarity, at);
                let members: Vec<ExprId> =
                    members.iter().map(|id| self.push_down(field, *id, polarity, origin)).collect();
                self.into.and(members, at)
            }
            ExprKind::Not(inner) => self.push_down_negated(field, *inner, polarity, origin),
            ExprKind::ForSome(items, inner) => match collection_below(field, items) {
                Some(path) => self.push_down(&path, *inner, polarity, origin),
                None => self.refuse(&code::LOGIC, at, format!("a nested list in `{field}` has no form in the target")),
            },
            _ => self.refuse(&code::LOGIC, at, format!("a condition inside `{field}` has no form in the target")),
        }
    }

    /// Some item does not satisfy the body: the field has a value and none satisfies it.
    pub(super) fn push_down_negated(
        &mut self,
        field: &FieldPath,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        self.same_element(field, Effect::Narrowed, polarity, origin);
        let there = self.into.exists(field.clone(), origin);
        let some = self.push_down(field, body, polarity.flip(), origin);
        let none = self.into.not(some, origin);
        self.into.and([there, none], origin)
    }

    pub(super) fn note_iteration(&mut self, items: &Subject, field: &FieldPath) {
        if let Subject::Items(inner) = items {
            self.iterated.insert(field.clone());
            if matches!(**inner, Subject::Call(..)) {
                self.assume(Assumption::Field(field.clone(), Values::List));
            }
        }
    }

    pub(super) fn same_element(
        &mut self,
        field: &FieldPath,
        effect: Effect,
        polarity: Polarity,
        origin: Option<Location>,
    ) {
        if self.terms.capabilities.same_element == Support::Yes || self.assume_single(field, Values::One) {
            return;
        }
        let message =
            format!("the condition speaks of one item of `{field}`; the target tests each part over all items");
        self.lose(&code::ARRAY_SAME_ELEMENT, effect, polarity, origin, message);
    }
}

fn has_quantifier(pool: &Pool, id: ExprId) -> bool {
    match pool.kind(id) {
        ExprKind::ForSome(..) | ExprKind::ForAll(..) | ExprKind::FirstSome { .. } | ExprKind::Count { .. } => true,
        kind => children(kind).into_iter().any(|child| has_quantifier(pool, child)),
    }
}

/// The field whose items a quantifier goes through. Python iterates whatever it gets; of a list it gives the items.
fn collection_field(items: &Subject) -> Option<&FieldPath> {
    match items {
        Subject::Elements(inner) => field_of(inner),
        Subject::Items(inner) => match &**inner {
            Subject::Call(Function::Iterate, arguments) => arguments.first().and_then(field_of),
            other => field_of(other),
        },
        _ => None,
    }
}

fn field_of(subject: &Subject) -> Option<&FieldPath> {
    match subject {
        Subject::Field(field) => Some(field),
        _ => None,
    }
}

/// The flattened field that a term of the innermost item speaks of.
fn path_below(field: &FieldPath, subject: &Subject) -> Option<FieldPath> {
    match subject {
        Subject::Element(0) => Some(field.clone()),
        Subject::Member(inner, path) => Some(path_below(field, inner)?.join(path)),
        _ => None,
    }
}

fn collection_below(field: &FieldPath, items: &Subject) -> Option<FieldPath> {
    match items {
        Subject::Elements(inner) | Subject::Items(inner) => path_below(field, inner),
        _ => None,
    }
}

/// Whether a body tests a function's result over its item and, perhaps, the items of further fields: what EQL says as one test.
fn is_computed(pool: &Pool, body: ExprId) -> bool {
    match pool.kind(body) {
        ExprKind::Test(Subject::Call(..) | Subject::Constant(_), _) => true,
        ExprKind::Test(Subject::Element(_), op) => op.other_term().is_some(),
        ExprKind::ForSome(Subject::Elements(inner), body) => {
            matches!(**inner, Subject::Field(_)) && is_computed(pool, *body)
        }
        _ => false,
    }
}

/// Whether a body looks for one text in another.
fn has_text(pool: &Pool, body: ExprId) -> bool {
    match pool.kind(body) {
        ExprKind::Test(_, op) => matches!(op, Op::HasText { .. }),
        kind => children(kind).into_iter().any(|child| has_text(pool, child)),
    }
}

/// Whether a body tests a part of the date that its item is.
fn is_date_part(pool: &Pool, body: ExprId) -> bool {
    matches!(pool.kind(body), ExprKind::Test(Subject::Call(Function::DatePart(_), _), _))
}

/// Whether two terms meet of which at least one is computed, or a text is looked for in another: a script where there are scripts.
pub(super) fn is_script(subject: &Subject, op: &Op) -> bool {
    let Some(other) = op.other_term() else { return false };
    matches!(op, Op::HasText { .. }) || matches!(subject, Subject::Call(..)) || matches!(**other, Subject::Call(..))
}
