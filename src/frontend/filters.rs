//! Filters on the rules that they are for: Sigma's (Sigma Filters Specification 2.1.0) and Kibana's exception items.
//!
//! A Sigma filter's condition is and-ed to the rule's, as Sigma's own tools do: it says which events are left (`not admins`). An
//! exception item says which events are taken out. In the IR both are named exclusions, the events that are not left.

use super::elastic::{self, ExceptionList};
use super::{Format, Item, Loaded};
use crate::ir::{DataSource, Exclusion, ExprId, ExprKind, Logic, Opaque, Pool, Rewriter, Rule};
use crate::source::{Location, SourceFile, SourceId, Spanned};
use crate::syntax::{Document, Node, NodeKind};
use std::sync::Arc;

/// The rules that a filter is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// All of the filter's log source.
    Any,
    /// Those with these ids or names, of the filter's log source.
    Named(Vec<String>),
    /// Those that name this exception list, or whose ids it names.
    List { id: Option<String>, rules: Vec<String> },
}

/// A filter, apart from the files, which it changes.
struct Filter {
    name: String,
    format: Format,
    scope: Scope,
    rule: Rule,
    /// Its place among the files.
    file: usize,
    text: SourceFile,
}

/// Puts the exclusions of all filters on the rules that they name, whatever files they stand in. The filters stay where they are.
/// Correlations are left alone: the rules that they refer to are filtered. A filter that cannot be read leaves a hole in the rules it
/// names.
pub fn apply_filters(files: &mut [Loaded]) {
    let filters: Vec<Filter> = files.iter().enumerate().flat_map(|(at, loaded)| filters_of(at, loaded)).collect();
    if filters.is_empty() {
        return;
    }
    for (at, loaded) in files.iter_mut().enumerate() {
        // The filters' files, once they are part of this unit.
        let mut sources: Vec<(usize, SourceId)> = vec![(at, SourceId::MAIN)];
        for index in 0..loaded.items.len() {
            for filter in &filters {
                let lists = || lists_of(&loaded.documents, loaded.items[index].document);
                if filter.format != loaded.format || !filter.is_for(&loaded.items[index].rule, lists) {
                    continue;
                }
                let known = sources.iter().find(|(file, _)| *file == filter.file).map(|(_, source)| *source);
                let source = known.unwrap_or_else(|| {
                    let source = loaded.unit.add(filter.text.clone());
                    sources.push((filter.file, source));
                    source
                });
                filter.exclude_from(&mut loaded.items[index].rule, source);
            }
        }
    }
}

fn filters_of(at: usize, loaded: &Loaded) -> Vec<Filter> {
    if loaded.items.iter().all(|item| item.rule.kind != "filter") {
        return Vec::new();
    }
    let scopes: Vec<Scope> = match loaded.format {
        Format::Sigma => loaded.items.iter().map(|item| scope(rules_key(&loaded.documents, item.document))).collect(),
        Format::Elastic => {
            let lists = loaded.documents.iter().flat_map(|document| elastic::exception_lists(&document.root));
            lists.map(|ExceptionList { id, rules }| Scope::List { id, rules }).collect()
        }
        _ => Vec::new(),
    };
    let filter = |(item, scope): (&Item, Scope)| Filter {
        name: item.rule.meta.title.clone(),
        format: loaded.format,
        scope,
        rule: item.rule.clone(),
        file: at,
        text: loaded.unit.main().clone(),
    };
    let filters = loaded.items.iter().zip(scopes).filter(|(item, _)| item.rule.kind == "filter");
    filters.map(filter).collect()
}

/// The exception lists that a rule names.
fn lists_of(documents: &[Document], own: usize) -> Vec<String> {
    documents.get(own).map(|document| elastic::exception_lists_of(&document.root)).unwrap_or_default()
}

/// The key `rules` of a filter: in its own document, or in a global one before it.
fn rules_key(documents: &[Document], own: usize) -> Option<&Node> {
    let rules = |document: &'_ Document| document.root.get("filter").and_then(|filter| filter.get("rules")).is_some();
    let own_document = documents.get(own).filter(|document| rules(document));
    let global = || {
        let before = documents.iter().take(own).rev();
        before.filter(|document| document.root.get("action").is_some()).find(|document| rules(document))
    };
    own_document.or_else(global)?.root.get("filter")?.get("rules")
}

