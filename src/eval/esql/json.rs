//! `json_extract`.

use serde_json::Value as Json;

/// The value at a path of a JSON text, or of the document itself, as a text.
pub(super) fn extract(arguments: &[&Json]) -> Option<Json> {
    let [input, path] = arguments else { return None };
    let parsed;
    let root: &Json = match input {
        Json::String(text) => {
            parsed = serde_json::from_str::<Json>(text).ok()?;
            &parsed
        }
        other => other,
    };
    let found = steps(path.as_str()?)?.into_iter().try_fold(root, |value, step| match step {
        Step::Key(key) => value.as_object()?.get(&key),
        Step::Index(index) => value.as_array()?.get(index),
    })?;
    match found {
        Json::Null => None,
        Json::String(text) => Some(text.as_str().into()),
        other => Some(other.to_string().into()),
    }
}

enum Step {
    Key(String),
    Index(usize),
}

/// `a.b`, `['a']["b"]`, `a[0]`, with an optional `$` in front.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut found = Vec::new();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut first = rest.len() == path.len();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = bracket(inside)?;
            found.push(step);
            rest = after;
        } else {
            let name = if first { rest } else { rest.strip_prefix('.')? };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            found.push(Step::Key(name[..end].to_owned()));
            rest = &name[end..];
        }
        first = false;
    }
    Some(found)
}

fn bracket(inside: &str) -> Option<(Step, &str)> {
    let inside = inside.trim_start();
    if let Some(quote) = inside.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let (mut key, mut escaped) = (String::new(), false);
        for (at, c) in inside.char_indices().skip(1) {
            match c {
                '\\' if !escaped => escaped = true,
                _ if c == quote && !escaped => {
                    let after = inside[at + c.len_utf8()..].trim_start().strip_prefix(']')?;
                    return Some((Step::Key(key), after));
                }
                _ => {
                    key.push(c);
                    escaped = false;
                }
            }
        }
        return None;
    }
    let (index, after) = inside.split_once(']')?;
    let index = index.trim();
    index.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    Some((Step::Index(index.parse().ok()?), after))
}
