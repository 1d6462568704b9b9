//! `detc map`

use super::output::Terminal;
use super::{CliError, Exit, input};
use crate::catalog::ingest::{self, Pair, RowReport};
use crate::catalog::maps::{FieldMap, MapRow, Mapping};
use std::fmt::Write;
use std::path::PathBuf;

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
    /// Check a map against pairs of raw and indexed events
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// JSON lines or an array of `{"raw": .., "indexed": .., "package_version": ..}`
    #[arg(long, value_name = "FILE")]
    pairs: PathBuf,
    /// The dataset of the map (`okta.system`); all maps without it
    #[arg(long)]
    dataset: Option<String>,
}

pub(super) fn run(args: Args, terminal: &Terminal) -> Result<Exit, CliError> {
    match (args.command, args.field) {
        (Some(Command::Check(check)), _) => run_check(&check, terminal),
        (None, Some(field)) => show(&field, terminal),
        (None, None) => Err(CliError::usage("name a field, or `check --pairs FILE`")),
    }
}

fn show(field: &str, terminal: &Terminal) -> Result<Exit, CliError> {
    let mut out = String::new();
    for map in FieldMap::all() {
        let base = map.extends.as_deref().and_then(|name| FieldMap::all().iter().find(|map| map.name() == name));
        let worlds = format!("{} (Panther {}; Elastic package {})", map.name(), list(&map.panther), map.package);
        for direction in [Direction::ToElastic, Direction::ToRaw] {
            let said = |map: &FieldMap| describe(&direction.mapping(map, field));
            // What a map takes over from another one is told there.
            if let Some(text) = said(map).filter(|text| base.and_then(said).as_ref() != Some(text)) {
                let _ = writeln!(out, "{worlds}\n  {}: {field} -> {text}", direction.name());
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

fn run_check(args: &CheckArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let pairs = read_pairs(&input::read_named(&args.pairs)?)
        .map_err(|error| CliError::usage(format!("{}: {error}", args.pairs.display())))?;
    let maps: Vec<&FieldMap> = match &args.dataset {
        Some(dataset) => {
            vec![FieldMap::for_dataset(dataset).ok_or_else(|| CliError::usage(format!("no map for `{dataset}`")))?]
        }
        None => FieldMap::all().iter().collect(),
    };
    let mut out = String::new();
    let mut differences = 0;
    for map in maps {
        let pairs: Vec<Pair> = pairs
            .iter()
            .filter(|(dataset, _)| dataset.as_ref().is_none_or(|dataset| *dataset == map.dataset))
            .map(|(_, pair)| pair.clone())
            .collect();
        let rows = ingest::check_with(map, &pairs);
        let confirmed = rows.iter().filter(|row| row.confirmed > 0).count();
        let _ = writeln!(out, "{}: {confirmed} of {} rows confirmed by {} pairs", map.dataset, rows.len(), pairs.len());
        differences += rows.iter().map(|row| tell(&mut out, row)).sum::<usize>();
    }
    terminal.print(&out)?;
    Ok(if differences > 0 { Exit::Findings } else { Exit::Clean })
}

fn tell(out: &mut String, report: &RowReport<'_>) -> usize {
    let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    for difference in &report.differences {
        let _ = writeln!(
            out,
            "  pair {}: {} -> {}: expected {}, found {}",
            difference.pair + 1,
            report.row.raw,
            difference.field,
            show(&difference.expected),
            show(&difference.found)
        );
    }
    report.differences.len()
}

/// An array of pairs, or a pair per line. A pair that names its `dataset` counts for that dataset's map only.
fn read_pairs(text: &str) -> Result<Vec<(Option<String>, Pair)>, String> {
    let values: Vec<serde_json::Value> = if let Ok(serde_json::Value::Array(items)) = serde_json::from_str(text) {
        items
    } else {
        let stream = serde_json::Deserializer::from_str(text).into_iter();
        stream.collect::<Result<_, _>>().map_err(|error| error.to_string())?
    };
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| pair(&value).ok_or(index))
        .collect::<Result<_, _>>()
        .map_err(|index| format!("pair {} has no `raw` and `indexed`", index + 1))
}

fn pair(value: &serde_json::Value) -> Option<(Option<String>, Pair)> {
    let text = |key: &str| value.get(key).and_then(|text| text.as_str()).map(str::to_owned);
    let pair = Pair {
        package_version: text("package_version"),
        raw: value.get("raw")?.clone(),
        indexed: value.get("indexed")?.clone(),
    };
    Some((text("dataset"), pair))
}
