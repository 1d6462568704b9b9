//! The tree of a KQL query.

use crate::source::{Span, Spanned};

/// A query or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub node: Node,
    /// From the first to the last character of the part, without parentheses around it.
    pub span: Span,
}

/// What a query can be. Lists have at least two members when they come from the parser.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// The empty query: every document.
    All,
    Or(Vec<Query>),
    And(Vec<Query>),
    Not(Box<Query>),
    /// `path:{ query }`: one object of the nested field satisfies the whole query.
    Nested {
        path: Value,
        query: Box<Query>,
    },
    /// `field <= value`.
    Range {
        field: Value,
        op: Spanned<RangeOp>,
        value: Value,
    },
    /// `field: value` or `field: (list)`; `colon` is the place of the operator.
    Field {
        field: Value,
        colon: Span,
        values: Values,
    },
    /// A value without a field: a search in all fields.
    Free(Value),
}

/// What stands after `field:`.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub node: ValuesNode,
    /// From the first to the last character, without parentheses around it.
    pub span: Span,
}

/// A list of values, itself a little boolean query.
#[derive(Debug, Clone, PartialEq)]
pub enum ValuesNode {
    Or(Vec<Values>),
    And(Vec<Values>),
    Not(Box<Values>),
    One(Value),
}

/// The four range operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RangeOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl RangeOp {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A literal: a value, or the name of a field (the grammar has one rule for both).
///
/// Invariants of parsed values: neighbouring literals are one piece, no literal is empty, a quoted value has no
/// star, an unquoted one neither starts nor ends with white space.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The decoded text with its wildcards in place.
    pub parts: Vec<Piece>,
    /// A quoted value is a phrase, its stars are plain characters, and it is never a constant.
    pub quoted: bool,
    /// With the quotes.
    pub span: Span,
}

/// A run of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    Literal(String),
    /// `*`, any run of characters.
    Star,
}

/// What the unquoted words `null`, `true` and `false` mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constant {
    Null,
    True,
    False,
}

impl Value {
    /// A quoted value.
    #[must_use]
    pub fn quoted(text: impl Into<String>) -> Self {
        Self { parts: literal(text.into()), quoted: true, span: Span::default() }
    }

    /// An unquoted value; white space at its ends would not survive reading, so it is dropped here.
    #[must_use]
    pub fn unquoted(text: &str) -> Self {
        Self { parts: literal(text.trim().to_owned()), quoted: false, span: Span::default() }
    }

    /// An unquoted value with wildcards.
    #[must_use]
    pub fn wildcard(parts: Vec<Piece>) -> Self {
        Self { parts, quoted: false, span: Span::default() }
    }

    /// Just this text: quoted only when it has a character that is special or could be misread.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        let simple = |c: char| c.is_alphanumeric() || "._-/@#$%+=~".contains(c);
        let word = matches!(text.to_ascii_lowercase().as_str(), "null" | "true" | "false" | "and" | "or" | "not");
        if text.is_empty() || word || !text.chars().all(simple) { Self::quoted(text) } else { Self::unquoted(text) }
    }

    /// The text when the value has no wildcard.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.parts.contains(&Piece::Star)
    }

    /// Just `*`: as a value, "the field exists".
    #[must_use]
    pub fn is_star(&self) -> bool {
        self.parts == [Piece::Star]
    }

    /// The typed constant that the value is, if it is one.
    #[must_use]
    pub fn constant(&self) -> Option<Constant> {
        match self.text() {
            Some("null") if !self.quoted => Some(Constant::Null),
            Some("true") if !self.quoted => Some(Constant::True),
            Some("false") if !self.quoted => Some(Constant::False),
            _ => None,
        }
    }
}

fn literal(text: String) -> Vec<Piece> {
    if text.is_empty() { Vec::new() } else { vec![Piece::Literal(text)] }
}

impl Query {
    /// Every one of `parts`, without a list in a list; the empty conjunction is everything.
    #[must_use]
    pub fn all(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part.node {
            Node::And(inner) => inner,
            node => vec![Self { node, span: part.span }],
        });
        Self::joined(flat.collect(), Node::And)
    }

    /// Some of `parts`, without a list in a list. An empty disjunction prints as what matches nothing.
    #[must_use]
    pub fn any(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part.node {
            Node::Or(inner) => inner,
            node => vec![Self { node, span: part.span }],
        });
        Self::joined(flat.collect(), Node::Or)
    }

    fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Node) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let span = parts.iter().map(|part| part.span).reduce(Span::to).unwrap_or_default();
        Self { node: join(parts), span }
    }

    /// Replaces every span, for instance by its place in the rule file.
    pub fn map_spans(&mut self, place: &mut dyn FnMut(Span) -> Span) {
        self.span = place(self.span);
        match &mut self.node {
            Node::All => {}
            Node::Or(parts) | Node::And(parts) => parts.iter_mut().for_each(|part| part.map_spans(place)),
            Node::Not(part) => part.map_spans(place),
            Node::Nested { path, query } => {
                path.span = place(path.span);
                query.map_spans(place);
            }
            Node::Range { field, op, value } => {
                field.span = place(field.span);
                op.span = place(op.span);
                value.span = place(value.span);
            }
            Node::Field { field, colon, values } => {
                field.span = place(field.span);
                *colon = place(*colon);
                values.map_spans(place);
            }
            Node::Free(value) => value.span = place(value.span),
        }
    }
}

impl Values {
    fn map_spans(&mut self, place: &mut dyn FnMut(Span) -> Span) {
        self.span = place(self.span);
        match &mut self.node {
            ValuesNode::Or(parts) | ValuesNode::And(parts) => parts.iter_mut().for_each(|part| part.map_spans(place)),
            ValuesNode::Not(part) => part.map_spans(place),
            ValuesNode::One(value) => value.span = place(value.span),
        }
    }
}
