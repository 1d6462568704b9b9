//! Symbolic values: what a Python expression can be, and when.

use crate::ir::{ExprId, Function, Regex, Subject, TypeSet, Value};
use crate::source::Location;
use std::rc::Rc;
use std::sync::Arc;

/// A value by cases. The conditions of the cases exclude each other and together are `ok`; where `ok` does not hold, the
/// evaluation raises an exception.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sym {
    pub(super) ok: ExprId,
    pub(super) alts: Vec<Alt>,
}

/// One case of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alt {
    pub(super) when: ExprId,
    pub(super) atom: Atom,
}

/// A value without cases.
#[derive(Debug, Clone)]
pub(super) enum Atom {
    /// None, a boolean, a number or a string, with its token.
    Const(Value, Option<Location>),
    Seq(SeqKind, Rc<[Sym]>),
    /// Keys are scalars.
    Dict(Rc<[(Value, Sym)]>),
    /// The event itself.
    Event,
    /// A value of the event; a missing one is None. With the key tokens that lead to it.
    Term(Subject, Option<Location>),
    /// A function of a loaded module: module and name.
    Function(usize, Arc<str>),
    /// A name of another module: module and name.
    Imported(Arc<str>, Arc<str>),
    /// A built-in function or type.
    Builtin(Arc<str>),
    Module(Arc<str>),
    Method(Box<Atom>, Arc<str>),
    /// A class of a loaded module: module and name.
    Class(usize, Arc<str>),
    Instance(Rc<Instance>),
    /// `self` while `__init__` runs: module and name of its class. Its fields are names of the frame.
    Building(usize, Arc<str>),
    /// A `SequenceMatcher`, with its ratio.
    Likeness(Subject),
    /// A `datetime`.
    Time(Subject, Option<Location>),
    /// A `timedelta`: its microseconds.
    Span(Subject, Option<Location>),
    /// What `urlparse` makes of a text.
    Url(Subject, Option<Location>),
    /// A compiled regular expression.
    Regex(Rc<Regex>),
    /// A match object: true, never None. Of which text, by which expression.
    Match(Subject, Rc<Regex>),
    /// A `MagicMock`: what calling it gives.
    Mock(Rc<Sym>),
    /// What `ip_address` makes of a value that it takes.
    Address(Subject, Option<Location>),
    /// A constant `ip_network`.
    Network(ipnet::IpNet),
    /// What `ip_network` makes of a text that it takes.
    NetworkOf(Subject, Option<Location>),
    /// The value of a name at the start of a round of a loop that changes it.
    Before,
    /// A container to which a round of a loop added an item.
    Grown(Rc<Sym>),
    /// A container to which a round of a loop added the items of a list.
    GrownBy(Subject),
    /// Names and values of all fields of the event, as the helper `leaves` gives them.
    Leaves,
    /// Not understood: the text and why.
    Opaque(Rc<Hole>),
}

/// An instance of a class of a loaded module.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Instance {
    pub(super) module: usize,
    pub(super) class: Arc<str>,
    pub(super) fields: Vec<(Arc<str>, Sym)>,
}

/// What is not understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hole {
    pub(super) text: Arc<str>,
    pub(super) reason: Arc<str>,
    pub(super) at: Location,
}

/// The kind of a sequence of known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeqKind {
    List,
    Tuple,
    Set,
}

