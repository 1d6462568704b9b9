//! `where .. | stats c = count(*) by k | where c >= n` as a threshold.
//!
//! A threshold has no group of the events without `k`, ES|QL has: so each `k` has to be required before.

use super::esql::measure;
use super::esql_columns::Columns;
use super::esql_term::constant;
use crate::ir::{Bound, Cmp, FieldPath, Measure, Value};
use crate::lang::esql::{CommandKind, CompareOp, Expr, ExprKind, Field, Query};
use std::collections::{BTreeMap, BTreeSet};

/// The groups and their bounds when the query is nothing but a threshold.
pub(super) fn read(query: &Query) -> Option<(Vec<FieldPath>, Vec<Bound>)> {
    let mut required = BTreeSet::new();
    let mut groups: Option<(Vec<FieldPath>, BTreeMap<String, Measure>)> = None;
    let mut bounds = Vec::new();
    for command in &query.commands {
        match (&command.kind, &groups) {
            (CommandKind::Where(expr), None) => conjuncts(expr, &mut |member| required.extend(requires(member))),
            (CommandKind::Where(expr), Some((_, measures))) => bounds.extend(bounds_of(expr, measures)?),
            (CommandKind::Stats { inline: false, measures, by }, None) => {
                let columns = Columns::events();
                let named = measures.iter().filter(|measure| measure.filter.is_none());
                let measures = named.filter_map(|found| {
                    Some((found.field.name.as_ref()?.text(), measure(&found.field.expr, &columns)?))
                });
                groups =
                    Some((by.iter().map(|field| group(field, &required)).collect::<Option<_>>()?, measures.collect()));
            }
            (
                CommandKind::From { time_series: false, .. }
                | CommandKind::Keep(_)
                | CommandKind::Drop(_)
                | CommandKind::Sort(_),
                _,
            )
            | (CommandKind::Eval(_), Some(_)) => {}
            _ => return None,
        }
    }
    // Without groups there is one row even when nothing is counted.
    let (group_by, _) = groups.filter(|(group_by, _)| !group_by.is_empty())?;
    (!bounds.is_empty()).then_some((group_by, bounds))
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

/// The IR's comparison.
pub(super) fn cmp(op: CompareOp) -> Cmp {
    match op {
        CompareOp::Equal => Cmp::Equal,
        CompareOp::NotEqual => Cmp::NotEqual,
        CompareOp::Less => Cmp::Less,
        CompareOp::LessEqual => Cmp::LessOrEqual,
        CompareOp::Greater => Cmp::Greater,
        CompareOp::GreaterEqual => Cmp::GreaterOrEqual,
    }
}
