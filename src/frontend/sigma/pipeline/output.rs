//! Postprocessing of each query and finalizers over all of them.

use super::conditions::RuleCondition;
use super::format::format;
use super::linking::Conditions;
use super::params::Params;
use super::pattern::Replacement;
use super::python;
use super::step::{Source, kind, shared};
use super::template::Template;
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::syntax::{Node, NodeKind};
use regex::Regex;
use serde_json::Value as Json;
use std::sync::Arc;

/// An entry of `postprocessing`.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) id: Option<Arc<str>>,
    pub(super) rule: Conditions<RuleCondition>,
    change: QueryChange,
}

#[derive(Debug)]
enum QueryChange {
    Embed { prefix: String, suffix: String },
    Format(String),
    Template(Box<Template>),
    Json(Json),
    Replace { regex: Regex, replacement: Replacement },
    Nest(Vec<Arc<Post>>),
}

/// An entry of `finalizers`.
#[derive(Debug)]
pub(super) enum Finalizer {
    Concat { separator: String, prefix: String, suffix: String },
    Json { indent: Option<usize> },
    Yaml,
    Template(Box<Template>),
    Nested(Vec<Finalizer>),
}

/// What the pipelines have still to do with the rule's query.
#[derive(Debug)]
pub struct Processed {
    plan: Vec<Arc<Post>>,
    context: Json,
}

impl Processed {
    pub(super) fn new(plan: Vec<Arc<Post>>, context: Json) -> Self {
        Self { plan, context }
    }

    pub(super) fn context(&self) -> &Json {
        &self.context
    }

    /// The query as the pipelines leave it.
    ///
    /// # Errors
    /// A template that cannot be rendered.
    pub fn postprocess(&self, query: &str) -> Result<String, String> {
        self.plan.iter().try_fold(query.to_owned(), |query, post| post.change.of(query, &self.context))
    }
}

fn part<'c>(context: &'c Json, name: &str) -> &'c Json {
    context.get(name).unwrap_or(&Json::Null)
}

impl QueryChange {
    fn of(&self, query: String, context: &Json) -> Result<String, String> {
        let rule = part(context, "rule");
        let pipeline = part(context, "pipeline");
        match self {
            Self::Embed { prefix, suffix } => Ok(format!("{prefix}{query}{suffix}")),
            Self::Format(template) => {
                format(template, &[("query", &Json::from(query)), ("rule", rule), ("pipeline", pipeline)])
            }
            Self::Template(template) => {
                template.render(&[("query", query.into()), ("rule", rule.clone()), ("pipeline", pipeline.clone())])
            }
            Self::Json(template) => Ok(python::json(&embedded(template, &query), None)),
            Self::Replace { regex, replacement } => Ok(replacement.replace_all(regex, &query)),
            Self::Nest(inner) => inner.iter().try_fold(query, |query, post| post.change.of(query, context)),
        }
    }
}

/// The JSON with the query in the place of each `%QUERY%`.
fn embedded(template: &Json, query: &str) -> Json {
    match template {
        Json::String(text) if text == "%QUERY%" => query.into(),
        Json::Array(items) => items.iter().map(|item| embedded(item, query)).collect(),
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), embedded(value, query))).collect(),
        other => other.clone(),
    }
}

impl Post {
    /// The postprocessors in it, when it is only the place of others.
    pub(super) fn nested(&self) -> Option<&[Arc<Self>]> {
        match &self.change {
            QueryChange::Nest(inner) => Some(inner),
            _ => None,
        }
    }
}

