//! What `--pipeline` names: files, directories of them, and names that people know from sigma-cli.

use super::CliError;
use super::output::Terminal;
use crate::backend::{Conversion, Status, Target};
use crate::catalog::pipelines::{KnownPipeline, PIPELINES};
use crate::fidelity::code::PIPELINE_FAILURE;
use crate::fidelity::{Effect, Loss};
use crate::frontend::{Loaded, Pipeline, Pipelines, Processed, load_pipeline};
use crate::ir::{Dialect, Rule};
use crate::report::{Finding, Findings, plural};
use crate::source::{Diagnostic, Disk, SourceFile, Unit, discover, read};
use std::path::Path;

/// The pipelines as one; none when none is read from a file.
///
/// # Errors
/// A name that is none, a file that cannot be read or used, or a pipeline that is not for the target.
pub(super) fn load(names: &[String], target: Target, terminal: &Terminal) -> Result<Option<Pipelines>, CliError> {
    let mut pipelines = Vec::new();
    let target = target.info().map_or("", |info| info.name);
    for name in names {
        match KnownPipeline::find(name) {
            Some(known) => recognise(known, target, terminal)?,
            None => pipelines.extend(files(name, target, terminal)?),
        }
    }
    Ok((!pipelines.is_empty()).then(|| Pipelines::new(pipelines)))
}

/// Says what stands for a name.
fn recognise(known: &KnownPipeline, target: &str, terminal: &Terminal) -> Result<(), CliError> {
    if known.missing {
        let message = format!(
            "pipeline `{}`: {}, and detc has no map for that; give a pipeline file instead",
            known.name, known.what
        );
        return Err(CliError::usage(message));
    }
    if !known.targets.is_empty() && !known.targets.contains(&target) {
        return Err(not_allowed(known.name, target, known.targets));
    }
    let unmapped = known.unmapped();
    let rest = if unmapped.is_empty() {
        String::new()
    } else {
        format!("; there is no map yet for {}, and rules for them are refused", unmapped.join(", "))
    };
    terminal.tell(&format!("note: pipeline `{}`: {}; detc's own maps do it{rest}\n", known.name, known.what));
    Ok(())
}

fn not_allowed(name: &str, target: &str, allowed: &[&str]) -> CliError {
    CliError::usage(format!("pipeline `{name}` is not for `{target}`; it is for {}", allowed.join(", ")))
}

fn files(name: &str, target: &str, terminal: &Terminal) -> Result<Vec<Pipeline>, CliError> {
    let path = Path::new(name);
    if !path.exists() {
        let names: Vec<&str> = PIPELINES.iter().filter(|known| !known.missing).map(|known| known.name).collect();
        let message = format!("pipeline `{name}`: no such file, and no known name; the names are {}", names.join(", "));
        return Err(CliError::usage(message));
    }
    let found = discover(&[name.to_owned()], &["yml", "yaml"]);
    if found.files.is_empty() {
        return Err(CliError::usage(format!("pipeline `{name}`: no .yml file in it")));
    }
    found.files.iter().map(|path| file(path, target, terminal)).collect()
}

fn file(path: &Path, target: &str, terminal: &Terminal) -> Result<Pipeline, CliError> {
    let file = read(path).map_err(|error| CliError::usage(format!("pipeline {}: {error}", path.display())))?;
    let (pipeline, diagnostics) = load_pipeline(&file, &Disk);
    tell(&file, &diagnostics, terminal);
    let Some(pipeline) = pipeline else {
        return Err(CliError::usage(format!("the pipeline {} cannot be used", path.display())));
    };
    let allowed: Vec<&str> = pipeline.allowed_backends.iter().map(|name| name.value.as_str()).collect();
    if !allowed.is_empty() && !allowed.contains(&target) {
        return Err(not_allowed(&path.display().to_string(), target, &allowed));
    }
    Ok(pipeline)
}

fn tell(file: &SourceFile, diagnostics: &[Diagnostic], terminal: &Terminal) {
    let unit = Unit::new(file.clone());
    let findings = diagnostics.iter().map(|diagnostic| Finding { unit: &unit, diagnostic }).collect();
    terminal.tell_findings(&Findings { files: 1, rules: 0, findings });
}

/// Says how many rules are none of Sigma's.
pub(super) fn tell_untouched(files: &[Loaded], terminal: &Terminal) {
    let rules = files.iter().flat_map(|loaded| &loaded.items);
    let untouched = rules.filter(|item| item.rule.is_rule() && item.rule.dialect != Dialect::Sigma).count();
    if untouched > 0 {
        let rules = plural(untouched, "rule");
        terminal
            .tell(&format!("note: pipelines change Sigma rules only; {rules} of other formats converted as written\n"));
    }
}

/// Changes the query as the pipelines want it. When that fails, the rule is refused.
pub(super) fn postprocess(processed: &Processed, rule: &Rule, outcome: &mut Conversion) {
    for output in &mut outcome.outputs {
        match processed.postprocess(output.text.trim_end_matches('\n')) {
            Ok(text) => output.text = text + "\n",
            Err(error) => {
                let message = format!("the postprocessing of the pipeline cannot be applied: {error}");
                outcome.losses = vec![Loss::new(&PIPELINE_FAILURE, Effect::Unknown, message, Some(rule.origin))];
                outcome.status = Status::Refused;
                outcome.outputs.clear();
                return;
            }
        }
    }
}

/// One text of all queries, as the pipelines' finalizers make it.
///
/// # Errors
/// A template that cannot be rendered.
pub(super) fn finalize<'c>(
    pipelines: &Pipelines,
    outcomes: impl Iterator<Item = (&'c Conversion, Option<&'c Processed>)>,
) -> Result<String, CliError> {
    let mut queries = Vec::new();
    let mut last = None;
    for (outcome, processed) in outcomes {
        queries.extend(outcome.outputs.iter().map(|output| output.text.trim_end_matches('\n').to_owned()));
        last = processed.or(last);
    }
    let text = pipelines
        .finalize(queries, last)
        .map_err(|error| CliError::usage(format!("the finalizers of the pipeline cannot be applied: {error}")))?;
    Ok(if text.ends_with('\n') { text } else { text + "\n" })
}
