//! Expressions: `or` < `and` < `not` < comparison and `in`, `like`, `is null` < arithmetic < `::`.

use super::ast::{ArithmeticOp, At, CompareOp, Expr, ExprKind, Literal, Name};
use super::cursor::{Parser, Read};
use super::hints;
use super::lex::Token;
use super::value::{constant_word, is_constant, may_call};
use crate::source::{Problem, Span};

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Read<Expr> {
        self.nested(Self::disjunction)
    }

    fn disjunction(&mut self) -> Read<Expr> {
        self.joined("or", Self::conjunction, ExprKind::Or)
    }

    fn conjunction(&mut self) -> Read<Expr> {
        self.joined("and", Self::negation, ExprKind::And)
    }

    fn joined(
        &mut self,
        word: &str,
        member: fn(&mut Self) -> Read<Expr>,
        join: fn(Vec<Expr>) -> ExprKind,
    ) -> Read<Expr> {
        let start = self.span();
        let first = member(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut members = vec![first];
        while self.word(word) {
            members.push(member(self)?);
        }
        Ok(Expr { kind: join(members), at: self.since(start) })
    }

    fn negation(&mut self) -> Read<Expr> {
        let start = self.span();
        if !self.word("not") {
            return self.test();
        }
        let inner = self.nested(Self::negation)?;
        Ok(Expr { kind: ExprKind::Not(Box::new(inner)), at: self.since(start) })
    }

    /// A comparison, and what may follow a value.
    fn test(&mut self) -> Read<Expr> {
        let start = self.span();
        let mut left = self.arithmetic()?;
        if let Some(op) = self.compare_op() {
            let op_at = At(self.advance());
            let right = self.arithmetic()?;
            let kind = ExprKind::Compare { op, op_at, left: Box::new(left), right: Box::new(right) };
            left = Expr { kind, at: self.since(start) };
        }
        if self.is_symbol(":") {
            return self.full_text(left, start);
        }
        let negated = self.is_word("not");
        let keyword = usize::from(negated);
        if self.is_word_at(keyword, "in") {
            self.skip(keyword + 1);
            return self.contained(left, negated, start);
        }
        let regex = self.is_word_at(keyword, "rlike");
        if regex || self.is_word_at(keyword, "like") {
            self.skip(keyword + 1);
            return self.like(left, regex, negated, start);
        }
        if self.word("is") {
            let negated = self.word("not");
            self.need_word("null")?;
            let kind = ExprKind::IsNull { negated, subject: Box::new(left) };
            return Ok(Expr { kind, at: self.since(start) });
        }
        Ok(left)
    }

    fn skip(&mut self, count: usize) {
        (0..count).for_each(|_| {
            self.advance();
        });
    }

    fn compare_op(&self) -> Option<CompareOp> {
        use CompareOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        let Token::Symbol(symbol) = self.peek() else { return None };
        [Equal, NotEqual, LessEqual, GreaterEqual, Less, Greater].into_iter().find(|op| op.symbol() == *symbol)
    }

    fn full_text(&mut self, left: Expr, start: Span) -> Read<Expr> {
        let (field, cast) = match left.kind {
            ExprKind::Column(field) => (field, None),
            ExprKind::Cast { subject, to } => match subject.kind {
                ExprKind::Column(field) => (field, Some(to)),
                _ => return Err(self.expected("a column before `:`")),
            },
            _ => return Err(self.expected("`and`, `or` or the end of the condition")),
        };
        self.advance();
        let value = self.arithmetic()?;
        if !is_constant(&value) {
            let problem = Problem::new(value.span(), "only a constant can stand after `:`");
            return Err(self.report(problem.help("a value is written \"so\"; `==` compares two columns")));
        }
        let kind = ExprKind::Match { field, cast, value: Box::new(value) };
        Ok(Expr { kind, at: self.since(start) })
    }

    fn contained(&mut self, left: Expr, negated: bool, start: Span) -> Read<Expr> {
        if self.opens_query() {
            return self.in_query(vec![left], negated, start);
        }
        self.need_symbol("(", "a list in parentheses")?;
        let list = self.list(Self::expression)?;
        self.need_symbol(")", "`,` or `)`")?;
        let kind = ExprKind::In { negated, subject: Box::new(left), list };
        Ok(Expr { kind, at: self.since(start) })
    }

    /// Whether a query in parentheses stands here.
    fn opens_query(&self) -> bool {
        let source = |word: &str| self.is_word_at(1, word);
        self.is_symbol("(") && ["from", "row", "ts"].into_iter().any(source)
    }

    fn in_query(&mut self, subjects: Vec<Expr>, negated: bool, start: Span) -> Read<Expr> {
        self.advance();
        let query = self.nested(Self::subquery)?;
        self.need_symbol(")", "`|` or `)`")?;
        Ok(Expr { kind: ExprKind::InQuery { negated, subjects, query }, at: self.since(start) })
    }

    /// The columns behind the first of `(a, b) in (from ..)`.
    fn several(&mut self, first: Expr, start: Span) -> Read<Expr> {
        let mut subjects = vec![first];
        while self.symbol(",") {
            subjects.push(self.arithmetic()?);
        }
        self.need_symbol(")", "`,` or `)`")?;
        let negated = self.word("not");
        self.need_word("in")?;
        if !self.opens_query() {
            return Err(self.expected("a query in parentheses"));
        }
        self.in_query(subjects, negated, start)
    }

    fn like(&mut self, left: Expr, regex: bool, negated: bool, start: Span) -> Read<Expr> {
        let listed = self.symbol("(");
        let patterns = if listed {
            let patterns = self.list(Self::pattern)?;
            self.need_symbol(")", "`,` or `)`")?;
            patterns
        } else {
            vec![self.pattern()?]
        };
        let kind = ExprKind::Like { regex, negated, subject: Box::new(left), patterns, listed };
        Ok(Expr { kind, at: self.since(start) })
    }

    /// A text or a parameter.
    fn pattern(&mut self) -> Read<Expr> {
        if let Token::Param(_) = self.peek() {
            return self.primary();
        }
        if !matches!(self.peek(), Token::String { .. }) {
            let problem = hints::unexpected(self, "a pattern in quotes");
            let help =
                "a pattern is a constant; of columns write `CONTAINS(a, b)`, `STARTS_WITH(a, b)` or `ENDS_WITH(a, b)`";
            return Err(self.report(problem.help(help)));
        }
        let text = self.string("a pattern in quotes")?;
        let at = text.at;
        Ok(Expr { kind: ExprKind::Literal(Literal::String(text)), at })
    }

    fn arithmetic(&mut self) -> Read<Expr> {
        use ArithmeticOp::{Add, Divide, Modulo, Multiply, Subtract};
        self.chain(&[Add, Subtract], |parser| parser.chain(&[Multiply, Divide, Modulo], Self::unary))
    }

    fn chain(&mut self, ops: &[ArithmeticOp], operand: impl Fn(&mut Self) -> Read<Expr>) -> Read<Expr> {
        let start = self.span();
        let mut left = operand(self)?;
        while let Some(op) = ops.iter().find(|op| self.is_symbol(op.symbol())) {
            self.chained()?;
            let op_at = At(self.advance());
            let right = operand(self)?;
            let kind = ExprKind::Arithmetic { op: *op, op_at, left: Box::new(left), right: Box::new(right) };
            left = Expr { kind, at: self.since(start) };
        }
        Ok(left)
    }

    pub(super) fn unary(&mut self) -> Read<Expr> {
        let start = self.span();
        let sign = if self.symbol("-") {
            ExprKind::Negate
        } else if self.symbol("+") {
            ExprKind::Plus
        } else {
            return self.cast();
        };
        let inner = self.nested(Self::unary)?;
        Ok(Expr { kind: sign(Box::new(inner)), at: self.since(start) })
    }

    /// A primary and the types it is cast to.
    pub(super) fn cast(&mut self) -> Read<Expr> {
        let start = self.span();
        let mut subject = self.primary()?;
        while self.symbol("::") {
            self.chained()?;
            let Token::Word(to) = self.peek() else { return Err(self.expected("a type")) };
            let to = (*to).to_owned();
            self.advance();
            let kind = ExprKind::Cast { subject: Box::new(subject), to };
            subject = Expr { kind, at: self.since(start) };
        }
        Ok(subject)
    }

    /// A constant, a column, a function, or an expression in parentheses.
    pub(super) fn primary(&mut self) -> Read<Expr> {
        let start = self.span();
        let kind = match self.peek() {
            Token::Symbol("(") => {
                self.advance();
                let inner = self.expression()?;
                if self.is_symbol(",") {
                    return self.several(inner, start);
                }
                self.need_symbol(")", "`and`, `or` or `)`")?;
                return Ok(inner);
            }
            Token::Symbol("[") => self.array()?,
            Token::String { .. } => ExprKind::Literal(Literal::String(self.string("a text")?)),
            Token::Integer(digits) => {
                let digits = *digits;
                self.integer(digits)
            }
            Token::Decimal(digits) => {
                let value = digits.parse().unwrap_or_default();
                self.advance();
                ExprKind::Literal(Literal::Decimal(value))
            }
            Token::Param(_) if matches!(self.peek_at(1), Token::Symbol("(")) => self.call()?,
            Token::Param(param) if !matches!(self.peek_at(1), Token::Symbol(".")) => {
                let param = (*param).to_owned();
                self.advance();
                ExprKind::Literal(Literal::Param(param))
            }
            Token::Word(word) => match constant_word(word) {
                Some(literal) => {
                    self.advance();
                    ExprKind::Literal(literal)
                }
                None if matches!(self.peek_at(1), Token::Symbol("(")) && may_call(word) => self.call()?,
                None => ExprKind::Column(self.name()?),
            },
            Token::Quoted(_) | Token::Param(_) => ExprKind::Column(self.name()?),
            _ => return Err(self.expected("a value")),
        };
        Ok(Expr { kind, at: self.since(start) })
    }
}

/// The name of an expression that is a column.
pub(super) fn column(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Column(name) => Some(name),
        _ => None,
    }
}
