//! Lists that are made item by item: comprehensions over the event's items, `next`, and containers that statements change.

use super::Lifter;
use super::bind::Done;
use super::call::Site;
use super::cases::Cases;
use super::iterate::{Items, MAX_BINDERS, MAX_ITEMS};
use super::module::Env;
use super::names::expression_name;
use super::raise::Error;
use super::value::{Alt, Atom, SeqKind, Sym, Truth};
use crate::ir::{ExprId, ExprKind, Function, Op, Subject, TypeSet, Value};
use crate::lang::python::ast::{Comprehension, Expr, ExprDictComp, ExprGenerator};
use crate::source::Location;
use std::sync::Arc;

/// What a comprehension makes of each item.
enum Made<'e> {
    Item(&'e Expr),
    Entry(&'e Expr, &'e Expr),
}

/// A comprehension over the event's items: all its terms are about the item.
struct Collected {
    guard: ExprId,
    items: Subject,
    /// An item raises nothing.
    ok: ExprId,
    keep: ExprId,
    /// An item is passed over.
    skip: ExprId,
    value: Subject,
    at: Option<Location>,
}

impl Collected {
    fn list(&self, stop: ExprId) -> Subject {
        Subject::Collect {
            items: Arc::new(self.items.clone()),
            stop,
            keep: self.keep,
            value: Arc::new(self.value.clone()),
        }
    }
}

