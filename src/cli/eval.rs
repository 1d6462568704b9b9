//! `detc eval`

use super::events::{self, Events};
use super::input::{self, Inputs};
use super::output::Terminal;
use super::query_language;
use super::{CliError, Exit};
use crate::backend::native;
use crate::eval::{self, EndOfStream, EventShape, NoteKind, Program};
use crate::frontend::{self, Language, QueryOptions};
use crate::ir::Rule;
use crate::report::alert::{Alert, AlertEvent};
use crate::source::{SourceFile, discover};
use serde_json::Value as Json;
use std::path::Path;

/// The extensions of event files under directories.
const EXTENSIONS: &[&str] = &["json", "jsonl", "ndjson", "gz", "zst"];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, native configurations (JSON), directories or globs
    #[arg(short, long = "rule", required_unless_present = "query", value_name = "RULE")]
    rules: Vec<String>,
    /// A bare query: `eql:any where ..`, `kql:..`; `eql:-` reads it from standard input
    #[arg(long, value_name = "LANG:TEXT", value_parser = query)]
    query: Vec<(Language, String)>,
    /// How Windows events are stored; found out by looking at each event if not given
    #[arg(long, value_parser = events::shape, value_name = "flat|event-log|winlogbeat")]
    event_shape: Option<EventShape>,
    /// Event files (JSON lines or arrays, gzip or zstd); `-` is standard input
    #[arg(required = true)]
    events: Vec<String>,
}

fn query(argument: &str) -> Result<(Language, String), String> {
    let (language, text) = argument.split_once(':').ok_or("a query is given as LANG:TEXT")?;
    Ok((query_language(language)?, text.to_owned()))
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let stdin = |path: &&String| *path == "-";
    let readers = args.rules.iter().filter(stdin).count().min(1)
        + args.query.iter().filter(|(_, text)| text == "-").count()
        + args.events.iter().filter(stdin).count().min(1);
    if readers > 1 {
        return Err(CliError::usage("rules, queries and events cannot share standard input"));
    }
    let (inputs, native) = load(args, terminal)?;
    let errors = inputs.errors();
    terminal.tell_findings(&errors);
    let items = inputs.files.iter().flat_map(|loaded| &loaded.items).map(|item| &item.rule);
    let items = items.filter(|rule| rule.is_rule());
    let rules: Vec<&Rule> = items.chain(&native.rules).collect();
    if rules.is_empty() {
        terminal.complain("no rule to run");
        return Ok(if inputs.panicked { Exit::Internal } else { Exit::Findings });
    }
    let (events, complete) = read(&args.events, terminal)?;
    let run = Program::compile_all(&rules).with_shape(args.event_shape).run(events, EndOfStream::Complete);
    let lines: Vec<String> = run.alerts.iter().map(|found| alert(rules[found.rule], found).line() + "\n").collect();
    terminal.print(&lines.concat())?;
    for note in &run.notes {
        let events = if note.events > 0 { format!(" ({} events)", note.events) } else { String::new() };
        terminal.tell(&format!("note: {}: {}{events}\n", rules[note.rule].meta.title, note.message));
    }
    let not_run = run.notes.iter().any(|note| note.kind == NoteKind::NotRun);
    Ok(match () {
        () if inputs.panicked => Exit::Internal,
        () if not_run || !complete || native.broken || !errors.findings.is_empty() => Exit::Findings,
        () => Exit::Clean,
    })
}

/// Rules of configurations in detc's own format.
#[derive(Default)]
struct Native {
    rules: Vec<Rule>,
    /// Whether one of them could not be read.
    broken: bool,
}

/// The rules and queries as files, and the configurations.
fn load(args: &Args, terminal: &Terminal) -> Result<(Inputs, Native), CliError> {
    let is_json = |path: &str| Path::new(path).extension().is_some_and(|found| found.eq_ignore_ascii_case("json"));
    let native = load_native(args.rules.iter().filter(|path| is_json(path) || Path::new(path).is_dir()), terminal)?;
    let paths: Vec<String> = args.rules.iter().filter(|path| !is_json(path)).cloned().collect();
    let mut inputs = if args.query.is_empty() && native.rules.is_empty() && !native.broken {
        input::load(&paths, terminal)?
    } else {
        input::load_any(&paths, terminal)?
    };
    frontend::apply_filters(&mut inputs.files);
    for (language, text) in &args.query {
        let file = if text == "-" { input::read_stdin()? } else { SourceFile::new("<query>", text.clone()) };
        let (mut loaded, panicked) = input::query(file, *language, &QueryOptions::default());
        loaded.items.iter_mut().for_each(|item| "query".clone_into(&mut item.rule.meta.title));
        inputs.files.push(loaded);
        inputs.panicked |= panicked;
    }
    Ok((inputs, native))
}

/// Reads configurations. Under directories other JSON (events) is passed over.
fn load_native<'a>(paths: impl Iterator<Item = &'a String>, terminal: &Terminal) -> Result<Native, CliError> {
    let mut native = Native::default();
    for argument in paths {
        for path in input::find(std::slice::from_ref(argument), &["json"])? {
            let text = input::read_named(&path)?;
            if Path::new(argument).is_dir() && !native::is_config(&text) {
                continue;
            }
            match native::parse(&text) {
                Ok(rules) => native.rules.extend(rules),
                Err(error) => {
                    terminal.complain(&format!("{}: not a native configuration: {error}", path.display()));
                    native.broken = true;
                }
            }
        }
    }
    Ok(native)
}

/// All events in the order of the arguments, and whether every one could be read.
pub(super) fn read(paths: &[String], terminal: &Terminal) -> Result<(Vec<(usize, Json)>, bool), CliError> {
    let (mut all, mut complete) = (Vec::new(), true);
    for argument in paths {
        for (name, found) in read_argument(argument)? {
            for error in &found.errors {
                terminal.complain(&format!("{name}: {error}"));
                complete = false;
            }
            all.extend(found.events);
        }
    }
    Ok((all, complete))
}

fn read_argument(argument: &str) -> Result<Vec<(String, Events)>, CliError> {
    let failed = |name: &str, error: String| CliError::usage(format!("{name}: {error}"));
    if argument == "-" {
        let found = events::from_stdin().map_err(|error| failed("standard input", error))?;
        return Ok(vec![("<stdin>".to_owned(), found)]);
    }
    let found = discover(&[argument.to_owned()], EXTENSIONS);
    if let Some(problem) = found.problems.first() {
        return Err(failed(&problem.path, problem.message.clone()));
    }
    found
        .files
        .iter()
        .map(|path| {
            let name = path.to_string_lossy().into_owned();
            let events = events::from_file(path).map_err(|error| failed(&name, error))?;
            Ok((name, events))
        })
        .collect()
}

/// What is printed of an alert.
pub(super) fn alert(rule: &Rule, found: &eval::Alert) -> Alert {
    Alert {
        rule_id: rule.meta.id.as_ref().map(|id| id.value.clone()),
        title: rule.meta.title.clone(),
        level: rule.meta.severity.map(|severity| severity.name().to_owned()),
        time: found.time.map(|time| time.to_string()),
        events: found
            .events
            .iter()
            .map(|record| AlertEvent { line: record.line as u64, event: record.event.clone() })
            .collect(),
        group: found.group.iter().cloned().collect(),
    }
}
