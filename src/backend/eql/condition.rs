//! Conditions as EQL expressions.

use super::Writer;
use super::fold::{self, Family};
use super::term::Terms;
use crate::backend::{compare_op, lucene_regex, query_piece};
use crate::catalog::fields::FieldType;
use crate::fidelity::code;
use crate::ir::{Case, Cmp, Coercion, ExprId, ExprKind, FieldPath, Op, Operand, Pattern, Piece, Shape, Subject, Value};
use crate::lang::eql::{
    At, CompareOp, Expr, ExprKind as Kind, Field, Literal, MatchKind, Str, parse_expression, print_expression,
};
use crate::source::{Location, Span};
use std::net::IpAddr;

/// An expression that stands nowhere yet.
pub(super) fn plain(kind: Kind) -> Expr {
    Expr::new(kind, Span::default())
}

pub(super) fn boolean(value: bool) -> Expr {
    plain(Kind::Literal(Literal::Bool(value)))
}

/// The conjunction; true when there is nothing to join.
pub(super) fn all(conditions: Vec<Expr>) -> Expr {
    let flat = conditions.into_iter().flat_map(|condition| match condition.kind {
        Kind::And(members) => members,
        Kind::Literal(Literal::Bool(true)) => Vec::new(),
        kind => vec![plain(kind)],
    });
    join(flat.collect(), true)
}

fn join(mut members: Vec<Expr>, conjunction: bool) -> Expr {
    match (members.len(), conjunction) {
        (0, _) => boolean(conjunction),
        (1, _) => members.remove(0),
        (_, true) => plain(Kind::And(members)),
        (_, false) => plain(Kind::Or(members)),
    }
}

/// A text as a literal: raw when it has backslashes, as the published rules write paths.
pub(super) fn text(value: impl Into<String>) -> Str {
    let value = value.into();
    Str { raw: is_raw(&value), value, at: At::default() }
}

fn is_raw(value: &str) -> bool {
    value.contains('\\') && !value.contains('"') && !value.ends_with('\\') && !value.chars().any(char::is_control)
}

pub(super) struct Conditions<'w, 'r> {
    pub(super) writer: &'w mut Writer<'r>,
}

impl<'w, 'r> Conditions<'w, 'r> {
    pub(super) fn new(writer: &'w mut Writer<'r>) -> Self {
        Self { writer }
    }

    /// The condition. What has no form is gathered with the writer.
    pub(super) fn expr(&mut self, id: ExprId) -> Expr {
        let pool = self.writer.pool;
        let origin = pool.origin(id);
        match pool.kind(id) {
            ExprKind::True => boolean(true),
            ExprKind::False => boolean(false),
            ExprKind::And(members) => all(members.iter().map(|member| self.expr(*member)).collect()),
            ExprKind::Or(members) => self.or(members),
            ExprKind::Not(inner) => self.not(*inner),
            ExprKind::ForSome(items, body) => self.for_some(items, *body, id, origin),
            ExprKind::Test(subject, op) => Terms { writer: self.writer, fields: Vec::new() }.test(subject, op, origin),
            ExprKind::OpaqueTest { text, reason } => {
                self.refused(&code::OPAQUE, format!("`{text}` is not understood: {reason}"), origin)
            }
            ExprKind::Lineage(_) => self.refused(&code::LOGIC, "EQL has no relations between processes", origin),
            ExprKind::ForAll(..) | ExprKind::FirstSome { .. } | ExprKind::Count { .. } => {
                self.refused(&code::LOGIC, "EQL does not go through the items of a list", origin)
            }
        }
    }

    fn refused(
        &mut self,
        code: &'static crate::fidelity::LossCode,
        message: impl Into<String>,
        origin: Option<Location>,
    ) -> Expr {
        self.writer.refuse(code, message, origin);
        boolean(false)
    }

