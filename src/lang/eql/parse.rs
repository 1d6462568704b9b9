//! From tokens to a query: everything outside the conditions, which are read in [`expr`](super::expr).
//!
//! A broken part is skipped up to the end of its bracket, so the parts after it report their problems too; the query as
//! a whole is then absent.

use super::ast::{
    At, Category, CategoryKind, EventFilter, EventQuery, Expr, Field, Int, MaxSpan, Pipe, PipeKind, Query, Sample,
    Sequence, Term, TimeUnit,
};
use super::cursor::Parser;
use super::lex::{Token, is_keyword, lex};
use super::{check, dialect};
use crate::source::{Problem, Span};

/// What [`parse`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Present when every part could be read. It may still have problems (a wrong number of arguments, say).
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

/// Reads a whole query. Takes time linear in its length, and never fails otherwise than by problems.
pub fn parse(text: &str) -> Parsed {
    let (query, problems, comments) = run(text, Parser::statement);
    Parsed { query, problems, comments }
}

/// Reads an expression alone, as it stands after `where`.
pub fn parse_expression(text: &str) -> ParsedExpression {
    let (expression, problems, comments) = run(text, |parser| {
        let expression = parser.expression();
        if expression.is_some() {
            parser.end("`and`, `or` or the end of the expression");
        }
        expression
    });
    ParsedExpression { expression, problems, comments }
}

fn run<'a, T>(text: &'a str, read: impl Fn(&mut Parser<'a>) -> Option<T>) -> (Option<T>, Vec<Problem>, Vec<Span>) {
    let lexed = lex(text);
    let mut parser = Parser::new(text, lexed.tokens, lexed.problems);
    let found = read(&mut parser).filter(|_| !parser.lost);
    let mut problems = parser.into_problems();
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    (found, problems, lexed.comments)
}

