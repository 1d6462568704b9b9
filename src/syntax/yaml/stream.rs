//! The documents of a stream, and going on after an error.

use super::YamlVersion;
use super::build::{Builder, Finished, Stop, problem, span_of};
use super::comments::{comments, sound_until};
use crate::source::Span;
use crate::syntax::keys::Lines;
use crate::syntax::{Comment, Document, Node, NodeKind};
use granit_parser::{Event, Parser, StrInput};

fn has_mark(text: &str) -> bool {
    memchr::memchr(b'#', text.as_bytes()).is_some()
}

/// The documents of one text.
pub(super) struct Stream<'s> {
    text: &'s str,
    version: YamlVersion,
    lines: Lines<'s>,
    parser: Parser<'s, StrInput<'s>>,
    documents: Vec<Document>,
    /// The scalars with a `#` of the document that is being read.
    scalars: Vec<Span>,
    /// Whether there is a `#` at all.
    has_marks: bool,
    /// Up to where comments were looked for.
    seen: usize,
    /// Whether what comes before the next event was skipped after an error.
    skipped: bool,
}

impl<'s> Stream<'s> {
    pub(super) fn new(text: &'s str, version: YamlVersion) -> Self {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            // As PyYAML and libyaml do: nothing is added to the last line of a file.
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
        };
        Self {
            text,
            version,
            lines: Lines::new(text),
            parser: Parser::new_from_str_with_options(text, options),
            // Nearly all files are one document, which is large.
            documents: Vec::with_capacity(1),
            scalars: Vec::new(),
            has_marks: has_mark(text),
            seen: 0,
            skipped: false,
        }
    }

    pub(super) fn documents(mut self) -> Vec<Document> {
        while let Some(event) = self.parser.next_event() {
            match event {
                Ok((event, span)) => {
                    let span = span_of(&span);
                    if std::mem::take(&mut self.skipped) {
                        self.seen = span.range().start;
                    }
                    if matches!(event, Event::DocumentStart(..)) {
                        self.document(span);
                    }
                }
                Err(error) => {
                    let problem = problem(self.text, &error);
                    let at = problem.span;
                    let end = sound_until(self.text, Span::new(self.seen, at.range().end));
                    self.push((Node::new(NodeKind::Null, at), vec![problem], Vec::new()), at, end);
                    if !self.recover() {
                        break;
                    }
                }
            }
        }
        // Comments after the last document belong to it.
        let mut after = if self.skipped { Vec::new() } else { self.comments(self.text.len()) };
        if let Some(last) = self.documents.last_mut() {
            last.comments.append(&mut after);
        }
        self.documents
    }

    fn document(&mut self, start: Span) {
        let mut builder = Builder::new(self.text, self.version, &self.lines, start.range().end);
        let mut whole = start;
        let mut end = self.text.len();
        let stop = loop {
            // An event is large: it is looked at where it is.
            let mut next = self.parser.next_event();
            match &mut next {
                None => break None,
                Some(Err(error)) => break Some(Stop::Syntax(error.clone())),
                Some(Ok((Event::DocumentEnd, span))) => {
                    let span = span_of(span);
                    whole = whole.to(span);
                    end = span.range().start;
                    break None;
                }
                Some(Ok((event, span))) => {
                    if let Event::Scalar(text, ..) = event
                        && self.has_marks
                        && has_mark(text)
                    {
                        self.scalars.push(span_of(span));
                    }
                    if let Err(stop) = builder.event(event, span) {
                        break Some(stop);
                    }
                }
            }
        };
        if let Some(stop) = &stop {
            end = sound_until(self.text, builder.stretch_to(stop));
        }
        self.push(builder.finish(stop.as_ref()), whole, end);
        if stop.is_some() {
            self.recover();
        }
    }

    /// The comments up to `end` that were not looked for yet.
    fn comments(&self, end: usize) -> Vec<Comment> {
        if self.has_marks { comments(self.text, Span::new(self.seen, end), &self.scalars) } else { Vec::new() }
    }

    /// Adds a document with the comments up to `end`.
    fn push(&mut self, (root, mut problems, version_disputes): Finished, start: Span, end: usize) {
        problems.sort_by_key(|problem| problem.span);
        let comments = self.comments(end);
        self.scalars.clear();
        self.seen = end;
        let span = if root.via_alias.is_none() { start.to(root.span) } else { start };
        self.documents.push(Document { root, span, comments, problems, version_disputes });
    }

    /// Goes on with the next document after an error; `false` when there is no going on.
    fn recover(&mut self) -> bool {
        self.skipped = true;
        match self.parser.proceed_next_document() {
            Ok(more) => more,
            Err(error) => {
                if let Some(document) = self.documents.last_mut() {
                    document.problems.push(problem(self.text, &error));
                }
                false
            }
        }
    }
}
