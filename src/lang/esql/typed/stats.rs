//! `stats` and `inline stats`: groups, aggregations with their filters, and the columns that are left.

use super::columns::{Columns, Removal};
use super::{Checker, FindingKind, Place};
use crate::lang::esql::ast::{Command, Expr, ExprKind, Field, Measure, Name};
use crate::lang::esql::functions::{self, FunctionKind};
use crate::lang::esql::types::Types;
use crate::source::Span;
use std::collections::BTreeSet;

/// A column of the result.
struct Output {
    name: String,
    types: Types,
    made_at: Option<Span>,
}

impl<'q> Checker<'q> {
    pub(super) fn stats(&mut self, command: &'q Command, inline: bool, measures: &'q [Measure], by: &'q [Field]) {
        let groups: Vec<Output> = by.iter().map(|field| self.group(field)).collect();
        let without = self.columns.clone();
        for group in &groups {
            self.columns.set(group.name.clone(), group.types, group.made_at);
        }
        self.group_names = groups.iter().map(|group| group.name.clone()).collect();
        self.groups = by.iter().map(|field| &field.expr).collect();
        self.measure_names = measures.iter().filter_map(|measure| Some(measure.field.name.as_ref()?.text())).collect();
        let made: Vec<Output> = measures.iter().map(|measure| self.measure(measure)).collect();
        self.measure_names = BTreeSet::new();
        self.group_names = BTreeSet::new();
        self.groups = Vec::new();
        let mut left = if inline { without.clone() } else { Columns::none() };
        for output in groups.into_iter().chain(made) {
            left.set(output.name, output.types, output.made_at);
        }
        if inline {
            self.columns = left;
        } else {
            self.columns = without;
            self.reduce(left, Removal::Stats, command.name_at.0);
        }
    }

    fn group(&mut self, field: &'q Field) -> Output {
        let types = self.at(Place::Group, |checker| checker.types(&field.expr));
        let name = self.column_name(field.name.as_ref(), &field.expr);
        let made_at = match (&field.name, &field.expr.kind) {
            (Some(name), _) => Some(name.at.0),
            (None, ExprKind::Column(column)) if self.columns.is_field(&column.text()) => None,
            (None, _) => Some(field.expr.span()),
        };
        Output { name, types, made_at }
    }

    fn measure(&mut self, measure: &'q Measure) -> Output {
        let Measure { field, filter } = measure;
        let types = self.at(Place::Measure, |checker| checker.measured(&field.expr));
        if let Some(filter) = filter {
            self.at(Place::MeasureFilter, |checker| checker.condition(filter));
        }
        let name = self.column_name(field.name.as_ref(), &field.expr);
        let at = field.name.as_ref().map_or(field.expr.span(), |name| name.at.0);
        Output { name, types, made_at: Some(at) }
    }

    fn measured(&mut self, expr: &'q Expr) -> Types {
        if let ExprKind::Column(name) = &expr.kind
            && self.group_names.contains(&name.text())
        {
            let message = format!("`{}` is a group already", name.text());
            self.find(FindingKind::Placement, expr.span(), message, "a group is a column of the result without more");
            return self.column(name);
        }
        let before = self.findings.len();
        let types = self.types(expr);
        if self.findings.len() == before && !aggregates(expr) && !reads_columns(expr) {
            let message = format!("`{}` is no aggregation", self.written(expr.span()));
            self.find(FindingKind::Placement, expr.span(), message, "set constants with `eval` after the `stats`");
        }
        types
    }

    /// A column in an aggregation's expression but in no aggregation: only groups have one value per row of the result.
    pub(super) fn measured_column(&mut self, name: &Name) {
        if self.place != Place::Measure || self.aggregate.is_some() || !name.is_plain() {
            return;
        }
        let text = name.text();
        if !self.group_names.contains(&text) && self.columns.types(&text, self.fields).is_some() {
            let message = format!("`{text}` is neither a group nor in an aggregation");
            let help = format!("add it to `by`, or write `VALUES({text})`, `MAX({text})`, ..");
            self.find(FindingKind::Placement, name.at.0, message, help);
        }
    }
}

/// Whether an aggregation, or a function that may be one, stands in an expression.
fn aggregates(expr: &Expr) -> bool {
    let own = match &expr.kind {
        ExprKind::Call(call) => functions::find(&call.name)
            .is_none_or(|function| matches!(function.kind, FunctionKind::Aggregate | FunctionKind::TimeSeries)),
        _ => false,
    };
    own || expr.parts().into_iter().any(aggregates)
}

fn reads_columns(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Column(_)) || expr.parts().into_iter().any(reads_columns)
}
