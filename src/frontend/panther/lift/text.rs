//! Methods of strings.

use super::Lifter;
use super::call::{Arguments, Site};
use super::uses::token;
use super::value::{Atom, SeqKind, Sym, Truth};
use crate::ir::{Case, Coercion, ExprId, Function, Op, Operand, Pattern, Place, Subject, TypeSet, UseKind, Value};
use crate::source::Location;
use std::sync::Arc;

impl Lifter<'_> {
    pub(super) fn text_method(
        &mut self,
        owner: &Atom,
        name: &str,
        arguments: &Arguments,
        site: Site<'_>,
    ) -> Option<Sym> {
        let values = arguments.positional.as_slice();
        match (name, values) {
            ("lower", []) => Some(self.transform(owner, Function::Lower, &[], str::to_lowercase)),
            ("upper", []) => Some(self.transform(owner, Function::Upper, &[], str::to_uppercase)),
            ("strip", []) => Some(self.transform(owner, Function::Strip, &[], |text| text.trim().to_owned())),
            ("strip", [characters]) => {
                let set = characters.as_str()?.to_owned();
                let strip = |text: &str| text.trim_matches(|c| set.contains(c)).to_owned();
                Some(self.transform(owner, Function::Strip, &[Value::str(set.as_str())], strip))
            }
            ("replace", [old, new]) => {
                let (old, new) = (old.as_str()?.to_owned(), new.as_str()?.to_owned());
                let replace = |text: &str| text.replace(&old, &new);
                Some(self.transform(owner, Function::Replace, &[old.as_str().into(), new.as_str().into()], replace))
            }
            ("startswith" | "endswith", [part]) => {
                let place = if name == "startswith" { Place::Start } else { Place::End };
                let part = part.clone();
                Some(self.map(&part, |lifter, part| lifter.text_place(owner, place, part, site)))
            }
            ("split", separators) if separators.len() <= 1 => self.split(owner, separators.first()),
            ("join", [items]) => join(owner, items),
            _ => None,
        }
    }

    /// A function from text to text, done here for constants.
    fn transform(&mut self, owner: &Atom, function: Function, more: &[Value], fold: impl Fn(&str) -> String) -> Sym {
        match owner {
            Atom::Const(Value::Str(text), at) => Sym::constant(Value::Str(fold(text).into()), *at),
            Atom::Term(subject, at) => {
                let guard = self.is_type(subject, TypeSet::STRING, *at);
                let more = more.iter().map(|value| Subject::Constant(value.clone()));
                let arguments: Arc<[Subject]> = std::iter::once(subject.clone()).chain(more).collect();
                Sym::when(guard, Atom::Term(Subject::Call(function, arguments), *at))
            }
            _ => Sym::raises(),
        }
    }

    /// `startswith` and `endswith` with a text or a tuple of texts; a list raises.
    fn text_place(&mut self, owner: &Atom, place: Place, part: &Atom, site: Site<'_>) -> Sym {
        let parts: Vec<Sym> = match part {
            Atom::Seq(SeqKind::Tuple, items) => items.to_vec(),
            Atom::Seq(..) | Atom::Dict(_) => return Sym::raises(),
            Atom::Opaque(hole) => return self.unknown(site, hole.reason.clone()),
            other => vec![Sym::atom(other.clone())],
        };
        let mut truth = self.text_guard(owner);
        for part in &parts {
            let Some(part) = part.single().cloned() else { return self.unknown(site, "a computed prefix or suffix") };
            let Some(next) = self.one_place(owner, place, &part) else {
                return self.unknown(site, "a computed prefix or suffix");
            };
            truth = self.truth_or(truth, |_| next);
        }
        if let (Atom::Term(_, at), false) = (owner, truth.holds == ExprId::FALSE) {
            let not = self.pool.not(truth.holds, *at);
            truth.fails = self.both(truth.ok, not);
        }
        Sym::bool(truth)
    }

    /// False, where the owner is a text at all.
    fn text_guard(&mut self, owner: &Atom) -> Truth {
        let ok = match owner {
            Atom::Term(subject, at) => self.is_type(subject, TypeSet::STRING, *at),
            _ => ExprId::TRUE,
        };
        Truth { ok, holds: ExprId::FALSE, fails: ok }
    }

    fn one_place(&mut self, owner: &Atom, place: Place, part: &Atom) -> Option<Truth> {
        match (owner, part) {
            (Atom::Const(Value::Str(text), _), Atom::Const(Value::Str(part), _)) => Some(Truth::known(match place {
                Place::Start => text.starts_with(&**part),
                Place::End => text.ends_with(&**part),
                Place::Anywhere => text.contains(&**part),
            })),
            (_, Atom::Const(Value::Str(text), _)) => {
                let Atom::Term(subject, at) = owner else { return None };
                let pattern = match place {
                    Place::Start => Pattern::prefix(text),
                    Place::End => Pattern::suffix(text),
                    Place::Anywhere => Pattern::contains(text),
                };
                Some(self.pattern_truth(subject, *at, pattern, part))
            }
            (_, Atom::Const(..)) => Some(Truth::RAISES),
            (_, Atom::Term(other, other_at)) => {
                let (subject, at) = match owner {
                    Atom::Term(subject, at) => (subject.clone(), *at),
                    Atom::Const(value, at) => (Subject::Constant(value.clone()), at.or(*other_at)),
                    _ => return None,
                };
                let part_guard = self.is_type(other, TypeSet::STRING, *other_at);
                let guard = self.text_guard(owner).ok;
                let ok = self.both(guard, part_guard);
                let text = Operand::Subject(Arc::new(other.clone()));
                let test = self.pool.test(subject.clone(), Op::HasText { place, text, case: Case::Sensitive }, at);
                self.note_use(test, other, *other_at, UseKind::Pattern, token(owner));
                self.note_use(test, &subject, at, UseKind::Pattern, Vec::new());
                Some(self.truth(ok, test))
            }
            _ => None,
        }
    }

    pub(super) fn pattern_truth(
        &mut self,
        subject: &Subject,
        at: Option<Location>,
        pattern: Pattern,
        constant: &Atom,
    ) -> Truth {
        let guard = self.is_type(subject, TypeSet::STRING, at);
        let op = Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::None };
        let test = self.pool.test(subject.clone(), op, at);
        self.note_use(test, subject, at, UseKind::Pattern, token(constant));
        self.truth(guard, test)
    }

    fn split(&mut self, owner: &Atom, separator: Option<&Sym>) -> Option<Sym> {
        let separator = match separator {
            None => None,
            Some(separator) => match separator.as_const()? {
                Value::Null => None,
                Value::Str(text) if !text.is_empty() => Some(text.clone()),
                _ => return Some(Sym::raises()),
            },
        };
        match owner {
            Atom::Const(Value::Str(text), _) => {
                let parts: Vec<&str> = match &separator {
                    Some(separator) => text.split(&**separator).collect(),
                    None => text.split_whitespace().collect(),
                };
                let parts = parts.into_iter().map(|part| Sym::atom(Atom::text(part))).collect();
                Some(Sym::atom(Atom::Seq(SeqKind::List, parts)))
            }
            Atom::Term(subject, at) => {
                let guard = self.is_type(subject, TypeSet::STRING, *at);
                let separator = separator.map(|text| Subject::Constant(Value::Str(text)));
                let arguments: Arc<[Subject]> = std::iter::once(subject.clone()).chain(separator).collect();
                Some(Sym::when(guard, Atom::Term(Subject::Call(Function::Split, arguments), *at)))
            }
            _ => None,
        }
    }
}

/// `", ".join(items)` of constants.
fn join(owner: &Atom, items: &Sym) -> Option<Sym> {
    let (Atom::Const(Value::Str(separator), _), Some(Atom::Seq(_, items))) = (owner, items.single()) else {
        return None;
    };
    let parts: Option<Vec<&str>> = items.iter().map(Sym::as_str).collect();
    parts.map(|parts| Sym::atom(Atom::text(parts.join(separator))))
}
