//! Key specifiers: `Key`, `KeyPath`, `DeepKey`, `Enrichment`.

use crate::ir::{ExprId, FieldPath, Function, Subject, Value};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use std::sync::Arc;

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(i64),
    /// `[*]`: the rest of the path, of each item.
    Each,
}

/// What a match expression looks at.
#[derive(Debug, Clone)]
pub(super) struct Key {
    steps: Vec<Step>,
    /// The token of the whole key.
    pub(super) at: Option<Span>,
}

impl Key {
    /// The key of a match expression, or of an alert key. Inside a list comprehension a missing one is the element itself.
    pub(super) fn read(node: &Node) -> Result<Self, &'static str> {
        if let Some(scalar) = node.get("Key").and_then(Node::as_scalar) {
            let steps = if scalar.text.is_empty() { Vec::new() } else { vec![Step::Name(scalar.text.to_string())] };
            return Ok(Self { steps, at: Some(scalar.map.whole()) });
        }
        if let Some(scalar) = node.get("KeyPath").and_then(Node::as_scalar) {
            let steps = path(&scalar.text).ok_or("a `KeyPath` is names and indexes: a.b[2].c or a[*].b")?;
            return Ok(Self { steps, at: Some(scalar.map.whole()) });
        }
        if let Some(parts) = node.get("DeepKey") {
            let items = parts.as_seq().unwrap_or_default();
            let steps: Option<Vec<Step>> = items.iter().map(step).collect();
            return match steps {
                Some(steps) if !steps.is_empty() => Ok(Self { steps, at: Some(parts.span) }),
                _ => Err("a `DeepKey` is a list of names and whole numbers"),
            };
        }
        if let Some(enrichment) = node.get("Enrichment") {
            let text = |key: &str| enrichment.get(key).and_then(Node::as_str);
            let (Some(table), Some(selector), Some(field)) = (text("Table"), text("Selector"), text("FieldPath"))
            else {
                return Err("an `Enrichment` has `Table`, `Selector` and `FieldPath`");
            };
            let names = ["p_enrichment", table, selector].into_iter().map(|name| Step::Name(name.to_owned()));
            let rest = path(field).ok_or("a `FieldPath` is names and indexes: a.b[2].c")?;
            return Ok(Self { steps: names.chain(rest).collect(), at: Some(enrichment.span) });
        }
        Err("a match expression has one of `Key`, `KeyPath`, `DeepKey`, `Enrichment`")
    }

    /// The element of a list comprehension.
    pub(super) fn element() -> Self {
        Self { steps: Vec::new(), at: None }
    }

    /// The dotted name, if it is plain keys.
    pub(super) fn name(&self) -> Option<String> {
        let names = self.steps.iter().map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        });
        names.collect::<Option<Vec<_>>>().map(|names| names.join("."))
    }

    pub(super) fn subject(&self, in_element: bool) -> Subject {
        let (subject, rest) = names_below(in_element.then_some(Subject::Element(0)), &self.steps);
        below(subject, rest)
    }
}

/// The names that a path starts with, below a subject or the event.
fn names_below(subject: Option<Subject>, steps: &[Step]) -> (Subject, &[Step]) {
    let count = steps.iter().take_while(|step| matches!(step, Step::Name(_))).count();
    let (names, rest) = steps.split_at(count);
    let names: Vec<&str> = names
        .iter()
        .filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let path = FieldPath::keys(&names);
    let subject = match subject {
        None => Subject::Field(path),
        Some(subject) if names.is_empty() => subject,
        Some(subject) => Subject::Member(Arc::new(subject), path),
    };
    (subject, rest)
}

fn below(mut subject: Subject, mut steps: &[Step]) -> Subject {
    while let Some((step, rest)) = steps.split_first() {
        match step {
            Step::Name(_) => (subject, steps) = names_below(Some(subject), steps),
            Step::Index(index) => {
                let index = Subject::Constant(Value::Int(*index));
                (subject, steps) = (Subject::Call(Function::Index, [subject, index].into()), rest);
            }
            Step::Each => {
                let value = Arc::new(below(Subject::Element(0), rest));
                let items = Arc::new(Subject::Items(Arc::new(subject)));
                return Subject::Collect { items, stop: ExprId::FALSE, keep: ExprId::TRUE, value };
            }
        }
    }
    subject
}

fn step(node: &Node) -> Option<Step> {
    match &node.kind {
        NodeKind::Str(scalar) => Some(Step::Name(scalar.text.to_string())),
        NodeKind::Int(index) => Some(Step::Index(*index)),
        _ => None,
    }
}

/// `a.b[2].c`, `a[*].b`, `a."odd name"`.
fn path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"')?;
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        } else if !rest.starts_with('[') {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let plain = !name.is_empty() && !name.contains(['*', '|', '(', ')', '@', '&', ' ', '`']);
            steps.push(plain.then(|| Step::Name(name.to_owned()))?);
            rest = after;
        }
        while let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            steps.push(if index == "*" { Step::Each } else { Step::Index(index.parse().ok()?) });
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Some(steps),
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let name = |name: &str| Step::Name(name.to_owned());
        assert_eq!(path("a.b[2].c"), Some(vec![name("a"), name("b"), Step::Index(2), name("c")]));
        assert_eq!(path("a[*].b"), Some(vec![name("a"), Step::Each, name("b")]));
        assert_eq!(path("a.\"b c\""), Some(vec![name("a"), name("b c")]));
        for wrong in ["", "a..b", "a.", "a[", "a[x]", "a | b", "length(a)", "a[1]b"] {
            assert_eq!(path(wrong), None, "{wrong}");
        }
    }
}
