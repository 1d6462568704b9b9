//! Pipelines as people read them: a line per stage.

use crate::ir::{
    AggregateStage, Aggregation, Columns, Computed, FieldPath, Pool, SortKey, SortOrder, Stage, display_expr,
    display_term,
};
use std::fmt::Display;

/// The stages, each but the first after a bar.
pub(super) fn text(stages: &[Stage], pool: &Pool) -> String {
    let stages: Vec<String> = stages.iter().map(|stage| one(stage, pool)).collect();
    stages.join("\n| ")
}

fn one(stage: &Stage, pool: &Pool) -> String {
    match stage {
        Stage::Row(columns) => format!("row {}", computed(columns, pool)),
        Stage::Filter(filter) => display_expr(pool, *filter),
        Stage::Compute(columns) => format!("compute {}", computed(columns, pool)),
        Stage::Aggregate(stage) => aggregate(stage, pool),
        Stage::Keep(columns) => format!("keep {}", list(columns.iter().map(listed))),
        Stage::Drop(columns) => format!("drop {}", list(columns.iter().map(listed))),
        Stage::Rename(names) => format!("rename {}", list(names.iter().map(|(new, old)| format!("{old} to {new}")))),
        Stage::Sort(keys) => format!("sort by {}", list(keys.iter().map(sort_key))),
        Stage::Limit { count, by } => format!("limit {count}{}", grouped(by)),
        Stage::Expand(field) => format!("expand {field}"),
        Stage::Grok { input, patterns } => {
            let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
            format!("grok {} {patterns:?}", display_term(pool, input))
        }
        Stage::Dissect { input, pattern, .. } => {
            format!("dissect {} {:?}", display_term(pool, input), pattern.to_string())
        }
        Stage::Enrich { policy, on, columns } => {
            format!("enrich from {policy} on {on} with {}", list(columns.iter().map(|(new, _)| new)))
        }
        Stage::Lookup { index, on } => format!("look up in {index} on {}", list(on)),
        Stage::Fork(branches) => {
            let branches = branches.iter().map(|branch| format!("({})", text(branch, pool).replace('\n', " ")));
            format!("fork {}", branches.collect::<Vec<_>>().join(" "))
        }
        Stage::ChangePoint { value, on, by, kind, p_value } => {
            format!("change point of {value} over {on}{} as {kind}, {p_value}", grouped(by))
        }
        Stage::Completion { column, prompt, model } => {
            format!("{column} = completion by {model} of {}", display_term(pool, prompt))
        }
        Stage::Opaque(opaque) => format!("<{}: {}>", opaque.reason, opaque.text),
    }
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn listed(columns: &Columns) -> String {
    match columns {
        Columns::Name(name) => name.to_string(),
        Columns::Like(pattern) => pattern.to_string(),
    }
}

fn computed(columns: &[Computed], pool: &Pool) -> String {
    list(columns.iter().map(|(name, term)| format!("{name} = {}", display_term(pool, term))))
}

fn grouped(by: &[FieldPath]) -> String {
    if by.is_empty() { String::new() } else { format!(" by {}", list(by)) }
}

fn aggregate(stage: &AggregateStage, pool: &Pool) -> String {
    let word = if stage.inline { "aggregate inline" } else { "aggregate" };
    let one = |aggregation: &Aggregation| {
        let args = list(aggregation.args.iter().map(|arg| display_term(pool, arg)));
        let filter =
            aggregation.filter.map_or(String::new(), |filter| format!(" where {}", display_expr(pool, filter)));
        format!("{} = {}({args}){filter}", aggregation.column, aggregation.function.name())
    };
    format!("{word} {}{}", list(stage.aggregations.iter().map(one)), grouped(&stage.by))
}

fn sort_key(key: &SortKey) -> String {
    let order = if key.order == SortOrder::Descending { " descending" } else { "" };
    let nulls = match (key.nulls_first, key.order) {
        (true, SortOrder::Ascending) => ", nulls first",
        (false, SortOrder::Descending) => ", nulls last",
        _ => "",
    };
    format!("{}{order}{nulls}", key.column)
}
