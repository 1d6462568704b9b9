//! One spanned tree for TOML and YAML, and edits that keep the rest of the file as it was.
//!
//! Nothing in here knows a rule format: front-ends read [`Node`]s.

mod node;

pub use node::{Comment, Document, Entry, Key, Node, NodeKind, Scalar, ScalarStyle, VersionDispute};
