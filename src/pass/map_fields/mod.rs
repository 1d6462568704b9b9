//! From the fields and values of one world to those of another, by a field map's rows.
//!
//! The pass goes from the outside in and knows under how many negations it stands, so that each loss has its direction.

mod field;
mod keys;
mod terms;
mod told;

use super::bind::bind;
use super::map_values::{self, Reach, Rewritten};
use super::per_field::PerField;
use crate::catalog::maps::{FieldMap, MapRow};
use crate::fidelity::{Assumption, Effect, Loss, Polarity, code};
use crate::ir::{ExprId, ExprKind, FieldPath, Function, Op, Pool, Rule, Subject, Value};
use crate::source::Location;
pub(in crate::pass) use field::{Derived, Known};
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use smallvec::{SmallVec, smallvec};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use told::Told;

/// Which way a rule travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the vendor's raw names (Panther, Sigma) to Elastic's; by a map to a log type, to Panther's own.
    ToElastic,
    /// From Elastic's names, or those of a Panther log type, to the vendor's.
    ToRaw,
}

/// A rule in the other world's fields, what that cost, and what it rests on.
#[derive(Debug)]
pub struct Mapped {
    pub rule: Rule,
    pub losses: Vec<Loss>,
    pub assumptions: Vec<Assumption>,
}

/// Maps every field, value, join key and group key of the rule. A field without a row keeps its name and gives
/// `L101`, which refuses the rule unless it is allowed; in an exclusion the test is left out instead (`L602`).
/// `implied` is what the log source says of Elastic's fields: with the map's own constants it decides tests on them.
pub fn map_fields(
    mut rule: Rule,
    direction: Direction,
    map: &'static FieldMap,
    implied: &[(&'static str, &'static str)],
) -> Mapped {
    let from = rule.pool;
    let mut mapper = Mapper {
        from: &from,
        into: Pool::beside(&from),
        map,
        implied,
        told: Told::default(),
        named: &rule.named_fields,
        direction,
        losses: IndexSet::default(),
        evidence: BTreeSet::new(),
        bases: Vec::new(),
        scopes: IndexSet::from_iter([Vec::new()]),
        scope: 0,
        done: HashMap::with_capacity_and_hasher(from.len(), RandomState::default()),
        fields: field::shared(map, direction, &rule.named_fields),
        targets: HashMap::default(),
        noted: Vec::new(),
    };
    let mut against = rule.logic.roots_against().into_iter();
    let logic = rule.logic.map_roots(|id| mapper.root(id, Polarity::of(against.next() == Some(true))));
    let logic = mapper.logic_fields(logic);
    mapper.told = Told::default();
    mapper.done.clear();
    for exclusion in &mut rule.exclusions {
        exclusion.condition = mapper.expr(exclusion.condition, Polarity::Negative);
    }
    let Mapper { into, losses, evidence, .. } = mapper;
    let rule = Rule { logic, pool: into, ..rule };
    Mapped { rule, losses: losses.into_iter().collect(), assumptions: evidence.into_iter().collect() }
}

/// A quantifier's collection in both worlds, when it is a field: items' members are looked up as paths below it.
type Base = Option<(FieldPath, FieldPath)>;

pub(super) struct Mapper<'a> {
    from: &'a Pool,
    pub(super) into: Pool,
    pub(super) map: &'static FieldMap,
    implied: &'a [(&'static str, &'static str)],
    /// What every event that fires the root under way has in raw fields.
    told: Told,
    named: &'a BTreeSet<FieldPath>,
    pub(super) direction: Direction,
    losses: IndexSet<Loss, RandomState>,
    evidence: BTreeSet<Assumption>,
    /// The quantifiers that are entered, outermost first.
    bases: Vec<Base>,
    /// All states that `bases` was in, so that `done` knows one by a number.
    scopes: IndexSet<Vec<Base>, RandomState>,
    scope: usize,
    done: HashMap<(ExprId, Polarity, usize), ExprId, RandomState>,
    fields: Rc<PerField<Rc<Known>>>,
    /// Where rows send their field, by where they stand in the map.
    targets: HashMap<*const MapRow, Rc<[FieldPath]>, RandomState>,
    /// The rows whose evidence is stated, by where they stand in the map. A rule needs few.
    noted: Vec<*const MapRow>,
}

impl<'a> Mapper<'a> {
    /// A condition that stands for itself, with what it says of all its events.
    fn root(&mut self, id: ExprId, polarity: Polarity) -> ExprId {
        self.told = Told::of(self, self.from, id);
        self.done.clear();
        self.expr(id, polarity)
    }

    fn expr(&mut self, id: ExprId, polarity: Polarity) -> ExprId {
        let key = (id, polarity, self.scope);
        if let Some(known) = self.done.get(&key) {
            return *known;
        }
        let from: &'a Pool = self.from;
        let mapped = self.kind(from.kind(id), polarity, from.origin(id));
        self.done.insert(key, mapped);
        mapped
    }

