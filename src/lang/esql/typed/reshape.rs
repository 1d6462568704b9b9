//! Commands that take columns away, rename them or bring whole sets of them.

use super::columns::{Columns, Removal};
use super::{Checker, FindingKind};
use crate::lang::esql::ast::{Command, CommandKind, Expr, ExprKind, Name, Renaming};
use crate::lang::esql::types::Types;
use std::collections::BTreeSet;

/// How many branches a `fork` may have (ES|QL reference, "FORK").
const BRANCHES: std::ops::RangeInclusive<usize> = 2..=8;

impl<'q> Checker<'q> {
    pub(super) fn keep(&mut self, command: &'q Command, names: &[Name]) {
        self.listed(command, names);
        let kept = self.columns.keep(names, self.fields);
        self.reduce(kept, Removal::Keep, command.name_at.0);
    }

    pub(super) fn drop(&mut self, command: &'q Command, names: &[Name]) {
        self.listed(command, names);
        let left = self.columns.drop(names);
        self.reduce(left, Removal::Drop, command.name_at.0);
    }

    /// Names that mean no column, and names that stand twice.
    fn listed(&mut self, command: &Command, names: &[Name]) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !name.is_pattern() {
                self.column(name);
            } else if !self.columns.may_match(name) {
                let message = format!("no column fits `{}`", name.text());
                let help = format!("`{}` refuses a pattern that fits nothing", self.keyword(command));
                self.find(FindingKind::UnknownColumn, name.at.0, message, help);
            }
            if name.is_plain() && !seen.insert(name.text()) {
                let message = format!("`{}` stands twice in `{}`", name.text(), self.keyword(command));
                self.find(FindingKind::Repetition, name.at.0, message, "name each column once");
            }
        }
    }

    pub(super) fn rename(&mut self, command: &'q Command, renamings: &[Renaming]) {
        let before = self.columns.clone();
        let mut pairs = Vec::new();
        for Renaming { old, new, .. } in renamings {
            let types = self.column(old);
            self.columns.rename(old, new, types);
            pairs.push((old.text(), new.text()));
        }
        self.remember(before, Removal::Rename(pairs), command.name_at.0);
    }

    /// `enrich` and `lookup join`.
    pub(super) fn joined(&mut self, command: &'q Command) {
        match &command.kind {
            CommandKind::Enrich { on, with, .. } => {
                let keys: Vec<_> = on.iter().map(|name| (name.text(), self.column(name))).collect();
                if with.is_empty() {
                    self.columns.overlay(&keys);
                }
                for field in with {
                    let name = field.new.as_ref().unwrap_or(&field.field);
                    self.make(name.text(), Types::ANY, name.at.0);
                }
            }
            CommandKind::LookupJoin { on, .. } => {
                // The condition may speak of the lookup index, whose fields nobody knows here; a key is in both.
                let keys: Vec<_> = on.iter().filter_map(|expr| self.join_key(expr)).collect();
                self.columns.overlay(&keys);
            }
            _ => {}
        }
    }

    fn join_key(&mut self, expr: &'q Expr) -> Option<(String, Types)> {
        match &expr.kind {
            ExprKind::Column(name) => Some((name.text(), self.column(name))),
            _ => None,
        }
    }

    pub(super) fn fork(&mut self, command: &'q Command, branches: &'q [Vec<Command>]) {
        if !BRANCHES.contains(&branches.len()) {
            let count = branches.len();
            let message = format!("`fork` has {count} {}", if count == 1 { "branch" } else { "branches" });
            self.misuse(command, message, "it takes 2 to 8, each in parentheses");
        }
        if self.before.iter().any(|earlier| matches!(earlier.kind, CommandKind::Fork(_))) {
            self.misuse(command, "a query has one `fork` only", "put the branches side by side in one `fork`");
        }
        let (start, before) = (self.columns.clone(), self.before.clone());
        let mut whole: Option<Columns> = None;
        for branch in branches {
            self.columns = start.clone();
            self.before.clone_from(&before);
            branch.iter().for_each(|command| self.command(command));
            self.carried_orders(&branch.iter().collect::<Vec<_>>());
            match &mut whole {
                None => whole = Some(self.columns.clone()),
                Some(whole) => {
                    let columns = self.columns.clone();
                    self.joined_rows(whole, &columns, command, "branch");
                }
            }
        }
        self.before = before;
        self.columns = whole.unwrap_or(start);
        self.columns.set("_fork".to_owned(), Types::KEYWORD, None);
    }
}
