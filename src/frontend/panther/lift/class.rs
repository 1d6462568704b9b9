//! Classes: their instances are the values of their fields; methods run in place of their calls, inherited ones too.

use super::Lifter;
use super::call::{Arguments, Site};
use super::module::Env;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Atom, Instance, Sym};
use crate::lang::python::ast::{Expr, ExprAttribute, ExprCall, ModModule, Stmt, StmtClassDef, StmtFunctionDef};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

/// More classes are not searched for a method.
const MAX_BASES: usize = 16;

/// Module and name of a class.
type ClassRef = (usize, Arc<str>);

/// The prefix of the names that hold the fields of an instance that is being made.
const FIELD: &str = "self.";

/// Where a method was found.
enum Found {
    In(ClassRef),
    Nowhere,
    /// A base class is not known.
    Unknown,
}

impl Lifter<'_> {
    /// An instance of a class.
    pub(super) fn instantiate(&mut self, class: &ClassRef, arguments: &Arguments, site: Site<'_>) -> Sym {
        let (module, name) = class.clone();
        let owner = match self.find_method(vec![class.clone()], "__init__") {
            Found::In(owner) => owner,
            Found::Nowhere => {
                return Sym::atom(Atom::Instance(Rc::new(Instance { module, class: name, fields: Vec::new() })));
            }
            Found::Unknown => return self.unknown(site, format!("the class {name}")),
        };
        let mut env = Env::new(owner.0);
        let value =
            self.run_method(&owner, "__init__", Atom::Building(module, name.clone()), arguments, site, &mut env);
        if let Some(hole) = value.alts.iter().find_map(|alt| match &alt.atom {
            Atom::Opaque(hole) => Some(hole.clone()),
            _ => None,
        }) {
            return self.unknown(site, hole.reason.clone());
        }
        let mut fields: Vec<(Arc<str>, Sym)> = env
            .locals
            .iter()
            .filter_map(|(name, value)| Some((Arc::from(name.strip_prefix(FIELD)?), value.clone())))
            .collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        Sym::when(value.ok, Atom::Instance(Rc::new(Instance { module, class: name, fields })))
    }

    /// Runs a method of a class with its first parameter bound.
    fn run_method(
        &mut self,
        owner: &ClassRef,
        name: &str,
        me: Atom,
        arguments: &Arguments,
        site: Site<'_>,
        env: &mut Env,
    ) -> Sym {
        let tree = self.modules[owner.0].tree.clone();
        let Some(function) = find_class(&tree, &owner.1).and_then(|class| class_function(class, name)) else {
            return self.unknown(site, format!("the method {name}"));
        };
        let outer = env.class.replace(owner.clone());
        let positional = std::iter::once(Sym::atom(me)).chain(arguments.positional.iter().cloned()).collect();
        let arguments = Arguments { positional, named: arguments.named.clone() };
        let call = (owner.0, format!("{}.{name}", owner.1).into());
        let value = self.enter(call, function, &arguments, site, env);
        env.class = outer;
        value
    }

    /// A method of an instance.
    pub(super) fn instance_method(
        &mut self,
        instance: &Rc<Instance>,
        name: &str,
        arguments: &Arguments,
        site: Site<'_>,
    ) -> Sym {
        let class = (instance.module, instance.class.clone());
        match self.find_method(vec![class], name) {
            Found::In(owner) => {
                let mut env = Env::new(owner.0);
                self.run_method(&owner, name, Atom::Instance(instance.clone()), arguments, site, &mut env)
            }
            Found::Nowhere => self.raises(Error::Attribute),
            Found::Unknown => self.unknown(site, format!("the method {name}")),
        }
    }

    /// A field, a property or a method of an instance.
    pub(super) fn instance_attribute(&mut self, instance: &Rc<Instance>, name: &Arc<str>, site: Site<'_>) -> Sym {
        if let Some((_, value)) = instance.fields.iter().find(|(field, _)| field == name) {
            return value.clone();
        }
        let class = (instance.module, instance.class.clone());
        let Found::In(owner) = self.find_method(vec![class], name) else {
            return self.unknown(site, format!("the attribute {name}"));
        };
        let tree = self.modules[owner.0].tree.clone();
        let function = find_class(&tree, &owner.1).and_then(|class| class_function(class, name));
        match function.map(|function| function.decorator_list.as_slice()) {
            Some([]) => Sym::atom(Atom::Method(Box::new(Atom::Instance(instance.clone())), name.clone())),
            Some([only]) if matches!(&only.expression, Expr::Name(name) if name.id.as_str() == "property") => {
                let none = Arguments { positional: Vec::new(), named: Vec::new() };
                self.instance_method(instance, name, &none, site)
            }
            _ => self.unknown(site, format!("the decorated method {name}")),
        }
    }

    /// The class, or a base of it, that has the method.
    fn find_method(&mut self, start: Vec<ClassRef>, name: &str) -> Found {
        let mut queue: VecDeque<ClassRef> = start.into();
        for _ in 0..MAX_BASES {
            let Some((module, class)) = queue.pop_front() else { return Found::Nowhere };
            let tree = self.modules[module].tree.clone();
            let Some(def) = find_class(&tree, &class) else { return Found::Unknown };
            if class_function(def, name).is_some() {
                return Found::In((module, class));
            }
            match self.bases(module, def) {
                // Depth first: what the first base inherits comes before the second base.
                Some(bases) => bases.into_iter().rev().for_each(|base| queue.push_front(base)),
                None => return Found::Unknown,
            }
        }
        Found::Unknown
    }

    /// The bases of a class; `None` when one is not known.
    fn bases(&mut self, module: usize, def: &StmtClassDef) -> Option<Vec<ClassRef>> {
        let mut found = Vec::new();
        for base in def.bases() {
            if matches!(base, Expr::Name(name) if name.id.as_str() == "object") {
                continue;
            }
            match self.expr(base, &mut Env::new(module)).single() {
                Some(Atom::Class(module, name)) => found.push((*module, name.clone())),
                _ => return None,
            }
        }
        Some(found)
    }

    /// A call on `self` while it is being made, or on `super()`: the method sees and changes the fields so far.
    pub(super) fn call_on_self(&mut self, call: &ExprCall, expr: &Expr, env: &mut Env) -> Option<Sym> {
        let Expr::Attribute(attribute) = &*call.func else { return None };
        let name = attribute.attr.as_str();
        let (me, start) = self.receiver(attribute, env)?;
        let site = Site { expr, module: env.module };
        let (ok, arguments) = match self.arguments(call, env) {
            Ok(arguments) => arguments,
            Err(reason) => return Some(self.unknown(site, reason)),
        };
        let value = match self.find_method(start, name) {
            Found::In(owner) => self.on_self(&owner, name, me, &arguments, site, env),
            // `object` has one that does nothing.
            Found::Nowhere if name == "__init__" => Sym::none(),
            Found::Nowhere => self.raises(Error::Attribute),
            Found::Unknown => self.unknown(site, format!("the method {name}")),
        };
        Some(self.after(ok, value))
    }

    /// What the method is called on, and the classes to look for it.
    fn receiver(&mut self, attribute: &ExprAttribute, env: &Env) -> Option<(Atom, Vec<ClassRef>)> {
        match &*attribute.value {
            Expr::Name(name) => match env.locals.get(name.id.as_str())?.single()? {
                Atom::Building(module, class) => {
                    Some((Atom::Building(*module, class.clone()), vec![(*module, class.clone())]))
                }
                _ => None,
            },
            Expr::Call(call)
                if call.arguments.is_empty()
                    && matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "super") =>
            {
                let (module, class) = env.class.clone()?;
                let me = env.locals.values().find_map(|value| match value.single() {
                    Some(me @ (Atom::Building(..) | Atom::Instance(_))) => Some(me.clone()),
                    _ => None,
                })?;
                let tree = self.modules[module].tree.clone();
                let bases = find_class(&tree, &class).and_then(|def| self.bases(module, def))?;
                Some((me, bases))
            }
            _ => None,
        }
    }

    /// `self.name = value` while the instance is made. In a loop over the event's items it would be lost, and is not understood.
    pub(super) fn set_field(&mut self, target: &Expr, value: &Sym, env: &mut Env) -> Option<Flow> {
        let Expr::Attribute(attribute) = target else { return None };
        let Expr::Name(owner) = &*attribute.value else { return None };
        let Some(Atom::Building(..)) = env.locals.get(owner.id.as_str())?.single() else { return None };
        if self.binders > 0 {
            return None;
        }
        env.locals.insert(field_name(attribute.attr.as_str()), value.clone().evaluated());
        Some(Flow::falls(value.ok))
    }

    fn on_self(
        &mut self,
        owner: &ClassRef,
        name: &str,
        me: Atom,
        arguments: &Arguments,
        site: Site<'_>,
        env: &mut Env,
    ) -> Sym {
        let mut inner = Env::new(owner.0);
        let field = |(name, _): &(&Arc<str>, &Sym)| name.starts_with(FIELD);
        inner.locals.extend(env.locals.iter().filter(field).map(|(name, value)| (name.clone(), value.clone())));
        let value = self.run_method(owner, name, me, arguments, site, &mut inner);
        env.locals.extend(inner.locals.into_iter().filter(|(name, _)| name.starts_with(FIELD)));
        value
    }
}

/// The name that holds a field of the instance that is being made.
pub(super) fn field_name(name: &str) -> Arc<str> {
    format!("{FIELD}{name}").into()
}

/// The last definition of a name counts.
fn find_class<'m>(tree: &'m ModModule, name: &str) -> Option<&'m StmtClassDef> {
    let classes = tree.body.iter().filter_map(|statement| match statement {
        Stmt::ClassDef(def) => Some(def),
        _ => None,
    });
    classes.filter(|def| def.name.as_str() == name).last()
}

fn class_function<'m>(class: &'m StmtClassDef, name: &str) -> Option<&'m StmtFunctionDef> {
    let functions = class.body.iter().filter_map(|statement| match statement {
        Stmt::FunctionDef(def) => Some(def),
        _ => None,
    });
    functions.filter(|def| def.name.as_str() == name).last()
}
