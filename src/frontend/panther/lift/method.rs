//! Methods of values.

use super::Lifter;
use super::call::{Arguments, Site};
use super::iterate::KEEPS_STATE;
use super::raise::Error;
use super::value::{Atom, SeqKind, Sym, Truth};
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
            // A policy's resource has none of an event's methods.
            (Atom::Event, "udm" | "deep_walk" | "to_dict" | "lookup" | "event_time_epoch") if self.plain_event => {
                Some(self.raises(Error::Attribute))
            }
            (Atom::Event, "udm") => Some(self.udm(arguments, site)),
            (Atom::Event, "deep_walk") => Some(self.deep_walk(arguments, site)),
            (Atom::Event, "to_dict" | "copy") if arguments.positional.is_empty() => {
                Some(self.unknown(site, format!("event.{name}")))
            }
            (Atom::Event, "lookup" | "event_time_epoch") => Some(self.unknown(site, format!("event.{name}"))),
            // Only the event itself has it.
            (Atom::Term(..), "deep_walk" | "udm") => Some(self.raises(Error::Attribute)),
            (Atom::Term(subject, at), "items") if arguments.positional.is_empty() => {
                let guard = self.need(subject, TypeSet::OBJECT, *at, Error::Attribute);
                Some(Sym::when(guard, Atom::Term(Subject::Call(Function::Pairs, [subject.clone()].into()), *at)))
            }
            (Atom::Term(subject, at), "keys" | "values") if arguments.positional.is_empty() => {
                let function = if name == "keys" { Function::Keys } else { Function::Values };
                let guard = self.need(subject, TypeSet::OBJECT, *at, Error::Attribute);
                Some(Sym::when(guard, Atom::Term(Subject::Call(function, [subject.clone()].into()), *at)))
            }
            (Atom::Dict(entries), "keys" | "values") => Some(dict_part(entries, name)),
            (Atom::Dict(entries), "items") => Some(dict_items(entries)),
            (Atom::Seq(SeqKind::Set, items), "union") => union(items, arguments),
            (_, "intersection" | "difference" | "issubset") if Self::is_set(owner) => {
                self.set_method(owner, name, arguments, site)
            }
            (Atom::Regex(regex), "findall") => {
                let text = arguments.exactly::<1>().map(|[text]| text.clone());
                let regex = regex.clone();
                text.map(|text| self.map(&text, |lifter, text| lifter.regex_on_text(&regex, None, text, site)))
            }
            (Atom::Regex(regex), name) => {
                let regex = regex.clone();
                self.regex_method(&regex, name, arguments, site)
            }
            // A text has no method of a container.
            (Atom::Const(Value::Str(_), _), "get" | "keys" | "values" | "items" | "append") => {
                Some(self.raises(Error::Attribute))
            }
            (Atom::Const(Value::Str(_), _) | Atom::Term(..), name) => self.text_method(owner, name, arguments, site),
            (Atom::Instance(instance), _) => {
                let instance = instance.clone();
                Some(self.instance_method(&instance, name, arguments, site))
            }
            (Atom::Builtin(class), _) if &**class == "datetime.datetime" => {
                self.datetime_function(name, arguments, site)
            }
            (Atom::Time(time, at), "strftime") => {
                let format = arguments.exactly::<1>().and_then(|[format]| format.as_str().map(str::to_owned));
                format.map(|format| {
                    let text = [time.clone(), Subject::Constant(Value::str(format))];
                    self.computed(Subject::Call(Function::FormatTime, text.into()), *at, Error::Value)
                })
            }
            (Atom::Span(span, at), "total_seconds") if arguments.positional.is_empty() => {
                Some(super::time::total_seconds(span, *at))
            }
            (Atom::Likeness(ratio), "ratio") if arguments.positional.is_empty() => {
                Some(Sym::atom(Atom::Term(ratio.clone(), None)))
            }
            (Atom::NetworkOf(subject, at), "subnet_of") => {
                let network = arguments.exactly::<1>().and_then(|[network]| match network.single() {
                    Some(Atom::Network(network)) => Some(*network),
                    _ => None,
                });
                network.map(|network| self.subnet_of(subject, *at, network))
            }
            (Atom::Match(subject, regex), "group") => self.group(subject, regex, arguments),
            (Atom::Opaque(hole), _) => Some(self.unknown(site, hole.reason.clone())),
            (Atom::Before | Atom::Grown(_) | Atom::GrownBy(_), _) => Some(self.unknown(site, KEEPS_STATE)),
            (Atom::Const(..), _) => Some(self.raises(Error::Attribute)),
            // Containers have none of a text's methods.
            (Atom::Seq(..) | Atom::Dict(_), name) if super::text::is_text_method(name) => {
                Some(self.raises(Error::Attribute))
            }
            _ => None,
        };
        result.unwrap_or_else(|| self.unknown(site, format!("the method {name}")))
    }

    /// What a set has in common with another, what it has more, and whether it has nothing more.
    fn set_method(&mut self, owner: &Atom, name: &str, arguments: &Arguments, site: Site<'_>) -> Option<Sym> {
        let [other] = arguments.exactly::<1>()?;
        let other = other.clone();
        Some(self.map(&other, |lifter, other| {
            let Some(value) = lifter.set_operation(owner, name == "intersection", other) else {
                return lifter.unknown(site, format!("the method {name}"));
            };
            if name != "issubset" {
                return value;
            }
            let truth = lifter.truth_of(&value);
            Sym::bool(Truth { ok: truth.ok, holds: truth.fails, fails: truth.holds })
        }))
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
