//! A pipeline file.

use super::Pipeline;
use super::output;
use super::params::{Params, json, unknown};
use super::step::{self, Source};
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::source::{Companions, Diagnostic, SourceFile, Span};
use crate::syntax::{Node, YamlVersion, parse_yaml};
use serde_json::{Map, Value as Json};

const KEYS: &[&str] =
    &["name", "priority", "allowed_backends", "vars", "transformations", "postprocessing", "finalizers"];

/// Reads the only document of the file.
pub(super) fn read(file: &SourceFile, files: &dyn Companions) -> (Option<Pipeline>, Vec<Diagnostic>) {
    let documents = parse_yaml(&file.text, YamlVersion::V1_1);
    let mut reader = Reader::new(&file.text);
    for document in &documents {
        for problem in &document.problems {
            reader.problem(problem.clone(), problem.span);
        }
    }
    if let Some(second) = documents.get(1) {
        reader.syntax(Span::new(second.span.start as usize, second.span.start as usize), "a pipeline is one document");
    }
    let root = documents.first().map(|document| &document.root);
    let pipeline = root.and_then(|root| pipeline(root, file, files, &mut reader));
    if root.is_none() {
        reader.syntax(Span::at(0), "the pipeline is empty");
    }
    (pipeline, reader.into_diagnostics())
}

fn pipeline(root: &Node, file: &SourceFile, files: &dyn Companions, reader: &mut Reader<'_>) -> Option<Pipeline> {
    let mut params = Params::of(root, "a pipeline", reader)?;
    for entry in root.as_map().unwrap_or_default() {
        let name = entry.key.text.as_str();
        if !KEYS.contains(&name) {
            unknown(name, entry.key.span, &format!("`{name}` is not a key of a pipeline"), KEYS, reader);
        }
    }
    params.text("name", reader);
    let source = Source { path: &file.path, files };
    let steps = params.get("transformations").map(|node| step::steps("transformations", node, &source, reader));
    let post = params.get("postprocessing").map(|node| output::posts("postprocessing", node, &source, reader));
    let finalizers = params.get("finalizers").map(|node| output::finalizers(node, &source, reader));
    Some(Pipeline {
        path: file.path.clone(),
        priority: priority(&mut params, reader),
        allowed_backends: params
            .get("allowed_backends")
            .map(|node| reader.strings("allowed_backends", node))
            .unwrap_or_default(),
        vars: vars(&mut params, reader),
        steps: steps.unwrap_or_default(),
        post: post.unwrap_or_default(),
        finalizers: finalizers.unwrap_or_default(),
    })
}

fn priority(params: &mut Params<'_>, reader: &mut Reader<'_>) -> i64 {
    let Some(node) = params.get("priority") else { return 0 };
    if node.as_int().is_none() {
        reader.wrong_type(span_of(node), format!("`priority` takes an integer, this is {}", node.describe()));
    }
    node.as_int().unwrap_or(0)
}

fn vars(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Map<String, Json> {
    let Some(node) = params.get("vars").filter(|node| !node.is_null()) else { return Map::new() };
    let Json::Object(vars) = json(node) else {
        reader.wrong_type(span_of(node), format!("`vars` takes a map, this is {}", node.describe()));
        return Map::new();
    };
    vars
}
