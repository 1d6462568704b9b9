//! From text to tokens.

use super::ast::{At, Piece, RangeOp, Text};
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
    Compare(RangeOp),
    Caret,
    /// `~` with the number right behind it.
    Tilde(Option<String>),
    /// A number after `^`.
    Number(String),
    /// An end of a range: `[` or `{` with whether it is inclusive.
    Open(bool),
    Close(bool),
    To,
    Term(Text),
    Phrase(String),
    Regex(String),
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

/// The grammar's white space.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{3000}')
}

/// Characters that end a word or that have to be escaped in one. `<` and `>` only start a comparison after a colon.
pub(super) fn is_special(c: char) -> bool {
    is_space(c) || "+-!():^[]\"{}~*?\\/".contains(c)
}

/// Whether an unescaped character may stand inside a word.
fn is_inner(c: char) -> bool {
    !is_special(c) || matches!(c, '+' | '-')
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Between the brackets of a range words end at brackets and white space only.
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

    fn token(&mut self) {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or_default();
        match first {
            '"' => self.phrase(),
            ']' | '}' => {
                self.in_range = false;
                self.push(Token::Close(first == ']'), 1);
            }
            _ if self.in_range => self.bound(),
            '(' => self.push(Token::LeftParen, 1),
            ')' => self.push(Token::RightParen, 1),
            ':' => self.colon(),
            '^' => self.boost(),
            '~' => self.tilde(),
            '[' | '{' => {
                self.in_range = true;
                self.push(Token::Open(first == '['), 1);
            }
            '/' => self.regex(),
            '+' => self.push(Token::Plus, 1),
            '-' => self.push(Token::Minus, 1),
            '!' => self.push(Token::Not, 1),
            _ if rest.starts_with("&&") => self.push(Token::And, 2),
            _ if rest.starts_with("||") => self.push(Token::Or, 2),
            _ => self.word(is_inner),
        }
    }

    /// The words `AND`, `OR`, `NOT` are operators in upper case only.
    fn word(&mut self, inner: fn(char) -> bool) {
        let start = self.at;
        let mut pieces: Vec<Piece> = Vec::new();
        while let Some(c) = self.rest().chars().next() {
            match c {
                '*' => pieces.push(Piece::Star),
                '?' => pieces.push(Piece::Question),
                '\\' => {
                    let decoded = self.escape();
                    literal(&mut pieces, decoded);
                    continue;
                }
                _ if inner(c) => literal(&mut pieces, c),
                _ => break,
            }
            self.at += c.len_utf8();
        }
        let span = Span::new(start, self.at);
        let token = match self.text.get(span.range()) {
            Some("AND") => Token::And,
            Some("OR") => Token::Or,
            Some("NOT") => Token::Not,
            Some("TO") if self.in_range => Token::To,
            _ => Token::Term(Text { pieces, quoted: false, at: At(span) }),
        };
        self.out.tokens.push((token, span));
        if self.at == start {
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
    }

    fn bound(&mut self) {
        self.word(|c| !is_space(c) && !matches!(c, ']' | '}' | '"' | '\\'));
    }

    /// Takes an escape: `\x` is `x`, `\u0041` a UTF-16 unit.
    fn escape(&mut self) -> char {
        let start = self.at;
        let mut chars = self.rest().chars();
        chars.next();
        let Some(escaped) = chars.next() else {
            self.at += 1;
            let problem = Problem::new(Span::new(start, start + 1), "a backslash escapes the character after it");
            self.out.problems.push(problem.help("write `\\\\` for a backslash"));
            return '\\';
        };
        self.at += 1 + escaped.len_utf8();
        let digits =
            self.rest().get(..4).filter(|digits| escaped == 'u' && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match unit {
            Some(decoded) => {
                self.at += 4;
                decoded
            }
            None => escaped,
        }
    }

    fn phrase(&mut self) {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            match self.rest().chars().next() {
                None => {
                    let problem = Problem::new(Span::new(start, start + 1), "the quote is never closed");
                    self.out.problems.push(problem.help("a quote inside a phrase is written `\\\"`"));
                    break;
                }
                Some('"') => {
                    self.at += 1;
                    break;
                }
                Some('\\') => text.push(self.escape()),
                Some(c) => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        self.out.tokens.push((Token::Phrase(text), Span::new(start, self.at)));
    }

    /// The expression stays as it is written, but that `\/` is a slash.
    fn regex(&mut self) {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let mut chars = self.rest().chars();
            match (chars.next(), chars.next()) {
                (None, _) => {
                    let problem = Problem::new(Span::new(start, start + 1), "the regular expression is never closed");
                    self.out
                        .problems
                        .push(problem.help("end it with `/`; a plain slash is written `\\/` or in quotes"));
                    break;
                }
                (Some('/'), _) => {
                    self.at += 1;
                    break;
                }
                (Some('\\'), Some('/')) => {
                    text.push('/');
                    self.at += 2;
                }
                (Some('\\'), Some(next)) => {
                    text.extend(['\\', next]);
                    self.at += 1 + next.len_utf8();
                }
                (Some(c), _) => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        self.out.tokens.push((Token::Regex(text), Span::new(start, self.at)));
    }

    /// A colon, and the comparison that may follow it.
    fn colon(&mut self) {
        self.push(Token::Colon, 1);
        self.skip_space();
        let found = [
            (">=", RangeOp::GreaterOrEqual),
            ("<=", RangeOp::LessOrEqual),
            (">", RangeOp::Greater),
            ("<", RangeOp::Less),
        ];
        if let Some((symbol, op)) = found.iter().find(|(symbol, _)| self.rest().starts_with(symbol)) {
            self.push(Token::Compare(*op), symbol.len());
        }
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
        self.push(Token::Caret, 1);
        let len = self.number();
        let text = self.rest()[..len].to_owned();
        self.push(Token::Number(text), len);
    }

    fn tilde(&mut self) {
        let start = self.at;
        self.at += 1;
        let len = self.number();
        let number = Some(self.rest()[..len].to_owned()).filter(|text| !text.is_empty());
        self.at += len;
        self.out.tokens.push((Token::Tilde(number), Span::new(start, self.at)));
    }
}

fn literal(pieces: &mut Vec<Piece>, c: char) {
    match pieces.last_mut() {
        Some(Piece::Literal(text)) => text.push(c),
        _ => pieces.push(Piece::Literal(c.to_string())),
    }
}
