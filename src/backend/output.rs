//! The files of a converted rule: what they are called, and how several stand in one text.

use super::{Target, panther};
use std::collections::HashSet;

/// One file or text of a converted rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What stands between the rule's base name and the extension; empty for what stands for the rule itself.
    pub suffix: String,
    /// What follows the rule's base name: `.toml`, `.py`, `.yml`.
    pub extension: &'static str,
    pub text: String,
}

impl Output {
    /// The output that stands for the rule itself.
    pub fn new(extension: &'static str, text: String) -> Self {
        Self { suffix: String::new(), extension, text }
    }
}

/// The base name of a rule's outputs in this target, from the one that its source suggests: a Panther rule's module has to be
/// importable.
pub fn base_name(target: Target, suggested: &str) -> String {
    match target {
        Target::Panther | Target::PantherSimple | Target::PantherCorrelation => {
            suggested.replace(|c: char| !c.is_alphanumeric(), "_")
        }
        _ => suggested.to_owned(),
    }
}

/// Tells the outputs the base name under which they are written, where they name each other.
pub fn name_outputs(target: Target, base: &str, outputs: &mut [Output]) {
    if matches!(target, Target::Panther | Target::PantherCorrelation) {
        for output in outputs.iter_mut().filter(|output| output.extension == ".yml") {
            output.text = panther::set_module_name(&output.text, &format!("{base}{}", output.suffix));
        }
    }
}

/// Outputs, each with the name that its file would have, in one text. They are separated as their format allows: YAML documents by
/// `---`, TOML and Python by a comment with the name, queries by an empty line and, where the language has comments, the name.
pub fn joined(outputs: &[(String, &Output)]) -> String {
    let several = outputs.len() > 1;
    // With room for all: a text that grows is copied again and again.
    let length = outputs.iter().map(|(name, output)| name.len() + output.text.len() + "\n# --- \n".len());
    let mut out = String::with_capacity(length.sum());
    let mut lines = HashSet::new();
    for (index, (name, output)) in outputs.iter().enumerate() {
        let title = || name.replace(['\r', '\n'], " ");
        let gap = if index > 0 { "\n" } else { "" };
        match output.extension {
            _ if !several => {}
            // An exception list of several rules stands there once.
            ".ndjson" => {
                let new = output.text.split_inclusive('\n').filter(|line| lines.insert(*line));
                out.extend(new);
                continue;
            }
            ".yml" | ".yaml" if index > 0 => out.push_str("---\n"),
            ".toml" | ".py" => out.extend([gap, "# --- ", &title(), "\n"]),
            ".eql" | ".esql" => out.extend([gap, "// ", &title(), "\n"]),
            ".kql" | ".lucene" if index > 0 => out.push('\n'),
            _ => {}
        }
        out.push_str(&output.text);
        if several && !output.text.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}
