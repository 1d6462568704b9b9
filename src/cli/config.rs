//! `detc.toml`, and the field maps that it and `--map` name.

use super::output::Terminal;
use super::{CliError, input};
use crate::catalog::maps::{self, FieldMap};
use crate::lint::ConfigFile;
use crate::report::{Finding, Findings};
use crate::source::{Diagnostic, SourceFile, Unit, read};
use std::path::PathBuf;

/// `detc.toml` of this directory or the nearest one above it, with its path; none where there is none.
///
/// # Errors
/// A file that cannot be read or is no configuration.
pub(super) fn load() -> Result<Option<(PathBuf, ConfigFile)>, CliError> {
    let Ok(here) = std::env::current_dir() else { return Ok(None) };
    let Some(path) = here.ancestors().map(|folder| folder.join("detc.toml")).find(|path| path.is_file()) else {
        return Ok(None);
    };
    let parsed = ConfigFile::parse(&input::read_named(&path)?);
    let config = parsed.map_err(|error| CliError::usage(format!("{}: {error}", path.display())))?;
    Ok(Some((path, config)))
}

/// Adds the user's maps to the catalogue, those of the command line before those of the configuration.
///
/// # Errors
/// A path that does not exist, and a map that cannot be used; what is wrong with it was told.
pub(super) fn declare_maps(
    named: &[String],
    config: Option<&(PathBuf, ConfigFile)>,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let mut paths = named.to_vec();
    if let Some((config, file)) = config {
        let folder = config.parent().map(PathBuf::from).unwrap_or_default();
        paths.extend(file.maps.iter().map(|path| folder.join(path).to_string_lossy().into_owned()));
    }
    if paths.is_empty() {
        return Ok(());
    }
    let mut declared = Vec::new();
    for path in input::find(&paths, &["toml"])? {
        let file = read(&path).map_err(|error| CliError::usage(format!("{}: {error}", path.display())))?;
        match FieldMap::parse(&file.text) {
            Ok(map) => declared.push((file, map)),
            Err(wrong) => return Err(refused(file, &wrong, terminal)),
        }
    }
    let maps = declared.iter().map(|(_, map)| map.clone()).collect();
    maps::declare(maps).map_err(|error| CliError::usage(error.to_string()))?;
    for (file, map) in declared {
        if let Some(wrong) = map.wrong_base(&file.text) {
            return Err(refused(file, &[wrong], terminal));
        }
    }
    Ok(())
}

/// Tells what is wrong with a map.
fn refused(file: SourceFile, wrong: &[Diagnostic], terminal: &Terminal) -> CliError {
    let path = file.path.clone();
    let unit = Unit::new(file);
    let findings = wrong.iter().map(|diagnostic| Finding { unit: &unit, diagnostic }).collect();
    terminal.tell_findings(&Findings { files: 1, rules: 0, findings });
    CliError::usage(format!("the map {path} cannot be used"))
}
