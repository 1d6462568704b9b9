//! Conditions over one event, three-way: a hole in the condition matters only when the rest does not decide.

use super::event::Event;
use super::patterns::Patterns;
use super::regex::Matcher;
use super::wildcard::Wildcard;
use crate::ir::{
    Case, DateConstant, Domain, ExprId, ExprKind, FieldPath, Lineage, Op, Operand, Pool, Subject, Value, WordTest,
    children, for_each_child, reachable, subjects,
};
use foldhash::fast::RandomState;
use serde_json::Value as Json;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Quantifiers and conditional terms inside each other beyond this depth are not evaluated.
pub(super) const MAX_NESTING: usize = 32;
/// Why a condition cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hole {
    /// In words for a person.
    pub reason: Arc<str>,
    /// The source text of the part.
    pub text: Arc<str>,
}

impl Hole {
    pub(super) fn new(reason: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { reason: reason.into(), text: text.into() }
    }
}

/// What a condition says about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    True,
    False,
    /// A part that counts is kept as text; the rest does not decide.
    NotKnown(Hole),
}

impl Verdict {
    pub fn is_true(&self) -> bool {
        *self == Self::True
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            hole @ Self::NotKnown(_) => hole,
        }
    }
}

impl From<bool> for Verdict {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// What a test needs besides the IR, made once per program.
#[derive(Debug)]
pub(super) enum Prepared {
    Wildcard(Wildcard),
    Regex(Result<Matcher, String>),
    Names(Wildcard),
    Constant(Json),
    /// `None` when the text is no date.
    Date(Option<DateConstant>),
    /// The words that have to stand in a row.
    Words(Vec<String>),
}

/// The conditions of a pool, ready to run: patterns and regular expressions compiled.
#[derive(Debug)]
pub struct Conditions {
    pool: Pool,
    /// The nodes below the roots, children before parents.
    reached: Vec<ExprId>,
    pub(super) prepared: HashMap<ExprId, Vec<Prepared>, RandomState>,
    /// How many enclosing quantifiers a node looks at: 0 for a condition of the event alone.
    open: Vec<u8>,
    /// The nodes that are asked more than once about an event, so that what they say is worth keeping.
    asked_again: Vec<bool>,
    /// The quantifiers over the values of a field that others go over too, each with the field's number.
    pub(super) shared: HashMap<ExprId, usize, RandomState>,
    /// Regular expressions that terms use.
    pub(super) patterns: Patterns,
}

impl Conditions {
    /// Prepares what is reachable from the roots.
    pub fn new(pool: &Pool, roots: &[ExprId], model: crate::ir::EventModel) -> Self {
        let pool = pool.clone();
        let open = open_levels(&pool);
        let reached = reachable(&pool, roots);
        let prepared = reached
            .iter()
            .filter_map(|id| {
                let prepared = prepare(pool.kind(*id), model);
                (!prepared.is_empty()).then_some((*id, prepared))
            })
            .collect();
        let asked_again = asked_again(&pool, roots, &reached, &open);
        let shared = shared_fields(&pool, &reached);
        Self { pool, reached, prepared, open, asked_again, shared, patterns: Patterns::default() }
    }

    /// What the condition says about the event.
    pub fn verdict(&self, root: ExprId, event: &Event<'_>) -> Verdict {
        Evaluation::new(self, *event).verdict(root)
    }

    /// An evaluation of several conditions over one event, which share what they have in common.
    pub fn on<'e>(&'e self, event: Event<'e>) -> Evaluation<'e> {
        Evaluation::new(self, event)
    }

    /// The value of a term over the event, `None` when it is missing.
    ///
    /// # Errors
    /// With the hole that the term depends on.
    pub fn term<'e>(&'e self, subject: &'e Subject, event: Event<'e>) -> Result<Option<Cow<'e, Json>>, Hole> {
        Evaluation::new(self, event).one(subject, 0)
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The relations between processes, inner ones before those they stand in.
    pub(super) fn lineages(&self) -> impl Iterator<Item = (ExprId, &Lineage)> {
        self.pool.ids().filter_map(|id| match self.pool.kind(id) {
            ExprKind::Lineage(lineage) => Some((id, lineage)),
            _ => None,
        })
    }

    /// The nodes with a regular expression that cannot be run, with the reason of each.
    pub fn refused(&self) -> impl Iterator<Item = (ExprId, String)> {
        let tests = self.prepared.iter().flat_map(|(id, all)| {
            all.iter().filter_map(|prepared| match prepared {
                Prepared::Regex(Err(reason)) => Some((*id, reason.clone())),
                _ => None,
            })
        });
        let terms = self.reached.iter().flat_map(|id| {
            subjects(self.pool.kind(*id)).into_iter().filter_map(|term| Some((*id, super::esql::refused(term)?)))
        });
        tests.chain(terms)
    }
}

