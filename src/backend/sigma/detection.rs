//! Trees of entries as search identifiers and a condition over them.

use super::entry::Entry;
use super::tree::{Tree, and, tree};
use super::yaml::Yaml;
use crate::fidelity::{Loss, Polarity};
use crate::ir::{ExprId, Rule};
use crate::lang::sigma::condition::{Expr, Node, Quantifier, Target};
use crate::source::{Span, Spanned};

/// The map under `detection`: the search identifiers and the condition.
pub(super) fn detection(rule: &Rule, filter: ExprId, losses: &mut Vec<Loss>) -> Result<Vec<(String, Yaml)>, Box<Loss>> {
    let mut members = vec![tree(&rule.pool, filter, Polarity::Positive, losses)?];
    let mut excluded = Vec::new();
    for exclusion in &rule.exclusions {
        excluded.push(tree(&rule.pool, exclusion.condition, Polarity::Negative, losses)?);
    }
    members.extend(excluded.into_iter().map(|tree| Tree::Not(Box::new(tree))));
    let flat = members.into_iter().flat_map(|member| match member {
        Tree::And(inner) => inner,
        other => vec![other],
    });
    let mut writer = Writer { selections: Vec::new() };
    let condition = writer.condition(and(flat.collect()), SELECTION);
    Ok(writer.finish(condition))
}

const SELECTION: &str = "selection";
const FILTER: &str = "filter_main";

struct Writer {
    selections: Vec<(String, Yaml)>,
}

impl Writer {
    fn condition(&mut self, tree: Tree, prefix: &str) -> Expr {
        let fits = !(prefix == FILTER && is_many(&tree));
        if fits && let Some(body) = body(&tree) {
            return self.add(body, &hint(&tree), prefix);
        }
        match tree {
            Tree::Not(inner) => {
                let other = if prefix == SELECTION { FILTER } else { SELECTION };
                expr(Node::Not(Box::new(self.condition(*inner, other))))
            }
            Tree::Or(members) => {
                let parts = members.into_iter().map(|member| self.condition(member, prefix)).collect();
                expr(Node::Or(parts))
            }
            Tree::And(members) => self.conjunction(members, prefix),
            Tree::Entry(entry) => self.add(entry_body(&entry), &hint(&Tree::Entry(entry)), prefix),
        }
    }

    /// Plain tests go together into maps, as many as equal keys make necessary.
    fn conjunction(&mut self, members: Vec<Tree>, prefix: &str) -> Expr {
        let mut groups: Vec<Vec<Tree>> = Vec::new();
        let mut others = Vec::new();
        for member in members {
            match &member {
                Tree::Entry(entry) if entry.key.field.is_some() => {
                    let text = entry.key.text(entry.all);
                    match groups.iter_mut().find(|group| !group.iter().any(|known| key_text(known) == text)) {
                        Some(group) => group.push(member),
                        None => groups.push(vec![member]),
                    }
                }
                _ => others.push(member),
            }
        }
        let groups = groups.into_iter().map(and);
        let parts: Vec<Expr> = groups.chain(others).map(|part| self.condition(part, prefix)).collect();
        expr(Node::And(parts))
    }

    fn add(&mut self, body: Yaml, hint: &str, prefix: &str) -> Expr {
        let base = match (prefix, hint) {
            (SELECTION, "keywords") => "keywords".to_owned(),
            _ => format!("{prefix}_{hint}"),
        };
        let taken = |name: &String| self.selections.iter().any(|(known, _)| known == name);
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(base);
        self.selections.push((name.clone(), body));
        expr(Node::Identifier(name))
    }

    fn finish(mut self, mut condition: Expr) -> Vec<(String, Yaml)> {
        let mut named: Vec<&mut (String, Yaml)> =
            self.selections.iter_mut().filter(|(name, _)| name.starts_with(SELECTION)).collect();
        if let [only] = named.as_mut_slice() {
            let old = std::mem::replace(&mut only.0, SELECTION.to_owned());
            rename(&mut condition, &old, SELECTION);
        }
        let names: Vec<String> = self.selections.iter().map(|(name, _)| name.clone()).collect();
        for prefix in [SELECTION, FILTER] {
            quantify(&mut condition, prefix, &names);
        }
        let mut entries = self.selections;
        entries.push(("condition".to_owned(), Yaml::Prose(condition.to_string())));
        entries
    }
}

fn expr(node: Node) -> Expr {
    Expr { node, span: Span::default() }
}

fn key_text(tree: &Tree) -> String {
    match tree {
        Tree::Entry(entry) => entry.key.text(entry.all),
        _ => String::new(),
    }
}

