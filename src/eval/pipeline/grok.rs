//! Grok: named patterns put together to a regular expression (Elasticsearch's grok processor, which ES|QL's command shares).

use super::super::regex::{Syntax, compile};
use super::grok_patterns::definition;
use serde_json::Value as Json;
use std::fmt::Write;
use std::sync::Arc;

/// Patterns inside each other beyond this depth are not put together.
const MAX_DEPTH: usize = 16;
/// A regular expression longer than this is not made.
const MAX_LENGTH: usize = 200_000;

/// Patterns ready to run; the first that fits counts.
pub(super) struct Grok {
    patterns: Vec<(regex::Regex, Vec<Capture>)>,
}

/// What a group of the expression is called, by its place among the named ones.
#[derive(Clone)]
struct Capture {
    column: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Real,
    Truth,
}

impl Grok {
    /// # Errors
    /// A name that is no pattern, or an expression without a translation.
    pub(super) fn compile(patterns: &[Arc<str>]) -> Result<Self, String> {
        let one = |pattern: &Arc<str>| {
            let mut writer = Writer { out: String::new(), captures: Vec::new() };
            writer.expand(pattern, 0)?;
            Ok((compile(&writer.out, Syntax::Ruby)?, writer.captures))
        };
        Ok(Self { patterns: patterns.iter().map(one).collect::<Result<_, String>>()? })
    }

    /// The columns of the texts; a column without a match is null, one that is named several times has several values.
    pub(super) fn columns(&self, texts: &[&str]) -> Vec<(String, Json)> {
        let mut found: Vec<(String, Vec<Json>)> = Vec::new();
        for capture in self.patterns.iter().flat_map(|(_, captures)| captures) {
            if !found.iter().any(|(column, _)| *column == capture.column) {
                found.push((capture.column.clone(), Vec::new()));
            }
        }
        for text in texts {
            let fitting = self.patterns.iter().find_map(|(regex, names)| Some((regex.captures(text)?, names)));
            let Some((groups, names)) = fitting else { continue };
            for (at, capture) in names.iter().enumerate() {
                let value = groups.name(&group(at)).and_then(|group| capture.kind.read(group.as_str()));
                if let (Some(value), Some((_, values))) =
                    (value, found.iter_mut().find(|(column, _)| *column == capture.column))
                {
                    values.push(value);
                }
            }
        }
        found
            .into_iter()
            .map(|(column, values)| (column, super::super::esql::whole(values).unwrap_or(Json::Null)))
            .collect()
    }
}

/// The name of a group in the expression: a column's own name may hold dots.
fn group(at: usize) -> String {
    format!("g{at}")
}

impl Kind {
    fn parse(name: Option<&str>) -> Result<Self, String> {
        Ok(match name {
            None | Some("string") => Self::Text,
            Some("int" | "integer" | "long") => Self::Whole,
            Some("float" | "double") => Self::Real,
            Some("boolean") => Self::Truth,
            Some(other) => return Err(format!("grok has no type `{other}`")),
        })
    }

    fn read(self, text: &str) -> Option<Json> {
        match self {
            Self::Text => Some(text.into()),
            Self::Whole => text.parse::<i64>().ok().map(Json::from),
            Self::Real => text.parse::<f64>().ok().map(Json::from),
            Self::Truth => text.parse::<bool>().ok().map(Json::from),
        }
    }
}

struct Writer {
    out: String,
    captures: Vec<Capture>,
}

impl Writer {
    fn expand(&mut self, pattern: &str, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH || self.out.len() > MAX_LENGTH {
            return Err("the grok pattern is too large".to_owned());
        }
        let mut rest = pattern;
        while !rest.is_empty() {
            if let Some((reference, after)) = rest.strip_prefix("%{").and_then(|rest| rest.split_once('}')) {
                self.reference(reference, depth)?;
                rest = after;
            } else if let Some((name, after)) = group_name(rest) {
                self.open(name, Kind::Text);
                rest = after;
            } else {
                let length = match rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
                    Some(escaped) => 1 + escaped.len_utf8(),
                    None => rest.chars().next().map_or(1, char::len_utf8),
                };
                let (taken, after) = rest.split_at(length);
                self.out.push_str(taken);
                rest = after;
            }
        }
        Ok(())
    }

    /// `NAME`, `NAME:column`, `NAME:column:type`.
    fn reference(&mut self, reference: &str, depth: usize) -> Result<(), String> {
        let mut parts = reference.split(':');
        let name = parts.next().unwrap_or_default();
        let column = parts.next().filter(|column| !column.is_empty());
        let kind = Kind::parse(parts.next())?;
        let definition = definition(name).ok_or_else(|| format!("grok has no pattern `{name}` here"))?;
        match column {
            Some(column) => self.open(column, kind),
            None => self.out.push_str("(?:"),
        }
        self.expand(definition, depth + 1)?;
        self.out.push(')');
        Ok(())
    }

    fn open(&mut self, column: &str, kind: Kind) {
        let _ = write!(self.out, "(?P<{}>", group(self.captures.len()));
        self.captures.push(Capture { column: column.to_owned(), kind });
    }
}

/// `(?<name>` at the start, which is not a look-behind.
fn group_name(rest: &str) -> Option<(&str, &str)> {
    let inside = rest.strip_prefix("(?<").filter(|inside| !inside.starts_with(['=', '!']))?;
    inside.split_once('>')
}
