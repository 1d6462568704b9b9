//! Chains of commands that filter single events.

use super::super::Lowering;
use super::columns::{Column, Columns, Kind};
use super::condition::condition;
use super::live::{Live, of_events, outputs};
use super::term::{self, name_of};
use crate::ir::{ExprId, FieldPath, Subject};
use crate::lang::esql::{Command, CommandKind, Field};
use std::collections::BTreeSet;

/// The condition of a chain that only filters events; `None` when it makes rows, or computes what is too large to stand in a condition.
/// Computed columns are put in where they are read.
pub(super) fn filter(commands: &[Command], lowering: &mut Lowering<'_>) -> Option<ExprId> {
    let live = of_events(commands)?;
    let uses = lowering.parts.uses.len();
    let mut reading = Reading { lowering, columns: Columns::events(), hidden: BTreeSet::new(), filters: Vec::new() };
    for (command, live) in commands.iter().zip(live) {
        if reading.command(&command.kind, &live).is_none() {
            lowering.parts.uses.truncate(uses);
            return None;
        }
    }
    reading.assume();
    let Reading { filters, .. } = reading;
    let pool = &mut lowering.parts.pool;
    let origin = filters.first().and_then(|filter| pool.origin(*filter));
    Some(pool.and(filters, origin))
}

struct Reading<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    columns: Columns,
    /// Columns that are only shown and not computed.
    hidden: BTreeSet<String>,
    filters: Vec<ExprId>,
}

impl Reading<'_, '_> {
    fn assume(&mut self) {
        if !self.hidden.is_empty() {
            let names: Vec<String> = self.hidden.iter().map(|name| format!("`{name}`")).collect();
            let text = format!("columns that the alert only shows are not computed: {}", names.join(", "));
            self.lowering.parts.assumptions.insert(text);
        }
    }

    fn command(&mut self, kind: &CommandKind, live: &Live) -> Option<()> {
        match kind {
            CommandKind::Where(expr) => {
                let outcome = condition(expr, &self.columns, self.lowering);
                self.filters.push(outcome.holds);
            }
            CommandKind::Eval(fields) => {
                let read_by_next = |at: usize, name: &str| fields.iter().skip(at + 1).any(|field| reads(field, name));
                for (at, field) in fields.iter().enumerate() {
                    let name = name_of(field, self.lowering);
                    if live.has(&name) || read_by_next(at, &name) {
                        self.eval(field, name)?;
                    } else {
                        self.hidden.insert(name);
                    }
                }
            }
            CommandKind::Rename(renamings) => {
                for renaming in renamings {
                    let path = FieldPath::dotted(&renaming.old.text());
                    let column = self.columns.find(&renaming.old.text(), self.lowering);
                    let kind = match column.kind {
                        Kind::Field => Kind::Term(Subject::Field(path)),
                        known => known,
                    };
                    self.columns.drop(std::slice::from_ref(&renaming.old));
                    self.columns.set(renaming.new.text(), Column { kind, ..column });
                }
            }
            _ => self.hidden.extend(outputs(kind).unwrap_or_default()),
        }
        Some(())
    }

    fn eval(&mut self, field: &Field, name: String) -> Option<()> {
        let term = term::term(&field.expr, &self.columns, self.lowering);
        if term.size > term::MAX_INLINED {
            return None;
        }
        self.columns.set(name, Column { kind: Kind::Term(term.subject), ty: term.ty, single: term.single });
        Some(())
    }
}

fn reads(field: &Field, name: &str) -> bool {
    term::columns(&field.expr).into_iter().any(|column| column.text() == name)
}
