//! Tests of columns and terms. A test of a plain column is any-of with a guard against several values, which is the form that the
//! other languages share; so is that of functions which they share. Any other term is tested as a whole.

use super::super::Lowering;
use super::super::cmp;
use super::columns::{Column, Columns, Kind};
use super::term::{self, Term, opaque};
use crate::catalog::fields::FieldType;
use crate::ir::{
    Case, Cmp, Coercion, Domain, EsqlFunction, ExprId, ExprKind as Kinds, FieldPath, Function, Op, Operand, Outcome,
    Pool, Subject, UseKind, Value,
};
use crate::lang::esql::{CompareOp, Expr, ExprKind, Name};
use crate::source::{Location, Span};
use std::sync::Arc;

/// A test with the constant that it names and its place.
pub(super) type Named = (Op, Value, Span);

pub(super) struct Tests<'c, 'l, 'a> {
    pub(super) columns: &'c Columns,
    pub(super) lowering: &'l mut Lowering<'a>,
}

/// The fields that a quantifier binds stay below this number.
const MAX_BOUND: usize = 8;

impl Tests<'_, '_, '_> {
    pub(super) fn hole(&mut self, span: Span, reason: &str) -> Outcome {
        let hole = self.lowering.hole(span, reason);
        self.lowering.parts.pool.two_valued(hole)
    }

    pub(super) fn used(&mut self, name: &Name, kind: UseKind, values: Vec<(Value, Span)>) {
        if self.columns.is_event_field(&name.text()) {
            self.lowering.used(&FieldPath::dotted(&name.text()), name.at.0, kind, values);
        }
    }

    /// A column that is read by its name.
    fn plain<'e>(&mut self, expr: &'e Expr) -> Option<(&'e Name, Column)> {
        let ExprKind::Column(name) = &expr.kind else { return None };
        let column = self.columns.find(&name.text(), self.lowering);
        let known = !matches!(column.kind, Kind::Term(_)) && name.text() != "_source";
        known.then_some((name, column))
    }

    /// Whether there is a value; never null itself.
    pub(super) fn there(&mut self, subject: &Expr, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let there = if let Some((name, _)) = self.plain(subject) {
            self.used(name, UseKind::Exists, Vec::new());
            self.lowering.parts.pool.exists(FieldPath::dotted(&name.text()), at)
        } else {
            let term = term::term(subject, self.columns, self.lowering);
            if let Some(reason) = opaque(&term.subject) {
                return self.hole(span, &reason);
            }
            self.lowering.parts.pool.test(term.subject, Op::Present, at)
        };
        self.lowering.parts.pool.two_valued(there)
    }

    /// Any of the tests on one value; null without a value or with several. The tests depend on the value's type.
    pub(super) fn tested(
        &mut self,
        subject: &Expr,
        kind: UseKind,
        tests: impl FnOnce(FieldType) -> Vec<Named>,
        span: Span,
    ) -> Outcome {
        let at = Some(self.lowering.at(span));
        if let Some((name, column)) = self.plain(subject) {
            let tests = tests(column.ty);
            let ops: Vec<Op> = tests.iter().map(|(op, ..)| op.clone()).collect();
            let values = tests.into_iter().map(|(_, value, span)| (value, span)).collect();
            self.used(name, kind, values);
            return self.on_column(&FieldPath::dotted(&name.text()), &column, ops, at);
        }
        let term = term::term(subject, self.columns, self.lowering);
        if let Some(reason) = opaque(&term.subject) {
            return self.hole(span, &reason);
        }
        let ops = tests(term.ty).into_iter().map(|(op, ..)| op).collect();
        self.on_term(&term, ops, at)
    }

    fn on_column(&mut self, path: &FieldPath, column: &Column, ops: Vec<Op>, at: Option<Location>) -> Outcome {
        let single = self.single(path, column, at);
        let pool = &mut self.lowering.parts.pool;
        let tests: Vec<ExprId> = ops.into_iter().map(|op| pool.any_of(path.clone(), op, at)).collect();
        let any = pool.or(tests, at);
        let not = pool.not(any, at);
        Outcome { holds: pool.and([single, any], at), fails: pool.and([single, not], at) }
    }

    /// Exactly one value, which a computed column and some fields cannot exceed.
    fn single(&mut self, path: &FieldPath, column: &Column, at: Option<Location>) -> ExprId {
        if column.single {
            if matches!(column.kind, Kind::Field) {
                let text = format!("`{}` has one value at most, as the schema says", path.name());
                self.lowering.parts.assumptions.insert(text);
            }
            return self.lowering.parts.pool.exists(path.clone(), at);
        }
        let items = Subject::Elements(Arc::new(Subject::Field(path.clone())));
        let one = Kinds::Count { items, body: ExprId::TRUE, op: Cmp::Equal, number: 1 };
        self.lowering.parts.pool.add(one, at)
    }

    fn on_term(&mut self, term: &Term, ops: Vec<Op>, at: Option<Location>) -> Outcome {
        if let Some(paths) = bindable(&term.subject) {
            let subject = bound(&term.subject, &paths);
            return self.quantified(&paths, std::slice::from_ref(&subject), at, |pool| {
                let tests: Vec<ExprId> = ops.into_iter().map(|op| pool.test(subject.clone(), op, at)).collect();
                pool.or(tests, at)
            });
        }
        let subject = term.one();
        let pool = &mut self.lowering.parts.pool;
        let there = pool.test(subject.clone(), Op::Present, at);
        let tests: Vec<ExprId> = ops.into_iter().map(|op| pool.test(subject.clone(), op, at)).collect();
        let any = pool.or(tests, at);
        let not = pool.not(any, at);
        Outcome { holds: pool.and([there, any], at), fails: pool.and([there, not], at) }
    }

    /// A test of terms over the one value of each field.
    fn quantified(
        &mut self,
        paths: &[FieldPath],
        sides: &[Subject],
        at: Option<Location>,
        test: impl FnOnce(&mut Pool) -> ExprId,
    ) -> Outcome {
        let mut guards = Vec::new();
        for path in paths {
            let column = self.columns.find(&path.name(), self.lowering);
            guards.push(self.single(path, &column, at));
        }
        let pool = &mut self.lowering.parts.pool;
        let there: Vec<ExprId> = sides.iter().map(|side| pool.test(side.clone(), Op::Present, at)).collect();
        let any = test(pool);
        let not = pool.not(any, at);
        let mut outcome = |body: ExprId| {
            let body = pool.and(there.iter().copied().chain([body]), at);
            let over = |body, path: &FieldPath| {
                pool.for_some(Subject::Elements(Arc::new(Subject::Field(path.clone()))), body, at)
            };
            let quantified = paths.iter().rev().fold(body, over);
            pool.and(guards.iter().copied().chain([quantified]), at)
        };
        Outcome { holds: outcome(any), fails: outcome(not) }
    }

    /// A comparison of two computed values or columns.
    pub(super) fn terms(&mut self, op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Outcome {
        let left = term::term(left, self.columns, self.lowering);
        let right = term::term(right, self.columns, self.lowering);
        if let Some(reason) = opaque(&left.subject).or_else(|| opaque(&right.subject)) {
            return self.hole(span, &reason);
        }
        let at = Some(self.lowering.at(span));
        let together = Subject::Call(Function::List, [left.subject.clone(), right.subject.clone()].into());
        let found = if let Some(paths) = bindable(&together) {
            let sides = [bound(&left.subject, &paths), bound(&right.subject, &paths)];
            let [first, second] = sides.clone();
            let test = between(op, (left.ty, right.ty), second);
            self.quantified(&paths, &sides, at, |pool| pool.test(first, test, at))
        } else {
            let (first, second) = (left.one(), right.one());
            let pool = &mut self.lowering.parts.pool;
            let [one, other] = [first.clone(), second.clone()].map(|side| pool.test(side, Op::Present, at));
            let any = pool.test(first, between(op, (left.ty, right.ty), second), at);
            let not = pool.not(any, at);
            Outcome { holds: pool.and([one, other, any], at), fails: pool.and([one, other, not], at) }
        };
        if op == CompareOp::NotEqual { Pool::outcome_not(found) } else { found }
    }
}

