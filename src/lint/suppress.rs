//! Comments that switch lints off: `# detc-ignore: name[, name] [reason]` for its own or the next line,
//! `# detc-ignore-file: name[, name] [reason]` for the file. A family or `all` stands for its lints.

use super::config::{covers, is_known, unknown};
use super::find;
use crate::frontend::Loaded;
use crate::source::{Diagnostic, Level, Location, SourceFile, SourceId, Span, Unit};
use crate::syntax::{Node, NodeKind};
use memchr::memmem::Finder;
use std::sync::LazyLock;

const MARKER: &str = "detc-ignore";
/// Every file is searched for it.
static SEARCH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARKER));

/// The suppressions of a file and its companions.
#[derive(Debug, Default)]
pub(super) struct Suppressions {
    entries: Vec<Entry>,
    /// The strings of the main file, where something is suppressed: no comment can stand in them.
    strings: Vec<Span>,
}

#[derive(Debug)]
struct Entry {
    source: SourceId,
    /// The lines that it speaks of; `None` for the whole file.
    lines: Option<(usize, usize)>,
    selectors: Vec<String>,
}

/// Reads the comments; the second part is what is wrong with them.
pub(super) fn read(loaded: &Loaded) -> (Suppressions, Vec<Diagnostic>) {
    let mut found = (Suppressions::default(), Vec::new());
    for (index, file) in loaded.unit.files.iter().enumerate() {
        let source = SourceId(u16::try_from(index).unwrap_or(u16::MAX));
        if SEARCH.find(file.text.as_bytes()).is_none() {
            continue;
        }
        if source == SourceId::MAIN {
            for comment in loaded.documents.iter().flat_map(|document| &document.comments) {
                add(&mut found, source, file, comment.span);
            }
        } else {
            // A companion's comments are not parsed here; the marker inside one of its strings does no harm.
            companion_comments(file).into_iter().for_each(|span| add(&mut found, source, file, span));
        }
    }
    if !found.0.entries.is_empty() {
        loaded.documents.iter().for_each(|document| strings(&document.root, &mut found.0.strings));
    }
    found
}

fn strings(node: &Node, found: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Str(_) => found.push(node.span),
        NodeKind::Seq(items) => items.iter().for_each(|item| strings(item, found)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| strings(&entry.value, found)),
        _ => {}
    }
}

fn companion_comments(file: &SourceFile) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        if line.contains(MARKER)
            && let Some(start) = line.find('#')
        {
            spans.push(Span::new(at + start, at + line.trim_end().len()));
        }
        at += line.len();
    }
    spans
}

fn add(found: &mut (Suppressions, Vec<Diagnostic>), source: SourceId, file: &SourceFile, comment: Span) {
    let text = file.slice(comment);
    let Some(at) = text.find(MARKER) else { return };
    let rest = &text[at + MARKER.len()..];
    let (rest, whole_file) = match rest.strip_prefix("-file") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let Some(list) = rest.strip_prefix(':') else {
        let message = "a suppression names its lints: `# detc-ignore: name`";
        return found.1.push(complaint(source, comment, message.to_owned()));
    };
    let base = comment.start as usize + text.len() - list.len();
    let mut selectors = Vec::new();
    for (offset, name) in names(list) {
        if is_known(name) {
            selectors.push(name.to_owned());
        } else {
            let span = Span::new(base + offset, base + offset + name.len());
            found.1.push(complaint(source, span, unknown(name).to_string()));
        }
    }
    let lines = (!whole_file).then(|| lines_of(file, comment));
    found.0.entries.push(Entry { source, lines, selectors });
}

fn complaint(source: SourceId, span: Span, message: String) -> Diagnostic {
    Diagnostic::new("bad-suppression", Level::Warning, Location::new(source, span), message)
        .help("`detc lints` lists the names")
}

/// The names of the list with their offsets. What follows the first name without a comma is the reason.
fn names(list: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in list.split_inclusive(',') {
        let trimmed = part.trim_start();
        let start = at + part.len() - trimmed.len();
        let end = trimmed.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(trimmed.len());
        if end > 0 {
            found.push((start, &trimmed[..end]));
        }
        if trimmed[end..].trim_end() != "," {
            break;
        }
        at += part.len();
    }
    found
}

/// A comment after something speaks of its own line, one that stands alone of the next line that is no comment.
fn lines_of(file: &SourceFile, comment: Span) -> (usize, usize) {
    let (line, _) = file.line_column(comment.start);
    let start = comment.start as usize;
    let line_start = file.text[..start].rfind('\n').map_or(0, |at| at + 1);
    if !file.text[line_start..start].trim().is_empty() {
        return (line, line);
    }
    let following = file.text[start..].lines().skip(1).take_while(|line| line.trim_start().starts_with('#')).count();
    (line, line + following + 1)
}

impl Suppressions {
    /// Whether a comment silences the finding.
    pub(super) fn cover(&self, unit: &Unit, diagnostic: &Diagnostic) -> bool {
        let relevant = self.entries.iter().filter(|entry| {
            let named = |selector: &String| match find(diagnostic.lint) {
                Some(meta) => covers(selector, meta),
                None => selector == diagnostic.lint || selector == "all",
            };
            entry.source == diagnostic.location.source && entry.selectors.iter().any(named)
        });
        let mut lines: Option<Vec<usize>> = None;
        for entry in relevant {
            let Some((first, last)) = entry.lines else { return true };
            let places = lines.get_or_insert_with(|| self.lines_to_match(unit, diagnostic.location));
            if places.iter().any(|line| (first..=last).contains(line)) {
                return true;
            }
        }
        false
    }

    /// The lines at which a comment may stand for a finding: its own first line and, because there are no comments inside a
    /// string of several lines, the first and last line of that string.
    fn lines_to_match(&self, unit: &Unit, location: Location) -> Vec<usize> {
        let file = unit.file(location.source);
        let line = |offset: u32| file.line_column(offset).0;
        let mut lines = vec![line(location.span.start)];
        if location.source == SourceId::MAIN {
            let around = self.strings.iter().find(|span| span.contains(location.span));
            if let Some(span) = around.filter(|span| **span != location.span) {
                lines.extend([line(span.start), line(span.end)]);
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_end_at_the_reason() {
        assert_eq!(names(" a-b, c because d, e"), [(1, "a-b"), (6, "c")]);
        assert_eq!(names("a"), [(0, "a")]);
        assert_eq!(names(" "), []);
    }
}
