//! From the fields and values of one world to those of another, by a field map's rows.
//!
//! The pass goes from the outside in and knows under how many negations it stands, so that each loss has its direction.

use super::bind::bind;
use super::map_values::{self, Reach, Rewritten};
use crate::catalog::maps::{FieldMap, MapRow, Mapping};
use crate::fidelity::{Effect, Loss, LossCode, Polarity, code};
use crate::ir::{
    ExprId, ExprKind, FieldPath, Function, Group, JoinKey, Logic, Measure, MemberSource, Op, Operand, Pool, Rule,
    Subject, ThresholdSource, Value,
};
use crate::source::Location;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Which way a rule travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the vendor's raw names (Panther, Sigma) to Elastic's.
    ToElastic,
    /// From Elastic's names to the vendor's.
    ToRaw,
}

/// A rule in the other world's fields, what that cost, and what it rests on.
#[derive(Debug)]
pub struct Mapped {
    pub rule: Rule,
    pub losses: Vec<Loss>,
    pub assumptions: Vec<String>,
}

/// Maps every field, value, join key and group key of the rule. A field without a row keeps its name and gives
/// `L101`, which refuses the rule unless it is allowed; in an exclusion the test is left out instead (`L602`).
/// `implied` is what the log source says of Elastic's fields: with the map's own constants it decides tests on them.
pub fn map_fields(mut rule: Rule, direction: Direction, map: &FieldMap, implied: &[(&str, &str)]) -> Mapped {
    let from = std::mem::take(&mut rule.pool);
    let mut mapper = Mapper {
        from: &from,
        into: Pool::default(),
        map,
        implied,
        named: &rule.named_fields,
        direction,
        losses: IndexSet::default(),
        evidence: BTreeSet::new(),
        bases: Vec::new(),
        scopes: IndexSet::from_iter([Vec::new()]),
        scope: 0,
        done: HashMap::default(),
    };
    let mut against = rule.logic.roots_against().into_iter();
    let logic = rule.logic.map_roots(|id| mapper.expr(id, Polarity::of(against.next() == Some(true))));
    let logic = mapper.logic_fields(logic);
    for exclusion in &mut rule.exclusions {
        exclusion.condition = mapper.expr(exclusion.condition, Polarity::Negative);
    }
    let Mapper { into, losses, evidence, .. } = mapper;
    rule.logic = logic;
    rule.pool = into;
    Mapped { rule, losses: losses.into_iter().collect(), assumptions: evidence.into_iter().collect() }
}

/// A quantifier's collection in both worlds, when it is a field: items' members are looked up as paths below it.
type Base = Option<(FieldPath, FieldPath)>;

pub(super) struct Mapper<'a> {
    from: &'a Pool,
    pub(super) into: Pool,
    pub(super) map: &'a FieldMap,
    implied: &'a [(&'a str, &'a str)],
    named: &'a BTreeSet<FieldPath>,
    pub(super) direction: Direction,
    losses: IndexSet<Loss, RandomState>,
    evidence: BTreeSet<String>,
    /// The quantifiers that are entered, outermost first.
    bases: Vec<Base>,
    /// All states that `bases` was in, so that `done` knows one by a number.
    scopes: IndexSet<Vec<Base>, RandomState>,
    scope: usize,
    done: HashMap<(ExprId, Polarity, usize), ExprId, RandomState>,
}

impl<'a> Mapper<'a> {
    fn expr(&mut self, id: ExprId, polarity: Polarity) -> ExprId {
        let key = (id, polarity, self.scope);
        if let Some(known) = self.done.get(&key) {
            return *known;
        }
        let origin = self.from.origin(id);
        let kind = self.from.kind(id).clone();
        let mapped = self.kind(kind, polarity, origin);
        self.done.insert(key, mapped);
        mapped
    }

