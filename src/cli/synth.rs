//! `detc synth`

use super::output::Terminal;
use super::{CliError, Exit, input, test};
use crate::ir::Rule;
use crate::proof::{Shape, samples};
use crate::report::sample::SampleLine;
use clap::ValueEnum;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, directories or globs
    #[arg(required = true)]
    paths: Vec<String>,
    /// Whose events to write: those that the rule reads, the vendor's, or the documents that the ingest makes of them
    #[arg(long, value_enum, default_value_t = ShapeName::Rule)]
    shape: ShapeName,
    /// How many samples of each kind to write for a rule: so many that fire it, and so many that do not
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShapeName {
    Rule,
    Vendor,
    Elastic,
}

impl From<ShapeName> for Shape {
    fn from(name: ShapeName) -> Self {
        match name {
            ShapeName::Rule => Self::Rule,
            ShapeName::Vendor => Self::Vendor,
            ShapeName::Elastic => Self::Elastic,
        }
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let inputs = input::load_filtered(&args.paths, None, terminal)?;
    terminal.tell_findings(&inputs.errors());
    let all: Vec<&Rule> = inputs.files.iter().flat_map(|loaded| &loaded.items).map(|item| &item.rule).collect();
    let rules: Vec<&Rule> = all.iter().copied().filter(|rule| rule.is_rule()).collect();
    let mut unmade = rules.is_empty();
    for rule in rules {
        let mut with_siblings = test::others(rule, &all);
        with_siblings.push(rule);
        let found = match samples(&with_siblings, args.shape.into()) {
            Ok(found) => found,
            Err(reason) => {
                terminal.complain(&format!("{}: {reason}", rule.meta.title));
                unmade = true;
                continue;
            }
        };
        if !found.iter().any(|sample| sample.fires) {
            terminal.complain(&format!("{}: no event was found that fires it", rule.meta.title));
            unmade = true;
        }
        let (mut fire, mut miss) = (0, 0);
        for sample in found {
            let count = if sample.fires { &mut fire } else { &mut miss };
            *count += 1;
            if *count <= args.limit {
                terminal.print(&SampleLine::new(rule, sample).line())?;
            }
        }
    }
    Ok(match () {
        () if inputs.panicked => Exit::Internal,
        () if unmade => Exit::Findings,
        () => Exit::Clean,
    })
}
