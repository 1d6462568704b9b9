//! From the tree to text: one command per line, upper-case keywords, no parentheses that the grammar does not need.

mod expr;

use super::ast::{
    Command, CommandKind, EnrichField, Expr, Field, FromItem, Fuse, Map, Measure, Name, Order, Query, Renaming, Source,
    Str, With,
};
pub use expr::print_expression;
use expr::{Level, put, put_list, put_map, put_map_value, put_name, put_quoted, put_string};

/// The query as text. `parse(print(q))` is `q` but for the places.
#[must_use]
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    for setting in &query.settings {
        put_names("SET ", std::slice::from_ref(&setting.name), &mut out);
        out.push_str(" = ");
        put_map_value(&setting.value, &mut out);
        out.push_str(";\n");
    }
    put_commands(&query.commands, "\n| ", &mut out);
    out
}

fn put_commands(commands: &[Command], separator: &str, out: &mut String) {
    put_list(commands, separator, out, put_command);
}

fn put_command(command: &Command, out: &mut String) {
    match &command.kind {
        CommandKind::From { time_series, items, metadata } => {
            out.push_str(if *time_series { "TS " } else { "FROM " });
            put_list(items, ", ", out, put_from_item);
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
            put_change_point(value, on.as_ref(), output.as_ref(), by, out);
        }
        CommandKind::Completion { target, prompt, with } => put_completion(target.as_ref(), prompt, with.as_ref(), out),
        CommandKind::Rerank { target, text, on, with } => {
            out.push_str("RERANK ");
            put_targeted(target.as_ref(), text, out);
            put_fields(" ON ", on, out);
            put_with(with.as_ref(), out);
        }
        CommandKind::Fuse(fuse) => put_fuse(fuse, out),
        CommandKind::Sample(share) => put_after("SAMPLE ", share, out),
        CommandKind::Parts { parts, prefix, input, with } => {
            out.push_str(&parts.keyword().to_ascii_uppercase());
            put_option(" ", Some(prefix), out);
            out.push_str(" = ");
            put(input, Level::Primary, out);
            put_with(with.as_ref(), out);
        }
        CommandKind::Mmr { vector, on, count, with } => {
            out.push_str("MMR");
            vector.iter().for_each(|vector| put_vector(vector, out));
            put_option(" ON ", Some(on), out);
            put_after(" LIMIT ", count, out);
            put_with(with.as_ref(), out);
        }
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

fn put_change_point(value: &Name, on: Option<&Name>, output: Option<&(Name, Name)>, by: &[Expr], out: &mut String) {
    put_names("CHANGE_POINT ", std::slice::from_ref(value), out);
    put_option(" ON ", on, out);
    if let Some((kind, p_value)) = output {
        put_option(" AS ", Some(kind), out);
        put_option(", ", Some(p_value), out);
    }
    if !by.is_empty() {
        out.push_str(" BY ");
        put_list(by, ", ", out, |expr, out| put(expr, Level::Or, out));
    }
}

fn put_fuse(fuse: &Fuse, out: &mut String) {
    out.push_str("FUSE");
    put_option(" ", fuse.method.as_ref(), out);
    put_option(" SCORE BY ", fuse.score.as_ref(), out);
    if !fuse.key.is_empty() {
        put_names(" KEY BY ", &fuse.key, out);
    }
    put_option(" GROUP BY ", fuse.group.as_ref(), out);
    put_with(fuse.with.as_ref(), out);
}

fn put_after(keyword: &str, constant: &Expr, out: &mut String) {
    out.push_str(keyword);
    put(constant, Level::Sign, out);
}

fn put_vector(vector: &Expr, out: &mut String) {
    out.push(' ');
    put(vector, Level::Primary, out);
}

fn put_with(with: Option<&Map>, out: &mut String) {
    if let Some(entries) = with {
        out.push_str(" WITH ");
        put_map(entries, out);
    }
}

/// `column = value`, or the value alone.
fn put_targeted(target: Option<&Name>, value: &Expr, out: &mut String) {
    if let Some(target) = target {
        put_name(target, out);
        out.push_str(" = ");
    }
    put(value, Level::Primary, out);
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
    put_targeted(target, prompt, out);
    match with {
        Some(With::Map(entries)) => put_with(Some(entries), out),
        Some(With::Id(name)) => put_option(" WITH ", Some(name), out),
        None => {}
    }
}

fn put_from_item(item: &FromItem, out: &mut String) {
    match item {
        FromItem::Index(source) => put_source(source, out),
        FromItem::Subquery(commands) => {
            out.push('(');
            put_commands(commands, " | ", out);
            out.push(')');
        }
    }
}

fn put_source(source: &Source, out: &mut String) {
    if source.quoted {
        put_quoted(&source.text, out);
    } else {
        out.push_str(&source.text);
    }
}
