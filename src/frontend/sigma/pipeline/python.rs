//! Values as Python prints them: pipelines are written for tools in Python, and what they print goes into queries.

use serde_json::Value as Json;
use std::fmt::Write;

/// `str(value)`.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => repr(other),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}: {}", quoted(key), repr(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A string in the quotes that need fewer escapes, single ones first.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `json.dumps(value, indent=indent)`: spaces after `,` and `:`, and ASCII only.
pub(super) fn json(value: &Json, indent: Option<usize>) -> String {
    let mut out = String::new();
    write_json(value, indent, 1, &mut out);
    out
}

fn write_json(value: &Json, indent: Option<usize>, level: usize, out: &mut String) {
    match value {
        Json::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, indent, level, out);
                write_json(item, indent, level + 1, out);
            }
            close(indent, level, ']', out);
        }
        Json::Object(map) if !map.is_empty() => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                separate(index, indent, level, out);
                write_string(key, out);
                out.push_str(": ");
                write_json(item, indent, level + 1, out);
            }
            close(indent, level, '}', out);
        }
        Json::String(text) => write_string(text, out),
        other => out.push_str(&other.to_string()),
    }
}

fn separate(index: usize, indent: Option<usize>, level: usize, out: &mut String) {
    match indent {
        None if index > 0 => out.push_str(", "),
        None => {}
        Some(width) => {
            out.push_str(if index > 0 { ",\n" } else { "\n" });
            out.push_str(&" ".repeat(width * level));
        }
    }
}

fn close(indent: Option<usize>, level: usize, bracket: char, out: &mut String) {
    if let Some(width) = indent {
        out.push('\n');
        out.push_str(&" ".repeat(width * (level - 1)));
    }
    out.push(bracket);
}

fn write_string(text: &str, out: &mut String) {
    for c in Json::from(text).to_string().chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}
