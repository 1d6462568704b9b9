//! From the parser's events to tables.

use super::table::{Item, Origin, Table};
use super::{Problems, scalar, span_of};
use crate::source::Span;
use crate::syntax::{Key, MAX_DEPTH, Node, NodeKind};
use toml_parser::parser::{Event, EventKind};
use toml_parser::{Raw, Source};

pub(super) struct Builder<'a, 's> {
    source: Source<'s>,
    events: &'a [Event],
    at: usize,
    problems: &'a mut Problems<'s>,
}

impl<'a, 's> Builder<'a, 's> {
    pub(super) fn new(source: Source<'s>, events: &'a [Event], problems: &'a mut Problems<'s>) -> Self {
        Self { source, events, at: 0, problems }
    }

    pub(super) fn document(mut self) -> Node {
        let whole = Span::new(0, self.source.input().len());
        let mut root = Table::new(Origin::Header, whole);
        self.pairs(&mut root, 0);
        while let Some(open) = self.next() {
            let keys = self.keys();
            // The header's own close comes next, unless it is missing.
            let close = self.next_if(&[EventKind::StdTableClose, EventKind::ArrayTableClose]);
            let header = span_of(open.span()).to(span_of(close.unwrap_or(open).span()));
            let depth = keys.len();
            // What stands under a header that cannot be opened is read for its problems only.
            let mut spare = Table::new(Origin::Header, header);
            let table = match open.kind() {
                EventKind::ArrayTableOpen => self.open_array_table(&mut root, &keys, header),
                _ => self.open_table(&mut root, &keys, header),
            };
            self.pairs(table.unwrap_or(&mut spare), depth);
        }
        root.span = whole;
        root.into_node()
    }

    /// The key-value pairs up to the next header.
    fn pairs(&mut self, table: &mut Table, depth: usize) {
        while let Some(event) = self.peek() {
            match event.kind() {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => return,
                EventKind::SimpleKey => self.pair(table, depth),
                _ => self.at += 1,
            }
        }
    }

    /// One `key = value`; a value that could not be read leaves no entry.
    fn pair(&mut self, table: &mut Table, depth: usize) {
        let keys = self.keys();
        self.next_if(&[EventKind::KeyValSep]);
        let depth = depth + keys.len();
        let value = self.value(depth);
        if let (Some(value), true) = (value, self.shallow(&keys, depth)) {
            self.insert(table, keys, value);
        }
    }

    fn keys(&mut self) -> Vec<Key> {
        let mut keys = Vec::new();
        while let Some(event) = self.next_if(&[EventKind::SimpleKey]) {
            let span = span_of(event.span());
            if let Some(raw) = self.raw(event) {
                keys.push(scalar::key(self.source.input(), raw, span, self.problems));
            }
        }
        keys
    }

    fn shallow(&mut self, keys: &[Key], depth: usize) -> bool {
        let fits = depth <= MAX_DEPTH;
        if let (false, Some(key)) = (fits, keys.first()) {
            self.problems.push(key.span, format!("more than {MAX_DEPTH} levels of nesting"));
        }
        fits
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let event = self.next_if(&[EventKind::Scalar, EventKind::ArrayOpen, EventKind::InlineTableOpen])?;
        let span = span_of(event.span());
        match event.kind() {
            EventKind::ArrayOpen => Some(self.array(span, depth)),
            EventKind::InlineTableOpen => Some(self.inline_table(span, depth)),
            // The parser stands an empty scalar where a value is missing.
            _ if span.is_empty() => {
                self.problems.push(span, "a value is missing");
                None
            }
            _ => {
                let raw = self.raw(event)?;
                let kind = scalar::value(self.source.input(), raw, event.encoding(), span, self.problems);
                Some(Node::new(kind, span))
            }
        }
    }

    fn array(&mut self, open: Span, depth: usize) -> Node {
        let mut items = Vec::new();
        let mut span = open;
        while let Some(event) = self.peek() {
            span = span.to(span_of(event.span()));
            match event.kind() {
                EventKind::ArrayClose => {
                    self.at += 1;
                    break;
                }
                EventKind::Scalar | EventKind::ArrayOpen | EventKind::InlineTableOpen => {
                    items.extend(self.value(depth + 1));
                }
                _ => self.at += 1,
            }
        }
        Node::new(NodeKind::Seq(items), span)
    }

