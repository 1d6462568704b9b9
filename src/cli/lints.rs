//! `detc lints`

use super::output::Terminal;
use super::{CliError, Exit};
use crate::lint::{self, Stage};
use clap::ValueEnum;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Markdown,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let mut out = String::new();
    if args.format == Format::Markdown {
        out.push_str("| Lint | Family | Level | What it checks |\n| --- | --- | --- | --- |\n");
    }
    for meta in lint::all() {
        let (name, family, level, summary) = (meta.name, meta.family, meta.level().name(), meta.summary());
        let stage = match meta.stage {
            Stage::Stable(_) => "",
            Stage::Preview(_) => " (preview: select it by name)",
        };
        let line = match args.format {
            Format::Human => format!("{name:<27} {family:<8} {level:<8} {summary}{stage}\n"),
            Format::Markdown => format!("| `{name}` | {family} | {level} | {}{stage} |\n", summary.replace('|', "\\|")),
        };
        out.push_str(&line);
    }
    terminal.print(&out)?;
    Ok(Exit::Clean)
}
