//! From the tree to text.

use super::ast::{Bound, Clause, Conjunction, Node, Piece, Prefix, Query, Text};
use super::lex::is_special;
use std::fmt::Write;

/// The query as text. `parse(print(q))` is `q` but for the places, when `q` keeps the invariants of its types.
#[must_use]
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    match &query.node {
        Node::Group(clauses) => put_clauses(clauses, &mut out),
        _ => put(query, &mut out),
    }
    out
}

fn put_clauses(clauses: &[Clause], out: &mut String) {
    for (at, clause) in clauses.iter().enumerate() {
        if at > 0 {
            out.push_str(match clause.conjunction {
                Some(Conjunction::And) => " AND ",
                Some(Conjunction::Or) => " OR ",
                None => " ",
            });
        }
        out.push_str(match clause.prefix {
            Some(Prefix::Required) => "+",
            Some(Prefix::Prohibited) => "-",
            Some(Prefix::Not) => "NOT ",
            None => "",
        });
        put(&clause.query, out);
    }
}

/// A query where one clause's worth is expected.
fn put(query: &Query, out: &mut String) {
    match &query.node {
        Node::All => out.push_str("*:*"),
        Node::Group(clauses) => {
            out.push('(');
            put_clauses(clauses, out);
            out.push(')');
        }
        Node::Field { field, query } => {
            put_text(field, out);
            out.push(':');
            put_operand(query, out);
        }
        Node::Boost { query, factor } => {
            match query.node {
                Node::Boost { .. } => in_parens(query, out),
                _ => put_operand(query, out),
            }
            let _ = write!(out, "^{factor}");
        }
        Node::Term(text) => put_text(text, out),
        Node::Phrase { text, slop } => {
            put_phrase(text, out);
            if let Some(slop) = slop {
                let _ = write!(out, "~{slop}");
            }
        }
        Node::Range { low, high } => put_range(low, high, out),
        Node::Compare { op, value } => {
            out.push_str(op.symbol());
            put_text(value, out);
        }
        Node::Regex(text) => {
            let _ = write!(out, "/{}/", text.replace('/', "\\/"));
        }
        Node::Fuzzy { term, distance } => {
            put_text(term, out);
            let _ = write!(out, "~{}", distance.as_deref().unwrap_or_default());
        }
    }
}

/// What stands behind a colon or before a boost: no field without parentheses.
fn put_operand(query: &Query, out: &mut String) {
    if matches!(query.node, Node::Field { .. }) {
        return in_parens(query, out);
    }
    put(query, out);
}

fn in_parens(query: &Query, out: &mut String) {
    out.push('(');
    put(query, out);
    out.push(')');
}

fn put_range(low: &Bound, high: &Bound, out: &mut String) {
    out.push(if low.inclusive { '[' } else { '{' });
    put_text(&low.value, out);
    out.push_str(" TO ");
    put_text(&high.value, out);
    out.push(if high.inclusive { ']' } else { '}' });
}

fn put_text(text: &Text, out: &mut String) {
    if text.quoted {
        return put_phrase(text.literal().unwrap_or_default(), out);
    }
    if let Some(word @ ("AND" | "OR" | "NOT" | "TO")) = text.literal() {
        let _ = write!(out, "\\{word}");
        return;
    }
    for piece in &text.pieces {
        match piece {
            Piece::Star => out.push('*'),
            Piece::Question => out.push('?'),
            Piece::Literal(literal) => {
                for c in literal.chars() {
                    if is_special(c) || matches!(c, '<' | '>' | '=' | '&' | '|') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
}

fn put_phrase(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}
