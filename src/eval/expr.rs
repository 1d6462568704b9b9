//! Conditions over one event, three-way: a hole in the condition matters only when the rest does not decide.

use super::event::{Event, below, elements, whole};
use super::function;
use super::regex::Matcher;
use super::value::{self, text_under};
use super::wildcard::Wildcard;
use crate::ir::{
    Case, Cmp, Coercion, ExprId, ExprKind, Op, Operand, Place, Pool, Subject, TypeSet, Value, children, subjects,
};
use ipnet::IpNet;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

/// Quantifiers and conditional terms inside each other beyond this depth are not evaluated.
const MAX_NESTING: usize = 32;
/// Terms inside each other beyond this depth are not evaluated.
const MAX_TERM_DEPTH: usize = 64;

/// Why a condition cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hole {
    /// In words for a person.
    pub reason: Arc<str>,
    /// The source text of the part.
    pub text: Arc<str>,
}

impl Hole {
    fn new(reason: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
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

    fn not(self) -> Self {
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
enum Prepared {
    Wildcard(Wildcard),
    Regex(Result<Matcher, String>),
    Names(Wildcard),
    Constant(Json),
}

/// The conditions of a pool, ready to run: patterns and regular expressions compiled.
#[derive(Debug)]
pub struct Conditions {
    pool: Pool,
    prepared: HashMap<ExprId, Vec<Prepared>>,
    /// How many enclosing quantifiers a node looks at: 0 for a condition of the event alone.
    open: Vec<u8>,
}

impl Conditions {
    /// Prepares what is reachable from the roots.
    pub fn new(pool: &Pool, roots: &[ExprId], model: crate::ir::EventModel) -> Self {
        let pool = pool.clone();
        let open = open_levels(&pool);
        let prepared = reachable(&pool, roots)
            .into_iter()
            .filter_map(|id| {
                let prepared = prepare(pool.kind(id), model);
                (!prepared.is_empty()).then_some((id, prepared))
            })
            .collect();
        Self { pool, prepared, open }
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

    /// The regular expressions that cannot be run, with the reason of each.
    pub fn refused(&self) -> impl Iterator<Item = (ExprId, &str)> {
        self.prepared.iter().flat_map(|(id, all)| {
            all.iter().filter_map(|prepared| match prepared {
                Prepared::Regex(Err(reason)) => Some((*id, reason.as_str())),
                _ => None,
            })
        })
    }
}

fn reachable(pool: &Pool, roots: &[ExprId]) -> BTreeSet<ExprId> {
    let mut seen = BTreeSet::new();
    let mut stack = roots.to_vec();
    while let Some(id) = stack.pop() {
        if seen.insert(id) {
            stack.extend(children(pool.kind(id)));
        }
    }
    seen
}

fn prepare(kind: &ExprKind, model: crate::ir::EventModel) -> Vec<Prepared> {
    let mut found = Vec::new();
    if let ExprKind::Test(_, op) = kind {
        match op {
            Op::Matches { pattern, case, .. } => found.push(Prepared::Wildcard(Wildcard::new(pattern, *case))),
            Op::Regex { regex, .. } => found.push(Prepared::Regex(Matcher::new(regex))),
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
        let outside = match items {
            // The conditions inside the terms stand outside the quantifier.
            Some(_) => children(kind).iter().skip(bodies.len()).map(of).max().unwrap_or_default(),
            None => children(kind).iter().map(of).max().unwrap_or_default(),
        };
        let terms = subjects(kind).into_iter().map(|subject| match subject {
            Subject::Element(up) => up.saturating_add(1),
            _ => 0,
        });
        open.push(terms.chain([inside, outside]).max().unwrap_or_default());
    }
    open
}

/// One event under evaluation.
pub struct Evaluation<'e> {
    conditions: &'e Conditions,
    event: Event<'e>,
    /// The items bound by the enclosing quantifiers, outermost first, and what is known about conditions that look at them.
    bound: Vec<(Cow<'e, Json>, HashMap<ExprId, Verdict>)>,
    /// What is known about conditions of the event alone.
    known: HashMap<ExprId, Verdict>,
    nesting: usize,
}

/// A junction or negation whose members are being decided.
struct Frame<'e> {
    id: ExprId,
    members: &'e [ExprId],
    next: usize,
    hole: Option<Hole>,
}

impl<'e> Evaluation<'e> {
    fn new(conditions: &'e Conditions, event: Event<'e>) -> Self {
        Self { conditions, event, bound: Vec::new(), known: HashMap::new(), nesting: 0 }
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

    fn memory(&mut self, id: ExprId) -> &mut HashMap<ExprId, Verdict> {
        let open = self.conditions.open.get(id.index()).copied().unwrap_or_default();
        match self.bound.last_mut() {
            Some((_, known)) if open > 0 => known,
            _ => &mut self.known,
        }
    }

    fn recall(&mut self, id: ExprId) -> Option<Verdict> {
        self.memory(id).get(&id).cloned()
    }

    fn remember(&mut self, id: ExprId, verdict: &Verdict) {
        self.memory(id).insert(id, verdict.clone());
    }

    /// A node without members.
    fn leaf(&mut self, id: ExprId) -> Verdict {
        let result = match self.conditions.pool.kind(id) {
            ExprKind::True | ExprKind::And(_) => Ok(Verdict::True),
            ExprKind::False | ExprKind::Or(_) | ExprKind::Not(_) => Ok(Verdict::False),
            ExprKind::OpaqueTest { text, reason } => Err(Hole::new(reason.clone(), text.clone())),
            ExprKind::Test(subject, op) => self.test(id, subject, op),
            quantifier => self.quantifier(id, quantifier),
        };
        result.unwrap_or_else(Verdict::NotKnown)
    }

    fn quantifier(&mut self, id: ExprId, kind: &'e ExprKind) -> Result<Verdict, Hole> {
        if self.nesting >= MAX_NESTING {
            return Err(Hole::new("quantifiers are nested too deeply to be evaluated", ""));
        }
        self.nesting += 1;
        let result = match kind {
            ExprKind::ForSome(items, body) => {
                self.items(id, items).map(|items| self.until(items, *body, &Verdict::True))
            }
            ExprKind::ForAll(items, body) => {
                self.items(id, items).map(|items| self.until(items, *body, &Verdict::False))
            }
            ExprKind::FirstSome { items, holds, raises } => {
                self.items(id, items).map(|items| self.first_some(items, *holds, *raises))
            }
            ExprKind::Count { items, body, op, number } => {
                self.items(id, items).map(|items| self.count(items, *body, *op, *number))
            }
            _ => Ok(Verdict::False),
        };
        self.nesting -= 1;
        result
    }

    fn with_item(&mut self, item: Cow<'e, Json>, body: ExprId) -> Verdict {
        self.bound.push((item, HashMap::new()));
        let verdict = self.verdict(body);
        self.bound.pop();
        verdict
    }

    /// Goes through the items until one gives `end`; if none does, the opposite.
    fn until(&mut self, items: Vec<Cow<'e, Json>>, body: ExprId, end: &Verdict) -> Verdict {
        let mut hole = None;
        for item in items {
            match self.with_item(item, body) {
                verdict if verdict == *end => return verdict,
                Verdict::NotKnown(found) => hole = hole.or(Some(found)),
                _ => {}
            }
        }
        hole.map_or_else(|| end.clone().not(), Verdict::NotKnown)
    }

    fn first_some(&mut self, items: Vec<Cow<'e, Json>>, holds: ExprId, raises: ExprId) -> Verdict {
        // Items before the deciding one that may hold, and that may end the search.
        let (mut may_hold, mut may_end) = (None, None);
        for item in items {
            self.bound.push((item, HashMap::new()));
            let (held, raised) = (self.verdict(holds), self.verdict(raises));
            self.bound.pop();
            match (held, raised) {
                (Verdict::True, _) => return may_end.map_or(Verdict::True, Verdict::NotKnown),
                (Verdict::False, Verdict::True) => break,
                (Verdict::False, Verdict::False) => {}
                (Verdict::False, Verdict::NotKnown(hole)) => may_end = may_end.or(Some(hole)),
                (Verdict::NotKnown(hole), Verdict::True) => {
                    may_hold = may_hold.or(Some(hole));
                    break;
                }
                (Verdict::NotKnown(hole), Verdict::False) => may_hold = may_hold.or(Some(hole)),
                (Verdict::NotKnown(hole), Verdict::NotKnown(other)) => {
                    may_hold = may_hold.or(Some(hole));
                    may_end = may_end.or(Some(other));
                }
            }
        }
        may_hold.map_or(Verdict::False, Verdict::NotKnown)
    }

    fn count(&mut self, items: Vec<Cow<'e, Json>>, body: ExprId, op: Cmp, number: u64) -> Verdict {
        let (mut sure, mut possible, mut hole) = (0_u64, 0_u64, None);
        for item in items {
            match self.with_item(item, body) {
                Verdict::True => (sure, possible) = (sure + 1, possible + 1),
                Verdict::False => {}
                Verdict::NotKnown(found) => {
                    possible += 1;
                    hole = hole.or(Some(found));
                }
            }
        }
        let holds = |count: u64| op.holds(count.cmp(&number));
        match hole {
            Some(hole) if (sure..=possible).any(|count| holds(count) != holds(sure)) => Verdict::NotKnown(hole),
            _ => holds(sure).into(),
        }
    }

    /// A collection's items. Any other term is a collection of its one value, empty when it is missing.
    fn items(&mut self, id: ExprId, subject: &'e Subject) -> Result<Vec<Cow<'e, Json>>, Hole> {
        if let (Subject::AnyField(_), Some(all)) = (subject, self.conditions.prepared.get(&id))
            && let Some(names) = all.iter().find_map(|prepared| match prepared {
                Prepared::Names(names) => Some(names),
                _ => None,
            })
        {
            return Ok(self.event.leaves(names).into_iter().map(Cow::Borrowed).collect());
        }
        self.collection(subject, 0)
    }

    fn collection(&mut self, subject: &'e Subject, depth: usize) -> Result<Vec<Cow<'e, Json>>, Hole> {
        if depth > MAX_TERM_DEPTH {
            return Err(too_deep());
        }
        match subject {
            Subject::AnyField(pattern) => {
                let names = Event::name_pattern(pattern, self.event.model());
                Ok(self.event.leaves(&names).into_iter().map(Cow::Borrowed).collect())
            }
            Subject::Elements(inner) => {
                if let Subject::Field(path) = &**inner {
                    return Ok(self.event.elements(path).into_iter().map(Cow::Borrowed).collect());
                }
                let values = self.collection(inner, depth + 1)?;
                Ok(values.into_iter().flat_map(flat).collect())
            }
            Subject::Items(inner) => Ok(self.one(inner, depth + 1)?.map(array_items).unwrap_or_default()),
            other => Ok(self.one(other, depth)?.into_iter().collect()),
        }
    }

    /// The one value of a term; a collection is the array of its items.
    fn one(&mut self, subject: &'e Subject, depth: usize) -> Result<Option<Cow<'e, Json>>, Hole> {
        if depth > MAX_TERM_DEPTH {
            return Err(too_deep());
        }
        match subject {
            Subject::Field(path) => Ok(self.event.value(path)),
            Subject::AnyField(_) | Subject::Elements(_) | Subject::Items(_) => {
                let items = self.collection(subject, depth + 1)?;
                Ok(Some(Cow::Owned(items.into_iter().map(Cow::into_owned).collect())))
            }
            Subject::Element(up) => {
                let level = self.bound.len().checked_sub(usize::from(*up) + 1);
                Ok(level.and_then(|level| self.bound.get(level)).map(|(item, _)| item.clone()))
            }
            Subject::Member(inner, path) => {
                let model = self.event.model();
                Ok(self.one(inner, depth + 1)?.and_then(|value| match value {
                    Cow::Borrowed(value) => whole(below(value, path, model), model),
                    Cow::Owned(value) => {
                        whole(below(&value, path, model), model).map(|found| Cow::Owned(found.into_owned()))
                    }
                }))
            }
            Subject::Constant(value) => Ok(Some(Cow::Owned(value.to_json()))),
            Subject::Call(called, arguments) => {
                let values: Vec<_> =
                    arguments.iter().map(|argument| self.one(argument, depth + 1)).collect::<Result<_, _>>()?;
                let values: Vec<Option<&Json>> = values.iter().map(Option::as_deref).collect();
                Ok(function::call(*called, &values, self.event.model()).map(Cow::Owned))
            }
            Subject::If(condition, then, otherwise) => {
                let chosen = match self.nested(*condition)? {
                    true => then,
                    false => otherwise,
                };
                self.one(chosen, depth + 1)
            }
            Subject::Opaque { text, reason } => Err(Hole::new(reason.clone(), text.clone())),
        }
    }

    /// A condition inside a term.
    fn nested(&mut self, condition: ExprId) -> Result<bool, Hole> {
        if self.nesting >= MAX_NESTING {
            return Err(too_deep());
        }
        self.nesting += 1;
        let verdict = self.verdict(condition);
        self.nesting -= 1;
        match verdict {
            Verdict::True => Ok(true),
            Verdict::False => Ok(false),
            Verdict::NotKnown(hole) => Err(hole),
        }
    }

    fn test(&mut self, id: ExprId, subject: &'e Subject, op: &'e Op) -> Result<Verdict, Hole> {
        let Some(value) = self.one(subject, 0)? else {
            return Ok(matches!(op, Op::IsMissing).into());
        };
        let prepared = self.conditions.prepared.get(&id).and_then(|all| all.first());
        let holds = match op {
            Op::IsMissing => false,
            Op::IsNull => value.is_null(),
            Op::IsEmpty => is_empty(&value),
            Op::Present => !value.is_null(),
            Op::TypeIs(types) => types.has(type_of(&value)),
            Op::Equal { to, case, coercion } => {
                self.operand(to, prepared)?.is_some_and(|other| value::equal(&value, &other, *case, *coercion))
            }
            Op::Compare { op, domain, coercion, to } => self
                .operand(to, prepared)?
                .and_then(|other| value::compare(&value, &other, *domain, *coercion))
                .is_some_and(|ordering| op.holds(ordering)),
            Op::Matches { coercion, .. } => matches_pattern(&value, *coercion, prepared),
            Op::Regex { regex, coercion } => return matches_regex(&value, *coercion, prepared, &regex.pattern),
            Op::InCidr(network) => in_network(&value, network),
            Op::Token(token) => has_words(&value, std::slice::from_ref(&token.to_lowercase())),
            Op::Phrase(phrase) => has_words(&value, &value::words(phrase)),
            Op::ContainedIn { container, case } => {
                self.operand(container, prepared)?.is_some_and(|container| self.contained(&value, &container, *case))
            }
            Op::HasText { place, text, case } => {
                self.operand(text, prepared)?.is_some_and(|text| has_text(&value, &text, *place, *case))
            }
        };
        Ok(holds.into())
    }

    fn operand(&mut self, operand: &'e Operand, prepared: Option<&'e Prepared>) -> Result<Option<Cow<'e, Json>>, Hole> {
        match (operand, prepared) {
            (Operand::Value(_), Some(Prepared::Constant(value))) => Ok(Some(Cow::Borrowed(value))),
            (Operand::Value(value), _) => Ok(Some(Cow::Owned(Value::to_json(value)))),
            (Operand::Subject(subject), _) => self.one(subject, 0),
        }
    }

    /// Python's `in`: a part of a text, an item of a list, a key of an object.
    fn contained(&self, value: &Json, container: &Json, case: Case) -> bool {
        match container {
            Json::String(_) => has_text(container, value, Place::Anywhere, case),
            Json::Array(items) => items.iter().any(|item| value::equal(value, item, case, Coercion::Python)),
            Json::Object(_) => value.as_str().is_some_and(|key| {
                let path = crate::ir::FieldPath::keys(&[key]);
                !below(container, &path, self.event.model()).is_empty()
            }),
            _ => false,
        }
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

fn too_deep() -> Hole {
    Hole::new("terms are nested too deeply to be evaluated", "")
}

fn flat(value: Cow<'_, Json>) -> Vec<Cow<'_, Json>> {
    match value {
        Cow::Borrowed(value) => {
            let mut found = Vec::new();
            elements(value, &mut found);
            found.into_iter().map(Cow::Borrowed).collect()
        }
        Cow::Owned(value) => {
            let mut found = Vec::new();
            elements(&value, &mut found);
            found.into_iter().cloned().map(Cow::Owned).collect()
        }
    }
}

fn array_items(value: Cow<'_, Json>) -> Vec<Cow<'_, Json>> {
    match value {
        Cow::Borrowed(Json::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Json::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        _ => Vec::new(),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn type_of(value: &Json) -> TypeSet {
    match value {
        Json::Null => TypeSet::NULL,
        Json::Bool(_) => TypeSet::BOOL,
        Json::Number(number) if number.is_f64() => TypeSet::FLOAT,
        Json::Number(_) => TypeSet::INT,
        Json::String(_) => TypeSet::STRING,
        Json::Array(_) => TypeSet::ARRAY,
        Json::Object(_) => TypeSet::OBJECT,
    }
}

fn matches_pattern(value: &Json, coercion: Coercion, prepared: Option<&Prepared>) -> bool {
    match (prepared, text_under(value, coercion)) {
        (Some(Prepared::Wildcard(pattern)), Some(text)) => pattern.matches(&text),
        _ => false,
    }
}

fn matches_regex(
    value: &Json,
    coercion: Coercion,
    prepared: Option<&Prepared>,
    pattern: &Arc<str>,
) -> Result<Verdict, Hole> {
    match (prepared, text_under(value, coercion)) {
        (Some(Prepared::Regex(Ok(regex))), Some(text)) => Ok(regex.is_match(&text).into()),
        (Some(Prepared::Regex(Err(reason))), Some(_)) => Err(Hole::new(reason.as_str(), pattern.clone())),
        _ => Ok(Verdict::False),
    }
}

/// IPv4 addresses written as IPv6 count as IPv4, and networks as they are written.
fn in_network(value: &Json, network: &IpNet) -> bool {
    match (value::ip(value), network) {
        (Some(IpAddr::V4(address)), IpNet::V6(network)) => network.contains(&address.to_ipv6_mapped()),
        (Some(address), network) => network.contains(&address),
        (None, _) => false,
    }
}

fn has_words(value: &Json, wanted: &[String]) -> bool {
    let Some(text) = value::scalar_text(value) else { return false };
    let words = value::words(&text);
    !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
}

fn has_text(value: &Json, part: &Json, place: Place, case: Case) -> bool {
    let (Some(text), Some(part)) = (value.as_str(), part.as_str()) else { return false };
    if case.is_sensitive() {
        return match place {
            Place::Start => text.starts_with(part),
            Place::End => text.ends_with(part),
            Place::Anywhere => text.contains(part),
        };
    }
    let (text, part) = (value::fold_text(text, case), value::fold_text(part, case));
    has_text(&Json::from(text), &Json::from(part), place, Case::Sensitive)
}
