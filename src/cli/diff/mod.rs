//! `detc diff`

mod logs;
mod versions;

use super::input::{self, Inputs};
use super::output::Terminal;
use super::{CliError, Exit, events};
use crate::eval::EventShape;
use crate::report::diff::DiffReport;
use crate::source::{Snapshot, glob_root};
use clap::ValueEnum;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use versions::{Pair, Version, compared, pairs};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rules before and the rules after: two files or directories. With `--git` the rules to look at, without any those of the
    /// current directory. Rules belong together by their id, else by their place, else by their text
    #[arg(value_name = "OLD NEW | PATH")]
    paths: Vec<String>,
    /// Compare the files as they are with the commit at which the branch left BASE (a branch, tag or id of a commit)
    #[arg(long, value_name = "BASE")]
    git: Option<String>,
    /// Run both versions of each changed rule over these events too (JSON lines or arrays, gzip or zstd); may be given several times
    #[arg(long, value_name = "FILE")]
    events: Vec<String>,
    /// How Windows events are stored; found out by looking at each event if not given
    #[arg(long, value_parser = events::shape, value_name = "flat|event-log|winlogbeat")]
    event_shape: Option<EventShape>,
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
    let logs = logs::read(&args.events, args.event_shape, terminal)?;
    let sides = match &args.git {
        Some(base) => of_branch(base, &args.paths, terminal)?,
        None => of_paths(&args.paths, terminal)?,
    };
    let root = |number: usize| if args.git.is_some() { "" } else { args.paths.get(number).map_or("", String::as_str) };
    let (old, new) = (Version::new(root(0), &sides.old), Version::new(root(1), &sides.new));
    let errors = tell_errors(&sides, &old, &new, terminal);
    let pairs = pairs(&old, &new);
    let touched_only = args.git.is_some();
    let mut rules = compared(&old, &new, &pairs, touched_only);
    if let Some(logs) = &logs {
        logs.add_alerts(&old, &new, &mut rules);
    }
    let report = DiffReport::new(sides.base, rules.into_iter().map(|(_, rule)| rule).collect());
    terminal.print(&match args.format {
        Format::Human => report.human(),
        Format::Json => report.json(),
        Format::Markdown => report.markdown(),
    })?;
    Ok(match () {
        () if sides.old.panicked || sides.new.panicked => Exit::Internal,
        () if report.is_equal() && !errors && logs.is_none_or(|logs| logs.complete) => Exit::Clean,
        () => Exit::Findings,
    })
}

/// The rules of both versions.
struct Sides {
    old: Inputs,
    new: Inputs,
    /// The commit of the old ones.
    base: Option<String>,
}

fn of_paths(paths: &[String], terminal: &Terminal) -> Result<Sides, CliError> {
    let [old, new] = paths else {
        return Err(CliError::usage(
            "two files or directories are needed, the rules before and after; or `--git BASE`",
        ));
    };
    let load = |path: &String| input::load_filtered(std::slice::from_ref(path), None, terminal);
    Ok(Sides { old: load(old)?, new: load(new)?, base: None })
}

fn of_branch(base: &str, paths: &[String], terminal: &Terminal) -> Result<Sides, CliError> {
    let here = [".".to_owned()];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let usage = |error: crate::source::GitError| CliError::usage(error.to_string());
    let snapshot = Snapshot::at_base(&place_of(paths), base).map_err(usage)?;
    let before = snapshot.files(paths, input::EXTENSIONS).map_err(usage)?;
    let mut after: HashSet<PathBuf> = HashSet::new();
    for path in paths {
        match input::find(std::slice::from_ref(path), input::EXTENSIONS) {
            Ok(files) => after.extend(files),
            // What a branch takes away is there in the commit only.
            Err(_) if !snapshot.files(std::slice::from_ref(path), input::EXTENSIONS).map_err(usage)?.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    // The walk over the disk passes over hidden and ignored files; what the commit has of them is compared all the same.
    after.extend(before.iter().map(PathBuf::from).filter(|path| path.is_file()));
    let mut after: Vec<PathBuf> = after.into_iter().collect();
    after.sort_unstable();
    Ok(Sides {
        old: input::load_snapshot(&snapshot, &before),
        new: input::load_files(&after, terminal),
        base: Some(snapshot.commit().to_owned()),
    })
}

/// The folder whose repository is meant: that of the first path that is there.
fn place_of(paths: &[String]) -> PathBuf {
    let fixed = paths.iter().map(|path| glob_root(path));
    let there = fixed
        .filter(|path| path.exists())
        .find_map(|path| if path.is_dir() { Some(path) } else { path.parent().map(Path::to_path_buf) });
    there.filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| PathBuf::from("."))
}

/// Tells what cannot be read in the files that changed, and whether there is any of it in their new version.
fn tell_errors(sides: &Sides, old: &Version<'_>, new: &Version<'_>, terminal: &Terminal) -> bool {
    let mut errors = [sides.old.errors(), sides.new.errors()];
    if sides.base.is_some() {
        let kept = old.same_files(new);
        errors.iter_mut().for_each(|found| {
            found.findings.retain(|finding| !kept.contains(finding.unit.main().path.as_str()));
        });
    }
    errors.iter().for_each(|found| terminal.tell_findings(found));
    errors.iter().any(|found| !found.findings.is_empty())
}
