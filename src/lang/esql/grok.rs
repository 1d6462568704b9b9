//! The patterns of `grok` and `dissect`: which columns they add, and what is wrong with them.

use super::ast::Str;
use super::hints;
use super::types::Type;
use crate::source::{Problem, Span};
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../../schemas/esql/grok_patterns.tsv");

/// The names that Elasticsearch defines, sorted, and whether a pattern has named parts of its own.
static NAMES: LazyLock<Vec<(&'static str, bool)>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split_once('\t').map_or((row, false), |(name, _)| (name, true))).collect()
});

/// What a pattern says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extraction {
    /// The columns that it adds, in the order of the text, with the part that names each.
    pub columns: Vec<(String, Type, Span)>,
    /// Whether a named pattern inside adds columns of its own, which are not listed.
    pub more: bool,
    pub problems: Vec<Problem>,
}

/// Reads a pattern of `grok`: `%{SYNTAX:name:type}` and `(?<name>..)` among a regular expression (Elasticsearch's `Grok`).
#[must_use]
pub fn grok(pattern: &Str) -> Extraction {
    let mut found = Extraction::default();
    let mut rest = 0;
    while let Some(at) = pattern.value.get(rest..).and_then(|text| text.find("%{")) {
        let open = rest + at;
        let body = pattern.value.get(open + 2..).unwrap_or_default();
        let Some(len) = body.find('}') else {
            let problem = Problem::new(place(pattern, open, pattern.value.len()), "`%{` is never closed");
            found.problems.push(problem.help("a part is written `%{SYNTAX:name}`"));
            return found;
        };
        rest = open + 2 + len + 1;
        part(pattern, open, body.get(..len).unwrap_or_default(), &mut found);
    }
    groups(pattern, &mut found);
    if let Some(problem) = unbalanced(pattern) {
        found.problems.push(problem);
    }
    found
}

/// `SYNTAX`, `SYNTAX:name`, `SYNTAX:name:type`.
fn part(pattern: &Str, open: usize, body: &str, found: &mut Extraction) {
    let whole = place(pattern, open, open + body.len() + 3);
    let mut pieces = body.split(':');
    let syntax = pieces.next().unwrap_or_default();
    match NAMES.binary_search_by(|(name, _)| (*name).cmp(syntax)).ok().and_then(|at| NAMES.get(at)) {
        Some((_, own)) => found.more |= own,
        None => found.problems.push(unknown(syntax, place(pattern, open + 2, open + 2 + syntax.len()))),
    }
    let Some(name) = pieces.next() else { return };
    let ty = pieces.next();
    let known = ty.map_or(Some(Type::Keyword), capture_type);
    if let (None, Some(ty)) = (known, ty) {
        let from = open + 2 + syntax.len() + 1 + name.len() + 1;
        let problem = Problem::new(place(pattern, from, from + ty.len()), format!("grok has no type `{ty}`"));
        let help = "the types are int, long, float, double, boolean and string; any other word leaves a keyword";
        found.problems.push(problem.help(help));
    }
    found.columns.push((name.replace("][", ".").replace(['[', ']'], ""), known.unwrap_or(Type::Keyword), whole));
}

fn unknown(syntax: &str, at: Span) -> Problem {
    let problem = Problem::new(at, format!("grok has no pattern `{syntax}`"));
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    let upper = syntax.to_ascii_uppercase();
    let near = names.iter().find(|name| **name == upper).copied().or_else(|| hints::near_name(&upper, &names));
    match near {
        Some(name) => problem.help(format!("did you mean `{name}`?")),
        None => problem.help("a pattern of your own is written `(?<name>regex)`"),
    }
}

fn capture_type(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::Keyword,
        "int" => Type::Integer,
        "long" => Type::Long,
        "float" | "double" => Type::Double,
        "boolean" => Type::Boolean,
        _ => return None,
    })
}

/// Named groups of the regular expression.
fn groups(pattern: &Str, found: &mut Extraction) {
    for (at, _) in pattern.value.match_indices("(?<") {
        let rest = pattern.value.get(at + 3..).unwrap_or_default();
        if rest.starts_with(['=', '!']) {
            continue;
        }
        if let Some((name, _)) = rest.split_once('>') {
            let whole = place(pattern, at, at + 3 + name.len() + 1);
            found.columns.push((name.to_owned(), Type::Keyword, whole));
        }
    }
}

/// A bracket of a regular expression without its other half. The syntaxes of Oniguruma (`grok`) and of Lucene (`rlike`) are other than what the
/// crates at hand read.
pub(super) fn unbalanced(pattern: &Str) -> Option<Problem> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut escaped = false;
    for (at, c) in pattern.value.char_indices() {
        let class = matches!(open.last(), Some((_, '[')));
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' | '(' if !class => open.push((at, c)),
            ']' if class => drop(open.pop()),
            ')' if !class && open.pop().is_none() => {
                let problem = Problem::new(place(pattern, at, at + 1), "`)` closes no group");
                return Some(problem.help("a literal parenthesis is written `\\)`"));
            }
            _ => {}
        }
    }
    let (at, c) = *open.first()?;
    let problem = Problem::new(place(pattern, at, at + 1), format!("`{c}` is never closed"));
    Some(problem.help(format!("a literal bracket is written `\\{c}`")))
}

/// Reads a pattern of `dissect`: `%{name}` with its modifiers between literal text (Elasticsearch's `DissectParser`).
#[must_use]
pub fn dissect(pattern: &Str) -> Extraction {
    let mut found = Extraction::default();
    let mut rest = 0;
    let mut keys = 0;
    while let Some(at) = pattern.value.get(rest..).and_then(|text| text.find("%{")) {
        let open = rest + at;
        let body = pattern.value.get(open + 2..).unwrap_or_default();
        let Some(len) = body.find('}') else {
            let problem = Problem::new(place(pattern, open, pattern.value.len()), "`%{` is never closed");
            found.problems.push(problem.help("a key is written `%{name}`"));
            return found;
        };
        rest = open + 2 + len + 1;
        keys += 1;
        key(body.get(..len).unwrap_or_default(), place(pattern, open, rest), &mut found);
    }
    if keys == 0 {
        let problem = Problem::new(pattern.at.0, "the pattern of `dissect` has no `%{key}`");
        found
            .problems
            .push(problem.help("a key is written `%{name}`; `*` and regular expressions are literal text here"));
    }
    found
}

fn key(body: &str, at: Span, found: &mut Extraction) {
    let name = body.strip_suffix("->").unwrap_or(body);
    if name.starts_with(['*', '&']) {
        let problem = Problem::new(at, "ES|QL has no reference keys in `dissect`");
        found.problems.push(problem.help("name the key: `%{name}`"));
        return;
    }
    if name.is_empty() || name.starts_with('?') {
        return;
    }
    let name = name.strip_prefix('+').unwrap_or(name);
    let name = name.split_once('/').map_or(name, |(name, _)| name);
    if !found.columns.iter().any(|(known, ..)| known == name) {
        found.columns.push((name.to_owned(), Type::Keyword, at));
    }
}

/// Bytes of the decoded text in the query; the whole text where escapes make the two differ.
fn place(text: &Str, from: usize, to: usize) -> Span {
    let quotes = if text.triple { 3 } else { 1 };
    let whole = text.at.0.range();
    if whole.len() != text.value.len() + 2 * quotes {
        return text.at.0;
    }
    Span::new(whole.start + quotes + from, whole.start + quotes + to)
}
