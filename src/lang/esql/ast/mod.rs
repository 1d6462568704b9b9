//! The tree of an ES|QL query. Every node carries the bytes that it was written with.

mod expr;
mod name;

pub use crate::lang::at::At;
pub use crate::lang::operators::{ArithmeticOp, CompareOp};
use crate::source::Span;
pub use expr::{Call, Expr, ExprKind, Literal, Map, MapValue, Str};
pub use name::{Name, NamePart};

/// A whole query: commands joined by `|`, the first of them a source command.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub settings: Vec<Setting>,
    pub commands: Vec<Command>,
    pub at: At,
}

impl Query {
    /// Its commands with those of the queries inside `from`, each where it stands in the text.
    pub fn with_subqueries(&self) -> Vec<&Command> {
        let mut found = Vec::new();
        let mut rest: Vec<&Command> = self.commands.iter().rev().collect();
        while let Some(command) = rest.pop() {
            found.push(command);
            if let CommandKind::From { items, .. } = &command.kind {
                let inner = items.iter().filter_map(FromItem::subquery).flatten();
                let inner: Vec<&Command> = inner.collect();
                rest.extend(inner.into_iter().rev());
            }
        }
        found
    }

    /// The indices that it reads, those of the queries inside `from` with them.
    pub fn indices(&self) -> Vec<&Source> {
        let items = self.with_subqueries().into_iter().filter_map(|command| match &command.kind {
            CommandKind::From { items, .. } => Some(items),
            _ => None,
        });
        items.flatten().filter_map(FromItem::index).collect()
    }
}

/// `SET name = value;` before the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub name: Name,
    pub value: MapValue,
    pub at: At,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    pub kind: CommandKind,
    /// The keyword: `where`, `inline stats`.
    pub name_at: At,
    pub at: At,
}

impl Command {
    /// From its keyword to its last token.
    pub fn span(&self) -> Span {
        self.at.0
    }
}

/// What a command does.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandKind {
    From {
        /// `TS` instead of `FROM`: time series.
        time_series: bool,
        items: Vec<FromItem>,
        metadata: Vec<Name>,
    },
    Row(Vec<Field>),
    Where(Expr),
    Eval(Vec<Field>),
    Stats {
        /// `INLINE STATS`: the rows stay, with new columns.
        inline: bool,
        measures: Vec<Measure>,
        by: Vec<Field>,
    },
    Keep(Vec<Name>),
    Drop(Vec<Name>),
    Rename(Vec<Renaming>),
    Sort(Vec<Order>),
    /// `LIMIT n` and, per group, `LIMIT n BY ..`.
    Limit {
        count: Expr,
        by: Vec<Expr>,
    },
    Grok {
        input: Expr,
        patterns: Vec<Str>,
    },
    Dissect {
        input: Expr,
        pattern: Str,
        /// `APPEND_SEPARATOR = ","`.
        options: Vec<(Name, Expr)>,
    },
    MvExpand(Name),
    Enrich {
        policy: Source,
        on: Option<Name>,
        with: Vec<EnrichField>,
    },
    LookupJoin {
        index: Source,
        alias: Option<Name>,
        on: Vec<Expr>,
    },
    /// Branches, each a chain of commands over the same rows.
    Fork(Vec<Vec<Command>>),
    ChangePoint {
        value: Name,
        on: Option<Name>,
        /// `AS type, pvalue`.
        output: Option<(Name, Name)>,
        by: Vec<Expr>,
    },
    Completion {
        target: Option<Name>,
        prompt: Expr,
        with: Option<With>,
    },
    /// A new relevance score by a model, in the column `_score` or `target`.
    Rerank {
        target: Option<Name>,
        text: Expr,
        on: Vec<Field>,
        with: Option<Map>,
    },
    /// Rows with the same key are one row, with a score of theirs all.
    Fuse(Box<Fuse>),
    /// A share of the rows, by chance.
    Sample(Expr),
    /// Columns `prefix.part` from a text.
    Parts {
        parts: Parts,
        prefix: Name,
        input: Expr,
        with: Option<Map>,
    },
    /// Rows that differ most.
    Mmr {
        vector: Option<Expr>,
        on: Name,
        count: Expr,
        with: Option<Map>,
    },
    /// A command that Elasticsearch has and this reader has no tree for; its words as they are.
    Other {
        name: String,
        text: String,
    },
}

/// What `from` reads.
#[derive(Debug, Clone, PartialEq)]
pub enum FromItem {
    Index(Source),
    /// A query in parentheses, whose rows come to the others.
    Subquery(Vec<Command>),
}

impl FromItem {
    /// The index pattern, if it is one.
    pub fn index(&self) -> Option<&Source> {
        match self {
            Self::Index(source) => Some(source),
            Self::Subquery(_) => None,
        }
    }

    /// The commands of a query in parentheses.
    pub fn subquery(&self) -> Option<&[Command]> {
        match self {
            Self::Index(_) => None,
            Self::Subquery(commands) => Some(commands),
        }
    }
}

/// `FUSE method SCORE BY .. KEY BY .. GROUP BY .. WITH {..}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fuse {
    /// `RRF` unless it is said; `LINEAR` is the other.
    pub method: Option<Name>,
    /// `_score` unless it is said.
    pub score: Option<Name>,
    /// `_id, _index` unless they are said.
    pub key: Vec<Name>,
    /// `_fork` unless it is said.
    pub group: Option<Name>,
    pub with: Option<Map>,
}

/// The commands that take a text apart into columns of fixed names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    Uri,
    RegisteredDomain,
    UserAgent,
    IpLocation,
}

impl Parts {
    pub const ALL: [Self; 4] = [Self::Uri, Self::RegisteredDomain, Self::UserAgent, Self::IpLocation];

    /// The command's keyword in lower case.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Uri => "uri_parts",
            Self::RegisteredDomain => "registered_domain",
            Self::UserAgent => "user_agent",
            Self::IpLocation => "ip_location",
        }
    }
}

/// An index pattern, a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    pub quoted: bool,
    pub at: At,
}

/// `name = expression`, or an expression whose text is the column's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: Option<Name>,
    pub expr: Expr,
}

/// An aggregation with its own filter: `COUNT(*) WHERE a > 1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub field: Field,
    pub filter: Option<Expr>,
}

/// `old AS new` or `new = old`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    pub old: Name,
    pub new: Name,
    /// Whether it is written `new = old`.
    pub assigned: bool,
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub expr: Expr,
    pub descending: Option<bool>,
    pub nulls_first: Option<bool>,
}

/// A column that `ENRICH .. WITH` adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrichField {
    pub new: Option<Name>,
    pub field: Name,
}

/// What stands after `WITH`.
#[derive(Debug, Clone, PartialEq)]
pub enum With {
    /// `{ "inference_id": "x" }`.
    Map(Map),
    /// The id alone, as before 9.2.
    Id(Name),
}
