//! Queries inside a query: in `from`, and behind `in`.

use super::columns::Columns;
use super::{Checker, FindingKind};
use crate::lang::esql::ast::{Command, CommandKind, Expr, FromItem, Name};
use crate::lang::esql::types::Types;
use crate::source::Problem;

impl<'q> Checker<'q> {
    /// The rows of indices and of queries in parentheses together.
    pub(super) fn sources(&mut self, command: &'q Command, items: &'q [FromItem]) {
        let has_index = items.iter().any(|item| item.index().is_some());
        let mut whole = has_index.then(Columns::of_index);
        for item in items.iter().filter_map(FromItem::subquery) {
            let columns = self.apart(item);
            match &mut whole {
                None => whole = Some(columns),
                Some(whole) => self.joined_rows(whole, &columns, command, "query"),
            }
        }
        self.columns = whole.unwrap_or_else(Columns::none);
    }

    /// Adds the rows of one more branch, and reports the columns whose types do not agree.
    pub(super) fn joined_rows(&mut self, whole: &mut Columns, more: &Columns, command: &Command, what: &str) {
        for (name, one, other) in whole.join(more) {
            let message = format!("`{name}` is {one} in one {what} and {other} in another");
            let problem = Problem::new(command.name_at.0, message);
            self.report(
                FindingKind::Type,
                problem.help(format!("convert it in one of them: `{name} = TO_STRING({name})`")),
            );
        }
    }

    /// `subject in (from ..)`: a column for each subject.
    pub(super) fn in_query(&mut self, subjects: &'q [Expr], query: &'q [Command], expr: &Expr) -> Types {
        let types: Vec<Types> = subjects.iter().map(|subject| self.value(subject)).collect();
        let columns = self.apart(query);
        self.order_of_set(query);
        let Some(given) = kept(query) else { return Types::BOOLEAN };
        if given.len() != subjects.len() {
            let message = format!("the query behind `in` gives {} columns for {}", given.len(), subjects.len());
            self.find(FindingKind::Command, expr.span(), message, "end it with a `keep` of as many columns");
            return Types::BOOLEAN;
        }
        for ((subject, own), name) in subjects.iter().zip(types).zip(given) {
            let Some(other) = columns.types(&name, self.fields) else { continue };
            let text = own.intersects(Types::STRING) && other.intersects(Types::STRING);
            if !text && !own.intersects(other) {
                let message =
                    format!("`{}` is {own}; the query behind `in` gives {other}", self.written(subject.span()));
                self.find(FindingKind::Type, subject.span(), message, "convert one of them");
            }
        }
        Types::BOOLEAN
    }

    /// The columns that a query leaves which begins with rows of its own.
    fn apart(&mut self, commands: &'q [Command]) -> Columns {
        let mut inner = Checker::new(self.text, self.fields);
        inner.unknown = self.unknown;
        inner.unmapped = self.unmapped;
        commands.iter().for_each(|command| inner.command(command));
        let commands = std::mem::take(&mut inner.before);
        inner.carried_orders(&commands);
        self.unknown = inner.unknown;
        self.findings.append(&mut inner.findings);
        self.params.append(&mut inner.params);
        inner.columns
    }
}

/// The columns of a query that ends with a `keep` of plain names.
fn kept(commands: &[Command]) -> Option<Vec<String>> {
    match &commands.last()?.kind {
        CommandKind::Keep(names) if names.iter().all(Name::is_plain) => Some(names.iter().map(Name::text).collect()),
        _ => None,
    }
}
