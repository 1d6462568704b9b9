//! Strings, quoted names, parameters and numbers.

use super::{Lexer, Token};
use crate::lang::backtick::{Backticked, backticked};
use crate::source::Span;

impl Lexer<'_> {
    pub(super) fn string(&mut self) {
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

    pub(super) fn backticks(&mut self) {
        let start = self.at;
        let Backticked { name, length, closed } = backticked(self.rest());
        self.at += length;
        if !closed {
            self.complain(
                Span::new(start, start + 1),
                "the backtick is never closed",
                "close the name with a backtick",
            );
        }
        self.out.tokens.push((Token::Quoted(name), Span::new(start, self.at)));
    }

    pub(super) fn single_quotes(&mut self) {
        let rest = self.rest();
        let len = rest[1..].find(['\'', '\n']).map_or(rest.len(), |at| at + 2);
        let span = Span::new(self.at, self.at + len);
        self.complain(span, "ES|QL has no strings in single quotes", "put the text in double quotes");
        let value = rest[1..len].trim_end_matches(['\'', '\n']).to_owned();
        self.push(Token::String { value, triple: false }, len);
    }

    pub(super) fn param(&mut self) {
        let rest = self.rest();
        let marks = rest.bytes().take(2).take_while(|byte| *byte == b'?').count();
        let body = rest[marks..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len() - marks);
        self.push(Token::Param(&rest[..marks + body]), marks + body);
    }

    /// Digits, a fraction, an exponent. An integer before a dot and a name is an integer.
    pub(super) fn number(&mut self) {
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
