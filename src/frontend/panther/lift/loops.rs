//! `for` loops: unrolled over constants, else the first item that leaves, and what the rounds left in names.

use super::Lifter;
use super::iterate::{Items, KEEPS_STATE, MAX_BINDERS, MAX_UNROLLED};
use super::module::{Env, Module};
use super::names;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Atom, SeqKind, Sym};
use crate::ir::{ExprId, Subject};
use crate::lang::python::ast::StmtFor;
use crate::source::Location;
use std::rc::Rc;
use std::sync::Arc;

/// A `for` loop with its rounds that are lifted: what it goes through can have many cases, and a round is mostly the same in all.
pub(super) struct Loop<'e> {
    pub(super) code: &'e StmtFor,
    rounds: Vec<((bool, SameRound), Rc<Round>)>,
    pub(super) states: Vec<(SameRound, Option<Subject>)>,
}

impl<'e> Loop<'e> {
    pub(super) fn new(code: &'e StmtFor) -> Self {
        Self { code, rounds: Vec::new(), states: Vec::new() }
    }
}

/// All of the items that a round depends on: whether they are plain, whether they are pairs, and their token.
pub(super) type SameRound = (Option<bool>, Option<bool>, Option<Location>);

/// A round: where control goes, and the names at its end.
struct Round {
    body: Flow,
    names: Env,
}