impl Parser<'_> {
    fn end(&mut self, expected: &str) {
        if *self.peek() != Token::End {
            self.unexpected(expected);
            self.lost = true;
        }
    }

    fn statement(&mut self) -> Option<Query> {
        let start = self.span();
        let head = if matches!(self.peek_at(1), Token::Word("where")) { None } else { self.head_word() };
        let query = match head {
            Some("sequence") => self.sequence(start).map(Query::Sequence),
            Some("sample") => self.sample(start).map(Query::Sample),
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

    fn event_filter(&mut self) -> Option<EventFilter> {
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

    fn sequence(&mut self, start: Span) -> Option<Sequence> {
        let mut by = self.join_keys();
        let maxspan = if self.keyword_ahead("with") { self.maxspan() } else { None };
        if self.is_word("by") {
            let span = self.span();
            let late = self.join_keys();
            self.problem(
                self.since(span),
                "the sequence's keys come too late",
                "write `by ..` before `with maxspan=..`",
            );
            by = if late.as_ref().is_some_and(|late| !late.is_empty()) { late } else { by };
        }
        let terms = self.terms();
        let until = if self.keyword("until") { Some(self.term()) } else { None };
        if matches!(self.peek(), Token::Symbol("[" | "![")) {
            self.unexpected("a pipe or the end of the query (`until` comes last)");
            return None;
        }
        let until = match until {
            Some(None) => return None,
            Some(Some(term)) => Some(term),
            None => None,
        };
        let sequence =
            Sequence { by: by?, maxspan, terms: terms?, until, pipes: Vec::new(), at: At(self.since(start)) };
        if !self.lost {
            self.report(check::sequence(&sequence));
        }
        Some(sequence)
    }

    fn keyword_ahead(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn sample(&mut self, start: Span) -> Option<Sample> {
        let by = self.join_keys();
        if self.is_word("with") {
            let span = self.span();
            self.skip_to(|token| matches!(token, Token::Symbol("[" | "![")));
            let help = "a sample has no order and no time limit; use a sequence, or leave it out";
            self.problem(self.since(span), "a sample takes no maxspan", help);
            self.lost = true;
        }
        let terms = self.terms();
        if self.is_word("until") {
            let span = self.advance();
            self.problem(span, "a sample takes no `until`", "use a sequence, or leave it out");
            self.term();
            return None;
        }
        let sample = Sample { by: by?, terms: terms?, at: At(self.since(start)) };
        if !self.lost {
            self.report(check::sample(&sample));
        }
        Some(sample)
    }

    /// `by key, key`, or nothing. `None` when a key cannot be read.
    fn join_keys(&mut self) -> Option<Vec<Field>> {
        let mut keys = Vec::new();
        if !self.keyword("by") {
            return Some(keys);
        }
        loop {
            let Some(key) = self.field() else {
                self.skip_to(|token| matches!(token, Token::Symbol("[" | "![" | "|") | Token::Word("with" | "until")));
                return None;
            };
            if self.is_symbol("(") {
                let help = "a key is a field's name; compute nothing in it";
                self.problem(key.at.0, "a join key cannot be a function", help);
                self.advance();
                self.skip_to(|_| false);
                self.symbol(")");
                self.lost = true;
            }
            keys.push(key);
            if !self.symbol(",") {
                return Some(keys);
            }
        }
    }

    /// `with maxspan=1h`.
    fn maxspan(&mut self) -> Option<MaxSpan> {
        self.keyword("with");
        let found = self.maxspan_value();
        if found.is_none() {
            self.lost = true;
            self.skip_to(|token| matches!(token, Token::Symbol("[" | "![" | "|") | Token::Word("by")));
        }
        found
    }

    fn maxspan_value(&mut self) -> Option<MaxSpan> {
        if !self.keyword("maxspan") {
            self.unexpected("`maxspan`");
            return None;
        }
        self.option_equals()?;
        let start = self.span();
        let &Token::Int(value) = self.peek() else {
            let help = "write a whole number with a unit: `maxspan=90s`";
            match self.peek() {
                Token::Float(_) => self.problem(start, "a maxspan has no fraction", help),
                _ => self.unexpected("a time span such as `5m`"),
            }
            return None;
        };
        self.advance();
        let unit = self.time_unit(start)?;
        let span = self.since(start);
        if value <= 0 {
            self.problem(
                span,
                "a maxspan is longer than nothing",
                "write a positive number, or leave `with maxspan` out",
            );
        }
        Some(MaxSpan { value: value.unsigned_abs(), unit, at: At(span) })
    }

    fn time_unit(&mut self, number: Span) -> Option<TimeUnit> {
        let span = self.span();
        let Token::Word(word) = *self.peek() else {
            let help = format!("write one of ms, s, m, h, d after it; did you mean `{}s`?", self.slice(number));
            self.problem(number, "this time span has no unit", help);
            return None;
        };
        self.advance();
        let unit = TimeUnit::ALL.into_iter().find(|unit| unit.text() == word);
        if unit.is_none() {
            self.problem(span, format!("`{word}` is not a unit of time"), "the units are ms, s, m, h and d");
        }
        unit
    }

    /// The `=` of `maxspan=` and `runs=`.
    fn option_equals(&mut self) -> Option<()> {
        if self.symbol("==") {
            return Some(());
        }
        self.expect("=", None)
    }

    fn terms(&mut self) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        let mut broken = false;
        while matches!(self.peek(), Token::Symbol("[" | "![")) {
            match self.term() {
                Some(term) => terms.push(term),
                None => broken = true,
            }
        }
        if terms.is_empty() && !broken {
            self.unexpected("an event query in square brackets");
            return None;
        }
        (!broken).then_some(terms)
    }

    fn term(&mut self) -> Option<Term> {
        let start = self.span();
        let missing = self.is_symbol("![");
        if !missing && !self.is_symbol("[") {
            self.unexpected("an event query in square brackets");
            return None;
        }
        self.advance();
        let filter = self.event_filter();
        if filter.is_none() {
            self.skip_to(|_| false);
            while self.symbol(")") {
                self.skip_to(|_| false);
            }
        }
        self.expect("]", Some(start));
        self.endgame_suffix();
        let by = self.join_keys();
        let runs = self.runs();
        self.endgame_suffix();
        Some(Term { missing, filter: filter?, by: by?, runs, at: At(self.since(start)) })
    }

    /// `fork` and `as name`, which Endgame has after a bracket.
    fn endgame_suffix(&mut self) {
        let span = self.span();
        match self.peek() {
            Token::Word("fork") => {
                self.advance();
                if self.symbol("=") || self.symbol("==") {
                    self.advance();
                }
                self.problem(self.since(span), "`fork` belongs to Endgame's dialect", "leave it out");
            }
            Token::Word("as") => {
                self.advance();
                self.advance();
                self.problem(
                    self.since(span),
                    "a term takes no alias",
                    "aliases belong to other dialects of EQL; leave it out",
                );
            }
            _ => return,
        }
        self.lost = true;
    }

    /// `with runs=n`, or nothing.
    fn runs(&mut self) -> Option<Int> {
        if !self.is_word("with") {
            return None;
        }
        self.advance();
        let found = self.runs_value();
        if found.is_none() {
            self.lost = true;
            self.skip_to(|token| matches!(token, Token::Symbol("[" | "![" | "|") | Token::Word("until")));
        }
        found
    }

    fn runs_value(&mut self) -> Option<Int> {
        if self.is_word("maxspan") {
            let help = "write `sequence with maxspan=..` before the first bracket";
            self.problem(self.span(), "a maxspan belongs to the whole sequence", help);
            return None;
        }
        if !self.keyword("runs") {
            self.unexpected("`runs`");
            return None;
        }
        self.option_equals()?;
        let span = self.span();
        let &Token::Int(value) = self.peek() else {
            self.unexpected("a whole number of runs");
            return None;
        };
        self.advance();
        if !(1..=100).contains(&value) {
            self.problem(span, format!("a term cannot run {value} times"), "`runs` is a number from 1 to 100");
        }
        Some(Int { value: value.unsigned_abs(), at: At(span) })
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
            "head" => PipeKind::Head,
            "tail" => PipeKind::Tail,
            _ => {
                self.report([dialect::pipe(name, name_span)]);
                return None;
            }
        };
        let span = self.span();
        let &Token::Int(value) = self.peek() else {
            let message = format!("`{name}` takes a positive whole number");
            let span = if matches!(self.peek(), Token::End) { name_span } else { span };
            self.problem(span, message, format!("write the number of results: `| {name} 10`"));
            return None;
        };
        self.advance();
        if value <= 0 {
            self.problem(span, format!("`{name}` takes a positive whole number"), "a count of 0 never gives a result");
        }
        Some(Pipe { kind, count: Int { value: value.unsigned_abs(), at: At(span) }, at: At(self.since(start)) })
    }
}
