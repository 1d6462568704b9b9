//! Elements of quantifiers: numbered from 255 down while their quantifier is open, by depth when it is done.

use super::Lifter;
use super::iterate::FIRST_BINDER;
use crate::ir::{ExprId, ExprKind, Op, Operand, Pool, Subject, for_each_child, subjects};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Which elements of open quantifiers the conditions of a pool look at, by their numbers.
#[derive(Default)]
pub(super) struct Bound(Vec<u8>);

impl Bound {
    /// Looks at the conditions that are new in the pool.
    fn update(&mut self, pool: &Pool) {
        // Parts come before what they are in.
        while let Some(next) = pool.id_at(self.0.len()) {
            let kind = pool.kind(next);
            let mut all = 0;
            for_each_child(kind, &mut |child| all |= self.0[child.index()]);
            for subject in subjects(kind) {
                if let Subject::Element(number) = subject {
                    all |= mark(*number);
                }
            }
            self.0.push(all);
        }
    }

    fn has(&self, id: ExprId, binder: u8) -> bool {
        let mark = mark(binder);
        mark == 0 || self.0.get(id.index()).is_none_or(|all| all & mark != 0)
    }
}

/// A bit for each quantifier that can be open.
fn mark(number: u8) -> u8 {
    1_u8.checked_shl((FIRST_BINDER - number).into()).unwrap_or_default()
}

/// What conditions became, by how many quantifiers stand between.
pub(super) type Done = HashMap<(ExprId, u8), ExprId, RandomState>;

impl Lifter<'_> {
    /// Gives the element of a finished quantifier its number: how many quantifiers stand between.
    pub(super) fn bind_element(&mut self, id: ExprId, binder: u8, depth: u8, done: &mut Done) -> ExprId {
        if let Some(known) = done.get(&(id, depth)) {
            return *known;
        }
        self.charge(1);
        self.known.bound.update(&self.pool);
        if !self.known.bound.has(id, binder) {
            return id;
        }
        let origin = self.pool.origin(id);
        let mut each = |lifter: &mut Self, members: Vec<ExprId>| -> Vec<ExprId> {
            members.into_iter().map(|member| lifter.bind_element(member, binder, depth, done)).collect()
        };
        let kind = match self.pool.kind(id).clone() {
            ExprKind::And(members) => ExprKind::And(each(self, members)),
            ExprKind::Or(members) => ExprKind::Or(each(self, members)),
            ExprKind::Not(inner) => ExprKind::Not(self.bind_element(inner, binder, depth, done)),
            ExprKind::Test(subject, op) => {
                let subject = self.bind_subject(&subject, binder, depth, done);
                ExprKind::Test(subject, self.bind_op(op, binder, depth, done))
            }
            ExprKind::ForSome(items, body) => ExprKind::ForSome(
                self.bind_subject(&items, binder, depth, done),
                self.bind_element(body, binder, depth + 1, done),
            ),
            ExprKind::ForAll(items, body) => ExprKind::ForAll(
                self.bind_subject(&items, binder, depth, done),
                self.bind_element(body, binder, depth + 1, done),
            ),
            ExprKind::FirstSome { items, holds, raises } => ExprKind::FirstSome {
                items: self.bind_subject(&items, binder, depth, done),
                holds: self.bind_element(holds, binder, depth + 1, done),
                raises: self.bind_element(raises, binder, depth + 1, done),
            },
            other => other,
        };
        let new = self.pool.rebuild(kind, origin);
        done.insert((id, depth), new);
        new
    }

    pub(super) fn bind_subject(&mut self, subject: &Subject, binder: u8, depth: u8, done: &mut Done) -> Subject {
        let mut inner =
            |lifter: &mut Self, term: &Arc<Subject>, depth| Arc::new(lifter.bind_subject(term, binder, depth, done));
        match subject {
            Subject::Element(number) if *number == binder => Subject::Element(depth),
            Subject::Elements(term) => Subject::Elements(inner(self, term, depth)),
            Subject::Items(term) => Subject::Items(inner(self, term, depth)),
            Subject::Member(term, path) => Subject::Member(inner(self, term, depth), path.clone()),
            Subject::Call(function, arguments) => Subject::Call(
                *function,
                arguments.iter().map(|argument| self.bind_subject(argument, binder, depth, done)).collect(),
            ),
            Subject::If(condition, then, otherwise) => {
                let (then, otherwise) = (inner(self, then, depth), inner(self, otherwise, depth));
                Subject::If(self.bind_element(*condition, binder, depth, done), then, otherwise)
            }
            Subject::Collect { items, stop, keep, value } => {
                let (items, value) = (inner(self, items, depth), inner(self, value, depth + 1));
                let stop = self.bind_element(*stop, binder, depth + 1, done);
                let keep = self.bind_element(*keep, binder, depth + 1, done);
                Subject::Collect { items, stop, keep, value }
            }
            Subject::Fold { items, start, next } => {
                let (items, start) = (inner(self, items, depth), inner(self, start, depth));
                Subject::Fold { items, start, next: inner(self, next, depth + 2) }
            }
            other => other.clone(),
        }
    }

    fn bind_op(&mut self, op: Op, binder: u8, depth: u8, done: &mut Done) -> Op {
        let mut operand = |operand: Operand| match operand {
            Operand::Subject(subject) => Operand::Subject(Arc::new(self.bind_subject(&subject, binder, depth, done))),
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