impl Lifter<'_> {
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
        let function = if kind == SeqKind::Set { Function::Distinct } else { Function::List };
        let mut inner = env.clone();
        let source = self.expr(&generator.iter, &mut inner);
        let items = match source.single() {
            Some(Atom::Seq(_, items)) if items.len() <= MAX_ITEMS => items.clone(),
            Some(Atom::Const(value, _)) if value.as_str().is_none() => return self.raises(Error::Type),
            _ => {
                let value = self.collected_value(function, &Made::Item(element), generators, env);
                return value.unwrap_or_else(|| hole(self));
            }
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
                let value = self.collected_value(function, &Made::Item(element), generators, env);
                return value.unwrap_or_else(|| hole(self));
            }
            let value = self.expr(element, &mut inner);
            ok = self.both(ok, value.ok);
            values.push(value.evaluated());
        }
        Sym::when(ok, Atom::Seq(kind, values.into()))
    }

    /// One generator over a term of the event.
    fn collected(
        &mut self,
        made: &Made<'_>,
        generators: &[Comprehension],
        env: &mut Env,
    ) -> Option<(ExprId, Vec<(ExprId, Collected)>)> {
        let [generator] = generators else { return None };
        let source = self.expr(&generator.iter, env);
        let mut found = Vec::new();
        let mut ok = source.ok;
        for alt in &source.alts {
            match &alt.atom {
                Atom::Const(value, _) if value.as_str().is_none() => {
                    self.note_raise(ExprId::FALSE, Error::Type);
                    let not = self.negation(alt.when);
                    ok = self.both(ok, not);
                }
                atom => {
                    let items = self.items(atom)?;
                    found.push((alt.when, self.collected_over(made, generator, items, env)?));
                }
            }
        }
        Some((ok, found))
    }

    fn collected_over(
        &mut self,
        made: &Made<'_>,
        generator: &Comprehension,
        items: Items,
        env: &Env,
    ) -> Option<Collected> {
        let (guard, items, at) = match items {
            Items::Term(guard, items, at) => (guard, items, at),
            Items::Leaves => return None,
            Items::Known(known) => {
                let list = Self::array_of(&Atom::Seq(SeqKind::List, known))?;
                (ExprId::TRUE, Subject::Items(Arc::new(list)), None)
            }
        };
        if self.binders >= MAX_BINDERS {
            return None;
        }
        let binder = self.open(&items);
        let mut inner = env.clone();
        let body = self.collected_item(made, generator, Atom::Term(Subject::Element(binder), at), &mut inner);
        let Some((ok, wanted, value)) = body else {
            self.close();
            return None;
        };
        let mut done = Done::default();
        let mut bind = |id| self.bind_element(id, binder, 0, &mut done);
        let (ok, keep, skip) = (bind(ok), bind(wanted.holds), bind(wanted.fails));
        let value = self.bind_subject(&value, binder, 0, &mut done);
        self.close();
        Some(Collected { guard, items, ok, keep, skip, value, at })
    }

    fn collected_item(
        &mut self,
        made: &Made<'_>,
        generator: &Comprehension,
        item: Atom,
        env: &mut Env,
    ) -> Option<(ExprId, Truth, Subject)> {
        let bound = self.bind(&generator.target, Sym::atom(item), env);
        let mut wanted = Truth { ok: bound.falls, holds: bound.falls, fails: ExprId::FALSE };
        for condition in &generator.ifs {
            wanted = self.truth_and(wanted, |lifter| lifter.condition(condition, env));
        }
        let (value_ok, value) = match made {
            Made::Item(element) => {
                let value = self.under(wanted.holds, |lifter| lifter.expr(element, env));
                (value.ok, Self::term_of(&value.evaluated())?)
            }
            Made::Entry(key, value) => {
                let key = self.under(wanted.holds, |lifter| lifter.expr(key, env));
                let value = self.under(wanted.holds, |lifter| lifter.expr(value, env));
                let ok = self.both(key.ok, value.ok);
                (ok, Self::entry_of(&key.evaluated(), &value.evaluated())?)
            }
        };
        let reached = self.implication(wanted.holds, value_ok);
        Some((self.both(wanted.ok, reached), wanted, value))
    }

    /// Every item is evaluated without an exception.
    fn all_items_ok(&mut self, collected: &Collected) -> ExprId {
        if collected.ok == ExprId::TRUE {
            return collected.guard;
        }
        let all = self.pool.add(ExprKind::ForAll(collected.items.clone(), collected.ok), collected.at);
        self.both(collected.guard, all)
    }

    fn collected_value(
        &mut self,
        kind: Function,
        made: &Made<'_>,
        generators: &[Comprehension],
        env: &Env,
    ) -> Option<Sym> {
        let mut inner = env.clone();
        let (mut ok, found) = self.collected(made, generators, &mut inner)?;
        let mut cases = Cases::default();
        for (when, collected) in found {
            let fine = self.all_items_ok(&collected);
            let list = collected.list(ExprId::FALSE);
            let value = match kind {
                Function::Distinct => self.distinct(&list, collected.at),
                Function::ToObject => {
                    let object = Subject::Call(Function::ToObject, [list].into());
                    self.computed(object, collected.at, Error::Type)
                }
                _ => Sym::atom(Atom::Term(list, collected.at)),
            };
            let value = self.after(fine, value);
            let reached = self.implication(when, value.ok);
            ok = self.both(ok, reached);
            for alt in value.alts {
                let when = self.both(when, alt.when);
                self.add_alt(&mut cases, Alt { when, atom: alt.atom });
            }
        }
        Some(Sym { ok, alts: cases.into_alts() })
    }

    /// A set of a list's items: lists and objects cannot be in one.
    pub(super) fn distinct(&mut self, list: &Subject, at: Option<Location>) -> Sym {
        let types = TypeSet::ARRAY.or(TypeSet::OBJECT);
        let container = self.pool.test(Subject::Element(0), Op::TypeIs(types), at);
        let unhashable = self.pool.for_some(Subject::Items(Arc::new(list.clone())), container, at);
        let ok = self.negation(unhashable);
        self.note_raise(ok, Error::Type);
        Sym::when(ok, Atom::Term(Subject::Call(Function::Distinct, [list.clone()].into()), at))
    }

    pub(super) fn dict_comprehension(&mut self, made: &ExprDictComp, expr: &Expr, env: &mut Env) -> Sym {
        let Some(key) = made.key.as_deref() else {
            return self.hole(env.module, expr, expression_name(expr));
        };
        if let Some(known) = self.known_entries(key, made, env) {
            return known;
        }
        let entry = Made::Entry(key, &made.value);
        let value = self.collected_value(Function::ToObject, &entry, &made.generators, env);
        value.unwrap_or_else(|| self.hole(env.module, expr, expression_name(expr)))
    }

    /// A dictionary made of items of known number, with constant keys. `None` for another one.
    fn known_entries(&mut self, key: &Expr, made: &ExprDictComp, env: &Env) -> Option<Sym> {
        let [generator] = made.generators.as_slice() else { return None };
        let mut inner = env.clone();
        let source = self.expr(&generator.iter, &mut inner);
        let items = match source.single()? {
            Atom::Seq(_, items) if items.len() <= MAX_ITEMS && generator.ifs.is_empty() => items.clone(),
            _ => return None,
        };
        let mut ok = ExprId::TRUE;
        let mut entries: Vec<(Value, Sym)> = Vec::new();
        for item in items.iter() {
            self.bind(&generator.target, item.clone(), &mut inner);
            let key = self.expr(key, &mut inner).as_const()?.clone();
            let value = self.expr(&made.value, &mut inner);
            ok = self.both(ok, value.ok);
            entries.retain(|(known, _)| !super::value::equal(known, &key));
            entries.push((key, value.evaluated()));
        }
        Some(Sym::when(ok, Atom::Dict(entries.into())))
    }

    /// `next(generator, default)`: the first item that fits; what comes after it is not looked at.
    pub(super) fn next_of(
        &mut self,
        generator: &ExprGenerator,
        default: Option<Sym>,
        site: Site<'_>,
        env: &Env,
    ) -> Sym {
        let mut inner = env.clone();
        let Some((mut ok, found)) = self.collected(&Made::Item(&generator.elt), &generator.generators, &mut inner)
        else {
            return self.unknown(site, "next of this generator");
        };
        let mut cases = Cases::default();
        for (when, collected) in found {
            let value = self.first_collected(&collected, default.as_ref());
            let reached = self.implication(when, value.ok);
            ok = self.both(ok, reached);
            for alt in value.alts {
                let when = self.both(when, alt.when);
                self.add_alt(&mut cases, Alt { when, atom: alt.atom });
            }
        }
        // The default is evaluated first.
        let result = Sym { ok, alts: cases.into_alts() };
        match default {
            Some(default) => self.after(default.ok, result),
            None => result,
        }
    }

    fn first_collected(&mut self, collected: &Collected, default: Option<&Sym>) -> Sym {
        let at = collected.at;
        let raises = self.negation(collected.ok);
        let holds = self.both(collected.ok, collected.keep);
        let some = if raises == ExprId::FALSE {
            self.pool.for_some(collected.items.clone(), holds, at)
        } else {
            self.pool.add(ExprKind::FirstSome { items: collected.items.clone(), holds, raises }, at)
        };
        let none = self.pool.add(ExprKind::ForAll(collected.items.clone(), collected.skip), at);
        let some = self.both(collected.guard, some);
        let none = if raises == ExprId::FALSE { self.negation(some) } else { none };
        let none = self.both(collected.guard, none);
        let found = self.either(some, none);
        self.note_raise(found, Error::Other);
        let first =
            Subject::Call(Function::Index, [collected.list(ExprId::FALSE), Subject::Constant(Value::Int(0))].into());
        let mut cases = Cases::from(vec![Alt { when: some, atom: Atom::Term(first, at) }]);
        let ok = match default {
            None => {
                self.note_raise(some, Error::StopIteration);
                some
            }
            Some(default) => {
                for alt in default.clone().evaluated().alts {
                    let when = self.both(none, alt.when);
                    self.add_alt(&mut cases, Alt { when, atom: alt.atom });
                }
                found
            }
        };
        Sym { ok, alts: cases.into_alts() }
    }

    /// `next(iterator, default)` of a value that stands for an iterator.
    pub(super) fn next_item(&mut self, atom: &Atom, default: Option<&Sym>, site: Site<'_>) -> Sym {
        match atom {
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            Atom::Seq(_, items) => match (items.first(), default) {
                (Some(first), _) => first.clone(),
                (None, Some(default)) => default.clone(),
                (None, None) => self.raises(Error::StopIteration),
            },
            _ => self.unknown(site, "next of this value"),
        }
    }
}
