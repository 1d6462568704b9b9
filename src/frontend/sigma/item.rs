//! One `field|modifiers: values` of a search identifier.

use super::reader::{content_span, origin, span_of};
use super::selection::Lowering;
use super::value::{Tests, ValueError, date_part, tests_of};
use crate::ir::{DatePart, ExprId, FieldPath, FieldUse, Function, Op, Pattern, Piece, Subject, UseKind, Value};
use crate::lang::sigma::modifiers::{FieldSpec, Modifier, parse_field};
use crate::source::{Location, Span};
use crate::syntax::{Entry, Node, NodeKind};
use std::sync::Arc;

impl Lowering<'_, '_> {
    /// The test of a field, or of the whole event when the key has no field.
    pub(super) fn item(&mut self, entry: &Entry) -> ExprId {
        let mut spec = parse_field(&entry.key.text);
        let whole = origin(entry);
        let problems = std::mem::take(&mut spec.problems);
        if let Some(first) = problems.first() {
            let reason = first.message.clone();
            for problem in problems {
                let span = entry.key.map.to_source(problem.span);
                self.reader.problem(problem, span);
            }
            return self.hole(whole, &reason);
        }
        let at = spec.field.as_ref().map(|field| entry.key.map.to_source(field.span));
        match &entry.value.kind {
            NodeKind::Seq(items) if items.is_empty() => {
                self.reader.wrong_type(span_of(&entry.value), "an empty list matches nothing");
                ExprId::FALSE
            }
            NodeKind::Seq(items) => self.tests(&spec, items, at, whole),
            _ => self.tests(&spec, std::slice::from_ref(&entry.value), at, whole),
        }
    }

    /// The tests against each value, linked by `or`, or by `and` under the modifier `all`.
    pub(super) fn tests(&mut self, spec: &FieldSpec, values: &[Node], at: Option<Span>, whole: Span) -> ExprId {
        self.note_use(spec, values, at);
        self.check_list(spec, values, whole);
        let members: Vec<ExprId> = values.iter().map(|value| self.value(spec, value, whole)).collect();
        let origin = Some(Location::main(whole));
        let linked =
            if spec.has(Modifier::All) { self.pool.and(members, origin) } else { self.pool.or(members, origin) };
        if spec.has(Modifier::Neq) { self.pool.not(linked, origin) } else { linked }
    }

    /// "`null` cannot be part of a list of field values" (Sigma Rules Specification, "Special Field Values"), and "single item values
    /// are not allowed to have an `all` modifier" (Sigma Modifiers, "Generic Modifiers").
    fn check_list(&mut self, spec: &FieldSpec, values: &[Node], whole: Span) {
        if values.len() < 2 {
            if spec.has(Modifier::All) {
                self.reader.wrong_type(whole, "`all` takes a list of two or more values");
            }
            return;
        }
        if spec.field.is_none() {
            return;
        }
        for value in values.iter().filter(|value| value.is_null()) {
            self.reader.wrong_type(span_of(value), "`null` cannot be part of a list: write a selection of its own");
        }
    }

    fn value(&mut self, spec: &FieldSpec, value: &Node, whole: Span) -> ExprId {
        let field = spec.field.as_ref().map(|field| FieldPath::dotted(&field.value));
        let origin = Some(Location::main(if values_apart(whole, value) { span_of(value) } else { whole }));
        match (tests_of(spec, value), field) {
            (Ok(Tests::AnyOf(ops)), field) => {
                let part = date_part(spec);
                let members: Vec<ExprId> =
                    ops.into_iter().map(|op| self.any_of(field.as_ref(), part, op, origin)).collect();
                self.pool.or(members, origin)
            }
            (Ok(Tests::NoValue), Some(field)) => {
                let there = self.pool.exists(field, origin);
                self.pool.not(there, origin)
            }
            (Ok(Tests::Exists(wanted)), Some(field)) => {
                let missing = self.pool.test(Subject::Field(field), Op::IsMissing, origin);
                if wanted { self.pool.not(missing, origin) } else { missing }
            }
            (Ok(Tests::NoValue | Tests::Exists(_)), None) => {
                let message = format!("{} has no meaning without a field", value.describe());
                self.reader.wrong_type(span_of(value), message.clone());
                self.hole(span_of(value), &message)
            }
            (Err(ValueError::WrongType(message)), _) => {
                self.reader.wrong_type(span_of(value), message.clone());
                self.hole(whole, &message)
            }
            (Err(ValueError::NotRepresented(reason)), _) => self.hole(whole, &reason),
        }
    }

    /// The test of any value of the field, or of a part of the date that it is; without a field, of any value of the event.
    fn any_of(
        &mut self,
        field: Option<&FieldPath>,
        part: Option<DatePart>,
        op: Op,
        origin: Option<Location>,
    ) -> ExprId {
        let value = match part {
            Some(part) => Subject::Call(Function::DatePart(part), [Subject::Element(0)].into()),
            None => Subject::Element(0),
        };
        let values = match field {
            Some(field) => Subject::Elements(Arc::new(Subject::Field(field.clone()))),
            None => Subject::AnyField(Pattern::new([Piece::Any])),
        };
        let body = self.pool.test(value, op, origin);
        self.pool.for_some(values, body, origin)
    }

    fn note_use(&mut self, spec: &FieldSpec, values: &[Node], at: Option<Span>) {
        let (Some(field), Some(at)) = (&spec.field, at) else { return };
        let constants = values.iter().map(|value| (constant(value), Location::main(content_span(value)))).collect();
        self.uses.push(FieldUse {
            field: FieldPath::dotted(&field.value),
            at: Location::main(at),
            kind: use_kind(spec, values),
            values: constants,
            negated: spec.has(Modifier::Neq),
        });
    }
}

/// Whether a value of a list has a place of its own: values through aliases lie elsewhere.
fn values_apart(whole: Span, value: &Node) -> bool {
    whole.contains(span_of(value)) && whole.end != span_of(value).end
}

/// The constant as it is written, escapes and wildcards included.
fn constant(value: &Node) -> Value {
    match &value.kind {
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Int(number) => Value::Int(*number),
        NodeKind::Float(number) => Value::float(*number),
        NodeKind::Str(scalar) => Value::str(scalar.text.as_str()),
        NodeKind::DateTime(text) => Value::str(text.as_str()),
        NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => Value::Null,
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
