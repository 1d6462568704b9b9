//! Walking and rebuilding expressions. Every walk visits a shared node once.

use super::{ExprId, ExprKind, FieldPath, Op, Operand, Pool, Subject};
use crate::source::Location;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Terms of a node: mostly the field that it tests, and the list whose items it goes through.
pub(super) type Few<'s> = SmallVec<[&'s Subject; 4]>;

/// The expressions directly below a node, those inside its terms included.
pub fn children(kind: &ExprKind) -> Vec<ExprId> {
    let mut found = Vec::new();
    for_each_child(kind, &mut |child| found.push(child));
    found
}

/// Calls `visit` with each of the [`children`].
pub fn for_each_child(kind: &ExprKind, visit: &mut impl FnMut(ExprId)) {
    match kind {
        ExprKind::And(members) | ExprKind::Or(members) => members.iter().copied().for_each(&mut *visit),
        ExprKind::Not(inner) => visit(*inner),
        ExprKind::ForSome(_, body) | ExprKind::ForAll(_, body) | ExprKind::Count { body, .. } => visit(*body),
        ExprKind::FirstSome { holds, raises, .. } => [*holds, *raises].into_iter().for_each(&mut *visit),
        ExprKind::Lineage(lineage) => lineage.conditions().into_iter().for_each(&mut *visit),
        ExprKind::True | ExprKind::False | ExprKind::Test(..) | ExprKind::OpaqueTest { .. } => {}
    }
    match kind {
        ExprKind::Test(subject, op) => {
            conditions_in(subject, visit);
            operand(op).into_iter().for_each(|other| conditions_in(other, visit));
        }
        ExprKind::ForSome(items, _)
        | ExprKind::ForAll(items, _)
        | ExprKind::FirstSome { items, .. }
        | ExprKind::Count { items, .. } => conditions_in(items, visit),
        _ => {}
    }
}

/// Calls `visit` with the conditions inside a term, those inside other terms of it included.
pub(super) fn conditions_in(subject: &Subject, visit: &mut impl FnMut(ExprId)) {
    match subject {
        Subject::Field(_)
        | Subject::AnyField(_)
        | Subject::Element(_)
        | Subject::Constant(_)
        | Subject::Opaque { .. } => {}
        Subject::Elements(inner) | Subject::Items(inner) | Subject::Member(inner, _) => conditions_in(inner, visit),
        Subject::Call(_, arguments) => arguments.iter().for_each(|argument| conditions_in(argument, visit)),
        Subject::If(condition, then, otherwise) => {
            visit(*condition);
            [then, otherwise].into_iter().for_each(|term| conditions_in(term, visit));
        }
        Subject::Collect { items, stop, keep, value } => {
            [*stop, *keep].into_iter().for_each(&mut *visit);
            [items, value].into_iter().for_each(|term| conditions_in(term, visit));
        }
        Subject::Fold { items, start, next } => {
            [items, start, next].into_iter().for_each(|term| conditions_in(term, visit));
        }
    }
}

/// Whether a condition stands inside a term of the node.
pub fn has_conditions(kind: &ExprKind) -> bool {
    let mut found = false;
    let mut note = |_| found = true;
    top_subjects(kind).into_iter().for_each(|term| conditions_in(term, &mut note));
    found
}

/// The term with each condition inside it replaced.
pub fn map_conditions(subject: &Subject, map: &mut impl FnMut(ExprId) -> ExprId) -> Subject {
    let mut inner = |term: &Arc<Subject>| Arc::new(map_conditions(term, map));
    match subject {
        Subject::Elements(term) => Subject::Elements(inner(term)),
        Subject::Items(term) => Subject::Items(inner(term)),
        Subject::Member(term, path) => Subject::Member(inner(term), path.clone()),
        Subject::Call(function, arguments) => {
            Subject::Call(*function, arguments.iter().map(|argument| map_conditions(argument, map)).collect())
        }
        Subject::If(condition, then, otherwise) => {
            let (then, otherwise) = (inner(then), inner(otherwise));
            Subject::If(map(*condition), then, otherwise)
        }
        Subject::Collect { items, stop, keep, value } => {
            let (items, value) = (inner(items), inner(value));
            Subject::Collect { items, stop: map(*stop), keep: map(*keep), value }
        }
        Subject::Fold { items, start, next } => {
            Subject::Fold { items: inner(items), start: inner(start), next: inner(next) }
        }
        Subject::Field(_)
        | Subject::AnyField(_)
        | Subject::Element(_)
        | Subject::Constant(_)
        | Subject::Opaque { .. } => subject.clone(),
    }
}

