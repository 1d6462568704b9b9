//! `detc convert`

use super::input::{self, Inputs};
use super::output::Terminal;
use super::{CliError, Exit};
use crate::backend::{self, Conversion, Options, QueryLanguage, Status, Target};
use crate::fidelity::{CODES, MaxLoss};
use crate::frontend::{Format, Item, Loaded};
use crate::ir::Dialect;
use crate::report::convert::{ConvertReport, ConvertedRule};
use crate::source::{Diagnostic, Level};
use clap::ValueEnum;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, directories or globs; `-` is standard input
    #[arg(required = true)]
    paths: Vec<String>,
    /// What to write (`detc targets` lists them)
    #[arg(long, value_name = "TARGET", value_parser = target)]
    to: Target,
    /// A directory (one file per rule), or a file; standard output without it
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the report in this form on standard error
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    format: ReportFormat,
    /// How much may be lost before a rule is refused
    #[arg(long, value_enum, value_name = "LIMIT", default_value_t = Limit::Widened)]
    max_loss: Limit,
    /// Let a loss through by its code or name; the only way past a dead rule
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = loss_code)]
    allow: Vec<String>,
    /// The query language of an Elastic rule
    #[arg(long, value_enum)]
    language: Option<Language>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    Human,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Limit {
    None,
    Metadata,
    Widened,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Eql,
    Kql,
}

fn target(name: &str) -> Result<Target, String> {
    let names: Vec<&str> = backend::TARGETS.iter().map(|target| target.name).collect();
    Target::from_name(name).ok_or_else(|| format!("the targets are {}", names.join(", ")))
}

fn loss_code(name: &str) -> Result<String, String> {
    let known = CODES.iter().any(|code| code.name == name || code.id.eq_ignore_ascii_case(name));
    if known { Ok(name.to_owned()) } else { Err("no such loss code".to_owned()) }
}

impl Args {
    fn options(&self) -> Options {
        Options {
            max_loss: match self.max_loss {
                Limit::None => MaxLoss::None,
                Limit::Metadata => MaxLoss::Metadata,
                Limit::Widened => MaxLoss::Widened,
                Limit::Any => MaxLoss::Any,
            },
            allow: self.allow.clone(),
            language: self.language.map(|language| match language {
                Language::Eql => QueryLanguage::Eql,
                Language::Kql => QueryLanguage::Kuery,
            }),
        }
    }
}

/// A rule of the input with what became of it.
struct Converted<'a> {
    loaded: &'a Loaded,
    item: &'a Item,
    /// The text of the panic if the program failed on it.
    outcome: Result<Conversion, Diagnostic>,
    names: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let inputs = input::load_filtered(&args.paths)?;
    terminal.tell_findings(&inputs.errors());
    let options = args.options();
    let mut converted = convert_all(&inputs, args.to, &options);
    let written = match &args.output {
        None => {
            terminal.print(&joined(&converted))?;
            Vec::new()
        }
        Some(path) if is_directory(path, &converted) => {
            let names = file_names(&mut converted, &args.paths, path)?;
            write_all(&converted)?;
            names
        }
        Some(path) => write_one(path, &converted)?,
    };
    let report = report(&inputs, &converted, args, !written.is_empty());
    if let Some(path) = &args.report {
        write(path, &report.json())?;
    }
    terminal.tell(&match args.format {
        ReportFormat::Human => report.human(),
        ReportFormat::Json => report.json(),
        ReportFormat::Markdown => report.markdown(),
    });
    let fault = inputs.panicked || converted.iter().any(|one| one.outcome.is_err());
    Ok(match () {
        () if fault => Exit::Internal,
        () if report.summary.refused + report.summary.failed > 0 => Exit::Findings,
        () => Exit::Clean,
    })
}

