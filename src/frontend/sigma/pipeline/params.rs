//! The parameters of a step, a condition or an output: typed access, and what is said of those that do not exist.

use super::pattern;
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::source::{Diagnostic, Location, Span, nearest};
use crate::syntax::{Entry, Node, NodeKind};
use regex::Regex;
use serde_json::Value as Json;

/// The entries of a map, taken one by one.
pub(super) struct Params<'n> {
    entries: &'n [Entry],
    /// What stands for the whole: the value of `type`.
    pub(super) at: Span,
    asked: Vec<&'static str>,
}

impl<'n> Params<'n> {
    /// The entries of a map; anything else is reported.
    pub(super) fn of(node: &'n Node, what: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            reader.wrong_type(span_of(node), format!("{what} is a map, this is {}", node.describe()));
            return None;
        };
        let at = node.get("type").map_or_else(|| span_of(node), span_of);
        Some(Self { entries, at, asked: Vec::new() })
    }

    pub(super) fn get(&mut self, name: &'static str) -> Option<&'n Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    pub(super) fn entry(&mut self, name: &'static str) -> Option<&'n Entry> {
        self.asked.push(name);
        self.entries.iter().find(|entry| entry.key.text == name)
    }

    /// A parameter that has to be there.
    pub(super) fn need(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<&'n Node> {
        let found = self.get(name);
        if found.is_none() {
            let mut diagnostic = Diagnostic::syntax(Location::main(self.at), format!("`{name}` is missing"));
            let others = self.entries.iter().map(|entry| entry.key.text.as_str());
            let near = nearest(name, others.filter(|other| !self.asked.contains(other)));
            diagnostic.help = near.map(|near| format!("there is `{near}`: did you mean `{name}`?"));
            reader.report(diagnostic);
        }
        found
    }

    /// A string that may be absent; `null` is absent too.
    pub(super) fn text(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<String> {
        let node = self.get(name).filter(|node| !node.is_null())?;
        reader.string(name, node).map(|text| text.value)
    }

    pub(super) fn need_text(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<String> {
        let node = self.need(name, reader)?;
        reader.string(name, node).map(|text| text.value)
    }

    pub(super) fn flag(&mut self, name: &'static str, default: bool, reader: &mut Reader<'_>) -> bool {
        let Some(node) = self.get(name) else { return default };
        if node.as_bool().is_none() {
            reader.wrong_type(span_of(node), format!("`{name}` takes true or false, this is {}", node.describe()));
        }
        node.as_bool().unwrap_or(default)
    }

    /// A list of strings, absent or not.
    pub(super) fn texts(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<Vec<String>> {
        let node = self.get(name).filter(|node| !node.is_null())?;
        Some(reader.strings(name, node).into_iter().map(|text| text.value).collect())
    }

    pub(super) fn need_texts(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<Vec<String>> {
        self.need(name, reader)?;
        self.texts(name, reader)
    }

    /// A string or a list of strings.
    pub(super) fn need_one_or_more(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<Vec<String>> {
        let node = self.need(name, reader)?;
        one_or_more(name, node, reader)
    }

    /// One of some names.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        known: &[(&str, T)],
        default: Option<T>,
        reader: &mut Reader<'_>,
    ) -> Option<T> {
        let node = match default {
            Some(_) => self.get(name),
            None => self.need(name, reader),
        };
        let Some(node) = node else { return default };
        let text = reader.string(name, node)?.value;
        let found = known.iter().find(|(known, _)| *known == text).map(|(_, found)| *found);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            unknown(&text, span_of(node), &format!("`{text}` is not a value of `{name}`"), &names, reader);
        }
        found
    }

    /// A regular expression, as Python writes it.
    pub(super) fn need_regex(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<Regex> {
        let node = self.need(name, reader)?;
        let text = reader.string(name, node)?.value;
        pattern::compile(&text, span_of(node), reader)
    }

    pub(super) fn need_map(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<&'n [Entry]> {
        let node = self.need(name, reader)?;
        if node.as_map().is_none() {
            reader.wrong_type(span_of(node), format!("`{name}` takes a map, this is {}", node.describe()));
        }
        node.as_map()
    }

    /// Reports the entries that nobody asked for.
    pub(super) fn finish(self, what: &str, reader: &mut Reader<'_>) {
        for entry in self.entries.iter().filter(|entry| !self.asked.contains(&entry.key.text.as_str())) {
            let message = format!("`{}` is not a parameter of {what}", entry.key.text);
            unknown(&entry.key.text, entry.key.span, &message, &self.asked, reader);
        }
    }
}

/// Reports a name that does not exist, with the nearest that does or else all of them.
pub(super) fn unknown(name: &str, at: Span, message: &str, known: &[&str], reader: &mut Reader<'_>) {
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    reader.report(Diagnostic::syntax(Location::main(at), message).help(help));
}

pub(super) fn one_or_more(name: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    match &node.kind {
        NodeKind::Seq(_) => Some(reader.strings(name, node).into_iter().map(|text| text.value).collect()),
        _ => reader.string(name, node).map(|text| vec![text.value]),
    }
}

/// A value of the file as JSON: variables, states and attributes have any shape.
pub(super) fn json(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Int(number) => (*number).into(),
        NodeKind::Float(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        NodeKind::DateTime(text) => text.as_str().into(),
        NodeKind::Str(scalar) => (&*scalar.text).into(),
        NodeKind::Seq(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => entries.iter().map(|entry| (entry.key.text.clone(), json(&entry.value))).collect(),
    }
}