    fn inline_table(&mut self, open: Span, depth: usize) -> Node {
        let mut table = Table::new(Origin::Header, open);
        let (mut first_break, mut last_comma) = (None, None);
        while let Some(event) = self.peek() {
            let here = span_of(event.span());
            match event.kind() {
                EventKind::InlineTableClose => {
                    self.at += 1;
                    table.span = open.to(here);
                    break;
                }
                EventKind::SimpleKey => {
                    last_comma = None;
                    self.pair(&mut table, depth);
                    continue;
                }
                EventKind::ValueSep => last_comma = Some(here),
                EventKind::Newline => first_break = first_break.or(Some(here)),
                _ => {}
            }
            self.at += 1;
        }
        if let Some(span) = first_break {
            self.problems.newer(span, "a line break in an inline table");
        }
        if let Some(span) = last_comma {
            self.problems.newer(span, "a comma after the last pair of an inline table");
        }
        table.into_node()
    }

    /// The table that `[keys]` defines.
    fn open_table<'t>(&mut self, root: &'t mut Table, keys: &[Key], header: Span) -> Option<&'t mut Table> {
        let (last, path) = keys.split_last()?;
        let parent = self.walk(root, path, header)?;
        let Some(at) = parent.find(&last.text) else {
            return added(parent, last, Origin::Header, header);
        };
        let slot = parent.slot(at);
        match &mut slot.item {
            Item::Table(table) if table.origin == Origin::Implied => {
                table.origin = Origin::Header;
                table.span = header;
                Some(table)
            }
            _ => {
                self.problems.duplicate(&last.text, last.span, slot.key.span);
                None
            }
        }
    }

    /// The new element that `[[keys]]` appends.
    fn open_array_table<'t>(&mut self, root: &'t mut Table, keys: &[Key], header: Span) -> Option<&'t mut Table> {
        let (last, path) = keys.split_last()?;
        let parent = self.walk(root, path, header)?;
        let at = parent.find(&last.text).unwrap_or_else(|| parent.add(last.clone(), Item::Tables(Vec::new())));
        let slot = parent.slot(at);
        if let Item::Tables(tables) = &mut slot.item {
            tables.push(Table::new(Origin::Header, header));
            return tables.last_mut();
        }
        self.problems.duplicate(&last.text, last.span, slot.key.span);
        None
    }

    /// The table at a header's path, made on the way where it is not there. An array of tables stands for its last
    /// element.
    fn walk<'t>(&mut self, root: &'t mut Table, path: &[Key], header: Span) -> Option<&'t mut Table> {
        if !self.shallow(path, path.len() + 1) {
            return None;
        }
        let mut table = root;
        for key in path {
            let Some(at) = table.find(&key.text) else {
                table = added(table, key, Origin::Implied, header)?;
                continue;
            };
            let slot = table.slot(at);
            table = match &mut slot.item {
                Item::Table(table) => table,
                Item::Tables(tables) => tables.last_mut()?,
                Item::Value(_) => {
                    self.not_extensible(key, slot.key.span);
                    return None;
                }
            };
        }
        Some(table)
    }

    /// Puts `a.b.c = value` into the table that the pair stands in.
    fn insert(&mut self, table: &mut Table, mut keys: Vec<Key>, value: Node) {
        let mut table = table;
        let end = value.span;
        let Some(last) = keys.pop() else { return };
        for key in keys {
            table.span = table.span.to(end);
            let inner = match table.find(&key.text) {
                None => added(table, &key, Origin::Dotted, key.span),
                Some(at) => {
                    let slot = table.slot(at);
                    match &mut slot.item {
                        Item::Table(inner) if inner.origin == Origin::Dotted => Some(inner),
                        _ => return self.not_extensible(&key, slot.key.span),
                    }
                }
            };
            let Some(inner) = inner else { return };
            table = inner;
        }
        table.span = table.span.to(end);
        match table.find(&last.text) {
            Some(at) => self.problems.duplicate(&last.text, last.span, table.slot(at).key.span),
            None => {
                table.add(last, Item::Value(value));
            }
        }
    }

    fn not_extensible(&mut self, key: &Key, first: Span) {
        let line = self.problems.lines.line(first.start);
        let message = format!("`{}` is complete as it is defined on line {line}: nothing can be added to it", key.text);
        self.problems.push(key.span, message);
    }

    fn raw(&self, event: &Event) -> Option<Raw<'s>> {
        self.source.get(event)
    }

    fn peek(&self) -> Option<&'a Event> {
        self.events.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Event> {
        let event = self.peek()?;
        self.at += 1;
        Some(event)
    }

    fn next_if(&mut self, kinds: &[EventKind]) -> Option<&'a Event> {
        self.peek().filter(|event| kinds.contains(&event.kind())).inspect(|_| self.at += 1)
    }
}

/// A new table under a key that is not there yet.
fn added<'t>(parent: &'t mut Table, key: &Key, origin: Origin, span: Span) -> Option<&'t mut Table> {
    let at = parent.add(key.clone(), Item::Table(Table::new(origin, span)));
    match &mut parent.slot(at).item {
        Item::Table(table) => Some(table),
        _ => None,
    }
}
