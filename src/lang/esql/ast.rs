//! The tree of an ES|QL query. Every node carries the bytes that it was written with.

pub use crate::lang::at::At;
use crate::source::Span;

/// A whole query: commands joined by `|`, the first of them a source command.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub commands: Vec<Command>,
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
        sources: Vec<Source>,
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
    /// A command that Elasticsearch has and this reader has no tree for; its words as they are.
    Other {
        name: String,
        text: String,
    },
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
    Map(Vec<(Str, Expr)>),
    /// The id alone, as before 9.2.
    Id(Name),
}

/// A column's name, part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub parts: Vec<NamePart>,
    pub at: At,
}

/// What stands between two dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamePart {
    Text(String),
    /// With `*` for any characters; only where columns are listed.
    Pattern(String),
    /// `?name` or `??name`: a parameter in the place of a name.
    Param(String),
}

impl Name {
    /// The parts joined by dots: the name by which schemas know a column.
    pub fn text(&self) -> String {
        let parts: Vec<&str> = self
            .parts
            .iter()
            .map(|part| match part {
                NamePart::Text(text) | NamePart::Pattern(text) | NamePart::Param(text) => text.as_str(),
            })
            .collect();
        parts.join(".")
    }

    /// Whether every part is a plain text.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, NamePart::Text(_)))
    }

    /// Whether it means a column: its name, or a pattern that the name fits. A parameter may mean any.
    pub fn fits(&self, column: &str) -> bool {
        if self.is_plain() {
            return self.text() == column;
        }
        if self.parts.iter().any(|part| matches!(part, NamePart::Param(_))) {
            return true;
        }
        let text = self.text();
        let pieces: Vec<&str> = text.split('*').collect();
        let [first, middle @ .., last] = pieces.as_slice() else { return text == column };
        let Some(mut rest) = column.strip_prefix(first) else { return false };
        for piece in middle {
            let Some((_, tail)) = rest.split_once(piece) else { return false };
            rest = tail;
        }
        rest.ends_with(last)
    }

    /// Whether it is a pattern of names.
    pub fn is_pattern(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, NamePart::Pattern(_)))
    }
}

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
            ExprKind::Like { subject, patterns, .. } => std::iter::once(&**subject).chain(patterns).collect(),
            ExprKind::IsNull { subject, .. } | ExprKind::Cast { subject, .. } => vec![subject],
            ExprKind::Match { value, .. } => vec![value],
            ExprKind::Call(call) => call.args.iter().collect(),
            ExprKind::Literal(Literal::Array(items)) => items.iter().collect(),
            ExprKind::Column(_) | ExprKind::Literal(_) => Vec::new(),
        }
    }
}

impl Expr {
    /// Shows the expression and those inside it, outer ones first, and goes into one as long as `see` says so.
    pub fn visit_mut(&mut self, see: &mut dyn FnMut(&mut Self) -> bool) {
        if !see(self) {
            return;
        }
        match &mut self.kind {
            ExprKind::Or(members) | ExprKind::And(members) | ExprKind::Literal(Literal::Array(members)) => {
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
    pub options: Option<Vec<(Str, Expr)>>,
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

/// The six comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl CompareOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

/// The five operators of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl ArithmeticOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}
