//! Templates in the form of Python's `str.format`: `{rule.title}`, `{pipeline.state[index]}`, `{{`.

use super::python;
use serde_json::Value as Json;

/// Fills a template.
///
/// # Errors
/// A name that does not exist, a brace that is not closed, or a conversion or format, which are not supported.
pub(super) fn format(template: &str, values: &[(&str, &Json)]) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(next) = after.strip_prefix(brace) {
            out.push_str(brace);
            rest = next;
            continue;
        }
        if brace == "}" {
            return Err("a `}` stands alone; write `}}`".to_owned());
        }
        let (name, next) = after.split_once('}').ok_or("a `{` is not closed; write `{{`")?;
        out.push_str(&python::text(lookup(name, values)?));
        rest = next;
    }
    out.push_str(rest);
    Ok(out)
}

fn lookup<'v>(name: &str, values: &[(&str, &'v Json)]) -> Result<&'v Json, String> {
    if name.contains(['!', ':']) {
        return Err(format!("`{{{name}}}` has a conversion or a format, which is not supported"));
    }
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(end);
    let missing = || format!("`{{{name}}}` does not exist");
    let mut value = values.iter().find(|(known, _)| *known == first).map(|(_, value)| *value).ok_or_else(missing)?;
    while !rest.is_empty() {
        let (key, next) = if let Some(inner) = rest.strip_prefix('[') {
            inner.split_once(']').ok_or_else(missing)?
        } else {
            let inner = rest.strip_prefix('.').ok_or_else(missing)?;
            inner.split_at(inner.find(['.', '[']).unwrap_or(inner.len()))
        };
        value = match value {
            Json::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(key),
        }
        .ok_or_else(missing)?;
        rest = next;
    }
    Ok(value)
}
