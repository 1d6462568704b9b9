//! Field paths.

use super::{Pattern, Piece};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A path of keys into an event, outermost first. A key may itself hold dots.
///
/// How a path meets an event is the rule's [`EventModel`]: Elasticsearch documents may be nested or dotted, Panther events
/// have case-insensitive keys, Sigma names one flat field.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FieldPath(Arc<[Arc<str>]>);

impl FieldPath {
    /// A path of the dot-separated keys of `name`.
    pub fn dotted(name: &str) -> Self {
        // One key, as most names have, needs no list that grows.
        if name.contains('.') { Self(name.split('.').map(Arc::from).collect()) } else { Self([Arc::from(name)].into()) }
    }

    /// A path of keys as they are: dots in them are part of the key.
    pub fn keys<K: AsRef<str>>(keys: &[K]) -> Self {
        Self(keys.iter().map(|key| Arc::from(key.as_ref())).collect())
    }

    pub fn segments(&self) -> &[Arc<str>] {
        &self.0
    }

    /// Whether it is the name of several fields, as a field map writes one: `a.*.b`.
    pub fn has_star(&self) -> bool {
        self.0.iter().any(|key| &**key == "*")
    }

    /// The names that it stands for, a key `*` for any key.
    pub fn pattern(&self) -> Pattern {
        let piece = |key: &Arc<str>| if &**key == "*" { Piece::Any } else { Piece::Literal(key.clone()) };
        let dot = || Piece::Literal(".".into());
        let pieces = self.0.iter().enumerate().flat_map(|(at, key)| (at > 0).then(dot).into_iter().chain([piece(key)]));
        Pattern::new(pieces)
    }

    /// This path followed by `rest`.
    #[must_use]
    pub fn join(&self, rest: &Self) -> Self {
        Self(self.0.iter().chain(rest.0.iter()).cloned().collect())
    }

    /// The keys joined by dots: the name by which schemas and field maps know the field.
    pub fn name(&self) -> String {
        self.0.join(".")
    }

    /// The first `at` keys and the rest. Both have to have a key at least.
    pub fn split_at(&self, at: usize) -> (Self, Self) {
        let (above, below) = self.0.split_at(at.min(self.0.len()));
        (Self(above.into()), Self(below.into()))
    }

    /// As [`Self::name`], without a copy where there is one key only.
    pub fn name_ref(&self) -> Cow<'_, str> {
        match &*self.0 {
            [only] => Cow::Borrowed(only),
            _ => Cow::Owned(self.name()),
        }
    }

    /// What is left of this path below `prefix`.
    pub fn strip_prefix(&self, prefix: &Self) -> Option<Self> {
        self.0.strip_prefix(prefix.segments()).map(|rest| Self(rest.into()))
    }
}

impl fmt::Display for FieldPath {
    /// The keys joined by dots, dots inside a key written `\.`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            f.write_str(&key.replace('.', "\\."))?;
        }
        Ok(())
    }
}

/// How the field paths of a rule meet an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventModel {
    /// An Elasticsearch document: `a.b` may be stored nested, dotted, or as a mixture; case-sensitive; arrays of objects
    /// flatten, so `a.b` over `[{b:1},{b:2}]` holds 1 and 2; null, missing and `[]` are one, and so are `x` and `[x]`.
    Elastic,
    /// A Panther event: each key is looked up exactly first, then case-insensitively (reference: PantherEvent); arrays are
    /// never entered by a path.
    Panther,
    /// The resource of a Panther policy: a plain Python dictionary; keys compare with case, arrays are never entered by a path.
    PantherResource,
    /// Sigma: the whole name as one key first, then as a path; keys case-sensitive, then case-insensitively; arrays of
    /// objects flatten.
    Sigma,
    /// A row of a SQL query's result: columns are case-insensitive, never nested.
    Columns,
}

impl EventModel {
    /// Whether values behave as Python's do: truth values are numbers, and their text is `True`.
    #[must_use]
    pub fn is_python(self) -> bool {
        matches!(self, Self::Panther | Self::PantherResource)
    }
}
