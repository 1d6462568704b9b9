//! From the tree to text: one command per line, upper-case keywords, no parentheses that the grammar does not need.

use super::ast::{
    Command, CommandKind, EnrichField, Expr, ExprKind, Field, Literal, Measure, Name, NamePart, Order, Query, Renaming,
    Source, Str, With,
};
use std::fmt::Write;

/// What binds tighter is printed without parentheses inside what binds looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Test,
    Sum,
    Product,
    Sign,
    Primary,
}

/// The query as text. `parse(print(q))` is `q` but for the places.
#[must_use]
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    put_commands(&query.commands, "\n| ", &mut out);
    out
}

/// An expression as text.
#[must_use]
pub fn print_expression(expr: &Expr) -> String {
    let mut out = String::new();
    put(expr, Level::Or, &mut out);
    out
}

fn put_commands(commands: &[Command], separator: &str, out: &mut String) {
    put_list(commands, separator, out, put_command);
}

fn put_list<T>(items: &[T], separator: &str, out: &mut String, put: impl Fn(&T, &mut String)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        put(item, out);
    }
}

fn put_command(command: &Command, out: &mut String) {
    match &command.kind {
        CommandKind::From { time_series, sources, metadata } => {
            out.push_str(if *time_series { "TS " } else { "FROM " });
            put_list(sources, ", ", out, put_source);
            if !metadata.is_empty() {
                out.push_str(" METADATA ");
                put_list(metadata, ", ", out, put_name);
            }
        }
        CommandKind::Row(fields) => put_fields("ROW ", fields, out),
        CommandKind::Eval(fields) => put_fields("EVAL ", fields, out),
        CommandKind::Where(condition) => {
            out.push_str("WHERE ");
            put(condition, Level::Or, out);
        }
        CommandKind::Stats { inline, measures, by } => put_stats(*inline, measures, by, out),
        CommandKind::Keep(names) => put_names("KEEP ", names, out),
        CommandKind::Drop(names) => put_names("DROP ", names, out),
        CommandKind::Rename(renamings) => {
            out.push_str("RENAME ");
            put_list(renamings, ", ", out, put_renaming);
        }
        CommandKind::Sort(keys) => {
            out.push_str("SORT ");
            put_list(keys, ", ", out, put_order);
        }
        CommandKind::Limit { count, by } => {
            out.push_str("LIMIT ");
            put(count, Level::Primary, out);
            if !by.is_empty() {
                out.push_str(" BY ");
                put_list(by, ", ", out, |expr, out| put(expr, Level::Or, out));
            }
        }
        _ => put_rarer(&command.kind, out),
    }
}

fn put_rarer(kind: &CommandKind, out: &mut String) {
    match kind {
        CommandKind::Grok { input, patterns } => {
            out.push_str("GROK ");
            put(input, Level::Primary, out);
            out.push(' ');
            put_list(patterns, ", ", out, put_string);
        }
        CommandKind::Dissect { input, pattern, options } => put_dissect(input, pattern, options, out),
        CommandKind::MvExpand(name) => put_names("MV_EXPAND ", std::slice::from_ref(name), out),
        CommandKind::Enrich { policy, on, with } => put_enrich(policy, on.as_ref(), with, out),
        CommandKind::LookupJoin { index, alias, on } => {
            out.push_str("LOOKUP JOIN ");
            put_source(index, out);
            put_option(" AS ", alias.as_ref(), out);
            out.push_str(" ON ");
            put_list(on, ", ", out, |expr, out| put(expr, Level::Or, out));
        }
        CommandKind::Fork(branches) => {
            out.push_str("FORK");
            for branch in branches {
                out.push_str("\n  (");
                put_commands(branch, " | ", out);
                out.push(')');
            }
        }
        CommandKind::ChangePoint { value, on, output, by } => {
            put_names("CHANGE_POINT ", std::slice::from_ref(value), out);
            put_option(" ON ", on.as_ref(), out);
            if let Some((kind, p_value)) = output {
                put_option(" AS ", Some(kind), out);
                put_option(", ", Some(p_value), out);
            }
            if !by.is_empty() {
                out.push_str(" BY ");
                put_list(by, ", ", out, |expr, out| put(expr, Level::Or, out));
            }
        }
        CommandKind::Completion { target, prompt, with } => put_completion(target.as_ref(), prompt, with.as_ref(), out),
        CommandKind::Other { name, text } => {
            out.push_str(&name.to_ascii_uppercase());
            if !text.is_empty() {
                out.push(' ');
                out.push_str(text);
            }
        }
        _ => {}
    }
}

fn put_names(keyword: &str, names: &[Name], out: &mut String) {
    out.push_str(keyword);
    put_list(names, ", ", out, put_name);
}

