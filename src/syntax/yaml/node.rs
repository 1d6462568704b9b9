//! Scalars: their span, their text, and what they mean.

use super::resolve::{Reading, boolean_1_1, candidates, resolve};
use super::{YamlVersion, walk};
use crate::source::{Problem, Span, TextMap};
use crate::syntax::{NodeKind, Scalar, ScalarStyle, VersionDispute};
use granit_parser::Tag;
use std::borrow::Cow;

/// The tags of YAML's type repository that have a form in the tree, by their short names.
const KNOWN_TAGS: [&str; 10] = ["str", "int", "float", "bool", "null", "timestamp", "binary", "map", "seq", "omap"];

/// The short name of a tag that is known here. `!` alone says: a string.
pub(super) fn known_tag(tag: &Tag) -> Option<&'static str> {
    if tag.original() == "!" {
        return Some("str");
    }
    let name = tag.suffix_in_namespace("tag:yaml.org,2002:")?;
    KNOWN_TAGS.into_iter().find(|known| *known == name)
}

/// A scalar as the parser gives it, with its place.
#[derive(Clone)]
pub(super) struct Raw<'s> {
    pub(super) text: Cow<'s, str>,
    pub(super) style: ScalarStyle,
    /// The scalar's own bytes: quotes and block header included.
    pub(super) span: Span,
    pub(super) map: TextMap,
    /// Of a plain scalar that may be something else than a string: what it is in either version.
    readings: Option<Box<(Reading, Reading)>>,
    source: &'s str,
}

impl<'s> Raw<'s> {
    /// `range` is the parser's; `after` is where the token before this one ends.
    pub(super) fn new(
        source: &'s str,
        mut text: Cow<'s, str>,
        style: granit_parser::ScalarStyle,
        range: Span,
        after: usize,
    ) -> Self {
        let style = style_of(style);
        let (content, whole) = match style {
            ScalarStyle::Single | ScalarStyle::Double => (inside_quotes(range), range),
            ScalarStyle::Literal | ScalarStyle::Folded => block_span(source, range, after),
            _ => (range, range),
        };
        // An empty plain scalar is null, whatever text the parser gives it.
        if style == ScalarStyle::Plain && range.is_empty() {
            text = Cow::Borrowed("");
        }
        let map = walk::text_map(source, content, whole, &text, style);
        let span = Span { start: whole.start, end: whole.end.max(map.end().unwrap_or_default()) };
        let readings = if style == ScalarStyle::Plain { candidates(&text).map(Box::new) } else { None };
        Self { text, style, span, map, readings, source }
    }

    /// The two readings of a plain scalar that only one YAML version takes for a string, or reads as another value.
    pub(super) fn dispute(&self) -> Option<VersionDispute> {
        let (old, new) = self.readings.as_deref()?;
        if old == new {
            return None;
        }
        let (yaml_1_1, yaml_1_2) = (old.describe(&self.text), new.describe(&self.text));
        (yaml_1_1 != yaml_1_2).then_some(VersionDispute { span: self.span, yaml_1_1, yaml_1_2 })
    }

    /// What the scalar means, by its tag or else by its looks.
    pub(super) fn value(self, version: YamlVersion, tag: Option<&str>, problems: &mut Vec<Problem>) -> NodeKind {
        match tag {
            None if self.style == ScalarStyle::Plain => self.plain(version, problems),
            None | Some("str" | "timestamp" | "binary") => self.string(),
            Some(name) => self.tagged(name, version, problems),
        }
    }

    fn string(self) -> NodeKind {
        NodeKind::Str(Scalar { text: self.text.into(), map: self.map, style: self.style })
    }

    fn plain(self, version: YamlVersion, problems: &mut Vec<Problem>) -> NodeKind {
        let reading = self.readings.as_deref().map_or(&Reading::Str, |(old, new)| match version {
            YamlVersion::V1_1 => old,
            YamlVersion::V1_2 => new,
        });
        match *reading {
            Reading::Null => NodeKind::Null,
            Reading::Bool(value) => NodeKind::Bool(value),
            Reading::Int(value) => NodeKind::Int(value),
            Reading::Float(value) => NodeKind::Float(value),
            Reading::Str => self.string(),
            Reading::BigInt => {
                problems.push(Problem::new(self.span, "the integer does not fit into 64 bits"));
                self.string()
            }
        }
    }