    /// Tests of one kind on one field are one list.
    fn or(&mut self, members: &[ExprId]) -> Expr {
        let mut parts = Vec::new();
        for group in fold::groups(self.writer.pool, members) {
            parts.push(match group {
                fold::Group::Tests { field, family, tests } => self.list(field, family, &tests),
                fold::Group::Other(id) => self.expr(id),
            });
        }
        join(parts, false)
    }

    fn not(&mut self, inner: ExprId) -> Expr {
        let condition = self.expr(inner);
        let kind = match condition.kind {
            Kind::Compare { op: CompareOp::Equal, left, right, op_at } if matches!(left.kind, Kind::Field(_)) => {
                Kind::Compare { op: CompareOp::NotEqual, op_at, left, right }
            }
            // `f != null` is the field's presence, so its complement is `f == null`.
            Kind::Compare { op: CompareOp::NotEqual, left, right, op_at }
                if right.kind == Kind::Literal(Literal::Null) && matches!(left.kind, Kind::Field(_)) =>
            {
                Kind::Compare { op: CompareOp::Equal, op_at, left, right }
            }
            kind => Kind::Not(Box::new(plain(kind))),
        };
        plain(kind)
    }

    fn for_some(&mut self, items: &Subject, body: ExprId, id: ExprId, origin: Option<Location>) -> Expr {
        let pool = self.writer.pool;
        if let ExprKind::Test(Subject::Element(0), Op::Query { expression, id }) = pool.kind(body) {
            return self.piece(items, expression, id, origin);
        }
        let Subject::Elements(inner) = items else {
            return self.refused(&code::LOGIC, "EQL has no search over all fields and no order of items", origin);
        };
        let Subject::Field(field) = &**inner else {
            return self.refused(&code::LOGIC, "EQL does not go through the items of a list", origin);
        };
        if body == ExprId::TRUE {
            let null = plain(Kind::Literal(Literal::Null));
            return compare(self.field(field), CompareOp::NotEqual, null);
        }
        if let Some((field, family, test)) = fold::field_test(pool, id) {
            return self.list(field, family, &[test]);
        }
        match pool.kind(body) {
            ExprKind::Test(Subject::Element(0), op) if !compares_terms(op) => self.single(field, op, origin),
            _ => {
                let mut terms = Terms { writer: self.writer, fields: Vec::new() };
                terms.quantified(items, body, origin)
            }
        }
    }

    /// A pipeline's piece of a query, which has to be EQL.
    fn piece(&mut self, items: &Subject, expression: &str, id: &str, origin: Option<Location>) -> Expr {
        let name = match items {
            Subject::Elements(inner) => match &**inner {
                Subject::Field(field) => Some(print_expression(&self.field(field))),
                _ => None,
            },
            _ => None,
        };
        let parsed = query_piece(expression, name.as_deref(), id).and_then(|text| {
            let parsed = parse_expression(&text);
            match (parsed.problems.first(), parsed.expression) {
                (None, Some(expression)) => Ok(expression),
                (problem, _) => Err(problem.map_or_else(String::new, |problem| problem.message.clone())),
            }
        });
        parsed.unwrap_or_else(|why| {
            let message = format!("`{expression}` of the pipeline is not an expression of EQL: {why}");
            self.refused(&code::PIPELINE_FAILURE, message, origin)
        })
    }

    fn field(&self, path: &FieldPath) -> Expr {
        field(self.writer.field(path))
    }

    /// One test, or any of several of a kind, on a field.
    fn list(&mut self, path: &FieldPath, family: Family, tests: &[&Op]) -> Expr {
        let mut subject = self.field(path);
        let ty = self.writer.schema.lookup_shared(&path.name_ref()).map_or(FieldType::Unknown, |info| info.ty);
        if holds_no_text(ty) {
            if let Some(values) = typed(tests, ty) {
                return equalities(subject, &values.iter().collect::<Vec<_>>());
            }
            if matches!(family, Family::Insensitive | Family::Like | Family::Regex(_)) {
                subject = call("string", false, vec![subject]);
            }
        }
        match family {
            Family::Exact => equalities(subject, tests),
            Family::Insensitive => insensitive(subject, tests),
            Family::Like => patterns(subject, tests, Case::Sensitive),
            Family::Regex(case) => regexes(subject, tests, case),
            Family::Cidr => networks(subject, tests),
        }
    }

