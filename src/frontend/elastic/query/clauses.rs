//! The names in Kibana's filters, held against the query DSL: a clause that Elasticsearch does not know fails the whole search.

use super::query_string;
use crate::source::{Diagnostic, Level, Location, nearest};
use crate::syntax::{Entry, Node};

/// The queries of Elasticsearch ("Query DSL" of its guide, 9.x); those that begin with `span_` besides.
const CLAUSES: &[&str] = &[
    "bool",
    "boosting",
    "combined_fields",
    "constant_score",
    "dis_max",
    "distance_feature",
    "exists",
    "function_score",
    "fuzzy",
    "geo_bounding_box",
    "geo_distance",
    "geo_grid",
    "geo_polygon",
    "geo_shape",
    "has_child",
    "has_parent",
    "ids",
    "intervals",
    "knn",
    "kql",
    "match",
    "match_all",
    "match_bool_prefix",
    "match_none",
    "match_phrase",
    "match_phrase_prefix",
    "more_like_this",
    "multi_match",
    "nested",
    "parent_id",
    "percolate",
    "pinned",
    "prefix",
    "query_string",
    "range",
    "rank_feature",
    "regexp",
    "rule",
    "script",
    "script_score",
    "semantic",
    "shape",
    "simple_query_string",
    "sparse_vector",
    "term",
    "terms",
    "terms_set",
    "text_expansion",
    "weighted_tokens",
    "wildcard",
    "wrapper",
];

/// The parts of `bool`.
const PARTS: &[&str] = &["must", "filter", "must_not", "should", "minimum_should_match", "boost", "_name"];

/// Deeper clauses are not looked at; the lowering does not take them either.
const MAX_DEPTH: usize = 32;

/// The clauses of a filter that Elasticsearch does not know.
pub(in crate::frontend) fn problems(filter: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    one(filter, 0, &mut found);
    found
}

fn one(filter: &Node, depth: usize, found: &mut Vec<Diagnostic>) {
    if filter.path(&["meta", "type"]).and_then(Node::as_str) != Some("combined") {
        clause(filter.get("query").unwrap_or(filter), depth, found);
    } else if depth <= MAX_DEPTH {
        let members = filter.path(&["meta", "params"]).and_then(Node::as_seq).unwrap_or_default();
        members.iter().for_each(|member| one(member, depth + 1, found));
    }
}

fn clause(body: &Node, depth: usize, found: &mut Vec<Diagnostic>) {
    if depth > MAX_DEPTH {
        return;
    }
    // What older filters have beside their clause.
    let own = |entry: &&Entry| !matches!(entry.key.text.as_str(), "meta" | "$state" | "query");
    for entry in body.as_map().unwrap_or_default().iter().filter(own) {
        let name = entry.key.text.as_str();
        if name == "bool" {
            parts(&entry.value, depth, found);
        } else if name == "query_string" {
            found.extend(query_string::problems(&entry.value));
        } else if !CLAUSES.contains(&name) && !name.starts_with("span_") {
            found.push(unknown(entry, "clause of the query DSL", CLAUSES));
        }
    }
}

fn parts(body: &Node, depth: usize, found: &mut Vec<Diagnostic>) {
    for entry in body.as_map().unwrap_or_default() {
        match entry.key.text.as_str() {
            "must" | "filter" | "must_not" | "should" => match entry.value.as_seq() {
                Some(clauses) => clauses.iter().for_each(|inner| clause(inner, depth + 1, found)),
                None => clause(&entry.value, depth + 1, found),
            },
            name if PARTS.contains(&name) => {}
            _ => found.push(unknown(entry, "part of `bool`", PARTS)),
        }
    }
}

fn unknown(entry: &Entry, what: &str, known: &'static [&'static str]) -> Diagnostic {
    let message = format!("`{}` is no {what}", entry.key.text);
    let mut told = Diagnostic::new("wrong-type", Level::Error, Location::main(entry.key.span), message);
    told.help = nearest(&entry.key.text, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    told
}
