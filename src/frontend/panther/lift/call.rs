//! Calls: what is called, and the built-in functions.

use super::Lifter;
use super::module::Env;
use super::raise::Error;
use super::value::{Atom, SeqKind, Sym, Truth, static_type};
use crate::ir::{ExprId, Function, Subject, TypeSet, UseKind, Value};
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
        ("re", "search" | "match" | "fullmatch" | "compile") | ("fnmatch", "fnmatch" | "fnmatchcase") => {
            Some(format!("{module}.{name}").into())
        }
        ("logging", "debug" | "info" | "warning" | "error") => Some("print".into()),
        ("json", "loads") | ("ipaddress", "ip_address" | "ip_network") => Some(format!("{module}.{name}").into()),
        ("ipaddress", "IPv4Address" | "IPv6Address" | "IPv4Network" | "IPv6Network") => {
            Some(format!("ipaddress.{name}").into())
        }
        ("collections.abc" | "typing", "Mapping" | "Sequence") | ("unittest.mock", "MagicMock") => Some(name.into()),
        ("panther_base_helpers" | "panther_default" | "panther_oss_helpers", "deep_get") => Some("deep_get".into()),
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
        if call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return self.hole(env.module, expr, "starred arguments");
        }
        let (first, positional) = self.strict(&call.arguments.args, env);
        let starred = call.arguments.args.iter().map(Expr::is_starred_expr);
        let Some(positional) = spread(positional, starred) else {
            return self.hole(env.module, expr, "starred arguments");
        };
        let (second, values) = self.strict(call.arguments.keywords.iter().map(|keyword| &keyword.value), env);
        let names = call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
        let named = names.map(|name| Arc::from(name.as_str())).zip(values).collect();
        let arguments = Arguments { positional, named };
        let ok = self.both(first, second);
        let result = self.map(&callee, |lifter, atom| lifter.apply(atom, &arguments, site));
        // The callee was evaluated first, but an exception is an exception.
        self.after(ok, result)
    }

    pub(super) fn apply(&mut self, callee: &Atom, arguments: &Arguments, site: Site<'_>) -> Sym {
        match callee {
            Atom::Function(module, name) => self.inline(*module, name, arguments, site),
            Atom::Builtin(name) => self.builtin(name, arguments, site),
            Atom::Method(owner, name) => self.method(owner, name, arguments, site),
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            Atom::Imported(module, name) if is_stateful(module) => {
                self.unknown(site, format!("{name}: state that outlives the event"))
            }
            Atom::Imported(module, name) => {
                self.unknown(site, format!("a call of {name} from {module}, which is not here or not understood"))
            }
            Atom::Const(..) => self.raises(Error::Type),
            _ => self.unknown(site, "a call of this value"),
        }
    }

    pub(super) fn unknown(&self, site: Site<'_>, reason: impl Into<Arc<str>>) -> Sym {
        self.hole(site.module, site.expr, reason)
    }

    fn builtin(&mut self, name: &str, arguments: &Arguments, site: Site<'_>) -> Sym {
        let result = match (name, arguments.positional.as_slice()) {
            ("bool", []) => Some(Sym::bool(Truth::FALSE)),
            ("bool", [value]) => {
                let truth = self.truth_of(value);
                Some(Sym::bool(truth))
            }
            ("str", [value]) => Some(self.text_of(value, site.expr, site.module)),
            ("len", [value]) => {
                let value = value.clone();
                Some(self.map(&value, |lifter, atom| lifter.length(atom, site)))
            }
            ("isinstance", [value, types]) => self.isinstance(value, types, site),
            ("list" | "sorted" | "set" | "frozenset" | "tuple", [value])
                if matches!(value.alts.as_slice(), [_, ..])
                    && convert(SeqKind::List, std::slice::from_ref(value)).is_none() =>
            {
                let value = value.clone();
                let kind = match name {
                    "tuple" => SeqKind::Tuple,
                    "set" | "frozenset" => SeqKind::Set,
                    _ => SeqKind::List,
                };
                Some(self.map(&value, |lifter, atom| lifter.listed(atom, kind, name == "sorted", site)))
            }
            ("tuple", values) => convert(SeqKind::Tuple, values),
            ("list" | "sorted", values) => convert(SeqKind::List, values),
            ("set" | "frozenset", values) => convert(SeqKind::Set, values),
            ("print", _) => Some(Sym::none()),
            ("range", [end]) => end.as_const().and_then(|end| match end {
                Value::Int(end @ 0..=64) => Some(numbers(0, *end)),
                _ => None,
            }),
            ("int", [value]) => Some(self.to_number(&value.clone(), Function::ToInt, site)),
            ("float", [value]) => Some(self.to_number(&value.clone(), Function::ToFloat, site)),
            ("iter", [value]) => {
                let value = value.clone();
                Some(self.map(&value, |lifter, atom| lifter.iterator(atom, site)))
            }
            ("json.loads", [value]) => Some(self.parse_json(&value.clone(), site)),
            ("ipaddress.ip_address", [value]) => Some(self.ip_address(&value.clone(), None, site)),
            ("ipaddress.IPv4Address", [value]) => Some(self.ip_address(&value.clone(), Some(4), site)),
            ("ipaddress.IPv6Address", [value]) => Some(self.ip_address(&value.clone(), Some(6), site)),
            ("ipaddress.ip_network" | "ipaddress.IPv4Network" | "ipaddress.IPv6Network", [value]) => {
                Some(self.ip_network(&value.clone(), site))
            }
            ("hasattr", [value, name]) => name.as_str().map(str::to_owned).and_then(|name| self.hasattr(value, &name)),
            ("next", [value, default @ ..]) => {
                let default = default.first().cloned();
                let value = value.clone();
                Some(self.map(&value, |lifter, atom| lifter.next_item(atom, default.as_ref(), site)))
            }
            ("deep_get", [object, keys @ ..]) => {
                let default = arguments.get(usize::MAX, "default").cloned().unwrap_or_else(Sym::none);
                Some(self.deep_get(&object.clone(), keys, &default, false, site))
            }
            (known, _) => self.pattern_function(known, arguments, site),
        };
        result.unwrap_or_else(|| self.unknown(site, format!("this use of {name}")))
    }

    fn length(&mut self, atom: &Atom, site: Site<'_>) -> Sym {
        let count = |count: usize| Sym::constant(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)), None);
        match atom {
            Atom::Const(Value::Str(text), _) => count(text.chars().count()),
            Atom::Const(..) => self.raises(Error::Type),
            Atom::Seq(SeqKind::Set, _) => self.unknown(site, "the size of a set"),
            Atom::Seq(_, items) => count(items.len()),
            Atom::Dict(entries) => count(entries.len()),
            Atom::Term(subject, at) => {
                let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
                let guard = self.need(subject, types, *at, Error::Type);
                Sym::when(guard, Atom::Term(Subject::Call(Function::Length, [subject.clone()].into()), *at))
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "the length of this value"),
        }
    }

    /// `str(x)`: exact for scalars, whose Python text is the IR's in a Panther event.
    pub(super) fn text_of(&mut self, value: &Sym, expr: &Expr, module: usize) -> Sym {
        self.map(value, |lifter, atom| match atom {
            Atom::Const(Value::Str(_), _) => Sym::atom(atom.clone()),
            Atom::Const(Value::Int(number), at) => Sym::constant(Value::Str(number.to_string().into()), *at),
            Atom::Const(Value::Bool(value), at) => {
                Sym::constant(Value::str(if *value { "True" } else { "False" }), *at)
            }
            Atom::Const(Value::Null, at) => Sym::constant(Value::str("None"), *at),
            Atom::Term(subject, at) => lifter.term_text(subject, *at),
            Atom::Opaque(hole) => lifter.hole(module, expr, hole.reason.clone()),
            _ => lifter.hole(module, expr, "the text of this value"),
        })
    }

    fn term_text(&mut self, subject: &Subject, at: Option<crate::source::Location>) -> Sym {
        if static_type(subject) == Some(TypeSet::STRING) {
            return Sym::atom(Atom::Term(subject.clone(), at));
        }
        let text = self.is_type(subject, TypeSet::STRING, at);
        let number = self.is_type(subject, TypeSet::INT.or(TypeSet::FLOAT).or(TypeSet::BOOL), at);
        let there = self.present(subject, at);
        let none = self.negation(there);
        let known = self.any([text, number, none]);
        let other = self.negation(known);
        let number_text = Subject::Call(Function::ToText, [subject.clone()].into());
        let cases = [
            (text, Atom::Term(subject.clone(), at)),
            (number, Atom::Term(number_text, at)),
            (none, Atom::text("None")),
        ];
        let mut value = Sym { ok: ExprId::TRUE, alts: Vec::new() };
        for (when, atom) in cases {
            value.alts.push(super::value::Alt { when, atom });
        }
        let wrapped = Subject::Constant(Value::Bool(!self.is_plain(subject)));
        let container = Subject::Call(Function::Repr, [subject.clone(), wrapped].into());
        value.alts.push(super::value::Alt { when: other, atom: Atom::Term(container, at) });
        value.alts.retain(|alt| alt.when != ExprId::FALSE);
        value
    }

    fn isinstance(&mut self, value: &Sym, types: &Sym, site: Site<'_>) -> Option<Sym> {
        let names = type_names(types)?;
        let value = value.clone();
        Some(self.map(&value, |lifter, atom| match atom {
            Atom::Const(constant, _) => {
                let known = super::value::type_of(constant).names()[0];
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
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "isinstance of this value"),
        }))
    }

    /// `hasattr` of an address: the classes have what rules ask for.
    fn hasattr(&mut self, value: &Sym, name: &str) -> Option<Sym> {
        let simple = |alt: &super::value::Alt| {
            matches!(alt.atom, Atom::Term(..) | Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) | Atom::Event)
        };
        if name == "get" && value.alts.iter().all(simple) {
            let value = value.clone();
            return Some(self.map(&value, |lifter, atom| match atom {
                Atom::Term(subject, at) => {
                    let object = lifter.is_type(subject, TypeSet::OBJECT, *at);
                    let truth = lifter.truth(ExprId::TRUE, object);
                    Sym::bool(truth)
                }
                other => Sym::bool(Truth::known(matches!(other, Atom::Dict(_) | Atom::Event))),
            }));
        }
        let known = ["is_private", "is_global", "is_loopback", "version"].contains(&name);
        let has = value.alts.iter().all(|alt| matches!(alt.atom, Atom::Address(..))) && known;
        let truth = Truth { ok: value.ok, holds: value.ok, fails: ExprId::FALSE };
        has.then(|| Sym::bool(truth))
    }

    /// `iter(x)`: called for the exception that it may raise.
    fn iterator(&mut self, atom: &Atom, site: Site<'_>) -> Sym {
        match atom {
            Atom::Const(value, _) if value.as_str().is_none() => self.raises(Error::Type),
            Atom::Const(..) | Atom::Seq(..) | Atom::Dict(_) | Atom::Event => Sym::atom(atom.clone()),
            Atom::Term(subject, at) => {
                let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
                let guard = self.need(subject, types, *at, Error::Type);
                Sym::when(guard, atom.clone())
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "an iterator of this value"),
        }
    }

    /// `list(x)` and its kin over a value of the event.
    fn listed(&mut self, atom: &Atom, kind: SeqKind, sorted: bool, site: Site<'_>) -> Sym {
        match atom {
            Atom::Seq(..) | Atom::Dict(_) if !sorted => {
                convert(kind, &[Sym::atom(atom.clone())]).unwrap_or_else(|| self.unknown(site, "this list"))
            }
            Atom::Const(value, _) if value.as_str().is_none() => self.raises(Error::Type),
            Atom::Term(subject, at) if !sorted => {
                let types = TypeSet::STRING.or(TypeSet::ARRAY).or(TypeSet::OBJECT);
                let guard = self.need(subject, types, *at, Error::Type);
                let items = Subject::Call(Function::Iterate, [subject.clone()].into());
                match kind {
                    SeqKind::List => {
                        let list = Subject::Call(Function::Chain, [items].into());
                        Sym::when(guard, Atom::Term(list, *at))
                    }
                    SeqKind::Set => {
                        let value = self.distinct(&items, *at);
                        self.after(guard, value)
                    }
                    SeqKind::Tuple => self.unknown(site, "a tuple of this value"),
                }
            }
            Atom::Opaque(hole) => self.unknown(site, hole.reason.clone()),
            _ => self.unknown(site, "a list of this value"),
        }
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

/// `tuple(x)` and its kin over values of known length.
fn convert(kind: SeqKind, values: &[Sym]) -> Option<Sym> {
    match values {
        [] => Some(Sym::atom(Atom::Seq(kind, Vec::new().into()))),
        [value] => match value.single()? {
            Atom::Seq(_, items) => Some(Sym::atom(Atom::Seq(kind, items.clone()))),
            Atom::Dict(entries) => {
                let keys: Vec<Sym> = entries.iter().map(|(key, _)| Sym::constant(key.clone(), None)).collect();
                Some(Sym::atom(Atom::Seq(kind, keys.into())))
            }
            _ => None,
        },
        _ => None,
    }
}

fn numbers(start: i64, end: i64) -> Sym {
    let items: Vec<Sym> = (start..end).map(|number| Sym::constant(Value::Int(number), None)).collect();
    Sym::atom(Atom::Seq(SeqKind::List, items.into()))
}

/// Helpers that read or write state between events (reference: panther.md section 7, item 16).
fn is_stateful(module: &str) -> bool {
    module.starts_with("panther_detection_helpers") || module == "panther_oss_helpers"
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
        "list" => TypeSet::ARRAY,
        "dict" | "Mapping" => TypeSet::OBJECT,
        "Sequence" => TypeSet::ARRAY.or(TypeSet::STRING),
        _ => TypeSet::default(),
    }
}
