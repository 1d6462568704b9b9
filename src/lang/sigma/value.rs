//! String values with wildcards and placeholders (Sigma Rules Specification 2.1.0, "String Wildcard", "Escaping" and
//! "Placeholders").

use crate::source::{Span, Spanned};
use std::sync::Arc;

/// A run of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Plain text with its escapes undone.
    Literal(Arc<str>),
    /// `*`: any run of characters.
    Any,
    /// `?`: exactly one character.
    One,
    /// `%name%`, only in a value of a field with the modifier `expand`.
    Placeholder(Arc<str>),
}

/// Splits a value at its wildcards. Each piece has its place in `text`, escapes included. Neighbouring plain
/// characters are one piece; the empty value has no pieces.
///
/// A backslash escapes `*`, `?` and itself; before anything else, and at the end, it is a plain character. So
/// `\\` is one backslash, and three or four in a row are two.
#[must_use]
pub fn parse(text: &str) -> Vec<Spanned<Piece>> {
    split(text, false)
}

/// The same for a value of a field with the modifier `expand`: `%name%` is a placeholder, and a percent sign after
/// a backslash, written once or twice, is a plain one.
#[must_use]
pub fn parse_expanding(text: &str) -> Vec<Spanned<Piece>> {
    split(text, true)
}

/// The placeholders of a regular expression under the modifier `expand`, and the text between them, where `\%` is a plain percent
/// sign and nothing else is special.
#[must_use]
pub fn parse_placeholders(text: &str) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match placeholder(rest) {
            Some(name) => pieces.special(Piece::Placeholder(name.into()), at, name.len() + 2),
            None if rest.starts_with("\\%") => pieces.plain("%", at, 2),
            None => pieces.plain(&rest[..c.len_utf8()], at, c.len_utf8()),
        };
    }
    pieces.finish().into_iter().map(|piece| piece.value).collect()
}

/// Whether the value is one piece of plain text, written as it is: nearly all values are.
#[must_use]
pub fn is_plain(text: &str, expanding: bool) -> bool {
    !text.is_empty() && plain_run(text, expanding) == text.len()
}

fn split(text: &str, expanding: bool) -> Vec<Spanned<Piece>> {
    let mut pieces = Pieces::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let name = if expanding { placeholder(rest) } else { None };
        at += match (c, name) {
            ('*', _) => pieces.special(Piece::Any, at, 1),
            ('?', _) => pieces.special(Piece::One, at, 1),
            ('%', Some(name)) => pieces.special(Piece::Placeholder(name.into()), at, name.len() + 2),
            _ => {
                let (plain, len) = plain(rest, expanding);
                pieces.plain(plain, at, len)
            }
        };
    }
    pieces.finish()
}

/// The plain run at the start of `rest`, up to what may be something else, or the one escaped character there, with the number of
/// bytes that it is written with.
fn plain(rest: &str, expanding: bool) -> (&str, usize) {
    match plain_run(rest, expanding) {
        0 => plain_char(rest, expanding),
        run => (&rest[..run], run),
    }
}

/// The pieces of a text that is being read.
#[derive(Default)]
struct Pieces {
    done: Vec<Spanned<Piece>>,
    /// Plain text that goes on, and its place.
    plain: String,
    plain_at: Option<Span>,
}

impl Pieces {
    /// Adds plain text that is written with `len` bytes at `at`, and gives back their number.
    fn plain(&mut self, text: &str, at: usize, len: usize) -> usize {
        let span = Span::new(at, at + len);
        self.plain.push_str(text);
        self.plain_at = Some(self.plain_at.map_or(span, |before| before.to(span)));
        len
    }

    /// Adds a piece that is not plain, as [`Pieces::plain`] does.
    fn special(&mut self, piece: Piece, at: usize, len: usize) -> usize {
        self.end_plain();
        self.done.push(Spanned::new(piece, Span::new(at, at + len)));
        len
    }

    fn end_plain(&mut self) {
        if let Some(at) = self.plain_at.take() {
            self.done.push(Spanned::new(Piece::Literal(self.plain.as_str().into()), at));
            self.plain.clear();
        }
    }

    fn finish(mut self) -> Vec<Spanned<Piece>> {
        self.end_plain();
        self.done
    }
}

/// How many bytes stand for themselves: up to a wildcard, to a backslash that escapes something, or to what may be a placeholder.
fn plain_run(rest: &str, expanding: bool) -> usize {
    let bytes = rest.as_bytes();
    let special = |at: usize| match bytes[at] {
        b'*' | b'?' => true,
        b'%' => expanding,
        b'\\' => match bytes.get(at + 1) {
            Some(b'*' | b'?' | b'\\') => true,
            Some(b'%') => expanding,
            _ => false,
        },
        _ => false,
    };
    (0..bytes.len()).find(|at| special(*at)).unwrap_or(bytes.len())
}

