//! Cases of a value while they are put together.

use super::value::{Alt, Atom};
use super::{Lifter, implied};
use crate::ir::{ExprId, Subject, Value};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};

/// How much of a term is looked at to tell it from others.
const MAX_LOOKED_AT: usize = 48;
/// So many cases are compared sooner than numbered.
const FEW: usize = 8;

/// Cases. Where there are many, each has a number that is the same for equal values.
#[derive(Default)]
pub(super) struct Cases {
    alts: Vec<Alt>,
    numbers: Vec<u64>,
}

impl Cases {
    pub(super) fn into_alts(self) -> Vec<Alt> {
        self.alts
    }

    /// The number of a value that is looked for, where the cases have numbers.
    fn number_for(&mut self, atom: &Atom) -> Option<u64> {
        if self.alts.len() < FEW {
            return None;
        }
        let unnumbered = &self.alts[self.numbers.len()..];
        self.numbers.extend(unnumbered.iter().map(|alt| number_of(&alt.atom)));
        Some(number_of(atom))
    }
}

impl From<Vec<Alt>> for Cases {
    fn from(alts: Vec<Alt>) -> Self {
        Self { alts, numbers: Vec::new() }
    }
}

impl Lifter<'_> {
    /// Adds a case; equal values become one case, and None where a path of the event leads nowhere is that path.
    pub(super) fn add_alt(&mut self, cases: &mut Cases, new: Alt) {
        if new.when == ExprId::FALSE {
            return;
        }
        self.charge(cases.alts.len());
        let number = cases.number_for(&new.atom);
        let found = cases.alts.iter().enumerate().position(|(index, known)| {
            number.is_none_or(|number| cases.numbers[index] == number) && known.atom == new.atom
                || self.reads_as(&new, &known.atom)
                || self.reads_as(known, &new.atom)
        });
        let Some(index) = found else {
            cases.alts.push(new);
            return;
        };
        let when = self.either(cases.alts[index].when, new.when);
        if self.reads_as(&cases.alts[index], &new.atom) {
            cases.alts[index].atom = new.atom;
            cases.numbers.truncate(index);
        }
        cases.alts[index].when = when;
    }

    /// Whether a case is None only where the term is missing too.
    fn reads_as(&self, none: &Alt, term: &Atom) -> bool {
        match (&none.atom, term) {
            (Atom::Const(Value::Null, _), Atom::Term(subject, _)) => {
                implied::implies_missing(&self.pool, none.when, subject)
            }
            _ => false,
        }
    }
}

/// A number that is the same for equal values, and mostly another one for others.
fn number_of(atom: &Atom) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    std::mem::discriminant(atom).hash(&mut hasher);
    match atom {
        Atom::Const(value, _) => value.hash(&mut hasher),
        Atom::Term(subject, _) => look_at(subject, &mut hasher, &mut 0),
        _ => {}
    }
    hasher.finish()
}

/// A term can be very large when its parts are written out: they are shared.
fn look_at(subject: &Subject, hasher: &mut impl Hasher, looked_at: &mut usize) {
    *looked_at += 1;
    if *looked_at > MAX_LOOKED_AT {
        return;
    }
    std::mem::discriminant(subject).hash(hasher);
    match subject {
        Subject::Call(function, arguments) => {
            function.hash(hasher);
            arguments.iter().for_each(|argument| look_at(argument, hasher, looked_at));
        }
        Subject::Elements(inner) | Subject::Items(inner) => look_at(inner, hasher, looked_at),
        Subject::Member(inner, path) => {
            path.hash(hasher);
            look_at(inner, hasher, looked_at);
        }
        Subject::If(condition, then, otherwise) => {
            condition.hash(hasher);
            [then, otherwise].into_iter().for_each(|term| look_at(term, hasher, looked_at));
        }
        Subject::Collect { items, stop, keep, value } => {
            (stop, keep).hash(hasher);
            [items, value].into_iter().for_each(|term| look_at(term, hasher, looked_at));
        }
        Subject::Fold { items, start, next } => {
            [items, start, next].into_iter().for_each(|term| look_at(term, hasher, looked_at));
        }
        Subject::Field(path) => path.hash(hasher),
        Subject::Constant(value) => value.hash(hasher),
        Subject::Element(binder) => binder.hash(hasher),
        Subject::AnyField(_) | Subject::Opaque { .. } => {}
    }
}
