//! Lucene query strings to conditions, as Elasticsearch's `query_string` builds queries from them: every test is any-of over the
//! field's values, the default operator is `OR`, and what a value means follows the field's type.

use super::Lowering;
use super::kuery_value;
use crate::catalog::fields::FieldType;
use crate::ir::{
    Anchoring, Case, Coercion, ExprId, FieldPath, Op, Pattern, Piece, Regex, RegexDialect, Subject, UseKind, Value,
};
use crate::lang::kuery;
use crate::lang::lucene::{Bound, Clause, Node, Occur, Piece as Written, Query, RangeOp, Text, occurs};
use crate::source::Span;
use std::sync::Arc;

/// The condition of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> ExprId {
    lower_in(query, None, lowering)
}

fn lower_in(query: &Query, field: Option<&Text>, lowering: &mut Lowering<'_>) -> ExprId {
    let span = query.span();
    match &query.node {
        Node::All => ExprId::TRUE,
        Node::Group(clauses) => group(clauses, field, span, lowering),
        Node::Field { field, query } => named(field, query, span, lowering),
        Node::Boost { query, .. } => {
            lowering.parts.assumptions.insert("a boost (`^`) changes the score and no match".to_owned());
            lower_in(query, field, lowering)
        }
        Node::Fuzzy { .. } => lowering.hole(span, "a fuzzy term matches texts a few edits away"),
        Node::Phrase { slop: Some(slop), .. } if *slop > 0 => {
            lowering.hole(span, "a phrase with a distance between its words")
        }
        _ => leaf(query, field, span, lowering),
    }
}

/// All required clauses, no prohibited one, and without a required one any optional one. A group of prohibited clauses alone is
/// their complement, which Elasticsearch adds to Lucene (`Queries.fixNegativeQueryIfNeeded`).
fn group(clauses: &[Clause], field: Option<&Text>, span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let (mut must, mut should, mut not) = (Vec::new(), Vec::new(), Vec::new());
    for (clause, occur) in clauses.iter().zip(occurs(clauses)) {
        let at = Some(lowering.at(clause.query.span()));
        match occur {
            Occur::Must => must.push(lower_in(&clause.query, field, lowering)),
            Occur::Should => should.push(lower_in(&clause.query, field, lowering)),
            Occur::MustNot => {
                let inner = lowering.under_not(|lowering| lower_in(&clause.query, field, lowering));
                not.push(lowering.parts.pool.not(inner, at));
            }
        }
    }
    let at = Some(lowering.at(span));
    let pool = &mut lowering.parts.pool;
    if must.is_empty() && !should.is_empty() {
        must.push(pool.or(should, at));
    } else if !should.is_empty() {
        let text = "a clause without `AND` or `+` beside a required one changes the score and no match";
        lowering.parts.assumptions.insert(text.to_owned());
    }
    lowering.parts.pool.and(must.into_iter().chain(not), at)
}

fn named(field: &Text, query: &Query, span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let at = Some(lowering.at(span));
    let star = matches!(&query.node, Node::Term(text) if text.is_star());
    if field.is_star() && star {
        return ExprId::TRUE;
    }
    if field.literal() == Some("_exists_") {
        let name = match &query.node {
            Node::Term(text) => text.literal().map(str::to_owned),
            Node::Phrase { text, .. } => Some(text.clone()),
            _ => None,
        };
        let Some(name) = name else { return lowering.hole(span, "the existence of a pattern of fields") };
        let path = FieldPath::dotted(&name);
        lowering.used(&path, query.span(), UseKind::Exists, Vec::new());
        return lowering.parts.pool.exists(path, at);
    }
    if star && let Some(name) = field.literal() {
        let path = FieldPath::dotted(name);
        lowering.used(&path, field.at.0, UseKind::Exists, Vec::new());
        return lowering.parts.pool.exists(path, at);
    }
    lower_in(query, Some(field), lowering)
}

/// What a leaf tests.
struct Test {
    /// Any of them holds.
    ops: Vec<Op>,
    /// All of them hold (the two ends of a range).
    all: bool,
    kind: UseKind,
    values: Vec<(Value, Span)>,
    hole: Option<&'static str>,
}

fn leaf(query: &Query, field: Option<&Text>, span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let name = field.and_then(Text::literal);
    let ty = match name {
        Some(name) => lowering.field_type(name),
        None => FieldType::Unknown,
    };
    let test = test_of(query, ty);
    if let (Some(name), Some(field)) = (name, field) {
        lowering.used(&FieldPath::dotted(name), field.at.0, test.kind, test.values);
    }
    if let Some(reason) = test.hole {
        return lowering.hole(span, reason);
    }
    let collection = match (field, name) {
        (_, Some(name)) => Subject::Elements(Arc::new(Subject::Field(FieldPath::dotted(name)))),
        (Some(field), None) => Subject::AnyField(pattern(field)),
        (None, None) => {
            lowering.parts.assumptions.insert("a value without a field is searched in keywords".to_owned());
            Subject::AnyField(Pattern::new([Piece::Any]))
        }
    };
    let at = Some(lowering.at(span));
    let pool = &mut lowering.parts.pool;
    let tests: Vec<ExprId> = test.ops.into_iter().map(|op| pool.test(Subject::Element(0), op, at)).collect();
    if test.all {
        // The two ends of a range are met by one value.
        let body = pool.and(tests, at);
        return pool.for_some(collection, body, at);
    }
    let tests: Vec<ExprId> = tests.into_iter().map(|body| pool.for_some(collection.clone(), body, at)).collect();
    pool.or(tests, at)
}

