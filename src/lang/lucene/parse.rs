//! From tokens to the tree, rule by rule as `QueryParser.jj` has them.

use super::ast::{At, Bound, Clause, Conjunction, Node, Piece, Prefix, Query, RangeOp, Text};
use super::lex::{Token, lex};
use super::{escape, hints};
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
    let mut parser = Parser { text, tokens: lexed.tokens, at: 0, depth: 0, fielded: false };
    let found = parser.whole();
    let mut problems = lexed.problems;
    match found {
        Ok(query) if problems.is_empty() => {
            let warnings = hints::suspicious(text, &query);
            return Parsed { query: Some(query), problems, warnings };
        }
        Err(problem) if problems.is_empty() => problems.push(problem),
        _ => {}
    }
    Parsed { query: None, problems, warnings: Vec::new() }
}

type Read<T> = Result<T, Problem>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    /// Whether the group stands behind a field.
    fielded: bool,
}

impl Parser<'_> {
    fn token(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
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
        let found = self.token(0) == token;
        if found {
            self.advance();
        }
        found
    }

    fn since(&self, start: Span) -> At {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |(_, span)| *span);
        At(start.to(last))
    }

    /// `TopLevelQuery`; an empty text is everything to Kibana.
    fn whole(&mut self) -> Read<Query> {
        if *self.token(0) == Token::End {
            return Ok(Query { node: Node::All, at: At(Span::new(0, self.text.len())) });
        }
        let query = self.query()?;
        if *self.token(0) == Token::End { Ok(query) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Problem {
        let written = self.text.get(self.span().range()).unwrap_or_default();
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        hints::unexpected(self.token(0), self.span(), written, before)
    }

    /// `Query`: clauses up to the bracket or the end.
    fn query(&mut self) -> Read<Query> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::new(self.span(), format!("the query nests deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let start = self.span();
        let mut clauses = vec![self.clause(None)?];
        while !matches!(self.token(0), Token::End | Token::RightParen) {
            let conjunction = if self.take(&Token::And) {
                Some(Conjunction::And)
            } else if self.take(&Token::Or) {
                Some(Conjunction::Or)
            } else {
                None
            };
            clauses.push(self.clause(conjunction)?);
        }
        self.depth -= 1;
        if clauses.len() == 1 && clauses[0].prefix.is_none() {
            return Ok(clauses.remove(0).query);
        }
        Ok(Query { node: Node::Group(clauses), at: self.since(start) })
    }

    /// A conjunction was read before, or words in a row may stand here (`MultiTerm`).
    fn clause(&mut self, conjunction: Option<Conjunction>) -> Read<Clause> {
        if conjunction.is_none()
            && let Some(query) = self.words_in_a_row()
        {
            return Ok(Clause { conjunction, prefix: None, query });
        }
        let prefix = match self.token(0) {
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

    /// `MultiTerm`: two words or more. The last one belongs to it unless what follows it binds it otherwise.
    fn words_in_a_row(&mut self) -> Option<Query> {
        let binds = |token: &Token| {
            matches!(token, Token::Colon | Token::Star | Token::Tilde(_) | Token::Caret | Token::And | Token::Or)
        };
        let follows = |parser: &Self| matches!(parser.token(1), Token::Term(_)) && !binds(parser.token(2));
        let Token::Term(first) = self.token(0) else { return None };
        if !follows(self) {
            return None;
        }
        let mut text = first.clone();
        let start = self.span();
        while follows(self) {
            self.advance();
            if let Token::Term(next) = self.token(0) {
                text.push(' ');
                text.push_str(next);
            }
        }
        self.advance();
        let at = self.since(start);
        Some(Query { node: self.term(text, at), at })
    }

    /// `Clause`: a field, and what is asked of it.
    fn fielded(&mut self) -> Read<Query> {
        let start = self.span();
        let name = match self.token(0) {
            Token::Term(name) => Text::field(name),
            Token::Star => Text::field("*"),
            _ => return self.boosted(),
        };
        if *self.token(1) != Token::Colon {
            return self.boosted();
        }
        let field = Text { at: At(self.advance()), ..name };
        self.advance();
        let outer = std::mem::replace(&mut self.fielded, true);
        let query = Box::new(self.boosted()?);
        self.fielded = outer;
        Ok(Query { node: Node::Field { field, query }, at: self.since(start) })
    }

    /// A group or a `Term`, with its boost and its distance in either order.
    fn boosted(&mut self) -> Read<Query> {
        let start = self.span();
        if self.take(&Token::LeftParen) {
            let inner = self.query()?;
            if !self.take(&Token::RightParen) {
                return Err(Problem::new(start, "this `(` is never closed").help("add a `)`"));
            }
            return Ok(match self.boost()? {
                Some(factor) => self.with_boost(inner, factor, start),
                None => inner,
            });
        }
        let node = self.operand()?;
        let early = self.boost()?;
        let mut query = Query { node, at: self.since(start) };
        if let Token::Tilde(distance) = self.token(0).clone()
            && let Some(node) = with_distance(query.node.clone(), distance)
        {
            self.advance();
            query = Query { node, at: self.since(start) };
        }
        let factor = if early.is_some() { early } else { self.boost()? };
        Ok(match factor {
            Some(factor) => self.with_boost(query, factor, start),
            None => query,
        })
    }

    fn with_boost(&self, query: Query, factor: String, start: Span) -> Query {
        Query { node: Node::Boost { query: Box::new(query), factor }, at: self.since(start) }
    }

    fn boost(&mut self) -> Read<Option<String>> {
        if !self.take(&Token::Caret) {
            return Ok(None);
        }
        let Token::Number(factor) = self.token(0).clone() else { return Err(self.unexpected()) };
        self.advance();
        Ok(Some(factor))
    }

    fn operand(&mut self) -> Read<Node> {
        let node = match self.token(0).clone() {
            Token::Term(text) => {
                let at = At(self.span());
                self.term(text, at)
            }
            Token::Star => Node::Term(Text { pieces: vec![Piece::Star], quoted: false, at: At(self.span()) }),
            Token::Wildcard(pieces) => {
                let pieces = pieces.into_iter().filter(|piece| *piece != Piece::Literal(String::new())).collect();
                Node::Term(Text { pieces, quoted: false, at: At(self.span()) })
            }
            Token::Phrase(text) => Node::Phrase { text, slop: None },
            Token::Regex(text) => Node::Regex(text),
            Token::Open(inclusive) => return self.range(inclusive),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(node)
    }

    /// A word, or behind a field a comparison (`QueryStringQueryParser.getFieldQuery`, which sees the text without its escapes).
    fn term(&self, text: String, at: At) -> Node {
        let operators = [
            (">=", RangeOp::GreaterOrEqual),
            ("<=", RangeOp::LessOrEqual),
            (">", RangeOp::Greater),
            ("<", RangeOp::Less),
        ];
        let compared = operators.iter().filter(|_| self.fielded).find_map(|(symbol, op)| {
            let value = text.strip_prefix(symbol).filter(|value| !value.is_empty())?;
            Some((*op, value.to_owned()))
        });
        match compared {
            Some((op, value)) => Node::Compare { op, value: Text { at, ..Text::plain(&value) } },
            None => Node::Term(Text { pieces: escape::literal(text), quoted: false, at }),
        }
    }

    fn range(&mut self, inclusive: bool) -> Read<Node> {
        let open = self.advance();
        let low = Bound { value: self.bound()?, inclusive };
        if !self.take(&Token::To) {
            if low.value.literal().is_some_and(|text| text.ends_with(':')) {
                let problem = Problem::new(open, "a nested field has no form in a query string");
                return Err(problem.help("KQL has `path:{ field: value }`"));
            }
            let problem = Problem::new(self.span(), "a range is written `[low TO high]`");
            return Err(problem.help("`TO` stands in upper case; `*` is an open end"));
        }
        let value = self.bound()?;
        let Token::Close(inclusive) = *self.token(0) else {
            return Err(Problem::new(open, "the range is never closed").help("end it with `]` or `}`"));
        };
        self.advance();
        Ok(Node::Range { low, high: Bound { value, inclusive } })
    }

    fn bound(&mut self) -> Read<Text> {
        let text = match self.token(0).clone() {
            Token::Bound(text) => text,
            // The word may itself be an end.
            Token::To => Text::plain("TO"),
            _ => return Err(self.unexpected()),
        };
        let at = At(self.advance());
        Ok(Text { at, ..text })
    }
}

/// `~` behind a term or a phrase. `None` where the grammar has none.
fn with_distance(node: Node, distance: String) -> Option<Node> {
    match node {
        Node::Term(term) => Some(Node::Fuzzy { term, distance }),
        // The number is truncated; what is none counts as no distance (`QueryParserBase.handleQuotedTerm`).
        Node::Phrase { text, .. } => {
            let slop = distance.split('.').next().and_then(|whole| whole.parse().ok());
            Some(Node::Phrase { text, slop })
        }
        // Lucene reads it and goes by the expression alone.
        Node::Regex(text) => Some(Node::Regex(text)),
        _ => None,
    }
}
