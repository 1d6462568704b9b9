//! The rows of a map by the fields that they name: a run asks for the same few hundred fields of thousands of rules.

use super::{MapRow, plain};
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
}

impl Index {
    pub(super) fn new(rows: &[MapRow]) -> Self {
        let mut index = Self::default();
        for (at, row) in rows.iter().enumerate() {
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

    /// The rows of a raw path, letter case aside.
    pub(super) fn of_raw(&self, raw: &str) -> &[usize] {
        self.raw.get(&plain(raw).to_ascii_lowercase()).map_or(&[], Vec::as_slice)
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