    /// A test that no list has room for.
    fn single(&mut self, path: &FieldPath, op: &Op, origin: Option<Location>) -> Expr {
        match op {
            Op::Compare { op, to: Operand::Value(value), .. } if !matches!(op, Cmp::Equal | Cmp::NotEqual) => {
                let subject = self.field(path);
                compare(subject, compare_op(*op), constant(value))
            }
            Op::Compare { op: Cmp::Equal, to: Operand::Value(value), .. } => {
                let subject = self.field(path);
                compare(subject, CompareOp::Equal, constant(value))
            }
            Op::Words { .. } => {
                let message = format!("`{path}` is analysed text: EQL has no test of its words; KQL has");
                self.refused(&code::TYPE, message, origin)
            }
            _ => self.refused(&code::LOGIC, format!("EQL has no form for this test of `{path}`"), origin),
        }
    }
}

/// Whether Elasticsearch refuses `:`, `like` and `regex` on a field of this type.
fn holds_no_text(ty: FieldType) -> bool {
    ty.is_number() || matches!(ty, FieldType::Ip | FieldType::Date | FieldType::Boolean)
}

/// Tests for texts as tests for the values that they are the texts of; none where one of them is no such text.
fn typed(tests: &[&Op], ty: FieldType) -> Option<Vec<Op>> {
    let value = |op: &&Op| {
        let text = fold::equal_text(op)?;
        let to = match ty {
            FieldType::Ip if text.parse::<IpAddr>().is_ok() => Value::str(text),
            FieldType::Integer => Value::Int(text.parse().ok().filter(|number: &i64| number.to_string() == text)?),
            _ => return None,
        };
        Some(Op::Equal { to: Operand::Value(to), case: Case::Sensitive, coercion: Coercion::None })
    };
    tests.iter().map(value).collect()
}

/// Whether the other side is a term and not a constant.
fn compares_terms(op: &Op) -> bool {
    matches!(
        op,
        Op::Equal { to: Operand::Subject(_), .. }
            | Op::Compare { to: Operand::Subject(_), .. }
            | Op::HasText { text: Operand::Subject(_), .. }
    )
}

pub(super) fn field(field: Field) -> Expr {
    plain(Kind::Field(field))
}

pub(super) fn compare(left: Expr, op: CompareOp, right: Expr) -> Expr {
    plain(Kind::Compare { op, op_at: At::default(), left: Box::new(left), right: Box::new(right) })
}

/// A constant of a test. Lists and objects are compared by their JSON, which no value of a field is.
pub(super) fn constant(value: &Value) -> Expr {
    plain(Kind::Literal(match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(value.0),
        Value::Str(value) => Literal::String { value: value.to_string(), raw: is_raw(value) },
        other => Literal::String { value: other.to_string(), raw: false },
    }))
}

fn call(name: &str, insensitive: bool, args: Vec<Expr>) -> Expr {
    plain(Kind::Function { name: name.to_owned(), insensitive, name_at: At::default(), args })
}

fn equalities(subject: Expr, tests: &[&Op]) -> Expr {
    let mut list: Vec<Expr> = Vec::with_capacity(tests.len());
    list.extend(tests.iter().filter_map(|op| fold::equal_to(op)).map(constant));
    if list.len() == 1 {
        return compare(subject, CompareOp::Equal, list.remove(0));
    }
    plain(Kind::In { insensitive: false, op_at: At::default(), subject: Box::new(subject), list })
}

