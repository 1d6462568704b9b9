//! From a condition to one that the target can say, by its capabilities; what it cannot say becomes a loss with its direction.
//!
//! The pass goes from the outside in and knows under how many negations it stands. A part that has no form at all is fatal: it
//! refuses the rule whatever losses are allowed.

mod analysed;
mod items;
mod op;
mod presence;
mod regex_dialect;
mod words;

use super::capabilities::{Capabilities, PipeSupport, Support, ValueModel};
use crate::catalog::fields::{Cardinality, FieldType};
use crate::fidelity::{Assumption, Effect, Loss, LossCode, Polarity, Values, code};
use crate::ir::{
    Case, Cmp, ExprId, ExprKind, FieldPath, Function, Logic, Op, Operand, Pipe, Piped, Pool, Rule, Subject, TypeSet,
    has_conditions, map_conditions, map_terms,
};
use crate::source::Location;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use items::is_script;
use op::LoweredOp;
use presence::Absent;
use smallvec::SmallVec;
use std::collections::{BTreeSet, HashSet};

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
    /// What is taken for granted already.
    pub assumes: &'a [Assumption],
    /// The source's events have other fields, so that its tests of texts were not written for how the target's index keeps them.
    pub crossed: bool,
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
    pub assumptions: Vec<Assumption>,
}

/// Lowers the conditions of a rule. The logic around them is the back-end's own matter.
pub fn lower(source: &Rule, terms: &Terms<'_>) -> Lowered {
    let mut rule = source.with_pool(Pool::beside(&source.pool));
    let mut lowering = Lowering {
        from: &source.pool,
        into: rule.pool,
        terms,
        losses: IndexSet::default(),
        fatal: Vec::new(),
        assumptions: BTreeSet::new(),
        iterated: HashSet::new(),
        guarded: HashSet::new(),
        done: vec![[None; 2]; source.pool.len()],
    };
    rule.logic = lowering.pipes(&rule.logic, rule.origin);
    let mut against = rule.logic.roots_against().into_iter();
    rule.logic = rule.logic.map_roots(|id| lowering.expr(id, Polarity::of(against.next() == Some(true))));
    for exclusion in &mut rule.exclusions {
        exclusion.condition = lowering.expr(exclusion.condition, Polarity::Negative);
    }
    Lowered {
        rule: Rule { pool: lowering.into, ..rule },
        losses: lowering.losses.into_iter().collect(),
        fatal: lowering.fatal,
        assumptions: lowering.assumptions.into_iter().collect(),
    }
}

pub(super) struct Lowering<'a> {
    from: &'a Pool,
    pub(super) into: Pool,
    pub(super) terms: &'a Terms<'a>,
    losses: IndexSet<Loss, RandomState>,
    fatal: Vec<Loss>,
    assumptions: BTreeSet<Assumption>,
    /// Fields that the source goes through item by item: lists, whatever the schema does not say.
    iterated: HashSet<FieldPath>,
    /// Fields that the source itself asks to have one value.
    guarded: HashSet<FieldPath>,
    /// What has become of each expression, by its polarity.
    done: Vec<[Option<ExprId>; 2]>,
}

