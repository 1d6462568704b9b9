//! `isinstance`.

use super::Lifter;
use super::call::Site;
use super::value::{Atom, SeqKind, Sym, Truth, static_type};
use crate::ir::{ExprId, Function, Subject, TypeSet, UseKind};
use std::sync::Arc;

impl Lifter<'_> {
    pub(super) fn isinstance(&mut self, value: &Sym, types: &Sym, site: Site<'_>) -> Option<Sym> {
        let names = type_names(types)?;
        let value = value.clone();
        Some(self.map(&value, |lifter, atom| match atom {
            Atom::Const(constant, _) => {
                let known = TypeSet::of(constant).names()[0];
                Sym::bool(Truth::known(names.iter().any(|name| python_types(name).names().contains(&known))))
            }
            Atom::Seq(kind, _) => {
                let name = match kind {
                    SeqKind::List => "list",
                    SeqKind::Tuple => "tuple",
                    SeqKind::Set => "set",
                };
                let sequence = *kind != SeqKind::Set && names.iter().any(|known| &**known == "Sequence");
                Sym::bool(Truth::known(sequence || names.iter().any(|known| &**known == name)))
            }
            Atom::Dict(_) => Sym::bool(Truth::known(names.iter().any(|known| matches!(&**known, "dict" | "Mapping")))),
            Atom::Term(subject, at) => lifter.term_isinstance(subject, *at, &names),
            Atom::Mock(_) => Sym::bool(Truth::known(names.iter().any(|name| &**name == "MagicMock"))),
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "isinstance of this value"),
        }))
    }

    /// The event's containers are wrapped: they are no `list` and no `dict` (reference: panther.md section 6).
    fn term_isinstance(&mut self, subject: &Subject, at: Option<crate::source::Location>, names: &[Arc<str>]) -> Sym {
        let known = static_type(subject);
        let plain = self.is_plain(subject);
        let types = names
            .iter()
            .map(|name| match &**name {
                "list" if known != Some(TypeSet::ARRAY) && !plain => None,
                "dict" if !plain => None,
                "ImmutableList" if plain || known.is_some() => None,
                "set" if matches!(subject, Subject::Call(Function::Distinct, _)) => Some(TypeSet::ARRAY),
                "list" | "Sequence" if matches!(subject, Subject::Call(Function::Distinct, _)) => None,
                name if NEVER_IN_EVENTS.contains(&name) => None,
                other => Some(python_types(other)),
            })
            .fold(None, |all: Option<TypeSet>, types| match (all, types) {
                (Some(all), Some(types)) => Some(all.or(types)),
                (all, types) => all.or(types),
            });
        let test = types.map_or(ExprId::FALSE, |types| self.is_type(subject, types, at));
        self.note_use(test, subject, at, UseKind::Other, Vec::new());
        let truth = self.truth(ExprId::TRUE, test);
        Sym::bool(truth)
    }
}

fn type_names(types: &Sym) -> Option<Vec<Arc<str>>> {
    let name = |atom: &Atom| match atom {
        Atom::Builtin(name) if !python_types(name).names().is_empty() || NEVER_IN_EVENTS.contains(&&**name) => {
            Some(name.clone())
        }
        _ => None,
    };
    match types.single()? {
        Atom::Seq(SeqKind::Tuple, items) => items.iter().map(|item| item.single().and_then(name)).collect(),
        atom => name(atom).map(|name| vec![name]),
    }
}

/// Types that no value of an event has.
const NEVER_IN_EVENTS: [&str; 5] = ["set", "tuple", "MagicMock", "bytes", "frozenset"];

/// The JSON types of a Python type's values.
fn python_types(name: &str) -> TypeSet {
    match name {
        "str" => TypeSet::STRING,
        "bool" => TypeSet::BOOL,
        "int" => TypeSet::INT.or(TypeSet::BOOL),
        "float" => TypeSet::FLOAT,
        "list" | "ImmutableList" => TypeSet::ARRAY,
        "dict" | "Mapping" => TypeSet::OBJECT,
        "Sequence" => TypeSet::ARRAY.or(TypeSet::STRING),
        _ => TypeSet::default(),
    }
}
