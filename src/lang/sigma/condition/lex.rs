//! Words, parentheses and the pipe.

use crate::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    LeftParen,
    RightParen,
    Pipe,
    /// A run of comparison characters.
    Operator,
    Comma,
    /// Anything else without white space: a keyword, an identifier, a pattern, a number.
    Word,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// The tokens, with an `End`.
pub(super) fn lex(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, len) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '(' => (Kind::LeftParen, 1),
            ')' => (Kind::RightParen, 1),
            '|' => (Kind::Pipe, 1),
            ',' => (Kind::Comma, 1),
            _ if is_operator(first) => (Kind::Operator, rest.find(|c| !is_operator(c)).unwrap_or(rest.len())),
            _ => (Kind::Word, rest.find(ends_word).unwrap_or(rest.len())),
        };
        tokens.push(Token { kind, text: &rest[..len], span: Span::new(at, at + len) });
        at += len;
    }
    tokens.push(Token { kind: Kind::End, text: "", span: Span::at(text.len()) });
    tokens
}

fn is_operator(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '!')
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '|' | ',') || is_operator(c)
}
