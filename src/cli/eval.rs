//! `detc eval`

use super::events::{self, Events};
use super::input;
use super::output::Terminal;
use super::{CliError, Exit};
use crate::eval::{self, EndOfStream, NoteKind, Program};
use crate::ir::Rule;
use crate::report::alert::{Alert, AlertEvent};
use crate::source::discover;
use serde_json::Value as Json;

/// The extensions of event files under directories.
const EXTENSIONS: &[&str] = &["json", "jsonl", "ndjson", "gz", "zst"];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rule files, directories or globs
    #[arg(short, long = "rule", required = true, value_name = "RULE")]
    rules: Vec<String>,
    /// Event files (JSON lines or arrays, gzip or zstd); `-` is standard input
    #[arg(required = true)]
    events: Vec<String>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    if args.rules.iter().any(|path| path == "-") && args.events.iter().any(|path| path == "-") {
        return Err(CliError::usage("rules and events cannot both come from standard input"));
    }
    let inputs = input::load_filtered(&args.rules)?;
    let errors = inputs.errors();
    terminal.tell_findings(&errors);
    let rules: Vec<&Rule> = inputs
        .files
        .iter()
        .flat_map(|loaded| &loaded.items)
        .map(|item| &item.rule)
        .filter(|rule| rule.kind != "filter")
        .collect();
    if rules.is_empty() {
        terminal.complain("no rule to run");
        return Ok(if inputs.panicked { Exit::Internal } else { Exit::Findings });
    }
    let (events, complete) = read(&args.events, terminal)?;
    let run = Program::compile_all(&rules).run(events, EndOfStream::Complete);
    let lines: Vec<String> = run.alerts.iter().map(|found| alert(rules[found.rule], found).line() + "\n").collect();
    terminal.print(&lines.concat())?;
    for note in &run.notes {
        let events = if note.events > 0 { format!(" ({} events)", note.events) } else { String::new() };
        terminal.tell(&format!("note: {}: {}{events}\n", rules[note.rule].meta.title, note.message));
    }
    let not_run = run.notes.iter().any(|note| note.kind == NoteKind::NotRun);
    Ok(match () {
        () if inputs.panicked => Exit::Internal,
        () if not_run || !complete || !errors.findings.is_empty() => Exit::Findings,
        () => Exit::Clean,
    })
}

/// All events in the order of the arguments, and whether every one could be read.
fn read(paths: &[String], terminal: &Terminal) -> Result<(Vec<(usize, Json)>, bool), CliError> {
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

fn alert(rule: &Rule, found: &eval::Alert) -> Alert {
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
