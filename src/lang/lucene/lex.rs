//! From text to tokens, as the token manager of Lucene's classic parser cuts it (`QueryParser.jj`): the longest match wins, and of two
//! equally long ones the first in the grammar.

use super::ast::{At, Piece, Text};
use super::escape::{self, discard_escapes};
use crate::source::{Problem, Span};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    And,
    Or,
    Not,
    Plus,
    Minus,
    LeftParen,
    RightParen,
    Colon,
    /// `*` alone.
    Star,
    Caret,
    /// `~` with what is written right behind it.
    Tilde(String),
    /// A number after `^`.
    Number(String),
    /// An end of a range: `[` or `{` with whether it is inclusive.
    Open(bool),
    Close(bool),
    To,
    /// A word without wildcards; also `+`, `-` and `!` before white space.
    Term(String),
    /// A word with wildcards.
    Wildcard(Vec<Piece>),
    Phrase(String),
    /// Between the slashes, as it is written.
    Regex(String),
    /// An end of a range, quoted or not.
    Bound(Text),
    End,
}

pub(super) struct Lexed {
    pub(super) tokens: Vec<(Token, Span)>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, at: 0, in_range: false, out: Lexed { tokens: vec![], problems: vec![] } };
    while lexer.skip_space() {
        lexer.token();
    }
    lexer.out.tokens.push((Token::End, Span::at(text.len())));
    lexer.out
}

/// `_WHITESPACE`.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{3000}')
}

/// What `_TERM_START_CHAR` excludes, but for the backslash of an escape.
pub(super) fn is_special(c: char) -> bool {
    is_space(c) || "+-!():^[]\"{}~*?\\/".contains(c)
}

