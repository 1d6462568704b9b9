//! Single mistakes in an emitted query, by target: what a slip in a back-end would look like in its text.

use crate::backend::Target;
use regex::{Captures, Regex};
use serde_json::Value as Json;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// An operator is another one, a negation is missing or too much.
    Operator,
    /// Case counts where it did not, or the reverse.
    Case,
    /// A condition is missing.
    Guard,
    /// A `*` is missing.
    Wildcard,
    /// A time is longer or shorter.
    Window,
    /// A field stands where another one of the rule belongs.
    Field,
    /// `or` for `and`, and the reverse.
    Junction,
}

/// A text with one mistake.
#[derive(Debug, Clone)]
pub(super) struct Mistake {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// What was replaced by what, with a little of what stands around it.
    pub(super) about: String,
}

/// All single mistakes that are known for the target. `fields` are the names of the rule's fields in the text.
pub(super) fn mistakes(target: Target, text: &str, fields: &[String]) -> Vec<Mistake> {
    if target == Target::Native {
        return in_config(text);
    }
    let (edits, junction, code): (&[Edit], _, _) = match target {
        Target::Eql => (EQL, Some(" and"), whole(text)),
        Target::Esql => (ESQL, Some(" AND"), whole(text)),
        Target::Kql => (KQL, Some(" and"), whole(text)),
        Target::Lucene => (LUCENE, Some(" AND"), whole(text)),
        Target::Sigma => (SIGMA, None, sections(text, r"(?m)^(?:detection|correlation):\n(?: .*\n)+")),
        _ => (PYTHON, None, sections(text, r"(?m)^def rule\(.*\n(?:(?: .*)?\n)+")),
    };
    let mut found = Vec::new();
    for (from, to) in code {
        let part = &text[from..to];
        let mut put = |kind, start: usize, end: usize, new: &str| {
            found.push(mistake(text, kind, from + start, from + end, new));
        };
        for (kind, pattern, new) in edits {
            for there in regex(pattern).captures_iter(part) {
                let whole = there.get(0).unwrap();
                put(*kind, whole.start(), whole.end(), &expanded(&there, new));
            }
        }
        for there in regex(r"(maxspan=|timespan: )(\d+)").captures_iter(part) {
            let number: u64 = there[2].parse().unwrap();
            for other in [number - 1, number + 1] {
                put(Kind::Window, there.get(2).unwrap().start(), there.get(2).unwrap().end(), &other.to_string());
            }
        }
        for (start, end) in junction.into_iter().flat_map(|junction| conjuncts(part, junction)) {
            put(Kind::Guard, start, end, "");
        }
        let names = if matches!(target, Target::Panther) { accessors(part) } else { fields.to_vec() };
        for (start, end, other) in swaps(part, &names) {
            put(Kind::Field, start, end, &other);
        }
    }
    found
}

type Edit = (Kind, &'static str, &'static str);