/// The node with each term that it itself holds replaced.
pub fn map_terms(kind: ExprKind, map: &mut impl FnMut(&Subject) -> Subject) -> ExprKind {
    match kind {
        ExprKind::Test(subject, op) => ExprKind::Test(map(&subject), map_operand(&op, map)),
        ExprKind::ForSome(items, body) => ExprKind::ForSome(map(&items), body),
        ExprKind::ForAll(items, body) => ExprKind::ForAll(map(&items), body),
        ExprKind::FirstSome { items, holds, raises } => ExprKind::FirstSome { items: map(&items), holds, raises },
        ExprKind::Count { items, body, op, number } => ExprKind::Count { items: map(&items), body, op, number },
        other => other,
    }
}

/// The test with the term that it compares with replaced.
fn map_operand(op: &Op, map: &mut impl FnMut(&Subject) -> Subject) -> Op {
    let mut operand = |operand: &Operand| match operand {
        Operand::Value(value) => Operand::Value(value.clone()),
        Operand::Subject(subject) => Operand::Subject(Arc::new(map(subject))),
    };
    match op {
        Op::Equal { to, case, coercion } => Op::Equal { to: operand(to), case: *case, coercion: *coercion },
        Op::Compare { op, domain, coercion, to } => {
            Op::Compare { op: *op, domain: *domain, coercion: *coercion, to: operand(to) }
        }
        Op::ContainedIn { container, case } => Op::ContainedIn { container: operand(container), case: *case },
        Op::HasText { place, text, case } => Op::HasText { place: *place, text: operand(text), case: *case },
        other => other.clone(),
    }
}

/// The terms that a node itself holds.
fn top_subjects(kind: &ExprKind) -> Few<'_> {
    match kind {
        ExprKind::Test(subject, op) => std::iter::once(subject).chain(operand(op)).collect(),
        ExprKind::ForSome(items, _)
        | ExprKind::ForAll(items, _)
        | ExprKind::FirstSome { items, .. }
        | ExprKind::Count { items, .. } => smallvec![items],
        _ => Few::new(),
    }
}

fn operand(op: &Op) -> Option<&Subject> {
    let operand = match op {
        Op::Equal { to, .. } | Op::Compare { to, .. } => to,
        Op::ContainedIn { container, .. } => container,
        Op::HasText { text, .. } => text,
        _ => return None,
    };
    match operand {
        Operand::Subject(subject) => Some(subject),
        Operand::Value(_) => None,
    }
}

fn inner_subjects(subject: &Subject) -> Few<'_> {
    match subject {
        Subject::Elements(inner) | Subject::Items(inner) | Subject::Member(inner, _) => smallvec![&**inner],
        Subject::Call(_, arguments) => arguments.iter().collect(),
        Subject::If(_, then, otherwise) => smallvec![&**then, &**otherwise],
        Subject::Collect { items, value, .. } => smallvec![&**items, &**value],
        Subject::Fold { items, start, next } => smallvec![&**items, &**start, &**next],
        Subject::Field(_)
        | Subject::AnyField(_)
        | Subject::Element(_)
        | Subject::Constant(_)
        | Subject::Opaque { .. } => Few::new(),
    }
}

/// The terms of a node, those inside other terms included, outermost first.
pub fn subjects(kind: &ExprKind) -> Few<'_> {
    with_inner(top_subjects(kind))
}