impl PartialEq for Atom {
    /// Equal as values; tokens do not count.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Const(a, _), Self::Const(b, _)) => a == b,
            (Self::Seq(a, x), Self::Seq(b, y)) => a == b && x == y,
            (Self::Dict(a), Self::Dict(b)) => a == b,
            (Self::Event, Self::Event) | (Self::Before, Self::Before) => true,
            (Self::Match(a, x), Self::Match(b, y)) => a == b && x == y,
            (Self::Instance(a), Self::Instance(b)) => a == b,
            (Self::Term(a, _), Self::Term(b, _))
            | (Self::Address(a, _), Self::Address(b, _))
            | (Self::GrownBy(a), Self::GrownBy(b))
            | (Self::Likeness(a), Self::Likeness(b))
            | (Self::Time(a, _), Self::Time(b, _))
            | (Self::Span(a, _), Self::Span(b, _))
            | (Self::Url(a, _), Self::Url(b, _))
            | (Self::NetworkOf(a, _), Self::NetworkOf(b, _)) => a == b,
            (Self::Network(a), Self::Network(b)) => a == b,
            (Self::Grown(a), Self::Grown(b)) | (Self::Mock(a), Self::Mock(b)) => a == b,
            (Self::Function(a, x), Self::Function(b, y))
            | (Self::Class(a, x), Self::Class(b, y))
            | (Self::Building(a, x), Self::Building(b, y)) => a == b && x == y,
            (Self::Imported(a, x), Self::Imported(b, y)) => a == b && x == y,
            (Self::Builtin(a), Self::Builtin(b)) | (Self::Module(a), Self::Module(b)) => a == b,
            (Self::Method(a, x), Self::Method(b, y)) => a == b && x == y,
            (Self::Regex(a), Self::Regex(b)) => a == b,
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            _ => false,
        }
    }
}

/// A condition of the program: when it is true, when it is false, and when it is either (else it raises).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Truth {
    pub(super) ok: ExprId,
    pub(super) holds: ExprId,
    pub(super) fails: ExprId,
}

impl Truth {
    pub(super) const TRUE: Self = Self { ok: ExprId::TRUE, holds: ExprId::TRUE, fails: ExprId::FALSE };
    pub(super) const FALSE: Self = Self { ok: ExprId::TRUE, holds: ExprId::FALSE, fails: ExprId::TRUE };
    pub(super) const RAISES: Self = Self { ok: ExprId::FALSE, holds: ExprId::FALSE, fails: ExprId::FALSE };

    pub(super) fn known(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    pub(super) fn negate(self) -> Self {
        Self { ok: self.ok, holds: self.fails, fails: self.holds }
    }
}

impl Sym {
    /// Raises always.
    pub(super) fn raises() -> Self {
        Self { ok: ExprId::FALSE, alts: Vec::new() }
    }

    pub(super) fn atom(atom: Atom) -> Self {
        Self::when(ExprId::TRUE, atom)
    }

    /// The atom when the condition holds, else an exception.
    pub(super) fn when(when: ExprId, atom: Atom) -> Self {
        if when == ExprId::FALSE { Self::raises() } else { Self { ok: when, alts: vec![Alt { when, atom }] } }
    }

    pub(super) fn none() -> Self {
        Self::constant(Value::Null, None)
    }

    pub(super) fn constant(value: Value, at: Option<Location>) -> Self {
        Self::atom(Atom::Const(value, at))
    }

    pub(super) fn bool(truth: Truth) -> Self {
        let case = |when, value| Alt { when, atom: Atom::Const(Value::Bool(value), None) };
        let alts = [case(truth.holds, true), case(truth.fails, false)];
        Self { ok: truth.ok, alts: alts.into_iter().filter(|alt| alt.when != ExprId::FALSE).collect() }
    }

    /// The same value, known to have been evaluated without an exception.
    pub(super) fn evaluated(mut self) -> Self {
        if let [alt] = self.alts.as_mut_slice() {
            alt.when = ExprId::TRUE;
        }
        self.ok = ExprId::TRUE;
        self
    }

    /// The only case, if there is one that never raises.
    pub(super) fn single(&self) -> Option<&Atom> {
        match self.alts.as_slice() {
            [alt] if self.ok == ExprId::TRUE && alt.when == ExprId::TRUE => Some(&alt.atom),
            _ => None,
        }
    }