impl Lowering<'_> {
    /// The logic with the pipes that the target has. The first one that it has not ends them: what comes after chooses among its results.
    fn pipes(&mut self, logic: &Logic, origin: Location) -> Logic {
        let Logic::Piped(piped) = logic else { return logic.clone() };
        let kept = match self.terms.capabilities.pipes {
            PipeSupport::None => 0,
            PipeSupport::HeadAndTail => {
                piped.pipes.iter().take_while(|pipe| matches!(pipe, Pipe::Head(_) | Pipe::Tail(_))).count()
            }
            PipeSupport::All => piped.pipes.len(),
        };
        let (kept, lost) = piped.pipes.split_at(kept);
        for pipe in lost {
            let (effect, what) = match pipe {
                Pipe::Sort(_) => (Effect::Metadata, "the results come in the order of time"),
                Pipe::Count(_) => (Effect::Widened, "each result is an alert of its own, and nothing is counted"),
                _ => (Effect::Widened, "all results are alerts"),
            };
            let message = format!("the target has no pipe `{}`: {what}", pipe.name());
            self.lose(&code::PIPE, effect, Polarity::Positive, Some(origin), message);
        }
        match kept {
            [] => (*piped.source).clone(),
            kept => Logic::Piped(Piped { source: piped.source.clone(), pipes: kept.to_vec() }),
        }
    }

    fn expr(&mut self, id: ExprId, polarity: Polarity) -> ExprId {
        let side = usize::from(polarity == Polarity::Negative);
        if let Some(known) = self.done.get(id.index()).and_then(|done| done[side]) {
            return known;
        }
        let from = self.from;
        let (kind, origin) = (from.kind(id), from.origin(id));
        let lowered = match self.with_lowered_terms(kind) {
            Some(changed) => self.kind(&changed, polarity, origin),
            None => self.kind(kind, polarity, origin),
        };
        if let Some(done) = self.done.get_mut(id.index()) {
            done[side] = Some(lowered);
        }
        lowered
    }

    /// The node with the conditions inside its terms lowered. Which way they count for the verdict is not known, so what they lose
    /// is told for both. `None` where there are none.
    fn with_lowered_terms(&mut self, kind: &ExprKind) -> Option<ExprKind> {
        if !has_conditions(kind) {
            return None;
        }
        let mut both = |id| {
            self.expr(id, Polarity::Negative);
            self.expr(id, Polarity::Positive)
        };
        Some(map_terms(kind.clone(), &mut |term| map_conditions(term, &mut both)))
    }

    fn kind(&mut self, kind: &ExprKind, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match kind {
            ExprKind::True | ExprKind::False => self.into.add(kind.clone(), origin),
            ExprKind::And(members) => {
                self.guarded.extend(members.iter().filter_map(|id| single_guard(self.from, *id)));
                let (mut lowered, rest) = self.without_value(members, Absent::Not, origin);
                lowered.extend(rest.iter().map(|id| self.expr(*id, polarity)));
                self.into.and(lowered, origin)
            }
            ExprKind::Or(members) => {
                let (mut lowered, rest) = self.without_value(members, Absent::Is, origin);
                lowered.extend(rest.iter().map(|id| self.expr(*id, polarity)));
                self.into.or(lowered, origin)
            }
            ExprKind::Not(inner) => {
                let inner = self.expr(*inner, polarity.flip());
                self.into.not(inner, origin)
            }
            ExprKind::Test(subject, op) => self.test(subject, op, polarity, origin),
            ExprKind::ForSome(items, body) => self.for_some(items, *body, polarity, origin),
            ExprKind::ForAll(items, body) => self.for_all(items, *body, polarity, origin),
            ExprKind::FirstSome { items, holds, raises } => self.first_some(items, *holds, *raises, polarity, origin),
            ExprKind::Count { items, body, op, number } => self.count(items, *body, (*op, *number), polarity, origin),
            ExprKind::Lineage(lineage) => {
                let message = format!(
                    "the target does not know which process came from which (`{} of`)",
                    lineage.relation.name()
                );
                self.refuse(&code::LOGIC, origin, message)
            }
            ExprKind::OpaqueTest { text, reason } => {
                self.refuse(&code::OPAQUE, origin, format!("`{text}` is not understood: {reason}"))
            }
        }
    }

    pub(super) fn whole_values(&self) -> bool {
        self.terms.capabilities.values == ValueModel::Whole
    }

    fn test(&mut self, subject: &Subject, op: &Op, polarity: Polarity, origin: Option<Location>) -> ExprId {
        match subject {
            Subject::Field(field) if !self.whole_values() => self.whole_test(field, op, polarity, origin),
            Subject::Collect { .. } | Subject::Fold { .. } => {
                self.refuse(&code::LOGIC, origin, format!("{} has no form in the target", name_of(subject)))
            }
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
        match op::lower(self, &FieldPath::dotted(&name_of(subject)), op, polarity, origin) {
            LoweredOp::Ops(ops) => {
                let tests: Vec<ExprId> =
                    ops.into_iter().map(|op| self.into.test(subject.clone(), op, origin)).collect();
                self.into.or(tests, origin)
            }
            LoweredOp::Refused => ExprId::FALSE,
        }
    }

    /// `written`: the test of an item that the operator stands in, if it does.
    fn any_of(
        &mut self,
        field: &FieldPath,
        (op, written): (&Op, Option<ExprId>),
        polarity: Polarity,
        origin: Option<Location>,
    ) -> ExprId {
        match op {
            Op::TypeIs(types) => return self.type_test(field, *types, origin),
            Op::Present => return self.into.exists(field.clone(), origin),
            Op::IsMissing | Op::IsNull => return ExprId::FALSE,
            _ => {}
        }
        if let Some(words) = analysed::lower(self, field, op, polarity, origin) {
            return words;
        }
        let finds = matches!(op, Op::Equal { to: Operand::Value(_), case: Case::Sensitive, .. });
        self.any_of_several(field, finds, origin);
        match op::lower(self, field, op, polarity, origin) {
            LoweredOp::Ops(ops) => match (ops.as_slice(), written) {
                ([only], Some(written)) if only == op => {
                    let body = self.into.add_leaf(self.from, written, origin);
                    self.into.any_value(field.clone(), body, origin)
                }
                _ => {
                    let tests: SmallVec<[ExprId; 4]> =
                        ops.into_iter().map(|op| self.into.any_of(field.clone(), op, origin)).collect();
                    self.into.or(tests, origin)
                }
            },
            LoweredOp::Refused => ExprId::FALSE,
        }
    }

    /// What functions of texts look at is text: an index has no such field of another type, or the query fails.
    pub(super) fn assume_texts(&mut self, fields: &[FieldPath]) {
        if self.terms.capabilities.values != ValueModel::Single {
            return;
        }
        for field in fields.iter().filter(|field| (self.terms.facts)(field).ty == FieldType::Unknown) {
            self.assume(Assumption::Field((*field).clone(), Values::Types(TypeSet::STRING)));
        }
    }

    /// A target whose tests are of one value misses events with several: neither a test nor its negation holds of them there, so the
    /// polarity does not matter. `finds`: the test is for an equal value, which it can look for among several.
    pub(super) fn any_of_several(&mut self, field: &FieldPath, finds: bool, origin: Option<Location>) {
        if self.terms.capabilities.values != ValueModel::Single
            || self.guarded.contains(field)
            || self.assume_single(field, Values::One)
            || finds
        {
            return;
        }
        let message = format!("`{field}` can hold a list: the source tests each item, the target only a single value");
        self.lose(&code::CARDINALITY, Effect::Narrowed, Polarity::Positive, origin, message);
    }

    /// Whether a field may be taken to hold one value; says so when nothing is known.
    fn assume_single(&mut self, field: &FieldPath, values: Values) -> bool {
        match (self.terms.facts)(field).cardinality {
            Cardinality::Single => true,
            Cardinality::Many => false,
            Cardinality::Unknown if self.iterated.contains(field) => false,
            Cardinality::Unknown => {
                self.assume(Assumption::Field(field.clone(), values));
                true
            }
        }
    }

    pub(super) fn assume(&mut self, assumption: impl Into<Assumption>) {
        self.assumptions.insert(assumption.into());
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

    pub(super) fn refuse(&mut self, code: &'static LossCode, origin: Option<Location>, message: String) -> ExprId {
        self.fatal.push(Loss::new(code, Effect::Unknown, message, origin));
        ExprId::FALSE
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
        Subject::Collect { items, .. } => format!("a list made from {}", name_of(items)),
        Subject::Fold { items, .. } => format!("a state kept over {}", name_of(items)),
        Subject::Opaque { text, .. } => text.to_string(),
    }
}

/// The field of ES|QL's guard: exactly one value.
fn single_guard(pool: &Pool, id: ExprId) -> Option<FieldPath> {
    let ExprKind::Count { items: Subject::Elements(inner), body: ExprId::TRUE, op: Cmp::Equal, number: 1 } =
        pool.kind(id)
    else {
        return None;
    };
    match &**inner {
        Subject::Field(field) => Some(field.clone()),
        _ => None,
    }
}
