//! `detc convert`

use super::input::{self, Inputs};
use super::installed::Installed;
use super::output::{Format as FindingFormat, Terminal};
use super::{CliError, Exit};
use super::{names, pipelines};
use crate::backend::{self, Conversion, Options, QueryLanguage, Status, Target};
use crate::catalog::attack::AttackVersion;
use crate::fidelity::code::PIPELINE_OUTPUT;
use crate::fidelity::{CODES, Effect, Loss, MaxLoss};
use crate::frontend::{self, Format, Item, Loaded, Pipelines, QueryOptions};
use crate::ir::{Dialect, Rule, RuleTest};
use crate::proof::{self, Proof};
use crate::report::convert::{ConvertReport, ConvertedRule, loss_findings};
use crate::report::{Finding, plural};
use crate::source::{Diagnostic, Level, Location, Unit};
use clap::ValueEnum;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, directories or globs; `-` is standard input
    #[arg(required = true)]
    paths: Vec<String>,
    /// Read bare queries in this language (eql, eql-endgame, kql, lucene, esql) instead of rules
    #[arg(long, value_name = "LANG", value_parser = query_language)]
    from: Option<frontend::Language>,
    /// The index patterns that the queries of `--from` run on: they decide the types of fields
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', requires = "from")]
    index: Vec<String>,
    /// What to write (`detc targets` lists them)
    #[arg(long, value_name = "TARGET", value_parser = target)]
    to: Target,
    /// A directory (one file per rule), or a file; standard output without it
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// Write the report as JSON; `-` is standard output, where the rules do not go there
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// What the losses are told as: for people on standard error; in other forms on standard output, where the rules do
    /// not go there
    #[arg(long, value_enum, default_value_t = FindingFormat::Human)]
    format: FindingFormat,
    /// Send Sigma rules through a processing pipeline: a YAML file in pySigma's format, a directory of them, or a name known
    /// from sigma-cli (`ecs_windows`, `sysmon`, ..), for which detc's own maps stand. Fields that a pipeline names are taken
    /// as the target's own; all others go through detc's maps
    #[arg(short, long, value_name = "FILE|DIR|NAME", conflicts_with = "from")]
    pipeline: Vec<String>,
    /// How much may be lost before a rule is refused
    #[arg(long, value_enum, value_name = "LIMIT", default_value_t = Limit::Widened)]
    max_loss: Limit,
    /// Let a loss through by its code or name; the only way past a dead rule
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = loss_code)]
    allow: Vec<String>,
    /// Look for an event that the source rule and the written text say different things about, beyond what the losses explain.
    /// Both are run on events made from the rules, and the report has a verdict for each: proved, tested, differs, not-run
    #[arg(long)]
    prove: bool,
    /// As `--prove`, and exit with 1 when a written rule has a lesser verdict: for CI
    #[arg(long, value_enum, value_name = "VERDICT")]
    require_proof: Option<Required>,
    /// The query language of an Elastic rule; without it the one that loses least
    #[arg(long, value_enum)]
    language: Option<Language>,
    #[command(flatten)]
    installed: Installed,
    /// Write ATT&CK tactics and techniques as this version has them (18.1, 19.1); without it those of a rule that stays in its
    /// format as they are, else as the target's published rules write them
    #[arg(long, value_name = "VERSION", value_parser = super::attack_version)]
    attack: Option<AttackVersion>,
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
    Esql,
    Kql,
    Lucene,
}

/// The least verdict that `--require-proof` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Required {
    Proved,
    Tested,
}

impl Required {
    fn is_met(self, proof: &Proof) -> bool {
        match self {
            Self::Proved => proof.verdict == proof::Verdict::Proved,
            Self::Tested => proof.verdict >= proof::Verdict::Tested,
        }
    }
}

fn target(name: &str) -> Result<Target, String> {
    let names: Vec<&str> = backend::TARGETS.iter().map(|target| target.name).collect();
    Target::from_name(name).ok_or_else(|| format!("the targets are {}", names.join(", ")))
}