    /// The constant, if it is one.
    pub(super) fn as_const(&self) -> Option<&Value> {
        match self.single() {
            Some(Atom::Const(value, _)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        self.as_const().and_then(Value::as_str)
    }

    /// The constant that it is, lists and objects of constants included.
    pub(super) fn to_value(&self) -> Option<Value> {
        self.single().and_then(Atom::to_value)
    }
}

impl Atom {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Const(Value::Str(text.into()), None)
    }

    /// The constant that it is, lists and objects of constants included. Sets are not: no value of an event equals one.
    pub(super) fn to_value(&self) -> Option<Value> {
        match self {
            Self::Const(value, _) => Some(value.clone()),
            Self::Seq(SeqKind::List | SeqKind::Tuple, items) => {
                items.iter().map(Sym::to_value).collect::<Option<Vec<_>>>().map(|items| Value::List(items.into()))
            }
            Self::Dict(entries) => entries
                .iter()
                .map(|(key, value)| Some((Arc::from(key.as_str()?), value.to_value()?)))
                .collect::<Option<Vec<_>>>()
                .map(|entries| Value::Object(entries.into())),
            _ => None,
        }
    }

    /// Whether a program can use it as a set member or dictionary key whatever it holds.
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self, Self::Const(..))
    }
}

/// The types that a term can have when it is not missing, if that is known without an event.
pub(super) fn static_type(subject: &Subject) -> Option<TypeSet> {
    let Subject::Call(function, arguments) = subject else {
        return match subject {
            Subject::Constant(value) => Some(TypeSet::of(value)),
            Subject::Collect { .. } | Subject::Elements(_) => Some(TypeSet::ARRAY),
            _ => None,
        };
    };
    match function {
        Function::Lower
        | Function::Upper
        | Function::Strip
        | Function::Replace
        | Function::Substring
        | Function::Concat
        | Function::Repr
        | Function::ToText
        | Function::Join
        | Function::StripStart
        | Function::StripEnd
        | Function::Unquote
        | Function::UrlQuery
        | Function::CaseFold
        | Function::RegexGroup
        | Function::FormatTime
        | Function::RegexReplace => Some(TypeSet::STRING),
        Function::Split
        | Function::SplitLimit
        | Function::SplitLast
        | Function::Keys
        | Function::Values
        | Function::Pairs
        | Function::List
        | Function::Chain
        | Function::Flatten
        | Function::Zip
        | Function::Enumerate
        | Function::ShellSplit
        | Function::RegexAll
        | Function::Distinct => Some(TypeSet::ARRAY),
        Function::ToObject | Function::ParseQuery => Some(TypeSet::OBJECT),
        Function::Length | Function::IndexOf | Function::IpVersion => Some(TypeSet::INT),
        Function::ToFloat | Function::Quotient | Function::Likeness => Some(TypeSet::FLOAT),
        Function::Slice => arguments.first().and_then(static_type),
        Function::Index => match arguments.first() {
            // A dictionary that the rule makes has any keys.
            Some(Subject::Call(Function::Keys, object))
                if matches!(object.first(), Some(Subject::Call(Function::ToObject, _))) =>
            {
                None
            }
            Some(Subject::Call(
                Function::Split | Function::SplitLimit | Function::SplitLast | Function::Keys | Function::ShellSplit,
                _,
            )) => Some(TypeSet::STRING),
            _ => None,
        },
        _ => None,
    }
}

/// Python's truth value of a constant.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(value) => value.0 != 0.0,
        Value::Str(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// Python's `==` of constants: booleans are numbers, other types never equal each other.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.partial_cmp(&right).is_some_and(std::cmp::Ordering::is_eq),
        (None, None) => match (left, right) {
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b)),
            _ => left == right,
        },
        _ => false,
    }
}

/// The number of a constant, booleans included. Integers beyond 2^53 lose their last digits, in comparisons only.
#[allow(clippy::cast_precision_loss)]
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(value.0),
        _ => None,
    }
}
