//! From text to tokens. What a word may hold depends on the command: index patterns after `from`, stars in lists of columns.

use crate::source::{Problem, Span};

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// An unquoted name or keyword; in lists of columns it may hold `*`.
    Word(&'a str),
    /// A name in backticks, decoded.
    Quoted(String),
    /// An index pattern.
    Source(&'a str),
    String {
        value: String,
        triple: bool,
    },
    Integer(&'a str),
    Decimal(&'a str),
    /// With its question marks.
    Param(&'a str),
    Symbol(&'static str),
    End,
}

/// Longer symbols come first. Some are no ES|QL: they are read so that the complaint can name them.
const SYMBOLS: [&str; 30] = [
    "==", "=~", "!=", "<=", ">=", "<>", "::", "&&", "||", "|", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[",
    "]", "{", "}", ",", ".", ":", "!", "~", ";",
];

/// The tokens, always with an `End`, and what could not be read.
pub(super) struct Lexed<'a> {
    pub(super) tokens: Vec<(Token<'a>, Span)>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn lex(text: &str) -> Lexed<'_> {
    let mut lexer = Lexer { text, at: 0, mode: Mode::Command, out: Lexed { tokens: vec![], problems: vec![] } };
    lexer.run();
    lexer.out
}

/// What the next word may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A command's name.
    Command,
    Expression,
    /// Names with stars.
    Columns,
    /// Index patterns, up to `metadata`.
    Sources,
    /// One index or policy.
    OneSource,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    mode: Mode,
    out: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        while self.skip_blank() {
            self.token();
        }
        self.out.tokens.push((Token::End, Span::at(self.text.len())));
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips white space and comments; false at the end.
    fn skip_blank(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find(['\r', '\n']).unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.block_comment();
            } else {
                return !trimmed.is_empty();
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(next) = self.rest().chars().next() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += next.len_utf8();
            }
        }
        self.complain(Span::new(start, start + 2), "the comment is never closed", "end it with `*/`");
    }

    fn complain(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.out.problems.push(Problem::new(span, message).help(help));
    }

    fn push(&mut self, token: Token<'a>, len: usize) {
        let span = Span::new(self.at, self.at + len);
        self.at += len;
        self.out.tokens.push((token, span));
    }

    fn token(&mut self) {
        let rest = self.rest();
        if matches!(self.mode, Mode::Sources | Mode::OneSource) && self.source() {
            return;
        }
        let first = rest.chars().next().unwrap_or_default();
        match first {
            '"' => self.string(),
            '`' => self.backticks(),
            '?' => self.param(),
            '\'' => self.single_quotes(),
            '0'..='9' if self.mode != Mode::Columns => self.number(),
            '.' if self.mode != Mode::Columns && rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
            _ if self.is_word_char(first) || first == '@' => self.word(),
            _ => self.symbol(),
        }
    }

    fn is_word_char(&self, c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_' || (c == '*' && self.mode == Mode::Columns)
    }

    fn word(&mut self) {
        let rest = self.rest();
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let body = rest[first..].find(|c| !self.is_word_char(c)).unwrap_or(rest.len() - first);
        let word = &rest[..first + body];
        self.push(Token::Word(word), word.len());
        let lower = word.to_ascii_lowercase();
        self.mode = match (self.mode, lower.as_str()) {
            (Mode::Command, "from" | "ts") => Mode::Sources,
            (Mode::Command, "keep" | "drop" | "rename") => Mode::Columns,
            (Mode::Command, "enrich" | "join") => Mode::OneSource,
            // After `lookup` comes the `join` that names it.
            (Mode::Command, word) if word != "lookup" => Mode::Expression,
            (mode, _) => mode,
        };
    }

    /// An index pattern: anything but white space and the characters that end it.
    fn source(&mut self) -> bool {
        let rest = self.rest();
        let ends = |c: char| " \t\r\n,|\"=()[]`".contains(c);
        let mut len = rest.find(ends).unwrap_or(rest.len());
        if let Some(comment) = rest[..len].find("//").or_else(|| rest[..len].find("/*")) {
            len = comment;
        }
        let found = &rest[..len];
        let is_end = found.eq_ignore_ascii_case("metadata") || found.eq_ignore_ascii_case("on");
        if len == 0 || is_end {
            if is_end {
                self.mode = Mode::Expression;
            }
            if self.mode == Mode::OneSource && rest.starts_with('"') {
                self.mode = Mode::Expression;
            }
            return false;
        }
        self.push(Token::Source(found), len);
        if self.mode == Mode::OneSource {
            self.mode = Mode::Expression;
        }
        true
    }

    fn symbol(&mut self) {
        let rest = self.rest();
        let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) else {
            let c = rest.chars().next().unwrap_or_default();
            let span = Span::new(self.at, self.at + c.len_utf8());
            self.at = span.range().end;
            return self.complain(
                span,
                format!("`{c}` is no part of ES|QL"),
                "names with other characters go in backticks",
            );
        };
        // `||` is one symbol only so that the complaint can name it.
        self.push(Token::Symbol(symbol), symbol.len());
        if matches!(*symbol, "|" | "(") && self.starts_command(symbol) {
            self.mode = Mode::Command;
        }
    }

    /// A pipe, or the bracket that opens a branch of `fork`.
    fn starts_command(&self, symbol: &str) -> bool {
        symbol == "|" || {
            let before = self.out.tokens.iter().rev().nth(1).map(|(token, _)| token);
            match before {
                Some(Token::Word(word)) => word.eq_ignore_ascii_case("fork"),
                Some(Token::Symbol(")")) => true,
                _ => false,
            }
        }
    }

    fn string(&mut self) {
        if self.rest().starts_with("\"\"\"") {
            return self.triple();
        }
        let start = self.at;
        let mut value = String::new();
        self.at += 1;
        loop {
            let mut chars = self.rest().chars();
            match (chars.next(), chars.next()) {
                (Some('"'), _) => break self.at += 1,
                (Some('\\'), Some(escaped)) => self.escape(escaped, &mut value),
                (None | Some('\r' | '\n' | '\\'), _) => {
                    let help = "close it on the same line with `\"`; a line break in it is `\\n`";
                    break self.complain(Span::new(start, start + 1), "the string is never closed", help);
                }
                (Some(c), _) => {
                    value.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        self.out.tokens.push((Token::String { value, triple: false }, Span::new(start, self.at)));
    }

    fn escape(&mut self, escaped: char, value: &mut String) {
        let decoded = match escaped {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            '"' | '\\' => escaped,
            _ => {
                let span = Span::new(self.at, self.at + 1 + escaped.len_utf8());
                self.complain(
                    span,
                    format!("`\\{escaped}` is no escape"),
                    "strings have \\t, \\n, \\r, \\\" and \\\\; write `\\\\` for a backslash, or \"\"\"a raw string\"\"\"",
                );
                escaped
            }
        };
        value.push(decoded);
        self.at += 1 + escaped.len_utf8();
    }

    /// Raw text on one line; up to two quotes may stand before the closing three.
    fn triple(&mut self) {
        let start = self.at;
        let body = &self.rest()[3..];
        let line = body.find(['\r', '\n']).unwrap_or(body.len());
        let Some(end) = body[..line].find("\"\"\"") else {
            self.at = body.find("\"\"\"").map_or(self.text.len(), |end| start + 3 + end + 3);
            let help = "close it with \"\"\" on the same line; in \"..\" a line break is `\\n`";
            self.complain(Span::new(start, start + 3), "the string is never closed", help);
            self.out.tokens.push((Token::String { value: String::new(), triple: true }, Span::new(start, self.at)));
            return;
        };
        let extra = body[end + 3..].bytes().take(2).take_while(|byte| *byte == b'"').count();
        let value = body[..end + extra].to_owned();
        self.push(Token::String { value, triple: true }, end + extra + 6);
    }

    fn backticks(&mut self) {
        let start = self.at;
        let mut name = String::new();
        self.at += 1;
        loop {
            let rest = self.rest();
            if rest.starts_with("``") {
                name.push('`');
                self.at += 2;
            } else if rest.starts_with('`') {
                self.at += 1;
                break;
            } else if let Some(c) = rest.chars().next() {
                name.push(c);
                self.at += c.len_utf8();
            } else {
                self.complain(
                    Span::new(start, start + 1),
                    "the backtick is never closed",
                    "close the name with a backtick",
                );
                break;
            }
        }
        self.out.tokens.push((Token::Quoted(name), Span::new(start, self.at)));
    }

    fn single_quotes(&mut self) {
        let rest = self.rest();
        let len = rest[1..].find(['\'', '\n']).map_or(rest.len(), |at| at + 2);
        let span = Span::new(self.at, self.at + len);
        self.complain(span, "ES|QL has no strings in single quotes", "put the text in double quotes");
        let value = rest[1..len].trim_end_matches(['\'', '\n']).to_owned();
        self.push(Token::String { value, triple: false }, len);
    }

    fn param(&mut self) {
        let rest = self.rest();
        let marks = rest.bytes().take(2).take_while(|byte| *byte == b'?').count();
        let body = rest[marks..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len() - marks);
        self.push(Token::Param(&rest[..marks + body]), marks + body);
    }

    /// Digits, a fraction, an exponent. An integer before a dot and a name is an integer.
    fn number(&mut self) {
        let rest = self.rest().as_bytes();
        let digits = |from: usize| rest[from.min(rest.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut len = digits(0);
        let mut decimal = false;
        if rest.get(len) == Some(&b'.') {
            decimal = true;
            len += 1 + digits(len + 1);
        }
        if matches!(rest.get(len), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(len + 1), Some(b'+' | b'-')));
            let exponent = digits(len + 1 + sign);
            if exponent > 0 {
                decimal = true;
                len += 1 + sign + exponent;
            }
        }
        let text = &self.rest()[..len];
        self.push(if decimal { Token::Decimal(text) } else { Token::Integer(text) }, len);
    }
}
