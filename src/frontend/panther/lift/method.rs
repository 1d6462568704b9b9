//! Methods of values.

use super::Lifter;
use super::call::{Arguments, Site};
use super::value::{Atom, SeqKind, Sym};
use crate::ir::{Function, Subject, TypeSet, Value};
use std::rc::Rc;

impl Lifter<'_> {
    pub(super) fn method(&mut self, owner: &Atom, name: &str, arguments: &Arguments, site: Site<'_>) -> Sym {
        let result = match (owner, name) {
            (Atom::Event | Atom::Term(..) | Atom::Dict(_), "get") => Some(self.get(owner, arguments, site)),
            (Atom::Event | Atom::Term(..), "deep_get") => {
                let default = arguments.get(usize::MAX, "default").cloned().unwrap_or_else(Sym::none);
                Some(self.deep_get(&Sym::atom(owner.clone()), &arguments.positional, &default, true, site))
            }
            (Atom::Event, "udm" | "deep_walk" | "lookup" | "event_time_epoch" | "to_dict" | "copy") => {
                Some(self.unknown(site, format!("event.{name}")))
            }
            (Atom::Term(..), "deep_walk") => Some(self.unknown(site, "deep_walk")),
            (Atom::Term(subject, at), "keys" | "values") if arguments.positional.is_empty() => {
                let function = if name == "keys" { Function::Keys } else { Function::Values };
                let guard = self.is_type(subject, TypeSet::OBJECT, *at);
                Some(Sym::when(guard, Atom::Term(Subject::Call(function, [subject.clone()].into()), *at)))
            }
            (Atom::Dict(entries), "keys" | "values") => Some(dict_part(entries, name)),
            (Atom::Dict(entries), "items") => Some(dict_items(entries)),
            (Atom::Seq(SeqKind::Set, items), "union") => union(items, arguments),
            (Atom::Regex(regex), name) => {
                let regex = regex.clone();
                self.regex_method(&regex, name, arguments, site)
            }
            (Atom::Const(Value::Str(_), _) | Atom::Term(..), name) => self.text_method(owner, name, arguments, site),
            (Atom::ContainerText(_), "lower" | "upper" | "strip") => Some(Sym::atom(owner.clone())),
            (Atom::Opaque(hole) | Atom::ContainerText(hole), _) => Some(self.unknown(site, hole.reason.clone())),
            (Atom::Const(..), _) => Some(Sym::raises()),
            _ => None,
        };
        result.unwrap_or_else(|| self.unknown(site, format!("the method {name}")))
    }
}

fn dict_part(entries: &[(Value, Sym)], name: &str) -> Sym {
    let part = |(key, value): &(Value, Sym)| match name {
        "keys" => Sym::constant(key.clone(), None),
        _ => value.clone(),
    };
    Sym::atom(Atom::Seq(SeqKind::List, entries.iter().map(part).collect()))
}

fn dict_items(entries: &[(Value, Sym)]) -> Sym {
    let pair = |(key, value): &(Value, Sym)| {
        let pair = vec![Sym::constant(key.clone(), None), value.clone()];
        Sym::atom(Atom::Seq(SeqKind::Tuple, pair.into()))
    };
    Sym::atom(Atom::Seq(SeqKind::List, entries.iter().map(pair).collect()))
}

fn union(items: &Rc<[Sym]>, arguments: &Arguments) -> Option<Sym> {
    let mut all: Vec<Sym> = items.to_vec();
    for argument in &arguments.positional {
        let Some(Atom::Seq(_, more)) = argument.single() else { return None };
        all.extend(more.iter().cloned());
    }
    Some(Sym::atom(Atom::Seq(SeqKind::Set, all.into())))
}
