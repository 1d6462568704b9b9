//! From tokens to the tree.

use super::ast::{At, Bound, Clause, Conjunction, Node, Piece, Prefix, Query, Text};
use super::lex::{Token, lex};
use crate::source::{Problem, Span};

/// How deep groups may nest.
pub const MAX_DEPTH: usize = 128;

/// What [`parse`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Absent exactly when there are problems.
    pub query: Option<Query>,
    /// Why Elasticsearch would refuse the query.
    pub problems: Vec<Problem>,
    /// What it accepts but reads in another way than it was probably meant.
    pub warnings: Vec<Problem>,
}

/// Reads a query string. Spans are byte offsets in `text`.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let lexed = lex(text);
    let mut parser = Parser { text, tokens: lexed.tokens, at: 0, depth: 0, field: false, warnings: Vec::new() };
    let found = parser.whole();
    let mut problems = lexed.problems;
    match found {
        Ok(query) if problems.is_empty() => {
            return Parsed { query: Some(query), problems, warnings: parser.warnings };
        }
        Err(problem) if problems.is_empty() => problems.push(problem),
        _ => {}
    }
    Parsed { query: None, problems, warnings: parser.warnings }
}

type Read<T> = Result<T, Problem>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    /// Whether the group stands behind a field.
    field: bool,
    warnings: Vec<Problem>,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or_else(|| Span::at(self.text.len()), |(_, span)| *span)
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        span
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        if found {
            self.advance();
        }
        found
    }

    fn since(&self, start: Span) -> At {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |(_, span)| *span);
        At(start.to(last))
    }

    fn whole(&mut self) -> Read<Query> {
        if *self.peek() == Token::End {
            return Ok(Query { node: Node::All, at: At(Span::new(0, self.text.len())) });
        }
        let query = self.group()?;
        if *self.peek() == Token::End { Ok(query) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Problem {
        let span = self.span();
        let written = self.text.get(span.range()).unwrap_or_default();
        match self.peek() {
            Token::End => Problem::new(span, "the query ends where a value is expected"),
            Token::RightParen | Token::Close(_) => Problem::new(span, format!("this `{written}` closes nothing"))
                .help("a plain bracket is written with a backslash before it"),
            Token::Colon => Problem::new(span, "a second `:`").help("a colon in a value is written `\\:` or in quotes"),
            _ => Problem::new(span, format!("`{written}` cannot stand here"))
                .help("a special character is written with a backslash before it, or in quotes"),
        }
    }

    /// Clauses up to the bracket or the end.
    fn group(&mut self) -> Read<Query> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::new(self.span(), format!("the query nests deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let start = self.span();
        let mut clauses = vec![self.clause(None)?];
        loop {
            let at = self.span();
            let conjunction = if self.take(&Token::And) {
                Some(Conjunction::And)
            } else if self.take(&Token::Or) {
                Some(Conjunction::Or)
            } else if matches!(self.peek(), Token::End | Token::RightParen) {
                break;
            } else {
                None
            };
            let clause = self.clause(conjunction)?;
            self.suspicious(&clauses, &clause, at);
            clauses.push(clause);
        }
        self.depth -= 1;
        if clauses.len() == 1 && clauses[0].prefix.is_none() {
            return Ok(clauses.remove(0).query);
        }
        Ok(Query { node: Node::Group(clauses), at: self.since(start) })
    }

    /// Mixtures that Lucene reads without precedence, and lower-case operators.
    fn suspicious(&mut self, before: &[Clause], clause: &Clause, at: Span) {
        let negated = |clause: &Clause| matches!(clause.prefix, Some(Prefix::Not | Prefix::Prohibited));
        if let Node::Term(text) = &clause.query.node
            && let Some(word @ ("and" | "or" | "not")) = text.literal()
            && clause.conjunction.is_none()
        {
            let problem = Problem::new(text.at.0, format!("`{word}` in lower case is a word to search for"));
            self.warnings.push(problem.help(format!("write `{}` for the operator", word.to_uppercase())));
        }
        if clause.conjunction != Some(Conjunction::Or) {
            return;
        }
        if negated(clause) || before.last().is_some_and(negated) {
            let problem = Problem::new(at, "in Lucene `a OR NOT b` is `a` without `b`");
            self.warnings.push(problem.help("put the negation in parentheses: `a OR (NOT b)`"));
        } else if before.iter().any(|clause| clause.conjunction == Some(Conjunction::And)) {
            let problem = Problem::new(at, "Lucene has no precedence: beside an `AND` this `OR` is optional");
            self.warnings.push(problem.help("put the parts in parentheses"));
        }
    }

    fn clause(&mut self, conjunction: Option<Conjunction>) -> Read<Clause> {
        let prefix = match self.peek() {
            Token::Plus => Some(Prefix::Required),
            Token::Minus => Some(Prefix::Prohibited),
            Token::Not => Some(Prefix::Not),
            _ => None,
        };
        if prefix.is_some() {
            self.advance();
        }
        Ok(Clause { conjunction, prefix, query: self.fielded()? })
    }

    /// What a clause asks for, with its field.
    fn fielded(&mut self) -> Read<Query> {
        let start = self.span();
        if let (Token::Term(field), Some((Token::Colon, _))) = (self.peek(), self.tokens.get(self.at + 1)) {
            let field = field.clone();
            self.advance();
            self.advance();
            let outer = std::mem::replace(&mut self.field, true);
            let query = Box::new(self.boosted()?);
            self.field = outer;
            return Ok(Query { node: Node::Field { field, query }, at: self.since(start) });
        }
        self.boosted()
    }

    fn boosted(&mut self) -> Read<Query> {
        let start = self.span();
        let query = self.operand()?;
        if !self.take(&Token::Caret) {
            return Ok(query);
        }
        let Token::Number(factor) = self.peek() else { return Err(self.unexpected()) };
        let factor = factor.clone();
        if factor.is_empty() {
            return Err(Problem::new(start.to(self.span()), "a number is missing after `^`"));
        }
        self.advance();
        Ok(Query { node: Node::Boost { query: Box::new(query), factor }, at: self.since(start) })
    }

    fn operand(&mut self) -> Read<Query> {
        let start = self.span();
        let node = match self.peek().clone() {
            Token::LeftParen => {
                self.advance();
                let inner = self.group()?;
                if !self.take(&Token::RightParen) {
                    return Err(Problem::new(start, "this `(` is never closed"));
                }
                return Ok(inner);
            }
            Token::Term(text) => {
                self.advance();
                match self.peek().clone() {
                    Token::Tilde(distance) => {
                        self.advance();
                        Node::Fuzzy { term: text, distance }
                    }
                    _ => Node::Term(text),
                }
            }
            Token::Phrase(text) => {
                self.advance();
                let slop = self.slop()?;
                Node::Phrase { text, slop }
            }
            Token::Regex(text) => {
                self.advance();
                Node::Regex(text)
            }
            Token::Compare(op) => {
                self.advance();
                Node::Compare { op, value: self.bound()? }
            }
            Token::Open(inclusive) => self.range(inclusive)?,
            _ => return Err(self.unexpected()),
        };
        Ok(Query { node, at: self.since(start) })
    }

    /// How far apart a phrase's words may stand.
    fn slop(&mut self) -> Read<Option<u32>> {
        let Token::Tilde(distance) = self.peek().clone() else { return Ok(None) };
        let span = self.advance();
        let slop = distance.and_then(|distance| distance.parse().ok());
        slop.map(Some).ok_or_else(|| Problem::new(span, "a phrase takes a whole number after `~`"))
    }

    fn range(&mut self, inclusive: bool) -> Read<Node> {
        let open = self.advance();
        let low = Bound { value: self.bound()?, inclusive };
        if !self.take(&Token::To) {
            let problem = Problem::new(self.span(), "a range is written `[low TO high]`");
            return Err(problem.help("`TO` stands in upper case; `*` is an open end"));
        }
        let value = self.bound()?;
        let Token::Close(inclusive) = *self.peek() else {
            return Err(Problem::new(open, "the range is never closed").help("end it with `]` or `}`"));
        };
        self.advance();
        Ok(Node::Range { low, high: Bound { value, inclusive } })
    }

    fn bound(&mut self) -> Read<Text> {
        match self.peek().clone() {
            Token::Term(text) => {
                self.advance();
                Ok(text)
            }
            Token::Phrase(text) => {
                let pieces = if text.is_empty() { vec![] } else { vec![Piece::Literal(text)] };
                Ok(Text { pieces, quoted: true, at: At(self.advance()) })
            }
            Token::Minus if matches!(self.tokens.get(self.at + 1), Some((Token::Term(_), _))) => {
                let start = self.advance();
                let mut text = self.bound()?;
                match text.pieces.first_mut() {
                    Some(Piece::Literal(first)) => first.insert(0, '-'),
                    _ => text.pieces.insert(0, Piece::Literal("-".to_owned())),
                }
                text.at = self.since(start);
                Ok(text)
            }
            _ => Err(self.unexpected()),
        }
    }
}
