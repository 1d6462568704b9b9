//! YAML into the spanned tree.
//!
//! `granit_parser` gives events with byte ranges; this room resolves scalars by version, aliases and merge keys with
//! a limit, and finds the way back to each scalar's bytes.

mod alias;
mod build;
mod comments;
mod node;
mod resolve;
mod stream;
mod walk;

use super::Document;

/// Whose rules decide what a plain scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YamlVersion {
    /// As PyYAML reads it, which Sigma's tools use: `off` is a boolean, `012` is ten.
    V1_1,
    /// The core schema of YAML 1.2, which Panther's tool uses: `off` is a string, `012` is twelve.
    V1_2,
}

/// Reads a YAML stream: every document of it, each with what could be read and all that is wrong with it.
///
/// After a syntax error the rest of that document is skipped; the next one starts at the next `---`. The first of
/// two equal keys wins. An empty stream has no documents.
#[must_use]
pub fn parse(text: &str, version: YamlVersion) -> Vec<Document> {
    stream::Stream::new(text, version).documents()
}

#[cfg(test)]
mod tests;
