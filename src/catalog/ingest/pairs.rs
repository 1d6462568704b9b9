//! Pairs of raw and indexed events, as files hold them.

use super::windows;
use serde_json::Value;

/// A raw event with the document that was really indexed.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The dataset that it is of, where it says one.
    pub dataset: Option<String>,
    /// The version of the integration that made it; `None` when unknown, taken as the newest.
    pub package_version: Option<String>,
    /// The vendor's event; one of Windows under the names that rules use, however it was stored.
    pub raw: Value,
    /// The document.
    pub indexed: Value,
}

/// Why a text holds no pairs.
#[derive(Debug, thiserror::Error)]
pub enum PairsError {
    /// Neither a JSON array nor JSON lines.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An entry, by its number from 1, that is no pair.
    #[error("pair {0} has no `raw` and `indexed`")]
    NoPair(usize),
}

/// An array of pairs, or a pair per line: `{"raw": .., "indexed": .., "dataset": .., "package_version": ..}`, the last two optional.
///
/// # Errors
/// Text that is no JSON, and an entry without `raw` or `indexed`.
pub fn read_pairs(text: &str) -> Result<Vec<Pair>, PairsError> {
    let values: Vec<Value> = if let Ok(Value::Array(items)) = serde_json::from_str(text) {
        items
    } else {
        serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?
    };
    values.iter().enumerate().map(|(index, value)| pair(value).ok_or(PairsError::NoPair(index + 1))).collect()
}

fn pair(value: &Value) -> Option<Pair> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Pair {
        dataset: text("dataset"),
        package_version: text("package_version"),
        raw: windows::named(value.get("raw")?),
        indexed: value.get("indexed")?.clone(),
    })
}
