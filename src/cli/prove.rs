//! `detc prove`

use super::output::Terminal;
use super::{CliError, Exit, input, test};
use crate::frontend::Loaded;
use crate::ir::Rule;
use crate::proof::prove_equal;
use crate::report::relation::ProveReport;
use clap::ValueEnum;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file with one rule, and with those that it refers to
    left: String,
    /// Another one: it may be of another format and speak of the same log source in other fields
    right: String,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let mut rules = Vec::new();
    let sides = [&args.left, &args.right].map(|path| input::load_filtered(std::slice::from_ref(path), None, terminal));
    for (inputs, path) in sides.into_iter().zip([&args.left, &args.right]) {
        let inputs = inputs?;
        let errors = inputs.errors();
        if !errors.findings.is_empty() {
            terminal.tell_findings(&errors);
            return Ok(Exit::Findings);
        }
        rules.push((inputs, path));
    }
    let [(left, _), (right, _)] = rules.as_slice() else { return Ok(Exit::Internal) };
    let (first, second) = (one_rule(&left.files, &args.left)?, one_rule(&right.files, &args.right)?);
    let proof = prove_equal(&first, &second).map_err(CliError::Usage)?;
    let report = ProveReport::new(&args.left, &args.right, proof);
    terminal.print(&match args.format {
        Format::Human => report.human(),
        Format::Json => report.json(),
    })?;
    Ok(if report.is_equal() { Exit::Clean } else { Exit::Findings })
}

/// The rule of a file, after those that it may refer to.
fn one_rule<'a>(files: &'a [Loaded], path: &str) -> Result<Vec<&'a Rule>, CliError> {
    let [loaded] = files else { return Err(CliError::usage(format!("{path}: a file with one rule is needed"))) };
    let rule = test::tested_rule(loaded).map_err(|reason| CliError::usage(format!("{path}: {reason}")))?;
    let all: Vec<&Rule> = loaded.items.iter().map(|item| &item.rule).collect();
    let mut rules = test::others(rule, &all);
    rules.push(rule);
    Ok(rules)
}
