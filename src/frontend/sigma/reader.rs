//! What every part of the front-end needs: the file's text, a place for findings, and typed access to values.

use crate::ir::NativeExtra;
use crate::source::{Diagnostic, Level, Location, Problem, Span, Spanned, nearest};
use crate::syntax::{Entry, Key, Node, NodeKind};
use foldhash::fast::RandomState;
use std::collections::HashSet;

/// The state of reading one file.
pub(super) struct Reader<'t> {
    text: &'t str,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, diagnostics: Vec::new() }
    }

    /// The findings, each once: what a global document says is read again with every rule that it goes into.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut seen = HashSet::with_hasher(RandomState::default());
        let mut kept = self.diagnostics;
        kept.retain(|found| seen.insert((found.lint, found.location, found.message.clone())));
        kept
    }

    /// How many findings there are so far.
    pub(super) fn count(&self) -> usize {
        self.diagnostics.len()
    }

    /// Names the rule that the findings from the `first` on are about.
    pub(super) fn name_rule_since(&mut self, first: usize, id: Option<&str>) {
        for diagnostic in self.diagnostics.iter_mut().skip(first) {
            diagnostic.rule_id = id.map(str::to_owned);
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn syntax(&mut self, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::syntax(Location::main(span), message));
    }

    /// A parser's complaint about a text, at its place in the file.
    pub(super) fn problem(&mut self, problem: Problem, span: Span) {
        self.report(problem.into_diagnostic(Location::main(span)));
    }

    pub(super) fn wrong_type(&mut self, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::new("wrong-type", Level::Error, Location::main(span), message));
    }

    /// A key that the specification does not have, with the nearest that it has.
    pub(super) fn unknown_key(&mut self, key: &Key, known: &[&str], place: &str) {
        let message = format!("`{}` is not a key of {place}", key.text);
        let mut diagnostic = Diagnostic::new("unknown-key", Level::Warning, Location::main(key.span), message);
        diagnostic.help = nearest(&key.text, known.iter().copied()).map(|name| format!("did you mean `{name}`?"));
        self.report(diagnostic);
    }

    /// A key at the top of a rule that the specification does not have: a misspelling, or the user's own, which is allowed ("Custom
    /// Attributes") and which other tools pass over.
    pub(super) fn custom_key(&mut self, key: &Key, known: &[&str]) {
        if nearest(&key.text, known.iter().copied()).is_some() {
            return self.unknown_key(key, known, "a Sigma rule");
        }
        let message = format!("`{}` is a key of your own", key.text);
        self.report(Diagnostic::new("unknown-key", Level::Note, Location::main(key.span), message));
    }

    /// The text of the file.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The text of the file at `span`.
    pub(super) fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The entry kept word for word, under the dotted path of its key.
    pub(super) fn extra(&self, path: impl Into<String>, entry: &Entry) -> NativeExtra {
        NativeExtra {
            key: path.into(),
            text: self.slice(entry.value.span).to_owned(),
            origin: Location::main(origin(entry)),
        }
    }

    /// The text of a value that has to be a string. Another scalar is taken by its text in the file, and reported.
    pub(super) fn string(&mut self, key: &str, value: &Node) -> Option<Spanned<String>> {
        self.string_ref(key, value).map(|text| Spanned::new(text.value.to_owned(), text.span))
    }

    /// As [`Self::string`], for one that is only looked at.
    pub(super) fn string_ref<'v>(&mut self, key: &str, value: &'v Node) -> Option<Spanned<&'v str>>
    where
        't: 'v,
    {
        match &value.kind {
            NodeKind::Str(scalar) => Some(Spanned::new(&*scalar.text, content_span(value))),
            NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_) | NodeKind::DateTime(_) => {
                self.wrong_type(span_of(value), format!("`{key}` takes a string, this is {}", value.describe()));
                Some(Spanned::new(self.slice(value.span), value.span))
            }
            NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => {
                self.wrong_type(span_of(value), format!("`{key}` takes a string, this is {}", value.describe()));
                None
            }
        }
    }

    /// A value that has to be true or false.
    pub(super) fn truth(&mut self, key: &str, value: &Node) -> Option<bool> {
        let NodeKind::Bool(truth) = value.kind else {
            self.wrong_type(span_of(value), format!("`{key}` takes true or false, this is {}", value.describe()));
            return None;
        };
        Some(truth)
    }

    /// The texts of a value that has to be a list of strings. A single string counts as a list of one, and is reported.
    pub(super) fn strings(&mut self, key: &str, value: &Node) -> Vec<Spanned<String>> {
        let mut strings = Vec::with_capacity(value.as_seq().map_or(1, <[Node]>::len));
        self.each_string(key, value, |text| strings.push(Spanned::new(text.value.to_owned(), text.span)));
        strings
    }

    /// Gives each text of [`Self::strings`] to `each`.
    pub(super) fn each_string<'v>(&mut self, key: &str, value: &'v Node, mut each: impl FnMut(Spanned<&'v str>))
    where
        't: 'v,
    {
        match &value.kind {
            NodeKind::Seq(items) => {
                for item in items {
                    self.string_ref(key, item).into_iter().for_each(&mut each);
                }
            }
            NodeKind::Str(_) => {
                self.wrong_type(span_of(value), format!("`{key}` takes a list of strings, this is a string"));
                self.string_ref(key, value).into_iter().for_each(each);
            }
            _ => {
                let message = format!("`{key}` takes a list of strings, this is {}", value.describe());
                self.wrong_type(span_of(value), message);
            }
        }
    }
}

/// Where a value is written in this place: the alias, when it was pulled in through one.
pub(super) fn span_of(value: &Node) -> Span {
    value.via_alias.unwrap_or(value.span)
}

/// A whole `key: value`.
pub(super) fn origin(entry: &Entry) -> Span {
    entry.key.span.to(span_of(&entry.value))
}

/// A string's characters without its quotes; the whole value for other kinds.
pub(super) fn content_span(value: &Node) -> Span {
    match &value.kind {
        NodeKind::Str(scalar) if !scalar.text.is_empty() => scalar.map.to_source(Span::new(0, scalar.text.len())),
        _ => value.span,
    }
}