/// The terms and those inside them, outermost first.
pub fn with_inner<'s>(terms: impl IntoIterator<Item = &'s Subject>) -> Few<'s> {
    let mut found: Few<'s> = terms.into_iter().collect();
    let mut next = 0;
    while next < found.len() {
        let inner = inner_subjects(found[next]);
        found.extend(inner);
        next += 1;
    }
    found
}

/// Every node below the roots once, children before parents.
pub fn reachable(pool: &Pool, roots: &[ExprId]) -> Vec<ExprId> {
    let mut seen = vec![false; pool.len()];
    let mut found = Vec::new();
    let mut stack = roots.to_vec();
    while let Some(id) = stack.pop() {
        if let Some(seen @ false) = seen.get_mut(id.index()) {
            *seen = true;
            found.push(id);
            for_each_child(pool.kind(id), &mut |child| stack.push(child));
        }
    }
    found.sort_unstable();
    found
}

/// The fields that the expressions below the roots name, each with the first place it was tested at, sorted by name.
pub fn fields_of(pool: &Pool, roots: &[ExprId]) -> Vec<(FieldPath, Option<Location>)> {
    let mut found: std::collections::BTreeMap<FieldPath, Option<Location>> = std::collections::BTreeMap::new();
    for id in reachable(pool, roots) {
        for subject in subjects(pool.kind(id)) {
            if let Subject::Field(field) = subject {
                let origin = found.entry(field.clone()).or_default();
                *origin = origin.or(pool.origin(id));
            }
        }
    }
    found.into_iter().collect()
}

/// A part of a condition that is kept as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    pub text: Arc<str>,
    pub reason: Arc<str>,
    pub origin: Option<Location>,
}

/// The holes below the roots.
pub fn holes(pool: &Pool, roots: &[ExprId]) -> Vec<Hole> {
    let mut found = Vec::new();
    for id in reachable(pool, roots) {
        let origin = pool.origin(id);
        if let ExprKind::OpaqueTest { text, reason } = pool.kind(id) {
            found.push(Hole { text: text.clone(), reason: reason.clone(), origin });
        }
        for subject in subjects(pool.kind(id)) {
            if let Subject::Opaque { text, reason } = subject {
                found.push(Hole { text: text.clone(), reason: reason.clone(), origin });
            }
        }
    }
    found
}

/// Copies expressions from one pool into another, with a chance to change each node on the way. A shared node is
/// rebuilt once.
pub struct Rewriter<'a, F> {
    from: &'a Pool,
    done: Renamed,
    change: F,
}

impl<'a, F> Rewriter<'a, F>
where
    F: FnMut(&mut Pool, ExprKind, Option<Location>) -> ExprId,
{
    /// `change` gets each node with its children already rebuilt, and gives the node to use in its place.
    pub fn new(from: &'a Pool, change: F) -> Self {
        Self { from, done: Renamed::of(from), change }
    }

    /// The expression in `into`.
    pub fn rewrite(&mut self, root: ExprId, into: &mut Pool) -> ExprId {
        for id in self.done.new_below(root, self.from) {
            let kind = self.done.with_new_children(self.from.kind(id).clone());
            let new = (self.change)(into, kind, self.from.origin(id));
            self.done.set(id, new);
        }
        self.done.get(root)
    }
}

/// Changes expressions within their pool. What stays as it is keeps its id, and is neither copied nor looked up. A shared node is
/// changed once.
pub struct Changes<S, F> {
    done: Renamed,
    stays: S,
    change: F,
}

