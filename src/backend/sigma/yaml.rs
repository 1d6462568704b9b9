//! YAML as Sigma's authors write it: four spaces, lists below their key, plain scalars where every reader takes them for the
//! same string, single quotes elsewhere, double quotes only for what has to be escaped.

use crate::syntax::{Node, NodeKind, YamlVersion, parse_yaml};
use std::fmt::Write;

/// A value to write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Yaml {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A value of a field: quoted as soon as it has a character with a meaning in Sigma or YAML.
    Str(String),
    /// Text for people: quoted only where YAML needs it, a block where it has several lines.
    Prose(String),
    /// Written as it is: dates.
    Bare(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// A map as a whole document, with a line break at its end.
pub(super) fn document(entries: &[(String, Yaml)]) -> String {
    let mut out = String::new();
    map(entries, 0, &mut out);
    out
}

const STEP: usize = 4;

fn map(entries: &[(String, Yaml)], indent: usize, out: &mut String) {
    for (name, value) in entries {
        let _ = write!(out, "{:indent$}{}:", "", key(name));
        below(value, indent, out);
    }
}

/// What follows a key.
fn below(value: &Yaml, indent: usize, out: &mut String) {
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            map(entries, indent + STEP, out);
        }
        Yaml::List(items) if !items.is_empty() => {
            out.push('\n');
            items.iter().for_each(|value| item(value, indent + STEP, out));
        }
        Yaml::Prose(text) if can_be_block(text) => block(text, indent + STEP, out),
        scalar => {
            let _ = writeln!(out, " {}", inline(scalar));
        }
    }
}

fn item(value: &Yaml, indent: usize, out: &mut String) {
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            let mut inner = String::new();
            map(entries, indent + 2, &mut inner);
            let _ = write!(out, "{:indent$}- {}", "", inner.trim_start_matches(' '));
        }
        Yaml::List(items) if !items.is_empty() => {
            let _ = writeln!(out, "{:indent$}-", "");
            items.iter().for_each(|value| item(value, indent + STEP, out));
        }
        scalar => {
            let _ = writeln!(out, "{:indent$}- {}", "", inline(scalar));
        }
    }
}

fn inline(value: &Yaml) -> String {
    match value {
        Yaml::Null => "null".to_owned(),
        Yaml::Bool(value) => value.to_string(),
        Yaml::Int(number) => number.to_string(),
        Yaml::Float(number) => {
            let text = number.to_string();
            if text.contains('.') { text } else { format!("{text}.0") }
        }
        Yaml::Str(text) => {
            scalar(text, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | ' '))
        }
        Yaml::Prose(text) => scalar(text, is_printable),
        Yaml::Bare(text) => text.clone(),
        Yaml::List(_) => "[]".to_owned(),
        Yaml::Map(_) => "{}".to_owned(),
    }
}

fn key(name: &str) -> String {
    scalar(name, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '|' | '@' | ' '))
}

fn scalar(text: &str, plain: impl Fn(char) -> bool) -> String {
    if text.chars().all(plain) && is_plain(text) {
        return text.to_owned();
    }
    if text.chars().all(is_printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    double_quoted(text)
}

/// Neither a control character nor one of YAML's line breaks, nor one that a reader may drop.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether both versions of YAML, and tools that know more types than they have, read the text without quotes as itself.
fn is_plain(text: &str) -> bool {
    let (Some(first), Some(last)) = (text.chars().next(), text.chars().last()) else { return false };
    if !(first.is_alphanumeric() || matches!(first, '_' | '.' | '/' | '(')) || last == ':' || last.is_whitespace() {
        return false;
    }
    if text.contains(": ") || text.contains(" #") || text.contains("  ") || looks_like_another_type(text) {
        return false;
    }
    if first.is_ascii_alphabetic() && text.chars().all(is_printable) {
        // No other type begins with a letter; a look is enough, and rules are full of such texts.
        return !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    }
    [YamlVersion::V1_1, YamlVersion::V1_2].into_iter().all(|version| reads_as_itself(text, version))
}

/// The words that some reader takes for a boolean or null.
const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// Dates, times and what looks like them.
fn looks_like_another_type(text: &str) -> bool {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | '/' | '+' | '_' | 'T' | 'Z' | ' ');
    text.chars().all(numeric)
}

