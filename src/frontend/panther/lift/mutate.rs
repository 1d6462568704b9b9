//! Containers that statements change: `names.append(x)`, `table[key] = value`.

use super::Lifter;
use super::iterate::FIRST_BINDER;
use super::module::Env;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Atom, SeqKind, Sym, equal, static_type};
use crate::ir::{Function, Subject, TypeSet, Value};
use crate::lang::python::ast::{Expr, ExprSubscript};
use std::rc::Rc;
use std::sync::Arc;

impl Lifter<'_> {
    /// A statement that changes a container that a name holds: `names.append(x)`.
    pub(super) fn mutate(&mut self, expr: &Expr, env: &mut Env) -> Option<Flow> {
        let Expr::Call(call) = expr else { return None };
        let Expr::Attribute(attribute) = &*call.func else { return None };
        let Expr::Name(name) = &*attribute.value else { return None };
        let [argument] = &*call.arguments.args else { return None };
        let name: Arc<str> = name.id.as_str().into();
        let owner = env.locals.get(&name)?.clone();
        let value = self.expr(argument, env);
        let ok = value.ok;
        let value = value.evaluated();
        let changed =
            self.changed_cases(&owner, |lifter, atom| lifter.changed(atom, attribute.attr.as_str(), &value))?;
        let done = self.both(ok, changed.ok);
        env.locals.insert(name, changed.evaluated());
        Some(Flow::falls(done))
    }

    /// Changes every case of a value; `None` when one is not understood.
    fn changed_cases(&mut self, owner: &Sym, mut change: impl FnMut(&mut Self, &Atom) -> Option<Sym>) -> Option<Sym> {
        let mut known = true;
        let changed = self.map(owner, |lifter, atom| {
            change(lifter, atom).unwrap_or_else(|| {
                known = false;
                Sym::raises()
            })
        });
        known.then_some(changed)
    }

    fn changed(&mut self, owner: &Atom, method: &str, value: &Sym) -> Option<Sym> {
        let with = |items: &Rc<[Sym]>, kind, more: &[Sym]| {
            Sym::atom(Atom::Seq(kind, items.iter().chain(more).cloned().collect()))
        };
        match (owner, method) {
            (Atom::Seq(SeqKind::List, items), "append") => {
                Some(with(items, SeqKind::List, std::slice::from_ref(value)))
            }
            (Atom::Seq(SeqKind::Set, items), "add") => {
                let hashable = value.alts.iter().all(|alt| match &alt.atom {
                    Atom::Term(subject, _) => static_type(subject) == Some(TypeSet::STRING),
                    other => other.is_scalar(),
                });
                hashable.then(|| with(items, SeqKind::Set, std::slice::from_ref(value)))
            }
            (Atom::Before, "append" | "add") => Some(Sym::atom(Atom::Grown(Rc::new(value.clone())))),
            (Atom::Grown(_) | Atom::GrownBy(_), "append" | "add") => {
                Some(Sym::atom(Self::grown_more(owner, Self::term_of(value)?)?))
            }
            (Atom::Term(subject, at), "append")
                if static_type(subject) == Some(TypeSet::ARRAY) && self.is_plain(subject) =>
            {
                let item = Subject::Call(Function::List, [Self::term_of(value)?].into());
                Some(Sym::atom(Atom::Term(Subject::Call(Function::Chain, [subject.clone(), item].into()), *at)))
            }
            (Atom::Seq(SeqKind::List, _) | Atom::Before, "extend")
            | (
                Atom::Seq(SeqKind::Set, _) | Atom::Before | Atom::Term(Subject::Call(Function::Distinct, _), _),
                "update",
            ) => self.extended(owner, value),
            (Atom::Dict(entries), "update") => match value.single()? {
                Atom::Dict(more) => {
                    let kept = entries.iter().filter(|(key, _)| !more.iter().any(|(other, _)| equal(key, other)));
                    Some(Sym::atom(Atom::Dict(kept.chain(more.iter()).cloned().collect())))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A container that grew in this round, and grows by another item.
    fn grown_more(owner: &Atom, item: Subject) -> Option<Atom> {
        let list = |item: Subject| Subject::Call(Function::List, [item].into());
        let so_far = match owner {
            Atom::Grown(first) => list(Self::term_of(first)?),
            Atom::GrownBy(so_far) => so_far.clone(),
            _ => return None,
        };
        Some(Atom::GrownBy(Subject::Call(Function::Chain, [so_far, list(item)].into())))
    }

    /// A container with all the items of another one.
    fn extended(&mut self, owner: &Atom, value: &Sym) -> Option<Sym> {
        let owner = owner.clone();
        self.changed_cases(value, |lifter, more| match (&owner, more) {
            (Atom::Seq(kind, items), Atom::Seq(_, more)) => {
                Some(Sym::atom(Atom::Seq(*kind, items.iter().chain(more.iter()).cloned().collect())))
            }
            (_, Atom::Const(value, _)) if value.as_str().is_none() => Some(lifter.raises(Error::Type)),
            (Atom::Term(set, _), Atom::Seq(_, items)) => {
                let more = Self::array_of(&Atom::Seq(SeqKind::List, items.clone()))?;
                Some(lifter.distinct(&Subject::Call(Function::Chain, [set.clone(), more].into()), None))
            }
            (_, Atom::Term(..) | Atom::Seq(SeqKind::List | SeqKind::Tuple, _)) => {
                let (guard, more, at) = lifter.iterable(more)?;
                let changed = match &owner {
                    Atom::Before => Sym::atom(Atom::GrownBy(more)),
                    Atom::Term(set, _) => {
                        lifter.distinct(&Subject::Call(Function::Chain, [set.clone(), more].into()), at)
                    }
                    Atom::Seq(kind, items) => {
                        let list = Self::array_of(&Atom::Seq(SeqKind::List, items.clone()))?;
                        let chain = Subject::Call(Function::Chain, [list, more].into());
                        if *kind == SeqKind::Set {
                            lifter.distinct(&chain, at)
                        } else {
                            Sym::atom(Atom::Term(chain, at))
                        }
                    }
                    _ => return None,
                };
                Some(lifter.after(guard, changed))
            }
            _ => None,
        })
    }

    /// `table[key] = value` where the table is a name.
    pub(super) fn set_key(&mut self, target: &ExprSubscript, value: &Sym, env: &mut Env) -> Option<Flow> {
        let Expr::Name(name) = &*target.value else { return None };
        let name: Arc<str> = name.id.as_str().into();
        let owner = env.locals.get(&name)?.clone();
        let key = self.expr(&target.slice, env);
        let ok = self.both(value.ok, key.ok);
        let (key, value) = (key.evaluated(), value.clone().evaluated());
        let changed = self.changed_cases(&owner, |lifter, atom| lifter.with_key(atom, &key, &value))?;
        env.locals.insert(name, changed.evaluated());
        Some(Flow::falls(ok))
    }

    fn with_key(&mut self, owner: &Atom, key: &Sym, value: &Sym) -> Option<Sym> {
        match (owner, key.as_const()) {
            (Atom::Dict(entries), Some(key)) => {
                let mut entries: Vec<(Value, Sym)> = entries.to_vec();
                match entries.iter_mut().find(|(known, _)| equal(known, key)) {
                    Some(entry) => entry.1 = value.clone(),
                    None => entries.push((key.clone(), value.clone())),
                }
                Some(Sym::atom(Atom::Dict(entries.into())))
            }
            // A key of the event: from here on the dictionary is a term.
            (Atom::Dict(entries), None) => {
                let known = entries.iter().map(|(key, value)| Self::entry_of(&Sym::constant(key.clone(), None), value));
                let pairs = known.chain([Self::entry_of(key, value)]).collect::<Option<Vec<_>>>()?;
                let object = Subject::Call(Function::ToObject, [Subject::Call(Function::List, pairs.into())].into());
                Some(self.computed(object, None, Error::Type))
            }
            (Atom::Before, _) => {
                Some(Sym::atom(Atom::Grown(Rc::new(Sym::atom(Atom::Term(Self::entry_of(key, value)?, None))))))
            }
            (Atom::Grown(_) | Atom::GrownBy(_), _) => {
                Some(Sym::atom(Self::grown_more(owner, Self::entry_of(key, value)?)?))
            }
            (Atom::Term(table @ Subject::Call(Function::ToObject, _), at), _) => {
                let pairs = Subject::Call(Function::Pairs, [table.clone()].into());
                let more = Subject::Call(Function::List, [Self::entry_of(key, value)?].into());
                let all = Subject::Call(Function::Chain, [pairs, more].into());
                Some(self.computed(Subject::Call(Function::ToObject, [all].into()), *at, Error::Type))
            }
            _ => None,
        }
    }

    /// Whether an item is a pair of an object's entries.
    pub(super) fn is_pair(&self, element: &Subject) -> bool {
        let Subject::Element(binder) = element else { return false };
        let index = usize::from(FIRST_BINDER - *binder);
        self.pair_binders.get(index).copied().unwrap_or(false)
    }
}
