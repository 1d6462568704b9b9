//! ES|QL conditions, with null as the third outcome (reference: elastic.md section 9; Elastic's ES|QL reference, "multivalued fields"):
//! a comparison with a missing field or with one of several values is null, and `where` keeps what is true.

use super::Lowering;
use super::eql::network;
use super::esql_columns::{Column, Columns, is_single};
use super::esql_term::{self, constant};
use super::esql_threshold::cmp;
use super::kuery_value;
use super::{QueryText, kuery};
use crate::catalog::fields::FieldType;
use crate::ir::{
    Anchoring, Case, Cmp, Coercion, DateConstant, Domain, ExprId, ExprKind as Kind, FieldPath, Op, Operand, Outcome,
    Pattern, Piece, Regex, RegexDialect, Shape, Subject, UseKind, Value,
};
use crate::lang::esql::{Call, CompareOp, Expr, ExprKind, Literal, Name};
use crate::lang::kuery as kql;
use crate::source::{Location, Span, TextMap};
use std::sync::Arc;

const NULL: Outcome = Outcome { holds: ExprId::FALSE, fails: ExprId::FALSE };

/// When a condition is true and when it is false.
pub(super) fn condition(expr: &Expr, columns: &Columns, lowering: &mut Lowering<'_>) -> Outcome {
    let at = Some(lowering.at(expr.span()));
    let mut tests = Tests { columns, lowering };
    match &expr.kind {
        ExprKind::Or(members) => {
            let members: Vec<Outcome> =
                members.iter().map(|member| condition(member, columns, tests.lowering)).collect();
            tests.lowering.parts.pool.outcome_or(&members, at)
        }
        ExprKind::And(members) => {
            let members: Vec<Outcome> =
                members.iter().map(|member| condition(member, columns, tests.lowering)).collect();
            tests.lowering.parts.pool.outcome_and(&members, at)
        }
        ExprKind::Not(inner) => {
            let inner = tests.lowering.under_not(|lowering| condition(inner, columns, lowering));
            crate::ir::Pool::outcome_not(inner)
        }
        ExprKind::Compare { op, left, right, .. } => tests.compare(*op, left, right, expr.span()),
        ExprKind::In { negated, subject, list } => tests.contained(*negated, subject, list, expr.span()),
        ExprKind::Like { regex, negated, subject, patterns, .. } => {
            tests.like(*regex, *negated, subject, patterns, expr.span())
        }
        ExprKind::IsNull { negated, subject } => tests.is_null(*negated, subject, expr.span()),
        ExprKind::Match { field, value, .. } => tests.full_text(field, value, false, expr.span()),
        ExprKind::Call(call) => tests.call(call, expr.span()),
        ExprKind::Column(_) => {
            let yes = vec![(equal(Value::Bool(true)), Value::Bool(true), expr.span())];
            tests.tested(expr, UseKind::Equal, yes, expr.span())
        }
        ExprKind::Literal(Literal::Bool(value)) => {
            let holds = if *value { ExprId::TRUE } else { ExprId::FALSE };
            tests.lowering.parts.pool.two_valued(holds)
        }
        ExprKind::Literal(Literal::Null) => NULL,
        _ => tests.hole(expr.span(), "a value is not a condition"),
    }
}

/// A test with the constant that it names and its place.
type Named = (Op, Value, Span);

struct Tests<'c, 'l, 'a> {
    columns: &'c Columns,
    lowering: &'l mut Lowering<'a>,
}

fn equal(value: Value) -> Op {
    let coercion = if matches!(value, Value::Int(_) | Value::Float(_)) { Coercion::Number } else { Coercion::Text };
    Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion }
}

/// `5 < f` is `f > 5`.
fn flipped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessEqual => CompareOp::GreaterEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterEqual => CompareOp::LessEqual,
        same => same,
    }
}

fn domain(ty: FieldType, value: &Value) -> Domain {
    match (ty, value) {
        (_, Value::Int(_) | Value::Float(_)) => Domain::Number,
        (FieldType::Date, _) => Domain::Date,
        (FieldType::Ip, _) => Domain::Ip,
        (FieldType::Version, _) => Domain::Version,
        _ => Domain::String,
    }
}

fn ordered(op: Cmp, ty: FieldType, value: Value) -> Op {
    let domain = domain(ty, &value);
    let value = if domain == Domain::Date { instant(value) } else { value };
    let coercion = if domain == Domain::Number { Coercion::Number } else { Coercion::Text };
    Op::Compare { op, domain, coercion, to: Operand::Value(value) }
}

/// ES|QL converts a text to one instant: parts that it leaves out are the first ones.
fn instant(value: Value) -> Value {
    let constant = value.as_str().and_then(DateConstant::parse).filter(|constant| !constant.is_relative());
    let bounds = constant.and_then(|constant| constant.bounds(jiff::Timestamp::UNIX_EPOCH));
    bounds.map_or(value, |(first, _)| Value::str(format!("{first:.3}")))
}

