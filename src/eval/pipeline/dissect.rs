//! Dissect: a text cut at delimiters (Elasticsearch's dissect processor, which ES|QL's command shares).

use crate::ir::{DissectKey, DissectPattern};
use serde_json::Value as Json;

/// The columns of the texts; null in all of them for a text that does not fit.
pub(super) fn columns(pattern: &DissectPattern, separator: &str, texts: &[&str]) -> Vec<(String, Json)> {
    let found: Vec<Vec<(&str, String)>> = texts.iter().filter_map(|text| fit(pattern, separator, text)).collect();
    let mut columns: Vec<(String, Json)> = Vec::new();
    for name in pattern.keys.iter().filter_map(|key| key.column.as_deref()) {
        if columns.iter().any(|(known, _)| known == name) {
            continue;
        }
        let values = found.iter().filter_map(|columns| columns.iter().find(|(known, _)| *known == name));
        let values: Vec<Json> = values.map(|(_, value)| Json::from(value.as_str())).collect();
        columns.push((name.to_owned(), super::super::esql::whole(values).unwrap_or(Json::Null)));
    }
    columns
}

fn fit<'p>(pattern: &'p DissectPattern, separator: &str, text: &str) -> Option<Vec<(&'p str, String)>> {
    let mut rest = text.strip_prefix(&*pattern.start)?;
    let mut pieces: Vec<(&DissectKey, &str)> = Vec::new();
    for key in &pattern.keys {
        let delimiter = &*key.delimiter;
        let piece = if delimiter.is_empty() {
            std::mem::take(&mut rest)
        } else {
            let (piece, mut after) = rest.split_once(delimiter)?;
            while let Some(again) = after.strip_prefix(delimiter).filter(|_| key.padded) {
                after = again;
            }
            rest = after;
            piece
        };
        pieces.push((key, piece));
    }
    Some(joined(pieces, separator))
}

/// Appended keys put together in their order.
fn joined<'p>(pieces: Vec<(&'p DissectKey, &str)>, separator: &str) -> Vec<(&'p str, String)> {
    let mut named: Vec<(&str, &DissectKey, &str)> =
        pieces.into_iter().filter_map(|(key, piece)| Some((key.column.as_deref()?, key, piece))).collect();
    named.sort_by_key(|(_, key, _)| key.order.unwrap_or_default());
    let mut found: Vec<(&str, String)> = Vec::new();
    for (name, key, piece) in named {
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) if key.append => {
                value.push_str(separator);
                value.push_str(piece);
            }
            Some((_, value)) => piece.clone_into(value),
            None => found.push((name, piece.to_owned())),
        }
    }
    found
}
