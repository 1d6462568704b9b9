//! What the rounds of a loop leave: in names, and where control goes.

use super::Lifter;
use super::bind::Done;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Alt, Atom, SeqKind, Sym};
use crate::ir::{ExprId, ExprKind, Function, Subject, Value};
use crate::source::Location;
use std::sync::Arc;

/// What a round of a loop does to a name.
struct Round {
    /// When it changes it.
    keep: ExprId,
    /// The new value, or what a container grows by.
    value: Sym,
    grows: bool,
    /// It grows by the items of lists.
    by_lists: bool,
}

/// What all rounds together added to a container.
struct Added {
    list: Subject,
    /// The same constant each time.
    counts: Option<Atom>,
    at: Option<Location>,
}

impl Lifter<'_> {
    /// What a name holds after the loop, given its value after a round. `None` when that depends on more than one round.
    pub(super) fn value_after(
        &mut self,
        first: &Sym,
        round: &Sym,
        body: &Flow,
        (items, binder): (&Subject, u8),
        (last_only, at): (Option<ExprId>, Option<Location>),
    ) -> Option<Sym> {
        let Round { keep, value, grows, by_lists } = self.round(round)?;
        let keep = last_only.unwrap_or(keep);
        // A round that leaves the loop by `break` is its last.
        let breaks = body.breaks != ExprId::FALSE;
        if breaks && keep != body.breaks && self.both(keep, body.ok) != body.breaks {
            return None;
        }
        let mut done = Done::default();
        let keep = self.bind_element(keep, binder, 0, &mut done);
        let same = value.alts.iter().all(|alt| matches!(alt.atom, Atom::Const(..)) && alt.atom == value.alts[0].atom);
        let some = self.pool.for_some(items.clone(), keep, at);
        if !grows && same {
            let truth = self.truth(ExprId::TRUE, some);
            return Some(self.choose(truth, Sym::atom(value.alts[0].atom.clone()), first.clone()));
        }
        let term = Self::term_of(&value)?;
        let term = self.bind_subject(&term, binder, 0, &mut done);
        let list =
            Subject::Collect { items: Arc::new(items.clone()), stop: ExprId::FALSE, keep, value: Arc::new(term) };
        let place = |index| Subject::Call(Function::Index, [list.clone(), Subject::Constant(Value::Int(index))].into());
        if !grows {
            let last = place(if breaks { 0 } else { -1 });
            let truth = self.truth(ExprId::TRUE, some);
            return Some(self.choose(truth, Sym::atom(Atom::Term(last, at)), first.clone()));
        }
        let mut list = list;
        if breaks {
            let bounds = [Subject::Constant(Value::Int(0)), Subject::Constant(Value::Int(1))];
            list = Subject::Call(Function::Slice, std::iter::once(list).chain(bounds).collect());
        }
        if by_lists {
            list = Subject::Call(Function::Flatten, [list].into());
        }
        let added = Added { list, counts: same.then(|| value.alts[0].atom.clone()), at };
        self.map_grown(first, &added)
    }

    /// What a round did to a name. `None` when it did things that do not go together.
    fn round(&mut self, round: &Sym) -> Option<Round> {
        let by_lists = round.alts.iter().any(|alt| matches!(alt.atom, Atom::GrownBy(_)));
        let mut found =
            Round { keep: ExprId::FALSE, value: Sym { ok: ExprId::TRUE, alts: Vec::new() }, grows: false, by_lists };
        let changed: Vec<&Alt> = round.alts.iter().filter(|alt| alt.atom != Atom::Before).collect();
        found.grows = changed.iter().any(|alt| matches!(alt.atom, Atom::Grown(_) | Atom::GrownBy(_)));
        for alt in changed {
            match &alt.atom {
                Atom::Grown(item) if by_lists => {
                    let list = Subject::Call(Function::List, [Self::term_of(item)?].into());
                    found.value.alts.push(Alt { when: alt.when, atom: Atom::Term(list, None) });
                }
                Atom::Grown(item) => {
                    for inner in &item.alts {
                        let when = self.both(alt.when, inner.when);
                        found.value.alts.push(Alt { when, atom: inner.atom.clone() });
                    }
                }
                Atom::GrownBy(list) => {
                    found.value.alts.push(Alt { when: alt.when, atom: Atom::Term(list.clone(), None) });
                }
                _ if found.grows => return None,
                atom => found.value.alts.push(Alt { when: alt.when, atom: atom.clone() }),
            }
            found.keep = self.either(found.keep, alt.when);
        }
        Some(found)
    }

    /// Every case of a container before the loop, with what the rounds added.
    fn map_grown(&mut self, first: &Sym, added: &Added) -> Option<Sym> {
        let mut known = true;
        let grown = self.map(first, |lifter, atom| {
            lifter.grown(atom, added).unwrap_or_else(|| {
                known = false;
                Sym::raises()
            })
        });
        known.then_some(grown)
    }

    /// A container with the items that the rounds added, a number with their sum.
    fn grown(&mut self, first: &Atom, added: &Added) -> Option<Sym> {
        let at = added.at;
        let chain = |before: Subject| Subject::Call(Function::Chain, [before, added.list.clone()].into());
        match first {
            Atom::Seq(SeqKind::List, known) if known.is_empty() => Some(Sym::atom(Atom::Term(added.list.clone(), at))),
            Atom::Seq(SeqKind::List, _) => Some(Sym::atom(Atom::Term(chain(Self::array_of(first)?), at))),
            Atom::Seq(SeqKind::Set, known) => {
                let before = Self::array_of(&Atom::Seq(SeqKind::List, known.clone()))?;
                Some(self.distinct(&chain(before), at))
            }
            Atom::Dict(entries) => {
                let mut pairs = Vec::new();
                for (key, value) in entries.iter() {
                    let pair = [Subject::Constant(key.clone()), Self::term_of(value)?];
                    pairs.push(Subject::Call(Function::List, pair.into()));
                }
                let before = Subject::Call(Function::List, pairs.into());
                let object = Subject::Call(Function::ToObject, [chain(before)].into());
                Some(self.computed(object, at, Error::Type))
            }
            Atom::Term(table @ Subject::Call(Function::ToObject, _), _) => {
                let before = Subject::Call(Function::Pairs, [table.clone()].into());
                Some(self.computed(Subject::Call(Function::ToObject, [chain(before)].into()), at, Error::Type))
            }
            Atom::Const(Value::Int(start), _) if added.counts == Some(Atom::Const(Value::Int(1), None)) => {
                let count = Subject::Call(Function::Length, [added.list.clone()].into());
                if *start == 0 {
                    return Some(Sym::atom(Atom::Term(count, at)));
                }
                let sum = [Subject::Constant(Value::Int(*start)), count];
                Some(Sym::atom(Atom::Term(Subject::Call(Function::Add, sum.into()), at)))
            }
            _ => None,
        }
    }

    /// The loop, its round done: by which way an item leaves it first.
    pub(super) fn close_loop(
        &mut self,
        guard: ExprId,
        (items, at): (&Subject, Option<Location>),
        body: &Flow,
        binder: u8,
    ) -> Flow {
        let raises = self.negation(body.ok);
        let next = self.either(body.falls, body.continues);
        let mut done = Done::default();
        let mut ends = vec![body.truth, body.falsity, body.breaks, raises];
        ends.extend(body.others.iter().map(|alt| alt.when));
        let ends: Vec<ExprId> = ends.into_iter().map(|id| self.bind_element(id, binder, 0, &mut done)).collect();
        let next = self.bind_element(next, binder, 0, &mut done);
        let returned: Vec<Atom> =
            body.others.iter().map(|alt| self.returned_first(items, alt, binder, &mut done)).collect();
        self.close();
        let ways: Vec<ExprId> = (0..ends.len()).map(|index| self.first_way(guard, (items, at), &ends, index)).collect();
        let (truth, falsity, broken, raised) = (ways[0], ways[1], ways[2], ways[3]);
        let through = self.all_items(items, next, &ways, at);
        let through = self.both(guard, through);
        let not_raised = self.negation(raised);
        Flow {
            ok: self.both(guard, not_raised),
            falls: self.either(through, broken),
            continues: ExprId::FALSE,
            breaks: ExprId::FALSE,
            truth,
            falsity,
            others: returned.into_iter().zip(&ways[4..]).map(|(atom, when)| Alt { when: *when, atom }).collect(),
        }
    }

    /// What a return gives back in the first round that comes to it.
    fn returned_first(&mut self, items: &Subject, alt: &Alt, binder: u8, done: &mut Done) -> Atom {
        let Atom::Term(subject, at) = &alt.atom else { return alt.atom.clone() };
        let keep = self.bind_element(alt.when, binder, 0, done);
        let value = self.bind_subject(subject, binder, 0, done);
        let (items, value) = (Arc::new(items.clone()), Arc::new(value));
        let list = Subject::Collect { items, stop: ExprId::FALSE, keep, value };
        Atom::Term(Subject::Call(Function::Index, [list, Subject::Constant(Value::Int(0))].into()), *at)
    }

    /// The first item that leaves the loop does so by one of the ends.
    fn first_way(
        &mut self,
        guard: ExprId,
        (items, at): (&Subject, Option<Location>),
        ends: &[ExprId],
        index: usize,
    ) -> ExprId {
        let others: Vec<ExprId> =
            ends.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, id)| *id).collect();
        let others = self.any(others);
        let found = if ends[index] == ExprId::FALSE {
            ExprId::FALSE
        } else if others == ExprId::FALSE {
            self.pool.for_some(items.clone(), ends[index], at)
        } else {
            self.pool.add(ExprKind::FirstSome { items: items.clone(), holds: ends[index], raises: others }, at)
        };
        self.both(guard, found)
    }

    /// Every item goes to the next round: the negation of the only way out where there is one.
    fn all_items(&mut self, items: &Subject, next: ExprId, ways: &[ExprId], at: Option<Location>) -> ExprId {
        let mut out = ways.iter().filter(|way| **way != ExprId::FALSE);
        match (out.next(), out.next()) {
            (None, _) => ExprId::TRUE,
            (Some(only), None) if matches!(self.pool.kind(*only), ExprKind::ForSome(..)) => self.pool.not(*only, at),
            _ => self.pool.add(ExprKind::ForAll(items.clone(), next), at),
        }
    }
}