    fn tagged(self, name: &str, version: YamlVersion, problems: &mut Vec<Problem>) -> NodeKind {
        let value = match (name, resolve(&self.text, version)) {
            ("null", _) => Some(NodeKind::Null),
            ("bool", Reading::Bool(value)) => Some(NodeKind::Bool(value)),
            ("bool", _) => boolean_1_1(&self.text).map(NodeKind::Bool),
            ("int", Reading::Int(value)) => Some(NodeKind::Int(value)),
            ("float", Reading::Float(value)) => Some(NodeKind::Float(value)),
            ("float", Reading::Int(_)) => self.text.replace('_', "").parse().ok().map(NodeKind::Float),
            _ => None,
        };
        value.unwrap_or_else(|| {
            problems.push(Problem::new(self.span, format!("`{}` is no value of the tag `!!{name}`", self.shown())));
            self.string()
        })
    }

    fn shown(&self) -> &str {
        self.source.get(self.span.range()).unwrap_or(&self.text)
    }
}

fn style_of(style: granit_parser::ScalarStyle) -> ScalarStyle {
    match style {
        granit_parser::ScalarStyle::Plain => ScalarStyle::Plain,
        granit_parser::ScalarStyle::SingleQuoted => ScalarStyle::Single,
        granit_parser::ScalarStyle::DoubleQuoted => ScalarStyle::Double,
        granit_parser::ScalarStyle::Literal => ScalarStyle::Literal,
        granit_parser::ScalarStyle::Folded => ScalarStyle::Folded,
    }
}

fn inside_quotes(range: Span) -> Span {
    let range = range.range();
    Span::new(range.start + 1, range.end.saturating_sub(1))
}

/// The content and the whole of a block scalar. The parser's range starts in the first line of content, after its
/// indentation, and ends where the next token starts; the `|` or `>` before it belongs to the scalar too.
fn block_span(source: &str, range: Span, after: usize) -> (Span, Span) {
    let (start, end) = (range.range().start, range.range().end);
    let Some(header) = block_header(source, after, start) else { return (range, range) };
    let line_end = source[header..].find(['\n', '\r']).map_or(source.len(), |at| header + at);
    let width = if source[line_end..].starts_with("\r\n") { 2 } else { 1 };
    let content = (line_end + width).min(source.len());
    let text = source.get(content..end).unwrap_or_default();
    let written = content + text.trim_end_matches([' ', '\t', '\r', '\n']).len();
    let whole_end = if written > content { written } else { line_end };
    (Span::new(content, end.max(content)), Span::new(header, whole_end))
}

/// Where the `|` or `>` stands: on the last line before `start` that has anything on it, not before `after`.
fn block_header(source: &str, after: usize, start: usize) -> Option<usize> {
    let before = source.get(after..start)?;
    let blank = |line: &&str| line.trim_matches([' ', '\t', '\r', '\n']).is_empty();
    let mut end = start;
    for line in before.split_inclusive('\n').rev() {
        let line_start = end - line.len();
        end = line_start;
        if !blank(&line) {
            return header_in(line).map(|at| line_start + at);
        }
    }
    None
}

/// `|` or `>` with its indicators, then white space or the line's end.
fn header_in(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let is_white = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    (0..bytes.len()).filter(|at| matches!(bytes[*at], b'|' | b'>')).find(|at| {
        let rest = &bytes[at + 1..];
        let indicators = rest.iter().take_while(|byte| matches!(byte, b'-' | b'+' | b'0'..=b'9')).count();
        let before_is_white = *at == 0 || is_white(bytes[at - 1]) || matches!(bytes[at - 1], b':' | b'-');
        before_is_white && rest.get(indicators).is_none_or(|byte| is_white(*byte))
    })
}
