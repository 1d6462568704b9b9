//! Chains of commands that make rows: one stage or a few for each command.

use super::super::Lowering;
use super::aggregate;
use super::columns::{Column, Columns, Kind, listed};
use super::compare::of_type;
use super::condition::condition;
use super::extract;
use super::live::outputs;
use super::term::{self, Term, constant, name_of};
use crate::catalog::fields::FieldType;
use crate::ir::{
    Columns as Listed, Domain, FieldPath, GrokPattern, Opaque, Pipeline, SortKey, SortOrder, Stage, UseKind, Value,
};
use crate::lang::esql::{Command, CommandKind, EnrichField, Expr, ExprKind, Field, Name, Order, Renaming, Str, With};

/// The pipeline of a chain.
pub(super) fn pipeline(commands: &[Command], lowering: &mut Lowering<'_>) -> Pipeline {
    let mut rows = Rows { lowering, columns: Columns::events(), stages: Vec::new() };
    commands.iter().for_each(|command| rows.command(command));
    Pipeline { stages: rows.stages }
}

pub(super) struct Rows<'l, 'a> {
    pub(super) lowering: &'l mut Lowering<'a>,
    pub(super) columns: Columns,
    stages: Vec<Stage>,
}

impl Rows<'_, '_> {
    pub(super) fn push(&mut self, stage: Stage) {
        self.stages.push(stage);
    }

