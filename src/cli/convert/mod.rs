//! `detc convert`

mod args;
mod each;
mod examples;
mod names;
mod write;

pub(super) use args::Args;

use super::input::{self, Inputs};
use super::output::{Format as FindingFormat, Terminal};
use super::pipelines;
use super::{CliError, Exit};
use crate::backend::Target;
use crate::frontend::{Loaded, Pipelines, QueryOptions};
use crate::report::convert::{ConvertReport, ConvertedRule, loss_findings};
use crate::report::{Finding, plural};
use crate::source::{Diagnostic, Unit};
use args::Required;
use each::{Converted, convert_all};
use rayon::prelude::*;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use write::{joined, write, write_finalized, write_outputs};

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let stdout = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    let output = args.output.as_deref().filter(|path| *path != Path::new("-"));
    if stdout(&args.report) && output.is_none() {
        return Err(CliError::usage("the rules and the report cannot both go to standard output: give `-o`"));
    }
    let pipelines = pipelines::load(&args.pipeline, args.to, terminal)?;
    // The program ends with this command: the system takes the rules of thousands of files back sooner than they are freed one by one.
    let inputs = ManuallyDrop::new(load(args, pipelines.as_ref(), terminal)?);
    if pipelines.is_some() {
        pipelines::tell_untouched(&inputs.files, terminal);
    }
    let prove = args.prove || args.require_proof.is_some();
    let mut converted = ManuallyDrop::new(convert_all(&inputs, args.to, &args.options(), prove));
    let finalized = match &pipelines {
        Some(pipelines) if pipelines.has_finalizers() && args.to.writes_query() => {
            let outcomes = converted.iter().map(|one| (&one.outcome, one.item.processed.as_deref()));
            Some(pipelines::finalize(pipelines, outcomes)?)
        }
        _ => None,
    };
    let parts = inputs.rules() - converted.len();
    if parts > 0 {
        let parts = plural(parts, "part");
        terminal
            .tell(&format!("note: {parts} of rules (queries, data models, filters, ..) not converted on their own\n"));
    }
    if converted.is_empty() && !inputs.files.iter().any(Loaded::is_unreadable) {
        return Err(CliError::usage(format!("no rule in {}", args.paths.join(", "))));
    }
    match (output, finalized) {
        (None, Some(text)) => terminal.print(&text)?,
        (None, None) => terminal.print(&joined(&converted))?,
        (Some(path), Some(text)) => write_finalized(path, &mut converted, &text)?,
        (Some(path), None) => write_outputs(path, &mut converted, &args.paths)?,
    }
    let report = ManuallyDrop::new(report(&inputs, &converted, args.to));
    match &args.report {
        Some(_) if stdout(&args.report) => terminal.print(&report.json())?,
        Some(path) => write(path, &report.json())?,
        None => {}
    }
    tell(args, &inputs, &converted, &report, terminal)?;
    Ok(match () {
        () if inputs.panicked || converted.iter().any(Converted::is_fault) => Exit::Internal,
        () if report.summary.refused + report.summary.failed > 0 => Exit::Findings,
        // A query with a wrong type is written as it was understood; that it is wrong was told.
        () if !inputs.errors().findings.is_empty() => Exit::Findings,
        () if report.rules.iter().any(ConvertedRule::differs) => Exit::Findings,
        () if args.require_proof.is_some_and(|required| !all_meet(&converted, required)) => Exit::Findings,
        () => Exit::Clean,
    })
}

/// Whether every rule that was written has the verdict. A rule that was not written counts in the report's summary.
fn all_meet(converted: &[Converted<'_>], required: Required) -> bool {
    converted.iter().filter_map(|one| one.proof.as_ref()).all(|proof| required.is_met(proof))
}

fn load(args: &Args, pipelines: Option<&Pipelines>, terminal: &Terminal) -> Result<Inputs, CliError> {
    let Some(language) = args.from else { return input::load_filtered(&args.paths, pipelines, terminal) };
    let indices: Vec<&str> = args.index.iter().map(String::as_str).collect();
    let options = QueryOptions { indices: &indices, ..QueryOptions::default() };
    let mut inputs = input::load_queries(&args.paths, language, &options)?;
    if !args.to.writes_query() {
        // A query has no title, and a rule needs one.
        for loaded in &mut inputs.files {
            let title = names::stem(loaded).to_owned();
            loaded.items.iter_mut().for_each(|item| item.rule.meta.title.clone_from(&title));
        }
    }
    Ok(inputs)
}

/// Tells what was lost: for people as a summary by rule, for programs in the form they asked for.
fn tell(
    args: &Args,
    inputs: &Inputs,
    converted: &[Converted<'_>],
    report: &ConvertReport,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let mut findings = inputs.errors();
    let complaints = converted
        .iter()
        .filter_map(|one| Some(Finding { unit: &one.loaded.unit, diagnostic: one.complaint.as_ref()? }));
    findings.findings.extend(complaints);
    if args.format == FindingFormat::Human {
        terminal.tell_findings(&findings);
        terminal.tell(&report.human());
        return Ok(());
    }
    let losses: Vec<(&Unit, Vec<Diagnostic>)> =
        converted.iter().map(|one| (&one.loaded.unit, loss_findings(&one.item.rule, &one.outcome))).collect();
    let losses = losses.iter().flat_map(|(unit, losses)| losses.iter().map(|diagnostic| Finding { unit, diagnostic }));
    findings.findings.extend(losses);
    let text = match args.format {
        FindingFormat::Json => report.json(),
        FindingFormat::Markdown => report.markdown(),
        FindingFormat::Junit => report.junit(),
        format => terminal.findings(&findings, format),
    };
    let stdout_is_free = args.output.as_deref().is_some_and(|path| path != Path::new("-"))
        && args.report.as_deref() != Some(Path::new("-"));
    if stdout_is_free {
        return terminal.print(&text);
    }
    terminal.tell(&text);
    Ok(())
}

/// One entry per rule, and one per file that holds none because it cannot be read.
fn report(inputs: &Inputs, converted: &[Converted<'_>], target: Target) -> ConvertReport {
    let entries: Vec<ConvertedRule> = converted.par_iter().map(entry).collect();
    // The rules are in the order of their files.
    let mut entries = converted.iter().zip(entries).peekable();
    let mut rules = Vec::with_capacity(inputs.files.len());
    for loaded in &inputs.files {
        let before = rules.len();
        while let Some((_, entry)) = entries.next_if(|(one, _)| std::ptr::eq(one.loaded, loaded)) {
            rules.push(entry);
        }
        if rules.len() == before && loaded.is_unreadable() {
            rules.push(ConvertedRule::failed(&loaded.unit.main().path, loaded.format.dialect(), None));
        }
    }
    ConvertReport::new(target.info().map_or("", |info| info.name), rules)
}

fn entry(one: &Converted<'_>) -> ConvertedRule {
    let names = one.names.iter().map(|name| name.to_string_lossy().replace('\\', "/")).collect();
    let proof = one.proof.clone();
    ConvertedRule::of(&one.loaded.unit, &one.item.rule, &one.outcome, proof, names)
}
