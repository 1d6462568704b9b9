//! Patterns that take a text apart into columns: Elasticsearch's grok and dissect.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A pattern of grok: a regular expression (Oniguruma's) in pieces. It is found anywhere in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct GrokPattern(pub Vec<GrokPiece>);

/// A piece of a pattern of grok.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrokPiece {
    /// A part of the expression itself.
    Regex(Arc<str>),
    /// `%{NAME}`: the expression that Elasticsearch knows by the name. With a column, what it takes is the column's value.
    Named { name: Arc<str>, column: Option<(Arc<str>, CaptureType)> },
    /// `(?<column>`, which opens a group of the expression whose text is the column's value.
    Group(Arc<str>),
}

/// What a text that grok takes becomes; null when it is not of that form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptureType {
    Keyword,
    Integer,
    Long,
    Double,
    Boolean,
}

/// A pattern of dissect: what stands before the first key, and the keys. It covers the text from its first character on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DissectPattern {
    pub start: Arc<str>,
    pub keys: Vec<DissectKey>,
}

/// A key of dissect with the delimiter behind it; the last one without a delimiter takes the rest of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DissectKey {
    /// The column; none for a key that is skipped.
    pub column: Option<Arc<str>>,
    /// `+`: put to what other keys of the column took.
    pub append: bool,
    /// The place among the keys of the column, where it is stated.
    pub order: Option<u32>,
    /// `->`: the delimiter may stand several times.
    pub padded: bool,
    pub delimiter: Arc<str>,
}

impl CaptureType {
    /// As it is written behind the column; keyword is not.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyword => "",
            Self::Integer => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::Boolean => "boolean",
        }
    }
}

impl fmt::Display for GrokPattern {
    /// As Elasticsearch reads it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                GrokPiece::Regex(text) => out.write_str(text)?,
                GrokPiece::Group(column) => write!(out, "(?<{column}>")?,
                GrokPiece::Named { name, column: None } => write!(out, "%{{{name}}}")?,
                GrokPiece::Named { name, column: Some((column, CaptureType::Keyword)) } => {
                    write!(out, "%{{{name}:{column}}}")?;
                }
                GrokPiece::Named { name, column: Some((column, ty)) } => {
                    write!(out, "%{{{name}:{column}:{}}}", ty.name())?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for DissectPattern {
    /// As Elasticsearch reads it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.start)?;
        for key in &self.keys {
            let append = if key.append { "+" } else { "" };
            write!(out, "%{{{append}{}", key.column.as_deref().unwrap_or_default())?;
            if let Some(order) = key.order {
                write!(out, "/{order}")?;
            }
            write!(out, "{}}}{}", if key.padded { "->" } else { "" }, key.delimiter)?;
        }
        Ok(())
    }
}
