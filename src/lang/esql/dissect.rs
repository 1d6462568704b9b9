//! The patterns of `dissect`: their keys, which columns they add, and what is wrong with them.

use super::ast::Str;
use super::grok::{Extraction, place};
use super::types::Type;
use crate::source::Problem;
use std::ops::Range;

/// A pattern: what stands before the first key, and the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DissectPattern {
    pub start: String,
    pub keys: Vec<DissectKey>,
}

/// `%{name}`, `%{+name}`, `%{+name/2}`, `%{?name}` or `%{}`, each with `->` or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DissectKey {
    /// Empty for a key that is skipped.
    pub name: String,
    pub append: bool,
    /// The place among the appended ones, where it is stated.
    pub order: Option<u32>,
    /// `->`: the delimiter may stand several times.
    pub padded: bool,
    /// What stands between this key and the next one.
    pub delimiter: String,
}

/// A key as it is written: its bytes with the braces, what stands in them, and what stands behind.
type Written<'a> = (Range<usize>, &'a str, &'a str);

/// Reads a pattern (Elasticsearch's `DissectParser`); `None` when it has no key, one that is never closed, or keys by reference, which
/// ES|QL does not take.
#[must_use]
pub fn dissect_pattern(pattern: &str) -> Option<DissectPattern> {
    let (start, keys, closed) = written(pattern);
    if keys.is_empty() || !closed {
        return None;
    }
    let keys = keys.into_iter().map(|(_, body, delimiter)| key(body, delimiter)).collect::<Option<_>>()?;
    Some(DissectPattern { start: start.to_owned(), keys })
}

/// What stands before the keys, the keys, and whether each is closed.
fn written(text: &str) -> (&str, Vec<Written<'_>>, bool) {
    let mut keys = Vec::new();
    let Some((start, mut rest)) = text.split_once("%{") else { return (text, keys, true) };
    let mut at = start.len();
    loop {
        let Some((body, behind)) = rest.split_once('}') else {
            keys.push((at..text.len(), rest, ""));
            return (start, keys, false);
        };
        let end = at + body.len() + 3;
        let (delimiter, next) = behind.split_once("%{").map_or((behind, None), |(text, next)| (text, Some(next)));
        keys.push((at..end, body, delimiter));
        let Some(next) = next else { return (start, keys, true) };
        rest = next;
        at = end + delimiter.len();
    }
}

fn key(body: &str, delimiter: &str) -> Option<DissectKey> {
    let (text, padded) = body.strip_suffix("->").map_or((body, false), |text| (text, true));
    if text.starts_with(['*', '&']) {
        return None;
    }
    let (text, append) = text.strip_prefix('+').map_or((text, false), |text| (text, true));
    let (name, order) = match text.split_once('/').filter(|_| append) {
        Some((name, order)) => (name, Some(order.parse().ok()?)),
        None => (text, None),
    };
    let name = if name.starts_with('?') { "" } else { name };
    Some(DissectKey { name: name.to_owned(), append, order, padded, delimiter: delimiter.to_owned() })
}

/// The columns of a pattern of `dissect`, and what is wrong with it.
#[must_use]
pub fn dissect(pattern: &Str) -> Extraction {
    let mut found = Extraction::default();
    let (_, keys, closed) = written(&pattern.value);
    if keys.is_empty() {
        let problem = Problem::new(pattern.at.0, "the pattern of `dissect` has no `%{key}`");
        let help = "a key is written `%{name}`; `*` and regular expressions are literal text here";
        found.problems.push(problem.help(help));
    }
    let last = keys.len().saturating_sub(1);
    let has_keys = !keys.is_empty();
    for (index, (range, body, delimiter)) in keys.into_iter().enumerate() {
        let at = place(pattern, range.start, range.end);
        if index == last && !closed {
            found.problems.push(Problem::new(at, "`%{` is never closed").help("a key is written `%{name}`"));
            break;
        }
        match key(body, delimiter) {
            Some(key) if key.name.is_empty() => {}
            Some(key) if found.columns.iter().any(|(known, ..)| *known == key.name) => {}
            Some(key) => found.columns.push((key.name, Type::Keyword, at)),
            None if body.starts_with(['*', '&']) => {
                let problem = Problem::new(at, "ES|QL has no reference keys in `dissect`");
                found.problems.push(problem.help("name the key: `%{name}`"));
            }
            None => {
                let problem = Problem::new(at, "the place of an appended key is a number");
                found.problems.push(problem.help("write `%{+name/2}`, or `%{+name}`"));
            }
        }
    }
    if has_keys && found.columns.is_empty() && found.problems.is_empty() {
        let problem = Problem::new(pattern.at.0, "every key of this pattern is skipped: it makes no column");
        found.problems.push(problem.help("name at least one key: `%{name}`"));
    }
    found
}
