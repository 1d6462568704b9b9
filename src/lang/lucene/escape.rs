//! Escapes (`QueryParserBase.discardEscapeChar`) and wildcards of words.

use super::ast::Piece;
use std::ops::Range;

/// An escape that Lucene refuses.
pub(super) struct EscapeError {
    /// Bytes of the written text.
    pub(super) at: Range<usize>,
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

/// The text without its escapes: `\x` is `x`, and `\u0041` the UTF-16 unit.
pub(super) fn discard_escapes(written: &str) -> Result<String, EscapeError> {
    let mut units: Vec<u16> = Vec::with_capacity(written.len());
    let mut buffer = [0; 2];
    let mut chars = written.char_indices();
    while let Some((at, c)) = chars.next() {
        let decoded = match c {
            '\\' => chars.next().map(|(_, escaped)| escaped).ok_or(EscapeError {
                at: at..at + 1,
                message: "a backslash escapes the character after it",
                help: "write `\\\\` for a backslash",
            })?,
            _ => c,
        };
        if c == '\\' && decoded == 'u' {
            units.push(unicode_unit(written, at)?);
            chars.by_ref().take(4).for_each(drop);
        } else {
            units.extend_from_slice(decoded.encode_utf16(&mut buffer));
        }
    }
    String::from_utf16(&units).map_err(|_| EscapeError {
        at: 0..written.len(),
        message: "half of a surrogate pair is not a character",
        help: "write both halves, or the character itself",
    })
}

fn unicode_unit(written: &str, at: usize) -> Result<u16, EscapeError> {
    let digits = written.get(at + 2..at + 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or(EscapeError {
        at: at..at + 2,
        message: "`\\u` needs four hexadecimal digits after it",
        help: "a backslash before the letter `u` is written `\\\\u`",
    })
}

/// Whether a word as it is written has a wildcard.
pub(super) fn has_wildcard(written: &str) -> bool {
    pattern(written).iter().any(|piece| !matches!(piece, Piece::Literal(_)))
}

/// The pieces of a pattern: a backslash makes the next character literal.
pub(super) fn pattern(written: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => pieces.push(Piece::Star),
            '?' => pieces.push(Piece::Question),
            '\\' => push_char(&mut pieces, chars.next().unwrap_or('\\')),
            _ => push_char(&mut pieces, c),
        }
    }
    pieces
}

fn push_char(pieces: &mut Vec<Piece>, c: char) {
    match pieces.last_mut() {
        Some(Piece::Literal(text)) => text.push(c),
        _ => pieces.push(Piece::Literal(c.to_string())),
    }
}

/// A text as the pieces of a word without wildcards.
pub(super) fn literal(text: String) -> Vec<Piece> {
    if text.is_empty() { Vec::new() } else { vec![Piece::Literal(text)] }
}

/// How long a token is that starts with `quote` and ends with it: at the first one without a backslash before it, else at the last.
pub(super) fn closing(text: &str, quote: char, escaped: &str) -> Option<usize> {
    if !text.starts_with(quote) {
        return None;
    }
    let mut last = None;
    for (at, _) in text.char_indices().skip(1).filter(|(_, c)| *c == quote) {
        last = Some(at + 1);
        if !text[1..=at].ends_with(escaped) {
            break;
        }
    }
    last
}
