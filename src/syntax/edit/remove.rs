//! Taking an entry out.

use super::Layout;
use crate::source::{Edit, Span};
use crate::syntax::{Entry, Node};

/// Removes an entry with its line, or with its comma where it shares the line with others. The first key of a list
/// item leaves the dash to the next key; an item's only key leaves `{}`. A map that loses its last line is null
/// afterwards: remove the map's own entry instead.
#[must_use]
pub fn remove_entry(text: &str, entry: &Entry) -> Edit {
    let layout = Layout::of(text, entry);
    if layout.inline {
        return delete(with_comma(text, layout.start, layout.end));
    }
    if layout.in_braces(text) {
        return delete(with_comma(text, layout.start, layout.end));
    }
    if text[layout.line_start..layout.start].contains('-') {
        return after_dash(text, &layout);
    }
    delete(Span::new(layout.line_start, layout.line_end(text)))
}

/// Removes an item of a block list with its line. `None` where the item shares its line with something else (a flow list, a comment)
/// or takes several lines.
#[must_use]
pub fn remove_item(text: &str, item: &Node) -> Option<Edit> {
    let (start, end) = (item.span.start as usize, item.span.end as usize);
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at + 1);
    let before = text[line_start..start].trim();
    let alone = before == "-" && text[end..line_end].trim().is_empty() && !text[start..end].contains('\n');
    alone.then(|| delete(Span::new(line_start, line_end)))
}

fn delete(span: Span) -> Edit {
    Edit { span, replacement: String::new() }
}

/// `- key: value`: the next key of the same item moves up to the dash.
fn after_dash(text: &str, layout: &Layout) -> Edit {
    let column = layout.start - layout.line_start;
    let mut at = layout.line_end(text);
    for line in text[at..].split_inclusive('\n') {
        let indent = line.bytes().take_while(|byte| *byte == b' ').count();
        let content = line[indent..].trim_end();
        if !content.is_empty() && !content.starts_with('#') {
            if indent == column && !content.starts_with("- ") {
                return delete(Span::new(layout.start, at + indent));
            }
            break;
        }
        at += line.len();
    }
    let end = layout.start + text[layout.start..layout.end].trim_end().len();
    Edit { span: Span::new(layout.start, end), replacement: "{}".to_owned() }
}

/// The entry with the comma after it and the blanks behind that, or else with the comma before it.
fn with_comma(text: &str, start: usize, end: usize) -> Span {
    let blank = [' ', '\t', '\r', '\n'];
    let after = text[end..].trim_start_matches(blank);
    if let Some(rest) = after.strip_prefix(',') {
        let rest = rest.trim_start_matches(blank);
        // The last entry keeps no comma before the brace that TOML 1.0 would reject.
        if !rest.starts_with('}') {
            return Span::new(start, text.len() - rest.len());
        }
        let comma_end = text.len() - after.len() + 1;
        return Span::new(comma_before(text, start).unwrap_or(start), comma_end);
    }
    Span::new(comma_before(text, start).unwrap_or(start), end)
}

fn comma_before(text: &str, start: usize) -> Option<usize> {
    let before = text[..start].trim_end_matches([' ', '\t', '\r', '\n']);
    before.ends_with(',').then(|| before.len() - 1)
}
