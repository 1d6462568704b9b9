//! Standard output and standard error.

use super::{CliError, Color};
use crate::report::{Findings, concise, github, human, json, junit, markdown, sarif};
use clap::ValueEnum;
use std::io::{ErrorKind, IsTerminal, Stderr, Stdout, Write};

/// Where output goes and how it may look.
pub(super) struct Terminal {
    out: Stdout,
    err: Stderr,
    color_out: bool,
    color_err: bool,
}

/// Columns when the terminal does not say: wide enough for a query, narrow enough to read.
const WIDTH: usize = 100;

/// The forms of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The source line with a caret
    Human,
    /// A line per finding
    Concise,
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub annotations
    Github,
    Junit,
    Markdown,
}

impl Terminal {
    pub(super) fn new(color: Color) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let decide = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !plain,
        };
        let (out, err) = (std::io::stdout(), std::io::stderr());
        Self { color_out: decide(out.is_terminal()), color_err: decide(err.is_terminal()), out, err }
    }

    /// Data, to standard output.
    ///
    /// # Errors
    /// When the reader is gone ([`CliError::Closed`]) or the disk is full.
    pub(super) fn print(&self, text: &str) -> Result<(), CliError> {
        let mut out = self.out.lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => CliError::Closed,
            _ => CliError::Output(error),
        })
    }

    /// Everything else, to standard error. When that is closed there is nobody to tell.
    pub(super) fn tell(&self, text: &str) {
        let _ = self.err.lock().write_all(text.as_bytes());
    }

    /// An error message on standard error.
    pub(super) fn complain(&self, message: &str) {
        let (on, off) = if self.color_err { ("\x1b[31;1m", "\x1b[0m") } else { ("", "") };
        self.tell(&format!("{on}error{off}: {}\n", message.trim_end()));
    }

    /// Findings in a form, as text for standard output.
    pub(super) fn findings(&self, findings: &Findings<'_>, format: Format) -> String {
        render(findings, format, self.color_out)
    }

    /// Findings for people, on standard error.
    pub(super) fn tell_findings(&self, findings: &Findings<'_>) {
        if !findings.findings.is_empty() {
            self.tell(&render(findings, Format::Human, self.color_err));
        }
    }
}

fn render(findings: &Findings<'_>, format: Format, color: bool) -> String {
    match format {
        Format::Human => human::render(findings, human::Style { color, width: WIDTH }),
        Format::Concise => concise::render(findings),
        Format::Json => json::render(&json::LintReport::of(findings)),
        Format::Sarif => json::render(&sarif::Log::of(findings)),
        Format::Github => github::render(findings),
        Format::Junit => junit::render(findings),
        Format::Markdown => markdown::render(findings),
    }
}
