//! Full-text search.

use super::super::kuery_value;
use super::super::{Lowering, QueryText, kuery};
use super::compare::Tests;
use super::condition::text_of;
use super::term::constant;
use crate::ir::{Cmp, Coercion, Domain, ExprId, FieldPath, Function, Op, Operand, Outcome, Subject, UseKind, Value};
use crate::lang::esql::{Call, Expr, ExprKind, MapValue, Name, Str};
use crate::lang::kuery as kql;
use crate::source::{Span, TextMap};
use std::sync::Arc;

impl Tests<'_, '_, '_> {
    /// `match(field, value)` and `match_phrase`, with their options.
    pub(super) fn search(&mut self, call: &Call, subject: &Expr, value: &Expr, span: Span) -> Outcome {
        // A cast only says which of a field's types is meant.
        let subject = match &subject.kind {
            ExprKind::Cast { subject, .. } => subject,
            _ => subject,
        };
        let ExprKind::Column(field) = &subject.kind else {
            return self.hole(span, "a full text search in a computed value");
        };
        let options = call.options.as_deref().unwrap_or_default();
        match fuzziness(options) {
            Some(Fuzziness::None) => self.full_text(field, value, call.name.eq_ignore_ascii_case("match_phrase"), span),
            Some(Fuzziness::Edits(edits)) => self.fuzzy(field, value, edits, span),
            None => self.hole(span, "the options of this full text search have no form in the rule model"),
        }
    }

    /// A search as in KQL: any of the field's values, and the complement under `not`.
    pub(super) fn full_text(&mut self, field: &Name, value: &Expr, phrase: bool, span: Span) -> Outcome {
        let name = field.text();
        if !self.columns.is_event_field(&name) {
            return self.hole(span, "a full text search in a computed column");
        }
        let text = match constant(value) {
            Some(Value::Str(text)) => text.to_string(),
            Some(number @ (Value::Int(_) | Value::Float(_) | Value::Bool(_))) => number.to_string(),
            _ => return self.hole(span, "a full text search for something else than a constant"),
        };
        let mapping = self.lowering.mapping(&name);
        let written =
            if phrase || !mapping.ty.is_analysed() { kql::Value::quoted(text) } else { kql::Value::unquoted(&text) };
        let test = kuery_value::test(mapping, &written);
        self.used(field, test.kind, vec![(test.value, value.span())]);
        if let Some(reason) = test.hole {
            return self.hole(span, reason);
        }
        let at = Some(self.lowering.at(span));
        let pool = &mut self.lowering.parts.pool;
        let path = FieldPath::dotted(&name);
        let tests: Vec<ExprId> = test.ops.into_iter().map(|op| pool.any_of(path.clone(), op, at)).collect();
        let any = pool.or(tests, at);
        pool.two_valued(any)
    }

    /// Any value at most so many edits away. On analysed text each word would be compared.
    fn fuzzy(&mut self, field: &Name, value: &Expr, edits: i64, span: Span) -> Outcome {
        let name = field.text();
        let (true, Some(Value::Str(text))) = (self.columns.is_event_field(&name), constant(value)) else {
            return self.hole(span, "a fuzzy search for something else than a text in a field");
        };
        if self.lowering.field_type(&name).is_analysed() {
            return self.hole(span, "a fuzzy search in analysed text");
        }
        self.used(field, UseKind::Other, vec![(Value::Str(text.clone()), value.span())]);
        let at = Some(self.lowering.at(span));
        let pool = &mut self.lowering.parts.pool;
        let wanted = Subject::Constant(Value::Str(text));
        let distance = Subject::Call(Function::EditDistance, [Subject::Element(0), wanted].into());
        let to = Operand::Value(Value::Int(edits));
        let near = Op::Compare { op: Cmp::LessOrEqual, domain: Domain::Number, coercion: Coercion::None, to };
        let body = pool.test(distance, near, at);
        let items = Subject::Elements(Arc::new(Subject::Field(FieldPath::dotted(&name))));
        let any = pool.for_some(items, body, at);
        pool.two_valued(any)
    }

    /// A KQL query as a condition; its places are that of the whole text.
    pub(super) fn kql(&mut self, text: &Expr, span: Span) -> Outcome {
        let Some(query) = text_of(text) else { return self.hole(span, "a KQL text that is not a constant") };
        if !self.columns.is_open() {
            return self.hole(span, "a KQL query behind a command that makes rows");
        }
        let Some(parsed) = kql::parse(query).query else { return self.hole(span, "the KQL query cannot be read") };
        let map = TextMap::opaque(self.lowering.at(text.span()).span);
        let inner = QueryText { text: query, map: &map };
        let negated = self.lowering.negated;
        let mut reading =
            Lowering::new(&mut *self.lowering.parts, self.lowering.schema, inner, self.lowering.category_field);
        reading.negated = negated;
        let holds = kuery::lower(&parsed, &mut reading);
        self.lowering.parts.pool.two_valued(holds)
    }
}

enum Fuzziness {
    None,
    /// How many edits a text may be away.
    Edits(i64),
}

/// What the options of a search change; `None` when one of them has no form. `max_expansions`, `prefix_length` 0 and a boost change
/// which terms Elasticsearch looks at, or scores.
fn fuzziness(options: &[(Str, MapValue)]) -> Option<Fuzziness> {
    let mut found = Fuzziness::None;
    for (name, value) in options {
        match (name.value.as_str(), constant(value.constant()?)?) {
            ("fuzziness" | "prefix_length", Value::Int(0))
            | ("max_expansions" | "boost" | "fuzzy_transpositions" | "lenient", _) => {}
            ("fuzziness", Value::Int(edits)) => found = Fuzziness::Edits(edits),
            _ => return None,
        }
    }
    Some(found)
}
