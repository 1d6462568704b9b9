//! ES|QL pipelines: which commands decide the rows, and what of them the IR has a form for.
//!
//! Rows that only pass filters are events; a count per group with a bound is a threshold; the rest stays a pipeline, whose stages
//! without a form are kept as text. A column that is only shown in the alert decides nothing and is left out, which the rule says.

use super::Lowering;
use super::esql_columns::{Column, Columns, Live, live_after, outputs};
use super::esql_condition::condition;
use super::esql_term::{self, Term};
use super::esql_threshold;
use crate::ir::{
    ExprId, FieldPath, Logic, Measure, Opaque, Pipeline, SortOrder, Stage, Subject, Threshold, ThresholdSource,
    UseKind, Window,
};
use crate::lang::esql::{Call, Command, CommandKind, Expr, ExprKind, Field, Literal, Name, Order, Query, Renaming};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The logic of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> Logic {
    let mut reading = Reading {
        lowering,
        columns: Columns::events(),
        stages: Vec::new(),
        hidden: BTreeSet::new(),
        limited: query.commands.iter().any(|command| matches!(command.kind, CommandKind::Limit { .. })),
    };
    for (command, live) in query.commands.iter().zip(live_after(&query.commands)) {
        reading.command(command, &live);
    }
    reading.assume();
    reading.logic(query)
}

/// A stage, and whether it leaves the rows as they are but for new columns.
struct Built {
    stage: Stage,
    only_columns: bool,
}

struct Reading<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    columns: Columns,
    stages: Vec<Built>,
    /// Columns that are only shown and not computed.
    hidden: BTreeSet<String>,
    limited: bool,
}

impl Reading<'_, '_> {
    fn push(&mut self, stage: Stage) {
        self.stages.push(Built { stage, only_columns: false });
    }

    fn assume(&mut self) {
        if !self.hidden.is_empty() {
            let names: Vec<String> = self.hidden.iter().map(|name| format!("`{name}`")).collect();
            let text = format!("columns that the alert only shows are not computed: {}", names.join(", "));
            self.lowering.parts.assumptions.insert(text);
        }
    }

    fn logic(self, query: &Query) -> Logic {
        let rows = self.stages.iter().filter(|built| !built.only_columns);
        let filters: Option<Vec<ExprId>> = rows
            .map(|built| match built.stage {
                Stage::Filter(filter) => Some(filter),
                _ => None,
            })
            .collect();
        let pool = &mut self.lowering.parts.pool;
        if let Some(filters) = filters {
            let origin = filters.first().and_then(|filter| pool.origin(*filter));
            return Logic::Event(pool.and(filters, origin));
        }
        if let Some((group_by, bounds)) = esql_threshold::read(query) {
            let before = self.stages.iter().take_while(|built| !matches!(built.stage, Stage::Aggregate { .. }));
            let filters: Vec<ExprId> = before
                .filter_map(|built| match built.stage {
                    Stage::Filter(filter) => Some(filter),
                    _ => None,
                })
                .collect();
            let source = ThresholdSource::Filter(pool.and(filters, None));
            return Logic::Threshold(Threshold {
                source,
                group_by,
                aliases: Vec::new(),
                bounds,
                window: Window::Unbounded,
            });
        }
        Logic::Pipeline(Pipeline { stages: self.stages.into_iter().map(|built| built.stage).collect() })
    }

    fn command(&mut self, command: &Command, live: &Live) {
        match &command.kind {
            CommandKind::From { time_series: false, .. } => {}
            CommandKind::Where(expr) => {
                let outcome = condition(expr, &self.columns, self.lowering);
                self.push(Stage::Filter(outcome.holds));
            }
            CommandKind::Eval(fields) => fields.iter().for_each(|field| self.eval(field, command, live)),
            CommandKind::Stats { inline: false, measures, by } if measures.iter().all(|m| m.filter.is_none()) => {
                let measures: Vec<&Field> = measures.iter().map(|measure| &measure.field).collect();
                self.stats(&measures, by, command, live);
            }
            CommandKind::Keep(names) => self.keep(names, true),
            CommandKind::Drop(names) => self.keep(names, false),
            CommandKind::Rename(renamings) => renamings.iter().for_each(|renaming| self.rename(renaming, command)),
            CommandKind::Sort(keys) => self.sort(keys, command),
            CommandKind::Limit { count, by } if by.is_empty() => match count.kind {
                ExprKind::Literal(Literal::Integer(count)) => self.push(Stage::Limit(count)),
                _ => self.opaque(command, "a limit that is not a number"),
            },
            CommandKind::MvExpand(name) if matches!(self.columns.find(&name.text()), Column::Field) => {
                let path = FieldPath::dotted(&name.text());
                self.used(name);
                self.columns.set(name.text(), Column::Single);
                self.push(Stage::Expand(path));
            }
            _ => self.other(command, live),
        }
    }

