//! Functions of the standard library and of Panther's helpers that have a term of their own.

use super::Lifter;
use super::call::{Arguments, Site};
use super::raise::Error;
use super::value::{Alt, Atom, SeqKind, Sym, equal, static_type};
use crate::ir::{Anchoring, Case, ExprId, Function, Op, Regex, Subject, TypeSet, Value};
use crate::source::Location;
use std::rc::Rc;

impl Lifter<'_> {
    /// What a loop would go through, as one array: with the condition that it can be gone through.
    pub(super) fn iterable(&mut self, atom: &Atom) -> Option<(ExprId, Subject, Option<Location>)> {
        match atom {
            Atom::Seq(SeqKind::List | SeqKind::Tuple, _) => Some((ExprId::TRUE, Self::array_of(atom)?, None)),
            Atom::Term(subject, at) if static_type(subject) == Some(TypeSet::ARRAY) => {
                Some((ExprId::TRUE, subject.clone(), *at))
            }
            Atom::Term(subject, at) => {
                let types = TypeSet::ARRAY.or(TypeSet::OBJECT).or(TypeSet::STRING);
                let guard = self.need(subject, types, *at, Error::Type);
                Some((guard, Subject::Call(Function::Iterate, [subject.clone()].into()), *at))
            }
            _ => None,
        }
    }

    /// `zip(left, right)`
    pub(super) fn zip(&mut self, left: &Atom, right: &Atom) -> Option<Sym> {
        let never = |atom: &Atom| matches!(atom, Atom::Const(value, _) if value.as_str().is_none());
        if never(left) || never(right) {
            return Some(self.raises(Error::Type));
        }
        if let (Atom::Seq(_, a), Atom::Seq(_, b)) = (left, right) {
            let pair = |(a, b): (&Sym, &Sym)| Sym::atom(Atom::Seq(SeqKind::Tuple, vec![a.clone(), b.clone()].into()));
            return Some(Sym::atom(Atom::Seq(SeqKind::List, a.iter().zip(b.iter()).map(pair).collect())));
        }
        let ((first, a, at), (second, b, other)) = (self.iterable(left)?, self.iterable(right)?);
        let ok = self.both(first, second);
        Some(Sym::when(ok, Atom::Term(Subject::Call(Function::Zip, [a, b].into()), at.or(other))))
    }

    /// `enumerate(items)`
    pub(super) fn enumerate(&mut self, items: &Atom) -> Option<Sym> {
        if matches!(items, Atom::Const(value, _) if value.as_str().is_none()) {
            return Some(self.raises(Error::Type));
        }
        if let Atom::Seq(_, items) = items {
            let pair = |(index, item): (i64, &Sym)| {
                Sym::atom(Atom::Seq(SeqKind::Tuple, vec![Sym::constant(Value::Int(index), None), item.clone()].into()))
            };
            return Some(Sym::atom(Atom::Seq(SeqKind::List, (0..).zip(items.iter()).map(pair).collect())));
        }
        let (ok, items, at) = self.iterable(items)?;
        Some(Sym::when(ok, Atom::Term(Subject::Call(Function::Enumerate, [items].into()), at)))
    }

    /// `shlex` and `urllib.parse` on a text.
    pub(super) fn text_library(&mut self, name: &str, text: &Atom, site: Site<'_>) -> Sym {
        let (subject, at) = match text {
            Atom::Term(subject, at) => (subject.clone(), *at),
            Atom::Const(value @ Value::Str(_), at) => (Subject::Constant(value.clone()), *at),
            Atom::Opaque(hole) => return self.unknown(site, hole.reason.clone()),
            _ => return self.raises(Error::Other),
        };
        let error = if name == "urllib.parse.unquote" { Error::Other } else { Error::Attribute };
        let guard = self.need(&subject, TypeSet::STRING, at, error);
        let term = |function| Subject::Call(function, [subject.clone()].into());
        let value = match name {
            "shlex.split" => self.computed(term(Function::ShellSplit), at, Error::Value),
            "urllib.parse.urlparse" => {
                let missing = self.pool.test(term(Function::UrlQuery), Op::IsMissing, at);
                let there = self.negation(missing);
                self.note_raise(there, Error::Value);
                Sym::when(there, Atom::Url(subject, at))
            }
            "urllib.parse.parse_qs" => Sym::atom(Atom::Term(term(Function::ParseQuery), at)),
            _ => Sym::atom(Atom::Term(term(Function::Unquote), at)),
        };
        self.after(guard, value)
    }

    /// `match.group(n)`
    pub(super) fn group(&mut self, subject: &Subject, regex: &Rc<Regex>, arguments: &Arguments) -> Option<Sym> {
        let group = match arguments.exactly::<1>() {
            Some([group]) => group.as_const()?.clone(),
            None if arguments.positional.is_empty() => Value::Int(0),
            None => return None,
        };
        let anchoring = match regex.anchoring {
            Anchoring::Search => "search",
            Anchoring::Start => "match",
            Anchoring::Whole => "fullmatch",
        };
        let [pattern, flags] = regex_terms(regex)?;
        let always = group == Value::Int(0) || !["|", ")?", ")*", "){"].iter().any(|part| regex.pattern.contains(part));
        let arguments =
            [subject.clone(), pattern, flags, Subject::Constant(Value::str(anchoring)), Subject::Constant(group)];
        let found = Subject::Call(Function::RegexGroup, arguments.into());
        if always {
            return Some(Sym::atom(Atom::Term(found, None)));
        }
        // A group without a part in the match is None.
        let there = self.pool.test(found.clone(), Op::Present, None);
        let not = self.negation(there);
        let alts = vec![
            Alt { when: there, atom: Atom::Term(found, None) },
            Alt { when: not, atom: Atom::Const(Value::Null, None) },
        ];
        Some(Sym { ok: ExprId::TRUE, alts })
    }

    /// `re.findall` and `re.sub` of a text.
    pub(super) fn regex_on_text(&mut self, regex: &Regex, new: Option<&Subject>, text: &Atom, site: Site<'_>) -> Sym {
        let (subject, at) = match text {
            Atom::Term(subject, at) => (subject.clone(), *at),
            Atom::Const(value @ Value::Str(_), at) => (Subject::Constant(value.clone()), *at),
            Atom::Opaque(hole) => return self.unknown(site, hole.reason.clone()),
            _ => return self.raises(Error::Type),
        };
        let Some([pattern, flags]) = regex_terms(regex) else {
            return self.unknown(site, "a regular expression that looks around or back");
        };
        let guard = self.need(&subject, TypeSet::STRING, at, Error::Type);
        let value = match new {
            None => {
                let all = Subject::Call(Function::RegexAll, [subject, pattern, flags].into());
                Sym::atom(Atom::Term(all, at))
            }
            Some(new) => {
                let replaced = [subject, pattern, flags, new.clone()];
                self.computed(Subject::Call(Function::RegexReplace, replaced.into()), at, Error::Other)
            }
        };
        self.after(guard, value)
    }

    /// `deep_walk(object, ..)` of `panther_base_helpers` on plain values: unlike the event's method it gives the default for a null.
    pub(super) fn deep_walk_of(&mut self, object: &Sym, keys: &[Sym], arguments: &Arguments, site: Site<'_>) -> Sym {
        let default = arguments.get(usize::MAX, "default").map_or(Some(Value::Null), Sym::to_value);
        let which = arguments.get(usize::MAX, "return_val").map_or(Some(Value::str("all")), Sym::to_value);
        let keys: Option<Vec<Value>> = keys.iter().map(|key| key.as_const().cloned()).collect();
        let (Some(default), Some(which), Some(keys)) = (default, which, keys) else {
            return self.unknown(site, "this use of deep_walk");
        };
        self.map(object, |lifter, atom| lifter.walk_atom(atom, &keys, (&default, &which), site))
    }

    fn walk_atom(&mut self, atom: &Atom, keys: &[Value], (default, which): (&Value, &Value), site: Site<'_>) -> Sym {
        let nothing = || super::mock::sym_of(default);
        match (atom, keys.split_first()) {
            (Atom::Opaque(hole), _) => self.unknown(site, hole.reason.clone()),
            (Atom::Dict(entries), Some((key, rest))) => {
                let Some((_, value)) = entries.iter().find(|(known, _)| equal(known, key)) else { return nothing() };
                let value = value.clone();
                self.map(&value, |lifter, atom| lifter.walk_atom(atom, rest, (default, which), site))
            }
            (Atom::Const(Value::Null, _), _) | (Atom::Const(..), Some(_)) => nothing(),
            (Atom::Seq(_, items), None) if items.is_empty() => nothing(),
            (Atom::Const(..) | Atom::Dict(_), None) => Sym::atom(atom.clone()),
            (Atom::Seq(SeqKind::List | SeqKind::Tuple, items), None)
                if items.iter().all(|item| !matches!(item.single(), Some(Atom::Seq(..)) | None)) =>
            {
                Sym::atom(atom.clone())
            }
            (Atom::Term(subject, at), None) => {
                let (present, array) = (self.present(subject, *at), self.is_type(subject, TypeSet::ARRAY, *at));
                let empty = self.pool.test(subject.clone(), Op::IsEmpty, *at);
                let nothing_in = self.both(array, empty);
                let filled = self.negation(nothing_in);
                let found = self.both(present, filled);
                let truth = self.truth(ExprId::TRUE, found);
                self.choose(truth, Sym::atom(atom.clone()), nothing())
            }
            (Atom::Term(subject, at), Some(_)) if self.is_plain(subject) => {
                let constants = [default, which].into_iter().chain(keys).cloned().map(Subject::Constant);
                let walk =
                    Subject::Call(Function::DeepWalk, std::iter::once(subject.clone()).chain(constants).collect());
                self.computed(walk, *at, Error::Type)
            }
            _ => self.unknown(site, "deep_walk of this value"),
        }
    }

    /// `SequenceMatcher(None, a, b)`
    pub(super) fn likeness(&mut self, left: &Sym, right: &Sym, site: Site<'_>) -> Sym {
        self.map(left, |lifter, a| {
            lifter.map(right, |lifter, b| {
                let text = |atom: &Atom| match atom {
                    Atom::Term(subject, at) => Some((subject.clone(), *at)),
                    Atom::Const(value @ Value::Str(_), at) => Some((Subject::Constant(value.clone()), *at)),
                    _ => None,
                };
                let (Some((a, at)), Some((b, other))) = (text(a), text(b)) else {
                    return lifter.unknown(site, "the likeness of these values");
                };
                let (first, second) = (
                    lifter.need(&a, TypeSet::STRING, at, Error::Type),
                    lifter.need(&b, TypeSet::STRING, other, Error::Type),
                );
                let ok = lifter.both(first, second);
                let ratio = Subject::Call(Function::Likeness, [a, b].into());
                Sym::when(ok, Atom::Likeness(ratio))
            })
        })
    }
}

/// Pattern and flags as constants; `None` for what cannot be run in linear time.
fn regex_terms(regex: &Regex) -> Option<[Subject; 2]> {
    let pattern = &*regex.pattern;
    let looks = ["(?=", "(?!", "(?<=", "(?<!", "(?P="].iter().any(|part| pattern.contains(part));
    let back = pattern.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && matches!(pair[1], b'1'..=b'9'));
    if looks || back {
        return None;
    }
    let flags: String = [(regex.case != Case::Sensitive, 'i'), (regex.multi_line, 'm'), (regex.dot_all, 's')]
        .into_iter()
        .filter_map(|(on, flag)| on.then_some(flag))
        .collect();
    Some([Subject::Constant(Value::str(pattern)), Subject::Constant(Value::str(flags))])
}
