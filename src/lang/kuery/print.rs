//! From the tree to text: lower-case keywords, no parentheses that the grammar does not need.

use super::ast::{Node, Piece, Query, Value, Values, ValuesNode};
use super::lex::{is_space, is_special, starts_with_word};

/// What binds tighter is printed without parentheses inside what binds looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Atom,
}

/// The query as text. `parse(print(q))` is `q` but for the spans, when `q` keeps the invariants of its types.
#[must_use]
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    if query.node != Node::All {
        put_query(query, Level::Or, &mut out);
    }
    out
}

fn put_query(query: &Query, outer: Level, out: &mut String) {
    let level = match &query.node {
        Node::Or(parts) if parts.len() > 1 => Level::Or,
        Node::And(parts) if parts.len() > 1 => Level::And,
        Node::Or(parts) if parts.is_empty() => Level::Not,
        Node::Not(_) => Level::Not,
        _ => Level::Atom,
    };
    in_parens(level < outer, out, |out| put_node(&query.node, outer, out));
}

fn in_parens(needed: bool, out: &mut String, inner: impl FnOnce(&mut String)) {
    if needed {
        out.push('(');
    }
    inner(out);
    if needed {
        out.push(')');
    }
}

fn put_node(node: &Node, outer: Level, out: &mut String) {
    match node {
        Node::All => out.push_str("*:*"),
        Node::Or(parts) | Node::And(parts) if parts.len() == 1 => put_query(&parts[0], outer, out),
        Node::Or(parts) if parts.is_empty() => out.push_str("not *:*"),
        Node::And(parts) if parts.is_empty() => out.push_str("*:*"),
        Node::Or(parts) => put_list(parts, " or ", out, |part, out| put_query(part, Level::And, out)),
        Node::And(parts) => put_list(parts, " and ", out, |part, out| put_query(part, Level::Not, out)),
        Node::Not(part) => {
            out.push_str("not ");
            put_query(part, Level::Atom, out);
        }
        Node::Nested { path, query } => {
            put_value(path, out);
            out.push_str(":{ ");
            put_query(query, Level::Or, out);
            out.push_str(" }");
        }
        Node::Range { field, op, value } => {
            put_value(field, out);
            out.push(' ');
            out.push_str(op.value.symbol());
            out.push(' ');
            put_value(value, out);
        }
        Node::Field { field, values, .. } => {
            put_value(field, out);
            out.push(':');
            let list = !matches!(values.node, ValuesNode::One(_));
            in_parens(list, out, |out| put_values(values, Level::Or, out));
        }
        Node::Free(value) => put_value(value, out),
    }
}

fn put_list<T>(parts: &[T], separator: &str, out: &mut String, put: impl Fn(&T, &mut String)) {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        put(part, out);
    }
}

fn put_values(values: &Values, outer: Level, out: &mut String) {
    let level = match &values.node {
        ValuesNode::Or(_) => Level::Or,
        ValuesNode::And(_) => Level::And,
        ValuesNode::Not(_) => Level::Not,
        ValuesNode::One(_) => Level::Atom,
    };
    in_parens(level < outer, out, |out| match &values.node {
        ValuesNode::Or(parts) => put_list(parts, " or ", out, |part, out| put_values(part, Level::And, out)),
        ValuesNode::And(parts) => put_list(parts, " and ", out, |part, out| put_values(part, Level::Not, out)),
        ValuesNode::Not(part) => {
            out.push_str("not ");
            put_values(part, Level::Atom, out);
        }
        ValuesNode::One(value) => put_value(value, out),
    });
}

fn put_value(value: &Value, out: &mut String) {
    if value.quoted {
        put_quoted(value, out);
    } else {
        put_unquoted(value, out);
    }
}

fn put_quoted(value: &Value, out: &mut String) {
    out.push('"');
    for part in &value.parts {
        match part {
            Piece::Star => out.push('*'),
            Piece::Literal(text) => text.chars().for_each(|c| match c {
                '"' | '\\' => out.extend(['\\', c]),
                _ => put_control(c, out),
            }),
        }
    }
    out.push('"');
}

/// A character that needs no escape but as a control character.
fn put_control(c: char, out: &mut String) {
    match c {
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\n' => out.push_str("\\n"),
        _ => out.push(c),
    }
}

fn put_unquoted(value: &Value, out: &mut String) {
    if value.parts.is_empty() {
        // An escaped space that Kibana trims away again: the only way to write nothing without quotes.
        return out.push_str("\\t");
    }
    let mut spaced = true;
    for (at, part) in value.parts.iter().enumerate() {
        match part {
            Piece::Star => {
                out.push('*');
                spaced = false;
            }
            Piece::Literal(text) => spaced = put_words(text, spaced, at + 1 == value.parts.len(), out),
        }
    }
}

/// Puts a literal with its specials and keywords escaped. `spaced`: whether a space may stand before it; `last`:
/// whether one may stand after it. Gives whether it ends with a space.
fn put_words(text: &str, mut spaced: bool, last: bool, out: &mut String) -> bool {
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let keyword = |word: &str| starts_with_word(rest, word) || (last && rest.eq_ignore_ascii_case(word));
        if c == 'n' && keyword("not") {
            // `\not` would be a line break and `ot`.
            out.push_str("\\u006e");
        } else if keyword("not") || (spaced && (keyword("and") || keyword("or"))) || is_special(c) {
            out.extend(['\\', c]);
        } else {
            put_control(c, out);
        }
        spaced = is_space(c);
    }
    spaced
}
