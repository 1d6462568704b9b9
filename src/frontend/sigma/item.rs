//! One `field|modifiers: values` of a search identifier.

use super::key::Key;
use super::reader::{Reader, content_span, origin, span_of};
use super::typed::{Item, Part, Test, Value};
use super::value;
use crate::ir::{self, UseKind};
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node, NodeKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The test of a field, or of the whole event when the key has no field.
pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Part {
    let key = Key::known(&entry.key.text);
    let whole = origin(entry);
    if let Some(first) = key.spec.problems.first() {
        for problem in key.spec.problems.iter().cloned() {
            let span = entry.key.map.to_source(problem.span);
            reader.problem(problem, span);
        }
        return Part::Hole(whole, first.message.clone());
    }
    let at = key.spec.field.as_ref().map(|field| entry.key.map.to_source(field.span));
    match &entry.value.kind {
        NodeKind::Seq(items) if items.is_empty() => {
            reader.wrong_type(span_of(&entry.value), "an empty list matches nothing");
            Part::Never
        }
        NodeKind::Seq(items) => Part::Item(of_values(&key, items, at, whole, reader)),
        _ => Part::Item(of_values(&key, std::slice::from_ref(&entry.value), at, whole, reader)),
    }
}

/// The values of a key, `at` the place of its field.
pub(super) fn of_values(key: &Key, values: &[Node], at: Option<Span>, whole: Span, reader: &mut Reader<'_>) -> Item {
    check_list(key, values, whole, reader);
    let several = values.len() > 1;
    let value = |value: &Node| Value {
        test: test(key, value, reader),
        at: if several && whole.contains(span_of(value)) { span_of(value) } else { whole },
        written: (constant(value), content_span(value)),
    };
    Item {
        field: key.field.clone().zip(at).map(|(field, at)| Spanned::new(field, at)),
        values: values.iter().map(value).collect(),
        all: key.all,
        negated: key.negated,
        case: key.case,
        kind: key.kind.unwrap_or_else(|| use_kind(values)),
        at: whole,
        applied: BTreeSet::new(),
    }
}

/// "`null` cannot be part of a list of field values" (Sigma Rules Specification, "Special Field Values"), and "single item values
/// are not allowed to have an `all` modifier" (Sigma Modifiers, "Generic Modifiers").
fn check_list(key: &Key, values: &[Node], whole: Span, reader: &mut Reader<'_>) {
    if values.len() < 2 {
        if key.all {
            reader.wrong_type(whole, "`all` takes a list of two or more values");
        }
        return;
    }
    if key.field.is_none() {
        return;
    }
    for value in values.iter().filter(|value| value.is_null()) {
        reader.wrong_type(span_of(value), "`null` cannot be part of a list: write a selection of its own");
    }
}

/// What a value tests; what is wrong with it is reported.
fn test(key: &Key, value: &Node, reader: &mut Reader<'_>) -> Test {
    let mut test = value::test_of(key, value);
    if key.field.is_none() && matches!(test, Test::Null | Test::Exists(_)) {
        test = Test::Wrong(format!("{} has no meaning without a field", value.describe()));
    }
    if let Test::Wrong(message) = &test {
        reader.wrong_type(span_of(value), message.clone());
    }
    test
}

/// The constant as it is written, escapes and wildcards included.
pub(super) fn constant(value: &Node) -> ir::Value {
    match &value.kind {
        NodeKind::Bool(value) => ir::Value::Bool(*value),
        NodeKind::Int(number) => ir::Value::Int(*number),
        NodeKind::Float(number) => ir::Value::float(*number),
        NodeKind::Str(scalar) => ir::Value::str(Arc::clone(&scalar.text)),
        NodeKind::DateTime(text) => ir::Value::str(text.as_str()),
        NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => ir::Value::Null,
    }
}

/// What values without a modifier do with their field.
fn use_kind(values: &[Node]) -> UseKind {
    if values.iter().all(Node::is_null) {
        return UseKind::Exists;
    }
    let has_wildcard = |text: &str| memchr::memchr3(b'*', b'?', b'\\', text.as_bytes()).is_some();
    if values.iter().filter_map(Node::as_str).any(has_wildcard) { UseKind::Pattern } else { UseKind::Equal }
}
