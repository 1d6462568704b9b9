//! What kind of file this is, by its extension and top-level keys.

use super::Format;
use crate::source::SourceFile;
use crate::syntax::Document;
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// The format of a TOML file.
pub(super) fn toml(documents: &[Document]) -> Format {
    let has = |key: &str| documents.iter().any(|document| document.root.get(key).is_some());
    if has("rule") || has("hunt") || has("exceptions") { Format::Elastic } else { Format::Other }
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

/// Whether the file is read as TOML: its name says so, or, where the name says nothing (standard input), its tables.
pub(super) fn is_toml(file: &SourceFile) -> bool {
    let extension = std::path::Path::new(&file.path).extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("toml") => true,
        Some("yml" | "yaml") => false,
        _ => by_text(file, true) == Format::Elastic,
    }
}

/// What a file that could not be read at all was meant to be: its text says so.
pub(super) fn by_text(file: &SourceFile, is_toml: bool) -> Format {
    let text = file.text.trim_start_matches('\u{feff}');
    let line_starts = |keys: &[&str]| keys.iter().any(|key| starts_a_line(text, key));
    if is_toml {
        if line_starts(&["[rule", "[[rule", "[metadata", "[hunt", "[[exceptions"]) {
            Format::Elastic
        } else {
            Format::Other
        }
    } else if names_analysis_type(file) {
        Format::Panther
    } else if line_starts(&["detection:", "logsource:", "correlation:"]) {
        Format::Sigma
    } else {
        Format::Other
    }
}

/// Whether a line begins with the key that says what a file of Panther's is.
pub(super) fn names_analysis_type(file: &SourceFile) -> bool {
    // Asked of every file: the search is prepared once.
    static KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("AnalysisType:"));
    let text = file.text.trim_start_matches('\u{feff}').as_bytes();
    KEY.find_iter(text).any(|at| is_line_start(text, at))
}

fn starts_a_line(text: &str, key: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), key).any(|at| is_line_start(text.as_bytes(), at))
}

fn is_line_start(text: &[u8], at: usize) -> bool {
    at == 0 || text[at - 1] == b'\n'
}

/// Whether the file is named as tests beside a rule.
pub(super) fn is_tests_name(file: &SourceFile) -> bool {
    [".tests.yaml", ".tests.yml"].iter().any(|ending| file.path.ends_with(ending))
}
