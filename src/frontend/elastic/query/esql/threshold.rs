//! `where .. | stats c = count(*) by k | where c >= n` as a threshold.
//!
//! A threshold has no group of the events without `k`, ES|QL has: so each `k` has to be required before.

use super::super::Lowering;
use super::super::cmp;
use super::columns::Columns;
use super::term::constant;
use crate::ir::{Bound, Cmp, FieldPath, Measure, UseKind, Value};
use crate::lang::esql::{Call, Command, CommandKind, Expr, ExprKind, Field};
use std::collections::{BTreeMap, BTreeSet};

/// The groups, their bounds and the commands before them, when the query is nothing but a threshold.
pub(super) fn read<'q>(
    commands: &'q [Command],
    lowering: &mut Lowering<'_>,
) -> Option<(Vec<FieldPath>, Vec<Bound>, &'q [Command])> {
    let at = commands.iter().position(|command| matches!(command.kind, CommandKind::Stats { .. }))?;
    let (before, [stats, after @ ..]) = commands.split_at(at) else { return None };
    let CommandKind::Stats { inline: false, measures, by } = &stats.kind else { return None };
    let mut required = BTreeSet::new();
    for command in before {
        match &command.kind {
            CommandKind::Where(expr) => conjuncts(expr, &mut |member| required.extend(requires(member))),
            CommandKind::From { time_series: false, .. } | CommandKind::Keep(_) | CommandKind::Sort(_) => {}
            _ => return None,
        }
    }
    let columns = Columns::events();
    let named = measures.iter().filter(|measure| measure.filter.is_none());
    let known: BTreeMap<String, Measure> =
        named.filter_map(|found| Some((found.field.name.as_ref()?.text(), measure(&found.field.expr)?))).collect();
    let groups: Vec<FieldPath> = by.iter().map(|field| group(field, &required)).collect::<Option<_>>()?;
    let mut bounds = Vec::new();
    for command in after {
        match &command.kind {
            CommandKind::Where(expr) => bounds.extend(bounds_of(expr, &known)?),
            CommandKind::Eval(fields) if !fields.iter().any(|field| redefines(field, &known)) => {}
            CommandKind::Keep(_) | CommandKind::Drop(_) | CommandKind::Sort(_) => {}
            _ => return None,
        }
    }
    // Without groups there is one row even when nothing is counted, which a threshold never sees.
    if bounds.is_empty() || groups.is_empty() && !bounds.iter().any(asks_for_events) {
        return None;
    }
    let read = by.iter().chain(measures.iter().map(|measure| &measure.field));
    for name in read.flat_map(|field| super::term::columns(&field.expr)) {
        if columns.is_event_field(&name.text()) {
            lowering.used(&FieldPath::dotted(&name.text()), name.at.0, UseKind::Other, Vec::new());
        }
    }
    Some((groups, bounds, before))
}

/// The aggregations that a threshold has, of columns that are fields.
fn measure(expr: &Expr) -> Option<Measure> {
    let ExprKind::Call(Call { name, star, args, .. }) = &expr.kind else { return None };
    let field = |at: usize| match args.get(at).map(|arg| &arg.kind) {
        Some(ExprKind::Column(name)) => Some(FieldPath::dotted(&name.text())),
        _ => None,
    };
    Some(match (name.to_ascii_lowercase().as_str(), args.len()) {
        ("count", 0) if *star || args.is_empty() => Measure::Count,
        ("count_distinct", 1) => Measure::Distinct(vec![field(0)?]),
        ("sum", 1) => Measure::Sum(field(0)?),
        ("avg", 1) => Measure::Average(field(0)?),
        ("median", 1) => Measure::Median(field(0)?),
        ("min", 1) => Measure::Min(field(0)?),
        ("max", 1) => Measure::Max(field(0)?),
        _ => return None,
    })
}

/// Whether the bound does not hold where nothing is counted.
fn asks_for_events(bound: &Bound) -> bool {
    let counts = matches!(bound.measure, Measure::Count | Measure::Distinct(_));
    let fails_for_none = match (&bound.number, bound.op) {
        (Value::Int(number), Cmp::GreaterOrEqual | Cmp::Equal) => *number > 0,
        (Value::Int(number), Cmp::Greater) => *number >= 0,
        _ => false,
    };
    counts && fails_for_none
}

fn redefines(field: &Field, known: &BTreeMap<String, Measure>) -> bool {
    field.name.as_ref().is_some_and(|name| known.contains_key(&name.text()))
}

fn conjuncts<'e>(expr: &'e Expr, see: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::And(members) => members.iter().for_each(|member| conjuncts(member, see)),
        _ => see(expr),
    }
}

/// The column that a condition is null or false without.
fn requires(expr: &Expr) -> Option<String> {
    let subject = match &expr.kind {
        ExprKind::IsNull { negated: true, subject } | ExprKind::In { subject, .. } | ExprKind::Like { subject, .. } => {
            subject
        }
        ExprKind::Compare { left, right, .. } if constant(right).is_some() => left,
        ExprKind::Not(inner) if !matches!(inner.kind, ExprKind::IsNull { .. }) => return requires(inner),
        _ => return None,
    };
    match &subject.kind {
        ExprKind::Column(name) => Some(name.text()),
        _ => None,
    }
}

fn group(field: &Field, required: &BTreeSet<String>) -> Option<FieldPath> {
    let (None, ExprKind::Column(name)) = (&field.name, &field.expr.kind) else { return None };
    required.contains(&name.text()).then(|| FieldPath::dotted(&name.text()))
}

fn bounds_of(expr: &Expr, measures: &BTreeMap<String, Measure>) -> Option<Vec<Bound>> {
    let mut found = Vec::new();
    conjuncts(expr, &mut |member| found.push(bound(member, measures)));
    found.into_iter().collect()
}

fn bound(expr: &Expr, measures: &BTreeMap<String, Measure>) -> Option<Bound> {
    let ExprKind::Compare { op, left, right, .. } = &expr.kind else { return None };
    let ExprKind::Column(name) = &left.kind else { return None };
    let number = constant(right).filter(|value| matches!(value, Value::Int(_) | Value::Float(_)))?;
    Some(Bound { measure: measures.get(&name.text())?.clone(), op: cmp(*op), number })
}
