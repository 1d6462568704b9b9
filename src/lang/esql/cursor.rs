//! The place in the tokens, and what every part of the parser does there.

use super::ast::{At, Name, NamePart, Str};
use super::hints;
use super::lex::Token;
use crate::source::{Problem, Span};

/// Why a part is not in the tree: it was reported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broken;

pub(super) type Read<T> = Result<T, Broken>;

/// Operators in a row grow the tree as brackets do; so many in a query are enough.
const MAX_CHAIN: usize = 512;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<(Token<'a>, Span)>,
    pub(super) at: usize,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    /// In `keep` and `drop` no word is a keyword.
    pub(super) only_names: bool,
    depth: usize,
    chain: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, tokens: Vec<(Token<'a>, Span)>, problems: Vec<Problem>) -> Self {
        Self { text, tokens, at: 0, problems, warnings: Vec::new(), only_names: false, depth: 0, chain: 0 }
    }

    pub(super) fn peek(&self) -> &Token<'a> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Token<'a> {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn span(&self) -> Span {
        self.tokens.get(self.at).map_or_else(|| Span::at(self.text.len()), |(_, span)| *span)
    }

    /// The token that was read last.
    pub(super) fn previous(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or_else(Span::default, |(_, span)| *span)
    }

    /// From `start` to the end of the token that was read last.
    pub(super) fn since(&self, start: Span) -> At {
        let last = self.previous();
        At(if last.end <= start.start { Span::at(start.start as usize) } else { start.to(last) })
    }

    /// Reads one token. The last one, the end, stays.
    pub(super) fn advance(&mut self) -> Span {
        let span = self.span();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        span
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
        self.is_word_at(0, word)
    }

    pub(super) fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    /// Reads the keyword `word`, in any case.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// Whether a command ends here.
    pub(super) fn at_command_end(&self) -> bool {
        *self.peek() == Token::End || self.is_symbol("|") || self.is_symbol(")")
    }

    /// Says that `expected` is not what stands here.
    pub(super) fn expected(&mut self, expected: &str) -> Broken {
        let problem = hints::unexpected(self, expected);
        self.problems.push(problem);
        Broken
    }

    pub(super) fn report(&mut self, problem: Problem) -> Broken {
        self.problems.push(problem);
        Broken
    }

    pub(super) fn need_symbol(&mut self, symbol: &str, expected: &str) -> Read<()> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.expected(expected)) }
    }

    pub(super) fn need_word(&mut self, word: &str) -> Read<()> {
        if self.word(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    /// Reads a part that is nested one level deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let limit = super::MAX_DEPTH;
        if self.depth >= limit {
            let problem = Problem::new(self.span(), format!("this is nested more than {limit} levels deep"));
            self.at = self.tokens.len().saturating_sub(1);
            return Err(self.report(problem.help("split the condition, or use an `IN (..)` list")));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// Counts an operator of a chain that nests to the left.
    pub(super) fn chained(&mut self) -> Read<()> {
        self.chain += 1;
        if self.chain <= MAX_CHAIN {
            return Ok(());
        }
        let problem = Problem::new(self.span(), format!("more than {MAX_CHAIN} operators of arithmetic in one query"));
        self.at = self.tokens.len().saturating_sub(1);
        Err(self.report(problem.help("split the expression")))
    }

    /// Reads `item` up to the last comma.
    pub(super) fn list<T>(&mut self, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut found = vec![item(self)?];
        while self.symbol(",") {
            found.push(item(self)?);
        }
        Ok(found)
    }

    /// A column's name; stars only come where the lexer allows them.
    pub(super) fn name(&mut self) -> Read<Name> {
        let start = self.span();
        let mut parts = vec![self.name_part()?];
        while self.symbol(".") {
            parts.push(self.name_part()?);
        }
        Ok(Name { parts, at: self.since(start) })
    }

    fn name_part(&mut self) -> Read<NamePart> {
        let part = match self.peek() {
            Token::Word(word) if *word == "_" || *word == "@" => return Err(self.expected("a column")),
            Token::Word(word) if is_reserved(word) && !self.only_names => return Err(self.expected("a column")),
            Token::Word(word) if word.contains('*') => NamePart::Pattern((*word).to_owned()),
            Token::Word(word) => NamePart::Text((*word).to_owned()),
            Token::Quoted(name) => NamePart::Text(name.clone()),
            Token::Param(param) => NamePart::Param((*param).to_owned()),
            _ => return Err(self.expected("a column")),
        };
        self.advance();
        Ok(part)
    }

    pub(super) fn string(&mut self, expected: &str) -> Read<Str> {
        let Token::String { value, triple } = self.peek() else { return Err(self.expected(expected)) };
        let (value, triple) = (value.clone(), *triple);
        let at = At(self.advance());
        Ok(Str { value, triple, at })
    }

    /// Reads a part that may be another: what is wrong with it is not said.
    pub(super) fn quietly<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let said = self.problems.len();
        let found = read(self);
        if found.is_err() {
            self.problems.truncate(said);
        }
        found
    }

    /// Goes behind the end of a broken setting.
    pub(super) fn skip_setting(&mut self) {
        while !matches!(self.peek(), Token::End | Token::Symbol("|" | ";")) {
            self.advance();
        }
        self.symbol(";");
    }

    /// Goes to the end of a broken command.
    pub(super) fn skip_command(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Token::End => return,
                Token::Symbol("|") if depth == 0 => return,
                Token::Symbol("(" | "[" | "{") => depth += 1,
                Token::Symbol(")" | "]" | "}") => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.advance();
        }
    }
}

/// Words that are never a name without backticks, not even after a dot: the keywords of Elasticsearch's expression lexer.
pub(super) fn is_reserved(word: &str) -> bool {
    [
        "and", "or", "not", "in", "is", "like", "rlike", "null", "true", "false", "by", "asc", "desc", "first", "last",
        "nulls", "on", "with", "where",
    ]
    .iter()
    .any(|reserved| reserved.eq_ignore_ascii_case(word))
}
