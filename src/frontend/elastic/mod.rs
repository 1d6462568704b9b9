//! Elastic's TOML rules and hunts (detection-rules' schema; reference: elastic.md section 2).
//!
//! `[metadata]` and `[rule]` give one rule; `[hunt]` gives an item for each of its queries, `[[exceptions]]` one for each of their items.

mod exceptions;
mod hunt;
mod keys;
mod logic;
mod meta;
mod named;
pub(super) mod query;
mod reader;
mod schedule;

pub(super) use exceptions::{List as ExceptionList, lists as exception_lists, named_by as exception_lists_of};
pub(super) use logic::{logic_of, whole_text};

use super::{Context, Item};
use crate::catalog::fields::Ages;
use crate::ir::{Dialect, EventModel, NativeExtra, Rule};
use crate::source::{Diagnostic, Location, Unit};
use crate::syntax::{Document, Node};
use logic::Source;
use query::Parts;
use reader::Reader;
use std::sync::Arc;

/// The key under which the fields written `?f` in EQL are kept: they may be absent from the mapping, which an EQL writer has to say.
pub const OPTIONAL_FIELDS: &str = "eql.optional_fields";

/// What a rule takes for granted whose exception lists are not at hand.
pub(super) const EMPTY_LISTS: &str = "the exception lists that the rule names are empty: they are not in the file";

/// The rules of a file. Nothing is dropped: what has no shared term is in the extras, what is not understood is opaque.
pub(super) fn load(unit: &mut Unit, documents: &[Document], context: &Context<'_>) -> (Vec<Item>, Vec<Diagnostic>) {
    let mut items = Vec::new();
    let mut diagnostics = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let root = &document.root;
        let rules = match (root.get("hunt"), root.get("rule")) {
            (Some(hunt), _) => {
                let (rules, more) = hunt::read(unit, hunt, context.ages);
                diagnostics.extend(more);
                rules
            }
            (None, Some(rule)) => {
                let (rule, more) = read(unit, root, rule, context.ages);
                diagnostics.extend(more);
                vec![rule]
            }
            (None, None) if root.get("exceptions").is_some() => {
                let (rules, more) = exceptions::read(unit, root);
                diagnostics.extend(more);
                rules
            }
            (None, None) => continue,
        };
        items.extend(rules.into_iter().map(|rule| Item::new(rule, index)));
    }
    (items, diagnostics)
}

fn read(unit: &Unit, root: &Node, node: &Node, ages: &Ages) -> (Rule, Vec<Diagnostic>) {
    let mut reader = Reader::new(unit);
    let metadata = root.get("metadata");
    reader.check("", root, keys::TOP);
    reader.of_type(node);
    let meta = meta::read(&mut reader, metadata, node);
    let mut data_source = meta::data_source(metadata, node);
    let mut parts = Parts::default();
    let source = Source { unit, rule: node, meta: &meta, ages };
    let logic = logic::read(&source, &mut data_source, &mut reader, &mut parts);
    if node.get("exceptions_list").is_some() {
        parts.assumptions.insert(EMPTY_LISTS.to_owned());
    }
    data_source.scopes = std::mem::take(&mut parts.scopes);
    parts.uses.extend(named::uses(node));
    let origin = Location::main(root.span);
    let mut rule = rule_of(Dialect::Elastic, "rule", logic, parts, origin);
    rule.meta = meta;
    rule.data_source = data_source;
    rule.extras.extend(reader.extras);
    rule.file = Some(Arc::clone(&unit.main().text));
    let id = rule.meta.id.as_ref().map(|id| id.value.clone());
    let mut diagnostics = reader.diagnostics;
    diagnostics.iter_mut().for_each(|diagnostic| diagnostic.rule_id.clone_from(&id));
    (rule, diagnostics)
}

/// A rule around its logic, without metadata.
pub(super) fn rule_of(
    dialect: Dialect,
    kind: &'static str,
    logic: crate::ir::Logic,
    parts: Parts,
    origin: Location,
) -> Rule {
    let optional: Vec<&str> = parts.optional.iter().map(String::as_str).collect();
    let extras = if optional.is_empty() {
        Vec::new()
    } else {
        vec![NativeExtra { key: OPTIONAL_FIELDS.to_owned(), text: optional.join(","), origin }]
    };
    Rule {
        kind,
        language: parts.language,
        extras,
        uses: parts.uses,
        assumptions: parts.assumptions.into_iter().collect(),
        origin,
        ..Rule::new(dialect, EventModel::Elastic, parts.pool, logic)
    }
}
