//! From the arguments to loaded files.

use super::CliError;
use crate::frontend::{self, Context, Format, Item, Loaded};
use crate::report::{Finding, Findings};
use crate::source::{Diagnostic, Disk, Level, Location, NoCompanions, SourceFile, Span, Unit, discover, read};
use rayon::prelude::*;
use std::any::Any;
use std::cell::RefCell;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The extensions of rule files under directories and globs.
const EXTENSIONS: &[&str] = &["yml", "yaml", "toml"];
/// What standard input is called in messages.
const STDIN: &str = "<stdin>";

/// What the arguments name, loaded, in the order of the paths.
pub(super) struct Inputs {
    pub(super) files: Vec<Loaded>,
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

/// Discovers and loads. `-` is standard input.
///
/// # Errors
/// A path that does not exist, or paths that match nothing at all.
pub(super) fn load(paths: &[String]) -> Result<Inputs, CliError> {
    let (stdin, on_disk): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path == "-");
    let found = discover(&on_disk, EXTENSIONS);
    if let Some(problem) = found.problems.first() {
        return Err(CliError::usage(format!("{}: {}", problem.path, problem.message)));
    }
    if found.files.is_empty() && stdin.is_empty() {
        return Err(CliError::usage(format!("no rule file in {}", paths.join(", "))));
    }
    let mut results: Vec<(Loaded, bool)> = found.files.par_iter().map(|path| load_path(path)).collect();
    if !stdin.is_empty() {
        results.insert(0, guarded(read_stdin()?, &Context { companions: &NoCompanions }));
    }
    let panicked = results.iter().any(|(_, panicked)| *panicked);
    Ok(Inputs { files: results.into_iter().map(|(loaded, _)| loaded).collect(), panicked })
}

/// The same with the Sigma filters among them on the rules that they are for.
///
/// # Errors
/// As [`load`].
pub(super) fn load_filtered(paths: &[String]) -> Result<Inputs, CliError> {
    let mut inputs = load(paths)?;
    frontend::apply_filters(&mut inputs.files);
    Ok(inputs)
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
    read(path).map(|file| file.text).map_err(|error| CliError::usage(format!("{}: {error}", path.display())))
}

fn load_path(path: &Path) -> (Loaded, bool) {
    match read(path) {
        Ok(file) => guarded(file, &Context { companions: &Disk }),
        Err(error) => {
            let shown = path.to_string_lossy().replace('\\', "/");
            let diagnostic = Diagnostic::syntax(Location::default(), error.to_string());
            (without_rules(SourceFile::new(shown, ""), diagnostic), false)
        }
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
pub(super) fn reload(file: SourceFile) -> Loaded {
    guarded(file, &Context { companions: &Disk }).0
}

/// Loads, and turns a fault of the program into a finding in that file; the other files go on.
fn guarded(file: SourceFile, context: &Context<'_>) -> (Loaded, bool) {
    let copy = file.clone();
    match catch_unwind(AssertUnwindSafe(|| frontend::load(file, context))) {
        Ok(loaded) => (loaded, false),
        Err(payload) => (without_rules(copy, fault(payload.as_ref())), true),
    }
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

/// A fault of the program as a finding at the start of the file.
pub(super) fn fault(payload: &(dyn Any + Send)) -> Diagnostic {
    let message = format!("internal error: {}", panic_text(payload));
    Diagnostic::new("internal-error", Level::Error, Location::main(Span::at(0)), message)
        .help("this is a fault of detc, not of the rule: please report it with the file")
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics from printing: they are told as findings, with their place in the program.
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
        LAST_PANIC.with(|last| *last.borrow_mut() = Some(format!("{}{place}", payload_text(info.payload()))));
    }));
}

/// What a panic said, on the thread that caught it.
pub(super) fn panic_text(payload: &(dyn Any + Send)) -> String {
    LAST_PANIC.with(|last| last.borrow_mut().take()).unwrap_or_else(|| payload_text(payload))
}

fn payload_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown panic".to_owned())
}
