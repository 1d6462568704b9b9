//! Modules: the rule's own and the helpers it imports, with what their names stand for.

use super::resume::Stop;
use super::stmt::Flow;
use super::value::{Atom, Sym, Truth};
use super::{Entry, Lifter, Refusal};
use crate::ir::ExprId;
use crate::lang::python::ast::{ModModule, Stmt, StmtFunctionDef, StmtImport, StmtImportFrom};
use crate::lang::python::{self, functions};
use crate::source::{SourceId, Span};
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Where Panther's shared helpers stand, seen from a rule's folder.
const HELPER_FOLDERS: [&str; 4] = ["../../global_helpers", "../../../global_helpers", "../global_helpers", "."];

/// Names and their values.
pub(super) type Names = HashMap<Arc<str>, Sym, RandomState>;

/// A parsed file and its global names.
pub(super) struct Module {
    pub(super) source: SourceId,
    pub(super) tree: Arc<ModModule>,
    pub(super) globals: Names,
}

/// The names of a function's frame.
#[derive(Clone)]
pub(super) struct Env {
    pub(super) module: usize,
    pub(super) locals: Names,
    /// Names that a `global` statement takes from the module.
    pub(super) declared: HashSet<Arc<str>, RandomState>,
    /// The class whose method this is.
    pub(super) class: Option<(usize, Arc<str>)>,
}

impl Env {
    pub(super) fn new(module: usize) -> Self {
        Self { module, locals: Names::default(), declared: HashSet::default(), class: None }
    }
}

impl Lifter<'_> {
    /// Takes a file in: its top level is run once, in order.
    pub(super) fn add_module(&mut self, source: SourceId, tree: Arc<ModModule>) -> usize {
        let index = self.modules.len();
        let empty = Rc::new(Module { source, tree: tree.clone(), globals: Names::default() });
        self.modules.push(Rc::clone(&empty));
        self.untouched.push(empty);
        let mut env = Env::new(index);
        for statement in &tree.body {
            self.top_level(statement, &mut env);
        }
        let module = Rc::new(Module { source, tree, globals: env.locals });
        self.modules[index] = Rc::clone(&module);
        self.untouched[index] = module;
        index
    }

    fn top_level(&mut self, statement: &Stmt, env: &mut Env) {
        match statement {
            Stmt::FunctionDef(def) => {
                let name: Arc<str> = def.name.as_str().into();
                env.locals.insert(name.clone(), Sym::atom(Atom::Function(env.module, name)));
            }
            Stmt::ClassDef(def) => {
                let name: Arc<str> = def.name.as_str().into();
                let value = if def.decorator_list.is_empty() {
                    Sym::atom(Atom::Class(env.module, name.clone()))
                } else {
                    self.hole(env.module, &def.name, format!("the decorated class {name}"))
                };
                env.locals.insert(name, value);
            }
            Stmt::Import(import) => import_modules(import, env),
            Stmt::ImportFrom(import) => import_names(import, env),
            other => drop(self.statement(other, env)),
        }
    }

    /// From here on a global is not known: something changed it whose effect is not followed into other functions.
    pub(super) fn forget_global(&mut self, module: usize, name: &Arc<str>, hole: &Sym) {
        self.note_global(module, name);
        let known = &self.modules[module];
        if known.globals.contains_key(name) {
            self.helpers_change |= module > 0;
            let mut globals = known.globals.clone();
            globals.insert(name.clone(), hole.clone());
            self.modules[module] = Rc::new(Module { source: known.source, tree: known.tree.clone(), globals });
        }
    }

    /// The module of a helper, loaded at its first use.
    pub(super) fn helper(&mut self, name: &str) -> Option<usize> {
        if let Some(known) = self.helpers.get(name) {
            return *known;
        }
        // Names come from the rule; only plain ones are paths.
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        self.helpers.insert(name.to_owned(), None);
        let main = self.unit.main().path.clone();
        let file = HELPER_FOLDERS
            .iter()
            .filter(|_| plain && self.modules.len() < 32)
            .find_map(|folder| self.companions.companion(&main, &format!("{folder}/{name}.py")))?;
        let tree = python::parse_shared(&file.text).ok()?;
        let source = self.unit.add(file);
        let index = self.add_module(source, tree);
        self.helpers.insert(name.to_owned(), Some(index));
        Some(index)
    }

    /// Runs the entry function on the event, from its start or from where it stopped.
    pub(super) fn entry(&mut self, index: usize, entry: Entry, from: Option<&Stop>) -> Result<Truth, Refusal> {
        let module = self.modules[index].clone();
        let Some(function) = find_function(&module.tree, entry.name()) else {
            return Err((format!("the file defines no function `{}`", entry.name()), Span::at(0)));
        };
        let Some(parameter) = function.parameters.args.first().or(function.parameters.posonlyargs.first()) else {
            return Err((format!("`{}` takes no event", entry.name()), python::span_of(&function.name)));
        };
        let (mut done, mut flow, mut env) = if let Some(stop) = from {
            (stop.done, stop.flow.clone(), stop.env.clone())
        } else {
            let mut env = Env::new(index);
            env.locals.insert(parameter.name().as_str().into(), Sym::atom(Atom::Event));
            (0, Flow::falls(ExprId::TRUE), env)
        };
        while let Some(statement) = function.body.get(done)
            && flow.falls != ExprId::FALSE
        {
            self.stop_before(done, &flow, &env);
            flow = self.next_statement(flow, statement, &mut env);
            done += 1;
        }
        Ok(self.verdict(&flow))
    }
}

/// The last definition of a name counts.
pub(super) fn find_function<'m>(tree: &'m ModModule, name: &str) -> Option<&'m StmtFunctionDef> {
    functions(tree).filter(|function| function.name.as_str() == name).last()
}

fn import_modules(import: &StmtImport, env: &mut Env) {
    for alias in &import.names {
        let full = alias.name.as_str();
        let first = full.split('.').next().unwrap_or(full);
        let (name, module) = alias.asname.as_ref().map_or((first, first), |name| (name.as_str(), full));
        env.locals.insert(name.into(), Sym::atom(Atom::Module(module.into())));
    }
}

fn import_names(import: &StmtImportFrom, env: &mut Env) {
    let module = import.module.as_ref().map_or("", |module| module.as_str());
    for alias in &import.names {
        let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        env.locals.insert(name.into(), Sym::atom(Atom::Imported(module.into(), alias.name.as_str().into())));
    }
}