    fn used(&mut self, name: &Name) {
        if self.columns.is_event_field(&name.text()) {
            self.lowering.used(&FieldPath::dotted(&name.text()), name.at.0, UseKind::Other, Vec::new());
        }
    }

    fn text(&self, command: &Command) -> String {
        self.lowering.query.text.get(command.span().range()).unwrap_or_default().to_owned()
    }

    fn opaque_stage(&self, command: &Command, reason: &str) -> Stage {
        Stage::Opaque(Opaque {
            language: "esql".to_owned(),
            text: self.text(command),
            reason: reason.to_owned(),
            code: "esql-command".into(),
            origin: Some(self.lowering.at(command.span())),
        })
    }

    /// A command without a form that can change which rows there are.
    fn opaque(&mut self, command: &Command, reason: &str) {
        let stage = self.opaque_stage(command, reason);
        self.push(stage);
    }

    /// A command without a form. One that only adds columns is left out when nothing that decides reads them.
    fn other(&mut self, command: &Command, live: &Live) {
        let word = self.lowering.query.text.get(command.name_at.0.range()).unwrap_or_default().to_lowercase();
        let reason = format!("`{word}` has no form in the rule model");
        let Some(names) = outputs(&command.kind) else {
            self.columns = Columns::unknown(&reason);
            return self.opaque(command, &reason);
        };
        let (needed, shown): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| live.has(name));
        self.hidden.extend(shown);
        if needed.is_empty() {
            return;
        }
        for name in needed {
            self.columns.set(name, Column::Hole(reason.clone()));
        }
        let stage = self.opaque_stage(command, &reason);
        self.stages.push(Built { stage, only_columns: true });
    }

    fn eval(&mut self, field: &Field, command: &Command, live: &Live) {
        let name = self.name_of(field);
        if !live.has(&name) {
            self.hidden.insert(name);
            return;
        }
        let term = if self.columns.may_define(&name) {
            esql_term::term(&field.expr, &self.columns, self.lowering)
        } else {
            Err("a column that is computed anew from others".to_owned())
        };
        match term {
            Ok(Term { subject, .. }) => {
                let stage = Stage::Compute(vec![(name.as_str().into(), subject.clone())]);
                self.columns.set(name, Column::Term(subject));
                self.stages.push(Built { stage, only_columns: true });
            }
            Err(reason) => {
                self.columns.set(name, Column::Hole(reason.clone()));
                let stage = self.opaque_stage(command, &reason);
                self.stages.push(Built { stage, only_columns: true });
            }
        }
    }

    /// The name of a column: its own, or the text of its expression.
    fn name_of(&self, field: &Field) -> String {
        match (&field.name, &field.expr.kind) {
            (Some(name), _) | (None, ExprKind::Column(name)) => name.text(),
            _ => self.lowering.query.text.get(field.expr.span().range()).unwrap_or_default().to_owned(),
        }
    }

    fn stats(&mut self, measures: &[&Field], by: &[Field], command: &Command, live: &Live) {
        let mut kept: Vec<(Arc<str>, Measure)> = Vec::new();
        let mut unknown = None;
        for field in measures {
            let name = self.name_of(field);
            match measure(&field.expr, &self.columns) {
                Some(measure) => {
                    esql_term::columns(&field.expr).into_iter().for_each(|column| self.used(column));
                    kept.push((name.as_str().into(), measure));
                }
                None if live.has(&name) => unknown = Some(name),
                None => {
                    self.hidden.insert(name);
                }
            }
        }
        let groups: Option<Vec<FieldPath>> = by.iter().map(|field| self.group(field)).collect();
        let mut columns = Columns::none();
        for field in by {
            columns.set(self.name_of(field), Column::Single);
        }
        for field in measures {
            let name = self.name_of(field);
            let known = kept.iter().any(|(kept, _)| **kept == *name);
            let hole = || Column::Hole(format!("what computes `{name}` has no form in the rule model"));
            columns.set(name.clone(), if known { Column::Single } else { hole() });
        }
        self.columns = columns;
        match (groups, unknown) {
            (Some(by), None) => self.push(Stage::Aggregate { measures: kept, by }),
            (None, _) => self.opaque(command, "it groups by a value that has no form in the rule model"),
            (_, Some(name)) => {
                self.opaque(command, &format!("what computes `{name}` has no form in the rule model"));
            }
        }
    }

    /// A field to group by; a computed one gets a column first.
    fn group(&mut self, field: &Field) -> Option<FieldPath> {
        let name = self.name_of(field);
        if let (None, ExprKind::Column(column)) = (&field.name, &field.expr.kind) {
            self.used(column);
            return (!matches!(self.columns.find(&name), Column::Hole(_))).then(|| FieldPath::dotted(&name));
        }
        let Term { subject, .. } = esql_term::term(&field.expr, &self.columns, self.lowering).ok()?;
        let stage = Stage::Compute(vec![(name.as_str().into(), subject)]);
        self.stages.push(Built { stage, only_columns: true });
        Some(FieldPath::dotted(&name))
    }

    /// `keep` and `drop`. Among the fields of events they change no row.
    fn keep(&mut self, names: &[Name], keep: bool) {
        if self.columns.is_open() {
            return;
        }
        let matched: Vec<String> = self.columns.matching(names);
        let shown: Vec<FieldPath> = matched
            .iter()
            .filter(|name| !matches!(self.columns.find(name), Column::Hole(_)))
            .map(|name| FieldPath::dotted(name))
            .collect();
        self.columns.retain(|name| matched.iter().any(|known| known == name) == keep);
        self.stages
            .push(Built { stage: if keep { Stage::Keep(shown) } else { Stage::Drop(shown) }, only_columns: true });
    }

    fn rename(&mut self, renaming: &Renaming, command: &Command) {
        let (old, new) = (renaming.old.text(), renaming.new.text());
        let path = FieldPath::dotted(&old);
        if !self.columns.is_open() {
            let column = self.columns.take(&old);
            self.columns.set(new.clone(), column);
            let stage = Stage::Rename(vec![(new.as_str().into(), path)]);
            return self.stages.push(Built { stage, only_columns: true });
        }
        self.used(&renaming.old);
        if !self.columns.may_define(&new) || !matches!(self.columns.find(&old), Column::Field) {
            self.columns = Columns::unknown("a column that is renamed twice");
            return self.opaque(command, "a column that is renamed twice");
        }
        let subject = Subject::Field(path);
        self.columns.set(new.clone(), Column::Term(subject.clone()));
        let stage = Stage::Compute(vec![(new.as_str().into(), subject)]);
        self.stages.push(Built { stage, only_columns: true });
    }

    /// Without a limit the order of the rows changes none of them.
    fn sort(&mut self, keys: &[Order], command: &Command) {
        if !self.limited {
            return;
        }
        let found: Option<Vec<(FieldPath, SortOrder)>> = keys
            .iter()
            .map(|key| match &key.expr.kind {
                ExprKind::Column(name) if key.nulls_first.is_none() && name.is_plain() => {
                    let order = if key.descending == Some(true) { SortOrder::Descending } else { SortOrder::Ascending };
                    Some((FieldPath::dotted(&name.text()), order))
                }
                _ => None,
            })
            .collect();
        match found {
            Some(keys) => self.push(Stage::Sort(keys)),
            None => self.opaque(command, "a sort key that is not a column"),
        }
    }
}

/// The aggregations that the IR has, of columns that are fields.
pub(super) fn measure(expr: &Expr, columns: &Columns) -> Option<Measure> {
    let ExprKind::Call(Call { name, star, args, .. }) = &expr.kind else { return None };
    let field = |at: usize| match args.get(at).map(|arg| &arg.kind) {
        Some(ExprKind::Column(name)) if !matches!(columns.find(&name.text()), Column::Hole(_)) => {
            Some(FieldPath::dotted(&name.text()))
        }
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
