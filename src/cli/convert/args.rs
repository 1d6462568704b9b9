//! The arguments of `detc convert`.

use super::super::installed::Installed;
use super::super::output::Format as FindingFormat;
use super::super::query_language;
use crate::backend::{self, Options, QueryLanguage, Target};
use crate::catalog::attack::AttackVersion;
use crate::fidelity::{CODES, MaxLoss};
use crate::frontend;
use crate::proof::{self, Proof};
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Rule files, directories or globs; `-` is standard input
    #[arg(required = true)]
    pub(super) paths: Vec<String>,
    /// Read bare queries in this language (eql, eql-endgame, kql, lucene, esql) instead of rules
    #[arg(long, value_name = "LANG", value_parser = query_language)]
    pub(super) from: Option<frontend::Language>,
    /// The index patterns that the queries of `--from` run on: they decide the types of fields
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', requires = "from")]
    pub(super) index: Vec<String>,
    /// What to write (`detc targets` lists them)
    #[arg(long, value_name = "TARGET", value_parser = target)]
    pub(super) to: Target,
    /// A directory (one file per rule), or a file; standard output without it
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(super) output: Option<PathBuf>,
    /// Write the report as JSON; `-` is standard output, where the rules do not go there
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// What the losses are told as: for people on standard error; in other forms on standard output, where the rules do
    /// not go there
    #[arg(long, value_enum, default_value_t = FindingFormat::Human)]
    pub(super) format: FindingFormat,
    /// Send Sigma rules through a processing pipeline: a YAML file in pySigma's format, a directory of them, or a name known
    /// from sigma-cli (`ecs_windows`, `sysmon`, ..), for which detc's own maps stand. Fields that a pipeline names are taken
    /// as the target's own; all others go through detc's maps
    #[arg(short, long, value_name = "FILE|DIR|NAME", conflicts_with = "from")]
    pub(super) pipeline: Vec<String>,
    /// How much may be lost before a rule is refused
    #[arg(long, value_enum, value_name = "LIMIT", default_value_t = Limit::Widened)]
    max_loss: Limit,
    /// Let a loss through by its code or name; the only way past a dead rule
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = loss_code)]
    allow: Vec<String>,
    /// Look for an event that the source rule and the written text say different things about, beyond what the losses explain.
    /// Both are run on events made from the rules, and the report has a verdict for each: proved, tested, differs, not-run
    #[arg(long)]
    pub(super) prove: bool,
    /// As `--prove`, and exit with 1 when a written rule has a lesser verdict: for CI
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(super) require_proof: Option<Required>,
    /// The query language of an Elastic rule; without it the one that loses least
    #[arg(long, value_enum)]
    language: Option<Language>,
    #[command(flatten)]
    installed: Installed,
    /// Write ATT&CK tactics and techniques as this version has them (18.1, 19.1); without it those of a rule that stays in its
    /// format as they are, else as the target's published rules write them
    #[arg(long, value_name = "VERSION", value_parser = super::super::attack_version)]
    attack: Option<AttackVersion>,
}

impl Args {
    pub(super) fn options(&self) -> Options {
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
pub(super) enum Required {
    Proved,
    Tested,
}

impl Required {
    pub(super) fn is_met(self, proof: &Proof) -> bool {
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

fn loss_code(name: &str) -> Result<String, String> {
    let known = CODES.iter().any(|code| code.name == name || code.id.eq_ignore_ascii_case(name));
    if known { Ok(name.to_owned()) } else { Err("no such loss code".to_owned()) }
}