fn put_option(keyword: &str, name: Option<&Name>, out: &mut String) {
    if let Some(name) = name {
        put_names(keyword, std::slice::from_ref(name), out);
    }
}

fn put_fields(keyword: &str, fields: &[Field], out: &mut String) {
    out.push_str(keyword);
    put_list(fields, ", ", out, put_field);
}

fn put_field(field: &Field, out: &mut String) {
    if let Some(name) = &field.name {
        put_name(name, out);
        out.push_str(" = ");
    }
    put(&field.expr, Level::Or, out);
}

fn put_stats(inline: bool, measures: &[Measure], by: &[Field], out: &mut String) {
    out.push_str(if inline { "INLINE STATS" } else { "STATS" });
    if !measures.is_empty() {
        out.push(' ');
    }
    put_list(measures, ", ", out, |measure, out| {
        put_field(&measure.field, out);
        if let Some(filter) = &measure.filter {
            out.push_str(" WHERE ");
            put(filter, Level::Or, out);
        }
    });
    if !by.is_empty() {
        put_fields(" BY ", by, out);
    }
}

fn put_renaming(renaming: &Renaming, out: &mut String) {
    let (first, word, second) =
        if renaming.assigned { (&renaming.new, " = ", &renaming.old) } else { (&renaming.old, " AS ", &renaming.new) };
    put_name(first, out);
    out.push_str(word);
    put_name(second, out);
}

fn put_order(order: &Order, out: &mut String) {
    put(&order.expr, Level::Or, out);
    out.push_str(match order.descending {
        Some(true) => " DESC",
        Some(false) => " ASC",
        None => "",
    });
    out.push_str(match order.nulls_first {
        Some(true) => " NULLS FIRST",
        Some(false) => " NULLS LAST",
        None => "",
    });
}

fn put_dissect(input: &Expr, pattern: &Str, options: &[(Name, Expr)], out: &mut String) {
    out.push_str("DISSECT ");
    put(input, Level::Primary, out);
    out.push(' ');
    put_string(pattern, out);
    for (at, (name, value)) in options.iter().enumerate() {
        out.push_str(if at == 0 { " " } else { ", " });
        put_name(name, out);
        out.push_str(" = ");
        put(value, Level::Primary, out);
    }
}

fn put_enrich(policy: &Source, on: Option<&Name>, with: &[EnrichField], out: &mut String) {
    out.push_str("ENRICH ");
    put_source(policy, out);
    put_option(" ON ", on, out);
    for (at, field) in with.iter().enumerate() {
        out.push_str(if at == 0 { " WITH " } else { ", " });
        if let Some(new) = &field.new {
            put_name(new, out);
            out.push_str(" = ");
        }
        put_name(&field.field, out);
    }
}

fn put_completion(target: Option<&Name>, prompt: &Expr, with: Option<&With>, out: &mut String) {
    out.push_str("COMPLETION ");
    if let Some(target) = target {
        put_name(target, out);
        out.push_str(" = ");
    }
    put(prompt, Level::Primary, out);
    match with {
        Some(With::Map(entries)) => {
            out.push_str(" WITH ");
            put_map(entries, out);
        }
        Some(With::Id(name)) => put_option(" WITH ", Some(name), out),
        None => {}
    }
}

fn put_map(entries: &[(Str, Expr)], out: &mut String) {
    out.push('{');
    put_list(entries, ", ", out, |(key, value), out| {
        put_string(key, out);
        out.push_str(": ");
        put(value, Level::Sign, out);
    });
    out.push('}');
}

fn put_source(source: &Source, out: &mut String) {
    if source.quoted {
        put_quoted(&source.text, out);
    } else {
        out.push_str(&source.text);
    }
}

fn put_name(name: &Name, out: &mut String) {
    put_list(&name.parts, ".", out, |part, out| match part {
        NamePart::Pattern(text) | NamePart::Param(text) => out.push_str(text),
        NamePart::Text(text) if is_plain(text) => out.push_str(text),
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

fn put_string(text: &Str, out: &mut String) {
    if text.triple {
        let _ = write!(out, "\"\"\"{}\"\"\"", text.value);
    } else {
        put_quoted(&text.value, out);
    }
}

fn put_quoted(text: &str, out: &mut String) {
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
    use super::ast::ArithmeticOp::{Add, Subtract};
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::Match { .. } => Level::Test,
        ExprKind::Arithmetic { op: Add | Subtract, .. } => Level::Sum,
        ExprKind::Arithmetic { .. } => Level::Product,
        ExprKind::Negate(_) | ExprKind::Plus(_) => Level::Sign,
        ExprKind::Cast { .. } | ExprKind::Call(_) | ExprKind::Column(_) | ExprKind::Literal(_) => Level::Primary,
    }
}

fn put(expr: &Expr, outer: Level, out: &mut String) {
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
            use super::ast::ArithmeticOp::{Add, Subtract};
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
