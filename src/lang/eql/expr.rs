//! From tokens to expressions.
//!
//! ```text
//! or: and (`or` and)*      and: not (`and` not)*      not: `not` not | comparison
//! comparison: sum (op sum)?      sum: product ((`+`|`-`) product)*      product: unary ((`*`|`/`|`%`) unary)*
//! unary: (`-`|`+`) unary | primary (`not`? `in` (..) | `:` .. | `like` .. | `regex` ..)?
//! ```

use super::MAX_DEPTH;
use super::ast::{ArithmeticOp, At, CompareOp, Expr, ExprKind, Literal, Relation};
use super::cursor::Parser;
use super::lex::{Token, is_keyword};
use super::{check, dialect};
use crate::source::Span;

/// An expression with the number of levels from its root down.
pub(super) type Node = (Expr, usize);

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Option<Expr> {
        self.or().map(|(expr, _)| expr)
    }

    /// Runs `read` one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.too_deep(self.span());
            return None;
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    pub(super) fn node(&mut self, kind: ExprKind, start: Span, below: usize) -> Option<Node> {
        let span = self.since(start);
        if below + 1 >= MAX_DEPTH {
            self.too_deep(span);
            return None;
        }
        Some((Expr::new(kind, span), below + 1))
    }

    pub(super) fn or(&mut self) -> Option<Node> {
        self.chain("or", Self::and, ExprKind::Or)
    }

    fn and(&mut self) -> Option<Node> {
        self.chain("and", Self::not, ExprKind::And)
    }

    /// Operands between `word`s. A broken operand is skipped, so that the next ones are looked at.
    fn chain(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Option<Node>,
        make: fn(Vec<Expr>) -> ExprKind,
    ) -> Option<Node> {
        let start = self.span();
        let first = self.operand(operand);
        let mut broken = first.is_none();
        let mut below = first.as_ref().map_or(0, |(_, height)| *height);
        let mut single = first;
        let mut rest = Vec::new();
        while self.keyword(word) {
            match self.operand(operand) {
                Some((expr, height)) => {
                    below = below.max(height);
                    rest.push(expr);
                }
                None => broken = true,
            }
        }
        if broken {
            return None;
        }
        if rest.is_empty() {
            return single;
        }
        rest.insert(0, single.take()?.0);
        self.node(make(rest), start, below)
    }

    fn operand(&mut self, read: fn(&mut Self) -> Option<Node>) -> Option<Node> {
        let found = read(self);
        if found.is_none() {
            self.skip_to(|token| match token {
                Token::Word(word) => word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or"),
                Token::Symbol("," | "|") => true,
                _ => false,
            });
        }
        found
    }

    fn not(&mut self) -> Option<Node> {
        let start = self.span();
        let next_is_operand =
            matches!(self.peek_at(1), Token::Word(_) | Token::Tilde(_) | Token::Quoted(_) | Token::Symbol("(" | "?"))
                && !matches!(self.peek_at(1), Token::Word("in" | "like" | "regex" | "and" | "or" | "not"));
        if self.is_word("not") || (next_is_operand && self.is_shouted("not")) {
            self.keyword("not");
            let (expr, below) = self.deeper(Self::not)?;
            return self.node(ExprKind::Not(Box::new(expr)), start, below);
        }
        if let (&Token::Word(word), Token::Word("of")) = (self.peek(), self.peek_at(1)) {
            if let (Some(relation), true) = (relation(word), self.is_endgame()) {
                return self.related(relation);
            }
            self.advance();
            self.advance();
            let problem = dialect::relationship(word, self.since(start));
            self.report([problem]);
            if self.symbol("[") {
                self.skip_to(|_| false);
                self.symbol("]");
            }
            return None;
        }
        self.comparison()
    }

    /// `child of [..]`.
    fn related(&mut self, relation: Relation) -> Option<Node> {
        let start = self.advance();
        self.advance();
        let opened = self.span();
        self.expect("[", None)?;
        let filter = self.deeper(Self::event_filter);
        if filter.is_none() {
            self.skip_to(|_| false);
        }
        self.expect("]", Some(opened))?;
        self.node(ExprKind::Related { relation, filter: Box::new(filter?) }, start, self.depth)
    }

    /// Whether the word at the cursor is `word` in capitals.
    fn is_shouted(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn compare_op(&mut self) -> Option<(CompareOp, Span)> {
        let Token::Symbol(symbol) = *self.peek() else { return None };
        let op = match symbol {
            "==" | "=" => CompareOp::Equal,
            "!=" => CompareOp::NotEqual,
            "<" => CompareOp::Less,
            "<=" => CompareOp::LessEqual,
            ">" => CompareOp::Greater,
            ">=" => CompareOp::GreaterEqual,
            _ => return None,
        };
        let span = self.advance();
        if symbol == "=" && !self.is_endgame() {
            self.problem(span, "`=` does not compare", "write `==`; a single `=` is Endgame's dialect");
        }
        Some((op, span))
    }

    fn comparison(&mut self) -> Option<Node> {
        let start = self.span();
        let (left, left_height) = self.sum()?;
        let Some((op, op_span)) = self.compare_op() else { return Some((left, left_height)) };
        let (right, right_height) = self.sum()?;
        if !self.is_endgame() {
            self.report(check::field_against_field(&left, &right));
        }
        if let Some((_, again)) = self.compare_op() {
            let help = "write `a < b and b < c`, or put one comparison in brackets";
            self.problem(again, "comparisons do not chain", help);
            self.sum();
            return None;
        }
        let kind = ExprKind::Compare { op, op_at: At(op_span), left: Box::new(left), right: Box::new(right) };
        self.node(kind, start, left_height.max(right_height))
    }

    fn sum(&mut self) -> Option<Node> {
        self.arithmetic(Self::product, |symbol| match symbol {
            "+" => Some(ArithmeticOp::Add),
            "-" => Some(ArithmeticOp::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Option<Node> {
        self.arithmetic(Self::unary, |symbol| match symbol {
            "*" => Some(ArithmeticOp::Multiply),
            "/" => Some(ArithmeticOp::Divide),
            "%" => Some(ArithmeticOp::Modulo),
            _ => None,
        })
    }

    fn arithmetic(
        &mut self,
        operand: fn(&mut Self) -> Option<Node>,
        operator: fn(&str) -> Option<ArithmeticOp>,
    ) -> Option<Node> {
        let start = self.span();
        let mut node = operand(self)?;
        loop {
            let Token::Symbol(symbol) = *self.peek() else { return Some(node) };
            let Some(op) = operator(symbol) else { return Some(node) };
            let op_at = At(self.advance());
            let (right, height) = operand(self)?;
            let below = node.1.max(height);
            let kind = ExprKind::Arithmetic { op, op_at, left: Box::new(node.0), right: Box::new(right) };
            node = self.node(kind, start, below)?;
        }
    }

    fn unary(&mut self) -> Option<Node> {
        let start = self.span();
        if self.is_symbol("-") {
            self.advance();
            if let Some(number) = self.negative_number() {
                return self.node(ExprKind::Literal(number), start, 0);
            }
            let (expr, below) = self.deeper(Self::unary)?;
            return self.node(ExprKind::Neg(Box::new(expr)), start, below);
        }
        if self.symbol("+") {
            let (mut expr, height) = self.deeper(Self::unary)?;
            expr.at = At(self.since(start));
            return Some((expr, height));
        }
        self.predicate()
    }

    /// The number after a minus. The smallest integer has no positive counterpart, so the text is read again with its sign.
    fn negative_number(&mut self) -> Option<Literal> {
        let number = match *self.peek() {
            Token::Int(value) => Literal::Int(-value),
            Token::Float(value) => match format!("-{}", self.slice(self.span())).parse::<i64>() {
                Ok(value) => Literal::Int(value),
                Err(_) => Literal::Float(-value),
            },
            _ => return None,
        };
        self.advance();
        Some(number)
    }

    pub(super) fn primary(&mut self) -> Option<Node> {
        let start = self.span();
        let literal = match self.peek() {
            Token::Str { value, raw } => Literal::String { value: value.clone(), raw: *raw },
            Token::Int(value) => Literal::Int(*value),
            Token::Float(value) => Literal::Float(*value),
            Token::Word("true") => Literal::Bool(true),
            Token::Word("false") => Literal::Bool(false),
            Token::Word("null") => Literal::Null,
            Token::Symbol("(") => return self.brackets(),
            _ => return self.call_or_field(start),
        };
        self.advance();
        self.node(ExprKind::Literal(literal), start, 0)
    }

    fn brackets(&mut self) -> Option<Node> {
        let opened = self.advance();
        let found = self.deeper(Self::or);
        if found.is_none() {
            // A comma here is part of what was broken.
            self.skip_to(|_| false);
        }
        self.expect(")", Some(opened))?;
        found
    }

    fn call_or_field(&mut self, start: Span) -> Option<Node> {
        let call = matches!(self.peek_at(1), Token::Symbol("("));
        match *self.peek() {
            Token::Word(name) if call && !is_keyword(name) => self.call(name, false, start),
            Token::Tilde(name) if call && !matches!(name, "in~" | "like~" | "regex~") => {
                self.call(name.trim_end_matches('~'), true, start)
            }
            Token::Tilde(_) => {
                self.unexpected("a value, a field or a function");
                None
            }
            _ => self.field_or_constant(start),
        }
    }

    fn field_or_constant(&mut self, start: Span) -> Option<Node> {
        let field = self.field()?;
        let span = field.at.0;
        let text = self.slice(span);
        let constant = match text.to_ascii_lowercase().as_str() {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            "null" => Some(Literal::Null),
            _ => None,
        };
        if let Some(constant) = constant {
            let help = format!("keywords are lower case: write `{}`", text.to_ascii_lowercase());
            self.problem(span, format!("`{text}` is not a keyword"), help);
            return self.node(ExprKind::Literal(constant), start, 0);
        }
        if self.is_symbol("(") {
            self.advance();
            self.skip_to(|_| false);
            self.symbol(")");
            self.problem(
                span,
                "a function has a plain name",
                "write `name(field, ..)`; methods of fields do not exist",
            );
            return None;
        }
        self.node(ExprKind::Field(field), start, 0)
    }

    fn call(&mut self, name: &str, insensitive: bool, start: Span) -> Option<Node> {
        let name = name.to_owned();
        let name_span = self.advance();
        let opened = self.advance();
        let found = self.list(opened, "an argument");
        let Some((args, below)) = found else {
            if super::find_function_in(&name, self.dialect).is_none() {
                let problems = check::call(&name, insensitive, name_span, &[], name_span, self.dialect);
                self.report(problems);
            }
            return None;
        };
        let problems = check::call(&name, insensitive, name_span, &args, self.since(start), self.dialect);
        self.report(problems);
        self.node(ExprKind::Function { name, insensitive, name_at: At(name_span), args }, start, below)
    }
}

fn relation(word: &str) -> Option<Relation> {
    Relation::ALL.into_iter().find(|relation| relation.text() == word)
}