/// `:` for texts without wildcard letters and for patterns, `in~` for texts with them, which are letters there.
fn insensitive(subject: Expr, tests: &[&Op]) -> Expr {
    let has_wildcard = |op: &&Op| fold::equal_text(op).is_some_and(has_wildcard_letter);
    if !tests.iter().any(&has_wildcard) {
        return patterns(subject, tests, Case::AsciiInsensitive);
    }
    let (literal, rest): (Vec<&Op>, Vec<&Op>) = tests.iter().partition(|op| has_wildcard(op));
    let mut parts = Vec::new();
    if !rest.is_empty() {
        parts.push(patterns(subject.clone(), &rest, Case::AsciiInsensitive));
    }
    if !literal.is_empty() {
        let list = literal.iter().filter_map(|op| fold::equal_to(op)).map(constant).collect();
        parts.push(plain(Kind::In { insensitive: true, op_at: At::default(), subject: Box::new(subject), list }));
    }
    join(parts, false)
}

/// `like` or `:`; patterns whose literals have wildcard letters stand apart, in a form without wildcards.
fn patterns(subject: Expr, tests: &[&Op], case: Case) -> Expr {
    let mut list = Vec::with_capacity(tests.len());
    let mut parts = Vec::new();
    for op in tests {
        match op {
            Op::Matches { pattern, .. } if pattern.literals().any(has_wildcard_letter) => {
                parts.push(with_letters(subject.clone(), pattern, case));
            }
            Op::Matches { pattern, .. } => list.push(text(wildcards(pattern))),
            op => list.extend(fold::equal_text(op).map(text)),
        }
    }
    if !list.is_empty() {
        let kind = if case.is_sensitive() { MatchKind::Like } else { MatchKind::Colon };
        parts.insert(0, plain(Kind::Match { kind, op_at: At::default(), subject: Box::new(subject), list }));
    }
    join(parts, false)
}

fn has_wildcard_letter(text: &str) -> bool {
    memchr::memchr2(b'*', b'?', text.as_bytes()).is_some()
}

fn wildcards(pattern: &Pattern) -> String {
    fn written(piece: &Piece) -> &str {
        match piece {
            Piece::Literal(text) => text,
            Piece::Any => "*",
            Piece::One => "?",
        }
    }
    // With room for all: a text that grows is copied.
    let mut out = String::with_capacity(pattern.pieces().iter().map(|piece| written(piece).len()).sum());
    pattern.pieces().iter().for_each(|piece| out.push_str(written(piece)));
    out
}

/// EQL's wildcards have no escape: a function, or a regular expression, says the same.
fn with_letters(subject: Expr, pattern: &Pattern, case: Case) -> Expr {
    let insensitive = !case.is_sensitive();
    let literal = |text: &str| constant(&Value::str(text));
    match pattern.shape() {
        Shape::Prefix(text) => call("startsWith", insensitive, vec![subject, literal(text)]),
        Shape::Suffix(text) => call("endsWith", insensitive, vec![subject, literal(text)]),
        Shape::Contains(text) => call("stringContains", insensitive, vec![subject, literal(text)]),
        _ => {
            let kind = if insensitive { MatchKind::RegexInsensitive } else { MatchKind::Regex };
            let list = vec![text(lucene_regex::wildcard(pattern, Case::Sensitive))];
            plain(Kind::Match { kind, op_at: At::default(), subject: Box::new(subject), list })
        }
    }
}

fn regexes(subject: Expr, tests: &[&Op], case: Case) -> Expr {
    let kind = if case.is_sensitive() { MatchKind::Regex } else { MatchKind::RegexInsensitive };
    let list = tests
        .iter()
        .filter_map(|op| match op {
            Op::Regex { regex, .. } => Some(text(&*regex.pattern)),
            _ => None,
        })
        .collect();
    plain(Kind::Match { kind, op_at: At::default(), subject: Box::new(subject), list })
}

fn networks(subject: Expr, tests: &[&Op]) -> Expr {
    let blocks = tests.iter().filter_map(|op| match op {
        Op::InCidr(network) => Some(constant(&Value::str(network.to_string()))),
        _ => None,
    });
    call("cidrMatch", false, std::iter::once(subject).chain(blocks).collect())
}
