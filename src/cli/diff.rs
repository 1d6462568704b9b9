//! `detc diff`

use super::input::{self, Inputs};
use super::output::Terminal;
use super::{CliError, Exit, test};
use crate::ir::Rule;
use crate::proof::change;
use crate::report::relation::{ChangedRule, DiffReport, RelationName};
use clap::ValueEnum;
use rayon::prelude::*;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rules before: a file or a directory
    old: String,
    /// The rules after. Rules belong together by their id, else by their place below the directory
    new: String,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
    Markdown,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let load = |path: &String| input::load_filtered(std::slice::from_ref(path), None, terminal);
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    terminal.tell_findings(&old.errors());
    terminal.tell_findings(&new.errors());
    let report = DiffReport::new(changes(&Version::new(&args.old, &old), &Version::new(&args.new, &new)));
    terminal.print(&match args.format {
        Format::Human => report.human(),
        Format::Json => report.json(),
        Format::Markdown => report.markdown(),
    })?;
    Ok(match () {
        () if old.panicked || new.panicked => Exit::Internal,
        () if report.is_equal() => Exit::Clean,
        () => Exit::Findings,
    })
}

/// All rules of one side.
struct Version<'a> {
    rules: Vec<Placed<'a>>,
    all: Vec<&'a Rule>,
}

/// A rule with its file, and with the place of the file below what was asked for.
struct Placed<'a> {
    path: &'a str,
    place: String,
    rule: &'a Rule,
}

impl<'a> Version<'a> {
    fn new(root: &str, inputs: &'a Inputs) -> Self {
        let all = inputs.files.iter().flat_map(|loaded| &loaded.items).map(|item| &item.rule).collect();
        let placed = |loaded: &'a crate::frontend::Loaded| {
            let path = loaded.unit.main().path.as_str();
            let below = Path::new(path).strip_prefix(root).unwrap_or(Path::new(""));
            let rules = loaded.items.iter().map(|item| &item.rule).filter(|rule| rule.is_rule());
            rules.enumerate().map(move |(number, rule)| Placed {
                path,
                place: format!("{}#{number}", below.display()),
                rule,
            })
        };
        Self { rules: inputs.files.iter().flat_map(placed).collect(), all }
    }

    /// The version of a rule on this side.
    fn counterpart(&self, other: &Placed<'_>) -> Option<&Placed<'a>> {
        let id = |rule: &Rule| rule.meta.id.as_ref().map(|id| id.value.clone());
        let wanted = id(other.rule);
        let by_id =
            wanted.as_ref().and_then(|wanted| self.rules.iter().find(|one| id(one.rule).as_ref() == Some(wanted)));
        by_id.or_else(|| self.rules.iter().find(|one| one.place == other.place))
    }

    fn with_siblings(&self, rule: &'a Rule) -> Vec<&'a Rule> {
        let mut rules = test::others(rule, &self.all);
        rules.push(rule);
        rules
    }
}

fn changes(old: &Version<'_>, new: &Version<'_>) -> Vec<ChangedRule> {
    let mut found: Vec<ChangedRule> = new
        .rules
        .par_iter()
        .map(|after| match old.counterpart(after) {
            None => ChangedRule::one(RelationName::Added, after.path, after.rule),
            Some(before) => {
                let change = change(&old.with_siblings(before.rule), &new.with_siblings(after.rule));
                ChangedRule::both((before.path, before.rule), (after.path, after.rule), change)
            }
        })
        .collect();
    let removed = old.rules.iter().filter(|before| new.counterpart(before).is_none());
    found.extend(removed.map(|before| ChangedRule::one(RelationName::Removed, before.path, before.rule)));
    found
}
