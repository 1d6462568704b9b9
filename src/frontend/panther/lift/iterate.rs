//! `any`, `all`, comprehensions and loops: over values of known length item by item, over the event's as quantifiers.

use super::Lifter;
use super::call::Site;
use super::module::Env;
use super::names::expression_name;
use super::stmt::Flow;
use super::value::{Alt, Atom, SeqKind, Sym, Truth, static_type};
use crate::ir::{ExprId, ExprKind, Function, Op, Operand, Subject, TypeSet, UseKind};
use crate::lang::python::ast::{Comprehension, Expr, StmtFor};
use crate::source::Location;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Longer constant loops are not unrolled (reference: panther.md section 7, item 11).
const MAX_UNROLLED: usize = 40;
/// Membership-like quantifiers over constants may be longer.
const MAX_ITEMS: usize = 500;
/// Open quantifiers have the elements 255, 254, ...; closed ones count from 0.
const FIRST_BINDER: u8 = 255;
const MAX_BINDERS: u8 = 8;

/// What can be gone through.
enum Items {
    Known(Rc<[Sym]>),
    /// The items of a term, where the condition holds.
    Term(ExprId, Subject, Option<Location>),
}

/// A quantifier's kind: what it is done for each item.
struct Quantified<'e> {
    all: bool,
    element: &'e Expr,
    /// `[..]`: every element is evaluated before the first is looked at.
    strict: bool,
}