fn reads_as_itself(text: &str, version: YamlVersion) -> bool {
    let documents = parse_yaml(text, version);
    matches!(documents.as_slice(), [only] if only.problems.is_empty() && only.comments.is_empty()
        && only.root.as_str() == Some(text))
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xff => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) <= 0xffff => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// Several lines that a literal block gives back exactly.
fn can_be_block(text: &str) -> bool {
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let is_kept = |line: &str| line.is_empty() || !line.trim().is_empty();
    text.trim_end_matches('\n').contains('\n')
        && !text.ends_with("\n\n")
        && !text.starts_with([' ', '\t', '\n'])
        && lines.all(|line| is_kept(line) && line.chars().all(|c| is_printable(c) || c == '\t'))
}

fn block(text: &str, indent: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if line.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, "{:indent$}{line}", "");
        }
    }
}

/// A value that was read, to be written again.
pub(super) fn from_node(node: &Node) -> Yaml {
    match &node.kind {
        NodeKind::Null => Yaml::Null,
        NodeKind::Bool(value) => Yaml::Bool(*value),
        NodeKind::Int(number) => Yaml::Int(*number),
        NodeKind::Float(number) => Yaml::Float(*number),
        NodeKind::DateTime(text) => Yaml::Bare(text.clone()),
        NodeKind::Str(scalar) => Yaml::Prose(scalar.text.to_string()),
        NodeKind::Seq(items) => Yaml::List(items.iter().map(from_node).collect()),
        NodeKind::Map(entries) => {
            Yaml::Map(entries.iter().map(|entry| (entry.key.text.clone(), from_node(&entry.value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: Yaml) -> String {
        document(&[("k".to_owned(), value)])
    }

    fn read_back(text: &str, version: YamlVersion) -> Yaml {
        let documents = parse_yaml(text, version);
        assert_eq!(documents[0].problems, vec![], "{text}");
        from_node(documents[0].root.get("k").unwrap())
    }

    #[test]
    fn quotes_stand_where_they_are_needed() {
        for (text, expected) in [
            ("user.session.start", "user.session.start"),
            (r"\curl.exe", r"'\curl.exe'"),
            ("it's", "'it''s'"),
            ("4625", "'4625'"),
            ("yes", "'yes'"),
            ("012", "'012'"),
            ("0o17", "'0o17'"),
            ("12:30:45", "'12:30:45'"),
            ("2024-01-01", "'2024-01-01'"),
            ("", "''"),
            ("null", "'null'"),
            ("~", "'~'"),
            (" a", "' a'"),
            ("a\0", "\"a\\x00\""),
        ] {
            assert_eq!(written(Yaml::Str(text.to_owned())), format!("k: {expected}\n"), "{text}");
        }
        let prose = Yaml::Prose("Detects \"x\", at 50% [y]".to_owned());
        assert_eq!(written(prose), "k: Detects \"x\", at 50% [y]\n");
        assert_eq!(written(Yaml::Prose("a: b".to_owned())), "k: 'a: b'\n");
        assert_eq!(written(Yaml::Prose("a\n\nb\n".to_owned())), "k: |\n    a\n\n    b\n");
    }

    #[test]
    fn lists_and_maps_are_indented_by_four() {
        let inner = Yaml::Map(vec![("a|all".to_owned(), Yaml::List(vec![Yaml::Int(1)])), ("b".to_owned(), Yaml::Null)]);
        assert_eq!(written(Yaml::List(vec![inner])), "k:\n    - a|all:\n          - 1\n      b: null\n");
    }

    proptest! {
        #[test]
        fn strings_read_back(text in r#"[ -~\\'":#\n\t\r\x00\u{85}éＡ\u{2028}\u{feff}😀]{0,12}"#) {
            for version in [YamlVersion::V1_1, YamlVersion::V1_2] {
                for value in [Yaml::Str(text.clone()), Yaml::Prose(text.clone())] {
                    let shown = written(value);
                    prop_assert_eq!(read_back(&shown, version), Yaml::Prose(text.clone()), "{}", shown);
                }
            }
        }

        #[test]
        fn words_read_back(text in r"(yes|no|on|off|true|Null|~|[0-9]{1,3}|\.|e|x|_|:|-|/|o|inf|nan| ){1,5}") {
            for version in [YamlVersion::V1_1, YamlVersion::V1_2] {
                for value in [Yaml::Str(text.clone()), Yaml::Prose(text.clone())] {
                    let shown = document(&[(text.clone(), value.clone()), ("k".to_owned(), Yaml::List(vec![value]))]);
                    prop_assert_eq!(
                        read_back(&shown, version), Yaml::List(vec![Yaml::Prose(text.clone())]), "{}", shown
                    );
                    let documents = parse_yaml(&shown, version);
                    prop_assert_eq!(&documents[0].root.as_map().unwrap()[0].key.text, &text);
                }
            }
        }
    }
}
