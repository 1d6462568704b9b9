//! From the parser's events to the tree of one document.

use super::YamlVersion;
use super::alias::{AliasError, Anchors, MAX_EXPANDED, Merge, merge, merged_maps};
use super::node::{Raw, known_tag};
use crate::source::{Problem, Span, TextMap};
use crate::syntax::keys::{KeyIndex, Lines};
use crate::syntax::{Entry, Key, MAX_DEPTH, Node, NodeKind, ScalarStyle, VersionDispute};
use granit_parser::{Event, ScanError, StructureStyle, Tag};

/// What ends a document early.
pub(super) enum Stop {
    Syntax(ScanError),
    TooDeep,
}

/// A collection that is still open.
struct Frame {
    start: usize,
    anchor: usize,
    style: StructureStyle,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map(Box<OpenMap>),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    index: KeyIndex,
    key: Option<PendingKey>,
    merges: Vec<Merge>,
    merge_key: Option<Span>,
}

struct PendingKey {
    key: Key,
    /// An unquoted `<<`.
    merges: bool,
}

/// Builds the tree of one document.
pub(super) struct Builder<'a, 's> {
    text: &'s str,
    version: YamlVersion,
    lines: &'a Lines<'s>,
    frames: Vec<Frame>,
    root: Option<Node>,
    anchors: Anchors,
    problems: Vec<Problem>,
    disputes: Vec<VersionDispute>,
    /// Where the last token ends.
    end: usize,
}

/// The root, the problems, and what the YAML versions disagree on.
pub(super) type Finished = (Node, Vec<Problem>, Vec<VersionDispute>);

impl<'a, 's> Builder<'a, 's> {
    pub(super) fn new(text: &'s str, version: YamlVersion, lines: &'a Lines<'s>, start: usize) -> Self {
        Self {
            text,
            version,
            lines,
            frames: Vec::new(),
            root: None,
            anchors: Anchors::default(),
            problems: Vec::new(),
            disputes: Vec::new(),
            end: start,
        }
    }

