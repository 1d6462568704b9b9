//! SARIF 2.1.0 (OASIS standard), for code scanning. The subset that a linter needs, as own structs.

use super::{Finding, Findings, Range};
use crate::fidelity::CODES;
use crate::lint;
use crate::source::{Fix, Level, Location, Unit};
use serde::Serialize;
use std::fmt::Write;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A SARIF file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// Columns count characters, as in all of detc's output.
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportingDescriptor {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Message>,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: Level,
}

#[derive(Debug, Serialize)]
struct Message {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

impl Message {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), markdown: None }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: Level,
    message: Message,
    locations: Vec<SarifLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: u32,
    byte_length: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix {
    description: Message,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

impl Log {
    #[must_use]
    pub fn of(findings: &Findings<'_>) -> Self {
        let mut names: Vec<&str> = findings.findings.iter().map(|finding| finding.diagnostic.lint).collect();
        names.sort_unstable();
        names.dedup();
        let results = findings.findings.iter().map(|finding| result(finding, &names)).collect();
        let driver = Driver {
            name: env!("CARGO_PKG_NAME"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            rules: names.iter().map(|name| descriptor(name)).collect(),
        };
        Self {
            schema: SCHEMA,
            version: "2.1.0",
            runs: vec![Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results }],
        }
    }
}

/// What a finding's name means: a lint, or a loss of a conversion.
fn descriptor(name: &str) -> ReportingDescriptor {
    let (summary, page, level) = match (lint::find(name), CODES.iter().find(|code| code.name == name)) {
        (Some(meta), _) => (Some(meta.summary()), Some(meta.page_text()), meta.level()),
        (None, Some(code)) => (Some(code.summary()), Some(code.page_text()), Level::Warning),
        (None, None) => (None, None, Level::Warning),
    };
    ReportingDescriptor {
        id: name.to_owned(),
        short_description: summary.map(Message::text),
        help: page.map(|page| Message { text: page.clone(), markdown: Some(page) }),
        default_configuration: Configuration { level },
    }
}

fn result(finding: &Finding<'_>, names: &[&str]) -> SarifResult {
    let diagnostic = finding.diagnostic;
    let text = match &diagnostic.help {
        Some(help) => format!("{}. {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    SarifResult {
        rule_id: diagnostic.lint.to_owned(),
        rule_index: names.binary_search(&diagnostic.lint).unwrap_or_default(),
        level: diagnostic.level,
        message: Message::text(text),
        locations: vec![location(finding.unit, diagnostic.location, None)],
        related_locations: diagnostic
            .related
            .iter()
            .map(|label| location(finding.unit, label.location, Some(label.text.clone())))
            .collect(),
        fixes: diagnostic.fix.iter().map(|found| fix(finding.unit, found)).collect(),
    }
}

fn location(unit: &Unit, location: Location, message: Option<String>) -> SarifLocation {
    let file = unit.file(location.source);
    let region = (!file.text.is_empty()).then(|| region(unit, location));
    SarifLocation {
        physical_location: PhysicalLocation { artifact_location: artifact(&file.path), region },
        message: message.map(Message::text),
    }
}

fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri(path) }
}

/// A path as a URI reference (RFC 3986): bytes outside the path characters are percent-encoded, an absolute path gets the
/// `file` scheme, and a colon in the first part of a relative one is encoded so that it is no scheme.
fn uri(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                let _ = write!(out, "{byte:02X}");
            }
        }
    }
    out
}

fn region(unit: &Unit, location: Location) -> Region {
    let Range { start, end } = Range::of(unit, location);
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
        byte_offset: start.offset,
        byte_length: end.offset - start.offset,
    }
}

fn fix(unit: &Unit, fix: &Fix) -> SarifFix {
    let replacements = fix
        .edits
        .iter()
        .map(|edit| Replacement {
            deleted_region: region(unit, Location::main(edit.span)),
            inserted_content: Message::text(edit.replacement.clone()),
        })
        .collect();
    SarifFix {
        description: Message::text("Apply the suggested change"),
        artifact_changes: vec![ArtifactChange { artifact_location: artifact(&unit.main().path), replacements }],
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("rules/a b#ü.yml"), "rules/a%20b%23%C3%BC.yml");
        assert_eq!(uri("/tmp/x.toml"), "file:///tmp/x.toml");
        assert_eq!(uri("c:d"), "c%3Ad");
    }
}
