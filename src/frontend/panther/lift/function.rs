//! Inlining of functions, and what `alert_context` hands out.

use super::call::{Arguments, Site};
use super::cases::Cases;
use super::module::{Env, find_function};
use super::value::{Alt, Atom, SeqKind, Sym};
use super::{Lifter, MAX_CALLS};
use crate::ir::{ExprId, OutputField, Subject, Value};
use crate::lang::python::ast::{ParameterWithDefault, StmtFunctionDef};
use std::sync::Arc;

impl Lifter<'_> {
    /// Runs a function of a loaded module in place of its call.
    pub(super) fn inline(&mut self, module: usize, name: &Arc<str>, arguments: &Arguments, site: Site<'_>) -> Sym {
        let tree = self.modules[module].tree.clone();
        let Some(function) = find_function(&tree, name) else {
            return self.unknown(site, format!("a call of {name}"));
        };
        if !function.decorator_list.is_empty() {
            return self.unknown(site, format!("the decorated function {name}"));
        }
        if let Some(value) = self.call_of_helper(module, function, arguments) {
            return value;
        }
        let call = (module, name.clone());
        if !self.is_of_event_alone(&call, arguments) {
            return self.enter(call, function, arguments, site, &mut Env::new(module));
        }
        if let Some(known) = self.known.calls.get(&call) {
            return known.clone();
        }
        let holes = self.holes.get();
        let value = self.enter(call.clone(), function, arguments, site, &mut Env::new(module));
        // A hole can be about who calls.
        if self.holes.get() == holes && !self.helpers_change {
            self.known.calls.insert(call, value.clone());
        }
        value
    }

    /// Whether a call gives the same each time: one of a helper, whose globals stay as they are, on the event. Inside of a `try` it also
    /// counts what it raises.
    fn is_of_event_alone(&self, call: &(usize, Arc<str>), arguments: &Arguments) -> bool {
        let is_event = |[only]: &[Sym; 1]| only.single() == Some(&Atom::Event);
        call.0 > 0 && arguments.exactly().is_some_and(is_event) && !self.is_watching() && !self.helpers_change
    }

    /// Runs a function in a frame that may have names already; the names it bound are left there.
    pub(super) fn enter(
        &mut self,
        call: (usize, Arc<str>),
        function: &StmtFunctionDef,
        arguments: &Arguments,
        site: Site<'_>,
        env: &mut Env,
    ) -> Sym {
        let name = call.1.clone();
        if self.calls.len() >= MAX_CALLS || self.calls.contains(&call) {
            return self.unknown(site, format!("{name} calls itself or too deep"));
        }
        if function.is_async {
            return self.unknown(site, format!("the asynchronous function {name}"));
        }
        self.calls.push(call);
        let result = match self.bind_parameters(function, arguments, env) {
            Some(ok) => {
                let value = self.run(function, env);
                self.after(ok, value)
            }
            None => self.unknown(site, format!("the parameters of {name}")),
        };
        self.calls.pop();
        // What it wrote to globals is not carried back, so it is not known to whoever reads them next.
        let written: Vec<Arc<str>> =
            env.declared.iter().filter(|name| env.locals.contains_key(*name)).cloned().collect();
        for name in written {
            let hole = self.unknown(site, "a global that a function changes");
            self.forget_global(env.module, &name, &hole);
        }
        result
    }

    /// The value that a function's body gives back.
    fn run(&mut self, function: &StmtFunctionDef, env: &mut Env) -> Sym {
        let flow = self.block(&function.body, env);
        let mut cases = Cases::default();
        let boolean = |value| Atom::Const(Value::Bool(value), None);
        let ends =
            [(flow.truth, boolean(true)), (flow.falsity, boolean(false)), (flow.falls, Atom::Const(Value::Null, None))];
        for (when, atom) in ends {
            self.add_alt(&mut cases, Alt { when, atom });
        }
        for alt in flow.others {
            self.add_alt(&mut cases, alt);
        }
        Sym { ok: flow.ok, alts: cases.into_alts() }
    }

    /// Binds arguments and defaults; the condition under which the defaults do not raise. `None` for what Python refuses or
    /// `**kwargs`.
    fn bind_parameters(&mut self, function: &StmtFunctionDef, arguments: &Arguments, env: &mut Env) -> Option<ExprId> {
        let parameters = &function.parameters;
        if parameters.kwarg.is_some() {
            return None;
        }
        let positional: Vec<&ParameterWithDefault> = parameters.posonlyargs.iter().chain(&parameters.args).collect();
        let given = arguments.positional.len().min(positional.len());
        let rest = &arguments.positional[given..];
        match &parameters.vararg {
            Some(rest_name) => {
                let items = Atom::Seq(SeqKind::Tuple, rest.iter().cloned().collect());
                env.locals.insert(rest_name.name.as_str().into(), Sym::atom(items));
            }
            None if rest.is_empty() => {}
            None => return None,
        }
        let mut ok = ExprId::TRUE;
        let mut used = given;
        for (index, parameter) in positional.iter().copied().chain(&parameters.kwonlyargs).enumerate() {
            let name: Arc<str> = parameter.name().as_str().into();
            let by_position = arguments.positional.get(index).filter(|_| index < positional.len());
            let by_name = arguments.named.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
            let value = match (by_position, by_name, parameter.default()) {
                (Some(_), Some(_), _) | (None, None, None) => return None,
                (Some(value), None, _) => value.clone(),
                (None, Some(value), _) => {
                    used += 1;
                    value.clone()
                }
                (None, None, Some(default)) => {
                    let value = self.expr(default, &mut Env::new(env.module));
                    ok = self.both(ok, value.ok);
                    value
                }
            };
            let value = value.evaluated();
            env.locals.insert(name, value);
        }
        (used == given + arguments.named.len()).then_some(ok)
    }

    /// The fields of a dictionary that `alert_context` returns in every case, where they are plain reads of the event.
    pub(super) fn alert_context(&mut self, index: usize) -> Vec<OutputField> {
        let tree = self.modules[index].tree.clone();
        let Some(function) = find_function(&tree, "alert_context") else { return Vec::new() };
        let Some(parameter) = function.parameters.args.first() else { return Vec::new() };
        let mut env = Env::new(index);
        env.locals.insert(parameter.name().as_str().into(), Sym::atom(Atom::Event));
        let value = self.run(function, &mut env);
        let [Alt { atom: Atom::Dict(entries), .. }] = value.alts.as_slice() else { return Vec::new() };
        entries
            .iter()
            .filter_map(|(key, value)| {
                let field = key.as_str()?.to_owned();
                let source = value.alts.iter().find_map(|alt| match &alt.atom {
                    Atom::Term(Subject::Field(path), _) => Some(path.name()),
                    _ => None,
                })?;
                let source = Some(source).filter(|source| *source != field);
                Some(OutputField { field, source, by_code: true })
            })
            .collect()
    }
}
