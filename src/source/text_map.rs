//! From offsets in a decoded scalar back to the bytes it was written with.
//!
//! Query languages are lexed on decoded text. Their spans are translated once, when the query tree is
//! attached to the rule, so everything later sees positions in the file.

use super::Span;
use smallvec::{SmallVec, smallvec};

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

/// Sorted pieces that cover a decoded scalar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextMap {
    /// Most scalars are one verbatim run.
    pieces: SmallVec<[Piece; 1]>,
    /// The whole scalar's content in the source: what an unmapped range falls back to.
    whole: Span,
}

impl TextMap {
    /// A map without pieces: every range translates to `whole`. Never a wrong caret, only a wide one.
    #[must_use]
    pub fn opaque(whole: Span) -> Self {
        Self { pieces: SmallVec::new(), whole }
    }

    /// The map of text that stands in the source exactly as it is at `span`.
    #[must_use]
    pub fn verbatim(span: Span) -> Self {
        if span.is_empty() {
            return Self::opaque(span);
        }
        let piece = Piece { decoded: 0, decoded_len: to_u32(span.len()), source: span, kind: PieceKind::Verbatim };
        Self { pieces: smallvec![piece], whole: span }
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
        let decoded = self.decoded_len();
        if let Some(last) = self.pieces.last_mut()
            && kind == PieceKind::Verbatim
            && last.kind == kind
            && last.source.end == source.start
        {
            last.source.end = source.end;
            last.decoded_len += to_u32(decoded_len);
            return;
        }
        self.pieces.push(Piece { decoded, decoded_len: to_u32(decoded_len), source, kind });
    }

    /// The length of the decoded text that the pieces cover.
    #[must_use]
    pub fn decoded_len(&self) -> u32 {
        self.pieces.last().map_or(0, |piece| piece.decoded + piece.decoded_len)
    }

    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The whole scalar in the source.
    #[must_use]
    pub fn whole(&self) -> Span {
        self.whole
    }

    /// Where a range of decoded bytes stands in the source. A range outside the pieces gives the
    /// whole scalar; an empty range at the end gives the point after the last piece.
    #[must_use]
    pub fn to_source(&self, range: Span) -> Span {
        if self.pieces.is_empty() || range.end > self.decoded_len() {
            return self.whole;
        }
        let start = self.point(range.start, Edge::Start);
        if range.is_empty() {
            return Span { start, end: start };
        }
        let end = self.point(range.end, Edge::End);
        Span { start, end: end.max(start) }
    }

    fn point(&self, offset: u32, edge: Edge) -> u32 {
        let index = match edge {
            Edge::Start => self.pieces.partition_point(|p| p.decoded + p.decoded_len <= offset),
            Edge::End => self.pieces.partition_point(|p| p.decoded + p.decoded_len < offset),
        };
        let Some(piece) = self.pieces.get(index) else {
            return self.pieces.last().map_or(self.whole.end, |p| p.source.end);
        };
        match (piece.kind, edge) {
            (PieceKind::Verbatim, _) => piece.source.start + (offset - piece.decoded),
            (PieceKind::Escape, Edge::Start) => piece.source.start,
            (PieceKind::Escape, Edge::End) => piece.source.end,
        }
    }
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
        let mut map = TextMap::opaque(Span::new(10, 15));
        map.push_verbatim(Span::new(10, 11));
        map.push_escape(1, Span::new(11, 13));
        map.push_verbatim(Span::new(13, 15));
        map
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
