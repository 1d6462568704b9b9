//! Calls: what is called, and the built-in functions.

use super::Lifter;
use super::module::Env;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Atom, SeqKind, Sym};
use crate::ir::{ExprId, Value};
use crate::lang::python::ast::{Expr, ExprCall};
use std::sync::Arc;

/// The arguments of a call, evaluated in order.
pub(super) struct Arguments {
    pub(super) positional: Vec<Sym>,
    pub(super) named: Vec<(Arc<str>, Sym)>,
}

impl Arguments {
    /// The argument at a position or of a name.
    pub(super) fn get(&self, position: usize, name: &str) -> Option<&Sym> {
        let named = || self.named.iter().find(|(known, _)| &**known == name).map(|(_, value)| value);
        self.positional.get(position).or_else(named)
    }

    /// The arguments, if all are positional and so many.
    pub(super) fn exactly<const N: usize>(&self) -> Option<&[Sym; N]> {
        if self.named.is_empty() { self.positional.as_slice().try_into().ok() } else { None }
    }
}

/// A call as it is handed on: what a hole in it shows.
#[derive(Clone, Copy)]
pub(super) struct Site<'e> {
    pub(super) expr: &'e Expr,
    pub(super) module: usize,
}

const BUILTINS: [&str; 25] = [
    "bytes",
    "iter",
    "next",
    "all",
    "any",
    "bool",
    "dict",
    "float",
    "frozenset",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "print",
    "range",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "enumerate",
    "zip",
];

pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// Imported names that are known without their file.
pub(super) fn known_import(module: &str, name: &str) -> Option<Arc<str>> {
    match (module, name) {
        ("re", "search" | "match" | "fullmatch" | "compile" | "findall" | "sub")
        | ("fnmatch", "fnmatch" | "fnmatchcase")
        | ("json", "loads")
        | ("ipaddress", "ip_address" | "ip_network" | "IPv4Address" | "IPv6Address" | "IPv4Network" | "IPv6Network")
        | ("shlex", "split")
        | ("urllib.parse", "unquote" | "urlparse" | "parse_qs")
        | ("datetime", "datetime" | "timedelta") => Some(format!("{module}.{name}").into()),
        ("logging", "debug" | "info" | "warning" | "error") => Some("print".into()),
        ("collections.abc" | "typing", "Mapping" | "Sequence")
        | ("unittest.mock", "MagicMock")
        | ("panther_base_helpers", "deep_walk" | "resolve_timestamp_string")
        | ("panther_base_helpers" | "panther_default" | "panther_oss_helpers", "deep_get")
        | ("difflib", "SequenceMatcher")
        | ("panther_core.immutable", "ImmutableList") => Some(name.into()),
        _ => None,
    }
}

/// Constants of the standard library: the flags of `re`.
pub(super) fn module_constant(module: &str, name: &str) -> Option<Value> {
    let flag = match (module, name) {
        ("re", "IGNORECASE" | "I") => 2,
        ("re", "MULTILINE" | "M") => 8,
        ("re", "DOTALL" | "S") => 16,
        ("re", "UNICODE" | "U") => 32,
        ("re", "VERBOSE" | "X") => 64,
        ("re", "ASCII" | "A") => 256,
        _ => return None,
    };
    Some(Value::Int(flag))
}

