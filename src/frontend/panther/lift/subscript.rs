//! Subscripts and slices.

use super::Lifter;
use super::call::Site;
use super::module::Env;
use super::raise::Error;
use super::value::{Alt, Atom, SeqKind, Sym, static_type};
use crate::ir::{Cmp, Function, Op, Subject, TypeSet, Value};
use crate::lang::python::ast::{Expr, ExprSlice, ExprSubscript};
use crate::source::Location;

impl Lifter<'_> {
    pub(super) fn subscript(&mut self, subscript: &ExprSubscript, expr: &Expr, env: &mut Env) -> Sym {
        let site = Site { expr, module: env.module };
        let owner = self.expr(&subscript.value, env);
        if let Expr::Slice(slice) = &*subscript.slice {
            let bounds = self.slice_bounds(slice, env);
            return self.map(&owner, |lifter, atom| match &bounds {
                Some((start, end)) => lifter.slice(atom, *start, *end, site),
                None => lifter.unknown(site, "a computed slice"),
            });
        }
        let key = self.expr(&subscript.slice, env);
        self.map(&owner, |lifter, owner| lifter.map(&key, |lifter, key| lifter.index(owner, key, site)))
    }

    fn index(&mut self, owner: &Atom, key: &Atom, site: Site<'_>) -> Sym {
        match (owner, key) {
            (Atom::Opaque(hole), _) | (_, Atom::Opaque(hole)) => self.unknown(site, hole.reason.clone()),
            (Atom::Event | Atom::Term(..), Atom::Const(Value::Str(name), at)) => self.item(owner, name, *at, site),
            (Atom::Seq(SeqKind::Set, _) | Atom::Const(Value::Null, _), _) => self.raises(Error::Type),
            (Atom::Match(subject, regex), Atom::Const(Value::Int(_) | Value::Str(_), _)) => {
                let arguments = super::call::Arguments { positional: vec![Sym::atom(key.clone())], named: Vec::new() };
                let group = self.group(subject, regex, &arguments);
                group.unwrap_or_else(|| self.unknown(site, "a group of this expression"))
            }
            (Atom::Seq(SeqKind::List | SeqKind::Tuple, _), Atom::Term(index, at)) => {
                let Some(list) = Self::array_of(owner) else { return self.unknown(site, "this subscript") };
                let guard = self.need(index, TypeSet::INT.or(TypeSet::BOOL), *at, Error::Type);
                let value =
                    self.computed(Subject::Call(Function::Index, [list, index.clone()].into()), *at, Error::Index);
                self.after(guard, value)
            }
            (Atom::Seq(_, items), Atom::Const(Value::Int(index), _)) => match place(*index, items.len()) {
                Some(index) => items[index].clone(),
                None => self.raises(Error::Index),
            },
            (Atom::Dict(entries), _) => {
                let value = self.table_get(entries, &Sym::atom(key.clone()), &Sym::raises(), site);
                self.note_raise(value.ok, Error::Key);
                value
            }
            (Atom::Const(Value::Str(text), at), Atom::Const(Value::Int(index), _)) => {
                let characters: Vec<char> = text.chars().collect();
                match place(*index, characters.len()) {
                    Some(index) => Sym::constant(Value::Str(characters[index].to_string().into()), *at),
                    None => self.raises(Error::Index),
                }
            }
            (Atom::Term(subject, at), Atom::Term(key, _)) if !self.has_other_keys(subject) => {
                let guard =
                    self.need(subject, TypeSet::OBJECT.or(TypeSet::ARRAY).or(TypeSet::STRING), *at, Error::Type);
                let found = Subject::Call(Function::Index, [subject.clone(), key.clone()].into());
                let value = self.computed(found, *at, Error::Other);
                self.after(guard, value)
            }
            (Atom::Term(subject, at), Atom::Const(Value::Int(index), _)) => self.term_index(subject, *at, *index),
            _ => self.unknown(site, "this subscript"),
        }
    }

    /// An item of a list or a character of a text; an event's dictionary has no key that is a number.
    fn term_index(&mut self, subject: &Subject, at: Option<Location>, index: i64) -> Sym {
        let mut value = Sym::raises();
        if static_type(subject).is_none() {
            let object = self.is_type(subject, TypeSet::OBJECT, at);
            let other = self.negation(object);
            self.note_raise(other, Error::KeyOrAttribute);
        }
        let types = self.is_type(subject, TypeSet::STRING.or(TypeSet::ARRAY), at);
        self.note_raise(types, Error::Type);
        if static_type(subject) != Some(TypeSet::STRING) {
            let item = Subject::Call(Function::Index, [subject.clone(), Subject::Constant(Value::Int(index))].into());
            let array = self.is_type(subject, TypeSet::ARRAY, at);
            let missing = self.pool.test(item.clone(), Op::IsMissing, at);
            let there = self.negation(missing);
            let ok = self.both(array, there);
            value = Sym::when(ok, Atom::Term(item, at));
        }
        if static_type(subject).is_none_or(|types| types == TypeSet::STRING) {
            let text = self.is_type(subject, TypeSet::STRING, at);
            let length = Subject::Call(Function::Length, [subject.clone()].into());
            let needed = if index < 0 { index.saturating_neg() } else { index.saturating_add(1) };
            let enough = self.number_test(&length, Cmp::GreaterOrEqual, Value::Int(needed), at);
            let ok = self.both(text, enough);
            let end = if index == -1 { None } else { Some(index + 1) };
            let character = substring(subject, index, end);
            value.ok = self.either(value.ok, ok);
            value.alts.push(Alt { when: ok, atom: Atom::Term(character, at) });
        }
        self.note_raise(value.ok, Error::Index);
        value
    }

    /// Constant bounds without a step: start, end.
    fn slice_bounds(&mut self, slice: &ExprSlice, env: &mut Env) -> Option<(i64, Option<i64>)> {
        if slice.step.is_some() {
            return None;
        }
        let mut bound = |expr: &Option<Box<Expr>>| match expr {
            None => Some(None),
            Some(expr) => match self.expr(expr, env).as_const() {
                Some(Value::Int(number)) => Some(Some(*number)),
                Some(Value::Null) => Some(None),
                _ => None,
            },
        };
        Some((bound(&slice.lower)?.unwrap_or(0), bound(&slice.upper)?))
    }

    fn slice(&mut self, atom: &Atom, start: i64, end: Option<i64>, site: Site<'_>) -> Sym {
        match atom {
            Atom::Const(Value::Str(text), at) => {
                let characters: Vec<char> = text.chars().collect();
                let (from, to) = (bound(start, characters.len()), bound(end.unwrap_or(i64::MAX), characters.len()));
                let part: String = characters.get(from..to.max(from)).unwrap_or_default().iter().collect();
                Sym::constant(Value::Str(part.into()), *at)
            }
            Atom::Const(..) => self.raises(Error::Type),
            Atom::Term(subject, at) if static_type(subject) == Some(TypeSet::STRING) => {
                Sym::atom(Atom::Term(substring(subject, start, end), *at))
            }
            Atom::Term(subject, at) => {
                let guard = self.need(subject, TypeSet::STRING.or(TypeSet::ARRAY), *at, Error::Type);
                let bounds = std::iter::once(start).chain(end).map(|number| Subject::Constant(Value::Int(number)));
                let part = Subject::Call(Function::Slice, std::iter::once(subject.clone()).chain(bounds).collect());
                Sym::when(guard, Atom::Term(part, *at))
            }
            Atom::Seq(kind @ (SeqKind::List | SeqKind::Tuple), items) => {
                let (from, to) = (bound(start, items.len()), bound(end.unwrap_or(i64::MAX), items.len()));
                let part = items.get(from..to.max(from)).unwrap_or_default();
                Sym::atom(Atom::Seq(*kind, part.into()))
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "a slice of this value"),
        }
    }
}

fn substring(subject: &Subject, start: i64, end: Option<i64>) -> Subject {
    let bounds = std::iter::once(start).chain(end).map(|number| Subject::Constant(Value::Int(number)));
    Subject::Call(Function::Substring, std::iter::once(subject.clone()).chain(bounds).collect())
}

/// The place of a Python index; `None` outside.
fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index.checked_add(length)? } else { index };
    usize::try_from(index).ok().filter(|_| index < length)
}

/// A slice bound, moved into the text.
fn bound(index: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(length) } else { index };
    usize::try_from(index.clamp(0, length)).unwrap_or(0)
}