    fn kind(&mut self, kind: ExprKind, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match kind {
            ExprKind::And(members) => {
                let members: Vec<ExprId> = members.into_iter().map(|id| self.expr(id, polarity)).collect();
                self.into.and(members, origin)
            }
            ExprKind::Or(members) => {
                let members: Vec<ExprId> = members.into_iter().map(|id| self.expr(id, polarity)).collect();
                self.into.or(members, origin)
            }
            ExprKind::Not(inner) => {
                let inner = self.expr(inner, polarity.flip());
                self.into.not(inner, origin)
            }
            ExprKind::Test(subject, op) => self.test(&subject, op, polarity, origin),
            ExprKind::ForSome(items, body) => self.for_some(&items, body, polarity, origin),
            ExprKind::ForAll(items, body) => {
                let (items, body) = self.scoped(&items, &[body], polarity, origin);
                self.into.add(ExprKind::ForAll(items, body[0]), origin)
            }
            ExprKind::FirstSome { items, holds, raises } => {
                let (items, bodies) = self.scoped(&items, &[holds, raises], polarity, origin);
                self.into.add(ExprKind::FirstSome { items, holds: bodies[0], raises: bodies[1] }, origin)
            }
            ExprKind::Count { items, body, op, number } => {
                let (items, body) = self.scoped(&items, &[body], polarity, origin);
                self.into.add(ExprKind::Count { items, body: body[0], op, number }, origin)
            }
            // No other world has it; the lowering refuses it.
            ExprKind::Lineage(lineage) => {
                self.into.add(ExprKind::Lineage(lineage.map_conditions(|_| ExprId::FALSE)), origin)
            }
            leaf @ (ExprKind::True | ExprKind::False | ExprKind::OpaqueTest { .. }) => self.into.add(leaf, origin),
        }
    }

    /// Any-of over a field is where values change with the field.
    fn for_some(&mut self, items: &Subject, body: ExprId, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if let Subject::Elements(inner) = items
            && let Subject::Field(field) = &**inner
        {
            if self.is_left_out(field, polarity, origin) {
                return ExprId::FALSE;
            }
            match map_values::lookup(self, field) {
                Rewritten::Constant(values) => {
                    let (_, body) = self.scoped(items, &[body], polarity, origin);
                    let verdicts: Vec<ExprId> = values
                        .into_iter()
                        .map(|value| bind(&mut self.into, body[0], &Subject::Constant(Value::str(value))))
                        .collect();
                    return self.into.or(verdicts, origin);
                }
                Rewritten::Values(row, transform) => {
                    let body = self.from.kind(body).clone();
                    return map_values::any_of(self, field, (row, transform), &body, polarity, origin);
                }
                Rewritten::Field => {}
            }
            if let ExprKind::Test(Subject::Element(0), op) = self.from.kind(body).clone()
                && let Some(said) = map_values::shorter(self, field, &op, Reach::AnyOf, origin)
            {
                return said;
            }
        }
        let (mapped, bodies) = self.scoped(items, &[body], polarity, origin);
        let mut members = vec![self.into.for_some(mapped, bodies[0], origin)];
        for other in self.other_fields(items) {
            let items = Subject::Elements(Arc::new(Subject::Field(other)));
            members.push(self.into.for_some(items, bodies[0], origin));
        }
        self.into.or(members, origin)
    }