/// Nodes with several parents, those that are the same for all items of a quantifier they stand in, and relations, which are told.
fn asked_again(pool: &Pool, roots: &[ExprId], reached: &[ExprId], open: &[u8]) -> Vec<bool> {
    let mut parents = vec![0_u32; pool.len()];
    let mut within = vec![false; pool.len()];
    roots.iter().for_each(|root| parents[root.index()] += 1);
    // Parents come after their children.
    for id in reached.iter().rev() {
        let kind = pool.kind(*id);
        let is_junction = matches!(kind, ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_));
        let inside = within[id.index()] || !is_junction;
        for_each_child(kind, &mut |child| {
            parents[child.index()] += 1;
            within[child.index()] |= inside;
        });
    }
    let is_told = |id: ExprId| matches!(pool.kind(id), ExprKind::Lineage(_));
    let is_same_for_all = |id: ExprId| within[id.index()] && open[id.index()] == 0;
    pool.ids().map(|id| parents[id.index()] > 1 || is_same_for_all(id) || is_told(id)).collect()
}

/// The quantifiers over the values of fields that several go over, each with a number of its field.
fn shared_fields(pool: &Pool, reached: &[ExprId]) -> HashMap<ExprId, usize, RandomState> {
    let over_values = |id: &ExprId| match pool.kind(*id) {
        ExprKind::ForSome(Subject::Elements(items), _) | ExprKind::ForAll(Subject::Elements(items), _) => {
            match &**items {
                Subject::Field(path) => Some((*id, path)),
                _ => None,
            }
        }
        _ => None,
    };
    let mut by_field: HashMap<&FieldPath, Vec<ExprId>, RandomState> = HashMap::default();
    for (id, path) in reached.iter().filter_map(over_values) {
        by_field.entry(path).or_default().push(id);
    }
    let several = by_field.into_values().filter(|ids| ids.len() > 1).enumerate();
    several.flat_map(|(number, ids)| ids.into_iter().map(move |id| (id, number))).collect()
}

fn prepare(kind: &ExprKind, model: crate::ir::EventModel) -> Vec<Prepared> {
    let mut found = Vec::new();
    if let ExprKind::Test(_, op) = kind {
        match op {
            Op::Matches { pattern, case, .. } => found.push(Prepared::Wildcard(Wildcard::new(pattern, *case))),
            Op::Regex { regex, .. } => found.push(Prepared::Regex(Matcher::new(regex))),
            Op::Words { analyzer, test } => found.push(match test {
                WordTest::Is(word) => Prepared::Words(vec![word.to_lowercase()]),
                WordTest::Phrase(text) => Prepared::Words(analyzer.words(text)),
                WordTest::Matches(pattern) => Prepared::Wildcard(Wildcard::new(pattern, Case::Insensitive)),
                WordTest::Regex(regex) => Prepared::Regex(Matcher::new(regex)),
            }),
            Op::Compare { domain: Domain::Date, to: Operand::Value(Value::Str(text)), .. } => {
                found.push(Prepared::Date(DateConstant::parse(text)));
            }
            Op::Equal { to: Operand::Value(value), .. }
            | Op::Compare { to: Operand::Value(value), .. }
            | Op::ContainedIn { container: Operand::Value(value), .. }
            | Op::HasText { text: Operand::Value(value), .. } => found.push(Prepared::Constant(value.to_json())),
            _ => {}
        }
    }
    if let ExprKind::ForSome(Subject::AnyField(pattern), _) = kind {
        found.push(Prepared::Names(Event::name_pattern(pattern, model)));
    }
    found
}

/// For each node the number of enclosing quantifiers that it looks at. Children come before parents.
fn open_levels(pool: &Pool) -> Vec<u8> {
    let mut open: Vec<u8> = Vec::with_capacity(pool.len());
    for id in pool.ids() {
        let kind = pool.kind(id);
        let of = |id: &ExprId| open.get(id.index()).copied().unwrap_or_default();
        let (bodies, items): (&[ExprId], Option<&Subject>) = match kind {
            ExprKind::ForSome(items, body) | ExprKind::ForAll(items, body) | ExprKind::Count { items, body, .. } => {
                (std::slice::from_ref(body), Some(items))
            }
            ExprKind::FirstSome { items, holds, raises } => (&[*holds, *raises], Some(items)),
            _ => (&[], None),
        };
        let inside = bodies.iter().map(|body| of(body).saturating_sub(1)).max().unwrap_or_default();
        let mut outside = 0;
        if items.is_some() {
            // The conditions inside the terms stand outside the quantifier.
            outside = children(kind).iter().skip(bodies.len()).map(of).max().unwrap_or_default();
        } else {
            for_each_child(kind, &mut |child| outside = outside.max(of(&child)));
        }
        let terms = subjects(kind).into_iter().map(|subject| match subject {
            Subject::Element(up) => up.saturating_add(1),
            _ => 0,
        });
        open.push(terms.chain([inside, outside]).max().unwrap_or_default());
    }
    open
}

/// What is known about conditions.
pub(super) type Known = HashMap<ExprId, Verdict, RandomState>;

