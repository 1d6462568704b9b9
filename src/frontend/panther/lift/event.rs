//! Reads of the event as PantherEvent does them (reference: panther.md section 6).

use super::Lifter;
use super::call::{Arguments, Site};
use super::cases::Cases;
use super::raise::Error;
use super::value::{Alt, Atom, SeqKind, Sym, equal, static_type};
use crate::ir::{ExprId, FieldPath, Function, Op, Subject, TypeSet, Value};
use crate::source::Location;
use std::sync::Arc;

/// Larger tables are not looked up case by case.
const MAX_TABLE: usize = 64;

/// The value under keys of another value.
pub(super) fn member(subject: &Subject, keys: &FieldPath) -> Subject {
    match subject {
        Subject::Field(path) => Subject::Field(path.join(keys)),
        Subject::Member(owner, path) => Subject::Member(owner.clone(), path.join(keys)),
        other => Subject::Member(Arc::new(other.clone()), keys.clone()),
    }
}

impl Lifter<'_> {
    /// `x.get(key, default)`: the default counts only for a missing key; a null stays None.
    pub(super) fn get(&mut self, owner: &Atom, arguments: &Arguments, site: Site<'_>) -> Sym {
        let default = arguments.get(1, "default").cloned().unwrap_or_else(Sym::none);
        let Some(key) = arguments.get(0, "key").cloned() else { return self.unknown(site, "get without a key") };
        if let Atom::Dict(entries) = owner {
            return self.table_get(entries, &key, &default, site);
        }
        let Some(Atom::Const(Value::Str(name), key_at)) = key.single() else {
            return self.get_computed(owner, &key, &default, site);
        };
        let path = FieldPath::keys(&[name]);
        match owner {
            Atom::Event => self.get_field(&Subject::Field(path), *key_at, &default),
            Atom::Term(subject, at) => {
                let guard = self.need(subject, TypeSet::OBJECT, *at, Error::Attribute);
                let member = self.member_of(subject, &path);
                let value = self.get_field(&member, self.chained(*at, *key_at, site), &default);
                self.after(guard, value)
            }
            _ => self.unknown(site, "get of this value"),
        }
    }

    /// `x.get(key)` with a key that is a text of the event.
    fn get_computed(&mut self, owner: &Atom, key: &Sym, default: &Sym, site: Site<'_>) -> Sym {
        let subject = match owner {
            Atom::Event => Subject::Field(FieldPath::keys::<&str>(&[])),
            Atom::Term(subject, _) if !self.has_other_keys(subject) => subject.clone(),
            _ => return self.unknown(site, "a computed key"),
        };
        self.map(key, |lifter, key| match key {
            Atom::Const(Value::Str(name), at) => {
                let member = lifter.member_of(&subject, &FieldPath::keys(&[name]));
                let guard = lifter.need(&subject, TypeSet::OBJECT, *at, Error::Attribute);
                let value = lifter.get_field(&member, *at, default);
                lifter.after(guard, value)
            }
            Atom::Term(name, at) => {
                let guard = lifter.need(&subject, TypeSet::OBJECT, *at, Error::Attribute);
                let text = lifter.need(name, TypeSet::STRING, *at, Error::KeyOrAttribute);
                let found = Subject::Call(Function::Index, [subject.clone(), name.clone()].into());
                let value = lifter.get_field(&found, *at, default);
                let ok = lifter.both(guard, text);
                lifter.after(ok, value)
            }
            // All keys are texts. The event's mapping, unless it is empty, asks any other key for its lower case; a plain dictionary just
            // has it not.
            Atom::Const(_, at) => {
                let mut guard = lifter.need(&subject, TypeSet::OBJECT, *at, Error::Attribute);
                if !lifter.is_plain(&subject) {
                    let empty = lifter.pool.test(subject.clone(), Op::IsEmpty, *at);
                    lifter.note_raise(empty, Error::Attribute);
                    guard = lifter.both(guard, empty);
                }
                lifter.after(guard, default.clone())
            }
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "a computed key"),
        })
    }

    pub(super) fn get_field(&mut self, subject: &Subject, at: Option<Location>, default: &Sym) -> Sym {
        let value = Sym::atom(Atom::Term(subject.clone(), at));
        if default.as_const() == Some(&Value::Null) {
            return value;
        }
        let missing = self.pool.test(subject.clone(), Op::IsMissing, at);
        let truth = self.truth(ExprId::TRUE, missing);
        self.choose(truth, default.clone(), value)
    }

    /// The key tokens of `a.get("x").get("y")` are one place; those of a local that was read elsewhere are not.
    fn chained(&self, owner: Option<Location>, key: Option<Location>, site: Site<'_>) -> Option<Location> {
        let whole = self.location(site.module, site.expr);
        match (owner, key) {
            (Some(owner), Some(key)) if owner.source == key.source && whole.span.contains(owner.span) => {
                Some(Location::new(key.source, owner.span.to(key.span)))
            }
            (_, key) => key,
        }
    }

    /// `deep_get(.., default=)`: a missing path, one through something else than an object, and a null give the default.
    pub(super) fn deep_get(&mut self, object: &Sym, keys: &[Sym], default: &Sym, method: bool, site: Site<'_>) -> Sym {
        // A key by cases: each case on its own.
        if let Some(place) = keys.iter().position(|key| key.alts.len() > 1) {
            let key = keys[place].clone();
            return self.map(&key, |lifter, key| {
                let mut keys = keys.to_vec();
                keys[place] = Sym::atom(key.clone());
                lifter.deep_get(object, &keys, default, method, site)
            });
        }
        let mut path: Vec<Arc<str>> = Vec::new();
        let mut place: Option<Location> = None;
        for key in keys {
            let Some(Atom::Const(Value::Str(name), at)) = key.single() else {
                return self.deep_get_computed(object, keys, default, method, site);
            };
            path.push(name.clone());
            place = match (place, *at) {
                (Some(before), Some(at)) if before.source == at.source => {
                    Some(Location::new(at.source, before.span.to(at.span)))
                }
                (before, at) => at.or(before),
            };
        }
        if path.is_empty() {
            return self.map(object, |_, atom| match atom {
                Atom::Const(Value::Null, _) => default.clone(),
                other => Sym::atom(other.clone()),
            });
        }
        // The default of one step is the object of the next.
        let feeds = |alt: &Alt| match &alt.atom {
            Atom::Dict(entries) => !entries.is_empty(),
            Atom::Term(subject, _) => static_type(subject).is_none(),
            atom => matches!(atom, Atom::Event),
        };
        if keys.len() > 1 && default.alts.iter().any(feeds) {
            return self.deep_get_feeding(object, (&path, place), default, method, site);
        }
        let path = FieldPath::keys(&path);
        self.map(object, |lifter, atom| match atom {
            Atom::Event if method && lifter.plain_event => lifter.raises(Error::Attribute),
            Atom::Event => lifter.deep_field(&Subject::Field(path.clone()), place, default),
            // A plain dictionary has no such method.
            Atom::Term(subject, _) if method && lifter.is_plain(subject) => lifter.raises(Error::Attribute),
            Atom::Term(subject, at) => {
                let guard =
                    if method { lifter.need(subject, TypeSet::OBJECT, *at, Error::Attribute) } else { ExprId::TRUE };
                let value = lifter.deep_field(&lifter.member_of(subject, &path), place, default);
                lifter.after(guard, value)
            }
            Atom::Const(..) | Atom::Seq(..) if !method => default.clone(),
            Atom::Dict(entries) if !method => lifter.deep_dict(entries, keys, default, site),
            Atom::Seq(..) | Atom::Dict(_) | Atom::Const(..) => lifter.raises(Error::Attribute),
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "deep_get of this value"),
        })
    }

    /// `deep_get` whose default is a value of the event: it counts where the path leads nowhere, unless it is an object with one of
    /// the keys itself, which is not followed further but is an exception.
    fn deep_get_feeding(
        &mut self,
        object: &Sym,
        (path, place): (&[Arc<str>], Option<Location>),
        default: &Sym,
        method: bool,
        site: Site<'_>,
    ) -> Sym {
        let mut plain = ExprId::TRUE;
        for alt in &default.alts {
            let (subject, at) = match &alt.atom {
                Atom::Term(subject, at) => (subject, at),
                Atom::Const(..) | Atom::Seq(..) => continue,
                _ => return self.unknown(site, "this use of deep_get"),
            };
            for key in &path[1..] {
                let member = self.member_of(subject, &FieldPath::keys(&[key]));
                let missing = self.pool.test(member, Op::IsMissing, *at);
                let here = self.implication(alt.when, missing);
                plain = self.both(plain, here);
            }
        }
        self.note_raise(plain, Error::Other);
        let keys: Vec<Sym> = path.iter().map(|key| Sym::constant(Value::Str(key.clone()), place)).collect();
        let found = self.deep_get(object, &keys, &Sym::none(), method, site);
        let (ok, default) = (found.ok, self.after(plain, default.clone()));
        let value = self.map(&found, |lifter, atom| match atom {
            Atom::Term(subject, at) => {
                let present = lifter.present(subject, *at);
                let truth = lifter.truth(ExprId::TRUE, present);
                lifter.choose(truth, Sym::atom(atom.clone()), default.clone())
            }
            Atom::Const(Value::Null, _) => default.clone(),
            other => Sym::atom(other.clone()),
        });
        self.after(ok, value)
    }

    /// `deep_get` with keys of the event: step by step, each a lookup.
    fn deep_get_computed(&mut self, object: &Sym, keys: &[Sym], default: &Sym, method: bool, site: Site<'_>) -> Sym {
        let Some((first, rest)) = keys.split_first() else {
            return self.deep_get(object, keys, default, method, site);
        };
        let next = self.map(object, |lifter, atom| match atom {
            Atom::Event | Atom::Term(..) if method || matches!(atom, Atom::Event) => {
                lifter.get_by_key(atom, first, default, site)
            }
            Atom::Term(subject, at) => {
                let object = lifter.is_type(subject, TypeSet::OBJECT, *at);
                let truth = lifter.truth(ExprId::TRUE, object);
                let found = lifter.under(object, |lifter| lifter.get_by_key(atom, first, default, site));
                lifter.choose(truth, found, default.clone())
            }
            Atom::Dict(entries) => lifter.table_get(entries, first, default, site),
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ if !method => default.clone(),
            _ => lifter.raises(Error::Attribute),
        });
        let value = if rest.is_empty() { next } else { self.deep_get(&next, rest, default, false, site) };
        self.map(&value, |lifter, atom| match atom {
            Atom::Const(Value::Null, _) => default.clone(),
            Atom::Term(subject, at) => lifter.deep_field(subject, *at, default),
            other => Sym::atom(other.clone()),
        })
    }

    fn get_by_key(&mut self, owner: &Atom, key: &Sym, default: &Sym, site: Site<'_>) -> Sym {
        let arguments = Arguments { positional: vec![key.clone(), default.clone()], named: Vec::new() };
        self.get(owner, &arguments, site)
    }

    /// `deep_get` of a dictionary of the rule's own.
    fn deep_dict(&mut self, entries: &[(Value, Sym)], keys: &[Sym], default: &Sym, site: Site<'_>) -> Sym {
        let Some((first, rest)) = keys.split_first() else { return self.unknown(site, "deep_get without keys") };
        let value = self.table_get(entries, first, default, site);
        let value = if rest.is_empty() { value } else { self.deep_get(&value, rest, default, false, site) };
        self.map(&value, |_, atom| match atom {
            Atom::Const(Value::Null, _) => default.clone(),
            other => Sym::atom(other.clone()),
        })
    }

    fn deep_field(&mut self, subject: &Subject, at: Option<Location>, default: &Sym) -> Sym {
        let value = Sym::atom(Atom::Term(subject.clone(), at));
        if default.as_const() == Some(&Value::Null) {
            return value;
        }
        let present = self.present(subject, at);
        let truth = self.truth(ExprId::TRUE, present);
        self.choose(truth, value, default.clone())
    }

    /// `x["key"]` of the event or a part of it: raises where the key is missing.
    pub(super) fn item(&mut self, owner: &Atom, key: &str, key_at: Option<Location>, site: Site<'_>) -> Sym {
        let path = FieldPath::keys(&[key]);
        let (subject, at, guard) = match owner {
            Atom::Event => (Subject::Field(path), key_at, ExprId::TRUE),
            Atom::Term(subject, at) => {
                let guard = self.need(subject, TypeSet::OBJECT, *at, Error::Type);
                (self.member_of(subject, &path), self.chained(*at, key_at, site), guard)
            }
            _ => return self.unknown(site, "a subscript of this value"),
        };
        let missing = self.pool.test(subject.clone(), Op::IsMissing, at);
        let there = self.negation(missing);
        self.note_raise(there, Error::Key);
        let ok = self.both(guard, there);
        Sym::when(ok, Atom::Term(subject, at))
    }

    /// A lookup in a constant dictionary.
    pub(super) fn table_get(&mut self, entries: &[(Value, Sym)], key: &Sym, default: &Sym, site: Site<'_>) -> Sym {
        self.map(key, |lifter, key| match key {
            Atom::Const(key, _) => {
                let found = entries.iter().find(|(known, _)| equal(known, key)).map(|(_, value)| value);
                found.unwrap_or(default).clone()
            }
            Atom::Term(subject, at) if entries.len() <= MAX_TABLE => {
                lifter.table_term(entries, &Atom::Term(subject.clone(), *at), default, site)
            }
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            // Not hashable.
            Atom::Dict(_) | Atom::Event | Atom::Seq(SeqKind::List | SeqKind::Set, _) => lifter.raises(Error::Type),
            _ => lifter.unknown(site, "a lookup with this key"),
        })
    }

    fn table_term(&mut self, entries: &[(Value, Sym)], key: &Atom, default: &Sym, site: Site<'_>) -> Sym {
        let keys: Vec<Sym> = entries.iter().map(|(key, _)| Sym::constant(key.clone(), None)).collect();
        let set = Atom::Seq(super::value::SeqKind::Set, keys.into());
        let Some(known) = self.membership(key, &set) else { return self.unknown(site, "a lookup with this key") };
        let mut found = Cases::default();
        for (name, value) in entries {
            let Some(same) = self.equality(key, &Atom::Const(name.clone(), None)) else {
                return self.unknown(site, "a lookup with this key");
            };
            for alt in value.alts.clone() {
                let when = self.both(same.holds, alt.when);
                self.add_alt(&mut found, Alt { when, atom: alt.atom });
            }
        }
        let found = Sym { ok: ExprId::TRUE, alts: found.into_alts() };
        self.choose(known, found, default.clone())
    }
}
