//! Methods of strings.

use super::Lifter;
use super::call::{Arguments, Site};
use super::raise::Error;
use super::uses::token;
use super::value::{Atom, SeqKind, Sym, Truth};
use crate::ir::{Case, Coercion, ExprId, Function, Op, Operand, Pattern, Place, Subject, TypeSet, UseKind, Value};
use crate::source::Location;
use std::sync::Arc;

/// Methods that texts have and containers do not.
pub(super) fn is_text_method(name: &str) -> bool {
    matches!(
        name,
        "lower"
            | "upper"
            | "casefold"
            | "title"
            | "strip"
            | "lstrip"
            | "rstrip"
            | "replace"
            | "startswith"
            | "endswith"
            | "split"
            | "rsplit"
            | "join"
    )
}

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
            ("rsplit", _) => {
                let (separator, limit) = (arguments.get(0, "sep")?.clone(), arguments.get(1, "maxsplit")?.clone());
                self.split_limit(owner, Function::SplitLast, &separator, limit.as_const()?)
            }
            ("split", separators) if separators.len() <= 1 => {
                let separator = arguments.get(0, "sep").cloned();
                match arguments.get(1, "maxsplit") {
                    Some(limit) => {
                        let limit = limit.as_const()?.clone();
                        self.split_limit(owner, Function::SplitLimit, &separator?, &limit)
                    }
                    None => self.split(owner, separator.as_ref()),
                }
            }
            ("split", [separator, limit]) => {
                self.split_limit(owner, Function::SplitLimit, separator, limit.as_const()?)
            }
            ("join", [items]) => self.join_items(owner, &items.clone()),
            ("lstrip" | "rstrip", characters) if characters.len() <= 1 => {
                let set = match characters.first() {
                    None => None,
                    Some(characters) => Some(characters.as_str()?.to_owned()),
                };
                Some(self.strip_end(owner, name == "lstrip", set.as_deref()))
            }
            ("casefold", []) => match owner {
                Atom::Const(Value::Str(text), _) if !text.is_ascii() => None,
                _ => Some(self.transform(owner, Function::CaseFold, &[], str::to_ascii_lowercase)),
            },
            _ => None,
        }
    }

    /// A function from text to text, done here for constants.
    fn transform(&mut self, owner: &Atom, function: Function, more: &[Value], fold: impl Fn(&str) -> String) -> Sym {
        match owner {
            Atom::Const(Value::Str(text), at) => Sym::constant(Value::Str(fold(text).into()), *at),
            Atom::Term(subject, at) => {
                let guard = self.need(subject, TypeSet::STRING, *at, Error::Attribute);
                let more = more.iter().map(|value| Subject::Constant(value.clone()));
                let arguments: Arc<[Subject]> = std::iter::once(subject.clone()).chain(more).collect();
                Sym::when(guard, Atom::Term(Subject::Call(function, arguments), *at))
            }
            _ => self.raises(Error::Attribute),
        }
    }

    /// `startswith` and `endswith` with a text or a tuple of texts; a list raises.
    fn text_place(&mut self, owner: &Atom, place: Place, part: &Atom, site: Site<'_>) -> Sym {
        let parts: Vec<Sym> = match part {
            Atom::Seq(SeqKind::Tuple, items) => items.to_vec(),
            Atom::Seq(..) | Atom::Dict(_) => return self.raises(Error::Type),
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
            Atom::Term(subject, at) => self.need(subject, TypeSet::STRING, *at, Error::Attribute),
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
                    Place::Start => Pattern::prefix(text.clone()),
                    Place::End => Pattern::suffix(text.clone()),
                    Place::Anywhere => Pattern::contains(text.clone()),
                };
                Some(self.pattern_truth(subject, *at, pattern, part))
            }
            (_, Atom::Const(..)) => Some(self.truth_raises(Error::Type)),
            (_, Atom::Term(other, other_at)) => {
                let (subject, at) = match owner {
                    Atom::Term(subject, at) => (subject.clone(), *at),
                    Atom::Const(value, at) => (Subject::Constant(value.clone()), at.or(*other_at)),
                    _ => return None,
                };
                let guard = self.text_guard(owner).ok;
                let part_guard = self.need(other, TypeSet::STRING, *other_at, Error::Type);
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
        let guard = self.need(subject, TypeSet::STRING, at, Error::Type);
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
                Value::Str(_) => return Some(self.raises(Error::Value)),
                _ => return Some(self.raises(Error::Type)),
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
                let guard = self.need(subject, TypeSet::STRING, *at, Error::Attribute);
                let separator = separator.map(|text| Subject::Constant(Value::Str(text)));
                let arguments: Arc<[Subject]> = std::iter::once(subject.clone()).chain(separator).collect();
                Some(Sym::when(guard, Atom::Term(Subject::Call(Function::Split, arguments), *at)))
            }
            _ => None,
        }
    }

    /// `split` with a limit, of texts.
    fn split_limit(&mut self, owner: &Atom, function: Function, separator: &Sym, limit: &Value) -> Option<Sym> {
        let Value::Int(limit) = limit else { return None };
        let separator = separator.as_str().filter(|text| !text.is_empty())?.to_owned();
        match owner {
            Atom::Const(Value::Str(text), _) => {
                let parts = usize::try_from(*limit).ok()?.checked_add(1)?;
                let mut parts: Vec<&str> = match function {
                    Function::SplitLast => text.rsplitn(parts, &separator).collect(),
                    _ => text.splitn(parts, &separator).collect(),
                };
                if function == Function::SplitLast {
                    parts.reverse();
                }
                let parts = parts.into_iter().map(|part| Sym::atom(Atom::text(part))).collect();
                Some(Sym::atom(Atom::Seq(SeqKind::List, parts)))
            }
            Atom::Term(subject, at) if *limit >= 0 => {
                let guard = self.need(subject, TypeSet::STRING, *at, Error::Attribute);
                let more = [Value::Str(separator.into()), Value::Int(*limit)].map(Subject::Constant);
                let arguments: Arc<[Subject]> = std::iter::once(subject.clone()).chain(more).collect();
                Some(Sym::when(guard, Atom::Term(Subject::Call(function, arguments), *at)))
            }
            _ => None,
        }
    }

    fn strip_end(&mut self, owner: &Atom, start: bool, set: Option<&str>) -> Sym {
        let more: Vec<Value> = set.map(Value::str).into_iter().collect();
        let fits = |c: char| set.map_or(c.is_whitespace(), |set| set.contains(c));
        if start {
            let strip = |text: &str| text.trim_start_matches(fits).to_owned();
            self.transform(owner, Function::StripStart, &more, strip)
        } else {
            let strip = |text: &str| text.trim_end_matches(fits).to_owned();
            self.transform(owner, Function::StripEnd, &more, strip)
        }
    }

    /// `", ".join(items)`
    fn join_items(&mut self, owner: &Atom, items: &Sym) -> Option<Sym> {
        let Atom::Const(Value::Str(separator), _) = owner else { return None };
        let mut known = true;
        let joined = self.map(items, |lifter, items| {
            lifter.joined(separator, items).unwrap_or_else(|| {
                known = false;
                Sym::raises()
            })
        });
        known.then_some(joined)
    }

    fn joined(&mut self, separator: &Arc<str>, items: &Atom) -> Option<Sym> {
        if let Atom::Seq(_, parts) = items
            && let Some(parts) = parts.iter().map(Sym::as_str).collect::<Option<Vec<_>>>()
        {
            return Some(Sym::atom(Atom::text(parts.join(separator))));
        }
        if let Atom::Const(value, _) = items {
            return value.as_str().is_none().then(|| self.raises(Error::Type));
        }
        let (guard, items, at) = self.iterable(items)?;
        let joined = Subject::Call(Function::Join, [items, Subject::Constant(Value::Str(separator.clone()))].into());
        let value = self.computed(joined, at, Error::Type);
        Some(self.after(guard, value))
    }
}