/// Equality by the field's type: addresses, dates and versions have several spellings.
fn same(ty: FieldType, value: Value) -> Op {
    match domain(ty, &value) {
        Domain::String | Domain::Number => equal(value),
        _ => ordered(Cmp::Equal, ty, value),
    }
}

/// `*`, `?` and a backslash before them; without wildcards an equality.
fn wildcard(text: &str) -> Op {
    let mut pieces = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Literal(chars.next().unwrap_or('\\').to_string().into()),
            _ => Piece::Literal(c.to_string().into()),
        });
    }
    pattern(Pattern::new(pieces))
}

fn pattern(pattern: Pattern) -> Op {
    match pattern.shape() {
        Shape::Exact(text) => equal(Value::str(text)),
        _ => Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text },
    }
}

fn regex(text: &str) -> Op {
    let regex = Regex {
        pattern: text.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    };
    Op::Regex { regex, coercion: Coercion::Text }
}

fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(&text.value),
        _ => None,
    }
}

impl Tests<'_, '_, '_> {
    fn hole(&mut self, span: Span, reason: &str) -> Outcome {
        let hole = self.lowering.hole(span, reason);
        self.lowering.parts.pool.two_valued(hole)
    }

    fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Outcome {
        let Some(value) = constant(right) else {
            return match constant(left) {
                Some(_) => self.compare(flipped(op), right, left, span),
                None => self.terms(op, left, right, span),
            };
        };
        if value == Value::Null {
            return NULL;
        }
        let ty = self.type_of(left);
        let negated = op == CompareOp::NotEqual;
        let (test, kind) = match op {
            CompareOp::Equal | CompareOp::NotEqual => (same(ty, value.clone()), UseKind::Equal),
            _ => (ordered(cmp(op), ty, value.clone()), UseKind::Compare),
        };
        self.lowering.negated ^= negated;
        let outcome = self.tested(left, kind, vec![(test, value, right.span())], span);
        self.lowering.negated ^= negated;
        if negated { crate::ir::Pool::outcome_not(outcome) } else { outcome }
    }

    /// The type of a column that is a field of the event.
    fn type_of(&mut self, expr: &Expr) -> FieldType {
        match &expr.kind {
            ExprKind::Column(name) if self.columns.is_event_field(&name.text()) => {
                self.lowering.field_type(&name.text())
            }
            _ => FieldType::Unknown,
        }
    }

    fn contained(&mut self, negated: bool, subject: &Expr, list: &[Expr], span: Span) -> Outcome {
        let ty = self.type_of(subject);
        let mut tests = Vec::new();
        let mut with_null = false;
        for item in list {
            match constant(item) {
                Some(Value::Null) => with_null = true,
                Some(value) => tests.push((same(ty, value.clone()), value, item.span())),
                None => return self.hole(span, "a list with something else than constants"),
            }
        }
        let found = self.under(negated, |tests_of| tests_of.tested(subject, UseKind::Equal, tests, span));
        let found = if with_null { Outcome { fails: ExprId::FALSE, ..found } } else { found };
        if negated { crate::ir::Pool::outcome_not(found) } else { found }
    }

    fn under(&mut self, negated: bool, lower: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        self.lowering.negated ^= negated;
        let found = lower(self);
        self.lowering.negated ^= negated;
        found
    }

    fn like(&mut self, is_regex: bool, negated: bool, subject: &Expr, patterns: &[Expr], span: Span) -> Outcome {
        let mut tests = Vec::new();
        for item in patterns {
            let Some(text) = text_of(item) else { return self.hole(span, "a pattern that is a parameter") };
            let op = if is_regex { regex(text) } else { wildcard(text) };
            tests.push((op, Value::str(text), item.span()));
        }
        let kind = if is_regex { UseKind::Regex } else { UseKind::Pattern };
        let found = self.under(negated, |tests_of| tests_of.tested(subject, kind, tests, span));
        if negated { crate::ir::Pool::outcome_not(found) } else { found }
    }

    /// Never null itself.
    fn is_null(&mut self, negated: bool, subject: &Expr, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let there = match &subject.kind {
            ExprKind::Column(name) => match self.columns.find(&name.text()) {
                Column::Field | Column::Single => {
                    self.used(name, UseKind::Exists, Vec::new());
                    self.lowering.parts.pool.exists(FieldPath::dotted(&name.text()), at)
                }
                Column::Term(subject) => self.lowering.parts.pool.test(subject, Op::Present, at),
                Column::Hole(reason) => return self.hole(span, &reason),
            },
            _ => match esql_term::term(subject, self.columns, self.lowering) {
                Ok(term) => self.lowering.parts.pool.test(term.subject, Op::Present, at),
                Err(reason) => return self.hole(span, &reason),
            },
        };
        let outcome = self.lowering.parts.pool.two_valued(there);
        if negated { outcome } else { crate::ir::Pool::outcome_not(outcome) }
    }

    fn used(&mut self, name: &Name, kind: UseKind, values: Vec<(Value, Span)>) {
        if self.columns.is_event_field(&name.text()) {
            self.lowering.used(&FieldPath::dotted(&name.text()), name.at.0, kind, values);
        }
    }

    /// Any of the tests on one value; null without a value or with several.
    fn tested(&mut self, subject: &Expr, kind: UseKind, tests: Vec<Named>, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let ops: Vec<Op> = tests.iter().map(|(op, ..)| op.clone()).collect();
        if let ExprKind::Column(name) = &subject.kind {
            let column = self.columns.find(&name.text());
            match column {
                Column::Field | Column::Single => {
                    let values = tests.into_iter().map(|(_, value, span)| (value, span)).collect();
                    self.used(name, kind, values);
                    return self.on_field(name, ops, at);
                }
                Column::Term(subject) => return self.on_term(&subject, ops, at),
                Column::Hole(reason) => return self.hole(span, &reason),
            }
        }
        match esql_term::term(subject, self.columns, self.lowering) {
            Ok(term) => self.on_term(&term.subject, ops, at),
            Err(reason) => self.hole(span, &reason),
        }
    }

    fn on_field(&mut self, name: &Name, ops: Vec<Op>, at: Option<Location>) -> Outcome {
        let path = FieldPath::dotted(&name.text());
        let single = self.single(&path, at);
        let pool = &mut self.lowering.parts.pool;
        let tests: Vec<ExprId> = ops.into_iter().map(|op| pool.any_of(path.clone(), op, at)).collect();
        let any = pool.or(tests, at);
        let not = pool.not(any, at);
        Outcome { holds: pool.and([single, any], at), fails: pool.and([single, not], at) }
    }

    /// Exactly one value, which a column of the row and some fields cannot exceed.
    fn single(&mut self, path: &FieldPath, at: Option<Location>) -> ExprId {
        let name = path.name();
        let cardinality = self.lowering.schema.lookup(&name).map(|info| info.cardinality);
        let pool = &mut self.lowering.parts.pool;
        if !self.columns.is_event_field(&name) || is_single(cardinality) {
            if self.columns.is_event_field(&name) {
                let text = format!("`{name}` has one value at most, as the schema says");
                self.lowering.parts.assumptions.insert(text);
            }
            return pool.exists(path.clone(), at);
        }
        let items = Subject::Elements(Arc::new(Subject::Field(path.clone())));
        pool.add(Kind::Count { items, body: ExprId::TRUE, op: Cmp::Equal, number: 1 }, at)
    }

    /// A term of one-item arrays too: each field in it is its one value.
    fn on_term(&mut self, subject: &Subject, ops: Vec<Op>, at: Option<Location>) -> Outcome {
        let paths = bindable(subject).unwrap_or_default();
        let guards: Vec<ExprId> = paths.iter().map(|path| self.single(path, at)).collect();
        let term = bound(subject, &paths);
        let pool = &mut self.lowering.parts.pool;
        let there = pool.test(term.clone(), Op::Present, at);
        let tests: Vec<ExprId> = ops.into_iter().map(|op| pool.test(term.clone(), op, at)).collect();
        let any = pool.or(tests, at);
        let not = pool.not(any, at);
        let mut outcome = |body: ExprId| {
            let body = pool.and([there, body], at);
            let over = |body, path: &FieldPath| {
                pool.for_some(Subject::Elements(Arc::new(Subject::Field(path.clone()))), body, at)
            };
            let quantified = paths.iter().rev().fold(body, over);
            pool.and(guards.iter().copied().chain([quantified]), at)
        };
        Outcome { holds: outcome(any), fails: outcome(not) }
    }

    /// A comparison of two computed values or columns.
    fn terms(&mut self, op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Outcome {
        let left_ty = self.type_of(left);
        let sides = esql_term::term(left, self.columns, self.lowering)
            .and_then(|left| Ok((left.subject, esql_term::term(right, self.columns, self.lowering)?.subject)));
        let (left, right) = match sides {
            Ok(sides) => sides,
            Err(reason) => return self.hole(span, &reason),
        };
        let at = Some(self.lowering.at(span));
        let together = Subject::Call(crate::ir::Function::Concat, [left, right].into());
        let Some(paths) = bindable(&together) else {
            return self.hole(span, "a comparison of a value that depends on a condition");
        };
        let guards: Vec<ExprId> = paths.iter().map(|path| self.single(path, at)).collect();
        let Subject::Call(_, sides) = bound(&together, &paths) else { return NULL };
        let to = Operand::Subject(Arc::new(sides[1].clone()));
        let domain = if left_ty == FieldType::Unknown { None } else { Some(domain(left_ty, &Value::Null)) };
        let test = match (op, domain) {
            (CompareOp::Equal | CompareOp::NotEqual, _) => {
                Op::Equal { to, case: Case::Sensitive, coercion: Coercion::None }
            }
            (_, Some(domain)) if !left_ty.is_number() => {
                Op::Compare { op: cmp(op), domain, coercion: Coercion::Text, to }
            }
            _ => Op::Compare { op: cmp(op), domain: Domain::Number, coercion: Coercion::Number, to },
        };
        let pool = &mut self.lowering.parts.pool;
        let there: Vec<ExprId> = sides.iter().map(|side| pool.test(side.clone(), Op::Present, at)).collect();
        let any = pool.test(sides[0].clone(), test, at);
        let not = pool.not(any, at);
        let mut outcome = |body: ExprId| {
            let body = pool.and(there.iter().copied().chain([body]), at);
            let over = |body, path: &FieldPath| {
                pool.for_some(Subject::Elements(Arc::new(Subject::Field(path.clone()))), body, at)
            };
            let quantified = paths.iter().rev().fold(body, over);
            pool.and(guards.iter().copied().chain([quantified]), at)
        };
        let found = Outcome { holds: outcome(any), fails: outcome(not) };
        if op == CompareOp::NotEqual { crate::ir::Pool::outcome_not(found) } else { found }
    }

    fn call(&mut self, call: &Call, span: Span) -> Outcome {
        let name = call.name.to_ascii_lowercase();
        match (name.as_str(), call.args.as_slice()) {
            ("starts_with" | "ends_with" | "contains", [subject, text]) => {
                let Some(value) = text_of(text) else { return self.hole(span, "a text that is not a constant") };
                let fits = match name.as_str() {
                    "starts_with" => Pattern::prefix(value),
                    "ends_with" => Pattern::suffix(value),
                    _ => Pattern::contains(value),
                };
                let test = (pattern(fits), Value::str(value), text.span());
                self.tested(subject, UseKind::Pattern, vec![test], span)
            }
            ("cidr_match", [subject, blocks @ ..]) => self.cidr(subject, blocks, span),
            ("match" | "match_phrase", [subject, value]) => match &subject.kind {
                ExprKind::Column(field) => self.full_text(field, value, name == "match_phrase", span),
                _ => self.hole(span, "a full text search in a computed value"),
            },
            ("kql", [text]) => self.kql(text, span),
            _ => {
                let yes = vec![(equal(Value::Bool(true)), Value::Bool(true), span)];
                let expr = Expr { kind: ExprKind::Call(call.clone()), at: span.into() };
                self.tested(&expr, UseKind::Equal, yes, span)
            }
        }
    }

    fn cidr(&mut self, subject: &Expr, blocks: &[Expr], span: Span) -> Outcome {
        let mut tests = Vec::new();
        for block in blocks {
            let text = text_of(block);
            let Some(network) = text.and_then(network) else {
                return self.hole(block.span(), "not a network");
            };
            tests.push((Op::InCidr(network), Value::str(text.unwrap_or_default()), block.span()));
        }
        self.tested(subject, UseKind::Cidr, tests, span)
    }

    /// A search as in KQL: any of the field's values, and the complement under `not`.
    fn full_text(&mut self, field: &Name, value: &Expr, phrase: bool, span: Span) -> Outcome {
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

    /// A KQL query as a condition; its places are that of the whole text.
    fn kql(&mut self, text: &Expr, span: Span) -> Outcome {
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

/// The fields to go through; none where a condition inside decides by presence.
fn bindable(subject: &Subject) -> Option<Vec<FieldPath>> {
    if has_choice(subject) {
        return None;
    }
    let mut found = Vec::new();
    for path in esql_term::fields(subject) {
        if !found.contains(&path) {
            found.push(path);
        }
    }
    (found.len() <= 8).then_some(found)
}

fn has_choice(subject: &Subject) -> bool {
    match subject {
        Subject::If(..) => true,
        Subject::Call(_, args) => args.iter().any(has_choice),
        _ => false,
    }
}

/// The term with each of the fields as the item of its quantifier, the first field outermost.
fn bound(subject: &Subject, paths: &[FieldPath]) -> Subject {
    match subject {
        Subject::Field(path) => match paths.iter().position(|known| known == path) {
            Some(at) => Subject::Element(u8::try_from(paths.len() - 1 - at).unwrap_or_default()),
            None => subject.clone(),
        },
        Subject::Call(function, args) => Subject::Call(*function, args.iter().map(|arg| bound(arg, paths)).collect()),
        _ => subject.clone(),
    }
}
