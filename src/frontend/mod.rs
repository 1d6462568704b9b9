//! From a file to typed rules and the IR. Front-ends never know back-ends.
//!
//! A front-end is one folder with `pub(super) fn load(unit, documents, context) -> (items, diagnostics)` and one row in [`load`].
//! Whatever it does not understand stays as an opaque part with its reason and span; it is never dropped.

mod detect;
mod elastic;
mod filters;
mod panther;
mod queries;
mod query;
mod sigma;

pub use elastic::OPTIONAL_FIELDS;
pub use filters::apply_filters;
pub use queries::apply_queries;
pub use query::{Language, QueryOptions, load_query};
pub use sigma::{Pipeline, Pipelines, Processed, load_pipeline};

use crate::catalog::fields::Ages;
use crate::ir::{Dialect, ExprId, Rule};
use crate::source::{Companions, Diagnostic, Level, Location, NoCompanions, SourceFile, Unit};
use crate::syntax::{Document, Node, NodeKind, YamlVersion, parse_toml, parse_yaml};

/// What a front-end may use besides the file.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The files next to the rule.
    pub companions: &'a dyn Companions,
    /// What Sigma rules are sent through before they are lowered.
    pub pipelines: Option<&'a Pipelines>,
    /// Which of the field tables are behind what is installed.
    pub ages: &'a Ages,
    /// Only verdicts are asked for: what an alert hands out is not worked out from code.
    pub verdicts_only: bool,
}

impl<'a> Context<'a> {
    /// With the files next to the rule and nothing else.
    #[must_use]
    pub fn beside(companions: &'a dyn Companions) -> Self {
        Self { companions, pipelines: None, ages: Ages::newest(), verdicts_only: false }
    }
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self::beside(&NoCompanions)
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

impl Loaded {
    /// Whether a file without rules was meant to hold one: something in it could not be read.
    pub fn is_unreadable(&self) -> bool {
        self.items.is_empty() && self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// Drops the syntax trees, more than half of what a file takes in memory, where only [`apply_filters`] still looks at a file, and
    /// that does not need them: filters themselves and Elastic's rules say in theirs what goes with what.
    pub fn drop_trees(&mut self) {
        if self.format == Format::Elastic || self.items.iter().any(|item| item.rule.kind == "filter") {
            return;
        }
        for document in &mut self.documents {
            document.root = Node::new(NodeKind::Null, document.root.span);
        }
    }
}

/// One rule of a file.
#[derive(Debug)]
pub struct Item {
    pub rule: Rule,
    /// The document of the file that it stands in.
    pub document: usize,
    /// What the pipelines have still to do with the rule's query, if anything.
    pub processed: Option<Box<Processed>>,
    /// For a rule in code: where the code gives a verdict. Elsewhere it raises or gives back no bool, and the rule is silent.
    pub decided: Option<ExprId>,
}

impl Item {
    fn new(rule: Rule, document: usize) -> Self {
        Self { rule, document, processed: None, decided: None }
    }
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

impl Format {
    /// The dialect of its rules; `None` for a format without any.
    pub fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Sigma => Some(Dialect::Sigma),
            Self::Elastic => Some(Dialect::Elastic),
            Self::Panther => Some(Dialect::Panther),
            Self::Tests | Self::Other => None,
        }
    }
}

/// Reads a file: its format is found out, its syntax errors are reported, its rules are lowered as far as they are understood.
/// A file that is no rule ([`Format::Other`]) keeps its syntax errors too: only the caller knows whether it was asked for.
pub fn load(file: SourceFile, context: &Context<'_>) -> Loaded {
    let is_toml = detect::is_toml(&file);
    let documents = if is_toml {
        vec![parse_toml(&file.text)]
    } else {
        // Panther's tools read YAML 1.2 core scalars, Sigma's PyYAML's 1.1 (DESIGN section 3).
        let is_panther = detect::names_analysis_type(&file);
        parse_yaml(&file.text, if is_panther { YamlVersion::V1_2 } else { YamlVersion::V1_1 })
    };
    let found = if is_toml { detect::toml(&documents) } else { detect::yaml(&documents) };
    let format = match found {
        Format::Other if detect::is_tests_name(&file) => Format::Tests,
        Format::Other if documents.iter().any(|document| !document.problems.is_empty()) => {
            detect::by_text(&file, is_toml)
        }
        found => found,
    };
    let mut diagnostics = syntax_diagnostics(&documents);
    let mut unit = Unit::new(file);
    let (mut items, more) = match format {
        Format::Elastic => elastic::load(&mut unit, &documents, context),
        Format::Panther => panther::load(&mut unit, &documents, context),
        Format::Sigma => sigma::load(&mut unit, &documents, context),
        Format::Tests | Format::Other => (Vec::new(), Vec::new()),
    };
    diagnostics.extend(more);
    if context.pipelines.is_some() && format != Format::Sigma {
        let assumption = "processing pipelines change Sigma rules only, so this rule is converted as it stands";
        items.iter_mut().for_each(|item| item.rule.assumptions.push(assumption.to_owned()));
    }
    Loaded { unit, format, documents, items, diagnostics }
}

fn syntax_diagnostics(documents: &[Document]) -> Vec<Diagnostic> {
    documents
        .iter()
        .flat_map(|document| &document.problems)
        .map(|problem| problem.clone().into_diagnostic(Location::main(problem.span)))
        .collect()
}
