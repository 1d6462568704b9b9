//! From a file to typed rules and the IR. Front-ends never know back-ends.
//!
//! A front-end is one folder with `pub(super) fn load(unit, documents, context) -> Loaded` and one row in [`load`].
//! Whatever it does not understand stays as an opaque part with its reason and span; it is never dropped.

use crate::ir::Rule;
use crate::source::{Companions, Diagnostic, Location, NoCompanions, SourceFile, Unit};
use crate::syntax::{Document, YamlVersion, parse_toml, parse_yaml};

/// What a front-end may use besides the file.
pub struct Context<'a> {
    /// The files next to the rule.
    pub companions: &'a dyn Companions,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { companions: &NoCompanions }
    }
}

/// A file that was read.
#[derive(Debug)]
pub struct Loaded {
    pub unit: Unit,
    pub format: Format,
    /// The syntax trees of the main file, in order.
    pub documents: Vec<Document>,
    pub items: Vec<Item>,
    /// What the front-end itself has to say: syntax errors, wrong types, unknown keys.
    pub diagnostics: Vec<Diagnostic>,
}

/// One rule of a file.
#[derive(Debug)]
pub struct Item {
    pub rule: Rule,
    /// The document of the file that it stands in.
    pub document: usize,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Sigma,
    Elastic,
    Panther,
    /// Tests beside a rule (`NAME.tests.yaml`) or SigmaHQ's `info.yml`.
    Tests,
    /// Something else that happens to be YAML or TOML.
    Other,
}

/// Reads a file. What is no rule of a known format is `Other`, with the problems of its syntax.
#[must_use]
pub fn load(file: SourceFile, _context: &Context<'_>) -> Loaded {
    let documents = if file.path.ends_with(".toml") {
        vec![parse_toml(&file.text)]
    } else {
        parse_yaml(&file.text, YamlVersion::V1_1)
    };
    let problems = documents.iter().flat_map(|document| document.problems.clone());
    let diagnostics = problems.map(|problem| {
        let location = Location::main(problem.span);
        problem.into_diagnostic(location)
    });
    Loaded { diagnostics: diagnostics.collect(), unit: Unit::new(file), format: Format::Other, documents, items: Vec::new() }
}
