//! Paths of fields, and patterns of them that end in a star.

use std::borrow::Cow;

/// The path without array markers: `target[].id` and `target[0].id` are `target.id`.
pub(in crate::catalog) fn plain(path: &str) -> Cow<'_, str> {
    if !path.contains('[') {
        return Cow::Borrowed(path);
    }
    let segments: Vec<&str> = path.split('.').map(|s| s.split_once('[').map_or(s, |(name, _)| name)).collect();
    Cow::Owned(segments.join("."))
}

/// The path without its last `levels` segments; `None` when nothing is left.
pub(super) fn ancestor(path: &str, levels: usize) -> Option<&str> {
    (0..levels).try_fold(path, |path, _| path.rsplit_once('.').map(|(head, _)| head))
}

/// What `path` has below a pattern `a.b.*`; empty for `a.b` itself. The letter case of the fixed part does not matter:
/// Panther's SQL world has its columns in lower case.
pub(super) fn rest_of<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    if pattern == "*" {
        return Some(path);
    }
    let parent = pattern.strip_suffix(".*")?;
    if path.eq_ignore_ascii_case(parent) {
        return Some("");
    }
    is_below(parent, path).then(|| &path[parent.len() + 1..])
}

/// Whether `path` is a subfield of `parent`, letter case of the parent aside.
pub(in crate::catalog) fn is_below(parent: &str, path: &str) -> bool {
    let head = path.get(..parent.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(parent)) && path[parent.len()..].starts_with('.')
}

/// `a.b.*` with `rest` in the star's place; `a.b` for an empty rest.
pub(super) fn with_rest(field: &str, rest: Option<&str>) -> String {
    match (field.strip_suffix(".*"), rest) {
        _ if field == "*" => rest.unwrap_or_default().to_owned(),
        (Some(head), Some("")) => head.to_owned(),
        (Some(head), Some(rest)) => format!("{head}.{rest}"),
        _ => field.to_owned(),
    }
}
