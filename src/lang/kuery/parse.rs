//! From tokens to the tree, by the precedence of Kibana's grammar: `or` < `and` < `not` < parentheses.

use super::ast::{Node, Query, RangeOp, Value, Values, ValuesNode};
use super::hints;
use super::lex::{Kind, Token, lex};
use crate::source::{Problem, Span, Spanned};

/// How deep parentheses, braces and value lists may nest.
pub const MAX_DEPTH: usize = 128;

/// What [`parse`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Absent exactly when there are problems.
    pub query: Option<Query>,
    /// Why Kibana would refuse the query.
    pub problems: Vec<Problem>,
    /// What Kibana accepts but hardly reads as it was meant: another language's syntax taken as text.
    pub warnings: Vec<Problem>,
}

/// Reads a KQL query. Spans are byte offsets in `text`.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let lexed = lex(text);
    let mut problems = lexed.problems;
    let mut parser = Parser { text, tokens: &lexed.tokens, at: 0, depth: 0 };
    let query = parser.whole();
    let mut warnings = lexed.warnings;
    warnings.extend(hints::suspicious(text, &lexed.tokens));
    match query {
        Ok(query) if problems.is_empty() => Parsed { query: Some(query), problems, warnings },
        Ok(_) => Parsed { query: None, problems, warnings },
        Err(problem) => {
            // What could not be lexed explains the rest.
            if problems.is_empty() {
                problems.push(problem);
            }
            warnings.retain(|warning| !problems.iter().any(|problem| problem.span == warning.span));
            Parsed { query: None, problems, warnings }
        }
    }
}

type Result<T> = std::result::Result<T, Problem>;

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn kind(&self) -> &'a Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |token| &token.kind)
    }

    /// The place of the next token.
    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or_else(|| Span::at(self.text.len()), |token| token.span)
    }

    /// From the token `first` to the token just taken.
    fn span_from(&self, first: usize) -> Span {
        let start = self.tokens.get(first).map(|token| token.span);
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map(|token| token.span);
        start.zip(end).map_or_else(Span::default, |(start, end)| start.to(end))
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.kind() == kind;
        self.at += usize::from(found);
        found
    }

    fn whole(&mut self) -> Result<Query> {
        if *self.kind() == Kind::End {
            return Ok(Query { node: Node::All, span: Span::new(0, self.text.len()) });
        }
        let query = self.or_query()?;
        if *self.kind() == Kind::End { Ok(query) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Problem {
        hints::unexpected(self.text, self.tokens, self.at)
    }

    fn or_query(&mut self) -> Result<Query> {
        self.list(&Kind::Or, Self::and_query, |parts, span| Query { node: Node::Or(parts), span })
    }

    fn and_query(&mut self) -> Result<Query> {
        self.list(&Kind::And, Self::not_query, |parts, span| Query { node: Node::And(parts), span })
    }

    /// One part, or several with a separator between them.
    fn list<T>(
        &mut self,
        separator: &Kind,
        part: fn(&mut Self) -> Result<T>,
        join: fn(Vec<T>, Span) -> T,
    ) -> Result<T> {
        let first = self.at;
        let head = part(self)?;
        if self.kind() != separator {
            return Ok(head);
        }
        let mut parts = vec![head];
        while self.take(separator) {
            parts.push(part(self)?);
        }
        Ok(join(parts, self.span_from(first)))
    }

    fn not_query(&mut self) -> Result<Query> {
        let first = self.at;
        if !self.take(&Kind::Not) {
            return self.sub_query();
        }
        let negated = Box::new(self.sub_query()?);
        Ok(Query { node: Node::Not(negated), span: self.span_from(first) })
    }

    fn sub_query(&mut self) -> Result<Query> {
        let open = self.span();
        match self.kind() {
            Kind::LeftParen => {
                self.at += 1;
                self.enclosed(open, &Kind::RightParen, Self::or_query)
            }
            Kind::Literal(value) => {
                self.at += 1;
                self.expression(value)
            }
            _ => Err(hints::no_operand(self.text, self.tokens, self.at)),
        }
    }

    /// What stands between `open`, already taken, and `close`.
    fn enclosed<T>(&mut self, open: Span, close: &Kind, inner: fn(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::new(open, format!("the query nests deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let found = inner(self)?;
        self.depth -= 1;
        if self.take(close) {
            return Ok(found);
        }
        if *self.kind() == Kind::End {
            let symbol = self.text.get(open.range()).unwrap_or_default();
            let end = if symbol == "{" { '}' } else { ')' };
            return Err(Problem::new(open, format!("this `{symbol}` is never closed")).help(format!("add a `{end}`")));
        }
        Err(self.unexpected())
    }

    /// What starts with the literal `field`, already taken.
    fn expression(&mut self, field: &Value) -> Result<Query> {
        let first = self.at - 1;
        let operator = self.span();
        let node = match self.kind() {
            Kind::Range(op) => {
                self.at += 1;
                self.range(field, Spanned::new(*op, operator))?
            }
            Kind::Colon => {
                self.at += 1;
                self.after_colon(field, operator)?
            }
            _ => Node::Free(field.clone()),
        };
        Ok(Query { node, span: self.span_from(first) })
    }

    fn range(&mut self, field: &Value, op: Spanned<RangeOp>) -> Result<Node> {
        let Kind::Literal(value) = self.kind() else {
            return Err(hints::no_range_value(self.text, self.tokens, self.at));
        };
        self.at += 1;
        Ok(Node::Range { field: field.clone(), op, value: value.clone() })
    }

    fn after_colon(&mut self, field: &Value, colon: Span) -> Result<Node> {
        let brace = self.span();
        if self.take(&Kind::LeftBrace) {
            let query = Box::new(self.enclosed(brace, &Kind::RightBrace, Self::or_query)?);
            return Ok(Node::Nested { path: field.clone(), query });
        }
        Ok(Node::Field { field: field.clone(), colon, values: self.value_or_list()? })
    }

    fn value_or_list(&mut self) -> Result<Values> {
        let span = self.span();
        match self.kind() {
            Kind::LeftParen => {
                self.at += 1;
                self.enclosed(span, &Kind::RightParen, Self::or_values)
            }
            Kind::Literal(value) => {
                self.at += 1;
                Ok(Values { node: ValuesNode::One(value.clone()), span })
            }
            _ => Err(hints::no_value(self.text, self.tokens, self.at)),
        }
    }

    fn or_values(&mut self) -> Result<Values> {
        self.list(&Kind::Or, Self::and_values, |parts, span| Values { node: ValuesNode::Or(parts), span })
    }

    fn and_values(&mut self) -> Result<Values> {
        self.list(&Kind::And, Self::not_values, |parts, span| Values { node: ValuesNode::And(parts), span })
    }

    fn not_values(&mut self) -> Result<Values> {
        let first = self.at;
        if !self.take(&Kind::Not) {
            return self.value_or_list();
        }
        let negated = Box::new(self.value_or_list()?);
        Ok(Values { node: ValuesNode::Not(negated), span: self.span_from(first) })
    }
}