fn convert_all<'a>(inputs: &'a Inputs, target: Target, options: &Options) -> Vec<Converted<'a>> {
    let items: Vec<(&Loaded, &Item)> =
        inputs.files.iter().flat_map(|loaded| loaded.items.iter().map(move |item| (loaded, item))).collect();
    items
        .into_par_iter()
        .map(|(loaded, item)| {
            let attempt = AssertUnwindSafe(|| match input::broken(loaded, item) {
                Some(_) => unread(),
                None => backend::convert(&item.rule, target, options),
            });
            let outcome = catch_unwind(attempt).map_err(|payload| input::fault(payload.as_ref()));
            Converted { loaded, item, outcome, names: Vec::new() }
        })
        .collect()
}

/// A rule with a syntax error: the error itself is told as a finding.
fn unread() -> Conversion {
    Conversion { status: Status::Failed, losses: Vec::new(), assumes: Vec::new(), outputs: Vec::new() }
}

impl Converted<'_> {
    fn outputs(&self) -> &[backend::Output] {
        self.outcome.as_ref().map_or(&[], |conversion| &conversion.outputs)
    }

    fn id(&self) -> Option<String> {
        self.item.rule.meta.id.as_ref().map(|id| id.value.clone())
    }

    /// What the outputs are called before their extension: the file's stem, with the id where the file holds several.
    fn base(&self) -> String {
        let name = self.loaded.unit.main().file_name();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = stem.trim_matches(['<', '>']);
        if self.loaded.items.len() < 2 {
            return safe(stem);
        }
        let id = self.id().unwrap_or_else(|| self.item.rule.meta.title.clone());
        format!("{}-{}", safe(stem), safe(&id))
    }
}

/// A part of a file name: what some system does not take in one becomes `_`.
fn safe(text: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ' | '(' | ')' | '+' | ',');
    let name: String = text.chars().map(|c| if keep(c) { c } else { '_' }).take(150).collect();
    if name.chars().all(|c| c == '.') { "_".to_owned() } else { name }
}

