//! The detection of a rule as it is typed: what the text says, with the modifiers of each key worked into its values.
//!
//! This is what a processing pipeline changes, and what is lowered.

use crate::ir::{self, Case, Cmp, DatePart, FieldPath, Place, Subject, UseKind};
use crate::lang::sigma::modifiers::Modifier;
use crate::lang::sigma::value::Piece;
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node};
use ipnet::IpNet;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// The search identifiers of a rule and the conditions over them.
#[derive(Debug)]
pub(super) struct Detection<'n> {
    pub(super) selections: Vec<Selection<'n>>,
    /// The value of `condition`: a string, or a list of strings of which one has to hold.
    pub(super) condition: &'n Node,
    /// The span of time of an old pipe.
    pub(super) timeframe: Option<&'n Entry>,
    /// Conditions that a pipeline puts before the rule's own, the first of them innermost.
    pub(super) added: Vec<Added>,
}

/// A search identifier.
#[derive(Debug)]
pub(super) struct Selection<'n> {
    pub(super) name: Cow<'n, str>,
    pub(super) part: Part,
}

/// A search identifier that has to hold too, or must not.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) name: String,
    pub(super) negated: bool,
}

/// A piece of a search identifier. A list of no parts says nothing: it is what is left when a pipeline drops all that was in it.
#[derive(Debug)]
pub(super) enum Part {
    All(Vec<Part>, Span),
    Any(Vec<Part>, Span),
    /// A group that must not hold: what a negated item becomes when a pipeline splits it.
    Not(Box<Part>),
    Item(Item),
    /// Matches nothing: an empty map, or an empty list of values.
    Never,
    /// Kept as text, with the reason.
    Hole(Span, String),
}

impl Part {
    /// How many values it has.
    pub(super) fn values(&self) -> usize {
        match self {
            Self::All(parts, _) | Self::Any(parts, _) => parts.iter().map(Self::values).sum(),
            Self::Not(inner) => inner.values(),
            Self::Item(item) => item.values.len(),
            Self::Never | Self::Hole(..) => 0,
        }
    }
}

/// One test of a field against values: `field|modifiers: values`.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The field and the place of its name. Absent in a search of the whole event.
    pub(super) field: Option<Spanned<Field>>,
    pub(super) values: Vec<Value>,
    /// Whether every value has to match instead of one.
    pub(super) all: bool,
    pub(super) negated: bool,
    pub(super) case: Case,
    pub(super) kind: UseKind,
    pub(super) at: Span,
    /// The ids of the pipeline steps that changed it.
    pub(super) applied: BTreeSet<Arc<str>>,
}

/// The name of a field, with what it is in the IR. Shared by all tests of a thread that have it.
#[derive(Debug, Clone)]
pub(super) struct Field(Rc<Named>);

#[derive(Debug)]
struct Named {
    name: String,
    path: FieldPath,
    values: Subject,
}

impl Field {
    pub(super) fn new(name: String) -> Self {
        let path = FieldPath::dotted(&name);
        let values = Subject::Elements(Arc::new(Subject::Field(path.clone())));
        Self(Rc::new(Named { name, path, values }))
    }

    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    pub(super) fn path(&self) -> &FieldPath {
        &self.0.path
    }

    /// Its values.
    pub(super) fn values(&self) -> &Subject {
        &self.0.values
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) test: Test,
    /// What a finding about the value points at.
    pub(super) at: Span,
    /// The constant as it is written, and the place of its text.
    pub(super) written: (ir::Value, Span),
}

/// What a value tests.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Text(Text),
    Regex(Regex),
    Number {
        number: ir::Value,
        part: Option<DatePart>,
        op: Option<Cmp>,
    },
    Bool(bool),
    /// `null`: the field has no value.
    Null,
    /// `exists`: the field is there, whatever its value.
    Exists(bool),
    Network(IpNet),
    /// Another field, or a part of its text.
    Field(String, Option<Place>),
    /// What one written value becomes: one of these, also where all written values have to match.
    AnyOf(Vec<Test>),
    /// A piece of a query in the target's own language, which a pipeline puts in the place of a placeholder.
    Query {
        expression: String,
        id: String,
    },
    /// The rule is wrong, and that is reported.
    Wrong(String),
    /// The rule may be right, but its meaning is not represented.
    Hole(String),
}

/// The runs of a string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pieces {
    /// Plain text, with or without a wildcard before and after it: nearly all strings are such.
    Around { before: bool, plain: Arc<str>, after: bool },
    /// What is not such.
    Other(Vec<Piece>),
}

impl From<Vec<Piece>> for Pieces {
    fn from(pieces: Vec<Piece>) -> Self {
        let (before, plain, after) = match pieces.as_slice() {
            [Piece::Literal(plain)] => (false, plain, false),
            [Piece::Any, Piece::Literal(plain)] => (true, plain, false),
            [Piece::Literal(plain), Piece::Any] => (false, plain, true),
            [Piece::Any, Piece::Literal(plain), Piece::Any] => (true, plain, true),
            _ => return Self::Other(pieces),
        };
        Self::Around { before, plain: Arc::clone(plain), after }
    }
}

impl Pieces {
    pub(super) fn list(&self) -> Cow<'_, [Piece]> {
        match self {
            Self::Around { before, plain, after } => {
                let wildcard = |there: &bool| there.then_some(Piece::Any);
                let pieces = wildcard(before).into_iter().chain([Piece::Literal(Arc::clone(plain))]);
                Cow::Owned(pieces.chain(wildcard(after)).collect())
            }
            Self::Other(pieces) => Cow::Borrowed(pieces),
        }
    }
}

/// A string with wildcards and placeholders.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) pieces: Pieces,
    /// Whether a modifier said where in the field it stands: without a field and such a modifier, it may stand anywhere.
    pub(super) placed: bool,
    /// Encodings and places that wait for the placeholders to be filled.
    pub(super) pending: Box<[Modifier]>,
}

/// A regular expression; its pieces are plain text and placeholders.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regex {
    pub(super) pieces: Vec<Piece>,
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
}

impl Regex {
    /// The expression; a placeholder that is left stands in it as it is written.
    pub(super) fn pattern(&self) -> Arc<str> {
        if let [Piece::Literal(text)] = self.pieces.as_slice() {
            return Arc::clone(text);
        }
        let text = |piece: &Piece| match piece {
            Piece::Literal(text) => text.to_string(),
            Piece::Placeholder(name) => format!("%{name}%"),
            Piece::Any => "*".to_owned(),
            Piece::One => "?".to_owned(),
        };
        self.pieces.iter().map(text).collect::<String>().into()
    }
}

pub(super) fn has_placeholder(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Placeholder(_)))
}
