//! From text to tokens. Whatever is not EQL becomes a problem, and where its meaning is plain also the token that was meant.

use super::dialect::Dialect;
use crate::lang::backtick::{Backticked, backticked};
use crate::source::{Problem, Span};

/// A token's kind with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// An identifier or a keyword.
    Word(&'a str),
    /// An identifier with its `~`.
    Tilde(&'a str),
    /// An identifier in backticks, without them.
    Quoted(String),
    Str {
        value: String,
        raw: bool,
    },
    Int(i64),
    Float(f64),
    Symbol(&'static str),
    End,
}

/// What the lexer found: at least the [`Token::End`] token.
pub(super) struct Lexed<'a> {
    pub(super) tokens: Vec<(Token<'a>, Span)>,
    pub(super) comments: Vec<Span>,
    pub(super) problems: Vec<Problem>,
}

/// Words that are no identifiers unless they stand in backticks.
pub(super) const KEYWORDS: [&str; 19] = [
    "and", "any", "by", "false", "in", "join", "like", "maxspan", "not", "null", "of", "or", "regex", "sample",
    "sequence", "true", "until", "where", "with",
];

/// Longer symbols come first.
const SYMBOLS: [&str; 22] =
    ["![", "==", "!=", "<=", ">=", "<", ">", "=", ":", "+", "-", "*", "/", "%", ".", ",", "[", "]", "(", ")", "|", "?"];

/// Symbols of other languages with the word that EQL has for them.
const FOREIGN: [(&str, &str); 3] = [("&&", "and"), ("||", "or"), ("!", "not")];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

pub(super) fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '@'
}

pub(super) fn continues_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Reads all of `text`. Linear in its length.
pub(super) fn lex(text: &str, dialect: Dialect) -> Lexed<'_> {
    let mut lexer =
        Lexer { text, dialect, at: 0, out: Lexed { tokens: Vec::new(), comments: Vec::new(), problems: Vec::new() } };
    while let Some(c) = lexer.peek() {
        lexer.token(c);
    }
    lexer.out.tokens.push((Token::End, Span::at(text.len())));
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    dialect: Dialect,
    at: usize,
    out: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, token: Token<'a>, start: usize) {
        self.out.tokens.push((token, Span::new(start, self.at)));
    }

    fn problem(&mut self, start: usize, message: impl Into<String>, help: impl Into<String>) {
        self.out.problems.push(Problem::new(Span::new(start, self.at), message).help(help));
    }

    fn token(&mut self, c: char) {
        let rest = self.rest();
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            self.at += 1;
        } else if rest.starts_with("//") {
            let start = self.at;
            self.at += rest.find(['\r', '\n']).unwrap_or(rest.len());
            self.out.comments.push(Span::new(start, self.at));
        } else if rest.starts_with("/*") {
            self.block_comment();
        } else if starts_word(c) {
            self.word();
        } else if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit())) {
            self.number();
        } else if c == '`' {
            self.backticks();
        } else if rest.starts_with("\"\"\"") {
            self.raw_string();
        } else if c == '"' || c == '\'' {
            self.string(c);
        } else if rest.starts_with("?\"") || rest.starts_with("?'") {
            self.endgame_raw_string();
        } else {
            self.symbol(c);
        }
    }

    fn symbol(&mut self, c: char) {
        let start = self.at;
        let rest = self.rest();
        if let Some((foreign, word)) = FOREIGN.iter().find(|(foreign, _)| {
            rest.starts_with(foreign) && !(*foreign == "!" && (rest.starts_with("![") || rest.starts_with("!=")))
        }) {
            self.at += foreign.len();
            self.problem(start, format!("`{foreign}` is not an EQL operator"), format!("write `{word}`"));
            self.push(Token::Word(word), start);
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.at += symbol.len();
            self.push(Token::Symbol(symbol), start);
        } else {
            self.at += c.len_utf8();
            self.stray(c, start);
        }
    }

    fn stray(&mut self, c: char, start: usize) {
        let help = match c {
            '$' => "variables belong to Endgame's dialect; name the field itself",
            '“' | '”' | '‘' | '’' => "write strings in plain double quotes: \"...\"",
            '\u{a0}' => "this is a no-break space; write an ordinary one",
            _ => "names with other characters stand in backticks, text stands in double quotes",
        };
        self.problem(start, format!("unexpected character `{}`", c.escape_debug()), help);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    break;
                }
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
            } else {
                self.out.problems.push(
                    Problem::new(Span::new(start, start + 2), "this comment is not closed")
                        .help("close it with `*/`; comments nest, so each `/*` needs its own"),
                );
                break;
            }
        }
        self.out.comments.push(Span::new(start, self.at));
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let length = 1 + rest[1..].find(|c| !continues_word(c)).unwrap_or(rest.len() - 1);
        self.at += length;
        if self.peek() == Some('~') {
            self.at += 1;
            self.push(Token::Tilde(&rest[..=length]), start);
        } else {
            self.push(Token::Word(&rest[..length]), start);
        }
    }

    fn digits(&mut self) {
        let rest = self.rest();
        self.at += rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    }

    /// Reads `e5`, `E-5`, if it stands here.
    fn exponent(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix(['e', 'E']) else { return false };
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let found = digits.starts_with(|c: char| c.is_ascii_digit());
        if found {
            self.at = self.text.len() - digits.len();
            self.digits();
        }
        found
    }

    fn number(&mut self) {
        let start = self.at;
        self.digits();
        let mut whole = true;
        if self.peek() == Some('.') {
            whole = false;
            self.at += 1;
            self.digits();
        }
        whole &= !self.exponent();
        let digits = &self.text[start..self.at];
        let token = match (whole, digits.parse::<i64>(), digits.parse::<f64>()) {
            (true, Ok(value), _) => Token::Int(value),
            (_, _, Ok(value)) if value.is_finite() => Token::Float(value),
            _ => {
                self.problem(start, "this number is too large", "the largest is about 1.8e308");
                Token::Float(f64::MAX)
            }
        };
        self.push(token, start);
    }

    fn backticks(&mut self) {
        let start = self.at;
        let Backticked { name, length, closed } = backticked(self.rest());
        self.at += length;
        if !closed {
            self.out.problems.push(
                Problem::new(Span::new(start, start + 1), "this backtick is not closed")
                    .help("close the name with a backtick; a backtick in the name is written twice"),
            );
        }
        if name.is_empty() {
            self.problem(start, "there is no name between the backticks", "write the field's name between them");
        }
        self.push(Token::Quoted(name), start);
    }

    /// `"""..."""`, with up to two more quotes at the end that belong to the value.
    fn raw_string(&mut self) {
        let start = self.at;
        let body = &self.rest()[3..];
        let close = body.find("\"\"\"");
        // Only what lies before the quotes is searched, so that many strings on one long line stay linear.
        let line_end = body[..close.unwrap_or(body.len())].find(['\r', '\n']);
        let length = match (close, line_end) {
            (Some(close), None) => {
                let extra = body[close + 3..].bytes().take(2).take_while(|byte| *byte == b'"').count();
                self.at += 3 + close + extra + 3;
                close + extra
            }
            (_, line_end) => {
                let length = line_end.unwrap_or(body.len());
                self.at += 3 + length;
                let help = "close it with `\"\"\"` before the line ends";
                self.problem(start, "this raw string is not closed on its line", help);
                length
            }
        };
        if self.dialect == Dialect::Endgame {
            let help = "write ?\"...\" for a string without escapes";
            self.problem(start, "Endgame's dialect has no strings in three quotes", help);
        }
        self.push(Token::Str { value: body[..length].to_owned(), raw: true }, start);
    }

    /// `?"..."` and `?'...'`, Endgame's raw strings.
    fn endgame_raw_string(&mut self) {
        let start = self.at;
        self.at += 1;
        let quote = self.peek().unwrap_or('"');
        self.at += 1;
        let body = self.rest();
        let mut length = 0;
        let mut escaped = false;
        for c in body.chars().take_while(|c| !matches!(c, '\r' | '\n')) {
            if c == quote && !escaped {
                break;
            }
            escaped = c == '\\';
            length += c.len_utf8();
        }
        self.at += length;
        if self.peek() == Some(quote) {
            self.at += 1;
        }
        let value = body[..length].to_owned();
        if self.dialect == Dialect::Endgame {
            // Only the quote itself is escaped.
            let value = value.replace(&format!("\\{quote}"), &quote.to_string());
            return self.push(Token::Str { value, raw: false }, start);
        }
        self.problem(
            start,
            format!("`?{quote}...{quote}` is a raw string of Endgame's dialect"),
            format!("write \"\"\"{value}\"\"\""),
        );
        self.push(Token::Str { value, raw: true }, start);
    }

    fn string(&mut self, quote: char) {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        let mut closed = false;
        while let Some(c) = self.peek() {
            match c {
                '\r' | '\n' => break,
                '\\' => self.escape(&mut value),
                _ => {
                    self.at += c.len_utf8();
                    if c == quote {
                        closed = true;
                        break;
                    }
                    value.push(c);
                }
            }
        }
        if !closed {
            let help = "close it with a double quote before the line ends; a line break in a string is written `\\n`";
            self.problem(start, "this string is not closed", help);
        } else if quote == '\'' && self.dialect == Dialect::Elasticsearch {
            let help = format!("write {}", super::print::quote(&value));
            self.problem(start, "strings stand in double quotes; single quotes are Endgame's dialect", help);
        }
        self.push(Token::Str { value, raw: false }, start);
    }

    /// An escape, from its backslash on. What is not an escape is kept as it stands.
    fn escape(&mut self, value: &mut String) {
        let start = self.at;
        let next = self.rest()[1..].chars().next();
        let simple = match next {
            Some('b') => Some('\u{8}'),
            Some('t') => Some('\t'),
            Some('n') => Some('\n'),
            Some('f') => Some('\u{c}'),
            Some('r') => Some('\r'),
            Some(c @ ('"' | '\\')) => Some(c),
            // Only Endgame's single quotes need it; it is one of its own in double quotes for PyPI `eql` too.
            Some('\'') => Some('\''),
            _ => None,
        };
        if let Some(c) = simple {
            self.at += 2;
            value.push(c);
        } else if next == Some('u') {
            self.unicode_escape(value);
        } else {
            self.at += 1 + next.filter(|c| !matches!(c, '\r' | '\n')).map_or(0, char::len_utf8);
            let written = &self.text[start..self.at];
            value.push_str(written);
            let help = format!(
                "a backslash is written `\\\\`, so this is `\\{written}`; or write the string raw: \"\"\"...\"\"\""
            );
            self.problem(start, format!("unknown escape `{written}`"), help);
        }
    }

    fn unicode_escape(&mut self, value: &mut String) {
        let start = self.at;
        let rest = &self.rest()[2..];
        let digits = rest.strip_prefix('{').map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
            (&rest[..end], rest[end..].starts_with('}'))
        });
        let c = match digits {
            Some((hex, true)) if (2..=8).contains(&hex.len()) => {
                u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
            }
            _ => None,
        };
        self.at += match digits {
            Some((hex, closed)) => 3 + hex.len() + usize::from(closed),
            None => 2,
        };
        if let Some(c) = c {
            value.push(c);
        } else {
            let written = &self.text[start..self.at];
            value.push_str(written);
            let help =
                "write `\\u{...}` with two to eight hexadecimal digits that name a character; a backslash is `\\\\`";
            self.problem(start, format!("unknown escape `{written}`"), help);
        }
    }
}