/// A language of bare queries by its name.
pub(super) fn query_language(name: &str) -> Result<frontend::Language, String> {
    frontend::Language::parse(name).ok_or_else(|| "the languages are eql, eql-endgame, kql, lucene and esql".to_owned())
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
            losses: Vec::new(),
            language: self.language.map(|language| match language {
                Language::Eql => QueryLanguage::Eql,
                Language::Esql => QueryLanguage::Esql,
                Language::Kql => QueryLanguage::Kuery,
                Language::Lucene => QueryLanguage::Lucene,
            }),
            installed: self.installed.versions(),
            attack: self.attack,
        }
    }
}

/// A rule of the input with what became of it.
struct Converted<'a> {
    loaded: &'a Loaded,
    item: &'a Item,
    /// What its outputs are called before their extension.
    base: String,
    outcome: Conversion,
    proof: Option<Proof>,
    /// What went wrong besides the losses: a fault of the program, an output that another rule would write too.
    complaint: Option<Diagnostic>,
    /// The files of the outputs.
    names: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let stdout = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    let output = args.output.as_deref().filter(|path| *path != Path::new("-"));
    if stdout(&args.report) && output.is_none() {
        return Err(CliError::usage("the rules and the report cannot both go to standard output: give `-o`"));
    }
    let pipelines = pipelines::load(&args.pipeline, args.to, terminal)?;
    let inputs = load(args, pipelines.as_ref(), terminal)?;
    if pipelines.is_some() {
        pipelines::tell_untouched(&inputs.files, terminal);
    }
    let prove = args.prove || args.require_proof.is_some();
    let mut converted = convert_all(&inputs, args.to, &args.options(), prove);
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
    if converted.is_empty() && !inputs.files.iter().any(is_unreadable) {
        return Err(CliError::usage(format!("no rule in {}", args.paths.join(", "))));
    }
    match (output, finalized) {
        (None, Some(text)) => terminal.print(&text)?,
        (None, None) => terminal.print(&joined(&converted))?,
        (Some(path), Some(text)) => write_finalized(path, &mut converted, &text)?,
        (Some(path), None) => write_outputs(path, &mut converted, &args.paths)?,
    }
    let report = report(&inputs, &converted, args.to);
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