const EQL: &[Edit] = &[
    (Kind::Operator, " == ", " != "),
    (Kind::Operator, " != ", " == "),
    (Kind::Operator, " >= ", " > "),
    (Kind::Operator, " <= ", " < "),
    (Kind::Operator, r"\bnot ", ""),
    (Kind::Operator, r" in \(", " not in ("),
    (Kind::Case, r#" : (\(?")"#, " like $1"),
    (Kind::Case, r#" == ""#, " : \""),
    (Kind::Case, " like ", " like~ "),
    (Kind::Case, r" in \(", " in~ ("),
    (Kind::Case, " regex ", " regex~ "),
    (Kind::Wildcard, r#""\*"#, "\""),
    (Kind::Wildcard, r#"\*""#, "\""),
    (Kind::Wildcard, r#"\.\*""#, "\""),
    (Kind::Junction, r" and\b", " or"),
    (Kind::Junction, r" or\b", " and"),
];

const ESQL: &[Edit] = &[
    (Kind::Operator, " == ", " != "),
    (Kind::Operator, " != ", " == "),
    (Kind::Operator, " >= ", " > "),
    (Kind::Operator, " <= ", " < "),
    (Kind::Operator, r"\bNOT (CIDR_MATCH|IN|LIKE)", "$1"),
    (Kind::Operator, " IS NULL", " IS NOT NULL"),
    (Kind::Operator, " IS NOT NULL", " IS NULL"),
    (Kind::Operator, r"(\w) IN \(", "$1 NOT IN ("),
    (Kind::Case, r"TO_LOWER\(([\w.]+)\)", "$1"),
    (Kind::Case, r#"([\w.]+) == ""#, "TO_LOWER($1) == \""),
    (Kind::Guard, r"\(([\w.]+) IS NULL OR ([^()]+|NOT CIDR_MATCH\([^()]+\))\)", "$2"),
    (Kind::Wildcard, r#""\*"#, "\""),
    (Kind::Wildcard, r#"\*""#, "\""),
    (Kind::Junction, " AND ", " OR "),
    (Kind::Junction, " OR ", " AND "),
];

const KQL: &[Edit] = &[
    (Kind::Operator, " >= ", " > "),
    (Kind::Operator, " <= ", " < "),
    (Kind::Operator, r"\bnot ", ""),
    (Kind::Operator, r"\band (\w)", "and not $1"),
    (Kind::Wildcard, r"([:( ])\*([^\s)])", "$1$2"),
    (Kind::Wildcard, r"([^:(\s])\*", "$1"),
    (Kind::Junction, " and ", " or "),
    (Kind::Junction, " or ", " and "),
];

const LUCENE: &[Edit] = &[
    (Kind::Operator, ":>=", ":>"),
    (Kind::Operator, ":<=", ":<"),
    (Kind::Operator, r"\bNOT ", ""),
    (Kind::Operator, r"\bAND (\w+[.:])", "AND NOT $1"),
    (Kind::Case, r"\[([a-z])[A-Z]\]", "$1"),
    (Kind::Case, r"\[[a-z]([A-Z])\]", "$1"),
    (Kind::Wildcard, r"/\.\*", "/"),
    (Kind::Wildcard, r"\.\*/", "/"),
    (Kind::Wildcard, r"([:( ])\*([^\s)])", "$1$2"),
    (Kind::Wildcard, r"([^:(\s.])\*", "$1"),
    (Kind::Junction, " AND ", " OR "),
    (Kind::Junction, " OR ", " AND "),
];

const SIGMA: &[Edit] = &[
    (Kind::Operator, r"\|gte:", "|gt:"),
    (Kind::Operator, r"\|lte:", "|lt:"),
    (Kind::Operator, r"\bgte:", "gt:"),
    (Kind::Operator, r"\bnot ", ""),
    (Kind::Case, r"\|cased", ""),
    (
        Kind::Case,
        r"(?m)^(        (?:- )?[\w.-]+(?:\|(?:contains|startswith|endswith|all))*):( ['A-Za-z]|$)",
        "$1|cased:$2",
    ),
    (Kind::Guard, r"(?m)^        [\w.|-]+:.*\n(?:         .*\n)*", ""),
    (Kind::Wildcard, r"\|contains", "|startswith"),
    (Kind::Wildcard, r"\|contains", "|endswith"),
    (Kind::Wildcard, r"\|(?:contains|startswith|endswith)", ""),
    (Kind::Wildcard, r"\*('?)$", "$1"),
    (Kind::Junction, " and ", " or "),
    (Kind::Junction, " or ", " and "),
    (Kind::Junction, r"\|all\b", ""),
    (Kind::Junction, "all of", "1 of"),
    (Kind::Junction, "1 of", "all of"),
];

const PYTHON: &[Edit] = &[
    (Kind::Operator, " == ", " != "),
    (Kind::Operator, " != ", " == "),
    (Kind::Operator, " >= ", " > "),
    (Kind::Operator, " <= ", " < "),
    (Kind::Operator, r"\bnot ", ""),
    (Kind::Operator, r" in ([A-Z_]+)\b", " not in $1"),
    (Kind::Operator, r"\bis None", "is not None"),
    (Kind::Operator, r"\bis not None", "is None"),
    (Kind::Case, r"\.lower\(\)", ""),
    (Kind::Guard, r"    if [^\n]+:\n        return \w+\n", ""),
    (Kind::Guard, r"    if (?:not )?\(\n(?:     .*\n)*    \):\n        return \w+\n", ""),
    (Kind::Guard, r"    if [^\n]+\(\n(?:     .*\n)*    \):\n        return \w+\n", ""),
    (Kind::Wildcard, r"\.startswith\(", ".endswith("),
    (Kind::Wildcard, r"\.endswith\(", ".startswith("),
    (Kind::Wildcard, r#"\.(?:starts|ends)with\(("[^"]*"|\w+\[\w+\])\)"#, " == $1"),
    (Kind::Junction, r"\band ", "or "),
    (Kind::Junction, r"\bor ", "and "),
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

fn expanded(there: &Captures<'_>, new: &str) -> String {
    let mut out = String::new();
    let braced = regex(r"\$(\d)").replace_all(new, "$${$1}").into_owned();
    there.expand(&braced, &mut out);
    out
}

fn mistake(text: &str, kind: Kind, start: usize, end: usize, new: &str) -> Mistake {
    let text_with = format!("{}{new}{}", &text[..start], &text[end..]);
    let after: String = text[end..].chars().take(60).collect();
    let before: String = text[..start].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
    let about = format!("{before}\u{ab}{}\u{bb} -> \u{ab}{new}\u{bb}{after}", &text[start..end]);
    Mistake { kind, text: text_with, about: about.replace('\n', "\u{b6}") }
}

fn whole(text: &str) -> Vec<(usize, usize)> {
    vec![(0, text.len())]
}

fn sections(text: &str, pattern: &str) -> Vec<(usize, usize)> {
    regex(pattern).find_iter(text).map(|found| (found.start(), found.end())).collect()
}

/// The members of the outermost `and`s, each with the word on one side of it.
fn conjuncts(text: &str, and: &str) -> Vec<(usize, usize)> {
    let mut depth = 0_i32;
    let mut in_text = false;
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' => in_text = !in_text,
            '(' | '[' if !in_text => depth += 1,
            ')' | ']' if !in_text => depth -= 1,
            _ => {}
        }
        if in_text || depth > 0 || !text[at..].starts_with(and) {
            continue;
        }
        // The first member ends here: what stands before it is not known to be a condition.
        if let Some(from) = start {
            found.push((from, at));
        }
        start = Some(at);
    }
    if let Some(from) = start {
        let rest = text[from..].find(['\n', '|']).filter(|_| and == " AND").map_or(text.len(), |end| from + end);
        found.push((from, rest.max(from)));
    }
    found
}

/// How Python reaches the fields of the event.
fn accessors(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for there in regex(r#"event\.(?:get|deep_get)\((?:"[^"]*"(?:, )?)+\)"#).find_iter(text) {
        if !found.iter().any(|known| known == there.as_str()) {
            found.push(there.as_str().to_owned());
        }
    }
    found
}

/// Each place of a name with the next one of the names.
fn swaps(text: &str, names: &[String]) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '`');
    for (index, name) in names.iter().enumerate() {
        let Some(other) = names.get((index + 1) % names.len()).filter(|other| *other != name) else { continue };
        for (at, _) in text.match_indices(name.as_str()) {
            let end = at + name.len();
            if !text[..at].ends_with(is_name) && !text[end..].starts_with(is_name) {
                found.push((at, end, other.clone()));
            }
        }
    }
    found
}

/// Mistakes in our own configuration, at each place of its JSON.
fn in_config(text: &str) -> Vec<Mistake> {
    let config: Json = serde_json::from_str(text).unwrap();
    let mut places = Vec::new();
    walk(&config, &mut String::new(), &mut places);
    let fields: Vec<Json> =
        places.iter().filter(|(at, _)| at.ends_with("/field")).map(|(_, value)| value.clone()).collect();
    let mut found = Vec::new();
    for (at, value) in &places {
        for (kind, wrong) in wrong_values(at, value, &fields) {
            let mut changed = config.clone();
            *changed.pointer_mut(at).unwrap() = wrong.clone();
            found.push(Mistake { kind, text: changed.to_string(), about: format!("{at}: {value} -> {wrong}") });
        }
        let Some((above, name @ ("and" | "or"))) = at.rsplit_once('/') else { continue };
        let mut changed = config.clone();
        let node = changed.pointer_mut(above).and_then(Json::as_object_mut).unwrap();
        let members = node.shift_remove(name).unwrap();
        node.insert(if name == "and" { "or" } else { "and" }.to_owned(), members);
        found.push(Mistake { kind: Kind::Junction, text: changed.to_string(), about: format!("{at}: the other one") });
    }
    found
}

fn walk(value: &Json, at: &mut String, found: &mut Vec<(String, Json)>) {
    found.push((at.clone(), value.clone()));
    let length = at.len();
    let below: Vec<(String, &Json)> = match value {
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in below {
        at.push('/');
        at.push_str(&key);
        walk(value, at, found);
        at.truncate(length);
    }
}

fn wrong_values(at: &str, value: &Json, fields: &[Json]) -> Vec<(Kind, Json)> {
    let key = at.rsplit('/').next().unwrap_or_default();
    let text = |kind, text: &str| vec![(kind, Json::from(text))];
    match (key, value.as_str(), value.as_array(), value.as_u64()) {
        ("op", Some("greater_or_equal"), ..) => text(Kind::Operator, "greater"),
        ("op", Some("less_or_equal"), ..) => text(Kind::Operator, "less"),
        ("op", Some("greater"), ..) => text(Kind::Operator, "greater_or_equal"),
        ("op", Some("less"), ..) => text(Kind::Operator, "less_or_equal"),
        ("case", Some("sensitive"), ..) => text(Kind::Case, "insensitive"),
        ("case", Some("insensitive" | "ascii_insensitive"), ..) => text(Kind::Case, "sensitive"),
        ("and" | "or", _, Some(members), _) => without_each(Kind::Guard, members, |_| true),
        ("pattern", _, Some(pieces), _) => without_each(Kind::Wildcard, pieces, |piece| piece == "any"),
        ("max_span" | "look_back", _, _, Some(millis)) => {
            [millis - 1_000, millis + 1_000].map(|other| (Kind::Window, Json::from(other))).into()
        }
        ("field", _, Some(_), _) => {
            let other = fields
                .iter()
                .position(|field| field == value)
                .and_then(|index| fields.iter().cycle().skip(index).take(fields.len()).find(|field| *field != value));
            other.map(|other| (Kind::Field, other.clone())).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn without_each(kind: Kind, members: &[Json], which: impl Fn(&Json) -> bool) -> Vec<(Kind, Json)> {
    let places = members.iter().enumerate().filter(|(_, member)| which(member)).map(|(index, _)| index);
    let without = |index: usize| [&members[..index], &members[index + 1..]].concat();
    places.map(|index| (kind, Json::Array(without(index)))).collect()
}
