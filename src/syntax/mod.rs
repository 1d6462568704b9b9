//! One spanned tree for TOML and YAML, and edits that keep the rest of the file as it was.
//!
//! Nothing in here knows a rule format: front-ends read [`Node`]s. Both parsers recover: a [`Document`] holds
//! what could be read beside all its problems.

pub mod edit;
mod keys;
mod node;
pub mod toml;
pub mod yaml;

pub use node::{Comment, Document, Entry, Key, Node, NodeKind, Scalar, ScalarStyle, VersionDispute};
pub use toml::parse as parse_toml;
pub use yaml::{YamlVersion, parse as parse_yaml};

/// How deep collections may nest. Readers of the tree recurse, so this bounds their stack as well.
pub const MAX_DEPTH: usize = 128;
