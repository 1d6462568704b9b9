//! What is printed: one type of finding and one renderer per file, and the JSON that other programs read.
//!
//! Renderers return text and never print. The JSON shapes are DESIGN section 7's contract; [`schema`] gives their JSON Schemas.

pub mod alert;
pub mod concise;
pub mod convert;
pub mod diff;
pub mod github;
pub mod human;
mod indicators;
pub mod inspect;
pub mod json;
pub mod junit;
pub mod markdown;
mod proof;
pub mod relation;
pub mod sample;
pub mod sarif;
pub mod schema;
mod stages;
pub mod test;

pub use indicators::{Indicator, IndicatorOp, indicators};

use crate::source::{Diagnostic, Level, Location, SourceFile, Unit};
use schemars::JsonSchema;
use serde::Serialize;

/// A finding with the files that its locations lie in.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    pub unit: &'a Unit,
    pub diagnostic: &'a Diagnostic,
}

impl<'a> Finding<'a> {
    /// The file of the primary location.
    #[must_use]
    pub fn file(&self) -> &'a SourceFile {
        self.unit.file(self.diagnostic.location.source)
    }

    /// Line and column (from 1, in characters) of the primary location's start.
    #[must_use]
    pub fn start(&self) -> (usize, usize) {
        self.file().line_column(self.diagnostic.location.span.start)
    }

    /// Whether there is text to point at: a file that could not be read has none.
    #[must_use]
    pub fn has_text(&self) -> bool {
        !self.file().text.is_empty()
    }
}

/// All findings of a run, in the order of printing.
#[derive(Debug, Clone, Default)]
pub struct Findings<'a> {
    /// Files that were looked at.
    pub files: usize,
    /// Rules in them.
    pub rules: usize,
    pub findings: Vec<Finding<'a>>,
}

impl Findings<'_> {
    /// How many findings have exactly this level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.diagnostic.level == level).count()
    }

    /// The worst level there is.
    #[must_use]
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.diagnostic.level).max()
    }

    /// `3 errors, 1 warning in 12 rules (10 files)`
    #[must_use]
    pub fn summary_line(&self) -> String {
        let counts: Vec<String> = [Level::Error, Level::Warning, Level::Note]
            .into_iter()
            .filter_map(|level| {
                let count = self.count(level);
                (count > 0).then(|| plural(count, level.name()))
            })
            .collect();
        let counts = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
        format!("{counts} in {} ({})", plural(self.rules, "rule"), plural(self.files, "file"))
    }
}

/// `1 rule`, `2 rules`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A point in a file: a byte offset, and line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    pub offset: u32,
    pub line: usize,
    pub column: usize,
}

/// A half-open range in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Range {
    pub start: Point,
    pub end: Point,
}

impl Range {
    /// The range of a location, with lines and columns counted in its file.
    #[must_use]
    pub fn of(unit: &Unit, location: Location) -> Self {
        let file = unit.file(location.source);
        let point = |offset: u32| {
            let (line, column) = file.line_column(offset);
            Point { offset, line, column }
        };
        Self { start: point(location.span.start), end: point(location.span.end) }
    }
}

/// The format's version in every JSON output.
pub const VERSION: u32 = 1;