type ReadPost = fn(&mut Params<'_>, &Source<'_>, &mut Reader<'_>) -> Option<QueryChange>;

const POSTPROCESSING: &[(&str, ReadPost)] = &[
    ("embed", |params, _, reader| {
        let mut text = |name| params.text(name, reader).unwrap_or_default();
        Some(QueryChange::Embed { prefix: text("prefix"), suffix: text("suffix") })
    }),
    ("simple_template", |params, _, reader| params.need_text("template", reader).map(QueryChange::Format)),
    ("template", |params, source, reader| template(params, source, reader).map(QueryChange::Template)),
    ("json", |params, _, reader| {
        let node = params.need("json_template", reader)?;
        let text = reader.string("json_template", node)?.value;
        match serde_json::from_str(&text) {
            Ok(json) => Some(QueryChange::Json(json)),
            Err(error) => {
                reader.syntax(span_of(node), format!("the template is not JSON: {error}"));
                None
            }
        }
    }),
    ("replace", |params, _, reader| {
        let node = params.need("replacement", reader)?;
        let written = reader.string("replacement", node)?.value;
        let regex = params.need_regex("pattern", reader)?;
        match Replacement::parse(&written, &regex) {
            Ok(replacement) => Some(QueryChange::Replace { regex, replacement }),
            Err(error) => {
                reader.syntax(span_of(node), format!("the replacement cannot be used: {error}"));
                None
            }
        }
    }),
    ("nest", |params, source, reader| {
        let node = params.need("items", reader)?;
        Some(QueryChange::Nest(posts("items", node, source, reader).into_iter().map(Arc::new).collect()))
    }),
];

/// A list of postprocessors.
pub(super) fn posts(name: &str, node: &Node, source: &Source<'_>, reader: &mut Reader<'_>) -> Vec<Post> {
    list(name, node, reader, |item, reader| {
        let mut params = Params::of(item, "a postprocessor", reader)?;
        let row = kind(&mut params, POSTPROCESSING, "a postprocessor", reader)?;
        let (id, rule) = shared(&mut params, reader);
        let change = (row.1)(&mut params, source, reader)?;
        params.finish(&format!("`{}`", row.0), reader);
        Some(Post { id, rule, change })
    })
}

fn list<T>(
    name: &str,
    node: &Node,
    reader: &mut Reader<'_>,
    mut one: impl FnMut(&Node, &mut Reader<'_>) -> Option<T>,
) -> Vec<T> {
    match &node.kind {
        NodeKind::Null => Vec::new(),
        NodeKind::Seq(items) => items.iter().filter_map(|item| one(item, reader)).collect(),
        _ => {
            reader.wrong_type(span_of(node), format!("`{name}` takes a list, this is {}", node.describe()));
            Vec::new()
        }
    }
}

type ReadFinalizer = fn(&mut Params<'_>, &Source<'_>, &mut Reader<'_>) -> Option<Finalizer>;

const FINALIZERS: &[(&str, ReadFinalizer)] = &[
    ("concat", |params, _, reader| {
        let mut text = |name, default: &str| params.text(name, reader).unwrap_or_else(|| default.to_owned());
        Some(Finalizer::Concat {
            separator: text("separator", "\n"),
            prefix: text("prefix", ""),
            suffix: text("suffix", ""),
        })
    }),
    ("json", |params, _, reader| Some(Finalizer::Json { indent: indent(params, reader) })),
    ("yaml", |params, _, reader| {
        // How far YAML is indented is not part of what it says; a list has no nesting.
        indent(params, reader);
        Some(Finalizer::Yaml)
    }),
    ("template", |params, source, reader| template(params, source, reader).map(Finalizer::Template)),
    ("nested", |params, source, reader| {
        let node = params.need("finalizers", reader)?;
        Some(Finalizer::Nested(finalizers(node, source, reader)))
    }),
];

/// A list of finalizers.
pub(super) fn finalizers(node: &Node, source: &Source<'_>, reader: &mut Reader<'_>) -> Vec<Finalizer> {
    list("finalizers", node, reader, |item, reader| {
        let mut params = Params::of(item, "a finalizer", reader)?;
        let row = kind(&mut params, FINALIZERS, "a finalizer", reader)?;
        let finalizer = (row.1)(&mut params, source, reader)?;
        params.finish(&format!("`{}`", row.0), reader);
        Some(finalizer)
    })
}

fn indent(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<usize> {
    let node = params.get("indent").filter(|node| !node.is_null())?;
    let width = node.as_int().and_then(|width| usize::try_from(width).ok()).filter(|width| *width <= 100);
    if width.is_none() {
        reader.wrong_type(span_of(node), "`indent` takes a number of spaces, up to 100");
    }
    width
}

fn template(params: &mut Params<'_>, source: &Source<'_>, reader: &mut Reader<'_>) -> Option<Box<Template>> {
    let escape = params.flag("autoescape", false, reader);
    let folder = params.text("path", reader);
    if let Some(entry) = params.entry("vars") {
        reader.syntax(entry.key.span, "`vars` runs Python code from a file, which detc does not");
    }
    let node = params.need("template", reader)?;
    let written = reader.string("template", node)?.value;
    let text = match folder {
        None => written,
        Some(folder) => {
            let path = format!("{folder}/{written}");
            let file = source.files.companion(source.path, &path);
            if file.is_none() {
                reader.syntax(span_of(node), format!("`{path}` cannot be read; it is looked for beside the pipeline"));
            }
            file?.text.to_string()
        }
    };
    match Template::parse(text, escape) {
        Ok(template) => Some(Box::new(template)),
        Err(error) => {
            reader.syntax(span_of(node), format!("the template cannot be used: {error}"));
            None
        }
    }
}

/// One text of all queries; without finalizers a query on each line.
pub(super) fn finalize(finalizers: &[Finalizer], queries: Vec<String>, context: &Json) -> Result<String, String> {
    let mut output: Json = queries.into();
    for finalizer in finalizers {
        output = finalizer.of(output, part(context, "pipeline"))?;
    }
    Ok(match output {
        Json::Array(lines) => lines.iter().map(python::text).collect::<Vec<_>>().join("\n"),
        other => python::text(&other),
    })
}

impl Finalizer {
    fn of(&self, output: Json, pipeline: &Json) -> Result<Json, String> {
        match self {
            Self::Concat { separator, prefix, suffix } => {
                // A text of an earlier finalizer is a sequence of characters, as it is in Python.
                let parts: Vec<String> = match &output {
                    Json::Array(items) => items.iter().map(python::text).collect(),
                    other => python::text(other).chars().map(String::from).collect(),
                };
                Ok(format!("{prefix}{}{suffix}", parts.join(separator)).into())
            }
            Self::Json { indent } => Ok(python::json(&output, *indent).into()),
            Self::Yaml => serde_yaml::to_string(&output).map(Json::from).map_err(|error| error.to_string()),
            Self::Template(template) => {
                template.render(&[("queries", output), ("pipeline", pipeline.clone())]).map(Json::from)
            }
            Self::Nested(inner) => {
                let mut output = output;
                for finalizer in inner {
                    output = finalizer.of(output, pipeline)?;
                }
                Ok(output)
            }
        }
    }
}
