//! A Sigma detection as it is written: what lints about values and conditions look at.

use super::marks;
use crate::frontend::{Format, Item, Loaded};
use crate::lang::sigma::condition::{self, Condition, Expr, Parsed, Pipe};
use crate::lang::sigma::modifiers::{Class, FieldSpec, Modifier, known_field};
use crate::source::Span;
use crate::syntax::{Entry, Key, Node, NodeKind, Scalar};
use std::rc::Rc;

/// The search identifiers and conditions of one document.
#[derive(Debug, Default)]
pub struct Detection<'a> {
    /// The search identifiers, by the entry of each.
    pub selections: Vec<&'a Entry>,
    pub tests: Vec<WrittenTest<'a>>,
    pub conditions: Vec<WrittenCondition<'a>>,
    /// `timeframe`, of the old aggregations.
    pub timeframe: Option<&'a Entry>,
    /// Whether other documents of the file add to this one (`action: global`), so that what is missing here may stand there.
    pub is_partial: bool,
}

/// One `field|modifiers: values`, or the values of a keyword search.
#[derive(Debug)]
pub struct WrittenTest<'a> {
    /// Absent in a list of keywords.
    pub key: Option<&'a Key>,
    pub spec: Rc<FieldSpec>,
    pub values: &'a [Node],
    /// The list that holds the values, where it is one.
    pub list: Option<&'a Node>,
    is_text: bool,
    marks: u8,
}

/// A condition with its text.
#[derive(Debug)]
pub struct WrittenCondition<'a> {
    pub scalar: &'a Scalar,
    pub parsed: Rc<Parsed>,
}

impl<'a> Detection<'a> {
    /// The detection or filter of an item; empty for a correlation, and for another format.
    pub(super) fn of(loaded: &'a Loaded, item: &Item) -> Self {
        let document = loaded.documents.get(item.document).filter(|_| loaded.format == Format::Sigma);
        let body = document.and_then(|document| document.root.get("detection").or(document.root.get("filter")));
        let mut found = Self {
            is_partial: loaded.documents.iter().any(|other| other.root.get("action").is_some()),
            ..Self::default()
        };
        for entry in body.and_then(Node::as_map).unwrap_or_default() {
            match entry.key.text.as_str() {
                "condition" => found.read_conditions(&entry.value),
                "timeframe" => found.timeframe = Some(entry),
                "rules" if item.rule.kind == "filter" => {}
                _ => {
                    found.selections.push(entry);
                    found.read_selection(&entry.value);
                }
            }
        }
        found
    }

    fn read_conditions(&mut self, node: &'a Node) {
        let scalars =
            node.as_seq().map_or(std::slice::from_ref(node), |items| items).iter().filter_map(Node::as_scalar);
        self.conditions
            .extend(scalars.map(|scalar| WrittenCondition { scalar, parsed: condition::known(&scalar.text) }));
    }

    fn read_selection(&mut self, node: &'a Node) {
        match &node.kind {
            NodeKind::Map(entries) => self.tests.extend(entries.iter().map(WrittenTest::of)),
            NodeKind::Seq(items) if items.iter().all(|item| item.as_map().is_none()) => {
                self.tests.push(WrittenTest::keywords(items, Some(node)));
            }
            NodeKind::Seq(items) => {
                for item in items {
                    match item.as_map() {
                        Some(entries) => self.tests.extend(entries.iter().map(WrittenTest::of)),
                        None => self.tests.push(WrittenTest::keywords(std::slice::from_ref(item), None)),
                    }
                }
            }
            _ => self.tests.push(WrittenTest::keywords(std::slice::from_ref(node), None)),
        }
    }

    /// The tests whose values are texts with wildcards: no expressions, networks, other fields or placeholders.
    pub fn texts(&self) -> impl Iterator<Item = &WrittenTest<'a>> {
        self.tests.iter().filter(|test| test.is_text)
    }

    /// The conditions that can be read.
    pub fn read(&self) -> impl Iterator<Item = (&WrittenCondition<'a>, &Condition)> {
        self.conditions.iter().filter_map(|written| Some((written, written.parsed.condition.as_ref()?)))
    }
}

impl<'a> WrittenTest<'a> {
    fn of(entry: &'a Entry) -> Self {
        let list = entry.value.as_seq();
        let values = list.unwrap_or(std::slice::from_ref(&entry.value));
        Self::new(Some(&entry.key), known_field(&entry.key.text), values, list.map(|_| &entry.value))
    }

    fn keywords(values: &'a [Node], list: Option<&'a Node>) -> Self {
        let spec = FieldSpec { field: None, modifiers: Vec::new(), problems: Vec::new() };
        Self::new(None, Rc::new(spec), values, list)
    }

    fn new(key: Option<&'a Key>, spec: Rc<FieldSpec>, values: &'a [Node], list: Option<&'a Node>) -> Self {
        let mut found = Self { key, spec, values, list, is_text: false, marks: 0 };
        found.is_text = found.has_only(&[Class::Link, Class::Negation, Class::Case, Class::Place, Class::Dashes]);
        found.marks = marks::of(found.strings().map(|(_, scalar)| &*scalar.text));
        found
    }

    /// Whether one of the characters stands in its texts.
    pub fn has_any(&self, marks: u8) -> bool {
        self.marks & marks != 0
    }

    /// The field's name.
    pub fn field(&self) -> Option<&str> {
        self.spec.field.as_ref().map(|field| field.value.as_str())
    }

    /// The place of the key, or of the first value of keywords.
    pub fn span(&self) -> Span {
        self.key.map_or_else(|| self.values.first().map(|value| value.span).unwrap_or_default(), |key| key.span)
    }

    /// The place of a modifier.
    pub fn modifier_span(&self, modifier: Modifier) -> Span {
        let found = self.spec.modifiers.iter().find(|known| known.value == modifier);
        match (found, self.key) {
            (Some(found), Some(key)) => key.map.to_source(found.span),
            _ => self.span(),
        }
    }

    /// Whether none of its modifiers is of another class than these.
    pub fn has_only(&self, classes: &[Class]) -> bool {
        self.spec.modifiers.iter().all(|modifier| classes.contains(&modifier.value.spec().class))
    }

    /// Whether upper and lower case differ.
    pub fn is_cased(&self) -> bool {
        self.spec.has(Modifier::Cased)
            || self.spec.modifiers.iter().any(|modifier| {
                matches!(modifier.value.spec().class, Class::Regex | Class::Base64 | Class::Utf16 | Class::Reference)
            })
    }

    /// The values that are strings.
    pub fn strings(&self) -> impl Iterator<Item = (&'a Node, &'a Scalar)> + use<'a> {
        self.values.iter().filter_map(|value| Some((value, value.as_scalar()?)))
    }
}

impl WrittenCondition<'_> {
    /// The place of a part of the condition.
    pub fn place(&self, span: Span) -> Span {
        self.scalar.map.to_source(span)
    }

    /// Calls `visit` with every identifier and every `x of`, those behind an old pipe too.
    pub fn for_each_leaf<'c>(condition: &'c Condition, visit: &mut dyn FnMut(&'c Expr)) {
        condition.expr.for_each_leaf(visit);
        if let Some(Pipe::Near { expr, .. }) = &condition.pipe {
            expr.for_each_leaf(visit);
        }
    }
}
