//! The way from a decoded YAML scalar back to its bytes.
//!
//! The parser gives the decoded text and the raw range. Each walker reads the raw bytes again by the rules of the
//! style (YAML 1.2.2 sections 7.3 and 8.1) and lays down pieces, comparing every piece with the decoded text as it
//! goes. The first difference ends the walk without a map: a wide caret, never a wrong one.

use crate::source::{Span, TextMap, TextMapBuilder};
use crate::syntax::ScalarStyle;

/// The map of a scalar. `content` is the range inside the quotes, or what follows the header line of a block scalar;
/// `whole` is the scalar's own span.
pub(super) fn text_map(source: &str, content: Span, whole: Span, decoded: &str, style: ScalarStyle) -> TextMap {
    let Some(raw) = source.get(content.range()) else { return TextMap::opaque(whole) };
    // The parser hands out a slice of the source where it can.
    if std::ptr::eq(raw, decoded) || raw == decoded {
        return TextMap::verbatim(content);
    }
    let mut walk = Walk { raw, base: content.range().start, at: 0, decoded, done: 0, map: TextMapBuilder::new(whole) };
    let walked = match style {
        ScalarStyle::Literal => walk.block(Folding::Keep),
        ScalarStyle::Folded => walk.block(Folding::Fold),
        style => walk.flow(style),
    };
    if walked.is_some() && walk.done == decoded.len() { walk.map.finish() } else { TextMap::opaque(whole) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Folding {
    Keep,
    Fold,
}

struct Walk<'s> {
    raw: &'s str,
    /// Where `raw` stands in the source.
    base: usize,
    /// The next raw byte.
    at: usize,
    decoded: &'s str,
    /// The next decoded byte.
    done: usize,
    map: TextMapBuilder,
}

impl<'s> Walk<'s> {
    fn rest(&self) -> &'s str {
        self.raw.get(self.at..).unwrap_or_default()
    }

    fn left(&self) -> &'s str {
        self.decoded.get(self.done..).unwrap_or_default()
    }

    /// The next `len` raw bytes stand for themselves.
    fn verbatim(&mut self, len: usize) -> Option<()> {
        let piece = self.raw.get(self.at..self.at + len)?;
        if !self.left().starts_with(piece) {
            return None;
        }
        let start = self.base + self.at;
        self.map.push_verbatim(Span::new(start, start + len));
        self.at += len;
        self.done += len;
        Some(())
    }

    /// The next `len` raw bytes stand for `text`.
    fn escape(&mut self, len: usize, text: &str) -> Option<()> {
        if !self.left().starts_with(text) {
            return None;
        }
        let start = self.base + self.at;
        self.map.push_escape(text.len(), Span::new(start, start + len));
        self.at += len;
        self.done += text.len();
        Some(())
    }

    fn newlines(&mut self, len: usize, count: usize) -> Option<()> {
        let run = self.left().bytes().take_while(|byte| *byte == b'\n').count();
        if count > run {
            return None;
        }
        let text = &self.left()[..count];
        self.escape(len, text)
    }

    /// Plain, single and double quoted.
    fn flow(&mut self, style: ScalarStyle) -> Option<()> {
        while !self.rest().is_empty() {
            let special = |byte: u8| match byte {
                b' ' | b'\t' | b'\n' | b'\r' => true,
                b'\'' => style == ScalarStyle::Single,
                b'\\' => style == ScalarStyle::Double,
                _ => false,
            };
            let run = self.rest().bytes().take_while(|byte| !special(*byte)).count();
            self.verbatim(run)?;
            match self.rest().as_bytes().first() {
                None => {}
                Some(b'\'') => self.escape(2, "'")?,
                Some(b'\\') => self.backslash()?,
                Some(_) => self.white()?,
            }
        }
        Some(())
    }

    /// White space: kept inside a line, folded around line breaks.
    fn white(&mut self) -> Option<()> {
        let rest = self.rest();
        let blanks = blanks(rest);
        let (len, breaks) = line_breaks(&rest[blanks..]);
        match breaks {
            0 => self.verbatim(blanks),
            1 => self.escape(blanks + len, " "),
            _ => self.newlines(blanks + len, breaks - 1),
        }
    }

    /// An escape of a double quoted scalar.
    fn backslash(&mut self) -> Option<()> {
        let rest = self.rest();
        let letter = rest[1..].chars().next()?;
        if matches!(letter, '\n' | '\r') {
            let (len, breaks) = line_breaks(&rest[1..]);
            return self.newlines(1 + len, breaks - 1);
        }
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let mut len = 1 + letter.len_utf8() + digits;
        let value = self.left().chars().next()?;
        // Two `\u` escapes that name one character as UTF-16 does.
        if digits == 4 && value > '\u{ffff}' {
            len += 6;
        }
        self.escape(len, value.encode_utf8(&mut [0; 4]))
    }

    /// Literal and folded block scalars, from the first content line.
    fn block(&mut self, folding: Folding) -> Option<()> {
        let indent = self.indent();
        let mut previous = Line::Start;
        while !self.left().is_empty() {
            let region = self.blank_region(indent);
            let content = &self.rest()[region.len..];
            let line = Line::of(content);
            if content.is_empty() || self.left().bytes().all(|byte| byte == b'\n') {
                return self.tail();
            }
            match joint(previous, line, folding) {
                Joint::Breaks => self.breaks(region)?,
                Joint::Folded if region.breaks == 1 => self.escape(region.len, " ")?,
                Joint::Folded => self.newlines(region.len, region.breaks - 1)?,
            }
            let len = content.bytes().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
            self.verbatim(len)?;
            previous = line;
        }
        Some(())
    }

    /// The block's indentation: what the first line with content has more than its decoded form.
    fn indent(&self) -> usize {
        let spaces = |line: &str| line.bytes().take_while(|byte| *byte == b' ').count();
        let has_content = |line: &&str| !line.trim_matches([' ', '\r']).is_empty();
        let source = self.raw.lines().find(has_content).map_or(usize::MAX, spaces);
        let decoded = self.decoded.lines().find(has_content).map_or(0, spaces);
        source.saturating_sub(decoded)
    }

    /// Line breaks, empty lines, and the indentation of the next line with content.
    fn blank_region(&self, indent: usize) -> Region {
        let rest = self.rest();
        let mut region = Region { len: 0, breaks: 0 };
        loop {
            let line = &rest[region.len..];
            let spaces = line.bytes().take(indent).take_while(|byte| *byte == b' ').count();
            let at_line_start = region.breaks > 0 || self.at == 0;
            let after = if at_line_start { &line[spaces..] } else { line };
            let skipped = line.len() - after.len();
            match break_len(after) {
                0 => {
                    region.len += skipped;
                    return region;
                }
                len => {
                    region.len += skipped + len;
                    region.breaks += 1;
                }
            }
        }
    }

    /// Breaks that stay: one decoded line feed for each. A line feed that stands for itself is mapped so.
    fn breaks(&mut self, region: Region) -> Option<()> {
        let end = self.at + region.len;
        for _ in 0..region.breaks {
            self.line_feed()?;
        }
        self.at = end;
        Some(())
    }

    /// What the chomping left: line feeds only.
    fn tail(&mut self) -> Option<()> {
        while !self.left().is_empty() {
            self.line_feed()?;
        }
        Some(())
    }

    fn line_feed(&mut self) -> Option<()> {
        self.at += self.rest().bytes().take_while(|byte| *byte == b' ').count();
        match break_len(self.rest()) {
            1 if self.rest().starts_with('\n') => self.verbatim(1),
            len => self.escape(len, "\n"),
        }
    }
}

/// What lies between two lines with content.
#[derive(Clone, Copy)]
struct Region {
    len: usize,
    breaks: usize,
}

/// What kind of line stands beside a break.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Start,
    Text,
    /// Starts with white space: its breaks are kept.
    Spaced,
}

impl Line {
    fn of(content: &str) -> Self {
        if content.starts_with([' ', '\t']) { Self::Spaced } else { Self::Text }
    }
}

enum Joint {
    Breaks,
    Folded,
}

/// YAML 1.2.2 section 8.1.3: only breaks between two lines of text fold.
fn joint(previous: Line, next: Line, folding: Folding) -> Joint {
    match (folding, previous, next) {
        (Folding::Fold, Line::Text, Line::Text) => Joint::Folded,
        _ => Joint::Breaks,
    }
}

fn blanks(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn break_len(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Line breaks with the blanks after each: their length and how many breaks they hold.
fn line_breaks(text: &str) -> (usize, usize) {
    let (mut len, mut breaks) = (0, 0);
    loop {
        match break_len(&text[len..]) {
            0 => return (len, breaks),
            width => {
                len += width;
                len += blanks(&text[len..]);
                breaks += 1;
            }
        }
    }
}
