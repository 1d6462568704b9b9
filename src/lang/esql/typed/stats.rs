//! `stats` and `inline stats`: groups, aggregations with their filters, and the columns that are left.

use super::call::is_categorize;
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
        let categories = groups.iter().zip(by).filter(|(_, field)| is_categorize(&field.expr));
        self.categories = categories.map(|(group, _)| group.name.clone()).collect();
        for late in by.iter().skip(1).filter(|field| is_categorize(&field.expr)) {
            let message = "`CATEGORIZE` can only be the first group";
            self.find(FindingKind::Placement, late.expr.span(), message, "move it right behind `by`; there can be one");
        }
        self.measure_names = measures.iter().filter_map(|measure| Some(measure.field.name.as_ref()?.text())).collect();
        let made: Vec<Output> = measures.iter().map(|measure| self.measure(measure)).collect();
        self.measure_names = BTreeSet::new();
        self.group_names = BTreeSet::new();
        self.groups = Vec::new();
        self.categories = BTreeSet::new();
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
            if !aggregates(&field.expr) {
                let message =
                    format!("`{}` is no aggregation, and has rows to filter no more", self.written(field.expr.span()));
                self.find(
                    FindingKind::Placement,
                    filter.span(),
                    message,
                    "write the condition in a `where` before the `stats`",
                );
            }
            self.at(Place::MeasureFilter, |checker| checker.condition(filter));
            self.scored_search(&field.expr, filter);
        }
        let name = self.column_name(field.name.as_ref(), &field.expr);
        let at = field.name.as_ref().map_or(field.expr.span(), |name| name.at.0);
        Output { name, types, made_at: Some(at) }
    }

    /// A score is that of the query's own searches, not of a search that filters one aggregation.
    fn scored_search(&mut self, measured: &Expr, filter: &Expr) {
        let reads_score = matches!(&measured.kind, ExprKind::Call(call)
            if call.args.first().is_some_and(|arg| matches!(&arg.kind, ExprKind::Column(name) if name.text() == "_score")));
        if reads_score && searches(filter) {
            let message = "an aggregation of `_score` cannot be filtered by a search";
            self.find(FindingKind::Placement, filter.span(), message, "search in a `where` before the `stats`");
        }
    }

    fn measured(&mut self, expr: &'q Expr) -> Types {
        if let ExprKind::Column(name) = &expr.kind
            && self.group_names.contains(&name.text())
        {
            let message = format!("`{}` is a group already", name.text());
            self.find(FindingKind::Placement, expr.span(), message, "a group is a column of the result without more");
            return self.column(name);
        }
        if self.groups.contains(&expr) {
            let message = format!("`{}` is a group already", self.written(expr.span()));
            self.find(FindingKind::Placement, expr.span(), message, "a group is a column of the result without more");
            return Types::ANY;
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
        let text = name.text();
        let is_input = self.aggregate.is_some() || self.place == Place::MeasureFilter;
        if is_input && self.categories.contains(&text) {
            let message = format!("`{text}` is a category, which is known after the `stats` only");
            let help = "aggregate the text that is sorted into categories";
            return self.find(FindingKind::Placement, name.at.0, message, help);
        }
        if self.place != Place::Measure || self.aggregate.is_some() || !name.is_plain() {
            return;
        }
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

/// Whether a search of the index stands in an expression.
fn searches(expr: &Expr) -> bool {
    let own = match &expr.kind {
        ExprKind::Match { .. } => true,
        ExprKind::Call(call) => {
            functions::find(&call.name).is_some_and(|function| function.kind == FunctionKind::FullText)
        }
        _ => false,
    };
    own || expr.parts().into_iter().any(searches)
}

fn reads_columns(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Column(_)) || expr.parts().into_iter().any(reads_columns)
}
