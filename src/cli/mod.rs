//! The command line: reads arguments, runs the library, prints. The only room that prints and decides the exit status.

mod completions;
mod config;
mod convert;
mod data;
mod diff;
mod eval;
mod events;
mod explain;
mod fault;
mod input;
mod inspect;
mod installed;
mod lint;
mod lints;
mod map;
mod output;
mod pipelines;
mod prove;
mod schema;
mod synth;
mod targets;
mod test;
mod unified;

use crate::catalog::attack::AttackVersion;
use crate::frontend;
use clap::{Parser, Subcommand, ValueEnum};
use output::Terminal;
use std::process::ExitCode;

/// The compiler for detection rules: reads Sigma, Elastic and Panther rules, lints them, and writes them for another product without
/// losing anything in silence.
#[derive(Debug, Parser)]
#[command(name = "detc", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours (NO_COLOR is honoured too).
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// A field map of your own (docs/maps.md): a file, directory or glob; may be given several times
    #[arg(long, global = true, value_name = "FILE")]
    map: Vec<String>,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find what is wrong with rules
    Lint(lint::Args),
    /// Write rules for another product, with a report of what is lost
    Convert(convert::Args),
    /// Run rules over events: a JSON line per alert
    Eval(eval::Args),
    /// Run the rules' own tests
    Test(test::Args),
    /// Show a rule's condition, its indicators, and what each target would make of it
    Inspect(inspect::Args),
    /// Find out whether two rules are equal, and show an event that tells them apart if they are not
    Prove(prove::Args),
    /// Tell what a change of rules does to their alerts, with an event gained and one lost
    Diff(diff::Args),
    /// Make events that fire a rule, and near misses that do not: a JSON line each
    Synth(synth::Args),
    /// List the targets of `convert`
    Targets,
    /// List the lints
    Lints(lints::Args),
    /// Explain a lint or a loss code
    Explain(explain::Args),
    /// Where a field goes in each product's data, and what happens to its values
    Map(map::Args),
    /// The embedded tables
    Data(data::Args),
    /// Print the JSON Schema of an output or of the configuration
    Schema(schema::Args),
    /// Print a shell's completions
    Completions(completions::Args),
}

impl Command {
    /// Whether the user's maps count: what only tells of the program itself works whatever they say.
    fn asks_catalogue(&self) -> bool {
        let tells_of_itself = matches!(
            self,
            Self::Targets | Self::Lints(_) | Self::Explain(_) | Self::Data(_) | Self::Schema(_) | Self::Completions(_)
        );
        !tells_of_itself
    }
}

/// How a run ended, with its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0
    Clean,
    /// 1: findings, refused or unreadable rules, failing tests.
    Findings,
    /// 2: what was asked for cannot be done.
    Usage,
    /// 3: a fault of the program.
    Internal,
}

impl Exit {
    /// The exit status.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Internal => 3,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Something in the arguments.
    #[error("{0}")]
    Usage(String),
    /// The reader of our output has gone: nothing more to say.
    #[error("the output was closed")]
    Closed,
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
}

impl CliError {
    fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Closed => Exit::Clean,
            Self::Output(_) => Exit::Internal,
        }
    }
}

/// A version of ATT&CK by its number.
fn attack_version(text: &str) -> Result<AttackVersion, String> {
    let numbers = || AttackVersion::ALL.map(AttackVersion::number).join(" and ");
    AttackVersion::parse(text).ok_or_else(|| format!("the versions are {}", numbers()))
}

/// A language of bare queries by its name.
fn query_language(name: &str) -> Result<frontend::Language, String> {
    frontend::Language::parse(name).ok_or_else(|| "the languages are eql, eql-endgame, kql, lucene and esql".to_owned())
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` are such errors too, with status 0. If even this cannot be printed, nothing can.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { Exit::Clean.code() });
        }
    };
    fault::quiet_panics();
    let terminal = Terminal::new(cli.color);
    let exit = match std::panic::catch_unwind(|| run(cli, &terminal)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            if !matches!(error, CliError::Closed) {
                terminal.complain(&error.to_string());
            }
            error.exit()
        }
        Err(payload) => {
            terminal.complain(&format!("internal error: {}", fault::panic_text(payload.as_ref())));
            Exit::Internal
        }
    };
    ExitCode::from(exit.code())
}

fn run(cli: Cli, terminal: &Terminal) -> Result<Exit, CliError> {
    let config = if cli.command.asks_catalogue() { config::load()? } else { None };
    config::declare_maps(&cli.map, config.as_ref(), terminal)?;
    match cli.command {
        Command::Lint(args) => lint::run(&args, config.map(|(_, file)| file.lint).unwrap_or_default(), terminal),
        Command::Convert(args) => convert::run(&args, terminal),
        Command::Eval(args) => eval::run(&args, terminal),
        Command::Test(args) => test::run(&args, terminal),
        Command::Inspect(args) => inspect::run(&args, terminal),
        Command::Prove(args) => prove::run(&args, terminal),
        Command::Diff(args) => diff::run(&args, terminal),
        Command::Synth(args) => synth::run(&args, terminal),
        Command::Targets => targets::run(terminal),
        Command::Lints(args) => lints::run(&args, terminal),
        Command::Explain(args) => explain::run(&args, terminal),
        Command::Map(args) => map::run(args, terminal),
        Command::Data(args) => data::run(args, terminal),
        Command::Schema(args) => schema::run(&args, terminal),
        Command::Completions(args) => completions::run(&args, terminal),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