/// One event under evaluation.
pub struct Evaluation<'e> {
    pub(super) conditions: &'e Conditions,
    pub(super) event: Event<'e>,
    /// The items bound by the enclosing quantifiers, outermost first, and what is known about conditions that look at them.
    pub(super) bound: Vec<(Cow<'e, Json>, Known)>,
    /// What is known about conditions of the event alone.
    known: Known,
    /// The values of fields that several quantifiers go over, by their numbers, as far as they were looked up.
    pub(super) looked_up: Vec<Option<Found<'e>>>,
    pub(super) nesting: usize,
}

/// The values of a field: mostly one.
pub(super) type Found<'e> = SmallVec<[&'e Json; 2]>;

/// A junction or negation whose members are being decided.
struct Frame<'e> {
    id: ExprId,
    members: &'e [ExprId],
    next: usize,
    hole: Option<Hole>,
}

impl<'e> Evaluation<'e> {
    fn new(conditions: &'e Conditions, event: Event<'e>) -> Self {
        Self { conditions, event, bound: Vec::new(), known: Known::default(), looked_up: Vec::new(), nesting: 0 }
    }

    /// Takes a condition of the event alone for decided.
    pub(super) fn know(&mut self, condition: ExprId, holds: bool) {
        self.known.insert(condition, holds.into());
    }

    /// What the condition says about the event. The graph is walked with a stack of its own: its depth does not matter.
    pub fn verdict(&mut self, root: ExprId) -> Verdict {
        let mut frames: Vec<Frame<'e>> = Vec::new();
        let mut result = self.enter(root, &mut frames);
        loop {
            if let Some(verdict) = result.take() {
                let Some(frame) = frames.last_mut() else { return verdict };
                if let Some(decided) = self.conditions.join(frame, verdict) {
                    let id = frame.id;
                    frames.pop();
                    self.remember(id, &decided);
                    result = Some(decided);
                    continue;
                }
            }
            let Some(frame) = frames.last_mut() else { return Verdict::False };
            let member = frame.members[frame.next];
            frame.next += 1;
            result = self.enter(member, &mut frames);
        }
    }

    /// The verdict of a node if it is at hand, else a frame for it.
    fn enter(&mut self, id: ExprId, frames: &mut Vec<Frame<'e>>) -> Option<Verdict> {
        if let Some(verdict) = self.recall(id) {
            return Some(verdict);
        }
        let members = match self.conditions.pool.kind(id) {
            ExprKind::And(members) | ExprKind::Or(members) if !members.is_empty() => members.as_slice(),
            ExprKind::Not(inner) => std::slice::from_ref(inner),
            _ => {
                let verdict = self.leaf(id);
                self.remember(id, &verdict);
                return Some(verdict);
            }
        };
        frames.push(Frame { id, members, next: 0, hole: None });
        None
    }

    fn memory(&mut self, id: ExprId) -> &mut Known {
        let open = self.conditions.open.get(id.index()).copied().unwrap_or_default();
        match self.bound.last_mut() {
            Some((_, known)) if open > 0 => known,
            _ => &mut self.known,
        }
    }

    fn recall(&mut self, id: ExprId) -> Option<Verdict> {
        if !self.conditions.asked_again[id.index()] {
            return None;
        }
        self.memory(id).get(&id).cloned()
    }

    fn remember(&mut self, id: ExprId, verdict: &Verdict) {
        if self.conditions.asked_again[id.index()] {
            self.memory(id).insert(id, verdict.clone());
        }
    }

    /// A node without members.
    fn leaf(&mut self, id: ExprId) -> Verdict {
        let result = match self.conditions.pool.kind(id) {
            ExprKind::True | ExprKind::And(_) => Ok(Verdict::True),
            ExprKind::False | ExprKind::Or(_) | ExprKind::Not(_) => Ok(Verdict::False),
            ExprKind::Lineage(_) => Err(Hole::new("a relation between processes needs the events before this one", "")),
            ExprKind::OpaqueTest { text, reason } => Err(Hole::new(reason.clone(), text.clone())),
            ExprKind::Test(subject, op) => self.test(id, subject, op),
            quantifier => self.quantifier(id, quantifier),
        };
        result.unwrap_or_else(Verdict::NotKnown)
    }
}

impl Conditions {
    /// Takes a member's verdict into its frame; the frame's own verdict when that decides it, or when it was the last.
    fn join(&self, frame: &mut Frame<'_>, verdict: Verdict) -> Option<Verdict> {
        let decisive = match self.pool.kind(frame.id) {
            ExprKind::Not(_) => return Some(verdict.not()),
            ExprKind::And(_) => Verdict::False,
            _ => Verdict::True,
        };
        match verdict {
            verdict if verdict == decisive => return Some(decisive),
            Verdict::NotKnown(hole) => frame.hole = frame.hole.take().or(Some(hole)),
            _ => {}
        }
        if frame.next < frame.members.len() {
            return None;
        }
        Some(frame.hole.take().map_or_else(|| decisive.not(), Verdict::NotKnown))
    }
}
