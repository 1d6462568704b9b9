//! What both parsers need for duplicate keys: where a key stands in its map, and on which line.

use std::collections::HashMap;

/// Maps larger than this look keys up in a table instead of one after the other.
const LINEAR_LIMIT: usize = 16;

/// The places of the keys of one growing list of entries.
#[derive(Debug, Default)]
pub(super) struct KeyIndex {
    places: HashMap<String, usize>,
    len: usize,
}

impl KeyIndex {
    /// The place of `key` among the first `len` entries, whose texts `text_of` gives. Entries are only ever appended.
    pub(super) fn find<'a>(&mut self, key: &str, len: usize, text_of: impl Fn(usize) -> &'a str) -> Option<usize> {
        if len <= LINEAR_LIMIT {
            return (0..len).find(|at| text_of(*at) == key);
        }
        for at in self.len..len {
            self.places.entry(text_of(at).to_owned()).or_insert(at);
        }
        self.len = len;
        self.places.get(key).copied()
    }
}

/// Line numbers, found out at the first question.
#[derive(Debug)]
pub(super) struct Lines<'s> {
    text: &'s str,
    breaks: std::cell::OnceCell<Vec<u32>>,
}

impl<'s> Lines<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self { text, breaks: std::cell::OnceCell::new() }
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, offset: u32) -> usize {
        let breaks = self.breaks.get_or_init(|| {
            let offsets = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            offsets.map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        });
        breaks.partition_point(|at| *at < offset) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_maps_find_the_first_place_of_a_key() {
        let keys: Vec<String> = (0..40).map(|n| format!("k{}", n % 30)).collect();
        let mut index = KeyIndex::default();
        assert_eq!(index.find("k3", 10, |at| &keys[at]), Some(3));
        assert_eq!(index.find("k5", 40, |at| &keys[at]), Some(5));
        assert_eq!(index.find("none", 40, |at| &keys[at]), None);
    }

    #[test]
    fn lines_count_from_one() {
        let lines = Lines::new("a\nb\n");
        assert_eq!((lines.line(0), lines.line(1), lines.line(2), lines.line(4)), (1, 1, 2, 3));
    }
}
