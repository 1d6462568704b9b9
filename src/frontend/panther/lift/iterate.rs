//! `any`, `all`, comprehensions and loops: over values of known length item by item, over the event's as quantifiers.

use super::Lifter;
use super::bind::Done;
use super::call::Site;
use super::module::Env;
use super::names::expression_name;
use super::raise::Error;
use super::value::{Atom, SeqKind, Sym, Truth, static_type};
use crate::ir::{ExprId, ExprKind, Function, Pattern, Piece, Subject, TypeSet, UseKind};
use crate::lang::python::ast::{Comprehension, Expr};
use crate::source::Location;
use std::rc::Rc;
use std::sync::Arc;

/// Longer constant loops are not unrolled (reference: panther.md section 7, item 11).
pub(super) const MAX_UNROLLED: usize = 40;
/// Membership-like quantifiers over constants may be longer.
pub(super) const MAX_ITEMS: usize = 500;
/// Open quantifiers have the elements 255, 254, ...; closed ones count from 0.
pub(super) const FIRST_BINDER: u8 = 255;
pub(super) const MAX_BINDERS: u8 = 8;

/// Why a value that a round of a loop takes from the round before is not known.
pub(super) const KEEPS_STATE: &str = "a loop that keeps state";

/// What can be gone through.
pub(super) enum Items {
    Known(Rc<[Sym]>),
    /// The items of a term, where the condition holds.
    Term(ExprId, Subject, Option<Location>),
    /// Pairs of a name, which is not known, and a value of the event's fields.
    Leaves,
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
            Some(Items::Leaves) => self.unknown(site, "what is gone through"),
            Some(Items::Term(guard, items, at)) => {
                let binder = self.open(&items);
                let element = self.truth_of(&Sym::atom(Atom::Term(Subject::Element(binder), at)));
                let truth = self.close_quantifier(all, false, &items, element, binder, at);
                let holds = self.both(guard, truth.holds);
                let fails = self.both(guard, truth.fails);
                Sym::bool(Truth { ok: self.both(guard, truth.ok), holds, fails })
            }
            None => match items {
                Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
                Atom::Const(..) => self.raises(Error::Type),
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
                Atom::Const(value, _) if value.as_str().is_none() => self.truth_raises(Error::Type),
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
            Items::Leaves => {
                let items = Subject::AnyField(Pattern::new([Piece::Any]));
                self.generate_terms(quantified, first, rest, (ExprId::TRUE, items, None), true, env)
            }
            Items::Term(guard, items, at) => {
                self.generate_terms(quantified, first, rest, (guard, items, at), false, env)
            }
        }
    }

    /// `named`: each item comes with a name.
    fn generate_terms(
        &mut self,
        quantified: &Quantified<'_>,
        first: &Comprehension,
        rest: &[Comprehension],
        (guard, items, at): (ExprId, Subject, Option<Location>),
        named: bool,
        env: &mut Env,
    ) -> Option<Truth> {
        if self.binders >= MAX_BINDERS {
            return None;
        }
        let name = named.then(|| self.hole(env.module, &first.target, "the name of a field"));
        let binder = self.open(&items);
        let element = Sym::atom(Atom::Term(Subject::Element(binder), at));
        let item = match name {
            Some(name) => Sym::atom(Atom::Seq(SeqKind::Tuple, [name, element].into())),
            None => element,
        };
        let Some(body) = self.generate_item(quantified, first, rest, item, env) else {
            self.close();
            return None;
        };
        let truth = self.close_quantifier(quantified.all, quantified.strict, &items, body, binder, at);
        let (holds, fails) = (self.both(guard, truth.holds), self.both(guard, truth.fails));
        Some(Truth { ok: self.both(guard, truth.ok), holds, fails })
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
    pub(super) fn items(&mut self, atom: &Atom) -> Option<Items> {
        match atom {
            Atom::Seq(_, items) => Some(Items::Known(items.clone())),
            Atom::Dict(entries) => {
                Some(Items::Known(entries.iter().map(|(key, _)| Sym::constant(key.clone(), None)).collect()))
            }
            Atom::Const(crate::ir::Value::Str(text), _) => {
                Some(Items::Known(text.chars().map(|c| Sym::atom(Atom::text(c.to_string()))).collect()))
            }
            Atom::Leaves => Some(Items::Leaves),
            // A field's values one by one, as Sigma means them.
            Atom::Term(subject @ Subject::Elements(_), at) => Some(Items::Term(ExprId::TRUE, subject.clone(), *at)),
            Atom::Term(subject, at) => {
                let types = TypeSet::ARRAY.or(TypeSet::OBJECT).or(TypeSet::STRING);
                let guard = self.need(subject, types, *at, Error::Type);
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

    pub(super) fn open(&mut self, items: &Subject) -> u8 {
        self.binders += 1;
        self.plain_binders.push(self.has_plain_items(items));
        self.pair_binders.push(is_pairs(items));
        FIRST_BINDER - (self.binders - 1)
    }

    /// Ends the innermost open quantifier.
    pub(super) fn close(&mut self) {
        self.binders -= 1;
        self.plain_binders.pop();
        self.pair_binders.pop();
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
        let mut bind = |id| self.bind_element(id, binder, 0, &mut Done::default());
        let (stop, go, raises, ok) = (bind(stop), bind(go), bind(raises), bind(ok));
        self.close();
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
}

/// Whether the items are pairs: the entries of an object, or of two lists side by side.
fn is_pairs(items: &Subject) -> bool {
    let pairs =
        |subject: &Subject| matches!(subject, Subject::Call(Function::Pairs | Function::Zip | Function::Enumerate, _));
    match items {
        Subject::Items(inner) => match &**inner {
            Subject::Call(Function::Iterate, arguments) => arguments.first().is_some_and(pairs),
            inner => pairs(inner),
        },
        _ => false,
    }
}