    fn kind(&mut self, kind: &'a ExprKind, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match kind {
            ExprKind::And(members) => {
                let members: Vec<ExprId> = members.iter().map(|id| self.expr(*id, polarity)).collect();
                self.into.and(members, origin)
            }
            ExprKind::Or(members) => {
                let members: Vec<ExprId> = members.iter().map(|id| self.expr(*id, polarity)).collect();
                self.into.or(members, origin)
            }
            ExprKind::Not(inner) => {
                let inner = self.expr(*inner, polarity.flip());
                self.into.not(inner, origin)
            }
            ExprKind::Test(subject, op) => self.test(subject, op, polarity, origin),
            ExprKind::ForSome(items, body) => self.for_some(items, *body, polarity, origin),
            ExprKind::ForAll(items, body) => {
                let (items, [body]) = self.scoped(items, [*body], polarity, origin);
                self.into.add(ExprKind::ForAll(items, body), origin)
            }
            ExprKind::FirstSome { items, holds, raises } => {
                let (items, [holds, raises]) = self.scoped(items, [*holds, *raises], polarity, origin);
                self.into.add(ExprKind::FirstSome { items, holds, raises }, origin)
            }
            ExprKind::Count { items, body, op, number } => {
                let (items, [body]) = self.scoped(items, [*body], polarity, origin);
                self.into.add(ExprKind::Count { items, body, op: *op, number: *number }, origin)
            }
            // No other world has it; the lowering refuses it.
            ExprKind::Lineage(lineage) => {
                self.into.add(ExprKind::Lineage(lineage.map_conditions(|_| ExprId::FALSE)), origin)
            }
            leaf @ (ExprKind::True | ExprKind::False | ExprKind::OpaqueTest { .. }) => {
                self.into.add(leaf.clone(), origin)
            }
        }
    }

    /// Any-of over a field is where values change with the field.
    fn for_some(&mut self, items: &Subject, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
        let from: &'a Pool = self.from;
        if let Some(field) = values_of(items) {
            if self.is_renamed(field, from.kind(body)) {
                return self.any_value(field, body, polarity, origin);
            }
            if let Some(nothing) = self.left_out(field, polarity, origin) {
                return nothing;
            }
            if let ExprKind::Test(Subject::Element(0), op) = from.kind(body)
                && let Some(said) = map_values::elsewhere(self, field, op, (Reach::AnyOf, origin))
            {
                return said;
            }
            match map_values::lookup(self, field) {
                Rewritten::Constant(values) => {
                    let (_, [body]) = self.scoped(items, [body], polarity, origin);
                    let verdicts: Vec<ExprId> = values
                        .into_iter()
                        .map(|value| bind(&mut self.into, body, &Subject::Constant(Value::str(value))))
                        .collect();
                    return self.by_any_sensor(verdicts, polarity, origin);
                }
                Rewritten::Values(row, transform) => {
                    return map_values::any_of(self, field, (row, transform), from.kind(body), polarity, origin);
                }
                Rewritten::Field => {}
            }
            if *from.kind(body) == ExprKind::True {
                self.note_other_texts(field, &Op::Present, polarity, origin);
            }
            if let ExprKind::Test(Subject::Element(0), op) = from.kind(body) {
                let said = map_values::shorter(self, field, op, Reach::AnyOf, origin);
                if let Some(said) = said.or_else(|| map_values::text_below(self, field, op, (polarity, origin))) {
                    return said;
                }
            }
        }
        if let Some(field) = values_of(items)
            && is_of_value_alone(from.kind(body))
        {
            return self.any_value(field, body, polarity, origin);
        }
        if matches!(items, Subject::AnyField(_)) && self.direction == Direction::ToElastic {
            self.note_added_text(body, polarity, origin);
        }
        let is_of_value = matches!(from.kind(body), ExprKind::Test(Subject::Element(0), _) | ExprKind::True);
        let (mapped, [body]) = self.scoped(items, [body], polarity, origin);
        let mapped = self.of_names(mapped, is_of_value, polarity, origin);
        let mut members: SmallVec<[ExprId; 4]> = smallvec![self.into.for_some(mapped, body, origin)];
        if let Some(field) = values_of(items) {
            for other in &self.known(field).also {
                members.push(self.into.any_value(other.clone(), body, origin));
            }
        }
        self.into.or(members, origin)
    }

    /// Whether any-of over the field is any-of over its counterpart, and nothing is to be said of it.
    fn is_renamed(&self, field: &FieldPath, body: &ExprKind) -> bool {
        let is_address = matches!(body, ExprKind::Test(_, Op::InCidr(_)));
        is_of_value_alone(body) && !is_address && !self.is_named(field) && self.known(field).is_renamed
    }

    /// Any-of over a field with a test that is the same in all worlds.
    fn any_value(&mut self, field: &FieldPath, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
        let known = self.known(field);
        let target = self.field(field, polarity, origin);
        let body = self.into.add_leaf(self.from, body, self.from.origin(body));
        let first = if target.has_star() {
            self.into.for_some(Subject::AnyField(target.pattern()), body, origin)
        } else {
            self.into.any_value(target, body, origin)
        };
        if known.also.is_empty() {
            return first;
        }
        let mut members: SmallVec<[ExprId; 4]> = smallvec![first];
        for other in &known.also {
            members.push(self.into.any_value(other.clone(), body, origin));
        }
        self.into.or(members, origin)
    }

    /// The values of a name with stars are those of several fields. What is asked of an item of a list there cannot be asked of them.
    fn of_names(&mut self, items: Subject, is_of_value: bool, polarity: Polarity, origin: Option<Location>) -> Subject {
        match field_of(&items).filter(|field| field.has_star()) {
            Some(names) if is_of_value => Subject::AnyField(names.pattern()),
            Some(names) => {
                let message =
                    format!("the items of `{names}` are fields of their own, of which no item can be asked for");
                self.lose(&code::FIELD_AMBIGUOUS, Effect::Unknown, polarity, origin, message);
                items
            }
            None => items,
        }
    }

    /// What stands for a test that says something else of each sensor's documents: the rule fires when it does on any of them, so what
    /// stands against it has to hold on all.
    fn by_any_sensor(&mut self, verdicts: Vec<ExprId>, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match polarity {
            Polarity::Positive => self.into.or(verdicts, origin),
            Polarity::Negative => self.into.and(verdicts, origin),
        }
    }

    /// The items in the other world, and bodies mapped with the quantifier entered.
    fn scoped<const N: usize>(
        &mut self,
        items: &Subject,
        bodies: [ExprId; N],
        polarity: Polarity,
        origin: Option<Location>,
    ) -> (Subject, [ExprId; N]) {
        let mapped = self.subject(items, polarity, origin);
        let base = field_of(items).zip(field_of(&mapped)).map(|(from, to)| (from.clone(), to.clone()));
        let bodies = self.inside([base], |mapper| bodies.map(|body| mapper.expr(body, polarity)));
        (mapped, bodies)
    }

    /// Does something with quantifiers entered.
    fn inside<T, const N: usize>(&mut self, bases: [Base; N], map: impl FnOnce(&mut Self) -> T) -> T {
        let (outside, depth) = (self.scope, self.bases.len());
        self.bases.extend(bases);
        self.scope = match self.scopes.get_index_of(&self.bases) {
            Some(known) => known,
            None => self.scopes.insert_full(self.bases.clone()).0,
        };
        let mapped = map(self);
        self.bases.truncate(depth);
        self.scope = outside;
        mapped
    }

    fn test(&mut self, subject: &Subject, op: &Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if let Subject::Field(field) = subject {
            let other = self.left_out(field, polarity, origin);
            if let Some(said) = other.or_else(|| map_values::elsewhere(self, field, op, (Reach::Whole, origin))) {
                return said;
            }
            match map_values::lookup(self, field) {
                Rewritten::Constant(values) => {
                    let constant = |value| Subject::Constant(Value::str(value));
                    let verdicts: Vec<ExprId> =
                        values.into_iter().map(|value| self.into.test(constant(value), op.clone(), origin)).collect();
                    return self.by_any_sensor(verdicts, polarity, origin);
                }
                Rewritten::Values(row, transform) => {
                    return map_values::whole(self, field, (row, transform), op, polarity, origin);
                }
                Rewritten::Field => {}
            }
            self.note_other_texts(field, op, polarity, origin);
            if let Some(said) = map_values::shorter(self, field, op, Reach::Whole, origin) {
                return said;
            }
        }
        let of_field = if let Subject::Field(field) = subject { Some(self.known(field)) } else { None };
        let subject = self.subject(subject, polarity, origin);
        let op = self.op(op.clone(), polarity, origin);
        if let Subject::Field(names) = &subject
            && names.has_star()
        {
            return map_values::of_names(&mut self.into, names, op, origin);
        }
        let everywhere = matches!(op, Op::IsMissing | Op::IsNull);
        let mut members = vec![self.into.test(subject, op.clone(), origin)];
        for other in of_field.iter().flat_map(|known| &known.also) {
            members.push(self.into.test(Subject::Field(other.clone()), op.clone(), origin));
        }
        if everywhere { self.into.and(members, origin) } else { self.into.or(members, origin) }
    }
}

/// The field whose values are gone through.
fn values_of(items: &Subject) -> Option<&FieldPath> {
    match items {
        Subject::Elements(inner) => match &**inner {
            Subject::Field(field) => Some(field),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a condition speaks of an item alone, and of no other term.
fn is_of_value_alone(body: &ExprKind) -> bool {
    match body {
        ExprKind::True => true,
        ExprKind::Test(Subject::Element(0), op) => op.other_term().is_none(),
        _ => false,
    }
}

fn field_of(items: &Subject) -> Option<&FieldPath> {
    match items {
        Subject::Field(field) => Some(field),
        Subject::Elements(inner) | Subject::Items(inner) => field_of(inner),
        Subject::Call(Function::Iterate, arguments) => arguments.first().and_then(field_of),
        _ => None,
    }
}
