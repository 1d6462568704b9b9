//! Which columns there are at a command.

use super::commands::is_metadata;
use super::{Absence, Certainty, Checker, Fields, Finding, FindingKind, Made};
use crate::lang::esql::ast::Name;
use crate::lang::esql::hints;
use crate::lang::esql::types::Types;
use crate::source::{Problem, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A column that is not (or no longer) just a field of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) types: Types,
    /// Where the query makes it; `None` for a field or for metadata.
    pub(super) made_at: Option<Span>,
    /// Whether it is null in every row, and so of the type null.
    pub(super) null: bool,
}

/// The columns of the rows. Fields of the index are not listed: they are looked up as long as no command closed the list.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    own: BTreeMap<String, Column>,
    /// Whether fields of the index are columns, too, so far as every filter lets them through.
    index: Option<Vec<Rc<Filter>>>,
    /// Whether there are columns whose names are not known here (`enrich`, `lookup join`).
    more: bool,
    /// Whether such columns may stand in the place of fields of the index.
    overlaid: bool,
}

/// What a `keep` or `drop` lets through.
#[derive(Debug)]
struct Filter {
    keep: bool,
    plain: BTreeSet<String>,
    patterns: Vec<Name>,
}

impl Filter {
    fn new<'n>(keep: bool, names: impl IntoIterator<Item = &'n Name>) -> Self {
        let (plain, patterns): (Vec<&Name>, Vec<&Name>) = names.into_iter().partition(|name| name.is_plain());
        Self {
            keep,
            plain: plain.into_iter().map(Name::text).collect(),
            patterns: patterns.into_iter().cloned().collect(),
        }
    }

    fn lets_through(&self, name: &str) -> bool {
        let means = self.plain.contains(name) || self.patterns.iter().any(|pattern| pattern.fits(name));
        means == self.keep
    }
}

/// A command that took columns away, and what there was before it.
pub(super) struct Past {
    columns: Columns,
    removal: Removal,
    command: Span,
}

/// How columns went away.
#[derive(Debug, Clone)]
pub(super) enum Removal {
    Keep,
    Drop,
    Stats,
    /// Old names with their new ones.
    Rename(Vec<(String, String)>),
}

impl Columns {
    pub(super) fn none() -> Self {
        Self { own: BTreeMap::new(), index: None, more: false, overlaid: false }
    }

    pub(super) fn of_index() -> Self {
        Self { index: Some(Vec::new()), ..Self::none() }
    }

    pub(super) fn set(&mut self, name: String, types: Types, made_at: Option<Span>) {
        self.own.insert(name, Column { types, made_at, null: false });
    }

    /// Says that a column of the query's own is null in every row.
    pub(super) fn set_null(&mut self, name: &str) {
        if let Some(column) = self.own.get_mut(name) {
            column.null = true;
        }
    }

    pub(super) fn is_null(&self, name: &str) -> bool {
        self.own.get(name).is_some_and(|column| column.null)
    }

    /// From here on, columns may be there that nobody can name.
    pub(super) fn open(&mut self) {
        self.more = true;
    }

    /// As [`Self::open`]; a column that comes takes the place of one of its name, unless that is a key.
    pub(super) fn overlay(&mut self, keys: &[(String, Types)]) {
        self.open();
        self.overlaid = true;
        for (name, column) in &mut self.own {
            if !keys.iter().any(|(key, _)| key == name) {
                column.types = Types::ANY;
                column.null = false;
            }
        }
        for (key, types) in keys {
            self.own.entry(key.clone()).or_insert(Column { types: *types, made_at: None, null: false });
        }
    }

    /// The types of a column; `None` when there is none of that name.
    pub(super) fn types(&self, name: &str, fields: &dyn Fields) -> Option<Types> {
        if let Some(column) = self.own.get(name) {
            return Some(column.types);
        }
        let field = if self.sees(name) { fields.types(name) } else { None };
        let field = field.map(|types| if self.overlaid { Types::ANY } else { types });
        let unknown = self.more || (self.sees(name) && fields.absence() == Absence::Nothing);
        field.or_else(|| unknown.then_some(Types::ANY))
    }