impl Lifter<'_> {
    /// A `for` loop: unrolled over items of known length, else the first item that leaves it. `None` when it keeps state.
    pub(super) fn loop_over(&mut self, run: &mut Loop<'_>, items: &Sym, env: &mut Env) -> Option<Flow> {
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
                        self.unroll(run.code, &known, env)
                    }
                    Items::Known(known) => {
                        let list = Self::array_of(&Atom::Seq(SeqKind::List, known))?;
                        let subject = Subject::Items(Arc::new(list));
                        self.first_item(run, ExprId::TRUE, &subject, None, env)?
                    }
                    Items::Term(guard, subject, at) => self.first_item(run, guard, &subject, at, env)?,
                    Items::Leaves => return None,
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
        run: &mut Loop<'_>,
        guard: ExprId,
        items: &Subject,
        at: Option<Location>,
        env: &mut Env,
    ) -> Option<Flow> {
        if self.binders >= MAX_BINDERS {
            return None;
        }
        let code = run.code;
        let mut kept: Vec<Arc<str>> = code.body.iter().flat_map(names::assigned_in).collect();
        kept.sort_unstable();
        kept.dedup();
        kept.retain(|name| env.locals.contains_key(name) || env.declared.contains(name));
        // What a loop leaves in a global is followed in this function, if it was set here, but not in others.
        let is_global = |name: &Arc<str>| env.declared.contains(name);
        let (written, kept): (Vec<_>, Vec<_>) =
            kept.into_iter().partition(|name| is_global(name) && !env.locals.contains_key(name));
        for name in kept.iter().filter(|name| is_global(name)) {
            let hole = self.hole(env.module, code, "a global that a loop changes");
            self.forget_global(env.module, name, &hole);
        }
        for name in written {
            let hole = self.hole(env.module, code, "a global that a loop changes");
            self.forget_global(env.module, &name, &hole);
            env.locals.insert(name, hole);
        }
        let last_only = |name: &Arc<str>| names::changed_before_break_only(&code.body, name);
        if !kept.is_empty() && names::has_break(&code.body) && kept.iter().all(last_only) {
            let noted = self.noted_raises();
            if let Some(flow) = self.all_rounds(run, guard, (items, at), &kept, true, env) {
                return Some(flow);
            }
            self.forget_raises(noted);
        }
        let noted = self.noted_raises();
        if let Some(flow) = self.all_rounds(run, guard, (items, at), &kept, false, env) {
            return Some(flow);
        }
        self.forget_raises(noted);
        let reason = self.loop_reason.take();
        let folded = self.folded(run, guard, (items, at), &kept, env);
        if folded.is_none() {
            self.forget_raises(noted);
            self.loop_reason = reason;
        }
        folded
    }

    /// Every round is the same piece of code. At its start a name has the value of the round before, which is not known, or, where
    /// only a round that leaves the loop changes it (`last_only`), the value before the loop.
    fn all_rounds(
        &mut self,
        run: &mut Loop<'_>,
        guard: ExprId,
        (items, at): (&Subject, Option<Location>),
        kept: &[Arc<str>],
        last_only: bool,
        env: &mut Env,
    ) -> Option<Flow> {
        let binder = self.open(items);
        let round = self.round_of(run, (binder, at), kept, last_only, env);
        let (body, inner) = (&round.body, &round.names);
        let after = self.names_after(body, (items, binder, at), kept, last_only, (inner, env));
        let returned =
            body.others.iter().all(|alt| matches!(alt.atom, Atom::Term(..) | Atom::Const(..) | Atom::Opaque(_)));
        let hole = body.others.iter().find_map(|alt| match &alt.atom {
            Atom::Opaque(hole) => Some(hole.reason.clone()),
            _ => None,
        });
        let reads_state = !last_only && self.reads_state(body, kept, inner);
        let Some(after) = after.filter(|_| returned && hole.is_none() && !reads_state) else {
            self.close();
            self.loop_reason = hole;
            return None;
        };
        env.locals.extend(after);
        Some(self.close_loop(guard, (items, at), body, binder))
    }

    /// A round over the items of the innermost quantifier.
    fn round_of(
        &mut self,
        run: &mut Loop<'_>,
        (binder, at): (u8, Option<Location>),
        kept: &[Arc<str>],
        last_only: bool,
        env: &Env,
    ) -> Rc<Round> {
        let key = (last_only, self.same_round(at));
        if let Some((_, known)) = run.rounds.iter().find(|(known, _)| *known == key) {
            return Rc::clone(known);
        }
        let modules = self.modules.clone();
        let mut names = env.clone();
        for name in kept.iter().filter(|_| !last_only) {
            names.locals.insert(name.clone(), Sym::atom(Atom::Before));
        }
        let element = Sym::atom(Atom::Term(Subject::Element(binder), at));
        let bound_target = self.bind(&run.code.target, element, &mut names);
        let body = self.block(&run.code.body, &mut names);
        let body = self.then(bound_target, body);
        let round = Rc::new(Round { body, names });
        if self.may_be_reused(&modules) {
            run.rounds.push((key, Rc::clone(&round)));
        }
        round
    }

    /// What a round over the items of the innermost quantifier depends on.
    pub(super) fn same_round(&self, at: Option<Location>) -> SameRound {
        (self.plain_binders.last().copied(), self.pair_binders.last().copied(), at)
    }

    /// Whether what was lifted since is the same when it is lifted again: no raise was to be noted and no global changed.
    pub(super) fn may_be_reused(&self, modules: &[Rc<Module>]) -> bool {
        !self.is_watching() && modules.iter().zip(&self.modules).all(|(before, now)| Rc::ptr_eq(before, now))
    }

    /// Whether a round looks at what the round before left in a name.
    fn reads_state(&self, body: &Flow, kept: &[Arc<str>], inner: &Env) -> bool {
        let mut roots = vec![body.ok, body.falls, body.continues, body.breaks, body.truth, body.falsity];
        let names = kept.iter().filter_map(|name| inner.locals.get(name)).flat_map(|value| &value.alts);
        roots.extend(body.others.iter().chain(names).map(|alt| alt.when));
        crate::ir::holes(&self.pool, &roots).iter().any(|hole| &*hole.reason == KEEPS_STATE)
    }

    /// What the loop leaves in each name.
    fn names_after(
        &mut self,
        body: &Flow,
        (items, binder, at): (&Subject, u8, Option<Location>),
        kept: &[Arc<str>],
        last_only: bool,
        (inner, env): (&Env, &Env),
    ) -> Option<Vec<(Arc<str>, Sym)>> {
        let mut after = Vec::new();
        for name in kept {
            let first = env.locals.get(name)?;
            let mut value = inner.locals.get(name).cloned().unwrap_or_else(Sym::raises);
            if last_only {
                let stays = self.negation(body.breaks);
                for alt in &mut value.alts {
                    alt.when = if alt.when == stays { ExprId::FALSE } else { self.both(alt.when, body.breaks) };
                }
                value.alts.retain(|alt| alt.when != ExprId::FALSE);
            }
            if value.alts.iter().all(|alt| alt.atom == Atom::Before) {
                continue;
            }
            let last_only = last_only.then_some(body.breaks);
            after.push((name.clone(), self.value_after(first, &value, body, (items, binder), (last_only, at))?));
        }
        Some(after)
    }
}
