//! `detc targets`

use super::output::Terminal;
use super::{CliError, Exit};
use crate::backend::TARGETS;

pub(super) fn run(terminal: &Terminal) -> Result<Exit, CliError> {
    let lines: Vec<String> = TARGETS.iter().map(|target| format!("{:<20} {}\n", target.name, target.title)).collect();
    terminal.print(&lines.concat())?;
    Ok(Exit::Clean)
}