/// The comparison with another term; `!=` is the complement of `==`.
fn between(op: CompareOp, types: (FieldType, FieldType), to: Subject) -> Op {
    let known = [types.0, types.1].into_iter().find_map(of_type);
    let domain = match op {
        CompareOp::Equal | CompareOp::NotEqual => known.unwrap_or(Domain::String),
        // What is not known has an order as a number only.
        _ => known.unwrap_or(Domain::Number),
    };
    let to = Operand::Subject(Arc::new(to));
    match (op, domain) {
        (CompareOp::Equal | CompareOp::NotEqual, Domain::String) => {
            Op::Equal { to, case: Case::Sensitive, coercion: Coercion::Text }
        }
        (CompareOp::NotEqual, _) => Op::Compare { op: Cmp::Equal, domain, coercion: coercion(domain), to },
        _ => Op::Compare { op: cmp(op), domain, coercion: coercion(domain), to },
    }
}

fn coercion(domain: Domain) -> Coercion {
    if domain == Domain::Number { Coercion::Number } else { Coercion::Text }
}

/// The order of a type's values.
pub(super) fn of_type(ty: FieldType) -> Option<Domain> {
    match ty {
        FieldType::Date => Some(Domain::Date),
        FieldType::Ip => Some(Domain::Ip),
        FieldType::Version => Some(Domain::Version),
        FieldType::Integer | FieldType::Float => Some(Domain::Number),
        FieldType::Unknown => None,
        _ => Some(Domain::String),
    }
}

/// The fields to go through, when the term is of functions of fields that other languages share.
fn bindable(subject: &Subject) -> Option<Vec<FieldPath>> {
    let mut found = Vec::new();
    collect(subject, &mut found).then_some(())?;
    (!found.is_empty() && found.len() <= MAX_BOUND).then_some(found)
}

fn collect(subject: &Subject, found: &mut Vec<FieldPath>) -> bool {
    match subject {
        Subject::Field(path) => {
            if !found.contains(path) {
                found.push(path.clone());
            }
            true
        }
        Subject::Constant(value) => !matches!(value, Value::List(_)),
        Subject::Call(Function::Esql(EsqlFunction::Single), args) => {
            matches!(args.first(), Some(Subject::Field(_))) && args.iter().all(|arg| collect(arg, found))
        }
        Subject::Call(Function::Esql(_), _) => false,
        Subject::Call(_, args) => args.iter().all(|arg| collect(arg, found)),
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
        Subject::Call(Function::Esql(EsqlFunction::Single), args) => {
            args.first().map_or_else(|| subject.clone(), |inner| bound(inner, paths))
        }
        Subject::Call(function, args) => Subject::Call(*function, args.iter().map(|arg| bound(arg, paths)).collect()),
        _ => subject.clone(),
    }
}
