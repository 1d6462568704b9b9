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
        let before = at.checked_sub(1).and_then(|before| clauses.get(before));
        if before.is_some_and(|before| is_bare_word(before) && is_bare_word(clause)) {
            in_parens(&clause.query, out);
        } else {
            put(&clause.query, out);
        }
    }
}

/// Two of these in a row would be read as one text.
fn is_bare_word(clause: &Clause) -> bool {
    let word = match &clause.query.node {
        Node::Term(text) => text.literal().is_some(),
        Node::Compare { .. } => true,
        _ => false,
    };
    word && clause.conjunction.is_none() && clause.prefix.is_none()
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
            put_field(field, out);
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
            let _ = write!(out, "/{text}/");
        }
        Node::Fuzzy { term, distance } => {
            put_text(term, out);
            let _ = write!(out, "~{distance}");
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
    put_bound(&low.value, out);
    out.push_str(" TO ");
    put_bound(&high.value, out);
    out.push(if high.inclusive { ']' } else { '}' });
}

/// A star in a name has a backslash before it, but for the one that stands alone.
fn put_field(field: &Text, out: &mut String) {
    if field.is_star() {
        return out.push('*');
    }
    if is_operator(field) {
        out.push('\\');
    }
    for piece in &field.pieces {
        match piece {
            Piece::Literal(text) => put_escaped(text, out),
            Piece::Star => out.push_str("\\*"),
            Piece::Question => out.push_str("\\?"),
        }
    }
}

/// An end of a range: only a blank and the closing brackets end it, and only a backslash needs one. In quotes a backslash at the end
/// would take the quote with it, whatever stands before it.
fn put_bound(value: &Text, out: &mut String) {
    let text = value.literal().unwrap_or("*");
    if value.quoted {
        let (text, last) = text.strip_suffix('\\').map_or((text, ""), |text| (text, "\\u005c"));
        put_phrase(text, out);
        out.insert_str(out.len() - 1, last);
        return;
    }
    out.push_str(&text.replace('\\', "\\\\"));
}

/// Whether the bare word would be read as an operator: it goes with a backslash.
fn is_operator(text: &Text) -> bool {
    matches!(text.literal(), Some("AND" | "OR" | "NOT"))
}

fn put_text(text: &Text, out: &mut String) {
    if is_operator(text) {
        out.push('\\');
    }
    for piece in &text.pieces {
        match piece {
            Piece::Star => out.push('*'),
            Piece::Question => out.push('?'),
            Piece::Literal(literal) => put_escaped(literal, out),
        }
    }
}

fn put_escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        if is_special(c) || matches!(c, '<' | '>' | '=' | '&' | '|') {
            out.push('\\');
        }
        out.push(c);
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
