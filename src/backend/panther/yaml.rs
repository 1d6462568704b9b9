//! The little YAML that a Panther rule needs, with comments, in a form that YAML 1.1 and 1.2 read alike.

use serde_json::Value as Json;
use std::fmt::Write;

/// A YAML text that is written line by line.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    pub(super) text: String,
}

impl Yaml {
    /// `key: text`, as a block where it has several lines.
    pub(super) fn string(&mut self, key: &str, text: &str) {
        match block(text) {
            Some(block) => {
                let _ = write!(self.text, "{key}: {block}");
            }
            None => {
                let _ = writeln!(self.text, "{key}: {}", scalar(text));
            }
        }
    }

    /// `key: true`, `key: 60`
    pub(super) fn plain(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{key}: {value}");
    }

    /// A list of strings; nothing when it is empty.
    pub(super) fn strings(&mut self, key: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "{key}:");
        for item in items {
            let _ = writeln!(self.text, "  - {}", scalar(item));
        }
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    /// `key: value` with JSON below it in block style.
    pub(super) fn json(&mut self, indent: usize, key: &str, value: &Json) {
        let pad = " ".repeat(indent);
        match value {
            Json::Object(map) if !map.is_empty() => {
                let _ = writeln!(self.text, "{pad}{}:", scalar(key));
                map.iter().for_each(|(key, value)| self.json(indent + 2, key, value));
            }
            Json::Array(items) if !items.is_empty() => {
                let _ = writeln!(self.text, "{pad}{}:", scalar(key));
                items.iter().for_each(|item| self.item(indent + 2, item));
            }
            value => {
                let _ = writeln!(self.text, "{pad}{}: {}", scalar(key), leaf(value));
            }
        }
    }

    fn item(&mut self, indent: usize, item: &Json) {
        let pad = " ".repeat(indent);
        let nested = match item {
            Json::Object(map) => !map.is_empty(),
            Json::Array(items) => !items.is_empty(),
            _ => false,
        };
        if !nested {
            let _ = writeln!(self.text, "{pad}- {}", leaf(item));
            return;
        }
        let start = self.text.len();
        match item {
            Json::Object(map) => map.iter().for_each(|(key, value)| self.json(indent + 2, key, value)),
            Json::Array(items) => items.iter().for_each(|item| self.item(indent + 2, item)),
            _ => {}
        }
        // The first line of the item stands after its dash.
        self.text.replace_range(start..start + indent + 2, &format!("{pad}- "));
    }
}

fn leaf(value: &Json) -> String {
    match value {
        Json::String(text) => scalar(text),
        Json::Number(number) if number.is_f64() => float(&number.to_string()),
        Json::Array(_) => "[]".to_owned(),
        Json::Object(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

/// YAML 1.1 wants a dot, and a sign in the exponent.
fn float(text: &str) -> String {
    let (number, exponent) = text.split_once('e').map_or((text, None), |(number, exponent)| (number, Some(exponent)));
    let dot = if number.contains('.') { "" } else { ".0" };
    match exponent {
        None => format!("{number}{dot}"),
        Some(exponent) if exponent.starts_with('-') => format!("{number}{dot}e{exponent}"),
        Some(exponent) => format!("{number}{dot}e+{}", exponent.trim_start_matches('+')),
    }
}

/// A string as a scalar of one line: plain where every reader takes it for a string, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    const OTHER_TYPES: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || " _./-:@+(),*?=&;%$".contains(c));
    starts_well
        && letters
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !OTHER_TYPES.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
        }
    }
    out.push('"');
    out
}

/// Printable in YAML 1.1 and 1.2, and no line break of either.
fn is_printable(c: char) -> bool {
    let odd = matches!(c, '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !c.is_control() && !odd
}

/// A text of several lines as a literal block, if it can be one.
fn block(text: &str) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let fits = body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.lines().all(|line| !line.ends_with([' ', '\t']))
        && body.chars().all(|c| c == '\n' || is_printable(c));
    if !fits {
        return None;
    }
    let header = if text.ends_with('\n') { "|" } else { "|-" };
    let mut out = format!("{header}\n");
    for line in body.split('\n') {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "  {line}") };
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{NodeKind, YamlVersion, parse_yaml};
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        let documents = parse_yaml(text, YamlVersion::V1_2);
        assert!(documents[0].problems.is_empty(), "{text:?}: {:?}", documents[0].problems);
        documents[0].root.get("k")?.as_str().map(str::to_owned)
    }

    proptest! {
        #[test]
        fn strings_come_back(text in any::<String>()) {
            let mut yaml = Yaml::default();
            yaml.string("k", &text);
            prop_assert_eq!(read(&yaml.text), Some(text));
        }

        #[test]
        fn texts_come_back(lines in proptest::collection::vec("[ a-z:#\"'\\-]{0,12}", 1..5)) {
            let text = lines.join("\n");
            let mut yaml = Yaml::default();
            yaml.string("k", &text);
            prop_assert_eq!(read(&yaml.text), Some(text));
        }
    }

    #[test]
    fn words_of_other_types_are_quoted() {
        for text in ["off", "Yes", "null", "1", "0x1f", "~", "", "- a", "a: b", "a #b", "2024-01-01", "1:30"] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        assert_eq!(scalar("user.session.start"), "user.session.start");
    }

    #[test]
    fn events_in_block_style() {
        let event = serde_json::json!({"a": [{"b": 1, "c": [[], {}]}, "x", [1.5, 1e30]], "d": {}, "e": {"off": null}});
        let mut yaml = Yaml::default();
        yaml.json(0, "Log", &event);
        assert_eq!(
            yaml.text,
            "Log:\n  a:\n    - b: 1\n      c:\n        - []\n        - {}\n    - x\n    - - 1.5\n      - 1.0e+30\n  d: {}\n  e:\n    \"off\": null\n"
        );
        let documents = parse_yaml(&yaml.text, YamlVersion::V1_2);
        let log = documents[0].root.get("Log").unwrap();
        assert!(matches!(log.kind, NodeKind::Map(_)));
    }
}
