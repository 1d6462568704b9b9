//! String values with wildcards (Sigma Rules Specification 2.1.0, "String Wildcard" and "Escaping").

use crate::source::{Span, Spanned};

/// A run of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Plain text with its escapes undone.
    Literal(String),
    /// `*`: any run of characters.
    Any,
    /// `?`: exactly one character.
    One,
}

/// Splits a value at its wildcards. Each piece has its place in `text`, escapes included. Neighbouring plain
/// characters are one piece; the empty value has no pieces.
///
/// A backslash escapes `*`, `?` and itself; before anything else, and at the end, it is a plain character. So
/// `\\` is one backslash, and three or four in a row are two.
#[must_use]
pub fn parse(text: &str) -> Vec<Spanned<Piece>> {
    let mut pieces: Vec<Spanned<Piece>> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '*' => pieces.push(Spanned::new(Piece::Any, Span::new(at, at + 1))),
            '?' => pieces.push(Spanned::new(Piece::One, Span::new(at, at + 1))),
            _ => {
                let escaped = (c == '\\').then(|| chars.next_if(|(_, c)| matches!(c, '*' | '?' | '\\'))).flatten();
                let end = escaped.map_or(at + c.len_utf8(), |(at, _)| at + 1);
                push_char(&mut pieces, escaped.map_or(c, |(_, c)| c), Span::new(at, end));
            }
        }
    }
    pieces
}

fn push_char(pieces: &mut Vec<Spanned<Piece>>, c: char, span: Span) {
    if let Some(Spanned { value: Piece::Literal(text), span: place }) = pieces.last_mut() {
        text.push(c);
        *place = place.to(span);
    } else {
        pieces.push(Spanned::new(Piece::Literal(c.to_string()), span));
    }
}

/// The value as it is written in a rule: a single backslash where that is enough, as the specification
/// recommends. [`parse`] gives the same pieces again, when no two neighbours are literals.
#[must_use]
pub fn escape<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> String {
    let mut out = String::new();
    let mut backslashes = 0;
    for piece in pieces {
        match piece {
            Piece::Any => put_special('*', &mut backslashes, "", &mut out),
            Piece::One => put_special('?', &mut backslashes, "", &mut out),
            Piece::Literal(text) => text.chars().for_each(|c| match c {
                '\\' => backslashes += 1,
                '*' | '?' => put_special(c, &mut backslashes, "\\", &mut out),
                _ => {
                    put_backslashes(&mut backslashes, &mut out);
                    out.push(c);
                }
            }),
        }
    }
    put_backslashes(&mut backslashes, &mut out);
    out
}

/// Before a wildcard or an escape, every backslash is written twice.
fn put_special(c: char, backslashes: &mut usize, escape: &str, out: &mut String) {
    out.push_str(&"\\\\".repeat(std::mem::take(backslashes)));
    out.push_str(escape);
    out.push(c);
}

/// Before anything else one backslash stands for itself; a run is written twice.
fn put_backslashes(backslashes: &mut usize, out: &mut String) {
    match std::mem::take(backslashes) {
        1 => out.push('\\'),
        count => out.push_str(&"\\\\".repeat(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str) -> Vec<Piece> {
        parse(text).into_iter().map(|piece| piece.value).collect()
    }

    fn plain(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    /// "Escaping", point by point.
    #[test]
    fn backslashes_follow_the_specification() {
        assert_eq!(pieces(r"C:\Windows"), [plain(r"C:\Windows")]);
        assert_eq!(pieces(r"C:\\Windows"), [plain(r"C:\Windows")]);
        assert_eq!(pieces(r"a\*b\?c"), [plain("a*b?c")]);
        assert_eq!(pieces(r"a\\*"), [plain(r"a\"), Piece::Any]);
        assert_eq!(pieces(r"a\\\*"), [plain(r"a\*")]);
        assert_eq!(pieces(r"\\\x"), [plain(r"\\x")]);
        assert_eq!(pieces(r"\\\\x"), [plain(r"\\x")]);
        assert_eq!(pieces(r"end\"), [plain(r"end\")]);
    }

    #[test]
    fn wildcards_split_the_value() {
        assert_eq!(pieces("*a?"), [Piece::Any, plain("a"), Piece::One]);
        assert_eq!(pieces(""), []);
        assert_eq!(pieces("**"), [Piece::Any, Piece::Any]);
    }

    #[test]
    fn pieces_know_their_place() {
        let text = r"é\*x*?y";
        let places: Vec<&str> = parse(text).iter().map(|piece| &text[piece.span.range()]).collect();
        assert_eq!(places, [r"é\*x", "*", "?", "y"]);
    }

    #[test]
    fn escaping_is_minimal() {
        assert_eq!(escape(&[plain(r"C:\a\b")]), r"C:\a\b");
        assert_eq!(escape(&[plain(r"a\"), Piece::Any]), r"a\\*");
        assert_eq!(escape(&[plain(r"a\*")]), r"a\\\*");
        assert_eq!(escape(&[plain(r"\\srv")]), r"\\\\srv");
        assert_eq!(escape(&[plain("end\\")]), "end\\");
    }

    proptest! {
        #[test]
        fn escaped_values_read_back(text in r"[\\*?aé]{0,12}") {
            let read = pieces(&text);
            prop_assert_eq!(pieces(&escape(&read)), read);
        }

        #[test]
        fn any_text_can_be_written(text in r"[\\*?aé]{1,12}") {
            let literal = [plain(&text)];
            prop_assert_eq!(pieces(&escape(&literal)), literal);
        }

        #[test]
        fn places_cover_the_text(text in ".{0,20}") {
            let places: String = parse(&text).iter().map(|piece| &text[piece.span.range()]).collect();
            prop_assert_eq!(places, text);
        }
    }
}
