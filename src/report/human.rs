//! What a person reads in a terminal: the source line with a caret on the exact token. The only user of miette.

use super::{Finding, Findings, concise};
use crate::source::{Level, Location, SourceFile, Unit};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode,
    SourceSpan, SpanContents,
};
use std::fmt;

/// Lines longer than this are not shown: a finding in a minified file is told by its place alone.
const MAX_LINE: usize = 2_000;

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// All findings and a last line with their number.
#[must_use]
pub fn render(findings: &Findings<'_>, style: Style) -> String {
    let handler = handler(style);
    let mut out = String::new();
    for finding in &findings.findings {
        out.push_str(&one(&handler, finding));
        out.push('\n');
    }
    out.push_str(&findings.summary_line());
    out.push('\n');
    out
}

fn handler(style: Style) -> GraphicalReportHandler {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false).with_context_lines(1)
}

fn one(handler: &GraphicalReportHandler, finding: &Finding<'_>) -> String {
    let shown = Shown::new(finding);
    let mut out = String::new();
    if has_long_line(finding) || handler.render_report(&mut out, &shown).is_err() {
        out = concise::line(finding);
        out.push('\n');
    }
    out
}

fn has_long_line(finding: &Finding<'_>) -> bool {
    let locations = finding.diagnostic.related.iter().map(|label| label.location);
    std::iter::once(finding.diagnostic.location).chain(locations).any(|location| {
        let text = finding.unit.file(location.source).text.as_bytes();
        let at = (location.span.start as usize).min(text.len());
        let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
        let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |found| at + found);
        end - start > MAX_LINE
    })
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown {
    lint: String,
    level: Level,
    message: String,
    help: Option<String>,
    source: Option<Text>,
    labels: Vec<LabeledSpan>,
    /// Related places in other files of the unit.
    elsewhere: Vec<Shown>,
}

impl Shown {
    fn new(finding: &Finding<'_>) -> Self {
        let diagnostic = finding.diagnostic;
        let main = diagnostic.location;
        let file = finding.file();
        let mut labels = vec![LabeledSpan::new_primary_with_span(diagnostic.label.clone(), source_span(file, main))];
        let mut elsewhere = Vec::new();
        for label in &diagnostic.related {
            if label.location.source == main.source {
                labels.push(LabeledSpan::new_with_span(Some(label.text.clone()), source_span(file, label.location)));
            } else {
                elsewhere.push(Self::related(finding.unit, label.location, &label.text));
            }
        }
        let help = diagnostic.help.as_deref().map(harmless);
        let fixable = diagnostic.fix.as_ref().map(|_| "`detc lint --fix` or `--diff` shows the change");
        Self {
            lint: diagnostic.lint.to_owned(),
            level: diagnostic.level,
            message: harmless(&diagnostic.message),
            help: help.or_else(|| fixable.map(str::to_owned)),
            source: Some(named(file)),
            labels,
            elsewhere,
        }
        .without_snippet_if(!finding.has_text())
    }

    fn related(unit: &Unit, location: Location, text: &str) -> Self {
        let file = unit.file(location.source);
        Self {
            lint: String::new(),
            level: Level::Note,
            message: text.to_owned(),
            help: None,
            source: Some(named(file)),
            labels: vec![LabeledSpan::new_primary_with_span(None, source_span(file, location))],
            elsewhere: Vec::new(),
        }
    }

    /// A file that could not be read has no text to show: its path goes into the message.
    fn without_snippet_if(mut self, empty: bool) -> Self {
        if empty && let Some(source) = self.source.take() {
            self.message = format!("{}: {}", source.name, self.message);
            self.labels.clear();
        }
        self
    }
}

/// A file's text under its name. miette counts the columns of its headers in bytes, and all of detc's output counts characters.
#[derive(Debug)]
struct Text {
    name: String,
    text: String,
}

impl SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, lines_before, lines_after)?;
        let before = self.text.get(..inner.span().offset()).unwrap_or_default();
        let column = before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count();
        let (span, line, count) = (*inner.span(), inner.line(), inner.line_count());
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), inner.data(), span, line, column, count)))
    }
}

fn named(file: &SourceFile) -> Text {
    Text { name: harmless(&file.path), text: harmless(&file.text) }
}

/// The text with control characters replaced, byte for byte: a rule must not drive the reader's terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t') { '?' } else { c }).collect()
}

/// Offsets are clamped to the text: miette refuses what lies outside.
fn source_span(file: &SourceFile, location: Location) -> SourceSpan {
    let length = file.text.len();
    let start = (location.span.start as usize).min(length);
    let end = (location.span.end as usize).clamp(start, length);
    (start, end - start).into()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        if self.lint.is_empty() {
            return None;
        }
        Some(Box::new(format!("{}[{}]", self.level.name(), self.lint)))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        })
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let shown = self.elsewhere.iter().map(|shown| shown as &dyn miette::Diagnostic);
        (!self.elsewhere.is_empty()).then(|| Box::new(shown) as Box<dyn Iterator<Item = _>>)
    }
}
