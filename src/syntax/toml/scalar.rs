//! TOML keys and scalars, decoded with the way back to their bytes.

use super::Problems;
use crate::source::{Span, TextMap, TextMapBuilder};
use crate::syntax::{Key, NodeKind, Scalar, ScalarStyle};
use toml_parser::Raw;
use toml_parser::decoder::{Encoding, IntegerRadix, ScalarKind, StringBuilder};

/// Collects a decoded string. The decoder hands over slices of the source, so their addresses tell where they
/// stand; an escape carries no offset and is read again at the cursor.
struct Anchored<'s> {
    source: &'s str,
    text: String,
    map: TextMapBuilder,
    cursor: usize,
    /// Whether text came in that does not stand in the source.
    foreign: bool,
    /// Escapes that TOML 1.0 does not have.
    newer_escapes: Vec<Span>,
}

impl<'s> Anchored<'s> {
    fn new(source: &'s str, span: Span) -> Self {
        let start = span.range().start;
        Self {
            source,
            text: String::new(),
            map: TextMapBuilder::new(span),
            cursor: start,
            foreign: false,
            newer_escapes: Vec::new(),
        }
    }

    fn offset_of(&self, part: &str) -> Option<usize> {
        let offset = part.as_ptr().addr().checked_sub(self.source.as_ptr().addr())?;
        (offset + part.len() <= self.source.len()).then_some(offset)
    }

    /// The length of the escape at the cursor: a backslash, its letter, and the hexadecimal digits that belong to it.
    fn escape_len(&self) -> usize {
        let rest = self.source.as_bytes().get(self.cursor + 1..).unwrap_or_default();
        let wanted = match rest.first() {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'\\' | b'"') => 0,
            _ => return 1,
        };
        2 + rest[1..].iter().take(wanted).take_while(|byte| byte.is_ascii_hexdigit()).count()
    }

    fn map(&self, span: Span) -> TextMap {
        if self.foreign || self.map.decoded_len() as usize != self.text.len() {
            return TextMap::opaque(span);
        }
        self.map.clone().finish()
    }
}

impl<'s> StringBuilder<'s> for Anchored<'s> {
    fn clear(&mut self) {
        self.text.clear();
        self.map.clear();
    }

    fn push_str(&mut self, append: &'s str) -> bool {
        self.text.push_str(append);
        match self.offset_of(append) {
            Some(offset) => {
                self.cursor = offset + append.len();
                self.map.push_verbatim(Span::new(offset, self.cursor));
            }
            None => self.foreign |= !append.is_empty(),
        }
        true
    }

    fn push_char(&mut self, append: char) -> bool {
        let span = Span::new(self.cursor, self.cursor + self.escape_len());
        if matches!(self.source.as_bytes().get(self.cursor + 1), Some(b'e' | b'x')) {
            self.newer_escapes.push(span);
        }
        self.text.push(append);
        self.map.push_escape(append.len_utf8(), span);
        self.cursor = span.range().end;
        true
    }
}

/// Decodes one part of a key.
pub(super) fn key<'s>(source: &'s str, raw: Raw<'s>, span: Span, problems: &mut Problems<'_>) -> Key {
    let mut builder = Anchored::new(source, span);
    raw.decode_key(&mut builder, problems);
    problems.newer_escapes(&builder.newer_escapes);
    let map = builder.map(span);
    Key { text: builder.text, span, map }
}

/// Decodes a value that is not a collection.
pub(super) fn value<'s>(
    source: &'s str,
    raw: Raw<'s>,
    encoding: Option<Encoding>,
    span: Span,
    problems: &mut Problems<'_>,
) -> NodeKind {
    let mut builder = Anchored::new(source, span);
    let before = problems.list.len();
    let kind = raw.decode_scalar(&mut builder, problems);
    problems.newer_escapes(&builder.newer_escapes);
    let sound = problems.list.len() == before;
    if !sound && encoding.is_none() && is_bare_word(raw.as_str()) {
        // One plain sentence for what the decoder takes for a misspelt `nan` or `inf`.
        problems.list.truncate(before);
        return unreadable(raw.as_str(), span, true, "a string needs quotes", problems);
    }
    match kind {
        ScalarKind::String => string(&builder, style(encoding), span),
        ScalarKind::Boolean(value) => NodeKind::Bool(value),
        ScalarKind::DateTime => date_time(&builder, raw.as_str(), span, problems),
        ScalarKind::Float => match builder.text.parse() {
            Ok(value) => NodeKind::Float(value),
            Err(_) => unreadable(raw.as_str(), span, sound, "not a number", problems),
        },
        ScalarKind::Integer(radix) => integer(&builder.text, radix).map_or_else(
            || unreadable(raw.as_str(), span, sound, "the integer does not fit into 64 bits", problems),
            NodeKind::Int,
        ),
    }
}

fn is_bare_word(raw: &str) -> bool {
    let is_boolean = raw.eq_ignore_ascii_case("true") || raw.eq_ignore_ascii_case("false");
    raw.starts_with(|c: char| c.is_alphabetic()) && !is_boolean
}

fn string(builder: &Anchored<'_>, style: ScalarStyle, span: Span) -> NodeKind {
    NodeKind::Str(Scalar { text: builder.text.as_str().into(), map: builder.map(span), style })
}

fn style(encoding: Option<Encoding>) -> ScalarStyle {
    match encoding {
        None => ScalarStyle::Plain,
        Some(Encoding::LiteralString) => ScalarStyle::Single,
        Some(Encoding::BasicString) => ScalarStyle::Double,
        Some(Encoding::MlLiteralString) => ScalarStyle::MultiLineLiteral,
        Some(Encoding::MlBasicString) => ScalarStyle::MultiLineBasic,
    }
}

fn integer(digits: &str, radix: IntegerRadix) -> Option<i64> {
    i64::from_str_radix(digits, radix.value()).ok()
}

/// A value that its kind cannot hold keeps its text, with a problem unless the decoder had one already.
fn unreadable(raw: &str, span: Span, sound: bool, message: &str, problems: &mut Problems<'_>) -> NodeKind {
    if sound {
        problems.push(span, message);
    }
    NodeKind::Str(Scalar { text: raw.into(), map: TextMap::verbatim(span), style: ScalarStyle::Plain })
}

fn date_time(builder: &Anchored<'_>, raw: &str, span: Span, problems: &mut Problems<'_>) -> NodeKind {
    if builder.text.parse::<toml::value::Datetime>().is_err() {
        return unreadable(raw, span, true, "not a date or time", problems);
    }
    if lacks_seconds(raw) {
        problems.newer(span, "a time without seconds");
    }
    NodeKind::DateTime(raw.to_owned())
}

/// Whether a valid date-time has hours and minutes only: TOML 1.1 made the seconds optional.
fn lacks_seconds(raw: &str) -> bool {
    raw.find(':').is_some_and(|at| raw.as_bytes().get(at + 3) != Some(&b':'))
}
