//! Expressions, constants and options.

use super::{ArithmeticOp, At, Command, CompareOp, Name};
use crate::source::Span;

/// A text constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Str {
    pub value: String,
    /// Written `"""so"""`, without escapes.
    pub triple: bool,
    pub at: At,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub at: At,
}

impl Expr {
    /// From its first to its last token, without parentheses around it.
    pub fn span(&self) -> Span {
        self.at.0
    }

    /// The expressions directly inside it, in the order of the text.
    pub fn parts(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Or(members) | ExprKind::And(members) => members.iter().collect(),
            ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::Plus(inner) => vec![inner],
            ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => vec![left, right],
            ExprKind::In { subject, list, .. } => std::iter::once(&**subject).chain(list).collect(),
            ExprKind::InQuery { subjects, .. } => subjects.iter().collect(),
            ExprKind::Like { subject, patterns, .. } => std::iter::once(&**subject).chain(patterns).collect(),
            ExprKind::IsNull { subject, .. } | ExprKind::Cast { subject, .. } => vec![subject],
            ExprKind::Match { value, .. } => vec![value],
            ExprKind::Call(call) => call.args.iter().collect(),
            ExprKind::Literal(Literal::Array(items)) => items.iter().collect(),
            ExprKind::Column(_) | ExprKind::Literal(_) => Vec::new(),
        }
    }

    /// Shows the expression and those inside it, outer ones first, and goes into one as long as `see` says so.
    pub fn visit_mut(&mut self, see: &mut dyn FnMut(&mut Self) -> bool) {
        if !see(self) {
            return;
        }
        match &mut self.kind {
            ExprKind::Or(members)
            | ExprKind::And(members)
            | ExprKind::InQuery { subjects: members, .. }
            | ExprKind::Literal(Literal::Array(members)) => {
                members.iter_mut().for_each(|member| member.visit_mut(see));
            }
            ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
                left.visit_mut(see);
                right.visit_mut(see);
            }
            ExprKind::In { subject, list, .. } | ExprKind::Like { subject, patterns: list, .. } => {
                subject.visit_mut(see);
                list.iter_mut().for_each(|item| item.visit_mut(see));
            }
            ExprKind::Not(inner)
            | ExprKind::Negate(inner)
            | ExprKind::Plus(inner)
            | ExprKind::IsNull { subject: inner, .. }
            | ExprKind::Cast { subject: inner, .. }
            | ExprKind::Match { value: inner, .. } => inner.visit_mut(see),
            ExprKind::Call(call) => call.args.iter_mut().for_each(|arg| arg.visit_mut(see)),
            ExprKind::Column(_) | ExprKind::Literal(_) => {}
        }
    }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Two or more, as written: a group in parentheses is a member of its own.
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    Compare {
        op: CompareOp,
        op_at: At,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    In {
        negated: bool,
        subject: Box<Expr>,
        list: Vec<Expr>,
    },
    /// `subject in (from ..)`, and `(subject, subject) in (from ..)`: the query has as many columns.
    InQuery {
        negated: bool,
        subjects: Vec<Expr>,
        query: Vec<Command>,
    },
    /// `like` and `rlike`, with one pattern or a list of them.
    Like {
        regex: bool,
        negated: bool,
        subject: Box<Expr>,
        patterns: Vec<Expr>,
        /// Whether the patterns stand in parentheses.
        listed: bool,
    },
    IsNull {
        negated: bool,
        subject: Box<Expr>,
    },
    /// `field: value`, a full-text search.
    Match {
        field: Name,
        cast: Option<String>,
        value: Box<Expr>,
    },
    Arithmetic {
        op: ArithmeticOp,
        op_at: At,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Negate(Box<Expr>),
    /// `+a`, which is `a`.
    Plus(Box<Expr>),
    /// `subject::type`.
    Cast {
        subject: Box<Expr>,
        to: String,
    },
    Call(Call),
    Column(Name),
    Literal(Literal),
}

/// A function with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: String,
    pub name_at: At,
    /// The only argument is `*`: `COUNT(*)`.
    pub star: bool,
    pub args: Vec<Expr>,
    /// `{"option": value}` as the last argument.
    pub options: Option<Map>,
}

/// `{"key": value}`.
pub type Map = Vec<(Str, MapValue)>;

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub enum MapValue {
    Constant(Expr),
    Map(Map),
}

impl MapValue {
    /// The constant, if it is one.
    pub fn constant(&self) -> Option<&Expr> {
        match self {
            Self::Constant(expr) => Some(expr),
            Self::Map(_) => None,
        }
    }
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    /// Up to the largest unsigned long; what is larger is a decimal.
    Integer(u64),
    Decimal(f64),
    String(Str),
    /// `15 minutes`; the unit as it is written.
    Timespan {
        value: u64,
        unit: String,
    },
    /// `?`, `?name`, `?1`: without the question mark.
    Param(String),
    Array(Vec<Expr>),
}
