//! `for` loops: unrolled over constants, else the first item that leaves, and what the rounds left in names.

use super::Lifter;
use super::iterate::{Items, MAX_BINDERS, MAX_UNROLLED};
use super::module::Env;
use super::names;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Alt, Atom, SeqKind, Sym};
use crate::ir::{ExprId, ExprKind, Function, Subject, Value};
use crate::lang::python::ast::StmtFor;
use crate::source::Location;
use std::collections::HashMap;
use std::sync::Arc;

impl Lifter<'_> {
    /// A `for` loop: unrolled over items of known length, else the first item that leaves it. `None` when it keeps state.
    pub(super) fn loop_over(&mut self, run: &StmtFor, items: &Sym, env: &mut Env) -> Option<Flow> {
        let mut result: Option<Flow> = None;
        let before = env.clone();
        let mut ends: Vec<(ExprId, Env)> = Vec::new();
        for alt in &items.alts {
            *env = before.clone();
            let flow = match &alt.atom {
                Atom::Const(value, _) if value.as_str().is_none() => {
                    self.note_raise(ExprId::FALSE, Error::Type);
                    Flow::falls(ExprId::FALSE)
                }
                Atom::Opaque(hole) => {
                    self.loop_reason = Some(hole.reason.clone());
                    return None;
                }
                atom => match self.items(atom)? {
                    Items::Known(known) if known.is_empty() => Flow::falls(ExprId::TRUE),
                    Items::Known(known) if known.len() <= MAX_UNROLLED && items.alts.len() == 1 => {
                        self.unroll(run, &known, env)
                    }
                    Items::Known(known) => {
                        let list = Self::array_of(&Atom::Seq(SeqKind::List, known))?;
                        let subject = Subject::Items(Arc::new(list));
                        self.first_item(run, ExprId::TRUE, &subject, None, env)?
                    }
                    Items::Term(guard, subject, at) => self.first_item(run, guard, &subject, at, env)?,
                },
            };
            ends.push((alt.when, env.clone()));
            let flow = self.guarded(alt.when, flow);
            result = Some(match result {
                None => flow,
                Some(known) => self.beside(known, flow),
            });
        }
        if let Some((_, last)) = ends.pop() {
            *env = last;
            for (when, other) in ends {
                let known = std::mem::replace(env, other);
                self.keep_names(when, &known.locals, env);
            }
        }
        Some(result.unwrap_or_else(|| Flow::falls(ExprId::FALSE)))
    }

    /// A flow that is taken only where the condition holds.
    fn guarded(&mut self, when: ExprId, mut flow: Flow) -> Flow {
        for part in [&mut flow.falls, &mut flow.truth, &mut flow.falsity] {
            *part = self.both(when, *part);
        }
        for alt in &mut flow.others {
            alt.when = self.both(when, alt.when);
        }
        flow.ok = self.implication(when, flow.ok);
        flow
    }

    /// Two flows whose conditions exclude each other.
    fn beside(&mut self, left: Flow, right: Flow) -> Flow {
        Flow {
            ok: self.both(left.ok, right.ok),
            falls: self.either(left.falls, right.falls),
            continues: ExprId::FALSE,
            breaks: ExprId::FALSE,
            truth: self.either(left.truth, right.truth),
            falsity: self.either(left.falsity, right.falsity),
            others: [left.others, right.others].concat(),
        }
    }

    /// Round by round.
    fn unroll(&mut self, run: &StmtFor, items: &[Sym], env: &mut Env) -> Flow {
        let mut flow = Flow::falls(ExprId::TRUE);
        let mut left = ExprId::FALSE;
        for item in items {
            let before = env.locals.clone();
            let mut round = self.bind(&run.target, item.clone(), env);
            let body = self.under(flow.falls, |lifter| lifter.block(&run.body, env));
            round = self.then(round, body);
            if left != ExprId::FALSE {
                let alive = self.negation(left);
                self.keep_names(alive, &before, env);
            }
            round.falls = self.either(round.falls, round.continues);
            let breaks = self.both(flow.falls, round.breaks);
            left = self.either(left, breaks);
            (round.continues, round.breaks) = (ExprId::FALSE, ExprId::FALSE);
            flow = self.then(flow, round);
        }
        flow.falls = self.either(flow.falls, left);
        flow
    }

    fn first_item(
        &mut self,
        run: &StmtFor,
        guard: ExprId,
        items: &Subject,
        at: Option<Location>,
        env: &mut Env,
    ) -> Option<Flow> {
        if self.binders >= MAX_BINDERS {
            return None;
        }
        let binder = self.open(items);
        let mut inner = env.clone();
        let mut kept: Vec<Arc<str>> = run.body.iter().flat_map(names::assigned_in).collect();
        kept.sort_unstable();
        kept.dedup();
        kept.retain(|name| env.locals.contains_key(name) || env.declared.contains(name));
        // What a loop leaves in a global is not followed.
        let (written, kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(|name| env.declared.contains(name));
        for name in written {
            let hole = self.hole(env.module, run, "a global that a loop changes");
            self.forget_global(env.module, &name, &hole);
            env.locals.insert(name.clone(), hole.clone());
            inner.locals.insert(name, hole);
        }
        for name in &kept {
            inner.locals.insert(name.clone(), Sym::atom(Atom::Before));
        }
        let element = Sym::atom(Atom::Term(Subject::Element(binder), at));
        let bound_target = self.bind(&run.target, element, &mut inner);
        let body = self.block(&run.body, &mut inner);
        let body = self.then(bound_target, body);
        let returned =
            body.others.iter().all(|alt| matches!(alt.atom, Atom::Term(..) | Atom::Const(..) | Atom::Opaque(_)));
        let mut after = Vec::new();
        for name in kept {
            let value = inner.locals.get(&name).cloned().unwrap_or_else(Sym::raises);
            if value.single() == Some(&Atom::Before) {
                continue;
            }
            let Some(value) = self.value_after(&env.locals[&name].clone(), &value, &body, items, binder, at) else {
                self.close();
                return None;
            };
            after.push((name, value));
        }
        if !returned || body.others.iter().any(|alt| matches!(alt.atom, Atom::Opaque(_))) {
            self.close();
            let reason = body.others.iter().find_map(|alt| match &alt.atom {
                Atom::Opaque(hole) => Some(hole.reason.clone()),
                _ => None,
            });
            self.loop_reason = reason;
            return None;
        }
        env.locals.extend(after);
        Some(self.close_loop(guard, items, &body, binder, at))
    }

    /// What a name holds after the loop, given its value after a round. `None` when that depends on more than one round.
    fn value_after(
        &mut self,
        first: &Sym,
        round: &Sym,
        body: &Flow,
        items: &Subject,
        binder: u8,
        at: Option<Location>,
    ) -> Option<Sym> {
        let mut keep = ExprId::FALSE;
        let mut value = Sym { ok: ExprId::TRUE, alts: Vec::new() };
        let mut grown = None;
        for alt in &round.alts {
            match &alt.atom {
                Atom::Before => continue,
                Atom::Grown(item) => {
                    if grown == Some(false) {
                        return None;
                    }
                    grown = Some(true);
                    for inner in &item.alts {
                        let when = self.both(alt.when, inner.when);
                        value.alts.push(Alt { when, atom: inner.atom.clone() });
                    }
                }
                atom => {
                    if grown == Some(true) {
                        return None;
                    }
                    grown = Some(false);
                    value.alts.push(Alt { when: alt.when, atom: atom.clone() });
                }
            }
            keep = self.either(keep, alt.when);
        }
        // A round that leaves the loop by `break` is its last.
        let breaks = body.breaks != ExprId::FALSE;
        if breaks && keep != body.breaks {
            return None;
        }
        let mut done = HashMap::new();
        let keep = self.bind_element(keep, binder, 0, &mut done);
        let distinct =
            value.alts.iter().all(|alt| matches!(alt.atom, Atom::Const(..)) && alt.atom == value.alts[0].atom);
        let some = self.pool.for_some(items.clone(), keep, at);
        if grown == Some(false) && distinct {
            let truth = self.truth(ExprId::TRUE, some);
            return Some(self.choose(truth, Sym::atom(value.alts[0].atom.clone()), first.clone()));
        }
        let term = Self::term_of(&value)?;
        let term = self.bind_subject(&term, binder, 0, &mut done);
        let list =
            Subject::Collect { items: Arc::new(items.clone()), stop: ExprId::FALSE, keep, value: Arc::new(term) };
        let place = |index| Subject::Call(Function::Index, [list.clone(), Subject::Constant(Value::Int(index))].into());
        if grown == Some(false) {
            let last = place(if breaks { 0 } else { -1 });
            let truth = self.truth(ExprId::TRUE, some);
            return Some(self.choose(truth, Sym::atom(Atom::Term(last, at)), first.clone()));
        }
        let list = if breaks {
            let bounds = [Subject::Constant(Value::Int(0)), Subject::Constant(Value::Int(1))];
            Subject::Call(Function::Slice, std::iter::once(list).chain(bounds).collect())
        } else {
            list
        };
        self.grown(first.single()?, list, distinct, &value, at)
    }

    /// A container with the items that the rounds added, a number with their sum.
    fn grown(&mut self, first: &Atom, added: Subject, same: bool, value: &Sym, at: Option<Location>) -> Option<Sym> {
        let chain = |before: Subject| Subject::Call(Function::Chain, [before, added.clone()].into());
        match first {
            Atom::Seq(SeqKind::List, known) if known.is_empty() => Some(Sym::atom(Atom::Term(added, at))),
            Atom::Seq(SeqKind::List, _) => {
                let before = Self::array_of(first)?;
                Some(Sym::atom(Atom::Term(chain(before), at)))
            }
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
            Atom::Const(Value::Int(start), _) if same && value.alts[0].atom == Atom::Const(Value::Int(1), None) => {
                let count = Subject::Call(Function::Length, [added].into());
                if *start == 0 {
                    return Some(Sym::atom(Atom::Term(count, at)));
                }
                let sum = [Subject::Constant(Value::Int(*start)), count];
                Some(Sym::atom(Atom::Term(Subject::Call(Function::Add, sum.into()), at)))
            }
            _ => None,
        }
    }

    fn close_loop(&mut self, guard: ExprId, items: &Subject, body: &Flow, binder: u8, at: Option<Location>) -> Flow {
        let raises = self.negation(body.ok);
        let other: Vec<(ExprId, Atom)> = body.others.iter().map(|alt| (alt.when, alt.atom.clone())).collect();
        let next = self.either(body.falls, body.continues);
        let mut ends = vec![body.truth, body.falsity, body.breaks, raises];
        ends.extend(other.iter().map(|(when, _)| *when));
        let mut done = HashMap::new();
        let ends: Vec<ExprId> = ends.into_iter().map(|id| self.bind_element(id, binder, 0, &mut done)).collect();
        let next = self.bind_element(next, binder, 0, &mut done);
        let other: Vec<(ExprId, Atom)> = other
            .into_iter()
            .map(|(when, atom)| {
                let when = self.bind_element(when, binder, 0, &mut done);
                let atom = match atom {
                    Atom::Term(subject, at) => {
                        let value = self.bind_subject(&subject, binder, 0, &mut done);
                        let list = Subject::Collect {
                            items: Arc::new(items.clone()),
                            stop: ExprId::FALSE,
                            keep: when,
                            value: Arc::new(value),
                        };
                        let first = [list, Subject::Constant(Value::Int(0))];
                        Atom::Term(Subject::Call(Function::Index, first.into()), at)
                    }
                    other => other,
                };
                (when, atom)
            })
            .collect();
        self.close();
        let first = |lifter: &mut Self, index: usize| {
            let rest: Vec<ExprId> =
                ends.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, id)| *id).collect();
            let rest = lifter.any(rest);
            let found = if ends[index] == ExprId::FALSE {
                ExprId::FALSE
            } else if rest == ExprId::FALSE {
                lifter.pool.for_some(items.clone(), ends[index], at)
            } else {
                lifter.pool.add(ExprKind::FirstSome { items: items.clone(), holds: ends[index], raises: rest }, at)
            };
            lifter.both(guard, found)
        };
        let (truth, falsity, broken, raised) = (first(self, 0), first(self, 1), first(self, 2), first(self, 3));
        let others = other
            .into_iter()
            .enumerate()
            .map(|(index, (_, atom))| Alt { when: first(self, index + 4), atom })
            .collect();
        let through = self.all_items(items, next, &[truth, falsity, broken, raised], at);
        let through = self.both(guard, through);
        let not_raised = self.negation(raised);
        Flow {
            ok: self.both(guard, not_raised),
            falls: self.either(through, broken),
            continues: ExprId::FALSE,
            breaks: ExprId::FALSE,
            truth,
            falsity,
            others,
        }
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
