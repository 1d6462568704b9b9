//! TOML into the spanned tree.
//!
//! `toml_parser` lexes, parses to events, and decodes; the merging of headers, dotted keys and arrays of tables
//! (TOML 1.0, sections Keys, Table, Array of Tables) is done here, because every key must keep its own place.

mod build;
mod scalar;
mod table;

use super::keys::Lines;
use super::{Comment, Document, MAX_DEPTH};
use crate::source::{Problem, Span};
use toml_parser::parser::{Event, EventKind, EventReceiver, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Source};

/// Reads a TOML file: everything that can be read, beside all that is wrong with it.
///
/// Accepts TOML 1.1 and reports what a TOML 1.0 reader rejects. The first of two equal keys wins.
#[must_use]
pub fn parse(text: &str) -> Document {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut problems = Problems::new(text);
    let mut events = Events::default();
    parse_document(&tokens, &mut ValidateWhitespace::new(&mut events, source), &mut problems);
    let comments = events.comments(text);
    let root = build::Builder::new(source, &events.list, &mut problems).document();
    let mut problems = problems.list;
    problems.sort_by_key(|problem| problem.span);
    Document { root, span: Span::new(0, text.len()), comments, problems, version_disputes: Vec::new() }
}

fn span_of(span: toml_parser::Span) -> Span {
    Span::new(span.start(), span.end())
}

/// The problems found so far.
struct Problems<'s> {
    list: Vec<Problem>,
    lines: Lines<'s>,
}

impl<'s> Problems<'s> {
    fn new(text: &'s str) -> Self {
        Self { list: Vec::new(), lines: Lines::new(text) }
    }

    fn push(&mut self, span: Span, message: impl Into<String>) {
        self.list.push(Problem::new(span, message));
    }

    /// `what` is TOML 1.1 only.
    fn newer(&mut self, span: Span, what: &str) {
        let problem = Problem::new(span, format!("{what} is TOML 1.1, which TOML 1.0 readers reject"));
        self.list.push(problem);
    }

    fn newer_escapes(&mut self, spans: &[Span]) {
        for span in spans {
            self.newer(*span, "this escape");
        }
    }

    fn duplicate(&mut self, key: &str, second: Span, first: Span) {
        let line = self.lines.line(first.start);
        self.push(second, format!("duplicate key `{key}`: it is first defined on line {line}"));
    }
}

impl ErrorSink for Problems<'_> {
    fn report_error(&mut self, error: ParseError) {
        let span = error.unexpected().or(error.context()).map_or_else(Span::default, span_of);
        let problem = Problem::new(span, error.description());
        self.list.push(match error.expected().and_then(expectation) {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
}

fn expectation(expected: &[Expected]) -> Option<String> {
    let words = expected.iter().filter_map(|item| match item {
        Expected::Literal(text) if *text == "\n" => Some("a line break".to_owned()),
        Expected::Literal(text) => Some(format!("`{text}`")),
        Expected::Description(text) => Some((*text).to_owned()),
        _ => None,
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| format!("expected {}", words.join(" or ")))
}

/// The parser's events, with collections deeper than [`MAX_DEPTH`] left out. What is refused still gets its close
/// event from the parser (unless the file ends), so `refused` counts the opens that were not recorded.
#[derive(Default)]
struct Events {
    list: Vec<Event>,
    depth: usize,
    refused: bool,
}

impl Events {
    fn push(&mut self, kind: EventKind, span: toml_parser::Span) {
        self.list.push(Event::new_unchecked(kind, None, span));
    }

    fn open(&mut self, kind: EventKind, span: toml_parser::Span, error: &mut dyn ErrorSink) -> bool {
        if self.depth == MAX_DEPTH {
            error.report_error(
                ParseError::new(format!("more than {MAX_DEPTH} levels of nesting")).with_unexpected(span),
            );
            self.refused = true;
            return false;
        }
        self.depth += 1;
        self.push(kind, span);
        true
    }

    fn close(&mut self, kind: EventKind, span: toml_parser::Span) {
        if std::mem::take(&mut self.refused) {
            return;
        }
        self.depth = self.depth.saturating_sub(1);
        self.push(kind, span);
    }

    fn comments(&self, text: &str) -> Vec<Comment> {
        let comments = self.list.iter().filter(|event| event.kind() == EventKind::Comment);
        let spans = comments.map(|event| span_of(event.span()));
        spans.map(|span| Comment { text: text.get(span.range()).unwrap_or_default().to_owned(), span }).collect()
    }
}

type TomlSpan = toml_parser::Span;
type Kind = Option<toml_parser::decoder::Encoding>;

impl EventReceiver for Events {
    fn std_table_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::StdTableOpen, span);
    }
    fn std_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::StdTableClose, span);
    }
    fn array_table_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::ArrayTableOpen, span);
    }
    fn array_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::ArrayTableClose, span);
    }
    fn inline_table_open(&mut self, span: TomlSpan, error: &mut dyn ErrorSink) -> bool {
        self.open(EventKind::InlineTableOpen, span, error)
    }
    fn inline_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.close(EventKind::InlineTableClose, span);
    }
    fn array_open(&mut self, span: TomlSpan, error: &mut dyn ErrorSink) -> bool {
        self.open(EventKind::ArrayOpen, span, error)
    }
    fn array_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.close(EventKind::ArrayClose, span);
    }
    fn simple_key(&mut self, span: TomlSpan, kind: Kind, _: &mut dyn ErrorSink) {
        self.list.push(Event::new_unchecked(EventKind::SimpleKey, kind, span));
    }
    fn key_val_sep(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::KeyValSep, span);
    }
    fn scalar(&mut self, span: TomlSpan, kind: Kind, _: &mut dyn ErrorSink) {
        self.list.push(Event::new_unchecked(EventKind::Scalar, kind, span));
    }
    fn value_sep(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::ValueSep, span);
    }
    fn comment(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::Comment, span);
    }
    fn newline(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.push(EventKind::Newline, span);
    }
}

#[cfg(test)]
mod tests;
