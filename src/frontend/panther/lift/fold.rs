//! Loops of which a round reads what the round before left: a fold over the items, its state the names that change.

use super::Lifter;
use super::bind::Done;
use super::iterate::MAX_BINDERS;
use super::loops::Loop;
use super::module::Env;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Atom, SeqKind, Sym};
use crate::ir::{ExprId, Function, Op, Subject, Value};
use crate::lang::python::ast::StmtFor;
use crate::source::Location;
use std::sync::Arc;

/// What a name holds all the time: its term says so, so that operations on it are understood.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Text,
    List,
    Set,
    Dict,
    Other,
}

impl Slot {
    fn of(value: &Sym) -> Option<Self> {
        let mut slots = value.alts.iter().map(|alt| match &alt.atom {
            Atom::Const(Value::Str(_), _) => Some(Self::Text),
            Atom::Const(..) => Some(Self::Other),
            Atom::Seq(SeqKind::List, _) => Some(Self::List),
            Atom::Seq(SeqKind::Set, _) | Atom::Term(Subject::Call(Function::Distinct, _), _) => Some(Self::Set),
            Atom::Dict(_) | Atom::Term(Subject::Call(Function::ToObject, _), _) => Some(Self::Dict),
            Atom::Term(subject, _) => match super::value::static_type(subject)?.names().as_slice() {
                ["string"] => Some(Self::Text),
                ["array"] => Some(Self::List),
                _ => None,
            },
            _ => None,
        });
        let first = slots.next()??;
        slots.all(|slot| slot == Some(first)).then_some(first)
    }

    fn term(self, slot: Subject) -> Subject {
        let call = |function, inner: Subject| Subject::Call(function, [inner].into());
        match self {
            Self::Text => call(Function::Concat, slot),
            Self::List => call(Function::Chain, slot),
            Self::Set => call(Function::Distinct, slot),
            Self::Dict => call(Function::ToObject, call(Function::Pairs, slot)),
            Self::Other => slot,
        }
    }
}

impl Lifter<'_> {
    /// A loop without a way out as a fold. `None` for another one, and for names that hold different kinds of values.
    pub(super) fn folded(
        &mut self,
        run: &mut Loop<'_>,
        guard: ExprId,
        (items, at): (&Subject, Option<Location>),
        kept: &[Arc<str>],
        env: &mut Env,
    ) -> Option<Flow> {
        if kept.is_empty() || self.binders + 2 > MAX_BINDERS {
            return None;
        }
        let first: Vec<Sym> = kept.iter().map(|name| env.locals.get(name).cloned()).collect::<Option<_>>()?;
        let slots: Vec<Slot> = first.iter().map(Slot::of).collect::<Option<_>>()?;
        let start: Vec<Subject> = first.iter().map(state_term).collect::<Option<_>>()?;
        let list = |terms: Vec<Subject>| Subject::Call(Function::List, terms.into());
        let state = self.open(&Subject::Items(Arc::new(list(Vec::new()))));
        let item = self.open(items);
        let next = self.next_state_of(run, (state, item, at), kept, &slots, env);
        self.close();
        self.close();
        let next = next?;
        let fold = Subject::Fold { items: Arc::new(items.clone()), start: Arc::new(list(start)), next: Arc::new(next) };
        let missing = self.pool.test(fold.clone(), Op::IsMissing, at);
        let there = self.negation(missing);
        self.note_raise(there, Error::Other);
        for ((index, name), slot) in (0..).zip(kept).zip(slots) {
            let term = slot.term(indexed(&fold, index));
            env.locals.insert(name.clone(), Sym::atom(Atom::Term(term, at)));
        }
        Some(Flow::falls(self.both(guard, there)))
    }

    /// The state after a round, in terms of the state before and the item of the innermost quantifier.
    fn next_state_of(
        &mut self,
        run: &mut Loop<'_>,
        (state, item, at): (u8, u8, Option<Location>),
        kept: &[Arc<str>],
        slots: &[Slot],
        env: &Env,
    ) -> Option<Subject> {
        let key = self.same_round(at);
        if let Some((_, known)) = run.states.iter().find(|(known, _)| *known == key) {
            return known.clone();
        }
        let modules = self.modules.clone();
        let next = self.next_state(run.code, (state, item, at), kept, slots, env);
        if self.may_be_reused(&modules) {
            run.states.push((key, next.clone()));
        }
        next
    }

    fn next_state(
        &mut self,
        run: &StmtFor,
        (state, item, at): (u8, u8, Option<Location>),
        kept: &[Arc<str>],
        slots: &[Slot],
        env: &Env,
    ) -> Option<Subject> {
        let mut inner = env.clone();
        for ((index, name), slot) in (0..).zip(kept).zip(slots) {
            let term = slot.term(indexed(&Subject::Element(state), index));
            inner.locals.insert(name.clone(), Sym::atom(Atom::Term(term, at)));
        }
        let bound = self.bind(&run.target, Sym::atom(Atom::Term(Subject::Element(item), at)), &mut inner);
        let body = self.block(&run.body, &mut inner);
        let body = self.then(bound, body);
        let leaves = [body.truth, body.falsity, body.breaks].iter().any(|way| *way != ExprId::FALSE);
        if leaves || !body.others.is_empty() {
            return None;
        }
        let mut after = Vec::new();
        for (name, slot) in kept.iter().zip(slots) {
            let value = inner.locals.get(name)?;
            if Slot::of(value).is_none_or(|new| new != *slot) && *slot != Slot::Other {
                return None;
            }
            after.push(state_term(value)?);
        }
        let list = Subject::Call(Function::List, after.into());
        let nothing = indexed(&Subject::Call(Function::List, [].into()), 0);
        let next = if body.ok == ExprId::TRUE { list } else { Subject::If(body.ok, Arc::new(list), Arc::new(nothing)) };
        let mut done = Done::default();
        let next = self.bind_subject(&next, item, 0, &mut done);
        let mut done = Done::default();
        Some(self.bind_subject(&next, state, 1, &mut done))
    }
}

fn indexed(list: &Subject, index: i64) -> Subject {
    Subject::Call(Function::Index, [list.clone(), Subject::Constant(Value::Int(index))].into())
}

/// A value as a part of the state: sets as lists of their items.
fn state_term(value: &Sym) -> Option<Subject> {
    let mut value = value.clone();
    for alt in &mut value.alts {
        if let Atom::Seq(SeqKind::Set, items) = &alt.atom {
            alt.atom = Atom::Seq(SeqKind::List, items.clone());
        }
    }
    Lifter::term_of(&value)
}
