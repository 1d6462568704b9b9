//! GitHub workflow commands (`::error file=..::message`), which GitHub shows as annotations of a pull request.
//!
//! Escaping follows GitHub's `@actions/core` (`command.ts`): data escapes `%`, CR and LF; property values also `:` and `,`.

use super::{Finding, Findings, Range};
use crate::source::Level;
use std::fmt::Write;

/// All findings, a command each.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    findings.findings.iter().fold(String::new(), |mut out, finding| {
        out.push_str(&command(finding));
        out.push('\n');
        out
    })
}

fn command(finding: &Finding<'_>) -> String {
    let diagnostic = finding.diagnostic;
    let name = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut out = format!("::{name} file={}", property(&finding.file().path));
    if finding.has_text() {
        let Range { start, end } = Range::of(finding.unit, diagnostic.location);
        let _ = write!(out, ",line={},endLine={}", start.line, end.line);
        // GitHub ignores columns of annotations over several lines.
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
    }
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let _ = write!(out, ",title={}::{}", property(&format!("detc {}", diagnostic.lint)), data(&message));
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_escapes_percent_and_line_breaks_and_properties_also_colon_and_comma() {
        assert_eq!(data("100%\r\n::x, y"), "100%25%0D%0A::x, y");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
