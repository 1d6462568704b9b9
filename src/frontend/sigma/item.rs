//! One `field|modifiers: values` of a search identifier.

use super::reader::{Reader, content_span, origin, span_of};
use super::typed::{Item, Part, Test, Value};
use super::value;
use crate::ir::{self, Case, UseKind};
use crate::lang::sigma::modifiers::{FieldSpec, Modifier, parse_field};
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node, NodeKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The test of a field, or of the whole event when the key has no field.
pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Part {
    let mut spec = parse_field(&entry.key.text);
    let whole = origin(entry);
    let problems = std::mem::take(&mut spec.problems);
    if let Some(first) = problems.first() {
        let reason = first.message.clone();
        for problem in problems {
            let span = entry.key.map.to_source(problem.span);
            reader.problem(problem, span);
        }
        return Part::Hole(whole, reason);
    }
    let at = spec.field.as_ref().map(|field| entry.key.map.to_source(field.span));
    match &entry.value.kind {
        NodeKind::Seq(items) if items.is_empty() => {
            reader.wrong_type(span_of(&entry.value), "an empty list matches nothing");
            Part::Never
        }
        NodeKind::Seq(items) => Part::Item(of_values(&spec, items, at, whole, reader)),
        _ => Part::Item(of_values(&spec, std::slice::from_ref(&entry.value), at, whole, reader)),
    }
}

/// The values of a key, `at` the place of its field.
pub(super) fn of_values(
    spec: &FieldSpec,
    values: &[Node],
    at: Option<Span>,
    whole: Span,
    reader: &mut Reader<'_>,
) -> Item {
    check_list(spec, values, whole, reader);
    let field = spec.field.as_ref().zip(at).map(|(field, at)| Spanned::new(field.value.clone(), at));
    let several = values.len() > 1;
    let value = |value: &Node| Value {
        test: test(spec, value, reader),
        at: if several && whole.contains(span_of(value)) { span_of(value) } else { whole },
        written: (constant(value), content_span(value)),
    };
    Item {
        field,
        values: values.iter().map(value).collect(),
        all: spec.has(Modifier::All),
        negated: spec.has(Modifier::Neq),
        case: if spec.has(Modifier::Cased) { Case::Sensitive } else { Case::Insensitive },
        kind: use_kind(spec, values),
        at: whole,
        applied: BTreeSet::new(),
    }
}

/// "`null` cannot be part of a list of field values" (Sigma Rules Specification, "Special Field Values"), and "single item values
/// are not allowed to have an `all` modifier" (Sigma Modifiers, "Generic Modifiers").
fn check_list(spec: &FieldSpec, values: &[Node], whole: Span, reader: &mut Reader<'_>) {
    if values.len() < 2 {
        if spec.has(Modifier::All) {
            reader.wrong_type(whole, "`all` takes a list of two or more values");
        }
        return;
    }
    if spec.field.is_none() {
        return;
    }
    for value in values.iter().filter(|value| value.is_null()) {
        reader.wrong_type(span_of(value), "`null` cannot be part of a list: write a selection of its own");
    }
}

/// What a value tests; what is wrong with it is reported.
fn test(spec: &FieldSpec, value: &Node, reader: &mut Reader<'_>) -> Test {
    let test = match value::test_of(spec, value) {
        Test::Null | Test::Exists(_) if spec.field.is_none() => {
            Test::Wrong(format!("{} has no meaning without a field", value.describe()))
        }
        test => test,
    };
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

fn use_kind(spec: &FieldSpec, values: &[Node]) -> UseKind {
    let modifiers = spec.modifiers.iter().map(|modifier| modifier.value);
    for modifier in modifiers {
        return match modifier {
            Modifier::All | Modifier::Neq | Modifier::Cased | Modifier::Expand => continue,
            Modifier::Exists => UseKind::Exists,
            Modifier::Re => UseKind::Regex,
            Modifier::Cidr => UseKind::Cidr,
            Modifier::Lt | Modifier::Lte | Modifier::Gt | Modifier::Gte => UseKind::Compare,
            Modifier::FieldRef
            | Modifier::Minute
            | Modifier::Hour
            | Modifier::Day
            | Modifier::Week
            | Modifier::Month
            | Modifier::Year => UseKind::Other,
            _ => UseKind::Pattern,
        };
    }
    if values.iter().all(Node::is_null) {
        return UseKind::Exists;
    }
    let has_wildcard = |value: &Node| value.as_str().is_some_and(|text| text.contains(['*', '?', '\\']));
    if values.iter().any(has_wildcard) { UseKind::Pattern } else { UseKind::Equal }
}
