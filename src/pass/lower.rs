//! From a condition to one that the target can say, by its capabilities; what it cannot say becomes a loss with its direction.
//!
//! The pass goes from the outside in and knows under how many negations it stands. A part that has no form at all is fatal: it
//! refuses the rule whatever losses are allowed.

use super::capabilities::{Absence, Capabilities, Support, ValueModel};
use super::lower_op::{self, LoweredOp};
use crate::catalog::fields::{Cardinality, FieldType};
use crate::fidelity::{Effect, Loss, LossCode, Polarity, code};
use crate::ir::{
    Case, Cmp, Coercion, ExprId, ExprKind, FieldPath, Function, Op, Operand, Pool, Rule, Subject, TypeSet,
};
use crate::source::Location;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What is known of a field of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldFacts {
    pub cardinality: Cardinality,
    pub ty: FieldType,
}

/// What the lowering goes by.
pub struct Terms<'a> {
    pub capabilities: &'a Capabilities,
    pub facts: &'a dyn Fn(&FieldPath) -> FieldFacts,
    /// The values of a field that equal a text when case does not count, if all its values are known.
    pub domain: &'a dyn Fn(&FieldPath, &str) -> Option<Vec<String>>,
    pub empties: Empties,
}

/// What becomes of `""`, `[]` and `{}` between the source's events and the target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empties {
    /// They are there in both worlds, or the worlds are one.
    Kept,
    /// The ingest drops them on the way to the target: a raw `""` is a missing field there.
    DroppedOnTheWay,
    /// The source's events were made by an ingest that drops them; the target sees the raw ones.
    DroppedInSource,
}

/// A rule in the target's capabilities.
#[derive(Debug)]
pub struct Lowered {
    pub rule: Rule,
    pub losses: Vec<Loss>,
    /// Constructs without any form in the target.
    pub fatal: Vec<Loss>,
    pub assumptions: Vec<String>,
}

/// Lowers the conditions of a rule. The logic around them is the back-end's own matter.
pub fn lower(rule: &Rule, terms: &Terms<'_>) -> Lowered {
    let mut lowering = Lowering {
        from: &rule.pool,
        into: Pool::default(),
        terms,
        losses: Vec::new(),
        fatal: Vec::new(),
        assumptions: BTreeSet::new(),
        iterated: HashSet::new(),
        done: HashMap::new(),
    };
    let logic = rule.logic.map_roots(|id| lowering.expr(id, Polarity::Positive));
    let mut lowered = rule.clone();
    for exclusion in &mut lowered.exclusions {
        exclusion.condition = lowering.expr(exclusion.condition, Polarity::Negative);
    }
    lowered.logic = logic;
    lowered.pool = lowering.into;
    Lowered {
        rule: lowered,
        losses: lowering.losses,
        fatal: lowering.fatal,
        assumptions: lowering.assumptions.into_iter().collect(),
    }
}

pub(super) struct Lowering<'a> {
    from: &'a Pool,
    pub(super) into: Pool,
    pub(super) terms: &'a Terms<'a>,
    losses: Vec<Loss>,
    fatal: Vec<Loss>,
    assumptions: BTreeSet<String>,
    /// Fields that the source goes through item by item: lists, whatever the schema does not say.
    iterated: HashSet<FieldPath>,
    done: HashMap<(ExprId, Polarity), ExprId>,
}

