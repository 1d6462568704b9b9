//! The documents of a stream, and going on after an error.

use super::YamlVersion;
use super::build::{Builder, Stop, problem, span_of};
use crate::source::{Problem, Span};
use crate::syntax::keys::Lines;
use crate::syntax::{Comment, Document, Node, NodeKind, VersionDispute};
use granit_parser::{Event, Parser, StrInput};

/// The documents of one text.
pub(super) struct Stream<'s> {
    text: &'s str,
    version: YamlVersion,
    lines: Lines<'s>,
    parser: Parser<'s, StrInput<'s>>,
    documents: Vec<Document>,
    comments: Vec<Comment>,
}

impl<'s> Stream<'s> {
    pub(super) fn new(text: &'s str, version: YamlVersion) -> Self {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            max_buffered_comment_events: usize::MAX,
            // As PyYAML and libyaml do: nothing is added to the last line of a file.
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
            // The parser does not look for what the text has not.
            emit_comments: text.contains('#'),
        };
        let parser = Parser::new_from_str_with_options(text, options);
        Self { text, version, lines: Lines::new(text), parser, documents: Vec::new(), comments: Vec::new() }
    }

    pub(super) fn documents(mut self) -> Vec<Document> {
        while let Some(event) = self.parser.next_event() {
            match event {
                Ok((Event::DocumentStart(..), span)) => self.document(span_of(&span)),
                Ok((Event::Comment(..), span)) => self.comment(&span),
                Ok(_) => {}
                Err(error) => {
                    let problem = problem(self.text, &error);
                    let root = Node::new(NodeKind::Null, problem.span);
                    self.push(root, problem.span, vec![problem], Vec::new());
                    if !self.recover() {
                        break;
                    }
                }
            }
        }
        // Comments after the last document belong to it.
        if let Some(last) = self.documents.last_mut() {
            last.comments.append(&mut self.comments);
        }
        self.documents
    }

    fn document(&mut self, start: Span) {
        let mut builder = Builder::new(self.text, self.version, &self.lines, start.range().end);
        let mut comments = Vec::new();
        let mut whole = start;
        let stop = loop {
            match self.parser.next_event() {
                None => break None,
                Some(Err(error)) => break Some(Stop::Syntax(error)),
                Some(Ok((Event::DocumentEnd, span))) => {
                    whole = whole.to(span_of(&span));
                    break None;
                }
                Some(Ok((Event::Comment(..), span))) => comments.push(comment(self.text, &span)),
                Some(Ok((event, span))) => {
                    if let Err(stop) = builder.event(event, &span) {
                        break Some(stop);
                    }
                }
            }
        };
        let stopped = stop.is_some();
        let (root, problems, disputes) = builder.finish(stop.as_ref());
        self.comments.append(&mut comments);
        self.push(root, whole, problems, disputes);
        if stopped {
            self.recover();
        }
    }

    fn push(&mut self, root: Node, start: Span, mut problems: Vec<Problem>, disputes: Vec<VersionDispute>) {
        problems.sort_by_key(|problem| problem.span);
        let mut comments = std::mem::take(&mut self.comments);
        comments.sort_by_key(|comment| comment.span);
        let span = if root.via_alias.is_none() { start.to(root.span) } else { start };
        self.documents.push(Document { root, span, comments, problems, version_disputes: disputes });
    }

    fn comment(&mut self, span: &granit_parser::Span) {
        self.comments.push(comment(self.text, span));
    }

    /// Goes on with the next document after an error; `false` when there is no going on.
    fn recover(&mut self) -> bool {
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

fn comment(text: &str, span: &granit_parser::Span) -> Comment {
    let span = span_of(span);
    Comment { text: text.get(span.range()).unwrap_or_default().to_owned(), span }
}
