//! The tree of an EQL query. Every node carries the bytes that it was written with.

mod expr;

pub use crate::lang::at::At;
pub use crate::lang::operators::{ArithmeticOp, CompareOp};
use crate::source::Span;
pub use expr::{Expr, ExprKind, Field, FieldPart, Literal, MatchKind, Relation, Str};

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    Event(EventQuery),
    Sequence(Sequence),
    Sample(Sample),
    /// Only in Endgame's dialect.
    Join(Join),
}

impl Query {
    /// Where the query stands, from its first token to its last.
    pub fn span(&self) -> Span {
        match self {
            Self::Event(query) => query.at.0,
            Self::Sequence(query) => query.at.0,
            Self::Sample(query) => query.at.0,
            Self::Join(query) => query.at.0,
        }
    }

    /// The pipes after the query, in the order they apply. A sample has none.
    pub fn pipes(&self) -> &[Pipe] {
        match self {
            Self::Event(query) => &query.pipes,
            Self::Sequence(query) => &query.pipes,
            Self::Sample(_) => &[],
            Self::Join(query) => &query.pipes,
        }
    }

    /// Every event filter, in the order of the text; that of `until` comes last.
    pub fn filters(&self) -> Vec<&EventFilter> {
        match self {
            Self::Event(query) => vec![&query.filter],
            Self::Sequence(query) => query.terms.iter().chain(query.until.as_ref()).map(|term| &term.filter).collect(),
            Self::Sample(query) => query.terms.iter().map(|term| &term.filter).collect(),
            Self::Join(query) => query.terms.iter().chain(query.until.as_ref()).map(|term| &term.filter).collect(),
        }
    }
}

/// `category where condition | pipes`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventQuery {
    pub filter: EventFilter,
    pub pipes: Vec<Pipe>,
    pub at: At,
}

/// `category where condition`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFilter {
    pub category: Category,
    pub condition: Expr,
    pub at: At,
}

/// What stands before `where`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub kind: CategoryKind,
    pub at: At,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CategoryKind {
    /// `any`: the category is not tested.
    Any,
    /// A value of the event category field (`event.category` unless the rule says otherwise).
    Name(String),
}

/// `sequence by keys with maxspan=.. [..] [..] until [..] | pipes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// The keys that every term has, before the term's own: fields, in Endgame's dialect also what is computed from them.
    pub by: Vec<Expr>,
    pub maxspan: Option<MaxSpan>,
    pub terms: Vec<Term>,
    pub until: Option<Term>,
    pub pipes: Vec<Pipe>,
    pub at: At,
}

/// `sample by keys [..] [..]`: events with equal keys, in any order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub by: Vec<Expr>,
    pub terms: Vec<Term>,
    pub at: At,
}

/// `join by keys [..] [..] until [..] | pipes`: Endgame's sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub by: Vec<Expr>,
    pub terms: Vec<Term>,
    pub until: Option<Term>,
    pub pipes: Vec<Pipe>,
    pub at: At,
}

/// One `[..]` of a sequence or a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// `![..]`: no such event may come here.
    pub missing: bool,
    pub filter: EventFilter,
    pub by: Vec<Expr>,
    /// `fork`, in Endgame's dialect: what the event continues stays open for others.
    pub fork: bool,
    /// `with runs=n`: the term stands for `n` in a row.
    pub runs: Option<Int>,
    /// From the bracket (or `!`) to the last key or the runs.
    pub at: At,
}

impl Term {
    /// How many events in a row the term stands for.
    pub fn count(&self) -> u64 {
        self.runs.map_or(1, |runs| runs.value)
    }
}

/// A plain number of the syntax: runs and pipe counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Int {
    pub value: u64,
    pub at: At,
}

/// `maxspan=12h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxSpan {
    pub value: u64,
    pub unit: TimeUnit,
    /// The number with its unit.
    pub at: At,
}

impl MaxSpan {
    /// The span in milliseconds; saturates.
    pub fn millis(&self) -> u64 {
        self.value.saturating_mul(self.unit.millis())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl TimeUnit {
    pub const ALL: [Self; 5] = [Self::Milliseconds, Self::Seconds, Self::Minutes, Self::Hours, Self::Days];

    /// The unit as it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "m",
            Self::Hours => "h",
            Self::Days => "d",
        }
    }

    pub fn millis(self) -> u64 {
        match self {
            Self::Milliseconds => 1,
            Self::Seconds => 1_000,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
            Self::Days => 86_400_000,
        }
    }
}

/// `| head 5`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipe {
    pub kind: PipeKind,
    /// From the `|` to the last argument.
    pub at: At,
}

/// A pipe with its arguments. Elasticsearch has the first two.
#[derive(Debug, Clone, PartialEq)]
pub enum PipeKind {
    Head(Int),
    Tail(Int),
    Filter(Expr),
    Unique(Vec<Expr>),
    Sort(Vec<Expr>),
    Count(Vec<Expr>),
    UniqueCount(Vec<Expr>),
}

impl PipeKind {
    /// The name after the `|`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Head(_) => "head",
            Self::Tail(_) => "tail",
            Self::Filter(_) => "filter",
            Self::Unique(_) => "unique",
            Self::Sort(_) => "sort",
            Self::Count(_) => "count",
            Self::UniqueCount(_) => "unique_count",
        }
    }
}
