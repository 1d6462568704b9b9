//! Reading a map's file: what is wrong with it, where, and what to do about it.

use super::index::Index;
use super::{FieldMap, MapRow, Transform};
use crate::catalog::fields::{FieldType, Search};
use crate::source::{Diagnostic, Location, Span};
use std::cell::LazyCell;
use std::collections::HashSet;
use toml::de::{DeTable, DeValue};

impl FieldMap {
    /// Reads a map, the user's own or an embedded one.
    ///
    /// # Errors
    /// Text that is no map, and rows that contradict themselves or name types and transforms that do not exist.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let map = Self::read(text).map_err(|error| vec![not_a_map(&error)])?.indexed();
        // Hardly any map has something wrong: its text is then read once.
        let places = LazyCell::new(|| Places::new(text));
        let mut ways = HashSet::new();
        let kept_raws: HashSet<&str> = map.rows.iter().filter(|row| !row.dropped).map(|row| row.raw.as_str()).collect();
        let mut wrong = Vec::new();
        for (index, row) in map.rows.iter().enumerate() {
            let again = (!row.derived && !ways.insert(&row.raw)).then(|| WrongRow {
                key: "raw",
                message: format!("`{}` has a row already", row.raw),
                help: "another field with the same value goes into `copies`; a row for one made from it is `derived = true`"
                    .to_owned(),
            });
            let kept = row.dropped && kept_raws.contains(row.raw.as_str());
            let kept = kept.then(|| WrongRow {
                key: "dropped",
                message: format!("`{}` is dropped, and another row says what is made of it", row.raw),
                help: "take out one of the rows, or `dropped`".to_owned(),
            });
            let found = Self::wrong_way(row).into_iter().chain(again).chain(kept).chain(map.wrong_names(row));
            let told =
                |wrong: WrongRow| Diagnostic::syntax(places.of_row(index, wrong.key), wrong.message).help(wrong.help);
            wrong.extend(found.map(told));
        }
        if wrong.is_empty() { Ok(map) } else { Err(wrong) }
    }

    /// A map as its text says it, not checked and without its index.
    pub(super) fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The map with its index.
    pub(super) fn indexed(mut self) -> Self {
        self.index = Index::new(&self.rows, |row| self.transform_of_nothing(row).is_some());
        self
    }

    /// What is wrong with the map that this one extends: there is none of that name. `text` is the file's, for the place. Asked once
    /// all maps are declared.
    pub fn wrong_base(&self, text: &str) -> Option<Diagnostic> {
        let name = self.extends.as_deref()?;
        // A map of the same name is this one, unless there is another.
        let others = Self::names().filter(|known| *known == name).count();
        if others > usize::from(self.name() == name) {
            return None;
        }
        let message = format!("there is no map `{name}`");
        let help = meant(name, Self::names(), "the name of a map that `detc map FIELD` tells of");
        Some(Diagnostic::syntax(Places::new(text).of_key("extends"), message).help(help))
    }

    /// A row that says no way for its field, or two.
    fn wrong_way(row: &MapRow) -> Option<WrongRow> {
        let raw = &row.raw;
        let (key, message, help) = match (row.dropped, row.elastic.is_some()) {
            (false, false) => (
                "raw",
                format!("nothing says where `{raw}` goes"),
                "name the field in `elastic`, or say `dropped = true` when the documents do not have it",
            ),
            (true, true) => {
                ("dropped", format!("`{raw}` is dropped and goes to a field"), "take out `dropped` or `elastic`")
            }
            (true, false)
                if row.derived || row.transform.is_some() || !row.copies.is_empty() || !row.also.is_empty() =>
            {
                (
                    "dropped",
                    format!("`{raw}` is dropped, and the row says what becomes of it"),
                    "take out `dropped`, or `copies`, `also`, `derived` and `transform`",
                )
            }
            _ => return None,
        };
        Some(WrongRow { key, message, help: help.to_owned() })
    }

    /// The names of a row that nothing has: of its change of values and of its types.
    fn wrong_names(&self, row: &MapRow) -> Vec<WrongRow> {
        let built_in: Vec<&str> = Transform::names().collect();
        let named = || self.values.keys().chain(self.cases.keys()).map(String::as_str);
        let changes = || named().chain(built_in.iter().copied());
        let transform = row.transform.as_ref().filter(|name| self.named(name).is_none()).map(|name| WrongRow {
            key: "transform",
            message: format!("there is no change of values `{name}`"),
            help: meant(name, changes(), "a table of the file"),
        });
        let known = |name: &str| FieldType::parse(name) != FieldType::Unknown || JSON_TYPES.contains(&name);
        let types = [("raw_type", &row.raw_type), ("type", &row.elastic_type)];
        let types = types.into_iter().filter(|(_, name)| !known(name)).map(|(key, name)| WrongRow {
            key,
            message: format!("there is no type `{name}`"),
            help: meant(name, FieldType::NAMES.iter().chain(JSON_TYPES).copied(), "a type of Elasticsearch or JSON"),
        });
        transform.into_iter().chain(types).collect()
    }
}

/// Types of raw values beyond those of indices.
const JSON_TYPES: &[&str] = &["array", "number", "string"];

struct WrongRow {
    /// The key that the caret stands under.
    key: &'static str,
    message: String,
    help: String,
}

/// The nearest of the known names, or what to write.
fn meant<'n>(name: &str, known: impl Iterator<Item = &'n str>, otherwise: &str) -> String {
    let mut search = Search::new(name);
    known.for_each(|known| search.offer(known));
    match search.best(1).first() {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {otherwise}"),
    }
}

/// The reader's words for text that is not a map. Of a key or a word that is none it lists the known ones.
fn not_a_map(error: &toml::de::Error) -> Diagnostic {
    let span = error.span().map_or(Span::at(0), |range| Span::new(range.start, range.end));
    let is_of_list = error.message().starts_with("unknown ");
    let (message, rest) =
        error.message().split_once(", expected ").filter(|_| is_of_list).unwrap_or((error.message(), ""));
    let names = rest.split('`').skip(1).step_by(2);
    let wrong = message.split('`').nth(1).unwrap_or_default();
    let help = if is_of_list { meant(wrong, names, rest) } else { "docs/maps.md shows a map".to_owned() };
    Diagnostic::syntax(Location::main(span), message.trim_end()).help(help)
}

/// Where the rows of a text and their keys are.
struct Places<'t> {
    table: Option<toml::Spanned<DeTable<'t>>>,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        Self { table: DeTable::parse(text).ok() }
    }

    /// The value of a row's key, or the row where the key is not written.
    fn of_row(&self, index: usize, key: &str) -> Location {
        let row = self.table.as_ref().and_then(|table| table.get_ref().get("rows")?.get_ref().get(index));
        let value = row.and_then(|row| row.get_ref().as_table()).and_then(|row| row.get(key));
        located(value.or(row))
    }

    /// The value of a key of the map itself.
    fn of_key(&self, key: &str) -> Location {
        located(self.table.as_ref().and_then(|table| table.get_ref().get(key)))
    }
}

fn located(value: Option<&toml::Spanned<DeValue<'_>>>) -> Location {
    Location::main(value.map(toml::Spanned::span).map_or(Span::at(0), |range| Span::new(range.start, range.end)))
}
