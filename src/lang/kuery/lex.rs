//! From text to tokens. Kibana's grammar has no lexer; this one gives the same reading in one pass, because
//! what a word is depends only on whether an operand came just before it and on the spaces around it.

use super::ast::{Piece, RangeOp, Value};
use crate::source::{Problem, Span};

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Colon,
    Range(RangeOp),
    And,
    Or,
    Not,
    Literal(Value),
    End,
}

/// The tokens, always with an `End`, and what could not be read.
#[derive(Debug)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, at: 0, out: Lexed { tokens: vec![], problems: vec![], warnings: vec![] } };
    lexer.run();
    lexer.out
}

/// The grammar's `Space`: no other white space separates words.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{a0}')
}

/// What JavaScript's `trim` removes, which is how Kibana ends an unquoted value.
fn is_trimmed(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// The grammar's `SpecialCharacter`.
pub(super) fn is_special(c: char) -> bool {
    matches!(c, '\\' | '(' | ')' | ':' | '<' | '>' | '"' | '*' | '{' | '}')
}

/// Whether `text` starts with `word` (in any case) and a space. The length of the word is then its own.
pub(super) fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
        && text[word.len()..].chars().next().is_some_and(is_space)
}

/// The grammar's `Keyword`: where an unquoted value ends. `not` needs no space before it.
fn is_keyword(text: &str) -> bool {
    let mut rest = text.chars();
    let spaced = rest.next().is_some_and(is_space);
    (spaced && (starts_with_word(rest.as_str(), "or") || starts_with_word(rest.as_str(), "and")))
        || starts_with_word(text, "not")
}

/// One decoded character of an unquoted value.
enum Unit {
    Char(char),
    Star,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Lexed,
}

