//! KQL to conditions, as Kibana's query functions build Elasticsearch queries from it (reference: elastic.md section 8):
//! every test is any-of over the field's values, `not` is the complement, and what a value means follows the field's type.

use super::Lowering;
use super::kuery_value::{self, Test};
use crate::catalog::fields::FieldType;
use crate::ir::{ExprId, FieldPath, Pattern, Piece, Subject, UseKind};
use crate::lang::kuery::{Node, Piece as ValuePiece, Query, RangeOp, Value, Values, ValuesNode};
use crate::source::{Location, Span};
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

/// What stands before the colon.
pub(super) struct Target {
    collection: Subject,
    /// The field in the schema; a pattern of fields has none.
    field: Option<FieldPath>,
    pub(super) ty: FieldType,
    span: Span,
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
                let parts: Vec<ExprId> = parts.iter().map(|part| self.query(part)).collect();
                self.lowering.parts.pool.and(parts, at)
            }
            Node::Not(part) => {
                let part = self.under_not(|reading| reading.query(part));
                self.lowering.parts.pool.not(part, at)
            }
            Node::Nested { path, query } => self.nested(path, query, at),
            Node::Range { field, op, value } => {
                let target = self.target(field);
                self.range(&target, op.value, value, at)
            }
            Node::Field { field, values, .. } => {
                if field.is_star() && matches!(&values.node, ValuesNode::One(value) if value.is_star()) {
                    return ExprId::TRUE;
                }
                let target = self.target(field);
                self.values(&target, values, query.span)
            }
            Node::Free(value) => self.free(value, at),
        }
    }

    fn under_not<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        self.lowering.negated = !self.lowering.negated;
        let lowered = lower(self);
        self.lowering.negated = !self.lowering.negated;
        lowered
    }

    /// `path:{ query }`: one item of the nested field satisfies all of it.
    fn nested(&mut self, path: &Value, query: &Query, at: Option<Location>) -> ExprId {
        let Some(name) = path.text() else {
            return self.lowering.hole(query.span, "a nested field with a wildcard in its name");
        };
        if self.nested.is_some() {
            return self.lowering.hole(query.span, "a nested field inside a nested field");
        }
        let field = FieldPath::dotted(name);
        self.lowering.used(&field, path.span, UseKind::Other, Vec::new());
        self.nested = Some(field.clone());
        let body = self.query(query);
        self.nested = None;
        self.lowering.parts.pool.for_some(Subject::Elements(Arc::new(Subject::Field(field))), body, at)
    }

    fn target(&mut self, field: &Value) -> Target {
        let Some(name) = field.text() else {
            let collection = Subject::AnyField(pattern(&field.parts));
            let assumption = format!("the fields that `{}` names are keywords", pattern(&field.parts));
            self.lowering.parts.assumptions.insert(assumption);
            return Target { collection, field: None, ty: FieldType::Unknown, span: field.span };
        };
        let path = FieldPath::dotted(name);
        let (subject, full) = match &self.nested {
            Some(outer) => (Subject::Member(Arc::new(Subject::Element(0)), path.clone()), outer.join(&path)),
            None => (Subject::Field(path.clone()), path),
        };
        let ty = self.lowering.field_type(&full.name());
        Target { collection: Subject::Elements(Arc::new(subject)), field: Some(full), ty, span: field.span }
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
        let test = kuery_value::test(target.ty, value);
        self.tested(target, test, value, at)
    }

    fn range(&mut self, target: &Target, op: RangeOp, value: &Value, at: Option<Location>) -> ExprId {
        let test = kuery_value::range(target.ty, op, value);
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
    fn free(&mut self, value: &Value, at: Option<Location>) -> ExprId {
        if value.is_star() {
            return ExprId::TRUE;
        }
        self.lowering.parts.assumptions.insert("a value without a field is searched in keywords".to_owned());
        let test = kuery_value::test(FieldType::Unknown, value);
        let pool = &mut self.lowering.parts.pool;
        let tests: Vec<ExprId> = test
            .ops
            .into_iter()
            .map(|op| {
                let body = pool.test(Subject::Element(0), op, at);
                pool.for_some(Subject::AnyField(Pattern::new([Piece::Any])), body, at)
            })
            .collect();
        pool.or(tests, at)
    }

    fn used(&mut self, target: &Target, kind: UseKind, values: Vec<(crate::ir::Value, Span)>) {
        if let Some(field) = &target.field {
            self.lowering.used(field, target.span, kind, values);
        }
    }
}

/// The wildcard pattern of a value or a field's name.
pub(super) fn pattern(parts: &[ValuePiece]) -> Pattern {
    Pattern::new(parts.iter().map(|part| match part {
        ValuePiece::Literal(text) => Piece::Literal(text.as_str().into()),
        ValuePiece::Star => Piece::Any,
    }))
}
