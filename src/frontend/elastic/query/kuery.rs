//! KQL to conditions, as Kibana's query functions build Elasticsearch queries from it (reference: elastic.md section 8):
//! every test is any-of over the field's values, `not` is the complement, and what a value means follows the field's type.

use super::kuery_value::{self, Mapping, Target, Test};
use super::{Lowering, QueryText, datasets, lucene};
use crate::catalog::fields::FieldType;
use crate::ir::{ExprId, FieldPath, Pattern, Piece, Subject, UseKind};
use crate::lang::kuery::{Node, Piece as ValuePiece, Query, RangeOp, Value, Values, ValuesNode};
use crate::lang::lucene as query_string;
use crate::source::{Location, Span, TextMap};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The condition of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> ExprId {
    let mut reading = Kuery { lowering, nested: None };
    reading.query(query)
}

struct Kuery<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    /// The nested field whose item the query speaks of.
    nested: Option<FieldPath>,
}

impl Kuery<'_, '_> {
    fn query(&mut self, query: &Query) -> ExprId {
        let at = Some(self.lowering.at(query.span));
        match &query.node {
            Node::All => ExprId::TRUE,
            Node::Or(parts) => {
                let parts: Vec<ExprId> = parts.iter().map(|part| self.query(part)).collect();
                self.lowering.parts.pool.or(parts, at)
            }
            Node::And(parts) => {
                let limit = datasets::limit_of_kuery(query);
                let parts: Vec<ExprId> =
                    self.within(limit, |reading| parts.iter().map(|part| reading.query(part)).collect());
                self.lowering.parts.pool.and(parts, at)
            }
            Node::Not(part) => {
                let part = self.under_not(|reading| reading.query(part));
                self.lowering.parts.pool.not(part, at)
            }
            Node::Nested { path, query } => self.nested(path, query, at),
            Node::Range { field, op, value } => match self.target(field) {
                Some(target) => self.range(&target, op.value, value, at),
                None => self.pattern_in_nested(query.span),
            },
            Node::Field { field, values, .. } => {
                if field.is_star() && matches!(&values.node, ValuesNode::One(value) if value.is_star()) {
                    return ExprId::TRUE;
                }
                match self.target(field) {
                    Some(target) => self.values(&target, values, query.span),
                    None => self.pattern_in_nested(query.span),
                }
            }
            Node::Free(value) => self.free(value, query.span),
        }
    }

