//! Edits that leave the rest of the file as it was.
//!
//! The helpers make [`Edit`]s from the tree's spans; [`apply`] puts a set of them into the text. Whoever edits
//! parses again afterwards: a helper knows the layout around its span, not what the rule means.

mod quote;
mod remove;

pub use quote::{Format, quote_like};
pub use remove::{remove_entry, remove_item};

use super::{Entry, Node};
use crate::source::{Edit, Span};

/// Why edits cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("the edit at {}..{} does not lie in the text", .0.start, .0.end)]
    OutOfText(Span),
    #[error("the edit at {}..{} overlaps another one", .0.start, .0.end)]
    Overlap(Span),
}

/// The text with all edits made. Their order does not matter, save that insertions at one place stay in the order
/// given.
///
/// # Errors
/// When two edits overlap, or one does not lie on character boundaries of the text.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        let range = edit.span.range();
        if text.get(range.clone()).is_none() {
            return Err(EditError::OutOfText(edit.span));
        }
        if range.start < at {
            return Err(EditError::Overlap(edit.span));
        }
        result.push_str(&text[at..range.start]);
        result.push_str(&edit.replacement);
        at = range.end;
    }
    result.push_str(&text[at..]);
    Ok(result)
}

/// Writes `source` (quoted as it has to be, see [`quote_like`]) where the value stands. The value of a map key that
/// has none in YAML (`key:`) is an empty span after the colon, so the blank is added.
#[must_use]
pub fn replace_value(node: &Node, source: &str) -> Edit {
    let blank = if node.span.is_empty() { " " } else { "" };
    Edit { span: node.span, replacement: format!("{blank}{source}") }
}

/// Writes `source` (quoted as it has to be) where the key stands.
#[must_use]
pub fn rename_key(entry: &Entry, source: &str) -> Edit {
    Edit { span: entry.key.span, replacement: source.to_owned() }
}

/// Writes a new `key: value` or `key = value` after an entry: on a line of its own with the entry's indentation and
/// the file's line ending, or behind a comma where the entry shares its line with others.
#[must_use]
pub fn insert_after(text: &str, entry: &Entry, source: &str) -> Edit {
    let layout = Layout::of(text, entry);
    if layout.inline || layout.in_braces(text) {
        return Edit { span: Span::at(layout.end), replacement: format!(", {source}") };
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let column = " ".repeat(text[layout.line_start..layout.start].chars().count());
    let line_end = layout.line_end(text);
    let replacement = if text[..line_end].ends_with('\n') {
        format!("{column}{source}{newline}")
    } else {
        format!("{newline}{column}{source}")
    };
    Edit { span: Span::at(line_end), replacement }
}

/// How an entry stands among its neighbours.
struct Layout {
    line_start: usize,
    start: usize,
    end: usize,
    /// Inside `{..}` on a line with other things.
    inline: bool,
}

impl Layout {
    fn of(text: &str, entry: &Entry) -> Self {
        let start = entry.key.span.range().start;
        // What came through an alias stands elsewhere: the entry ends with the alias.
        let value = entry.value.via_alias.unwrap_or(entry.value.span);
        let end = value.range().end.max(entry.key.span.range().end);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = text[line_start..start].trim_start_matches('\u{feff}');
        let inline = !before.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'?'));
        Self { line_start, start, end, inline }
    }

    /// Whether the entry stands on a line of its own, but between braces.
    fn in_braces(&self, text: &str) -> bool {
        text[self.end..].trim_start().starts_with([',', '}'])
    }

    /// The start of the next line after the entry.
    fn line_end(&self, text: &str) -> usize {
        if text[..self.end].ends_with('\n') {
            return self.end;
        }
        text[self.end..].find('\n').map_or(text.len(), |at| self.end + at + 1)
    }
}

#[cfg(test)]
mod tests;
