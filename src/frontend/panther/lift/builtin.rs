//! The built-in functions, and those of the standard library that have a term of their own.

use super::Lifter;
use super::call::{Arguments, Site};
use super::raise::Error;
use super::value::{Atom, SeqKind, Sym, Truth, static_type};
use crate::ir::{ExprId, Function, Subject, TypeSet, Value};
use crate::lang::python::ast::Expr;

impl Lifter<'_> {
    pub(super) fn builtin(&mut self, name: &str, arguments: &Arguments, site: Site<'_>) -> Sym {
        let result = match (name, arguments.positional.as_slice()) {
            ("bool", []) => Some(Sym::bool(Truth::FALSE)),
            ("bool", [value]) => {
                let truth = self.truth_of(value);
                Some(Sym::bool(truth))
            }
            ("str", [value]) => Some(self.text_of(value, site.expr, site.module)),
            ("len", [value]) => {
                let value = value.clone();
                Some(self.map(&value, |lifter, atom| lifter.length(atom, site)))
            }
            ("isinstance", [value, types]) => self.isinstance(value, types, site),
            ("list" | "sorted" | "set" | "frozenset" | "tuple", [value])
                if matches!(value.alts.as_slice(), [_, ..])
                    && convert(SeqKind::List, std::slice::from_ref(value)).is_none() =>
            {
                let value = value.clone();
                let kind = match name {
                    "tuple" => SeqKind::Tuple,
                    "set" | "frozenset" => SeqKind::Set,
                    _ => SeqKind::List,
                };
                Some(self.map(&value, |lifter, atom| lifter.listed(atom, kind, name == "sorted", site)))
            }
            ("tuple", values) => convert(SeqKind::Tuple, values),
            ("list" | "sorted", values) => convert(SeqKind::List, values),
            ("set" | "frozenset", values) => convert(SeqKind::Set, values),
            ("print", _) => Some(Sym::none()),
            ("range", [end]) => end.as_const().and_then(|end| match end {
                Value::Int(end @ 0..=64) => Some(numbers(0, *end)),
                _ => None,
            }),
            ("int", [value]) => Some(self.number_of(&value.clone(), Function::ToInt, site)),
            ("float", [value]) => Some(self.number_of(&value.clone(), Function::ToFloat, site)),
            ("iter", [value]) => {
                let value = value.clone();
                Some(self.map(&value, |lifter, atom| lifter.iterator(atom, site)))
            }
            ("json.loads", [value]) => Some(self.parse_json(&value.clone(), site)),
            ("ipaddress.ip_address", [value]) => Some(self.ip_address(&value.clone(), None, site)),
            ("ipaddress.IPv4Address", [value]) => Some(self.ip_address(&value.clone(), Some(4), site)),
            ("ipaddress.IPv6Address", [value]) => Some(self.ip_address(&value.clone(), Some(6), site)),
            ("ipaddress.ip_network" | "ipaddress.IPv4Network" | "ipaddress.IPv6Network", [value]) => {
                Some(self.ip_network(&value.clone(), site))
            }
            ("hasattr", [value, name]) => name.as_str().map(str::to_owned).and_then(|name| self.hasattr(value, &name)),
            ("next", [value, default @ ..]) => {
                let default = default.first().cloned();
                let value = value.clone();
                Some(self.map(&value, |lifter, atom| lifter.next_item(atom, default.as_ref(), site)))
            }
            ("zip", [left, right]) => {
                let (left, right) = (left.clone(), right.clone());
                Some(self.map(&left, |lifter, a| {
                    lifter.map(&right, |lifter, b| {
                        let pairs = lifter.zip(a, b);
                        pairs.unwrap_or_else(|| lifter.unknown(site, "this use of zip"))
                    })
                }))
            }
            ("enumerate", [items]) => {
                let items = items.clone();
                Some(self.map(&items, |lifter, atom| {
                    let pairs = lifter.enumerate(atom);
                    pairs.unwrap_or_else(|| lifter.unknown(site, "this use of enumerate"))
                }))
            }
            ("deep_walk", [object, keys @ ..]) => Some(self.deep_walk_of(&object.clone(), keys, arguments, site)),
            ("SequenceMatcher", [junk, left, right]) if junk.as_const() == Some(&Value::Null) => {
                let (left, right) = (left.clone(), right.clone());
                Some(self.likeness(&left, &right, site))
            }
            ("datetime.timedelta", _) => super::time::timedelta(arguments),
            ("datetime.datetime", _) => super::time::datetime(arguments),
            ("resolve_timestamp_string", [text]) => Some(self.resolved_time(&text.clone(), site)),
            // Only texts have these methods, so that what raises for another value raises either way.
            ("str.casefold" | "str.startswith" | "str.endswith", [text, rest @ ..]) => {
                let (text, method) = (text.clone(), name.trim_start_matches("str."));
                let rest = Arguments { positional: rest.to_vec(), named: Vec::new() };
                Some(self.map(&text, |lifter, atom| lifter.method(atom, method, &rest, site)))
            }
            ("shlex.split" | "urllib.parse.unquote" | "urllib.parse.urlparse" | "urllib.parse.parse_qs", [text]) => {
                let (name, text) = (name.to_owned(), text.clone());
                Some(self.map(&text, |lifter, atom| lifter.text_library(&name, atom, site)))
            }
            ("deep_get", [object, keys @ ..]) => {
                let default = arguments.get(usize::MAX, "default").cloned().unwrap_or_else(Sym::none);
                Some(self.deep_get(&object.clone(), keys, &default, false, site))
            }
            (known, _) => self.pattern_function(known, arguments, site),
        };
        result.unwrap_or_else(|| self.unknown(site, format!("this use of {name}")))
    }

    fn length(&mut self, atom: &Atom, site: Site<'_>) -> Sym {
        let count = |count: usize| Sym::constant(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)), None);
        match atom {
            Atom::Const(Value::Str(text), _) => count(text.chars().count()),
            Atom::Const(..) => self.raises(Error::Type),
            Atom::Seq(SeqKind::Set, items) => match set_size(items) {
                Some(size) => count(size),
                None => match Self::array_of(&Atom::Seq(SeqKind::List, items.clone())) {
                    Some(list) => {
                        let distinct = Subject::Call(Function::Distinct, [list].into());
                        Sym::atom(Atom::Term(Subject::Call(Function::Length, [distinct].into()), None))
                    }
                    None => self.unknown(site, "the size of a set"),
                },
            },
            Atom::Seq(_, items) => count(items.len()),
            Atom::Dict(entries) => count(entries.len()),
            Atom::Term(subject, at) => {
                let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
                let guard = self.need(subject, types, *at, Error::Type);
                Sym::when(guard, Atom::Term(Subject::Call(Function::Length, [subject.clone()].into()), *at))
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "the length of this value"),
        }
    }

    /// `str(x)`: exact for scalars, whose Python text is the IR's in a Panther event.
    pub(super) fn text_of(&mut self, value: &Sym, expr: &Expr, module: usize) -> Sym {
        self.map(value, |lifter, atom| match atom {
            Atom::Const(Value::Str(_), _) => Sym::atom(atom.clone()),
            Atom::Const(Value::Int(number), at) => Sym::constant(Value::Str(number.to_string().into()), *at),
            Atom::Const(Value::Bool(value), at) => {
                Sym::constant(Value::str(if *value { "True" } else { "False" }), *at)
            }
            Atom::Const(Value::Null, at) => Sym::constant(Value::str("None"), *at),
            Atom::Term(subject, at) => lifter.term_text(subject, *at),
            Atom::Opaque(hole) => lifter.hole(module, expr, hole.reason.clone()),
            _ => lifter.hole(module, expr, "the text of this value"),
        })
    }

    fn term_text(&mut self, subject: &Subject, at: Option<crate::source::Location>) -> Sym {
        if static_type(subject) == Some(TypeSet::STRING) {
            return Sym::atom(Atom::Term(subject.clone(), at));
        }
        let text = self.is_type(subject, TypeSet::STRING, at);
        let number = self.is_type(subject, TypeSet::INT.or(TypeSet::FLOAT).or(TypeSet::BOOL), at);
        let there = self.present(subject, at);
        let none = self.negation(there);
        let known = self.any([text, number, none]);
        let other = self.negation(known);
        let number_text = Subject::Call(Function::ToText, [subject.clone()].into());
        let cases = [
            (text, Atom::Term(subject.clone(), at)),
            (number, Atom::Term(number_text, at)),
            (none, Atom::text("None")),
        ];
        let mut value = Sym { ok: ExprId::TRUE, alts: Vec::new() };
        for (when, atom) in cases {
            value.alts.push(super::value::Alt { when, atom });
        }
        let wrapped = Subject::Constant(Value::Bool(!self.is_plain(subject)));
        let container = Subject::Call(Function::Repr, [subject.clone(), wrapped].into());
        value.alts.push(super::value::Alt { when: other, atom: Atom::Term(container, at) });
        value.alts.retain(|alt| alt.when != ExprId::FALSE);
        value
    }

    /// `hasattr` of an address: the classes have what rules ask for.
    fn hasattr(&mut self, value: &Sym, name: &str) -> Option<Sym> {
        let simple = |alt: &super::value::Alt| {
            matches!(alt.atom, Atom::Term(..) | Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) | Atom::Event)
        };
        if name == "get" && value.alts.iter().all(simple) {
            let value = value.clone();
            return Some(self.map(&value, |lifter, atom| match atom {
                Atom::Term(subject, at) => {
                    let object = lifter.is_type(subject, TypeSet::OBJECT, *at);
                    let truth = lifter.truth(ExprId::TRUE, object);
                    Sym::bool(truth)
                }
                other => Sym::bool(Truth::known(matches!(other, Atom::Dict(_) | Atom::Event))),
            }));
        }
        let known = ["is_private", "is_global", "is_loopback", "version"].contains(&name);
        let has = value.alts.iter().all(|alt| matches!(alt.atom, Atom::Address(..))) && known;
        let truth = Truth { ok: value.ok, holds: value.ok, fails: ExprId::FALSE };
        has.then(|| Sym::bool(truth))
    }

    /// `iter(x)`: called for the exception that it may raise.
    fn iterator(&mut self, atom: &Atom, site: Site<'_>) -> Sym {
        match atom {
            Atom::Const(value, _) if value.as_str().is_none() => self.raises(Error::Type),
            Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) | Atom::Event => Sym::atom(atom.clone()),
            Atom::Term(subject, at) => {
                let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
                let guard = self.need(subject, types, *at, Error::Type);
                Sym::when(guard, atom.clone())
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "an iterator of this value"),
        }
    }

    /// `list(x)` and its kin over a value of the event.
    fn listed(&mut self, atom: &Atom, kind: SeqKind, sorted: bool, site: Site<'_>) -> Sym {
        match atom {
            Atom::Seq(..) | Atom::Dict(_) if !sorted => {
                convert(kind, &[Sym::atom(atom.clone())]).unwrap_or_else(|| self.unknown(site, "this list"))
            }
            Atom::Const(value, _) if value.as_str().is_none() => self.raises(Error::Type),
            Atom::Term(subject, at) if !sorted => {
                let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
                let guard = self.need(subject, types, *at, Error::Type);
                let items = Subject::Call(Function::Iterate, [subject.clone()].into());
                match kind {
                    SeqKind::List => {
                        let list = Subject::Call(Function::Chain, [items].into());
                        Sym::when(guard, Atom::Term(list, *at))
                    }
                    SeqKind::Set => {
                        let value = self.distinct(&items, *at);
                        self.after(guard, value)
                    }
                    SeqKind::Tuple => self.unknown(site, "a tuple of this value"),
                }
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "a list of this value"),
        }
    }
}

/// `tuple(x)` and its kin over values of known length.
fn convert(kind: SeqKind, values: &[Sym]) -> Option<Sym> {
    match values {
        [] => Some(Sym::atom(Atom::Seq(kind, Vec::new().into()))),
        [value] => match value.single()? {
            Atom::Seq(_, items) => Some(Sym::atom(Atom::Seq(kind, items.clone()))),
            Atom::Dict(entries) => {
                let keys: Vec<Sym> = entries.iter().map(|(key, _)| Sym::constant(key.clone(), None)).collect();
                Some(Sym::atom(Atom::Seq(kind, keys.into())))
            }
            _ => None,
        },
        _ => None,
    }
}

fn numbers(start: i64, end: i64) -> Sym {
    let items: Vec<Sym> = (start..end).map(|number| Sym::constant(Value::Int(number), None)).collect();
    Sym::atom(Atom::Seq(SeqKind::List, items.into()))
}

/// How many different constants; `None` where there are other values.
fn set_size(items: &[Sym]) -> Option<usize> {
    let mut found: Vec<&Value> = Vec::new();
    for item in items {
        let value = item.as_const()?;
        if !found.iter().any(|known| super::value::equal(known, value)) {
            found.push(value);
        }
    }
    Some(found.len())
}
