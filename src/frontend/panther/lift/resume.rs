//! Lifting the entry function again with mocks in the place of names: all before the first statement that reads one of the names stays
//! as it was.

use super::Lifter;
use super::module::{Env, Module};
use super::stmt::Flow;
use std::rc::Rc;
use std::sync::Arc;

/// The names of the rule's module that tests put something in the place of.
#[derive(Default)]
pub(super) struct Mocked {
    module: usize,
    names: Vec<Arc<str>>,
    /// Where the entry function was before it read one of them.
    stop: Option<Rc<Stop>>,
    is_read: bool,
}

/// The state before a statement of the entry function.
pub(super) struct Stop {
    /// How many statements were done.
    pub(super) done: usize,
    pub(super) flow: Flow,
    pub(super) env: Env,
    modules: Vec<Rc<Module>>,
    steps: usize,
    work: usize,
}

impl Mocked {
    pub(super) fn new(module: usize, names: Vec<Arc<str>>) -> Self {
        Self { module, names, stop: None, is_read: false }
    }
}

impl Lifter<'_> {
    /// Remembers the state before a statement of the entry function, unless one of the names was read before it.
    pub(super) fn stop_before(&mut self, done: usize, flow: &Flow, env: &Env) {
        if self.mocked.names.is_empty() || self.mocked.is_read {
            return;
        }
        let (modules, steps, work) = (self.modules.clone(), self.steps, self.work);
        self.mocked.stop = Some(Rc::new(Stop { done, flow: flow.clone(), env: env.clone(), modules, steps, work }));
    }

    /// A global is looked up or changed.
    pub(super) fn note_global(&mut self, module: usize, name: &str) {
        let mocked = &mut self.mocked;
        mocked.is_read |= module == mocked.module && mocked.names.iter().any(|known| &**known == name);
    }

    /// Back to the remembered state. Modules that were loaded since stay.
    pub(super) fn go_back(&mut self) -> Option<Rc<Stop>> {
        let stop = self.mocked.stop.clone()?;
        self.modules[..stop.modules.len()].clone_from_slice(&stop.modules);
        (self.steps, self.work) = (stop.steps, stop.work);
        Some(stop)
    }
}