impl Lowering<'_> {
    fn expr(&mut self, id: ExprId, polarity: Polarity) -> ExprId {
        if let Some(known) = self.done.get(&(id, polarity)) {
            return *known;
        }
        let origin = self.from.origin(id);
        let kind = self.from.kind(id).clone();
        let lowered = self.kind(kind, polarity, origin);
        self.done.insert((id, polarity), lowered);
        lowered
    }

    fn kind(&mut self, kind: ExprKind, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match kind {
            ExprKind::True | ExprKind::False => self.into.add(kind, origin),
            ExprKind::And(members) => {
                let (mut lowered, rest) = self.without_value(&members, Absent::Not, origin);
                lowered.extend(rest.into_iter().map(|id| self.expr(id, polarity)).collect::<Vec<_>>());
                self.into.and(lowered, origin)
            }
            ExprKind::Or(members) => {
                let (mut lowered, rest) = self.without_value(&members, Absent::Is, origin);
                lowered.extend(rest.into_iter().map(|id| self.expr(id, polarity)).collect::<Vec<_>>());
                self.into.or(lowered, origin)
            }
            ExprKind::Not(inner) => {
                let inner = self.expr(inner, polarity.flip());
                self.into.not(inner, origin)
            }
            ExprKind::Test(subject, op) => self.test(&subject, &op, polarity, origin),
            ExprKind::ForSome(items, body) => self.for_some(&items, body, polarity, origin),
            ExprKind::ForAll(items, body) => self.for_all(&items, body, polarity, origin),
            ExprKind::FirstSome { items, holds, raises } => self.first_some(&items, holds, raises, polarity, origin),
            ExprKind::Count { items, body, op, number } => self.count(&items, body, (op, number), polarity, origin),
            ExprKind::OpaqueTest { text, reason } => {
                self.refuse(&code::OPAQUE, origin, format!("`{text}` is not understood: {reason}"))
            }
        }
    }

    /// `not present or empty` is what an ingest that drops empty values makes of a field without a value, and `present and not
    /// empty` of one with a value: together they are exact where each alone is not.
    fn without_value(
        &mut self,
        members: &[ExprId],
        absent: Absent,
        origin: Option<Location>,
    ) -> (Vec<ExprId>, Vec<ExprId>) {
        let mut lowered = Vec::new();
        let mut rest = members.to_vec();
        if self.terms.capabilities.absence == Absence::Full || self.terms.empties != Empties::DroppedOnTheWay {
            return (lowered, rest);
        }
        for id in members {
            let Some((field, Op::IsEmpty)) = field_test(self.from, *id, absent == Absent::Not) else { continue };
            let other = members.iter().find(|other| {
                field_test(self.from, **other, absent == Absent::Is) == Some((field.clone(), Op::Present))
            });
            if let Some(other) = other {
                rest.retain(|member| member != id && member != other);
                let there = self.into.exists(field, origin);
                lowered.push(if absent == Absent::Is { self.into.not(there, origin) } else { there });
            }
        }
        (lowered, rest)
    }

    fn whole_values(&self) -> bool {
        self.terms.capabilities.values == ValueModel::Whole
    }

    fn for_some(&mut self, items: &Subject, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if let Subject::AnyField(_) = items {
            if self.terms.capabilities.keyword_search == Support::No {
                return self.refuse(&code::LOGIC, origin, "the target has no search over all fields".to_owned());
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
            return self.keep_quantifier(items, body, polarity, origin);
        }
        if !self.whole_values() {
            self.note_iteration(items, field);
            return self.push_down(field, body, polarity, origin);
        }
        match items {
            Subject::Elements(_) if self.assume_single(field) => self.one_value(field, body, polarity, origin),
            _ => self.keep_quantifier(items, body, polarity, origin),
        }
    }

    /// The field holds one value at most: its any-of is the test of that value, where there is one.
    fn one_value(&mut self, field: &FieldPath, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
        let subject = Subject::Field(field.clone());
        let present = self.into.test(subject.clone(), Op::Present, origin);
        let body = self.expr(body, polarity);
        if body != ExprId::TRUE {
            let body = super::bind::bind(&mut self.into, body, &subject);
            return self.into.and([present, body], origin);
        }
        if self.terms.empties != Empties::DroppedInSource {
            return present;
        }
        let empty = self.into.test(subject, Op::IsEmpty, origin);
        let not_empty = self.into.not(empty, origin);
        self.into.and([present, not_empty], origin)
    }

    /// The field has a value, as the source's world counts values.
    fn has_value(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> ExprId {
        let there = self.into.exists(field.clone(), origin);
        match self.terms.empties {
            Empties::Kept => there,
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

    fn keep_quantifier(
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
    fn for_all(&mut self, items: &Subject, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
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

    fn first_some(
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
        if only_wrong_types(self.from, raises) {
            self.assume(format!("the items of {} are of the type that the rule expects", name_of(items)));
        } else {
            let message = format!("an error on an item of {} ends the source rule; the target goes on", name_of(items));
            self.lose(&code::ERROR_SEMANTICS, Effect::Widened, polarity, origin, message);
        }
        self.for_some(items, holds, polarity, origin)
    }

    fn count(
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
        self.refuse(&code::LOGIC, origin, format!("the target cannot count the items of {}", name_of(items)))
    }

    /// A condition on the items of a field, as conditions on flattened fields.
    fn push_down(&mut self, field: &FieldPath, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
        let at = self.from.origin(body).or(origin);
        match self.from.kind(body).clone() {
            ExprKind::True => self.has_value(field, polarity, at),
            ExprKind::False => ExprId::FALSE,
            ExprKind::Test(subject, op) => match path_below(field, &subject) {
                Some(path) => self.any_of(&path, &op, polarity, at),
                None => self.refuse(&code::LOGIC, at, format!("a test inside `{field}` has no form in the target")),
            },
            ExprKind::Or(members) => {
                let members: Vec<ExprId> =
                    members.into_iter().map(|id| self.push_down(field, id, polarity, origin)).collect();
                self.into.or(members, at)
            }
            ExprKind::And(members) => {
                self.same_element(field, Effect::Widened, polarity, at);
                let members: Vec<ExprId> =
                    members.into_iter().map(|id| self.push_down(field, id, polarity, origin)).collect();
                self.into.and(members, at)
            }
            ExprKind::Not(inner) => self.push_down_negated(field, inner, polarity, origin),
            ExprKind::ForSome(items, inner) => match collection_below(field, &items) {
                Some(path) => self.push_down(&path, inner, polarity, origin),
                None => self.refuse(&code::LOGIC, at, format!("a nested list in `{field}` has no form in the target")),
            },
            _ => self.refuse(&code::LOGIC, at, format!("a condition inside `{field}` has no form in the target")),
        }
    }

    /// Some item does not satisfy the body: the field has a value and none satisfies it.
    fn push_down_negated(
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

    fn note_iteration(&mut self, items: &Subject, field: &FieldPath) {
        if let Subject::Items(inner) = items {
            self.iterated.insert(field.clone());
            if matches!(**inner, Subject::Call(..)) {
                self.assume(format!("`{field}` is a list where it is present"));
            }
        }
    }

    fn same_element(&mut self, field: &FieldPath, effect: Effect, polarity: Polarity, origin: Option<Location>) {
        if self.terms.capabilities.same_element == Support::Yes || self.assume_single(field) {
            return;
        }
        let message =
            format!("the condition speaks of one item of `{field}`; the target tests each part over all items");
        self.lose(&code::ARRAY_SAME_ELEMENT, effect, polarity, origin, message);
    }

    fn test(&mut self, subject: &Subject, op: &Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match subject {
            Subject::Field(field) if !self.whole_values() => self.whole_test(field, op, polarity, origin),
            Subject::Call(Function::DatePart(part), _) if self.terms.capabilities.date_parts == Support::No => self
                .refuse(
                    &code::LOGIC,
                    origin,
                    format!("the target has no way to ask for the {} of a date", part.name()),
                ),
            Subject::Call(Function::DatePart(_), _) => self.plain_test(subject, op, polarity, origin),
            Subject::Call(..) | Subject::If(..) if self.terms.capabilities.functions == Support::No => {
                self.refuse(&code::LOGIC, origin, format!("{} has no form in the target", name_of(subject)))
            }
            Subject::Opaque { text, reason } => {
                self.refuse(&code::OPAQUE, origin, format!("`{text}` is not understood: {reason}"))
            }
            _ => self.plain_test(subject, op, polarity, origin),
        }
    }

    fn plain_test(&mut self, subject: &Subject, op: &Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if self.terms.capabilities.functions == Support::Yes && is_script(subject, op) {
            return self.into.test(subject.clone(), op.clone(), origin);
        }
        match lower_op::lower(self, &FieldPath::dotted(&name_of(subject)), op, polarity, origin) {
            LoweredOp::Ops(ops) => {
                let tests: Vec<ExprId> =
                    ops.into_iter().map(|op| self.into.test(subject.clone(), op, origin)).collect();
                self.into.or(tests, origin)
            }
            LoweredOp::Refused => ExprId::FALSE,
        }
    }

    /// A test of the whole value where the target has only any-of.
    fn whole_test(&mut self, field: &FieldPath, op: &Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if self.terms.capabilities.absence == Absence::Full
            && matches!(op, Op::IsMissing | Op::IsNull | Op::Present | Op::IsEmpty)
        {
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
                if !self.assume_single(field) {
                    let message =
                        format!("`{field}` can hold a list: the source compares it as one value, the target each item");
                    self.lose(&code::CARDINALITY, Effect::Widened, polarity, origin, message);
                }
                self.any_of(field, op, polarity, origin)
            }
        }
    }

    /// Guards on the type are implied by the index's mapping.
    fn type_test(&mut self, field: &FieldPath, types: TypeSet, origin: Option<Location>) -> ExprId {
        self.assume(format!("`{field}` holds {} where it is present", types.names().join(" or ")));
        self.into.exists(field.clone(), origin)
    }

    fn empty_test(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> ExprId {
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

    fn any_of(&mut self, field: &FieldPath, op: &Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match op {
            Op::TypeIs(types) => return self.type_test(field, *types, origin),
            Op::Present => return self.into.exists(field.clone(), origin),
            Op::IsMissing | Op::IsNull => return ExprId::FALSE,
            _ => {}
        }
        match lower_op::lower(self, field, op, polarity, origin) {
            LoweredOp::Ops(ops) => {
                let tests: Vec<ExprId> =
                    ops.into_iter().map(|op| self.into.any_of(field.clone(), op, origin)).collect();
                self.into.or(tests, origin)
            }
            LoweredOp::Refused => ExprId::FALSE,
        }
    }

    /// Whether a field may be taken to hold one value; says so when nothing is known.
    fn assume_single(&mut self, field: &FieldPath) -> bool {
        match (self.terms.facts)(field).cardinality {
            Cardinality::Single => true,
            Cardinality::Many => false,
            Cardinality::Unknown if self.iterated.contains(field) => false,
            Cardinality::Unknown => {
                self.assume(format!("`{field}` holds one value"));
                true
            }
        }
    }

    pub(super) fn assume(&mut self, assumption: String) {
        self.assumptions.insert(assumption);
    }

    pub(super) fn lose(
        &mut self,
        code: &'static LossCode,
        effect: Effect,
        polarity: Polarity,
        origin: Option<Location>,
        message: String,
    ) {
        let loss = Loss::new(code, polarity.apply(effect), message, origin);
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    pub(super) fn refuse(&mut self, code: &'static LossCode, origin: Option<Location>, message: String) -> ExprId {
        self.fatal.push(Loss::new(code, Effect::Unknown, message, origin));
        ExprId::FALSE
    }
}

fn word(op: &Op) -> &'static str {
    if *op == Op::IsMissing { "is missing" } else { "is null" }
}

/// Whether a disjunction says that a value is absent, or a conjunction that it is not.
#[derive(Clone, Copy, PartialEq)]
enum Absent {
    Is,
    Not,
}

/// The field and test of a whole-value test, with or without `not` before it.
fn field_test(pool: &Pool, id: ExprId, negated: bool) -> Option<(FieldPath, Op)> {
    let id = match pool.kind(id) {
        ExprKind::Not(inner) if negated => *inner,
        ExprKind::Not(_) => return None,
        _ if negated => return None,
        _ => id,
    };
    match pool.kind(id) {
        ExprKind::Test(Subject::Field(field), op) => Some((field.clone(), op.clone())),
        _ => None,
    }
}

/// The name that a message gives to a term.
fn name_of(subject: &Subject) -> String {
    match subject {
        Subject::Field(field) => field.to_string(),
        Subject::Elements(inner) | Subject::Items(inner) => name_of(inner),
        Subject::Member(inner, path) => format!("{}.{path}", name_of(inner)),
        Subject::Call(function, arguments) => {
            format!("{}({})", function.name(), arguments.iter().map(name_of).collect::<Vec<_>>().join(", "))
        }
        Subject::Element(_) => "an item".to_owned(),
        Subject::Constant(value) => value.to_string(),
        Subject::AnyField(_) => "any field".to_owned(),
        Subject::If(..) => "a conditional value".to_owned(),
        Subject::Opaque { text, .. } => text.to_string(),
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
        ExprKind::Test(Subject::Call(..), _) => true,
        ExprKind::Test(Subject::Element(_), op) => other_field(op).is_some(),
        ExprKind::ForSome(Subject::Elements(inner), body) => {
            matches!(**inner, Subject::Field(_)) && is_computed(pool, *body)
        }
        _ => false,
    }
}

/// Whether a body tests a part of the date that its item is.
fn is_date_part(pool: &Pool, body: ExprId) -> bool {
    matches!(pool.kind(body), ExprKind::Test(Subject::Call(Function::DatePart(_), _), _))
}

/// Whether two terms meet of which at least one is computed, or a text is looked for in another: a script where there are scripts.
fn is_script(subject: &Subject, op: &Op) -> bool {
    let Some(other) = other_field(op) else { return false };
    matches!(op, Op::HasText { .. }) || matches!(subject, Subject::Call(..)) || matches!(**other, Subject::Call(..))
}

/// Whether a condition is false on values of the types that its tests ask for: only a wrong type makes it true.
fn only_wrong_types(pool: &Pool, id: ExprId) -> bool {
    match pool.kind(id) {
        ExprKind::Not(inner) => matches!(pool.kind(*inner), ExprKind::Test(_, Op::TypeIs(_) | Op::Present)),
        ExprKind::False | ExprKind::Test(_, Op::TypeIs(_) | Op::IsMissing | Op::IsNull) => true,
        ExprKind::Or(members) => members.iter().all(|member| only_wrong_types(pool, *member)),
        ExprKind::And(members) => members.iter().any(|member| only_wrong_types(pool, *member)),
        _ => false,
    }
}

/// A field compared with a field.
pub(super) fn other_field(op: &Op) -> Option<&Arc<Subject>> {
    match op {
        Op::Equal { to: Operand::Subject(subject), .. }
        | Op::Compare { to: Operand::Subject(subject), .. }
        | Op::ContainedIn { container: Operand::Subject(subject), .. }
        | Op::HasText { text: Operand::Subject(subject), .. } => Some(subject),
        _ => None,
    }
}
