//! From offsets in a decoded scalar back to the bytes it was written with.
//!
//! Query languages are lexed on decoded text. Their spans are translated once, when the query tree is
//! attached to the rule, so everything later sees positions in the file.

use super::Span;
use std::borrow::Cow;

/// How a run of decoded text came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Byte for byte the same in the source.
    Verbatim,
    /// Written in another way (an escape, a folded line break): a range that touches it covers it whole.
    Escape,
}

/// One run of decoded text and the source bytes it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub decoded: u32,
    pub decoded_len: u32,
    pub source: Span,
    pub kind: PieceKind,
}

/// The way from a decoded scalar back to its source. Every key and string has one, and most stand there as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMap(Way);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// Every range is this one.
    Opaque(Span),
    /// The text stands there as it is.
    Verbatim(Span),
    Pieces(Box<Pieces>),
}

/// Runs that cover a decoded scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pieces {
    /// At least one, in order.
    runs: Vec<Piece>,
    /// The whole scalar's content in the source: what an unmapped range falls back to.
    whole: Span,
}

impl Default for TextMap {
    fn default() -> Self {
        Self::opaque(Span::default())
    }
}

impl TextMap {
    /// A map without pieces: every range translates to `whole`. Never a wrong caret, only a wide one.
    #[must_use]
    pub fn opaque(whole: Span) -> Self {
        Self(Way::Opaque(whole))
    }

    /// The map of text that stands in the source exactly as it is at `span`.
    #[must_use]
    pub fn verbatim(span: Span) -> Self {
        if span.is_empty() { Self::opaque(span) } else { Self(Way::Verbatim(span)) }
    }

    /// The runs that cover the decoded text, in order; none for a map that is opaque.
    #[must_use]
    pub fn pieces(&self) -> Cow<'_, [Piece]> {
        match &self.0 {
            Way::Opaque(_) => Cow::Borrowed(&[]),
            Way::Verbatim(span) => {
                let decoded_len = to_u32(span.len());
                Cow::Owned(vec![Piece { decoded: 0, decoded_len, source: *span, kind: PieceKind::Verbatim }])
            }
            Way::Pieces(pieces) => Cow::Borrowed(&pieces.runs),
        }
    }

    /// The length of the decoded text that is covered.
    #[must_use]
    pub fn decoded_len(&self) -> u32 {
        match &self.0 {
            Way::Opaque(_) => 0,
            Way::Verbatim(span) => to_u32(span.len()),
            Way::Pieces(pieces) => decoded_len(&pieces.runs),
        }
    }

    /// Where the source of the covered text ends; `None` for a map without pieces.
    #[must_use]
    pub fn end(&self) -> Option<u32> {
        match &self.0 {
            Way::Opaque(_) => None,
            Way::Verbatim(span) => Some(span.end),
            Way::Pieces(pieces) => pieces.runs.last().map(|piece| piece.source.end),
        }
    }

    /// The whole scalar in the source.
    #[must_use]
    pub fn whole(&self) -> Span {
        match &self.0 {
            Way::Opaque(whole) | Way::Verbatim(whole) => *whole,
            Way::Pieces(pieces) => pieces.whole,
        }
    }

    /// Where a range of decoded bytes stands in the source. A range outside the covered text gives the
    /// whole scalar; an empty range at the end gives the point after the last piece.
    #[must_use]
    pub fn to_source(&self, range: Span) -> Span {
        if range.end > self.decoded_len() {
            return self.whole();
        }
        match &self.0 {
            Way::Opaque(whole) => *whole,
            Way::Verbatim(span) => Span { start: span.start + range.start, end: span.start + range.end },
            Way::Pieces(pieces) => {
                let start = pieces.point(range.start, Edge::Start);
                let end = if range.is_empty() { start } else { pieces.point(range.end, Edge::End) };
                Span { start, end: end.max(start) }
            }
        }
    }
}

impl Pieces {
    fn point(&self, offset: u32, edge: Edge) -> u32 {
        let index = match edge {
            Edge::Start => self.runs.partition_point(|p| p.decoded + p.decoded_len <= offset),
            Edge::End => self.runs.partition_point(|p| p.decoded + p.decoded_len < offset),
        };
        let Some(piece) = self.runs.get(index) else {
            return self.runs.last().map_or(self.whole.end, |p| p.source.end);
        };
        match (piece.kind, edge) {
            (PieceKind::Verbatim, _) => piece.source.start + (offset - piece.decoded),
            (PieceKind::Escape, Edge::Start) => piece.source.start,
            (PieceKind::Escape, Edge::End) => piece.source.end,
        }
    }
}

