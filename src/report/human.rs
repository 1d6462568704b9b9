//! What a person reads in a terminal: the source line with a caret on the exact token. The only user of miette.

use super::{Finding, Findings, concise};
use crate::source::{Level, Location, SourceFile, Unit};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode,
    SourceSpan, SpanContents,
};
use rayon::prelude::*;
use std::fmt;
use std::ops::Range;

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
    let shown = |finding: &Finding<'_>| one(style, finding) + "\n";
    let mut out = findings.findings.par_iter().map(shown).collect::<Vec<String>>().concat();
    out.push_str(&findings.summary_line());
    out.push('\n');
    out
}

fn handler(style: Style) -> GraphicalReportHandler {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false).with_context_lines(1)
}

fn one(style: Style, finding: &Finding<'_>) -> String {
    let shown = Shown::new(finding);
    let handler = handler(style).with_wrap_lines(!shown.fits(style.width));
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
        line_end(text, at) - line_start(text, at) > MAX_LINE
    })
}

/// Where the line of an offset starts.
fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |found| found + 1)
}

/// Where the line of an offset ends, before its line feed.
fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |found| at + found)
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown {
    lint: String,
    level: Level,
    message: String,
    help: Option<String>,
    source: Option<Excerpt>,
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
            source: Some(Excerpt::around(file, &labels)),
            labels,
            elsewhere,
        }
        .without_snippet_if(!finding.has_text())
    }

    /// Whether each text needs one line only, so that nothing has to be broken into lines.
    fn fits(&self, width: usize) -> bool {
        let texts = [Some(&self.message), self.help.as_ref()];
        self.elsewhere.is_empty() && texts.into_iter().flatten().all(|text| is_one_line(text, width))
    }

    fn related(unit: &Unit, location: Location, text: &str) -> Self {
        let file = unit.file(location.source);
        let labels = vec![LabeledSpan::new_primary_with_span(None, source_span(file, location))];
        Self {
            lint: String::new(),
            level: Level::Note,
            message: text.to_owned(),
            help: None,
            source: Some(Excerpt::around(file, &labels)),
            labels,
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

/// Columns that miette takes at most for what stands before a text and at the edge.
const BESIDE: usize = 10;

/// Whether a text is shown as it is: letters whose widths are known, few enough, and no space at the end.
fn is_one_line(text: &str, width: usize) -> bool {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
    text.len() + BESIDE <= width && text.bytes().all(is_plain) && !text.is_empty() && !text.ends_with(' ')
}

/// What is shown of a file, under the file's name. miette counts the columns of its headers in bytes, and all of detc's output counts
/// characters.
#[derive(Debug)]
struct Excerpt {
    name: String,
    /// The lines of the labels and those beside them: a file with many findings is not gone through for each.
    text: String,
    /// Where they start in the file.
    start: usize,
    /// The lines before them.
    lines: usize,
}

impl Excerpt {
    fn around(file: &SourceFile, labels: &[LabeledSpan]) -> Self {
        let shown = shown_lines(file.text.as_bytes(), labels);
        let lines = memchr::memchr_iter(b'\n', &file.text.as_bytes()[..shown.start]).count();
        let text = file.text.get(shown.clone()).map(harmless).unwrap_or_default();
        Self { name: harmless(&file.path), text, start: shown.start, lines }
    }
}

/// From the line before the first label to the second one after the last.
fn shown_lines(text: &[u8], labels: &[LabeledSpan]) -> Range<usize> {
    let first = labels.iter().map(LabeledSpan::offset).min().unwrap_or(0);
    let last = labels.iter().map(|label| label.offset() + label.len()).max().unwrap_or(0);
    let start = line_start(text, first);
    let next_line = |at: usize| (line_end(text, at) + 1).min(text.len());
    // One more than is shown: miette draws the end of a text otherwise.
    let end = next_line(next_line(next_line(last)));
    line_start(text, start.saturating_sub(1))..end
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let here = (span.offset().saturating_sub(self.start), span.len()).into();
        let inner = self.text.read_span(&here, lines_before, lines_after)?;
        let before = self.text.get(..inner.span().offset()).unwrap_or_default();
        let column = before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count();
        let span = (inner.span().offset() + self.start, inner.span().len()).into();
        // miette's count of lines is from the start of the text, and it joins snippets by it.
        let (line, count) = (inner.line() + self.lines, inner.line_count() + self.lines);
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), inner.data(), span, line, column, count)))
    }
}

/// The text with control characters replaced, byte for byte: a rule must not drive the reader's terminal.
fn harmless(text: &str) -> String {
    let is_harmful = |c: char| c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t');
    if !text.bytes().any(|byte| is_harmful(char::from(byte))) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_harmful(c) { '?' } else { c }).collect()
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

#[cfg(test)]
mod tests {
    use super::{Shown, Style, handler};
    use crate::source::Level;

    fn shown(message: &str, help: Option<&str>) -> Shown {
        Shown {
            lint: "a-lint".to_owned(),
            level: Level::Warning,
            message: message.to_owned(),
            help: help.map(str::to_owned),
            source: None,
            labels: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    fn drawn(shown: &Shown, style: Style, wrapped: bool) -> String {
        let mut out = String::new();
        handler(style).with_wrap_lines(wrapped).render_report(&mut out, shown).unwrap();
        out
    }

    #[test]
    fn what_fits_is_drawn_the_same_without_breaking_lines() {
        let words = "  a text-like line of some_words, with `marks` and a/path: ";
        for (width, color) in [(40, false), (40, true), (9, false), (80, true)] {
            let style = Style { color, width };
            for length in 0..words.len() {
                let (message, help) = (&words[..length], &words[words.len() - length..]);
                for found in [shown(message, None), shown("short", Some(message)), shown("short", Some(help))] {
                    let same = drawn(&found, style, true) == drawn(&found, style, false);
                    assert!(same || !found.fits(width), "{message:?} {width}");
                }
            }
            assert!(width < 40 || shown("a short text", Some("and help")).fits(width));
        }
    }
}
