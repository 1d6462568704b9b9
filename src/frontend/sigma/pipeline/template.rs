//! Jinja2 templates, and what they see of the rule and the pipeline.

use super::python;
use super::run::{Run, Target};
use crate::syntax::Node;
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// What a template may cost: far more than any that makes a query needs.
const FUEL: u64 = 1_000_000;

/// A template that was parsed.
#[derive(Debug)]
pub(super) struct Template(Environment<'static>);

const NAME: &str = "template";

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Syntax that is wrong, or that this subset of Jinja2 does not have.
    pub(super) fn parse(text: String, escape: bool) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.set_formatter(write_value);
        environment.set_auto_escape_callback(move |_| if escape { AutoEscape::Html } else { AutoEscape::None });
        environment.add_template_owned(NAME, text).map_err(|error| reason(&error))?;
        Ok(Self(environment))
    }

    /// The text for some values; a tag of the rule knows its namespace and its name.
    ///
    /// # Errors
    /// A value that cannot be used as the template does, or too much work.
    pub(super) fn render(&self, values: &[(&str, Json)]) -> Result<String, String> {
        let context = Value::from_pairs(values.iter().map(|(name, value)| (*name, value_of(name, value))));
        let template = self.0.get_template(NAME).map_err(|error| reason(&error))?;
        template.render(context).map_err(|error| reason(&error))
    }
}

fn reason(error: &Error) -> String {
    let line = error.line().map_or(String::new(), |line| format!(" (line {line} of the template)"));
    match error.detail() {
        Some(detail) => format!("{}: {detail}{line}", error.kind()),
        None => format!("{}{line}", error.kind()),
    }
}

fn value_of(name: &str, value: &Json) -> Value {
    let Json::Object(map) = value else { return Value::from(Serde(value)) };
    if name != "rule" {
        return Value::from(Serde(value));
    }
    Value::from_pairs(map.iter().map(|(key, value)| match value.as_array().filter(|_| key == "tags") {
        Some(tags) => (key.as_str(), tags.iter().filter_map(Json::as_str).map(tag).collect::<Vec<Value>>().into()),
        None => (key.as_str(), Value::from(Serde(value))),
    }))
}

fn tag(text: &str) -> Value {
    Value::from_object(Tag(text.to_owned()))
}

/// `attack.t1059`: prints as it is written.
#[derive(Debug)]
struct Tag(String);

impl Object for Tag {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (namespace, name) = self.0.split_once('.')?;
        match key.as_str()? {
            "namespace" => Some(namespace.into()),
            "name" => Some(name.into()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// Prints as Python does, and escapes as its MarkupSafe does.
fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::Undefined => String::new(),
        ValueKind::None | ValueKind::Bool | ValueKind::Seq | ValueKind::Map
            if value.downcast_object_ref::<Tag>().is_none() =>
        {
            python::repr(&serde_json::to_value(value).unwrap_or(Json::Null))
        }
        _ => value.to_string(),
    };
    let escaped = match state.auto_escape() {
        AutoEscape::Html if !value.is_safe() => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&#34;")
            .replace('\'', "&#39;"),
        _ => text,
    };
    out.write_str(&escaped).map_err(|_| Error::new(ErrorKind::WriteFailure, "the text cannot be written"))
}

/// What postprocessing and finalizers see: the rule after the pipelines, and the pipelines' state and variables.
pub(super) fn context(target: &Target<'_, '_>, run: &Run<'_>) -> Json {
    let mut rule = Map::new();
    for name in [
        "title",
        "id",
        "name",
        "taxonomy",
        "status",
        "description",
        "license",
        "references",
        "tags",
        "author",
        "date",
        "modified",
        "fields",
        "falsepositives",
        "level",
        "scope",
    ] {
        rule.insert(name.to_owned(), target.attribute(name, run).unwrap_or(Json::Null));
    }
    let source = &target.rule.data_source;
    let part = |part: &Option<crate::source::Spanned<String>>| part.as_ref().map(|part| part.value.clone());
    rule.insert(
        "logsource".to_owned(),
        json!({
            "category": part(&source.category),
            "product": part(&source.product),
            "service": part(&source.service),
            "definition": target.root.path(&["logsource", "definition"]).and_then(Node::as_str),
        }),
    );
    rule.insert("custom_attributes".to_owned(), Json::Object(run.attributes.clone()));
    json!({ "rule": rule, "pipeline": { "state": run.state, "vars": run.pipelines.vars } })
}