    fn under_not<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        self.lowering.negated = !self.lowering.negated;
        let lowered = lower(self);
        self.lowering.negated = !self.lowering.negated;
        lowered
    }

    fn within<T>(&mut self, datasets: Option<BTreeSet<String>>, lower: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.lowering.scope;
        self.lowering.enter(datasets);
        let lowered = lower(self);
        self.lowering.scope = outer;
        lowered
    }

    fn pattern_in_nested(&mut self, span: Span) -> ExprId {
        self.lowering.hole(span, "a search over several fields inside a nested field")
    }

    /// `path:{ query }`: one item of the nested field satisfies all of it. Paths inside start at the item.
    fn nested(&mut self, path: &Value, query: &Query, at: Option<Location>) -> ExprId {
        let Some(name) = path.text() else {
            return self.lowering.hole(path.span.to(query.span), "a nested field with a wildcard in its name");
        };
        let (items, full) = self.place(&FieldPath::dotted(name));
        self.lowering.used(&full, path.span, UseKind::Other, Vec::new());
        let outer = self.nested.replace(full);
        let body = self.query(query);
        self.nested = outer;
        self.lowering.parts.pool.for_some(Subject::Elements(Arc::new(items)), body, at)
    }

    /// The term that a path stands for here, and its full name.
    fn place(&self, path: &FieldPath) -> (Subject, FieldPath) {
        match &self.nested {
            Some(outer) => (Subject::Member(Arc::new(Subject::Element(0)), path.clone()), outer.join(path)),
            None => (Subject::Field(path.clone()), path.clone()),
        }
    }

    /// `None` for several fields of an item, which no term says.
    fn target(&mut self, field: &Value) -> Option<Target> {
        let Some(name) = field.text() else {
            if self.nested.is_some() {
                return None;
            }
            let collection = Subject::AnyField(pattern(&field.parts));
            let assumption = format!("the fields that `{}` names are keywords", pattern(&field.parts));
            self.lowering.parts.assumptions.insert(assumption);
            return Some(Target { collection, field: None, mapping: Mapping::UNKNOWN, span: field.span });
        };
        let (subject, full) = self.place(&FieldPath::dotted(name));
        let mapping = self.lowering.mapping(&full.name());
        let collection = Subject::Elements(Arc::new(subject));
        Some(Target { collection, field: Some(full), mapping, span: field.span })
    }

    fn values(&mut self, target: &Target, values: &Values, whole: Span) -> ExprId {
        let at = Some(self.lowering.at(values.span));
        match &values.node {
            ValuesNode::Or(parts) => {
                let parts: Vec<ExprId> = parts.iter().map(|part| self.values(target, part, part.span)).collect();
                self.lowering.parts.pool.or(parts, at)
            }
            ValuesNode::And(parts) => {
                let parts: Vec<ExprId> = parts.iter().map(|part| self.values(target, part, part.span)).collect();
                self.lowering.parts.pool.and(parts, at)
            }
            ValuesNode::Not(part) => {
                let part = self.under_not(|reading| reading.values(target, part, part.span));
                self.lowering.parts.pool.not(part, at)
            }
            ValuesNode::One(value) => self.value(target, value, whole),
        }
    }

    fn value(&mut self, target: &Target, value: &Value, whole: Span) -> ExprId {
        let at = Some(self.lowering.at(whole));
        if value.is_star() && !value.quoted {
            self.used(target, UseKind::Exists, Vec::new());
            return self.lowering.parts.pool.for_some(target.collection.clone(), ExprId::TRUE, at);
        }
        let whole_value = matches!(target.mapping.ty, FieldType::Keyword | FieldType::Unknown);
        if has_split_wildcard(value) && !whole_value {
            return self.query_string(Some(target), value);
        }
        let test = kuery_value::test(target.mapping, value);
        self.tested(target, test, value, at)
    }

    /// A wildcard value on anything but a keyword is a query string to Kibana (`functions/is.ts`), where white space ends a term.
    fn query_string(&mut self, target: Option<&Target>, value: &Value) -> ExprId {
        let text = value_as_query_string(value);
        let Some(parsed) = query_string::parse(&text).query else {
            return self.lowering.hole(value.span, "the query string that Kibana makes of this value cannot be read");
        };
        let target = target.map(|target| {
            let shown = crate::ir::Value::str(pattern(&value.parts).to_string());
            self.used(target, UseKind::Pattern, vec![(shown, value.span)]);
            // The parts are no uses of their own.
            Target { collection: target.collection.clone(), field: None, mapping: target.mapping, span: target.span }
        });
        let map = TextMap::opaque(self.lowering.at(value.span).span);
        let query = QueryText { text: &text, map: &map };
        let outer = &mut *self.lowering;
        let mut reading = Lowering::new(&mut *outer.parts, outer.schema, query, outer.category_field);
        (reading.negated, reading.scope) = (outer.negated, outer.scope);
        lucene::lower_on(&parsed, target.as_ref(), &mut reading)
    }

    fn range(&mut self, target: &Target, op: RangeOp, value: &Value, at: Option<Location>) -> ExprId {
        // A star is no wildcard in a range.
        let text: String = value
            .parts
            .iter()
            .map(|part| match part {
                ValuePiece::Literal(text) => text.as_str(),
                ValuePiece::Star => "*",
            })
            .collect();
        let test = kuery_value::range(target.mapping, op, &text);
        self.tested(target, test, value, at)
    }

    fn tested(&mut self, target: &Target, test: Test, value: &Value, at: Option<Location>) -> ExprId {
        if let (Some(assumption), Some(field)) = (test.assumption, &target.field) {
            self.lowering.parts.assumptions.insert(format!("`{field}` {assumption}"));
        }
        self.used(target, test.kind, vec![(test.value, value.span)]);
        if let Some(reason) = test.hole {
            return self.lowering.hole(target.span.to(value.span), reason);
        }
        let pool = &mut self.lowering.parts.pool;
        let tests: Vec<ExprId> = test
            .ops
            .into_iter()
            .map(|op| {
                let body = pool.test(Subject::Element(0), op, at);
                pool.for_some(target.collection.clone(), body, at)
            })
            .collect();
        pool.or(tests, at)
    }

    /// A value without a field: a search in all fields, each by its type; here as in keywords.
    fn free(&mut self, value: &Value, span: Span) -> ExprId {
        if value.is_star() {
            return ExprId::TRUE;
        }
        if self.nested.is_some() {
            return self.pattern_in_nested(span);
        }
        if has_split_wildcard(value) {
            return self.query_string(None, value);
        }
        self.lowering.parts.assumptions.insert(SEARCHED_IN_KEYWORDS.to_owned());
        let test = kuery_value::test(Mapping::UNKNOWN, value);
        let collection = Subject::AnyField(Pattern::new([Piece::Any]));
        let target = Target { collection, field: None, mapping: Mapping::UNKNOWN, span };
        let at = Some(self.lowering.at(span));
        self.tested(&target, test, value, at)
    }

    fn used(&mut self, target: &Target, kind: UseKind, values: Vec<(crate::ir::Value, Span)>) {
        if let Some(field) = &target.field {
            self.lowering.used(field, target.span, kind, values);
        }
    }
}

/// What is taken for granted of a value without a field.
pub(super) const SEARCHED_IN_KEYWORDS: &str = "a value without a field is searched in keywords";

fn has_split_wildcard(value: &Value) -> bool {
    let spaced = |part: &ValuePiece| matches!(part, ValuePiece::Literal(text) if text.contains(char::is_whitespace));
    !value.quoted && value.has_wildcard() && value.parts.iter().any(spaced)
}

/// Kibana's `toQueryStringQuery`: the characters that are special in a query string are escaped; white space and words are not.
fn value_as_query_string(value: &Value) -> String {
    let mut out = String::new();
    for part in &value.parts {
        match part {
            ValuePiece::Star => out.push('*'),
            ValuePiece::Literal(text) => {
                for c in text.chars() {
                    if "+-=&|><!(){}[]^\"~*?:\\/".contains(c) {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

/// The wildcard pattern of a value or a field's name.
pub(super) fn pattern(parts: &[ValuePiece]) -> Pattern {
    Pattern::new(parts.iter().map(|part| match part {
        ValuePiece::Literal(text) => Piece::Literal(text.as_str().into()),
        ValuePiece::Star => Piece::Any,
    }))
}
