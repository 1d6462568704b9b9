//! Plain Python containers (parsed JSON, lists that the rule makes): unlike the event's wrapped ones they are a `list` or a
//! `dict`, and their keys compare with case.

use super::Lifter;
use super::event::member;
use super::iterate::FIRST_BINDER;
use super::raise::Error;
use super::value::{Alt, Atom, SeqKind, Sym};
use crate::ir::{Case, ExprId, FieldPath, Function, Op, Operand, Subject, TypeSet, Value};
use std::sync::Arc;

impl Lifter<'_> {
    /// Whether a container is a plain one.
    pub(super) fn is_plain(&self, subject: &Subject) -> bool {
        match subject {
            _ if self.plain_event => true,
            Subject::Call(
                Function::DeepWalk
                | Function::ParseJson
                | Function::ToObject
                | Function::Chain
                | Function::Distinct
                | Function::Split
                | Function::SplitLimit
                | Function::SplitLast
                | Function::Flatten
                | Function::Zip
                | Function::Enumerate
                | Function::ShellSplit
                | Function::ParseQuery
                | Function::RegexAll
                | Function::List,
                _,
            )
            | Subject::Collect { .. }
            | Subject::Constant(_) => true,
            Subject::Call(Function::Key | Function::Index | Function::Slice, arguments) => match arguments.first() {
                Some(inner) => self.has_plain_items(inner),
                None => false,
            },
            Subject::Element(binder) => {
                let index = usize::from(FIRST_BINDER - *binder);
                self.plain_binders.get(index).copied().unwrap_or(false)
            }
            _ => false,
        }
    }

    /// Whether the containers in a container are plain ones.
    pub(super) fn has_plain_items(&self, subject: &Subject) -> bool {
        match subject {
            _ if self.plain_event => true,
            Subject::Call(Function::DeepWalk | Function::ParseJson | Function::ParseQuery | Function::RegexAll, _)
            | Subject::Constant(_) => true,
            Subject::Call(Function::Zip, arguments) => arguments.iter().all(|inner| self.has_plain_items(inner)),
            Subject::Call(
                Function::Key
                | Function::Index
                | Function::Slice
                | Function::Iterate
                | Function::Values
                | Function::Pairs
                | Function::Chain
                | Function::Enumerate
                | Function::Distinct,
                arguments,
            ) => arguments.iter().take(1).all(|inner| self.has_plain_items(inner)),
            Subject::Items(inner) => self.has_plain_items(inner),
            // Its items are seen through the value; of the event's they stay wrapped.
            Subject::Collect { items, value, .. } => match &**value {
                Subject::Element(0) => self.has_plain_items(items),
                Subject::Call(Function::List, _) => true,
                other => self.is_plain(other),
            },
            Subject::Element(_) => self.is_plain(subject),
            _ => false,
        }
    }

    /// Whether a container's keys compare otherwise than the event's.
    pub(super) fn has_other_keys(&self, subject: &Subject) -> bool {
        !self.plain_event && self.is_plain(subject)
    }

    /// The value under keys of another value.
    pub(super) fn member_of(&self, subject: &Subject, keys: &FieldPath) -> Subject {
        if !self.has_other_keys(subject) {
            return member(subject, keys);
        }
        let keys = keys.segments().iter().map(|key| Subject::Constant(Value::Str(key.clone())));
        Subject::Call(Function::Key, std::iter::once(subject.clone()).chain(keys).collect())
    }

    /// A value as one term: cases become a conditional term. `None` for what is no value of an event.
    pub(super) fn term_of(value: &Sym) -> Option<Subject> {
        let (last, before) = value.alts.split_last()?;
        let mut term = Self::term_of_atom(&last.atom)?;
        for alt in before.iter().rev() {
            let then = Self::term_of_atom(&alt.atom)?;
            term = Subject::If(alt.when, Arc::new(then), Arc::new(term));
        }
        Some(term)
    }

    fn term_of_atom(atom: &Atom) -> Option<Subject> {
        match atom {
            Atom::Term(subject, _) => Some(subject.clone()),
            Atom::Const(value, _) => Some(Subject::Constant(value.clone())),
            Atom::Event => Some(Subject::Field(FieldPath::keys::<&str>(&[]))),
            Atom::Seq(SeqKind::Set, _) => None,
            Atom::Seq(_, items) => {
                let items: Option<Vec<Subject>> =
                    items.iter().map(|item| item.single().and_then(Self::term_of_atom)).collect();
                Some(Subject::Call(Function::List, items?.into()))
            }
            Atom::Dict(_) => atom.to_value().map(Subject::Constant),
            _ => None,
        }
    }

    /// An entry of a dictionary. `None` also for a tuple as the key, which JSON does not tell from a list.
    pub(super) fn entry_of(key: &Sym, value: &Sym) -> Option<Subject> {
        let tuple = |alt: &Alt| matches!(alt.atom, Atom::Seq(SeqKind::Tuple, _));
        if key.alts.iter().any(tuple) {
            return None;
        }
        Some(Subject::Call(Function::List, [Self::term_of(key)?, Self::term_of(value)?].into()))
    }

    /// A list of known length as a term.
    pub(super) fn array_of(atom: &Atom) -> Option<Subject> {
        match atom {
            Atom::Seq(SeqKind::Set, _) => None,
            Atom::Seq(_, items) => {
                let items: Option<Vec<Subject>> = items.iter().map(Self::term_of).collect();
                Some(Subject::Call(Function::List, items?.into()))
            }
            Atom::Term(subject, _) => Some(subject.clone()),
            _ => None,
        }
    }

    /// Whether the value is a set.
    pub(super) fn is_set(atom: &Atom) -> bool {
        match atom {
            Atom::Seq(kind, _) => *kind == SeqKind::Set,
            Atom::Term(subject, _) => matches!(subject, Subject::Call(Function::Distinct, _)),
            _ => false,
        }
    }

    /// The items of a set that another iterable has (or has not). `None` for what is no term.
    pub(super) fn set_operation(&mut self, set: &Atom, has: bool, other: &Atom) -> Option<Sym> {
        let listed = |atom: &Atom| match atom {
            Atom::Seq(_, items) => Self::array_of(&Atom::Seq(SeqKind::List, items.clone())),
            Atom::Term(subject, _) => Some(Subject::Call(Function::Iterate, [subject.clone()].into())),
            _ => None,
        };
        let (mine, theirs) = (listed(set)?, listed(other)?);
        let mut ok = ExprId::TRUE;
        if let Atom::Term(subject, at) = other {
            let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
            ok = self.need(subject, types, *at, Error::Type);
        }
        let hashable = self.distinct(&theirs, None).ok;
        let ok = self.both(ok, hashable);
        let container = Operand::Subject(Arc::new(theirs));
        let op = Op::ContainedIn { container, case: Case::Sensitive };
        let inside = self.pool.test(Subject::Element(0), op, None);
        let keep = if has { inside } else { self.negation(inside) };
        let list = Subject::Collect {
            items: Arc::new(Subject::Items(Arc::new(mine))),
            stop: ExprId::FALSE,
            keep,
            value: Arc::new(Subject::Element(0)),
        };
        Some(Sym::when(ok, Atom::Term(Subject::Call(Function::Distinct, [list].into()), None)))
    }
}
