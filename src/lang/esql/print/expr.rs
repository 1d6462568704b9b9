//! From expressions to text: no parentheses that the grammar does not need.

use super::super::lex::SOURCES;
use super::put_commands;
use crate::lang::esql::ast::{Command, Expr, ExprKind, Literal, MapValue, Name, NamePart, Str};
use std::fmt::Write;

/// An expression as text.
#[must_use]
pub fn print_expression(expr: &Expr) -> String {
    let mut out = String::new();
    put(expr, Level::Or, &mut out);
    out
}

/// What binds tighter is printed without parentheses inside what binds looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Not,
    Test,
    Sum,
    Product,
    Sign,
    Primary,
}

pub(super) fn put_list<T>(items: &[T], separator: &str, out: &mut String, put: impl Fn(&T, &mut String)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        put(item, out);
    }
}

pub(super) fn put_map(entries: &[(Str, MapValue)], out: &mut String) {
    out.push('{');
    put_list(entries, ", ", out, |(key, value), out| {
        put_string(key, out);
        out.push_str(": ");
        put_map_value(value, out);
    });
    out.push('}');
}

pub(super) fn put_map_value(value: &MapValue, out: &mut String) {
    match value {
        MapValue::Constant(value) => put(value, Level::Sign, out),
        MapValue::Map(entries) => put_map(entries, out),
    }
}

pub(super) fn put_name(name: &Name, out: &mut String) {
    let opens_query = name.parts.first().filter(|part| matches!(part, NamePart::Text(text) if is_source_command(text)));
    put_list(&name.parts, ".", out, |part, out| match part {
        NamePart::Pattern(text) | NamePart::Param(text) => out.push_str(text),
        NamePart::Text(text) if is_plain(text) && !opens_query.is_some_and(|first| std::ptr::eq(first, part)) => {
            out.push_str(text);
        }
        NamePart::Text(text) => {
            out.push('`');
            out.push_str(&text.replace('`', "``"));
            out.push('`');
        }
    });
}

/// Words that some command takes for its own.
const KEYWORDS: [&str; 22] = [
    "and", "or", "not", "in", "is", "like", "rlike", "null", "true", "false", "by", "as", "on", "with", "where", "asc",
    "desc", "nulls", "first", "last", "metadata", "join",
];

/// Whether the word behind `in (` would be read as the beginning of a query.
fn is_source_command(text: &str) -> bool {
    SOURCES.iter().any(|source| source.eq_ignore_ascii_case(text))
}

/// Whether a name's part needs no backticks.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let head = chars.next();
    let head_ok = match head {
        Some('_' | '@') => text.len() > 1,
        Some(c) => c.is_ascii_alphabetic(),
        None => false,
    };
    head_ok
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(text))
}

pub(super) fn put_string(text: &Str, out: &mut String) {
    if text.triple {
        let _ = write!(out, "\"\"\"{}\"\"\"", text.value);
    } else {
        put_quoted(&text.value, out);
    }
}

pub(super) fn put_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

fn level(expr: &Expr) -> Level {
    use crate::lang::esql::ast::ArithmeticOp::{Add, Subtract};
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::Match { .. } => Level::Test,
        ExprKind::Arithmetic { op: Add | Subtract, .. } => Level::Sum,
        ExprKind::Arithmetic { .. } => Level::Product,
        ExprKind::Negate(_) | ExprKind::Plus(_) => Level::Sign,
        ExprKind::Cast { .. } | ExprKind::Call(_) | ExprKind::Column(_) | ExprKind::Literal(_) => Level::Primary,
    }
}

pub(super) fn put(expr: &Expr, outer: Level, out: &mut String) {
    // A cast binds as the primary it stands on, but commands that take a primary take no cast.
    let parens = level(expr) < outer;
    if parens {
        out.push('(');
    }
    put_kind(&expr.kind, out);
    if parens {
        out.push(')');
    }
}

