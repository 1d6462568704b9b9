//! Rows and where they come from: a table of logs, or a selection of one.

use super::{Reader, Result};
use crate::catalog::logsource;
use crate::ir::{ExprId, FieldPath, OutputField, Subject};
use crate::lang::sql::ast::{self, Expr, SelectItem, TableFactor};
use std::time::Duration;

/// Events that pass a filter, under the names that a selection gives to their fields.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// What it is called in the query at hand, in lower case.
    pub(super) name: String,
    pub(super) log_types: Vec<String>,
    pub(super) filter: ExprId,
    /// How far back it looks.
    pub(super) look_back: Option<Duration>,
    /// Selected columns by name; `None` for what is not understood.
    columns: Vec<(String, Option<Subject>)>,
    /// Whether every field of the events is a column too (`*`).
    star: bool,
}

impl Relation {
    /// What a column's name stands for.
    pub(super) fn column(&self, name: &str) -> Option<Subject> {
        match self.columns.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, subject)) => subject.clone(),
            None if self.star => Some(Subject::Field(FieldPath::keys(&[name]))),
            None => None,
        }
    }

    /// The field of the one column that there is.
    pub(super) fn only_column(&self) -> Option<FieldPath> {
        match self.columns.as_slice() {
            [(_, Some(Subject::Field(path)))] if !self.star => Some(path.clone()),
            _ => None,
        }
    }

    /// The fields that a row of the result shows.
    pub(super) fn outputs(&self) -> Vec<OutputField> {
        let output = |(name, subject): &(String, Option<Subject>)| {
            let source = match subject {
                Some(Subject::Field(path)) => Some(path.name()).filter(|source| source != name),
                _ => None,
            };
            OutputField { source, ..OutputField::named(name) }
        };
        self.columns.iter().map(output).collect()
    }
}

impl Reader<'_> {
    /// A selection from one table, without joins.
    pub(super) fn relation(&mut self, select: &ast::Select, known: &[(String, Relation)]) -> Result<Relation> {
        let [from] = select.from.as_slice() else {
            return self.refuse(select, "a selection from no table or from several");
        };
        if let Some(join) = from.joins.first() {
            return self.refuse(&join.relation, "a join that is not understood");
        }
        let mut source = self.source(&from.relation, known)?;
        if let Some(condition) = &select.selection {
            source = self.filtered(source, condition)?;
        }
        Ok(self.projected(source, &select.projection))
    }

    /// A table of logs, a common table, or a selection in brackets.
    pub(super) fn source(&mut self, factor: &TableFactor, known: &[(String, Relation)]) -> Result<Relation> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let full = name.to_string().to_lowercase();
                let called = alias.as_ref().map(|alias| alias.name.value.to_lowercase());
                if let Some((_, relation)) = known.iter().find(|(table, _)| *table == full) {
                    return Ok(Relation { name: called.unwrap_or(full), ..relation.clone() });
                }
                let table = full.rsplit('.').next().unwrap_or_default().to_owned();
                let log_types = log_types_of(&full);
                if log_types.is_empty() {
                    self.assume(format!("the rows of `{name}` are events of their own, of no log type that is known"));
                }
                let name = called.unwrap_or(table);
                Ok(Relation { name, log_types, filter: ExprId::TRUE, look_back: None, columns: Vec::new(), star: true })
            }
            TableFactor::Derived { subquery, alias, lateral: false, .. } => {
                let select = self.select_of(subquery)?;
                if super::group::is_grouped(select) || subquery.with.is_some() {
                    return self.refuse(&**subquery, "a query in brackets that counts");
                }
                let mut relation = self.relation(select, known)?;
                if let Some(alias) = alias {
                    relation.name = alias.name.value.to_lowercase();
                }
                Ok(relation)
            }
            other => self.refuse(other, "a source of rows that is not understood"),
        }
    }

    /// The rows for which a condition is true; what it says of the time is the window.
    pub(super) fn filtered(&mut self, mut relation: Relation, condition: &Expr) -> Result<Relation> {
        let mut filter = vec![relation.filter];
        for part in conjuncts(condition) {
            if let Some(length) = self.window_of(part)? {
                relation.look_back = Some(relation.look_back.map_or(length, |known| known.min(length)));
                continue;
            }
            filter.push(self.condition(part, &[&relation]).holds);
        }
        relation.filter = self.pool.and(filter, Some(self.place(condition)));
        Ok(relation)
    }

    /// The columns under the names that a selection gives them.
    pub(super) fn projected(&mut self, source: Relation, items: &[SelectItem]) -> Relation {
        let mut columns = Vec::new();
        let mut star = false;
        for item in items {
            match item {
                SelectItem::ExprWithAlias { expr, alias } => {
                    let term = self.term(expr, &[&source]).map(|term| term.subject);
                    columns.push((alias.value.clone(), term));
                }
                SelectItem::UnnamedExpr(expr) => {
                    if let Some(name) = column_name(expr) {
                        let term = self.term(expr, &[&source]).map(|term| term.subject);
                        columns.push((name, term));
                    }
                }
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    star = source.star;
                    columns.extend(source.columns.iter().cloned());
                }
                SelectItem::ExprWithAliases { .. } => {}
            }
        }
        Relation { columns, star, ..source }
    }
}

/// The parts of a condition that all have to hold.
pub(super) fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut stack = vec![condition];
    while let Some(part) = stack.pop() {
        match part {
            Expr::BinaryOp { left, op: ast::BinaryOperator::And, right } => stack.extend([&**right, &**left]),
            Expr::Nested(inner) => stack.push(inner),
            other => found.push(other),
        }
    }
    found
}

/// The name that a column has without being given one: its last part.
fn column_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.clone()),
        Expr::JsonAccess { path, .. } => match path.path.last()? {
            ast::JsonPathElem::Dot { key, .. } => Some(key.clone()),
            _ => None,
        },
        Expr::Cast { expr, .. } => column_name(expr),
        _ => None,
    }
}

/// `panther_logs.public.okta_systemlog` holds the log type whose name it is, without dots and capitals.
fn log_types_of(table: &str) -> Vec<String> {
    let Some((_, name)) = table.rsplit_once('.').filter(|(schema, _)| schema.starts_with("panther_logs")) else {
        return Vec::new();
    };
    let plain = |log_type: &&str| log_type.to_lowercase().replace(['.', '-'], "_") == name;
    logsource::panther_log_types().filter(plain).map(str::to_owned).collect()
}
