//! Grok: named patterns put together to a regular expression (Elasticsearch's grok processor, which ES|QL's command shares).

use super::super::regex::compile;
use super::super::spelling::Syntax;
use super::grok_patterns::definition;
use crate::ir::{CaptureType, GrokPattern, GrokPiece};
use serde_json::Value as Json;
use std::fmt::Write;

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
    ty: CaptureType,
}

impl Grok {
    /// # Errors
    /// A name that is no pattern, or an expression without a translation.
    pub(super) fn compile(patterns: &[GrokPattern]) -> Result<Self, String> {
        let one = |pattern: &GrokPattern| {
            let mut writer = Writer { out: String::new(), captures: Vec::new() };
            pattern.0.iter().try_for_each(|piece| writer.piece(piece))?;
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
                let value = groups.name(&group(at)).and_then(|group| read(capture.ty, group.as_str()));
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

fn read(ty: CaptureType, text: &str) -> Option<Json> {
    match ty {
        CaptureType::Keyword => Some(text.into()),
        CaptureType::Integer | CaptureType::Long => text.parse::<i64>().ok().map(Json::from),
        CaptureType::Double => text.parse::<f64>().ok().map(Json::from),
        CaptureType::Boolean => text.parse::<bool>().ok().map(Json::from),
    }
}

struct Writer {
    out: String,
    captures: Vec<Capture>,
}

impl Writer {
    fn piece(&mut self, piece: &GrokPiece) -> Result<(), String> {
        match piece {
            GrokPiece::Regex(text) => self.out.push_str(text),
            GrokPiece::Group(column) => self.open(column, CaptureType::Keyword),
            GrokPiece::Named { name, column: Some((column, ty)) } => {
                self.open(column, *ty);
                self.named(name, 0)?;
            }
            GrokPiece::Named { name, column: None } => {
                self.out.push_str("(?:");
                self.named(name, 0)?;
            }
        }
        Ok(())
    }

    /// The expression of a name, and the end of the group around it. Its own names make no columns.
    fn named(&mut self, name: &str, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH || self.out.len() > MAX_LENGTH {
            return Err("the grok pattern is too large".to_owned());
        }
        let mut rest = definition(name).ok_or_else(|| format!("grok has no pattern `{name}` here"))?;
        while let Some((text, inner, after)) = rest
            .split_once("%{")
            .and_then(|(text, tail)| tail.split_once('}').map(|(inner, after)| (text, inner, after)))
        {
            self.out.push_str(text);
            self.out.push_str("(?:");
            self.named(inner, depth + 1)?;
            rest = after;
        }
        self.out.push_str(rest);
        self.out.push(')');
        Ok(())
    }

    fn open(&mut self, column: &str, ty: CaptureType) {
        let _ = write!(self.out, "(?P<{}>", group(self.captures.len()));
        self.captures.push(Capture { column: column.to_owned(), ty });
    }
}
