//! From the arguments to loaded files.

use super::CliError;
use super::fault::fault;
use super::output::Terminal;
use crate::catalog::fields::Ages;
use crate::frontend::{self, Context, Format, Item, Language, Loaded, Pipelines, QueryOptions};
use crate::report::{Finding, Findings, plural};
use crate::source::{
    Diagnostic, Disk, Level, Location, NoCompanions, ReadOnce, Snapshot, SourceFile, Unit, discover, plain, read,
};
use foldhash::fast::RandomState;
use rayon::prelude::*;
use std::collections::HashSet;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The extensions of rule files under directories and globs.
pub(super) const EXTENSIONS: &[&str] = &["yml", "yaml", "toml"];
/// A thread takes so many files at once at most, so that none is left with many when the others are through.
const AT_ONCE: usize = 32;
/// What standard input is called in messages.
const STDIN: &str = "<stdin>";

/// What the arguments name, loaded or what came of it, in the order of the paths.
pub(super) struct Inputs<T = Loaded> {
    pub(super) files: Vec<T>,
    /// Whether the program itself failed on a file.
    pub(super) panicked: bool,
}

impl Inputs {
    pub(super) fn rules(&self) -> usize {
        self.files.iter().map(|loaded| loaded.items.len()).sum()
    }

    /// What the front-ends said, errors only: for commands that do something else than lint.
    pub(super) fn errors(&self) -> Findings<'_> {
        let findings = self.files.iter().flat_map(|loaded| {
            let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
            errors.map(|diagnostic| Finding { unit: &loaded.unit, diagnostic })
        });
        Findings { files: self.files.len(), rules: self.rules(), findings: findings.collect() }
    }
}

/// A file that was looked at.
enum Entry<T = Loaded> {
    Rules(T),
    /// The program itself failed on it.
    Fault(T),
    /// A file under a directory that is no rule.
    Passed,
    /// A file that was asked for and is no rule, with what to say of it.
    NoRule(String),
}

/// Discovers and loads. `-` is standard input. What is no rule is passed over with a note.
///
/// # Errors
/// A path that does not exist, or paths that hold no rule at all.
pub(super) fn load(paths: &[String], terminal: &Terminal) -> Result<Inputs, CliError> {
    load_each(paths, Ages::newest(), terminal, |loaded| loaded)
}

/// As [`load`], with `work` done on each file as soon as it is loaded: what it does not keep is gone before the next ones come.
///
/// # Errors
/// As [`load`].
pub(super) fn load_each<T: Send>(
    paths: &[String],
    ages: &Ages,
    terminal: &Terminal,
    work: impl Fn(Loaded) -> T + Sync,
) -> Result<Inputs<T>, CliError> {
    let context = Context { ages, ..Context::beside(&Disk) };
    some(paths, load_any_each(paths, &context, terminal, work)?)
}

fn some<T>(paths: &[String], inputs: Inputs<T>) -> Result<Inputs<T>, CliError> {
    if inputs.files.is_empty() {
        return Err(CliError::usage(format!("no rule in {}", paths.join(", "))));
    }
    Ok(inputs)
}

/// As [`load`], where it is no error that there is no rule.
///
/// # Errors
/// A path that does not exist.
pub(super) fn load_any(paths: &[String], terminal: &Terminal) -> Result<Inputs, CliError> {
    load_any_each(paths, &Context::beside(&Disk), terminal, |loaded| loaded)
}

/// Loads in a context, which is that of files on the disk.
fn load_any_each<T: Send>(
    paths: &[String],
    context: &Context<'_>,
    terminal: &Terminal,
    work: impl Fn(Loaded) -> T + Sync,
) -> Result<Inputs<T>, CliError> {
    let (stdin, on_disk): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path == "-");
    let files = find(&on_disk, EXTENSIONS)?;
    let mut entries = Vec::new();
    if !stdin.is_empty() {
        let context = Context { companions: &NoCompanions, ..*context };
        entries.push(guarded(read_stdin()?, &context).asked_for().map(&work));
    }
    let once = ReadOnce::new(context.companions);
    let context = &Context { companions: &once, ..*context };
    let named = on_disk.iter().filter(|path| !Path::new(path).is_dir());
    let named: HashSet<&Path, RandomState> = named.map(|path| plain(Path::new(path))).collect();
    let load = |path: &PathBuf| load_path(path, named.contains(path.as_path()), context).map(&work);
    entries.par_extend(files.par_iter().with_max_len(AT_ONCE).map(load));
    Ok(gather(entries, Some(terminal)))
}

/// The files of paths; of directories those with one of the extensions.
///
/// # Errors
/// A path that does not exist.
pub(super) fn find(paths: &[String], extensions: &[&str]) -> Result<Vec<PathBuf>, CliError> {
    let found = discover(paths, extensions);
    match found.problems.first() {
        Some(problem) => Err(CliError::usage(format!("{}: {}", problem.path, problem.message))),
        None => Ok(found.files),
    }
}