impl<S, F> Changes<S, F>
where
    S: Fn(&Pool, &ExprKind) -> bool,
    F: FnMut(&mut Pool, ExprKind, Option<Location>) -> ExprId,
{
    /// `stays` is asked of each node whose children are the same, whether `change` would give the node itself. `change` is as in
    /// [`Rewriter::new`].
    pub fn new(pool: &Pool, stays: S, change: F) -> Self {
        Self { done: Renamed::of(pool), stays, change }
    }

    /// What has become of the expression.
    pub fn apply(&mut self, root: ExprId, pool: &mut Pool) -> ExprId {
        for id in self.done.new_below(root, pool) {
            let kind = pool.kind(id);
            let mut is_same = true;
            for_each_child(kind, &mut |child| is_same &= self.done.get(child) == child);
            let new = if is_same && (self.stays)(pool, kind) {
                id
            } else {
                let (kind, origin) = (self.done.with_new_children(kind.clone()), pool.origin(id));
                (self.change)(pool, kind, origin)
            };
            self.done.set(id, new);
        }
        self.done.get(root)
    }
}

/// The new node by the old one's index; `None` where it is not reached yet.
struct Renamed(Vec<Option<ExprId>>);

impl Renamed {
    fn of(pool: &Pool) -> Self {
        Self(vec![None; pool.len()])
    }

    fn get(&self, id: ExprId) -> ExprId {
        self.0.get(id.index()).copied().flatten().unwrap_or(ExprId::FALSE)
    }

    fn set(&mut self, id: ExprId, new: ExprId) {
        if let Some(done) = self.0.get_mut(id.index()) {
            *done = Some(new);
        }
    }

    /// The nodes from `root` down that are not reached yet, in ascending order: children have smaller ids than their parents, so this
    /// order meets them first, and needs no recursion.
    fn new_below(&mut self, root: ExprId, pool: &Pool) -> Vec<ExprId> {
        let mut found = Vec::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if let Some(done @ None) = self.0.get_mut(id.index()) {
                // Whatever it becomes: the node is not to be found twice.
                *done = Some(ExprId::FALSE);
                found.push(id);
                for_each_child(pool.kind(id), &mut |child| stack.push(child));
            }
        }
        found.sort_unstable();
        found
    }

    fn with_new_children(&self, mut kind: ExprKind) -> ExprKind {
        let renew = |id: &mut ExprId| *id = self.get(*id);
        match &mut kind {
            ExprKind::True | ExprKind::False | ExprKind::Test(..) | ExprKind::OpaqueTest { .. } => {}
            ExprKind::And(members) | ExprKind::Or(members) => members.iter_mut().for_each(renew),
            ExprKind::Not(inner) => renew(inner),
            ExprKind::ForSome(_, body) | ExprKind::ForAll(_, body) | ExprKind::Count { body, .. } => renew(body),
            ExprKind::FirstSome { holds, raises, .. } => [holds, raises].into_iter().for_each(renew),
            ExprKind::Lineage(lineage) => *lineage = lineage.map_conditions(|id| self.get(id)),
        }
        // Most terms are a field or its elements, and stay as they are.
        if has_conditions(&kind) {
            return map_terms(kind, &mut |term| map_conditions(term, &mut |id| self.get(id)));
        }
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::display_expr;

    #[test]
    fn what_stays_keeps_its_id_and_what_stands_above_a_change_is_made_anew() {
        let mut pool = Pool::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| pool.exists(FieldPath::dotted(name), None));
        let (kept, left) = (pool.and([a, b], None), pool.and([b, c], None));
        let root = pool.or([kept, left], None);
        let is_c = pool.kind(c).clone();
        let stays = |_: &Pool, kind: &ExprKind| *kind != is_c;
        let mut asked = 0;
        let mut changes = Changes::new(&pool, stays, |pool: &mut Pool, kind, origin| {
            asked += 1;
            if kind == is_c { pool.exists(FieldPath::dotted("d"), origin) } else { pool.rebuild(kind, origin) }
        });
        let changed = changes.apply(root, &mut pool);
        assert_eq!(changes.apply(kept, &mut pool), kept);
        assert_eq!(display_expr(&pool, root), "a exists and b exists or b exists and c exists");
        assert_eq!(display_expr(&pool, changed), "a exists and b exists or b exists and d exists");
        assert_eq!(asked, 3, "the field, the conjunction and the disjunction above it");
    }
}
