//! Markdown, for pull request comments and job summaries.

use super::Findings;
use std::fmt::Write;

/// A table of the findings and a line with their number.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let mut out = String::new();
    if !findings.findings.is_empty() {
        out.push_str("| Place | Level | Lint | Message |\n| --- | --- | --- | --- |\n");
    }
    for finding in &findings.findings {
        let (line, column) = finding.start();
        let diagnostic = finding.diagnostic;
        let place = code(&format!("{}:{line}:{column}", finding.file().path));
        let message = match &diagnostic.help {
            Some(help) => format!("{} ({help})", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let _ = writeln!(out, "| {place} | {} | `{}` | {} |", diagnostic.level.name(), diagnostic.lint, cell(&message));
    }
    if !findings.findings.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", findings.summary_line());
    out
}

/// Text inside a table cell: one line, and nothing in it is markup.
pub(super) fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\r' => {}
            '\n' => out.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// A code span inside a table cell, with a fence longer than any run of backticks in the text.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace(['\r', '\n'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_messages_is_shown_as_it_is() {
        assert_eq!(cell("a|b *c*\nd"), "a\\|b \\*c\\* d");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("x|y"), "`x\\|y`");
    }
}
