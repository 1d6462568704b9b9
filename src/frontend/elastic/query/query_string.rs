//! The clause `query_string` of a filter: a Lucene query string with options ("Query string query" of Elasticsearch's guide).

use super::{Lowering, QueryText, lucene};
use crate::ir::ExprId;
use crate::lang;
use crate::source::{Diagnostic, Level};
use crate::syntax::{Node, NodeKind, Scalar};

/// The options that change no match, or that are read here.
const OPTIONS: [&str; 8] =
    ["query", "default_field", "fields", "default_operator", "analyze_wildcard", "lenient", "boost", "_name"];

/// The condition of the clause.
///
/// # Errors
///
/// Why it has no form in the rule model.
pub(super) fn lower(body: &Node, lowering: &mut Lowering<'_>) -> Result<ExprId, &'static str> {
    let entries = body.as_map().unwrap_or_default();
    if entries.iter().any(|entry| !OPTIONS.contains(&entry.key.text.as_str())) {
        return Err("an option of `query_string` that has no form in the rule model");
    }
    let operator = body.get("default_operator").map(|node| node.as_str().unwrap_or_default());
    if !operator.is_none_or(|operator| operator.eq_ignore_ascii_case("or")) {
        return Err("a query string in which every term is required");
    }
    let text = scalar(body).ok_or("`query_string` without a query")?;
    let Some(query) = lang::lucene::parse(&text.text).query else { return Err("a query string that cannot be read") };
    let field = field(body)?;
    let analyze_wildcard = body.get("analyze_wildcard").and_then(Node::as_bool) == Some(true);
    let written = QueryText { text: &text.text, map: &text.map };
    let mut reading = Lowering::new(&mut *lowering.parts, lowering.schema, written, lowering.category_field);
    (reading.negated, reading.scope) = (lowering.negated, lowering.scope);
    Ok(lucene::lower_clause(&query, field, analyze_wildcard, &mut reading))
}

/// What is wrong with the text of the clause; Elasticsearch refuses the search for it.
pub(super) fn problems(body: &Node) -> Vec<Diagnostic> {
    let Some(text) = scalar(body) else { return Vec::new() };
    let parsed = lang::lucene::parse(&text.text);
    QueryText { text: &text.text, map: &text.map }.diagnostics(parsed.problems, Level::Error)
}

fn scalar(body: &Node) -> Option<&Scalar> {
    match &body.get("query")?.kind {
        NodeKind::Str(text) => Some(text),
        _ => None,
    }
}

/// The one field that terms without a field are looked for in; none stands for all.
fn field(body: &Node) -> Result<Option<&str>, &'static str> {
    let several = "a query string over several fields";
    let name = match (body.get("default_field"), body.get("fields").map(Node::as_seq)) {
        (None, None) => None,
        (Some(name), None) | (None, Some(Some([name]))) => Some(name.as_str().ok_or(several)?),
        _ => return Err(several),
    };
    match name {
        Some("*") | None => Ok(None),
        Some(name) if name.contains(['*', '^']) => Err(several),
        Some(name) => Ok(Some(name)),
    }
}
