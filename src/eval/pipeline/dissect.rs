//! Dissect: a text cut at delimiters (Elasticsearch's dissect processor, which ES|QL's command shares).

use serde_json::Value as Json;

/// A pattern: what stands before the first key, and each key with the delimiter after it.
pub(super) struct Dissect {
    start: String,
    keys: Vec<(Key, String)>,
    separator: String,
}

struct Key {
    /// Empty for a key that is only skipped.
    name: String,
    append: bool,
    /// The place among the appended ones, where it is stated.
    order: Option<u32>,
    /// `->`: the delimiter may stand several times.
    padded: bool,
}

impl Dissect {
    /// Reads a pattern; `None` when it has no key, or keys by reference, which ES|QL does not take.
    pub(super) fn parse(pattern: &str, separator: &str) -> Option<Self> {
        let (start, mut rest) = pattern.split_once("%{")?;
        let mut keys = Vec::new();
        loop {
            let (key, after) = rest.split_once('}')?;
            let (delimiter, next) = match after.split_once("%{") {
                Some((delimiter, next)) => (delimiter, Some(next)),
                None => (after, None),
            };
            keys.push((Key::parse(key)?, delimiter.to_owned()));
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
        Some(Self { start: start.to_owned(), keys, separator: separator.to_owned() })
    }

    /// The columns of the texts; null in all of them for a text that does not fit.
    pub(super) fn columns(&self, texts: &[&str]) -> Vec<(String, Json)> {
        let found: Vec<Vec<(&str, String)>> = texts.iter().filter_map(|text| self.fit(text)).collect();
        let mut columns: Vec<(String, Json)> = Vec::new();
        for (key, _) in self.keys.iter().filter(|(key, _)| !key.name.is_empty()) {
            if columns.iter().any(|(known, _)| *known == key.name) {
                continue;
            }
            let values = found.iter().filter_map(|columns| columns.iter().find(|(name, _)| *name == key.name));
            let values: Vec<Json> = values.map(|(_, value)| Json::from(value.as_str())).collect();
            columns.push((key.name.clone(), super::super::esql::whole(values).unwrap_or(Json::Null)));
        }
        columns
    }

    fn fit(&self, text: &str) -> Option<Vec<(&str, String)>> {
        let mut rest = text.strip_prefix(self.start.as_str())?;
        let mut pieces: Vec<(&Key, &str)> = Vec::new();
        for (key, delimiter) in &self.keys {
            let piece = if delimiter.is_empty() {
                std::mem::take(&mut rest)
            } else {
                let (piece, after) = rest.split_once(delimiter.as_str())?;
                rest = after;
                while key.padded && rest.starts_with(delimiter.as_str()) {
                    rest = &rest[delimiter.len()..];
                }
                piece
            };
            pieces.push((key, piece));
        }
        Some(self.joined(pieces))
    }

    /// Appended keys put together in their order.
    fn joined<'k>(&self, pieces: Vec<(&'k Key, &str)>) -> Vec<(&'k str, String)> {
        let mut named: Vec<(&Key, &str)> = pieces.into_iter().filter(|(key, _)| !key.name.is_empty()).collect();
        named.sort_by_key(|(key, _)| key.order.unwrap_or_default());
        let mut found: Vec<(&str, String)> = Vec::new();
        for (key, piece) in named {
            match found.iter_mut().find(|(name, _)| *name == key.name) {
                Some((_, value)) if key.append => {
                    value.push_str(&self.separator);
                    value.push_str(piece);
                }
                Some((_, value)) => piece.clone_into(value),
                None => found.push((&key.name, piece.to_owned())),
            }
        }
        found
    }
}

impl Key {
    /// `name`, `+name`, `+name/2`, `?name` and nothing, each with `->` or without.
    fn parse(text: &str) -> Option<Self> {
        let (text, padded) = text.strip_suffix("->").map_or((text, false), |text| (text, true));
        if text.starts_with(['*', '&']) {
            return None;
        }
        let (text, append) = text.strip_prefix('+').map_or((text, false), |text| (text, true));
        let (name, order) = match text.split_once('/').filter(|_| append) {
            Some((name, order)) => (name, Some(order.parse().ok()?)),
            None => (text, None),
        };
        let name = if name.starts_with('?') { "" } else { name };
        Some(Self { name: name.to_owned(), append, order, padded })
    }
}
