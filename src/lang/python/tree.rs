//! The part of Python that detections are written in, as a tree. Order and brackets are the printer's matter.

use super::keep::Verbatim;
use std::collections::BTreeSet;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Name(String),
    Str(String),
    /// A string that reads best raw: a regular expression.
    Raw(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attribute(Box<Expr>, &'static str),
    Call(Box<Expr>, Vec<Expr>),
    Not(Box<Expr>),
    /// Two or more operands.
    And(Vec<Expr>),
    /// Two or more operands.
    Or(Vec<Expr>),
    Compare(Box<Expr>, CompareOp, Box<Expr>),
    /// `a | b`: flags of regular expressions.
    Flags(Vec<Expr>),
    /// `element for target in items if condition`, the only argument of a call.
    Generator {
        element: Box<Expr>,
        target: String,
        items: Box<Expr>,
        condition: Option<Box<Expr>>,
    },
    /// `(a generator expression)` next to other arguments.
    Bracketed(Box<Expr>),
    /// `then if condition else otherwise`
    Conditional {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

impl CompareOp {
    pub fn text(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Is => "is",
            Self::IsNot => "is not",
        }
    }

    /// The operator that holds where this one does not; `None` for an ordering, because neither `a < b` nor `a >= b` holds when a
    /// side is not a number.
    pub fn negated(self) -> Option<Self> {
        match self {
            Self::Equal => Some(Self::NotEqual),
            Self::NotEqual => Some(Self::Equal),
            Self::In => Some(Self::NotIn),
            Self::NotIn => Some(Self::In),
            Self::Is => Some(Self::IsNot),
            Self::IsNot => Some(Self::Is),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => None,
        }
    }
}

impl Expr {
    pub fn name(name: &str) -> Self {
        Self::Name(name.to_owned())
    }

    pub fn str(text: &str) -> Self {
        Self::Str(text.to_owned())
    }

    /// `function(arguments)`
    pub fn call(function: &str, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Call(Box::new(Self::name(function)), arguments.into_iter().collect())
    }

    /// `self.method(arguments)`
    #[must_use]
    pub fn method(self, method: &'static str, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Call(Box::new(Self::Attribute(Box::new(self), method)), arguments.into_iter().collect())
    }

    #[must_use]
    pub fn compare(self, op: CompareOp, right: Self) -> Self {
        Self::Compare(Box::new(self), op, Box::new(right))
    }

    /// The conjunction: flat, `True` left out, `False` if an operand is.
    pub fn all(operands: impl IntoIterator<Item = Self>) -> Self {
        junction(operands, &Self::Bool(true), Self::And)
    }

    /// The disjunction: flat, `False` left out, `True` if an operand is.
    pub fn any(operands: impl IntoIterator<Item = Self>) -> Self {
        junction(operands, &Self::Bool(false), Self::Or)
    }

    /// The complement of a boolean expression, as a person would write it.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Bool(value) => Self::Bool(!value),
            Self::Not(inner) => *inner,
            Self::Compare(left, op, right) => match op.negated() {
                Some(op) => Self::Compare(left, op, right),
                None => Self::Not(Box::new(Self::call("bool", [Self::Compare(left, op, right)]))),
            },
            other => Self::Not(Box::new(other)),
        }
    }
}

fn junction(operands: impl IntoIterator<Item = Expr>, unit: &Expr, make: fn(Vec<Expr>) -> Expr) -> Expr {
    let zero = unit.clone().negated();
    let is_and = matches!(unit, Expr::Bool(true));
    let mut flat = Vec::new();
    for operand in operands {
        match operand {
            Expr::And(inner) if is_and => flat.extend(inner),
            Expr::Or(inner) if !is_and => flat.extend(inner),
            operand if operand == *unit => {}
            operand if operand == zero => return zero,
            operand => flat.push(operand),
        }
    }
    match flat.len() {
        0 => unit.clone(),
        1 => flat.remove(0),
        _ => make(flat),
    }
}

/// A statement of a function's body.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Return(Expr),
    /// `if test:` and what is done then.
    If(Expr, Vec<Statement>),
}

/// A function of one argument, as Panther calls them.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub name: &'static str,
    /// Whether the body looks at the event: an unused argument is called `_`.
    pub uses_event: bool,
    pub body: Vec<Statement>,
}

/// `import module`, or `from module import name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import<'m> {
    pub module: &'m str,
    pub name: Option<&'m str>,
    /// `as alias`
    pub alias: Option<&'m str>,
}

/// A module: imports, constants, helper functions, functions, and what is taken from another one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Module<'m> {
    pub imports: BTreeSet<Import<'m>>,
    pub constants: Vec<(String, Expr)>,
    /// Names of [`super::helpers`], without those that they need themselves.
    pub helpers: BTreeSet<&'static str>,
    pub functions: Vec<Function>,
    pub kept: Vec<Verbatim<'m>>,
}
