//! What kind of file this is, by its extension and top-level keys.

use super::Format;
use crate::source::SourceFile;
use crate::syntax::Document;

/// The format of a TOML file.
pub(super) fn toml(documents: &[Document]) -> Format {
    let has = |key: &str| documents.iter().any(|document| document.root.get(key).is_some());
    if has("rule") || has("hunt") { Format::Elastic } else { Format::Other }
}

/// The format of a YAML file. Panther's files name their type; Sigma's have one of its sections.
pub(super) fn yaml(documents: &[Document]) -> Format {
    let any = |key: &str| documents.iter().any(|document| document.root.get(key).is_some());
    if any("AnalysisType") || (any("RuleID") && any("LogTypes")) || (any("PolicyID") && any("ResourceTypes")) {
        Format::Panther
    } else if any("regression_tests_info") {
        Format::Tests
    } else if any("detection") || any("correlation") || any("filter") || any("logsource") || any("action") {
        Format::Sigma
    } else if documents.iter().all(|document| document.root.get("tests").is_some_and(|tests| tests.as_seq().is_some()))
        && !documents.is_empty()
    {
        Format::Tests
    } else {
        Format::Other
    }
}

/// What a file that could not be read at all was meant to be: its text says so.
pub(super) fn by_text(file: &SourceFile, is_toml: bool) -> Format {
    let line_starts = |key: &str| file.text.lines().any(|line| line.starts_with(key));
    if is_toml {
        if line_starts("[rule") || line_starts("[metadata") { Format::Elastic } else { Format::Other }
    } else if line_starts("AnalysisType") {
        Format::Panther
    } else if line_starts("detection") || line_starts("logsource") {
        Format::Sigma
    } else {
        Format::Other
    }
}

/// Whether the file is named as tests beside a rule.
pub(super) fn is_tests_name(file: &SourceFile) -> bool {
    [".tests.yaml", ".tests.yml"].iter().any(|ending| file.path.ends_with(ending))
}
