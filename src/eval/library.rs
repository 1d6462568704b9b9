//! Functions that do as Python's standard library does: `shlex`, `urllib.parse`, `re`, `difflib`.

use super::patterns::Patterns;
use crate::ir::{Anchoring, Case, Function, Regex, RegexDialect};
use serde_json::{Map, Value as Json};

/// Longer texts are not compared with each other.
const MAX_COMPARED: usize = 4_000;
/// From this length on `difflib` passes over characters that are frequent in the second text.
const JUNK_FROM: usize = 200;

/// The function's result; `None` where Python raises, or has no value.
pub(super) fn call(function: Function, arguments: &[&Json], patterns: &Patterns) -> Option<Json> {
    let text = arguments.first()?.as_str()?;
    match function {
        Function::ShellSplit => shell_split(text).map(Json::from),
        Function::Unquote => Some(unquote(text).into()),
        Function::UrlQuery => url_query(text).map(Json::from),
        Function::ParseQuery => Some(parse_query(text)),
        Function::RegexGroup => {
            let found = patterns.groups(regex(arguments, anchoring(arguments.get(3)?.as_str()?)?)?);
            let captures = found.as_ref().as_ref().ok()?.captures(text)?;
            let group = match arguments.get(4)? {
                Json::String(name) => captures.name(name),
                number => captures.get(usize::try_from(number.as_u64()?).ok()?),
            };
            Some(group.map_or(Json::Null, |group| group.as_str().into()))
        }
        Function::RegexAll => {
            let found = patterns.groups(regex(arguments, Anchoring::Search)?);
            let found = found.as_ref().as_ref().ok()?;
            Some(found.captures_iter(text).map(|captures| all_groups(&captures)).collect())
        }
        Function::RegexReplace => {
            let found = patterns.groups(regex(arguments, Anchoring::Search)?);
            let found = found.as_ref().as_ref().ok()?;
            let new = arguments.get(3)?.as_str().filter(|new| !new.contains('\\'))?;
            Some(found.replace_all(text, regex::NoExpand(new)).into_owned().into())
        }
        Function::Likeness => likeness(text, arguments.get(1)?.as_str()?).map(Json::from),
        _ => None,
    }
}

fn regex(arguments: &[&Json], anchoring: Anchoring) -> Option<Regex> {
    let flags = arguments.get(2)?.as_str()?;
    Some(Regex {
        pattern: arguments.get(1)?.as_str()?.into(),
        dialect: RegexDialect::Python,
        anchoring,
        case: if flags.contains('i') { Case::Insensitive } else { Case::Sensitive },
        multi_line: flags.contains('m'),
        dot_all: flags.contains('s'),
    })
}

fn anchoring(name: &str) -> Option<Anchoring> {
    match name {
        "search" => Some(Anchoring::Search),
        "match" => Some(Anchoring::Start),
        "fullmatch" => Some(Anchoring::Whole),
        _ => None,
    }
}

/// What `findall` gives for a match: the match, its one group, or all of them; a group without a part in it is empty.
fn all_groups(captures: &regex::Captures<'_>) -> Json {
    let text = |group: usize| captures.get(group).map_or("", |found| found.as_str());
    match captures.len() {
        1 => text(0).into(),
        2 => text(1).into(),
        count => (1..count).map(text).collect(),
    }
}

