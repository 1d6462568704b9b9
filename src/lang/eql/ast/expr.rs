//! Expressions, fields and literals.

use super::{ArithmeticOp, At, CompareOp, EventFilter};
use crate::source::Span;

/// An expression with its place. Brackets around it are not part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub at: At,
}

impl Expr {
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, at: At(span) }
    }

    pub fn span(&self) -> Span {
        self.at.0
    }

    /// The field, when it is nothing else.
    pub fn as_field(&self) -> Option<&Field> {
        match &self.kind {
            ExprKind::Field(field) => Some(field),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Two or more operands, none of which is itself an `or` without brackets.
    Or(Vec<Expr>),
    /// Two or more operands, none of which is itself an `and` without brackets.
    And(Vec<Expr>),
    /// `not e`, and also `f not in (..)`, whose operand is then the [`In`](Self::In) test.
    Not(Box<Expr>),
    Compare {
        op: CompareOp,
        op_at: At,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `subject in (..)`, or `in~` when `insensitive`. No wildcards.
    In {
        insensitive: bool,
        op_at: At,
        subject: Box<Expr>,
        list: Vec<Expr>,
    },
    /// `subject : ".."`, `like`, `regex` and their `~` forms, against one string or any of several.
    Match {
        kind: MatchKind,
        op_at: At,
        subject: Box<Expr>,
        list: Vec<Str>,
    },
    Function {
        /// As it was written; Elasticsearch ignores its case. [`find_function`](super::find_function) knows it.
        name: String,
        /// `name~(..)`.
        insensitive: bool,
        /// The name with its `~`.
        name_at: At,
        args: Vec<Expr>,
    },
    Arithmetic {
        op: ArithmeticOp,
        op_at: At,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `child of [..]` and its kin, in Endgame's dialect.
    Related {
        relation: Relation,
        filter: Box<EventFilter>,
    },
    /// `-e`. A minus right before a number belongs to the number.
    Neg(Box<Expr>),
    Field(Field),
    Literal(Literal),
}

/// How the process of an event is related to that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Child,
    Descendant,
    Event,
}

impl Relation {
    pub const ALL: [Self; 3] = [Self::Child, Self::Descendant, Self::Event];

    /// The word before `of`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Descendant => "descendant",
            Self::Event => "event",
        }
    }
}

/// The operators that match strings. Wildcards are `*` and `?`; a regex is Lucene's and covers the whole value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// `:`, wildcards, any case.
    Colon,
    /// `like`, wildcards, exact case.
    Like,
    /// `like~`, the same as `:`.
    LikeInsensitive,
    Regex,
    RegexInsensitive,
}

impl MatchKind {
    pub fn text(self) -> &'static str {
        match self {
            Self::Colon => ":",
            Self::Like => "like",
            Self::LikeInsensitive => "like~",
            Self::Regex => "regex",
            Self::RegexInsensitive => "regex~",
        }
    }
}

/// `a.b`, `?a.b`, `` a.`b-c` ``, `a[0].b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// `?name`: the field may be absent from the index's mapping, and is then null.
    pub optional: bool,
    /// At least one; the first is a name.
    pub parts: Vec<FieldPart>,
    pub at: At,
}

impl Field {
    /// The name as Elasticsearch sees it: the parts joined by dots, without backticks and `?`.
    pub fn name(&self) -> String {
        let mut name = String::new();
        for part in &self.parts {
            match part {
                FieldPart::Name(part) => {
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(part);
                }
                FieldPart::Index(index) => {
                    name.push('[');
                    name.push_str(&index.to_string());
                    name.push(']');
                }
            }
        }
        name
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldPart {
    /// Without its backticks. A name in backticks may hold dots.
    Name(String),
    /// `[n]`.
    Index(u64),
}

/// The value of a literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    String {
        value: String,
        /// Written as `"""..."""`.
        raw: bool,
    },
    Int(i64),
    /// Finite. Also an integer that needs more than 64 bits, as in Elasticsearch.
    Float(f64),
    Bool(bool),
    Null,
}

/// A string literal with its place, quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Str {
    pub value: String,
    pub raw: bool,
    pub at: At,
}
