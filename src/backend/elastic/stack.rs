//! What of a rule file a stack is too old for.

use crate::catalog::features::{self, Construct};
use crate::catalog::versions::Version;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Logic, Rule};
use crate::lang::esql::{self, CommandKind};
use crate::source::Location;
use crate::syntax::{Entry, Node};
use std::collections::BTreeSet;

/// A key of `[rule]` that came with a later stack.
pub(super) struct NewerKey<'n> {
    pub(super) entry: &'n Entry,
    since: Version,
}

impl NewerKey<'_> {
    pub(super) fn loss(&self, stack: Version) -> Loss {
        newer(&self.entry.key.text, self.since, stack, Location::main(self.entry.key.span))
    }
}

/// The loss of a key that came with a later stack.
pub(super) fn newer(key: &str, since: Version, stack: Version, at: Location) -> Loss {
    let message = format!("`{key}` came with {since}: {stack} does not take it here");
    Loss::new(&code::STACK, Effect::Metadata, message, Some(at))
}

/// The keys of `[rule]` that the rule can do without and that the stack does not take.
pub(super) fn newer_keys<'n>(rule: &Rule, root: &'n Node, stack: Version) -> Vec<NewerKey<'n>> {
    let Some(table) = root.get("rule") else { return Vec::new() };
    let kind = kind(table);
    let newer = |entry: &'n Entry| {
        let since = since(rule, kind, &entry.key.text).filter(|since| *since > stack)?;
        Some(NewerKey { entry, since })
    };
    table.as_map().unwrap_or_default().iter().filter_map(newer).collect()
}

/// The first stack that takes a key in a rule of this type. That of the type itself is among what the rule [`needs`].
pub(super) fn since(rule: &Rule, kind: &str, key: &str) -> Option<Version> {
    let is_sequence = matches!(rule.logic.source(), Logic::Sequence(_));
    features::since_with_logic(kind, key, is_sequence).filter(|_| key != "type")
}

fn kind(table: &Node) -> &str {
    table.get("type").and_then(Node::as_str).unwrap_or_default()
}

/// What the rule says itself of the stacks that it is for.
///
/// # Errors
/// When the stack does not have the rule's type, or a part of its logic.
pub(super) fn needs(rule: &Rule, root: &Node, stack: Version) -> Result<Vec<Loss>, Vec<Loss>> {
    let fatal: Vec<Loss> = parts(rule, root)
        .into_iter()
        .filter(|(since, _)| !features::has(stack, since))
        .map(|(since, what)| {
            let versions: Vec<String> = since.iter().map(Version::to_string).collect();
            let message = format!("{what} came with {}: {stack} does not have it", versions.join(" and "));
            Loss::new(&code::STACK, Effect::Unknown, message, Some(rule.origin))
        })
        .collect();
    if !fatal.is_empty() {
        return Err(fatal);
    }
    let least = root.path(&["metadata", "min_stack_version"]);
    let version = least.and_then(Node::as_str).and_then(Version::parse);
    let told = version.zip(least).filter(|(version, _)| *version > stack).map(|(version, node)| {
        let message = format!("the rule is for {version} and later (`min_stack_version`)");
        Loss::new(&code::STACK, Effect::Unknown, message, Some(Location::main(node.span)))
    });
    Ok(told.into_iter().collect())
}

/// What the rule cannot be without, with the first stack of each line of releases that has it.
fn parts(rule: &Rule, root: &Node) -> Vec<(Vec<Version>, String)> {
    let Some(table) = root.get("rule") else { return Vec::new() };
    let kind = kind(table);
    let mut found = Vec::new();
    if let Some(since) = features::since(kind, "type") {
        found.push((vec![since], format!("the type `{kind}`")));
    }
    let mut need = |construct: Construct| found.push((vec![construct.since], construct.name.to_owned()));
    let several = |path: &[&str]| table.path(path).and_then(Node::as_seq).map_or(0, <[Node]>::len);
    if several(&["new_terms", "value"]) > 1 {
        need(features::SEVERAL_NEW_TERMS);
    }
    if several(&["threshold", "field"]) > 3 {
        need(features::MANY_THRESHOLD_FIELDS);
    }
    match rule.logic.source() {
        Logic::Sample(_) => need(features::EQL_SAMPLE),
        Logic::Sequence(sequence) if sequence.steps.iter().any(|step| step.missing) => {
            need(features::EQL_MISSING_EVENTS);
        }
        Logic::Indicator(indicator) if indicator.mapping.iter().flatten().any(|entry| entry.negated) => {
            need(features::NEGATED_MAPPING);
        }
        _ => {}
    }
    if let Some(query) = table.get("query").and_then(Node::as_str).filter(|_| kind == "esql") {
        found.extend(commands(query));
    }
    found
}

/// The commands of an ES|QL query that not every stack has.
fn commands(query: &str) -> Vec<(Vec<Version>, String)> {
    let Some(query) = esql::parse(query).query else { return Vec::new() };
    let mut rest = query.with_subqueries();
    let mut names = BTreeSet::new();
    while let Some(command) = rest.pop() {
        names.insert(match &command.kind {
            CommandKind::Fork(branches) => {
                rest.extend(branches.iter().flatten());
                "fork"
            }
            CommandKind::Stats { inline: true, .. } => "inline stats",
            CommandKind::LookupJoin { .. } => "lookup join",
            CommandKind::ChangePoint { .. } => "change_point",
            CommandKind::Completion { .. } => "completion",
            CommandKind::Rerank { .. } => "rerank",
            CommandKind::Fuse(_) => "fuse",
            CommandKind::Sample(_) => "sample",
            _ => continue,
        });
    }
    names.into_iter().map(|name| (features::esql_command(name).to_vec(), format!("`{name}`"))).collect()
}