impl Lexer<'_> {
    fn run(&mut self) {
        loop {
            let start = self.at;
            let rest = self.rest();
            self.at = self.text.len() - rest.trim_start_matches(is_space).len();
            if self.at == self.text.len() {
                return self.push(Kind::End, 0);
            }
            if !self.word(self.at > start) {
                self.symbol_or_literal();
            }
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, len: usize) {
        let span = Span::new(self.at, self.at + len);
        self.at += len;
        self.out.tokens.push(Token { kind, span });
    }

    /// Takes a keyword. `and` and `or` are keywords only after an operand and a space.
    fn word(&mut self, spaced: bool) -> bool {
        let operand = self
            .out
            .tokens
            .last()
            .is_some_and(|token| matches!(token.kind, Kind::Literal(_) | Kind::RightParen | Kind::RightBrace));
        if operand && spaced && starts_with_word(self.rest(), "and") {
            self.push(Kind::And, 3);
        } else if operand && spaced && starts_with_word(self.rest(), "or") {
            self.push(Kind::Or, 2);
        } else if starts_with_word(self.rest(), "not") {
            self.push(Kind::Not, 3);
        } else {
            return false;
        }
        true
    }

    fn symbol_or_literal(&mut self) {
        let mut rest = self.rest().chars();
        let (first, second) = (rest.next(), rest.next());
        match (first, second) {
            (Some('('), _) => self.push(Kind::LeftParen, 1),
            (Some(')'), _) => self.push(Kind::RightParen, 1),
            (Some('{'), _) => self.push(Kind::LeftBrace, 1),
            (Some('}'), _) => self.push(Kind::RightBrace, 1),
            (Some(':'), _) => self.push(Kind::Colon, 1),
            (Some('<'), Some('=')) => self.push(Kind::Range(RangeOp::LessOrEqual), 2),
            (Some('>'), Some('=')) => self.push(Kind::Range(RangeOp::GreaterOrEqual), 2),
            (Some('<'), _) => self.push(Kind::Range(RangeOp::Less), 1),
            (Some('>'), _) => self.push(Kind::Range(RangeOp::Greater), 1),
            (Some('"'), _) => self.quoted(),
            _ => self.unquoted(),
        }
    }

    fn quoted(&mut self) {
        let start = self.at;
        let mut decoded = String::new();
        self.at += 1;
        loop {
            let Some(c) = self.rest().chars().next() else {
                return self.unclosed(start);
            };
            if c == '"' {
                self.at += 1;
                break;
            }
            decoded.push(self.quoted_char(c));
        }
        let span = Span::new(start, self.at);
        let value = Value { span, ..Value::quoted(decoded) };
        self.out.tokens.push(Token { kind: Kind::Literal(value), span });
    }

    /// One character between quotes. A backslash that starts no escape is a plain backslash.
    fn quoted_char(&mut self, c: char) -> char {
        if c == '\\' {
            if let Some(c) = self.common_escape() {
                return c;
            }
            if let Some(c @ ('\\' | '"')) = self.rest()[1..].chars().next() {
                self.at += 2;
                return c;
            }
        }
        self.at += c.len_utf8();
        c
    }

    fn unclosed(&mut self, start: usize) {
        let span = Span::new(start, start + 1);
        let is_escaped = self.text.trim_end_matches(|c| is_space(c) || c == ')').ends_with("\\\"");
        let help = if is_escaped {
            "`\\\"` is an escaped quote; a backslash at the end of a value is written `\\\\`"
        } else {
            "end it with `\"`; a plain quote is written `\\\"`"
        };
        self.out.problems.push(Problem::new(span, "the quote is never closed").help(help));
        let value = Value { span, ..Value::quoted("") };
        self.out.tokens.push(Token { kind: Kind::Literal(value), span });
    }

    /// The escapes that hold inside and outside quotes: `\t`, `\r`, `\n`, `\uXXXX`. Takes what it reads.
    fn common_escape(&mut self) -> Option<char> {
        let decoded = match self.rest()[1..].chars().next()? {
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            'u' => return self.unicode_escape(),
            _ => return None,
        };
        self.at += 2;
        Some(decoded)
    }

    /// `\uXXXX` is a UTF-16 unit, as everything in JavaScript: a pair of surrogates is one character.
    fn unicode_escape(&mut self) -> Option<char> {
        let start = self.at;
        let high = unicode_unit(self.rest())?;
        self.at += 6;
        let low = unicode_unit(self.rest());
        let pair: Vec<u16> = std::iter::once(high).chain(low).collect();
        let first = char::decode_utf16(pair).next()?;
        let Ok(c) = first else {
            let span = Span::new(start, self.at);
            self.out.problems.push(Problem::new(span, "half of a surrogate pair is not a character"));
            return Some(char::REPLACEMENT_CHARACTER);
        };
        self.at += if c.len_utf16() == 2 { 6 } else { 0 };
        Some(c)
    }

    fn unquoted(&mut self) {
        let mut units: Vec<(Unit, Span)> = Vec::new();
        while let Some(c) = self.rest().chars().next() {
            let start = self.at;
            match c {
                '*' => {
                    self.at += 1;
                    units.push((Unit::Star, Span::new(start, self.at)));
                }
                '\\' => self.escape(&mut units),
                _ if is_special(c) || is_keyword(self.rest()) => break,
                _ => {
                    self.at += c.len_utf8();
                    units.push((Unit::Char(c), Span::new(start, self.at)));
                }
            }
        }
        let value = trimmed(&units);
        let span = value.span;
        self.out.tokens.push(Token { kind: Kind::Literal(value), span });
    }

    fn escape(&mut self, units: &mut Vec<(Unit, Span)>) {
        let start = self.at;
        self.warn_of_not();
        if let Some(c) = self.common_escape() {
            return units.push((Unit::Char(c), Span::new(start, self.at)));
        }
        let rest = &self.text[start + 1..];
        if let Some(c) = rest.chars().next().filter(|c| is_special(*c)) {
            self.at += 2;
            return units.push((Unit::Char(c), Span::new(start, self.at)));
        }
        let word = ["or", "and", "not"]
            .iter()
            .find(|word| rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)));
        if let Some(word) = word {
            self.at += 1 + word.len();
            let span = Span::new(start, self.at);
            units.extend(self.text[start + 1..self.at].chars().map(|c| (Unit::Char(c), span)));
            return;
        }
        self.at += 1;
        let span = Span::new(start, self.at);
        units.push((Unit::Char('\\'), span));
        self.out.problems.push(
            Problem::new(span, "a backslash outside quotes must start an escape")
                .help("write `\\\\` for a backslash, or put the value in quotes"),
        );
    }

    /// The grammar tries `\n` before `\not`, so the escaped keyword that it lists can never be read.
    fn warn_of_not(&mut self) {
        let rest = &self.text[self.at + 1..];
        if rest.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("not")) && rest.starts_with('n') {
            let span = Span::new(self.at, self.at + 4);
            self.out.warnings.push(
                Problem::new(span, "Kibana reads `\\not` as a line break followed by `ot`")
                    .help("put the value in quotes"),
            );
        }
    }
}

/// The UTF-16 unit of a `\uXXXX` at the start of `text`.
fn unicode_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

/// The value without white space at its ends, escaped or not.
fn trimmed(units: &[(Unit, Span)]) -> Value {
    let kept = |(unit, _): &(Unit, Span)| !matches!(unit, Unit::Char(c) if is_trimmed(*c));
    let first = units.iter().position(kept);
    let last = units.iter().rposition(kept);
    let (Some(first), Some(last)) = (first, last) else {
        let span = units.iter().map(|(_, span)| *span).reduce(Span::to).unwrap_or_default();
        return Value { parts: vec![], quoted: false, span };
    };
    let mut parts = Vec::new();
    for (unit, _) in &units[first..=last] {
        match (unit, parts.last_mut()) {
            (Unit::Star, _) => parts.push(Piece::Star),
            (Unit::Char(c), Some(Piece::Literal(text))) => text.push(*c),
            (Unit::Char(c), _) => parts.push(Piece::Literal(c.to_string())),
        }
    }
    Value { parts, quoted: false, span: units[first].1.to(units[last].1) }
}
