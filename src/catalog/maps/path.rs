//! Paths of fields, and patterns of them that end in a star.

use std::borrow::Cow;

/// The path without array markers: `target[].id` and `target[0].id` are `target.id`. A dot inside a key is a dot.
pub(in crate::catalog) fn plain(path: &str) -> Cow<'_, str> {
    if !path.contains(['[', '\\']) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(
        keys(path)
            .map(|key| key.split_once('[').map_or(&*key, |(name, _)| name).to_owned())
            .collect::<Vec<_>>()
            .join("."),
    )
}

/// The first key of a path as it is written there, and what follows: `\.` is a dot inside a key.
pub(in crate::catalog) fn first_key(path: &str) -> (Cow<'_, str>, Option<&str>) {
    let is_escaped = |at: usize| path.as_bytes()[..at].ends_with(b"\\");
    let end = memchr::memchr_iter(b'.', path.as_bytes()).find(|at| !is_escaped(*at));
    let (key, rest) = end.map_or((path, None), |at| (&path[..at], Some(&path[at + 1..])));
    let key = if key.contains('\\') { Cow::Owned(key.replace("\\.", ".")) } else { Cow::Borrowed(key) };
    (key, rest)
}

/// The keys of a path, with their array markers.
pub(in crate::catalog) fn keys(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut left = Some(path);
    std::iter::from_fn(move || {
        let (key, rest) = first_key(left?);
        left = rest;
        Some(key)
    })
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
