//! The names of indices in `from` and `lookup join`, held against what Elasticsearch takes as one.

use super::ast::{FromItem, Source};
use crate::source::Problem;

/// What no name of an index holds.
const FORBIDDEN: &[char] = &['\\', '/', '?', '"', '<', '>', '|', ' ', ',', '#', ':'];

/// The patterns of a `from` that name no index. Behind a pattern with a `*` an exclusion may name anything.
pub(super) fn problems(items: &[FromItem]) -> Vec<Problem> {
    let mut has_wildcard = false;
    let mut found = Vec::new();
    for source in items.iter().filter_map(FromItem::index) {
        for pattern in patterns(&source.text) {
            let excluded = pattern.strip_prefix('-');
            if (excluded.is_none() || !has_wildcard) && !is_valid(excluded.unwrap_or(pattern)) {
                found.push(invalid(source, excluded.unwrap_or(pattern)));
            }
            has_wildcard |= pattern.contains('*');
        }
    }
    found
}

/// The index of a `lookup join` is one of the cluster's own, without a pattern.
pub(super) fn lookup_problem(source: &Source) -> Option<Problem> {
    let name = source.text.strip_prefix("_coordinator:").unwrap_or(&source.text);
    let (message, help) = if name.contains('*') {
        ("`lookup join` takes one index and no pattern", "write the index's whole name")
    } else if name.contains("::") {
        ("`lookup join` takes an index and no part of a data stream", "leave the `::` and what follows it out")
    } else if name.contains(':') {
        ("`lookup join` takes no index of another cluster", "each cluster joins its own index of that name")
    } else if !is_valid(name) {
        return Some(invalid(source, name));
    } else {
        return None;
    };
    Some(Problem::new(source.at.0, message).help(help))
}

fn invalid(source: &Source, name: &str) -> Problem {
    let help = "a name starts with no `_`, `-` or `+`, and holds no space and none of \\ / ? \" < > | , # :";
    Problem::new(source.at.0, format!("`{name}` is no name of an index")).help(help)
}

/// The patterns that a text lists, without their clusters and selectors. A comma inside `<..>` belongs to a date.
fn patterns(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let split = text.split(move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    split.map(|pattern| {
        let pattern = pattern.trim();
        let pattern = pattern.split_once("::").map_or(pattern, |(index, _)| index);
        let is_date = pattern.trim_start_matches('-').starts_with('<');
        if is_date { pattern } else { pattern.split_once(':').map_or(pattern, |(_, index)| index) }
    })
}

fn is_valid(name: &str) -> bool {
    let name = without_dates(name);
    let starts_badly = name.starts_with(['_', '-', '+']);
    !name.is_empty() && !starts_badly && name != "." && name != ".." && !name.contains(FORBIDDEN)
}

/// `<logstash-{now/d}>` without the angle brackets and what stands in braces.
fn without_dates(name: &str) -> String {
    let Some(inside) = name.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).filter(|rest| rest.contains('{'))
    else {
        return name.to_owned();
    };
    let mut depth = 0_usize;
    let mut left = String::new();
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => left.push(c),
            _ => {}
        }
    }
    left
}