/// A path that is a directory, looks like one, or has to be one because there are several outputs of a kind without
/// a way to stand in one file.
fn is_directory(path: &Path, converted: &[Converted<'_>]) -> bool {
    let text = path.to_string_lossy();
    let outputs: usize = converted.iter().map(|one| one.outputs().len()).sum();
    path.is_dir() || text.ends_with(['/', '\\']) || path.extension().is_none() || (outputs > 1 && !path.is_file())
}

/// Names every output under the directory; two of one name are an error, whatever the letter case.
fn file_names(converted: &mut [Converted<'_>], roots: &[String], folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut taken: HashMap<String, String> = HashMap::new();
    let mut all = Vec::new();
    for one in converted {
        let source = one.loaded.unit.main().path.clone();
        let base = folder.join(relative_folder(&source, roots)).join(one.base());
        for output in one.outputs().to_vec() {
            let mut name = base.clone().into_os_string();
            name.push(output.extension);
            let name = PathBuf::from(name);
            if let Some(other) = taken.insert(name.to_string_lossy().to_lowercase(), source.clone()) {
                let message = format!("{} would be written twice: for {other} and for {source}", name.display());
                return Err(CliError::usage(message));
            }
            all.push(name.clone());
            one.names.push(name);
        }
    }
    Ok(all)
}

/// The folders between the argument that a file was found under and the file.
fn relative_folder(source: &str, roots: &[String]) -> PathBuf {
    let source = Path::new(source);
    let under = roots
        .iter()
        .map(|root| Path::new(root.strip_prefix("./").unwrap_or(root)))
        .filter(|root| root.is_dir() || *root == Path::new(""))
        .filter_map(|root| source.strip_prefix(root).ok().or_else(|| (root == Path::new(".")).then_some(source)))
        .min_by_key(|rest| rest.components().count());
    let folder = under.and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    // A path that leaves its root by `..` or is absolute must not leave the output directory.
    folder.components().filter(|part| matches!(part, std::path::Component::Normal(_))).collect()
}

fn write_all(converted: &[Converted<'_>]) -> Result<(), CliError> {
    for one in converted {
        for (output, name) in one.outputs().iter().zip(&one.names) {
            write(name, &output.text)?;
        }
    }
    Ok(())
}

fn write_one(path: &Path, converted: &[Converted<'_>]) -> Result<Vec<PathBuf>, CliError> {
    write(path, &joined(converted))?;
    Ok(vec![path.to_path_buf()])
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::usage(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}

/// All outputs in one text, separated as their format allows: YAML documents by `---`, TOML and Python by a comment with the
/// name that the file would have, queries by an empty line and, where the language has comments, the name.
fn joined(converted: &[Converted<'_>]) -> String {
    let outputs: Vec<(String, &backend::Output)> = converted
        .iter()
        .flat_map(|one| one.outputs().iter().map(|output| (format!("{}{}", one.base(), output.extension), output)))
        .collect();
    let several = outputs.len() > 1;
    let mut out = String::new();
    for (index, (name, output)) in outputs.iter().enumerate() {
        let name = name.replace(['\r', '\n'], " ");
        let gap = if index > 0 { "\n" } else { "" };
        match output.extension {
            _ if !several => {}
            ".yml" | ".yaml" if index > 0 => out.push_str("---\n"),
            ".toml" | ".py" => out.push_str(&[gap, "# --- ", &name, "\n"].concat()),
            ".eql" | ".esql" => out.push_str(&[gap, "// ", &name, "\n"].concat()),
            ".kql" | ".lucene" if index > 0 => out.push('\n'),
            _ => {}
        }
        out.push_str(&output.text);
        if !output.text.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// One entry per rule, and one per file that holds none because it cannot be read.
fn report(inputs: &Inputs, converted: &[Converted<'_>], args: &Args, written: bool) -> ConvertReport {
    let mut by_file: HashMap<&str, Vec<ConvertedRule>> = HashMap::new();
    for one in converted {
        let path = one.loaded.unit.main().path.as_str();
        by_file.entry(path).or_default().push(entry(one, args, written));
    }
    let mut rules = Vec::new();
    let mut seen = HashSet::new();
    for loaded in &inputs.files {
        let path = loaded.unit.main().path.as_str();
        if !seen.insert(path) {
            continue;
        }
        match by_file.remove(path) {
            Some(entries) => rules.extend(entries),
            None if is_unreadable(loaded) => rules.push(ConvertedRule::failed(path, dialect(loaded.format), None)),
            None => {}
        }
    }
    ConvertReport::new(args.to.info().map_or("", |info| info.name), rules)
}

fn entry(one: &Converted<'_>, args: &Args, written: bool) -> ConvertedRule {
    let path = &one.loaded.unit.main().path;
    let Ok(conversion) = &one.outcome else {
        return ConvertedRule::failed(path, Some(one.item.rule.dialect), one.id());
    };
    let names = match &args.output {
        Some(file) if one.names.is_empty() && written && !conversion.outputs.is_empty() => vec![file.clone()],
        _ => one.names.clone(),
    };
    let names = names.iter().map(|name| name.to_string_lossy().replace('\\', "/")).collect();
    ConvertedRule::of(&one.loaded.unit, &one.item.rule, conversion, names)
}

/// Whether a file without rules was meant to hold one: something in it could not be read.
pub(super) fn is_unreadable(loaded: &Loaded) -> bool {
    loaded.items.is_empty() && loaded.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
}

/// The dialect of a file's format.
pub(super) fn dialect(format: Format) -> Option<Dialect> {
    match format {
        Format::Sigma => Some(Dialect::Sigma),
        Format::Elastic => Some(Dialect::Elastic),
        Format::Panther => Some(Dialect::Panther),
        Format::Tests | Format::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{relative_folder, safe};
    use std::path::PathBuf;

    #[test]
    fn names_hold_no_separators() {
        assert_eq!(safe("Okta/../x:y"), "Okta_.._x_y");
        assert_eq!(safe(".."), "_");
    }

    #[test]
    fn sub_directories_are_kept_below_the_argument() {
        let roots = ["src".to_owned()];
        assert_eq!(relative_folder("src/cli/a.yml", &roots), PathBuf::from("cli"));
        assert_eq!(relative_folder("other/a.yml", &roots), PathBuf::new());
        assert_eq!(relative_folder("src/../../a.yml", &roots), PathBuf::new());
    }
}
