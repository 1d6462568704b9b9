//! Where the outputs go: one text, one file, or a file for each.

use super::super::CliError;
use super::each::{Converted, unread};
use super::names;
use crate::backend::{self, Output};
use crate::source::{Diagnostic, Level, Location};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// All outputs in one text.
pub(super) fn joined(converted: &[Converted<'_>]) -> String {
    let name = |one: &Converted<'_>, output: &Output| format!("{}{}{}", one.base, output.suffix, output.extension);
    let outputs: Vec<(String, &Output)> = converted
        .iter()
        .flat_map(|one| one.outcome.outputs.iter().map(move |output| (name(one, output), output)))
        .collect();
    backend::joined(&outputs)
}

pub(super) fn write_finalized(path: &Path, converted: &mut [Converted<'_>], text: &str) -> Result<(), CliError> {
    if path.is_dir() || path.to_string_lossy().ends_with(['/', '\\']) {
        return Err(CliError::usage("the finalizers of the pipeline make one text of all queries: give `-o` a file"));
    }
    write(path, text)?;
    for one in converted.iter_mut().filter(|one| !one.outcome.outputs.is_empty()) {
        one.names = vec![path.to_path_buf()];
    }
    Ok(())
}

pub(super) fn write_outputs(path: &Path, converted: &mut [Converted<'_>], roots: &[String]) -> Result<(), CliError> {
    if !is_directory(path, converted) {
        write(path, &joined(converted))?;
        for one in converted.iter_mut().filter(|one| !one.outcome.outputs.is_empty()) {
            one.names = vec![path.to_path_buf()];
        }
        return Ok(());
    }
    name_files(converted, roots, path);
    // Most outputs of a folder stand together.
    let mut folders: Vec<&Path> =
        converted.iter().flat_map(|one| &one.names).filter_map(|name| name.parent()).collect();
    folders.dedup_by_key(|folder| folder.as_os_str());
    let failure = folders.par_iter().find_map_first(|folder| make_folder(folder).err());
    failure.map_or(Ok(()), Err)?;
    let failure = converted.par_iter().find_map_first(|one| {
        let mut outputs = one.outcome.outputs.iter().zip(&one.names);
        outputs.find_map(|(output, name)| std::fs::write(name, &output.text).err().map(|error| failed(name, &error)))
    });
    failure.map_or(Ok(()), Err)
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
    converted.par_iter_mut().for_each(|one| {
        let base = folder.join(names::relative_folder(&one.loaded.unit.main().path, &roots)).join(&one.base);
        let name = |output: &Output| {
            let mut name = base.clone().into_os_string();
            name.push(&output.suffix);
            name.push(output.extension);
            PathBuf::from(name)
        };
        one.names = one.outcome.outputs.iter().map(name).collect();
    });
    let names: Vec<&[PathBuf]> = converted.iter().map(|one| one.names.as_slice()).collect();
    let told = |(index, found): (usize, Option<(PathBuf, usize)>)| {
        let (file, other) = found?;
        let other = &converted[other].loaded.unit.main().path;
        let file = file.display();
        Some((index, format!("{file} would be written for this rule and for the one in {other}: neither is written")))
    };
    let told: Vec<(usize, String)> = names::collisions(&names).into_iter().enumerate().filter_map(told).collect();
    for (index, message) in told {
        let one = &mut converted[index];
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

pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
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