impl Lifter<'_> {
    pub(super) fn call(&mut self, call: &ExprCall, expr: &Expr, env: &mut Env) -> Sym {
        let site = Site { expr, module: env.module };
        if let Some(value) = self.call_on_self(call, expr, env) {
            return value;
        }
        let callee = self.expr(&call.func, env);
        if let Some(Atom::Builtin(name)) = callee.single()
            && let ("any" | "all", [argument]) = (&**name, &*call.arguments.args)
        {
            let all = &**name == "all";
            return self.quantifier(all, argument, site, env);
        }
        if let Some(Atom::Builtin(name)) = callee.single()
            && let ("next", [Expr::Generator(generator), rest @ ..]) = (&**name, &*call.arguments.args)
        {
            let default = rest.first().map(|default| self.expr(default, env));
            return self.next_of(generator, default, site, env);
        }
        let (ok, arguments) = match self.arguments(call, env) {
            Ok(arguments) => arguments,
            Err(reason) => return self.unknown(site, reason),
        };
        let result = self.map(&callee, |lifter, atom| lifter.apply(atom, &arguments, site));
        // The callee was evaluated first, but an exception is an exception.
        self.after(ok, result)
    }

    /// The arguments of a call, and when they raise nothing.
    ///
    /// # Errors
    /// With the reason, where it is not known what they are.
    pub(super) fn arguments(&mut self, call: &ExprCall, env: &mut Env) -> Result<(ExprId, Arguments), &'static str> {
        const STARRED: &str = "starred arguments";
        if call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return Err(STARRED);
        }
        let (first, positional) = self.strict(&call.arguments.args, env);
        let starred = call.arguments.args.iter().map(Expr::is_starred_expr);
        let positional = spread(positional, starred).ok_or(STARRED)?;
        let (second, values) = self.strict(call.arguments.keywords.iter().map(|keyword| &keyword.value), env);
        let names = call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
        let named = names.map(|name| Arc::from(name.as_str())).zip(values).collect();
        Ok((self.both(first, second), Arguments { positional, named }))
    }

    pub(super) fn apply(&mut self, callee: &Atom, arguments: &Arguments, site: Site<'_>) -> Sym {
        match callee {
            Atom::Function(module, name) => self.inline(*module, name, arguments, site),
            Atom::Builtin(name) => self.builtin(name, arguments, site),
            Atom::Class(module, name) => self.instantiate(&(*module, name.clone()), arguments, site),
            Atom::Method(owner, name) => self.method(owner, name, arguments, site),
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            Atom::Imported(module, name) if is_stateful(module) => {
                self.unknown(site, format!("{name}: state that outlives the event"))
            }
            Atom::Imported(module, name) => {
                self.unknown(site, format!("a call of {name} from {module}, which is not here or not understood"))
            }
            Atom::Mock(result) => (**result).clone(),
            Atom::Const(..) => self.raises(Error::Type),
            _ => self.unknown(site, "a call of this value"),
        }
    }

    /// A statement that writes state between events. The verdict cannot depend on it without reading state, and every read is a
    /// hole; so only the arguments count here, and the call is kept for the report.
    pub(super) fn state_write(&mut self, expr: &Expr, env: &mut Env) -> Option<Flow> {
        let Expr::Call(call) = expr else { return None };
        let callee = self.expr(&call.func, env);
        let Some(Atom::Imported(module, name)) = callee.single() else { return None };
        if !is_stateful(module) || !is_state_write(name) {
            return None;
        }
        let (ok, arguments) = self.arguments(call, env).ok()?;
        let values = arguments.positional.iter().chain(arguments.named.iter().map(|(_, value)| value));
        if values.flat_map(|value| &value.alts).any(|alt| matches!(alt.atom, Atom::Opaque(_))) {
            return None;
        }
        self.assume(&format!("`{name}` writes state that this rule does not read: its verdict does not depend on it"));
        let at = self.location(env.module, expr);
        if !self.writes.contains(&at) {
            self.writes.push(at);
        }
        Some(Flow::falls(ok))
    }

    pub(super) fn unknown(&self, site: Site<'_>, reason: impl Into<Arc<str>>) -> Sym {
        self.hole(site.module, site.expr, reason)
    }
}

/// Arguments with the starred ones in their places; `None` where their number is not known.
fn spread(values: Vec<Sym>, starred: impl Iterator<Item = bool>) -> Option<Vec<Sym>> {
    let mut all = Vec::new();
    for (value, starred) in values.into_iter().zip(starred) {
        match (starred, value.single()) {
            (false, _) => all.push(value),
            (true, Some(Atom::Seq(SeqKind::List | SeqKind::Tuple, items))) => all.extend(items.iter().cloned()),
            (true, _) => return None,
        }
    }
    Some(all)
}

/// Helpers that write state between events and give nothing back.
fn is_state_write(name: &str) -> bool {
    ["put_", "add_to_", "remove_from_", "increment_", "reset_", "set_key_"].iter().any(|start| name.starts_with(start))
}

/// Helpers that read or write state between events (reference: panther.md section 7, item 16).
fn is_stateful(module: &str) -> bool {
    module.starts_with("panther_detection_helpers") || module == "panther_oss_helpers"
}