fn write_finalized(path: &Path, converted: &mut [Converted<'_>], text: &str) -> Result<(), CliError> {
    if path.is_dir() || path.to_string_lossy().ends_with(['/', '\\']) {
        return Err(CliError::usage("the finalizers of the pipeline make one text of all queries: give `-o` a file"));
    }
    write(path, text)?;
    for one in converted.iter_mut().filter(|one| !one.outcome.outputs.is_empty()) {
        one.names = vec![path.to_path_buf()];
    }
    Ok(())
}

fn write_outputs(path: &Path, converted: &mut [Converted<'_>], roots: &[String]) -> Result<(), CliError> {
    if !is_directory(path, converted) {
        write(path, &joined(converted))?;
        for one in converted.iter_mut().filter(|one| !one.outcome.outputs.is_empty()) {
            one.names = vec![path.to_path_buf()];
        }
        return Ok(());
    }
    name_files(converted, roots, path);
    let written = || converted.iter().flat_map(|one| &one.names);
    for folder in written().filter_map(|name| name.parent()).collect::<BTreeSet<_>>() {
        make_folder(folder)?;
    }
    let failure = converted.par_iter().find_map_first(|one| {
        let mut outputs = one.outcome.outputs.iter().zip(&one.names);
        outputs.find_map(|(output, name)| std::fs::write(name, &output.text).err().map(|error| failed(name, &error)))
    });
    failure.map_or(Ok(()), Err)
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

fn convert_all<'a>(inputs: &'a Inputs, target: Target, options: &Options, prove: bool) -> Vec<Converted<'a>> {
    let all: Vec<&Rule> = inputs.files.iter().flat_map(|loaded| &loaded.items).map(|item| &item.rule).collect();
    let items: Vec<(&Loaded, &Item, String)> = inputs
        .files
        .iter()
        .flat_map(|loaded| {
            loaded.items.iter().zip(names::bases(loaded, target)).map(move |(item, base)| (loaded, item, base))
        })
        .filter(|(loaded, item, _)| item.rule.is_rule() || input::broken(loaded, item).is_some())
        .collect();
    items
        .into_par_iter()
        .map(|(loaded, item, base)| {
            let attempt = AssertUnwindSafe(|| {
                if input::broken(loaded, item).is_some() {
                    return (unread(), None);
                }
                let outcome = convert_one(loaded, item, target, options);
                let proof = prove.then(|| prove_one(item, &all, target, &outcome)).flatten();
                (outcome, proof)
            });
            let ((mut outcome, proof), complaint) = match catch_unwind(attempt) {
                Ok(outcome) => (outcome, None),
                Err(payload) => ((unread(), None), Some(input::fault(payload.as_ref()))),
            };
            backend::name_outputs(target, &base, &mut outcome.outputs);
            Converted { loaded, item, base, outcome, proof, complaint, names: Vec::new() }
        })
        .collect()
}

/// A rule with its tests and what the pipelines do with its query.
fn convert_one(loaded: &Loaded, item: &Item, target: Target, options: &Options) -> Conversion {
    let processed = item.processed.as_deref();
    let unwritten = processed.filter(|_| !target.writes_query()).map(|_| {
        let message = "the pipeline changes the text of queries, and this target writes whole rules";
        Loss::new(&PIPELINE_OUTPUT, Effect::Unknown, message, Some(item.rule.origin))
    });
    let options = Options { losses: unwritten.into_iter().collect(), ..options.clone() };
    let mut outcome = match super::test::carried(loaded, &item.rule) {
        tests if tests.is_empty() => backend::convert(&item.rule, target, &options),
        tests => backend::convert(&with_tests(&item.rule, tests), target, &options),
    };
    if let Some(processed) = processed.filter(|_| target.writes_query()) {
        pipelines::postprocess(processed, &item.rule, &mut outcome);
    }
    outcome
}

fn prove_one(item: &Item, all: &[&Rule], target: Target, outcome: &Conversion) -> Option<Proof> {
    let siblings = super::test::others(&item.rule, all);
    proof::prove_conversion(&item.rule, &siblings, target, outcome)
}

fn with_tests(rule: &Rule, tests: Vec<RuleTest>) -> Rule {
    let mut rule = rule.clone();
    rule.tests.extend(tests);
    rule
}

/// A rule with a syntax error: the error itself is told as a finding.
fn unread() -> Conversion {
    Conversion { status: Status::Failed, losses: Vec::new(), assumes: Vec::new(), choice: None, outputs: Vec::new() }
}

impl Converted<'_> {
    fn is_fault(&self) -> bool {
        self.complaint.as_ref().is_some_and(|complaint| complaint.lint == "internal-error")
    }
}