impl Lifter<'_> {
    /// `any(..)` and `all(..)`.
    pub(super) fn quantifier(&mut self, all: bool, argument: &Expr, site: Site<'_>, env: &mut Env) -> Sym {
        let (element, generators, strict) = match argument {
            Expr::Generator(generator) => (&*generator.elt, &generator.generators, false),
            Expr::ListComp(list) => (&*list.elt, &list.generators, true),
            other => {
                let items = self.expr(other, env);
                return self.map(&items, |lifter, items| lifter.quantify_value(all, items, site));
            }
        };
        let quantified = Quantified { all, element, strict };
        let mut inner = env.clone();
        let truth = self.generate(&quantified, generators, &mut inner);
        truth.map_or_else(|| self.unknown(site, expression_name(argument)), Sym::bool)
    }

    fn quantify_value(&mut self, all: bool, items: &Atom, site: Site<'_>) -> Sym {
        match self.items(items) {
            Some(Items::Known(items)) => {
                let mut truth = Truth::known(all);
                for item in items.iter() {
                    let next = self.truth_of(item);
                    truth = self.join(all, truth, next);
                }
                Sym::bool(truth)
            }
            Some(Items::Term(guard, items, at)) => {
                let binder = self.open();
                let element = self.truth_of(&Sym::atom(Atom::Term(Subject::Element(binder), at)));
                let truth = self.close_quantifier(all, false, &items, element, binder, at);
                let holds = self.both(guard, truth.holds);
                let fails = self.both(guard, truth.fails);
                Sym::bool(Truth { ok: self.both(guard, truth.ok), holds, fails })
            }
            None => match items {
                Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
                Atom::Const(..) => Sym::raises(),
                _ => self.unknown(site, "what is gone through"),
            },
        }
    }

    fn join(&mut self, all: bool, truth: Truth, next: Truth) -> Truth {
        if all { self.truth_and(truth, |_| next) } else { self.truth_or(truth, |_| next) }
    }

    /// The quantifier over the first generator, the others inside it. `None` for what is not understood.
    fn generate(&mut self, quantified: &Quantified<'_>, generators: &[Comprehension], env: &mut Env) -> Option<Truth> {
        let Some((first, rest)) = generators.split_first() else {
            return Some(self.condition(quantified.element, env));
        };
        if first.is_async {
            return None;
        }
        let source = self.expr(&first.iter, env);
        let mut ok = source.ok;
        let (mut holds, mut fails) = (ExprId::FALSE, ExprId::FALSE);
        for alt in &source.alts {
            let truth = match &alt.atom {
                Atom::Const(value, _) if value.as_str().is_none() => Truth::RAISES,
                atom => self.generate_over(quantified, first, rest, atom, env)?,
            };
            let reached = self.implication(alt.when, truth.ok);
            ok = self.both(ok, reached);
            let (when_true, when_false) = (self.both(alt.when, truth.holds), self.both(alt.when, truth.fails));
            holds = self.either(holds, when_true);
            fails = self.either(fails, when_false);
        }
        Some(Truth { ok, holds, fails })
    }

    fn generate_over(
        &mut self,
        quantified: &Quantified<'_>,
        first: &Comprehension,
        rest: &[Comprehension],
        source: &Atom,
        env: &mut Env,
    ) -> Option<Truth> {
        match self.items(source)? {
            Items::Known(items) if items.len() <= MAX_ITEMS && (!quantified.strict || items.is_empty()) => {
                let mut truth = Truth::known(quantified.all);
                for item in items.iter() {
                    let next = self.generate_item(quantified, first, rest, item.clone(), env)?;
                    truth = self.join(quantified.all, truth, next);
                }
                Some(truth)
            }
            Items::Known(items) if items.len() <= MAX_ITEMS => {
                let mut truth = Truth::known(quantified.all);
                let mut ok = ExprId::TRUE;
                for item in items.iter() {
                    let next = self.generate_item(quantified, first, rest, item.clone(), env)?;
                    ok = self.both(ok, next.ok);
                    truth = self.join(quantified.all, truth, next);
                }
                let (holds, fails) = (self.both(ok, truth.holds), self.both(ok, truth.fails));
                Some(Truth { ok, holds, fails })
            }
            Items::Known(_) => None,
            Items::Term(guard, items, at) => {
                if self.binders >= MAX_BINDERS {
                    return None;
                }
                let binder = self.open();
                let element = Sym::atom(Atom::Term(Subject::Element(binder), at));
                let body = self.generate_item(quantified, first, rest, element, env);
                let body = body.unwrap_or(Truth::RAISES);
                let truth = self.close_quantifier(quantified.all, quantified.strict, &items, body, binder, at);
                let (holds, fails) = (self.both(guard, truth.holds), self.both(guard, truth.fails));
                Some(Truth { ok: self.both(guard, truth.ok), holds, fails })
            }
        }
    }

    /// What one item says: what the conditions skip is neutral.
    fn generate_item(
        &mut self,
        quantified: &Quantified<'_>,
        first: &Comprehension,
        rest: &[Comprehension],
        item: Sym,
        env: &mut Env,
    ) -> Option<Truth> {
        let bound = self.bind(&first.target, item, env);
        let mut wanted = Truth { ok: bound.falls, holds: bound.falls, fails: ExprId::FALSE };
        for condition in &first.ifs {
            wanted = self.truth_and(wanted, |lifter| lifter.condition(condition, env));
        }
        let inner = self.generate(quantified, rest, env)?;
        Some(if quantified.all { self.truth_or(wanted.negate(), |_| inner) } else { self.truth_and(wanted, |_| inner) })
    }

    /// What a loop goes through.
    fn items(&mut self, atom: &Atom) -> Option<Items> {
        match atom {
            Atom::Seq(_, items) => Some(Items::Known(items.clone())),
            Atom::Dict(entries) => {
                Some(Items::Known(entries.iter().map(|(key, _)| Sym::constant(key.clone(), None)).collect()))
            }
            Atom::Const(crate::ir::Value::Str(text), _) => {
                Some(Items::Known(text.chars().map(|c| Sym::atom(Atom::text(c.to_string()))).collect()))
            }
            Atom::Term(subject, at) => {
                let types = TypeSet::ARRAY.or(TypeSet::OBJECT).or(TypeSet::STRING);
                let guard = self.is_type(subject, types, *at);
                self.note_use(guard, subject, *at, UseKind::Other, Vec::new());
                let whole = if static_type(subject) == Some(TypeSet::ARRAY) {
                    subject.clone()
                } else {
                    Subject::Call(Function::Iterate, [subject.clone()].into())
                };
                Some(Items::Term(guard, Subject::Items(Arc::new(whole)), *at))
            }
            _ => None,
        }
    }

    fn open(&mut self) -> u8 {
        self.binders += 1;
        FIRST_BINDER - (self.binders - 1)
    }

    /// The quantifier over items of the event, its body done.
    fn close_quantifier(
        &mut self,
        all: bool,
        strict: bool,
        items: &Subject,
        body: Truth,
        binder: u8,
        at: Option<Location>,
    ) -> Truth {
        let Truth { ok, holds, fails } = body;
        let raises = self.negation(ok);
        let (stop, go) = if all { (fails, holds) } else { (holds, fails) };
        let mut bind = |id| self.bind_element(id, binder, 0, &mut HashMap::new());
        let (stop, go, raises, ok) = (bind(stop), bind(go), bind(raises), bind(ok));
        self.binders -= 1;
        let never_raises = raises == ExprId::FALSE;
        let stopped = if never_raises {
            self.pool.for_some(items.clone(), stop, at)
        } else if strict {
            let some = self.pool.for_some(items.clone(), stop, at);
            let all_ok = self.pool.add(ExprKind::ForAll(items.clone(), ok), at);
            self.pool.and([all_ok, some], at)
        } else {
            self.pool.add(ExprKind::FirstSome { items: items.clone(), holds: stop, raises }, at)
        };
        let went = if never_raises {
            self.pool.not(stopped, at)
        } else {
            self.pool.add(ExprKind::ForAll(items.clone(), go), at)
        };
        let ok = if never_raises { ExprId::TRUE } else { self.pool.or([stopped, went], at) };
        if all { Truth { ok, holds: went, fails: stopped } } else { Truth { ok, holds: stopped, fails: went } }
    }

    /// Gives the element of a finished quantifier its number: how many quantifiers stand between.
    fn bind_element(&mut self, id: ExprId, binder: u8, depth: u8, done: &mut HashMap<(ExprId, u8), ExprId>) -> ExprId {
        if let Some(known) = done.get(&(id, depth)) {
            return *known;
        }
        self.charge(1);
        let origin = self.pool.origin(id);
        let mut each = |lifter: &mut Self, members: Vec<ExprId>| -> Vec<ExprId> {
            members.into_iter().map(|member| lifter.bind_element(member, binder, depth, done)).collect()
        };
        let kind = match self.pool.kind(id).clone() {
            ExprKind::And(members) => ExprKind::And(each(self, members)),
            ExprKind::Or(members) => ExprKind::Or(each(self, members)),
            ExprKind::Not(inner) => ExprKind::Not(self.bind_element(inner, binder, depth, done)),
            ExprKind::Test(subject, op) => ExprKind::Test(bound(&subject, binder, depth), bound_op(op, binder, depth)),
            ExprKind::ForSome(items, body) => {
                ExprKind::ForSome(bound(&items, binder, depth), self.bind_element(body, binder, depth + 1, done))
            }
            ExprKind::ForAll(items, body) => {
                ExprKind::ForAll(bound(&items, binder, depth), self.bind_element(body, binder, depth + 1, done))
            }
            ExprKind::FirstSome { items, holds, raises } => ExprKind::FirstSome {
                items: bound(&items, binder, depth),
                holds: self.bind_element(holds, binder, depth + 1, done),
                raises: self.bind_element(raises, binder, depth + 1, done),
            },
            other => other,
        };
        let new = self.pool.rebuild(kind, origin);
        done.insert((id, depth), new);
        new
    }

    /// A comprehension over items of known length; others are holes (`any` and `all` do not come here).
    pub(super) fn comprehension(
        &mut self,
        kind: SeqKind,
        element: &Expr,
        generators: &[Comprehension],
        expr: &Expr,
        env: &mut Env,
    ) -> Sym {
        let module = env.module;
        let hole = |lifter: &Self| lifter.hole(module, expr, expression_name(expr));
        let [generator] = generators else { return hole(self) };
        let mut inner = env.clone();
        let source = self.expr(&generator.iter, &mut inner);
        let items = match source.single() {
            Some(Atom::Seq(_, items)) if items.len() <= MAX_ITEMS => items.clone(),
            Some(Atom::Const(value, _)) if value.as_str().is_none() => return Sym::raises(),
            _ => return hole(self),
        };
        let mut ok = ExprId::TRUE;
        let mut values = Vec::new();
        for item in items.iter() {
            self.bind(&generator.target, item.clone(), &mut inner);
            let mut wanted = Truth::TRUE;
            for condition in &generator.ifs {
                wanted = self.truth_and(wanted, |lifter| lifter.condition(condition, &mut inner));
            }
            if wanted == Truth::FALSE {
                continue;
            }
            if wanted != Truth::TRUE {
                return hole(self);
            }
            let value = self.expr(element, &mut inner);
            ok = self.both(ok, value.ok);
            values.push(value.evaluated());
        }
        Sym::when(ok, Atom::Seq(kind, values.into()))
    }

    /// A `for` loop: unrolled over items of known length, else the first item that leaves it. `None` when it keeps state.
    pub(super) fn loop_over(&mut self, run: &StmtFor, items: &Sym, env: &mut Env) -> Option<Flow> {
        let mut result: Option<Flow> = None;
        for alt in &items.alts {
            let flow = match &alt.atom {
                Atom::Const(value, _) if value.as_str().is_none() => Flow::falls(ExprId::FALSE),
                atom => match self.items(atom)? {
                    Items::Known(known) if known.len() <= MAX_UNROLLED && items.alts.len() == 1 => {
                        self.unroll(run, &known, env)?
                    }
                    Items::Known(known) if known.is_empty() => Flow::falls(ExprId::TRUE),
                    Items::Known(_) => return None,
                    Items::Term(guard, subject, at) => self.first_item(run, guard, &subject, at, env)?,
                },
            };
            let flow = self.guarded(alt.when, flow);
            result = Some(match result {
                None => flow,
                Some(known) => self.beside(known, flow),
            });
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

    /// Round by round. `None` when a round that was left early changes a name: which value it has then depends on the way.
    fn unroll(&mut self, run: &StmtFor, items: &[Sym], env: &mut Env) -> Option<Flow> {
        let before = env.locals.clone();
        let mut flow = Flow::falls(ExprId::TRUE);
        let mut left = ExprId::FALSE;
        for item in items {
            let mut round = self.bind(&run.target, item.clone(), env);
            let body = self.block(&run.body, env);
            round = self.then(round, body);
            let left_early = round.continues != ExprId::FALSE || round.breaks != ExprId::FALSE;
            if left_early && before.iter().any(|(name, value)| env.locals.get(name) != Some(value)) {
                return None;
            }
            if left_early {
                env.locals.retain(|name, _| before.contains_key(name));
            }
            round.falls = self.either(round.falls, round.continues);
            let breaks = self.both(flow.falls, round.breaks);
            left = self.either(left, breaks);
            (round.continues, round.breaks) = (ExprId::FALSE, ExprId::FALSE);
            flow = self.then(flow, round);
        }
        flow.falls = self.either(flow.falls, left);
        Some(flow)
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
        let binder = self.open();
        let mut inner = env.clone();
        let element = Sym::atom(Atom::Term(Subject::Element(binder), at));
        let bound_target = self.bind(&run.target, element, &mut inner);
        let body = self.block(&run.body, &mut inner);
        let body = self.then(bound_target, body);
        let keeps_state = env.locals.iter().any(|(name, value)| inner.locals.get(name) != Some(value));
        let opaque_only = body.others.iter().all(|alt| matches!(alt.atom, Atom::Opaque(_) | Atom::Const(..)));
        if keeps_state || !opaque_only || body.others.iter().any(|alt| matches!(alt.atom, Atom::Opaque(_))) {
            self.binders -= 1;
            return None;
        }
        Some(self.close_loop(guard, items, &body, binder, at))
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
        self.binders -= 1;
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

fn bound(subject: &Subject, binder: u8, depth: u8) -> Subject {
    let inner = |term: &Arc<Subject>| Arc::new(bound(term, binder, depth));
    match subject {
        Subject::Element(number) if *number == binder => Subject::Element(depth),
        Subject::Elements(term) => Subject::Elements(inner(term)),
        Subject::Items(term) => Subject::Items(inner(term)),
        Subject::Member(term, path) => Subject::Member(inner(term), path.clone()),
        Subject::Call(function, arguments) => {
            Subject::Call(*function, arguments.iter().map(|argument| bound(argument, binder, depth)).collect())
        }
        other => other.clone(),
    }
}

fn bound_op(op: Op, binder: u8, depth: u8) -> Op {
    let operand = |operand: Operand| match operand {
        Operand::Subject(subject) => Operand::Subject(Arc::new(bound(&subject, binder, depth))),
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