    /// Takes an event in. The text of a scalar is taken out of it.
    pub(super) fn event(&mut self, event: &mut Event<'s>, at: &granit_parser::Span) -> Result<(), Stop> {
        let span = span_of(at);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = if span.is_empty() && !self.awaits_key() { missing_value(self.text, span) } else { span };
                let raw = Raw::new(self.text, std::mem::take(text), *style, span, self.end);
                let tag = self.check_tag(tag.as_deref(), at);
                self.scalar(raw, *anchor, tag);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), at);
                self.open(span, *anchor, *style, Content::Seq(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), at);
                self.open(span, *anchor, *style, Content::Map(Box::default()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(*anchor, span),
            Event::UnresolvedAlias(name) => {
                self.problems.push(Problem::new(span, format!("no anchor `&{name}` stands before this")));
                self.end = span.range().end;
                self.attach(Node::new(NodeKind::Null, span));
            }
            _ => {}
        }
        Ok(())
    }

    /// From the last token that was read to the character at which reading stopped.
    pub(super) fn stretch_to(&self, stop: &Stop) -> Span {
        match stop {
            Stop::Syntax(error) => Span::new(self.end, problem(self.text, error).span.range().end),
            Stop::TooDeep => Span::at(self.end),
        }
    }

    /// Everything read, with what is still open closed where reading stopped.
    pub(super) fn finish(mut self, stop: Option<&Stop>) -> Finished {
        let here = Span::at(self.end);
        match stop {
            Some(Stop::Syntax(error)) => self.problems.push(problem(self.text, error)),
            Some(Stop::TooDeep) => {
                self.problems.push(Problem::new(here, format!("more than {MAX_DEPTH} levels of nesting")));
            }
            None => {}
        }
        while !self.frames.is_empty() {
            self.close(here);
        }
        let root = self.root.unwrap_or_else(|| Node::new(NodeKind::Null, here));
        (root, self.problems, self.disputes)
    }

    /// The core schema's tags and `!` mean something here; others are read as if they were not there.
    fn check_tag(&mut self, tag: Option<&Tag>, at: &granit_parser::Span) -> Option<&'static str> {
        let tag = tag?;
        let known = known_tag(tag);
        if known.is_none() {
            let span = at.tag_span().map_or_else(|| span_of(at), |span| span_of(&span));
            self.problems.push(Problem::new(span, format!("unknown tag `{}`", tag.original())));
        }
        known
    }

    fn scalar(&mut self, raw: Raw<'s>, anchor: usize, tag: Option<&str>) {
        self.end = raw.span.range().end;
        if tag.is_none()
            && let Some(dispute) = raw.dispute()
        {
            self.disputes.push(dispute);
        }
        if self.awaits_key() {
            return self.scalar_key(raw, anchor, tag.is_some());
        }
        let span = raw.span;
        let node = Node::new(raw.value(self.version, tag, &mut self.problems), span);
        self.anchors.keep(anchor, &node);
        self.attach(node);
    }

    fn scalar_key(&mut self, raw: Raw<'s>, anchor: usize, tagged: bool) {
        let merges = !tagged && raw.style == ScalarStyle::Plain && raw.text == "<<";
        if anchor != 0 {
            let node = Node::new(raw.clone().value(self.version, None, &mut Vec::new()), raw.span);
            self.anchors.keep(anchor, &node);
        }
        let key = Key { text: raw.text.into_owned(), span: raw.span, map: raw.map };
        self.set_key(PendingKey { key, merges });
    }

    fn open(&mut self, span: Span, anchor: usize, style: StructureStyle, content: Content) -> Result<(), Stop> {
        if self.frames.len() == MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.frames.push(Frame { start: span.range().start, anchor, style, content });
        if style == StructureStyle::Flow {
            self.end = span.range().end;
        }
        Ok(())
    }

    /// Closes the innermost collection. A block collection ends where its last token does; the parser's end event
    /// stands at the next token.
    fn close(&mut self, span: Span) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.style == StructureStyle::Flow {
            self.end = self.end.max(span.range().end);
        }
        let span = Span::new(frame.start, self.end);
        let kind = match frame.content {
            Content::Seq(items) => NodeKind::Seq(items),
            Content::Map(map) => NodeKind::Map(merge(map.entries, map.merges)),
        };
        let node = Node::new(kind, span);
        self.anchors.keep(frame.anchor, &node);
        self.attach(node);
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        self.end = span.range().end;
        let room = MAX_DEPTH - self.frames.len();
        match self.anchors.copy(anchor, span, room) {
            Ok(node) if self.awaits_key() => self.alias_key(&node, span),
            Ok(node) => self.attach(node),
            Err(error) => {
                let message = match error {
                    AliasError::Recursive => "the alias stands inside its own anchor".to_owned(),
                    AliasError::TooLarge => format!("the aliases expand to more than {MAX_EXPANDED} values"),
                    AliasError::TooDeep => format!("the alias nests to more than {MAX_DEPTH} levels"),
                };
                self.problems.push(Problem::new(span, message));
                self.attach(Node::new(NodeKind::Null, span));
            }
        }
    }

    fn alias_key(&mut self, node: &Node, span: Span) {
        let text = node.as_str().or_else(|| self.text.get(node.span.range())).unwrap_or_default();
        let key = Key { text: text.to_owned(), span, map: TextMap::opaque(span) };
        self.set_key(PendingKey { key, merges: false });
    }

    fn awaits_key(&self) -> bool {
        match self.frames.last().map(|frame| &frame.content) {
            Some(Content::Map(map)) => map.key.is_none(),
            _ => false,
        }
    }

    fn set_key(&mut self, pending: PendingKey) {
        if let Some(Frame { content: Content::Map(map), .. }) = self.frames.last_mut() {
            map.key = Some(pending);
        }
    }

    /// Gives a complete node to the collection that it stands in.
    fn attach(&mut self, node: Node) {
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::Seq(items)) => items.push(node),
            Some(Content::Map(map)) => match map.key.take() {
                Some(pending) => {
                    let problem = map.add(pending, node, self.lines);
                    self.problems.extend(problem);
                }
                None => self.collection_key(&node),
            },
        }
    }

    /// A list or a map as a key: no rule format has them.
    fn collection_key(&mut self, node: &Node) {
        if !node.is_null() {
            self.problems.push(Problem::new(node.span, format!("{} cannot be a key here", node.describe())));
        }
        let text = self.text.get(node.span.range()).unwrap_or_default().to_owned();
        let key = Key { text, span: node.span, map: TextMap::opaque(node.span) };
        self.set_key(PendingKey { key, merges: false });
    }
}

impl OpenMap {
    fn add(&mut self, pending: PendingKey, value: Node, lines: &Lines<'_>) -> Option<Problem> {
        let key = pending.key;
        if pending.merges {
            return self.add_merge(&key, value, lines);
        }
        let entries = &self.entries;
        if let Some(at) = self.index.find(&key.text, entries.len(), |at| entries[at].key.text.as_str()) {
            return Some(duplicate(&key, entries[at].key.span, lines));
        }
        self.entries.push(Entry { key, value });
        None
    }

    fn add_merge(&mut self, key: &Key, value: Node, lines: &Lines<'_>) -> Option<Problem> {
        if let Some(first) = self.merge_key.replace(key.span) {
            return Some(duplicate(key, first, lines));
        }
        match merged_maps(value, key.span) {
            Some(maps) => {
                self.merges.push(Merge { at: self.entries.len(), maps });
                None
            }
            None => Some(Problem::new(key.span, "`<<` needs a map or a list of maps")),
        }
    }
}

fn duplicate(key: &Key, first: Span, lines: &Lines<'_>) -> Problem {
    let line = lines.line(first.start);
    Problem::new(key.span, format!("duplicate key `{}`: it is first defined on line {line}", key.text))
}

pub(super) fn span_of(span: &granit_parser::Span) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}

/// The place of a value that is not written: behind the colon, where the parser points at it.
fn missing_value(text: &str, span: Span) -> Span {
    let rest = text.get(span.range().end..).unwrap_or_default();
    let behind = rest.trim_start_matches([' ', '\t']).strip_prefix(':');
    behind.map_or(span, |behind| Span::at(text.len() - behind.len()))
}

pub(super) fn problem(text: &str, error: &ScanError) -> Problem {
    let start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let next = text.get(start..).and_then(|rest| rest.chars().next()).filter(|c| !c.is_control());
    Problem::new(Span::new(start, start + next.map_or(0, char::len_utf8)), error.info())
}
