//! `detc data`

use super::output::Terminal;
use super::{CliError, Exit, input};
use crate::catalog::{self, build};
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Rebuild the generated tables from their source files
    Build(BuildArgs),
    /// What the embedded tables are, and how old
    Status,
}

#[derive(Debug, clap::Args)]
struct BuildArgs {
    /// The folder with the source files (`ecs.json`, `attack_v19.json`, ...)
    #[arg(long, value_name = "DIR")]
    sources: PathBuf,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "schemas")]
    output: PathBuf,
    /// Write nothing; exit with 1 when a table differs
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: Args, terminal: &Terminal) -> Result<Exit, CliError> {
    match args.command {
        Command::Build(args) => run_build(&args, terminal),
        Command::Status => status(terminal),
    }
}

fn run_build(args: &BuildArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let source = |name: &str| input::read_named(&args.sources.join(name)).ok();
    let tables = build::build(&source).map_err(|error| CliError::usage(error.to_string()))?;
    let mut stale = 0;
    for (path, text) in tables {
        let place = args.output.join(&path);
        if input::read_named(&place).is_ok_and(|old| old == text) {
            continue;
        }
        stale += 1;
        let verb = if args.check { "is stale" } else { "written" };
        if !args.check {
            let failed = |error: std::io::Error| CliError::usage(format!("{}: {error}", place.display()));
            if let Some(folder) = place.parent() {
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            std::fs::write(&place, text).map_err(failed)?;
        }
        terminal.tell(&format!("{}: {verb}\n", place.display()));
    }
    terminal.tell(if stale == 0 { "all tables are up to date\n" } else { "" });
    Ok(if args.check && stale > 0 { Exit::Findings } else { Exit::Clean })
}

fn status(terminal: &Terminal) -> Result<Exit, CliError> {
    let mut out = String::new();
    for table in catalog::status() {
        let kind = if table.generated { "generated" } else { "by hand" };
        let (rows, kib) = (table.rows, table.bytes.div_ceil(1024));
        let _ = writeln!(
            out,
            "{:<36} {:<12} {:<11} {rows:>6} rows {kib:>5} KiB  {kind}",
            table.path, table.version, table.date
        );
        let _ = writeln!(out, "    {}", table.source);
        if !table.note.is_empty() {
            let _ = writeln!(out, "    note: {}", table.note);
        }
    }
    terminal.print(&out)?;
    Ok(Exit::Clean)
}
