//! Which command may stand behind which: what remote clusters do comes before what the cluster does that was asked, `inline stats` sees
//! rows that nothing cut off, and a `sort` whose order nothing carries on needs a `limit`. The rules are those of Elasticsearch's checks of
//! an optimised plan.

use super::{Checker, FindingKind};
use crate::lang::esql::ast::{Command, CommandKind, Expr, ExprKind, FromItem, Name, Source};
use crate::source::Problem;

impl<'q> Checker<'q> {
    /// Checks a command against the commands before it.
    pub(super) fn order(&mut self, command: &'q Command) {
        match &command.kind {
            CommandKind::Enrich { policy, .. } if is_remote_policy(policy) => self.remote_enrich(command),
            CommandKind::LookupJoin { .. } if self.reads_remotely() => self.remote_join(command),
            CommandKind::Stats { inline: true, .. } => self.inline_stats(command),
            _ => {}
        }
    }

    /// What is computed where the data is comes before what is computed in one place.
    fn remote_enrich(&mut self, command: &'q Command) {
        let help = "enrich right behind `from`, before the rows come together";
        if let Some(earlier) = self.before.iter().copied().find(|earlier| is_central(earlier)) {
            self.after("a remote `enrich`", command, earlier, help);
        }
        let expanded = |earlier: &&Command| matches!(earlier.kind, CommandKind::MvExpand(_));
        let limit = self.before.iter().position(|earlier| matches!(earlier.kind, CommandKind::Limit { .. }));
        let late = limit.and_then(|at| self.before.get(at..)?.iter().copied().find(expanded));
        if let Some(earlier) = late {
            let help = "expand behind the `enrich`: the rows that the `limit` leaves are known in one place only";
            self.after("a remote `enrich`", command, earlier, help);
        }
        // It makes the joins before it remote, too.
        if !self.reads_remotely() {
            let joins = self.before.iter().enumerate();
            let joins: Vec<usize> = joins.filter(|(_, earlier)| is_join(earlier)).map(|(at, _)| at).collect();
            joins.into_iter().for_each(|at| self.join_behind(at));
        }
    }

    fn remote_join(&mut self, command: &'q Command) {
        let found = self.before.iter().copied().find(|earlier| is_central(earlier) || cuts(earlier));
        if let Some(earlier) = found {
            self.after("a `lookup join` of remote indices", command, earlier, "join first");
        }
    }

    /// A join among the commands before this one that became remote.
    fn join_behind(&mut self, at: usize) {
        let Some(command) = self.before.get(at).copied() else { return };
        let before = self.before.iter().copied().take(at);
        let found = before.into_iter().find(|earlier| is_central(earlier) || cuts(earlier));
        if let Some(earlier) = found {
            self.after("a `lookup join` before a remote `enrich`", command, earlier, "join first");
        }
    }

    fn inline_stats(&mut self, command: &'q Command) {
        let cut = |earlier: &&Command| match &earlier.kind {
            CommandKind::Limit { .. } | CommandKind::Fork(_) => true,
            CommandKind::From { items, .. } => items.iter().any(|item| matches!(item, FromItem::Subquery(_))),
            _ => false,
        };
        if let Some(earlier) = self.before.iter().copied().find(cut) {
            let help = "aggregate before rows are cut off; a query in parentheses and a `fork` cut off, too";
            self.after("`inline stats`", command, earlier, help);
        }
    }

    /// A `sort` without `limit`, then an `mv_expand`, and then a command that no `limit` at the end gets past. A later `sort` or `stats`
    /// makes the first order no matter.
    pub(super) fn carried_orders(&mut self, commands: &[&'q Command]) {
        for (at, sort) in commands.iter().enumerate() {
            let later = commands.get(at + 1..).unwrap_or_default();
            if let (CommandKind::Sort(_), Some(stop)) = (&sort.kind, stop_of_order(later)) {
                let message =
                    format!("this `sort` is followed by `mv_expand` and `{}`, without a `limit`", self.keyword(stop));
                let help = "put the `sort` at the end, or a `limit` right behind it: no order is kept through them";
                self.report(FindingKind::Placement, Problem::new(sort.name_at.0, message).help(help));
            }
        }
    }

    /// The query behind `in` is a set: its order means nothing without a `limit`.
    pub(super) fn order_of_set(&mut self, query: &'q [Command]) {
        let last = query.iter().rfind(|command| resets_order(command));
        if let Some(sort) = last.filter(|command| matches!(command.kind, CommandKind::Sort(_))) {
            let message = "the query behind `in` is sorted and not limited";
            let problem = Problem::new(sort.name_at.0, message).help("leave the `sort` out, or add a `limit`");
            self.report(FindingKind::Placement, problem);
        }
    }

    fn after(&mut self, what: &str, command: &Command, earlier: &Command, help: &str) {
        let message = format!("{what} cannot stand after `{}`", self.keyword(earlier));
        self.report(FindingKind::Placement, Problem::new(command.name_at.0, message).help(help));
    }

    /// Whether the query reads indices of other clusters.
    fn reads_remotely(&self) -> bool {
        self.before.first().is_some_and(|first| match &first.kind {
            CommandKind::From { items, .. } => items.iter().filter_map(FromItem::index).any(is_remote_index),
            _ => false,
        })
    }
}

/// `cluster:index`. `index::failures` selects a part of a data stream, and `-index` takes indices away.
fn is_remote_index(index: &Source) -> bool {
    let name = index.text.split("::").next().unwrap_or_default();
    name.contains(':') && !name.starts_with('-')
}

fn is_remote_policy(policy: &Source) -> bool {
    policy.text.to_ascii_lowercase().starts_with("_remote:")
}

/// Whether a command runs on the cluster that was asked.
fn is_central(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Stats { .. }
        | CommandKind::Fork(_)
        | CommandKind::Completion { .. }
        | CommandKind::Rerank { .. }
        | CommandKind::ChangePoint { .. } => true,
        CommandKind::Enrich { policy: source, .. } | CommandKind::LookupJoin { index: source, .. } => {
            source.text.to_ascii_lowercase().starts_with("_coordinator:")
        }
        _ => false,
    }
}

fn is_join(command: &Command) -> bool {
    matches!(command.kind, CommandKind::LookupJoin { .. })
}

fn cuts(command: &Command) -> bool {
    matches!(command.kind, CommandKind::Limit { .. } | CommandKind::Sort(_))
}

/// What makes the order of the rows another one, or no matter, or sure.
fn resets_order(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Stats { inline, .. } => !inline,
        _ => cuts(command),
    }
}

/// The command behind a `sort` and an `mv_expand` that keeps a `limit` at the end from the `sort`.
fn stop_of_order<'q>(later: &[&'q Command]) -> Option<&'q Command> {
    let mut expanded: Vec<&Name> = Vec::new();
    let mut stop = None;
    for command in later.iter().copied() {
        match &command.kind {
            CommandKind::Limit { .. } => break,
            CommandKind::Fork(_) => return None,
            _ if resets_order(command) => return None,
            CommandKind::MvExpand(name) => expanded.push(name),
            CommandKind::Where(condition) if expanded.iter().any(|name| mentions(condition, name)) => {
                stop = stop.or(Some(command));
            }
            CommandKind::Stats { .. } if !expanded.is_empty() => stop = stop.or(Some(command)),
            _ => {}
        }
    }
    stop
}

/// Whether a column stands in an expression.
fn mentions(expr: &Expr, name: &Name) -> bool {
    matches!(&expr.kind, ExprKind::Column(column) if column.text() == name.text())
        || expr.parts().into_iter().any(|part| mentions(part, name))
}