fn put_kind(kind: &ExprKind, out: &mut String) {
    match kind {
        ExprKind::Or(members) => put_list(members, " OR ", out, |member, out| put(member, Level::And, out)),
        ExprKind::And(members) => put_list(members, " AND ", out, |member, out| put(member, Level::Not, out)),
        ExprKind::Not(inner) => put_after("NOT ", inner, Level::Not, out),
        ExprKind::Negate(inner) => put_after("-", inner, Level::Sign, out),
        ExprKind::Plus(inner) => put_after("+", inner, Level::Sign, out),
        ExprKind::Compare { op, left, right, .. } => put_pair(left, op.symbol(), right, (Level::Sum, Level::Sum), out),
        ExprKind::Arithmetic { op, left, right, .. } => {
            use crate::lang::esql::ast::ArithmeticOp::{Add, Subtract};
            let levels =
                if matches!(op, Add | Subtract) { (Level::Sum, Level::Product) } else { (Level::Product, Level::Sign) };
            put_pair(left, op.symbol(), right, levels, out);
        }
        ExprKind::In { negated, subject, list } => {
            put(subject, Level::Sum, out);
            out.push_str(if *negated { " NOT IN (" } else { " IN (" });
            put_list(list, ", ", out, |item, out| put(item, Level::Or, out));
            out.push(')');
        }
        ExprKind::InQuery { negated, subjects, query } => put_in_query(*negated, subjects, query, out),
        ExprKind::Like { regex, negated, subject, patterns, listed } => {
            put(subject, Level::Sum, out);
            out.push_str(if *negated { " NOT " } else { " " });
            out.push_str(if *regex { "RLIKE " } else { "LIKE " });
            out.push_str(if *listed { "(" } else { "" });
            put_list(patterns, ", ", out, |item, out| put(item, Level::Primary, out));
            out.push_str(if *listed { ")" } else { "" });
        }
        ExprKind::IsNull { negated, subject } => {
            put(subject, Level::Sum, out);
            out.push_str(if *negated { " IS NOT NULL" } else { " IS NULL" });
        }
        ExprKind::Match { field, cast, value } => {
            put_name(field, out);
            if let Some(cast) = cast {
                let _ = write!(out, "::{cast}");
            }
            out.push_str(" : ");
            put(value, Level::Sign, out);
        }
        ExprKind::Cast { subject, to } => {
            put(subject, Level::Primary, out);
            let _ = write!(out, "::{to}");
        }
        ExprKind::Call(_) | ExprKind::Column(_) | ExprKind::Literal(_) => put_primary(kind, out),
    }
}

/// A query behind `in`, on the same line.
fn put_in_query(negated: bool, subjects: &[Expr], query: &[Command], out: &mut String) {
    match subjects {
        [subject] => put(subject, Level::Sum, out),
        subjects => {
            out.push('(');
            put_list(subjects, ", ", out, |subject, out| put(subject, Level::Sum, out));
            out.push(')');
        }
    }
    out.push_str(if negated { " NOT IN (" } else { " IN (" });
    put_commands(query, " | ", out);
    out.push(')');
}

fn put_after(operator: &str, inner: &Expr, level: Level, out: &mut String) {
    out.push_str(operator);
    put(inner, level, out);
}

fn put_pair(left: &Expr, operator: &str, right: &Expr, levels: (Level, Level), out: &mut String) {
    put(left, levels.0, out);
    let _ = write!(out, " {operator} ");
    put(right, levels.1, out);
}

fn put_primary(kind: &ExprKind, out: &mut String) {
    match kind {
        ExprKind::Call(call) => {
            out.push_str(&call.name);
            out.push('(');
            if call.star {
                out.push('*');
            }
            put_list(&call.args, ", ", out, |arg, out| put(arg, Level::Or, out));
            if let Some(options) = &call.options {
                out.push_str(if call.args.is_empty() { "" } else { ", " });
                put_map(options, out);
            }
            out.push(')');
        }
        ExprKind::Column(name) => put_name(name, out),
        ExprKind::Literal(literal) => put_literal(literal, out),
        _ => {}
    }
}

fn put_literal(literal: &Literal, out: &mut String) {
    let _ = match literal {
        Literal::Null => write!(out, "NULL"),
        Literal::Bool(value) => write!(out, "{value}"),
        Literal::Integer(value) => write!(out, "{value}"),
        Literal::Decimal(value) => write!(out, "{value:?}"),
        Literal::Timespan { value, unit } => write!(out, "{value} {unit}"),
        Literal::Param(text) => write!(out, "{text}"),
        Literal::String(text) => return put_string(text, out),
        Literal::Array(items) => {
            out.push('[');
            put_list(items, ", ", out, |item, out| put(item, Level::Sign, out));
            out.push(']');
            return;
        }
    };
}
