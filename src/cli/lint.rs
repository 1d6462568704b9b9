//! `detc lint`

use super::fault::fault;
use super::input;
use super::installed::Installed;
use super::output::{Format, Terminal};
use super::{CliError, Exit, unified};
use crate::frontend::Loaded;
use crate::lint::{self, Baseline, FailOnSetting, LintSection, Outline, Settings};
use crate::report::{Finding, Findings};
use crate::source::{Diagnostic, Level, SourceFile};
use clap::ValueEnum;
use std::mem::ManuallyDrop;
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
    #[command(flatten)]
    installed: Installed,
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

/// `section`: what `detc.toml` says of lints.
pub(super) fn run(args: &Args, section: LintSection, terminal: &Terminal) -> Result<Exit, CliError> {
    let section = with_arguments(section, args);
    let settings = settings(&section)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    if args.fix && args.paths.iter().any(|path| path == "-") {
        return Err(CliError::usage("standard input cannot be fixed in place; `--diff` shows the changes"));
    }
    let fix = args.fix || args.diff;
    let inputs =
        input::load_each(&args.paths, settings.ages(), terminal, |loaded| Checked::new(loaded, &settings, fix))?;
    // The program ends with this command: the system takes thousands of small texts back sooner than they are freed one by one.
    let mut inputs = ManuallyDrop::new(inputs);
    if fix {
        write_fixes(&inputs.files, args.diff, terminal)?;
        if args.diff {
            return Ok(if inputs.panicked { Exit::Internal } else { Exit::Clean });
        }
    }
    check_together(&mut inputs.files, &settings);
    if let Some(mut baseline) = baseline {
        for file in &mut inputs.files {
            file.found.retain(|diagnostic| !baseline.take(&file.outline.unit, diagnostic));
        }
    }
    let findings = gather(&inputs.files);
    terminal.print(&terminal.findings(&findings, args.format))?;
    let fail_on = args.fail_on.or_else(|| section.fail_on.map(Into::into)).unwrap_or(FailOn::Error);
    Ok(match () {
        () if inputs.panicked || inputs.files.iter().any(|file| file.fault) => Exit::Internal,
        () if fail_on.fails(findings.worst()) => Exit::Findings,
        () => Exit::Clean,
    })
}

/// With the command line on top.
fn with_arguments(mut section: LintSection, args: &Args) -> LintSection {
    if !args.select.is_empty() {
        section.select.clone_from(&args.select);
    }
    section.ignore.extend(args.ignore.iter().cloned());
    let installed = args.installed.versions();
    section.stack = installed.stack.map(|stack| stack.to_string()).or(section.stack);
    section.integrations.extend(installed.integrations);
    section
}

fn settings(section: &LintSection) -> Result<Settings, CliError> {
    Settings::new(section).map_err(|wrong| {
        let messages: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        CliError::usage(messages.join("\n"))
    })
}

fn read_baseline(path: &Path) -> Result<Baseline, CliError> {
    let text = input::read_named(path)?;
    Baseline::parse(&text).map_err(|error| CliError::usage(format!("{}: {error}", path.display())))
}

/// A file with the findings in it.
struct Checked {
    outline: Outline,
    found: Vec<Diagnostic>,
    /// Whether a lint failed on it.
    fault: bool,
    fixed: Option<Fixed>,
}

/// What the fixes of a file replaced.
struct Fixed {
    before: std::sync::Arc<str>,
    fixes: usize,
}

impl Checked {
    /// Checks a file; under `fix` after its safe fixes.
    fn new(loaded: Loaded, settings: &Settings, fix: bool) -> Self {
        let (found, fault) = check_one(&loaded, settings);
        let changed = if fix { fix_file(&loaded, &found, settings) } else { None };
        let Some((new, found, fixes)) = changed else {
            return Self { outline: Outline::new(loaded), found, fault, fixed: None };
        };
        let before = loaded.unit.main().text.clone();
        Self { outline: Outline::new(new), found, fault, fixed: Some(Fixed { before, fixes }) }
    }
}

fn check_one(loaded: &Loaded, settings: &Settings) -> (Vec<Diagnostic>, bool) {
    match catch_unwind(AssertUnwindSafe(|| lint::check_file(loaded, settings))) {
        Ok(found) => (found, false),
        Err(payload) => (vec![fault(payload.as_ref())], true),
    }
}

/// Adds the findings that only all files together show.
fn check_together(files: &mut [Checked], settings: &Settings) {
    let outlines: Vec<&Outline> = files.iter().map(|file| &file.outline).collect();
    for (file, diagnostic) in lint::check_corpus(&outlines, settings) {
        files[file].found.push(diagnostic);
    }
    for file in files {
        file.found.sort_by_key(|diagnostic| diagnostic.location);
    }
}

fn gather(files: &[Checked]) -> Findings<'_> {
    let findings = files
        .iter()
        .flat_map(|file| file.found.iter().map(|diagnostic| Finding { unit: &file.outline.unit, diagnostic }));
    let rules = files.iter().map(|file| file.outline.rules.len()).sum();
    Findings { files: files.len(), rules, findings: findings.collect() }
}

/// Prints the differences under `diff`, else writes the files.
fn write_fixes(files: &[Checked], diff: bool, terminal: &Terminal) -> Result<(), CliError> {
    let mut count = 0;
    for file in files {
        let Some(fixed) = &file.fixed else { continue };
        let after = file.outline.unit.main();
        if diff {
            terminal.print(&unified::unified(&after.path, &fixed.before, &after.text))?;
        } else {
            std::fs::write(&after.path, after.text.as_bytes())
                .map_err(|error| CliError::usage(format!("{}: {error}", after.path)))?;
        }
        count += fixed.fixes;
    }
    let verb = if diff { "would be fixed" } else { "fixed" };
    terminal.tell(&format!("{count} finding{} {verb}\n", if count == 1 { "" } else { "s" }));
    Ok(())
}

/// Applies safe fixes until none is left; gives the file, its findings and the number of fixes. A round after which the file has
/// more errors than before is taken back.
fn fix_file(loaded: &Loaded, found: &[Diagnostic], settings: &Settings) -> Option<(Loaded, Vec<Diagnostic>, usize)> {
    let errors = |found: &[Diagnostic]| found.iter().filter(|diagnostic| diagnostic.level == Level::Error).count();
    let mut current: Option<(Loaded, Vec<Diagnostic>, usize)> = None;
    for _ in 0..MAX_ROUNDS {
        let (main, found, total) = match &current {
            Some((loaded, found, total)) => (loaded.unit.main(), found.as_slice(), *total),
            None => (loaded.unit.main(), found, 0),
        };
        let applied = lint::apply_safe(&main.text, found);
        if applied.fixed == 0 || applied.text == *main.text {
            break;
        }
        let next = input::reload(SourceFile::new(main.path.clone(), applied.text), settings.ages());
        let (next_found, fault) = check_one(&next, settings);
        if fault || errors(&next_found) > errors(found) {
            break;
        }
        current = Some((next, next_found, total + applied.fixed));
    }
    current
}