    /// Where other datasets of the log source hold the values of the quantifier's field.
    fn other_fields(&self, items: &Subject) -> Vec<FieldPath> {
        match items {
            Subject::Elements(inner) => match &**inner {
                Subject::Field(field) => self.also(field),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Where other datasets of the log source hold a raw field.
    fn also(&self, field: &FieldPath) -> Vec<FieldPath> {
        if self.direction == Direction::ToRaw || self.is_named(field) {
            return Vec::new();
        }
        match self.mapping(&field.name()) {
            Mapping::Exact { row, .. } | Mapping::Value { row, .. } => {
                row.also.iter().map(|field| FieldPath::dotted(field)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a test is left out of an exclusion because the target has no such field: the rule then fires more often, which is
    /// stated.
    fn is_left_out(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> bool {
        if polarity == Polarity::Positive || self.is_named(field) {
            return false;
        }
        let name = field.name();
        if !matches!(self.mapping(&name), Mapping::Unmapped | Mapping::Enriched | Mapping::Dropped { .. }) {
            return false;
        }
        let message = format!("`{name}` has no counterpart in the target, so the exclusion that reads it is left out");
        // Already turned over: what leaves an exclusion out is in the negation.
        self.lose(&code::EXCLUSION, Effect::Narrowed, polarity, origin, message);
        true
    }

    /// The items in the other world, and bodies mapped with the quantifier entered.
    fn scoped(
        &mut self,
        items: &Subject,
        bodies: &[ExprId],
        polarity: Polarity,
        origin: Option<Location>,
    ) -> (Subject, Vec<ExprId>) {
        let mapped = self.subject(items, polarity, origin);
        let base = field_of(items).zip(field_of(&mapped)).map(|(from, to)| (from.clone(), to.clone()));
        let bodies = self.inside([base], |mapper| bodies.iter().map(|body| mapper.expr(*body, polarity)).collect());
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

    fn test(&mut self, subject: &Subject, op: Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        if let Subject::Field(field) = subject {
            if self.is_left_out(field, polarity, origin) {
                return ExprId::FALSE;
            }
            match map_values::lookup(self, field) {
                Rewritten::Constant(values) => {
                    let constant = |value| Subject::Constant(Value::str(value));
                    let verdicts: Vec<ExprId> =
                        values.into_iter().map(|value| self.into.test(constant(value), op.clone(), origin)).collect();
                    return self.into.or(verdicts, origin);
                }
                Rewritten::Values(row, transform) => {
                    return map_values::whole(self, field, (row, transform), &op, polarity, origin);
                }
                Rewritten::Field => {}
            }
            if let Some(said) = map_values::shorter(self, field, &op, Reach::Whole, origin) {
                return said;
            }
        }
        let others = if let Subject::Field(field) = subject { self.also(field) } else { Vec::new() };
        let subject = self.subject(subject, polarity, origin);
        let op = self.op(op, polarity, origin);
        let everywhere = matches!(op, Op::IsMissing | Op::IsNull);
        let mut members = vec![self.into.test(subject, op.clone(), origin)];
        for other in others {
            members.push(self.into.test(Subject::Field(other), op.clone(), origin));
        }
        if everywhere { self.into.and(members, origin) } else { self.into.or(members, origin) }
    }

    fn op(&mut self, op: Op, polarity: Polarity, origin: Option<Location>) -> Op {
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

    fn subject(&mut self, subject: &Subject, polarity: Polarity, origin: Option<Location>) -> Subject {
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

    fn field(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> FieldPath {
        if self.is_named(field) {
            self.evidence.insert(format!("`{field}` is a field of the target: a pipeline says so"));
            return field.clone();
        }
        let name = field.name();
        let mapping = self.mapping(&name);
        match mapping {
            Mapping::Exact { field, row } | Mapping::Value { field, row, .. } => {
                self.note_evidence(row);
                FieldPath::dotted(&field)
            }
            Mapping::Ambiguous { fields, rows } => {
                let note = rows.first().and_then(|row| row.note.clone()).unwrap_or_default();
                let message = format!("`{name}` has no single counterpart ({}): {note}", fields.join(", "));
                self.lose(&code::FIELD_AMBIGUOUS, Effect::Unknown, polarity, origin, message);
                fields.first().map_or_else(|| field.clone(), |field| FieldPath::dotted(field))
            }
            Mapping::Dropped { row } => {
                let note = row.note.as_deref().unwrap_or("no indexed event has it");
                let message = format!("the ingest of `{}` drops `{name}`: {note}", self.map.dataset);
                self.lose(&code::FIELD_DROPPED, Effect::Unknown, polarity, origin, message);
                field.clone()
            }
            Mapping::Enriched => {
                let message =
                    format!("`{name}` is made by the ingest from other knowledge; the raw event does not have it");
                self.lose(&code::FIELD_UNMAPPED, Effect::Unknown, polarity, origin, message);
                field.clone()
            }
            Mapping::Constant { .. } => field.clone(),
            Mapping::Unmapped => {
                let message = format!("the map of `{}` has no row for `{name}`", self.map.dataset);
                self.lose(&code::FIELD_UNMAPPED, Effect::Unknown, polarity, origin, message);
                field.clone()
            }
        }
    }

    /// Whether a pipeline of the user gave the name: it is the target's already.
    pub(super) fn is_named(&self, field: &FieldPath) -> bool {
        self.named.contains(field)
    }

    pub(super) fn mapping(&self, name: &str) -> Mapping<'a> {
        let map: &'a FieldMap = self.map;
        match self.direction {
            Direction::ToElastic => map.to_elastic(name),
            Direction::ToRaw => {
                let implied: &'a [(&'a str, &'a str)] = self.implied;
                let values: Vec<&str> = implied.iter().filter(|said| said.0 == name).map(|said| said.1).collect();
                match map.to_raw(name) {
                    Mapping::Constant { values: own } if values.is_empty() => Mapping::Constant { values: own },
                    Mapping::Unmapped | Mapping::Enriched | Mapping::Constant { .. } if !values.is_empty() => {
                        Mapping::Constant { values }
                    }
                    mapping => mapping,
                }
            }
        }
    }

    pub(super) fn note_evidence(&mut self, row: &MapRow) {
        let line = format!("map row `{}` ({:?})", row.raw, row.evidence).to_lowercase();
        self.evidence.insert(line);
    }

    pub(super) fn lose(
        &mut self,
        code: &'static LossCode,
        effect: Effect,
        polarity: Polarity,
        origin: Option<Location>,
        message: String,
    ) {
        self.losses.insert(Loss::new(code, polarity.apply(effect), message, origin));
    }

    /// Join keys, group keys and measures.
    fn logic_fields(&mut self, mut logic: Logic) -> Logic {
        match &mut logic {
            Logic::Sequence(sequence) => {
                let steps = sequence.steps.iter_mut().chain(&mut sequence.until).flat_map(|step| &mut step.by);
                for key in sequence.by.iter_mut().chain(steps) {
                    self.key(key);
                }
            }
            Logic::Sample(sample) => {
                let steps = sample.steps.iter_mut().chain(&mut sample.until).flat_map(|step| &mut step.by);
                for key in sample.by.iter_mut().chain(steps) {
                    self.key(key);
                }
            }
            Logic::Threshold(threshold) => {
                if matches!(threshold.source, ThresholdSource::Filter(_)) {
                    for field in &mut threshold.group_by {
                        self.one_field_only(field, None);
                        *field = self.field(field, Polarity::Positive, None);
                    }
                    for bound in &mut threshold.bounds {
                        self.measure(&mut bound.measure);
                    }
                }
            }
            Logic::NewTerms(terms) => {
                for field in &mut terms.fields {
                    *field = self.field(field, Polarity::Positive, None);
                }
            }
            Logic::Group(group) => self.group(group),
            Logic::Piped(piped) => *piped.source = self.logic_fields((*piped.source).clone()),
            _ => {}
        }
        logic
    }

    /// What a group's filters are matched by. The alerts of other rules speak of fields that are not known here.
    fn group(&mut self, group: &mut Group) {
        let members = &group.members;
        let is_filter =
            |member: usize| members.get(member).is_some_and(|member| matches!(member.source, MemberSource::Filter(_)));
        for (member, field) in group.criteria.iter_mut().flatten() {
            if is_filter(*member) {
                *field = self.field(field, Polarity::Positive, None);
            }
        }
        for transition in &mut group.transitions {
            if let Some((from, to)) = transition.fields.as_mut().filter(|_| is_filter(transition.from)) {
                *from = self.field(from, Polarity::Positive, None);
                *to = self.field(to, Polarity::Positive, None);
            }
        }
    }

    fn key(&mut self, key: &mut JoinKey) {
        if let Some(field) = key.field() {
            self.one_field_only(&field.clone(), key.origin);
            key.term = Subject::Field(self.field(field, Polarity::Positive, key.origin));
        }
    }

    /// A key cannot be one field in some documents and another one in others.
    fn one_field_only(&mut self, field: &FieldPath, origin: Option<Location>) {
        let others: Vec<String> = self.also(field).iter().map(FieldPath::name).collect();
        if !others.is_empty() {
            let message =
                format!("the key `{field}` is in another field in some of the datasets ({})", others.join(", "));
            self.lose(&code::FIELD_AMBIGUOUS, Effect::Unknown, Polarity::Positive, origin, message);
        }
    }

    fn measure(&mut self, measure: &mut Measure) {
        for field in measure.fields_mut() {
            *field = self.field(field, Polarity::Positive, None);
        }
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