/// `_TERM_CHAR`, but for escapes.
fn is_inner(c: char) -> bool {
    !is_special(c) || matches!(c, '+' | '-')
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Between the brackets of a range.
    in_range: bool,
    out: Lexed,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) -> bool {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_space).len();
        self.at < self.text.len()
    }

    fn push(&mut self, token: Token, len: usize) {
        let span = Span::new(self.at, self.at + len);
        self.at += len;
        self.out.tokens.push((token, span));
    }

    fn problem(&mut self, at: usize, message: &str, help: &str) {
        let span = Span::new(at, at + self.text[at..].chars().next().map_or(0, char::len_utf8));
        self.out.problems.push(Problem::new(span, message).help(help));
    }

    fn token(&mut self) {
        let rest = self.rest();
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or_default();
        let spaced = chars.next().is_some_and(is_space);
        match first {
            ']' | '}' if self.in_range => {
                self.in_range = false;
                self.push(Token::Close(first == ']'), 1);
            }
            _ if self.in_range => self.bound(),
            '"' => self.phrase(),
            '(' => self.push(Token::LeftParen, 1),
            ')' => self.push(Token::RightParen, 1),
            ':' => self.push(Token::Colon, 1),
            '^' => self.boost(),
            '~' => self.tilde(),
            '[' | '{' => {
                self.in_range = true;
                self.push(Token::Open(first == '['), 1);
            }
            ']' | '}' => self.push(Token::Close(first == ']'), 1),
            '/' => self.regex(),
            // `BAREOPER`: before white space these are words.
            '+' | '-' | '!' if spaced => self.push(Token::Term(first.to_string()), 1),
            '+' => self.push(Token::Plus, 1),
            '-' => self.push(Token::Minus, 1),
            '!' => self.push(Token::Not, 1),
            _ => self.word(),
        }
    }

    /// `TERM`, `PREFIXTERM`, `WILDTERM`, and the operators that are written as words.
    fn word(&mut self) {
        let start = self.at;
        let mut wild = false;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '*' | '?' => wild = true,
                '\\' => {
                    let Some(escaped) = self.rest()[1..].chars().next() else {
                        let help = "write `\\\\` for a backslash";
                        self.problem(self.at, "a backslash escapes the character after it", help);
                        self.at += 1;
                        break;
                    };
                    self.at += escaped.len_utf8();
                }
                _ if is_inner(c) => {}
                _ => break,
            }
            self.at += c.len_utf8();
        }
        let span = Span::new(start, self.at);
        let written = &self.text[span.range()];
        let token = match written {
            "AND" | "&&" => Token::And,
            "OR" | "||" => Token::Or,
            "NOT" => Token::Not,
            "*" => Token::Star,
            _ if wild => self.wildcard(written, start),
            _ => Token::Term(self.decoded(written, start)),
        };
        self.out.tokens.push((token, span));
    }

    /// A prefix is decoded like a word. In a pattern a backslash only takes away the meaning of what follows it: `\u0041` is no `A`.
    fn wildcard(&mut self, written: &str, start: usize) -> Token {
        if let Some(prefix) = written.strip_suffix('*')
            && !escape::has_wildcard(prefix)
        {
            let literal = Piece::Literal(self.decoded(prefix, start));
            return Token::Wildcard(vec![literal, Piece::Star]);
        }
        Token::Wildcard(escape::pattern(written))
    }

    /// The text that a word or a phrase stands for.
    fn decoded(&mut self, written: &str, start: usize) -> String {
        discard_escapes(written).unwrap_or_else(|error| {
            let place = Span::new(start + error.at.start, start + error.at.end);
            self.out.problems.push(Problem::new(place, error.message).help(error.help));
            String::new()
        })
    }

    /// `RANGE_TO`, `RANGE_QUOTED`, `RANGE_GOOP`: the longer of a quoted text and what runs to a blank or a bracket.
    fn bound(&mut self) {
        let (start, rest) = (self.at, self.rest());
        let plain = rest.find([' ', ']', '}']).unwrap_or(rest.len());
        let quoted = escape::closing(rest, '"', "\\\"").filter(|end| *end > 2);
        if let Some(len) = quoted.filter(|len| *len >= plain) {
            let text = self.decoded(&rest[1..len - 1], start + 1);
            let at = At(Span::new(start, start + len));
            return self.push(Token::Bound(Text { pieces: escape::literal(text), quoted: true, at }), len);
        }
        let at = At(Span::new(start, start + plain));
        let token = match &rest[..plain] {
            "TO" => Token::To,
            "*" => Token::Bound(Text { pieces: vec![Piece::Star], quoted: false, at }),
            written => {
                let text = self.decoded(written, start);
                Token::Bound(Text { pieces: escape::literal(text), quoted: false, at })
            }
        };
        self.push(token, plain);
    }

    fn phrase(&mut self) {
        let start = self.at;
        let mut end = None;
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    end = Some(at);
                    break;
                }
                '\\' => {
                    chars.next();
                }
                _ => {}
            }
        }
        let Some(end) = end else {
            self.problem(start, "the quote is never closed", "a quote inside a phrase is written `\\\"`");
            return self.push(Token::Phrase(String::new()), self.text.len() - start);
        };
        let text = self.decoded(&self.text[start + 1..start + end], start + 1);
        self.push(Token::Phrase(text), end + 1);
    }

    /// The expression ends at a slash without a backslash before it, else at the last slash.
    fn regex(&mut self) {
        let rest = self.rest();
        let Some(len) = escape::closing(rest, '/', "\\/") else {
            let help = "end it with `/`; a plain slash is written `\\/` or in quotes";
            self.problem(self.at, "the regular expression is never closed", help);
            return self.push(Token::Regex(String::new()), rest.len());
        };
        self.push(Token::Regex(rest[1..len - 1].to_owned()), len);
    }

    fn number(&self) -> usize {
        let rest = self.rest();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(rest);
        match rest[whole..].strip_prefix('.') {
            Some(fraction) if whole > 0 && digits(fraction) > 0 => whole + 1 + digits(fraction),
            _ => whole,
        }
    }

    fn boost(&mut self) {
        let caret = self.at;
        self.push(Token::Caret, 1);
        let len = self.number();
        if len == 0 {
            return self.problem(caret, "a number is missing after `^`", "a plain `^` is written `\\^`");
        }
        let text = self.rest()[..len].to_owned();
        self.push(Token::Number(text), len);
    }

    fn tilde(&mut self) {
        let start = self.at;
        self.at += 1;
        self.at += self.number();
        while let Some(c) = self.rest().chars().next().filter(|c| is_inner(*c)) {
            self.at += c.len_utf8();
        }
        let text = self.text[start + 1..self.at].to_owned();
        self.out.tokens.push((Token::Tilde(text), Span::new(start, self.at)));
    }
}
