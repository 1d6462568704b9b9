//! The names of indices in `from` and `lookup join`, held against what Elasticsearch takes as one.

use super::ast::{FromItem, Source};
use crate::source::Problem;

/// What no name of an index holds.
const FORBIDDEN: &[char] = &['\\', '/', '?', '"', '<', '>', '|', ' ', ',', '#', ':'];

/// The parts of a data stream that stand behind `::`.
const SELECTORS: [&str; 2] = ["data", "failures"];

/// A pattern of a list, taken apart.
struct Pattern<'a> {
    cluster: Option<&'a str>,
    index: &'a str,
    /// Behind `::`.
    selector: Option<&'a str>,
}

/// The patterns of a `from` that name no index. Behind a pattern with a `*` an exclusion may name anything.
pub(super) fn problems(items: &[FromItem]) -> Vec<Problem> {
    let mut has_wildcard = false;
    let mut found = Vec::new();
    for source in items.iter().filter_map(FromItem::index) {
        for pattern in patterns(&source.text) {
            let excluded = pattern.index.strip_prefix('-');
            if (excluded.is_none() || !has_wildcard) && !is_valid(excluded.unwrap_or(pattern.index)) {
                found.push(invalid(source, excluded.unwrap_or(pattern.index)));
            } else {
                found.extend(selector_problem(source, &pattern));
            }
            has_wildcard |= pattern.index.contains('*');
        }
    }
    found
}

fn selector_problem(source: &Source, pattern: &Pattern<'_>) -> Option<Problem> {
    let selector = pattern.selector?;
    let (message, help) = if pattern.cluster.is_some() {
        let help = format!("leave `::{selector}` out, or ask the cluster itself");
        ("a part of a data stream is not read from another cluster".to_owned(), help)
    } else if SELECTORS.contains(&selector.trim()) {
        return None;
    } else {
        (format!("`{selector}` is no part of a data stream"), "the parts are `::data` and `::failures`".to_owned())
    };
    Some(Problem::new(source.at.0, message).help(help))
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
    if name.starts_with('<') && without_dates(name).is_none() {
        let problem = Problem::new(source.at.0, format!("`{name}` is no name with a date"));
        return problem.help("close every brace: `<logs-{now/d}>`");
    }
    let help = "a name starts with no `_`, `-` or `+`, and holds no space and none of \\ / ? \" < > | , # :";
    Problem::new(source.at.0, format!("`{name}` is no name of an index")).help(help)
}

/// The patterns that a text lists. A comma inside `<..>` belongs to a date.
fn patterns(text: &str) -> impl Iterator<Item = Pattern<'_>> {
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
        let (name, selector) =
            pattern.split_once("::").map_or((pattern, None), |(name, selector)| (name, Some(selector)));
        let is_date = name.trim_start_matches('-').starts_with('<');
        let (cluster, index) = match name.split_once(':') {
            Some((cluster, index)) if !is_date => (Some(cluster), index),
            _ => (None, name),
        };
        Pattern { cluster, index, selector }
    })
}

fn is_valid(name: &str) -> bool {
    let Some(name) = without_dates(name) else { return false };
    let starts_badly = name.starts_with(['_', '-', '+']);
    !name.is_empty() && !starts_badly && name != "." && name != ".." && !name.contains(FORBIDDEN)
}

/// `<logstash-{now/d}>` without the angle brackets and what stands in braces; nothing when a brace is left open.
fn without_dates(name: &str) -> Option<String> {
    let Some(inside) = name.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).filter(|rest| rest.contains('{'))
    else {
        return Some(name.to_owned());
    };
    let mut depth = 0_usize;
    let mut left = String::new();
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => left.push(c),
            _ => {}
        }
    }
    (depth == 0).then_some(left)
}
