//! From tokens to a query: the statement, its event filters and its pipes.
//!
//! A broken part is skipped up to the end of its bracket, so the parts after it report their problems too; the query as
//! a whole is then absent.

use super::ast::{
    At, Category, CategoryKind, EventFilter, EventQuery, Expr, Int, Join, Pipe, PipeKind, Query, Sample, Sequence,
};
use super::check;
use super::cursor::Parser;
use super::dialect::{self, Dialect};
use super::lex::{Token, is_keyword, lex};
use crate::source::{Problem, Span};

/// How many results `head` and `tail` let through when they do not say.
const ENDGAME_COUNT: u64 = 50;

/// What [`parse`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Present when every part could be read. It may still have problems (a wrong number of arguments, say), and then
    /// shows what was probably meant: fit for lints and editors, not for a conversion.
    pub query: Option<Query>,
    /// In the order of the text. Empty means that Elasticsearch's parser takes the query.
    pub problems: Vec<Problem>,
    /// The comments, which are no part of the tree.
    pub comments: Vec<Span>,
}

/// What [`parse_expression`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedExpression {
    pub expression: Option<Expr>,
    pub problems: Vec<Problem>,
    pub comments: Vec<Span>,
}

/// Reads a whole query as Elasticsearch does. Takes time linear in its length, and never fails otherwise than by problems.
pub fn parse(text: &str) -> Parsed {
    parse_as(text, Dialect::Elasticsearch)
}

/// As [`parse`], in a dialect.
pub fn parse_as(text: &str, dialect: Dialect) -> Parsed {
    let (query, problems, comments) = run(text, dialect, Parser::statement);
    Parsed { query, problems, comments }
}

/// Reads an expression alone, as it stands after `where`.
pub fn parse_expression(text: &str) -> ParsedExpression {
    let (expression, problems, comments) = run(text, Dialect::Elasticsearch, |parser| {
        let expression = parser.expression();
        if expression.is_some() {
            parser.end("`and`, `or` or the end of the expression");
        }
        expression
    });
    ParsedExpression { expression, problems, comments }
}

fn run<'a, T>(
    text: &'a str,
    dialect: Dialect,
    read: impl Fn(&mut Parser<'a>) -> Option<T>,
) -> (Option<T>, Vec<Problem>, Vec<Span>) {
    let lexed = lex(text, dialect);
    let mut parser = Parser::new(text, dialect, lexed.tokens, lexed.problems);
    let found = read(&mut parser).filter(|_| !parser.lost);
    let mut problems = parser.into_problems();
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    (found, problems, lexed.comments)
}

