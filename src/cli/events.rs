//! Event files: JSON lines or arrays, plain or compressed.

use crate::eval::{EventError, EventShape, MAX_BYTES, decode, read_events};
use crate::source::read_bytes;
use serde_json::Value as Json;
use std::io::Read;
use std::path::Path;

/// The events of an input in their order, each with its line, and what could not be read in it.
pub(super) struct Events {
    pub(super) events: Vec<(usize, Json)>,
    pub(super) errors: Vec<EventError>,
}

/// Reads a file.
///
/// # Errors
/// When nothing of it can be read.
pub(super) fn from_file(path: &Path) -> Result<Events, String> {
    let bytes = read_bytes(path, MAX_BYTES).map_err(|error| error.to_string())?;
    parse(&path.to_string_lossy(), &bytes)
}

/// Reads standard input.
///
/// # Errors
/// When nothing of it can be read.
pub(super) fn from_stdin() -> Result<Events, String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    parse("<stdin>", &bytes)
}

fn parse(name: &str, bytes: &[u8]) -> Result<Events, String> {
    let text = decode(name, bytes).map_err(|error| error.to_string())?;
    let mut found = Events { events: Vec::new(), errors: Vec::new() };
    for event in read_events(&text) {
        match event {
            Ok(event) => found.events.push(event),
            Err(error) => found.errors.push(error),
        }
    }
    Ok(found)
}

/// The value of `--event-shape`.
///
/// # Errors
/// With the names that there are.
pub(super) fn shape(name: &str) -> Result<EventShape, String> {
    let found = EventShape::ALL.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape);
    found.ok_or_else(|| format!("it is one of {}", EventShape::ALL.map(|(name, _)| name).join(", ")))
}