/// `any` and `all` (and a list of none, as Sigma's tools take it) stand for every rule of the log source. A filter that does not say
/// is for none.
fn scope(rules: Option<&Node>) -> Scope {
    let Some(rules) = rules else { return Scope::Named(Vec::new()) };
    match &rules.kind {
        NodeKind::Str(scalar) if matches!(scalar.text.to_ascii_lowercase().as_str(), "any" | "all") => Scope::Any,
        NodeKind::Str(scalar) => Scope::Named(vec![scalar.text.to_string()]),
        NodeKind::Seq(items) if items.is_empty() => Scope::Any,
        NodeKind::Seq(items) => Scope::Named(items.iter().filter_map(|item| Some(item.as_str()?.to_owned())).collect()),
        _ => Scope::Named(Vec::new()),
    }
}

impl Filter {
    fn is_for(&self, rule: &Rule, lists: impl FnOnce() -> Vec<String>) -> bool {
        if rule.kind != "rule" {
            return false;
        }
        let id = rule.meta.id.as_ref().map(|id| &id.value);
        match &self.scope {
            Scope::List { rules, .. } if rules.iter().any(|name| Some(name) == id) => true,
            Scope::List { id, .. } => id.as_ref().is_some_and(|id| lists().contains(id)),
            Scope::Named(names)
                if !names.iter().any(|name| Some(name) == id || Some(name) == rule.meta.name.as_ref()) =>
            {
                false
            }
            Scope::Named(_) | Scope::Any => covers(&self.rule.data_source, &rule.data_source),
        }
    }

    fn exclude_from(&self, rule: &mut Rule, source: SourceId) {
        if matches!(rule.logic, Logic::Opaque(_)) {
            return;
        }
        let origin = Location::new(source, self.rule.origin.span);
        let mut condition = self.condition(&mut rule.pool, source);
        rule.named_fields.extend(self.rule.named_fields.iter().cloned());
        if self.format == Format::Sigma {
            condition = rule.pool.not(condition, Some(origin));
            rule.assumptions.push(format!("the filter `{}` leaves the events that its condition selects", self.name));
        } else {
            rule.assumptions.retain(|assumption| assumption != elastic::EMPTY_LISTS);
        }
        let file = Some(Arc::clone(&self.text.text));
        rule.exclusions.push(Exclusion { name: self.name.clone(), condition, origin, file });
        if rule.pool.is_exceeded() {
            rule.logic = Logic::Opaque(Opaque {
                language: rule.dialect.name().to_owned(),
                text: String::new(),
                reason: "the condition has, with its filters, more parts than the limit".to_owned(),
                code: "budget".into(),
                origin: Some(origin),
            });
        }
    }

    /// The condition of the filter as an expression of a rule.
    fn condition(&self, pool: &mut Pool, source: SourceId) -> ExprId {
        let here = |origin: Option<Location>| origin.map(|place| Location::new(source, place.span));
        if let Logic::Event(condition) = self.rule.logic {
            return Rewriter::new(&self.rule.pool, |pool, kind, origin| pool.rebuild(kind, here(origin)))
                .rewrite(condition, pool);
        }
        let reason = self.rule.opaque_reason().unwrap_or_default();
        let reason = format!("the filter `{}` cannot be read: {reason}", self.name);
        let hole = ExprKind::OpaqueTest { text: self.name.as_str().into(), reason: reason.into() };
        pool.add(hole, Some(Location::new(source, self.rule.origin.span)))
    }
}

/// Whether a filter's log source takes in the rule's: what it leaves out is not asked for.
fn covers(filter: &DataSource, rule: &DataSource) -> bool {
    let fits = |wanted: &Option<Spanned<String>>, own: &Option<Spanned<String>>| {
        wanted.as_ref().is_none_or(|wanted| own.as_ref().is_some_and(|own| own.value == wanted.value))
    };
    fits(&filter.product, &rule.product)
        && fits(&filter.category, &rule.category)
        && fits(&filter.service, &rule.service)
}
