//! `detc targets`

use super::output::Terminal;
use super::{CliError, Exit};
use crate::backend::{TARGETS, Target};

pub(super) fn run(terminal: &Terminal) -> Result<Exit, CliError> {
    let lines: Vec<String> =
        TARGETS.iter().map(|target| format!("{:<10} {}\n", target.name(), describe(*target))).collect();
    terminal.print(&lines.concat())?;
    Ok(Exit::Clean)
}

fn describe(target: Target) -> &'static str {
    match target {
        Target::Eql => "an EQL query",
        Target::Kql => "a Kibana query (KQL)",
        Target::Elastic => "an Elastic rule in TOML, in the best query language",
        Target::Panther => "a Panther rule: YAML, Python and tests",
        Target::Sigma => "a Sigma rule",
        Target::Native => "a program for detc's own evaluator, as JSON",
    }
}