/// Words with quotations and escapes as `shlex.split(text)` has them; comments are none.
fn shell_split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(characters.next()?),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => quoted(word.get_or_insert_default(), &mut characters)?,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// Up to the closing double quotation mark; a backslash escapes only itself and that mark.
fn quoted(word: &mut String, characters: &mut std::str::Chars<'_>) -> Option<()> {
    loop {
        match characters.next()? {
            '"' => return Some(()),
            '\\' => match characters.next()? {
                c @ ('\\' | '"') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

fn unquote(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let mut bytes = Vec::new();
        rest = &rest[at..];
        while let Some(byte) = rest.strip_prefix('%').and_then(|hex| hex.get(..2)).and_then(hex_byte) {
            bytes.push(byte);
            rest = &rest[3..];
        }
        out.push_str(&String::from_utf8_lossy(&bytes));
        if bytes.is_empty() {
            out.push('%');
            rest = &rest[1..];
        }
    }
    out + rest
}

fn hex_byte(digits: &str) -> Option<u8> {
    let both = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    both.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// The query of `urlparse(text)`; brackets of an address that are not closed raise.
fn url_query(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| c <= ' ').replace(['\t', '\r', '\n'], "");
    let after_scheme = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).map_or(&*text, |(_, rest)| rest);
    if let Some(host) = after_scheme.strip_prefix("//") {
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        if host.contains('[') != host.contains(']') {
            return None;
        }
    }
    let without_fragment = after_scheme.split('#').next().unwrap_or_default();
    Some(without_fragment.split_once('?').map_or("", |(_, query)| query).to_owned())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn parse_query(text: &str) -> Json {
    let mut map = Map::new();
    for pair in text.split('&') {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty()) else { continue };
        let decoded = |text: &str| unquote(&text.replace('+', " "));
        let values = map.entry(decoded(name)).or_insert_with(|| Json::Array(Vec::new()));
        if let Some(values) = values.as_array_mut() {
            values.push(decoded(value).into());
        }
    }
    Json::Object(map)
}

/// `SequenceMatcher(None, left, right).ratio()`: twice the matching characters over all of them. The blocks are found from the
/// longest, the first in the left text, then in the right one.
#[expect(clippy::cast_precision_loss, reason = "lengths are bounded")]
fn likeness(left: &str, right: &str) -> Option<f64> {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len() > MAX_COMPARED || right.len() > MAX_COMPARED {
        return None;
    }
    if left.is_empty() && right.is_empty() {
        return Some(1.0);
    }
    let popular =
        |c: char| right.len() >= JUNK_FROM && right.iter().filter(|other| **other == c).count() > right.len() / 100 + 1;
    let mut usable: Vec<bool> = Vec::with_capacity(right.len());
    usable.extend(right.iter().map(|c| !popular(*c)));
    let mut matched = 0;
    let mut open = vec![(0..left.len(), 0..right.len())];
    while let Some((a, b)) = open.pop() {
        let (start_a, start_b, size) = longest(&left, &right, &usable, a.clone(), b.clone());
        if size > 0 {
            matched += size;
            open.push((a.start..start_a, b.start..start_b));
            open.push((start_a + size..a.end, start_b + size..b.end));
        }
    }
    Some(2.0 * matched as f64 / (left.len() + right.len()) as f64)
}

/// The longest block of both texts, grown by equal characters that do not begin one.
fn longest(
    left: &[char],
    right: &[char],
    usable: &[bool],
    a: std::ops::Range<usize>,
    b: std::ops::Range<usize>,
) -> (usize, usize, usize) {
    let mut best = (a.start, b.start, 0);
    let mut lengths = vec![0; right.len() + 1];
    for i in a.clone() {
        let mut here = vec![0; right.len() + 1];
        for j in b.clone() {
            if usable[j] && left[i] == right[j] {
                let size = lengths[j] + 1;
                here[j + 1] = size;
                if size > best.2 {
                    best = (i + 1 - size, j + 1 - size, size);
                }
            }
        }
        lengths = here;
    }
    let (mut start_a, mut start_b, mut size) = best;
    while start_a > a.start && start_b > b.start && left[start_a - 1] == right[start_b - 1] {
        (start_a, start_b, size) = (start_a - 1, start_b - 1, size + 1);
    }
    while start_a + size < a.end && start_b + size < b.end && left[start_a + size] == right[start_b + size] {
        size += 1;
    }
    (start_a, start_b, size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(function: Function, arguments: &Json) -> Json {
        let arguments: Vec<&Json> = arguments.as_array().unwrap().iter().collect();
        call(function, &arguments, &Patterns::default()).unwrap_or_else(|| json!("RAISES"))
    }

    /// What CPython 3.11 gives.
    #[test]
    fn as_the_standard_library() {
        for (function, arguments, expected) in [
            (
                Function::ShellSplit,
                json!(["aws s3 'a b' \"c\\\"d\\e\" f\\ g ''"]),
                json!(["aws", "s3", "a b", "c\"d\\e", "f g", ""]),
            ),
            (Function::ShellSplit, json!(["a 'b"]), json!("RAISES")),
            (Function::ShellSplit, json!(["a \\"]), json!("RAISES")),
            (Function::ShellSplit, json!([" # x"]), json!(["#", "x"])),
            (Function::Unquote, json!(["%2Fa%c3%a4%zz%"]), json!("/aä%zz%")),
            (Function::Unquote, json!(["%ff"]), json!("\u{fffd}")),
            (Function::UrlQuery, json!(["/api?x=1&y#z"]), json!("x=1&y")),
            (Function::UrlQuery, json!(["http://[::1/x?y"]), json!("RAISES")),
            (Function::ParseQuery, json!(["a=1&b=&a=%20x+y&c"]), json!({"a": ["1", " x y"]})),
            (
                Function::RegexGroup,
                json!(["x from A to B", "from (?P<old>.+) to (.*)", "i", "search", "old"]),
                json!("A"),
            ),
            (Function::RegexGroup, json!(["x from A to B", "from (?P<old>.+) to (.*)", "", "search", 2]), json!("B")),
            (Function::RegexGroup, json!(["x from A", "from (A)|(B)", "", "search", 2]), json!(null)),
            (Function::RegexGroup, json!(["x", "y", "", "search", 0]), json!("RAISES")),
            (Function::RegexAll, json!(["a1b22", "[0-9]+", ""]), json!(["1", "22"])),
            (Function::RegexAll, json!(["a1b2", "([a-z])([0-9])", ""]), json!([["a", "1"], ["b", "2"]])),
            (Function::RegexReplace, json!(["a.123Z", "\\.\\d+Z", "", ".1Z"]), json!("a.1Z")),
            (Function::Likeness, json!(["abcd", "bcde"]), json!(0.75)),
            (Function::Likeness, json!(["", "google.com"]), json!(0.0)),
            (Function::Likeness, json!(["", ""]), json!(1.0)),
            (Function::Likeness, json!(["google.com", "g00gle.com"]), json!(0.8)),
        ] {
            assert_eq!(run(function, &arguments), expected, "{function:?} {arguments}");
        }
    }
}
