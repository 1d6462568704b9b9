//! `stats` and `inline stats`.

use super::columns::{Column, Columns};
use super::compare::of_type;
use super::condition::condition;
use super::rows::Rows;
use super::term::{self, Term, name_of};
use crate::catalog::fields::FieldType;
use crate::ir::{Aggregate, AggregateStage, Aggregation, Columns as Listed, Domain, FieldPath, Stage, Subject};
use crate::lang::esql::{Call, Expr, ExprKind, Field, Measure, Name, NamePart};

/// The stages of `stats`: computed groups, the aggregation, and what is computed from its results.
pub(super) fn stats(rows: &mut Rows<'_, '_>, inline: bool, measures: &[Measure], by: &[Field]) {
    let groups: Vec<(String, Column)> = by.iter().map(|field| group(rows, field)).collect();
    let mut reading = Reading { aggregations: Vec::new(), made: Vec::new() };
    let mut computed: Vec<(String, Expr)> = Vec::new();
    for measure in measures {
        let name = name_of(&measure.field, rows.lowering);
        if let Some((function, call)) = aggregate(&measure.field.expr) {
            reading.add(rows, name, function, call, measure.filter.as_ref());
        } else {
            let expr = reading.outside(rows, &measure.field.expr, measure.filter.as_ref());
            computed.push((name, expr));
        }
    }
    let by = groups.iter().map(|(name, _)| FieldPath::dotted(name)).collect();
    rows.push(Stage::Aggregate(AggregateStage { aggregations: reading.aggregations, by, inline }));
    if !inline {
        rows.columns = Columns::none();
    }
    for (name, column) in groups.into_iter().chain(reading.made.iter().cloned()) {
        rows.columns.set(name, column);
    }
    after(rows, computed, reading.made);
}

/// Columns computed from results, and the end of the results that were only made for them.
fn after(rows: &mut Rows<'_, '_>, computed: Vec<(String, Expr)>, made: Vec<(String, Column)>) {
    if computed.is_empty() {
        return;
    }
    for (name, expr) in computed {
        let term = term::term(&expr, &rows.columns, rows.lowering);
        rows.compute(name, term);
    }
    let helpers: Vec<String> = made.into_iter().map(|(name, _)| name).filter(|name| name.starts_with(HELPER)).collect();
    rows.columns.forget(&helpers);
    if !helpers.is_empty() {
        let names = helpers.iter().map(|name| Listed::Name(FieldPath::keys(&[name]))).collect();
        rows.push(Stage::Drop(names));
    }
}

/// What begins the name of a column that stands for a part of an expression.
const HELPER: &str = "$";

/// The group's name and column. A computed one is computed first.
fn group(rows: &mut Rows<'_, '_>, field: &Field) -> (String, Column) {
    let name = name_of(field, rows.lowering);
    let term = term::term(&field.expr, &rows.columns, rows.lowering);
    // One row per value of a group: it has no more than one.
    let column = Column::made(term.ty, true);
    if field.name.is_some() || !matches!(field.expr.kind, ExprKind::Column(_)) {
        rows.compute(name.clone(), term);
    }
    (name, column)
}

struct Reading {
    aggregations: Vec<Aggregation>,
    made: Vec<(String, Column)>,
}

impl Reading {
    fn add(&mut self, rows: &mut Rows<'_, '_>, name: String, function: Aggregate, call: &Call, filter: Option<&Expr>) {
        let mut args: Vec<Term> = call.args.iter().map(|arg| term::term(arg, &rows.columns, rows.lowering)).collect();
        if matches!(function, Aggregate::First | Aggregate::Last) && args.len() == 1 {
            // `earliest` and `latest` go by the event's time.
            args.push(Term::new(Subject::Field(FieldPath::dotted("@timestamp")), FieldType::Date, false, &[]));
        }
        let filter = filter.map(|filter| condition(filter, &rows.columns, rows.lowering).holds);
        let by = usize::from(matches!(function, Aggregate::First | Aggregate::Last));
        let domain = args.get(by).and_then(|arg| of_type(arg.ty)).unwrap_or(Domain::String);
        self.made.push((name.clone(), result(function, &args)));
        let args = args.into_iter().map(|arg| arg.subject).collect();
        self.aggregations.push(Aggregation { column: name.into(), function, args, domain, filter });
    }

    /// The expression with each aggregation in it as a column of its own.
    fn outside(&mut self, rows: &mut Rows<'_, '_>, expr: &Expr, filter: Option<&Expr>) -> Expr {
        let mut expr = expr.clone();
        expr.visit_mut(&mut |inner| {
            let Some((function, call)) = aggregate(inner) else { return true };
            let name = format!("{HELPER}{}", self.made.len() + 1);
            self.add(rows, name.clone(), function, call, filter);
            inner.kind = ExprKind::Column(Name { parts: vec![NamePart::Text(name)], at: inner.at });
            false
        });
        expr
    }
}

/// The aggregation that a call is.
fn aggregate(expr: &Expr) -> Option<(Aggregate, &Call)> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let name = call.name.to_ascii_lowercase();
    let function = match name.as_str() {
        "earliest" => Aggregate::First,
        "latest" => Aggregate::Last,
        name => Aggregate::from_name(name)?,
    };
    Some((function, call))
}

fn result(function: Aggregate, args: &[Term]) -> Column {
    let first = args.first().map_or(FieldType::Unknown, |arg| arg.ty);
    let ty = match function {
        Aggregate::Count | Aggregate::CountDistinct => FieldType::Integer,
        Aggregate::Average
        | Aggregate::Median
        | Aggregate::Percentile
        | Aggregate::StandardDeviation
        | Aggregate::Variance
        | Aggregate::WeightedAverage => FieldType::Float,
        Aggregate::Absent | Aggregate::Present => FieldType::Boolean,
        _ => first,
    };
    let many = matches!(function, Aggregate::Values | Aggregate::Top | Aggregate::First | Aggregate::Last);
    Column::made(ty, !many)
}
