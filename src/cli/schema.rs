//! `detc schema`

use super::output::Terminal;
use super::{CliError, Exit};
use crate::report::{json, schema};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The output or input whose schema to print
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(schema::NAMES))]
    name: String,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let found = schema::schema(&args.name).ok_or_else(|| CliError::usage(format!("no schema `{}`", args.name)))?;
    terminal.print(&json::render(&found))?;
    Ok(Exit::Clean)
}
