//! From a file to typed rules and the IR. Front-ends never know back-ends.
//!
//! A front-end is one folder with `pub(super) fn load(unit, documents, context) -> Loaded` and one row in [`load`].
//! Whatever it does not understand stays as an opaque part with its reason and span; it is never dropped.

pub mod panther;

use crate::ir::Rule;
use crate::source::{Companions, Diagnostic, NoCompanions, Unit};
use crate::syntax::Document;

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
