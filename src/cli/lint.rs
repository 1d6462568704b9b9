//! `detc lint`

use super::input::{self, Inputs};
use super::output::{Format, Terminal};
use super::{CliError, Exit, diff};
use crate::frontend::Loaded;
use crate::lint::{self, Baseline, ConfigFile, FailOnSetting, LintSection, Settings};
use crate::report::{Finding, Findings};
use crate::source::{Diagnostic, Level, SourceFile};
use clap::ValueEnum;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// After so many rounds of fixes a file is left as it is.
const MAX_ROUNDS: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, directories or globs; `-` is standard input
    #[arg(required = true)]
    paths: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Only these lints: names, families, or `all`
    #[arg(long, value_delimiter = ',', value_name = "LINT")]
    select: Vec<String>,
    /// Not these lints: names, families, or `all`
    #[arg(long, value_delimiter = ',', value_name = "LINT")]
    ignore: Vec<String>,
    /// Leave out the findings of an earlier `--format json`
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Apply the safe fixes
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change, and change nothing
    #[arg(long)]
    diff: bool,
    /// Exit with 1 from this level on (default: error)
    #[arg(long, value_enum, value_name = "LEVEL")]
    fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Note,
    Warning,
    Error,
    Never,
}

impl From<FailOnSetting> for FailOn {
    fn from(setting: FailOnSetting) -> Self {
        match setting {
            FailOnSetting::Note => Self::Note,
            FailOnSetting::Warning => Self::Warning,
            FailOnSetting::Error => Self::Error,
            FailOnSetting::Never => Self::Never,
        }
    }
}

impl FailOn {
    fn fails(self, worst: Option<Level>) -> bool {
        let limit = match self {
            Self::Note => Level::Note,
            Self::Warning => Level::Warning,
            Self::Error => Level::Error,
            Self::Never => return false,
        };
        worst.is_some_and(|worst| worst >= limit)
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let section = section(args)?;
    let settings = settings(&section)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    let mut inputs = input::load(&args.paths, terminal)?;
    if args.fix || args.diff {
        fix_all(&mut inputs, &settings, args, terminal)?;
        if args.diff {
            return Ok(if inputs.panicked { Exit::Internal } else { Exit::Clean });
        }
    }
    let (mut found, faults) = check(&inputs, &settings);
    if let Some(mut baseline) = baseline {
        for (loaded, diagnostics) in inputs.files.iter().zip(&mut found) {
            diagnostics.retain(|diagnostic| !baseline.take(&loaded.unit, diagnostic));
        }
    }
    let findings = gather(&inputs, &found);
    terminal.print(&terminal.findings(&findings, args.format))?;
    let fail_on = args.fail_on.or_else(|| section.fail_on.map(Into::into)).unwrap_or(FailOn::Error);
    Ok(match () {
        () if inputs.panicked || faults => Exit::Internal,
        () if fail_on.fails(findings.worst()) => Exit::Findings,
        () => Exit::Clean,
    })
}

/// `detc.toml` of this directory or the nearest one above it, with the command line on top.
fn section(args: &Args) -> Result<LintSection, CliError> {
    let mut section = match find_config() {
        Some(path) => {
            let text = input::read_named(&path)?;
            let parsed = ConfigFile::parse(&text);
            parsed.map_err(|error| CliError::usage(format!("{}: {error}", path.display())))?.lint
        }
        None => LintSection::default(),
    };
    if !args.select.is_empty() {
        section.select.clone_from(&args.select);
    }
    section.ignore.extend(args.ignore.iter().cloned());
    Ok(section)
}

fn find_config() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join("detc.toml")).find(|path| path.is_file())
}

fn settings(section: &LintSection) -> Result<Settings, CliError> {
    Settings::new(section).map_err(|unknown| {
        let messages: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        CliError::usage(messages.join("\n"))
    })
}

