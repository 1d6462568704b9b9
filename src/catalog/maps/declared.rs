//! Maps that a user declares: log types of their own, and what they know better of the others.
//!
//! There is one catalogue in a process, because every stage asks it and none hands it on. It is complete before it is first read.

use super::FieldMap;
use std::sync::OnceLock;

static DECLARED: OnceLock<Vec<FieldMap>> = OnceLock::new();

/// The catalogue has been read, so that no map can come in any more.
#[derive(Debug, thiserror::Error)]
#[error("maps can only be declared before the catalogue is first read")]
pub struct ReadAlready;

/// Adds maps to the catalogue of this process. Each counts before the embedded ones: for its Sigma log sources, its dataset and its
/// Panther log types. Among several for one of these the first counts.
///
/// # Errors
/// When the catalogue was read before, or other maps were declared.
pub fn declare(maps: Vec<FieldMap>) -> Result<(), ReadAlready> {
    DECLARED.set(maps).map_err(|_| ReadAlready)
}

/// What was declared; from now on nothing more can be.
pub(super) fn taken() -> &'static [FieldMap] {
    DECLARED.get_or_init(Vec::new)
}

impl FieldMap {
    /// Whether the user declared it.
    pub(in crate::catalog) fn is_declared(&self) -> bool {
        Self::declared().any(|own| std::ptr::eq(own, self))
    }
}
