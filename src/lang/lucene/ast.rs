//! The tree of a Lucene query string.

pub(super) use crate::lang::at::At;
use crate::source::Span;

/// A query or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub node: Node,
    pub at: At,
}

impl Query {
    /// From its first to its last character, without parentheses around it.
    pub fn span(&self) -> Span {
        self.at.0
    }
}

/// What a query can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// The empty text: in Kibana every document.
    All,
    /// Clauses in a row. One clause alone is a group only when it has a prefix.
    Group(Vec<Clause>),
    /// `field:query`; the field holds for the whole query.
    Field { field: Text, query: Box<Query> },
    /// A word, with wildcards; or several words in a row, as one text with blanks.
    Term(Text),
    /// `"words"`, with the distance that `~2` allows.
    Phrase { text: String, slop: Option<u32> },
    /// `[a TO b]`, `{a TO b}` and mixtures; `*` is an open end.
    Range { low: Bound, high: Bound },
    /// `>=10`.
    Compare { op: RangeOp, value: Text },
    /// `/expression/`, on whole terms: what stands between the slashes, in which a slash has a backslash before it.
    Regex(String),
    /// `word~` and `word~2`: terms a few edits away. A term with wildcards stays a pattern.
    Fuzzy { term: Text, distance: String },
    /// `query^2`: only the score changes.
    Boost { query: Box<Query>, factor: String },
}

/// A part of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// What joins it to the clause before; the first has none.
    pub conjunction: Option<Conjunction>,
    pub prefix: Option<Prefix>,
    pub query: Query,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conjunction {
    And,
    Or,
}

/// What stands before a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `+`
    Required,
    /// `-`
    Prohibited,
    /// `NOT` or `!`
    Not,
}

/// What a clause is to its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occur {
    Must,
    Should,
    MustNot,
}

/// What each clause is, with `OR` as the default operator (Lucene's `QueryParserBase.addClause`): an `AND` makes the clause before it
/// and the one after it required; a clause that only `OR` joins is optional. Beside a required clause an optional one only scores.
pub fn occurs(clauses: &[Clause]) -> Vec<Occur> {
    let mut found: Vec<Occur> = Vec::new();
    for clause in clauses {
        let and = clause.conjunction == Some(Conjunction::And);
        if and && let Some(last) = found.last_mut().filter(|last| **last != Occur::MustNot) {
            *last = Occur::Must;
        }
        found.push(match clause.prefix {
            Some(Prefix::Prohibited | Prefix::Not) => Occur::MustNot,
            Some(Prefix::Required) => Occur::Must,
            None if and => Occur::Must,
            None => Occur::Should,
        });
    }
    found
}

/// A word, or the name of a field: literal text with wildcards in between. Neighbouring literals are one piece, no literal is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub pieces: Vec<Piece>,
    /// Written in quotes (bounds of ranges and comparisons only).
    pub quoted: bool,
    pub at: At,
}

/// A run of a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    Literal(String),
    /// `*`, any run of characters.
    Star,
    /// `?`, one character.
    Question,
}

impl Text {
    /// A text without wildcards.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { pieces: super::escape::literal(text.to_owned()), quoted: false, at: At::default() }
    }

    /// The name of a field; `*` stands for any characters.
    #[must_use]
    pub fn field(name: &str) -> Self {
        let mut pieces = Vec::new();
        for (index, part) in name.split('*').enumerate() {
            if index > 0 {
                pieces.push(Piece::Star);
            }
            pieces.extend(super::escape::literal(part.to_owned()));
        }
        Self { pieces, quoted: false, at: At::default() }
    }

    /// The text when there is no wildcard in it.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Just `*`.
    pub fn is_star(&self) -> bool {
        self.pieces == [Piece::Star] && !self.quoted
    }
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Not empty. A star is no wildcard here, only the sign of an open end.
    pub value: Text,
    pub inclusive: bool,
}

impl Bound {
    /// `*`, in quotes or not: no end at all.
    pub fn is_open(&self) -> bool {
        self.value.is_star() || self.value.literal() == Some("*")
    }
}

/// The comparisons that Elasticsearch adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RangeOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl RangeOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
