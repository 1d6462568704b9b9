//! The rows of a map by the fields that they name: a run asks for the same few hundred fields of thousands of rules.

use super::{MapRow, first_key, plain};
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};

/// Places of rows, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// By the raw path without array markers, in lower case.
    raw: HashMap<String, Vec<usize>, RandomState>,
    /// By each of the Elastic fields, without array markers.
    targets: HashMap<String, Vec<usize>, RandomState>,
    /// Raw paths that some row enters with `[]`.
    lists: HashSet<String, RandomState>,
    /// By the key of an event that their raw path can begin with.
    keys: HashMap<String, Vec<usize>, RandomState>,
    /// Rows that make something of an event whatever its keys.
    always: Vec<usize>,
}

impl Index {
    /// `makes_of_nothing`: whether a row makes something of an event without its raw field.
    pub(super) fn new(rows: &[MapRow], makes_of_nothing: impl Fn(&MapRow) -> bool) -> Self {
        let mut index = Self::default();
        for (at, row) in rows.iter().enumerate() {
            if row.raw == "*" || makes_of_nothing(row) {
                index.always.push(at);
            } else {
                index.add_keys(&row.raw, at);
            }
            index.raw.entry(row.raw_plain().to_ascii_lowercase()).or_default().push(at);
            for target in row.targets() {
                let places = index.targets.entry(target.into_owned()).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
            let marks = row.raw.match_indices("[]").map(|(mark, _)| row.raw.split_at(mark));
            let lists = marks.filter(|(_, rest)| matches!(rest.as_bytes().get(2), None | Some(b'.')));
            index.lists.extend(lists.map(|(list, _)| list.to_owned()));
        }
        index
    }

    fn add_keys(&mut self, raw: &str, at: usize) {
        let whole = raw.strip_suffix(".*").unwrap_or(raw);
        let (first, _) = first_key(whole);
        let first = first.strip_suffix("[]").unwrap_or(&first);
        for key in [Some(first), (whole != first).then_some(whole)].into_iter().flatten() {
            self.keys.entry(key.to_owned()).or_default().push(at);
        }
    }

    /// The rows that can make something of an event with these keys, in their order.
    pub(super) fn of_event<'k>(&self, keys: impl Iterator<Item = &'k String>) -> Vec<usize> {
        let mut found = self.always.clone();
        found.extend(keys.filter_map(|key| self.keys.get(key)).flatten());
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The rows of a raw path, letter case aside.
    pub(super) fn of_raw(&self, raw: &str) -> &[usize] {
        self.spelled(&plain(raw))
    }

    /// The rows whose raw path without array markers is the name, letter case aside.
    pub(super) fn spelled(&self, name: &str) -> &[usize] {
        self.raw.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The rows that fill an Elastic field.
    pub(super) fn of_target(&self, field: &str) -> &[usize] {
        self.targets.get(field).map_or(&[], Vec::as_slice)
    }

    /// Whether some row enters the raw path with `[]`.
    pub(super) fn is_list(&self, raw: &str) -> bool {
        self.lists.contains(raw)
    }
}