/// A path that is a directory, looks like one, or has to be one because there are several outputs of a kind without
/// a way to stand in one file.
fn is_directory(path: &Path, converted: &[Converted<'_>]) -> bool {
    let text = path.to_string_lossy();
    let outputs: usize = converted.iter().map(|one| one.outcome.outputs.len()).sum();
    let lines = path.extension().is_some_and(|extension| extension == "ndjson");
    path.is_dir()
        || text.ends_with(['/', '\\'])
        || path.extension().is_none()
        || (outputs > 1 && !path.is_file() && !lines)
}

/// Names every output under the directory. Rules of different files that would write the same file are not written.
fn name_files(converted: &mut [Converted<'_>], roots: &[String], folder: &Path) {
    let roots = names::directories(roots);
    for one in converted.iter_mut() {
        let base = folder.join(names::relative_folder(&one.loaded.unit.main().path, &roots)).join(&one.base);
        let name = |output: &backend::Output| {
            let mut name = base.clone().into_os_string();
            name.push(&output.suffix);
            name.push(output.extension);
            PathBuf::from(name)
        };
        one.names = one.outcome.outputs.iter().map(name).collect();
    }
    let names: Vec<Vec<PathBuf>> = converted.iter().map(|one| one.names.clone()).collect();
    let paths: Vec<String> = converted.iter().map(|one| one.loaded.unit.main().path.clone()).collect();
    for (index, found) in names::collisions(&names).into_iter().enumerate() {
        let Some((file, other)) = found else { continue };
        let one = &mut converted[index];
        let message = format!(
            "{} would be written for this rule and for the one in {}: neither is written",
            file.display(),
            paths[other]
        );
        let rule = &one.item.rule;
        let place = rule.meta.id.as_ref().map_or(rule.origin, |id| Location::main(id.span));
        one.complaint = Some(
            Diagnostic::new("output-collision", Level::Error, place, message)
                .help("convert them to different directories, or rename one of the files"),
        );
        one.outcome = unread();
        one.proof = None;
        one.names.clear();
    }
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    std::fs::write(path, text).map_err(|error| failed(path, &error))
}

fn make_folder(folder: &Path) -> Result<(), CliError> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> CliError {
    CliError::usage(format!("{}: {error}", path.display()))
}

/// All outputs in one text, separated as their format allows: YAML documents by `---`, TOML and Python by a comment with the
/// name that the file would have, queries by an empty line and, where the language has comments, the name.
fn joined(converted: &[Converted<'_>]) -> String {
    let name =
        |one: &Converted<'_>, output: &backend::Output| format!("{}{}{}", one.base, output.suffix, output.extension);
    let outputs: Vec<(String, &backend::Output)> = converted
        .iter()
        .flat_map(|one| one.outcome.outputs.iter().map(move |output| (name(one, output), output)))
        .collect();
    let several = outputs.len() > 1;
    let mut out = String::new();
    let mut lines = HashSet::new();
    for (index, (name, output)) in outputs.iter().enumerate() {
        let name = name.replace(['\r', '\n'], " ");
        let gap = if index > 0 { "\n" } else { "" };
        match output.extension {
            _ if !several => {}
            // An exception list of several rules stands there once.
            ".ndjson" => {
                let new = output.text.split_inclusive('\n').filter(|line| lines.insert(*line));
                out.extend(new);
                continue;
            }
            ".yml" | ".yaml" if index > 0 => out.push_str("---\n"),
            ".toml" | ".py" => out.push_str(&[gap, "# --- ", &name, "\n"].concat()),
            ".eql" | ".esql" => out.push_str(&[gap, "// ", &name, "\n"].concat()),
            ".kql" | ".lucene" if index > 0 => out.push('\n'),
            _ => {}
        }
        out.push_str(&output.text);
        if several && !output.text.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// One entry per rule, and one per file that holds none because it cannot be read.
fn report(inputs: &Inputs, converted: &[Converted<'_>], target: Target) -> ConvertReport {
    let entries: Vec<ConvertedRule> = converted.par_iter().map(entry).collect();
    let mut by_file: HashMap<&str, Vec<ConvertedRule>> = HashMap::new();
    for (one, entry) in converted.iter().zip(entries) {
        by_file.entry(one.loaded.unit.main().path.as_str()).or_default().push(entry);
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
    ConvertReport::new(target.info().map_or("", |info| info.name), rules)
}

fn entry(one: &Converted<'_>) -> ConvertedRule {
    let names = one.names.iter().map(|name| name.to_string_lossy().replace('\\', "/")).collect();
    let proof = one.proof.clone().map(Into::into);
    ConvertedRule::of(&one.loaded.unit, &one.item.rule, &one.outcome, proof, names)
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