/// Under `not`, alternatives with a name each are easier to read and to extend than one list.
fn is_many(tree: &Tree) -> bool {
    matches!(tree, Tree::Or(members) if !members.iter().all(is_keyword))
}

fn is_keyword(tree: &Tree) -> bool {
    matches!(tree, Tree::Entry(entry) if entry.key.field.is_none())
}

/// What stands under one search identifier, if the tree fits there.
fn body(tree: &Tree) -> Option<Yaml> {
    match tree {
        Tree::Entry(entry) => Some(entry_body(entry)),
        Tree::Or(members) => members.iter().map(map).collect::<Option<Vec<Yaml>>>().map(Yaml::List),
        other => map(other),
    }
}

fn entry_body(entry: &Entry) -> Yaml {
    if is_plain_keyword(entry) {
        return Yaml::List(entry.values.clone());
    }
    Yaml::Map(vec![(entry.key.text(entry.all), entry.value())])
}

fn is_plain_keyword(entry: &Entry) -> bool {
    entry.key.text(entry.all).is_empty()
}

/// A map of entries with different keys.
fn map(tree: &Tree) -> Option<Yaml> {
    let members = match tree {
        Tree::Entry(_) => std::slice::from_ref(tree),
        Tree::And(members) => members,
        _ => return None,
    };
    let mut entries: Vec<(String, Yaml)> = Vec::new();
    for member in members {
        let Tree::Entry(entry) = member else { return None };
        let text = entry.key.text(entry.all);
        if is_plain_keyword(entry) || entries.iter().any(|(known, _)| *known == text) {
            return None;
        }
        entries.push((text, entry.value()));
    }
    Some(Yaml::Map(entries))
}

/// What a person would call it: after the field that it tests first.
fn hint(tree: &Tree) -> String {
    let Some(field) = first_field(tree) else { return "keywords".to_owned() };
    match field {
        "Image" | "OriginalFileName" => return "img".to_owned(),
        "CommandLine" => return "cli".to_owned(),
        "ParentImage" => return "parent".to_owned(),
        _ => {}
    }
    let last = field.rsplit('.').next().unwrap_or(field);
    let mut name = String::new();
    let mut before = ' ';
    for c in last.chars() {
        let starts_word = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        before = c;
        if (starts_word || !c.is_ascii_alphanumeric()) && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        }
    }
    let name = name.trim_matches('_');
    if name.is_empty() { "field".to_owned() } else { name.to_owned() }
}

fn first_field(tree: &Tree) -> Option<&str> {
    match tree {
        Tree::Entry(entry) => entry.key.field.as_deref(),
        Tree::And(members) | Tree::Or(members) => members.iter().find_map(first_field),
        Tree::Not(inner) => first_field(inner),
    }
}

fn rename(expr: &mut Expr, old: &str, new: &str) {
    match &mut expr.node {
        Node::Or(parts) | Node::And(parts) => parts.iter_mut().for_each(|part| rename(part, old, new)),
        Node::Not(part) => rename(part, old, new),
        Node::Identifier(name) if name == old => new.clone_into(name),
        Node::Identifier(_) | Node::Of { .. } => {}
    }
}

/// `a_1 and a_2` becomes `all of a_*` where that is all of them, and `or` likewise `1 of`.
fn quantify(expr: &mut Expr, prefix: &str, names: &[String]) {
    let wanted = names.iter().filter(|name| is_numbered(name, prefix)).count();
    match &mut expr.node {
        Node::Not(part) => quantify(part, prefix, names),
        Node::And(parts) => {
            fold(parts, prefix, wanted, Quantifier::All);
            parts.iter_mut().for_each(|part| quantify(part, prefix, names));
        }
        Node::Or(parts) => {
            fold(parts, prefix, wanted, Quantifier::One);
            parts.iter_mut().for_each(|part| quantify(part, prefix, names));
        }
        Node::Identifier(_) | Node::Of { .. } => {}
    }
}

fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('_'))
}

fn fold(parts: &mut Vec<Expr>, prefix: &str, wanted: usize, quantifier: Quantifier) {
    let matches = |part: &Expr| matches!(&part.node, Node::Identifier(name) if is_numbered(name, prefix));
    if wanted < 2 || parts.iter().filter(|part| matches(part)).count() != wanted {
        return;
    }
    let at = parts.iter().position(matches).unwrap_or(0);
    parts.retain(|part| !matches(part));
    let target = Spanned::new(Target::Pattern(format!("{prefix}_*")), Span::default());
    let quantifier = Spanned::new(quantifier, Span::default());
    parts.insert(at, expr(Node::Of { quantifier, target }));
}
