//! The tree of a Sigma condition.

use crate::source::{Span, Spanned};

/// A whole condition: what an event must satisfy, and the old pipe after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub expr: Expr,
    /// The part after `|`, which the specification no longer has; correlations took its place.
    pub pipe: Option<Pipe>,
}

/// An expression over search identifiers.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub node: Node,
    /// From the first to the last character, without parentheses around it.
    pub span: Span,
}

/// What an expression can be. Lists have at least two members when they come from the parser.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    /// `1 of selection_*`.
    Of {
        quantifier: Spanned<Quantifier>,
        target: Spanned<Target>,
    },
    /// The name of a search identifier.
    Identifier(String),
}

/// How many of the search identifiers must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `1 of`.
    One,
    /// `any of`, which means `1 of`.
    Any,
    All,
}

/// Which search identifiers an `x of` speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// All that do not start with an underscore.
    Them,
    /// Those whose name matches, with `*` for any characters.
    Pattern(String),
}

impl Target {
    /// Whether it selects the search identifier `name`. Names that start with `_` are left out, save by a
    /// pattern that starts with `_` itself.
    #[must_use]
    pub fn selects(&self, name: &str) -> bool {
        match self {
            Self::Them => !name.starts_with('_'),
            Self::Pattern(pattern) => (!name.starts_with('_') || pattern.starts_with('_')) && glob(pattern, name),
        }
    }
}

/// Greedy matching of `*` with one point of return: linear in the product of the lengths at worst.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((head, parts)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(head) else { return false };
    let (middle, tail) = parts.rsplit_once('*').unwrap_or(("", parts));
    for part in middle.split('*') {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(tail)
}

/// What stands after the pipe of an old condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Pipe {
    Aggregation(Aggregation),
    /// `near expression`: the other events that must come close in time.
    Near {
        keyword: Span,
        expr: Expr,
    },
}

/// `count(field) by group > 5`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregation {
    pub function: Spanned<Function>,
    /// Absent in `count()`, which counts events.
    pub field: Option<Spanned<String>>,
    pub by: Vec<Spanned<String>>,
    pub op: Spanned<CompareOp>,
    pub value: Spanned<f64>,
}

/// The functions of the old pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    Count,
    Sum,
    Min,
    Max,
    Avg,
}

impl Function {
    pub const ALL: [Self; 5] = [Self::Count, Self::Sum, Self::Min, Self::Max, Self::Avg];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
        }
    }
}

/// How an aggregated value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl CompareOp {
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
        }
    }

    /// The operator that is written so; `==` is another spelling of `=`.
    #[must_use]
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "=" | "==" => Self::Equal,
            "!=" | "<>" => Self::NotEqual,
            _ => return None,
        })
    }
}

impl Quantifier {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Any => "any",
            Self::All => "all",
        }
    }
}

impl Condition {
    /// Replaces every span, for instance by its place in the rule file.
    pub fn map_spans(&mut self, place: &mut dyn FnMut(Span) -> Span) {
        self.expr.map_spans(place);
        match &mut self.pipe {
            None => {}
            Some(Pipe::Near { keyword, expr }) => {
                *keyword = place(*keyword);
                expr.map_spans(place);
            }
            Some(Pipe::Aggregation(Aggregation { function, field, by, op, value })) => {
                function.span = place(function.span);
                field.iter_mut().chain(by).for_each(|name| name.span = place(name.span));
                op.span = place(op.span);
                value.span = place(value.span);
            }
        }
    }
}

impl Expr {
    /// Replaces every span.
    pub fn map_spans(&mut self, place: &mut dyn FnMut(Span) -> Span) {
        self.span = place(self.span);
        match &mut self.node {
            Node::Or(parts) | Node::And(parts) => parts.iter_mut().for_each(|part| part.map_spans(place)),
            Node::Not(part) => part.map_spans(place),
            Node::Of { quantifier, target } => {
                quantifier.span = place(quantifier.span);
                target.span = place(target.span);
            }
            Node::Identifier(_) => {}
        }
    }

    /// Calls `visit` with every identifier and every `x of`, from left to right.
    pub fn for_each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.node {
            Node::Or(parts) | Node::And(parts) => parts.iter().for_each(|part| part.for_each_leaf(visit)),
            Node::Not(part) => part.for_each_leaf(visit),
            Node::Of { .. } | Node::Identifier(_) => visit(self),
        }
    }
}