fn read_baseline(path: &Path) -> Result<Baseline, CliError> {
    let text = input::read_named(path)?;
    Baseline::parse(&text).map_err(|error| CliError::usage(format!("{}: {error}", path.display())))
}

/// The findings per file, and whether a lint failed on one.
fn check(inputs: &Inputs, settings: &Settings) -> (Vec<Vec<Diagnostic>>, bool) {
    let results: Vec<(Vec<Diagnostic>, bool)> =
        inputs.files.par_iter().map(|loaded| check_one(loaded, settings)).collect();
    let faults = results.iter().any(|(_, fault)| *fault);
    let mut found: Vec<_> = results.into_iter().map(|(diagnostics, _)| diagnostics).collect();
    for (file, diagnostic) in lint::check_corpus(&inputs.files, settings) {
        found[file].push(diagnostic);
    }
    for diagnostics in &mut found {
        diagnostics.sort_by_key(|diagnostic| diagnostic.location);
    }
    (found, faults)
}

fn check_one(loaded: &Loaded, settings: &Settings) -> (Vec<Diagnostic>, bool) {
    match catch_unwind(AssertUnwindSafe(|| lint::check_file(loaded, settings))) {
        Ok(found) => (found, false),
        Err(payload) => (vec![input::fault(payload.as_ref())], true),
    }
}

fn gather<'a>(inputs: &'a Inputs, found: &'a [Vec<Diagnostic>]) -> Findings<'a> {
    let findings = inputs.files.iter().zip(found).flat_map(|(loaded, diagnostics)| {
        diagnostics.iter().map(|diagnostic| Finding { unit: &loaded.unit, diagnostic })
    });
    Findings { files: inputs.files.len(), rules: inputs.rules(), findings: findings.collect() }
}

/// Fixes every file; prints the differences under `--diff`, else writes the files.
fn fix_all(inputs: &mut Inputs, settings: &Settings, args: &Args, terminal: &Terminal) -> Result<(), CliError> {
    if args.fix && args.paths.iter().any(|path| path == "-") {
        return Err(CliError::usage("standard input cannot be fixed in place; `--diff` shows the changes"));
    }
    let fixed: Vec<Option<(Loaded, usize)>> =
        inputs.files.par_iter().map(|loaded| fix_file(loaded, settings)).collect();
    let mut count = 0;
    for (old, new) in inputs.files.iter_mut().zip(fixed) {
        let Some((new, fixes)) = new else { continue };
        let (before, after) = (old.unit.main(), new.unit.main());
        if args.diff {
            terminal.print(&diff::unified(&before.path, &before.text, &after.text))?;
        } else {
            std::fs::write(&after.path, &after.text)
                .map_err(|error| CliError::usage(format!("{}: {error}", after.path)))?;
        }
        count += fixes;
        *old = new;
    }
    let verb = if args.diff { "would be fixed" } else { "fixed" };
    terminal.tell(&format!("{count} finding{} {verb}\n", if count == 1 { "" } else { "s" }));
    Ok(())
}

/// Applies safe fixes until none is left. A round after which the file has more errors than before is taken back.
fn fix_file(loaded: &Loaded, settings: &Settings) -> Option<(Loaded, usize)> {
    let errors = |found: &[Diagnostic]| found.iter().filter(|diagnostic| diagnostic.level == Level::Error).count();
    let mut current: Option<Loaded> = None;
    let mut total = 0;
    let (mut found, _) = check_one(loaded, settings);
    for _ in 0..MAX_ROUNDS {
        let main = current.as_ref().unwrap_or(loaded).unit.main();
        let applied = lint::apply_safe(&main.text, &found);
        if applied.fixed == 0 || applied.text == main.text {
            break;
        }
        let next = input::reload(SourceFile::new(main.path.clone(), applied.text));
        let (next_found, fault) = check_one(&next, settings);
        if fault || errors(&next_found) > errors(&found) {
            break;
        }
        total += applied.fixed;
        found = next_found;
        current = Some(next);
    }
    current.map(|loaded| (loaded, total))
}
