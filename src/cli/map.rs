//! `detc map`

use super::output::Terminal;
use super::{CliError, Exit, input};
use crate::catalog::ingest::{self, Pair, RowReport};
use crate::catalog::maps::{FieldMap, MapRow, Mapping};
use crate::report::plural;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// A field, in the vendor's, Panther's or Sigma's name, or in Elastic's
    #[arg(required = true)]
    field: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check maps against pairs of raw and indexed events
    Check(PairsArgs),
    /// Draft a map from pairs of raw and indexed events
    New(PairsArgs),
}

#[derive(Debug, clap::Args)]
struct PairsArgs {
    /// JSON lines or arrays of `{"raw": .., "indexed": .., "dataset": .., "package_version": ..}`: a file, directory or glob
    #[arg(long, value_name = "FILE", required = true)]
    pairs: Vec<String>,
    /// The dataset of the map (`okta.system`); without it the one that each pair names, or its file
    #[arg(long)]
    dataset: Option<String>,
}

pub(super) fn run(args: Args, terminal: &Terminal) -> Result<Exit, CliError> {
    match (args.command, args.field) {
        (Some(Command::Check(args)), _) => check(&args, terminal),
        (Some(Command::New(args)), _) => draft(&args, terminal),
        (None, Some(field)) => show(&field, terminal),
        (None, None) => Err(CliError::usage("name a field, `check --pairs FILE` or `new --pairs FILE`")),
    }
}

fn show(field: &str, terminal: &Terminal) -> Result<Exit, CliError> {
    let mut out = String::new();
    for map in FieldMap::all() {
        let base = map.extends.as_deref().and_then(FieldMap::of_name);
        let worlds = format!("{} (Panther {}; Elastic package {})", map.name(), list(&map.panther), map.package);
        for direction in [Direction::ToElastic, Direction::ToRaw] {
            let said = |map: &FieldMap| describe(&direction.mapping(map, field));
            // What a map takes over from another one is told there.
            if let Some(text) = said(map).filter(|text| base.and_then(said).as_ref() != Some(text)) {
                let _ = writeln!(out, "{worlds}\n  {}: {field} -> {text}", direction.name());
            }
        }
    }
    for map in FieldMap::log_types() {
        for (direction, name) in [(Direction::ToElastic, "raw to Panther"), (Direction::ToRaw, "Panther to raw")] {
            if let Some(text) = describe(&direction.mapping(map, field)) {
                let _ = writeln!(out, "{} (Panther {})\n  {name}: {field} -> {text}", map.name(), map.dataset);
            }
        }
    }
    if out.is_empty() {
        terminal.complain(&format!("no map knows the field `{field}`"));
        return Ok(Exit::Findings);
    }
    terminal.print(&out)?;
    Ok(Exit::Clean)
}

