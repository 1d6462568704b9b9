//! Fields that a rule names beside its query: they are held against the field tables as those of the query are.

use super::reader::{tables, text, texts};
use crate::ir::{Case, FieldPath, FieldUse, UseKind};
use crate::source::{Location, Spanned};
use crate::syntax::Node;

/// A use for each field that the rule groups, counts, merges or orders by. ES|QL makes columns of its own, which its check follows.
pub(super) fn uses(rule: &Node) -> Vec<FieldUse> {
    if rule.get("type").and_then(Node::as_str) == Some("esql") {
        return Vec::new();
    }
    let mut found: Vec<Spanned<String>> = Vec::new();
    if let Some(threshold) = rule.get("threshold") {
        found.extend(texts(threshold, "field"));
        found.extend(tables(threshold, "cardinality").iter().filter_map(|entry| text(entry, "field")));
    }
    found.extend(rule.get("new_terms").into_iter().flat_map(|table| texts(table, "value")));
    found.extend(rule.get("alert_suppression").into_iter().flat_map(|table| texts(table, "group_by")));
    for group in tables(rule, "threat_mapping") {
        found.extend(tables(group, "entries").iter().filter_map(|entry| text(entry, "field")));
    }
    for key in ["timestamp_field", "tiebreaker_field", "event_category_override"] {
        found.extend(text(rule, key));
    }
    found.iter().filter(|name| !name.value.is_empty()).map(used).collect()
}

fn used(name: &Spanned<String>) -> FieldUse {
    FieldUse {
        field: FieldPath::dotted(&name.value),
        at: Location::main(name.span),
        kind: UseKind::Other,
        values: Vec::new(),
        negated: false,
        case: Case::Sensitive,
        scope: None,
    }
}
