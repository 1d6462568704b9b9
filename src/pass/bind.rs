//! Putting a term in the place of a quantifier's item.

use crate::ir::{ExprId, ExprKind, Op, Operand, Pool, Subject};
use std::collections::HashMap;
use std::sync::Arc;

/// The body of a quantifier with `term` for its item; items of outer quantifiers move one step inwards. `term` must
/// not speak of items itself, unless the body has no quantifier and the result becomes the body of one.
pub fn bind(pool: &mut Pool, body: ExprId, term: &Subject) -> ExprId {
    Binder { term, done: HashMap::new() }.expr(pool, body, 0)
}

struct Binder<'a> {
    term: &'a Subject,
    done: HashMap<(ExprId, u8), ExprId>,
}

impl Binder<'_> {
    /// `depth`: how many quantifiers were entered below the body.
    fn expr(&mut self, pool: &mut Pool, id: ExprId, depth: u8) -> ExprId {
        if let Some(known) = self.done.get(&(id, depth)) {
            return *known;
        }
        let origin = pool.origin(id);
        let inner = depth.saturating_add(1);
        let kind = match pool.kind(id).clone() {
            ExprKind::And(members) => ExprKind::And(self.all(pool, &members, depth)),
            ExprKind::Or(members) => ExprKind::Or(self.all(pool, &members, depth)),
            ExprKind::Not(negated) => ExprKind::Not(self.expr(pool, negated, depth)),
            ExprKind::Test(subject, op) => {
                let op = self.op(pool, op, depth);
                ExprKind::Test(self.subject(pool, &subject, depth), op)
            }
            ExprKind::ForSome(items, body) => {
                ExprKind::ForSome(self.subject(pool, &items, depth), self.expr(pool, body, inner))
            }
            ExprKind::ForAll(items, body) => {
                ExprKind::ForAll(self.subject(pool, &items, depth), self.expr(pool, body, inner))
            }
            ExprKind::FirstSome { items, holds, raises } => ExprKind::FirstSome {
                items: self.subject(pool, &items, depth),
                holds: self.expr(pool, holds, inner),
                raises: self.expr(pool, raises, inner),
            },
            ExprKind::Count { items, body, op, number } => ExprKind::Count {
                items: self.subject(pool, &items, depth),
                body: self.expr(pool, body, inner),
                op,
                number,
            },
            // A relation between processes speaks of the event alone.
            leaf @ (ExprKind::True | ExprKind::False | ExprKind::Lineage(_) | ExprKind::OpaqueTest { .. }) => leaf,
        };
        let bound = pool.rebuild(kind, origin);
        self.done.insert((id, depth), bound);
        bound
    }

    fn all(&mut self, pool: &mut Pool, members: &[ExprId], depth: u8) -> Vec<ExprId> {
        members.iter().map(|member| self.expr(pool, *member, depth)).collect()
    }

    fn subject(&mut self, pool: &mut Pool, subject: &Subject, depth: u8) -> Subject {
        match subject {
            Subject::Element(up) if *up == depth => self.term.clone(),
            Subject::Element(up) if *up > depth => Subject::Element(up - 1),
            Subject::Elements(inner) => Subject::Elements(Arc::new(self.subject(pool, inner, depth))),
            Subject::Items(inner) => Subject::Items(Arc::new(self.subject(pool, inner, depth))),
            Subject::Member(inner, path) => match self.subject(pool, inner, depth) {
                Subject::Field(field) => Subject::Field(field.join(path)),
                inner => Subject::Member(Arc::new(inner), path.clone()),
            },
            Subject::Call(function, arguments) => {
                Subject::Call(*function, arguments.iter().map(|term| self.subject(pool, term, depth)).collect())
            }
            Subject::If(condition, then, otherwise) => Subject::If(
                self.expr(pool, *condition, depth),
                Arc::new(self.subject(pool, then, depth)),
                Arc::new(self.subject(pool, otherwise, depth)),
            ),
            Subject::Collect { items, stop, keep, value } => Subject::Collect {
                items: Arc::new(self.subject(pool, items, depth)),
                stop: self.expr(pool, *stop, depth + 1),
                keep: self.expr(pool, *keep, depth + 1),
                value: Arc::new(self.subject(pool, value, depth + 1)),
            },
            Subject::Fold { items, start, next } => Subject::Fold {
                items: Arc::new(self.subject(pool, items, depth)),
                start: Arc::new(self.subject(pool, start, depth)),
                next: Arc::new(self.subject(pool, next, depth + 2)),
            },
            other => other.clone(),
        }
    }

    fn op(&mut self, pool: &mut Pool, op: Op, depth: u8) -> Op {
        let mut operand = |operand: Operand| match operand {
            Operand::Subject(subject) => Operand::Subject(Arc::new(self.subject(pool, &subject, depth))),
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
