//! What a test puts in the place of a name of the rule's module: Python's `MagicMock` with a `return_value`.

use super::Lifter;
use super::module::Module;
use super::value::{Atom, SeqKind, Sym};
use crate::ir::{Mock, Value};
use std::rc::Rc;
use std::sync::Arc;

impl Lifter<'_> {
    /// Replaces a global of the module; whether there is one of that name.
    pub(super) fn mock(&mut self, module: usize, mock: &Mock) -> bool {
        let known = &self.modules[module];
        let name: Arc<str> = mock.name.as_str().into();
        if !known.globals.contains_key(&name) {
            return false;
        }
        let mut globals = known.globals.clone();
        globals.insert(name, Sym::atom(Atom::Mock(Rc::new(sym_of(&Value::from_json(&mock.value))))));
        self.modules[module] = Rc::new(Module { source: known.source, tree: known.tree.clone(), globals });
        true
    }
}

/// A plain Python value.
pub(super) fn sym_of(value: &Value) -> Sym {
    match value {
        Value::List(items) => Sym::atom(Atom::Seq(SeqKind::List, items.iter().map(sym_of).collect())),
        Value::Object(entries) => {
            let entry = |(key, value): &(Arc<str>, Value)| (Value::Str(key.clone()), sym_of(value));
            Sym::atom(Atom::Dict(entries.iter().map(entry).collect()))
        }
        scalar => Sym::constant(scalar.clone(), None),
    }
}
