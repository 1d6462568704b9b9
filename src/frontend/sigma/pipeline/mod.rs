//! Processing pipelines in pySigma's YAML format: what is done to a rule between its text and its meaning.
//!
//! A pipeline is a list of steps. A step has a transformation and conditions on the rule, on each detection item, and on names of
//! fields. The format and what each step does are those of pySigma 2.0 (its documentation, "Processing Pipelines", and what it does);
//! where that loses a part of the rule's meaning, ours keeps it, which `docs/pipelines.md` lists.

mod attribute;
mod conditions;
mod fields;
mod files;
mod format;
mod items;
mod linking;
mod output;
mod params;
mod pattern;
mod placeholders;
mod python;
mod read;
mod run;
mod step;
mod strings;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod whole;

use crate::source::{Companions, Diagnostic, Level, SourceFile, Spanned};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use output::Processed;
pub(super) use run::{Target, run};

/// One pipeline file.
#[derive(Debug)]
pub struct Pipeline {
    /// The path, which decides between pipelines of the same priority.
    path: String,
    priority: i64,
    /// The targets that it is for; none are all.
    pub allowed_backends: Vec<Spanned<String>>,
    vars: Map<String, Json>,
    steps: Vec<step::Step>,
    post: Vec<output::Post>,
    finalizers: Vec<output::Finalizer>,
}

/// All pipelines of a conversion as one, in the order of their priorities.
#[derive(Debug)]
pub struct Pipelines {
    vars: Map<String, Json>,
    steps: Vec<step::Step>,
    post: Vec<Arc<output::Post>>,
    finalizers: Vec<output::Finalizer>,
}

impl Pipelines {
    /// Joins pipelines: the lowest priority first, then by path. Of variables with the same name the last one counts.
    pub fn new(mut pipelines: Vec<Pipeline>) -> Self {
        pipelines.sort_by(|a, b| (a.priority, &a.path).cmp(&(b.priority, &b.path)));
        let mut joined = Self { vars: Map::new(), steps: Vec::new(), post: Vec::new(), finalizers: Vec::new() };
        for pipeline in pipelines {
            joined.vars.extend(pipeline.vars);
            joined.steps.extend(pipeline.steps);
            joined.post.extend(pipeline.post.into_iter().map(Arc::new));
            joined.finalizers.extend(pipeline.finalizers);
        }
        joined
    }

    /// Whether the pipelines make one text of all queries.
    pub fn has_finalizers(&self) -> bool {
        !self.finalizers.is_empty()
    }

    /// The finished text of all queries, with the last of the rules that they were made from.
    ///
    /// # Errors
    /// A template that cannot be rendered.
    pub fn finalize(&self, queries: Vec<String>, last: Option<&Processed>) -> Result<String, String> {
        output::finalize(&self.finalizers, queries, last.map_or(&Json::Null, Processed::context))
    }
}

/// The ids of steps that were applied.
type Ids = std::collections::BTreeSet<Arc<str>>;

/// Ids by the name of a field.
type FieldIds = BTreeMap<String, Ids>;

/// Why a rule cannot go through a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) message: String,
    /// The part of the rule that it is about, if it is not about all of it.
    pub(super) at: Option<crate::source::Span>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None }
    }

    fn at(mut self, span: crate::source::Span) -> Self {
        self.at = self.at.or(Some(span));
        self
    }
}

/// Reads a pipeline. Files that it names lie beside it. Without a pipeline there is at least one error among the diagnostics.
pub fn load_pipeline(file: &SourceFile, files: &dyn Companions) -> (Option<Pipeline>, Vec<Diagnostic>) {
    let (pipeline, diagnostics) = read::read(file, files);
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error);
    (pipeline.filter(|_| !broken), diagnostics)
}
