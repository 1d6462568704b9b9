//! The patterns of `grok`: their pieces, which columns they add, and what is wrong with them.

use super::ast::Str;
use super::hints;
use super::types::Type;
use crate::source::{Problem, Span};
use std::ops::Range;
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

/// A piece of a pattern of `grok`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrokPiece {
    /// A part of the regular expression.
    Regex(String),
    /// `%{NAME}`, with a column `%{NAME:column}` or `%{NAME:column:type}`.
    Named { name: String, column: Option<(String, Type)> },
    /// `(?<column>`: its end stands in the pieces behind it.
    Group(String),
}

/// As a pattern is written, with the bytes of each piece.
enum Raw<'a> {
    Regex,
    Named(&'a str),
    Group(&'a str),
    Unclosed,
}

/// The pieces of a pattern of `grok`: `%{NAME:column:type}` and `(?<column>..)` among a regular expression (Elasticsearch's `Grok`).
#[must_use]
pub fn grok_pieces(pattern: &str) -> Vec<GrokPiece> {
    let piece = |(range, raw): (Range<usize>, Raw<'_>)| match raw {
        Raw::Regex | Raw::Unclosed => GrokPiece::Regex(pattern.get(range).unwrap_or_default().to_owned()),
        Raw::Group(column) => GrokPiece::Group(column.to_owned()),
        Raw::Named(body) => {
            let mut parts = body.split(':');
            let name = parts.next().unwrap_or_default().to_owned();
            let column = parts.next().filter(|column| !column.is_empty()).map(dotted);
            let ty = parts.next().and_then(capture_type).unwrap_or(Type::Keyword);
            GrokPiece::Named { name, column: column.map(|column| (column, ty)) }
        }
    };
    scan(pattern).into_iter().map(piece).collect()
}

fn scan(text: &str) -> Vec<(Range<usize>, Raw<'_>)> {
    let mut found = Vec::new();
    let (mut at, mut plain) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, raw) = match (rest.strip_prefix("%{"), group_name(rest)) {
            (Some(body), _) => match body.find('}') {
                Some(length) => (length + 3, Raw::Named(body.get(..length).unwrap_or_default())),
                None => (rest.len(), Raw::Unclosed),
            },
            (None, Some(name)) => (name.len() + 4, Raw::Group(name)),
            (None, None) => {
                at += step(rest);
                continue;
            }
        };
        if plain < at {
            found.push((plain..at, Raw::Regex));
        }
        found.push((at..at + length, raw));
        at += length;
        plain = at;
    }
    if plain < text.len() {
        found.push((plain..text.len(), Raw::Regex));
    }
    found
}

/// A character, with the one that it escapes. A reference is one behind a backslash, too.
fn step(rest: &str) -> usize {
    let mut chars = rest.chars();
    let first = chars.next().map_or(1, char::len_utf8);
    let escapes = rest.starts_with('\\') && !rest.starts_with("\\%{");
    first + chars.next().filter(|_| escapes).map_or(0, char::len_utf8)
}

/// The name of the group that opens here, which is not a look-behind.
fn group_name(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix("(?<").filter(|inside| !inside.starts_with(['=', '!']))?;
    inside.split_once('>').map(|(name, _)| name)
}

/// The column of `[a][b]` is `a.b`.
fn dotted(name: &str) -> String {
    name.replace("][", ".").replace(['[', ']'], "")
}

/// The columns of a pattern of `grok`, and what is wrong with it.
#[must_use]
pub fn grok(pattern: &Str) -> Extraction {
    let mut found = Extraction::default();
    let mut seen = Vec::new();
    for (range, raw) in scan(&pattern.value) {
        match raw {
            Raw::Regex => found.problems.extend(foreign_group(pattern, &range)),
            Raw::Named(body) => part(pattern, range.start, body, &mut found, &mut seen),
            Raw::Group(name) => {
                found.columns.push((name.to_owned(), Type::Keyword, place(pattern, range.start, range.end)));
            }
            Raw::Unclosed => {
                let problem = Problem::new(place(pattern, range.start, range.end), "`%{` is never closed");
                found.problems.push(problem.help("a part is written `%{SYNTAX:name}`"));
                return found;
            }
        }
    }
    found.problems.extend(unbalanced(pattern));
    found
}

/// `SYNTAX`, `SYNTAX:name`, `SYNTAX:name:type`. A column is taken in one way, type and all: `seen` has those before.
fn part<'p>(pattern: &Str, open: usize, body: &'p str, found: &mut Extraction, seen: &mut Vec<(String, &'p str)>) {
    let whole = place(pattern, open, open + body.len() + 3);
    let mut pieces = body.split(':');
    let syntax = pieces.next().unwrap_or_default();
    match NAMES.binary_search_by(|(name, _)| (*name).cmp(syntax)).ok().and_then(|at| NAMES.get(at)) {
        Some((_, own)) => found.more |= own,
        None => found.problems.push(unknown(syntax, place(pattern, open + 2, open + 2 + syntax.len()))),
    }
    let Some(name) = pieces.next().filter(|name| !name.is_empty()) else { return };
    let ty = pieces.next();
    let known = ty.map_or(Some(Type::Keyword), capture_type);
    if let (None, Some(ty)) = (known, ty) {
        let from = open + 2 + syntax.len() + 1 + name.len() + 1;
        let problem = Problem::new(place(pattern, from, from + ty.len()), format!("grok has no type `{ty}`"));
        let help = "the types are int, long, float, double, boolean and string; any other word leaves a keyword";
        found.problems.push(problem.help(help));
    }
    let column = dotted(name);
    if seen.iter().any(|(other, of)| *other == column && *of != body) {
        let problem = Problem::new(whole, format!("`{column}` is taken from two kinds of text"));
        found.problems.push(problem.help("give each of them a column of its own"));
    }
    seen.push((column.clone(), body));
    found.columns.push((column, known.unwrap_or(Type::Keyword), whole));
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

/// A named group as Python writes it.
fn foreign_group(pattern: &Str, piece: &Range<usize>) -> Option<Problem> {
    let at = piece.start + pattern.value.get(piece.clone())?.find("(?P<")?;
    let problem = Problem::new(place(pattern, at, at + 4), "`(?P<` opens no group in grok");
    Some(problem.help("a named group is written `(?<name>regex)`"))
}

/// A bracket of a regular expression without its other half. Oniguruma's syntax is other than what the crates at hand read.
fn unbalanced(pattern: &Str) -> Option<Problem> {
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

/// Bytes of the decoded text in the query; the whole text where escapes make the two differ.
pub(super) fn place(text: &Str, from: usize, to: usize) -> Span {
    let quotes = if text.triple { 3 } else { 1 };
    let whole = text.at.0.range();
    if whole.len() != text.value.len() + 2 * quotes {
        return text.at.0;
    }
    Span::new(whole.start + quotes + from, whole.start + quotes + to)
}
