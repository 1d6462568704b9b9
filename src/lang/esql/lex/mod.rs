//! From text to tokens. What a word may hold depends on the command: index patterns after `from`, stars in lists of columns.

mod literal;

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
    let out = Lexed { tokens: vec![], problems: vec![] };
    let mut lexer = Lexer { text, at: 0, mode: Mode::Command, around: vec![], out };
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
    /// Chains of commands in parentheses: the branches of `fork`, the query of `explain`.
    Chains,
    /// Another language, up to the pipe: `promql`.
    Foreign,
}

/// The commands that a query in parentheses begins with.
pub(super) const SOURCES: [&str; 5] = ["from", "row", "show", "ts", "promql"];

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    mode: Mode,
    /// What goes on behind each parenthesis that is open.
    around: Vec<Mode>,
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
        let taken = match self.mode {
            Mode::Sources | Mode::OneSource => self.source(),
            Mode::Foreign => self.foreign(),
            _ => false,
        };
        if taken {
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
            (Mode::Command, "fork" | "explain") => Mode::Chains,
            (Mode::Command, "promql") => Mode::Foreign,
            // After `lookup` comes the `join` that names it.
            (Mode::Command, word) if word != "lookup" => Mode::Expression,
            (mode, _) => mode,
        };
    }

    /// An index pattern: anything but white space and the characters that end it.
    fn source(&mut self) -> bool {
        let rest = self.rest();
        let ends = |c: char| " \t\r\n,|\"=()[]".contains(c);
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
        match *symbol {
            "|" | ";" => self.mode = Mode::Command,
            "(" => {
                self.around.push(self.mode);
                if self.opens_query() {
                    self.mode = Mode::Command;
                }
            }
            ")" => self.mode = self.around.pop().unwrap_or(self.mode),
            _ => {}
        }
    }

    /// Whether a query stands behind the parenthesis that was read.
    fn opens_query(&mut self) -> bool {
        match self.mode {
            Mode::Sources | Mode::Chains => true,
            Mode::Expression => {
                let before = self.out.tokens.iter().rev().nth(1).map(|(token, _)| token);
                matches!(before, Some(Token::Word(word)) if word.eq_ignore_ascii_case("in")) && self.names_source()
            }
            _ => false,
        }
    }

    /// Whether the next word is a command that a query begins with.
    fn names_source(&mut self) -> bool {
        self.skip_blank();
        let rest = self.rest();
        let word = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())];
        SOURCES.iter().any(|source| source.eq_ignore_ascii_case(word))
    }

    /// Text of another language up to the pipe or the parenthesis that closes the query around it; `#` begins a comment there.
    fn foreign(&mut self) -> bool {
        let rest = self.rest();
        let (mut depth, mut quote, mut comment) = (0_usize, None, false);
        let end = rest.find(|c: char| {
            match (quote, c) {
                _ if comment => comment = c != '\n',
                (Some(open), _) if open == c => quote = None,
                (None, '"' | '\'' | '`') => quote = Some(c),
                (None, '#') => comment = true,
                (None, '(' | '[' | '{') => depth += 1,
                (None, ')' | ']' | '}') if depth > 0 => depth -= 1,
                (None, '|' | ')') => return true,
                _ => {}
            }
            false
        });
        let text = rest[..end.unwrap_or(rest.len())].trim_end();
        self.mode = Mode::Expression;
        if !text.is_empty() {
            self.push(Token::Source(text), text.len());
        }
        !text.is_empty()
    }
}
