//! Regular expressions and replacements as Python's `re` writes them.

use crate::frontend::sigma::reader::Reader;
use crate::source::Span;
use regex::{Captures, Regex};

/// Compiles an expression. Look-around and back-references have no form here and are reported.
pub(super) fn compile(text: &str, at: Span, reader: &mut Reader<'_>) -> Option<Regex> {
    match Regex::new(text) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let all = error.to_string();
            let reason = all.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            reader.syntax(at, format!("the regular expression cannot be used: {reason}"));
            None
        }
    }
}

/// The groups of a match at the start of the text, as `re.match` has them.
pub(super) fn match_start<'t>(regex: &Regex, text: &'t str) -> Option<Captures<'t>> {
    regex.captures(text).filter(|found| found.get(0).is_some_and(|whole| whole.start() == 0))
}

/// What takes the place of a match: text and groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(usize),
    Name(String),
}

impl Replacement {
    /// Reads `\1`, `\g<name>` and the usual escapes.
    ///
    /// # Errors
    /// A group that the expression does not have, or an escape that is none.
    pub(super) fn parse(text: &str, regex: &Regex) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            plain.push_str(&rest[..at]);
            let (part, after) = escape(&rest[at + 1..])?;
            match part {
                Part::Text(text) => plain.push_str(&text),
                group => {
                    check(&group, regex)?;
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(group);
                }
            }
            rest = after;
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Self(parts))
    }

    /// The text for a match; a group without a match is empty.
    pub(super) fn expand(&self, found: &Captures<'_>) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Number(number) => found.get(*number).map_or(String::new(), |group| group.as_str().to_owned()),
            Part::Name(name) => found.name(name).map_or(String::new(), |group| group.as_str().to_owned()),
        };
        self.0.iter().map(text).collect()
    }

    pub(super) fn replace_all(&self, regex: &Regex, text: &str) -> String {
        regex.replace_all(text, |found: &Captures<'_>| self.expand(found)).into_owned()
    }
}

/// What stands after a backslash, and the text after it.
fn escape(rest: &str) -> Result<(Part, &str), String> {
    let Some(first) = rest.chars().next() else { return Err("it ends with a lone backslash".to_owned()) };
    let after = &rest[first.len_utf8()..];
    let text = |text: &str| Ok((Part::Text(text.to_owned()), after));
    match first {
        'g' => {
            let (name, after) = after
                .strip_prefix('<')
                .and_then(|inner| inner.split_once('>'))
                .ok_or("`\\g` is followed by the name of a group: `\\g<name>`")?;
            Ok((name.parse().map_or_else(|_| Part::Name(name.to_owned()), Part::Number), after))
        }
        '1'..='9' => {
            let digits = after.chars().next().filter(char::is_ascii_digit).map_or(1, |_| 2);
            let (number, after) = rest.split_at(digits);
            Ok((Part::Number(number.parse().unwrap_or(0)), after))
        }
        'n' => text("\n"),
        't' => text("\t"),
        'r' => text("\r"),
        'a' => text("\u{7}"),
        'f' => text("\u{c}"),
        'v' => text("\u{b}"),
        '\\' => text("\\"),
        letter if letter.is_ascii_alphanumeric() => Err(format!("`\\{letter}` is no escape")),
        other => Ok((Part::Text(format!("\\{other}")), after)),
    }
}

fn check(group: &Part, regex: &Regex) -> Result<(), String> {
    match group {
        Part::Number(number) if *number >= regex.captures_len() => Err(format!("there is no group {number}")),
        Part::Name(name) if !regex.capture_names().flatten().any(|known| known == name) => {
            Err(format!("there is no group `{name}`"))
        }
        _ => Ok(()),
    }
}