impl Parser<'_> {
    fn end(&mut self, expected: &str) {
        if *self.peek() != Token::End {
            self.surplus(expected);
            self.lost = true;
        }
    }

    fn statement(&mut self) -> Option<Query> {
        let start = self.span();
        let head = if matches!(self.peek_at(1), Token::Word("where")) { None } else { self.head_word() };
        let query = match head {
            Some("sequence") => self.sequence(start).map(Query::Sequence),
            Some("sample") => self.sample(start).map(Query::Sample),
            Some("join") if self.is_endgame() => {
                self.advance();
                self.join(start).map(Query::Join)
            }
            Some(word) => {
                let problem = dialect::statement(word, start);
                self.report(problem);
                return None;
            }
            None => self.event_query(start),
        };
        if query.is_none() {
            self.skip_to(|token| *token == Token::Symbol("|"));
        }
        let pipes = self.pipes();
        if query.is_some() {
            self.end("`and`, `or`, a pipe or the end of the query");
        }
        let span = self.since(start);
        self.attach(query?, pipes, span)
    }

    /// The word that makes the statement something else than an event query.
    fn head_word(&mut self) -> Option<&'static str> {
        if self.keyword("sequence") {
            Some("sequence")
        } else if self.keyword("sample") {
            Some("sample")
        } else if self.is_word("join") {
            Some("join")
        } else {
            ["macro", "const"].into_iter().find(|word| self.is_word(word) && matches!(self.peek_at(1), Token::Word(_)))
        }
    }

    fn attach(&mut self, query: Query, pipes: Vec<Pipe>, span: Span) -> Option<Query> {
        let at = At(span);
        Some(match query {
            Query::Event(query) => Query::Event(EventQuery { pipes, at, ..query }),
            Query::Sequence(query) => Query::Sequence(Sequence { pipes, at, ..query }),
            Query::Join(query) => Query::Join(Join { pipes, at, ..query }),
            Query::Sample(query) => {
                if let Some(pipe) = pipes.first() {
                    self.problem(pipe.at.0, "a sample takes no pipes", "leave the pipe out");
                    return None;
                }
                Query::Sample(Sample { at, ..query })
            }
        })
    }

    fn event_query(&mut self, start: Span) -> Option<Query> {
        let filter = self.event_filter()?;
        Some(Query::Event(EventQuery { filter, pipes: Vec::new(), at: At(start) }))
    }

    pub(super) fn event_filter(&mut self) -> Option<EventFilter> {
        let start = self.span();
        let category = self.category();
        if category.is_some() && !self.keyword("where") {
            self.no_where();
            return None;
        }
        let condition = self.expression();
        Some(EventFilter { category: category?, condition: condition?, at: At(self.since(start)) })
    }

    fn no_where(&mut self) {
        let found = match self.peek() {
            Token::End => "nothing".to_owned(),
            _ => format!("`{}`", self.slice(self.span())),
        };
        let message = format!("expected `where` after the event category, found {found}");
        let help = "an event query is `category where condition`; `any where condition` takes every category";
        self.complain(Problem::new(self.span(), message).help(help));
    }

    /// The category, up to `where`. Without one, the cursor is after `where`.
    fn category(&mut self) -> Option<Category> {
        let span = self.span();
        let kind = match self.peek().clone() {
            Token::Word("any") => CategoryKind::Any,
            Token::Word("where") => {
                self.advance();
                self.problem(span, "there is no event category", "write `any where` for every category");
                self.lost = true;
                return None;
            }
            Token::Word(word) if is_keyword(word) => {
                let help = format!("a category of that name stands in double quotes: \"{word}\" where");
                self.problem(span, format!("`{word}` is a keyword and not a category"), help);
                CategoryKind::Name(word.to_owned())
            }
            Token::Word(word) => CategoryKind::Name(word.to_owned()),
            Token::Str { value, .. } => CategoryKind::Name(value),
            _ => {
                self.unexpected("an event category or `any`");
                self.skip_to(|token| *token == Token::Word("where") || *token == Token::Symbol("|"));
                self.keyword("where");
                return None;
            }
        };
        self.advance();
        Some(Category { kind, at: At(span) })
    }

    fn pipes(&mut self) -> Vec<Pipe> {
        let mut pipes = Vec::new();
        while self.is_symbol("|") {
            if let Some(pipe) = self.pipe() {
                pipes.push(pipe);
            } else {
                self.lost = true;
                self.skip_to(|token| *token == Token::Symbol("|"));
            }
        }
        pipes
    }

    fn pipe(&mut self) -> Option<Pipe> {
        let start = self.advance();
        let name_span = self.span();
        let &Token::Word(name) = self.peek() else {
            self.unexpected("`head` or `tail`");
            return None;
        };
        self.advance();
        let kind = match name {
            "head" => PipeKind::Head(self.pipe_count(name, name_span)?),
            "tail" => PipeKind::Tail(self.pipe_count(name, name_span)?),
            _ => self.endgame_pipe(name, name_span)?,
        };
        Some(Pipe { kind, at: At(self.since(start)) })
    }

    /// A number of results: a constant expression, whose value is kept.
    fn pipe_count(&mut self, name: &str, name_span: Span) -> Option<Int> {
        let missing = matches!(self.peek(), Token::End | Token::Symbol("|"));
        if self.is_endgame() && missing {
            return Some(Int { value: ENDGAME_COUNT, at: At(name_span) });
        }
        if missing {
            self.report([check::count_missing(name, name_span)]);
            return None;
        }
        let count = self.expression()?;
        match check::pipe_count(name, &count) {
            Ok(value) => Some(Int { value, at: count.at }),
            Err(problem) => {
                self.report([problem]);
                None
            }
        }
    }

    /// A pipe that only Endgame has.
    fn endgame_pipe(&mut self, name: &str, span: Span) -> Option<PipeKind> {
        let known = matches!(name, "filter" | "unique" | "sort" | "count" | "unique_count");
        if !(known && self.is_endgame()) {
            self.report([dialect::pipe(name, span)]);
            return None;
        }
        let keys = match name {
            "filter" => return self.expression().map(PipeKind::Filter),
            "count" if matches!(self.peek(), Token::End | Token::Symbol("|")) => Vec::new(),
            _ => self.pipe_keys()?,
        };
        Some(match name {
            "unique" => PipeKind::Unique(keys),
            "sort" => PipeKind::Sort(keys),
            "count" => PipeKind::Count(keys),
            _ => PipeKind::UniqueCount(keys),
        })
    }

    /// Expressions between commas, or several plain ones side by side.
    fn pipe_keys(&mut self) -> Option<Vec<Expr>> {
        let mut keys = vec![self.expression()?];
        let commas = self.is_symbol(",");
        while if commas { self.symbol(",") } else { !matches!(self.peek(), Token::End | Token::Symbol("|")) } {
            keys.push(self.expression()?);
        }
        Some(keys)
    }
}