fn test_of(query: &Query, ty: FieldType) -> Test {
    match &query.node {
        Node::Term(text) => word(text, ty, query.span()),
        Node::Phrase { text, .. } => {
            from_kuery(kuery_value::test(ty, &kuery::Value::quoted(text.as_str())), query.span())
        }
        Node::Compare { op, value } => from_kuery(kuery_value::range(ty, range_op(*op), &plain(value)), value.at.0),
        Node::Range { low, high } => range(low, high, ty, query.span()),
        Node::Regex(text) => regex(text, ty, query.span()),
        _ => hole(UseKind::Other, "this part of a query string has no form in the rule model"),
    }
}

fn hole(kind: UseKind, reason: &'static str) -> Test {
    Test { ops: Vec::new(), all: false, kind, values: Vec::new(), hole: Some(reason) }
}

fn from_kuery(test: kuery_value::Test, span: Span) -> Test {
    Test { ops: test.ops, all: false, kind: test.kind, values: vec![(test.value, span)], hole: test.hole }
}

/// KQL and query strings agree on what a literal word and a word with stars mean.
fn word(text: &Text, ty: FieldType, span: Span) -> Test {
    if !text.pieces.contains(&Written::Question) {
        return from_kuery(kuery_value::test(ty, &plain(text)), span);
    }
    if ty.is_analysed() {
        return hole(UseKind::Pattern, "a wildcard on an analysed field meets its words, not its text");
    }
    let pattern = pattern(text);
    let values = vec![(Value::str(pattern.to_string()), span)];
    let op = Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text };
    Test { ops: vec![op], all: false, kind: UseKind::Pattern, values, hole: None }
}

fn plain(text: &Text) -> kuery::Value {
    if text.quoted {
        return kuery::Value::quoted(text.literal().unwrap_or_default());
    }
    kuery::Value::wildcard(
        text.pieces
            .iter()
            .map(|piece| match piece {
                Written::Literal(text) => kuery::Piece::Literal(text.clone()),
                Written::Star | Written::Question => kuery::Piece::Star,
            })
            .collect(),
    )
}

fn pattern(text: &Text) -> Pattern {
    Pattern::new(text.pieces.iter().map(|piece| match piece {
        Written::Literal(text) => Piece::Literal(text.as_str().into()),
        Written::Star => Piece::Any,
        Written::Question => Piece::One,
    }))
}

fn range_op(op: RangeOp) -> kuery::RangeOp {
    match op {
        RangeOp::Less => kuery::RangeOp::Less,
        RangeOp::LessOrEqual => kuery::RangeOp::LessOrEqual,
        RangeOp::Greater => kuery::RangeOp::Greater,
        RangeOp::GreaterOrEqual => kuery::RangeOp::GreaterOrEqual,
    }
}

fn range(low: &Bound, high: &Bound, ty: FieldType, span: Span) -> Test {
    let ends = [
        (low, if low.inclusive { kuery::RangeOp::GreaterOrEqual } else { kuery::RangeOp::Greater }),
        (high, if high.inclusive { kuery::RangeOp::LessOrEqual } else { kuery::RangeOp::Less }),
    ];
    let mut test = Test { ops: Vec::new(), all: true, kind: UseKind::Compare, values: Vec::new(), hole: None };
    for (bound, op) in ends.into_iter().filter(|(bound, _)| !bound.value.is_star()) {
        let end = kuery_value::range(ty, op, &plain(&bound.value));
        test.ops.extend(end.ops);
        test.values.push((end.value, bound.value.at.0));
        test.hole = test.hole.or(end.hole);
    }
    if test.ops.is_empty() && test.hole.is_none() {
        return Test { kind: UseKind::Exists, ..test };
    }
    if test.values.is_empty() {
        test.values.push((Value::Null, span));
    }
    test
}

/// Lucene's expressions speak of whole terms: the whole value of a keyword.
fn regex(text: &str, ty: FieldType, span: Span) -> Test {
    if ty.is_analysed() {
        return hole(UseKind::Regex, "a regular expression on an analysed field meets its words, not its text");
    }
    let regex = Regex {
        pattern: text.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    };
    let op = Op::Regex { regex, coercion: Coercion::Text };
    Test { ops: vec![op], all: false, kind: UseKind::Regex, values: vec![(Value::str(text), span)], hole: None }
}
