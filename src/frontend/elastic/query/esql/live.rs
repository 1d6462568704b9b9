//! Which columns a later command reads in order to decide which rows there are.

use super::term::columns;
use crate::lang::esql::{Command, CommandKind, Extraction, Field, Name, dissect, grok};
use std::collections::BTreeSet;

/// The names that later commands read in order to decide.
#[derive(Debug, Clone, Default)]
pub(super) struct Live(BTreeSet<String>);

impl Live {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn read<'n>(&mut self, names: impl IntoIterator<Item = &'n Name>) {
        self.0.extend(names.into_iter().map(Name::text));
    }
}

/// For each command of a chain that only filters rows and adds columns, what is live after it; `None` for another chain.
pub(super) fn of_events(commands: &[Command]) -> Option<Vec<Live>> {
    let mut live = Live::default();
    let mut found: Vec<Live> = Vec::new();
    for command in commands.iter().rev() {
        found.push(live.clone());
        before(&command.kind, &mut live)?;
    }
    found.reverse();
    Some(found)
}

fn before(kind: &CommandKind, live: &mut Live) -> Option<()> {
    match kind {
        CommandKind::From { time_series: false, .. }
        | CommandKind::Keep(_)
        | CommandKind::Drop(_)
        // Without a limit the order of the rows changes none of them.
        | CommandKind::Sort(_) => {}
        CommandKind::Where(expr) => live.read(columns(expr)),
        CommandKind::Eval(fields) => fields.iter().rev().for_each(|field| defined(field, live)),
        CommandKind::Rename(renamings) => {
            for renaming in renamings.iter().rev() {
                if live.0.remove(&renaming.new.text()) {
                    live.read([&renaming.old]);
                }
            }
        }
        _ => {
            let made = outputs(kind)?;
            if made.iter().any(|name| live.has(name)) {
                return None;
            }
        }
    }
    Some(())
}

fn defined(field: &Field, live: &mut Live) {
    if field.name.as_ref().is_some_and(|name| live.0.remove(&name.text())) {
        live.read(columns(&field.expr));
    }
}

/// The columns that a command adds when that is all it does; `None` when it can change the rows or its columns cannot be told.
pub(super) fn outputs(kind: &CommandKind) -> Option<Vec<String>> {
    match kind {
        CommandKind::Grok { patterns, .. } => {
            let found: Vec<Extraction> = patterns.iter().map(grok).collect();
            // A named pattern may bring columns of its own.
            let told = found.iter().all(|pattern| !pattern.more);
            told.then(|| found.into_iter().flat_map(names).collect())
        }
        CommandKind::Dissect { pattern, .. } => Some(names(dissect(pattern)).collect()),
        CommandKind::Completion { target, .. } => {
            Some(vec![target.as_ref().map_or_else(|| "completion".to_owned(), Name::text)])
        }
        CommandKind::Stats { inline: true, measures, .. } => {
            measures.iter().map(|measure| measure.field.name.as_ref().map(Name::text)).collect()
        }
        CommandKind::Enrich { with, .. } if !with.is_empty() => {
            Some(with.iter().map(|field| field.new.as_ref().unwrap_or(&field.field).text()).collect())
        }
        _ => None,
    }
}

fn names(extraction: Extraction) -> impl Iterator<Item = String> {
    extraction.columns.into_iter().map(|(name, ..)| name)
}
