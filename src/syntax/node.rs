//! The one tree for TOML and YAML.

use crate::source::{Problem, Span, TextMap};
use std::sync::Arc;

/// A value with the place it was written at.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    /// The value's own bytes, quotes included.
    pub span: Span,
    /// A YAML anchor that this value was pulled in through, if any: the place of the `*alias` or `<<`.
    pub via_alias: Option<Span>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A TOML date or time, as it is written. YAML timestamps stay strings.
    DateTime(String),
    Str(Scalar),
    Seq(Vec<Node>),
    Map(Vec<Entry>),
}

/// A decoded string and the way back to its source bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// Shared with what is made of it: the values of a rule are most of its text.
    pub text: Arc<str>,
    pub map: TextMap,
    pub style: ScalarStyle,
}

/// How a string was written. Editors keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarStyle {
    /// YAML without quotes.
    Plain,
    /// `'..'`: TOML literal, YAML single quoted.
    Single,
    /// `".."`: TOML basic, YAML double quoted.
    Double,
    /// `'''..'''` in TOML.
    MultiLineLiteral,
    /// `"""..."""` in TOML.
    MultiLineBasic,
    /// `|` in YAML.
    Literal,
    /// `>` in YAML.
    Folded,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Key,
    pub value: Node,
}

/// A mapping key. Keys that are not strings in the source (`1: x`, `null: y`) carry their text.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub text: String,
    /// The key's own bytes, quotes included.
    pub span: Span,
    /// From a range of `text` to its source bytes: a key can carry structure (`Image|endswith`).
    pub map: TextMap,
}

impl Node {
    #[must_use]
    pub fn new(kind: NodeKind, span: Span) -> Self {
        Self { kind, span, via_alias: None }
    }

    /// The value under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry under `key`, with the key's own span.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.text == key)
    }

    /// The value at a path of keys.
    #[must_use]
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Seq(items) => Some(items),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| &*scalar.text)
    }

    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Str(scalar) => Some(scalar),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            NodeKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self.kind {
            NodeKind::Int(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// What this is, in words for a message.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Int(_) => "an integer",
            NodeKind::Float(_) => "a number",
            NodeKind::DateTime(_) => "a date",
            NodeKind::Str(_) => "a string",
            NodeKind::Seq(_) => "a list",
            NodeKind::Map(_) => "a map",
        }
    }
}

/// A comment with its marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub text: String,
    pub span: Span,
}

/// One document of a file (TOML files have exactly one). A document with problems still has everything that
/// could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub root: Node,
    pub span: Span,
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
    /// Plain scalars that YAML 1.1 and 1.2 read differently: their span and the two readings.
    pub version_disputes: Vec<VersionDispute>,
}

/// A plain scalar on which the YAML versions disagree (`off`, `012`, `12:30:45`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionDispute {
    pub span: Span,
    pub yaml_1_1: String,
    pub yaml_1_2: String,
}