/// The plain character that a backslash or a lone percent sign at the start of `rest` stands for, and how many bytes it is
/// written with.
fn plain_char(rest: &str, expanding: bool) -> (&str, usize) {
    let Some(after) = rest.strip_prefix('\\') else { return (&rest[..1], 1) };
    if expanding && (after.starts_with('%') || after.starts_with("\\%")) {
        return ("%", if after.starts_with('%') { 2 } else { 3 });
    }
    if after.starts_with(['*', '?', '\\']) { (&after[..1], 2) } else { (&rest[..1], 1) }
}

/// The name of a placeholder at the start of `rest`.
fn placeholder(rest: &str) -> Option<&str> {
    let (name, _) = rest.strip_prefix('%')?.split_once('%')?;
    (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

/// The value as it is written in a rule: a single backslash where that is enough, as the specification
/// recommends. [`parse`] gives the same pieces again, when no two neighbours are literals and none is a placeholder.
#[must_use]
pub fn escape<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> String {
    let mut out = String::new();
    let mut backslashes = 0;
    pieces.into_iter().for_each(|piece| put_piece(piece, false, &mut backslashes, &mut out));
    put_backslashes(&mut backslashes, &mut out);
    out
}

/// The value as it is written for a field with the modifier `expand`. Absent when a plain backslash stands right
/// before a placeholder: the language has no way to write that.
#[must_use]
pub fn escape_expanding<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Option<String> {
    let mut out = String::new();
    let mut backslashes = 0;
    for piece in pieces {
        if backslashes > 0 && matches!(piece, Piece::Placeholder(_)) {
            return None;
        }
        put_piece(piece, true, &mut backslashes, &mut out);
    }
    put_backslashes(&mut backslashes, &mut out);
    Some(out)
}

/// Writes a piece, but for the plain backslashes at its end: what follows decides how they are written.
fn put_piece(piece: &Piece, expanding: bool, backslashes: &mut usize, out: &mut String) {
    match piece {
        Piece::Any => put_special('*', backslashes, "", out),
        Piece::One => put_special('?', backslashes, "", out),
        Piece::Placeholder(name) => {
            put_backslashes(backslashes, out);
            out.extend(["%", name, "%"]);
        }
        Piece::Literal(text) => text.chars().for_each(|c| match c {
            '\\' => *backslashes += 1,
            '*' | '?' => put_special(c, backslashes, "\\", out),
            '%' if expanding => put_special(c, backslashes, "\\", out),
            _ => {
                put_backslashes(backslashes, out);
                out.push(c);
            }
        }),
    }
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
        Piece::Literal(text.into())
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

    /// Wherever the characters stand.
    #[test]
    fn a_plain_text_is_one_piece_as_it_is_written() {
        for (part, plain) in [("", true), ("*", false), ("?", false), (r"\", true), (r"\\", false), (r"\*", false)] {
            for (before, after) in (1..20).flat_map(|before| [0, 1, 7, 8, 9].map(|after| (before, after))) {
                let text = "a".repeat(before) + part + &"b".repeat(after);
                assert_eq!(is_plain(&text, false), plain, "{text}");
            }
        }
        assert!(!is_plain("", false) && is_plain(r"\", false) && is_plain("%a%", false));
        assert!(!is_plain("a%b", true) && !is_plain(r"a\%b", true) && is_plain(r"a\b", true));
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

    fn expanded(text: &str) -> Vec<Piece> {
        parse_expanding(text).into_iter().map(|piece| piece.value).collect()
    }

    /// "Placeholders", example by example.
    #[test]
    fn placeholders_need_the_modifier() {
        let name = || Piece::Placeholder("name".into());
        assert_eq!(pieces("%name%"), [plain("%name%")]);
        assert_eq!(expanded("%name%"), [name()]);
        assert_eq!(expanded(r"\\%plain%name%"), [plain("%plain"), name()]);
        assert_eq!(expanded(r"\%plain%name%"), [plain("%plain"), name()]);
        assert_eq!(expanded("100% or %a b%"), [plain("100% or %a b%")]);
        assert_eq!(expanded("a%name%*"), [plain("a"), name(), Piece::Any]);
        assert_eq!(parse_expanding("a%name%*")[1].span, Span::new(1, 7));
        assert_eq!(escape_expanding(&[plain(r"C:\"), name()]), None);
    }

    proptest! {
        #[test]
        fn expanded_values_read_back(text in r"[\\\\*?aé%]{0,12}") {
            let read = expanded(&text);
            if let Some(written) = escape_expanding(&read) {
                prop_assert_eq!(expanded(&written), read, "{}", written);
            }
        }

        #[test]
        fn escaped_values_read_back(text in r"[\\*?aé]{0,12}") {
            let read = pieces(&text);
            prop_assert_eq!(pieces(&escape(&read)), read);
        }

        #[test]
        fn a_plain_text_is_its_only_piece(text in r"[\\\\*?aé%]{0,20}") {
            prop_assert_eq!(is_plain(&text, false), pieces(&text) == [plain(&text)]);
            prop_assert!(!is_plain(&text, true) || expanded(&text) == [plain(&text)]);
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
