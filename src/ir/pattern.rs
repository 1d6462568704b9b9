//! String patterns: wildcards and regular expressions with their dialect.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// How letters compare.
///
/// A non-ASCII letter never equals an ASCII one (the Kelvin sign is not `k`), so for a pattern of ASCII letters the two
/// insensitive modes agree. Sigma leaves Unicode open (specification, "case-insensitive"); Lucene folds ASCII only
/// (`case_insensitive` of the term and wildcard queries).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    Sensitive,
    /// ASCII letters fold, others do not.
    AsciiInsensitive,
    /// Simple Unicode lower-casing, character by character.
    Insensitive,
}

impl Case {
    pub fn is_sensitive(self) -> bool {
        self == Self::Sensitive
    }
}

/// Whether a character has another one that is the same without case.
pub fn has_case(c: char) -> bool {
    !c.to_lowercase().eq([c]) || !c.to_uppercase().eq([c])
}

/// Whether a text has a letter beyond ASCII that has another case: [`Case::Insensitive`] and [`Case::AsciiInsensitive`] differ on it.
pub fn has_case_beyond_ascii(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(|c| !c.is_ascii() && has_case(c))
}

/// A part of a wildcard pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Literal(Arc<str>),
    /// `*`: any characters, also none.
    Any,
    /// `?`: exactly one character.
    One,
}

/// A wildcard pattern. It always speaks of the whole value. Adjacent literals are merged and runs of `*` are one, so
/// equal patterns are equal values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Pattern(Arc<[Piece]>);

/// What a person would call a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'a> {
    /// No wildcard.
    Exact(&'a str),
    /// `text*`
    Prefix(&'a str),
    /// `*text`
    Suffix(&'a str),
    /// `*text*`
    Contains(&'a str),
    /// `*`: any string.
    Anything,
    General,
}

impl Pattern {
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(last)), Piece::Literal(text)) => *last = format!("{last}{text}").into(),
                (Some(Piece::Any), Piece::Any) => {}
                // `*?` and `?*` are the same; keep `?` first so that equal patterns are equal values.
                (Some(last @ Piece::Any), Piece::One) => {
                    *last = Piece::One;
                    merged.push(Piece::Any);
                }
                (_, piece) => merged.push(piece),
            }
        }
        Self(merged.into())
    }

    pub fn exact(text: impl Into<Arc<str>>) -> Self {
        Self::around(text.into(), |text| Arc::new([text]))
    }

    pub fn prefix(text: impl Into<Arc<str>>) -> Self {
        Self::around(text.into(), |text| Arc::new([text, Piece::Any]))
    }

    pub fn suffix(text: impl Into<Arc<str>>) -> Self {
        Self::around(text.into(), |text| Arc::new([Piece::Any, text]))
    }

    pub fn contains(text: impl Into<Arc<str>>) -> Self {
        Self::around(text.into(), |text| Arc::new([Piece::Any, text, Piece::Any]))
    }

    /// A pattern of one text, which needs no merging unless that is empty: most patterns of rules are such.
    fn around(text: Arc<str>, pieces: impl Fn(Piece) -> Arc<[Piece]>) -> Self {
        let is_empty = text.is_empty();
        let pieces = pieces(Piece::Literal(text));
        if is_empty { Self::new(pieces.iter().cloned()) } else { Self(pieces) }
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The simplest description that fits.
    pub fn shape(&self) -> Shape<'_> {
        match &*self.0 {
            [] => Shape::Exact(""),
            [Piece::Literal(text)] => Shape::Exact(text),
            [Piece::Any] => Shape::Anything,
            [Piece::Literal(text), Piece::Any] => Shape::Prefix(text),
            [Piece::Any, Piece::Literal(text)] => Shape::Suffix(text),
            [Piece::Any, Piece::Literal(text), Piece::Any] => Shape::Contains(text),
            _ => Shape::General,
        }
    }

    /// The literals in order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(&**text),
            _ => None,
        })
    }

    /// Whether every letter in it is ASCII, so that all insensitive modes agree.
    pub fn is_ascii(&self) -> bool {
        self.literals().all(str::is_ascii)
    }
}

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplatePiece {
    Fixed(Piece),
    /// The name of values that the rule does not have.
    Placeholder(Arc<str>),
}

/// A wildcard pattern with placeholders in it (Sigma's `expand`): it can be tested once their values are put in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Template(Arc<[TemplatePiece]>);

impl Template {
    pub fn new(pieces: impl IntoIterator<Item = TemplatePiece>) -> Self {
        Self(pieces.into_iter().collect())
    }

    pub fn pieces(&self) -> &[TemplatePiece] {
        &self.0
    }
}

impl fmt::Display for Template {
    /// As a pattern, with `%name%` for a placeholder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            match piece {
                TemplatePiece::Fixed(piece) => Pattern::new([piece.clone()]).fmt(f)?,
                TemplatePiece::Placeholder(name) => write!(f, "%{name}%")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pattern {
    /// `*` and `?` as wildcards, literal ones and backslashes behind a backslash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            match piece {
                Piece::Literal(text) => {
                    for c in text.chars() {
                        if matches!(c, '*' | '?' | '\\') {
                            f.write_str("\\")?;
                        }
                        write!(f, "{c}")?;
                    }
                }
                Piece::Any => f.write_str("*")?,
                Piece::One => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

/// The language a regular expression is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegexDialect {
    /// The PCRE subset of Sigma's `re` modifier.
    Sigma,
    /// Lucene's, as EQL, ES|QL and query strings use it: classes like `\d` as in Lucene 9, no anchors, no look-around, no lazy
    /// quantifiers.
    Lucene,
    /// Python's `re`.
    Python,
}

/// Which part of the value a regular expression has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Anchoring {
    /// Any part: Sigma (the specification leaves it open, SigmaHQ/sigma#1562; its rules are written for a search), `re.search`.
    Search,
    /// From the start: `re.match`.
    Start,
    /// The whole value: Lucene, EQL, `re.fullmatch`.
    Whole,
}

/// A regular expression as it was written, with all that decides what it matches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Regex {
    pub pattern: Arc<str>,
    pub dialect: RegexDialect,
    pub anchoring: Anchoring,
    pub case: Case,
    /// `^` and `$` match at line breaks.
    pub multi_line: bool,
    /// `.` matches a line break.
    pub dot_all: bool,
}

impl Regex {
    /// Whether a part of it depends on what counts as a letter, a digit or a blank: `\w`, `\d`, `\s`, `\b` and what is none of them.
    pub fn has_class_escape(&self) -> bool {
        let mut chars = self.pattern.chars();
        while let Some(c) = chars.next() {
            if c == '\\' && chars.next().is_some_and(|c| "wWdDsSbB".contains(c)) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_patterns_are_equal_values() {
        let one = Pattern::new([Piece::Literal("a".into()), Piece::Literal("b".into()), Piece::Any, Piece::Any]);
        assert_eq!(one, Pattern::prefix("ab"));
        let left = Pattern::new([Piece::Any, Piece::One]);
        assert_eq!(left, Pattern::new([Piece::One, Piece::Any]));
    }

    #[test]
    fn display_escapes_literal_wildcards() {
        assert_eq!(Pattern::contains("a*b\\").to_string(), "*a\\*b\\\\*");
    }
}