#[derive(Clone, Copy)]
enum Direction {
    ToElastic,
    ToRaw,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::ToElastic => "raw to Elastic",
            Self::ToRaw => "Elastic to raw",
        }
    }

    fn mapping<'a>(self, map: &'a FieldMap, field: &str) -> Mapping<'a> {
        match self {
            Self::ToElastic => map.to_elastic(field),
            Self::ToRaw => map.to_raw(field),
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

fn describe(mapping: &Mapping<'_>) -> Option<String> {
    let evidence = |row: &MapRow| {
        let others: Vec<&str> = row.copies.iter().chain(&row.also).map(String::as_str).collect();
        let also = if others.is_empty() { String::new() } else { format!("also in {}; ", others.join(", ")) };
        format!("{also}evidence: {}", format!("{:?}", row.evidence).to_lowercase())
    };
    Some(match mapping {
        Mapping::Unmapped => return None,
        // A row for every other field says nothing of this one.
        Mapping::Exact { row, .. } | Mapping::Value { row, .. } if row.raw == "*" => return None,
        Mapping::Exact { field, row } => format!("{field}, same values ({})", evidence(row)),
        Mapping::Value { field, row, .. } => {
            let name = row.transform.as_deref().unwrap_or("type");
            format!("{field}, values changed by `{name}` ({})", evidence(row))
        }
        Mapping::Ambiguous { fields, .. } => format!("no single field: {}", fields.join(", ")),
        Mapping::Dropped { row } => format!("dropped by the ingest ({})", evidence(row)),
        Mapping::Enriched => "made by the ingest from other knowledge".to_owned(),
        Mapping::Constant { values } => format!("always `{}`", values.join("` or `")),
    })
}

/// The pairs of all files, each with its dataset: the one that is asked for, else what the pair says, else the file's name.
fn read_pairs(args: &PairsArgs) -> Result<Vec<(String, Pair)>, CliError> {
    let mut found = Vec::new();
    for path in input::find(&args.pairs, &["json", "jsonl", "ndjson"])? {
        let pairs = ingest::read_pairs(&input::read_named(&path)?)
            .map_err(|error| CliError::usage(format!("{}: {error}", path.display())))?;
        for pair in pairs {
            let said = pair.dataset.as_ref();
            match (&args.dataset, said) {
                (Some(wanted), Some(said)) if wanted != said => {}
                (Some(wanted), _) => found.push((wanted.clone(), pair)),
                (None, Some(said)) => found.push((said.clone(), pair)),
                (None, None) => found.push((dataset_of(&pair.indexed, &path), pair)),
            }
        }
    }
    if found.is_empty() {
        return Err(CliError::usage(format!("no pair in {}", args.pairs.join(", "))));
    }
    Ok(found)
}

/// The dataset that a document names, else its file's name.
fn dataset_of(indexed: &Value, path: &Path) -> String {
    let named = ["/data_stream/dataset", "/event/dataset"].iter().find_map(|at| indexed.pointer(at)?.as_str());
    named.map_or_else(|| path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), str::to_owned)
}

fn draft(args: &PairsArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let pairs = read_pairs(args)?;
    let Some(dataset) = pairs.first().map(|(dataset, _)| dataset.clone()) else { return Ok(Exit::Findings) };
    if let Some((other, _)) = pairs.iter().find(|(other, _)| *other != dataset) {
        let message =
            format!("the pairs are of several datasets (`{dataset}`, `{other}`): choose one with `--dataset`");
        return Err(CliError::usage(message));
    }
    let pairs: Vec<Pair> = pairs.into_iter().map(|(_, pair)| pair).collect();
    terminal.print(&ingest::draft(&dataset, &pairs))?;
    Ok(Exit::Clean)
}

fn check(args: &PairsArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let pairs = read_pairs(args)?;
    let mut out = String::new();
    let (mut maps, mut differences) = (0, 0);
    for map in FieldMap::all() {
        let is_of_map =
            |(dataset, pair): &&(String, Pair)| *dataset == map.dataset && ingest::is_of(map, &pair.indexed);
        let of_map: Vec<Pair> = pairs.iter().filter(is_of_map).map(|(_, pair)| pair.clone()).collect();
        if of_map.is_empty() {
            continue;
        }
        maps += 1;
        let rows = ingest::check_with(map, &of_map);
        let confirmed = rows.iter().filter(|row| row.confirmed > 0).count();
        let (rows_told, pairs_told) = (plural(rows.len(), "row"), plural(of_map.len(), "pair"));
        let _ = writeln!(out, "{}: {confirmed} of {rows_told} confirmed by {pairs_told}", map.name());
        // What a row says to be uncertain is told, and no finding.
        differences += rows.iter().filter(|row| tell(&mut out, row) > 0 && !row.row.ambiguous).count();
    }
    terminal.print(&out)?;
    if maps == 0 {
        let datasets: std::collections::BTreeSet<&str> = pairs.iter().map(|(dataset, _)| dataset.as_str()).collect();
        let datasets: Vec<&str> = datasets.into_iter().collect();
        return Err(CliError::usage(format!("no map for {}", datasets.join(", "))));
    }
    Ok(if differences > 0 { Exit::Findings } else { Exit::Clean })
}

fn tell(out: &mut String, report: &RowReport<'_>) -> usize {
    let show = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    for difference in &report.differences {
        let _ = writeln!(
            out,
            "  pair {}: {} -> {}: expected {}, found {}{}",
            difference.pair + 1,
            report.row.raw,
            difference.field,
            show(&difference.expected),
            show(&difference.found),
            if report.row.ambiguous { " (the row says that it is uncertain)" } else { "" }
        );
    }
    report.differences.len()
}