    /// Whether a field of this name would be a column.
    pub(super) fn sees(&self, name: &str) -> bool {
        self.index.as_ref().is_some_and(|filters| filters.iter().all(|filter| filter.lets_through(name)))
    }

    /// Whether a name is a field of the index and not a column that the query made.
    pub(super) fn is_field(&self, name: &str) -> bool {
        self.own.get(name).is_none_or(|column| column.made_at.is_none())
    }

    /// Whether some column can fit a pattern. Fields of the index are not searched: one may always fit.
    pub(super) fn may_match(&self, pattern: &Name) -> bool {
        self.index.is_some() || self.more || self.own.keys().any(|name| pattern.fits(name))
    }

    /// Leaves the columns that the names and patterns mean.
    pub(super) fn keep(&self, names: &[Name], fields: &dyn Fields) -> Self {
        let mut kept = self.clone();
        kept.filter(Filter::new(true, names));
        if names.iter().all(Name::is_plain) {
            kept.index = None;
        }
        for name in names.iter().filter(|name| name.is_plain()) {
            let text = name.text();
            if let (false, Some(types)) = (kept.own.contains_key(&text), self.types(&text, fields)) {
                kept.set(text, types, None);
            }
        }
        kept
    }

    /// Takes away the columns that the names and patterns mean.
    pub(super) fn drop(&self, names: &[Name]) -> Self {
        let mut left = self.clone();
        left.filter(Filter::new(false, names));
        left
    }

    /// Gives a column another name.
    pub(super) fn rename(&mut self, old: &Name, new: &Name, types: Types) {
        self.own.remove(&old.text());
        if let Some(filters) = &mut self.index {
            filters.push(Rc::new(Filter::new(false, [old])));
        }
        self.set(new.text(), types, Some(new.at.0));
    }

    fn filter(&mut self, filter: Filter) {
        self.own.retain(|name, _| filter.lets_through(name));
        if let Some(filters) = &mut self.index {
            filters.push(Rc::new(filter));
        }
    }

    /// The rows of several branches together: a column of one branch is null in the others.
    pub(super) fn join(&mut self, other: &Self) -> Vec<(String, Types, Types)> {
        let mut clashes = Vec::new();
        for (name, column) in &other.own {
            let Some(known) = self.own.get_mut(name) else {
                self.own.insert(name.clone(), *column);
                continue;
            };
            if !known.types.intersects(column.types) {
                clashes.push((name.clone(), known.types, column.types));
            }
            known.types = known.types | column.types;
            known.null &= column.null;
        }
        if self.index.is_some() || other.index.is_some() {
            self.index = Some(Vec::new());
        }
        self.more |= other.more;
        self.overlaid |= other.overlaid;
        clashes
    }

    /// The columns that the query made and that are no fields.
    pub(super) fn made(&self, fields: &dyn Fields) -> Vec<Made> {
        let made = |(name, column): (&String, &Column)| {
            let at = column.made_at?;
            fields.types(name).is_none().then(|| Made { name: name.clone(), at })
        };
        self.own.iter().filter_map(made).collect()
    }

    fn own_names(&self) -> Vec<&str> {
        self.own.keys().map(String::as_str).collect()
    }
}

/// So many steps back a lost column is looked for; so many unknown columns are told what they may have been meant for.
const MEMORY: usize = 32;
const REMEDIES: usize = 32;