/// Bare queries, one in each file: `convert --from`.
///
/// # Errors
/// A path that does not exist, or no file at all.
pub(super) fn load_queries(
    paths: &[String],
    language: Language,
    options: &QueryOptions<'_>,
) -> Result<Inputs, CliError> {
    let (stdin, on_disk): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path == "-");
    let mut files = if stdin.is_empty() { Vec::new() } else { vec![query(read_stdin()?, language, options)] };
    let found = find(&on_disk, language.extensions())?;
    files.extend(found.iter().map(|path| match read(path) {
        Ok(file) => query(file, language, options),
        Err(error) => (unreadable(path, &error.to_string()), false),
    }));
    if files.is_empty() {
        return Err(CliError::usage(format!("no query in {}", paths.join(", "))));
    }
    let panicked = files.iter().any(|(_, panicked)| *panicked);
    Ok(Inputs { files: files.into_iter().map(|(loaded, _)| loaded).collect(), panicked })
}

/// A query as a file with one rule, and whether the program failed on it.
pub(super) fn query(file: SourceFile, language: Language, options: &QueryOptions<'_>) -> (Loaded, bool) {
    let text = file.text.trim_start_matches('\u{feff}').to_owned();
    let file = SourceFile { text: text.into(), ..file };
    match catch_unwind(AssertUnwindSafe(|| frontend::load_query(language, &file.text, options))) {
        Ok((item, diagnostics)) => {
            let unit = Unit::new(file);
            (Loaded { unit, format: Format::Other, documents: Vec::new(), items: vec![item], diagnostics }, false)
        }
        Err(payload) => (without_rules(file, fault(payload.as_ref())), true),
    }
}

fn gather<T>(entries: Vec<Entry<T>>, terminal: Option<&Terminal>) -> Inputs<T> {
    let tell = |message: &str| terminal.into_iter().for_each(|terminal| terminal.tell(message));
    let (mut panicked, mut passed) = (false, 0);
    let files = entries.into_iter().filter_map(|entry| match entry {
        Entry::Rules(file) => Some(file),
        Entry::Fault(file) => {
            panicked = true;
            Some(file)
        }
        Entry::Passed => {
            passed += 1;
            None
        }
        Entry::NoRule(message) => {
            tell(&format!("note: {message}\n"));
            None
        }
    });
    let files = files.collect();
    if passed > 0 {
        let files = plural(passed, "file");
        tell(&format!("note: {files} without a rule passed over\n"));
    }
    Inputs { files, panicked }
}

impl Entry {
    /// A file that the user named: if it is no rule, its syntax errors are what is wrong with it, or else that it is none.
    fn asked_for(self) -> Self {
        match self {
            Self::Rules(loaded) if is_no_rule(&loaded) => {
                let file = loaded.unit.main();
                let known = file.path == STDIN
                    || Path::new(&file.path)
                        .extension()
                        .is_some_and(|found| EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known)));
                if known && !loaded.diagnostics.is_empty() {
                    return Self::Rules(loaded);
                }
                let why =
                    if known { "none of the formats' keys is in it" } else { "rules are .yml, .yaml and .toml files" };
                Self::NoRule(format!("{}: not a rule ({why})", file.path))
            }
            other => other,
        }
    }

    /// A file that was met under a directory.
    fn met(self) -> Self {
        match self {
            Self::Rules(loaded) if is_no_rule(&loaded) => Self::Passed,
            other => other,
        }
    }

    fn map<T>(self, work: impl Fn(Loaded) -> T) -> Entry<T> {
        match self {
            Self::Rules(loaded) => Entry::Rules(work(loaded)),
            Self::Fault(loaded) => Entry::Fault(work(loaded)),
            Self::Passed => Entry::Passed,
            Self::NoRule(message) => Entry::NoRule(message),
        }
    }
}

/// Whether a file that could be read is none of the formats.
fn is_no_rule(loaded: &Loaded) -> bool {
    loaded.format == Format::Other && loaded.items.is_empty()
}

/// The same with the Sigma filters among them on the rules that they are for, and with both sent through pipelines; Panther's scheduled
/// rules with the queries among them that they are for.
///
/// # Errors
/// As [`load`].
pub(super) fn load_filtered(
    paths: &[String],
    pipelines: Option<&Pipelines>,
    terminal: &Terminal,
) -> Result<Inputs, CliError> {
    load_applied(paths, &Context { pipelines, ..Context::beside(&Disk) }, terminal)
}

/// The same for tests, which ask for verdicts.
///
/// # Errors
/// As [`load`].
pub(super) fn load_for_tests(paths: &[String], terminal: &Terminal) -> Result<Inputs, CliError> {
    load_applied(paths, &Context { verdicts_only: true, ..Context::beside(&Disk) }, terminal)
}