/// The map of text that was written in another way in places, made from run to run.
#[derive(Debug, Clone)]
pub struct TextMapBuilder(Pieces);

impl TextMapBuilder {
    /// For a scalar whose content is `whole` in the source.
    #[must_use]
    pub fn new(whole: Span) -> Self {
        Self(Pieces { runs: Vec::new(), whole })
    }

    /// Appends a run that is the same in the source.
    pub fn push_verbatim(&mut self, source: Span) {
        self.push(source.len(), source, PieceKind::Verbatim);
    }

    /// Appends `decoded_len` bytes of decoded text that were written as `source`.
    pub fn push_escape(&mut self, decoded_len: usize, source: Span) {
        self.push(decoded_len, source, PieceKind::Escape);
    }

    fn push(&mut self, decoded_len: usize, source: Span, kind: PieceKind) {
        if decoded_len == 0 {
            return;
        }
        let (decoded, decoded_len) = (self.decoded_len(), to_u32(decoded_len));
        match self.0.runs.last_mut() {
            Some(last) if kind == PieceKind::Verbatim && last.kind == kind && last.source.end == source.start => {
                last.source.end = source.end;
                last.decoded_len += decoded_len;
            }
            _ => self.0.runs.push(Piece { decoded, decoded_len, source, kind }),
        }
    }

    /// Takes back all runs.
    pub fn clear(&mut self) {
        self.0.runs.clear();
    }

    /// The length of the decoded text so far.
    #[must_use]
    pub fn decoded_len(&self) -> u32 {
        decoded_len(&self.0.runs)
    }

    #[must_use]
    pub fn finish(self) -> TextMap {
        match self.0.runs.as_slice() {
            [] => TextMap::opaque(self.0.whole),
            [only] if only.kind == PieceKind::Verbatim && only.source == self.0.whole => {
                TextMap::verbatim(self.0.whole)
            }
            _ => TextMap(Way::Pieces(Box::new(self.0))),
        }
    }
}

fn decoded_len(runs: &[Piece]) -> u32 {
    runs.last().map_or(0, |piece| piece.decoded + piece.decoded_len)
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

fn to_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a\tbc` written with an escape at source offset 10: `a` `\t` `bc`.
    fn sample() -> TextMap {
        let mut map = TextMapBuilder::new(Span::new(10, 15));
        map.push_verbatim(Span::new(10, 11));
        map.push_escape(1, Span::new(11, 13));
        map.push_verbatim(Span::new(13, 15));
        map.finish()
    }

    #[test]
    fn runs_that_follow_each_other_are_one() {
        let mut map = TextMapBuilder::new(Span::new(10, 15));
        map.push_verbatim(Span::new(10, 12));
        map.push_verbatim(Span::new(12, 15));
        assert_eq!(map.finish(), TextMap::verbatim(Span::new(10, 15)));
        assert_eq!(TextMapBuilder::new(Span::at(3)).finish(), TextMap::verbatim(Span::at(3)));
        assert_eq!(TextMap::verbatim(Span::new(10, 15)).to_source(Span::new(1, 3)), Span::new(11, 13));
        assert_eq!(TextMap::opaque(Span::new(10, 15)).to_source(Span::at(0)), Span::new(10, 15));
    }

    #[test]
    fn a_verbatim_range_is_shifted() {
        assert_eq!(sample().to_source(Span::new(2, 4)), Span::new(13, 15));
        assert_eq!(sample().to_source(Span::new(0, 1)), Span::new(10, 11));
    }

    #[test]
    fn a_range_that_touches_an_escape_covers_it_whole() {
        assert_eq!(sample().to_source(Span::new(1, 2)), Span::new(11, 13));
        assert_eq!(sample().to_source(Span::new(0, 2)), Span::new(10, 13));
    }

    #[test]
    fn the_end_is_after_the_last_piece_and_beyond_it_the_whole() {
        assert_eq!(sample().to_source(Span::at(4)), Span::at(15));
        assert_eq!(sample().to_source(Span::new(2, 9)), Span::new(10, 15));
    }
}
