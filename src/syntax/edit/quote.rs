//! Writing a string in the style that another one had.

use crate::syntax::{ScalarStyle, YamlVersion, parse_yaml};
use std::fmt::Write;

/// Whose quoting rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Toml,
    Yaml,
}

/// `text` as source in the given style, or in double quotes with escapes where the style cannot hold it: a line break
/// in a one-line style, a quote that ends the string, a plain scalar that would read as something else. YAML's block
/// styles need the indentation of their place and become double quoted too.
#[must_use]
pub fn quote_like(style: ScalarStyle, text: &str, format: Format) -> String {
    let held = match (format, style) {
        (Format::Yaml, ScalarStyle::Plain) => plain(text),
        (Format::Yaml, ScalarStyle::Single) => single_yaml(text),
        (Format::Toml, ScalarStyle::Single) => single_toml(text),
        (Format::Toml, ScalarStyle::MultiLineLiteral) => multi_line_literal(text),
        (Format::Toml, ScalarStyle::MultiLineBasic) => Some(multi_line_basic(text)),
        _ => None,
    };
    held.unwrap_or_else(|| double(text, format))
}

/// A plain scalar where block and flow context, key and value, and both YAML versions read it back as this string.
fn plain(text: &str) -> Option<String> {
    if text.contains(['\n', '\r', ',', '[', ']', '{', '}']) {
        return None;
    }
    let reads_back = |version| {
        let documents = parse_yaml(&format!("k: {text}\n"), version);
        let [document] = documents.as_slice() else { return false };
        let value = document.root.get("k").and_then(|value| value.as_scalar());
        let same = value.is_some_and(|value| *value.text == *text && value.style == ScalarStyle::Plain);
        same && document.problems.is_empty() && document.comments.is_empty() && document.version_disputes.is_empty()
    };
    (reads_back(YamlVersion::V1_1) && reads_back(YamlVersion::V1_2)).then(|| text.to_owned())
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn single_yaml(text: &str) -> Option<String> {
    (!has_control(text) && !text.contains('\u{feff}')).then(|| format!("'{}'", text.replace('\'', "''")))
}

fn single_toml(text: &str) -> Option<String> {
    (!has_control(text) && !text.contains('\'')).then(|| format!("'{text}'"))
}

/// The line break after the opening quotes is no part of the string.
fn multi_line_literal(text: &str) -> Option<String> {
    let sound = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    (sound && !text.contains("'''") && !text.ends_with('\'')).then(|| format!("'''\n{text}'''"))
}

fn multi_line_basic(text: &str) -> String {
    let mut out = String::from("\"\"\"\n");
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            c => escape(&mut out, c, Format::Toml),
        }
    }
    out.push_str("\"\"\"");
    out
}

fn double(text: &str, format: Format) -> String {
    let mut out = String::from("\"");
    text.chars().for_each(|c| escape(&mut out, c, format));
    out.push('"');
    out
}

fn escape(out: &mut String, c: char, format: Format) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if needs_escape(c, format) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04X}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Controls; in YAML also its own line separators and the byte order mark, which readers take for layout.
fn needs_escape(c: char, format: Format) -> bool {
    c.is_control()
        || (format == Format::Yaml && matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'))
}