fn load_applied(paths: &[String], context: &Context<'_>, terminal: &Terminal) -> Result<Inputs, CliError> {
    Ok(applied(some(paths, load_any_each(paths, context, terminal, without_trees)?)?))
}

/// Files as they are met under directories, filtered as by [`load_filtered`].
pub(super) fn load_files(files: &[PathBuf], terminal: &Terminal) -> Inputs {
    let once = ReadOnce::new(&Disk);
    let context = Context::beside(&once);
    let entries: Vec<Entry> =
        files.par_iter().map(|path| load_path(path, false, &context).map(without_trees)).collect();
    applied(gather(entries, Some(terminal)))
}

/// The same with files of a commit. Nothing is told of those that are no rules: they are the ones on the disk.
pub(super) fn load_snapshot(snapshot: &Snapshot, files: &[String]) -> Inputs {
    let once = ReadOnce::new(snapshot);
    let context = Context::beside(&once);
    let load = |path: &String| match snapshot.read(path) {
        Ok(file) => guarded(file, &context).met().map(without_trees),
        Err(error) => Entry::Rules(unreadable(Path::new(path), &error.to_string())),
    };
    applied(gather(files.par_iter().map(load).collect(), None))
}

fn without_trees(mut loaded: Loaded) -> Loaded {
    loaded.drop_trees();
    loaded
}

fn applied(mut inputs: Inputs) -> Inputs {
    frontend::apply_filters(&mut inputs.files);
    frontend::apply_queries(&mut inputs.files);
    inputs
}

/// Standard input as a file.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(super) fn read_stdin() -> Result<SourceFile, CliError> {
    let mut text = String::new();
    let limit = crate::source::MAX_FILE_BYTES + 1;
    let read = std::io::stdin().lock().take(limit).read_to_string(&mut text);
    match read {
        Err(error) => Err(CliError::usage(format!("standard input: {error}"))),
        Ok(length) if length as u64 == limit => Err(CliError::usage("standard input is too large")),
        Ok(_) => Ok(SourceFile::new(STDIN, text)),
    }
}

/// Any text file that an option names.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read_named(path: &Path) -> Result<String, CliError> {
    read(path)
        .map(|file| file.text.to_string())
        .map_err(|error| CliError::usage(format!("{}: {error}", path.display())))
}

fn load_path(path: &Path, named: bool, context: &Context<'_>) -> Entry {
    match read(path) {
        Ok(file) => {
            let entry = guarded(file, context);
            if named { entry.asked_for() } else { entry.met() }
        }
        Err(error) => Entry::Rules(unreadable(path, &error.to_string())),
    }
}

/// Why a rule of the file cannot be read as it is meant: the first syntax error in its document, its query, or its code.
/// What was recovered around the error is checked, but it is not the rule.
pub(super) fn broken<'a>(loaded: &'a Loaded, item: &Item) -> Option<&'a Diagnostic> {
    let document = loaded.documents.get(item.document).map(|document| document.span);
    loaded.diagnostics.iter().find(|diagnostic| {
        let place = diagnostic.location;
        diagnostic.lint == "syntax"
            && diagnostic.level == Level::Error
            && (loaded.items.len() == 1
                || place.source == item.rule.origin.source
                    && document
                        .is_none_or(|document| document.start <= place.span.start && place.span.start <= document.end))
    })
}

/// Loads a file's new text after fixes.
pub(super) fn reload(file: SourceFile, ages: &Ages) -> Loaded {
    load_guarded(file, &Context { ages, ..Context::beside(&Disk) }).0
}

/// Loads, and turns a fault of the program into a finding in that file; the other files go on.
fn guarded(file: SourceFile, context: &Context<'_>) -> Entry {
    match load_guarded(file, context) {
        (loaded, false) => Entry::Rules(loaded),
        (loaded, true) => Entry::Fault(loaded),
    }
}

/// The file, and whether the program failed on it.
fn load_guarded(file: SourceFile, context: &Context<'_>) -> (Loaded, bool) {
    let path = file.path.clone();
    match catch_unwind(AssertUnwindSafe(|| frontend::load(file, context))) {
        Ok(loaded) => (loaded, false),
        Err(payload) => (without_rules(SourceFile::new(path, ""), fault(payload.as_ref())), true),
    }
}

fn unreadable(path: &Path, error: &str) -> Loaded {
    let shown = path.to_string_lossy().replace('\\', "/");
    without_rules(SourceFile::new(shown, ""), Diagnostic::syntax(Location::default(), error))
}

fn without_rules(file: SourceFile, diagnostic: Diagnostic) -> Loaded {
    Loaded {
        unit: Unit::new(file),
        format: Format::Other,
        documents: Vec::new(),
        items: Vec::new(),
        diagnostics: vec![diagnostic],
    }
}
