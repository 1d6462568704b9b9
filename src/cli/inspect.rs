//! `detc inspect`

use super::fault;
use super::input;
use super::output::Terminal;
use super::{CliError, Exit};
use crate::backend::{self, Options, Status, TARGETS};
use crate::frontend::{Item, Loaded};
use crate::ir::Rule;
use crate::report::inspect::{InspectReport, InspectedRule};
use crate::source::Level;
use clap::ValueEnum;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, directories or globs; `-` is standard input
    #[arg(required = true)]
    paths: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A block per rule
    Human,
    /// A line per rule
    Concise,
    Json,
    /// A table
    Markdown,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let inputs = input::load_filtered(&args.paths, None, terminal)?;
    terminal.tell_findings(&inputs.errors());
    let fault = AtomicBool::new(inputs.panicked);
    let entries: Vec<Vec<InspectedRule>> = inputs.files.par_iter().map(|loaded| inspect_file(loaded, &fault)).collect();
    let report = InspectReport::new(entries.into_iter().flatten().collect());
    terminal.print(&match args.format {
        Format::Human => report.human(),
        Format::Concise => report.concise(),
        Format::Json => report.json(),
        Format::Markdown => report.markdown(),
    })?;
    let unreadable = report.rules.iter().any(|rule| rule.logic == "unreadable");
    Ok(match () {
        () if fault.load(Ordering::Relaxed) => Exit::Internal,
        () if unreadable => Exit::Findings,
        () => Exit::Clean,
    })
}

fn inspect_file(loaded: &Loaded, fault: &AtomicBool) -> Vec<InspectedRule> {
    let path = loaded.unit.main().path.as_str();
    if loaded.is_unreadable() {
        let reason = loaded.diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error);
        let reason = reason.map_or("", |diagnostic| diagnostic.message.as_str());
        return vec![InspectedRule::unreadable(path, loaded.format.dialect(), reason)];
    }
    let one = |item: &Item| {
        let rule = &item.rule;
        let document = loaded.documents.get(item.document);
        if let (true, Some(reason)) =
            (document.is_some_and(|document| !document.problems.is_empty()), input::broken(loaded, item))
        {
            return InspectedRule::unreadable(path, Some(rule.dialect), &reason.message);
        }
        catch_unwind(AssertUnwindSafe(|| InspectedRule::of(path, rule, targets(rule)))).unwrap_or_else(|payload| {
            fault.store(true, Ordering::Relaxed);
            let reason = format!("internal error: {}", fault::panic_text(payload.as_ref()));
            InspectedRule::unreadable(path, Some(rule.dialect), &reason)
        })
    };
    loaded.items.iter().map(one).collect()
}

/// What a conversion to each target would end as, under the default limit.
fn targets(rule: &Rule) -> BTreeMap<String, Status> {
    let options = Options::default();
    TARGETS
        .iter()
        .map(|target| (target.name.to_owned(), backend::convert(rule, target.target, &options).status))
        .collect()
}
