//! The place in the tokens, and what every part of the parser does there: look, step, complain once, skip what is broken.

use super::dialect::Dialect;
use super::lex::{KEYWORDS, Token, is_keyword};
use crate::source::{Problem, Span};

pub(super) struct Parser<'a> {
    text: &'a str,
    pub(super) dialect: Dialect,
    tokens: Vec<(Token<'a>, Span)>,
    at: usize,
    problems: Vec<Problem>,
    pub(super) depth: usize,
    /// Set when reading on makes no sense; the cursor is then at the end and nothing more is reported.
    hopeless: bool,
    /// The token that was last called unexpected: once is enough.
    complained_at: Option<usize>,
    /// A part of the query is not in the tree.
    pub(super) lost: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect, tokens: Vec<(Token<'a>, Span)>, problems: Vec<Problem>) -> Self {
        Self { text, dialect, tokens, at: 0, problems, depth: 0, hopeless: false, complained_at: None, lost: false }
    }

    pub(super) fn is_endgame(&self) -> bool {
        self.dialect == Dialect::Endgame
    }

    /// Says that Endgame's dialect has not what Elasticsearch has.
    pub(super) fn only_elasticsearch(&mut self, span: Span, help: &str) {
        if self.is_endgame() {
            self.problem(span, format!("`{}` is not in Endgame's dialect", self.slice(span)), help);
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Says that something is wrong at the cursor, unless that was said already.
    pub(super) fn complain(&mut self, problem: Problem) {
        if self.complained_at != Some(self.at) {
            self.complained_at = Some(self.at);
            self.report([problem]);
        }
    }

    pub(super) fn peek(&self) -> &Token<'a> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Token<'a> {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn span(&self) -> Span {
        self.span_at(0)
    }

    pub(super) fn span_at(&self, ahead: usize) -> Span {
        self.tokens.get(self.at + ahead).map_or(Span::at(self.text.len()), |(_, span)| *span)
    }

    /// From `start` to the end of the token that was read last.
    pub(super) fn since(&self, start: Span) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |(_, span)| *span);
        if last.end <= start.start { Span::new(start.start as usize, start.start as usize) } else { start.to(last) }
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Reads one token. The last one, the end, stays.
    pub(super) fn advance(&mut self) -> Span {
        let span = self.span();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        span
    }

    pub(super) fn problem(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        if !self.hopeless {
            self.problems.push(Problem::new(span, message).help(help));
        }
    }

    pub(super) fn report(&mut self, problems: impl IntoIterator<Item = Problem>) {
        if !self.hopeless {
            self.problems.extend(problems);
        }
    }

    /// Reports the nesting and stops reading.
    pub(super) fn too_deep(&mut self, span: Span) {
        let limit = super::MAX_DEPTH;
        self.problem(
            span,
            format!("this is nested more than {limit} levels deep"),
            "split the condition, or use an `in (..)` list instead of nested tests",
        );
        self.hopeless = true;
        self.lost = true;
        self.at = self.tokens.len().saturating_sub(1);
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if *found == word)
    }

    /// Reads the keyword `word` where no identifier may stand. In another case it is reported, and read all the same.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let Token::Word(found) = *self.peek() else { return false };
        if !found.eq_ignore_ascii_case(word) {
            return false;
        }
        let span = self.advance();
        if found != word {
            self.problem(
                span,
                format!("`{found}` is not a keyword"),
                format!("keywords are lower case: write `{word}`"),
            );
        }
        true
    }

    /// Says what was expected here, once per token.
    pub(super) fn unexpected(&mut self, expected: &str) {
        self.unexpected_or(expected, format!("write {expected} in this place"));
    }

    /// Says that the query goes on where it could only end or be continued by what is `expected`.
    pub(super) fn surplus(&mut self, expected: &str) {
        self.unexpected_or(expected, "take it out, or write an operator before it".to_owned());
    }

    fn unexpected_or(&mut self, expected: &str, remedy: String) {
        let span = self.span();
        let found = match self.peek() {
            Token::End => "the end of the query".to_owned(),
            _ => format!("`{}`", self.slice(span)),
        };
        let mut problem = Problem::new(span, format!("expected {expected}, found {found}"));
        problem.help = self.hint().or(Some(remedy));
        self.complain(problem);
    }

    /// What the token at the cursor may have been meant to be.
    fn hint(&self) -> Option<String> {
        match *self.peek() {
            Token::Word(word) if is_keyword(word) => {
                Some(format!("`{word}` is a keyword; as a field's name it stands in backticks: `` `{word}` ``"))
            }
            Token::Word(word) => KEYWORDS
                .iter()
                .find(|keyword| keyword.eq_ignore_ascii_case(word))
                .map(|keyword| format!("keywords are lower case: write `{keyword}`")),
            Token::Symbol("]") => Some("this closes no bracket of this condition".to_owned()),
            _ => None,
        }
    }

    pub(super) fn expect(&mut self, symbol: &str, opened: Option<Span>) -> Option<()> {
        if self.symbol(symbol) {
            return Some(());
        }
        match (opened, self.peek()) {
            (Some(opened), Token::End) => {
                let help = format!("close it with `{symbol}`");
                self.complain(Problem::new(opened, "this bracket is not closed").help(help));
            }
            _ => self.unexpected(&format!("`{symbol}`")),
        }
        None
    }

    /// Skips to the next token at this level of brackets that `stop` holds for, or that closes the level.
    pub(super) fn skip_to(&mut self, stop: impl Fn(&Token) -> bool) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Token::End => return,
                token if depth == 0 && stop(token) => return,
                Token::Symbol("(" | "[" | "![") => depth += 1,
                Token::Symbol(")" | "]") if depth == 0 => return,
                Token::Symbol(")" | "]") => depth -= 1,
                _ => {}
            }
            self.advance();
        }
    }
}
