//! Comments. The parser passes over them: its events for them would cost every file more than finding them here.

use crate::source::Span;
use crate::syntax::Comment;

/// The comments of a part of a text: each `#` at its start or behind white space, up to the line's end (YAML 1.2.2 section 6.6), that
/// does not stand in one of the scalars, which are sorted. A scalar without `#` need not be named, and an empty block scalar must not:
/// its range is its header, which may have a comment.
pub(super) fn comments(text: &str, part: Span, scalars: &[Span]) -> Vec<Comment> {
    let mut scalars = scalars.iter().peekable();
    let mut found = Vec::new();
    let mut after = part.range().start;
    while let Some(len) = text.get(after..part.range().end).and_then(|rest| memchr::memchr(b'#', rest.as_bytes())) {
        let start = after + len;
        while scalars.next_if(|scalar| scalar.range().end <= start).is_some() {}
        if let Some(scalar) = scalars.peek().filter(|scalar| scalar.range().contains(&start)) {
            after = scalar.range().end;
            continue;
        }
        after = start + 1;
        if begins_comment(&text[..start]) {
            let line = &text[start..];
            let comment = &line[..line.find(['\n', '\r']).unwrap_or(line.len())];
            after = start + comment.len();
            found.push(Comment { text: comment.to_owned(), span: Span::new(start, after) });
        }
    }
    found
}

/// Whether a `#` behind this begins a comment. A byte order mark at the start of a text is no content.
fn begins_comment(before: &str) -> bool {
    before.is_empty() || before.ends_with([' ', '\t', '\n', '\r', '\u{feff}'])
}

/// How far comments can stand in a stretch that ends with an error: a quoted or block scalar in it was not read to its end, and its `#`
/// are its own.
pub(super) fn sound_until(text: &str, stretch: Span) -> usize {
    let rest = text.get(stretch.range()).unwrap_or_default();
    stretch.range().start + rest.find(['"', '\'', '|', '>']).unwrap_or(rest.len())
}
