//! Commands that take columns away, rename them or bring whole sets of them.

use super::columns::{Columns, Removal};
use super::{Checker, FindingKind};
use crate::lang::esql::ast::{Command, CommandKind, CompareOp, Expr, ExprKind, Literal, Name, Renaming};
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
                self.join_condition(command, on);
                let keys: Vec<_> = on.iter().filter_map(|expr| self.join_key(expr)).collect();
                self.columns.overlay(&keys);
            }
            _ => {}
        }
    }

    /// A join is on columns of one name in both, or on one condition that compares a column with one of the lookup index.
    fn join_condition(&mut self, command: &Command, on: &[Expr]) {
        let is_key = |expr: &Expr| matches!(&expr.kind, ExprKind::Column(_) | ExprKind::Literal(Literal::Param(_)));
        let by_names = on.first().is_some_and(|first| is_key(first) || matches!(first.kind, ExprKind::Literal(_)));
        if by_names {
            if let Some(other) = on.iter().find(|expr| !is_key(expr)) {
                let help = "name columns, or write one condition: `on left == right and ..`";
                self.find(FindingKind::Command, other.span(), "a join is on columns, or on one condition", help);
            }
            return;
        }
        if let [_, second, ..] = on {
            let help = "join the conditions with `and`";
            self.find(FindingKind::Command, second.span(), "a join is on one condition", help);
            return;
        }
        let parts = on.first().map(conjuncts).unwrap_or_default();
        if let Some(bare) = parts.iter().find_map(|part| bare_column(part)) {
            let message = format!("`{}` alone is no condition of a join", self.written(bare.span()));
            self.find(FindingKind::Command, bare.span(), message, "compare it: `left == right`");
        } else if !parts.iter().any(|part| compares_columns(part)) {
            let help = "compare a column with one of the lookup index: `on left == right`";
            self.misuse(command, "the condition of this join relates the two indices nowhere", help);
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
        let forks = |command: &&Command| matches!(command.kind, CommandKind::Fork(_));
        for inner in branches.iter().flatten().filter(forks) {
            self.misuse(
                inner,
                "a `fork` stands in no branch of another",
                "put the branches side by side in one `fork`",
            );
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

/// The members of an `and`, those of groups in parentheses with them. The parser bounds the depth.
fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::And(members) => members.iter().flat_map(conjuncts).collect(),
        _ => vec![expr],
    }
}

/// A column that stands for a condition by itself.
fn bare_column(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Column(_) => Some(expr),
        ExprKind::Or(members) | ExprKind::And(members) => members.iter().find_map(bare_column),
        _ => None,
    }
}

/// A comparison of two columns, or the negation of their equality.
fn compares_columns(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Compare { left, right, .. } => {
            [left, right].iter().all(|side| matches!(side.kind, ExprKind::Column(_)))
        }
        ExprKind::Not(inner) => {
            matches!(inner.kind, ExprKind::Compare { op: CompareOp::Equal, .. }) && compares_columns(inner)
        }
        _ => false,
    }
}