    /// A computed column; several in a row are one stage.
    pub(super) fn compute(&mut self, name: String, term: Term) {
        let column = (name.as_str().into(), term.subject);
        match self.stages.last_mut() {
            Some(Stage::Compute(columns)) => columns.push(column),
            _ => self.push(Stage::Compute(vec![column])),
        }
        self.columns.set(name, Column::made(term.ty, term.single));
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::From { .. } => {}
            CommandKind::Row(fields) => self.row(fields),
            CommandKind::Where(expr) => {
                let outcome = condition(expr, &self.columns, self.lowering);
                self.push(Stage::Filter(outcome.holds));
            }
            CommandKind::Eval(fields) => {
                for field in fields {
                    let name = name_of(field, self.lowering);
                    let term = term::term(&field.expr, &self.columns, self.lowering);
                    self.compute(name, term);
                }
            }
            CommandKind::Stats { inline, measures, by } => aggregate::stats(self, *inline, measures, by),
            CommandKind::Keep(names) => {
                names.iter().for_each(|name| self.used(name));
                self.columns.keep(names, self.lowering);
                self.push(Stage::Keep(names.iter().map(listed).collect()));
            }
            CommandKind::Drop(names) => {
                self.columns.drop(names);
                self.push(Stage::Drop(names.iter().map(listed).collect()));
            }
            CommandKind::Rename(renamings) => self.rename(renamings),
            CommandKind::Sort(keys) => self.sort(keys),
            CommandKind::Limit { count, by } => self.limit(command, count, by),
            CommandKind::MvExpand(name) => {
                self.used(name);
                let column = self.columns.find(&name.text(), self.lowering);
                self.columns.set(name.text(), Column::made(column.ty, true));
                self.push(Stage::Expand(FieldPath::dotted(&name.text())));
            }
            CommandKind::Fork(branches) => self.fork(branches),
            _ => self.outside(command),
        }
    }

    /// Commands that take a text apart, and those that need what is not in the rule.
    fn outside(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Grok { input, patterns } => self.grok(input, patterns),
            CommandKind::Dissect { input, pattern, options } => self.dissect(command, input, pattern, options),
            CommandKind::Enrich { policy, on, with } => self.enrich(&policy.text, on.as_ref(), with),
            CommandKind::LookupJoin { index, on, .. } => {
                let names: Option<Vec<FieldPath>> = on.iter().map(|expr| self.plain(expr)).collect();
                match names {
                    Some(on) => self.push(Stage::Lookup { index: index.text.as_str().into(), on }),
                    None => self.opaque(command, "a join on a condition has no form in the rule model"),
                }
            }
            CommandKind::ChangePoint { value, on, output, by } => {
                let by = by.iter().map(|expr| self.series(expr)).collect();
                let (kind, p_value) = output
                    .as_ref()
                    .map_or_else(|| ("type".to_owned(), "pvalue".to_owned()), |(kind, p)| (kind.text(), p.text()));
                self.columns.set(kind.as_str(), Column::made(FieldType::Keyword, true));
                self.columns.set(p_value.as_str(), Column::made(FieldType::Float, true));
                self.push(Stage::ChangePoint {
                    value: FieldPath::dotted(&value.text()),
                    by,
                    on: FieldPath::dotted(&on.as_ref().map_or_else(|| "@timestamp".to_owned(), Name::text)),
                    kind: kind.into(),
                    p_value: p_value.into(),
                });
            }
            CommandKind::Completion { prompt, with, .. } => {
                let column = outputs(&command.kind).unwrap_or_default().concat();
                let prompt = term::term(prompt, &self.columns, self.lowering).subject;
                self.columns.set(column.as_str(), Column::made(FieldType::Keyword, true));
                self.push(Stage::Completion { column: column.into(), prompt, model: model(with.as_ref()).into() });
            }
            _ => {
                let word = self.lowering.query.text.get(command.name_at.0.range()).unwrap_or_default().to_lowercase();
                self.opaque(command, &format!("`{word}` has no form in the rule model"));
            }
        }
    }

    fn opaque(&mut self, command: &Command, reason: &str) {
        self.push(Stage::Opaque(Opaque {
            language: "esql".to_owned(),
            text: self.lowering.query.text.get(command.span().range()).unwrap_or_default().to_owned(),
            reason: reason.to_owned(),
            code: "esql-command".into(),
            origin: Some(self.lowering.at(command.span())),
        }));
    }

    fn used(&mut self, name: &Name) {
        let text = name.text();
        if !name.is_pattern() && !text.starts_with('_') && self.columns.is_event_field(&text) {
            self.lowering.used(&FieldPath::dotted(&text), name.at.0, UseKind::Other, Vec::new());
        }
    }

    /// A column to tell series apart by; a computed one is computed first, under the name of its text.
    fn series(&mut self, expr: &Expr) -> FieldPath {
        if let Some(column) = self.plain(expr) {
            return column;
        }
        let name = self.lowering.query.text.get(expr.span().range()).unwrap_or_default().to_owned();
        let term = term::term(expr, &self.columns, self.lowering);
        self.compute(name.clone(), term);
        FieldPath::dotted(&name)
    }

    fn plain(&mut self, expr: &Expr) -> Option<FieldPath> {
        let ExprKind::Column(name) = &expr.kind else { return None };
        self.used(name);
        Some(FieldPath::dotted(&name.text()))
    }

    fn row(&mut self, fields: &[Field]) {
        self.columns = Columns::none();
        let mut made = Vec::new();
        for field in fields {
            let name = name_of(field, self.lowering);
            let term = term::term(&field.expr, &self.columns, self.lowering);
            self.columns.set(name.as_str(), Column::made(term.ty, term.single));
            made.push((name.as_str().into(), term.subject));
        }
        self.push(Stage::Row(made));
    }

    fn rename(&mut self, renamings: &[Renaming]) {
        let mut names = Vec::new();
        for renaming in renamings {
            self.used(&renaming.old);
            let column = self.columns.find(&renaming.old.text(), self.lowering);
            self.columns.drop(std::slice::from_ref(&renaming.old));
            let single = column.single;
            self.columns.set(renaming.new.text(), Column { kind: Kind::Row, ty: column.ty, single });
            names.push((renaming.new.text().into(), FieldPath::dotted(&renaming.old.text())));
        }
        self.push(Stage::Rename(names));
    }

    /// A computed key is a column for as long as the rows are sorted.
    fn sort(&mut self, keys: &[Order]) {
        let mut found = Vec::new();
        let mut helpers = Vec::new();
        for key in keys {
            let descending = key.descending == Some(true);
            let (column, ty) = if let ExprKind::Column(name) = &key.expr.kind {
                self.used(name);
                (FieldPath::dotted(&name.text()), self.columns.find(&name.text(), self.lowering).ty)
            } else {
                let name = format!("$sort{}", helpers.len() + 1);
                let term = term::term(&key.expr, &self.columns, self.lowering);
                let ty = term.ty;
                self.compute(name.clone(), term);
                helpers.push(name.clone());
                (FieldPath::keys(&[name]), ty)
            };
            found.push(SortKey {
                column,
                order: if descending { SortOrder::Descending } else { SortOrder::Ascending },
                // Null is larger than any value.
                nulls_first: key.nulls_first.unwrap_or(descending),
                domain: of_type(ty).unwrap_or(Domain::String),
            });
        }
        self.push(Stage::Sort(found));
        self.columns.forget(&helpers);
        if !helpers.is_empty() {
            self.push(Stage::Drop(helpers.iter().map(|name| Listed::Name(FieldPath::keys(&[name]))).collect()));
        }
    }

    fn limit(&mut self, command: &Command, count: &Expr, by: &[Expr]) {
        let by: Option<Vec<FieldPath>> = by.iter().map(|expr| self.plain(expr)).collect();
        match (constant(count), by) {
            (Some(Value::Int(count)), Some(by)) if count >= 0 => {
                self.push(Stage::Limit { count: count.unsigned_abs(), by });
            }
            _ => self.opaque(command, "a limit that is not a number, or by what is not a column"),
        }
    }

    fn grok(&mut self, input: &Expr, patterns: &[Str]) {
        let input = term::term(input, &self.columns, self.lowering).subject;
        let patterns: Vec<GrokPattern> = patterns.iter().map(|pattern| extract::grok(&pattern.value)).collect();
        for (column, ty) in patterns.iter().flat_map(extract::columns) {
            self.columns.set(column, Column::made(ty, false));
        }
        self.push(Stage::Grok { input, patterns });
    }

    fn dissect(&mut self, command: &Command, input: &Expr, pattern: &Str, options: &[(Name, Expr)]) {
        let input = term::term(input, &self.columns, self.lowering).subject;
        let Some(pattern) = extract::dissect(&pattern.value) else {
            return self.opaque(command, "a dissect pattern that cannot be read");
        };
        for column in pattern.keys.iter().filter_map(|key| key.column.as_deref()) {
            self.columns.set(column, Column::made(FieldType::Keyword, true));
        }
        let separator = options.iter().find_map(|(_, value)| constant(value)?.as_str().map(std::sync::Arc::from));
        self.push(Stage::Dissect { input, pattern, separator: separator.unwrap_or_else(|| "".into()) });
    }

    fn enrich(&mut self, policy: &str, on: Option<&Name>, with: &[EnrichField]) {
        let mut columns = Vec::new();
        for field in with {
            let new = field.new.as_ref().unwrap_or(&field.field).text();
            self.columns.set(new.as_str(), Column::made(FieldType::Unknown, false));
            columns.push((new.into(), field.field.text().into()));
        }
        on.into_iter().for_each(|name| self.used(name));
        let on = on.map_or_else(String::new, Name::text);
        self.push(Stage::Enrich { policy: policy.into(), on: FieldPath::dotted(&on), columns });
    }

    /// Every branch begins with the rows before the fork; the rows of all have the columns of any.
    fn fork(&mut self, branches: &[Vec<Command>]) {
        let before = self.columns.clone();
        let mut after = self.columns.clone();
        let mut found = Vec::new();
        for branch in branches {
            let mut rows = Rows { lowering: self.lowering, columns: before.clone(), stages: Vec::new() };
            branch.iter().for_each(|command| rows.command(command));
            after.join(rows.columns);
            found.push(rows.stages);
        }
        self.columns = after;
        self.columns.set("_fork", Column::made(FieldType::Keyword, true));
        self.push(Stage::Fork(found));
    }
}

/// The endpoint that a completion names.
fn model(with: Option<&With>) -> String {
    match with {
        Some(With::Id(name)) => name.text(),
        Some(With::Map(entries)) => entries
            .iter()
            .find(|(key, _)| key.value == "inference_id")
            .and_then(|(_, value)| constant(value.constant()?)?.as_str().map(str::to_owned))
            .unwrap_or_default(),
        None => String::new(),
    }
}
