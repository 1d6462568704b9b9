//! Which columns there are at a command, and which of them a later command needs in order to decide.

use super::esql_term::columns;
use crate::catalog::fields::Cardinality;
use crate::ir::Subject;
use crate::lang::esql::{Command, CommandKind, Field, Name, NamePart};
use std::collections::{BTreeMap, BTreeSet};

/// What a column is.
#[derive(Debug, Clone)]
pub(super) enum Column {
    /// A field of the event.
    Field,
    /// A column of the row with at most one value.
    Single,
    /// Computed from the event's fields.
    Term(Subject),
    /// Not represented, with the reason.
    Hole(String),
}

/// The columns of the rows.
pub(super) struct Columns {
    /// Whether every other name is a field of the event.
    open: bool,
    known: BTreeMap<String, Column>,
    /// Why other names are not known.
    reason: String,
}

impl Columns {
    pub(super) fn events() -> Self {
        Self { open: true, known: BTreeMap::new(), reason: String::new() }
    }

    pub(super) fn none() -> Self {
        Self { open: false, known: BTreeMap::new(), reason: "there is no such column here".to_owned() }
    }

    /// After a stage that is not understood.
    pub(super) fn unknown(reason: &str) -> Self {
        Self { open: false, known: BTreeMap::new(), reason: reason.to_owned() }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn find(&self, name: &str) -> Column {
        match self.known.get(name) {
            Some(column) => column.clone(),
            None if self.open => Column::Field,
            None => Column::Hole(self.reason.clone()),
        }
    }

    pub(super) fn is_event_field(&self, name: &str) -> bool {
        self.open && matches!(self.find(name), Column::Field)
    }

    pub(super) fn set(&mut self, name: String, column: Column) {
        self.known.insert(name, column);
    }

    pub(super) fn take(&mut self, name: &str) -> Column {
        self.known.remove(name).unwrap_or_else(|| Column::Hole(self.reason.clone()))
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.known.retain(|name, _| keep(name));
    }

    /// Whether a new column of this name leaves the meaning of the others: no column is defined twice, and none reads a field that
    /// is replaced.
    pub(super) fn may_define(&self, name: &str) -> bool {
        let reads = |column: &Column| match column {
            Column::Term(subject) => super::esql_term::fields(subject).iter().any(|field| field.name() == name),
            _ => false,
        };
        !self.known.contains_key(name) && !self.known.values().any(reads)
    }

    /// The known columns that the names and patterns mean, in the order of the names.
    pub(super) fn matching(&self, names: &[Name]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for name in names {
            let known = self.known.keys().filter(|known| fits(name, known) && !found.contains(known));
            let more: Vec<String> = known.cloned().collect();
            found.extend(more);
        }
        found
    }
}

fn fits(name: &Name, column: &str) -> bool {
    if !name.is_pattern() {
        return name.text() == column;
    }
    let literal = |text: &str| text.replace(['\\', '*'], "?");
    let pattern: Vec<String> = name
        .parts
        .iter()
        .map(|part| match part {
            NamePart::Pattern(text) => text.clone(),
            NamePart::Text(text) | NamePart::Param(text) => literal(text),
        })
        .collect();
    let pieces: Vec<String> = pattern.join(".").split('*').map(str::to_owned).collect();
    stars(&pieces, column)
}

/// Whether the text is the pieces with anything between them.
fn stars(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces.first().is_some_and(|only| only == text) };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece.as_str()) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last.as_str())
}

/// The names that later commands read in order to decide.
#[derive(Debug, Clone, Default)]
pub(super) struct Live {
    all: bool,
    names: BTreeSet<String>,
}

impl Live {
    pub(super) fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }

    fn read<'n>(&mut self, names: impl IntoIterator<Item = &'n Name>) {
        self.names.extend(names.into_iter().map(Name::text));
    }
}

/// For each command what is live after it.
pub(super) fn live_after(commands: &[Command]) -> Vec<Live> {
    let mut live = Live::default();
    let mut limited = false;
    let mut found: Vec<Live> = Vec::new();
    for command in commands.iter().rev() {
        found.push(live.clone());
        limited |= matches!(command.kind, CommandKind::Limit { .. });
        before(&command.kind, limited, &mut live);
    }
    found.reverse();
    found
}

fn before(kind: &CommandKind, limited: bool, live: &mut Live) {
    match kind {
        CommandKind::Where(expr) => live.read(columns(expr)),
        CommandKind::Eval(fields) => fields.iter().rev().for_each(|field| defined(field, live)),
        CommandKind::Stats { inline, measures, by } => {
            let after = live.clone();
            if !inline {
                *live = Live::default();
            }
            for measure in measures {
                if measure.field.name.as_ref().is_none_or(|name| after.has(&name.text())) {
                    live.read(columns(&measure.field.expr));
                    measure.filter.iter().for_each(|filter| live.read(columns(filter)));
                }
            }
            by.iter().for_each(|field| live.read(columns(&field.expr)));
        }
        CommandKind::Rename(renamings) => {
            for renaming in renamings {
                if live.names.remove(&renaming.new.text()) {
                    live.read([&renaming.old]);
                }
            }
        }
        CommandKind::Sort(keys) if limited => keys.iter().for_each(|key| live.read(columns(&key.expr))),
        CommandKind::MvExpand(name) => live.read([name]),
        CommandKind::Grok { input, .. } | CommandKind::Dissect { input, .. } => live.read(columns(input)),
        CommandKind::Completion { prompt, .. } => live.read(columns(prompt)),
        CommandKind::Enrich { on, .. } => live.read(on),
        CommandKind::LookupJoin { .. }
        | CommandKind::Fork(_)
        | CommandKind::ChangePoint { .. }
        | CommandKind::Limit { .. }
        | CommandKind::Other { .. } => live.all |= !matches!(kind, CommandKind::Limit { .. }),
        _ => {}
    }
}

fn defined(field: &Field, live: &mut Live) {
    let Some(name) = &field.name else { return };
    if live.all || live.names.remove(&name.text()) {
        live.read(columns(&field.expr));
    }
}

/// The columns that a command adds when that is all it does; `None` when it can change the rows or its columns cannot be told.
pub(super) fn outputs(kind: &CommandKind) -> Option<Vec<String>> {
    match kind {
        CommandKind::Grok { patterns, .. } => Some(patterns.iter().flat_map(|text| grok_names(&text.value)).collect()),
        CommandKind::Dissect { pattern, .. } => Some(dissect_names(&pattern.value)),
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

/// `%{SYNTAX:name}`, `%{SYNTAX:name:type}` and `(?<name>..)`.
fn grok_names(pattern: &str) -> Vec<String> {
    let semantic = pattern.split("%{").skip(1).filter_map(|rest| rest.split_once('}')?.0.split(':').nth(1));
    let groups = pattern.split("(?<").skip(1).filter(|rest| !rest.starts_with(['=', '!']));
    let named = groups.filter_map(|rest| Some(rest.split_once('>')?.0));
    semantic.chain(named).map(str::to_owned).collect()
}

/// `%{name}` with its modifiers.
fn dissect_names(pattern: &str) -> Vec<String> {
    let keys = pattern.split("%{").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    let names = keys.map(|key| key.trim_start_matches(['+', '?', '*', '&']).trim_end_matches("->"));
    names.filter_map(|key| key.split('/').next()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Whether a schema rules out several values.
pub(super) fn is_single(cardinality: Option<Cardinality>) -> bool {
    cardinality == Some(Cardinality::Single)
}
