//! The lines of a text around a place, as miette chooses them, without looking at one byte after the other.

use memchr::memchr2;
use smallvec::SmallVec;
use std::ops::Range;

/// A place with the lines around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) place: Range<usize>,
    /// The number of its first line, from 0.
    pub(super) line: usize,
    /// The line ends up to its end.
    pub(super) lines: usize,
}

/// The place with `before` lines before it and `after` lines after it; without any it is the place alone. `None` where it lies outside.
pub(super) fn around(text: &[u8], place: &Range<usize>, before: usize, after: usize) -> Option<Around> {
    let last = place.end.saturating_sub(1);
    let mut starts: SmallVec<[usize; 4]> = SmallVec::new();
    let (mut at, mut line_start, mut line, mut lines) = (0, 0, 0, 0);
    // Whether the end of the place was passed, and a line ended since.
    let (mut passed, mut ended, mut following) = (false, false, 0);
    loop {
        let end = memchr2(b'\r', b'\n', &text[at..]).map_or(text.len(), |found| at + found);
        let reached = at.max(last);
        if reached < end {
            passed = true;
            if following >= after {
                at = reached + 1;
                break;
            }
        }
        at = end;
        let Some(byte) = text.get(end) else { break };
        lines += 1;
        if *byte == b'\r' && text.get(end + 1) == Some(&b'\n') {
            at += 1;
        }
        if at < place.start {
            starts.push(line_start);
            if starts.len() > before {
                line += 1;
                starts.remove(0);
            }
        } else if passed && at >= last {
            following += usize::from(ended);
            ended = true;
        }
        line_start = at + 1;
        passed |= at >= last;
        at += 1;
        if passed && following >= after {
            break;
        }
    }
    let start = starts.first().copied().unwrap_or(if before == 0 { place.start } else { 0 });
    (at >= last).then_some(Around { place: start..at, line, lines })
}

#[cfg(test)]
mod tests {
    use super::{Around, around};
    use miette::{SourceCode, SourceSpan};
    use proptest::prelude::*;

    fn miettes(text: &str, start: usize, length: usize, before: usize, after: usize) -> Option<Around> {
        let span = SourceSpan::from((start, length));
        let found = text.read_span(&span, before, after).ok()?;
        let start = found.span().offset();
        Some(Around { place: start..start + found.span().len(), line: found.line(), lines: found.line_count() })
    }

    proptest! {
        #[test]
        fn miette_chooses_the_same(
            text in "[ab\r\n]{0,16}", start in 0_usize..18, length in 0_usize..8, before in 0_usize..3, after in 0_usize..3,
        ) {
            let start = start.min(text.len());
            let found = around(text.as_bytes(), &(start..start + length), before, after);
            prop_assert_eq!(found, miettes(&text, start, length, before, after));
        }
    }
}