impl Checker<'_> {
    /// The types of a column that an expression reads.
    pub(super) fn column(&mut self, name: &Name) -> Types {
        if !name.is_plain() {
            return Types::ANY;
        }
        let text = name.text();
        match self.columns.types(&text, self.fields) {
            // In a time series a number may be a counter, which the field tables do not say.
            Some(types) if self.time_series && types.is_within(Types::NUMBER) => types | Types::COUNTER,
            Some(types) => types,
            None if self.unmapped && self.columns.sees(&text) => Types::ANY,
            None => {
                self.missing(&text, name.at.0);
                // Told once; from here on it counts as there.
                self.columns.set(text, Types::ANY, None);
                Types::ANY
            }
        }
    }

    /// Makes a column at a place of the query.
    pub(super) fn make(&mut self, name: String, types: Types, at: Span) {
        self.columns.set(name, types, Some(at));
    }

    /// Replaces the columns by those that a command leaves.
    pub(super) fn reduce(&mut self, columns: Columns, removal: Removal, command: Span) {
        let columns = std::mem::replace(&mut self.columns, columns);
        self.remember(columns, removal, command);
    }

    /// Keeps what there was before a command that took columns away.
    pub(super) fn remember(&mut self, columns: Columns, removal: Removal, command: Span) {
        if self.past.len() == MEMORY {
            self.past.remove(0);
        }
        self.past.push(Past { columns, removal, command });
    }

    /// Reports a column that is not there.
    fn missing(&mut self, name: &str, at: Span) {
        let lost = self.past.iter().rev().find(|past| past.columns.types(name, self.fields).is_some());
        let (message, help, related) = match lost {
            Some(past) => {
                let (message, help) = lost_message(name, &past.removal);
                (message, help, Some((past.command, "here it goes".to_owned())))
            }
            None => (format!("there is no column `{name}` here"), self.remedy(name), None),
        };
        let known_otherwise = self.measure_names.contains(name) || is_metadata(name);
        let by_tables = related.is_none() && self.columns.sees(name) && !known_otherwise;
        let certainty = match (by_tables, self.fields.absence()) {
            (false, _) => Certainty::Sure,
            (true, Absence::Evidence) => Certainty::Tables,
            (true, _) => Certainty::OldTables,
        };
        let problem = Problem::new(at, message).help(help);
        self.findings.push(Finding { kind: FindingKind::UnknownColumn, problem, related, certainty });
    }

    fn remedy(&mut self, name: &str) -> String {
        self.unknown += 1;
        if let Some(remedy) = self.own_remedy(name) {
            return remedy;
        }
        if !self.columns.sees(name) {
            return "no command before makes it".to_owned();
        }
        let near = if self.unknown <= REMEDIES { self.fields.near(name) } else { Vec::new() };
        let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
        if near.is_empty() {
            "no table of the indices in `from` has such a field".to_owned()
        } else {
            format!("did you mean {}?", near.join(" or "))
        }
    }

    /// What the query itself says of a name that is no column.
    fn own_remedy(&self, name: &str) -> Option<String> {
        if self.measure_names.contains(name) {
            return Some(
                "an aggregation cannot read another of its `stats`: compute it with `eval` after it".to_owned(),
            );
        }
        if is_metadata(name) {
            return Some(format!("ask for it: `from .. metadata {name}`"));
        }
        if self.unknown > REMEDIES {
            return None;
        }
        let own = self.columns.own_names();
        let same = own.iter().copied().find(|own| own.eq_ignore_ascii_case(name));
        let near = same.or_else(|| hints::near_name(name, &own))?;
        Some(format!("did you mean `{near}`?"))
    }
}

fn lost_message(name: &str, removal: &Removal) -> (String, String) {
    match removal {
        Removal::Keep => (
            format!("the column `{name}` is gone: `keep` does not list it"),
            format!("add `{name}` to the `keep`, or use it before"),
        ),
        Removal::Drop => {
            (format!("the column `{name}` is gone: `drop` took it away"), "use it before the `drop`".to_owned())
        }
        Removal::Stats => (
            format!("the column `{name}` is gone: `stats` leaves its own columns only"),
            format!("group by it (`by {name}`), or carry it along: `{name} = VALUES({name})`"),
        ),
        Removal::Rename(pairs) => {
            let new = pairs.iter().find(|(old, _)| old == name).map_or("", |(_, new)| new.as_str());
            (format!("the column `{name}` is gone: `rename` made it `{new}`"), format!("write `{new}`"))
        }
    }
}
